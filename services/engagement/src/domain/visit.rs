//! Times of visits: what is possible, and what overlaps.

use contract::engagement::v1::{ToolUse, Visit, VisitState, VisitTexts};
use kit_clock::Timestamp;

use super::fault::{Fault, Reason};
use super::{read, short};

/// Longest visit. One of the report's takes two hours; a day of training takes more.
const MOST_HOURS: i64 = 8;
const HOUR: i64 = 3_600_000_000;
/// How far ahead a visit can be planned.
const MONTHS_AHEAD: i32 = 24;

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; not part of it.
    pub end: Timestamp,
}

impl Span {
    /// Whether two spans share a moment.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// What is wrong with it by itself, and for a case that began at `begin`.
    pub fn faults(self, begin: Timestamp) -> Vec<Fault> {
        let mut found = Vec::new();
        if self.end <= self.start {
            found.push(Fault::new("end_time", Reason::EndsBeforeStart));
        } else if self.end.micros().saturating_sub(self.start.micros()) > MOST_HOURS * HOUR {
            found.push(Fault::new("end_time", Reason::TooLongAVisit).with("max", MOST_HOURS));
        }
        if self.start < begin {
            found.push(Fault::new("start_time", Reason::BeforeTheCase));
        }
        found
    }

    /// What is wrong with planning it now.
    pub fn planned_faults(self, begin: Timestamp, now: Timestamp) -> Vec<Fault> {
        let mut found = self.faults(begin);
        if self.start > now.plus_months(MONTHS_AHEAD) {
            found.push(Fault::new("start_time", Reason::TooFarAhead));
        }
        found
    }

    /// What is wrong with reporting it now.
    pub fn held_faults(self, begin: Timestamp, now: Timestamp) -> Vec<Fault> {
        let mut found = self.faults(begin);
        if self.end > now {
            found.push(Fault::new("end_time", Reason::InTheFuture));
        }
        found
    }
}

/// A visit of the same expert in another case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booked {
    /// When.
    pub span: Span,
    /// It took place; else it is planned.
    pub held: bool,
}

/// What is reported of a visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// When it was.
    pub span: Span,
    /// Goals reached, 1 to 3, ascending.
    pub goals: Vec<i32>,
    /// Tools used.
    pub tools: Vec<ToolUse>,
    /// Place or link, attendees, deliverables, next steps; `number` says which visit.
    pub texts: VisitTexts,
}

/// Whether a visit took place.
pub fn is_held(visit: &Visit) -> bool {
    matches!(visit.state(), VisitState::Held | VisitState::Confirmed)
}

/// When a visit was, or is to be; nothing for a cancelled one, and for an imported one.
pub fn booked(visit: &Visit) -> Option<Booked> {
    let held = is_held(visit);
    let (start, end) = match visit.state() {
        VisitState::Planned => (&visit.planned_start, &visit.planned_end),
        VisitState::Held | VisitState::Confirmed => (&visit.start_time, &visit.end_time),
        VisitState::Cancelled | VisitState::Unspecified => return None,
    };
    let span = Span { start: read(start.as_ref()?), end: read(end.as_ref()?) };
    Some(Booked { span, held })
}

/// A visit's state in lower case.
pub fn state_name(state: VisitState) -> String {
    short(state.as_str_name(), "VISIT_STATE_")
}
