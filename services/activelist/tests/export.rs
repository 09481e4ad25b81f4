//! `export`: what is written can be read back, whatever people answered.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use activelist::connect::Connection;
use activelist::export;
use activelist::failure::Exit;
use activelist::import::{Sheet, SurveyFile, import_form};
use calamine::{Data, Reader as _, Xlsx, open_workbook};
use contract::registry::v1::{Expert, GetListingStatisticsRequest, ListExpertsRequest};
use contract::survey::v1::{
    Answer, BatchSubmitResponsesRequest, GetRatingRequest, ImportNote, ListResponsesRequest, NewResponse, Rating,
    Response, SubmitResponseRequest, answer,
};
use kit_forms::{Kind, TextFormat};
use kit_serve::{Caller, Role};
use kit_vocabulary::unguarded;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, Value};
use stage::{CAMPAIGN, Rows, Stage};

const FORMATS: [&str; 3] = ["csv", "xlsx", "jsonl"];

/// What there is of each response, without what a system gives out itself.
async fn answers(stage: &Stage) -> Vec<(String, prost_types::Timestamp, Vec<Answer>)> {
    let mut request = ListResponsesRequest { with_answers: true, page_size: 100, ..Default::default() };
    let mut all: Vec<Response> = Vec::new();
    loop {
        let page = operator(stage).responses().list_responses(request.clone()).await.unwrap().into_inner();
        all.extend(page.responses);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let key = |r: Response| (r.registration_number, r.submit_time.unwrap(), r.answers);
    let mut all: Vec<_> = all.into_iter().map(key).collect();
    all.sort_by(|one, other| (&one.0, one.1.seconds, one.1.nanos).cmp(&(&other.0, other.1.seconds, other.1.nanos)));
    all
}

async fn ratings(stage: &Stage, numbers: impl Iterator<Item = String>) -> BTreeMap<String, Rating> {
    let mut ratings = BTreeMap::new();
    for number in numbers {
        let request = GetRatingRequest { registration_number: number.clone() };
        let rating = operator(stage).scoring().get_rating(request).await.unwrap().into_inner().rating.unwrap();
        let (respondent_id, response) = Default::default();
        ratings.insert(number, Rating { respondent_id, response, ..rating });
    }
    ratings
}

fn operator(stage: &Stage) -> Connection {
    Connection::open(&stage.url, Some(&Caller::new("operator-1", [Role::Operator]))).unwrap()
}

async fn export(stage: &Stage, name: &str, words: &[&str]) -> PathBuf {
    let path = stage.place(name);
    let out = path.to_str().unwrap();
    let said = stage.run(&[&["export", "survey", "--out", out, "--json"], words].concat()).await;
    assert_eq!(said.exit(), Exit::Done, "{:?} {}", said.done, said.err);
    path
}

/// Imports a file into an empty system and into the one that it is from, and holds both against that one.
async fn comes_back(stage: &Stage, path: &Path) {
    let before = answers(stage).await;
    let again = stage.import(path).await;
    assert_eq!(again.exit(), Exit::Done, "{}: {:?} {}", path.display(), again.done, again.err);
    assert_eq!(again.json()["stored"], 0, "{}", path.display());
    assert_eq!(answers(stage).await, before, "nothing changed by importing it again");

    let empty = Stage::set().await;
    let imported = empty.import(path).await;
    assert_eq!(imported.exit(), Exit::Done, "{}: {:?} {}", path.display(), imported.done, imported.err);
    assert_eq!(answers(&empty).await, before, "{}", path.display());
    let numbers = || before.iter().map(|one| one.0.clone());
    assert_eq!(ratings(&empty, numbers()).await, ratings(stage, numbers()).await);
    empty.strike().await;
}

#[tokio::test]
async fn the_campaign_comes_back_with_its_history() {
    let stage = Stage::set().await;
    assert_eq!(stage.import(Path::new(CAMPAIGN)).await.exit(), Exit::Done);
    let counts = |stage: &Stage| {
        let client = operator(stage);
        async move { client.experts().get_listing_statistics(GetListingStatisticsRequest {}).await.unwrap().into_inner() }
    };
    let listed = counts(&stage).await;
    let labels = ["--all", "--headings", "ja", "--values", "label"];
    for (format, words) in [("csv", &labels[..]), ("jsonl", &labels[..1])] {
        let path = export(&stage, &format!("all.{format}"), &[&["--format", format], words].concat()).await;
        comes_back(&stage, &path).await;
        let empty = Stage::set().await;
        empty.import(&path).await;
        assert_eq!(counts(&empty).await, listed);
        empty.strike().await;
    }
    // Without the history, one row a person.
    let path = export(&stage, "people.xlsx", &["--format", "xlsx"]).await;
    let rows = sheet(&path);
    assert_eq!(rows.len(), 1 + 221);
    let times: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    assert!(times.is_sorted(), "oldest first");
    stage.strike().await;
}

/// Two who are one are one where their file is read, under the number of who stays, and looked at again at home they are no news.
#[tokio::test]
async fn who_was_merged_comes_back_under_one_number() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(3);
    let file = stage.file("responses.csv", rows.text());
    assert_eq!(stage.import(&file).await.json()["stored"], 3);
    let numbers: Vec<String> = answers(&stage).await.into_iter().map(|one| one.0).collect();
    // Whichever of the two counts, its row was written under the other number or under this one.
    for (gone, stays) in [(0, 1), (2, 1)] {
        let merge = ["person", "merge", &numbers[gone], &numbers[stays], "--reason", "電話で確認した"];
        assert_eq!(stage.run(&merge).await.exit(), Exit::Done);
    }
    for format in FORMATS {
        let path = export(&stage, &format!("merged.{format}"), &["--format", format]).await;
        let again = stage.import(&path).await;
        assert_eq!((again.exit(), &again.json()["stored"]), (Exit::Done, &0.into()), "{format}: {}", again.err);
        let empty = Stage::set().await;
        assert_eq!(empty.import(&path).await.json()["stored"], 1, "{format}");
        let there: Vec<_> = answers(&empty).await.into_iter().map(|one| one.0).collect();
        assert_eq!(there, [numbers[1].clone()], "{format}");
        let one = || std::iter::once(numbers[1].clone());
        assert_eq!(ratings(&empty, one()).await, ratings(&stage, one()).await, "{format}");
        empty.strike().await;
    }
    stage.strike().await;
}

/// What nobody of a file answered is a column of it all the same; what an operator set aside is in none.
#[tokio::test]
async fn what_nobody_answered_and_what_was_set_aside_comes_back_as_it_is() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(3);
    let cleared = ["age", "name_kana", "self_pr"];
    let rows = (1..=3).fold(rows, |rows, at| cleared.iter().fold(rows, |rows, code| rows.set(at, code, "")));
    assert_eq!(stage.import(&stage.file("responses.csv", rows.text())).await.json()["stored"], 3);
    // Somebody who cannot be shown to be the holder answers, and an operator keeps what counts.
    let other = Rows::of_campaign(1).set(1, "email", "other@example.jp");
    let file = SurveyFile::new("a row".to_owned(), other.text().as_bytes());
    let row = Sheet::open(&file, import_form()).unwrap().next(&file).unwrap().unwrap();
    let response = row.response.map(|response| NewResponse { submit_time: None, ..response });
    let portal = Connection::open(&stage.url, Some(&Caller::new("portal-1", [Role::Portal]))).unwrap();
    portal.responses().submit_response(SubmitResponseRequest { response, ..Default::default() }).await.unwrap_err();
    let dispute = stage.run(&["dispute", "list", "--json"]).await.json()["disputes"][0]["name"].clone();
    let words = ["dispute", "decide", dispute.as_str().unwrap(), "keep", "--reason", "電話で確認した"];
    assert_eq!(stage.run(&words).await.exit(), Exit::Done);
    for format in FORMATS {
        let path = export(&stage, &format!("few.{format}"), &["--format", format, "--all"]).await;
        let empty = Stage::set().await;
        let imported = empty.import(&path).await;
        assert_eq!(imported.exit(), Exit::Done, "{format}: {:?} {}", imported.done, imported.err);
        assert_eq!(imported.json()["stored"], 3, "{format}");
        empty.strike().await;
    }
    stage.strike().await;
}

/// Texts that have gone wrong elsewhere.
const NASTY: [&str; 24] = [
    "=1+1",
    "'=1+1",
    "''=cmd|' /C calc'!A0",
    "+81-3-0000-0000",
    "-5",
    "@SUM(A1)",
    "＝全角の式",
    "＋と－と＠",
    "\"quoted\", and, commas",
    "a|b；c、d",
    "一行目\n二行目\n\n四行目",
    "👩‍👩‍👧‍👦と𠮷野家",
    "é と e\u{301}",
    "１２３ＡＢＣ",
    "007",
    "1e5",
    "2024-10-15",
    "TRUE",
    "{\"a\": [1]}",
    "[x]",
    "_x0041_",
    "' = '",
    "#N/A",
    "'#NAME?",
];

/// A text that a question takes: any, but for what no text may hold.
fn some_text(max_chars: usize, lines: bool) -> impl Strategy<Value = String> {
    let nasty = proptest::sample::select(NASTY.to_vec()).prop_map(str::to_owned);
    let any = proptest::string::string_regex("[\\PC\\n]{1,40}").unwrap();
    prop_oneof![nasty, any].prop_map(move |text| {
        let kept = |c: &char| *c == '\n' && lines || !c.is_control();
        let hidden = |c: &char| matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        text.chars().filter(|c| kept(c) && !hidden(c)).take(max_chars).collect()
    })
}

#[tokio::test]
async fn whatever_people_answer_comes_back() {
    let stage = Stage::set().await;
    let mut runner = TestRunner::deterministic();
    let form = activelist::import::import_form();
    let base = Stage::set().await;
    assert_eq!(base.import(Path::new(CAMPAIGN)).await.exit(), Exit::Done);
    let known = answers(&base).await;
    base.strike().await;
    let mut responses = Vec::new();
    for (place, (number, time, mut given)) in known.into_iter().take(60).enumerate() {
        // Two people of a number would be a dispute.
        if responses.iter().any(|one: &NewResponse| one.answers.iter().any(|a| a.value == Some(text(&number)))) {
            continue;
        }
        for question in form.questions() {
            let Kind::Text { max_chars, lines, format: TextFormat::Plain } = question.kind else { continue };
            let value = some_text(max_chars, lines).new_tree(&mut runner).unwrap().current();
            let kept = place % 3 == 0 && question.code != "name";
            if kept || value.trim().is_empty() || !asked(question, &given) {
                continue;
            }
            given.retain(|answer| answer.question != question.code);
            given.push(Answer { question: question.code.clone(), value: Some(text(&value)) });
        }
        let submit_time = Some(prost_types::Timestamp { nanos: 123_456_000, ..time });
        responses.push(NewResponse { form: format!("forms/{}", form.version), answers: given, submit_time });
    }
    let as_of = responses.iter().filter_map(|one| one.submit_time).max_by_key(|time| time.seconds);
    let import = Some(ImportNote { as_of, source: "made up".to_owned() });
    let sent = responses.len();
    let request = BatchSubmitResponsesRequest { responses, import };
    operator(&stage).responses().batch_submit_responses(request).await.unwrap();
    // One more by the portal: its form is another, and no file brought it.
    let known = answers(&stage).await;
    let mut given = known[0].2.clone();
    for answer in given.iter_mut().filter(|answer| answer.question == "registration_number") {
        answer.value = Some(text("999998"));
    }
    let response = NewResponse { form: format!("forms/{}", form.version), answers: given, submit_time: None };
    let portal = Connection::open(&stage.url, Some(&Caller::new("portal", [Role::Portal]))).unwrap();
    let request = SubmitResponseRequest { response: Some(response), ..Default::default() };
    portal.responses().submit_response(request).await.unwrap();

    for format in FORMATS {
        let path = export(&stage, &format!("nasty.{format}"), &["--format", format]).await;
        comes_back(&stage, &path).await;
    }
    let risky = std::fs::read_to_string(stage.place("nasty.csv")).unwrap();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(risky.trim_start_matches('\u{feff}').as_bytes());
    let cells: Vec<String> =
        reader.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(cells.iter().any(|cell| cell.starts_with("'=")), "the texts that matter are among them");
    let formula =
        |cell: &&String| cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && cell.parse::<f64>().is_err();
    assert_eq!(cells.iter().find(formula), None, "no cell is a formula to a spreadsheet");
    assert_eq!(answers(&stage).await.len(), sent + 1);
    stage.strike().await;
}

fn text(text: &str) -> answer::Value {
    answer::Value::Text(text.to_owned())
}

/// Whether a question is asked after these answers.
fn asked(question: &kit_forms::Question, given: &[Answer]) -> bool {
    let Some(when) = &question.when else { return true };
    let codes =
        given.iter().filter(|answer| answer.question == when.question).filter_map(|answer| answer.value.clone());
    let codes: Vec<String> = codes
        .flat_map(|value| match value {
            answer::Value::Choice(code) => vec![code],
            answer::Value::Choices(choices) => choices.codes,
            _ => vec![],
        })
        .collect();
    if when.any_of.is_empty() { !codes.is_empty() } else { when.any_of.iter().any(|code| codes.contains(code)) }
}

/// The cells of the first sheet as text.
fn sheet(path: &Path) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let said = |cell: &Data| match cell {
        Data::Empty => String::new(),
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(said).collect()).collect()
}

#[tokio::test]
async fn a_file_is_its_owners_and_is_not_replaced_unasked() {
    let stage = Stage::set().await;
    stage.import(&stage.file("few.csv", stage::Rows::of_campaign(3).text())).await;
    let path = stage.place("export.csv");
    let out = path.to_str().unwrap();
    let words = ["export", "survey", "--format", "csv", "--out", out];
    assert_eq!(stage.run(&words).await.exit(), Exit::Done);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let written = std::fs::read(&path).unwrap();

    std::fs::write(&path, "mine").unwrap();
    let refused = stage.run(&words).await;
    assert_eq!(refused.exit(), Exit::BadInput);
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    assert_eq!(stage.run(&[&words[..], &["--force"]].concat()).await.exit(), Exit::Done);
    assert_eq!(std::fs::read(&path).unwrap(), written);

    // Standard output says the same, and a workbook does not go there.
    let said = stage.run(&["export", "survey", "--format", "csv"]).await;
    assert_eq!(said.out.replace('\n', "\r\n").as_bytes(), written);
    assert_eq!(stage.run(&["export", "survey", "--format", "xlsx"]).await.exit(), Exit::BadInput);
    // What fails leaves nothing behind.
    let elsewhere =
        ["export", "experts", "--format", "xlsx", "--out", stage.place("no/such/dir.xlsx").to_str().unwrap()]
            .map(str::to_owned);
    assert_eq!(stage.run(&elsewhere.each_ref().map(String::as_str)).await.exit(), Exit::Failed);
    let left: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".activelist")), "{left:?}");
    stage.strike().await;
}

#[tokio::test]
async fn the_experts_of_a_file_are_those_of_the_register() {
    let stage = Stage::set().await;
    assert_eq!(stage.import(Path::new(CAMPAIGN)).await.exit(), Exit::Done);
    let mut request = ListExpertsRequest { page_size: 200, ..Default::default() };
    let mut experts: Vec<Expert> = Vec::new();
    loop {
        let page = operator(&stage).experts().list_experts(request.clone()).await.unwrap().into_inner();
        experts.extend(page.experts);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(experts.len(), 221);
    let columns = export::columns();
    let expected: Vec<Vec<String>> =
        experts.iter().map(|expert| export::row(expert).iter().map(export::cell::Cell::plain).collect()).collect();
    for format in FORMATS {
        let path = stage.place(&format!("experts.{format}"));
        let words = ["export", "experts", "--format", format, "--out", path.to_str().unwrap()].map(str::to_owned);
        assert_eq!(stage.run(&words.each_ref().map(String::as_str)).await.exit(), Exit::Done);
        let (headings, rows) = read(&path, format, &columns);
        assert_eq!(headings, columns, "{format}");
        assert_eq!(rows, expected, "{format}");
    }
    stage.strike().await;
}

/// Answers lie nowhere when somebody ends the program before the file is whole.
#[test]
fn an_export_that_is_ended_leaves_nothing_behind() {
    // A server that never answers: who asks it has begun the file.
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    for signal in ["-INT", "-TERM"] {
        for format in FORMATS {
            let folder = tempfile::tempdir().unwrap();
            let mut export = std::process::Command::new(env!("CARGO_BIN_EXE_activelist"))
                .args(["export", "survey", "--format", format, "--server", &url, "--out"])
                .arg(folder.path().join("out"))
                .spawn()
                .unwrap();
            let asked = server.accept().unwrap();
            // The shell's own: a small system has no program of that name.
            let kill = format!("kill {signal} {}", export.id());
            let kill = std::process::Command::new("sh").args(["-c", &kill]).status().unwrap();
            assert!(kill.success());
            assert!(!export.wait().unwrap().success());
            drop(asked);
            let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert_eq!(left, Vec::<PathBuf>::new(), "{signal} {format}");
        }
    }
}

/// A file as headings and texts, as any program reads it.
fn read(path: &Path, format: &str, columns: &[String]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut rows: Vec<Vec<String>> = match format {
        "csv" => {
            let text = std::fs::read_to_string(path).unwrap();
            let text = text.strip_prefix('\u{feff}').unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            reader.records().map(|row| row.unwrap().iter().map(|cell| unguarded(cell).to_owned()).collect()).collect()
        }
        "xlsx" => sheet(path),
        _ => {
            let text = std::fs::read_to_string(path).unwrap();
            let objects = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            let said = |value: &serde_json::Value| match value {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Array(values) if values.iter().all(serde_json::Value::is_string) => {
                    values.iter().map(|value| value.as_str().unwrap()).collect::<Vec<_>>().join("|")
                }
                other => other.to_string(),
            };
            let row = |object: serde_json::Value| columns.iter().map(|column| said(&object[column])).collect();
            return (columns.to_vec(), objects.map(row).collect());
        }
    };
    let headings = rows.remove(0);
    (headings, rows)
}

/// Sets every field of the message, one after another, and looks whether the row says so.
#[test]
fn no_field_of_an_expert_is_forgotten() {
    let pool = DescriptorPool::decode(contract::DESCRIPTORS).unwrap();
    let expert = pool.get_message_by_name("activelist.registry.v1.Expert").unwrap();
    let silent: Vec<_> = export::row(&Expert::default());
    let mut paths = Vec::new();
    leaves(&expert, &mut Vec::new(), &mut paths);
    let columns = export::columns();
    assert_eq!(silent.len(), columns.len());
    assert!(paths.len() > 50, "{}", paths.len());
    for path in paths {
        let mut message = DynamicMessage::new(expert.clone());
        put(&mut message, &path);
        let said = export::row(&Expert::decode(message.encode_to_vec().as_slice()).unwrap());
        let name: Vec<&str> = path.iter().map(FieldDescriptor::name).collect();
        let path = name.join(".");
        let shows = |column: &String| path == *column || path.starts_with(&format!("{column}."));
        let column = columns.iter().position(shows);
        let column = column.unwrap_or_else(|| panic!("no column for {name:?}"));
        assert_ne!(said[column], silent[column], "{name:?}");
        let others =
            said.iter().zip(&silent).enumerate().filter(|(at, (said, silent))| *at != column && said != silent);
        for (at, _) in others {
            // A message that is there says the defaults of its own fields.
            let shared = columns[at].split('.').next() == name.first().copied();
            assert!(shared, "{name:?} shows in {}", columns[at]);
        }
    }
}

/// Every field that holds a value, with the fields that lead to it.
fn leaves(message: &MessageDescriptor, path: &mut Vec<FieldDescriptor>, found: &mut Vec<Vec<FieldDescriptor>>) {
    for field in message.fields() {
        path.push(field.clone());
        match field.kind() {
            prost_reflect::Kind::Message(inner) if inner.full_name() != "google.protobuf.Timestamp" => {
                leaves(&inner, path, found);
            }
            _ => found.push(path.clone()),
        }
        path.pop();
    }
}

fn put(message: &mut DynamicMessage, path: &[FieldDescriptor]) {
    let (field, rest) = path.split_first().unwrap();
    let one = if rest.is_empty() {
        match field.kind() {
            prost_reflect::Kind::String => Value::String("何か".to_owned()),
            prost_reflect::Kind::Bool => Value::Bool(true),
            prost_reflect::Kind::Int32 => Value::I32(7),
            prost_reflect::Kind::Int64 => Value::I64(7),
            prost_reflect::Kind::Enum(_) => Value::EnumNumber(2),
            prost_reflect::Kind::Message(time) => {
                let mut time = DynamicMessage::new(time);
                time.set_field_by_name("seconds", Value::I64(1_700_000_000));
                Value::Message(time)
            }
            other => panic!("{}: say how a {other:?} is written, and try it here", field.full_name()),
        }
    } else {
        let prost_reflect::Kind::Message(inner) = field.kind() else { panic!("{}", field.full_name()) };
        let mut inner = DynamicMessage::new(inner);
        put(&mut inner, rest);
        Value::Message(inner)
    };
    message.set_field(field, if field.is_list() { Value::List(vec![one]) } else { one });
}
