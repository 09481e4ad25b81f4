//! The register as its callers and readers meet it, on both databases. PostgreSQL: `deploy/dev/with-servers cargo test`.

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

mod calls;
mod companies;
mod daily;
mod duplicates;
mod history;
mod listing;
mod lists;
mod model;
mod responses;
mod review;
mod stage;
mod standing;
mod submission;
