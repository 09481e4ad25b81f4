//! How an expert stood at a moment or on a day, from the history of the entry. Steps and checks are given in the order in which
//! they were recorded, and that order counts: one recorded on a clock that ran behind counts from the one before it.

use contract::registry::v1::ExpertState;
use kit_clock::{JapanDay, Timestamp};

use super::expert::Verification;

/// A step of the entry from state to state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// To.
    pub to: ExpertState,
    /// When it was recorded.
    pub time: Timestamp,
    /// Since when it holds, as it was told.
    pub as_of: Timestamp,
}

/// A check of the registration, and when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The check; none where all before fell away, as they were of a number that is somebody else's.
    pub verification: Option<Verification>,
    /// When it was recorded.
    pub record_time: Timestamp,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A moment.
    Moment(Timestamp),
    /// A day in Japan, from its beginning to its end, or to now when it is not over.
    Day(JapanDay),
}

/// From whose point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Of somebody who looked then: what was recorded by then.
    Recorded,
    /// Of somebody who looks now: everything recorded, each from the moment of which it tells.
    KnownNow,
}

/// How the registration stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Nobody had checked it.
    Unverified,
    /// The check found it, and it had not ended.
    Valid,
    /// Its validity had ended.
    Lapsed,
}

/// How an expert stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// At any moment of what was asked.
    pub listed: bool,
    /// At every moment of it.
    pub listed_throughout: bool,
    /// At its end; unspecified before the entry.
    pub state: ExpertState,
    /// At its end; of a day, at the last second.
    pub registration: Registration,
    /// The check that this follows from, as its place in the list.
    pub check: Option<usize>,
    /// The step that led to where the expert stood at the beginning, and those since, as a range of the list.
    pub steps: std::ops::Range<usize>,
}

const MICROS_A_SECOND: i64 = 1_000_000;

impl Asked {
    /// Whether it is still to come.
    pub fn is_to_come(self, now: Timestamp) -> bool {
        match self {
            Self::Moment(at) => at > now,
            Self::Day(day) => day > now.japan_day(),
        }
    }

    /// The first moment and the first one after the last.
    fn span(self, now: Timestamp) -> (Timestamp, Timestamp) {
        match self {
            Self::Moment(at) => (at, after(at)),
            Self::Day(day) => (day.start(), next(day).start().min(after(now))),
        }
    }

    /// The moment at which the validity of a registration is looked at. People write the end of a validity as the last second
    /// of its last day, so that second is the day's last.
    fn validity(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Moment(at) => at,
            Self::Day(day) => Timestamp::from_micros(next(day).start().micros() - MICROS_A_SECOND).min(now),
        }
    }
}

fn after(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.micros().saturating_add(1))
}

fn next(day: JapanDay) -> JapanDay {
    JapanDay::from_number(day.number().saturating_add(1))
}

/// How an expert stood. What was asked must not be to come.
pub fn standing(steps: &[Step], checks: &[Check], asked: Asked, view: View, now: Timestamp) -> Standing {
    let (first, end) = asked.span(now);
    let since = |step: &Step| match view {
        View::Recorded => step.time,
        View::KnownNow => step.as_of,
    };
    let since = never_back(steps.iter().map(since));
    // Where the list is cut: what holds before the beginning, and before the end.
    let begun = since.partition_point(|at| *at <= first);
    let reached = since.partition_point(|at| *at < end);
    let at = |count: usize| count.checked_sub(1).map_or(ExpertState::Unspecified, |last| steps[last].to);
    // A state that was left at the moment at which it was entered was never seen.
    let lasted = |place: &usize| since.get(place + 1).is_none_or(|left| *left > since[*place]);
    let within = (begun..reached).filter(lasted).map(|place| steps[place].to);
    let listed = |state: ExpertState| state == ExpertState::Listed;
    let seen: Vec<bool> = std::iter::once(at(begun)).chain(within).map(listed).collect();
    let earlier = match asked {
        Asked::Moment(_) => reached,
        Asked::Day(_) => since.partition_point(|at| *at < first),
    };

    let check = checked(checks, view, end);
    let valid = |place: usize| {
        let until = checks[place].verification.as_ref().and_then(|check| check.valid_until);
        if until.is_some_and(|until| until < asked.validity(now)) { Registration::Lapsed } else { Registration::Valid }
    };
    Standing {
        listed: seen.contains(&true),
        listed_throughout: !seen.contains(&false),
        state: at(reached),
        registration: check.map_or(Registration::Unverified, valid),
        check,
        steps: earlier.saturating_sub(1)..reached,
    }
}

/// The check that counted before a moment.
fn checked(checks: &[Check], view: View, end: Timestamp) -> Option<usize> {
    match view {
        View::Recorded => {
            let recorded = never_back(checks.iter().map(|check| check.record_time));
            let last = recorded.partition_point(|at| *at < end).checked_sub(1)?;
            checks[last].verification.as_ref().map(|_| last)
        }
        View::KnownNow => {
            let own = checks.iter().rposition(|check| check.verification.is_none()).map_or(0, |lost| lost + 1);
            let held = |check: &Check| check.verification.as_ref().is_some_and(|found| found.verify_time < end);
            checks[own..].iter().rposition(held).map(|place| own + place)
        }
    }
}

/// Each moment, or a later one before it.
pub fn never_back(moments: impl Iterator<Item = Timestamp>) -> Vec<Timestamp> {
    let latest = |latest: &mut Timestamp, at: Timestamp| {
        *latest = at.max(*latest);
        Some(*latest)
    };
    moments.scan(Timestamp::from_micros(i64::MIN), latest).collect()
}
