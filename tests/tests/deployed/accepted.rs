//! Both sides accept, and processes die (-9) before the case is opened: whichever dies, and when, there is one case for each
//! proposal, and matching knows it.

use std::collections::{BTreeMap, BTreeSet};

use contract::engagement::v1::{ListCasesRequest, Side};
use contract::matching::v1::*;
use contract::registry::v1::{Company, CompanyDetails, CompanyFacts};
use end_to_end::built;
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::process::GRACE;
use end_to_end::wait::until;
use kit_serve::{Caller, Role};

in_both_shapes!(whoever_dies_between_acceptance_and_case_there_is_one_case_each);

const PROGRAMME: &str = "2024";
const BODY: &str = "bodies/sample-chamber";

/// A proposal that the expert accepted, so that the company's word opens the case.
struct Asked {
    proposal: String,
    request: String,
    company: String,
}

async fn whoever_dies_between_acceptance_and_case_there_is_one_case_each(shape: Shape) {
    let settings = Settings { whole: true, ..Settings::default() };
    let mut deployment = Deployment::start_with(built!(), shape, settings).await;
    let campaign = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024/skill_survey.csv");
    deployment.import(&campaign).await;
    let rounds = match std::env::var("ACTIVELIST_CAMPAIGN").as_deref() {
        Ok("1") => 100,
        _ => 10,
    };
    let mut chance = Chance::new(0xacce);
    let mut expert = String::new();
    let mut asked = Vec::new();
    for round in 0..rounds {
        let one = ask(&deployment.clients(), round, &mut expert).await;
        match shape {
            Shape::Embedded => all_in_one(&mut deployment, &one, round, &mut chance).await,
            Shape::Distributed => apart(&mut deployment, &one, round, &mut chance).await,
        }
        asked.push(one);
    }
    let clients = deployment.clients();
    all_is_read(&clients).await;
    assert_one_case_each(&clients, &asked).await;
}

/// One process holds both: it dies while the company accepts, or right afterwards.
async fn all_in_one(deployment: &mut Deployment, asked: &Asked, round: usize, chance: &mut Chance) {
    match round % 2 {
        0 => {
            accept(&deployment.clients(), asked).await.expect("it is accepted");
            kill_soon(deployment, &["matching"], chance).await;
        }
        _ => kill_during(deployment, asked, "matching", chance).await,
    }
    accept(&deployment.clients(), asked).await.expect("the same again is the same");
}

/// Each has its process: one dies, the other, or both, before the acceptance, during it, or right afterwards.
async fn apart(deployment: &mut Deployment, asked: &Asked, round: usize, chance: &mut Chance) {
    let clients = deployment.clients();
    match round % 5 {
        0 => {
            deployment.part("engagement").kill();
            accept(&clients, asked).await.expect("it is accepted though nobody can open a case");
            deployment.part("engagement").restart().await;
        }
        1 => kill_during(deployment, asked, "matching", chance).await,
        victims => {
            accept(&clients, asked).await.expect("it is accepted");
            let victims: &[&'static str] = match victims {
                2 => &["engagement"],
                3 => &["matching"],
                _ if round.is_multiple_of(2) => &["engagement", "matching"],
                _ => &["matching", "engagement"],
            };
            kill_soon(deployment, victims, chance).await;
        }
    }
    accept(&deployment.clients(), asked).await.expect("the same again is the same");
}

/// Kills processes after a moment that is not always the same, and starts them again.
async fn kill_soon(deployment: &mut Deployment, victims: &[&'static str], chance: &mut Chance) {
    let clients = deployment.clients();
    for _ in 0..chance.below(4) {
        clients.head("engagement").await;
    }
    let victims: Vec<_> = victims.iter().map(|victim| deployment.home_of(victim)).collect();
    for victim in &victims {
        deployment.part(victim).kill();
    }
    for victim in &victims {
        deployment.part(victim).restart().await;
    }
}

/// Kills a process while the acceptance is under way. Whether it was taken nobody knows; its repeat will tell.
async fn kill_during(deployment: &mut Deployment, asked: &Asked, victim: &'static str, chance: &mut Chance) {
    let clients = deployment.clients();
    let (request, company) = (acceptance(asked), asked.company.clone());
    let under_way = tokio::spawn(async move { accept_as(&clients, &company, request).await });
    let clients = deployment.clients();
    for _ in 0..chance.below(4) {
        clients.head("registry").await;
    }
    let victim = deployment.home_of(victim);
    deployment.part(victim).kill();
    drop(under_way.await.expect("a call ends"));
    deployment.part(victim).restart().await;
}

/// A request of a new company, with a proposal that its expert has accepted. The first round finds the expert.
async fn ask(clients: &Clients, round: usize, expert: &mut String) -> Asked {
    let facts = CompanyFacts {
        prefecture: "27".to_owned(),
        industry: "automotive".to_owned(),
        size: "11_50".to_owned(),
        ..Default::default()
    };
    let details = CompanyDetails { company_name: format!("見本製作所{round}"), ..Default::default() };
    let request = CreateRequestRequest {
        programme: PROGRAMME.to_owned(),
        route: Route::SupportBody.into(),
        new_company: Some(Company { facts: Some(facts), details: Some(details), ..Default::default() }),
        need: Some(Need { kind: RequestKind::Guidance.into(), themes: vec!["T1".to_owned()], ..Default::default() }),
        body: BODY.to_owned(),
        ..Default::default()
    };
    let entered = clients.requests().create_request(request).await.unwrap().into_inner().request.unwrap();
    if expert.is_empty() {
        *expert = find_expert(clients, &entered.name).await;
    }
    let request = ProposeRequest { request: entered.name.clone(), expert: expert.clone(), ..Default::default() };
    let proposal = clients.matching().propose(request).await.unwrap().into_inner().proposal.unwrap().name;
    let owner = acting_for(clients, "expert-1", Role::Expert, expert);
    let request = AcceptProposalRequest { name: proposal.clone(), side: Side::Expert.into(), ..Default::default() };
    owner.matching().accept_proposal(request).await.unwrap();
    let company = entered.facts.unwrap().company.unwrap().company;
    Asked { proposal, request: entered.name, company }
}

/// The best one for a request, who takes as many cases as there will be.
async fn find_expert(clients: &Clients, request: &str) -> String {
    let request = ListCandidatesRequest { request: request.to_owned(), count: 1, ..Default::default() };
    let found = clients.matching().list_candidates(request).await.unwrap().into_inner();
    let expert = found.candidates.first().expect("a candidate").expert.clone();
    let capacity =
        Capacity { expert: expert.clone(), programme: PROGRAMME.to_owned(), capacity: 1_000, ..Default::default() };
    let request = SetCapacityRequest { capacity: Some(capacity), ..Default::default() };
    clients.matching().set_capacity(request).await.unwrap();
    expert
}

fn acting_for(clients: &Clients, subject: &str, role: Role, owns: &str) -> Clients {
    let mut caller = Caller::new(subject, [role]);
    caller.owns.insert(owns.to_owned());
    clients.acting_as(&caller)
}

/// The company's word, the same whenever it is given.
fn acceptance(asked: &Asked) -> AcceptProposalRequest {
    AcceptProposalRequest {
        name: asked.proposal.clone(),
        side: Side::Company.into(),
        request_id: format!("accept-{}", asked.proposal),
        ..Default::default()
    }
}

async fn accept(clients: &Clients, asked: &Asked) -> Result<(), tonic::Status> {
    accept_as(clients, &asked.company, acceptance(asked)).await
}

async fn accept_as(clients: &Clients, company: &str, request: AcceptProposalRequest) -> Result<(), tonic::Status> {
    let owner = acting_for(clients, "company-user-1", Role::Portal, company);
    owner.matching().accept_proposal(request).await.map(drop)
}

/// Waits until the engagements know every acceptance and matching every case.
async fn all_is_read(clients: &Clients) {
    for (reader, producer) in [("engagement", "matching"), ("matching", "engagement")] {
        let head = clients.head(producer).await;
        let what = format!("{reader} to read {producer}");
        until(&what, GRACE, async || clients.has_read(reader, &head).await.then_some(())).await;
    }
}

async fn assert_one_case_each(clients: &Clients, asked: &[Asked]) {
    let mut cases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut request = ListCasesRequest { page_size: 200, ..Default::default() };
    loop {
        let page = clients.engagements().list_cases(request.clone()).await.unwrap().into_inner();
        for case in page.cases {
            cases.entry(case.facts.unwrap().sources.join(",")).or_default().push(case.name);
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let proposals: BTreeSet<_> = asked.iter().map(|one| one.proposal.clone()).collect();
    assert_eq!(cases.keys().cloned().collect::<BTreeSet<_>>(), proposals);
    for one in asked {
        let [case] = cases[&one.proposal].as_slice() else { panic!("{}: {:?}", one.proposal, cases[&one.proposal]) };
        let request = GetProposalRequest { name: one.proposal.clone() };
        let proposal = clients.matching().get_proposal(request).await.unwrap().into_inner().proposal.unwrap();
        let facts = proposal.facts.unwrap();
        assert_eq!((facts.state(), &facts.case), (ProposalState::Accepted, case));
        let request = GetRequestRequest { name: one.request.clone() };
        let request = clients.requests().get_request(request).await.unwrap().into_inner().request.unwrap();
        let facts = request.facts.unwrap();
        assert_eq!((facts.state(), &facts.case), (RequestState::Matched, case));
    }
}
