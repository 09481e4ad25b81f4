//! The program in its two shapes: one process on SQLite, or a process a service on PostgreSQL and NATS.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use futures::future::join_all;
use kit_clock::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use crate::clients::Clients;
use crate::command::{self, Ended};
use crate::nats::Nats;
use crate::postgres::{Databases, Server};
use crate::process::{Process, Ready, Recipe};
use crate::way::Way;

/// What cargo has built for the tests. Made with [`built!`](crate::built).
#[derive(Clone, Copy, Debug)]
pub struct Built {
    /// The program.
    pub program: &'static str,
    /// A directory on disk for the tests' files.
    pub scratch: &'static str,
}

/// What cargo has built for this test or benchmark.
#[macro_export]
macro_rules! built {
    () => {
        $crate::deployment::Built {
            program: env!("CARGO_BIN_EXE_activelist-under-test"),
            scratch: env!("CARGO_TARGET_TMPDIR"),
        }
    };
}

/// How the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Everything in one process.
    Embedded,
    /// A process for each service.
    Distributed,
}

/// How a deployment is started.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its clock stands.
    pub clock: Timestamp,
    /// Its log filter.
    pub log: String,
    /// Where its traces go.
    pub otlp: Option<String>,
    /// More options of the survey: a name and a value, and so on.
    pub survey: Vec<String>,
    /// Every service runs; without it, the distributed shape is the list alone: survey, registry, search.
    pub whole: bool,
    /// A PostgreSQL server of its own, and a way between any two parts and to whoever calls, all of which may break.
    pub breakable: bool,
}

/// The services of the list.
const LIST: [&str; 3] = ["survey", "registry", "search"];
/// Every service. Some read each other's logs, so no order has all of them after those that they read.
const WHOLE: [&str; 7] = ["survey", "registry", "engagement", "search", "insights", "notices", "matching"];

/// Whose addresses a service is told: it reads their logs, or calls them.
fn reads(service: &str) -> &'static [&'static str] {
    match service {
        "registry" => &["survey"],
        "search" | "insights" => &["survey", "registry", "engagement"],
        "engagement" => &["matching", "registry"],
        "notices" => &["survey", "registry", "engagement", "matching"],
        "matching" => &["registry", "search", "engagement", "notices"],
        _ => &[],
    }
}

impl Default for Settings {
    fn default() -> Self {
        let clock = "2025-03-14T09:26:53+09:00".parse().expect("a time");
        Self { clock, log: "info".to_owned(), otlp: None, survey: Vec::new(), whole: false, breakable: false }
    }
}

/// The program, running.
#[derive(Debug)]
pub struct Deployment {
    // Dropped in this order: processes before what they need.
    parts: BTreeMap<String, Process>,
    ports: BTreeMap<String, u16>,
    /// The NATS server of the distributed shape.
    pub nats: Option<Nats>,
    databases: Option<Databases>,
    /// The PostgreSQL server of a breakable distributed shape.
    pub postgres: Option<Server>,
    ways: BTreeMap<(String, String), Way>,
    /// What was built.
    pub built: Built,
    shape: Shape,
    settings: Settings,
    home: TempDir,
}

impl Deployment {
    /// Starts it with the usual settings.
    pub async fn start(built: Built, shape: Shape) -> Self {
        Self::start_with(built, shape, Settings::default()).await
    }

    /// Starts it, and returns when every part is ready.
    ///
    /// # Panics
    /// When a part does not become ready, or the environment lacks PostgreSQL or NATS for the distributed shape.
    pub async fn start_with(built: Built, shape: Shape, settings: Settings) -> Self {
        std::fs::create_dir_all(built.scratch).expect("the scratch directory");
        let home = tempfile::Builder::new().prefix("e2e-").tempdir_in(built.scratch).expect("a new directory");
        let (mut nats, mut databases, mut postgres) = (None, None, None);
        let services: &[&str] = if settings.whole { &WHOLE } else { &LIST };
        if shape == Shape::Distributed {
            let purposes = [services, &["keys"]].concat();
            databases = Some(if settings.breakable {
                let server = Server::start().await;
                let made = Databases::make_in(&server.url, &purposes).await;
                postgres = Some(server);
                made
            } else {
                Databases::make(&purposes).await
            });
            nats = Some(Nats::start(home.path()).await);
        }
        let (parts, ports, ways) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut deployment = Self { parts, ports, nats, databases, postgres, ways, built, shape, settings, home };
        match shape {
            Shape::Embedded => {
                deployment.ports.insert("all".to_owned(), free_port());
                deployment.lay_ways(&["all"]).await;
                deployment.run("all", 1).await;
            }
            Shape::Distributed => {
                // All at once, readers first: none may wait for another to listen before it does.
                deployment.ports.extend(services.iter().map(|service| (part_name(service, 1), free_port())));
                deployment.lay_ways(services).await;
                let recipes = services.iter().rev().map(|service| deployment.recipe(service, 1));
                let started = join_all(recipes.collect::<Vec<_>>().into_iter().map(Process::start)).await;
                deployment.parts.extend(started.into_iter().map(|part| (part.recipe().name.clone(), part)));
            }
        }
        deployment
    }

    /// Ways from each of these to all that it needs, and from the tests to each.
    async fn lay_ways(&mut self, services: &[&str]) {
        if !self.settings.breakable {
            return;
        }
        let mut to = Vec::new();
        for service in services {
            let own = format!("127.0.0.1:{}", self.ports[*service]);
            to.push(((TESTS, *service), own));
            if let (Some(postgres), Some(nats)) = (&self.postgres, &self.nats) {
                to.push(((service, "postgres"), postgres.address.clone()));
                to.push(((service, "nats"), nats.url.replace("nats://", "")));
            }
            let read = reads(service).iter().filter(|producer| self.ports.contains_key(**producer));
            to.extend(read.map(|producer| ((*service, *producer), format!("127.0.0.1:{}", self.ports[*producer]))));
        }
        for ((from, name), address) in to {
            self.ways.insert((from.to_owned(), name.to_owned()), Way::to(&address).await);
        }
    }

    /// From whom to whom there are ways, of a breakable deployment.
    pub fn ways(&self) -> Vec<(String, String)> {
        self.ways.keys().cloned().collect()
    }

    /// The way from one part to another, or to `postgres` or `nats`; from `tests` for whoever calls.
    ///
    /// # Panics
    /// When there is none.
    pub fn way(&self, from: &str, to: &str) -> &Way {
        let way = self.ways.get(&(from.to_owned(), to.to_owned()));
        way.unwrap_or_else(|| panic!("no way from {from} to {to} in this deployment"))
    }

    /// Where `from` reaches what listens at `address`.
    fn reached(&self, from: &str, to: &str, url: &str, address: &str) -> String {
        let way = self.ways.get(&(from.to_owned(), to.to_owned()));
        way.map_or_else(|| url.to_owned(), |way| url.replace(address, &way.address()))
    }

    /// Starts one more process of a service, beside the first. It reads from the survey of the same number.
    pub async fn add_replica(&mut self, service: &str) {
        self.run(service, 2).await;
    }

    /// Stops it in order, and starts it again on a clock that stands elsewhere.
    ///
    /// # Panics
    /// When a part does not become ready again.
    pub async fn clock_to(&mut self, at: Timestamp) {
        self.settings.clock = at;
        for part in self.parts.values_mut() {
            part.stop().await;
        }
        let recipes: Vec<Recipe> = self.parts.keys().map(|name| self.recipe_of(name)).collect();
        let started = join_all(recipes.into_iter().map(Process::start)).await;
        self.parts = started.into_iter().map(|part| (part.recipe().name.clone(), part)).collect();
    }

    fn recipe_of(&self, part: &str) -> Recipe {
        match part.split_once('-') {
            Some((service, number)) => self.recipe(service, number.parse().expect("the number of a replica")),
            None => self.recipe(part, 1),
        }
    }

    async fn run(&mut self, service: &str, number: usize) {
        let name = part_name(service, number);
        self.ports.entry(name.clone()).or_insert_with(free_port);
        let started = Process::start(self.recipe(service, number)).await;
        self.parts.insert(name, started);
    }

    fn recipe(&self, service: &str, number: usize) -> Recipe {
        Recipe {
            name: part_name(service, number),
            program: self.built.program.to_owned(),
            arguments: self.arguments(service, number),
            environment: Vec::new(),
            ready: Ready::Stdout("listening on "),
        }
    }

    fn arguments(&self, service: &str, number: usize) -> Vec<String> {
        let mut arguments = vec!["serve".to_owned(), service.to_owned()];
        let mut say = |option: &str, value: String| arguments.extend([format!("--{option}"), value]);
        say("listen", format!("127.0.0.1:{}", self.ports[&part_name(service, number)]));
        say("clock", self.settings.clock.to_string());
        say("log", self.settings.log.clone());
        if let Some(otlp) = &self.settings.otlp {
            say("otlp", otlp.clone());
        }
        if ["all", "survey"].contains(&service) {
            let more = self.settings.survey.chunks(2);
            more.for_each(|pair| say(&pair[0], pair[1].clone()));
        }
        if self.shape == Shape::Embedded {
            say("data", self.data().display().to_string());
            return arguments;
        }
        let databases = self.databases.as_ref().expect("databases of the distributed shape");
        let address = self.postgres.as_ref().map(|server| server.address.clone()).unwrap_or_default();
        let database = |purpose: &str| self.reached(service, "postgres", &databases.url(purpose), &address);
        say("keys", database("keys"));
        let nats = &self.nats.as_ref().expect("the NATS server of the distributed shape").url;
        say("nats", self.reached(service, "nats", nats, nats.trim_start_matches("nats://")));
        // The reports are in memory alone.
        if service != "insights" {
            say("database", database(service));
        }
        if service == "search" {
            let kept = self.home.path().join(format!("{}.snapshot", part_name(service, number)));
            say("snapshot", kept.display().to_string());
        }
        for producer in reads(service).iter().filter(|producer| self.runs(producer)) {
            let twin = part_name(producer, number);
            let url = self.address(if self.ports.contains_key(&twin) { &twin } else { producer });
            say(producer, self.reached(service, producer, &url, url.trim_start_matches("http://")));
        }
        arguments
    }

    fn runs(&self, service: &str) -> bool {
        self.shape == Shape::Embedded || self.settings.whole || LIST.contains(&service)
    }

    fn address(&self, part: &str) -> String {
        let port = self.ports.get(part).unwrap_or_else(|| panic!("no part {part} in this deployment"));
        format!("http://127.0.0.1:{port}")
    }

    /// Its shape.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Where its clock stands.
    pub const fn clock(&self) -> Timestamp {
        self.settings.clock
    }

    /// A directory of this deployment's own, for files of the test.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the embedded shape keeps its databases.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// The databases of the distributed shape.
    pub const fn databases(&self) -> Option<&Databases> {
        self.databases.as_ref()
    }

    /// Names of its processes, without NATS.
    pub fn names(&self) -> Vec<String> {
        self.parts.keys().cloned().collect()
    }

    /// A process: `all`, or `survey`, `registry`, `search`, and `survey-2` for a replica.
    ///
    /// # Panics
    /// When there is none of this name.
    pub fn part(&mut self, name: &str) -> &mut Process {
        self.parts.get_mut(name).unwrap_or_else(|| panic!("no part {name} in this deployment"))
    }

    /// The name of the process that a service runs in.
    pub fn home_of(&self, service: &'static str) -> &'static str {
        match self.shape {
            Shape::Embedded => "all",
            Shape::Distributed => service,
        }
    }

    /// The address of a service.
    pub fn url(&self, service: &'static str) -> String {
        let home = self.home_of(service);
        let url = self.address(home);
        self.reached(TESTS, home, &url, url.trim_start_matches("http://"))
    }

    /// Clients of the services.
    pub fn clients(&self) -> Clients {
        Clients::connect(|service| if self.runs(service) { self.url(service) } else { NOBODY.to_owned() })
    }

    /// Clients that reach replicas where there are any.
    pub fn clients_of_replicas(&self) -> Clients {
        Clients::connect(|service| {
            let twin = part_name(service, 2);
            match self.ports.contains_key(&twin) {
                true => self.address(&twin),
                false if self.runs(service) => self.url(service),
                false => NOBODY.to_owned(),
            }
        })
    }

    /// Arguments that tell a command where the services are.
    pub fn servers(&self) -> Vec<String> {
        let mut arguments = vec!["--server".to_owned(), self.url("survey")];
        if self.shape == Shape::Distributed {
            for service in WHOLE.into_iter().filter(|service| *service != "survey" && self.runs(service)) {
                arguments.extend([format!("--{service}"), self.url(service)]);
            }
        }
        arguments
    }

    /// Runs a command against this deployment, to its end.
    pub async fn command(&self, arguments: &[&str]) -> Ended {
        let servers = self.servers();
        let all: Vec<&str> = arguments.iter().copied().chain(servers.iter().map(String::as_str)).collect();
        command::run(self.built, &all).await
    }

    /// Runs a command that has to end well, and answers its JSON.
    ///
    /// # Panics
    /// When it does not.
    pub async fn told(&self, arguments: &[&str]) -> Value {
        let ended = self.command(arguments).await;
        assert_eq!(ended.code, Some(0), "activelist {arguments:?}: {ended:?}");
        ended.json()
    }

    /// Imports a file by the command line.
    pub async fn import(&self, file: &Path) -> Value {
        self.told(&["import", "survey", &file.display().to_string(), "--json"]).await
    }

    /// Begins to import a file.
    pub fn begin_import(&self, file: &Path) -> Process {
        let servers = self.servers();
        let file = file.display().to_string();
        let all = ["import", "survey", &file, "--json"].into_iter().chain(servers.iter().map(String::as_str));
        command::begin(self.built, &all.collect::<Vec<_>>())
    }

    /// What all processes wrote on stderr so far.
    pub fn logs(&self) -> String {
        self.parts.values().map(Process::stderr).collect()
    }
}

/// Whoever calls from outside, among the ways.
pub const TESTS: &str = "tests";
/// An address that nobody listens on.
const NOBODY: &str = "http://127.0.0.1:1";

fn part_name(service: &str, number: usize) -> String {
    if number == 1 { service.to_owned() } else { format!("{service}-{number}") }
}

/// A port that nobody listens on, given out once, and below the range from which the kernel takes ports for outgoing
/// connections: it must still be free when a process that was killed comes back.
pub fn free_port() -> u16 {
    static GIVEN: LazyLock<Mutex<BTreeSet<u16>>> = LazyLock::new(Mutex::default);
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let chance = uuid::Uuid::now_v7().as_u128() % 12_000;
        let port = 20_000 + u16::try_from(chance).expect("less than 12,000");
        if given.insert(port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
