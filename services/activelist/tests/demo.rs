//! The demonstration, as a process: what it reads back is what must come out.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

#[test]
fn the_demo_reads_back_what_must_come_out_and_says_so_in_one_object() {
    let expected: Value =
        serde_json::from_str(include_str!("../../../tests/data/fy2024/skill_survey.expected.json")).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_activelist")).args(["demo", "--check", "--json"]).output().unwrap();
    let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert!(ran.status.success(), "{out}\n{err}");
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "no colours where nobody looks");

    let report: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    let same = [
        ("received", "received"),
        ("people", "distinct"),
        ("duplicates", "duplicates"),
        ("listed", "listed"),
        ("capability", "capability"),
        ("ratings", "ratings_as_published"),
    ];
    for (figure, key) in same {
        assert_eq!(report[figure], expected[key], "{figure}");
    }
    assert!(report["visible_ms"].as_f64().unwrap() > 0.0);
    for word in ["大阪府", "◎", "掲載中", "SKILLS_UNANSWERED"] {
        assert!(out.contains(word), "{word} is not shown in\n{out}");
    }
}

#[test]
fn the_demo_goes_on_serving_until_it_is_ended_and_leaves_nothing_behind() {
    let room = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_activelist"));
    command.args(["demo", "--json"]).env("TMPDIR", room.path()).stdout(Stdio::piped());
    let mut demo = command.spawn().unwrap();
    let lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut url = None;
    for line in lines {
        url = url.or_else(|| line.split_once("--server ").map(|(_, url)| url.split(' ').next().unwrap().to_owned()));
        if line.starts_with('{') {
            break;
        }
    }
    let url = url.expect("a call to try");
    let asked = Command::new(env!("CARGO_BIN_EXE_activelist")).args(["health", "--server", &url]).output().unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 1, "its data is in the temporary directory");
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {}", demo.id())]).status().unwrap().success());
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 0, "nothing is left");
}
