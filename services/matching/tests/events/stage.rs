//! The world of one test: matching with a database of its own, a register and a search in memory, and logs of the services
//! it reads, in which the test itself tells what happened.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::event::v1::Event;
use contract::matching::v1::consultation_events_client::ConsultationEventsClient;
use contract::matching::v1::matching_client::MatchingClient;
use contract::matching::v1::support_requests_client::SupportRequestsClient;
use contract::matching::v1::*;
use contract::registry::v1::companies_server::CompaniesServer;
use contract::search::v1::expert_search_server::ExpertSearchServer;
use futures::FutureExt as _;
use kit_clock::{Clock, Ids};
use kit_log::{InProcess, Log, LogConfig, LogDeps, NewEvent, Origin, ReadFrom, Source, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust};
use matching::{Config, Started};
use prost::Message;
use tempfile::TempDir;
use tonic::transport::Channel;

use crate::stand_ins::Others;

pub(crate) use crate::world::{Backend, at, faults, faults_of, reason_of, until, wire};
use crate::world::{maintain, own_name, postgres};

/// Where the clock stands when a test begins.
pub(crate) const NOW: &str = "2024-10-01T09:00:00+09:00";
pub(crate) const BODY: &str = "bodies/osaka";
pub(crate) const OTHER_BODY: &str = "bodies/nagoya";
pub(crate) const FIRST: &str = "experts/e-1";
pub(crate) const SECOND: &str = "experts/e-2";

/// Matching, running.
struct Running {
    started: Started,
    channel: Channel,
    lifecycle: Lifecycle,
}

pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) keys: Arc<SqlKeys>,
    pub(crate) folder: TempDir,
    pub(crate) backend: Backend,
    pub(crate) others: Others,
    registry: Log,
    engagement: Log,
    notices: Log,
    elsewhere: Channel,
    config: Config,
    deps: LogDeps,
    lifecycle: Lifecycle,
    running: Mutex<Option<Arc<Running>>>,
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

fn round(day: &str, from: &str, to: &str) -> Round {
    Round { start_time: wire(&format!("{day} {from}")), end_time: wire(&format!("{day} {to}")) }
}

pub(crate) fn present(expert: &str) -> PresentExpert {
    PresentExpert { expert: expert.to_owned(), ..Default::default() }
}

/// An afternoon with a lecture, three rounds, two booths, two experts (report 2.1.5).
pub(crate) fn plan_on(day: &str) -> EventPlan {
    EventPlan {
        title: "中小企業向けセキュリティ相談会".to_owned(),
        venue: "商工会議所 2階".to_owned(),
        start_time: wire(&format!("{day} 13:30")),
        end_time: wire(&format!("{day} 16:30")),
        lecture: "サイバー攻撃の動向".to_owned(),
        rounds: vec![round(day, "14:50", "15:10"), round(day, "15:15", "15:35"), round(day, "15:40", "16:00")],
        booths: vec!["A".to_owned(), "B".to_owned()],
        experts: vec![present(FIRST), present(SECOND)],
        ..Default::default()
    }
}

pub(crate) fn create(plan: EventPlan) -> CreateConsultationEventRequest {
    CreateConsultationEventRequest {
        programme: "2024".to_owned(),
        region: "大阪".to_owned(),
        plan: Some(plan),
        ..Default::default()
    }
}

pub(crate) fn apply(event: &str, company: &str) -> ApplyRequest {
    ApplyRequest { event: event.to_owned(), company: company.to_owned(), ..Default::default() }
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
        let lifecycle = Lifecycle::new();
        let producer = async |service: &'static str| {
            let config = LogConfig { service, database: file(service), steps: vec![], group: 256 };
            let (log, tasks) = Log::open(config, deps.clone()).await.unwrap();
            let drained = lifecycle.drained();
            lifecycle.spawn(service, async move {
                tasks.run(drained).await;
                Ok::<_, Infallible>(())
            });
            log
        };
        let registry = producer("registry").await;
        let (engagement, notices) = (producer("engagement").await, producer("notices").await);
        let others = Others::default();
        for number in 1..=9 {
            others.company(&format!("companies/c-{number}"), &format!("見本製作所{number}"));
        }
        others.expert(FIRST, "例野 一", &["T1"], &["M1"]);
        others.expert(SECOND, "例野 二", &["T4"], &["M5"]);
        others.expert("experts/e-3", "例野 三", &["T1", "T4"], &["M1", "M5"]);
        let (elsewhere, inside) = kit_serve::in_process();
        let serving = server().add_service(CompaniesServer::new(others.clone()));
        serving.add_service(ExpertSearchServer::new(others.clone())).serve([inside], &lifecycle).await.unwrap();
        let (config, running) = (Config::new(database), Mutex::default());
        let stage = Self {
            clock,
            keys,
            folder,
            backend,
            others,
            registry,
            engagement,
            notices,
            elsewhere,
            config,
            deps,
            lifecycle,
            running,
        };
        stage.start().await;
        stage
    }

    async fn start(&self) {
        let lifecycle = Lifecycle::new();
        let own = Client::new(self.elsewhere.clone(), Some(&Caller::service("matching"))).unwrap();
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
        *self.running.lock().unwrap() = Some(Arc::new(Running { started, channel, lifecycle }));
    }

    async fn stop(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some(running) = running {
            running.lifecycle.shutdown().await;
            running.started.log().database().close().await;
        }
    }

    /// Takes matching down and brings it up again on the same database.
    pub(crate) async fn restart(&self) {
        self.stop().await;
        self.start().await;
    }

    async fn end(self) {
        self.stop().await;
        self.lifecycle.shutdown().await;
        for log in [&self.engagement, &self.registry, &self.notices] {
            log.database().close().await;
        }
        if self.backend == Backend::Postgres {
            maintain(&format!("DROP DATABASE \"{}\" WITH (FORCE)", own_name(&self.folder))).await;
        }
    }

    fn running(&self) -> Arc<Running> {
        self.running.lock().unwrap().clone().expect("matching runs")
    }

    pub(crate) fn log(&self) -> Log {
        self.running().started.log()
    }

    fn client(&self, subject: &str, role: Role, owns: &[&str]) -> Client {
        let mut caller = Caller::new(subject, [role]);
        caller.owns = owns.iter().map(|name| (*name).to_owned()).collect();
        Client::new(self.running().channel.clone(), Some(&caller)).unwrap()
    }

    /// The events, called by somebody with a role who owns something.
    pub(crate) fn by(&self, subject: &str, role: Role, owns: &[&str]) -> ConsultationEventsClient<Client> {
        ConsultationEventsClient::new(self.client(subject, role, owns))
    }

    /// Bars, called by an operator.
    pub(crate) fn matching(&self) -> MatchingClient<Client> {
        MatchingClient::new(self.client("operator-1", Role::Operator, &[]))
    }

    /// The support requests, called by an operator.
    pub(crate) fn requests(&self) -> SupportRequestsClient<Client> {
        SupportRequestsClient::new(self.client("operator-1", Role::Operator, &[]))
    }

    pub(crate) fn operator(&self) -> ConsultationEventsClient<Client> {
        self.by("operator-1", Role::Operator, &[])
    }

    /// The counsellor of the body that holds the events here.
    pub(crate) fn counsellor(&self) -> ConsultationEventsClient<Client> {
        self.by("counsellor-1", Role::Counsellor, &[BODY])
    }

    /// The counsellor of another body.
    pub(crate) fn elsewhere(&self) -> ConsultationEventsClient<Client> {
        self.by("counsellor-2", Role::Counsellor, &[OTHER_BODY])
    }

    pub(crate) fn expert(&self, name: &str) -> ConsultationEventsClient<Client> {
        self.by("expert-1", Role::Expert, &[name])
    }

    /// Moves the clock to `10-08 14:00` of 2024 in Japan.
    pub(crate) fn clock_to(&self, text: &str) {
        self.clock.set(kit_log::clock_time(&wire(text).unwrap()));
    }

    /// An event as the counsellor enters it.
    pub(crate) async fn held(&self, plan: EventPlan) -> ConsultationEvent {
        self.counsellor().create_consultation_event(create(plan)).await.unwrap().into_inner().event.unwrap()
    }

    pub(crate) async fn event(&self, name: &str) -> ConsultationEventFacts {
        let asked = GetConsultationEventRequest { name: name.to_owned() };
        self.operator().get_consultation_event(asked).await.unwrap().into_inner().event.unwrap().facts.unwrap()
    }

    pub(crate) async fn applied(&self, event: &str, company: &str) -> Application {
        self.counsellor().apply(apply(event, company)).await.unwrap().into_inner().application.unwrap()
    }

    pub(crate) async fn applications(&self, event: &str) -> Vec<Application> {
        let asked = ListApplicationsRequest { event: event.to_owned(), page_size: 200, ..Default::default() };
        self.operator().list_applications(asked).await.unwrap().into_inner().applications
    }

    /// Every event of the log, in order.
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

    /// How many events the log holds of what people did; what time does by itself comes when it comes.
    pub(crate) async fn said(&self) -> usize {
        self.events().await.iter().filter(|event| !event.actor.starts_with("service:")).count()
    }

    /// What the log told of things of this kind, in order.
    pub(crate) async fn told<M: Message + Default>(&self, aggregate: &str) -> Vec<M> {
        let events = self.events().await.into_iter().filter(|event| event.aggregate_type == aggregate);
        events.map(|event| M::decode(event.clear).unwrap()).collect()
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
        until("matching to read", async || {
            let consumed = Source::head(&self.log()).await.ok()?.consumed;
            let read = |one: &contract::event::v1::Token| {
                one.service == token.service && one.epoch == token.epoch && one.position >= token.position
            };
            consumed.iter().any(read).then_some(())
        })
        .await;
    }

    /// Whether any of these texts stands in clear in an event, or in a file of the database.
    pub(crate) async fn leaks(&self, secrets: &[&str]) -> Vec<String> {
        let holds = |bytes: &[u8], one: &str| bytes.windows(one.len()).any(|window| window == one.as_bytes());
        let mut found = Vec::new();
        for event in self.events().await {
            let bytes = [event.clear.as_ref(), event.personal.as_ref()].concat();
            let here = secrets.iter().filter(|one| holds(&bytes, one));
            found.extend(here.map(|one| format!("{one} in {}", event.r#type)));
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
