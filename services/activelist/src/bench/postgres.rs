//! PostgreSQL in its best form that we know: codes as bits in narrow rows, one statement with one look at them, and the
//! grams of texts as arrays with a GIN index, verified. pg_trgm serves no words of two characters.
//!
//! The connection is a Unix socket where the server has one that can be reached.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use tokio::runtime::Runtime;

use super::asked::{Answer, Asked, COUNTED};
use super::known::{Known, Masks};
use super::ours::turn;
use crate::failure::Failure;
use crate::text;

const TABLES: &str = include_str!("postgres/tables.sql");
const INDEXES: &str = include_str!("postgres/indexes.sql");
const SEARCH: &str = include_str!("postgres/search.sql");
/// With a phrase: $6 are its grams, $7 is itself.
const SAID: &str = "JOIN said USING (number)";
const PHRASE: &str = "AND said.grams @> $6 AND strpos(said.texts, $7) > 0";
/// Memory for sorts and hashes, and for building indexes; compiling expressions takes longer than running them.
const SETTINGS: [&str; 3] = ["SET work_mem = '512MB'", "SET maintenance_work_mem = '1GB'", "SET jit = off"];
/// Stands between the texts of a person, and in none of them.
const BETWEEN: &str = "\u{1}";

fn failed(error: &sqlx::Error) -> Failure {
    Failure::other(format!("PostgreSQL: {error}"), text::ADVICE_POSTGRES)
}

/// A database of its own; gone when closed.
pub(super) struct Postgres {
    /// Of this thread, so that an answer wakes nobody else.
    runtime: Runtime,
    server: PgConnectOptions,
    database: String,
    connection: PgConnection,
    name: String,
    statements: Vec<[String; 2]>,
}

impl Postgres {
    /// Makes the database on the server of a URL.
    ///
    /// # Errors
    /// What the server says.
    pub(super) fn open(url: &str, database: &str) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::other(error.to_string(), text::ADVICE_LOG))?;
        let opened = runtime.block_on(async {
            let mut server: PgConnectOptions = url.parse()?;
            let mut first = PgConnection::connect_with(&server).await?;
            let folder: String = sqlx::query_scalar("SHOW unix_socket_directories").fetch_one(&mut first).await?;
            let version: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut first).await?;
            let folder = folder.split(',').next().unwrap_or_default().trim().to_owned();
            let by_socket = server.clone().socket(&folder);
            let mut way = "TCP";
            if !folder.is_empty() && PgConnection::connect_with(&by_socket).await.is_ok() {
                (server, way) = (by_socket, "socket");
            }
            first.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))).await?;
            first.execute(AssertSqlSafe(format!("CREATE DATABASE {database}"))).await?;
            let mut connection = PgConnection::connect_with(&server.clone().database(database)).await?;
            for setting in SETTINGS {
                connection.execute(setting).await?;
            }
            connection.execute(TABLES).await?;
            let version = version.split_whitespace().next().unwrap_or_default().to_owned();
            Ok((server, connection, format!("PostgreSQL {version} ({way})")))
        });
        let (server, connection, name) = opened.map_err(|error| failed(&error))?;
        let statements = (0..8).map(|menu| [statement(menu, false), statement(menu, true)]).collect();
        Ok(Self { runtime, server, database: database.to_owned(), connection, name, statements })
    }

    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Adds people.
    ///
    /// # Errors
    /// What the server says.
    pub(super) fn add(&mut self, people: &[Known], seed: u64) -> Result<(), Failure> {
        let rows: String = people.iter().map(|known| row(known, seed)).collect();
        let said: String = people.iter().map(said).collect();
        let connection = &mut self.connection;
        let copied = self.runtime.block_on(async {
            for (into, rows) in [("COPY expert FROM STDIN", rows), ("COPY said FROM STDIN", said)] {
                let mut copy = connection.copy_in_raw(into).await?;
                copy.send(rows.as_bytes()).await?;
                copy.finish().await?;
            }
            Ok(())
        });
        copied.map_err(|error| failed(&error))
    }

    /// Builds the indexes, and lets the planner look at what there is.
    ///
    /// # Errors
    /// What the server says.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let connection = &mut self.connection;
        let built = self.runtime.block_on(async {
            connection.execute(INDEXES).await?;
            for table in ["expert", "said"] {
                connection.execute(AssertSqlSafe(format!("VACUUM (ANALYZE) {table}"))).await?;
            }
            Ok(())
        });
        built.map_err(|error| failed(&error))
    }

    /// Bytes of the tables with their indexes: codes, and texts.
    ///
    /// # Errors
    /// What the server says.
    pub(super) fn bytes(&mut self) -> Result<[usize; 2], Failure> {
        let connection = &mut self.connection;
        let sizes = self.runtime.block_on(async {
            let mut sizes = [0; 2];
            for (table, size) in ["expert", "said"].into_iter().zip(&mut sizes) {
                let question = format!("SELECT pg_total_relation_size('{table}')");
                let bytes: i64 = sqlx::query_scalar(AssertSqlSafe(question)).fetch_one(&mut *connection).await?;
                *size = usize::try_from(bytes).unwrap_or_default();
            }
            Ok(sizes)
        });
        sizes.map_err(|error| failed(&error))
    }

    /// A query in the form in which it is asked. Not timed.
    pub(super) fn prepare(&self, asked: &Asked) -> Prepared {
        let Masks { counted: [prefectures, industries, fees, formats], durations } = Masks::asked(asked);
        let phrase = asked.phrase.clone().map(|phrase| (grams(&phrase), phrase));
        let statement = self.statements[asked.menu][usize::from(phrase.is_some())].clone();
        Prepared {
            statement,
            prefectures,
            narrow: [industries, fees, formats, durations].map(|mask| mask as i32),
            phrase,
        }
    }

    /// Asks.
    ///
    /// # Errors
    /// What the server says.
    pub(super) fn ask(&mut self, prepared: &Prepared) -> Result<Answer, Failure> {
        let Prepared { statement, prefectures, narrow, phrase } = prepared;
        let mut query = sqlx::query(AssertSqlSafe(statement.as_str())).bind(*prefectures as i64);
        for mask in narrow {
            query = query.bind(*mask);
        }
        if let Some((grams, phrase)) = phrase {
            query = query.bind(grams.as_slice()).bind(phrase.as_str());
        }
        let row = self.runtime.block_on(query.fetch_one(&mut self.connection)).map_err(|error| failed(&error))?;
        let first: Option<Vec<i32>> = row.get(1);
        let counts = |at: usize| row.get::<Vec<i64>, _>(2 + at).into_iter().map(|count| count as u32).collect();
        Ok(Answer {
            total: row.get::<i64, _>(0) as u32,
            first: first.unwrap_or_default().into_iter().map(|number| number as u64).collect(),
            counts: std::array::from_fn(counts),
        })
    }

    /// Drops the database.
    ///
    /// # Errors
    /// What the server says.
    pub(super) fn close(self) -> Result<(), Failure> {
        let dropped = self.runtime.block_on(async {
            self.connection.close().await?;
            let mut last = PgConnection::connect_with(&self.server).await?;
            last.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.database))).await?;
            last.close().await
        });
        dropped.map_err(|error| failed(&error))
    }
}

/// A query in the form in which it is asked.
pub(super) struct Prepared {
    statement: String,
    prefectures: u64,
    narrow: [i32; 4],
    phrase: Option<(Vec<i32>, String)>,
}

fn statement(menu: usize, with_phrase: bool) -> String {
    let count = |bit: usize| format!("coalesce(sum(people) FILTER (WHERE mask & {} <> 0), 0)", 1u64 << bit);
    let counts = |at: usize| {
        let counts: Vec<String> = (0..COUNTED[at].list().codes().len()).map(count).collect();
        format!("ARRAY[{}]", counts.join(", "))
    };
    SEARCH
        .replace("{menu}", &format!("m{menu}"))
        .replace("{said}", if with_phrase { SAID } else { "" })
        .replace("{phrase}", if with_phrase { PHRASE } else { "" })
        .replace("{prefectures}", &counts(0))
        .replace("{industries}", &counts(1))
        .replace("{fees}", &counts(2))
        .replace("{formats}", &counts(3))
}

fn row(known: &Known, seed: u64) -> String {
    let Masks { counted: [prefectures, industries, fees, formats], durations } = known.masks();
    let standings: Vec<String> = (0..8).map(|menu| known.standing(menu).to_string()).collect();
    // The database's numbers are signed: the order stays.
    let turn = (turn(seed, known) ^ 1 << 63) as i64;
    let (number, standings) = (known.n, standings.join("\t"));
    format!("{number}\t{standings}\t{industries}\t{fees}\t{formats}\t{durations}\t{prefectures}\t{turn}\n")
}

fn said(known: &Known) -> String {
    let texts = known.normalised();
    let mut all: Vec<i32> = texts.iter().flat_map(|text| grams(text)).collect();
    all.sort_unstable();
    all.dedup();
    let all: Vec<String> = all.iter().map(i32::to_string).collect();
    format!("{}\t{}\t{{{}}}\n", known.n, texts.join(BETWEEN).replace('\\', "\\\\"), all.join(","))
}

/// Each two characters that follow each other as one number. Characters that share their lower 16 bits are taken for the
/// same; the phrase is looked for in the text after all.
fn grams(text: &str) -> Vec<i32> {
    let characters: Vec<u32> = text.chars().map(|c| c as u32 & 0xffff).collect();
    let mut grams: Vec<i32> = characters.windows(2).map(|pair| (pair[0] << 16 | pair[1]) as i32).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}
