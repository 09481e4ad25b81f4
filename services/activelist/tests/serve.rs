//! The program as a process: when it opens its port, what it refuses, how it ends.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn activelist() -> Command {
    Command::new(env!("CARGO_BIN_EXE_activelist"))
}

fn serve_all(data: &Path) -> Command {
    let mut command = activelist();
    command.args(["serve", "all", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(data);
    command
}

/// A server that is ended with the test.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        Self::run(&mut serve_all(data))
    }

    fn run(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { process, url }
    }

    fn terminate(mut self) -> Option<i32> {
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.process.id())]).status().unwrap();
        assert!(sent.success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn says(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_is_healthy_when_its_port_opens_and_leaves_cleanly() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("new/data"));
    let health = activelist().args(["health", "--server", &server.url]).output().unwrap();
    assert!(health.status.success(), "{}", says(&health));
    let parked = activelist().args(["parked", "list", "--json", "--server", &server.url]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&parked.stdout).trim(), r#"{"parked":[]}"#, "{}", says(&parked));
    let url = server.url.clone();
    assert_eq!(server.terminate(), Some(0));
    let health = activelist().args(["health", "--server", &url]).output().unwrap();
    assert_eq!(health.status.code(), Some(1));
    assert_eq!(says(&health).lines().count(), 1, "one line: {}", says(&health));
}

#[test]
fn it_leaves_at_once_while_it_waits_for_a_database() {
    let dir = tempfile::tempdir().unwrap();
    let keys = format!("sqlite:{}", dir.path().join("keys.db").display());
    let mut command = activelist();
    command.args(["serve", "survey", "--listen", "127.0.0.1:0", "--log", "warn", "--keys", &keys]);
    // A port that nobody listens on.
    command.args(["--database", "postgres://somebody:secret@127.0.0.1:1/survey"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    let waits = log.find(|line| line.as_ref().unwrap().contains("waiting for the database")).unwrap().unwrap();
    assert!(waits.contains("127.0.0.1:1/survey") && !waits.contains("secret"), "{waits}");
    let mut stdout = process.stdout.take().unwrap();
    let server = Server { process, url: String::new() };
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(std::io::read_to_string(&mut stdout).unwrap(), "", "it never listened");
}

#[test]
fn a_directory_belongs_to_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let first = Server::start(dir.path());
    let second = serve_all(dir.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(says(&second).contains("別のプロセス") && says(&second).contains(dir.path().to_str().unwrap()));
    assert!(second.stdout.is_empty(), "it never listened");
    assert_eq!(first.terminate(), Some(0));
    assert_eq!(Server::start(dir.path()).terminate(), Some(0), "it is free again");
}

#[test]
fn what_is_no_directory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let refused = serve_all(&file).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(says(&refused).contains(file.to_str().unwrap()), "{}", says(&refused));
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("survey.db"), "this is no database, however long it may be ".repeat(200)).unwrap();
    let refused = serve_all(dir.path()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(says(&refused).contains("survey.db"), "{}", says(&refused));
}

#[test]
fn one_service_a_process_without_a_broker_shows_what_was_imported() {
    let dir = tempfile::tempdir().unwrap();
    let database = |name: &str| format!("sqlite:{}", dir.path().join(format!("{name}.db")).display());
    let serve = |words: &[&str]| {
        let mut command = activelist();
        let keys = database("keys");
        command.arg("serve").args(words).args(["--listen", "127.0.0.1:0", "--log", "warn", "--keys", &keys]);
        Server::run(&mut command)
    };
    let survey = serve(&["survey", "--database", &database("survey")]);
    let registry = serve(&["registry", "--database", &database("registry"), "--survey", &survey.url]);
    let search =
        serve(&["search", "--database", &database("search"), "--survey", &survey.url, "--registry", &registry.url]);
    let mut import = activelist();
    let campaign = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/fy2024/skill_survey.csv");
    import.args(["import", "survey", campaign, "--json", "--server", &survey.url, "--search", &search.url]);
    let expected: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/data/fy2024/skill_survey.expected.json")).unwrap();
    let done = import.output().unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", says(&done)));
    assert_eq!((&summary["stored"], &summary["listed"]), (&expected["received"], &expected["listed"]));
    for server in [search, registry, survey] {
        assert_eq!(server.terminate(), Some(0));
    }
}

#[test]
fn the_engagements_by_themselves_keep_what_was_imported() {
    let dir = tempfile::tempdir().unwrap();
    let database = |name: &str| format!("sqlite:{}", dir.path().join(format!("{name}.db")).display());
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/fy2024/guidance.csv");
    for (stored, repeated) in [(35, 0), (0, 35)] {
        let mut command = activelist();
        command.args(["serve", "engagement", "--listen", "127.0.0.1:0", "--log", "warn"]);
        let server = Server::run(command.args(["--keys", &database("keys"), "--database", &database("engagement")]));
        let done = activelist().args(["import", "guidance", file, "--json", "--server", &server.url]).output().unwrap();
        let told: serde_json::Value =
            serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", says(&done)));
        assert_eq!((&told["stored"], &told["repeated"]), (&stored.into(), &repeated.into()));
        assert_eq!(server.terminate(), Some(0));
    }
}

/// What the register read of a log is no longer in it after a restore, and what is entered next must not be taken for that.
#[test]
fn a_restored_log_is_read_from_the_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let (data, kept) = (dir.path().join("data"), dir.path().join("kept.db"));
    let database = |name: &str| format!("sqlite:{}", data.join(format!("{name}.db")).display());
    let made = activelist().args(["generate", "--experts", "30"]).output().unwrap().stdout;
    let made = String::from_utf8(made).unwrap();
    let (heading, rows) = made.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let import = |server: &Server, rows: &[&str]| {
        let file = dir.path().join("responses.csv");
        std::fs::write(&file, format!("{heading}\n{}\n", rows.join("\n"))).unwrap();
        activelist().args(["import", "survey", file.to_str().unwrap(), "--server", &server.url]).output().unwrap()
    };
    let all = |rows: &[&str]| {
        let server = Server::start(&data);
        let done = import(&server, rows);
        assert!(done.status.success(), "{}", says(&done));
        assert_eq!(server.terminate(), Some(0));
    };
    all(&rows[..10]);
    std::fs::copy(data.join("survey.db"), &kept).unwrap();
    all(&rows[10..20]);
    std::fs::copy(&kept, data.join("survey.db")).unwrap();
    let migrate = ["migrate", "--service", "survey", "--restored", "--database", &database("survey")];
    let renewed = activelist().args(migrate).output().unwrap();
    assert!(renewed.status.success(), "{}", says(&renewed));
    // As much as was lost is entered before the register looks at the log again.
    let mut alone = activelist();
    alone.args(["serve", "survey", "--listen", "127.0.0.1:0", "--log", "warn"]);
    let survey = Server::run(alone.args(["--keys", &database("keys"), "--database", &database("survey")]));
    // Nobody can show it here; what is stored shows below.
    import(&survey, &rows[20..]);
    assert_eq!(survey.terminate(), Some(0));
    let server = Server::start(&data);
    // Which waits until the search shows all of it.
    assert!(import(&server, &rows[20..]).status.success());
    let listed =
        activelist().args(["export", "experts", "--format", "jsonl", "--server", &server.url]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for row in rows[..10].iter().chain(&rows[20..]) {
        let number = row.split(',').nth(1).unwrap();
        assert!(listed.contains(&format!("\"{number}\"")), "{number} is not listed: {listed}");
    }
    assert_eq!(server.terminate(), Some(0));
    let keys =
        activelist().args(["migrate", "--service", "keys", "--restored", "--database", &database("keys")]).output();
    assert_eq!(keys.unwrap().status.code(), Some(2), "the keys have no log");
}

/// `NAME=` in a file of settings takes one back.
#[test]
fn an_empty_setting_is_none() {
    fn settings(command: &clap::Command) -> Vec<String> {
        let own = command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_str()?.to_owned()));
        own.chain(command.get_subcommands().flat_map(settings)).collect()
    }
    let dir = tempfile::tempdir().unwrap();
    let mut command = serve_all(dir.path());
    let all = settings(&<activelist::args::Args as clap::CommandFactory>::command());
    assert!(all.len() > 20);
    let server = Server::run(command.envs(all.iter().map(|name| (name, ""))));
    assert_eq!(server.terminate(), Some(0));
}

/// They read each other's logs, so whoever starts first finds the others away.
#[test]
fn those_who_read_each_other_start_without_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let database = |name: &str| format!("sqlite:{}", dir.path().join(format!("{name}.db")).display());
    const NOBODY: &str = "http://127.0.0.1:1";
    let others: [(&str, &[&str]); 3] = [
        ("matching", &["registry", "search", "engagement", "notices"]),
        ("notices", &["registry", "engagement", "matching"]),
        ("engagement", &["matching"]),
    ];
    for (service, told) in others {
        let mut command = activelist();
        command.args(["serve", service, "--listen", "127.0.0.1:0", "--log", "error"]);
        command.args(["--keys", &database("keys"), "--database", &database(service)]);
        for other in told {
            command.args([format!("--{other}"), NOBODY.to_owned()]);
        }
        let server = Server::run(&mut command);
        let health = activelist().args(["health", "--server", &server.url]).output().unwrap();
        assert!(health.status.success(), "{service}: {}", says(&health));
        assert_eq!(server.terminate(), Some(0), "{service}");
    }
}

#[test]
fn migrate_brings_tables_up_before_anybody_serves() {
    let dir = tempfile::tempdir().unwrap();
    for service in ["survey", "registry", "search", "engagement", "notices", "matching", "keys"] {
        let url = format!("sqlite:{}", dir.path().join(format!("{service}.db")).display());
        for _ in 0..2 {
            let done = activelist().args(["migrate", "--service", service, "--database", &url]).output().unwrap();
            assert!(done.status.success(), "{}", says(&done));
        }
    }
    assert_eq!(Server::start(dir.path()).terminate(), Some(0));
}
