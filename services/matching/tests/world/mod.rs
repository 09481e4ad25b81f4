//! What the worlds of these tests have in common: the two databases, moments, faults, and waiting for what will come.

use std::str::FromStr as _;
use std::time::Duration;

use kit_clock::Timestamp;
use kit_log::wire_time;
use kit_serve::fault;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use tempfile::TempDir;
use tonic::Status;

/// Nothing takes this long; a test that waits longer fails.
const LONG: Duration = Duration::from_secs(60);

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

/// Where matching keeps its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `10-08 14:00` of 2024 in Japan.
pub(crate) fn japan(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    at(&format!("2024-{day}T{time}:00+09:00"))
}

pub(crate) fn wire(text: &str) -> Option<prost_types::Timestamp> {
    Some(wire_time(japan(text)))
}

pub(crate) fn reason_of(status: &Status) -> String {
    fault::reason_of(status).unwrap_or_else(|| format!("{status:?}"))
}

/// Fields and reasons of every fault.
pub(crate) fn faults_of(status: &Status) -> Vec<(String, String)> {
    fault::faults_of(status).into_iter().map(|fault| (fault.field, fault.reason)).collect()
}

pub(crate) fn faults(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(field, reason)| ((*field).to_owned(), (*reason).to_owned())).collect()
}

/// Looks until it answers something.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        let mut again = tokio::time::interval(Duration::from_millis(10));
        loop {
            again.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    tokio::time::timeout(LONG, looking).await.unwrap_or_else(|_| panic!("still waiting for {what}"))
}

pub(crate) fn own_name(folder: &TempDir) -> String {
    folder.path().file_name().unwrap().to_str().unwrap().to_owned()
}

pub(crate) fn postgres() -> String {
    let variable = "ACTIVELIST_TEST_POSTGRES_URL";
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run deploy/dev/with-servers cargo test -p matching"))
}

pub(crate) async fn maintain(sql: &str) {
    let options = PgConnectOptions::from_str(&postgres()).unwrap();
    let mut connection = PgConnection::connect_with(&options).await.expect("PostgreSQL answers");
    connection.execute(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    connection.close().await.unwrap();
}
