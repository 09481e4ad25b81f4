//! Grouped commits against single ones, with 64 clients at once:
//!
//! ```sh
//! deploy/dev/with-servers cargo bench -p kit-log
//! ```
//!
//! Each command is one of a service's usual kind: a request id, a row written, an event emitted; acknowledged when it is
//! on disk. Both ways take turns in rounds of the same run, since a machine's disk is twice as fast at one time as at
//! another; the table gives their totals.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark talks to who started it")]

use std::sync::Arc;
use std::time::Duration;

use contract::survey::v1::{Rating, RatingChanged};
use kit_clock::{Clock, Ids};
use kit_log::sql::Step;
use kit_log::{Error, InProcess, Log, LogConfig, LogDeps, NewEvent, Origin, Request, SqlKeys, args};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const CLIENTS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
/// Where the ratio should be.
const AIM: f64 = 5.0;

const TABLE: Step = Step {
    number: 100,
    about: "what the commands write",
    sql: "CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
};

/// One way to commit, and what it did so far.
struct Contender {
    log: Log,
    stop: CancellationToken,
    tasks: tokio::task::JoinHandle<()>,
    /// How long each command took.
    taken: Vec<Duration>,
    spent: Duration,
}

impl Contender {
    async fn open(database: String, group: usize, deps: &LogDeps) -> Self {
        let config = LogConfig { service: "survey", database, steps: vec![TABLE], group };
        let (log, tasks) = Log::open(config, deps.clone()).await.unwrap();
        let stop = CancellationToken::new();
        let tasks = tokio::spawn(tasks.run(stop.clone()));
        Self { log, stop, tasks, taken: Vec::new(), spent: Duration::ZERO }
    }

    async fn round(&mut self) {
        let start = Instant::now();
        let clients = (0..CLIENTS).map(|client| {
            let log = self.log.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while start.elapsed() < ROUND {
                    let asked = Instant::now();
                    command(&log, client).await.unwrap();
                    taken.push(asked.elapsed());
                }
                taken
            })
        });
        for taken in futures::future::join_all(clients).await {
            self.taken.extend(taken.unwrap());
        }
        self.spent += start.elapsed();
    }

    fn a_second(&self) -> f64 {
        self.taken.len() as f64 / self.spent.as_secs_f64()
    }

    /// In milliseconds.
    fn percentile(&mut self, share: f64) -> f64 {
        self.taken.sort_unstable();
        let at = (self.taken.len() - 1) as f64 * share;
        self.taken[at as usize].as_secs_f64() * 1e3
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.await.unwrap();
        self.log.database().close().await;
    }
}

async fn command(log: &Log, client: usize) -> Result<(), Error> {
    let id = Ids::Random.fresh();
    let request = Some(Request { id, fingerprint: [7; 32] });
    let origin = Origin { actor: format!("client-{client}"), request, ..Origin::default() };
    let run = log.writer().run(origin, move |unit| {
        Box::pin(async move {
            let id = format!("item-{client}");
            let sql = "INSERT INTO item (id, value) VALUES ($1, 1)
                       ON CONFLICT (id) DO UPDATE SET value = item.value + 1";
            unit.execute(sql, args![&id]).await?;
            let body =
                RatingChanged { rating: Some(Rating { respondent_id: id, ..Rating::default() }), ..Default::default() };
            // Each its own thing, as answers of different people are.
            let thing = unit.fresh_id();
            unit.emit(NewEvent::new("rating", &thing, &body));
            Ok::<(), Error>(())
        })
    });
    run.await.map(drop)
}

async fn compare(name: &str, grouped: String, single: String, deps: &LogDeps) -> f64 {
    let mut grouped = Contender::open(grouped, 256, deps).await;
    let mut single = Contender::open(single, 1, deps).await;
    for _ in 0..ROUNDS {
        grouped.round().await;
        single.round().await;
    }
    let ratio = grouped.a_second() / single.a_second();
    for (way, contender) in [("groups of up to 256", &mut grouped), ("one by one", &mut single)] {
        let (rate, p50, p99) = (contender.a_second(), contender.percentile(0.5), contender.percentile(0.99));
        println!("{name:<12} {way:<20} {rate:>10.0} {p50:>9.2} {p99:>9.2}");
    }
    println!("{name:<12} {:<20} {ratio:>10.1} times{}", "ratio", if ratio < AIM { ": BELOW THE AIM" } else { "" });
    grouped.end().await;
    single.end().await;
    ratio
}

/// Two new databases beside the maintenance database of `url`.
async fn postgres_databases(url: &str) -> [String; 2] {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    let mut made = Vec::new();
    for way in ["grouped", "single"] {
        let name = format!("bench_{way}_{}", std::process::id());
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}")).into_sql_str()).await.unwrap();
        made.push(format!("{server}/{name}"));
    }
    made.try_into().unwrap()
}

#[tokio::main]
async fn main() {
    // Not in /tmp, which may be in memory, where a sync to disk costs nothing.
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let keys = SqlKeys::open(&file("keys.db")).await.unwrap();
    let deps = LogDeps { clock: Clock::System, ids: Ids::Random, keys, carrier: InProcess::new() as Arc<_> };

    println!("{CLIENTS} clients, {ROUNDS} rounds of {} s each way, in turns; aim: {AIM} times", ROUND.as_secs());
    println!("{:<12} {:<20} {:>10} {:>9} {:>9}", "database", "commits", "commands/s", "p50 ms", "p99 ms");
    compare("SQLite", file("grouped.db"), file("single.db"), &deps).await;
    match std::env::var("ACTIVELIST_TEST_POSTGRES_URL") {
        Ok(url) => {
            let [grouped, single] = postgres_databases(&url).await;
            compare("PostgreSQL", grouped, single, &deps).await;
        }
        Err(_) => println!("PostgreSQL   not measured: run this under deploy/dev/with-servers"),
    }
}
