//! A guidance case as rules look at it.

use contract::engagement::v1::{CaseChanged, CaseFacts, CaseState, DueAction, Side, Step, Visit, VisitState};

use super::read;
use super::situation::{CASE, DUE, HANDOVER, Kind, Situation, THEME, VISIT};

/// What can be said of a case after a change. Nothing of an imported one: it is of the past. `body_before` is the body
/// that looked after it until then, as far as is known.
pub fn situations(told: &CaseChanged, company_name: &str, body_before: &str) -> Vec<Situation> {
    let Some(facts) = told.facts.as_ref().filter(|facts| facts.imported_as.is_empty()) else { return Vec::new() };
    let of = |kind: &'static Kind| {
        let company = facts.company.as_ref().map_or("", |company| &company.company);
        Situation::new(kind, &format!("cases/{}", facts.case_id))
            .value("case", &facts.case_id)
            .value("theme", &facts.theme)
            .word("company_name", company_name)
            .person("company", company)
            .person("expert", &facts.expert)
            .person("body", &facts.body)
    };
    let mut all = vec![itself(of(&CASE), facts)];
    all.extend(theme(of(&THEME), facts));
    all.extend(facts.visits.iter().map(|one| visit(of(&VISIT), facts, one, &told.steps)));
    all.extend(due(of(&DUE), facts));
    all.extend(told.steps.iter().filter_map(|step| handover(of(&HANDOVER), facts, step, body_before)));
    all
}

fn is_open(facts: &CaseFacts) -> bool {
    matches!(facts.state(), CaseState::Accepted | CaseState::Scheduled | CaseState::Visiting)
}

fn itself(case: Situation, facts: &CaseFacts) -> Situation {
    let accepted = [&facts.company_accept_time, &facts.expert_accept_time].into_iter().flatten().map(read).max();
    case.value("programme", &facts.programme)
        .value("state", lower(facts.state().as_str_name(), "CASE_STATE_"))
        .flag("open", is_open(facts))
        .flag("company_answered", facts.company_outcome.is_some())
        .flag("expert_answered", facts.expert_outcome.is_some())
        .time("begin", accepted)
        .time("close", facts.close_time.as_ref().map(read))
        .time("limit", limit(facts, 0))
}

fn theme(case: Situation, facts: &CaseFacts) -> Option<Situation> {
    let [.., before, last] = facts.themes.as_slice() else { return None };
    let since = last.since.as_ref().map(read);
    Some(case.value("before", &before.theme).flag("open", is_open(facts)).time("since", since))
}

fn visit(case: Situation, facts: &CaseFacts, visit: &Visit, steps: &[Step]) -> Situation {
    let moved = steps.iter().any(|step| step.cause == "VISIT_RESCHEDULED" && step.visit == visit.number);
    let confirmed = |side: Side| visit.confirmations.iter().any(|word| word.side() == side);
    let ended = matches!(visit.state(), VisitState::Held | VisitState::Confirmed);
    case.value("visit", visit.number)
        .value("state", lower(visit.state().as_str_name(), "VISIT_STATE_"))
        .flag("open", is_open(facts))
        .flag("moved", moved)
        .flag("company_confirmed", confirmed(Side::Company))
        .flag("expert_confirmed", confirmed(Side::Expert))
        .time("planned_start", visit.planned_start.as_ref().map(read))
        .time("planned_end", visit.planned_end.as_ref().map(read))
        .time("start", visit.start_time.as_ref().filter(|_| ended).map(read))
        .time("end", visit.end_time.as_ref().filter(|_| ended).map(read))
        .time("limit", limit(facts, visit.number))
}

fn due(case: Situation, facts: &CaseFacts) -> Option<Situation> {
    let due = facts.due.as_ref().filter(|due| due.action() != DueAction::Unspecified)?;
    let action = lower(due.action().as_str_name(), "DUE_ACTION_");
    Some(case.value("action", action).value("visit", due.visit).time("limit", due.time.as_ref().map(read)))
}

fn handover(case: Situation, facts: &CaseFacts, step: &Step, before: &str) -> Option<Situation> {
    let before = if before == facts.body { "" } else { before };
    let handed = step.cause == "HANDED_OVER" && step.detail == facts.body;
    handed.then(|| {
        case.value("step", step.number)
            .value("from", before)
            .value("to", &facts.body)
            .time("time", step.time.as_ref().map(read))
            .person("body_before", before)
    })
}

fn limit(facts: &CaseFacts, visit: i32) -> Option<kit_clock::Timestamp> {
    facts.due.as_ref().filter(|due| due.visit == visit)?.time.as_ref().map(read)
}

pub(super) fn lower(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase()
}
