//! Files as people hand them in: what is wrong with them is told by line and column, and nothing is stored.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use activelist::connect::Connection;
use activelist::failure::Exit;
use contract::survey::v1::GetSurveyStatisticsRequest;
use stage::{CAMPAIGN, Rows, Said, Stage};

/// Line, column, reason of each fault, in the order told.
fn faults(said: &Said) -> Vec<(i64, String, String)> {
    let json = said.json();
    let faults = json["faults"].as_array().unwrap_or_else(|| panic!("no faults in {json}; {}", said.err)).clone();
    let text = |fault: &serde_json::Value, key: &str| fault[key].as_str().unwrap().to_owned();
    faults.iter().map(|f| (f["line"].as_i64().unwrap(), text(f, "column"), text(f, "reason"))).collect()
}

async fn received(stage: &Stage) -> i64 {
    let mut responses = Connection::open(&stage.url, None).unwrap().responses();
    responses.get_survey_statistics(GetSurveyStatisticsRequest {}).await.unwrap().into_inner().received
}

async fn refused(stage: &Stage, text: impl AsRef<[u8]>, expected: &[(i64, &str, &str)]) -> Said {
    let said = stage.import(&stage.file("responses.csv", text)).await;
    let expected: Vec<_> = expected.iter().map(|(line, c, r)| (*line, (*c).to_owned(), (*r).to_owned())).collect();
    assert_eq!(faults(&said), expected, "{}", said.err);
    assert_eq!(said.exit(), Exit::BadInput);
    assert_eq!(received(stage).await, 0, "nothing is stored");
    said
}

#[tokio::test]
async fn columns_that_are_missing_doubled_or_unknown_are_named() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(3);
    refused(&stage, rows.clone().without("name").text(), &[(1, "name", "MISSING_COLUMN")]).await;
    refused(&stage, rows.clone().without("S3b2").text(), &[(1, "S3b2", "MISSING_COLUMN")]).await;
    refused(&stage, rows.clone().with("氏名", "x").text(), &[(1, "氏名", "DOUBLED_COLUMN")]).await;
    refused(&stage, rows.clone().with("血液型", "A").text(), &[(1, "血液型", "UNKNOWN_COLUMN")]).await;
    let unnamed = rows.clone().with("", "x").with("血液型", "A").text();
    refused(&stage, unnamed, &[(1, "#61", "UNKNOWN_COLUMN"), (1, "血液型", "UNKNOWN_COLUMN")]).await;
    // What stands behind the last heading is no column, but must not get lost.
    refused(&stage, rows.clone().with("", "").set(2, "", "x").text(), &[(3, "", "TOO_MANY_CELLS")]).await;
    // All at once, beside a cell that cannot be read.
    let all = rows.set(2, "S1a1", "many").without("submitted_at").with("S1a1", "3").with("x", "y");
    let expected = [
        (1, "S1a1", "DOUBLED_COLUMN"),
        (1, "x", "UNKNOWN_COLUMN"),
        (1, "submitted_at", "MISSING_COLUMN"),
        (3, "S1a1", "BAD_NUMBER"),
    ];
    refused(&stage, all.text(), &expected).await;
    stage.strike().await;
}

#[tokio::test]
async fn cells_are_named_by_physical_line_and_column() {
    let stage = Stage::set().await;
    let rows = || Rows::of_campaign(4);
    refused(&stage, rows().set(2, "residence", "江戸").text(), &[(3, "residence", "UNKNOWN_CODE")]).await;
    refused(&stage, rows().set(1, "S1a1", "4").text(), &[(2, "S1a1", "OUT_OF_RANGE")]).await;
    refused(&stage, rows().set(3, "S6a5", "").text(), &[(4, "S6a5", "INCOMPLETE_GROUP")]).await;
    refused(&stage, rows().set(4, "self_pr", &"漢".repeat(51)).text(), &[(5, "self_pr", "TOO_LONG")]).await;
    let letters = rows().set(1, "registration_number", "12A456").text();
    refused(&stage, letters, &[(2, "registration_number", "BAD_NUMBER")]).await;
    refused(&stage, rows().set(1, "name", "").text(), &[(2, "name", "REQUIRED")]).await;
    refused(&stage, rows().set(1, "name", "\u{200B}").text(), &[(2, "name", "REQUIRED")]).await;
    refused(&stage, rows().set(1, "S1a1", "0,3").text(), &[(2, "S1a1", "BAD_NUMBER")]).await;
    let no_offset = rows().set(2, "submitted_at", "2025-01-01T10:00:00").text();
    refused(&stage, no_offset, &[(3, "submitted_at", "BAD_TIME")]).await;
    refused(&stage, rows().set(2, "submitted_at", "").text(), &[(3, "submitted_at", "REQUIRED")]).await;
    // Several in one file, found here and by the server, in the order of the file.
    let several = rows().set(4, "S1a1", "4").set(1, "affiliation", "風来坊").set(4, "age", "若い").set(2, "S2a1", "");
    let expected = [
        (2, "affiliation", "UNKNOWN_CODE"),
        (3, "S2a1", "INCOMPLETE_GROUP"),
        (5, "age", "BAD_NUMBER"),
        (5, "S1a1", "OUT_OF_RANGE"),
    ];
    let said = refused(&stage, several.text(), &expected).await;
    for word in ["affiliation", "風来坊", "INCOMPLETE_GROUP", "S2a1"] {
        assert!(said.err.contains(word), "{word} is not in\n{}", said.err);
    }
    stage.strike().await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_makes_no_faults_at_the_questions_behind_it() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(20);
    let supported =
        (1..rows.0.len()).find(|row| rows.0[*row][rows.column("support_experience")] == "経験あり").unwrap();
    let unread = rows.set(supported, "support_experience", "たぶん").text();
    refused(&stage, unread, &[(supported as i64 + 1, "support_experience", "UNKNOWN_CODE")]).await;
    stage.strike().await;
}

#[tokio::test]
async fn line_breaks_in_cells_and_empty_lines_count_as_lines() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(20);
    let supported =
        (1..rows.0.len()).find(|row| rows.0[*row][rows.column("support_experience")] == "経験あり").unwrap();
    let said = "規程の整備\n教育";
    let text = rows.set(supported, "support_summary", said).set(supported, "S6a5", "9").set(20, "S1a1", "9").text();
    let (heading, rest) = text.split_once("\r\n").unwrap();
    let text = format!("\r\n{heading}\r\n\r\n{rest}");
    // Two empty lines more above; the cell behind the line break stands one line further down.
    let expected = [(supported as i64 + 4, "S6a5", "OUT_OF_RANGE"), (24, "S1a1", "OUT_OF_RANGE")];
    refused(&stage, text, &expected).await;
    stage.strike().await;
}

#[tokio::test]
async fn rows_that_are_no_rows_are_told() {
    let stage = Stage::set().await;
    let mut short = Rows::of_campaign(3);
    short.0[1].pop();
    short.0[2].push("more".to_owned());
    short.0[3].iter_mut().for_each(String::clear);
    // A row without content is passed over.
    refused(&stage, short.text(), &[(2, "", "TOO_FEW_CELLS"), (3, "", "TOO_MANY_CELLS")]).await;
    let open = format!("{}\"2025-01-01", Rows::of_campaign(1).text());
    refused(&stage, open, &[(3, "", "UNCLOSED_QUOTE"), (3, "", "TOO_FEW_CELLS")]).await;
    stage.strike().await;
}

#[tokio::test]
async fn one_number_for_two_people_is_refused_before_anything_is_stored() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(2);
    let number = rows.0[1][rows.column("registration_number")].clone();
    let taken = rows.set(2, "registration_number", &format!("第{number}号")).text();
    refused(&stage, taken, &[(3, "registration_number", "IDENTITY_DIFFERS")]).await;
    stage.strike().await;
}

#[tokio::test]
async fn what_is_no_file_of_responses_is_told_in_one_line() {
    let stage = Stage::set().await;
    let headings = Rows::of_campaign(0).text();
    let utf16: Vec<u8> = headings.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let shift_jis = [headings.as_bytes(), b"2025-01-01T00:00:00Z,1,2020,\x8E\x52\xFF"].concat();
    let cases = [
        (stage.file("empty.csv", ""), "空"),
        (stage.file("mark.csv", "\u{feff}\r\n"), "空"),
        (stage.file("headings.csv", headings), "回答の行がありません"),
        (stage.file("shift_jis.csv", shift_jis), "2 行目"),
        (stage.file("utf16.csv", utf16), "UTF-16"),
        (stage.file("x", "").with_file_name("absent.csv"), "ありません"),
        (stage.file("x", "").parent().unwrap().to_owned(), "フォルダー"),
    ];
    for (path, word) in cases {
        let said = stage.import(&path).await;
        let failure = said.done.expect_err("it is no file of responses");
        assert_eq!(failure.exit, Exit::BadInput, "{path:?}");
        assert!(failure.what.contains(word), "{path:?}: {}", failure.what);
        assert!(failure.what.contains(path.file_name().unwrap().to_str().unwrap()), "{}", failure.what);
    }
    assert_eq!(received(&stage).await, 0);
    stage.strike().await;
}

#[tokio::test]
async fn a_file_with_a_byte_order_mark_and_japanese_headings_is_stored_once() {
    let stage = Stage::set().await;
    let mut rows = Rows::of_campaign(5);
    for (code, label) in [("submitted_at", "提出日時"), ("name", "氏名"), ("registration_number", "登録番号")]
    {
        let column = rows.column(code);
        rows.0[0][column] = label.to_owned();
    }
    let file = stage.file("responses.csv", format!("\u{feff}{}", rows.text()));
    let path = file.to_str().unwrap();
    let tried = stage.run(&["import", "survey", path, "--json", "--dry-run"]).await;
    assert_eq!((tried.exit(), received(&stage).await), (Exit::Done, 0), "{}", tried.err);
    let said = stage.import(&file).await.json();
    assert_eq!((&said["rows"], &said["stored"], &said["repeated"]), (&5.into(), &5.into(), &0.into()));
    let said = stage.import(&file).await.json();
    assert_eq!((&said["rows"], &said["stored"], &said["repeated"]), (&5.into(), &0.into(), &5.into()));
    assert_eq!(received(&stage).await, 5);
    stage.strike().await;
}

#[tokio::test]
async fn search_and_sheets_show_what_was_imported_when_the_import_returns() {
    let stage = Stage::set().await;
    let expected: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/data/fy2024/skill_survey.expected.json")).unwrap();
    let said = stage.import(CAMPAIGN.as_ref()).await;
    assert_eq!(said.exit(), Exit::Done, "{:?}", said.done);
    let summary = said.json();
    assert_eq!((&summary["rows"], &summary["listed"]), (&expected["received"], &expected["listed"]));

    let first = stage.run(&["search", "--json"]).await.json();
    assert_eq!((&first["total"], first["hits"].as_array().unwrap().len()), (&expected["listed"], 20));
    let all = stage.run(&["search", "--json", "--all"]).await.json();
    let hits = all["hits"].as_array().unwrap();
    let marks = hits.iter().map(|hit| (hit["registration_number"].as_str().unwrap().to_owned(), hit["areas"].clone()));
    assert_eq!(serde_json::Value::Object(marks.collect()), expected["ratings"]);

    let narrow = ["search", "--menu", "M5", "--prefecture", "大阪", "--format", "incident", "--json", "--all"];
    for hit in stage.run(&narrow).await.json()["hits"].as_array().unwrap() {
        assert_ne!(hit["menus"]["M5"], "");
        assert!(hit["prefectures"].as_array().unwrap().contains(&"27".into()));
        assert!(hit["formats"].as_array().unwrap().contains(&"incident".into()));
    }
    let unknown = stage.run(&["search", "--menu", "M9", "--prefecture", "江戸"]).await.done.unwrap_err();
    assert_eq!(unknown.exit, Exit::BadInput);
    assert!(unknown.what.contains("--menu \"M9\"") && unknown.what.contains("--prefecture \"江戸\""), "{unknown}");

    let (number, areas) = expected["ratings"].as_object().unwrap().iter().next().unwrap();
    let spelled = format!("第{}号", number.trim_start_matches('0'));
    let shown = stage.run(&["expert", "show", &spelled, "--json"]).await.json();
    assert_eq!((&shown["state"], &shown["areas"]), (&"listed".into(), areas));
    assert_eq!(shown["obstacles"], serde_json::json!([]));

    // Somebody who did not consent is known, and shown to nobody else.
    let rows = Rows::of_campaign(236);
    let (consent, number) = (rows.column("listing_consent"), rows.column("registration_number"));
    let listed = |row: &&Vec<String>| {
        let number = kit_vocabulary::registration_number(&row[number]).unwrap();
        row[consent] == "いいえ" && !expected["ratings"].as_object().unwrap().contains_key(&number)
    };
    let hidden = rows.0[1..].iter().find(listed).unwrap();
    let shown = stage.run(&["expert", "show", &hidden[number], "--json"]).await.json();
    assert_eq!((&shown["state"], &shown["obstacles"]), (&"draft".into(), &serde_json::json!(["NO_CONSENT"])));
    stage.strike().await;
}

/// A row is known to the letter, whatever the file it came in.
#[tokio::test]
async fn the_same_rows_are_the_same_in_every_kind_of_file() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(8);
    let said = stage.import(&stage.file("utf8.csv", rows.text())).await.json();
    assert_eq!(said["stored"], 8, "{said}");

    // Columns the other way round, Japanese headings, full-width digits, no zeros in front, tabs between cells.
    let mut other = rows.clone();
    let number = other.column("registration_number");
    let wide =
        |digit: char| digit.to_digit(10).map_or(digit, |at| "０１２３４５６７８９".chars().nth(at as usize).unwrap());
    for row in &mut other.0[1..] {
        row[number] = row[number].chars().map(wide).collect();
    }
    for (code, label) in [("name", "氏名"), ("residence", "居住地"), ("registration_number", "登録番号")] {
        let column = other.column(code);
        other.0[0][column] = label.to_owned();
    }
    other.0.iter_mut().for_each(|row| row.reverse());
    let text = other.text();
    let (shift_jis, _, replaced) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!replaced);
    let tabs: String = other.0.iter().map(|row| format!("{}\r\n", row.join("\t").replace('\n', " "))).collect();
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(tabs.encode_utf16().flat_map(u16::to_le_bytes));
    for (name, bytes) in [("932.csv", shift_jis.to_vec()), ("tabs.txt", utf16), ("book.xlsx", workbook(&other))] {
        let said = stage.import(&stage.file(name, bytes)).await.json();
        assert_eq!((&said["rows"], &said["stored"], &said["repeated"]), (&8.into(), &0.into(), &8.into()), "{name}");
    }
    assert_eq!(received(&stage).await, 8);
    stage.strike().await;
}

/// A workbook with a hidden sheet in front; numbers are numbers, times are dates of the workbook, in Japan.
fn workbook(rows: &Rows) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("選択肢").unwrap().write(0, 0, "はい").unwrap();
    let time = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d h:mm:ss");
    let sheet = book.add_worksheet().set_name("回答").unwrap();
    for (at, row) in rows.0.iter().enumerate() {
        for (place, cell) in row.iter().enumerate() {
            let (at, place) = (u32::try_from(at).unwrap(), u16::try_from(place).unwrap());
            let local = cell.strip_suffix("+09:00").filter(|_| at > 0);
            match (local, cell.parse::<f64>()) {
                (Some(local), _) => {
                    let moment = rust_xlsxwriter::ExcelDateTime::parse_from_str(local).unwrap();
                    sheet.write_with_format(at, place, &moment, &time).unwrap();
                }
                (None, Ok(number)) => drop(sheet.write(at, place, number).unwrap()),
                (None, Err(_)) => drop(sheet.write(at, place, cell).unwrap()),
            }
        }
    }
    sheet.set_active(true);
    book.worksheet_from_index(0).unwrap().set_hidden(true);
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn faults_in_a_workbook_are_told_by_cell() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(3).set(2, "residence", "#N/A").set(3, "S1a1", "7");
    let said = stage.import(&stage.file("book.xlsx", workbook(&rows))).await;
    assert_eq!((said.exit(), received(&stage).await), (Exit::BadInput, 0), "{}", said.err);
    let expected =
        [(3, "residence".to_owned(), "ERROR_VALUE".to_owned()), (4, "S1a1".to_owned(), "OUT_OF_RANGE".to_owned())];
    assert_eq!(faults(&said), expected);
    let json = said.json();
    let name = |column: usize, row: usize| {
        format!("{}{row}", ["", "A"][column / 26].to_owned() + &char::from(b'A' + (column % 26) as u8).to_string())
    };
    assert_eq!(json["faults"][0]["cell"], name(rows.column("residence"), 3));
    assert_eq!(json["faults"][1]["cell"], name(rows.column("S1a1"), 4));
    assert_eq!(json["file"]["sheet"], "回答");
    assert!(said.err.contains("選択肢") && said.err.contains("--sheet"), "{}", said.err);
    let other = stage
        .run(&["import", "survey", stage.file("book.xlsx", workbook(&rows)).to_str().unwrap(), "--sheet", "選択"])
        .await;
    let failure = other.done.unwrap_err();
    assert!(failure.exit == Exit::BadInput && failure.what.contains("回答"), "{failure}");
    stage.strike().await;
}

#[tokio::test]
async fn the_good_rows_are_kept_and_the_others_can_be_mended() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(6).set(2, "residence", "江戸, \"山\"\n手").set(5, "S1a1", "7");
    let mut rows = rows.set(5, "residence", "");
    rows.0[4].pop();
    let file = stage.file("responses.csv", rows.text());
    let path = file.to_str().unwrap();
    let bad = file.with_file_name("responses.bad.csv");

    let tried = stage.run(&["import", "survey", path, "--keep-good", "--dry-run", "--json"]).await;
    assert_eq!((tried.exit(), tried.json()["bad"].as_i64(), received(&stage).await), (Exit::Partly, Some(3), 0));
    assert!(!bad.exists(), "a trial writes nothing");

    let said = stage.run(&["import", "survey", path, "--keep-good", "--json"]).await;
    assert_eq!((said.exit(), received(&stage).await), (Exit::Partly, 3), "{}", said.err);
    let json = said.json();
    assert_eq!((&json["rows"], &json["stored"], &json["bad"]), (&6.into(), &3.into(), &3.into()));
    assert_eq!(json["bad_file"].as_str(), bad.to_str());

    let bytes = std::fs::read(&bad).unwrap();
    assert!(bytes.starts_with("\u{feff}".as_bytes()), "Excel takes it for UTF-8");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[3..]);
    let mut written: Vec<Vec<String>> =
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    for (row, of) in written.iter().zip([0, 2, 4, 5]) {
        assert_eq!(row[1..], rows.0[of], "cells as they were");
    }
    let residence = rows.column("residence");
    for (row, word) in [(1, "residence"), (2, "列が足りません"), (3, "S1a1")] {
        assert!(written[row][0].contains(word), "{}", written[row][0]);
    }

    // Again: nothing is written over, nothing changes.
    let again = stage.run(&["import", "survey", path, "--keep-good", "--json"]).await.json();
    assert_eq!((&again["stored"], &again["repeated"]), (&0.into(), &3.into()));
    assert_eq!(again["bad_file"].as_str(), file.with_file_name("responses.bad-2.csv").to_str());
    let stated = stage.run(&["import", "survey", path, "--keep-good", "--bad", bad.to_str().unwrap()]).await;
    assert_eq!(stated.exit(), Exit::BadInput);
    assert_eq!(std::fs::read(&bad).unwrap(), bytes);

    // Mended, but for one row, and imported as it is.
    written[1][residence + 1] = "東京都".to_owned();
    let last = Rows::of_campaign(4).0[4].last().unwrap().clone();
    written[2].push(last);
    let mended = stage.file("mended.csv", Rows(written).text());
    let said = stage.run(&["import", "survey", mended.to_str().unwrap(), "--keep-good", "--json"]).await.json();
    assert_eq!((&said["rows"], &said["stored"], &said["bad"]), (&3.into(), &2.into(), &1.into()));
    let rest = std::fs::read_to_string(file.with_file_name("mended.bad.csv")).unwrap();
    assert_eq!(rest.matches("取込時の誤り").count(), 1, "the faults of before are left out");
    assert_eq!(received(&stage).await, 5);
    stage.strike().await;
}

/// A row that is left does not say whose a number is, in whichever block it stands.
#[tokio::test]
async fn a_row_that_is_left_takes_no_number() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(2);
    let number = rows.0[2][rows.column("registration_number")].clone();
    let rows = rows.set(1, "registration_number", &number).set(1, "residence", "江戸");
    let file = stage.file("responses.csv", rows.text());
    let said = stage.run(&["import", "survey", file.to_str().unwrap(), "--keep-good", "--json"]).await;
    assert_eq!((said.json()["stored"].as_i64(), said.json()["bad"].as_i64()), (Some(1), Some(1)), "{}", said.err);
    assert_eq!(faults_of(&file.with_file_name("responses.bad.csv")), [2]);
    stage.strike().await;
}

/// What a formula left behind is found again in the file of rows to be mended, until it is.
#[tokio::test]
async fn a_formula_that_failed_is_to_be_mended() {
    let stage = Stage::set().await;
    let file = stage.file("responses.csv", Rows::of_campaign(1).set(1, "organisation", "#N/A").text());
    let said = stage.run(&["import", "survey", file.to_str().unwrap(), "--keep-good", "--json"]).await;
    assert_eq!(said.json()["bad"], 1, "{}", said.err);
    let bad = file.with_file_name("responses.bad.csv");
    assert!(std::fs::read_to_string(&bad).unwrap().contains(",#N/A,"));
    let again = stage.run(&["import", "survey", bad.to_str().unwrap(), "--json"]).await;
    assert_eq!((again.exit(), again.json()["faults"][0]["reason"].as_str()), (Exit::BadInput, Some("ERROR_VALUE")));
    stage.strike().await;
}

/// What somebody answered is no formula on the machine of whoever mends the file, and comes in as it was answered.
#[tokio::test]
async fn a_formula_in_a_row_to_be_mended_is_a_text() {
    let stage = Stage::set().await;
    let answered = ["=HYPERLINK(\"http://x.example\")", "'=1+1", "＝1+1", "-", "@example", "'it"];
    let meant = ["=HYPERLINK(\"http://x.example\")", "=1+1", "＝1+1", "-", "@example", "'it"];
    // White space is no answer, nor is the mark before it.
    let mut rows = Rows::of_campaign(answered.len()).set(1, "self_pr", "\t").set(2, "age", "\t").set(3, "age", "\t45");
    for (at, text) in answered.iter().enumerate() {
        rows = rows.set(at + 1, "organisation", text).set(at + 1, "residence", "江戸");
    }
    let file = stage.file("responses.csv", rows.text());
    let said = stage.run(&["import", "survey", file.to_str().unwrap(), "--keep-good", "--json"]).await;
    assert_eq!(said.json()["bad"], answered.len(), "{}", said.err);
    let bad = file.with_file_name("responses.bad.csv");
    let bytes = std::fs::read(&bad).unwrap();
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[3..]);
    for (row, answered) in reader.records().zip(answered) {
        let row = row.unwrap();
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '＝'])), "{row:?}");
        assert!(row.iter().any(|cell| cell.trim_start_matches('\'') == answered.trim_start_matches('\'')), "{row:?}");
    }
    let mended = stage.file("mended.csv", String::from_utf8(bytes).unwrap().replace("江戸", "東京都"));
    let said = stage.run(&["import", "survey", mended.to_str().unwrap(), "--json"]).await;
    assert_eq!(said.json()["stored"], answered.len(), "{}", said.err);
    let out = file.with_file_name("out.jsonl");
    let words = ["export", "survey", "--format", "jsonl", "--out", out.to_str().unwrap()];
    assert_eq!(stage.run(&words).await.exit(), Exit::Done);
    let written = std::fs::read_to_string(&out).unwrap();
    let mut came: Vec<String> = written
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["organisation"].as_str().unwrap().to_owned()
        })
        .collect();
    let mut meant = meant.map(str::to_owned).to_vec();
    came.sort();
    meant.sort();
    assert_eq!(came, meant);
    stage.strike().await;
}

/// Blocks of rows, and more than one message: every row is stored, once, whatever stands around it.
#[tokio::test]
async fn good_rows_among_bad_ones_are_stored_in_every_block() {
    let stage = Stage::set().await;
    let mut rows = Rows::of_campaign(236);
    let item = rows.column("S1a1");
    for at in [1, 99, 100, 101, 200, 236] {
        rows.0[at][item] = "8".to_owned();
    }
    let file = stage.file("responses.csv", rows.text());
    let said = stage.run(&["import", "survey", file.to_str().unwrap(), "--keep-good", "--json"]).await;
    let json = said.json();
    assert_eq!((&json["rows"], &json["bad"]), (&236.into(), &6.into()), "{}", said.err);
    assert_eq!(json["stored"].as_i64().unwrap() + json["repeated"].as_i64().unwrap(), 230);
    let lines: Vec<i64> = faults_of(&file.with_file_name("responses.bad.csv"));
    assert_eq!(lines, [2, 100, 101, 102, 201, 237]);
    stage.strike().await;
}

/// The lines that the first column of such a file names; no cell of the campaign's first rows holds a line break.
fn faults_of(bad: &std::path::Path) -> Vec<i64> {
    let bytes = std::fs::read(bad).unwrap();
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..]);
    let line = |record: csv::StringRecord| record[0][1..].split_once(']').unwrap().0.parse().unwrap();
    reader.records().map(|record| line(record.unwrap())).collect()
}

/// A name of so many bytes that nothing can be put behind it.
#[tokio::test]
async fn the_bad_rows_of_a_file_with_a_long_name_are_kept() {
    let stage = Stage::set().await;
    let stem = "あ".repeat(83);
    let file = stage.file(&format!("{stem}.csv"), Rows::of_campaign(2).set(2, "age", "x").text());
    let said = stage.run(&["import", "survey", file.to_str().unwrap(), "--keep-good", "--json"]).await;
    assert_eq!((said.exit(), received(&stage).await), (Exit::Partly, 1), "{:?} {}", said.done, said.err);
    let bad = said.json()["bad_file"].as_str().unwrap().to_owned();
    assert!(bad.contains(&"あ".repeat(70)) && bad.ends_with(".bad.csv"), "{bad}");
    assert_eq!(faults_of(std::path::Path::new(&bad)), [3]);

    // One that is stated is no other, and told before anything is stored.
    let other = stage.file("other.csv", Rows::of_campaign(4).set(2, "age", "x").text());
    let stated = file.with_file_name(format!("{stem}{stem}.csv"));
    let words = ["import", "survey", other.to_str().unwrap(), "--keep-good", "--bad", stated.to_str().unwrap()];
    assert_eq!((stage.run(&words).await.exit(), received(&stage).await), (Exit::BadInput, 1));
    stage.strike().await;
}

/// Rows as JSON lines.
fn lines(rows: &Rows) -> Vec<String> {
    let object = |row: &Vec<String>| {
        let fields = rows.0[0].iter().cloned().zip(row.iter().map(|cell| cell.as_str().into()));
        serde_json::Value::Object(fields.collect()).to_string()
    };
    rows.0[1..].iter().map(object).collect()
}

#[tokio::test]
async fn a_broken_line_of_json_is_told_once_and_kept_to_be_mended() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(3);
    let mut lines = lines(&rows);
    let whole = lines[1].clone();
    lines[1].pop();
    let twice = lines[2].replace("\"age\":", "\"age\":\"40\",\"age\":");
    lines[2].clone_from(&twice);
    let file = stage.file("responses.jsonl", lines.join("\n"));
    let said = stage.run(&["import", "survey", file.to_str().unwrap(), "--json"]).await;
    let expected = [(2, String::new(), "NOT_AN_OBJECT".to_owned()), (3, String::new(), "DOUBLED_KEY".to_owned())];
    assert_eq!((said.exit(), faults(&said)), (Exit::BadInput, expected.to_vec()), "{}", said.err);
    assert!(said.err.contains("「age」"), "{}", said.err);

    let said = stage.run(&["import", "survey", file.to_str().unwrap(), "--keep-good", "--json"]).await;
    assert_eq!((said.exit(), received(&stage).await), (Exit::Partly, 1), "{}", said.err);
    let bytes = std::fs::read(file.with_file_name("responses.bad.csv")).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[3..]);
    let mut written: Vec<Vec<String>> =
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    assert_eq!([&written[1][1], &written[2][1]], [&lines[1], &twice], "the lines as they were");

    // One of them mended by its line, the other not yet.
    let object: serde_json::Value = serde_json::from_str(&whole).unwrap();
    let cells: Vec<String> =
        written[0][1..].iter().map(|heading| object[heading].as_str().unwrap().to_owned()).collect();
    written[1].splice(1.., cells);
    let mended = stage.file("mended.csv", Rows(written).text());
    let said = stage.run(&["import", "survey", mended.to_str().unwrap(), "--keep-good", "--json"]).await.json();
    assert_eq!((&said["stored"], &said["bad"]), (&1.into(), &1.into()));
    let rest = std::fs::read(mended.with_file_name("mended.bad.csv")).unwrap();
    let mut reader = csv::ReaderBuilder::new().from_reader(&rest[3..]);
    assert_eq!(reader.records().next().unwrap().unwrap()[1], twice, "and not lost by then");
    stage.strike().await;
}

/// What is stated of an import is looked at first, in a trial too.
#[tokio::test]
async fn what_is_stated_of_an_import_is_told_by_its_option() {
    let stage = Stage::set().await;
    let file = stage.file("responses.csv", Rows::of_campaign(2).text());
    let long = "x".repeat(201);
    for (option, value, good) in [
        ("--as-of", "2100-01-01T00:00:00+09:00", "2025-02-01T00:00:00+09:00"),
        ("--source", long.as_str(), &long[..200]),
    ] {
        for more in [&["--dry-run"][..], &[], &["--keep-good"]] {
            let words = [&["import", "survey", file.to_str().unwrap(), option, value], more].concat();
            let said = stage.run(&words).await;
            assert_eq!((said.exit(), received(&stage).await), (Exit::BadInput, 0), "{:?}", said.done);
            let places: Vec<String> = said.done.unwrap_err().faults.into_iter().map(|fault| fault.place).collect();
            assert_eq!(places, [option]);
        }
        let said = stage.run(&["import", "survey", file.to_str().unwrap(), option, good, "--dry-run"]).await;
        assert_eq!(said.exit(), Exit::Done, "{:?}", said.done);
    }
    stage.strike().await;
}

#[tokio::test]
async fn absent_answers_are_those_of_rows_that_are_stored() {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(3);
    let alone = stage.file("alone.csv", Rows(rows.0[..2].to_vec()).text());
    let alone = stage.run(&["import", "survey", alone.to_str().unwrap(), "--dry-run", "--json"]).await.json();
    assert_ne!(alone["warnings"], 0);
    let file = stage.file("responses.csv", rows.set(2, "age", "x").set(3, "age", "x").text());
    for more in [&["--dry-run"][..], &[]] {
        let words = [&["import", "survey", file.to_str().unwrap(), "--keep-good", "--json"], more].concat();
        let said = stage.run(&words).await.json();
        assert_eq!((&said["bad"], &said["warnings_by_question"]), (&2.into(), &alone["warnings_by_question"]));
    }
    stage.strike().await;
}

#[tokio::test]
async fn nothing_is_said_of_faults_where_there_are_none() {
    let stage = Stage::set().await;
    let said = stage.import(&stage.file("responses.csv", Rows::of_campaign(2).text())).await;
    assert_eq!((said.exit(), said.err.as_str()), (Exit::Done, ""));
    stage.strike().await;
}
