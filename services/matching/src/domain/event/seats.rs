//! Between the contract's timetable and the solver's: who has to be seated, who was, and why the rest waits.

use std::collections::{BTreeMap, BTreeSet};

use contract::matching::v1::{EventPlan, Seat, SeatChange, Timetable, Waiting};
use kit_clock::Timestamp;

use super::application::Application;
use super::plan::companies;
use super::words;
use crate::domain::moment::read;
use crate::domain::refused::Refused;
use crate::domain::timetable::{
    self as solver, Absence, Applicant, Day, Event, Mode, NoTimetable, Present, Round, WaitingFor,
};

/// Points by application (its id) and expert (`experts/<id>`).
pub type Fit = BTreeMap<(String, String), i64>;
/// Applications and experts that must not meet, likewise.
pub type Apart = BTreeSet<(String, String)>;

/// Most that wait in a timetable; who came after them waits without being named.
const NAMED: usize = 500;

/// What a timetable is made from.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// What is planned.
    pub plan: &'a EventPlan,
    /// All applications, in order of application.
    pub applications: &'a [Application],
    /// How well everybody fits; a pair that is missing has no points.
    pub fit: &'a Fit,
    /// Who must not meet, beside those whom the applications name.
    pub apart: &'a Apart,
    /// On the service's clock: what has begun by then stays.
    pub now: Timestamp,
}

/// Seats, and who waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seated {
    /// By round, then booth.
    pub seats: Vec<Seat>,
    /// In order of application.
    pub waiting: Vec<Waiting>,
}

/// Why there are none.
#[derive(Clone, Debug, PartialEq)]
pub enum NoSeats {
    /// Not everybody can be seated.
    Infeasible(Refused),
    /// The plan or the seats make no sense, which was not let in: every fault.
    Broken(String),
}

impl From<NoTimetable> for NoSeats {
    fn from(none: NoTimetable) -> Self {
        match none {
            NoTimetable::Faults(faults) => {
                let told: Vec<_> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.code())).collect();
                Self::Broken(told.join(", "))
            }
            NoTimetable::Infeasible(why) => Self::Infeasible(words::infeasible(&why)),
        }
    }
}

/// The best timetable; of what has begun nothing changes.
///
/// # Errors
/// [`NoSeats::Infeasible`] when `everybody` has to be seated and cannot be.
pub fn make(given: Given<'_>, told: &[Seat], everybody: bool) -> Result<Seated, NoSeats> {
    let begun = given.plan.rounds.iter().any(|round| read(round.start_time.as_ref()) <= given.now);
    let seated = if begun { resolve(given, told)? } else { anew(given, told)? };
    if everybody && !seated.waiting.is_empty() {
        // Minima are wishes of the experts; what keeps companies from seats is told without them.
        let mut event = event_of(&given, &standing(&given));
        event.experts.iter_mut().for_each(|present| present.min = 0);
        return Err(match solver::plan(&event, &[], Mode::Everybody) {
            Err(none) => none.into(),
            Ok(_) => NoSeats::Infeasible(words::too_late(seated.waiting.len())),
        });
    }
    Ok(seated)
}

fn anew(given: Given<'_>, told: &[Seat]) -> Result<Seated, NoSeats> {
    let wanted = standing(&given);
    let event = event_of(&given, &wanted);
    let told = told_of(&given, &event, told);
    let timetable = solver::plan(&event, &told, Mode::AsManyAsPossible)?;
    Ok(seated(&given, &wanted, &event, &timetable))
}

/// The timetable of as many companies as possible that changes least.
///
/// # Errors
/// [`NoSeats::Broken`] alone.
pub fn resolve(given: Given<'_>, told: &[Seat]) -> Result<Seated, NoSeats> {
    let wanted = standing(&given);
    let gone = given.applications.iter().filter(|one| {
        told.iter().any(|seat| seat.application == one.name()) && wanted.iter().all(|stays| stays.name() != one.name())
    });
    let gone: Vec<&Application> = gone.collect();
    let event = event_of(&given, &[gone.as_slice(), wanted.as_slice()].concat());
    let told = told_of(&given, &event, told);
    let absent = given.plan.experts.iter().filter(|present| present.absent);
    let day = Day {
        no_shows: gone.iter().map(|one| one.facts.application_id.clone()).collect(),
        absent: absent.map(|present| Absence { expert: present.expert.clone(), from: given.now }).collect(),
        ..Day::at(given.now)
    };
    let replanned = solver::replan(&event, &told, &day)?;
    Ok(seated(&given, &wanted, &event, &replanned.timetable))
}

/// Who is to be seated: as many as a timetable can hold, those who applied first.
fn standing<'a>(given: &Given<'a>) -> Vec<&'a Application> {
    let wanted = given.applications.iter().filter(|one| one.stands() && one.facts.consultation);
    wanted.take(Event::MAX_COMPANIES).collect()
}

fn event_of(given: &Given<'_>, applications: &[&Application]) -> Event {
    let plan = given.plan;
    let count = plan.rounds.len();
    let places = |rounds: &[i32]| {
        let places = rounds.iter().filter_map(|round| usize::try_from(*round - 1).ok()).filter(|place| *place < count);
        (!rounds.is_empty()).then(|| places.collect::<BTreeSet<_>>())
    };
    let present = |present: &contract::matching::v1::PresentExpert| {
        let (min, max) = companies(present, count);
        let (min, max) = (u32::try_from(min).unwrap_or_default(), u32::try_from(max).unwrap_or_default());
        let there = Present { rounds: places(&present.rounds), min, max, ..Present::new(&present.expert) };
        let begun = plan.rounds.iter().any(|round| read(round.start_time.as_ref()) <= given.now);
        // Who fell ill before anything began is not there at all; later the solver is told from when.
        if present.absent && !begun { Present { rounds: Some(BTreeSet::new()), min: 0, ..there } } else { there }
    };
    let applicant = |(order, one): (usize, &&Application)| {
        let id = &one.facts.application_id;
        let may = |expert: &&contract::matching::v1::PresentExpert| {
            let expert = &expert.expert;
            !one.facts.not_with.contains(expert) && !given.apart.contains(&(id.clone(), expert.clone()))
        };
        let points = |expert: &contract::matching::v1::PresentExpert| {
            let points = given.fit.get(&(id.clone(), expert.expert.clone())).copied().unwrap_or_default();
            (expert.expert.clone(), points)
        };
        Applicant {
            company: id.clone(),
            order: u64::try_from(order).unwrap_or(u64::MAX),
            rounds: places(&one.facts.rounds),
            scores: plan.experts.iter().filter(may).map(points).collect(),
        }
    };
    let round = |round: &contract::matching::v1::Round| Round {
        start: read(round.start_time.as_ref()),
        end: read(round.end_time.as_ref()),
    };
    Event {
        rounds: plan.rounds.iter().map(round).collect(),
        booths: plan.booths.clone(),
        experts: plan.experts.iter().map(present).collect(),
        companies: applications.iter().enumerate().map(applicant).collect(),
        ..Event::default()
    }
}

/// The seats that the plan still knows. A booth that is gone leaves its seat to another one.
fn told_of(given: &Given<'_>, event: &Event, told: &[Seat]) -> Vec<solver::Seat> {
    let mut kept: Vec<solver::Seat> = Vec::new();
    for seat in told {
        let company = seat.application.strip_prefix("applications/").unwrap_or(&seat.application);
        let known = event.companies.iter().any(|applicant| applicant.company == company)
            && event.experts.iter().any(|present| present.expert == seat.expert);
        let Some(round) = usize::try_from(seat.round - 1).ok().filter(|round| *round < event.rounds.len()) else {
            continue;
        };
        let crowded = kept.iter().filter(|kept| kept.round == round).count() >= event.booths.len();
        if !known || crowded {
            continue;
        }
        let booth = given.plan.booths.iter().position(|name| *name == seat.booth).unwrap_or_default();
        kept.push(solver::Seat { round, booth, expert: seat.expert.clone(), company: company.to_owned() });
    }
    kept
}

fn seated(given: &Given<'_>, wanted: &[&Application], event: &Event, made: &solver::Timetable) -> Seated {
    let by_id: BTreeMap<&str, &Application> =
        given.applications.iter().map(|one| (one.facts.application_id.as_str(), one)).collect();
    let seat = |seat: &solver::Seat| {
        let pair = (seat.company.clone(), seat.expert.clone());
        Seat {
            application: format!("applications/{}", seat.company),
            company: by_id.get(seat.company.as_str()).map_or_else(String::new, |one| one.company().to_owned()),
            expert: seat.expert.clone(),
            round: i32::try_from(seat.round + 1).unwrap_or(i32::MAX),
            booth: event.booths.get(seat.booth).cloned().unwrap_or_default(),
            points: given.fit.get(&pair).copied().unwrap_or_default(),
        }
    };
    let waits = |id: &str, why: &BTreeSet<WaitingFor>| {
        let (reason, told) = words::waiting(why);
        Waiting { application: format!("applications/{id}"), reason: reason.to_owned(), ja: told.ja, en: told.en }
    };
    let mut waiting: Vec<Waiting> = made.waiting.iter().map(|one| waits(&one.company, &one.why)).collect();
    let later = given.applications.iter().filter(|one| one.stands() && one.facts.consultation).skip(wanted.len());
    waiting.extend(later.map(|one| waits(&one.facts.application_id, &BTreeSet::from([WaitingFor::ExpertsFull]))));
    waiting.truncate(NAMED);
    Seated { seats: made.seats.iter().map(seat).collect(), waiting }
}

/// A timetable as the solver has it, to be shown: of all applications, whoever still stands.
pub fn shown(given: Given<'_>, seats: &[Seat]) -> (Event, solver::Timetable) {
    let all: Vec<&Application> = given.applications.iter().collect();
    let event = event_of(&given, &all);
    let seats = told_of(&given, &event, seats);
    (event, solver::Timetable { seats, ..solver::Timetable::default() })
}

/// What became different, in order of the seats before and then after.
pub fn changes(before: &[Seat], after: &[Seat]) -> Vec<SeatChange> {
    let place = |seat: &Seat| (seat.expert.clone(), seat.round, seat.booth.clone());
    let of = |seats: &[Seat], application: &str| seats.iter().find(|seat| seat.application == application).cloned();
    let left = before.iter().map(|seat| (seat.application.clone(), Some(seat.clone()), of(after, &seat.application)));
    let new = after.iter().filter(|seat| of(before, &seat.application).is_none());
    let new = new.map(|seat| (seat.application.clone(), None, Some(seat.clone())));
    let differs = |(_, before, after): &(String, Option<Seat>, Option<Seat>)| {
        before.as_ref().map(place) != after.as_ref().map(place)
    };
    let changes = left.chain(new).filter(differs);
    changes.map(|(application, before, after)| SeatChange { application, before, after }).collect()
}

/// The next revision of a timetable; `None` when it is the same.
pub fn next(known: Option<&Timetable>, event: &str, seated: Seated, policy: &str) -> Option<Timetable> {
    let Seated { seats, waiting } = seated;
    if known.is_some_and(|known| known.seats == seats && known.waiting == waiting && known.policy == policy) {
        return None;
    }
    Some(Timetable {
        event: event.to_owned(),
        revision: known.map_or(0, |known| known.revision) + 1,
        changes: changes(known.map_or(&[][..], |known| &known.seats), &seats),
        points: seats.iter().map(|seat| seat.points).sum(),
        seats,
        waiting,
        policy: policy.to_owned(),
        make_time: None,
    })
}
