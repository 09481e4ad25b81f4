//! Files that somebody hands in.

use activelist::failure::Failure;
use activelist::import::{Row, Sheet, SurveyFile, import_form};
use activelist::report::parse_published;
use kit_forms::Kind;
use prost::Message as _;

pub(super) const SURVEY_WORDS: &[&str] = &[
    "registration_number",
    "submitted_at",
    "name",
    "氏名",
    "提出日時",
    "S1a1",
    "self_pr",
    "themes",
    "2025-02-03T23:59:59+09:00",
    "第012345号",
    "はい",
    "yes",
    "|",
    "、",
    "\"\r\n\"",
];

/// A file of the shipped form: each heading, and rows with answers that can be read and that cannot.
pub(super) fn survey_seeds() -> Vec<Vec<u8>> {
    let form = import_form();
    let headings = |ja: bool| {
        let questions = form.questions().map(move |question| if ja { &question.label.ja } else { &question.code });
        std::iter::once("submitted_at").chain(questions.map(String::as_str)).collect::<Vec<_>>()
    };
    let answers: Vec<String> = form
        .questions()
        .map(|question| match &question.kind {
            Kind::Single { choices } => choices.codes()[0].ja.clone(),
            Kind::Multiple { choices, .. } => {
                choices.codes().iter().take(3).map(|code| &*code.ja).collect::<Vec<_>>().join("|")
            }
            Kind::Number { min, .. } => min.to_string(),
            Kind::Text { .. } if question.code == "registration_number" => "第012345号".to_owned(),
            Kind::Text { .. } if question.code == "email" => "a@example.jp".to_owned(),
            Kind::Text { .. } => "見本\r\n二行目、\"引用\"".to_owned(),
        })
        .collect();
    let row: Vec<&str> =
        std::iter::once("2025-02-03T23:59:59+09:00").chain(answers.iter().map(String::as_str)).collect();
    let file = |lines: &[Vec<&str>]| {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        lines.iter().for_each(|line| writer.write_record(line).expect("memory takes it"));
        writer.into_inner().expect("memory takes it")
    };
    vec![
        file(&[headings(false), row.clone(), row.clone()]),
        file(&[headings(true), row.clone()]),
        file(&[vec!["name", "self_pr"], vec!["見本", "a"]]),
        [b"\xEF\xBB\xBF".to_vec(), file(&[headings(false), row[..9].to_vec()])].concat(),
    ]
}

/// Every row is a response or has a fault, and stands below the one before; what marks the encoding changes nothing.
pub(super) fn survey(bytes: &[u8]) {
    let Some(rows) = rows(bytes) else { return };
    for row in &rows {
        assert!(row.response.is_some() || !row.faults.is_empty(), "line {}", row.source.number);
        assert!(row.faults.iter().all(|fault| fault.line >= row.source.number && !fault.reason.is_empty()));
        if let Some(response) = &row.response {
            assert!(response.encoded_len() <= 1 << 20);
        }
    }
    assert!(rows.is_sorted_by(|one, other| one.source.number < other.source.number));
    if !bytes.starts_with(b"\xEF\xBB\xBF") && crate::bytes::text(bytes).is_some() {
        let marked = self::rows(&[b"\xEF\xBB\xBF", bytes].concat()).expect("a mark takes no row away");
        let told = |rows: &[Row]| rows.iter().map(|row| (row.response.clone(), row.faults.clone())).collect::<Vec<_>>();
        assert_eq!(told(&marked), told(&rows));
    }
}

fn rows(bytes: &[u8]) -> Option<Vec<Row>> {
    let file = SurveyFile::new("a file".to_owned(), bytes);
    let mut sheet = Sheet::open(&file, import_form()).map_err(told).ok()?;
    let mut rows = Vec::new();
    while let Some(row) = sheet.next(&file).map_err(told).ok()? {
        rows.push(row);
    }
    assert!(sheet.headed() || !sheet.faults.in_order().is_empty());
    Some(rows)
}

fn told(failure: Failure) {
    assert!(!failure.what.is_empty() && !failure.advice.is_empty());
}

/// The cases of a past programme.
pub(super) fn guidance_seeds() -> Vec<Vec<u8>> {
    let text = "案件,地域,業種,専門家,テーマ,訪問回数,状況,理由,専門家評価,企業評価\r\n1,東京都,製造業,000123,リスクの洗い出し,3,完了,,5,4\r\n2,大阪市,,,\"a\r\nb\",x,中止,都合,,\r\n";
    let codes =
        "case,region,industry,expert,theme,visits,status,reason,expert_evaluation,company_evaluation\n1,,,,,,,,,\n";
    vec![text.as_bytes().to_vec(), codes.as_bytes().to_vec(), b"case,case,x\n1\n".to_vec()]
}

pub(super) const GUIDANCE_WORDS: &[&str] =
    &["case", "region", "案件", "地域", "訪問回数", "企業評価", "\r\n", "\"", ",", "\t", "完了", "中止"];

/// A file of cases is rows or a failure with words.
pub(super) fn guidance(bytes: &[u8]) {
    let file = SurveyFile::new("a file".to_owned(), bytes);
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count();
    match activelist::import::guidance::rows(&file) {
        Ok(rows) => assert!(rows.len() <= lines + 1),
        Err(failure) => told(failure),
    }
}

// --- published numbers -----------------------------------------------------------------------------------------------

pub(super) const PUBLISHED_WORDS: &[&str] = &[
    "place,report,table,row,column,value,unit,step\n",
    "\"place\":",
    "\"value\":",
    "\"unit\":",
    "\"numbers\":[",
    "basis_points",
    "yen",
    "UNIT_",
    "9223372036854775807",
    "-1",
    "1e3",
    "\u{FEFF}",
    "p1,r,t,a,b,3,count,1\n",
];

/// The first byte says whether it is JSON.
pub(super) fn published_seeds() -> Vec<Vec<u8>> {
    let csv = "place,report,table,row,column,value,unit,step\np. 1,r,t,a,b,3,count,1\n\"p. 2\",,,,,-5,basis_points,\n";
    let json = r#"{"numbers":[{"place":"p. 1","report":"r","table":"t","row":"a","column":"b","value":3,"unit":"yen","step":10},{"place":"p. 2","value":"4"}]}"#;
    vec![
        [b"\0", csv.as_bytes()].concat(),
        [b"\x01", json.as_bytes()].concat(),
        b"\x01[1,{},null]".to_vec(),
        b"\0place,value\n,\n,x\n".to_vec(),
    ]
}

/// Numbers with a place, or faults with words; what was read, written as JSON, reads the same, and can be compared.
pub(super) fn published(bytes: &[u8]) {
    let Some((json, file)) =
        bytes.split_first().and_then(|(first, rest)| Some((first & 1 == 1, crate::bytes::text(rest)?)))
    else {
        return;
    };
    let numbers = match parse_published(file, json) {
        Ok(numbers) => numbers,
        Err(faults) => {
            assert!(
                (1..=50).contains(&faults.len())
                    && faults.iter().all(|fault| !fault.ja.is_empty() && !fault.en.is_empty())
            );
            return;
        }
    };
    let written = numbers.iter().map(|number| {
        let unit = number.unit().as_str_name();
        serde_json::json!({"place": number.place, "report": number.report, "table": number.table, "row": number.row,
            "column": number.column, "value": number.value, "unit": unit, "step": number.step})
    });
    let written = serde_json::Value::from(written.collect::<Vec<_>>()).to_string();
    assert_eq!(parse_published(&written, true).ok().as_ref(), Some(&numbers), "{written}");
    let known = |_: &str| true;
    if insights::published::faults(None, &numbers, known).is_empty() {
        let _ = insights::published::compare(None, &numbers, &[]);
    }
}
