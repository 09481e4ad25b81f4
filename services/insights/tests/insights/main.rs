//! The reports as their callers meet them, over logs that are read, restored, disturbed and set aside.
//! PostgreSQL: `deploy/dev/with-servers cargo test`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

/// Runs each test over logs in SQLite and in PostgreSQL.
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

mod aside;
mod guidance;
mod histories;
mod history;
mod naive;
mod passing;
mod read;
mod requests;
mod stage;
