//! The world of one test: the engagements with a database of their own, and clients inside the process.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::engagement::v1::case_library_client::CaseLibraryClient;
use contract::engagement::v1::engagements_client::EngagementsClient;
use contract::engagement::v1::form_responses_client::FormResponsesClient;
use contract::engagement::v1::gatherings_client::GatheringsClient;
use contract::engagement::v1::*;
use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::{Event, ListParkedRequest, ParkedEvent, Token};
use contract::registry::v1::ExpertMerged;
use contract::survey::v1::answer::Value;
use contract::survey::v1::{Answer, Choices};
use engagement::Started;
use futures::FutureExt as _;
use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{InProcess, Log, LogConfig, LogDeps, NewEvent, Origin, ReadFrom, Source, SqlKeys, wire_time};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust, fault};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use tempfile::TempDir;
use tonic::Status;
use tonic::transport::Channel;

/// Where the clock stands when a test begins.
pub(crate) const NOW: &str = "2024-10-01T09:00:00+09:00";
pub(crate) const EXPERT: &str = "experts/e-1";
pub(crate) const COMPANY: &str = "companies/c-1";
pub(crate) const BODY: &str = "bodies/osaka";

/// Nothing takes this long; a test that waits longer fails.
const LONG: Duration = Duration::from_secs(30);

/// Where the engagements keep their state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) keys: Arc<SqlKeys>,
    pub(crate) folder: TempDir,
    pub(crate) backend: Backend,
    /// The log of matching, in which the test itself tells what happened.
    pub(crate) matching: Log,
    /// The log of the register, likewise.
    pub(crate) registry: Log,
    database: String,
    deps: LogDeps,
    others: Lifecycle,
    running: Mutex<Option<Arc<Running>>>,
}

/// The engagements, running.
struct Running {
    started: Started,
    channel: Channel,
    lifecycle: Lifecycle,
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

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `10-08 14:00` of 2024 in Japan.
pub(crate) fn wire(text: &str) -> Option<prost_types::Timestamp> {
    let (day, time) = text.split_once(' ').unwrap();
    Some(wire_time(at(&format!("2024-{day}T{time}:00+09:00"))))
}

pub(crate) fn reason_of(status: &Status) -> String {
    fault::reason_of(status).unwrap_or_else(|| format!("{status:?}"))
}

/// Fields and reasons of every fault.
pub(crate) fn faults_of(status: &Status) -> Vec<(String, String)> {
    fault::faults_of(status).into_iter().map(|fault| (fault.field, fault.reason)).collect()
}

impl Stage {
    async fn open(backend: Backend) -> Self {
        let folder = tempfile::Builder::new().prefix("engagement.").tempdir_in("/var/tmp").unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let database = match backend {
            Backend::Sqlite => file("engagement.db"),
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
        let mut logs = Vec::new();
        for service in ["matching", "registry"] {
            let config = LogConfig { service, database: file(&format!("{service}.db")), steps: vec![], group: 256 };
            let (log, tasks) = Log::open(config, deps.clone()).await.unwrap();
            let drained = others.drained();
            others.spawn(service, async move {
                tasks.run(drained).await;
                Ok::<_, std::convert::Infallible>(())
            });
            logs.push(log);
        }
        let [matching, registry] = <[Log; 2]>::try_from(logs).ok().unwrap();
        let running = Mutex::default();
        let stage = Self { clock, keys, folder, backend, matching, registry, database, deps, others, running };
        stage.start().await;
        stage
    }

    /// Starts the engagements on what is there.
    pub(crate) async fn start(&self) {
        let lifecycle = Lifecycle::new();
        let matching = Some(Arc::new(self.matching.clone()) as Arc<dyn Source>);
        let registry = Some(Arc::new(self.registry.clone()) as Arc<dyn Source>);
        let deps = engagement::Deps { log: self.deps.clone(), lifecycle: lifecycle.clone(), matching, registry };
        let started = engagement::start(engagement::Config::new(&self.database), deps).await.unwrap();
        // The clients of a test are still there when it ends: nobody is waited for.
        let limits = Limits { farewell: std::time::Duration::ZERO, ..Default::default() };
        let server = started.mount(Server::new(limits, Trust::Near));
        let server = server.add_service(started.log_service().into_server());
        let (channel, inside) = kit_serve::in_process();
        server.serve([inside], &lifecycle).await.unwrap();
        *self.running.lock().unwrap() = Some(Arc::new(Running { started, channel, lifecycle }));
    }

    /// Ends the engagements.
    pub(crate) async fn stop(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some(running) = running {
            running.lifecycle.shutdown().await;
            running.started.log().database().close().await;
        }
    }

    fn running(&self) -> Arc<Running> {
        self.running.lock().unwrap().clone().expect("the engagements run")
    }

    async fn end(self) {
        self.stop().await;
        self.others.shutdown().await;
        self.matching.database().close().await;
        self.registry.database().close().await;
        if self.backend == Backend::Postgres {
            maintain(&format!("DROP DATABASE \"{}\" WITH (FORCE)", own_name(&self.folder))).await;
        }
    }

    pub(crate) fn log(&self) -> Log {
        self.running().started.log()
    }

    /// The engagements, called by somebody with a role who owns something.
    pub(crate) fn by(&self, subject: &str, role: Role, owns: &[&str]) -> EngagementsClient<Client> {
        EngagementsClient::new(self.client(subject, role, owns))
    }

    fn client(&self, subject: &str, role: Role, owns: &[&str]) -> Client {
        let mut caller = Caller::new(subject, [role]);
        caller.owns = owns.iter().map(|name| (*name).to_owned()).collect();
        Client::new(self.running().channel.clone(), Some(&caller)).unwrap()
    }

    /// The forms, called by somebody.
    pub(crate) fn forms_by(&self, subject: &str, role: Role, owns: &[&str]) -> FormResponsesClient<Client> {
        FormResponsesClient::new(self.client(subject, role, owns))
    }

    pub(crate) fn forms_by_operator(&self) -> FormResponsesClient<Client> {
        self.forms_by("operator-1", Role::Operator, &[])
    }

    pub(crate) fn forms_by_counsellor(&self) -> FormResponsesClient<Client> {
        self.forms_by("counsellor-1", Role::Counsellor, &[BODY])
    }

    pub(crate) fn forms_by_expert(&self) -> FormResponsesClient<Client> {
        self.forms_by("expert-1", Role::Expert, &[EXPERT])
    }

    pub(crate) fn forms_by_company(&self) -> FormResponsesClient<Client> {
        self.forms_by("company-user-1", Role::Portal, &[COMPANY])
    }

    /// The gatherings, called by somebody.
    pub(crate) fn gatherings_by(&self, subject: &str, role: Role, owns: &[&str]) -> GatheringsClient<Client> {
        GatheringsClient::new(self.client(subject, role, owns))
    }

    /// The gatherings, called by the counsellor of the body here.
    pub(crate) fn gatherings(&self) -> GatheringsClient<Client> {
        self.gatherings_by("counsellor-1", Role::Counsellor, &[BODY])
    }

    /// The library, called by somebody with a role who owns something.
    pub(crate) fn library_by(&self, subject: &str, role: Role, owns: &[&str]) -> CaseLibraryClient<Client> {
        CaseLibraryClient::new(self.client(subject, role, owns))
    }

    /// What is set aside.
    pub(crate) async fn parked(&self) -> Vec<ParkedEvent> {
        let mut log = EventLogClient::new(self.client("operator-1", Role::Operator, &[]));
        log.list_parked(ListParkedRequest::default()).await.unwrap().into_inner().parked
    }

    /// Emits events in matching's log, in one transaction; answers the place of the last.
    pub(crate) async fn tell(&self, events: Vec<NewEvent>) -> Token {
        Self::tell_in(&self.matching, events).await
    }

    /// The register tells that the entry of an expert points at another one's, or at none when `into` is empty.
    pub(crate) async fn point(&self, expert: &str, into: &str) {
        let expert_id = expert.strip_prefix("experts/").unwrap().to_owned();
        let body = ExpertMerged { expert_id: expert_id.clone(), merged_into: into.to_owned() };
        Self::tell_in(&self.registry, vec![NewEvent::new("merge", &expert_id, &body)]).await;
    }

    async fn tell_in(log: &Log, events: Vec<NewEvent>) -> Token {
        let origin = Origin { actor: "somebody".to_owned(), ..Origin::default() };
        let told = log.writer().run(origin, move |unit| {
            Box::pin(async move {
                for event in events {
                    unit.emit(event);
                }
                Ok::<_, kit_log::Error>(())
            })
        });
        told.await.unwrap().token
    }

    /// Waits until the engagements have read matching's log up to its head.
    pub(crate) async fn has_read(&self) {
        self.has_read_of(&self.matching).await;
    }

    /// Waits until the engagements have read a log up to its head.
    pub(crate) async fn has_read_of(&self, log: &Log) {
        let head = Source::head(log).await.unwrap().head.unwrap();
        let read = async {
            let mut again = tokio::time::interval(Duration::from_millis(10));
            loop {
                again.tick().await;
                let consumed = Source::head(&self.log()).await.unwrap().consumed;
                let reached = |one: &Token| {
                    one.service == head.service && one.epoch == head.epoch && one.position >= head.position
                };
                if consumed.iter().any(reached) {
                    return;
                }
            }
        };
        tokio::time::timeout(LONG, read).await.expect("the engagements read the log");
    }

    pub(crate) fn operator(&self) -> EngagementsClient<Client> {
        self.by("operator-1", Role::Operator, &[])
    }

    /// The counsellor of the body that looks after the cases here.
    pub(crate) fn counsellor(&self) -> EngagementsClient<Client> {
        self.by("counsellor-1", Role::Counsellor, &[BODY])
    }

    pub(crate) fn expert(&self) -> EngagementsClient<Client> {
        self.by("expert-1", Role::Expert, &[EXPERT])
    }

    /// A user of the company, behind the portal.
    pub(crate) fn company(&self) -> EngagementsClient<Client> {
        self.by("company-user-1", Role::Portal, &[COMPANY])
    }

    /// Moves the clock to `10-08 14:00` of 2024 in Japan.
    pub(crate) fn clock_to(&self, text: &str) {
        let (day, time) = text.split_once(' ').unwrap();
        self.clock.set(at(&format!("2024-{day}T{time}:00+09:00")));
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

    /// A case of `company` with `expert`, begun by the counsellor.
    pub(crate) async fn begin(&self, company: &str, expert: &str) -> Case {
        self.counsellor().create_guidance(guidance(company, expert)).await.unwrap().into_inner().case.unwrap()
    }

    pub(crate) async fn get(&self, name: &str) -> Case {
        let request = GetCaseRequest { name: name.to_owned() };
        self.operator().get_case(request).await.unwrap().into_inner().case.unwrap()
    }

    /// Plans a visit of two hours.
    pub(crate) async fn plan(&self, case: &Case, from: &str) -> Result<Case, Status> {
        let request = PlanVisitRequest {
            name: case.name.clone(),
            start_time: wire(from),
            end_time: two_hours_after(from),
            ..Default::default()
        };
        Ok(self.counsellor().plan_visit(request).await?.into_inner().case.unwrap())
    }

    /// Reports it right after it ended.
    pub(crate) async fn hold(&self, case: &Case, number: i32, from: &str) -> Result<Case, Status> {
        self.clock.set(kit_log::clock_time(&two_hours_after(from).unwrap()));
        Ok(self.expert().hold_visit(held(case, number, from)).await?.into_inner().case.unwrap())
    }

    pub(crate) async fn confirm(&self, case: &Case, number: i32) -> Case {
        let request = |side: Side| ConfirmVisitRequest {
            name: case.name.clone(),
            visit: number,
            side: side.into(),
            ..Default::default()
        };
        self.company().confirm_visit(request(Side::Company)).await.unwrap();
        self.expert().confirm_visit(request(Side::Expert)).await.unwrap().into_inner().case.unwrap()
    }

    /// A case with its three visits held and confirmed, and completed.
    pub(crate) async fn completed(&self, company_and_days: (&str, [&str; 3])) -> Case {
        let (company, days) = company_and_days;
        let mut case = self.begin(company, EXPERT).await;
        let mut portal = self.by("user-of-it", Role::Portal, &[company]);
        for (number, day) in (1..).zip(days) {
            self.plan(&case, day).await.unwrap();
            self.hold(&case, number, day).await.unwrap();
            let request = |side: Side| ConfirmVisitRequest {
                name: case.name.clone(),
                visit: number,
                side: side.into(),
                ..Default::default()
            };
            portal.confirm_visit(request(Side::Company)).await.unwrap();
            self.expert().confirm_visit(request(Side::Expert)).await.unwrap();
        }
        let request = CompleteCaseRequest { name: case.name.clone(), ..Default::default() };
        case = self.counsellor().complete_case(request).await.unwrap().into_inner().case.unwrap();
        assert_eq!(case.facts.as_ref().unwrap().state(), CaseState::Completed);
        case
    }

    pub(crate) async fn history(&self, name: &str) -> Vec<Step> {
        let request = GetHistoryRequest { name: name.to_owned() };
        self.operator().get_history(request).await.unwrap().into_inner().steps
    }
}

pub(crate) fn company(name: &str) -> Option<CompanySnapshot> {
    let (industry, size) = ("automotive".to_owned(), "11_50".to_owned());
    Some(CompanySnapshot { company: name.to_owned(), industry, size, prefecture: "27".to_owned() })
}

pub(crate) fn guidance(of: &str, expert: &str) -> CreateGuidanceRequest {
    CreateGuidanceRequest {
        programme: "2024".to_owned(),
        region: "大阪".to_owned(),
        company: company(of),
        company_name: "見本製作所".to_owned(),
        expert: expert.to_owned(),
        theme: "T1".to_owned(),
        company_accept_time: wire("09-30 10:00"),
        expert_accept_time: wire("09-30 15:00"),
        sources: vec!["requests/r-1".to_owned()],
        ..Default::default()
    }
}

pub(crate) fn held(case: &Case, number: i32, from: &str) -> HoldVisitRequest {
    let texts = VisitTexts {
        number,
        place: "本社会議室".to_owned(),
        attendees: vec!["総務の担当者".to_owned()],
        deliverables: vec!["基本方針（案）".to_owned()],
        next_steps: "関連規程を読む".to_owned(),
        ..Default::default()
    };
    HoldVisitRequest {
        name: case.name.clone(),
        start_time: wire(from),
        end_time: two_hours_after(from),
        goals_reached: vec![1],
        tools: vec![ToolUse { tool: "self_check".to_owned(), supplemented: true }],
        texts: Some(texts),
        ..Default::default()
    }
}

pub(crate) fn answer(question: &str, value: Value) -> Answer {
    Answer { question: question.to_owned(), value: Some(value) }
}

pub(crate) fn choice(question: &str, code: &str) -> Answer {
    answer(question, Value::Choice(code.to_owned()))
}

pub(crate) fn choices(question: &str, codes: &[&str]) -> Answer {
    answer(question, Value::Choices(Choices { codes: codes.iter().map(|code| (*code).to_owned()).collect() }))
}

pub(crate) fn number(question: &str, number: i64) -> Answer {
    answer(question, Value::Number(number))
}

pub(crate) fn text(question: &str, text: &str) -> Answer {
    answer(question, Value::Text(text.to_owned()))
}

/// The seven marks on the expert, all alike.
pub(crate) fn marks(mark: i64) -> Vec<Answer> {
    let names = ["knowledge", "clarity", "fit", "time", "manner", "eagerness", "communication"];
    names.map(|name| number(name, mark)).to_vec()
}

fn two_hours_after(from: &str) -> Option<prost_types::Timestamp> {
    wire(from).map(|time| prost_types::Timestamp { seconds: time.seconds + 7_200, ..time })
}

fn own_name(folder: &TempDir) -> String {
    folder.path().file_name().unwrap().to_str().unwrap().to_owned()
}

fn postgres() -> String {
    let variable = "ACTIVELIST_TEST_POSTGRES_URL";
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run deploy/dev/with-servers cargo test -p engagement"))
}

async fn maintain(sql: &str) {
    let options = PgConnectOptions::from_str(&postgres()).unwrap();
    let mut connection = PgConnection::connect_with(&options).await.expect("PostgreSQL answers");
    connection.execute(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    connection.close().await.unwrap();
}
