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

use contract::insights::v1::{PublishedNumber, Scope, Unit};
use kit_serve::Fault;

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

/// Most numbers in a request.
const MOST: usize = 10_000;

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

/// What the recomputed numbers are to be about: where the caller does not say, what the publication is about.
pub fn scope(publication: Option<&Publication>, asked: Option<&Scope>) -> Scope {
    let mut scope = asked.cloned().unwrap_or_default();
    if let Some(publication) = publication
        && scope.programme.is_empty()
    {
        scope.programme.clone_from(&publication.scope.programme);
    }
    scope
}

/// Every fault of a request: nothing to compare, too many numbers, numbers that name no place, no cell, or a report that
/// `known` does not know.
pub fn faults(
    publication: Option<&Publication>,
    given: &[PublishedNumber],
    known: impl Fn(&str) -> bool,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    if publication.is_none() && given.is_empty() {
        let (ja, en) = ("公表資料の名前か、照合する数が要ります", "a publication, or numbers to compare, are needed");
        faults.push(Fault::new("publication", "REQUIRED", ja, en));
    }
    if given.len() > MOST {
        faults.push(Fault::new("numbers", "TOO_MANY", "10,000 件までです", "at most 10,000"));
        return faults;
    }
    for (at, number) in given.iter().enumerate() {
        let mut fault = |field: &str, reason: &'static str, ja: &str, en: &str| {
            faults.push(Fault::new(format!("numbers[{at}].{field}"), reason, ja, en));
        };
        if number.place.is_empty() {
            fault("place", "REQUIRED", "どこの数かが要ります", "where the number stands is needed");
        }
        let cell = [("table", &number.table), ("row", &number.row), ("column", &number.column)];
        if number.report.is_empty() {
            for (field, _) in cell.iter().filter(|(_, value)| !value.is_empty()) {
                fault(field, "WITHOUT_REPORT", "集計の名前がありません", "without the name of a report");
            }
        } else if known(&number.report) {
            for (field, _) in cell.iter().filter(|(_, value)| value.is_empty()) {
                fault(field, "REQUIRED", "集計のどの欄かが要ります", "which cell of the report is needed");
            }
        } else {
            fault("report", "UNKNOWN_REPORT", "該当する集計がありません", "no such report");
        }
        if Unit::try_from(number.unit).is_err() {
            fault("unit", "UNKNOWN_UNIT", "この単位はありません", "there is no such unit");
        }
        if number.step < 0 {
            fault("step", "OUT_OF_RANGE", "0 以上です", "0 or more");
        }
    }
    faults
}

#[cfg(test)]
mod tests;
