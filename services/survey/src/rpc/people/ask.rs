//! Reading requests about people: names and words.

use super::super::check::Check;
use crate::Error;

/// Longest reason, in characters.
const WORDS: usize = 500;
/// Most responses of a split.
pub(super) const RESPONSES: usize = 100;

/// The id in `disputes/<id>`.
pub(super) fn dispute(name: &str) -> Result<String, Error> {
    id("disputes/", name).ok_or(Error::NotFound("NO_SUCH_DISPUTE"))
}

/// The id in `people/<id>`.
pub(crate) fn person(name: &str) -> Result<String, Error> {
    id("people/", name).ok_or(Error::NotFound("NO_SUCH_PERSON"))
}

fn id(prefix: &str, name: &str) -> Option<String> {
    name.strip_prefix(prefix).filter(|id| !id.is_empty() && !id.contains('\0')).map(str::to_owned)
}

impl Check {
    /// Why, in words.
    pub(super) fn reason(&mut self, words: &str) -> String {
        let words = words.trim();
        if words.is_empty() {
            self.fault("reason", "REQUIRED", &[]);
        } else if words.chars().count() > WORDS {
            self.fault("reason", "TOO_LONG", &[("max", &WORDS.to_string())]);
        }
        words.to_owned()
    }

    /// The ids of `responses/<id>`, each once.
    pub(super) fn responses(&mut self, names: &[String]) -> Vec<String> {
        self.batch("responses", names.len(), RESPONSES);
        let mut ids: Vec<String> = Vec::new();
        for (index, name) in names.iter().enumerate().take(RESPONSES) {
            match id("responses/", name) {
                Some(id) if ids.contains(&id) => self.fault(&response_at(index), "TWICE", &[]),
                Some(id) => ids.push(id),
                None => self.fault(&response_at(index), "NO_SUCH_RESPONSE", &[]),
            }
        }
        ids
    }
}

/// Where a response stands in a request.
pub(super) fn response_at(index: usize) -> String {
    format!("responses[{index}]")
}
