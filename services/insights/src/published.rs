//! What was published, beside what comes out of the events: which numbers do not hold, and what published numbers say of
//! each other.
//!
//! Pure: publications are data that ship with the service, numbers may be given besides, and reports are handed in.

mod compare;
mod data;
mod groups;
mod numbers;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use contract::insights::v1::{PublishedNumber, Scope};

pub use self::compare::{Compared, compare};
pub use self::data::BadPublication;
use self::numbers::Number;

/// A publication: numbers with their place, and which of them speak of the same thing.
#[derive(Debug)]
pub struct Publication {
    /// Stable name: `ipa-2025`.
    pub id: String,
    /// What its numbers are about.
    pub scope: Scope,
    numbers: Vec<Number>,
    /// Places in `numbers` that speak of the same thing, beside those that are recomputed by the same cell.
    same: Vec<Vec<usize>>,
}

static SHIPPED: LazyLock<Vec<Publication>> = LazyLock::new(|| {
    // A file that cannot be read is left out; a test reads every one.
    FILES.iter().filter_map(|file| Publication::read(file).ok()).collect()
});

const FILES: &[&str] = &[include_str!("../data/published/ipa-2025.json")];

/// The publications that ship with the service.
pub fn publications() -> &'static [Publication] {
    &SHIPPED
}

/// A publication by its name.
pub fn find(id: &str) -> Option<&'static Publication> {
    SHIPPED.iter().find(|publication| publication.id == id)
}

/// The reports that recompute the numbers of a publication and those given besides; those that nothing recomputes ask for
/// none.
pub fn reports_needed(publication: Option<&Publication>, given: &[PublishedNumber]) -> BTreeSet<String> {
    let published = publication.into_iter().flat_map(|publication| &publication.numbers);
    let published = published.filter_map(|number| number.cell.as_ref()).map(|cell| cell.report.clone());
    let given = given.iter().map(|number| number.report.clone()).filter(|report| !report.is_empty());
    published.chain(given).collect()
}

#[cfg(test)]
mod tests;
