//! Why not, teams, bars, capacities, and what is wrong with a request.

use contract::matching::v1::*;
use contract::registry::v1::{CompanyChanged, CompanyFacts, ExpertState};
use kit_log::NewEvent;
use kit_serve::Role;

use crate::life::{name, three};
use crate::pool::sheet;
use crate::stage::{Stage, faults, faults_of, need, reason_of, until};

on_both!(
    why_not_names_every_condition_or_who_is_better,
    a_team_covers_what_nobody_covers_alone,
    a_barred_pair_is_not_proposed_until_it_may_be_again,
    a_bar_follows_a_company_that_was_merged,
    what_is_wrong_is_named_at_once,
    unknown_things_and_steps_that_are_not_allowed,
    policies_and_fairness_are_told,
);

pub(crate) async fn why_not(stage: &Stage, request: &str, expert: &str) -> ExplainWhyNotResponse {
    let (request, expert) = (request.to_owned(), expert.to_owned());
    let asked = ExplainWhyNotRequest { request, expert, ..Default::default() };
    stage.operator().explain_why_not(asked).await.unwrap().into_inner()
}

pub(crate) fn failed(answer: &ExplainWhyNotResponse) -> Vec<&str> {
    answer.failed.iter().map(|one| one.condition.as_str()).collect()
}

async fn why_not_names_every_condition_or_who_is_better(stage: &Stage) {
    let request = three(stage).await;
    let second = why_not(stage, &request, "experts/e-2").await;
    assert!(second.failed.is_empty());
    assert_eq!((second.better_total, second.better.len()), (1, 1));
    let better = &second.better[0];
    assert_eq!(better.candidate.as_ref().unwrap().expert, "experts/e-1");
    assert_eq!(better.ahead.iter().map(|ahead| ahead.reason.as_str()).collect::<Vec<_>>(), ["NEARNESS"]);
    assert_eq!(second.candidate.as_ref().unwrap().place, 2);
    assert!(!second.ja.is_ascii() && !second.en.is_empty());

    let mut other = sheet("experts/e-7");
    let hit = other.summary.as_mut().unwrap();
    hit.themes = vec!["T3".to_owned()];
    hit.prefectures = vec!["01".to_owned()];
    stage.pool.put(other);
    stage.takes("experts/e-7", 0).await;
    let seventh = why_not(stage, &request, "experts/e-7").await;
    assert_eq!(failed(&seventh), ["OUTSIDE_PREFECTURES", "NOT_ABLE_IN_THEME", "NO_CAPACITY"]);
    assert!(seventh.failed.iter().all(|one| seventh.ja.contains(&one.ja)) && seventh.candidate.is_none());
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    stage.expert_says(&first, false).await.unwrap();
    stage.next_after(&request, &first).await;
    assert_eq!(failed(&why_not(stage, &request, "experts/e-1").await), ["DECLINED_BEFORE"]);

    stage.expert_is("experts/e-3", ExpertState::Paused).await;
    assert!(failed(&why_not(stage, &request, "experts/e-3").await).contains(&"NOT_LISTED"));
    stage.pool.remove("experts/e-3");
    assert!(failed(&why_not(stage, &request, "experts/e-3").await).contains(&"NOT_LISTED"));
    let asked = ExplainWhyNotRequest { request, expert: "experts/none".to_owned(), ..Default::default() };
    let unknown = stage.operator().explain_why_not(asked).await.unwrap_err();
    assert_eq!(reason_of(&unknown), "EXPERT_NOT_FOUND");
}

async fn a_team_covers_what_nobody_covers_alone(stage: &Stage) {
    stage.pool.put(sheet("experts/e-1"));
    stage.pool.put(sheet("experts/e-2"));
    stage.pool.can_do("experts/e-1", &["S1a1"]);
    stage.pool.can_do("experts/e-2", &["S2a1"]);
    let both = Need { skill_items: vec!["S1a1".to_owned(), "S2a1".to_owned()], ..need() };
    let request = name(&stage.request("株式会社みほん", both).await);
    let asked = ListCandidatesRequest { request: request.clone(), ..Default::default() };
    let alone = stage.operator().list_candidates(asked).await.unwrap().into_inner();
    assert_eq!((alone.total, alone.failing[0].condition.as_str(), alone.failing[0].count), (0, "SKILL_MISSING", 2));
    let asked = ProposeTeamRequest { request: request.clone(), ..Default::default() };
    let team = stage.operator().propose_team(asked).await.unwrap().into_inner();
    let members: Vec<_> = team
        .members
        .iter()
        .map(|member| (member.candidate.as_ref().unwrap().expert.as_str(), &member.covers))
        .collect();
    assert_eq!(members.len(), 2);
    for (expert, item) in [("experts/e-1", "S1a1"), ("experts/e-2", "S2a1")] {
        assert!(members.iter().any(|(who, covers)| *who == expert && covers.contains(&item.to_owned())));
    }
    let not_alone = stage.propose(&request, "experts/e-1").await.unwrap_err();
    assert!(not_alone.message().contains("SKILL_MISSING"));
    let asked = ProposeRequest {
        request: request.clone(),
        expert: "experts/e-1".to_owned(),
        team: vec!["experts/e-2".to_owned()],
        ..Default::default()
    };
    let made = stage.operator().propose(asked).await.unwrap().into_inner().proposal.unwrap();
    assert_eq!(made.facts.unwrap().team, ["experts/e-2"]);
    let listed = ListCapacitiesRequest { programme: "2024".to_owned() };
    let listed = stage.operator().list_capacities(listed).await.unwrap().into_inner().capacities;
    assert_eq!(listed.iter().map(|one| one.taken).collect::<Vec<_>>(), [1, 1], "it stands against both");
    let asked = GetProposalRequest { name: made.name.clone() };
    assert!(stage.expert("experts/e-2").get_proposal(asked).await.is_ok(), "a member sees it");
    stage.expert_says(&made.name, false).await.unwrap();
    until("nobody to be found", async || (stage.get(&request).await.seeking_reason == "NO_CANDIDATE").then_some(()))
        .await;

    stage.pool.can_do("experts/e-2", &[]);
    let asked = ProposeTeamRequest { request, ..Default::default() };
    let none = stage.operator().propose_team(asked).await.unwrap().into_inner();
    assert!(none.members.is_empty() && none.uncovered.contains(&"S2a1".to_owned()));
}

async fn a_barred_pair_is_not_proposed_until_it_may_be_again(stage: &Stage) {
    let request = three(stage).await;
    let company = stage.get(&request).await.company.unwrap().company;
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    let bar =
        Bar { expert: "experts/e-1".to_owned(), company, kind: "DECLARED_CONFLICT".to_owned(), ..Default::default() };
    let asked = BarPairRequest { bar: Some(bar.clone()), ..Default::default() };
    let other = stage.expert("experts/e-2").bar_pair(asked.clone()).await.unwrap_err();
    assert_eq!(reason_of(&other), "NOT_OWN");
    let made = stage.expert("experts/e-1").bar_pair(asked.clone()).await.unwrap().into_inner().bar.unwrap();
    assert_eq!((made.expert.as_str(), made.actor.as_str()), ("experts/e-1", "experts-e-1"));
    let again = stage.operator().bar_pair(asked).await.unwrap().into_inner().bar.unwrap();
    assert_eq!(again, made, "twice changes nothing");
    assert_eq!(stage.next_after(&request, &first).await.expert, "experts/e-2");
    assert_eq!(stage.proposal(&first).await.state(), ProposalState::Withdrawn);
    assert_eq!(failed(&why_not(stage, &request, "experts/e-1").await), ["DECLARED_CONFLICT"]);
    for (kind, condition) in [("SAME_GROUP", "SAME_GROUP"), ("OWN_VENDOR", "OWN_VENDOR"), ("RULE", "BARRED")] {
        let bar = Bar { expert: "experts/e-3".to_owned(), kind: kind.to_owned(), ..bar.clone() };
        let asked = BarPairRequest { bar: Some(bar), ..Default::default() };
        let made = stage.operator().bar_pair(asked).await.unwrap().into_inner().bar.unwrap();
        assert_eq!(failed(&why_not(stage, &request, "experts/e-3").await), [condition]);
        let gone = UnbarPairRequest { name: made.name, ..Default::default() };
        stage.operator().unbar_pair(gone).await.unwrap();
    }
    let own = stage.expert("experts/e-1").list_bars(ListBarsRequest::default()).await.unwrap().into_inner().bars;
    assert_eq!(own, std::slice::from_ref(&made));
    let none = stage.expert("experts/e-2").list_bars(ListBarsRequest::default()).await.unwrap().into_inner().bars;
    assert!(none.is_empty());
    let gone = UnbarPairRequest { name: made.name.clone(), ..Default::default() };
    stage.operator().unbar_pair(gone.clone()).await.unwrap();
    assert_eq!(reason_of(&stage.operator().unbar_pair(gone).await.unwrap_err()), "BAR_NOT_FOUND");
    assert_eq!(failed(&why_not(stage, &request, "experts/e-1").await), Vec::<&str>::new());
}

async fn a_bar_follows_a_company_that_was_merged(stage: &Stage) {
    let request = three(stage).await;
    let company = stage.get(&request).await.company.unwrap().company;
    for (expert, kind) in [("experts/e-1", "RULE"), ("experts/e-2", "OWN_VENDOR")] {
        let (expert, kind) = (expert.to_owned(), kind.to_owned());
        let bar = Bar { expert, company: "companies/old".to_owned(), kind, ..Default::default() };
        stage.operator().bar_pair(BarPairRequest { bar: Some(bar), ..Default::default() }).await.unwrap();
    }
    assert!(failed(&why_not(stage, &request, "experts/e-1").await).is_empty());
    let facts = CompanyFacts { company_id: "old".to_owned(), merged_into: company, ..Default::default() };
    let body = CompanyChanged { facts: Some(facts), ..Default::default() };
    stage.tells(&stage.registry, NewEvent::new("company", "old", &body)).await;
    assert_eq!(failed(&why_not(stage, &request, "experts/e-1").await), ["BARRED"]);
    assert_eq!(failed(&why_not(stage, &request, "experts/e-2").await), ["OWN_VENDOR"]);
}

async fn what_is_wrong_is_named_at_once(stage: &Stage) {
    let mut operator = stage.operator();
    let asked = ListCandidatesRequest { request: "x".to_owned(), policy: "none".to_owned(), count: 101 };
    let wrong = faults_of(&operator.list_candidates(asked).await.unwrap_err());
    assert_eq!(wrong, faults(&[("request", "BAD_NAME"), ("policy", "UNKNOWN_CODE"), ("count", "OUT_OF_RANGE")]));
    let asked = ProposeRequest {
        expert: "experts/e-1".to_owned(),
        team: vec!["experts/e-1".to_owned(), "e-2".to_owned(), "experts/e-3".to_owned()],
        reason: "理".repeat(501),
        ..Default::default()
    };
    let wrong = faults_of(&operator.propose(asked).await.unwrap_err());
    let wanted = [
        ("request", "REQUIRED"),
        ("team", "TOO_MANY"),
        ("team[1]", "BAD_NAME"),
        ("team[0]", "REPEATED"),
        ("reason", "TOO_LONG"),
    ];
    assert_eq!(wrong, faults(&wanted));
    let wrong = faults_of(&operator.accept_proposal(AcceptProposalRequest::default()).await.unwrap_err());
    assert_eq!(wrong, faults(&[("name", "REQUIRED"), ("side", "REQUIRED")]));
    let capacity = Capacity { expert: "e".to_owned(), programme: "1999".to_owned(), capacity: 1_001, taken: 0 };
    let asked = SetCapacityRequest { capacity: Some(capacity), request_id: "\n".to_owned() };
    let wrong = faults_of(&operator.set_capacity(asked).await.unwrap_err());
    let wanted = [
        ("request_id", "BAD_REQUEST_ID"),
        ("capacity.expert", "BAD_NAME"),
        ("capacity.programme", "UNKNOWN_CODE"),
        ("capacity.capacity", "OUT_OF_RANGE"),
    ];
    assert_eq!(wrong, faults(&wanted));
    let bar = Bar { kind: "LIKING".to_owned(), ..Default::default() };
    let wrong =
        faults_of(&operator.bar_pair(BarPairRequest { bar: Some(bar), ..Default::default() }).await.unwrap_err());
    let wanted = [("bar.expert", "REQUIRED"), ("bar.company", "REQUIRED"), ("bar.kind", "UNKNOWN_CODE")];
    assert_eq!(wrong, faults(&wanted));
    let asked = ListProposalsRequest { page_size: 201, page_token: "x".to_owned(), ..Default::default() };
    let wrong = faults_of(&operator.list_proposals(asked).await.unwrap_err());
    assert_eq!(wrong, faults(&[("page_size", "OUT_OF_RANGE"), ("page_token", "BAD_PAGE_TOKEN")]));
}

async fn unknown_things_and_steps_that_are_not_allowed(stage: &Stage) {
    let request = three(stage).await;
    let unknown = stage.propose("requests/none", "experts/e-1").await.unwrap_err();
    assert_eq!(reason_of(&unknown), "REQUEST_NOT_FOUND");
    let unknown = stage.propose(&request, "experts/none").await.unwrap_err();
    assert_eq!(reason_of(&unknown), "EXPERT_NOT_FOUND");
    let asked = GetProposalRequest { name: "proposals/none".to_owned() };
    assert_eq!(reason_of(&stage.operator().get_proposal(asked).await.unwrap_err()), "PROPOSAL_NOT_FOUND");
    let proposal = stage.propose(&request, "experts/e-1").await.unwrap();
    let stale = WithdrawProposalRequest { name: proposal.name.clone(), etag: "9".to_owned(), ..Default::default() };
    assert_eq!(reason_of(&stage.operator().withdraw_proposal(stale).await.unwrap_err()), "STALE_ETAG");
    let again = stage.propose(&request, "experts/e-2").await.unwrap_err();
    assert_eq!(reason_of(&again), "ILLEGAL_TRANSITION");
    stage.expert_says(&proposal.name, true).await.unwrap();
    let twice = stage.expert_says(&proposal.name, true).await.unwrap_err();
    assert_eq!(reason_of(&twice), "ILLEGAL_TRANSITION");
    stage.company_says(&proposal.name, true).await.unwrap();
    for over in [stage.company_says(&proposal.name, false).await, stage.expert_says(&proposal.name, false).await] {
        assert_eq!(reason_of(&over.unwrap_err()), "ILLEGAL_TRANSITION");
    }
    let over = WithdrawProposalRequest { name: proposal.name, ..Default::default() };
    assert_eq!(reason_of(&stage.operator().withdraw_proposal(over).await.unwrap_err()), "ILLEGAL_TRANSITION");
    // Pages hold every proposal once, newest first.
    let mut names = Vec::new();
    for at in 0..3 {
        let request = name(&stage.request(&format!("株式会社べつ{at}"), need()).await);
        names.push(stage.propose(&request, "experts/e-2").await.unwrap().name);
    }
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let asked =
            ListProposalsRequest { expert: "experts/e-2".to_owned(), page_size: 2, page_token, ..Default::default() };
        let page = stage.operator().list_proposals(asked).await.unwrap().into_inner();
        found.extend(page.proposals.into_iter().map(|proposal| proposal.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    names.reverse();
    assert_eq!(found, names);
}

async fn policies_and_fairness_are_told(stage: &Stage) {
    let mut anyone = stage.by("somebody", Role::Portal, &[]);
    let policies = anyone.list_weight_policies(ListWeightPoliciesRequest {}).await.unwrap().into_inner().policies;
    assert_eq!(policies.iter().filter(|policy| policy.is_default).count(), 1);
    assert!(policies.iter().all(|policy| policy.points.iter().map(|points| points.points).sum::<i64>() <= 1_000_000));
    let request = three(stage).await;
    stage.propose(&request, "experts/e-1").await.unwrap();
    let asked = GetFairnessRequest { programme: "2024".to_owned() };
    let told = stage.operator().get_fairness(asked).await.unwrap().into_inner();
    let row = |spread: &Spread| (spread.measure.clone(), spread.experts, spread.total, spread.none, spread.most);
    let wanted = |total, none, most| {
        ["INTRODUCTIONS", "WORK"].map(|measure| (measure.to_owned(), 3, total, none, most)).to_vec()
    };
    assert_eq!(told.before.iter().map(row).collect::<Vec<_>>(), wanted(0, 3, 0));
    assert_eq!(told.after.iter().map(row).collect::<Vec<_>>(), wanted(1, 2, 1));
}
