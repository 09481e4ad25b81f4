//! The rule of section 7 once more, by looking at a case alone; and what a complete history is.

use contract::engagement::v1::{CaseFacts, CaseState, Step, VisitState};
use engagement::domain::case::{is_open, state_name};
use engagement::domain::read;
use engagement::domain::visit::{booked, is_held};

/// The case stands in a state that its visits, answers and times allow.
pub(crate) fn is_legal(facts: &CaseFacts) {
    let count = |wanted: fn(VisitState) -> bool| facts.visits.iter().filter(|visit| wanted(visit.state())).count();
    let held = count(|state| matches!(state, VisitState::Held | VisitState::Confirmed));
    let unconfirmed = count(|state| state == VisitState::Held);
    let planned = count(|state| state == VisitState::Planned);
    match facts.state() {
        CaseState::Accepted => assert_eq!((held, planned), (0, 0)),
        CaseState::Scheduled => assert!(held == 0 && planned > 0),
        CaseState::Visiting => assert!(held > 0),
        CaseState::Completed => assert_eq!((held, unconfirmed, planned), (3, 0, 0)),
        CaseState::EndedEarly => assert!((1..=2).contains(&held) && planned == 0),
        CaseState::Withdrawn => assert_eq!((held, planned), (0, 0)),
        CaseState::Unspecified => panic!("a case without a state"),
    }
    assert!(held + planned <= 3);
    assert_eq!(facts.close_time.is_none(), is_open(facts.state()));
    assert_eq!(facts.ending_reason.is_empty(), !matches!(facts.state(), CaseState::EndedEarly | CaseState::Withdrawn));
    let answered = facts.company_outcome.is_some() || facts.expert_outcome.is_some() || facts.follow_on.is_some();
    assert!(!answered || matches!(facts.state(), CaseState::Completed | CaseState::EndedEarly));
    assert_eq!(facts.themes.last().unwrap().theme, facts.theme);
    let begun = [&facts.company_accept_time, &facts.expert_accept_time].into_iter().flatten().map(read).max().unwrap();
    let spans: Vec<_> = facts.visits.iter().filter_map(booked).filter(|booked| booked.held).collect();
    for (index, one) in spans.iter().enumerate() {
        assert!(one.span.start < one.span.end && one.span.start >= begun);
        assert!(spans[index + 1..].iter().all(|other| !one.span.overlaps(other.span)), "two visits at once");
    }
    for visit in &facts.visits {
        let sides: Vec<_> = visit.confirmations.iter().map(|said| (said.side(), said.actor.as_str())).collect();
        assert!(sides.len() < 2 || (sides[0].0 != sides[1].0 && sides[0].1 != sides[1].1));
        assert_eq!(visit.state() == VisitState::Confirmed, sides.len() == 2);
        assert!(visit.claim.is_empty() || visit.state() == VisitState::Confirmed);
        assert!(is_held(visit) || sides.is_empty());
    }
}

/// Every step follows the one before, and the last leads to where the case stands; `version` is how often it changed.
pub(crate) fn is_complete(facts: &CaseFacts, version: i64, steps: &[Step]) {
    assert_eq!(steps.len() as i64, version, "a step for every change");
    assert!(steps[0].from.is_empty() && steps.windows(2).all(|pair| pair[0].to == pair[1].from));
    assert_eq!(steps.last().unwrap().to, state_name(facts.state()));
    assert!(steps.windows(2).all(|pair| read(&pair[0].time.unwrap()) <= read(&pair[1].time.unwrap())));
    let themes = steps.iter().filter(|step| step.cause == "THEME_CHANGED").count();
    assert_eq!(facts.themes.len(), 1 + themes);
    let count = |cause: &str| steps.iter().filter(|step| step.cause == cause).count();
    let claims = facts.visits.iter().filter(|visit| !visit.claim.is_empty()).count();
    assert_eq!((count("VISIT_PLANNED"), count("FEE_CLAIMED")), (facts.visits.len(), claims));
}
