//! People who work: answers, cases and requests, each asked for again with the same id until it is acknowledged or given up.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract::engagement::v1::{CompanySnapshot, CreateGuidanceRequest};
use contract::matching::v1::{CreateRequestRequest, Need, RequestKind, Route};
use contract::registry::v1::{Company, CompanyDetails, CompanyFacts};
use contract::search::v1::Conditions;
use contract::survey::v1::SubmitResponseRequest;
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::Deployment;
use end_to_end::model::Model;
use end_to_end::submission::{FILE_FORM, Submission};
use end_to_end::way::lasting;
use end_to_end::{file, generate, readback};
use kit_serve::{Caller, Role};
use tokio::task::JoinHandle;
use tonic::{Request, Status};

use crate::ledger::{Deed, Entry, Ledger, Tally};

/// Who works at once.
const WORKERS: usize = 16;
/// People who answer, each by one worker, so that the order of a person's acknowledged answers is known.
const PEOPLE: usize = 150;
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long one waits before asking again.
const BREATH: Duration = Duration::from_millis(50);
/// The body that everything goes through.
pub(crate) const BODY: &str = "bodies/sample-chamber";
pub(crate) const STANDING: &str = "standing";
const PROGRAMME: &str = "2024";

/// The load, running.
pub(crate) struct Load {
    pub(crate) tally: Arc<Tally>,
    stop: Arc<AtomicBool>,
    before: Vec<Submission>,
    workers: Vec<JoinHandle<Vec<Entry>>>,
}

impl Load {
    /// Imports a campaign and lets people work on.
    pub(crate) async fn begin(deployment: &Deployment, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let rows = generate::campaign(&mut chance, 1..1_000_000, PEOPLE, PEOPLE + 20);
        let path = deployment.home().join("before.csv");
        file::write_freely(&path, &rows, &mut chance);
        import(deployment, &path).await;
        let mut model = Model::default();
        model.import(&rows);
        let clients = deployment.clients();
        let experts = listed(&clients, model.listed().len()).await;
        let now = |person: &&Submission| Submission { at: deployment.clock(), ..(*person).clone() };
        let people: Vec<Submission> = model.listed().values().map(now).collect();
        let (tally, stop): (Arc<Tally>, Arc<AtomicBool>) = Default::default();
        let workers = (0..WORKERS).map(|number| {
            let worker = Worker {
                number,
                seed,
                people: people.iter().skip(number).step_by(WORKERS).cloned().collect(),
                experts: experts.clone(),
                // Connections of its own.
                clients: deployment.clients(),
                whole: deployment.names().iter().any(|name| name == "matching" || name == "all"),
                chance: Chance::new(seed.wrapping_add(1 + number as u64)),
                tally: tally.clone(),
                stop: stop.clone(),
            };
            tokio::spawn(worker.work())
        });
        Self { workers: workers.collect(), tally, stop, before: rows }
    }

    /// Lets everybody finish the call that is under way, and answers what was asked for.
    pub(crate) async fn end(self) -> Ledger {
        self.stop.store(true, Ordering::SeqCst);
        let mut entries = Vec::new();
        for worker in self.workers {
            entries.extend(worker.await.expect("a worker ends"));
        }
        Ledger::of(self.before, entries, &self.tally)
    }
}

/// Imports a file; again when a busy machine let a deadline pass, as it says itself.
async fn import(deployment: &Deployment, path: &Path) {
    let path = path.display().to_string();
    for _ in 0..5 {
        let ended = deployment.command(&["import", "survey", &path, "--json"]).await;
        if ended.code == Some(0) {
            return;
        }
    }
    panic!("{path} is not imported in five tries");
}

/// Names of the listed experts, once the search shows all of them.
async fn listed(clients: &Clients, count: usize) -> Vec<String> {
    let shown = async || {
        let (hits, _) = readback::search(clients, &Conditions::default(), "").await;
        (hits.len() == count).then(|| hits.into_iter().map(|hit| hit.name).collect())
    };
    end_to_end::wait::until("the search to show everybody", crate::conduct::RECOVERS, shown).await
}

struct Worker {
    number: usize,
    seed: u64,
    people: Vec<Submission>,
    experts: Vec<String>,
    clients: Clients,
    whole: bool,
    chance: Chance,
    tally: Arc<Tally>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    async fn work(mut self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        while !self.stop.load(Ordering::SeqCst) {
            let id = format!("{:x}-{}-{}", self.seed, self.number, entries.len());
            let deed = self.next(&id);
            let acknowledged = self.insist(&id, &deed).await;
            entries.push(Entry { id, deed, acknowledged });
            if self.chance.one_in(30) {
                let known = self.chance.pick(&entries);
                self.ask_again(&known).await;
            }
        }
        entries
    }

    fn next(&mut self, id: &str) -> Deed {
        match self.chance.below(20) {
            0 if self.whole => Deed::Request,
            1..4 if self.whole => Deed::Case { expert: self.chance.pick(&self.experts) },
            _ => {
                let skills = generate::skills(&mut self.chance);
                let at = self.chance.below(self.people.len());
                let person = &mut self.people[at];
                // The text says which answer it is.
                Deed::Answer(person.skills(&skills).text("self_pr", id).clone())
            }
        }
    }

    /// Asks until it is acknowledged, or now and then gives up after an error: then nobody knows.
    async fn insist(&mut self, id: &str, deed: &Deed) -> Option<String> {
        loop {
            match ask(&self.clients, id, deed).await {
                Ok(name) => {
                    self.tally.acknowledge();
                    return Some(name);
                }
                Err(error) if !self.tally.told(&error, id) || self.chance.one_in(12) => return None,
                Err(_) => lasting(BREATH).await,
            }
        }
    }

    /// What was acknowledged is asked for once more, and has to be answered the same.
    async fn ask_again(&self, known: &Entry) {
        let Some(name) = &known.acknowledged else { return };
        match ask(&self.clients, &known.id, &known.deed).await {
            Ok(again) if again == *name => {}
            Ok(again) => self.tally.wrong(format!("{}: first {name}, then {again}", known.id)),
            Err(error) => drop(self.tally.told(&error, &known.id)),
        }
    }
}

fn patient<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}

/// Asks once; answers the name of what was made.
async fn ask(clients: &Clients, id: &str, deed: &Deed) -> Result<String, Status> {
    let request_id = id.to_owned();
    match deed {
        Deed::Answer(answer) => {
            let portal = clients.acting_as(&Caller::new("portal", [Role::Portal]));
            let response = Some(answer.to_wire(FILE_FORM));
            let request = SubmitResponseRequest { response, request_id, ..Default::default() };
            let answer = portal.responses().submit_response(patient(request)).await?.into_inner();
            Ok(answer.response.unwrap_or_default().name)
        }
        Deed::Case { expert } => {
            let mut counsellor = Caller::new("counsellor-1", [Role::Counsellor]);
            counsellor.owns.insert(BODY.to_owned());
            let request = case(id, expert);
            let answer = clients.acting_as(&counsellor).engagements().create_guidance(patient(request)).await?;
            Ok(answer.into_inner().case.unwrap_or_default().name)
        }
        Deed::Request => {
            let answer = clients.requests().create_request(patient(request(id))).await?.into_inner();
            Ok(answer.request.unwrap_or_default().name)
        }
    }
}

fn case(id: &str, expert: &str) -> CreateGuidanceRequest {
    let accepted: kit_clock::Timestamp = "2025-03-01T10:00:00+09:00".parse().expect("a time");
    let (seconds, nanos) = accepted.parts();
    let time = Some(prost_types::Timestamp { seconds, nanos });
    let company = CompanySnapshot {
        company: format!("companies/{id}"),
        industry: "construction".to_owned(),
        prefecture: "27".to_owned(),
        ..Default::default()
    };
    CreateGuidanceRequest {
        programme: STANDING.to_owned(),
        region: "大阪".to_owned(),
        company: Some(company),
        company_name: format!("見本{id}"),
        expert: expert.to_owned(),
        theme: "T4".to_owned(),
        company_accept_time: time,
        expert_accept_time: time,
        request_id: id.to_owned(),
        ..Default::default()
    }
}

fn request(id: &str) -> CreateRequestRequest {
    let facts = CompanyFacts {
        prefecture: "27".to_owned(),
        industry: "automotive".to_owned(),
        size: "11_50".to_owned(),
        ..Default::default()
    };
    let details = CompanyDetails { company_name: id.to_owned(), ..Default::default() };
    CreateRequestRequest {
        programme: PROGRAMME.to_owned(),
        route: Route::SupportBody.into(),
        new_company: Some(Company { facts: Some(facts), details: Some(details), ..Default::default() }),
        need: Some(Need { kind: RequestKind::Guidance.into(), themes: vec!["T1".to_owned()], ..Default::default() }),
        body: BODY.to_owned(),
        request_id: id.to_owned(),
        ..Default::default()
    }
}
