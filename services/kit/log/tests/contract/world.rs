//! The world of one test: databases, keys and a broker of its own.

use std::collections::HashSet;
use std::fs;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use contract::survey::v1::{Rating, RatingChanged};
use futures::FutureExt as _;
use kit_clock::{Clock, Ids};
use kit_log::sql::Step;
use kit_log::{
    Carrier, Committed, Cursor, Error, InProcess, Log, LogConfig, LogDeps, Nats, NatsConfig, NewEvent, Origin, Source,
    SqlKeys, Unit, args,
};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The longest a condition may be waited for. Far beyond what is needed, for slow machines.
pub(crate) const LONG: Duration = Duration::from_secs(60);
pub(crate) const NOW: &str = "2025-02-03T12:00:00+09:00";

const TABLES: Step = Step {
    number: 100,
    about: "what a test's service keeps",
    sql: "CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
          CREATE TABLE mirror (aggregate TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, personal TEXT NOT NULL);
          CREATE TABLE effect (position BIGINT NOT NULL PRIMARY KEY, times BIGINT NOT NULL);",
};

/// How the logs of a world are kept and carried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    postgres: bool,
    nats: bool,
}

impl Shape {
    pub(crate) const SQLITE_IN_PROCESS: Self = Self { postgres: false, nats: false };
    pub(crate) const SQLITE_NATS: Self = Self { postgres: false, nats: true };
    pub(crate) const POSTGRES_IN_PROCESS: Self = Self { postgres: true, nats: false };
    pub(crate) const POSTGRES_NATS: Self = Self { postgres: true, nats: true };
}

/// `quick` for a usual run, `whole` for a campaign.
pub(crate) fn count(quick: usize, whole: usize) -> usize {
    if campaign::is_on() { whole } else { quick }
}

fn needed(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run deploy/dev/with-servers cargo test"))
}

/// Runs a test in a new world and takes the world down, whatever becomes of the test.
pub(crate) async fn within(shape: Shape, test: impl AsyncFnOnce(&World)) {
    let world = World::new(shape).await;
    let done = AssertUnwindSafe(test(&world)).catch_unwind().await;
    world.end().await;
    if let Err(panic) = done {
        resume_unwind(panic);
    }
}

/// Asks `look` every few milliseconds until it answers something.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let asking = async {
        let mut again = tokio::time::interval(Duration::from_millis(10));
        loop {
            again.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    tokio::time::timeout(LONG, asking).await.unwrap_or_else(|_| panic!("never happened within {LONG:?}: {what}"))
}

pub(crate) struct World {
    shape: Shape,
    folder: TempDir,
    pub(crate) server: Option<Mutex<NatsServer>>,
    in_process: Arc<InProcess>,
    pub(crate) keys: Arc<SqlKeys>,
    pub(crate) clock: Clock,
    databases: Mutex<HashSet<String>>,
}

impl World {
    async fn new(shape: Shape) -> Self {
        let folder = tempfile::Builder::new().prefix("activelist.").tempdir_in("/var/tmp").unwrap();
        let server =
            if shape.nats { Some(Mutex::new(NatsServer::start(&folder.path().join("nats")).await)) } else { None };
        let keys = SqlKeys::open(&format!("sqlite:{}", folder.path().join("keys.db").display())).await.unwrap();
        let clock = Clock::standing_at(NOW.parse().unwrap());
        let databases = Mutex::default();
        Self { shape, folder, server, in_process: InProcess::new(), keys, clock, databases }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How its logs are kept and carried, in words.
    pub(crate) const fn name(&self) -> &'static str {
        match self.shape {
            Shape { postgres: false, nats: false } => "SQLite, in process",
            Shape { postgres: false, nats: true } => "SQLite, NATS",
            Shape { postgres: true, nats: false } => "PostgreSQL, in process",
            Shape { postgres: true, nats: true } => "PostgreSQL, NATS",
        }
    }

    pub(crate) const fn is_postgres(&self) -> bool {
        self.shape.postgres
    }

    /// The URL of this world's database of that name, made when it is asked for first.
    pub(crate) async fn database(&self, name: &str) -> String {
        if !self.shape.postgres {
            return format!("sqlite:{}", self.folder.path().join(format!("{name}.db")).display());
        }
        let own = self.postgres_name(name);
        if self.databases.lock().unwrap().insert(own.clone()) {
            maintain(&format!("CREATE DATABASE {own}")).await;
        }
        postgres_url(&own)
    }

    fn postgres_name(&self, name: &str) -> String {
        let unique = self.folder.path().file_name().unwrap().to_str().unwrap();
        format!("\"{unique}.{name}\"")
    }

    /// Keeps a copy of a database as it is now. Nobody may be connected to it.
    pub(crate) async fn copy_database(&self, from: &str, to: &str) {
        if self.shape.postgres {
            let own = self.postgres_name(to);
            self.databases.lock().unwrap().insert(own.clone());
            maintain(&format!("CREATE DATABASE {own} TEMPLATE {}", self.postgres_name(from))).await;
        } else {
            let file = |name: &str| self.folder.path().join(format!("{name}.db"));
            assert!(!file(from).with_extension("db-wal").exists(), "closed, and so written back");
            fs::copy(file(from), file(to)).unwrap();
        }
    }

    /// A new connection to the world's carrier.
    pub(crate) async fn carrier(&self) -> Arc<dyn Carrier> {
        match &self.server {
            None => self.in_process.clone(),
            Some(server) => {
                let url = server.lock().unwrap().url();
                Nats::connect(NatsConfig::single(&url)).await.unwrap()
            }
        }
    }

    pub(crate) async fn deps(&self) -> LogDeps {
        let carrier = self.carrier().await;
        LogDeps { clock: self.clock.clone(), ids: Ids::Random, keys: self.keys.clone(), carrier }
    }

    /// Opens the log of a service, in the database of the same name.
    pub(crate) async fn service(&self, name: &'static str) -> Service {
        Service::open(name, self.database(name).await, self.deps().await).await.unwrap()
    }

    async fn end(self) {
        if self.shape.postgres {
            for name in self.databases.into_inner().unwrap() {
                maintain(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
    }
}

pub(crate) fn postgres_url(database: &str) -> String {
    let url = needed("ACTIVELIST_TEST_POSTGRES_URL");
    let (server, _) = url.rsplit_once('/').expect("a database in ACTIVELIST_TEST_POSTGRES_URL");
    format!("{server}/{}", database.trim_matches('"'))
}

async fn maintain(sql: &str) {
    let options = PgConnectOptions::from_str(&needed("ACTIVELIST_TEST_POSTGRES_URL")).unwrap();
    let mut connection = PgConnection::connect_with(&options).await.expect("PostgreSQL answers");
    connection.execute(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    connection.close().await.unwrap();
}

/// An open log with its tasks.
pub(crate) struct Service {
    pub(crate) log: Log,
    pub(crate) deps: LogDeps,
    stop: CancellationToken,
    tasks: JoinHandle<()>,
}

impl Service {
    pub(crate) async fn open(service: &'static str, database: String, deps: LogDeps) -> Result<Self, Error> {
        let config = LogConfig { service, database, steps: vec![TABLES], group: 256 };
        let (log, tasks) = Log::open(config, deps.clone()).await?;
        let stop = CancellationToken::new();
        let tasks = tokio::spawn(tasks.run(stop.clone()));
        Ok(Self { log, deps, stop, tasks })
    }

    /// As a process ends that was asked to.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.tasks.await.unwrap();
        self.log.database().close().await;
    }

    /// As a process ends that was killed.
    pub(crate) async fn kill(self) {
        self.tasks.abort();
        let _ = self.tasks.await;
        self.log.database().close().await;
    }

    pub(crate) async fn write(&self, id: &str, value: &str) -> Committed<()> {
        write(&self.log, id, value).await.unwrap()
    }

    /// The value of each item, as this service keeps them.
    pub(crate) async fn items(&self) -> Vec<(String, String)> {
        let mut session = self.log.read_session().await.unwrap();
        let rows = session.rows("SELECT id, value FROM item ORDER BY id", &[]).await.unwrap();
        rows.iter().map(|row| (row.text("id").unwrap(), row.text("value").unwrap())).collect()
    }

    /// Where the log stands in its database.
    pub(crate) async fn head(&self) -> Cursor {
        let head = Source::head(&self.log).await.unwrap().head.unwrap();
        Cursor { epoch: head.epoch, position: head.position }
    }
}

/// The event by which the tests tell that an item has a value.
pub(crate) fn rating(id: &str, value: &str) -> NewEvent {
    let rating = Rating { respondent_id: id.to_owned(), response: value.to_owned(), ..Default::default() };
    NewEvent::new("rating", id, &RatingChanged { rating: Some(rating), ..Default::default() })
}

/// Sets an item to a value, and says so.
pub(crate) async fn put(unit: &mut Unit, id: &str, value: &str) -> Result<(), Error> {
    let sql = "INSERT INTO item (id, value) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET value = excluded.value";
    unit.execute(sql, args![id, value]).await?;
    unit.emit(rating(id, value));
    Ok(())
}

pub(crate) async fn write(log: &Log, id: &str, value: &str) -> Result<Committed<()>, Error> {
    write_as(log, Origin { actor: "test".to_owned(), ..Origin::default() }, id, value).await
}

pub(crate) async fn write_as(log: &Log, origin: Origin, id: &str, value: &str) -> Result<Committed<()>, Error> {
    let (id, value) = (id.to_owned(), value.to_owned());
    log.writer().run(origin, move |unit| Box::pin(async move { put(unit, &id, &value).await })).await
}

/// A random sequence that the seed decides.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }

    pub(crate) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }
}

/// Whom the server of a world lets in.
pub(crate) const NATS_USER: &str = "tests";
pub(crate) const NATS_PASSWORD: &str = "of-this-world";
/// What it has for its streams. Left to itself it takes three quarters of what is free, and on a small disk finds no room.
pub(crate) const SERVER_ROOM: i64 = 4 << 30;

/// A nats-server of the test's own, on the same port through all its restarts.
pub(crate) struct NatsServer {
    process: Option<Child>,
    home: PathBuf,
    port: u16,
}

impl NatsServer {
    async fn start(home: &Path) -> Self {
        let mut server = Self { process: None, home: home.to_owned(), port: 0 };
        server.run();
        server.port = server.listens().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://{NATS_USER}:{NATS_PASSWORD}@127.0.0.1:{}", self.port)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.home.join("store")
    }

    /// Starts the server again; clients connect by themselves when it listens.
    pub(crate) fn run(&mut self) {
        fs::create_dir_all(&self.home).unwrap();
        let (store, ports) = (self.store(), self.home.join("ports"));
        let _ = fs::remove_dir_all(&ports);
        fs::create_dir_all(&ports).unwrap();
        let port = if self.port == 0 { -1 } else { i32::from(self.port) };
        let (store, ports) = (store.display(), ports.display());
        let settings = format!(
            "listen: \"127.0.0.1:{port}\"\nports_file_dir: \"{ports}\"\n\
             jetstream {{ store_dir: \"{store}\", sync_interval: always, max_file_store: {SERVER_ROOM} }}\n\
             authorization {{ user: {NATS_USER}, password: {NATS_PASSWORD} }}\n"
        );
        let config = self.home.join("nats.conf");
        fs::write(&config, settings).unwrap();
        let log = fs::File::create(self.home.join("log")).unwrap();
        // The server dies with the test, also when that is killed.
        let program = needed("ACTIVELIST_TEST_NATS_SERVER");
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", &program, "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("nats-server starts");
        self.process = Some(process);
    }

    async fn listens(&self) -> u16 {
        let ports = self.home.join("ports");
        eventually("nats-server tells its port", || async {
            let file = fs::read_dir(&ports).unwrap().next()?.unwrap().path();
            let text = fs::read_to_string(file).unwrap();
            let url = text.split('"').find(|part| part.starts_with("nats://"))?;
            url.rsplit_once(':')?.1.parse().ok()
        })
        .await
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
