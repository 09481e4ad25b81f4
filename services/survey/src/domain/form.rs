//! The forms this service takes answers to. Their engine is `kit-forms`.

use std::sync::OnceLock;

use kit_forms::{Form, Forms};

#[cfg(test)]
mod tests;

/// The embedded forms, by version.
const FORMS: [(&str, &str); 2] = [
    ("skill-2024", include_str!("../../forms/skill-2024.json")),
    ("skill-2024-import", include_str!("../../forms/skill-2024-import.json")),
];

/// All embedded forms, bases before the versions that extend them.
pub fn forms() -> &'static [Form] {
    loaded().all()
}

/// The embedded form of this version, such as `skill-2024`.
pub fn form(version: &str) -> Option<&'static Form> {
    loaded().get(version)
}

fn loaded() -> &'static Forms {
    static LOADED: OnceLock<Forms> = OnceLock::new();
    LOADED.get_or_init(|| Forms::load(FORMS).expect("a test loads every embedded form"))
}
