//! Proposals, candidates, batches, capacities and bars as their callers and readers meet them, on both databases.
//! PostgreSQL: `deploy/dev/with-servers cargo test`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
#[path = "../world/mod.rs"]
mod world;

mod asking;
mod batches;
#[allow(dead_code, reason = "what the tests of requests need of the same register")]
#[path = "../requests/books.rs"]
mod books;
mod life;
mod persons;
mod pool;
mod running;
mod sides;
mod stage;
