//! Many responses in each form of file: what the program holds of them at once. Alone in its file, since the measure is of the
//! whole process. `ACTIVELIST_CAMPAIGN=1` takes the whole number, CI a fifth.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use activelist::args::{Args, Command, Export};
use activelist::export::SurveyExport;
use activelist::failure::Exit;
use activelist::import::import_form;
use activelist::output::Output;
use clap::Parser as _;
use contract::survey::v1::{Answer, Choices, Response, ResponseState, answer::Value};
use kit_forms::Kind;

const WHOLE: u32 = 100_000;
/// Enough to have the buffers, and all that does not grow.
const FEW: u32 = 1_000;
/// What the rows may add, at most: some 250 bytes each for whose a response is and where it lies.
const MOST_KIB: u64 = 64 << 10;

/// The most memory that this process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// A response that answers everything.
fn response(number: u32) -> Response {
    let answers = import_form().questions().map(|question| {
        let value = match &question.kind {
            Kind::Single { choices } => Value::Choice(choices.codes()[0].code.clone()),
            Kind::Multiple { choices, .. } => {
                Value::Choices(Choices { codes: choices.codes().iter().map(|code| code.code.clone()).collect() })
            }
            Kind::Number { min, .. } => Value::Number(*min),
            Kind::Text { .. } => Value::Text(format!("小さな会社の味方です{number}")),
        };
        Answer { question: question.code.clone(), value: Some(value) }
    });
    Response {
        name: format!("responses/0193f0a0-0000-7000-8000-{number:012}"),
        respondent_id: format!("0193f0a0-0000-7000-9000-{number:012}"),
        submit_time: Some(prost_types::Timestamp { seconds: 1_735_000_000 - i64::from(number), nanos: 0 }),
        state: ResponseState::Counts.into(),
        answers: answers.collect(),
        ..Response::default()
    }
}

fn export(format: &str, rows: u32, path: &std::path::Path) {
    let words = ["activelist", "export", "survey", "--format", format, "--out", path.to_str().unwrap(), "--force"];
    let args = Args::try_parse_from([&words[..], &["--server", "http://127.0.0.1:1"]].concat()).unwrap();
    let Command::Export(Export::Survey(args)) = args.command else { panic!("another command") };
    let (mut out, _) = Output::captured();
    let mut file = SurveyExport::begin(&args, &mut out).unwrap();
    for number in 0..rows {
        assert!(file.take(&response(number)).unwrap());
    }
    assert_eq!(file.finish(&args, &mut out).unwrap(), Exit::Done);
}

#[test]
fn many_rows_take_little_memory() {
    let whole = std::env::var("ACTIVELIST_CAMPAIGN").is_ok_and(|value| value == "1");
    let rows = if whole { WHOLE } else { WHOLE / 5 };
    let room = tempfile::tempdir().unwrap();
    for format in ["csv", "jsonl", "xlsx"] {
        let path = room.path().join(format!("responses.{format}"));
        export(format, FEW, &path);
        let before = peak();
        export(format, rows, &path);
        let added = peak() - before;
        let size = std::fs::metadata(&path).unwrap().len() >> 20;
        println!("{format}: {rows} rows, {size} MiB, {} MiB more than {FEW} rows", added >> 10);
        assert!(added < MOST_KIB, "{format}: {added} KiB");
    }
}
