//! All forms a service takes answers to, several versions of one side by side.

use std::fmt;

use crate::{Answers, BadForm, Checked, Form, Mistake, Response};

/// The forms of a service, bases before the versions that extend them, else in the order they were given.
#[derive(Clone, Debug, Default)]
pub struct Forms {
    forms: Vec<Form>,
}

/// Everything wrong with a set of files, by file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadForms {
    /// The name of each bad file and what is wrong with it.
    pub files: Vec<(String, BadForm)>,
}

impl fmt::Display for BadForms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.files.iter().flat_map(|(file, bad)| bad.mistakes.iter().map(move |mistake| (file, mistake)));
        for (at, (file, mistake)) in lines.enumerate() {
            write!(f, "{}{file}: {mistake}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for BadForms {}

/// Answers name a form that is not there, or not in that version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no version {version} of a form {form}")]
pub struct UnknownForm {
    /// The form, as the answers name it.
    pub form: String,
    /// The version, as the answers name it.
    pub version: String,
}

impl Forms {
    /// Loads files by name and text, in any order. A file is called by its version (`skill-2024`, or with `.json`),
    /// so that every version is there once.
    ///
    /// # Errors
    /// [`BadForms`], with every mistake of every file.
    pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Forms, BadForms> {
        let mut waiting: Vec<(&str, &str)> = files.into_iter().collect();
        let mut forms: Vec<Form> = Vec::new();
        let mut bad: Vec<(String, BadForm)> = Vec::new();
        // What extends a form that may still come is tried again, until a round brings nothing new.
        loop {
            let before = forms.len();
            let mut failed = Vec::new();
            for (name, json) in waiting {
                match Form::load_extending(json, &forms) {
                    Ok(form) => match misnamed(name, &form, &forms) {
                        Some(mistake) => bad.push((name.to_owned(), BadForm { mistakes: vec![mistake] })),
                        None => forms.push(form),
                    },
                    Err(error) => failed.push((name, json, error)),
                }
            }
            if forms.len() == before {
                bad.extend(failed.into_iter().map(|(name, _, error)| (name.to_owned(), error)));
                break;
            }
            waiting = failed.into_iter().map(|(name, json, _)| (name, json)).collect();
        }
        if bad.is_empty() { Ok(Forms { forms }) } else { Err(BadForms { files: bad }) }
    }

    /// Every form.
    pub fn all(&self) -> &[Form] {
        &self.forms
    }

    /// The form of this version, such as `skill-2024`.
    pub fn get(&self, version: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.version == version)
    }

    /// The versions of a form, such as `skill`.
    pub fn versions(&self, id: &str) -> impl Iterator<Item = &Form> {
        self.forms.iter().filter(move |form| form.id == id)
    }

    /// Checks answers against the form and version they name.
    ///
    /// # Errors
    /// [`UnknownForm`]; what is wrong with the answers is in [`Checked::faults`].
    pub fn check(&self, response: &Response) -> Result<(&Form, Checked), UnknownForm> {
        let form = self.get(&response.version).filter(|form| form.id == response.form);
        let unknown = || UnknownForm { form: response.form.clone(), version: response.version.clone() };
        form.map(|form| (form, form.check(&response.answers))).ok_or_else(unknown)
    }
}

impl Form {
    /// Answers to this form, with its name and version.
    pub fn response(&self, answers: Answers) -> Response {
        Response { form: self.id.clone(), version: self.version.clone(), answers }
    }
}

fn misnamed(name: &str, form: &Form, known: &[Form]) -> Option<Mistake> {
    let problem = if name.strip_suffix(".json").unwrap_or(name) != form.version {
        format!("{} is not what the file is called by", form.version)
    } else if known.iter().any(|other| other.version == form.version) {
        format!("{} is there twice", form.version)
    } else {
        return None;
    };
    Some(Mistake { place: "version".to_owned(), problem })
}
