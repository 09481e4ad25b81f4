//! What a report is to be about.

use contract::insights::v1 as wire;
use kit_clock::Timestamp;
use kit_serve::Fault;

use super::places;
use crate::definitions::Report;

/// A scope, checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(super) programme: String,
    /// A place's code.
    pub(super) region: String,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

impl Scope {
    /// Reads it; every fault is noted. `knows` tells of codes that are in no list and were met in events.
    pub(crate) fn new(given: Option<&wire::Scope>, knows: impl Fn(&str) -> bool, faults: &mut Vec<Fault>) -> Self {
        let Some(given) = given else { return Self::default() };
        let time = |at: &Option<prost_types::Timestamp>| at.as_ref().map(kit_log::clock_time);
        let mut scope = Self { from: time(&given.from), until: time(&given.until), ..Self::default() };
        for (field, at) in [("scope.from", &given.from), ("scope.until", &given.until)] {
            if at.as_ref().is_some_and(|at| !(0..1_000_000_000).contains(&at.nanos)) {
                faults.push(Fault::new(field, "BAD_TIME", "時刻の形式ではありません", "not a time"));
            }
        }
        if let (Some(from), Some(until)) = (scope.from, scope.until)
            && from >= until
        {
            let (ja, en) = ("終わりは始まりより後です", "until has to be after from");
            faults.push(Fault::new("scope.until", "NOT_AFTER_FROM", ja, en));
        }
        let programme = given.programme.trim();
        if programme.len() > 40 || programme.chars().any(char::is_control) {
            faults.push(Fault::new("scope.programme", "BAD_PROGRAMME", "事業の名前です", "the name of a programme"));
        }
        programme.clone_into(&mut scope.programme);
        let region = given.region.trim();
        match places::find(region) {
            Some(place) => place.code.clone_into(&mut scope.region),
            None if region.is_empty() => {}
            None if knows(region) => region.clone_into(&mut scope.region),
            None => {
                let (ja, en) =
                    ("都道府県・市・地方の名前かコードです", "a prefecture, a city or a region, by code or label");
                faults.push(Fault::new("scope.region", "UNKNOWN_REGION", ja, en));
            }
        }
        scope
    }

    /// What of it a report heeds.
    pub(super) fn heeded(&self, report: &Report) -> Self {
        let text = |part: &str, text: &String| if report.heeds(part) { text.clone() } else { String::new() };
        Self {
            programme: text("programme", &self.programme),
            region: text("region", &self.region),
            from: self.from.filter(|_| report.heeds("from")),
            until: self.until.filter(|_| report.heeds("until")),
        }
    }

    pub(super) fn shown(&self) -> wire::Scope {
        wire::Scope {
            programme: self.programme.clone(),
            region: self.region.clone(),
            from: self.from.map(kit_log::wire_time),
            until: self.until.map(kit_log::wire_time),
        }
    }
}
