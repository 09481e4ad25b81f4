//! What several calls read alike, each field in its normal form, with every fault.

use contract::Paged;
use kit_serve::Fault;
use kit_serve::page::{Page, Place};
use kit_vocabulary::is_plain;

use super::finding::fault;
use crate::Error;

/// Collects the faults of a request. Rooms add what they alone read.
#[derive(Debug, Default)]
pub(crate) struct Check(pub(crate) Vec<Fault>);

impl Check {
    /// One more fault.
    pub(crate) fn fault(&mut self, field: &str, reason: &str, fill: &[(&str, &str)]) {
        self.0.push(fault(field, reason, fill));
    }

    pub(crate) fn request_id(&mut self, id: &str) {
        if !is_plain(id) {
            self.fault("request_id", "BAD_REQUEST_ID", &[("max", "100")]);
        }
    }

    /// Six digits of any spelling.
    pub(crate) fn number(&mut self, spelling: &str) -> String {
        let field = "registration_number";
        match kit_vocabulary::registration_number(spelling) {
            _ if spelling.is_empty() => self.fault(field, "REQUIRED", &[]),
            Ok(number) => return number,
            Err(_) => self.fault(field, "BAD_NUMBER", &[]),
        }
        String::new()
    }

    /// The same, or none.
    pub(crate) fn number_if_any(&mut self, spelling: &str) -> Option<String> {
        (!spelling.is_empty()).then(|| self.number(spelling))
    }

    /// How many entries a batch has; whether that is right.
    pub(crate) fn batch(&mut self, field: &str, size: usize, most: usize) -> bool {
        match size {
            0 => self.fault(field, "REQUIRED", &[]),
            _ if size > most => self.fault(field, "TOO_MANY", &[("max", &most.to_string())]),
            _ => return true,
        }
        false
    }

    /// The page that a request asks for; as many entries as usual when it names no size, and at most so many.
    pub(crate) fn page<P: Place>(&mut self, request: &impl Paged, (usual, most): (i32, i32)) -> Page<P> {
        let size = if request.page_size() == 0 { usual } else { request.page_size() };
        if !(1..=most).contains(&size) {
            self.fault("page_size", "OUT_OF_RANGE", &[("min", "1"), ("max", &most.to_string())]);
        }
        self.page_of(request, size.into())
    }

    /// The page of this size that a request asks for.
    pub(crate) fn page_of<P: Place>(&mut self, request: &impl Paged, size: i64) -> Page<P> {
        Page::of(request, size, || self.fault("page_token", "BAD_PAGE_TOKEN", &[]))
    }

    /// Nothing is wrong, or everything that is.
    pub(crate) fn done(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
