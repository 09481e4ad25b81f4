//! The world of one test: a register with a database of its own, a survey's log before it, and clients inside the process.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use contract::event::v1::{Event, Token};
use contract::registry::v1::companies_client::CompaniesClient;
use contract::registry::v1::expert_registry_client::ExpertRegistryClient;
use contract::registry::v1::*;
use futures::FutureExt as _;
use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{
    InProcess, KeyStore as _, Log, LogConfig, LogDeps, NewEvent, Origin, ReadFrom, Source, SqlKeys, wire_time,
};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust, fault};
use prost::Message as _;
use registry::{Config, Review, Started};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use tempfile::TempDir;
use tonic::Status;
use tonic::transport::Channel;

use crate::submission::Submission;

/// The longest a condition may be waited for. Far beyond what is needed, for slow machines.
const LONG: Duration = Duration::from_secs(60);
/// Where the clock stands when a test begins.
pub(crate) const NOW: &str = "2025-02-03T12:00:00+09:00";

/// Where the register keeps its state.
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
    survey: Log,
    started: Started,
    channel: Channel,
    lifecycle: Lifecycle,
    database: String,
}

/// One more process of the register, on the same database.
pub(crate) struct Replica {
    started: Started,
    lifecycle: Lifecycle,
}

impl Replica {
    pub(crate) async fn end(self) {
        self.lifecycle.shutdown().await;
        self.started.log().database().close().await;
    }
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

pub(crate) fn wire(text: &str) -> prost_types::Timestamp {
    wire_time(at(text))
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
        let folder = tempfile::Builder::new().prefix("registry.").tempdir_in("/var/tmp").unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let database = match backend {
            Backend::Sqlite => file("registry.db"),
            Backend::Postgres => {
                maintain(&format!("CREATE DATABASE \"{}\"", own_name(&folder))).await;
                let url = postgres();
                let (server, _) = url.rsplit_once('/').expect("a database in ACTIVELIST_TEST_POSTGRES_URL");
                format!("{server}/{}", own_name(&folder))
            }
        };
        let clock = Clock::standing_at(at(NOW));
        let keys = SqlKeys::open(&file("keys.db")).await.unwrap();
        let carrier = InProcess::new();
        let deps = LogDeps { clock: clock.clone(), ids: Ids::Random, keys: keys.clone(), carrier };
        let lifecycle = Lifecycle::new();
        let survey = survey_log(file("survey.db"), deps.clone(), &lifecycle).await;

        let deps = registry::Deps { log: deps, lifecycle: lifecycle.clone(), survey: Arc::new(survey.clone()) };
        let started = registry::start(config(&database, Review::Off), deps).await.unwrap();
        // The clients of a test are still there when it ends: nobody is waited for.
        let limits = Limits { farewell: Duration::ZERO, ..Default::default() };
        let server = started.mount(Server::new(limits, Trust::Near));
        let server = server.add_service(started.log_service().into_server());
        let (channel, inside) = kit_serve::in_process();
        server.serve([inside], &lifecycle).await.unwrap();
        Self { clock, keys, folder, backend, survey, started, channel, lifecycle, database }
    }

    /// Starts one more process of the register.
    pub(crate) async fn replica(&self, review: Review) -> Replica {
        let (clock, keys, carrier) = (self.clock.clone(), self.keys.clone(), InProcess::new());
        let log = LogDeps { clock, ids: Ids::Random, keys, carrier };
        let lifecycle = Lifecycle::new();
        let deps = registry::Deps { log, lifecycle: lifecycle.clone(), survey: Arc::new(self.survey.clone()) };
        let started = registry::start(config(&self.database, review), deps).await.unwrap();
        Replica { started, lifecycle }
    }

    /// Writes SQL, as nobody but a test does.
    pub(crate) async fn sql(&self, sql: &'static str) {
        let log = self.log();
        let done = log.writer().run(kit_log::Origin::default(), move |unit| {
            Box::pin(async move { unit.execute(sql, &[]).await.map(drop) })
        });
        done.await.unwrap();
    }

    /// Waits until a condition holds.
    pub(crate) async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let waiting = async {
            let mut again = tokio::time::interval(Duration::from_millis(20));
            loop {
                again.tick().await;
                if holds().await {
                    return;
                }
            }
        };
        tokio::time::timeout(LONG, waiting).await.unwrap_or_else(|_| panic!("{what} did not come"));
    }

    async fn end(self) {
        self.lifecycle.shutdown().await;
        self.started.log().database().close().await;
        if self.backend == Backend::Postgres {
            maintain(&format!("DROP DATABASE \"{}\" WITH (FORCE)", own_name(&self.folder))).await;
        }
    }

    /// The register's own log.
    pub(crate) fn log(&self) -> Log {
        self.started.log()
    }

    pub(crate) fn client(&self, caller: &Caller) -> Client {
        Client::new(self.channel.clone(), Some(caller)).unwrap()
    }

    /// The register, called by somebody.
    pub(crate) fn by(&self, subject: &str, role: Role) -> ExpertRegistryClient<Client> {
        ExpertRegistryClient::new(self.client(&Caller::new(subject, [role])))
    }

    /// The register, called by an operator.
    pub(crate) fn operator(&self) -> ExpertRegistryClient<Client> {
        self.by("operator-1", Role::Operator)
    }

    /// The companies, called by somebody who owns these.
    pub(crate) fn companies_by(&self, subject: &str, role: Role, owns: &[&str]) -> CompaniesClient<Client> {
        let owns = owns.iter().map(|name| (*name).to_owned()).collect();
        CompaniesClient::new(self.client(&Caller { owns, ..Caller::new(subject, [role]) }))
    }

    /// The companies, called by an operator.
    pub(crate) fn companies(&self) -> CompaniesClient<Client> {
        self.companies_by("operator-1", Role::Operator, &[])
    }

    /// Moves the clock.
    pub(crate) fn clock_to(&self, text: &str) {
        self.clock.set(at(text));
    }

    /// Emits the events of a submission in the survey's log, and waits until the register has read them.
    pub(crate) async fn submit(&self, submission: &Submission) -> Token {
        let token = self.send(submission).await;
        self.has_read(&token).await;
        token
    }

    /// Emits the events of a submission in the survey's log.
    pub(crate) async fn send(&self, submission: &Submission) -> Token {
        let (origin, submission) = (submission.origin(), submission.clone());
        let emitted = self.survey.writer().run(origin, move |unit| {
            Box::pin(async move {
                submission.emit(unit);
                Ok::<_, kit_log::Error>(())
            })
        });
        emitted.await.unwrap().token
    }

    /// Emits another event in the survey's log, by an operator, and waits likewise.
    pub(crate) async fn tell(&self, event: NewEvent) -> Token {
        let origin = Origin { actor: "operator-9".to_owned(), ..Default::default() };
        let emitted = self.survey.writer().run(origin, move |unit| {
            Box::pin(async move {
                unit.emit(event);
                Ok::<_, kit_log::Error>(())
            })
        });
        let token = emitted.await.unwrap().token;
        self.has_read(&token).await;
        token
    }

    pub(crate) async fn has_read(&self, token: &Token) {
        let reading = async {
            let mut again = tokio::time::interval(Duration::from_millis(5));
            loop {
                again.tick().await;
                let consumed = Source::head(&self.log()).await.unwrap().consumed;
                if consumed.iter().any(|read| read.epoch == token.epoch && read.position >= token.position) {
                    return;
                }
            }
        };
        tokio::time::timeout(LONG, reading).await.expect("the register reads the survey's log");
    }

    /// Another life of the survey's log: the register has to read it from nothing.
    pub(crate) async fn renew_survey(&self) -> Token {
        self.survey.renew_epoch(&Ids::Random.fresh()).await.unwrap();
        let head = Source::head(&self.survey).await.unwrap().head.unwrap();
        self.has_read(&head).await;
        head
    }

    /// Every event of the register, in order.
    pub(crate) async fn events(&self) -> Vec<(Event, ExpertChanged)> {
        let body = |event: &Event| ExpertChanged::decode(event.clear.clone()).unwrap();
        let told = self.told().await.into_iter().filter(|event| event.aggregate_type == "expert");
        told.map(|event| (event.clone(), body(&event))).collect()
    }

    /// Every event of the register as it stands in the log, in order.
    pub(crate) async fn told(&self) -> Vec<Event> {
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

    /// The personal body of an event.
    pub(crate) async fn person_in(&self, event: &Event) -> ExpertPerson {
        let keys = self.keys.find(std::slice::from_ref(&event.key_id)).await.unwrap();
        ExpertPerson::decode(keys[&event.key_id].open(&event.id, &event.personal).unwrap().as_slice()).unwrap()
    }

    /// The expert of a registration number.
    pub(crate) async fn expert(&self, number: &str) -> Expert {
        let request = ListExpertsRequest { registration_number: number.to_owned(), ..Default::default() };
        let mut found = self.operator().list_experts(request).await.unwrap().into_inner().experts;
        assert_eq!(found.len(), 1, "experts with the number {number}");
        found.remove(0)
    }

    /// The expert of a name.
    pub(crate) async fn get(&self, name: &str) -> Expert {
        let answer = self.operator().get_expert(GetExpertRequest { name: name.to_owned() }).await.unwrap();
        answer.into_inner().expert.unwrap()
    }

    /// Takes a complete response over and answers the expert, who is listed.
    pub(crate) async fn listed(&self, number: &str) -> Expert {
        self.submit(&Submission::complete(number)).await;
        let expert = self.expert(number).await;
        assert_eq!(expert.state(), ExpertState::Listed);
        expert
    }

    pub(crate) async fn set_consent(&self, name: &str, purpose: ConsentPurpose, given: bool) -> Expert {
        let request = SetConsentRequest { name: name.to_owned(), purpose: purpose.into(), given, ..Default::default() };
        self.operator().set_consent(request).await.unwrap().into_inner().expert.unwrap()
    }

    pub(crate) async fn update(&self, expert: Expert, paths: &[&str]) -> Result<Expert, Status> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = Some(prost_types::FieldMask { paths });
        let request = UpdateExpertRequest { expert: Some(expert), update_mask, ..Default::default() };
        Ok(self.operator().update_expert(request).await?.into_inner().expert.unwrap())
    }

    /// A review at a moment, to which the clock moves.
    pub(crate) async fn review(&self, as_of: &str) -> ReviewListingsResponse {
        self.clock_to(as_of);
        let request = ReviewListingsRequest { as_of: Some(wire(as_of)), validate_only: false };
        self.operator().review_listings(request).await.unwrap().into_inner()
    }

    /// From, to and why of every step.
    pub(crate) async fn steps(&self, name: &str) -> Vec<(ExpertState, ExpertState, String)> {
        let request = ListStateChangesRequest { name: name.to_owned() };
        let changes = self.operator().list_state_changes(request).await.unwrap().into_inner().changes;
        changes.into_iter().map(|change| (change.from(), change.to(), change.reason)).collect()
    }
}

/// Reasons of what speaks against listing.
pub(crate) fn obstacles(expert: &Expert) -> Vec<&str> {
    expert.obstacles.iter().map(|obstacle| obstacle.reason.as_str()).collect()
}

fn config(database: &str, review: Review) -> Config {
    Config { review, ..Config::new(database) }
}

async fn survey_log(database: String, deps: LogDeps, lifecycle: &Lifecycle) -> Log {
    let config = LogConfig { service: "survey", database, steps: vec![], group: 256 };
    let (log, tasks) = Log::open(config, deps).await.unwrap();
    let stop = lifecycle.soft();
    lifecycle.spawn("survey", async move {
        tasks.run(stop).await;
        Ok::<_, std::convert::Infallible>(())
    });
    log
}

fn own_name(folder: &TempDir) -> String {
    folder.path().file_name().unwrap().to_str().unwrap().to_owned()
}

fn postgres() -> String {
    let variable = "ACTIVELIST_TEST_POSTGRES_URL";
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run deploy/dev/with-servers cargo test -p registry"))
}

async fn maintain(sql: &str) {
    let options = PgConnectOptions::from_str(&postgres()).unwrap();
    let mut connection = PgConnection::connect_with(&options).await.expect("PostgreSQL answers");
    connection.execute(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    connection.close().await.unwrap();
}
