//! How long it takes from a submission until the search shows it, beside the least that its promises can cost.
//!
//! `cargo bench -p end-to-end --bench visible`, beside a PostgreSQL and a nats-server (`deploy/dev/with-servers`).
//!
//! Measured, for an expert who is listed already: from the client's send of SubmitResponse to the answer of a search on a
//! second connection that must show it. The floor, in turns with it on the same disk: one row committed as durably, and
//! the news of it in the hands of a reader. In the distributed shape that is a commit in PostgreSQL, a publish to JetStream
//! with its acknowledgement (every write synced), and the delivery to a subscriber; in the embedded one a commit in SQLite
//! (WAL, synchronous=FULL) and a hand-over to another task.

#![allow(clippy::print_stdout, reason = "a benchmark says what it measured")]

use std::path::Path;
use std::time::Duration;

use async_nats::jetstream;
use contract::search::v1::GetSheetRequest;
use contract::survey::v1::SubmitResponseRequest;
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::model::{self, Model};
use end_to_end::submission::{FILE_FORM, Submission};
use end_to_end::{built, file, generate, readback};
use futures::StreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Rewrites that are measured, after some that are not.
const MEASURED: usize = 300;
const WARM: usize = 30;
/// Bytes of a row and a message of the floor: about those of an event.
const BODY: [u8; 1_024] = [7; 1_024];

#[tokio::main]
async fn main() {
    println!("submit → visible, {MEASURED} rewrites of a listed expert, one after another\n");
    println!("| shape | submit → answered p50 | submit → visible p50 | p99 | floor p50 | p99 | ratio p50 | p99 |");
    println!("|---|---|---|---|---|---|---|---|");
    for shape in [Shape::Embedded, Shape::Distributed] {
        let Measured { answered, seen, floor } = measure(shape).await;
        let [answered50, seen50, seen99, floor50, floor99] =
            [(&answered, 50), (&seen, 50), (&seen, 99), (&floor, 50), (&floor, 99)]
                .map(|(times, part)| percentile(times, part));
        let ratio = |time: Duration, floor: Duration| time.as_secs_f64() / floor.as_secs_f64();
        let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
        let [a, b, c, d, e] = [answered50, seen50, seen99, floor50, floor99].map(milliseconds);
        let (p50, p99) = (ratio(seen50, floor50), ratio(seen99, floor99));
        println!("| {shape:?} | {a} | {b} | {c} | {d} | {e} | {p50:.2} | {p99:.2} |");
    }
}

fn percentile(times: &[Duration], part: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[(times.len() * part).div_ceil(100) - 1]
}

/// Times of each rewrite, and of each turn of the floor.
#[derive(Default)]
struct Measured {
    answered: Vec<Duration>,
    seen: Vec<Duration>,
    floor: Vec<Duration>,
}

async fn measure(shape: Shape) -> Measured {
    let settings = Settings { log: "warn".to_owned(), ..Settings::default() };
    let deployment = Deployment::start_with(built!(), shape, settings).await;
    let campaign = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024/skill_survey.csv");
    deployment.import(&campaign).await;
    let mut campaign_model = Model::default();
    campaign_model.import(&file::read(&campaign));
    let listed = campaign_model.listed();
    let mut expert = (*listed.values().next().expect("somebody listed")).clone();
    let (writer, reader) = (deployment.clients(), deployment.clients());
    let mut floor = match shape {
        Shape::Embedded => Floor::embedded(deployment.home()).await,
        Shape::Distributed => Floor::distributed(&deployment).await,
    };
    let mut chance = Chance::new(9);
    let mut measured = Measured::default();
    for turn in 0..WARM + MEASURED {
        expert.skills(&generate::skills(&mut chance));
        let (answered, seen) = submit_until_visible(&writer, &reader, &expert).await;
        let least = floor.once().await;
        if turn >= WARM {
            measured.answered.push(answered);
            measured.seen.push(seen);
            measured.floor.push(least);
        }
    }
    measured
}

/// How long until the submission is answered, and until the search shows it.
async fn submit_until_visible(writer: &Clients, reader: &Clients, expert: &Submission) -> (Duration, Duration) {
    let request = SubmitResponseRequest { response: Some(expert.to_wire(FILE_FORM)), ..Default::default() };
    let begun = Instant::now();
    let taken = writer.responses().submit_response(request).await.expect("taken").into_inner();
    let answered = begun.elapsed();
    let request = GetSheetRequest {
        name: "experts/-".to_owned(),
        registration_number: expert.number().to_owned(),
        at_least: taken.token.into_iter().collect(),
        uncounted: true,
    };
    let sheet = reader.search().get_sheet(request).await.expect("visible").into_inner().sheet.expect("a sheet");
    let seen = begun.elapsed();
    assert_eq!(readback::rating_of(&sheet.rating.expect("a rating")), model::rate(expert));
    (answered, seen)
}

/// The least that a durable write and its news can cost.
enum Floor {
    Embedded { database: Box<SqliteConnection>, to_reader: mpsc::Sender<()>, from_reader: mpsc::Receiver<()> },
    Distributed { database: Box<PgConnection>, publisher: Box<jetstream::Context>, news: Box<async_nats::Subscriber> },
}

const TABLE: &str = "CREATE TABLE floor (id BIGINT PRIMARY KEY, body BYTEA NOT NULL)";
const ROW: &str = "INSERT INTO floor (id, body) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM floor), $1)";

impl Floor {
    async fn embedded(home: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(home.join("floor.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut database = SqliteConnection::connect_with(&options).await.expect("a file");
        sqlx::query(TABLE).execute(&mut database).await.expect("a table");
        let (to_reader, mut news) = mpsc::channel(1);
        let (answer, from_reader) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(()) = news.recv().await {
                _ = answer.send(()).await;
            }
        });
        Self::Embedded { database: Box::new(database), to_reader, from_reader }
    }

    async fn distributed(deployment: &Deployment) -> Self {
        let url = deployment.databases().expect("PostgreSQL").url("survey");
        let mut database = PgConnection::connect(&url).await.expect("a database");
        sqlx::query(TABLE).execute(&mut database).await.expect("a table");
        let nats = &deployment.nats.as_ref().expect("NATS").url;
        let [publisher, subscriber] = [async_nats::connect(nats).await, async_nats::connect(nats).await]
            .map(|client| client.expect("a connection"));
        let publisher = jetstream::new(publisher);
        let stream = jetstream::stream::Config {
            name: "FLOOR".to_owned(),
            subjects: vec!["floor.>".to_owned()],
            ..Default::default()
        };
        publisher.create_stream(stream).await.expect("a stream");
        let news = subscriber.subscribe("floor.>").await.expect("a subscription");
        subscriber.flush().await.expect("a server");
        Self::Distributed { database: Box::new(database), publisher: Box::new(publisher), news: Box::new(news) }
    }

    async fn once(&mut self) -> Duration {
        let begun = Instant::now();
        match self {
            Self::Embedded { database, to_reader, from_reader } => {
                let mut commit = database.begin().await.expect("a transaction");
                sqlx::query(ROW).bind(&BODY[..]).execute(&mut *commit).await.expect("a row");
                commit.commit().await.expect("a commit");
                to_reader.send(()).await.expect("a reader");
                from_reader.recv().await.expect("a reader");
            }
            Self::Distributed { database, publisher, news } => {
                let mut commit = database.begin().await.expect("a transaction");
                sqlx::query(ROW).bind(&BODY[..]).execute(&mut *commit).await.expect("a row");
                commit.commit().await.expect("a commit");
                let sent = publisher.publish("floor.news", BODY.to_vec().into()).await.expect("sent");
                sent.await.expect("acknowledged");
                news.next().await.expect("delivered");
            }
        }
        begun.elapsed()
    }
}
