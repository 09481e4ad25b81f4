//! Two experts turn out to be one person: what either has, may not do and has declined holds for the one who is found, until they
//! are parted.

use contract::engagement::v1::{CaseFacts, CaseState, Side};
use contract::matching::v1::*;
use contract::registry::v1::ExpertMerged;
use kit_log::NewEvent;

use crate::asking::{failed, why_not};
use crate::life::three;
use crate::pool::sheet;
use crate::stage::{Stage, need, reason_of, says};

on_both!(
    the_work_of_both_stands_against_the_capacity_of_the_one_who_is_found,
    a_bar_of_either_holds_for_the_one_who_is_found,
    what_either_declined_is_not_proposed_again,
    what_was_proposed_to_the_other_is_also_the_own,
);

const OTHER: &str = "experts/e-9";

async fn merge(stage: &Stage, expert: &str, into: &str) {
    let expert_id = expert.trim_start_matches("experts/").to_owned();
    let body = ExpertMerged { expert_id: expert_id.clone(), merged_into: into.to_owned() };
    stage.tells(&stage.registry, NewEvent::new("merge", &expert_id, &body)).await;
}

async fn taken(stage: &Stage) -> Vec<(String, i32)> {
    let asked = ListCapacitiesRequest { programme: "2024".to_owned() };
    let all = stage.operator().list_capacities(asked).await.unwrap().into_inner().capacities;
    all.into_iter().map(|one| (one.expert, one.taken)).collect()
}

async fn the_work_of_both_stands_against_the_capacity_of_the_one_who_is_found(stage: &Stage) {
    let request = three(stage).await;
    stage.takes("experts/e-1", 2).await;
    for (case, expert) in [("case-1", "experts/e-1"), ("case-2", OTHER)] {
        let facts = CaseFacts {
            case_id: case.to_owned(),
            programme: "2024".to_owned(),
            expert: expert.to_owned(),
            state: CaseState::Accepted.into(),
            ..Default::default()
        };
        stage.case(facts).await;
    }
    let apart = [("experts/e-1".to_owned(), 1), (OTHER.to_owned(), 1)];
    assert_eq!(taken(stage).await, apart);
    assert!(failed(&why_not(stage, &request, "experts/e-1").await).is_empty());
    merge(stage, OTHER, "experts/e-1").await;
    assert_eq!(taken(stage).await, [("experts/e-1".to_owned(), 2)], "each case once");
    assert_eq!(failed(&why_not(stage, &request, "experts/e-1").await), ["NO_CAPACITY"]);
    merge(stage, OTHER, "").await;
    assert_eq!(taken(stage).await, apart);
    assert!(failed(&why_not(stage, &request, "experts/e-1").await).is_empty());
}

async fn a_bar_of_either_holds_for_the_one_who_is_found(stage: &Stage) {
    let request = three(stage).await;
    let of = stage.get(&request).await.company.unwrap().company;
    let bar = Bar { expert: OTHER.to_owned(), company: of, kind: "DECLARED_CONFLICT".to_owned(), ..Default::default() };
    stage.operator().bar_pair(BarPairRequest { bar: Some(bar), ..Default::default() }).await.unwrap();
    let first = stage.propose(&request, "experts/e-1").await.unwrap().name;
    merge(stage, OTHER, "experts/e-1").await;
    assert_eq!(stage.proposal(&first).await.state(), ProposalState::Withdrawn);
    assert_eq!(stage.next_after(&request, &first).await.expert, "experts/e-2");
    assert_eq!(failed(&why_not(stage, &request, "experts/e-1").await), ["DECLARED_CONFLICT"]);
    let asked = ListBarsRequest { expert: "experts/e-1".to_owned(), ..Default::default() };
    let bars = stage.operator().list_bars(asked.clone()).await.unwrap().into_inner().bars;
    assert_eq!(bars.iter().map(|bar| bar.expert.as_str()).collect::<Vec<_>>(), [OTHER], "under its own name");
    merge(stage, OTHER, "").await;
    assert!(stage.operator().list_bars(asked).await.unwrap().into_inner().bars.is_empty());
    assert!(failed(&why_not(stage, &request, "experts/e-1").await).is_empty());
}

async fn what_either_declined_is_not_proposed_again(stage: &Stage) {
    let request = three(stage).await;
    stage.pool.put(sheet(OTHER));
    let first = stage.propose(&request, OTHER).await.unwrap().name;
    stage.expert_says(&first, false).await.unwrap();
    let next = stage.next_after(&request, &first).await;
    assert_eq!(next.expert, "experts/e-1");
    merge(stage, OTHER, "experts/e-2").await;
    assert_eq!(failed(&why_not(stage, &request, "experts/e-2").await), ["DECLINED_BEFORE"]);
    merge(stage, OTHER, "").await;
    assert!(failed(&why_not(stage, &request, "experts/e-2").await).is_empty());
}

async fn what_was_proposed_to_the_other_is_also_the_own(stage: &Stage) {
    let request = three(stage).await;
    stage.pool.put(sheet(OTHER));
    let other = stage.propose(&request, OTHER).await.unwrap().name;
    let listed = async |by: &str, of: &str| {
        let asked = ListProposalsRequest { expert: of.to_owned(), ..Default::default() };
        let found = stage.expert(by).list_proposals(asked).await;
        let names = |all: Vec<Proposal>| all.into_iter().map(|one| one.name).collect::<Vec<_>>();
        found.map(|found| names(found.into_inner().proposals)).map_err(|status| reason_of(&status))
    };
    let seen = async |by: &str| {
        let found = stage.expert(by).get_proposal(GetProposalRequest { name: other.clone() }).await;
        found
            .map(|found| found.into_inner().proposal.unwrap().facts.unwrap().expert)
            .map_err(|refused| reason_of(&refused))
    };
    assert_eq!((listed("experts/e-1", "").await, seen("experts/e-1").await), (Ok(vec![]), Err("NOT_OWN".to_owned())));
    merge(stage, OTHER, "experts/e-1").await;
    for of in ["", "experts/e-1", OTHER] {
        assert_eq!(listed("experts/e-1", of).await, Ok(vec![other.clone()]), "{of}");
    }
    assert_eq!(seen("experts/e-1").await, Ok(OTHER.to_owned()), "under the name it was proposed to");
    assert_eq!(listed(OTHER, "experts/e-1").await, Err("NOT_OWN".to_owned()), "it does not go the other way");
    says(stage.expert("experts/e-1"), &other, Side::Expert, false).await.unwrap();
    // The next request is proposed under the own name: both in one list, newest first, a page at a time.
    let next = stage.request("companies/c-2", need()).await;
    let own = stage.propose(&format!("requests/{}", next.request_id), "experts/e-1").await.unwrap().name;
    assert_eq!(listed("experts/e-1", "").await, Ok(vec![own.clone(), other.clone()]));
    let (mut pages, mut page_token) = (Vec::new(), String::new());
    loop {
        let asked =
            ListProposalsRequest { expert: "experts/e-1".to_owned(), page_size: 1, page_token, ..Default::default() };
        let page = stage.operator().list_proposals(asked).await.unwrap().into_inner();
        pages.extend(page.proposals.into_iter().map(|one| one.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, [own.clone(), other.clone()]);
    merge(stage, OTHER, "").await;
    assert_eq!(
        (listed("experts/e-1", "").await, seen("experts/e-1").await),
        (Ok(vec![own.clone()]), Err("NOT_OWN".to_owned()))
    );
    // Whichever name comes first: who owns the one that is found is shown all.
    merge(stage, "experts/e-1", OTHER).await;
    assert_eq!(listed(OTHER, "").await, Ok(vec![own, other]));
}
