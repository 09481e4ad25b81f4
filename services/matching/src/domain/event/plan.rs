//! What is planned of an event: read into its normal form with every fault, and changed field by field.

use std::collections::BTreeSet;

use contract::matching::v1::{EventPlan, PresentExpert, Round};
use kit_clock::Timestamp;
use prost_types::Timestamp as WireTime;

use super::{ends, starts};
use crate::domain::check::Check;
use crate::domain::fault::{Fault, Reason};
use crate::domain::moment::read;

/// Longest title, of the event and of the lecture.
const TITLE: usize = 100;
/// Longest venue.
const VENUE: usize = 200;
/// Longest event.
const HOURS: i64 = 24;
/// How far ahead an event can be planned: three years.
const AHEAD_DAYS: i64 = 1_096;
/// Most rounds, booths and experts.
const ROUNDS: usize = 12;
const BOOTHS: usize = 50;
/// See [`ROUNDS`].
pub const EXPERTS: usize = 50;
/// Longest name of a booth.
const BOOTH: usize = 20;
/// Most companies.
const CAPACITY: i64 = 10_000;
const HOUR: i64 = 3_600_000_000;
/// Companies an expert sees at least and at most when nothing is said (report 2.1.5).
const COMPANIES: (i32, i32) = (2, 3);

/// The fields of a plan, as masks name them.
pub const FIELDS: [&str; 10] = [
    "title",
    "venue",
    "start_time",
    "end_time",
    "lecture",
    "rounds",
    "booths",
    "experts",
    "capacity",
    "apply_until_time",
];

/// The fields that the paths of a mask name, with or without `plan.` before them. Notes a path that is none.
pub fn fields_of(check: &mut Check, paths: &[String]) -> BTreeSet<&'static str> {
    check.needed("update_mask", paths.is_empty());
    let mut fields = BTreeSet::new();
    for (at, path) in paths.iter().enumerate() {
        let path = path.strip_prefix("plan.").unwrap_or(path);
        match FIELDS.iter().find(|field| **field == path) {
            Some(field) => {
                fields.insert(*field);
            }
            None => check.fault(&format!("update_mask.paths[{at}]"), Reason::UnknownPath),
        }
    }
    fields
}

/// A plan with some fields of another one.
pub fn with(known: &EventPlan, given: &EventPlan, fields: &BTreeSet<&str>) -> EventPlan {
    let mut plan = known.clone();
    for field in fields {
        match *field {
            "title" => plan.title.clone_from(&given.title),
            "venue" => plan.venue.clone_from(&given.venue),
            "start_time" => plan.start_time = given.start_time,
            "end_time" => plan.end_time = given.end_time,
            "lecture" => plan.lecture.clone_from(&given.lecture),
            "rounds" => plan.rounds.clone_from(&given.rounds),
            "booths" => plan.booths.clone_from(&given.booths),
            "experts" => plan.experts.clone_from(&given.experts),
            "capacity" => plan.capacity = given.capacity,
            "apply_until_time" => plan.apply_until_time = given.apply_until_time,
            _ => {}
        }
    }
    plan
}

/// A plan in its normal form. `known` is what was planned before: only what is new has to lie ahead.
pub fn read_plan(check: &mut Check, given: &EventPlan, known: Option<&EventPlan>, now: Timestamp) -> EventPlan {
    let title = check.text("plan.title", &given.title, TITLE, false);
    check.needed("plan.title", title.is_empty());
    let venue = check.text("plan.venue", &given.venue, VENUE, false);
    check.needed("plan.venue", venue.is_empty());
    span(check, given, known, now);
    let lecture = check.text("plan.lecture", &given.lecture, TITLE, false);
    rounds(check, given);
    let booths = booths(check, &given.booths);
    let count = given.rounds.len();
    check.needed("plan.experts", given.experts.is_empty());
    check.at_most("plan.experts", given.experts.len(), EXPERTS);
    for (at, present) in given.experts.iter().enumerate().take(EXPERTS) {
        let place = format!("plan.experts[{at}]");
        self::present(check, &place, present, count);
        let again = given.experts[..at].iter().any(|before| before.expert == present.expert);
        if again && !present.expert.is_empty() {
            check.fault(&format!("{place}.expert"), Reason::Repeated);
        }
        if present.lectures && lecture.is_empty() {
            check.fault(&format!("{place}.lectures"), Reason::NotHere);
        }
        let was_absent = |known: &EventPlan| known.experts.iter().any(|k| k.expert == present.expert && k.absent);
        if present.absent && !known.is_some_and(was_absent) {
            check.fault(&format!("{place}.absent"), Reason::NotHere);
        }
    }
    check.between("plan.capacity", i64::from(given.capacity), (0, CAPACITY));
    last_call(check, given, known, now);
    EventPlan { title, venue, lecture, booths, ..given.clone() }
}

fn span(check: &mut Check, given: &EventPlan, known: Option<&EventPlan>, now: Timestamp) {
    check.needed("plan.start_time", given.start_time.is_none());
    check.needed("plan.end_time", given.end_time.is_none());
    let changed = |of: fn(&EventPlan) -> Option<WireTime>| known.is_none_or(|known| of(known) != of(given));
    let (start, end) = (starts(given), ends(given));
    let hours = |from: Timestamp, to: Timestamp| to.micros().saturating_sub(from.micros()) / HOUR;
    if given.start_time.is_some() && changed(|plan| plan.start_time) && hours(now, start) >= AHEAD_DAYS * 24 {
        check.faults.push(Fault::new("plan.start_time", Reason::TooFarAhead).with("max", AHEAD_DAYS));
    }
    if given.end_time.is_none() {
        return;
    }
    if given.start_time.is_some() && end <= start {
        check.fault("plan.end_time", Reason::EndsBeforeStart);
    } else if given.start_time.is_some() && end.micros().saturating_sub(start.micros()) > HOURS * HOUR {
        check.faults.push(Fault::new("plan.end_time", Reason::TooLongAnEvent).with("max", HOURS));
    } else if changed(|plan| plan.end_time) && end <= now {
        check.fault("plan.end_time", Reason::InThePast);
    }
}

fn last_call(check: &mut Check, given: &EventPlan, known: Option<&EventPlan>, now: Timestamp) {
    let Some(until) = given.apply_until_time.as_ref() else { return };
    let changed = known.is_none_or(|known| known.apply_until_time.as_ref() != Some(until));
    if given.start_time.is_some() && read(Some(until)) > starts(given) {
        check.fault("plan.apply_until_time", Reason::AfterStart);
    } else if changed && read(Some(until)) <= now {
        check.fault("plan.apply_until_time", Reason::InThePast);
    }
}

fn rounds(check: &mut Check, given: &EventPlan) {
    check.needed("plan.rounds", given.rounds.is_empty());
    check.at_most("plan.rounds", given.rounds.len(), ROUNDS);
    let whole = given.start_time.is_some() && given.end_time.is_some();
    let mut last: Option<Timestamp> = None;
    for (at, round) in given.rounds.iter().enumerate().take(ROUNDS) {
        let field = |part: &str| format!("plan.rounds[{at}].{part}");
        let Round { start_time, end_time } = round;
        check.needed(&field("start_time"), start_time.is_none());
        check.needed(&field("end_time"), end_time.is_none());
        let (Some(start), Some(end)) = (start_time, end_time) else { continue };
        let (start, end) = (read(Some(start)), read(Some(end)));
        if last.is_some_and(|last| start < last) {
            check.fault(&field("start_time"), Reason::RoundsOverlap);
        } else if whole && !(starts(given)..=ends(given)).contains(&start) {
            check.fault(&field("start_time"), Reason::OutsideEvent);
        }
        if end <= start {
            check.fault(&field("end_time"), Reason::EndsBeforeStart);
        } else if start.japan_day() != end.japan_day() {
            check.fault(&field("end_time"), Reason::OtherDay);
        } else if whole && end > ends(given) {
            check.fault(&field("end_time"), Reason::OutsideEvent);
        }
        last = Some(last.map_or(end, |last| last.max(end)));
    }
}

fn booths(check: &mut Check, given: &[String]) -> Vec<String> {
    check.needed("plan.booths", given.is_empty());
    check.at_most("plan.booths", given.len(), BOOTHS);
    let mut booths: Vec<String> = Vec::new();
    for (at, name) in given.iter().enumerate().take(BOOTHS) {
        let field = format!("plan.booths[{at}]");
        let name = check.text(&field, name, BOOTH, false);
        check.needed(&field, name.is_empty());
        check.once("plan.booths", at, !name.is_empty() && booths.contains(&name));
        booths.push(name);
    }
    booths
}

fn present(check: &mut Check, place: &str, present: &PresentExpert, count: usize) {
    check.id(&format!("{place}.expert"), "experts", &present.expert);
    rounds_of(check, &format!("{place}.rounds"), &present.rounds, count);
    // Without rounds nothing can be said of numbers that depend on them.
    let most = i32::try_from(count).unwrap_or(i32::MAX).max(1);
    if let Some(max) = present.max_companies {
        check.between(&format!("{place}.max_companies"), i64::from(max), (1, i64::from(most)));
    }
    let Some(min) = present.min_companies else { return };
    let (_, max) = companies(present, count);
    if min < 0 {
        check.between(&format!("{place}.min_companies"), i64::from(min), (0, i64::from(max.max(0))));
    } else if min > max {
        let fault = Fault::new(format!("{place}.min_companies"), Reason::MinAboveMax);
        check.faults.push(fault.with("min", min).with("max", max));
    }
}

/// Rounds from 1, each once.
pub fn rounds_of(check: &mut Check, field: &str, rounds: &[i32], count: usize) {
    for (at, round) in rounds.iter().enumerate().take(2 * ROUNDS) {
        check.between(&format!("{field}[{at}]"), i64::from(*round), (1, i64::try_from(count).unwrap_or(0).max(1)));
        check.once(field, at, rounds[..at].contains(round));
    }
}

/// Companies that an expert sees at least and at most.
pub fn companies(present: &PresentExpert, rounds: usize) -> (i32, i32) {
    let rounds = i32::try_from(rounds).unwrap_or(i32::MAX).max(1);
    let max = present.max_companies.unwrap_or(COMPANIES.1.min(rounds));
    (present.min_companies.unwrap_or(COMPANIES.0.min(max)), max)
}

/// What cannot change any more of a plan whose rounds have begun, given who sat with whom (expert, round from 1, booth).
pub fn begun(check: &mut Check, known: &EventPlan, next: &EventPlan, seats: &[(&str, i32, &str)], now: Timestamp) {
    let begun = known.rounds.iter().take_while(|round| read(round.start_time.as_ref()) <= now).count();
    for (at, round) in known.rounds.iter().enumerate().take(begun) {
        if next.rounds.get(at) != Some(round) {
            check.fault(&format!("plan.rounds[{at}]"), Reason::HasBegun);
        }
    }
    let held = || seats.iter().filter(|(_, round, _)| usize::try_from(*round).is_ok_and(|round| round <= begun));
    if held().any(|(expert, ..)| next.experts.iter().all(|present| present.expert != *expert)) {
        check.fault("plan.experts", Reason::HasBegun);
    }
    if held().any(|(.., booth)| next.booths.iter().all(|name| name != booth)) {
        check.fault("plan.booths", Reason::HasBegun);
    }
}
