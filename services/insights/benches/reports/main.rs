//! How fast the facts are read from nothing, and how fast reports are counted over them, beside PostgreSQL over flat tables
//! in the same run. Answers are compared before anything is measured.
//!
//! `deploy/dev/with-servers cargo bench -p insights`; `INSIGHTS_VISITS` for another size than 1,000,000 visits. Without
//! `ACTIVELIST_TEST_POSTGRES_URL` PostgreSQL is left out.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark tells what it measured, and ends on a fault")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the time")]

mod flat;
mod made;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use contract::event::v1::Token;
use contract::insights::v1::reports_client::ReportsClient;
use contract::insights::v1::{GetReportRequest, Moment, Report, Scope};
use insights::Started;
use kit_clock::{Clock, Ids};
use kit_log::{InProcess, LogDeps, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle, Limits, MAX_MESSAGE_BYTES, Role, Server, Trust};

use made::{Empty, Made};

/// Times each report is asked for.
const ROUNDS: usize = 200;
const REPORTS: [&str; 6] =
    ["themes-by-region", "experts-and-cases", "outcomes", "visits", "completion", "guidance-conversion"];

fn main() {
    let visits = std::env::var("INSIGHTS_VISITS").ok().and_then(|visits| visits.parse().ok()).unwrap_or(1_000_000);
    // `cargo test --benches` runs this, too: a few visits then, to see that it works.
    let visits = if std::env::args().any(|arg| arg == "--bench") { visits } else { 3_000 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(visits));
}

async fn run(visits: usize) {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let keys = SqlKeys::open(&format!("sqlite:{}", folder.path().join("keys.db").display())).await.unwrap();
    let log = LogDeps { clock: Clock::System, ids: Ids::Random, keys, carrier: InProcess::new() };
    let lifecycle = Lifecycle::new();
    let made = Arc::new(Made::new(visits.div_ceil(3)));
    let before = resident();
    let begun = Instant::now();
    let deps = insights::Deps {
        log,
        lifecycle: lifecycle.clone(),
        engagement: made.clone(),
        survey: Arc::new(Empty("survey")),
        registry: Arc::new(Empty("registry")),
    };
    let started = insights::start(insights::Config::default(), deps);
    started.ready().await;
    let took = begun.elapsed();
    let making = Duration::from_nanos(made.making.load(Ordering::Relaxed));
    let events = made.events();
    let rate = |took: Duration| events as f64 / took.as_secs_f64() / 1e6;
    println!("{} cases, {} consultations, {events} events", made.cases, made.consultations());
    println!(
        "read from nothing in {:.1} s: {:.2} million events a second; without making them up ({:.1} s): {:.2}",
        took.as_secs_f64(),
        rate(took),
        making.as_secs_f64(),
        rate(took.saturating_sub(making)),
    );
    let (own, all) = (started.bytes(), resident().saturating_sub(before));
    println!(
        "{:.0} MiB of facts and codes, {:.0} MiB of the process",
        own as f64 / 1e6 / 1.048_576,
        all as f64 / 1_024.0
    );

    let flat = match std::env::var("ACTIVELIST_TEST_POSTGRES_URL") {
        Ok(url) => Some(flat::Flat::filled(&url, &made).await),
        Err(_) => None,
    };
    if let Some(flat) = &flat {
        for name in flat::REPORTS {
            flat.compare(name, &ask(&started, name, None, Scope::default()).await).await;
        }
        println!("the tables of {} are PostgreSQL's", flat::REPORTS.join(", "));
    }
    measure(&started, &made, flat.as_ref(), &lifecycle).await;
    if let Some(flat) = flat {
        flat.end().await;
    }
    lifecycle.shutdown().await;
}

async fn ask(started: &Started, name: &str, as_of: Option<Moment>, scope: Scope) -> Report {
    let request = GetReportRequest { report: name.to_owned(), scope: Some(scope), as_of, at_least: Vec::new() };
    started.report(request, None).await.unwrap()
}

async fn measure(started: &Started, made: &Made, flat: Option<&flat::Flat>, lifecycle: &Lifecycle) {
    let server = started.mount(Server::new(Limits::default(), Trust::Near));
    let listener = kit_serve::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    server.serve([listener.into()], lifecycle).await.unwrap();
    let client = Client::connect(&url, Some(&Caller::new("bench", [Role::Operator]))).unwrap();
    let mut client = ReportsClient::new(client).max_decoding_message_size(MAX_MESSAGE_BYTES);
    let half = Token { service: "engagement".to_owned(), epoch: "made".to_owned(), position: made.events() as i64 / 2 };
    let half = Moment { time: None, positions: vec![half] };
    let narrow = Scope { programme: "p2".to_owned(), region: "kinki".to_owned(), ..Scope::default() };
    println!("ms, p50 / p99 of {ROUNDS}");
    println!(
        "{:22} {:>15} {:>15} {:>15} {:>15} {:>19}",
        "report", "now", "over gRPC", "in a scope", "as of half", "PostgreSQL"
    );
    for name in REPORTS {
        let mut taken = [const { Vec::new() }; 5];
        for round in 0..ROUNDS {
            // In turn, so that whatever else the machine does meets all alike.
            for (at, (as_of, scope)) in
                [(None, Scope::default()), (None, narrow.clone()), (Some(half.clone()), Scope::default())]
                    .into_iter()
                    .enumerate()
            {
                let begun = Instant::now();
                std::hint::black_box(ask(started, name, as_of, scope).await);
                taken[at].push(begun.elapsed());
            }
            let begun = Instant::now();
            let request = GetReportRequest { report: name.to_owned(), ..Default::default() };
            std::hint::black_box(client.get_report(request).await.unwrap());
            taken[3].push(begun.elapsed());
            if let Some(flat) = flat.filter(|_| flat::REPORTS.contains(&name) && round % 10 == 0) {
                let begun = Instant::now();
                flat.count(name).await;
                taken[4].push(begun.elapsed());
            }
        }
        let [now, scope, then, wire, flat] = taken.map(told);
        println!("{name:22} {now:>15} {wire:>15} {scope:>15} {then:>15} {flat:>19}");
    }
}

fn told(mut taken: Vec<Duration>) -> String {
    taken.sort_unstable();
    let at = |share: usize| taken[(taken.len() * share / 100).min(taken.len() - 1)].as_secs_f64() * 1e3;
    if taken.is_empty() { "-".to_owned() } else { format!("{:.2} / {:.2}", at(50), at(99)) }
}

/// KiB of memory that the process has.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
