//! Reading requests about people: names, words, pages; every fault at once.

use kit_serve::Fault;
use prost::Message;
use sha2::{Digest as _, Sha256};

use super::super::finding::fault;
use super::super::read::hex;
use super::super::submit::request_id_fault;
use crate::Error;

/// Entries on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (50, 200);
/// Longest reason, in characters.
const WORDS: usize = 500;
/// Most responses of a split.
pub(super) const RESPONSES: usize = 100;

/// The id in `disputes/<id>`.
pub(super) fn dispute(name: &str) -> Result<String, Error> {
    id("disputes/", name).ok_or(Error::NotFound("NO_SUCH_DISPUTE"))
}

/// The id in `people/<id>`.
pub(super) fn person(name: &str) -> Result<String, Error> {
    id("people/", name).ok_or(Error::NotFound("NO_SUCH_PERSON"))
}

fn id(prefix: &str, name: &str) -> Option<String> {
    name.strip_prefix(prefix).filter(|id| !id.is_empty() && !id.contains('\0')).map(str::to_owned)
}

/// Gathers what is wrong with a request.
#[derive(Default)]
pub(super) struct Check(pub(super) Vec<Fault>);

impl Check {
    pub(super) fn request_id(&mut self, id: &str) {
        self.0.extend(request_id_fault(id));
    }

    /// Why, in words.
    pub(super) fn reason(&mut self, words: &str) -> String {
        let words = words.trim();
        if words.is_empty() {
            self.0.push(fault("reason", "REQUIRED", &[]));
        } else if words.chars().count() > WORDS {
            self.0.push(fault("reason", "TOO_LONG", &[("max", &WORDS.to_string())]));
        }
        words.to_owned()
    }

    /// Six digits of any spelling.
    pub(super) fn number(&mut self, spelling: &str) -> String {
        let field = "registration_number";
        match kit_vocabulary::registration_number(spelling) {
            _ if spelling.is_empty() => self.0.push(fault(field, "REQUIRED", &[])),
            Ok(number) => return number,
            Err(_) => self.0.push(fault(field, "BAD_NUMBER", &[])),
        }
        String::new()
    }

    /// The same, or none.
    pub(super) fn number_if_any(&mut self, spelling: &str) -> Option<String> {
        (!spelling.is_empty()).then(|| self.number(spelling))
    }

    /// The ids of `responses/<id>`, each once.
    pub(super) fn responses(&mut self, names: &[String]) -> Vec<String> {
        match names.len() {
            0 => self.0.push(fault("responses", "REQUIRED", &[])),
            1..=RESPONSES => {}
            _ => self.0.push(fault("responses", "TOO_MANY", &[("max", &RESPONSES.to_string())])),
        }
        let mut ids: Vec<String> = Vec::new();
        for (index, name) in names.iter().enumerate().take(RESPONSES) {
            match id("responses/", name) {
                Some(id) if ids.contains(&id) => self.0.push(fault(&response_at(index), "TWICE", &[])),
                Some(id) => ids.push(id),
                None => self.0.push(fault(&response_at(index), "NO_SUCH_RESPONSE", &[])),
            }
        }
        ids
    }

    pub(super) fn size(&mut self, asked: i32) -> i64 {
        if !(0..=PAGE.1).contains(&asked) {
            self.0.push(fault("page_size", "OUT_OF_RANGE", &[("min", "1"), ("max", &PAGE.1.to_string())]));
        }
        i64::from(if asked == 0 { PAGE.0 } else { asked })
    }

    /// The place in a token of the same list; `None` for the first page.
    pub(super) fn place(&mut self, token: &str, list: &impl Message) -> Option<(i64, i64)> {
        if token.is_empty() {
            return None;
        }
        let part = |at: usize| u64::from_str_radix(token.get(at * 16..(at + 1) * 16)?, 16).ok();
        let read = || {
            let place = (i64::try_from(part(1)?).ok()?, i64::try_from(part(2)?).ok()?);
            (token.len() == 48 && token.is_ascii() && part(0)?.to_be_bytes() == mark(list)).then_some(place)
        };
        let place = read();
        if place.is_none() {
            self.0.push(fault("page_token", "BAD_PAGE_TOKEN", &[]));
        }
        place
    }

    pub(super) fn done(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// Where a response stands in a request.
pub(super) fn response_at(index: usize) -> String {
    format!("responses[{index}]")
}

/// What a token belongs to: the request without page and size.
fn mark(list: &impl Message) -> [u8; 8] {
    let digest = Sha256::digest(list.encode_to_vec());
    std::array::from_fn(|at| digest[at])
}

/// The token of the page after this place.
pub(super) fn token((first, second): (i64, i64), list: &impl Message) -> String {
    hex(&[mark(list), first.to_be_bytes(), second.to_be_bytes()].concat())
}
