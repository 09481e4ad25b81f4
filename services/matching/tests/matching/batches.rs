//! All open requests at once.

use contract::matching::v1::*;
use tonic::Status;

use crate::life::name;
use crate::pool::{better, sheet};
use crate::stage::{Stage, asks, company, faults, faults_of, need, reason_of};

fn asked(constraints: BatchConstraints) -> PreviewBatchRequest {
    PreviewBatchRequest { programme: "2024".to_owned(), constraints: Some(constraints), ..Default::default() }
}

async fn preview(stage: &Stage, constraints: BatchConstraints) -> BatchPlan {
    stage.operator().preview_batch(asked(constraints)).await.unwrap().into_inner().plan.unwrap()
}

async fn apply(stage: &Stage, plan: &BatchPlan, constraints: BatchConstraints) -> Result<ApplyBatchResponse, Status> {
    let request = applied(plan, constraints, "");
    Ok(stage.operator().apply_batch(request).await?.into_inner())
}

fn applied(plan: &BatchPlan, constraints: BatchConstraints, request_id: &str) -> ApplyBatchRequest {
    ApplyBatchRequest {
        programme: "2024".to_owned(),
        constraints: Some(constraints),
        preview: plan.preview.clone(),
        request_id: request_id.to_owned(),
        ..Default::default()
    }
}

fn pair(request: &str, expert: &str) -> Pair {
    Pair { request: request.to_owned(), expert: expert.to_owned() }
}

async fn all(stage: &Stage) -> Vec<ProposalFacts> {
    let asked = ListProposalsRequest { page_size: 200, ..Default::default() };
    let proposals = stage.operator().list_proposals(asked).await.unwrap().into_inner().proposals;
    proposals.into_iter().map(|proposal| proposal.facts.unwrap()).collect()
}

/// So many requests of Osaka, and experts who take one each.
async fn scene(stage: &Stage, requests: usize, experts: usize) -> Vec<String> {
    for at in 1..=experts {
        let expert = format!("experts/e-{at}");
        stage.pool.put(if at == 1 { better(&expert, 4) } else { sheet(&expert) });
        stage.takes(&expert, 1).await;
    }
    let mut names = Vec::new();
    for at in 0..requests {
        names.push(name(&stage.request(&format!("株式会社みほん{at}"), need()).await));
    }
    names
}

on_both!(
    what_is_previewed_is_carried_out_once_and_then_stands,
    a_preview_that_no_longer_holds_carries_nothing_out,
    of_two_at_once_one_is_carried_out,
    a_withdrawal_changes_as_little_as_possible,
    what_the_expert_accepted_stays_and_what_is_forbidden_goes,
    whoever_is_not_served_is_told_why,
    faults_of_constraints_are_named_where_they_stand,
);

async fn what_is_previewed_is_carried_out_once_and_then_stands(stage: &Stage) {
    let requests = scene(stage, 3, 4).await;
    let plan = preview(stage, BatchConstraints::default()).await;
    assert_eq!((plan.served, plan.unserved.len(), plan.experts, plan.pairs), (3, 0, 4, 12));
    assert_eq!(stage.pool.searches(), 1, "requests with equal conditions share one search");
    assert!(all(stage).await.is_empty(), "a preview stores nothing");
    assert!(plan.assignments.iter().any(|one| one.expert == "experts/e-1"), "the best one is needed somewhere");
    for one in &plan.assignments {
        assert_eq!(one.points.iter().map(|points| points.points).sum::<i64>(), one.score);
        assert!(requests.contains(&one.request) && !one.standing && !one.fixed && one.theme == "T1");
    }
    stage.pool.turn_round();
    assert_eq!(preview(stage, BatchConstraints::default()).await, plan, "the order of the search does not matter");

    let done = applied(&plan, BatchConstraints::default(), "once");
    let first = stage.operator().apply_batch(done.clone()).await.unwrap().into_inner();
    let again = stage.operator().apply_batch(done).await.unwrap().into_inner();
    assert_eq!(again, first);
    assert_eq!(first.plan.unwrap(), plan);
    let made = all(stage).await;
    assert_eq!(made.len(), 3);
    assert!(made.iter().all(|facts| facts.batch == first.batch && facts.state() == ProposalState::AwaitingExpert));

    let now = preview(stage, BatchConstraints::default()).await;
    assert!(now.changes.is_empty() && now.assignments.iter().all(|one| one.standing));
    let spread = |spreads: &[Spread], measure: &str| {
        spreads.iter().find(|spread| spread.measure == measure).map(|spread| (spread.total, spread.none)).unwrap()
    };
    assert_eq!(spread(&plan.before, "WORK"), (0, 4));
    assert_eq!(spread(&plan.after, "WORK"), (3, 1));
    assert_eq!(spread(&now.before, "INTRODUCTIONS"), (3, 1));
    assert_eq!(now.before, now.after);
}

async fn a_preview_that_no_longer_holds_carries_nothing_out(stage: &Stage) {
    scene(stage, 2, 2).await;
    let plan = preview(stage, BatchConstraints::default()).await;
    stage.takes("experts/e-1", 0).await;
    let stale = apply(stage, &plan, BatchConstraints::default()).await.unwrap_err();
    assert_eq!((stale.code(), reason_of(&stale).as_str()), (tonic::Code::Aborted, "PREVIEW_STALE"));
    assert!(all(stage).await.is_empty());

    let plan = preview(stage, BatchConstraints::default()).await;
    let other = BatchConstraints { quotas: vec![Quota { region: String::new(), at_most: 0 }], ..Default::default() };
    assert_eq!(reason_of(&apply(stage, &plan, other).await.unwrap_err()), "PREVIEW_STALE");
    stage.pool.change("experts/e-2", |sheet| sheet.summary.as_mut().unwrap().residence = "13".to_owned());
    assert_eq!(reason_of(&apply(stage, &plan, BatchConstraints::default()).await.unwrap_err()), "PREVIEW_STALE");
    assert!(all(stage).await.is_empty());
}

async fn of_two_at_once_one_is_carried_out(stage: &Stage) {
    scene(stage, 3, 3).await;
    let plan = preview(stage, BatchConstraints::default()).await;
    let (mut one, mut other) = (stage.operator(), stage.operator());
    let done = |id| applied(&plan, BatchConstraints::default(), id);
    let (one, other) = tokio::join!(one.apply_batch(done("one")), other.apply_batch(done("other")));
    let refused = [one, other].into_iter().filter_map(Result::err).map(|status| reason_of(&status));
    assert_eq!(refused.collect::<Vec<_>>(), ["PREVIEW_STALE"]);
    assert_eq!(all(stage).await.len(), 3);
}

async fn a_withdrawal_changes_as_little_as_possible(stage: &Stage) {
    let requests = scene(stage, 4, 3).await;
    let plan = preview(stage, BatchConstraints::default()).await;
    assert_eq!((plan.served, plan.unserved.len()), (3, 1));
    assert_eq!(plan.unserved[0].cause, "CAPACITY");
    assert_eq!(plan.unserved[0].contested.len(), 3);
    apply(stage, &plan, BatchConstraints::default()).await.unwrap();

    let waits = plan.unserved[0].request.clone();
    let gone = requests.iter().find(|request| **request != waits).unwrap();
    let freed = plan.assignments.iter().find(|one| one.request == *gone).unwrap().expert.clone();
    let request = WithdrawRequestRequest { name: gone.clone(), ..Default::default() };
    stage.requests().withdraw_request(request).await.unwrap();
    let now = preview(stage, BatchConstraints::default()).await;
    assert_eq!(now.changes, [ProposalChange { request: waits, before: String::new(), after: freed }]);
    let before = all(stage).await;
    apply(stage, &now, BatchConstraints::default()).await.unwrap();
    let stands = |facts: &&ProposalFacts| facts.state() == ProposalState::AwaitingExpert;
    assert_eq!(before.iter().filter(stands).count(), 2);
    assert_eq!(all(stage).await.iter().filter(stands).count(), 3);
}

async fn what_the_expert_accepted_stays_and_what_is_forbidden_goes(stage: &Stage) {
    let requests = scene(stage, 2, 3).await;
    // Neither the best for anybody nor needed.
    let accepted = stage.propose(&requests[0], "experts/e-2").await.unwrap().name;
    stage.expert_says(&accepted, true).await.unwrap();
    let asked_first = stage.propose(&requests[1], "experts/e-3").await.unwrap().name;
    let forbidden = BatchConstraints { forbidden: vec![pair(&requests[1], "experts/e-3")], ..Default::default() };
    let plan = preview(stage, forbidden.clone()).await;
    let of = |request: &str| plan.assignments.iter().find(|one| one.request == request).unwrap();
    assert_eq!((of(&requests[0]).expert.as_str(), of(&requests[0]).fixed), ("experts/e-2", true));
    assert_eq!((of(&requests[1]).expert.as_str(), of(&requests[1]).standing), ("experts/e-1", false));
    apply(stage, &plan, forbidden).await.unwrap();
    assert_eq!(stage.proposal(&accepted).await.state(), ProposalState::AwaitingCompany);
    assert_eq!(stage.proposal(&asked_first).await.state(), ProposalState::Withdrawn);
    let now = stage.get(&requests[1]).await;
    assert_eq!(
        (now.state(), stage.proposal(&now.proposal).await.expert.as_str()),
        (RequestState::Proposed, "experts/e-1")
    );

    let everybody = ["experts/e-1", "experts/e-2", "experts/e-3"];
    let forbidden = everybody.map(|expert| pair(&requests[1], expert)).to_vec();
    let plan = preview(stage, BatchConstraints { forbidden, ..Default::default() }).await;
    assert_eq!(plan.unserved.iter().map(|one| one.cause.as_str()).collect::<Vec<_>>(), ["ALL_FORBIDDEN"]);
    let change =
        ProposalChange { request: requests[1].clone(), before: "experts/e-1".to_owned(), after: String::new() };
    assert_eq!(plan.changes, [change]);
}

async fn whoever_is_not_served_is_told_why(stage: &Stage) {
    let requests = scene(stage, 1, 2).await;
    let mut far = company("北の会社");
    far.facts.as_mut().unwrap().prefecture = "01".to_owned();
    let request = CreateRequestRequest { body: "bodies/osaka".to_owned(), ..asks(&stage.books.put(far)) };
    let far = stage.requests().create_request(request).await.unwrap().into_inner().request.unwrap().name;
    let rare = Need { themes: vec!["T5".to_owned()], ..need() };
    let rare = name(&stage.request("株式会社まれ", rare).await);
    let plan = preview(stage, BatchConstraints::default()).await;
    let cause = |request: &str| plan.unserved.iter().find(|one| one.request == request).map(|one| one.cause.as_str());
    assert_eq!(cause(&far), Some("NOBODY_IN_PREFECTURE"));
    assert_eq!(cause(&rare), Some("NOBODY_ABLE_IN_THEME"));
    assert_eq!(cause(&requests[0]), None);
    assert!(plan.unserved.iter().all(|one| !one.ja.is_ascii() && !one.en.is_empty()));
    let cells: Vec<_> =
        plan.deserts.iter().map(|one| (one.prefecture.as_str(), one.theme.as_str(), one.requests)).collect();
    assert_eq!(cells, [("01", "T1", 1), ("27", "T5", 1)]);

    let quotas = vec![Quota { region: "27".to_owned(), at_most: 0 }];
    let plan = preview(stage, BatchConstraints { quotas, ..Default::default() }).await;
    let cause = |request: &str| plan.unserved.iter().find(|one| one.request == request).map(|one| one.cause.as_str());
    assert_eq!((plan.served, cause(&requests[0])), (0, Some("QUOTA")));
}

async fn faults_of_constraints_are_named_where_they_stand(stage: &Stage) {
    let requests = scene(stage, 3, 2).await;
    let refused = async |constraints: BatchConstraints| {
        faults_of(&stage.operator().preview_batch(asked(constraints)).await.unwrap_err())
    };
    let one = pair(&requests[0], "experts/e-1");
    let both = BatchConstraints { fixed: vec![one.clone()], forbidden: vec![one.clone()], ..Default::default() };
    assert_eq!(refused(both).await, faults(&[("constraints.fixed[0]", "FIXED_AND_FORBIDDEN")]));
    let twice = BatchConstraints { fixed: vec![one.clone(), pair(&requests[0], "experts/e-2")], ..Default::default() };
    assert_eq!(refused(twice).await, faults(&[("constraints.fixed[1]", "FIXED_TWICE")]));
    let beyond = BatchConstraints { fixed: vec![one.clone(), pair(&requests[1], "experts/e-1")], ..Default::default() };
    assert_eq!(refused(beyond).await, faults(&[("constraints.fixed[1]", "BEYOND_CAPACITY")]));
    let quotas = vec![Quota { region: "27".to_owned(), at_most: 0 }];
    let quota = BatchConstraints { fixed: vec![one.clone()], quotas, ..Default::default() };
    assert_eq!(refused(quota).await, faults(&[("constraints.quotas[0]", "BEYOND_QUOTA")]));
    let unknown = BatchConstraints {
        fixed: vec![pair("requests/none", "experts/e-1")],
        forbidden: vec![pair("requests/none", "experts/e-1")],
        ..Default::default()
    };
    let wanted =
        [("constraints.fixed[0].request", "UNKNOWN_NAME"), ("constraints.forbidden[0].request", "UNKNOWN_NAME")];
    assert_eq!(refused(unknown).await, faults(&wanted));
    let nobody = BatchConstraints { fixed: vec![pair(&requests[0], "experts/none")], ..Default::default() };
    assert_eq!(refused(nobody).await, faults(&[("constraints.fixed[0].expert", "UNKNOWN_NAME")]));
    stage.pool.change("experts/e-2", |sheet| sheet.summary.as_mut().unwrap().themes.clear());
    let unable = BatchConstraints { fixed: vec![pair(&requests[0], "experts/e-2")], ..Default::default() };
    assert_eq!(refused(unable).await, faults(&[("constraints.fixed[0]", "NOT_ELIGIBLE")]));

    let shape = BatchConstraints {
        fixed: vec![pair("", "e-1")],
        quotas: vec![Quota { region: "99".to_owned(), at_most: -1 }],
        ..Default::default()
    };
    let wanted = [
        ("constraints.fixed[0].request", "REQUIRED"),
        ("constraints.fixed[0].expert", "BAD_NAME"),
        ("constraints.quotas[0].at_most", "OUT_OF_RANGE"),
        ("constraints.quotas[0].region", "UNKNOWN_CODE"),
    ];
    assert_eq!(refused(shape).await, faults(&wanted));
    let request = PreviewBatchRequest { policy: "none".to_owned(), ..Default::default() };
    let wrong = faults_of(&stage.operator().preview_batch(request).await.unwrap_err());
    assert_eq!(wrong, faults(&[("programme", "REQUIRED"), ("policy", "UNKNOWN_CODE")]));
    let empty = ApplyBatchRequest { programme: "2024".to_owned(), ..Default::default() };
    assert_eq!(faults_of(&stage.operator().apply_batch(empty).await.unwrap_err()), faults(&[("preview", "REQUIRED")]));
}
