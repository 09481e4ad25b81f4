//! Databases of a test's own, in the PostgreSQL server of the environment or in one of the test's own, which may die.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::deployment::free_port;
use crate::process::{Process, Ready, Recipe, send};

/// Where the tests find the server: a superuser's way to a maintenance database.
const SERVER: &str = "ACTIVELIST_TEST_POSTGRES_URL";

/// Databases that are dropped with this, where the server stays.
#[derive(Debug)]
pub struct Databases {
    server: String,
    names: Vec<String>,
    server_stays: bool,
}

fn needed(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the tests with `make test`, or behind deploy/dev/with-servers")
    })
}

impl Databases {
    /// Makes one database for each purpose, in the server of the environment.
    ///
    /// # Panics
    /// When the environment does not name the server, or it refuses.
    pub async fn make(purposes: &[&str]) -> Self {
        let mut made = Self::make_in(&needed(SERVER), purposes).await;
        made.server_stays = true;
        made
    }

    /// Makes one database for each purpose in a server that is gone with the test; this is its maintenance database.
    ///
    /// # Panics
    /// When it refuses.
    pub async fn make_in(server: &str, purposes: &[&str]) -> Self {
        let run = uuid::Uuid::now_v7().simple().to_string();
        let names: Vec<String> = purposes.iter().map(|purpose| format!("e2e_{purpose}_{run}")).collect();
        let mut connection = PgConnection::connect(server).await.expect("the PostgreSQL server");
        for name in &names {
            let sql = AssertSqlSafe(format!("CREATE DATABASE {name}"));
            sqlx::query(sql).execute(&mut connection).await.expect("a new database");
        }
        Self { server: server.to_owned(), names, server_stays: false }
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
        if !self.server_stays {
            return;
        }
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

/// Where the tests find initdb and postgres.
const PROGRAMS: &str = "ACTIVELIST_TEST_POSTGRES_PROGRAMS";

/// A PostgreSQL server of a test's own: it may be killed, with all its processes or one of them, and paused.
#[derive(Debug)]
pub struct Server {
    process: Process,
    /// A superuser's way to a maintenance database, the same for all its lives.
    pub url: String,
    /// `127.0.0.1:PORT`.
    pub address: String,
    paused: Vec<u32>,
    _home: TempDir,
}

impl Server {
    /// Starts one with its files in a directory of its own.
    ///
    /// # Panics
    /// When the environment does not name the programs, or it does not start.
    pub async fn start() -> Self {
        let programs = PathBuf::from(needed(PROGRAMS));
        // In a place that another user can reach, as whom it may have to run; and on a disk.
        let home = tempfile::Builder::new().prefix("activelist.").tempdir_in("/var/tmp").expect("a new directory");
        let own = home.path().join("postgres");
        std::fs::create_dir(&own).expect("a new directory");
        let password = uuid::Uuid::now_v7().simple().to_string();
        let (secret, data) = (own.join("password"), own.join("data"));
        std::fs::write(&secret, &password).expect("a file of ours");
        let user = unprivileged(home.path());
        let mut initdb = user.clone();
        initdb.push(programs.join("initdb").display().to_string());
        let with = |option: &str, path: &Path| format!("--{option}={}", path.display());
        initdb.extend([with("pgdata", &data), with("pwfile", &secret)]);
        initdb.extend(
            ["--username=postgres", "--auth=password", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
                .map(str::to_owned),
        );
        let made = Command::new("setpriv").args(&initdb).stdin(Stdio::null()).output().expect("setpriv is everywhere");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        // A password in the clear, on this machine: what SCRAM costs in an unoptimised build is no part of what is tried.
        let port = free_port();
        let mut arguments = user;
        arguments.extend(["--pdeathsig".to_owned(), "QUIT".to_owned()]);
        arguments.extend([
            programs.join("postgres").display().to_string(),
            "-D".to_owned(),
            data.display().to_string(),
        ]);
        let sockets = format!("unix_socket_directories={}", own.display());
        let settings =
            ["listen_addresses=127.0.0.1", &sockets, "max_connections=400", "fsync=on", "synchronous_commit=on"];
        arguments.extend(["-p".to_owned(), port.to_string()]);
        arguments.extend(settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting.to_owned()]));
        let recipe = Recipe {
            name: "postgres".to_owned(),
            program: "setpriv".to_owned(),
            arguments,
            environment: Vec::new(),
            ready: Ready::Stderr("database system is ready to accept connections"),
        };
        let address = format!("127.0.0.1:{port}");
        let url = format!("postgres://postgres:{password}@{address}/postgres");
        Self { process: Process::start(recipe).await, url, address, paused: Vec::new(), _home: home }
    }

    /// Kills (-9) all its processes at once, as a machine dies.
    pub fn kill(&mut self) {
        let children = self.process.children();
        self.process.kill();
        send("KILL", &children);
    }

    /// Kills (-9) one of its processes that serve somebody; the server ends all others and recovers by itself. False when
    /// nobody is served.
    pub fn kill_one(&mut self, chance: &mut crate::chance::Chance) -> bool {
        let serves = |pid: &u32| {
            let said = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&said).contains("127.0.0.1(")
        };
        let serving: Vec<u32> = self.process.children().into_iter().filter(serves).collect();
        !serving.is_empty() && send("KILL", &[chance.pick(&serving)])
    }

    /// Starts it again after it was killed.
    pub async fn restart(&mut self) {
        self.process.restart().await;
    }

    /// Stops all its processes where they are.
    pub fn pause(&mut self) {
        self.paused = self.process.children();
        self.paused.push(self.process.id());
        send("STOP", &self.paused);
    }

    /// Lets them go on.
    pub fn resume(&mut self) {
        send("CONT", &std::mem::take(&mut self.paused));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.runs() {
            self.resume();
            self.kill();
        }
    }
}

/// Arguments of setpriv that give up root, as whom PostgreSQL refuses to run; none for who is not root.
fn unprivileged(home: &Path) -> Vec<String> {
    let asked = |command: &str| {
        let said = Command::new("sh").args(["-c", command]).output().expect("a shell is everywhere").stdout;
        String::from_utf8_lossy(&said).trim().to_owned()
    };
    if asked("id -u") != "0" {
        return Vec::new();
    }
    let user = if asked("id -u postgres 2>/dev/null").is_empty() { "nobody" } else { "postgres" };
    let group = asked(&format!("id -g {user}"));
    let give = format!("chmod 711 '{0}' && chown -R {user} '{0}/postgres' && chmod 700 '{0}/postgres'", home.display());
    let given = Command::new("sh").args(["-c", &give]).status().expect("a shell is everywhere");
    assert!(given.success(), "{} is given to {user}", home.display());
    vec![format!("--reuid={user}"), format!("--regid={group}"), "--init-groups".to_owned()]
}
