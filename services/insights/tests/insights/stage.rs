//! The world of one test: three real logs, written to by the test itself, and the reports over them.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::str::FromStr as _;
use std::sync::Arc;

use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::{ListParkedRequest, Token};
use contract::insights::v1::reports_client::ReportsClient;
use contract::insights::v1::{GetReportRequest, Report, Scope};
use futures::FutureExt as _;
use insights::Started;
use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{Carrier, InProcess, Log, LogConfig, LogDeps, NewEvent, Origin, Source, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust, fault};
use prost::{Message, Name};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::transport::Channel;

/// Where the clock stands when a test begins.
pub(crate) const NOW: &str = "2025-03-01T09:00:00+09:00";

/// Where the logs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) keys: Arc<SqlKeys>,
    folder: TempDir,
    backend: Backend,
    logs: Vec<Log>,
    writing: CancellationToken,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

/// The reports, running over the logs of a stage.
pub(crate) struct Reports {
    pub(crate) started: Started,
    pub(crate) lifecycle: Lifecycle,
    channel: Channel,
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

pub(crate) fn reason_of(status: &Status) -> String {
    fault::reason_of(status).unwrap_or_else(|| format!("{status:?}"))
}

/// Fields and reasons of every fault.
pub(crate) fn faults_of(status: &Status) -> Vec<(String, String)> {
    fault::faults_of(status).into_iter().map(|fault| (fault.field, fault.reason)).collect()
}

impl Stage {
    async fn open(backend: Backend) -> Self {
        let folder = tempfile::Builder::new().prefix("insights.").tempdir_in("/var/tmp").unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let clock = Clock::standing_at(at(NOW));
        let keys = SqlKeys::open(&file("keys.db")).await.unwrap();
        let carrier: Arc<dyn Carrier> = InProcess::new();
        let (mut logs, mut writers, writing) = (Vec::new(), Vec::new(), CancellationToken::new());
        for service in ["engagement", "survey", "registry"] {
            let database = match backend {
                Backend::Sqlite => file(&format!("{service}.db")),
                Backend::Postgres => {
                    let name = own_name(&folder, service);
                    maintain(&format!("CREATE DATABASE \"{name}\"")).await;
                    let url = postgres();
                    let (server, _) = url.rsplit_once('/').expect("a database in ACTIVELIST_TEST_POSTGRES_URL");
                    format!("{server}/{name}")
                }
            };
            let (keys, carrier) = (keys.clone(), carrier.clone());
            let deps = LogDeps { clock: clock.clone(), ids: Ids::Random, keys, carrier };
            let config = LogConfig { service, database, steps: Vec::new(), group: 256 };
            let (log, tasks) = Log::open(config, deps).await.unwrap();
            writers.push(tokio::spawn(tasks.run(writing.clone())));
            logs.push(log);
        }
        Self { clock, carrier, keys, folder, backend, logs, writing, writers }
    }

    async fn end(self) {
        self.writing.cancel();
        futures::future::join_all(self.writers).await;
        for log in self.logs {
            log.database().close().await;
            if self.backend == Backend::Postgres {
                let name = own_name(&self.folder, log.service());
                maintain(&format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await;
            }
        }
    }

    pub(crate) fn log(&self, service: &str) -> &Log {
        self.logs.iter().find(|log| log.service() == service).unwrap()
    }

    /// Emits events in one transaction; the place of the last.
    pub(crate) async fn emit(&self, service: &str, events: Vec<NewEvent>) -> Token {
        let origin = Origin { actor: "test".to_owned(), ..Origin::default() };
        let done = self.log(service).writer().run(origin, move |unit| {
            Box::pin(async move {
                for event in events {
                    unit.emit(event);
                }
                Ok::<_, kit_log::Error>(())
            })
        });
        done.await.unwrap().token
    }

    /// The reports over these logs, read to their heads.
    pub(crate) async fn reports(&self) -> Reports {
        let source = |service: &str| -> Arc<dyn Source> { Arc::new(self.log(service).clone()) };
        self.reports_over([source("engagement"), source("survey"), source("registry")]).await
    }

    pub(crate) async fn reports_over(&self, sources: [Arc<dyn Source>; 3]) -> Reports {
        let log = LogDeps {
            clock: self.clock.clone(),
            ids: Ids::Random,
            keys: self.keys.clone(),
            carrier: self.carrier.clone(),
        };
        let reports = Reports::start(log, sources).await;
        reports.started.ready().await;
        reports
    }
}

impl Reports {
    pub(crate) async fn start(log: LogDeps, sources: [Arc<dyn Source>; 3]) -> Self {
        let lifecycle = Lifecycle::new();
        let [engagement, survey, registry] = sources;
        let deps = insights::Deps { log, lifecycle: lifecycle.clone(), engagement, survey, registry };
        let started = insights::start(insights::Config::default(), deps);
        // The clients of a test are still there when it ends: nobody is waited for.
        let limits = Limits { farewell: std::time::Duration::ZERO, ..Default::default() };
        let server = started.mount(Server::new(limits, Trust::Near));
        let server = server.add_service(started.log_service().into_server());
        let (channel, inside) = kit_serve::in_process();
        server.serve([inside], &lifecycle).await.unwrap();
        Self { started, lifecycle, channel }
    }

    pub(crate) async fn end(self) {
        self.lifecycle.shutdown().await;
    }

    pub(crate) fn inside(&self, role: Role) -> Client {
        Client::new(self.channel.clone(), Some(&Caller::new("somebody", [role]))).unwrap()
    }

    pub(crate) fn client(&self, role: Role) -> ReportsClient<Client> {
        ReportsClient::new(self.inside(role))
    }

    /// The types of the events that were set aside.
    pub(crate) async fn set_aside(&self) -> Vec<String> {
        let caller = Caller::new("operator-1", [Role::Operator]);
        let mut log = EventLogClient::new(Client::new(self.channel.clone(), Some(&caller)).unwrap());
        let parked = log.list_parked(ListParkedRequest::default()).await.unwrap().into_inner().parked;
        parked.into_iter().map(|parked| parked.r#type).collect()
    }

    /// Asks as an operator.
    pub(crate) async fn ask(&self, request: GetReportRequest) -> Result<Report, Status> {
        Ok(self.client(Role::Operator).get_report(request).await?.into_inner().report.unwrap())
    }

    /// A report over everything, as it stands now.
    pub(crate) async fn report(&self, name: &str) -> Report {
        self.ask(GetReportRequest { report: name.to_owned(), ..Default::default() }).await.unwrap()
    }

    /// A report of the programme of 2024.
    pub(crate) async fn of_2024(&self, name: &str) -> Report {
        let scope = Some(Scope { programme: "2024".to_owned(), ..Scope::default() });
        self.ask(GetReportRequest { report: name.to_owned(), scope, ..Default::default() }).await.unwrap()
    }
}

/// An event of an aggregate.
pub(crate) fn event<B: Message + Name>(kind: &'static str, id: &str, body: &B) -> NewEvent {
    NewEvent::new(kind, id, body)
}

fn own_name(folder: &TempDir, service: &str) -> String {
    format!("{}.{service}", folder.path().file_name().unwrap().to_str().unwrap())
}

fn postgres() -> String {
    let variable = "ACTIVELIST_TEST_POSTGRES_URL";
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run deploy/dev/with-servers cargo test -p insights"))
}

async fn maintain(sql: &str) {
    let options = PgConnectOptions::from_str(&postgres()).unwrap();
    let mut connection = PgConnection::connect_with(&options).await.expect("PostgreSQL answers");
    connection.execute(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    connection.close().await.unwrap();
}
