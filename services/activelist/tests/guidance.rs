//! The cases of a past programme as a file: stored once, or told by line and column what is wrong with it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use activelist::connect::Connection;
use activelist::failure::Exit;
use contract::engagement::v1::{CaseFacts, CaseState, ListCasesRequest};
use stage::{Said, Stage};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/fy2024/guidance.csv");

async fn import(stage: &Stage, file: &str, more: &[&str]) -> Said {
    stage.run(&[&["import", "guidance", file, "--json"], more].concat()).await
}

async fn import_text(stage: &Stage, text: &str) -> Said {
    let file = stage.file("cases.csv", text);
    import(stage, file.to_str().unwrap(), &[]).await
}

async fn cases(stage: &Stage) -> Vec<CaseFacts> {
    let mut engagements = Connection::open(&stage.url, None).unwrap().engagements();
    let request = ListCasesRequest { page_size: 200, ..Default::default() };
    let cases = engagements.list_cases(request).await.unwrap().into_inner().cases;
    cases.into_iter().map(|case| case.facts.unwrap()).collect()
}

/// Line, column, reason of each fault, in the order told.
fn faults(said: &Said) -> Vec<(i64, String, String)> {
    assert_eq!(said.exit(), Exit::BadInput, "{}", said.err);
    let json = said.json();
    let text = |fault: &serde_json::Value, key: &str| fault[key].as_str().unwrap().to_owned();
    let faults = json["faults"].as_array().unwrap().iter();
    faults.map(|f| (f["line"].as_i64().unwrap(), text(f, "column"), text(f, "reason"))).collect()
}

fn told(expected: &[(i64, &str, &str)]) -> Vec<(i64, String, String)> {
    expected.iter().map(|(line, column, reason)| (*line, (*column).to_owned(), (*reason).to_owned())).collect()
}

#[tokio::test]
async fn the_file_of_2024_is_taken_over_once() {
    let stage = Stage::set().await;
    let checked = import(&stage, FILE, &["--dry-run"]).await.json();
    assert_eq!((&checked["rows"], &checked["stored"]), (&35.into(), &35.into()));
    assert!(cases(&stage).await.is_empty(), "only checked");
    let first = import(&stage, FILE, &[]).await.json();
    assert_eq!((&first["stored"], &first["repeated"]), (&35.into(), &0.into()));
    let again = import(&stage, FILE, &[]).await.json();
    assert_eq!((&again["stored"], &again["repeated"]), (&0.into(), &35.into()));
    let all = cases(&stage).await;
    let executed: Vec<_> = all.iter().filter(|case| case.state() != CaseState::Withdrawn).collect();
    assert_eq!((all.len(), executed.len()), (35, 34));
    assert_eq!(executed.iter().map(|case| case.visits.len()).sum::<usize>(), 100);
    stage.strike().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_by_line_and_column_and_nothing_is_stored() {
    let stage = Stage::set().await;
    let file = std::fs::read_to_string(FILE).unwrap();
    let bad = file.replacen("G02,大阪", "G02,江戸", 1).replacen("G04,大阪", "\"G\n04\",大阪", 1).replacen(
        "E16,5,3,completed",
        "E16,9,2,completed",
        1,
    );
    let bad = format!("{bad}G36,大阪,製造業\n");
    let said = import_text(&stage, &bad).await;
    let expected = [
        (3, "region", "UNKNOWN_CODE"),
        (5, "case", "BAD_LABEL"),
        (7, "theme", "UNKNOWN_CODE"),
        (7, "visits", "VISITS_DO_NOT_FIT"),
        (38, "", "TOO_FEW_CELLS"),
    ];
    assert_eq!(faults(&said), told(&expected), "{}", said.err);
    let headings = file.replacen("case,region", "case,地域,place", 1).replacen("reason,", "", 1);
    let expected = [(1, "place", "UNKNOWN_COLUMN"), (1, "reason", "MISSING_COLUMN")];
    let said = import_text(&stage, &headings).await;
    let of_headings: Vec<_> = faults(&said).into_iter().filter(|(line, ..)| *line == 1).collect();
    assert_eq!(of_headings, told(&expected));
    assert_eq!(import_text(&stage, "case,region\n").await.exit(), Exit::BadInput);
    assert!(cases(&stage).await.is_empty());
    stage.strike().await;
}

#[tokio::test]
async fn japanese_headings_in_another_order_are_read() {
    let stage = Stage::set().await;
    let text = "専門家,案件,地域,業種,テーマ,訪問回数,状況,理由,企業評価,専門家評価\r\n\
                1,A-1,仙台,建設業,情報セキュリティ規程の整備,1,途中終了,\"繁忙\r\nのため\",△,◎\r\n";
    let said = import_text(&stage, text).await;
    assert_eq!(said.json()["stored"], 1, "{}", said.err);
    let case = cases(&stage).await.remove(0);
    let groups = [&case.company_outcome, &case.expert_outcome].map(|outcome| outcome.as_ref().unwrap().group);
    assert_eq!((case.state(), case.region.unwrap().code, groups), (CaseState::EndedEarly, "sendai".to_owned(), [3, 1]));
    let differs = import_text(&stage, &text.replace("△", "○")).await;
    assert_eq!(faults(&differs), told(&[(2, "案件", "DIFFERS")]));
    stage.strike().await;
}

#[tokio::test]
async fn a_file_without_a_good_case_is_told_fault_by_fault() {
    let stage = Stage::set().await;
    let file = std::fs::read_to_string(FILE).unwrap().replacen("G02,大阪", "G02,江戸", 1);
    let lines: Vec<&str> = file.lines().collect();
    let bad = lines.iter().find(|line| line.contains("江戸")).unwrap();
    let path = stage.file("cases.csv", format!("{}\n{bad}\n", lines[0]));
    for trial in [&["--keep-good", "--dry-run"][..], &["--keep-good"]] {
        let said = import(&stage, path.to_str().unwrap(), trial).await;
        assert_eq!(said.exit(), Exit::Partly, "{:?} {}", said.done, said.err);
        let json = said.json();
        assert_eq!((&json["rows"], &json["stored"], &json["bad"]), (&1.into(), &0.into(), &1.into()));
    }
    let text = std::fs::read_to_string(path.with_file_name("cases.bad.csv")).unwrap();
    assert!(text.contains("region: ") && text.contains("江戸"), "{text}");
    stage.strike().await;
}

#[tokio::test]
async fn the_good_cases_are_kept_and_the_others_can_be_mended() {
    let stage = Stage::set().await;
    let file = std::fs::read_to_string(FILE).unwrap();
    let bad = file.replacen("G02,大阪", "G02,江戸", 1).replacen("E16,5,3,completed", "E16,9,2,completed", 1);
    // A name to which nothing can be put.
    let stem = "あ".repeat(83);
    let path = stage.file(&format!("{stem}.csv"), &bad);
    let said = import(&stage, path.to_str().unwrap(), &["--keep-good"]).await;
    assert_eq!(said.exit(), Exit::Partly, "{}", said.err);
    let json = said.json();
    assert_eq!((&json["rows"], &json["stored"], &json["bad"]), (&35.into(), &33.into(), &2.into()));
    let text = std::fs::read_to_string(json["bad_file"].as_str().unwrap()).unwrap();
    assert!(text.contains("[3] region: ") && text.contains("[6] theme: "), "{text}");
    let mended = stage.file("mended.csv", text.replace("江戸", "大阪").replace("E16,9,2,", "E16,5,3,"));
    let said = import(&stage, mended.to_str().unwrap(), &[]).await.json();
    assert_eq!((&said["stored"], &said["repeated"]), (&2.into(), &0.into()));
    let whole = import(&stage, FILE, &[]).await.json();
    assert_eq!((&whole["stored"], &whole["repeated"]), (&0.into(), &35.into()));
    stage.strike().await;
}
