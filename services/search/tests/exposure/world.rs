//! Searches of the test's own over a survey's and a registry's log without their services: the tests write the events.

use std::future::Future;
use std::sync::Arc;

use contract::event::v1::Token;
use contract::registry::v1::{ConsentPurpose, ExpertChanged, ExpertPerson, ExpertState, ExpertTerms};
use contract::search::v1::expert_search_client::ExpertSearchClient;
use contract::search::v1::*;
use contract::survey::v1::{Mark, MenuRating, Rating, RatingChanged};
use futures::FutureExt as _;
use kit_clock::{Clock, Ids};
use kit_log::{InProcess, Log, LogConfig, LogDeps, NewEvent, Origin, ReadFrom, Source as _, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust};
use prost::Message as _;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _, SqliteConnection};
use tonic::Status;

/// The moment at which the clock stands at first.
pub(crate) const NOW: &str = "2025-02-03T12:00:00+09:00";

/// The same test on both databases, each under its own name.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                crate::world::on(crate::world::Kind::Sqlite, super::$name).await;
            }

            #[tokio::test]
            async fn postgres() {
                crate::world::on(crate::world::Kind::Postgres, super::$name).await;
            }
        }
    )*};
}
pub(crate) use on_both;

pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Runs a test on a database that nobody else has, and removes it whatever the test did.
pub(crate) async fn on<F: Future<Output = ()>>(kind: Kind, test: impl FnOnce(World) -> F) {
    let folder = tempfile::tempdir().expect("a directory");
    let (database, maintenance) = match kind {
        Kind::Sqlite => (format!("sqlite:{}", folder.path().join("search.db").display()), None),
        Kind::Postgres => {
            let maintenance = std::env::var("ACTIVELIST_TEST_POSTGRES_URL").expect(
                "ACTIVELIST_TEST_POSTGRES_URL must name a PostgreSQL: run this through deploy/dev/with-servers",
            );
            let name = format!("search_{}", Ids::Random.fresh().replace('-', ""));
            ask(&maintenance, format!("CREATE DATABASE {name}")).await;
            let (server, _) = maintenance.rsplit_once('/').expect("a URL with a database");
            (format!("{server}/{name}"), Some((maintenance.clone(), name)))
        }
    };
    let world = World::new(folder.path(), database, maintenance.clone()).await;
    let outcome = std::panic::AssertUnwindSafe(test(world)).catch_unwind().await;
    if let Some((maintenance, name)) = maintenance {
        ask(&maintenance, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

async fn ask(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.expect("the PostgreSQL of the test can be reached");
    connection.execute(AssertSqlSafe(sql).into_sql_str()).await.expect("it does what it is asked");
}

/// What searches live in.
pub(crate) struct World {
    pub(crate) clock: Clock,
    database: String,
    /// A way to the server's maintenance database, and the name of ours; none on SQLite.
    server: Option<(String, String)>,
    deps: LogDeps,
    survey: Log,
    registry: Log,
}

impl World {
    async fn new(folder: &std::path::Path, database: String, server: Option<(String, String)>) -> Self {
        let url = |name: &str| format!("sqlite:{}", folder.join(name).display());
        let keys = SqlKeys::open(&url("keys.db")).await.expect("keys");
        let clock = Clock::standing_at(NOW.parse().expect("a time"));
        let deps = LogDeps { clock: clock.clone(), ids: Ids::Random, keys, carrier: InProcess::new() };
        let mut logs = Vec::new();
        for service in ["survey", "registry"] {
            let config = LogConfig { service, database: url(service), steps: vec![], group: 256 };
            let (log, tasks) = Log::open(config, deps.clone()).await.expect("a log");
            tokio::spawn(tasks.run(tokio_util::sync::CancellationToken::new()));
            logs.push(log);
        }
        let (registry, survey) = (logs.pop().expect("two"), logs.pop().expect("two"));
        Self { clock, database, server, deps, survey, registry }
    }

    /// A search, complete, reached over gRPC.
    pub(crate) async fn replica(&self) -> Replica {
        let (survey, registry) = (Arc::new(self.survey.clone()), Arc::new(self.registry.clone()));
        let lifecycle = Lifecycle::new();
        let deps =
            search::Deps { log: self.deps.clone(), lifecycle: lifecycle.clone(), survey, registry, engagement: None };
        let started = search::start(search::Config::new(&self.database), deps).await.expect("search");
        let (channel, incoming) = kit_serve::in_process();
        let server = started.mount(Server::new(Limits::default(), Trust::Near));
        server.serve([incoming], &lifecycle).await.expect("a server");
        started.ready().await;
        Replica { started, lifecycle, client: Client::new(channel, None).expect("a client") }
    }

    async fn emit(&self, log: &Log, event: NewEvent) -> Token {
        let emitted = log.writer().run(Origin::default(), move |unit| {
            Box::pin(async move {
                unit.emit(event);
                Ok::<(), kit_log::Error>(())
            })
        });
        emitted.await.expect("an event").token
    }

    /// Tells of an expert of one prefecture, with a mark and points in M5.
    pub(crate) async fn tell(&self, id: &str, prefecture: &str, m5: (Mark, i32), state: ExpertState) {
        let person = format!("p-{id}");
        let menu = MenuRating { menu: "M5".to_owned(), mark: m5.0 as i32, points: m5.1, ..Default::default() };
        let rating = Rating { respondent_id: person.clone(), menus: vec![menu], ..Default::default() };
        let rated = RatingChanged { rating: Some(rating), ..Default::default() };
        self.emit(&self.survey, NewEvent::new("rating", &person, &rated)).await;
        let terms = ExpertTerms { prefectures: vec![prefecture.to_owned()], ..Default::default() };
        let entry = ExpertChanged {
            expert_id: id.to_owned(),
            respondent_id: person,
            terms: Some(terms),
            state: state as i32,
            consents: vec![ConsentPurpose::Listing as i32],
            ..Default::default()
        };
        let personal = ExpertPerson { registration_number: number(id), ..Default::default() };
        self.emit(&self.registry, NewEvent::new("expert", id, &entry).personal(id, &personal)).await;
    }

    /// Makes the database refuse every write until what this answers is dropped or awaited by [`Away::over`].
    pub(crate) async fn away(&self) -> Away {
        match &self.server {
            Some((maintenance, name)) => {
                ask(maintenance, format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).await;
                let all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
                ask(maintenance, all).await;
                Away::Postgres(maintenance.clone(), name.clone())
            }
            None => {
                let mut other = SqliteConnection::connect(&self.database).await.expect("the file");
                other.execute("BEGIN IMMEDIATE").await.expect("the lock");
                Away::Sqlite(other)
            }
        }
    }
}

/// A database that is away.
pub(crate) enum Away {
    Postgres(String, String),
    Sqlite(SqliteConnection),
}

impl Away {
    pub(crate) async fn over(self) {
        match self {
            Self::Postgres(maintenance, name) => {
                ask(&maintenance, format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")).await;
            }
            Self::Sqlite(other) => other.close().await.expect("it lets go"),
        }
    }
}

/// The registration number of an expert: the digits of its id.
pub(crate) fn number(id: &str) -> String {
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    format!("{digits:0>6}")
}

/// A running search.
pub(crate) struct Replica {
    pub(crate) started: search::Started,
    pub(crate) lifecycle: Lifecycle,
    client: Client,
}

pub(crate) fn portal(subject: &str) -> Caller {
    Caller::new(subject, [Role::Portal])
}

impl Replica {
    pub(crate) fn as_of(&self, caller: &Caller) -> ExpertSearchClient<Client> {
        ExpertSearchClient::new(self.client.acting_as(caller).expect("a caller"))
    }

    fn anybody(&self) -> ExpertSearchClient<Client> {
        self.as_of(&Caller::new("anybody", []))
    }

    pub(crate) async fn search(&self, request: SearchExpertsRequest) -> SearchExpertsResponse {
        self.anybody().search_experts(request).await.expect("hits").into_inner()
    }

    /// Searches a prefecture.
    pub(crate) async fn look_in(&self, prefecture: &str) {
        let conditions = Some(Conditions { prefectures: vec![prefecture.to_owned()], ..Default::default() });
        self.search(SearchExpertsRequest { conditions, ..Default::default() }).await;
    }

    pub(crate) async fn sheet(&self, request: GetSheetRequest) {
        self.anybody().get_sheet(request).await.expect("a sheet");
    }

    pub(crate) async fn record(
        &self,
        caller: &Caller,
        request_id: &str,
        kind: ExposureKind,
        experts: &[&str],
    ) -> Result<bool, Status> {
        let experts = experts.iter().map(|id| format!("experts/{id}")).collect();
        let request = RecordExposureRequest { request_id: request_id.to_owned(), kind: kind.into(), experts };
        Ok(self.as_of(caller).record_exposure(request).await?.into_inner().repeated_request)
    }

    pub(crate) async fn report(&self, request: GetExposureRequest) -> Result<GetExposureResponse, Status> {
        let operator = Caller::new("operator-1", [Role::Operator]);
        Ok(self.as_of(&operator).get_exposure(request).await?.into_inner())
    }

    /// What was written so far of everybody listed: shown, on first pages, opened, introduced.
    pub(crate) async fn totals(&self) -> [i64; 4] {
        let report = self.report(GetExposureRequest::default()).await.expect("a report");
        std::array::from_fn(|kind| report.spreads[kind].total)
    }

    /// What the log tells, added up: experts, shown, on first pages, opened, introduced.
    pub(crate) async fn told(&self) -> Vec<ExposureCounted> {
        let page = self.started.log().read(ReadFrom { compacted: true, ..Default::default() }).await.expect("a page");
        let body = |event: &contract::event::v1::Event| {
            assert_eq!((event.aggregate_type.as_str(), event.key_id.as_str()), ("exposure", ""));
            ExposureCounted::decode(event.clear.as_ref()).expect("an event of exposure")
        };
        page.events.iter().map(body).collect()
    }
}
