//! The life of a proposal: both sides, the clock, the next best.

use contract::engagement::v1::{CaseFacts, CaseState, Side};
use contract::matching::v1::*;
use contract::registry::v1::ExpertState;

use crate::pool::{better, sheet};
use crate::stage::{Stage, japan, need, reason_of, says, until, wire};

/// A request, and three experts for it: e-1 is the best, e-3 the last.
pub(crate) async fn three(stage: &Stage) -> String {
    stage.pool.put(sheet("experts/e-3"));
    stage.pool.put(better("experts/e-1", 4));
    // As good, and further away.
    let mut second = better("experts/e-2", 4);
    second.summary.as_mut().unwrap().residence = "28".to_owned();
    stage.pool.put(second);
    name(&stage.request("株式会社みほん", need()).await)
}

pub(crate) fn name(facts: &RequestFacts) -> String {
    format!("requests/{}", facts.request_id)
}

async fn candidates(stage: &Stage, request: &str) -> ListCandidatesResponse {
    let asked = ListCandidatesRequest { request: request.to_owned(), ..Default::default() };
    stage.operator().list_candidates(asked).await.unwrap().into_inner()
}

pub(crate) fn causes(steps: &[MatchingStep]) -> Vec<&str> {
    steps.iter().map(|step| step.cause.as_str()).collect()
}

on_both!(
    candidates_come_best_first_whatever_the_order_of_the_search,
    both_accept_and_the_case_is_known,
    who_declines_makes_room_for_the_next_best_until_nobody_is_left,
    time_runs_from_the_hand_over_and_not_before,
    an_expert_who_is_listed_no_more_is_proposed_no_more,
);

async fn candidates_come_best_first_whatever_the_order_of_the_search(stage: &Stage) {
    let request = three(stage).await;
    for at in 4..12 {
        stage.pool.put(better(&format!("experts/e-{at}"), at % 2));
    }
    let found = candidates(stage, &request).await;
    assert_eq!(found.total, 11);
    assert_eq!(found.candidates.len(), 10);
    assert_eq!(found.candidates[0].expert, "experts/e-1");
    assert!(found.candidates.is_sorted_by(|one, other| one.score >= other.score));
    for candidate in &found.candidates {
        assert_eq!(candidate.points.iter().map(|points| points.points).sum::<i64>(), candidate.score);
        assert!(candidate.points.iter().all(|points| !points.ja.is_ascii() && !points.en.is_empty()));
    }
    stage.pool.turn_round();
    assert_eq!(candidates(stage, &request).await, found);
}

async fn both_accept_and_the_case_is_known(stage: &Stage) {
    let request = three(stage).await;
    let proposal = stage.propose(&request, "experts/e-1").await.unwrap();
    let facts = proposal.facts.clone().unwrap();
    assert_eq!((facts.number, facts.theme.as_str(), facts.state()), (1, "T1", ProposalState::AwaitingExpert));
    assert_eq!(proposal.company_name, "株式会社みほん");
    assert_eq!(stage.get(&request).await.proposal, proposal.name);

    let too_early = stage.company_says(&proposal.name, true).await.unwrap_err();
    assert_eq!(reason_of(&too_early), "ILLEGAL_TRANSITION");
    let facts = stage.expert_says(&proposal.name, true).await.unwrap();
    assert_eq!(facts.state(), ProposalState::AwaitingCompany);
    let facts = stage.company_says(&proposal.name, true).await.unwrap();
    assert_eq!(facts.state(), ProposalState::Accepted);
    assert!(facts.expert_accept_time.is_some() && facts.company_accept_time.is_some());
    assert_eq!(stage.get(&request).await.state(), RequestState::Matched);

    let case = case("g-1", &proposal.name, CaseState::Accepted);
    stage.case(case.clone()).await;
    assert_eq!(stage.proposal(&proposal.name).await.case, "cases/g-1");
    assert_eq!(stage.get(&request).await.case, "cases/g-1");
    stage.case(CaseFacts { state: CaseState::Withdrawn.into(), ..case }).await;
    assert_eq!(stage.get(&request).await.state(), RequestState::Matched, "somebody decides whether to look again");
    let steps = stage.history(&proposal.name).await;
    assert_eq!(causes(&steps), ["PROPOSED", "EXPERT_ACCEPTED", "COMPANY_ACCEPTED", "CASE_OPENED"]);
    let asked = GetRequestHistoryRequest { name: request };
    let steps = stage.requests().get_request_history(asked).await.unwrap().into_inner().steps;
    assert_eq!(causes(&steps), ["ENTERED", "PROPOSED", "COMPANY_ACCEPTED", "CASE_OPENED", "CASE_CLOSED"]);
}

/// A case that came of a proposal.
pub(crate) fn case(id: &str, proposal: &str, state: CaseState) -> CaseFacts {
    CaseFacts {
        case_id: id.to_owned(),
        programme: "2024".to_owned(),
        expert: "experts/e-1".to_owned(),
        state: state.into(),
        sources: vec![proposal.to_owned()],
        ..Default::default()
    }
}

async fn who_declines_makes_room_for_the_next_best_until_nobody_is_left(stage: &Stage) {
    let request = three(stage).await;
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    stage.expert_says(&first, false).await.unwrap();
    let second = stage.next_after(&request, &first).await;
    assert_eq!((second.expert.as_str(), second.number), ("experts/e-2", 2));
    let second = format!("proposals/{}", second.proposal_id);
    stage.expert_says(&second, true).await.unwrap();
    let declined = stage.company_says(&second, false).await.unwrap();
    assert_eq!((declined.state(), declined.ended_by()), (ProposalState::Declined, Side::Company));
    let third = stage.next_after(&request, &second).await;
    assert_eq!((third.expert.as_str(), third.number), ("experts/e-3", 3));
    let third = format!("proposals/{}", third.proposal_id);
    stage.expert_says(&third, false).await.unwrap();
    let waits = until("nobody to be found", async || {
        let facts = stage.get(&request).await;
        (facts.seeking_reason == "NO_CANDIDATE").then_some(facts)
    })
    .await;
    assert_eq!(waits.state(), RequestState::Seeking);
    assert_eq!(candidates(stage, &request).await.failing[0].condition, "DECLINED_BEFORE");

    // Something changes: somebody new is listed.
    stage.pool.put(sheet("experts/e-4"));
    stage.expert_is("experts/e-4", ExpertState::Listed).await;
    assert_eq!(stage.next_after(&request, &third).await.expert, "experts/e-4");
}

async fn time_runs_from_the_hand_over_and_not_before(stage: &Stage) {
    let request = three(stage).await;
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    stage.clock.set(japan("10-20 09:00"));
    stage.hands_over(&first, "proposal_company", "10-20 08:00").await;
    assert_eq!(stage.proposal(&first).await.expire_time, None, "it is not the company's turn");
    stage.hands_over(&first, "proposal_expert", "10-20 09:00").await;
    stage.hands_over(&first, "proposal_expert", "10-21 09:00").await;
    assert_eq!(stage.proposal(&first).await.hand_over_time, wire("10-20 09:00"));
    assert_eq!(stage.proposal(&first).await.expire_time, wire("10-27 09:00"), "a week, by the settings");
    stage.clock.set(japan("10-27 08:59"));
    let facts = stage.expert_says(&first, true).await.unwrap();
    assert_eq!((facts.hand_over_time, facts.expire_time), (None, None), "the company's time begins with its notice");

    stage.clock.set(japan("11-30 09:00"));
    stage.hands_over(&first, "proposal_company", "11-30 09:00").await;
    stage.clock.set(japan("12-07 09:00"));
    let too_late = stage.company_says(&first, true).await.unwrap_err();
    assert_eq!(reason_of(&too_late), "ILLEGAL_TRANSITION");
    let second = stage.next_after(&request, &first).await;
    assert_eq!(second.expert, "experts/e-2");
    let over = stage.proposal(&first).await;
    assert_eq!((over.state(), over.ended_by()), (ProposalState::Expired, Side::Company));
}

async fn an_expert_who_is_listed_no_more_is_proposed_no_more(stage: &Stage) {
    let request = three(stage).await;
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    // The search has not heard of it yet.
    stage.expert_is("experts/e-1", ExpertState::Paused).await;
    assert_eq!(stage.next_after(&request, &first).await.expert, "experts/e-2");
    assert_eq!(stage.proposal(&first).await.state(), ProposalState::Withdrawn);
    let over = says(stage.expert("experts/e-1"), &first, Side::Expert, true).await.unwrap_err();
    assert_eq!(reason_of(&over), "ILLEGAL_TRANSITION");
}
