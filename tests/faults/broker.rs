//! Promise 2: the broker is rolled back, truncated, wiped, away, full or silent while people work. Writes go on, and within a minute
//! the readers are where the logs are, for they read the logs themselves. The streams are filled again after that: a wiped one takes
//! as long as its server needs to write the log to its disk, an event a sync.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use campaign::{number, seed};
use contract::event::v1::Token;
use end_to_end::built;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::wait::until;
use tokio::time::Instant;

use crate::check;
use crate::ledger::Tally;
use crate::load::Load;
use crate::record::Record;

/// Promise 2: from when the broker is well again.
const CONVERGES: Duration = Duration::from_secs(60);
/// Longest time in which a stream that lacks events is given none.
const STANDS: Duration = Duration::from_secs(30);

/// What happens to the broker.
const TROUBLES: [Trouble; 6] =
    [Trouble::RolledBack, Trouble::Truncated, Trouble::Wiped, Trouble::Away, Trouble::Full, Trouble::Silent];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Its directory is that of some time ago.
    RolledBack,
    /// The end of its files is missing.
    Truncated,
    /// Its directory is gone.
    Wiped,
    /// It was killed, and comes back much later.
    Away,
    /// It runs, and has no place for what it shall keep.
    Full,
    /// It takes everything and says nothing.
    Silent,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_broker_heals() {
    let record = Record::open(2, "broker");
    let settings = Settings { breakable: true, log: "warn".to_owned(), ..Settings::default() };
    let mut deployment = Deployment::start_with(built!(), Shape::Distributed, settings).await;
    let (rounds, writes) = (number("ROUNDS", 1, 5), number("WRITES", 30, 200));
    let load = Load::begin(&deployment, seed()).await;
    let (mut slowest, mut slowest_stream, mut during) = (Duration::ZERO, Duration::ZERO, 0);
    for round in 0..rounds {
        for trouble in TROUBLES {
            let before = load.tally.acknowledged();
            let earlier = copied(&mut deployment, round).await;
            Tally::reaches(&load.tally, before + writes).await;
            let begun = load.tally.acknowledged();
            break_it(&mut deployment, trouble, &earlier, &load, writes).await;
            let gone_on = load.tally.acknowledged() - begun;
            let healed = Instant::now();
            let heads = converge(&deployment).await;
            let readers = healed.elapsed();
            fill(&deployment, &heads).await;
            let streams = healed.elapsed();
            record.line(&format!(
                "{trouble:?}: {gone_on} acknowledged meanwhile, readers converged after {} ms, streams after {} ms",
                readers.as_millis(),
                streams.as_millis()
            ));
            (slowest, slowest_stream, during) = (slowest.max(readers), slowest_stream.max(streams), during + gone_on);
        }
    }
    let ledger = load.end().await;
    ledger.note(&record);
    let found = check::everything(&deployment.clients(), &ledger, &record).await;
    streams_are_whole(&deployment, &record).await;
    let troubles = rounds * TROUBLES.len();
    record.figure("troubles", &troubles.to_string(), &troubles.to_string());
    record.figure("acknowledged in trouble", &format!(">= {}", troubles * writes), &during.to_string());
    record.figure("slowest convergence, seconds", "<= 60", &format!("{:.1}", slowest.as_secs_f64()));
    record.figure("slowest stream, seconds", "any", &format!("{:.1}", slowest_stream.as_secs_f64()));
    found.told(&record);
    assert!(slowest <= CONVERGES, "readers took {slowest:?}");
}

/// Keeps a copy of the broker's directory as it is now, taken while it is down.
async fn copied(deployment: &mut Deployment, round: usize) -> PathBuf {
    let copy = deployment.home().join(format!("earlier-{round}"));
    drop(fs::remove_dir_all(&copy));
    let nats = deployment.nats.as_mut().unwrap();
    nats.process.kill();
    copy_folder(nats.files(), &copy);
    nats.process.restart().await;
    copy
}

async fn break_it(deployment: &mut Deployment, trouble: Trouble, earlier: &Path, load: &Load, writes: usize) {
    let nats = deployment.nats.as_mut().unwrap();
    match trouble {
        Trouble::Silent => nats.process.pause(),
        _ => nats.process.kill(),
    }
    match trouble {
        Trouble::RolledBack => {
            nats.wipe();
            copy_folder(earlier, nats.files());
        }
        Trouble::Truncated => truncate_blocks(nats.files()),
        Trouble::Wiped => nats.wipe(),
        Trouble::Full => {
            nats.has_place(false);
            nats.process.restart().await;
        }
        Trouble::Away | Trouble::Silent => {}
    }
    // Writes go on without it.
    let now = load.tally.acknowledged();
    Tally::reaches(&load.tally, now + writes).await;
    match trouble {
        Trouble::Silent => nats.process.resume(),
        Trouble::Full => {
            nats.process.kill();
            nats.has_place(true);
            nats.process.restart().await;
        }
        _ => nats.process.restart().await,
    }
}

/// The readers have everything that was in the logs when the broker came back; answers how far that was.
async fn converge(deployment: &Deployment) -> [Token; 2] {
    let clients = deployment.clients();
    let heads = [clients.head("survey").await, clients.head("registry").await];
    until("the registry to read the survey", CONVERGES, async || {
        clients.has_read("registry", &heads[0]).await.then_some(())
    })
    .await;
    let status = contract::search::v1::GetIndexStatusRequest { at_least: heads.to_vec() };
    let mut status = tonic::Request::new(status);
    status.set_timeout(CONVERGES);
    clients.search().get_index_status(status).await.expect("the search converges");
    heads
}

/// The streams have as much, too; while more is written.
async fn fill(deployment: &Deployment, heads: &[Token]) {
    let nats = deployment.nats.as_ref().unwrap();
    for head in heads {
        let mut held = 0;
        while held < head.position {
            let what = format!("the stream of {} to hold more than {held} of {}", head.service, head.position);
            held = until(&what, STANDS, async || nats.last(&head.service).await.filter(|last| *last > held)).await;
        }
    }
}

/// In the end the streams hold the logs from their first event to their last.
async fn streams_are_whole(deployment: &Deployment, record: &Record) {
    let (clients, nats) = (deployment.clients(), deployment.nats.as_ref().unwrap());
    for service in ["survey", "registry"] {
        let head = clients.head(service).await.position;
        let held = nats.held(service).await.expect("a stream");
        let missing = (1..=head).filter(|position| !held.contains(position)).count();
        record.figure(&format!("missing in the stream of {service}"), "0", &missing.to_string());
        assert_eq!(missing, 0, "events of {service} that its stream lacks");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Takes the last third of every block of messages away, and the index beside it stays.
fn truncate_blocks(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            truncate_blocks(&path);
        } else if path.extension().is_some_and(|extension| extension == "blk") {
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(file.metadata().unwrap().len() * 2 / 3).unwrap();
        }
    }
}
