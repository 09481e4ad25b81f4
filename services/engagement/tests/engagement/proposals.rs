//! Proposals that both sides accepted: each opens one case, whatever is repeated, replayed, reordered or interrupted.

use std::collections::{BTreeMap, BTreeSet};

use contract::engagement::v1::*;
use contract::matching::v1::{
    ProposalChanged, ProposalFacts, ProposalPersonal, ProposalState, RequestChanged, RequestKind,
};
use kit_log::{KeyStore as _, NewEvent};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use prost::Message as _;
use tonic::Code;

use crate::stage::{BODY, COMPANY, EXPERT, Stage, company, guidance, reason_of, wire};

on_both!(
    an_accepted_proposal_opens_its_case,
    only_accepted_guidance_opens_a_case,
    whatever_comes_again_opens_no_second_case,
    by_hand_or_by_itself_one_case_begins,
    a_company_erased_meanwhile_leaves_a_case_without_name,
    what_cannot_be_taken_over_waits_aside,
    in_any_order_with_repeats_there_is_one_case_each,
);

/// A proposal that both accepted, as matching tells of it.
fn accepted(id: &str) -> ProposalFacts {
    ProposalFacts {
        proposal_id: id.to_owned(),
        request: "requests/r-1".to_owned(),
        programme: "2024".to_owned(),
        region: Some(Region { code: "27".into(), prefecture: "27".into(), ja: "大阪府".into(), en: "Osaka".into() }),
        company: company(COMPANY),
        body: BODY.to_owned(),
        expert: EXPERT.to_owned(),
        theme: "T4".to_owned(),
        kind: RequestKind::Guidance.into(),
        state: ProposalState::Accepted.into(),
        expert_accept_time: wire("09-29 10:00"),
        company_accept_time: wire("09-30 10:00"),
        ..Default::default()
    }
}

fn changed(facts: ProposalFacts) -> NewEvent {
    let id = facts.proposal_id.clone();
    let personal = ProposalPersonal { company_name: "見本製作所".to_owned() };
    let body = ProposalChanged { facts: Some(facts), changed: vec!["state".to_owned()] };
    NewEvent::new("proposal", &id, &body).personal("c-1", &personal)
}

/// Every case, by what led to it.
async fn cases(stage: &Stage) -> BTreeMap<String, Vec<Case>> {
    let (mut cases, mut request) =
        (BTreeMap::<_, Vec<_>>::new(), ListCasesRequest { page_size: 200, ..Default::default() });
    loop {
        let page = stage.operator().list_cases(request.clone()).await.unwrap().into_inner();
        for case in page.cases {
            cases.entry(case.facts.as_ref().unwrap().sources.join(",")).or_default().push(case);
        }
        if page.next_page_token.is_empty() {
            return cases;
        }
        request.page_token = page.next_page_token;
    }
}

async fn the_only_case(stage: &Stage) -> Case {
    let mut cases: Vec<_> = cases(stage).await.into_values().flatten().collect();
    assert_eq!(cases.len(), 1, "{cases:?}");
    stage.get(&cases.remove(0).name).await
}

async fn an_accepted_proposal_opens_its_case(stage: &Stage) {
    stage.tell(vec![changed(accepted("p-1"))]).await;
    stage.has_read().await;
    let case = the_only_case(stage).await;
    let facts = case.facts.unwrap();
    let told = accepted("p-1");
    assert_eq!(
        (facts.sources.as_slice(), facts.state(), facts.theme.as_str()),
        (["proposals/p-1".to_owned()].as_slice(), CaseState::Accepted, "T4")
    );
    assert_eq!((facts.programme, facts.region, facts.company), (told.programme, told.region, told.company));
    assert_eq!((facts.expert.as_str(), facts.body.as_str()), (EXPERT, BODY));
    assert_eq!((facts.expert_accept_time, facts.company_accept_time), (wire("09-29 10:00"), wire("09-30 10:00")));
    assert_eq!(case.texts.unwrap().company_name, "見本製作所");
    let steps: Vec<_> =
        stage.history(&case.name).await.into_iter().map(|step| (step.cause, step.actor, step.detail)).collect();
    assert_eq!(steps, [("ENTERED".to_owned(), "service:matching".to_owned(), "T4".to_owned())]);
    let told: Vec<_> = stage.events().await.into_iter().filter(|event| event.aggregate_type == "case").collect();
    let [event] = told.as_slice() else { panic!("{told:?}") };
    let told = CaseChanged::decode(event.clear.clone()).unwrap().facts.unwrap();
    assert_eq!(told.sources, ["proposals/p-1"], "so that matching learns the case");
    // It lives on as any other.
    stage.plan(&the_only_case(stage).await, "10-08 14:00").await.unwrap();
}

async fn only_accepted_guidance_opens_a_case(stage: &Stage) {
    use ProposalState::{Accepted, AwaitingCompany, AwaitingExpert, Declined, Expired, Withdrawn};
    let states = [AwaitingExpert, AwaitingCompany, Declined, Expired, Withdrawn];
    let mut events: Vec<_> = (0..)
        .zip(states)
        .map(|(n, state)| changed(ProposalFacts { state: state.into(), ..accepted(&format!("s-{n}")) }))
        .collect();
    let kinds = [RequestKind::ProjectManager, RequestKind::RequirementsApproval, RequestKind::ThirdPartyOpinion];
    for (n, kind) in (0..).zip(kinds) {
        let (kind, state, theme) = (kind.into(), Accepted.into(), String::new());
        events.push(changed(ProposalFacts { kind, state, theme, ..accepted(&format!("k-{n}")) }));
    }
    events.push(NewEvent::new("request", "r-1", &RequestChanged::default()));
    stage.tell(events).await;
    stage.has_read().await;
    assert_eq!(cases(stage).await, BTreeMap::new());
    assert_eq!(stage.parked().await, [], "and nothing is set aside");
}

async fn whatever_comes_again_opens_no_second_case(stage: &Stage) {
    stage.tell(vec![changed(accepted("p-1")), changed(accepted("p-1"))]).await;
    stage.has_read().await;
    let case = the_only_case(stage).await;
    let known = ProposalFacts { case: case.name.clone(), ..accepted("p-1") };
    stage.tell(vec![changed(known.clone())]).await;
    stage.stop().await;
    stage.tell(vec![changed(known)]).await;
    stage.start().await;
    stage.has_read().await;
    // Another life of the log is read from nothing.
    stage.matching.renew_epoch("another-life").await.unwrap();
    stage.has_read().await;
    assert_eq!(the_only_case(stage).await, case);
    let told = stage.events().await.into_iter().filter(|event| event.aggregate_type == "case").count();
    assert_eq!(told, 1, "and it is told once");
}

async fn by_hand_or_by_itself_one_case_begins(stage: &Stage) {
    let by_hand = |id: &str| CreateGuidanceRequest {
        sources: vec!["requests/r-1".to_owned(), format!("proposals/{id}")],
        ..guidance(COMPANY, EXPERT)
    };
    let first = stage.counsellor().create_guidance(by_hand("p-1")).await.unwrap().into_inner().case.unwrap();
    stage.tell(vec![changed(accepted("p-1"))]).await;
    stage.has_read().await;
    assert_eq!(the_only_case(stage).await.name, first.name);

    let refused = stage.counsellor().create_guidance(by_hand("p-1")).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::AlreadyExists, "CASE_ALREADY_OPENED".to_owned()));
    assert!(refused.message().contains(&first.name), "{refused:?}");

    stage.tell(vec![changed(accepted("p-2"))]).await;
    stage.has_read().await;
    let refused = stage.counsellor().create_guidance(by_hand("p-2")).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert_eq!(cases(stage).await.into_values().flatten().count(), 2);
}

async fn a_company_erased_meanwhile_leaves_a_case_without_name(stage: &Stage) {
    stage.stop().await;
    stage.tell(vec![changed(accepted("p-1"))]).await;
    stage.keys.destroy("c-1").await.unwrap();
    stage.start().await;
    stage.has_read().await;
    let case = the_only_case(stage).await;
    assert_eq!(case.texts.unwrap(), CaseTexts::default());
    assert_eq!(case.facts.unwrap().company.unwrap().company, COMPANY);
}

async fn what_cannot_be_taken_over_waits_aside(stage: &Stage) {
    let strange = ProposalFacts { programme: "2199".to_owned(), ..accepted("p-1") };
    stage.tell(vec![changed(strange), changed(accepted("p-2"))]).await;
    stage.has_read().await;
    let aside = async || {
        let parked = stage.parked().await;
        parked.into_iter().map(|one| (one.aggregate, one.error)).collect::<Vec<_>>()
    };
    let waits = [("proposal/p-1".to_owned(), "UNKNOWN_PROGRAMME 2199".to_owned())];
    assert_eq!(aside().await, waits, "it is neither lost nor in the way");
    assert_eq!(cases(stage).await.into_keys().collect::<Vec<_>>(), ["proposals/p-2"]);
    // A start tries it once more: an upgrade may have brought the programme.
    stage.stop().await;
    stage.start().await;
    stage.has_read().await;
    assert_eq!(aside().await, waits);
}

/// What may happen around acceptances.
#[derive(Clone, Debug)]
enum Happening {
    /// A proposal is told in a state, so many times in a row.
    Told(usize, ProposalState, usize),
    /// The engagements end and start again; what is told meanwhile waits.
    Restart,
    /// The log is read from nothing.
    Anew,
}

fn happening() -> impl Strategy<Value = Happening> {
    use ProposalState::{Accepted, AwaitingCompany, AwaitingExpert, Withdrawn};
    let state =
        prop_oneof![4 => Just(Accepted), 1 => Just(AwaitingExpert), 1 => Just(AwaitingCompany), 1 => Just(Withdrawn)];
    prop_oneof![
        12 => (0..8_usize, state, 1..4_usize).prop_map(|(id, state, times)| Happening::Told(id, state, times)),
        1 => Just(Happening::Restart),
        1 => Just(Happening::Anew),
    ]
}

async fn in_any_order_with_repeats_there_is_one_case_each(stage: &Stage) {
    const STORIES: usize = 12;
    let mut runner = TestRunner::deterministic();
    let mut wanted = BTreeSet::new();
    for story in 0..STORIES {
        let tree = prop::collection::vec(happening(), 1..24).new_tree(&mut runner).unwrap();
        for happening in tree.current() {
            match happening {
                Happening::Told(n, state, times) => {
                    let (id, name) = (format!("p-{story}-{n}"), format!("proposals/p-{story}-{n}"));
                    if state == ProposalState::Accepted {
                        wanted.insert(name);
                    } else if wanted.contains(&name) {
                        // Both have accepted: that is its end. Another word after it is never told, and a log that is read from
                        // nothing tells the newest alone.
                        continue;
                    }
                    let facts = ProposalFacts { state: state.into(), ..accepted(&id) };
                    stage.tell((0..times).map(|_| changed(facts.clone())).collect()).await;
                }
                Happening::Restart => {
                    stage.stop().await;
                    stage.start().await;
                }
                Happening::Anew => {
                    stage.has_read().await;
                    stage.matching.renew_epoch(&format!("life-{story}")).await.unwrap();
                }
            }
        }
        stage.has_read().await;
    }
    let found = cases(stage).await;
    for (source, cases) in &found {
        assert_eq!(cases.len(), 1, "{source}");
    }
    assert_eq!(found.into_keys().collect::<BTreeSet<_>>(), wanted);
    assert!(wanted.len() > 30, "the stories are about something: {}", wanted.len());
}
