//! What the search tells of exposure.

use contract::search::v1 as wire;
use kit_clock::{JapanDay, Timestamp};
use kit_log::{NewEvent, Unit, wire_time};

use super::counters::Days;
use crate::domain::exposure::Counts;

/// Most experts of one event: about 300 kB with the registry's ids, of the 640 that an event may have.
const EXPERTS: usize = 5_000;

/// Tells of counts from `since` until `until`: an event for each day and 5,000 experts.
pub(super) fn emit(unit: &mut Unit, days: &Days, (since, until): (Timestamp, Timestamp)) {
    for (&day, experts) in days {
        let (midnight, next) = (JapanDay::from_number(day).start(), JapanDay::from_number(day + 1).start());
        let (start, end) = (since.clamp(midnight, next), until.clamp(midnight, next));
        let mut counts: Vec<_> = experts.iter().map(|(expert, counts)| told(expert, counts)).collect();
        counts.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        for counts in counts.chunks(EXPERTS) {
            let (start_time, end_time) = (Some(wire_time(start)), Some(wire_time(end)));
            let body = wire::ExposureCounted { day, start_time, end_time, counts: counts.to_vec() };
            let id = unit.fresh_id();
            unit.emit(NewEvent::new("exposure", &id, &body));
        }
    }
}

/// An expert's counts as the contract has them.
pub(super) fn told(expert: &str, counts: &Counts) -> wire::ExpertExposure {
    let Counts { shown, shown_first, opened, introduced } = *counts;
    wire::ExpertExposure { name: format!("experts/{expert}"), shown, shown_first, opened, introduced }
}
