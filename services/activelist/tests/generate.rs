//! Made-up experts: the same for the same seed, with the report's shares, and good to import.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use std::collections::HashSet;

use activelist::args::GeneratedFormat;
use activelist::failure::Exit;
use activelist::generate::{
    MARKS, MOST_INTRODUCTION, People, Person, RECORD, RESPONDENTS, headings, place, row, write,
};
use activelist::import::{Sheet, SurveyFile, import_form};
use kit_forms::{Answers, Value};
use kit_vocabulary::Code;
use search::domain::Mark;
use stage::Stage;
use survey::domain::policy::policy;
use survey::domain::scoring::SKILL_ITEMS;

/// About all specialists in the country.
const COUNTRY: u64 = 24_000;

fn file(seed: u64, experts: u64, format: GeneratedFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&People::new(seed, experts), format, &mut bytes).unwrap();
    bytes
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    for format in [GeneratedFormat::Csv, GeneratedFormat::Jsonl] {
        assert_eq!(file(7, 500, format), file(7, 500, format));
        assert_ne!(file(7, 500, format), file(8, 500, format));
    }
    let (few, many) = (People::new(7, 10), People::new(7, 1_000_000));
    for n in 0..10 {
        let (one, other) = (few.person(n), many.person(n));
        assert_eq!(
            one,
            Person { submitted: one.submitted, ..other },
            "who somebody is does not hang on how many there are"
        );
    }
}

#[test]
fn both_forms_say_the_same() {
    let csv = file(3, 40, GeneratedFormat::Csv);
    let mut rows = csv::Reader::from_reader(csv.as_slice());
    let headings = rows.headers().unwrap().clone();
    let lines = String::from_utf8(file(3, 40, GeneratedFormat::Jsonl)).unwrap();
    for (record, line) in rows.records().zip(lines.lines()) {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        for (heading, cell) in headings.iter().zip(&record.unwrap()) {
            assert_eq!(object[heading], cell, "{heading}");
        }
    }
    assert_eq!(lines.lines().count(), 40);
}

/// Counts lie within five standard deviations of what a share gives, which chance alone breaks once in two million times;
/// of 24,000 that is 1.6 percentage points at most.
#[test]
fn shares_are_those_of_the_report() {
    let people: Vec<Person> = People::new(1, COUNTRY).iter().collect();
    let share = |what: &str, expected: f64, has: &dyn Fn(&Person) -> bool| {
        let found = people.iter().filter(|person| has(person)).count() as f64;
        let n = people.len() as f64;
        let bound = 5.0 * (n * expected * (1.0 - expected)).sqrt();
        assert!((found - n * expected).abs() <= bound, "{what}: {found} of {n}, not {}", n * expected);
    };
    let has = |codes: &[&Code], code: &str| codes.iter().any(|held| held.code == code);
    for (industry, expected) in [
        ("services", 0.407),
        ("other_manufacturing", 0.398),
        ("retail", 0.276),
        ("defence", 0.023),
        ("power", 0.032),
        ("semiconductor", 0.041),
    ] {
        share(industry, expected, &|person| has(&person.industries, industry));
    }
    for (format, expected) in [("onsite", 0.860), ("online", 0.805), ("incident", 0.253)] {
        share(format, expected, &|person| has(&person.formats, format));
    }
    share("fee", 0.385, &|person| person.fee.code == "20_30k");
    share("independent", 0.367, &|person| person.affiliation.code == "independent");
    share("no other qualification", 0.27, &|person| person.qualifications.is_empty());
    share("no body", 0.312, &|person| person.organisations.is_empty());
    share("Tokyo", 14_048.0 / 126_146.0, &|person| person.residence.code == "13");

    // Blank marks in S5 and S6 exist by the policy with a floor only.
    let floor = policy("ipa-2024-floor").unwrap();
    let marks: Vec<[Mark; 6]> = people.iter().map(|person| person.entry(floor).rating.area_marks).collect();
    for (area, (strong, able)) in MARKS.into_iter().enumerate() {
        for (mark, of) in [(Mark::Strong, strong), (Mark::Able, able), (Mark::None, RESPONDENTS - strong - able)] {
            let marks = &marks;
            share(&format!("S{} {mark:?}", area + 1), of as f64 / RESPONDENTS as f64, &|person| {
                marks[person.n as usize][area] == mark
            });
        }
    }
    // Areas of one person go together: ◎ in both of two areas is commoner than by chance.
    let both = marks.iter().filter(|marks| marks[1] == Mark::Strong && marks[2] == Mark::Strong).count() as f64;
    let apart = f64::from(74 * 73) / f64::from(221 * 221) * COUNTRY as f64;
    assert!(both > 1.3 * apart, "{both} people, {apart} by chance");
}

#[test]
fn people_serve_where_they_live_and_around_it_or_everywhere() {
    for person in People::new(5, 2_000).iter() {
        let near = person.residence.links("prefectures");
        let around = person.prefectures.iter().all(|code| **code == *person.residence || near.contains(&code.code));
        assert!(around || person.prefectures.len() == 47, "{}", person.n);
        assert!(person.prefectures.contains(&person.residence), "{}", person.n);
    }
}

#[test]
fn ids_numbers_and_texts_are_many_and_of_the_length_they_should_be() {
    let people: Vec<Person> = People::new(2, COUNTRY).iter().collect();
    let different = |of: fn(&Person) -> &str| people.iter().map(of).collect::<HashSet<_>>().len();
    assert_eq!(different(|person| &person.id), people.len());
    assert_eq!(different(|person| &person.respondent), people.len());
    assert_eq!(different(|person| &person.registration_number), people.len());
    assert!(different(|person| &person.support_summary) > people.len() * 999 / 1_000);
    assert!(different(|person| &person.self_pr) > people.len() / 2);
    assert!(people.is_sorted_by(|one, other| one.id < other.id && one.submitted <= other.submitted));
    for person in &people {
        assert_eq!(place(&person.id), Some(person.n));
        assert!((1..=MOST_INTRODUCTION).contains(&person.self_pr.chars().count()), "{}", person.self_pr);
        let length = person.support_summary.chars().count();
        assert!((RECORD.0..=RECORD.1).contains(&length), "{length}: {}", person.support_summary);
    }
    let lengths = people.iter().map(|person| person.support_summary.chars().count());
    let (short, long) = (lengths.clone().filter(|n| *n < 160).count(), lengths.filter(|n| *n > 340).count());
    assert!(short > 2_000 && long > 2_000, "{short} short and {long} long records");
    // Varied: as many different pairs of characters as a text of that kind has.
    let pairs: HashSet<(char, char)> = people
        .iter()
        .flat_map(|person| person.support_summary.chars().zip(person.support_summary.chars().skip(1)))
        .collect();
    assert!(pairs.len() > 3_000, "{} pairs of characters", pairs.len());
}

/// Every row is read by the import's own parser and checked by the form, and says what the person is.
#[test]
fn rows_are_read_without_a_fault() {
    let people = People::new(11, 1_500);
    let form = import_form();
    let bytes = SurveyFile::new("made-up.csv".to_owned(), &file(11, 1_500, GeneratedFormat::Csv));
    let mut sheet = Sheet::open(&bytes, form).unwrap();
    assert!(sheet.headed(), "{:?}", sheet.faults);
    let mut count = 0;
    while let Some(row) = sheet.next(&bytes).unwrap() {
        assert!(row.faults.is_empty(), "{:?}", row.faults);
        count += 1;
    }
    assert_eq!(count, 1_500);
    for person in people.iter() {
        let mut answers = Answers::new();
        for (heading, cell) in headings().zip(row(&person)).skip(1) {
            if let Some(value) = form.read_cell(form.question(heading).unwrap(), &cell).unwrap() {
                answers.insert(heading.to_owned(), value);
            }
        }
        let checked = form.check(&answers);
        assert!(checked.is_good(), "{}: {:?}", person.n, checked.faults);
        let codes = |codes: &[&Code]| Value::Choices(codes.iter().map(|code| code.code.clone()).collect());
        assert_eq!(checked.answers["prefectures"], codes(&person.prefectures));
        assert_eq!(checked.answers["fee_per_visit"], Value::Choice(person.fee.code.clone()));
        for (item, answer) in SKILL_ITEMS.into_iter().zip(person.skills) {
            assert_eq!(checked.answers[item], Value::Number(answer.into()), "{item}");
        }
    }
}

#[tokio::test]
async fn all_of_them_are_imported_and_listed() {
    let stage = Stage::set().await;
    let said = stage.import(&stage.file("made-up.csv", file(4, 203, GeneratedFormat::Csv))).await;
    assert_eq!(said.exit(), Exit::Done, "{}", said.err);
    let json = said.json();
    assert_eq!(
        (json["rows"].as_i64(), json["stored"].as_i64(), json["listed"].as_i64()),
        (Some(203), Some(203), Some(203))
    );
    stage.strike().await;
}
