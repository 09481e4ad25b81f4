//! The day itself: what is over stays, what was announced stays as far as the most companies can be seated.

use std::collections::{BTreeMap, BTreeSet};

use kit_clock::Timestamp;

use super::check::{Fault, Reason, check};
use super::event::{Applicant, Event, Fixed, mask, rounds_in};
use super::plan::{NoTimetable, Seat, Timetable, solved};
use super::problem::Aim;

/// What happened on the day: all of it so far, beside the event as it was, or what is new, beside [`Replanned::event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The time. A round that has begun is not planned any more.
    pub now: Timestamp,
    /// Companies that do not come; their seats are free for others, in rounds that have not begun. One that comes late
    /// after all is no no-show any more: plan it again with a timetable in which it has no seat.
    pub no_shows: BTreeSet<String>,
    /// Companies that come without having applied.
    pub walk_ins: Vec<Applicant>,
    /// Experts who cannot come or stay.
    pub absent: Vec<Absence>,
}

impl Day {
    /// A day on which nothing happened yet.
    pub fn at(now: Timestamp) -> Self {
        Self { now, no_shows: BTreeSet::new(), walk_ins: Vec::new(), absent: Vec::new() }
    }
}

/// An expert who is not there from a moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The expert's id.
    pub expert: String,
    /// Rounds that begin then or later take place without the expert, also one that is running.
    pub from: Timestamp,
}

/// Why a seat is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freed {
    /// The company did not come.
    NoShow,
    /// The expert is absent, and no other seat was to be had.
    ExpertAbsent,
    /// More companies could be seated without it.
    NoSeat,
}

/// A difference to what was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The seat is gone.
    Freed {
        /// As it was told.
        from: Seat,
        /// Why.
        why: Freed,
    },
    /// Another round, expert or booth.
    Moved {
        /// As it was told.
        from: Seat,
        /// As it is now.
        to: Seat,
    },
    /// A company that had no seat has one.
    Seated {
        /// The seat.
        to: Seat,
    },
}

/// A timetable made on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replanned {
    /// The event as it is now: without no-shows, with walk-ins, with what is over as fixed seats.
    pub event: Event,
    /// The timetable now.
    pub timetable: Timetable,
    /// By the company's id.
    pub changes: Vec<Change>,
}

/// The timetable as of now: as many companies as possible, then as many as possible on the seat they were `told`, then
/// minima, fit, even load and earlier applications as in [`plan`](super::plan()).
///
/// # Errors
/// [`NoTimetable::Faults`] for an event, seats or a day that make no sense; never [`NoTimetable::Infeasible`].
pub fn replan(event: &Event, told: &[Seat], day: &Day) -> Result<Replanned, NoTimetable> {
    let faults = [check(event), told_faults(event, told, day), day_faults(event, day)].concat();
    if !faults.is_empty() {
        return Err(NoTimetable::Faults(faults));
    }
    let begun = |round: usize| event.rounds[round].start <= day.now;
    let closed = (0..event.rounds.len()).filter(|round| begun(*round)).map(|round| 1_u64 << round).sum::<u64>();
    let now = as_of(event, told, day, closed);
    let timetable = solved(&now, told, closed, Aim::Calm);
    let changes = changes(told, &timetable.seats, event, day);
    Ok(Replanned { event: now, timetable, changes })
}

/// Seats that no timetable of the event can have held.
fn told_faults(event: &Event, told: &[Seat], day: &Day) -> Vec<Fault> {
    let fixed =
        told.iter().map(|seat| Fixed { round: seat.round, expert: seat.expert.clone(), company: seat.company.clone() });
    let companies = [event.companies.as_slice(), &day.walk_ins].concat();
    let trial = Event { fixed: fixed.collect(), companies, ..event.clone() };
    // Limits may have been bent by hand; what counts is that it can have taken place.
    let matters = |reason: &Reason| {
        matches!(
            reason,
            Reason::UnknownExpert
                | Reason::UnknownCompany
                | Reason::UnknownRound
                | Reason::ExpertTwiceInRound
                | Reason::CompanyTwice
                | Reason::MoreFixedThanBooths
        )
    };
    let faults = check(&trial).into_iter().filter(|fault| fault.field.starts_with("fixed[") && matters(&fault.reason));
    let mut faults: Vec<Fault> = faults
        .map(|fault| {
            let field = fault.field.replacen("fixed[", "told[", 1);
            fault.at(field)
        })
        .collect();
    let booths = told.iter().enumerate().filter(|(_, seat)| seat.booth >= event.booths.len());
    faults.extend(booths.map(|(at, _)| Fault::new(format!("told[{at}].booth"), Reason::UnknownBooth)));
    faults
}

fn day_faults(event: &Event, day: &Day) -> Vec<Fault> {
    let known = |company: &str| event.companies.iter().any(|applicant| applicant.company == company);
    let strangers = day.no_shows.iter().filter(|company| !known(company));
    let mut faults: Vec<Fault> =
        strangers.map(|company| Fault::new(format!("no_shows[{company}]"), Reason::UnknownCompany)).collect();
    let unknown = |absence: &Absence| !event.experts.iter().any(|present| present.expert == absence.expert);
    let absent = day.absent.iter().enumerate().filter(|(_, absence)| unknown(absence));
    faults.extend(absent.map(|(at, _)| Fault::new(format!("absent[{at}].expert"), Reason::UnknownExpert)));
    let before = event.companies.len();
    let with = Event {
        companies: [event.companies.as_slice(), &day.walk_ins].concat(),
        fixed: Vec::new(),
        forbidden: Vec::new(),
        ..event.clone()
    };
    for fault in check(&with) {
        let place = fault.field.strip_prefix("companies[").and_then(|rest| rest.split_once(']'));
        if let Some((at, rest)) = place
            && let Some(at) = at.parse::<usize>().ok().and_then(|at| at.checked_sub(before))
        {
            let field = format!("walk_ins[{at}]{rest}");
            faults.push(fault.at(field));
        } else if fault.field == "companies" && before <= Event::MAX_COMPANIES {
            faults.push(fault.at("walk_ins".to_owned()));
        }
    }
    faults
}

/// The event without whom is not there, with what is over or running as fixed seats.
fn as_of(event: &Event, told: &[Seat], day: &Day, closed: u64) -> Event {
    let mut now = event.clone();
    now.companies.extend(day.walk_ins.iter().cloned());
    now.companies.retain(|applicant| !day.no_shows.contains(&applicant.company));
    let count = event.rounds.len();
    for present in &mut now.experts {
        if let Some(from) = absent_from(day, &present.expert) {
            let there = rounds_in(mask(present.rounds.as_ref(), count));
            present.rounds = Some(there.filter(|round| event.rounds[*round].start < from).collect());
            present.min = 0;
        }
    }
    let away =
        |round: usize, expert: &str| absent_from(day, expert).is_some_and(|from| event.rounds[round].start >= from);
    let stays = |round: usize, expert: &str, company: &str| !day.no_shows.contains(company) && !away(round, expert);
    let over =
        told.iter().filter(|seat| closed >> seat.round & 1 == 1 && stays(seat.round, &seat.expert, &seat.company));
    let over: Vec<Fixed> = over
        .map(|seat| Fixed { round: seat.round, expert: seat.expert.clone(), company: seat.company.clone() })
        .collect();
    let seen: BTreeSet<&String> = over.iter().map(|fixed| &fixed.company).collect();
    let promised = event.fixed.iter().filter(|fixed| {
        closed >> fixed.round & 1 == 0
            && stays(fixed.round, &fixed.expert, &fixed.company)
            && !seen.contains(&fixed.company)
    });
    let promised: Vec<Fixed> = promised.cloned().collect();
    now.fixed = [over, promised].concat();
    let left: BTreeSet<&str> = now.companies.iter().map(|applicant| applicant.company.as_str()).collect();
    now.forbidden.retain(|pair| left.contains(pair.company.as_str()));
    now
}

fn absent_from(day: &Day, expert: &str) -> Option<Timestamp> {
    day.absent.iter().filter(|absence| absence.expert == expert).map(|absence| absence.from).min()
}

fn changes(told: &[Seat], seats: &[Seat], event: &Event, day: &Day) -> Vec<Change> {
    let before: BTreeMap<&str, &Seat> = told.iter().map(|seat| (seat.company.as_str(), seat)).collect();
    let after: BTreeMap<&str, &Seat> = seats.iter().map(|seat| (seat.company.as_str(), seat)).collect();
    let companies: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let why = |seat: &Seat| {
        let gone = |from| event.rounds[seat.round].start >= from;
        match (day.no_shows.contains(&seat.company), absent_from(day, &seat.expert).is_some_and(gone)) {
            (true, _) => Freed::NoShow,
            (false, true) => Freed::ExpertAbsent,
            (false, false) => Freed::NoSeat,
        }
    };
    let change = |company: &str| match (before.get(company), after.get(company)) {
        (Some(from), Some(to)) if from == to => None,
        (Some(from), Some(to)) => Some(Change::Moved { from: (*from).clone(), to: (*to).clone() }),
        (Some(from), None) => Some(Change::Freed { from: (*from).clone(), why: why(from) }),
        (None, Some(to)) => Some(Change::Seated { to: (*to).clone() }),
        (None, None) => None,
    };
    companies.into_iter().filter_map(change).collect()
}
