//! The forms this service takes answers to. Their engine is `kit-forms`.

use std::sync::OnceLock;

use kit_forms::Form;

#[cfg(test)]
mod tests;

/// The embedded forms. A form stands after the one it extends.
const FORMS: &[&str] =
    &[include_str!("../../forms/skill-2024.json"), include_str!("../../forms/skill-2024-import.json")];

/// All embedded forms, bases before the versions that extend them.
pub fn forms() -> &'static [Form] {
    static LOADED: OnceLock<Vec<Form>> = OnceLock::new();
    LOADED.get_or_init(|| {
        let mut loaded = Vec::with_capacity(FORMS.len());
        for json in FORMS {
            let form = Form::load_extending(json, &loaded);
            loaded.push(form.expect("a test loads every embedded form"));
        }
        loaded
    })
}

/// The embedded form of this version, such as `skill-2024`.
pub fn form(version: &str) -> Option<&'static Form> {
    forms().iter().find(|form| form.version == version)
}
