//! The engagements as their callers and readers meet them, on both databases.
//! PostgreSQL: `deploy/dev/with-servers cargo test`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

/// Runs each test on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { crate::stage::within(crate::stage::Backend::Sqlite, super::$name).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $name() { crate::stage::within(crate::stage::Backend::Postgres, super::$name).await; })*
        }
    };
}

mod consultations;
mod day;
mod events_from_matching;
mod fees;
mod follow_on;
mod forms;
mod gatherings;
mod histories;
mod import;
#[path = "../legal/mod.rs"]
mod legal;
mod library;
mod library_search;
mod life;
mod merged;
mod merged_random;
mod proposals;
mod secrets;
mod stage;
