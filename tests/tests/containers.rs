//! The files by which the set runs in containers, held against the program: a service, a setting, a database or a password
//! that one side has and another forgot is named here, without any container.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use activelist::args::Args;
use clap::{Command, CommandFactory as _, Parser as _};
use kit_log::NatsConfig;
use serde_json::{Map, Value};

/// What runs beside the services, and is not ours.
const ENGINES: [&str; 2] = ["postgres", "nats"];
/// For operators; not running.
const CLI: &str = "cli";

fn file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn compose() -> Value {
    serde_saphyr::from_str(&file("docker-compose.yml")).unwrap()
}

fn parts(compose: &Value) -> &Map<String, Value> {
    compose["services"].as_object().unwrap()
}

/// The containers of our program that keep running, by name.
fn services(compose: &Value) -> BTreeMap<String, Value> {
    let ours = |name: &str| !ENGINES.contains(&name) && name != CLI;
    parts(compose).iter().filter(|(name, _)| ours(name)).map(|(name, part)| (name.clone(), part.clone())).collect()
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// Settings with a value; those without one are taken over from `.env` where they stand there.
fn settings(part: &Value) -> BTreeMap<String, Option<String>> {
    let all = part["environment"].as_object().unwrap();
    all.iter().map(|(name, value)| (name.clone(), value.as_str().map(filled))).collect()
}

/// `${NAME:?…}` becomes `secret`, `${NAME:-default}` the default.
fn filled(text: &str) -> String {
    let mut pieces = text.split("${");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let (inner, rest) = piece.split_once('}').unwrap();
        text + inner.split_once(":-").map_or("secret", |(_, default)| default) + rest
    })
}

/// Every `${NAME…}` of the compose file, with whether it has to be given.
fn asked_for() -> BTreeMap<String, bool> {
    let text = file("docker-compose.yml");
    let inner = text.split("${").skip(1).map(|piece| piece.split_once('}').unwrap().0);
    inner
        .map(|inner| {
            inner.split_once(':').map_or((inner.to_owned(), true), |(n, d)| (n.to_owned(), d.starts_with('?')))
        })
        .collect()
}

/// `ENV` of the image.
fn image() -> BTreeMap<String, String> {
    let text = file("deploy/Dockerfile").replace("\\\n", " ");
    let told = text.lines().filter_map(|line| line.strip_prefix("ENV ")).flat_map(str::split_whitespace);
    told.map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn serve() -> Command {
    Args::command().find_subcommand("serve").unwrap().clone()
}

/// The option behind each setting of a command: its own and those of every command.
fn options(command: &Command) -> BTreeMap<String, String> {
    let everywhere = Args::command();
    let all = command.get_arguments().chain(everywhere.get_arguments());
    let known = all.filter_map(|arg| Some((arg.get_env()?.to_str()?.to_owned(), arg.get_long()?.to_owned())));
    known.collect()
}

#[test]
fn every_service_has_a_container() {
    let program: BTreeSet<String> = serve()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .filter(|name| !["all", "help"].contains(&name.as_str()))
        .collect();
    let compose = compose();
    let containers: BTreeSet<String> = services(&compose).into_keys().collect();
    assert_eq!(containers, program, "containers, and what the program serves");
    for (name, part) in services(&compose) {
        assert_eq!(words(&part["command"]), ["serve", &name]);
    }
}

#[test]
fn each_container_starts_with_settings_that_the_program_knows() {
    let compose = compose();
    for (name, part) in services(&compose) {
        let command = serve().find_subcommand(&name).unwrap().clone();
        let known = options(&command);
        let mut line = vec!["activelist".to_owned(), "serve".to_owned(), name.clone()];
        let image = image().into_iter().filter(|(setting, _)| known.contains_key(setting));
        let told: BTreeMap<_, _> = image.map(|(name, value)| (name, Some(value))).chain(settings(&part)).collect();
        for (setting, value) in told {
            let option = known.get(&setting).unwrap_or_else(|| panic!("{name} has no setting {setting}"));
            line.extend(value.into_iter().flat_map(|value| [format!("--{option}"), value]));
        }
        Args::try_parse_from(&line).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// What a container is not told though its service could be, and why.
const NOT_TOLD: [(&str, &str); 4] = [
    ("ACTIVELIST_CLOCK", "a clock that stands is for trials"),
    ("ACTIVELIST_LANG", "a service's log is for operators and programs"),
    ("ACTIVELIST_LISTEN", "the image sets it"),
    ("ACTIVELIST_MAIL_ADDRESSES", "a file, and so a matter of whoever mounts it"),
];

#[test]
fn each_container_is_told_all_that_its_service_can_be() {
    let compose = compose();
    for (name, part) in services(&compose) {
        let told = settings(&part);
        for setting in options(serve().find_subcommand(&name).unwrap()).into_keys() {
            let left = NOT_TOLD.iter().any(|(known, _)| *known == setting);
            assert!(told.contains_key(&setting) != left, "{name} and {setting}");
        }
    }
}

#[test]
fn whatever_a_service_can_be_told_can_stand_in_the_environment() {
    for command in serve().get_subcommands().filter(|command| command.get_name() != "help") {
        for arg in command.get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str())) {
            let setting = arg.get_env().and_then(|name| name.to_str()).unwrap_or_default();
            assert!(setting.starts_with("ACTIVELIST_"), "serve {}: --{}", command.get_name(), arg.get_id());
        }
    }
}

#[test]
fn the_operator_reaches_every_service() {
    let compose = compose();
    let health = Args::command().find_subcommand("health").unwrap().clone();
    let (known, told) = (options(&health), settings(&compose["services"][CLI]));
    for service in services(&compose).into_keys() {
        let setting = format!("ACTIVELIST_{}", service.to_uppercase());
        assert!(known.contains_key(&setting), "the program has no setting {setting}");
        assert_eq!(told[&setting].as_deref(), Some(&*format!("http://{service}:8400")));
    }
}

#[test]
fn neighbours_databases_and_passwords_exist() {
    let (compose, script, example) = (compose(), file("deploy/postgres/databases.sh"), file(".env.example"));
    let line = script.lines().find_map(|line| line.strip_prefix("for name in ")).unwrap();
    let made: BTreeSet<&str> = line.trim_end_matches("; do").split(' ').collect();
    let mut used = BTreeSet::new();
    for (name, part) in services(&compose) {
        for (setting, value) in settings(&part).into_iter().filter_map(|(setting, value)| Some((setting, value?))) {
            let Some((scheme, rest)) = value.split_once("://") else { continue };
            let host = rest.rsplit('@').next().unwrap().split([':', '/']).next().unwrap();
            assert!(parts(&compose).contains_key(host), "{name}: {setting} leads to {host}, which is no container");
            if scheme == "postgres" {
                let (user, database) = (rest.split(':').next().unwrap(), rest.rsplit('/').next().unwrap());
                assert!(made.contains(database), "{name}: no script makes the database {database}");
                assert!(user == database && [&*name, "keys"].contains(&user), "{name} is {user} in {database}");
                used.insert(user.to_owned());
            }
        }
    }
    assert_eq!(used.iter().map(String::as_str).collect::<BTreeSet<_>>(), made, "databases in use, and made");
    for name in made {
        let password = format!("{}_PASSWORD", name.to_uppercase());
        assert!(
            settings(&compose["services"]["postgres"]).contains_key(&password),
            "PostgreSQL is not told {password}"
        );
    }
    for (name, needed) in asked_for() {
        let there = example.lines().any(|line| line.trim_start_matches('#').starts_with(&format!("{name}=")));
        let empty = example.lines().any(|line| line == format!("{name}="));
        assert!(there && (empty || !needed), ".env.example does not tell {name}");
    }
}

#[test]
fn what_the_example_offers_arrives() {
    let compose = compose();
    let taken_over: BTreeSet<String> = services(&compose)
        .values()
        .flat_map(settings)
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| name)
        .collect();
    let asked_for = asked_for();
    for line in file(".env.example").lines().filter(|line| line.contains('=')) {
        let name = line.trim_start_matches('#').split('=').next().unwrap();
        let arrives = name == "COMPOSE_PROJECT_NAME" || taken_over.contains(name) || asked_for.contains_key(name);
        assert!(arrives, "{name} goes nowhere");
    }
}

#[test]
fn nothing_is_open_to_the_network() {
    let compose = compose();
    assert_eq!(compose["networks"]["inside"]["internal"], true);
    for (name, part) in parts(&compose) {
        let ports = part.get("ports").map(words).unwrap_or_default();
        assert!(ports.iter().all(|port| port.starts_with("127.0.0.1:")), "{name}: {ports:?}");
        if ENGINES.contains(&name.as_str()) {
            assert!(ports.is_empty(), "{name} is reached from outside");
            assert_eq!(words(&part["networks"]), ["inside"], "{name}");
        }
    }
}

#[test]
fn every_container_comes_back_and_tells_its_health() {
    let compose = compose();
    for (name, part) in parts(&compose).iter().filter(|(name, _)| *name != CLI) {
        assert_eq!(part["restart"], "unless-stopped", "{name}");
        let grace: u32 = part["stop_grace_period"].as_str().unwrap().trim_end_matches('s').parse().unwrap();
        assert!(grace >= 25, "{name} is cut off after {grace} s");
        assert!(!ENGINES.contains(&name.as_str()) || part["healthcheck"]["test"].is_array(), "{name}");
    }
    let dockerfile = file("deploy/Dockerfile");
    let check = dockerfile.lines().find(|line| line.starts_with("HEALTHCHECK")).unwrap();
    let mut line: Vec<String> = serde_json::from_str(check.split_once("CMD").unwrap().1).unwrap();
    line.extend(["--server".to_owned(), image()["ACTIVELIST_SERVER"].clone()]);
    Args::try_parse_from(line).unwrap();
}

#[test]
fn the_carrier_keeps_what_it_acknowledges_and_has_room_for_every_log() {
    let conf = file("deploy/nats/nats.conf");
    let value = |name: &str| {
        let told = conf.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        told.unwrap_or_else(|| panic!("{name} is not set")).to_owned()
    };
    assert_eq!(value("sync_interval"), "always");
    let compose = compose();
    assert_eq!(value("max_file_store"), "$NATS_STORE");
    let room = settings(&compose["services"]["nats"])["NATS_STORE"].clone().unwrap();
    let room: i64 = room.trim_end_matches("GB").parse::<i64>().unwrap() << 30;
    let has_log = |part: &&Value| settings(part).contains_key("ACTIVELIST_DATABASE");
    let logs = i64::try_from(services(&compose).values().filter(has_log).count()).unwrap();
    assert!(room >= logs * NatsConfig::STREAM, "{logs} logs do not fit into {room} bytes");
}
