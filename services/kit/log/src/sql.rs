//! One SQL text for two databases, with three kinds of value: text, 64-bit integer, bytes.
//!
//! A service writes portable SQL (`$1`, `ON CONFLICT`, `RETURNING`; no dialect) and every column is TEXT, BIGINT or
//! BYTEA, so the same few lines serve SQLite and PostgreSQL. This stands in place of two copies of each store, and is
//! no query translator: the text reaches the database as it is written.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, PgPool, Postgres, Row as _, SqlSafeStr as _, Sqlite, SqlitePool,
};
use tokio::time::{Instant, sleep, timeout};

use crate::{Error, Result};

/// How long after its last use a connection is taken to be alive.
const RECENT: Duration = Duration::from_secs(1);
/// Longest wait for the answer to that question, a part of the five seconds that a connection is waited for.
const ALIVE: Duration = Duration::from_secs(1);
/// Longest wait for PostgreSQL to answer one statement. A machine that vanished says nothing, and TCP would wait for a quarter of
/// an hour, or for ever. Longer than a replica may hold the head's lock (`idle_in_transaction_session_timeout`).
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a PostgreSQL that cannot be reached is waited for at the start: it may be starting as well. Then whoever started
/// this process is told.
const AWAITED: Duration = Duration::from_secs(60);
/// Longest wait for one connection, pause between two tries, and how often it is said that there is still none.
const CONNECTED: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(500);
const SAID: Duration = Duration::from_secs(10);

/// A migration: a number, unique in its database, and its SQL. The log's own are 1 to 99, a service's from 100 on.
#[derive(Clone, Copy)]
pub struct Step {
    /// Order and identity.
    pub number: i64,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Portable SQL.
    pub sql: &'static str,
}

/// A database, opened. Cheap to clone.
#[derive(Clone)]
pub enum Database {
    /// One file: one connection writes, several read (WAL).
    Sqlite {
        /// The only connection that writes.
        write: SqlitePool,
        /// Connections that read.
        read: SqlitePool,
    },
    /// A PostgreSQL database of the service's own.
    Postgres(PgPool),
}

impl Database {
    /// Opens `sqlite:PATH` (made when absent) or `postgres://…`, and brings its tables up to `steps`. A PostgreSQL that is
    /// not there is waited for, up to a minute.
    ///
    /// # Errors
    /// [`Error::Corrupt`] names a file that is no database of ours; [`Error::Unavailable`] when it cannot be reached.
    pub async fn open(url: &str, steps: &[Step]) -> Result<Self> {
        let database = if let Some(path) = url.strip_prefix("sqlite:") {
            Self::open_sqlite(Path::new(path.trim_start_matches("//"))).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::open_postgres(url).await
        } else {
            Err(Error::Internal("a database URL begins with sqlite: or postgres:".to_owned()))
        }?;
        database.migrate(steps).await.map_err(|error| named(url, error))?;
        Ok(database)
    }

    async fn open_sqlite(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let pool = |most| {
            let options = SqlitePoolOptions::new().max_connections(most).test_before_acquire(false);
            options.acquire_timeout(Duration::from_secs(5))
        };
        let write = pool(1).connect_with(options.clone()).await.map_err(|error| named_file(path, error))?;
        // Reads the whole file, at some hundred megabytes a second: a damaged one is refused now, not met some day.
        let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
            .fetch_one(&write)
            .await
            .map_err(|error| named_file(path, error))?;
        if found != "ok" {
            return Err(Error::Corrupt(format!("{}: {found}", path.display())));
        }
        let read = pool(8).connect_with(options).await.map_err(|error| named_file(path, error))?;
        Ok(Self::Sqlite { write, read })
    }

    async fn open_postgres(url: &str) -> Result<Self> {
        // A replica that falls silent within a transaction holds the head's lock: not for longer than this.
        let options = PgConnectOptions::from_str(url)?.options([("idle_in_transaction_session_timeout", "10s")]);
        until_there(&options).await?;
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(5))
            // A connection that was in use a moment ago is not asked whether it lives: that would cost a round trip.
            .test_before_acquire(false)
            .before_acquire(|connection, usage| {
                Box::pin(async move {
                    Ok(usage.idle_for < RECENT || matches!(timeout(ALIVE, connection.ping()).await, Ok(Ok(()))))
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self::Postgres(pool))
    }

    async fn migrate(&self, steps: &[Step]) -> Result<()> {
        let list = steps
            .iter()
            .map(|s| Migration::new(s.number, s.about.into(), MigrationType::Simple, s.sql.into_sql_str(), false))
            .collect();
        let mut migrator = Migrator::with_migrations(list);
        // An older release may run beside a newer one: it meets steps it does not know.
        migrator.set_ignore_missing(true);
        let done = match self {
            Self::Sqlite { write, .. } => migrator.run(write).await,
            Self::Postgres(pool) => migrator.run(pool).await,
        };
        done.map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(inner) | sqlx::migrate::MigrateError::ExecuteMigration(inner, _) => {
                inner.into()
            }
            other => Error::Corrupt(other.to_string()),
        })
    }

    /// A connection that reads what is committed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when none can be had within five seconds.
    pub async fn read(&self) -> Result<Session> {
        Ok(Session::of(match self {
            Self::Sqlite { read, .. } => Connection::Sqlite(read.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        }))
    }

    /// A connection that writes; the writer holds it while it commits a group.
    pub(crate) async fn write(&self) -> Result<Session> {
        Ok(Session::of(match self {
            Self::Sqlite { write, .. } => Connection::Sqlite(write.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        }))
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Waits until PostgreSQL takes connections. What waiting does not mend (a wrong password, no such database) ends it at once.
async fn until_there(options: &PgConnectOptions) -> Result<()> {
    let (begun, mut said) = (Instant::now(), None::<Instant>);
    let at = format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or_default());
    loop {
        let away = match timeout(CONNECTED, PgConnection::connect_with(options)).await {
            Ok(Ok(connection)) => {
                if said.is_some() {
                    tracing::info!(database = at, "the database is there");
                }
                return connection.close().await.map_err(Error::from);
            }
            Ok(Err(error)) => Error::from(error),
            Err(_) => Error::Unavailable("no answer".to_owned()),
        };
        if !away.is_outage() || begun.elapsed() >= AWAITED {
            return Err(away);
        }
        if said.is_none_or(|at| at.elapsed() >= SAID) {
            tracing::warn!(database = at, error = %away, "waiting for the database");
            said = Some(Instant::now());
        }
        sleep(PAUSE).await;
    }
}

fn named(url: &str, error: Error) -> Error {
    match error {
        // A PostgreSQL URL may hold a password; a file's name does not.
        Error::Corrupt(text) if url.starts_with("sqlite:") => Error::Corrupt(format!("{url}: {text}")),
        other => other,
    }
}

fn named_file(path: &Path, error: sqlx::Error) -> Error {
    match Error::from(error) {
        Error::Corrupt(text) | Error::Internal(text) => Error::Corrupt(format!("{}: {text}", path.display())),
        other => other,
    }
}

/// A value bound to a statement. The kind matters for NULL too, so there is no bare null.
#[derive(Clone, Debug)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// BYTEA.
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident, $convert:expr;)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                #[allow(clippy::redundant_closure_call, reason = "one shape for all conversions")]
                Self::$variant(($convert)(value))
            }
        }
    )*};
}

value_from! {
    &str => Text, |v: &str| Some(v.to_owned());
    &String => Text, |v: &String| Some(v.clone());
    String => Text, Some;
    Option<String> => Text, |v| v;
    i64 => Int, Some;
    i32 => Int, |v: i32| Some(i64::from(v));
    Option<i64> => Int, |v| v;
    bool => Int, |v: bool| Some(i64::from(v));
    Vec<u8> => Bytes, Some;
    &[u8] => Bytes, |v: &[u8]| Some(v.to_vec());
    Option<Vec<u8>> => Bytes, |v| v;
}

/// Values for a statement: `args![a, b, c]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}

/// A row of an answer.
pub enum Row {
    /// From SQLite.
    Sqlite(sqlx::sqlite::SqliteRow),
    /// From PostgreSQL.
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! column {
    ($row:expr, $name:expr, $type:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get_unchecked::<$type, _>($name),
            Row::Postgres(row) => row.try_get::<$type, _>($name),
        }
        .map_err(Error::from)
    };
}

impl Row {
    /// A TEXT column that is not null.
    pub fn text(&self, name: &str) -> Result<String> {
        column!(self, name, String)
    }

    /// A TEXT column.
    pub fn opt_text(&self, name: &str) -> Result<Option<String>> {
        column!(self, name, Option<String>)
    }

    /// A BIGINT column that is not null.
    pub fn int(&self, name: &str) -> Result<i64> {
        column!(self, name, i64)
    }

    /// A BIGINT column.
    pub fn opt_int(&self, name: &str) -> Result<Option<i64>> {
        column!(self, name, Option<i64>)
    }

    /// A BYTEA column that is not null.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        column!(self, name, Vec<u8>)
    }

    /// Names of the columns, in order.
    pub fn columns(&self) -> Vec<String> {
        match self {
            Self::Sqlite(row) => row.columns().iter().map(|c| c.name().to_owned()).collect(),
            Self::Postgres(row) => row.columns().iter().map(|c| c.name().to_owned()).collect(),
        }
    }
}

/// A connection in use. One that is dropped within a transaction is closed: it must not go back to the pool like that,
/// with the transaction open and its locks held. Nor must one whose server has fallen silent.
pub struct Session {
    connection: Connection,
    within: bool,
    silent: bool,
}

enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Drop for Session {
    fn drop(&mut self) {
        match &mut self.connection {
            Connection::Sqlite(c) if self.within => c.close_on_drop(),
            Connection::Sqlite(_) => {}
            Connection::Postgres(c) if self.within || self.silent => c.close_on_drop(),
            // On its way back a connection brings the answer that a caller did not wait for, and is asked whether it lives: by sqlx,
            // and without a bound. One whose server has vanished would keep its place in the pool for as long as TCP tries.
            Connection::Postgres(c) => drop(tokio::spawn(timeout(PATIENCE, c.return_to_pool()))),
        }
    }
}

macro_rules! bound {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $args {
            query = match value.clone() {
                Value::Text(v) => query.bind(v),
                Value::Int(v) => query.bind(v),
                Value::Bytes(v) => query.bind(v),
            };
        }
        query
    }};
}

impl Session {
    const fn of(connection: Connection) -> Self {
        Self { connection, within: false, silent: false }
    }

    /// Waits for PostgreSQL's answer, within bounds.
    async fn answer<T>(silent: &mut bool, asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T> {
        match timeout(PATIENCE, asked).await {
            Ok(answered) => Ok(answered?),
            Err(_) => {
                *silent = true;
                Err(Error::Unavailable(format!("the database has said nothing for {} s", PATIENCE.as_secs())))
            }
        }
    }

    pub(crate) const fn is_sqlite(&self) -> bool {
        matches!(self.connection, Connection::Sqlite(_))
    }

    /// Runs a statement; answers how many rows it changed.
    ///
    /// # Errors
    /// As [`Error`] classes the database's complaint.
    pub async fn execute(&mut self, sql: &'static str, args: &[Value]) -> Result<u64> {
        Ok(match (&mut self.connection, &mut self.silent) {
            (Connection::Sqlite(c), _) => bound!(sql, args).execute(&mut **c).await?.rows_affected(),
            (Connection::Postgres(c), silent) => {
                Self::answer(silent, bound!(sql, args).execute(&mut **c)).await?.rows_affected()
            }
        })
    }

    /// Runs a query; answers all its rows. The caller bounds them (`LIMIT`).
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn rows(&mut self, sql: &'static str, args: &[Value]) -> Result<Vec<Row>> {
        Ok(match (&mut self.connection, &mut self.silent) {
            (Connection::Sqlite(c), _) => {
                bound!(sql, args).fetch_all(&mut **c).await?.into_iter().map(Row::Sqlite).collect()
            }
            (Connection::Postgres(c), silent) => Self::answer(silent, bound!(sql, args).fetch_all(&mut **c))
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
        })
    }

    /// Runs a query for at most one row.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn row(&mut self, sql: &'static str, args: &[Value]) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Runs a query whose only column is a count.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn count(&mut self, sql: &'static str, args: &[Value]) -> Result<i64> {
        self.row(sql, args).await?.map_or(Ok(0), |row| column!(&row, 0, i64))
    }

    /// Runs `{head} ($1, …), (…), … {tail}` over `tuples`, in pieces of a few fixed sizes so that the statement cache
    /// stays small. `head` and `tail` are text of the program, never a value.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn insert(&mut self, head: &str, tail: &str, tuples: Vec<Vec<Value>>) -> Result<()> {
        let mut rest = tuples.as_slice();
        while let Some(first) = rest.first() {
            let size = piece(rest.len());
            let (now, later) = rest.split_at(size);
            let sql = format!("{head} {} {tail}", groups(size, first.len()));
            let args: Vec<Value> = now.iter().flatten().cloned().collect();
            self.execute_built(sql, &args).await?;
            rest = later;
        }
        Ok(())
    }

    /// Runs `{head} IN ($1, …) {tail}` over `keys`, likewise; answers all rows. `head` and `tail` are text of
    /// the program, never a value.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub async fn among(&mut self, head: &str, tail: &str, keys: &[String]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        let mut rest = keys;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(MOST));
            // Up to the next such size with the last key repeated, which changes nothing in a set.
            let size = now.len().next_power_of_two();
            let sql = format!("{head} IN {} {tail}", groups(1, size));
            let padded = now.iter().chain(now.last().into_iter().cycle()).take(size);
            let args: Vec<Value> = padded.map(Value::from).collect();
            rows.extend(self.rows_built(sql, &args).await?);
            rest = later;
        }
        Ok(rows)
    }

    /// Runs `{head} ($1, …), (…), … {tail}`, a query over a list of tuples, in pieces as [`Session::insert`]; answers all
    /// rows.
    pub(crate) async fn over(&mut self, head: &str, tail: &str, tuples: &[Vec<Value>]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        let mut rest = tuples;
        while let Some(first) = rest.first() {
            let (now, later) = rest.split_at(piece(rest.len()));
            let sql = format!("{head} {} {tail}", groups(now.len(), first.len()));
            let args: Vec<Value> = now.iter().flatten().cloned().collect();
            rows.extend(self.rows_built(sql, &args).await?);
            rest = later;
        }
        Ok(rows)
    }

    async fn rows_built(&mut self, sql: String, args: &[Value]) -> Result<Vec<Row>> {
        let sql = AssertSqlSafe(sql);
        Ok(match (&mut self.connection, &mut self.silent) {
            (Connection::Sqlite(c), _) => {
                bound!(sql, args).fetch_all(&mut **c).await?.into_iter().map(Row::Sqlite).collect()
            }
            (Connection::Postgres(c), silent) => Self::answer(silent, bound!(sql, args).fetch_all(&mut **c))
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
        })
    }

    async fn execute_built(&mut self, sql: String, args: &[Value]) -> Result<()> {
        match (&mut self.connection, &mut self.silent) {
            (Connection::Sqlite(c), _) => bound!(AssertSqlSafe(sql), args).execute(&mut **c).await.map(drop)?,
            (Connection::Postgres(c), silent) => {
                Self::answer(silent, bound!(AssertSqlSafe(sql), args).execute(&mut **c)).await.map(drop)?
            }
        }
        Ok(())
    }

    /// Runs transaction control, several statements in one round trip.
    pub(crate) async fn control(&mut self, sql: &'static str) -> Result<()> {
        match (&mut self.connection, &mut self.silent) {
            (Connection::Sqlite(c), _) => sqlx::raw_sql(sql).execute(&mut **c).await.map(drop)?,
            (Connection::Postgres(c), silent) => {
                Self::answer(silent, sqlx::raw_sql(sql).execute(&mut **c)).await.map(drop)?
            }
        }
        Ok(())
    }

    /// Begins a transaction with a script of `BEGIN`, and perhaps a query; answers its rows. PostgreSQL is at READ COMMITTED,
    /// its default: the head's row lock orders.
    pub(crate) async fn begin(&mut self, sql: &'static str) -> Result<Vec<Row>> {
        self.within = true;
        Ok(match (&mut self.connection, &mut self.silent) {
            (Connection::Sqlite(c), _) => {
                sqlx::raw_sql(sql).fetch_all(&mut **c).await?.into_iter().map(Row::Sqlite).collect()
            }
            (Connection::Postgres(c), silent) => Self::answer(silent, sqlx::raw_sql(sql).fetch_all(&mut **c))
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
        })
    }

    /// Ends the transaction: `COMMIT` or `ROLLBACK`.
    pub(crate) async fn end(&mut self, sql: &'static str) -> Result<()> {
        self.control(sql).await?;
        self.within = false;
        Ok(())
    }
}

/// Most tuples or keys of one statement.
const MOST: usize = 256;

/// The largest power of two that is left, up to [`MOST`].
fn piece(left: usize) -> usize {
    1 << left.min(MOST).ilog2()
}

/// `($1, $2), ($3, $4)`: `count` groups of `width`.
fn groups(count: usize, width: usize) -> String {
    let group = |g: usize| {
        let inner: Vec<String> = (1..=width).map(|column| format!("${}", g * width + column)).collect();
        format!("({})", inner.join(", "))
    };
    (0..count).map(group).collect::<Vec<_>>().join(", ")
}
