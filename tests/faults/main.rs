//! Faults while people work: promises 1 and 2, counted. See `tests/faults/README.md`.
//!
//! `cargo test` runs a slice, `make campaign` the whole; the same code, other numbers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod broker;
mod check;
mod conduct;
mod damaged;
mod ledger;
mod load;
mod plan;
mod record;
mod vanished;

use campaign::{number, seed};
use end_to_end::built;
use end_to_end::deployment::{Deployment, Settings, Shape};

use crate::conduct::conduct;
use crate::ledger::Tally;
use crate::load::Load;
use crate::plan::Plan;
use crate::record::Record;

/// Promise 1, a process for each service: 200 kills and 20,000 acknowledgements, or the slice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_is_kept_and_delivered_by_many_processes() {
    acknowledged_is_kept(Shape::Distributed, number("KILLS", 5, 200), number("ACKNOWLEDGEMENTS", 400, 20_000)).await;
}

/// Promise 1, everything in one process on SQLite: a fifth of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_is_kept_and_delivered_by_one_process() {
    acknowledged_is_kept(Shape::Embedded, number("KILLS", 5, 200) / 5 + 1, number("ACKNOWLEDGEMENTS", 400, 20_000) / 5)
        .await;
}

async fn acknowledged_is_kept(shape: Shape, kills: usize, acknowledgements: usize) {
    let settings = Settings { whole: true, breakable: true, log: "warn".to_owned(), ..Settings::default() };
    let name = match shape {
        Shape::Distributed => "many processes",
        Shape::Embedded => "one process",
    };
    let record = Record::open(1, name);
    let mut deployment = Deployment::start_with(built!(), shape, settings).await;
    let plan = Plan::new(seed(), &deployment, kills, acknowledgements);
    record.line(&format!("seed {}: {} faults, {kills} kills among them", seed(), plan.steps.len()));
    let load = Load::begin(&deployment, seed()).await;
    conduct(&mut deployment, &plan, &load.tally, &record).await;
    let reached = Tally::reaches(&load.tally, acknowledgements).await;
    record.line(&format!("{reached} acknowledged; the last calls are awaited"));
    let ledger = load.end().await;
    conduct::all_stand(&mut deployment);
    ledger.note(&record);
    let found = check::everything(&deployment.clients(), &ledger, &record).await;
    record.figure("kills (-9)", &format!(">= {kills}"), &plan.kills().to_string());
    record.figure("other faults", "any", &(plan.steps.len() - plan.kills()).to_string());
    record.figure("acknowledgements", &format!(">= {acknowledgements}"), &ledger.acknowledged().to_string());
    found.told(&record);
}
