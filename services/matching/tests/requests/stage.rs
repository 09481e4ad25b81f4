//! The world of one test: matching with a database of its own, a register of companies in memory, and logs of the services
//! it reads, in which the test itself tells what happened.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::event::v1::{Event, Token};
use contract::matching::v1::incidents_client::IncidentsClient;
use contract::matching::v1::support_requests_client::SupportRequestsClient;
use contract::matching::v1::*;
use contract::registry::v1::companies_server::CompaniesServer;
use contract::registry::v1::{
    Company, CompanyDetails, CompanyFacts, ExpertChanged, ExpertState, SecurityActionDeclaration,
};
use futures::FutureExt as _;
use kit_clock::{Clock, Ids};
use kit_log::{InProcess, Log, LogConfig, LogDeps, NewEvent, Origin, ReadFrom, Source, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust};
use matching::{Config, Started};
use tempfile::TempDir;
use tonic::transport::Channel;

use crate::books::Books;

pub(crate) use crate::world::{Backend, at, faults, faults_of, japan, reason_of, until, wire};
use crate::world::{maintain, own_name, postgres};

/// Where the clock stands when a test begins.
pub(crate) const NOW: &str = "2024-10-01T09:00:00+09:00";
pub(crate) const EXPERT: &str = "experts/e-1";
pub(crate) const BODY: &str = "bodies/osaka";
pub(crate) const OTHER_BODY: &str = "bodies/nagoya";

/// A replica of matching, running.
pub(crate) struct Replica {
    started: Started,
    channel: Channel,
    lifecycle: Lifecycle,
}

pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) keys: Arc<SqlKeys>,
    pub(crate) folder: TempDir,
    pub(crate) backend: Backend,
    pub(crate) books: Books,
    pub(crate) registry: Log,
    engagement: Log,
    notices: Log,
    register: Channel,
    config: Config,
    deps: LogDeps,
    others: Lifecycle,
    replicas: Mutex<Vec<Arc<Replica>>>,
}

/// Runs a test in a new world and takes the world down, whatever becomes of the test.
pub(crate) async fn within(backend: Backend, test: impl AsyncFnOnce(&Stage)) {
    let stage = Stage::open(backend).await;
    let done = AssertUnwindSafe(test(&stage)).catch_unwind().await;
    stage.end().await;
    if let Err(panic) = done {
        resume_unwind(panic);
    }
}

/// A company of Osaka that the body there looks after.
pub(crate) fn company(name: &str) -> Company {
    let action = |state: &str, on: &str, ended: &str| SecurityActionDeclaration {
        state: state.to_owned(),
        declared_on: on.to_owned(),
        ended_on: ended.to_owned(),
        source: "company".to_owned(),
    };
    let facts = CompanyFacts {
        prefecture: "27".to_owned(),
        industry: "automotive".to_owned(),
        size: "11_50".to_owned(),
        security_staff: "none".to_owned(),
        security_actions: vec![action("two_star", "2023-01-10", "2024-01-10"), action("one_star", "2024-02-01", "")],
        body: BODY.to_owned(),
        ..Default::default()
    };
    let details = CompanyDetails { company_name: name.to_owned(), ..Default::default() };
    Company { facts: Some(facts), details: Some(details), ..Default::default() }
}

/// What is asked for in most tests: guidance on rules.
pub(crate) fn need() -> Need {
    Need { kind: RequestKind::Guidance.into(), themes: vec!["T1".to_owned()], ..Default::default() }
}

/// A request of a company of the register.
pub(crate) fn asks(company: &str) -> CreateRequestRequest {
    CreateRequestRequest {
        programme: "2024".to_owned(),
        route: Route::SupportBody.into(),
        company: company.to_owned(),
        need: Some(need()),
        circumstances: "取引先から規程の提出を求められた".to_owned(),
        ..Default::default()
    }
}

/// An expert on call on `10-01`.
pub(crate) fn duty(expert: &str, turn: i32, (from, until): (&str, &str), prefectures: &[&str]) -> Duty {
    Duty {
        name: String::new(),
        expert: format!("experts/{expert}"),
        prefectures: prefectures.iter().map(|code| (*code).to_owned()).collect(),
        start_time: wire(&format!("10-01 {from}")),
        end_time: wire(&format!("10-01 {until}")),
        turn,
    }
}

/// The three fields, and the prefecture.
pub(crate) fn help() -> ReportIncidentRequest {
    ReportIncidentRequest {
        who: "見本製作所の総務担当".to_owned(),
        reach: "090-0000-0000".to_owned(),
        what: "画面に身代金の要求が出ている".to_owned(),
        prefecture: "大阪".to_owned(),
        ..Default::default()
    }
}

impl Stage {
    async fn open(backend: Backend) -> Self {
        let folder = tempfile::Builder::new().prefix("matching.").tempdir_in("/var/tmp").unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let database = match backend {
            Backend::Sqlite => file("matching.db"),
            Backend::Postgres => {
                maintain(&format!("CREATE DATABASE \"{}\"", own_name(&folder))).await;
                let url = postgres();
                let (server, _) = url.rsplit_once('/').expect("a database in ACTIVELIST_TEST_POSTGRES_URL");
                format!("{server}/{}", own_name(&folder))
            }
        };
        let clock = Clock::standing_at(at(NOW));
        let keys = SqlKeys::open(&file("keys.db")).await.unwrap();
        let deps = LogDeps { clock: clock.clone(), ids: Ids::Random, keys: keys.clone(), carrier: InProcess::new() };
        let others = Lifecycle::new();
        let producer = async |service: &'static str| {
            let config = LogConfig { service, database: file(service), steps: vec![], group: 256 };
            let (log, tasks) = Log::open(config, deps.clone()).await.unwrap();
            let drained = others.drained();
            others.spawn(service, async move {
                tasks.run(drained).await;
                Ok::<_, Infallible>(())
            });
            log
        };
        let registry = producer("registry").await;
        let (engagement, notices) = (producer("engagement").await, producer("notices").await);
        let books = Books::new();
        let (register, inside) = kit_serve::in_process();
        let server = server().add_service(CompaniesServer::new(books.clone()));
        server.serve([inside], &others).await.unwrap();
        let (config, replicas) = (Config::new(database), Mutex::default());
        let stage = Self {
            clock,
            keys,
            folder,
            backend,
            books,
            registry,
            engagement,
            notices,
            register,
            config,
            deps,
            others,
            replicas,
        };
        stage.start().await;
        stage
    }

    /// Another replica of matching, which calls go to from now on.
    pub(crate) async fn start(&self) {
        let lifecycle = Lifecycle::new();
        let own = Client::new(self.register.clone(), Some(&Caller::service("matching"))).unwrap();
        let source = |log: &Log| -> Arc<dyn Source> { Arc::new(log.clone()) };
        let deps = matching::Deps {
            log: self.deps.clone(),
            lifecycle: lifecycle.clone(),
            register: own.clone(),
            search: own,
            registry: source(&self.registry),
            engagement: source(&self.engagement),
            notices: source(&self.notices),
        };
        let started = matching::start(self.config.clone(), deps).await.unwrap();
        let server = started.mount(server()).add_service(started.log_service().into_server());
        let (channel, inside) = kit_serve::in_process();
        server.serve([inside], &lifecycle).await.unwrap();
        self.replicas.lock().unwrap().push(Arc::new(Replica { started, channel, lifecycle }));
    }

    async fn end(self) {
        let replicas = std::mem::take(&mut *self.replicas.lock().unwrap());
        for replica in replicas {
            replica.lifecycle.shutdown().await;
            replica.started.log().database().close().await;
        }
        self.others.shutdown().await;
        for log in [&self.engagement, &self.registry, &self.notices] {
            log.database().close().await;
        }
        if self.backend == Backend::Postgres {
            maintain(&format!("DROP DATABASE \"{}\" WITH (FORCE)", own_name(&self.folder))).await;
        }
    }

    fn replica(&self) -> Arc<Replica> {
        self.replicas.lock().unwrap().last().expect("a replica runs").clone()
    }

    pub(crate) fn log(&self) -> Log {
        self.replica().started.log()
    }

    pub(crate) fn client(&self, subject: &str, role: Role, owns: &[&str]) -> Client {
        let mut caller = Caller::new(subject, [role]);
        caller.owns = owns.iter().map(|name| (*name).to_owned()).collect();
        Client::new(self.replica().channel.clone(), Some(&caller)).unwrap()
    }

    /// The requests, called by somebody with a role who owns something.
    pub(crate) fn by(&self, subject: &str, role: Role, owns: &[&str]) -> SupportRequestsClient<Client> {
        SupportRequestsClient::new(self.client(subject, role, owns))
    }

    pub(crate) fn operator(&self) -> SupportRequestsClient<Client> {
        self.by("operator-1", Role::Operator, &[])
    }

    /// The counsellor of the body in Osaka.
    pub(crate) fn counsellor(&self) -> SupportRequestsClient<Client> {
        self.by("counsellor-1", Role::Counsellor, &[BODY])
    }

    /// The counsellor of another body.
    pub(crate) fn elsewhere(&self) -> SupportRequestsClient<Client> {
        self.by("counsellor-2", Role::Counsellor, &[OTHER_BODY])
    }

    pub(crate) fn expert(&self) -> SupportRequestsClient<Client> {
        self.by("expert-1", Role::Expert, &[EXPERT])
    }

    /// The incidents and duties, called by somebody with a role who owns something.
    pub(crate) fn desk(&self, subject: &str, role: Role, owns: &[&str]) -> IncidentsClient<Client> {
        IncidentsClient::new(self.client(subject, role, owns))
    }

    /// As called by an operator.
    pub(crate) fn staff(&self) -> IncidentsClient<Client> {
        self.desk("operator-1", Role::Operator, &[])
    }

    /// As called by an expert: `e-1`.
    pub(crate) fn of(&self, expert: &str) -> IncidentsClient<Client> {
        self.desk(expert, Role::Expert, &[&format!("experts/{expert}")])
    }

    /// As called by somebody without a role.
    pub(crate) fn visitor(&self) -> IncidentsClient<Client> {
        let caller = Caller::new("visitor", []);
        IncidentsClient::new(Client::new(self.replica().channel.clone(), Some(&caller)).unwrap())
    }

    /// The register tells that an expert, `e-1`, is listed, or is no more.
    pub(crate) async fn expert_is(&self, expert: &str, state: ExpertState) {
        let told = ExpertChanged { expert_id: expert.to_owned(), state: state.into(), ..Default::default() };
        self.register_tells(NewEvent::new("expert", expert, &told)).await;
    }

    /// Puts a listed expert on call on `10-01` from an hour to another: `09:00`.
    pub(crate) async fn on_call(&self, expert: &str, turn: i32, hours: (&str, &str), prefectures: &[&str]) -> Duty {
        self.expert_is(expert, ExpertState::Listed).await;
        let duty = duty(expert, turn, hours, prefectures);
        let given = SetDutyRequest { duty: Some(duty), ..Default::default() };
        self.staff().set_duty(given).await.unwrap().into_inner().duty.unwrap()
    }

    /// Moves the clock to an hour of `10-01`.
    pub(crate) fn hour(&self, hour: &str) {
        self.clock.set(japan(&format!("10-01 {hour}")));
    }

    pub(crate) async fn incident(&self, name: &str) -> Incident {
        let asked = GetIncidentRequest { name: name.to_owned() };
        self.staff().get_incident(asked).await.unwrap().into_inner().incident.unwrap()
    }

    /// Each offer of an incident as `e-1 waiting`.
    pub(crate) async fn offers(&self, name: &str) -> Vec<String> {
        let offers = self.incident(name).await.facts.unwrap().offers;
        let told = |offer: &Offer| {
            let state = offer.state().as_str_name().trim_start_matches("OFFER_STATE_").to_lowercase();
            format!("{} {state}", offer.expert.trim_start_matches("experts/"))
        };
        offers.iter().map(told).collect()
    }

    /// Waits until the offers of an incident are these.
    pub(crate) async fn offered(&self, name: &str, wanted: &[&str]) {
        let all = format!("{wanted:?}");
        until(&all, async || (self.offers(name).await == wanted).then_some(())).await;
    }

    /// A request as the counsellor enters it.
    pub(crate) async fn enter(&self, request: CreateRequestRequest) -> SupportRequest {
        self.counsellor().create_request(request).await.unwrap().into_inner().request.unwrap()
    }

    pub(crate) async fn get(&self, name: &str) -> SupportRequest {
        let asked = GetRequestRequest { name: name.to_owned() };
        self.operator().get_request(asked).await.unwrap().into_inner().request.unwrap()
    }

    pub(crate) async fn state(&self, name: &str) -> RequestState {
        self.get(name).await.facts.unwrap().state()
    }

    pub(crate) async fn history(&self, name: &str) -> Vec<MatchingStep> {
        let asked = GetRequestHistoryRequest { name: name.to_owned() };
        self.operator().get_request_history(asked).await.unwrap().into_inner().steps
    }

    /// Tells something in the register's log, and waits until matching has read it.
    pub(crate) async fn register_tells(&self, event: NewEvent) {
        let told = self.registry.writer().run(Origin::default(), move |unit| {
            Box::pin(async move {
                unit.emit(event);
                Ok::<_, kit_log::Error>(())
            })
        });
        let token = told.await.unwrap().token;
        self.has_read(&token).await;
    }

    async fn has_read(&self, token: &Token) {
        until("matching to read", async || {
            let consumed = Source::head(&self.log()).await.ok()?.consumed;
            let read = |one: &Token| {
                one.service == token.service && one.epoch == token.epoch && one.position >= token.position
            };
            consumed.iter().any(read).then_some(())
        })
        .await;
    }

    /// Every event, in order.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let (mut events, mut from) = (Vec::new(), ReadFrom::default());
        loop {
            let page = Source::read(&self.log(), from.clone()).await.unwrap();
            events.extend(page.events);
            if page.read_to >= page.until {
                return events;
            }
            from.after = page.read_to;
        }
    }

    /// Whether any of these texts stands in clear in an event, or in a file of the database.
    pub(crate) async fn leaks(&self, secrets: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for event in self.events().await {
            let bytes = [event.clear.as_ref(), event.personal.as_ref()].concat();
            found.extend(
                secrets.iter().filter(|one| holds(&bytes, one)).map(|one| format!("{one} in {}", event.r#type)),
            );
        }
        if self.backend == Backend::Sqlite {
            for name in ["matching.db", "matching.db-wal"] {
                let bytes = std::fs::read(self.folder.path().join(name)).unwrap_or_default();
                found.extend(secrets.iter().filter(|one| holds(&bytes, one)).map(|one| format!("{one} in {name}")));
            }
        }
        found
    }
}

fn server() -> Server {
    // The clients of a test are still there when it ends: nobody is waited for.
    Server::new(Limits { farewell: Duration::ZERO, ..Default::default() }, Trust::Near)
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}
