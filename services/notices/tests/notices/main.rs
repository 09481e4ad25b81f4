//! The notices as their callers and readers meet them, on both databases.
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

mod campaigns;
mod case;
mod consultation_events;
mod entries;
mod incidents;
mod mail;
mod proposals;
mod pull;
mod secrets;
mod smtp;
mod stage;
mod timers;
