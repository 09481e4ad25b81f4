//! The timetable: who sits where, who waits and why.

use std::collections::{BTreeMap, BTreeSet};

use super::booths;
use super::check::{Fault, check};
use super::event::{Event, mask, rounds_in};
use super::infeasible::{Infeasible, why_not};
use super::problem::{Aim, Problem};
use super::search::best;

/// What is asked of a timetable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everybody is seated and every expert's minimum is reached, or there is no timetable.
    Everybody,
    /// As many as possible are seated; the rest waits.
    AsManyAsPossible,
}

/// One consultation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// The round's place.
    pub round: usize,
    /// The booth's place.
    pub booth: usize,
    /// The expert's id.
    pub expert: String,
    /// The company's id.
    pub company: String,
}

/// What keeps a company from a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitingFor {
    /// No expert there can see it.
    NoExpert,
    /// The experts who can see it are not there in the rounds to which it can come.
    NoRound,
    /// Experts who can see it see as many companies as they may.
    ExpertsFull,
    /// Experts who can see it see others in the rounds to which it can come.
    RoundsTaken,
    /// Experts who can see it are free, but no booth is.
    BoothsFull,
}

/// A company without a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The company's id.
    pub company: String,
    /// Everything that keeps it from a seat as the timetable stands.
    pub why: BTreeSet<WaitingFor>,
}

/// An expert who sees fewer companies than the minimum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    /// The expert's id.
    pub expert: String,
    /// Companies seen.
    pub seen: usize,
    /// Companies that should be seen at least.
    pub min: usize,
}

/// A whole timetable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timetable {
    /// By round, then booth.
    pub seats: Vec<Seat>,
    /// By order of application.
    pub waiting: Vec<Waiting>,
    /// By id; nobody when every minimum is reached.
    pub short: Vec<Short>,
    /// The sum of scores.
    pub fit: i64,
    /// No better timetable exists. False only when the search was given up after a fixed number of steps.
    pub proven: bool,
}

impl Timetable {
    /// The seat of a company.
    pub fn seat_of(&self, company: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.company == company)
    }
}

/// Why there is no timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoTimetable {
    /// The event is not one; everything that is wrong with it.
    Faults(Vec<Fault>),
    /// The event is one, but not everybody can be seated; what makes it so.
    Infeasible(Infeasible),
}

/// The best timetable: as many companies as possible, then experts' minima, then the total fit, then an even load, then
/// earlier applications, then as many as possible where they were `told`. The order of the input makes no difference.
///
/// # Errors
/// [`NoTimetable::Faults`] for an event that is not one; [`NoTimetable::Infeasible`] in [`Mode::Everybody`] alone.
pub fn plan(event: &Event, told: &[Seat], mode: Mode) -> Result<Timetable, NoTimetable> {
    let faults = check(event);
    if !faults.is_empty() {
        return Err(NoTimetable::Faults(faults));
    }
    let timetable = solved(event, told, 0, Aim::Fit);
    if mode == Mode::Everybody && (!timetable.waiting.is_empty() || !timetable.short.is_empty()) {
        return Err(NoTimetable::Infeasible(why_not(event)));
    }
    Ok(timetable)
}

/// The best timetable of an event that was checked. In `closed` rounds nobody is seated beside those who are fixed.
pub(super) fn solved(event: &Event, told: &[Seat], closed: u64, aim: Aim) -> Timetable {
    let (problem, ids) = Problem::of(event, told, closed, aim);
    let best = best(&problem);
    let chosen = ids.companies.iter().zip(&best.chosen).filter_map(|(company, choice)| {
        choice.map(|(expert, round)| (round, ids.experts[expert].to_owned(), (*company).to_owned()))
    });
    let fixed = event.fixed.iter().map(|fixed| (fixed.round, fixed.expert.clone(), fixed.company.clone()));
    let seats = booths::at_booths(event, chosen.chain(fixed).collect(), told, closed);
    let scores: BTreeMap<&str, &BTreeMap<String, i64>> =
        event.companies.iter().map(|applicant| (applicant.company.as_str(), &applicant.scores)).collect();
    let score = |seat: &Seat| scores.get(seat.company.as_str())?.get(&seat.expert);
    let fit = seats.iter().filter_map(score).sum();
    let waiting = waiting(event, &seats, closed);
    let short = short(event, &seats);
    Timetable { seats, waiting, short, fit, proven: best.proven }
}

fn short(event: &Event, seats: &[Seat]) -> Vec<Short> {
    let seen = |expert: &str| seats.iter().filter(|seat| seat.expert == expert).count();
    let all = event.experts.iter().map(|present| Short {
        expert: present.expert.clone(),
        seen: seen(&present.expert),
        min: present.min as usize,
    });
    let mut short: Vec<Short> = all.filter(|short| short.seen < short.min).collect();
    short.sort_by(|one, other| one.expert.cmp(&other.expert));
    short
}

fn waiting(event: &Event, seats: &[Seat], closed: u64) -> Vec<Waiting> {
    let seated: BTreeSet<&str> = seats.iter().map(|seat| seat.company.as_str()).collect();
    let mut waiting: Vec<_> =
        event.companies.iter().filter(|applicant| !seated.contains(applicant.company.as_str())).collect();
    waiting.sort_by_key(|applicant| (applicant.order, &applicant.company));
    let mut busy: BTreeMap<&str, u64> = BTreeMap::new();
    for seat in seats {
        *busy.entry(&seat.expert).or_default() |= 1 << seat.round;
    }
    let full = |round| seats.iter().filter(|seat| seat.round == round).count() >= event.booths.len();
    let count = event.rounds.len();
    let why = |applicant: &super::event::Applicant| {
        let barred = |expert: &str| {
            event.forbidden.iter().any(|pair| pair.expert == expert && pair.company == applicant.company)
        };
        let able = |expert: &str| applicant.scores.contains_key(expert) && !barred(expert);
        let experts: Vec<_> = event.experts.iter().filter(|present| able(&present.expert)).collect();
        if experts.is_empty() {
            return BTreeSet::from([WaitingFor::NoExpert]);
        }
        let own = mask(applicant.rounds.as_ref(), count) & !closed;
        let mut why = BTreeSet::new();
        for present in experts {
            let rounds = own & mask(present.rounds.as_ref(), count);
            let taken = busy.get(present.expert.as_str()).copied().unwrap_or_default();
            if rounds == 0 {
                continue;
            }
            if taken.count_ones() >= present.max {
                why.insert(WaitingFor::ExpertsFull);
                continue;
            }
            why.extend((rounds & taken != 0).then_some(WaitingFor::RoundsTaken));
            why.extend(rounds_in(rounds & !taken).any(full).then_some(WaitingFor::BoothsFull));
        }
        if why.is_empty() { BTreeSet::from([WaitingFor::NoRound]) } else { why }
    };
    waiting.iter().map(|applicant| Waiting { company: applicant.company.clone(), why: why(applicant) }).collect()
}
