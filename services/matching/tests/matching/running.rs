//! What happens at once, after a stop, and while others are away.

use contract::matching::v1::*;
use contract::registry::v1::ExpertState;

use crate::life::{causes, name, three};
use crate::pool::{better, sheet};
use crate::stage::{Stage, need, reason_of, until};

on_both!(
    the_last_place_goes_to_one_request,
    seeking_goes_on_after_a_stop_and_waits_for_the_search,
    of_several_replicas_one_proposes_the_next,
    an_introduction_is_told_once_however_often_it_is_tried,
    other_needs_are_proposed_anew_and_an_ended_request_not_at_all,
    nothing_told_in_confidence_stands_in_clear,
    a_repeat_of_a_request_is_answered_and_does_nothing,
);

async fn the_last_place_goes_to_one_request(stage: &Stage) {
    stage.pool.put(sheet("experts/e-1"));
    stage.takes("experts/e-1", 1).await;
    let mut requests = Vec::new();
    for at in 0..6 {
        requests.push(name(&stage.request(&format!("株式会社みほん{at}"), need()).await));
    }
    let all = futures::future::join_all(requests.iter().map(|request| stage.propose(request, "experts/e-1"))).await;
    let (made, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for status in refused.into_iter().filter_map(Result::err) {
        assert_eq!(reason_of(&status), "NOT_ELIGIBLE");
        assert!(status.message().contains("NO_CAPACITY"), "{}", status.message());
    }
    let listed = ListCapacitiesRequest { programme: "2024".to_owned() };
    let listed = stage.operator().list_capacities(listed).await.unwrap().into_inner();
    let one = &listed.capacities[0];
    assert_eq!((one.expert.as_str(), one.capacity, one.taken), ("experts/e-1", 1, 1));
    assert_eq!((listed.capacities.len(), listed.default_capacity), (1, 3));

    // The place is free again, and two of them look for somebody: one gets it.
    let made = made.into_iter().next().unwrap().unwrap();
    for request in requests.iter().filter(|request| **request != made.facts.as_ref().unwrap().request).take(2) {
        stage.pool.put(sheet("experts/e-9"));
        let other = stage.propose(request, "experts/e-9").await.unwrap().name;
        stage.expert_says(&other, false).await.unwrap();
        stage.pool.remove("experts/e-9");
    }
    let withdrawn = WithdrawProposalRequest { name: made.name, ..Default::default() };
    stage.operator().withdraw_proposal(withdrawn).await.unwrap();
    let out = until("somebody to be proposed", async || {
        let asked = ListProposalsRequest {
            expert: "experts/e-1".to_owned(),
            states: vec![ProposalState::AwaitingExpert.into()],
            ..Default::default()
        };
        let found = stage.operator().list_proposals(asked).await.unwrap().into_inner().proposals;
        (!found.is_empty()).then_some(found)
    });
    assert_eq!(out.await.len(), 1);
    until("the other one to find nobody", async || {
        let mut waiting = 0;
        for request in &requests {
            waiting += usize::from(stage.get(request).await.seeking_reason == "NO_CANDIDATE");
        }
        (waiting == 2).then_some(())
    })
    .await;
}

async fn seeking_goes_on_after_a_stop_and_waits_for_the_search(stage: &Stage) {
    let request = three(stage).await;
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    stage.pool.goes_away();
    let asked = ListCandidatesRequest { request: request.clone(), ..Default::default() };
    let away = stage.operator().list_candidates(asked).await.unwrap_err();
    assert_eq!((away.code(), reason_of(&away).as_str()), (tonic::Code::Unavailable, "SEARCH_AWAY"));
    stage.expert_says(&first, false).await.unwrap();
    until("the search to be missed", async || {
        (stage.get(&request).await.seeking_reason == "SEARCH_AWAY").then_some(())
    })
    .await;
    stage.stop().await;
    stage.pool.is_back();
    stage.start().await;
    let second = stage.next_after(&request, "").await;
    assert_eq!((second.expert.as_str(), second.number), ("experts/e-2", 2));
    assert_eq!(stage.get(&request).await.seeking_reason, "");
}

async fn of_several_replicas_one_proposes_the_next(stage: &Stage) {
    let request = three(stage).await;
    stage.start().await;
    stage.start().await;
    let mut before = stage.propose(&request, "experts/e-1").await.unwrap().name;
    for (number, expert) in [(2, "experts/e-2"), (3, "experts/e-3")] {
        stage.expert_says(&before, false).await.unwrap();
        let next = stage.next_after(&request, &before).await;
        assert_eq!((next.number, next.expert.as_str()), (number, expert));
        before = format!("proposals/{}", next.proposal_id);
    }
    let asked = ListProposalsRequest { request, ..Default::default() };
    let all = stage.operator().list_proposals(asked).await.unwrap().into_inner().proposals;
    assert_eq!(all.len(), 3);
}

async fn an_introduction_is_told_once_however_often_it_is_tried(stage: &Stage) {
    let request = three(stage).await;
    stage.pool.goes_deaf(true);
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    stage.restart().await;
    assert!(stage.pool.introductions().is_empty());
    stage.pool.goes_deaf(false);
    let told = async |count: usize| {
        until("the search to be told", async || {
            let told = stage.pool.introductions();
            (told.len() == count).then_some(told)
        })
        .await
    };
    let once = told(1).await;
    assert_eq!(once.keys().collect::<Vec<_>>(), [&first], "a name that is the same whenever it is told");
    assert_eq!(once[&first].0, ["experts/e-1"]);
    stage.restart().await;
    stage.expert_says(&first, false).await.unwrap();
    let second = stage.next_after(&request, &first).await;
    let both = told(2).await;
    assert_eq!(both[&first].1, 1, "what was told is not told again");
    assert_eq!(both[&format!("proposals/{}", second.proposal_id)].0, ["experts/e-2"]);
}

async fn other_needs_are_proposed_anew_and_an_ended_request_not_at_all(stage: &Stage) {
    let request = three(stage).await;
    let mut guides = better("experts/e-5", 1);
    guides.summary.as_mut().unwrap().themes = vec!["T5".to_owned()];
    stage.pool.put(guides);
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    let other = UpdateRequestRequest {
        name: request.clone(),
        need: Some(Need { themes: vec!["T5".to_owned()], ..need() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["need.themes".to_owned()] }),
        ..Default::default()
    };
    stage.requests().update_request(other).await.unwrap();
    let second = stage.next_after(&request, &first).await;
    assert_eq!((second.expert.as_str(), second.theme.as_str()), ("experts/e-5", "T5"));
    let steps = stage.history(&first).await;
    assert_eq!(causes(&steps), ["PROPOSED", "WITHDRAWN"]);
    assert_eq!(steps[1].detail, "NEED_CHANGED");
    let ended = WithdrawRequestRequest { name: request.clone(), ..Default::default() };
    stage.requests().withdraw_request(ended).await.unwrap();
    let second = format!("proposals/{}", second.proposal_id);
    assert_eq!(stage.proposal(&second).await.state(), ProposalState::Withdrawn);
    // Whatever changes now, nobody is proposed to it.
    stage.expert_is("experts/e-4", ExpertState::Listed).await;
    stage.restart().await;
    assert_eq!(stage.get(&request).await.state(), RequestState::Withdrawn);
}

async fn nothing_told_in_confidence_stands_in_clear(stage: &Stage) {
    let request = three(stage).await;
    let asked = ProposeRequest {
        request: request.clone(),
        expert: "experts/e-1".to_owned(),
        reason: "社長の知人のため".to_owned(),
        ..Default::default()
    };
    let first = stage.operator().propose(asked).await.unwrap().into_inner().proposal.unwrap().name;
    stage.expert_says(&first, false).await.unwrap();
    stage.next_after(&request, &first).await;
    assert!(stage.history(&first).await.iter().any(|step| step.reason == "今期は受けられません"));
    let found = stage.leaks(&["株式会社みほん", "社長の知人", "今期は受けられません"]).await;
    assert_eq!(found, Vec::<String>::new());
}

async fn a_repeat_of_a_request_is_answered_and_does_nothing(stage: &Stage) {
    let request = three(stage).await;
    let asked = ProposeRequest {
        request: request.clone(),
        expert: "experts/e-1".to_owned(),
        request_id: "once".to_owned(),
        ..Default::default()
    };
    let first = stage.operator().propose(asked.clone()).await.unwrap().into_inner();
    // Even while the search is away: what was done is known here.
    stage.pool.goes_away();
    let again = stage.operator().propose(asked).await.unwrap().into_inner();
    assert_eq!(again, first);
    let out = stage.propose(&request, "experts/e-2").await.unwrap_err();
    assert_eq!(reason_of(&out), "ILLEGAL_TRANSITION", "one proposal is out, whatever the search says");
}
