//! Who sees what, and who may speak for whom.

use contract::engagement::v1::Side;
use contract::matching::v1::*;
use kit_serve::Role;

use crate::life::three;
use crate::stage::{Stage, reason_of, says};

on_both!(
    an_expert_sees_the_own_proposals_and_no_name_before_both_accepted,
    words_of_one_side_are_not_shown_to_the_other,
    only_a_side_speaks_for_itself_or_somebody_on_its_behalf,
    other_bodies_reach_nothing,
);

async fn seen(stage: &Stage, expert: &str, proposal: &str) -> Result<Proposal, String> {
    let asked = GetProposalRequest { name: proposal.to_owned() };
    let found = stage.expert(expert).get_proposal(asked).await;
    found.map(|answer| answer.into_inner().proposal.unwrap()).map_err(|status| reason_of(&status))
}

async fn an_expert_sees_the_own_proposals_and_no_name_before_both_accepted(stage: &Stage) {
    let request = three(stage).await;
    let proposal = stage.propose(&request, "experts/e-1").await.unwrap().name;
    assert_eq!(seen(stage, "experts/e-1", &proposal).await.unwrap().company_name, "");
    assert_eq!(seen(stage, "experts/e-2", &proposal).await.unwrap_err(), "NOT_OWN");
    let accepted = stage.expert_says(&proposal, true).await.unwrap();
    assert_eq!(accepted.state(), ProposalState::AwaitingCompany);
    assert_eq!(seen(stage, "experts/e-1", &proposal).await.unwrap().company_name, "");
    let asked = GetRequestRequest { name: request.clone() };
    let mut requests =
        support_requests_client::SupportRequestsClient::new(stage.client("expert-1", Role::Expert, &["experts/e-1"]));
    let shown = requests.get_request(asked.clone()).await.unwrap().into_inner().request.unwrap();
    assert_eq!(shown.texts.unwrap().company_name, "", "the request that is proposed is seen, without the name");
    stage.company_says(&proposal, true).await.unwrap();
    assert_eq!(seen(stage, "experts/e-1", &proposal).await.unwrap().company_name, "株式会社みほん");
    let shown = requests.get_request(asked).await.unwrap().into_inner().request.unwrap();
    assert_eq!(shown.texts.unwrap().company_name, "株式会社みほん");

    let list = async |expert: &str, of: &str| {
        let asked = ListProposalsRequest { expert: of.to_owned(), ..Default::default() };
        let found = stage.expert(expert).list_proposals(asked).await;
        found.map(|answer| answer.into_inner().proposals.len()).map_err(|status| reason_of(&status))
    };
    assert_eq!(list("experts/e-1", "").await, Ok(1));
    assert_eq!(list("experts/e-2", "").await, Ok(0));
    assert_eq!(list("experts/e-2", "experts/e-1").await, Err("NOT_OWN".to_owned()));
}

async fn words_of_one_side_are_not_shown_to_the_other(stage: &Stage) {
    let request = three(stage).await;
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    stage.expert_says(&first, true).await.unwrap();
    stage.company_says(&first, false).await.unwrap();
    let second = stage.next_after(&request, &first).await;
    let second = format!("proposals/{}", second.proposal_id);
    stage.expert_says(&second, false).await.unwrap();
    let company = stage.get(&request).await.company.unwrap().company;
    let words = async |mut caller: matching_client::MatchingClient<kit_serve::Client>, proposal: &str| {
        let asked = GetProposalHistoryRequest { name: proposal.to_owned() };
        let steps = caller.get_proposal_history(asked).await.unwrap().into_inner().steps;
        steps.iter().filter(|step| !step.reason.is_empty()).count()
    };
    assert_eq!(words(stage.expert("experts/e-1"), &first).await, 0);
    assert_eq!(words(stage.company(&company), &first).await, 1);
    assert_eq!(words(stage.expert("experts/e-2"), &second).await, 1);
    assert_eq!(words(stage.company(&company), &second).await, 0);
    assert_eq!(words(stage.operator(), &first).await, 1);
    assert_eq!(words(stage.operator(), &second).await, 1);
    let asked = GetRequestHistoryRequest { name: request };
    let steps = stage.requests().get_request_history(asked).await.unwrap().into_inner().steps;
    assert!(steps.iter().all(|step| step.reason.is_empty()), "the request's history repeats no side's words");
}

async fn only_a_side_speaks_for_itself_or_somebody_on_its_behalf(stage: &Stage) {
    let request = three(stage).await;
    let proposal = stage.propose(&request, "experts/e-1").await.unwrap().name;
    let refused = async |caller| says(caller, &proposal, Side::Expert, true).await.map_err(|status| reason_of(&status));
    let company = stage.get(&request).await.company.unwrap().company;
    assert_eq!(refused(stage.operator()).await.unwrap_err(), "NOT_A_PARTY");
    assert_eq!(refused(stage.company(&company)).await.unwrap_err(), "NOT_A_PARTY");
    assert_eq!(refused(stage.expert("experts/e-2")).await.unwrap_err(), "NOT_OWN");
    let on_behalf = |side: Side, of: Side| AcceptProposalRequest {
        name: proposal.clone(),
        side: side.into(),
        on_behalf_of: of.into(),
        ..Default::default()
    };
    let other = stage.counsellor().accept_proposal(on_behalf(Side::Expert, Side::Company)).await.unwrap_err();
    assert_eq!(reason_of(&other), "NOT_A_PARTY");
    let both = stage.company(&company).accept_proposal(on_behalf(Side::Expert, Side::Expert)).await.unwrap_err();
    assert_eq!(reason_of(&both), "NOT_A_PARTY", "who is a side does not speak for the other one");
    let entered = stage.counsellor().accept_proposal(on_behalf(Side::Expert, Side::Expert)).await.unwrap();
    assert_eq!(entered.into_inner().proposal.unwrap().facts.unwrap().state(), ProposalState::AwaitingCompany);
}

async fn other_bodies_reach_nothing(stage: &Stage) {
    let request = three(stage).await;
    let proposal = stage.propose(&request, "experts/e-1").await.unwrap().name;
    let mut other = stage.elsewhere();
    let asked = GetProposalRequest { name: proposal.clone() };
    assert_eq!(reason_of(&other.get_proposal(asked).await.unwrap_err()), "NOT_OWN");
    let asked = ListCandidatesRequest { request: request.clone(), ..Default::default() };
    assert_eq!(reason_of(&other.list_candidates(asked).await.unwrap_err()), "NOT_OWN");
    let asked = WithdrawProposalRequest { name: proposal, ..Default::default() };
    assert_eq!(reason_of(&other.withdraw_proposal(asked).await.unwrap_err()), "NOT_OWN");
    let asked = ListProposalsRequest::default();
    assert!(other.list_proposals(asked).await.unwrap().into_inner().proposals.is_empty());
    let asked = PreviewBatchRequest { programme: "2024".to_owned(), ..Default::default() };
    let plan = other.preview_batch(asked).await.unwrap().into_inner().plan.unwrap();
    assert_eq!((plan.served, plan.assignments.len()), (1, 0), "the numbers without what belongs to others");
}
