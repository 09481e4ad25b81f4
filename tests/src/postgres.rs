//! Databases of a test's own in the PostgreSQL server of the environment.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Where the tests find the server: a superuser's way to a maintenance database.
const SERVER: &str = "ACTIVELIST_TEST_POSTGRES_URL";

/// Databases that are dropped with this.
#[derive(Debug)]
pub struct Databases {
    server: String,
    names: Vec<String>,
}

impl Databases {
    /// Makes one database for each purpose.
    ///
    /// # Panics
    /// When the environment does not name the server, or it refuses.
    pub async fn make(purposes: &[&str]) -> Self {
        let server = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!("{SERVER} is not set: run the tests with `make test`, or behind deploy/dev/with-servers")
        });
        let run = uuid::Uuid::now_v7().simple().to_string();
        let names: Vec<String> = purposes.iter().map(|purpose| format!("e2e_{purpose}_{run}")).collect();
        let mut connection = PgConnection::connect(&server).await.expect("the PostgreSQL server of the environment");
        for name in &names {
            let sql = AssertSqlSafe(format!("CREATE DATABASE {name}"));
            sqlx::query(sql).execute(&mut connection).await.expect("a new database");
        }
        Self { server, names }
    }

    /// The way to the database of a purpose.
    ///
    /// # Panics
    /// When there is none.
    pub fn url(&self, purpose: &str) -> String {
        let prefix = format!("e2e_{purpose}_");
        let name = self.names.iter().find(|name| name.starts_with(&prefix)).expect("a purpose of this test");
        let (server, _) = self.server.rsplit_once('/').expect("a URL with a database");
        format!("{server}/{name}")
    }

    /// Every row of every table of a purpose's database, as text. Bytes are in hexadecimal.
    ///
    /// # Panics
    /// When the database is away.
    pub async fn dump(&self, purpose: &str) -> String {
        let mut connection = PgConnection::connect(&self.url(purpose)).await.expect("a database of ours");
        let tables = "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables \
                      WHERE table_schema NOT IN ('pg_catalog', 'information_schema')";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.expect("its tables");
        let mut dump = String::new();
        for table in tables {
            let rows = AssertSqlSafe(format!("SELECT row_to_json(t)::text FROM {table} t"));
            let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.expect("its rows");
            for row in rows {
                dump.push_str(&row);
                dump.push('\n');
            }
        }
        dump
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        let (server, names) = (self.server.clone(), std::mem::take(&mut self.names));
        // A test's runtime cannot be waited for from within; a thread of its own can.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                let Ok(mut connection) = PgConnection::connect(&server).await else { return };
                for name in names {
                    let sql = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                    drop(sqlx::query(sql).execute(&mut connection).await);
                }
            });
        });
        drop(dropping.join());
    }
}
