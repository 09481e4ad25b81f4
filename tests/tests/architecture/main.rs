//! The rules that keep the rooms apart, held to every manifest and source file of the repository.
//!
//! Each test first shows that its rule catches what it is there to catch, then finds no offence in the tree. A rule that
//! no longer fits is changed here, in the open, and not worked around.

mod rust_text;
mod tree;

use rust_text::{is_word_character, lines_under, words};
use tree::{Offence, Room, Source, sources, workspace};

// --- who imports whom ------------------------------------------------------------------------------------------------

#[test]
fn only_the_program_imports_services() {
    rooms_keep(
        services_meet_in_the_program,
        &[
            (room("services/survey", "survey", &["registry"]), false),
            (room("services/kit/log", "kit-log", &["survey"]), false),
            (room("tests", "end-to-end", &["search"]), false),
            (room("services/activelist", "activelist", &["registry", "survey"]), true),
            (room("tests/fuzz", "fuzz", &["registry", "survey"]), true),
            (room("services/survey", "survey", &["kit-log", "contract"]), true),
        ],
    );
}

/// Who feeds each reader by itself with hostile bytes has to know each.
fn services_meet_in_the_program(room: &Room, workspace: &[Room]) -> Vec<Offence> {
    let service = |name: &String| workspace.iter().any(|other| other.name == *name && other.is_service());
    if ["services/activelist", "tests/fuzz"].contains(&room.folder.as_str()) {
        return Vec::new();
    }
    room.imports_where(service, "a service; services meet only in services/activelist")
}

#[test]
fn the_contract_imports_no_crate_of_ours() {
    rooms_keep(
        the_contract_stands_alone,
        &[
            (room("proto", "contract", &["kit-clock"]), false),
            (room("proto", "contract", &["prost"]), true),
            (room("services/survey", "survey", &["kit-clock"]), true),
        ],
    );
}

fn the_contract_stands_alone(room: &Room, workspace: &[Room]) -> Vec<Offence> {
    let ours = |name: &String| workspace.iter().any(|other| other.name == *name);
    if room.folder == "proto" {
        room.imports_where(ours, "a crate of ours; everybody imports the contract")
    } else {
        Vec::new()
    }
}

#[test]
fn of_the_kit_only_log_and_serve_speak_the_contract() {
    rooms_keep(
        the_kit_below_is_free_of_the_contract,
        &[
            (room("services/kit/vocabulary", "kit-vocabulary", &["contract"]), false),
            (room("services/kit/log", "kit-log", &["contract"]), true),
            (room("services/kit/serve", "kit-serve", &["contract"]), true),
        ],
    );
}

fn the_kit_below_is_free_of_the_contract(room: &Room, _: &[Room]) -> Vec<Offence> {
    let speaks = ["services/kit/log", "services/kit/serve"].contains(&room.folder.as_str());
    if !room.folder.starts_with("services/kit/") || speaks {
        return Vec::new();
    }
    room.imports_where(
        |name| name == "contract",
        "the contract; only kit-log and kit-serve know its envelopes and options",
    )
}

#[test]
fn one_room_each_knows_nats_and_opentelemetry() {
    rooms_keep(
        carriers_are_imported_once,
        &[
            (room("services/survey", "survey", &["async-nats"]), false),
            (room("services/kit/serve", "kit-serve", &["opentelemetry_sdk"]), false),
            (room("services/search", "search", &["tracing-opentelemetry"]), false),
            (room("services/kit/log", "kit-log", &["async-nats"]), true),
            (room("services/kit/telemetry", "kit-telemetry", &["opentelemetry", "tracing-opentelemetry"]), true),
            (room("tests", "end-to-end", &["async-nats"]), true),
        ],
    );
    sources_keep(
        carriers_are_named_once,
        &[
            ("services/survey/src/events.rs", "use kit_log::Event;\nuse async_nats::Client;", Some(2)),
            ("services/kit/serve/src/lib.rs", "fn span() -> opentelemetry::Context {}", Some(1)),
            ("services/kit/log/src/relay.rs", "use async_nats::jetstream;", None),
            ("services/feed/src/nats.rs", "use async_nats::jetstream;", None),
            ("services/survey/src/lib.rs", "// async_nats carries what this emits", None),
        ],
    );
}

/// The end-to-end tests, standing outside, play the operator of the broker and the collector of the traces.
fn carriers_are_imported_once(room: &Room, _: &[Room]) -> Vec<Offence> {
    let mut found = Vec::new();
    if !["services/kit/log", "services/feed", "tests"].contains(&room.folder.as_str()) {
        found.extend(room.imports_where(|name| name == "async-nats", "NATS, which kit-log alone carries over"));
    }
    if !["services/kit/telemetry", "tests"].contains(&room.folder.as_str()) {
        found.extend(room.imports_where(|name| name.contains("opentelemetry"), "what belongs to kit-telemetry"));
    }
    found
}

fn carriers_are_named_once(source: &Source) -> Vec<Offence> {
    if source.path.starts_with("tests/") {
        return Vec::new();
    }
    let nats = source.path.starts_with("services/kit/log/") || source.path == "services/feed/src/nats.rs";
    let telemetry = source.path.starts_with("services/kit/telemetry/");
    source.words(|word| match word {
        "async_nats" if !nats => Some("NATS is named only in kit-log and services/feed/src/nats.rs".to_owned()),
        _ if word.contains("opentelemetry") && !telemetry => {
            Some("OpenTelemetry is named only in kit-telemetry".to_owned())
        }
        _ => None,
    })
}

#[test]
fn the_ways_in_are_for_hostile_bytes() {
    sources_keep(
        ways_in_are_for_the_targets,
        &[
            ("services/activelist/src/search.rs", "use kit_vocabulary::key;\nuse search::hostile::Desk;", Some(2)),
            ("tests/src/model.rs", "let key = kit_log::hostile::key([0; 32]);", Some(1)),
            ("tests/fuzz/src/targets/index.rs", "use search::hostile::Desk;", None),
            ("services/search/src/lib.rs", "#[cfg(feature = \"hostile\")]\npub mod hostile;", None),
        ],
    );
}

fn ways_in_are_for_the_targets(source: &Source) -> Vec<Offence> {
    if source.path.starts_with("tests/fuzz/") {
        return Vec::new();
    }
    let named = |(number, code): (usize, &str)| {
        let what = "a way in for tests/fuzz, past whatever guards the reader".to_owned();
        code.contains("::hostile").then(|| source.offence(number, what))
    };
    source.numbered().filter_map(named).collect()
}

// --- what stands where within a service ------------------------------------------------------------------------------

#[test]
fn the_domain_is_pure() {
    sources_keep(
        domain_is_pure,
        &[
            ("services/survey/src/domain.rs", "fn a() {}\nasync fn b() {}", Some(2)),
            ("services/search/src/domain/order.rs", "use sqlx::Row;", Some(1)),
            ("services/search/src/domain/order.rs", "use tonic::Status;", Some(1)),
            ("services/registry/src/domain.rs", "let now = std::time::SystemTime::now();", Some(1)),
            ("services/registry/src/domain.rs", "fn stale(clock: &kit_clock::Clock) {}", Some(1)),
            ("services/registry/src/domain.rs", "let text = std::fs::read_to_string(path);", Some(1)),
            ("services/registry/src/domain.rs", "fn stale(now: kit_clock::Timestamp) {} // no async, no tokio", None),
            (
                "services/registry/src/domain.rs",
                "const NOTE: &str = r#\"an \"async\" word\"#; fn a<'async_>() {}",
                None,
            ),
            ("services/kit/forms/src/load.rs", "let text = std::fs::read_to_string(path);", Some(1)),
            ("services/registry/src/rpc.rs", "async fn b() {}", None),
            ("services/registry/src/domain/tests.rs", "let text = std::fs::read_to_string(path);", None),
        ],
    );
}

fn domain_is_pure(source: &Source) -> Vec<Offence> {
    let engine = source.path.starts_with("services/kit/forms/src/"); // the part of several domains that they share
    if !source.is_part_of_a_service("domain") && !engine {
        return Vec::new();
    }
    let mut found = source.words(|word| {
        let kind = match word {
            "async" | "await" | "tokio" | "futures" => "is asynchronous",
            "sqlx" | "kit_log" => "stores",
            "tonic" | "kit_serve" | "async_nats" => "speaks over the wire",
            "SystemTime" | "Instant" | "Clock" => "reads a clock",
            "rand" | "Ids" | "now_v7" | "new_v4" => "is random",
            "std::fs" | "std::env" | "std::net" | "std::process" | "std::io" => "asks the machine",
            _ => return None,
        };
        Some(format!("`{word}` {kind}; a domain is told what it needs"))
    });
    found.retain(|offence| !source.is_test(offence.line)); // a test may read its samples
    found
}

#[test]
fn sql_stands_in_the_store() {
    sources_keep(
        sql_is_in_the_store,
        &[
            ("services/survey/src/rpc.rs", "a();\nlet rows = sqlx::query(text);", Some(2)),
            ("services/survey/src/events.rs", "let q = \"select id\n  from response\";", Some(1)),
            ("services/survey/src/lib.rs", "fn a() {}\nconst Q: &str = r\"INSERT INTO x VALUES ($1)\";", Some(2)),
            ("services/survey/src/rpc/submit.rs", "let q = \"UPDATE x SET y = 1\";", Some(1)),
            ("services/survey/src/store.rs", "let q = \"DELETE FROM x\";", None),
            ("services/survey/src/store/ratings.rs", "let q = sqlx::query(\"SELECT 1 FROM x\");", None),
            ("services/survey/src/error.rs", "fn from(e: sqlx::Error) {}", None),
            ("services/survey/src/rpc.rs", "let text = \"select one of the answers\"; // select a from b", None),
        ],
    );
}

fn sql_is_in_the_store(source: &Source) -> Vec<Offence> {
    if !source.is_within_a_service() || source.is_part_of_a_service("store") {
        return Vec::new();
    }
    let why = "SQL outside the store";
    let mut found: Vec<Offence> = source
        .literals
        .iter()
        .filter(|(_, text)| is_sql(text))
        .map(|(line, _)| source.offence(*line, why.to_owned()))
        .collect();
    if source.is_part_of_a_service("rpc") || source.is_part_of_a_service("events") {
        found.extend(source.words(|word| (word == "sqlx").then(|| why.to_owned())));
    }
    found
}

fn is_sql(literal: &str) -> bool {
    let words: Vec<String> = literal.split_whitespace().map(str::to_lowercase).collect();
    let has = |word: &str| words.iter().any(|w| w == word);
    match words.first().map(String::as_str) {
        Some("select") => has("from"),
        Some("insert") => has("into"),
        Some("delete") => has("from"),
        Some("update") => has("set"),
        Some("create" | "drop" | "alter") => has("table") || has("index"),
        _ => false,
    }
}

#[test]
fn ids_and_chance_come_from_the_clock_room() {
    sources_keep(
        ids_are_passed_in,
        &[
            ("services/survey/src/rpc.rs", "let id = uuid::Uuid::now_v7();", Some(1)),
            ("services/kit/log/src/writer.rs", "let id = Uuid::new_v4();", Some(1)),
            ("services/kit/log/src/writer.rs", "let mut rng = rand::rng();", Some(1)),
            ("services/kit/clock/src/lib.rs", "let id = uuid::Uuid::now_v7();", None),
            ("services/kit/log/src/writer.rs", "#[cfg(test)]\nmod tests {\n let id = Uuid::new_v4();\n}", None),
            ("services/kit/log/src/writer.rs", "#[cfg(test)]\nmod tests {\n}\nfn a() { Uuid::new_v4() }", Some(4)),
        ],
    );
}

fn ids_are_passed_in(source: &Source) -> Vec<Offence> {
    if !source.path.starts_with("services/") || source.path.starts_with("services/kit/clock/") {
        return Vec::new();
    }
    let mut found = source.words(|word| {
        let chance = ["now_v7", "now_v1", "new_v4", "rand", "thread_rng", "getrandom"].contains(&word);
        chance.then(|| format!("`{word}`: ids and randomness come from kit-clock, passed in"))
    });
    found.retain(|offence| !source.is_test(offence.line));
    found
}

// --- names, sizes, and what a test may do ----------------------------------------------------------------------------

const EMPTY_NAMES: [&str; 7] = ["common", "util", "utils", "helper", "helpers", "manager", "managers"];

#[test]
fn every_name_says_its_job() {
    rooms_keep(
        crates_are_named_for_a_job,
        &[
            (room("services/kit/common", "kit-common", &[]), false),
            (room("services/kit/clock", "kit-clock", &[]), true),
        ],
    );
    sources_keep(
        modules_are_named_for_a_job,
        &[
            ("services/survey/src/utils.rs", "", Some(1)),
            ("services/survey/tests/common/mod.rs", "", Some(1)),
            ("services/survey/src/lib.rs", "mod domain;\nmod helpers {\n}", Some(2)),
            ("services/survey/src/lib.rs", "mod domain; // not a mod common;", None),
        ],
    );
}

fn crates_are_named_for_a_job(room: &Room, _: &[Room]) -> Vec<Offence> {
    let empty = room.name.split('-').any(|part| EMPTY_NAMES.contains(&part));
    let what = format!("crate `{}` is named for no job", room.name);
    if empty { vec![Offence { path: room.manifest(), line: room.line_of("name"), what }] } else { Vec::new() }
}

fn modules_are_named_for_a_job(source: &Source) -> Vec<Offence> {
    let mut found = Vec::new();
    if let Some(part) = source.path.trim_end_matches(".rs").split('/').find(|part| EMPTY_NAMES.contains(part)) {
        found.push(source.offence(1, format!("`{part}` says nothing of its job")));
    }
    for (number, code) in source.numbered() {
        let words: Vec<&str> = words(code).collect();
        if let Some(pair) = words.windows(2).find(|pair| pair[0] == "mod" && EMPTY_NAMES.contains(&pair[1])) {
            found.push(source.offence(number, format!("module `{}` says nothing of its job", pair[1])));
        }
    }
    found
}

#[test]
fn a_file_is_one_idea() {
    let long = "\n".repeat(801);
    let full = "\n".repeat(800);
    sources_keep(
        a_file_has_an_end,
        &[("services/survey/src/rpc.rs", &long, Some(801)), ("services/survey/src/rpc.rs", &full, None)],
    );
}

fn a_file_has_an_end(source: &Source) -> Vec<Offence> {
    let lines = source.code.len();
    if lines > 800 {
        vec![source.offence(lines, format!("{lines} lines; 500 are plenty, 800 the end"))]
    } else {
        Vec::new()
    }
}

#[test]
fn tests_wait_on_conditions_and_are_never_skipped() {
    sources_keep(
        tests_neither_sleep_nor_skip,
        &[
            ("tests/tests/import.rs", "async fn a() {\n  tokio::time::sleep(second).await;\n}", Some(2)),
            ("services/survey/tests/faults.rs", "std::thread::sleep (second);", Some(1)),
            ("services/survey/src/tests.rs", "sleep_until(later).await;", Some(1)),
            ("services/survey/src/rpc.rs", "#[cfg(test)]\nmod tests {\n  fn a() { sleep(b) }\n}", Some(3)),
            ("services/survey/src/rpc.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}", Some(2)),
            ("services/kit/log/src/relay.rs", "sleep(pause).await;\n#[cfg(test)]\nmod tests {}", None),
            ("services/kit/log/src/relay.rs", "#[cfg(test)]\nmod tests;\nfn a() { sleep(pause) }", None),
            (
                "tests/tests/import.rs",
                "#[tokio::test(start_paused = true)]\nasync fn a() {\n sleep(b).await;\n}\nfn c() { sleep(d) }",
                Some(5),
            ),
            ("tests/src/way.rs", "sleep(delay).await;", None),
            ("tests/src/wait.rs", "sleep(delay).await;", Some(1)),
            ("tests/tests/import.rs", "// sleep(a)\nlet text = \"sleep(b)\"; fn sleepless() {}", None),
        ],
    );
}

/// Where time that passes is itself what is tried: how slow a connection is, and how long a fault lasts.
const WEATHER: &str = "tests/src/way.rs";

/// On a paused clock nobody waits: there, a sleep is a made-up part taking its made-up time.
fn tests_neither_sleep_nor_skip(source: &Source) -> Vec<Offence> {
    let paused = lines_under("start_paused = true", &source.code);
    let mut found = Vec::new();
    for (number, code) in source.numbered() {
        let tight: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let sleeps = ["sleep", "sleep_until", "sleep_ms"].iter().any(|call| calls(&tight, call));
        if sleeps && source.is_test(number) && !paused[number - 1] && source.path != WEATHER {
            found.push(source.offence(number, "a test that sleeps; wait on a condition, with a bound".to_owned()));
        }
        if tight.contains("#[ignore") {
            found.push(source.offence(number, "a test that is skipped".to_owned()));
        }
    }
    found
}

/// Whether `code`, free of white space, calls `function`, and not another whose name ends alike.
fn calls(code: &str, function: &str) -> bool {
    code.match_indices(&format!("{function}(")).any(|(at, _)| !code[..at].ends_with(is_word_character))
}

// --- holding a rule --------------------------------------------------------------------------------------------------

/// A room made up for a test.
fn room(folder: &str, name: &str, imports: &[&str]) -> Room {
    let dependencies: String = imports.iter().map(|import| format!("{import}.workspace = true\n")).collect();
    Room {
        folder: folder.to_owned(),
        name: name.to_owned(),
        text: format!("[package]\nname = \"{name}\"\n\n[dependencies]\n{dependencies}"),
        imports: imports.iter().map(|&import| import.to_owned()).collect(),
    }
}

fn rooms_keep(rule: fn(&Room, &[Room]) -> Vec<Offence>, samples: &[(Room, bool)]) {
    let workspace = workspace();
    for (sample, passes) in samples {
        let found = rule(sample, &workspace);
        assert_eq!(found.is_empty(), *passes, "{} with {:?}", sample.name, sample.imports);
        assert!(found.iter().all(|offence| offence.line > 1), "an import is found on its line");
    }
    none(workspace.iter().flat_map(|room| rule(room, &workspace)));
}

/// Holds `rule` to samples of a path, a text, and the line of the one offence in it, and then to all files.
fn sources_keep(rule: fn(&Source) -> Vec<Offence>, samples: &[(&str, &str, Option<usize>)]) {
    for (path, text, line) in samples {
        let found: Vec<usize> = rule(&Source::new(path, text)).iter().map(|offence| offence.line).collect();
        let lines_agree = found.first() == line.as_ref() && found.iter().all(|found| Some(*found) == *line);
        assert!(lines_agree, "{path}: offences on lines {found:?}, not on {line:?}, of:\n{text}");
    }
    none(sources().iter().flat_map(rule));
}

fn none(offences: impl Iterator<Item = Offence>) {
    let lines: Vec<String> = offences.map(|offence| offence.to_string()).collect();
    assert!(lines.is_empty(), "{} offence(s):\n{}", lines.len(), lines.join("\n"));
}
