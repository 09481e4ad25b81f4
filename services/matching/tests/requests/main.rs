//! Requests, incidents and duties as their callers and readers meet them, on both databases.
//! PostgreSQL: `deploy/dev/with-servers cargo test`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
#[path = "../world/mod.rs"]
mod world;

mod books;
mod changing;
mod duties;
mod entering;
mod histories;
mod incidents;
mod offers;
mod stage;
mod twins;
