//! What has to be done next in a case, and by when. Limits are data of the programme; days are days in Japan.

use contract::engagement::v1::{CaseFacts, CaseState, Due, DueAction, VisitState};
use kit_clock::{JapanDay, Timestamp};

use super::catalogue::Programme;
use super::visit::is_held;
use super::{read, wire};

/// What is due first; nothing for a case that waits for nobody. Imported cases are of the past: nobody is reminded.
pub fn due(facts: &CaseFacts, programme: &Programme) -> Option<Due> {
    if !facts.imported_as.is_empty() {
        return None;
    }
    let days = programme.days;
    let mut found: Vec<(Timestamp, DueAction, i32)> = Vec::new();
    let mut add = |from: Option<Timestamp>, after: i64, action, visit| {
        found.extend(from.map(|from| (end_of_day(from, after), action, visit)));
    };
    for visit in &facts.visits {
        match visit.state() {
            VisitState::Planned => {
                add(visit.planned_end.as_ref().map(read), days.report, DueAction::ReportVisit, visit.number);
            }
            VisitState::Held => {
                add(visit.end_time.as_ref().map(read), days.confirm, DueAction::ConfirmVisit, visit.number);
            }
            VisitState::Confirmed | VisitState::Cancelled | VisitState::Unspecified => {}
        }
    }
    let held: Vec<_> = facts.visits.iter().filter(|visit| is_held(visit)).collect();
    let last = held.iter().filter_map(|visit| visit.end_time.as_ref().map(read)).max();
    let planned = facts.visits.iter().any(|visit| visit.state() == VisitState::Planned);
    match facts.state() {
        CaseState::Accepted => add(begin(facts), days.plan, DueAction::PlanVisit, 0),
        CaseState::Visiting if held.len() as i64 >= i64::from(programme.visits) => {
            if held.iter().all(|visit| visit.state() == VisitState::Confirmed) {
                add(last, days.complete, DueAction::Complete, 0);
            }
        }
        CaseState::Visiting if !planned => add(last, days.next, DueAction::PlanVisit, 0),
        CaseState::Completed | CaseState::EndedEarly => {
            if facts.company_outcome.is_none() || facts.expert_outcome.is_none() {
                add(facts.close_time.as_ref().map(read), days.outcome, DueAction::RecordOutcome, 0);
            }
        }
        CaseState::Visiting | CaseState::Scheduled | CaseState::Withdrawn | CaseState::Unspecified => {}
    }
    let first = found.into_iter().min_by_key(|(time, _, visit)| (*time, *visit));
    first.map(|(time, action, visit)| Due { action: action.into(), time: Some(wire(time)), visit })
}

/// When a case began: when the second of both had accepted.
pub fn begin(facts: &CaseFacts) -> Option<Timestamp> {
    let accepted = [&facts.company_accept_time, &facts.expert_accept_time];
    accepted.into_iter().flatten().map(read).max()
}

fn end_of_day(from: Timestamp, after: i64) -> Timestamp {
    JapanDay::from_number(from.japan_day().number() + after + 1).start()
}
