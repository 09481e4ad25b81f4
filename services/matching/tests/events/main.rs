//! Consultation events as their callers and readers meet them, on both databases.
//! PostgreSQL: `deploy/dev/with-servers cargo test -p matching --test events`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
#[path = "../world/mod.rs"]
mod world;

mod applications;
mod day;
mod planning;
mod prints;
mod sequences;
mod stage;
mod stand_ins;
mod timetables;
