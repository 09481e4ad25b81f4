//! Scoring against the rule restated in plain code, the report's examples, every boundary, and the campaign of 2024.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use survey::domain::capability::Capability;
use survey::domain::policy::{Area, Menu, Policy, policy};
use survey::domain::scoring::{
    AnswerProblem, AuditEvidence, Columns, Mark, MenuBasis, Rating, Reason, SkillAnswers, rate, score_columns,
};

/// The form's questions as the report prints them: area, sub-item, number of questions. Written out here on purpose:
/// the tests share no table with the program.
const FORM: [(&str, &str, usize); 14] = [
    ("S1", "a", 5),
    ("S1", "b", 2),
    ("S1", "c", 2),
    ("S2", "a", 2),
    ("S2", "b", 2),
    ("S2", "c", 2),
    ("S3", "a", 1),
    ("S3", "b", 3),
    ("S3", "c", 1),
    ("S4", "a", 1),
    ("S4", "b", 3),
    ("S4", "c", 1),
    ("S5", "a", 4),
    ("S6", "a", 5),
];

/// Answers by the code of their question.
type Sheet = BTreeMap<String, i64>;

fn codes() -> Vec<String> {
    FORM.iter().flat_map(|(area, sub, n)| (1..=*n).map(move |i| format!("{area}{sub}{i}"))).collect()
}

fn sheet(answers: impl IntoIterator<Item = i64>) -> Sheet {
    codes().into_iter().zip(answers).collect()
}

/// The same answer throughout.
fn all(answer: i64) -> Sheet {
    sheet([answer; 34])
}

/// Answers the questions of a sub-item, such as `S1a`, so that they sum to `points`.
fn with_sum(mut sheet: Sheet, sub_item: &str, points: i64) -> Sheet {
    let mut left = points;
    for (_, answer) in sheet.iter_mut().filter(|(code, _)| code.starts_with(sub_item)) {
        *answer = left.min(3);
        left -= *answer;
    }
    assert_eq!(left, 0, "{sub_item} cannot reach {points}");
    sheet
}

fn answers(sheet: &Sheet) -> SkillAnswers {
    SkillAnswers::from_fn(|code| sheet.get(code).copied()).expect("a whole skill part")
}

fn published() -> &'static Policy {
    policy("ipa-2024").expect("the published policy")
}

fn with_floor() -> &'static Policy {
    policy("ipa-2024-floor").expect("the policy with a floor")
}

fn no_audit() -> AuditEvidence {
    AuditEvidence::default()
}

fn audit(qualifications: &[&str], other_text: &str) -> AuditEvidence {
    AuditEvidence {
        qualifications: qualifications.iter().map(|&code| code.to_owned()).collect(),
        other_text: other_text.to_owned(),
    }
}

fn rated(policy: &Policy, sheet: &Sheet) -> Rating {
    rate(policy, &answers(sheet), &no_audit())
}

fn area(code: &str) -> Area {
    Area::from_code(code).expect("an area")
}

/// Steps 1 to 3 of the report for one area, told as naively as they are there; `floor` is this project's addition.
fn naive_sign(sheet: &Sheet, area: &str, floor: bool) -> &'static str {
    let mut below = 0;
    let mut sub_items = 0;
    let mut questions = 0;
    let mut total = 0;
    for sub in ["a", "b", "c"] {
        let asked: Vec<i64> =
            sheet.iter().filter(|(code, _)| code.starts_with(&format!("{area}{sub}"))).map(|(_, v)| *v).collect();
        let hyouten = match asked.len() {
            0 => continue,
            1 => 3,
            2 => 5,
            3 => 7,
            4 => 10,
            5 => 13,
            n => panic!("{area}{sub} has {n} questions"),
        };
        let sum: i64 = asked.iter().sum();
        sub_items += 1;
        questions += asked.len() as i64;
        total += sum;
        if sum < hyouten {
            below += 1;
        }
    }
    if below == 0 {
        "◎"
    } else if floor && sub_items == 1 && total < 2 * questions {
        ""
    } else if below == 1 {
        "○"
    } else {
        ""
    }
}

fn naive_points(sheet: &Sheet, area: &str) -> i64 {
    sheet.iter().filter(|(code, _)| code.starts_with(area)).map(|(_, v)| v).sum()
}

/// Half the answers high, so that sums lie on both sides of the thresholds.
fn any_sheet() -> impl Strategy<Value = Sheet> {
    prop_oneof![vec(prop_oneof![3 => 2..=3i64, 1 => 0..=3i64], 34), vec(0..=3i64, 34)].prop_map(sheet)
}

/// A respondent from random bits, two an answer: quicker than a sheet where whole populations are wanted. A tenth left
/// the skill part empty, half of the rest are good at much.
fn person(bits: u128) -> SkillAnswers {
    let choice = bits >> 108;
    if choice.is_multiple_of(10) {
        return SkillAnswers::UNANSWERED;
    }
    let lift = if choice.is_multiple_of(2) { bits >> 40 } else { 0 };
    let values = std::array::from_fn(|i| (((bits | lift) >> (2 * i)) & 3) as u8);
    SkillAnswers::try_from(values).expect("two bits are 0 to 3")
}

fn any_audit() -> impl Strategy<Value = AuditEvidence> {
    let codes = prop::sample::subsequence(vec!["systems_auditor", "cisa", "cissp", "it_coordinator"], 0..=4);
    let text = prop::sample::select(vec!["", "PMP", "公認システム監査人", "ISMS審査員、公認ｼｽﾃﾑ監査人"]);
    (codes, text).prop_map(|(codes, text)| audit(&codes, text))
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_mark_follows_the_rule_as_restated(sheet in any_sheet(), evidence in any_audit()) {
        for (policy, floor) in [(published(), false), (with_floor(), true)] {
            let rating = rate(policy, &answers(&sheet), &evidence);
            prop_assert_eq!(&rating.policy, policy.id());
            for code in ["S1", "S2", "S3", "S4", "S5", "S6"] {
                let found = rating.area(area(code));
                prop_assert_eq!(found.mark.sign(), naive_sign(&sheet, code, floor), "{} of {:?}", code, &sheet);
                prop_assert_eq!(i64::from(found.points), naive_points(&sheet, code));
            }
            let signs: Vec<_> = rating.menus.iter().map(|menu| menu.mark.sign()).collect();
            let sign = |code| naive_sign(&sheet, code, floor);
            let auditor = evidence.qualifications.iter().any(|q| q == "systems_auditor" || q == "cisa")
                || evidence.other_text.contains('公');
            let audit = match (auditor, sign("S2")) { (false, _) => "", (true, "◎") => "◎", (true, _) => "○" };
            let expected =
                [sign("S1"), sign("S1"), sign("S2"), sign("S3"), sign("S4"), sign("S5"), sign("S6"), audit];
            prop_assert_eq!(signs, expected);
        }
    }

    #[test]
    fn a_rating_carries_what_is_needed_to_check_it(sheet in any_sheet()) {
        let rating = rated(with_floor(), &sheet);
        for found in &rating.areas {
            let unmet: Vec<_> = found.sub_items.iter().filter(|s| s.sum < s.threshold).map(|s| s.code).collect();
            prop_assert!(found.sub_items.iter().all(|s| s.met == (s.sum >= s.threshold)));
            prop_assert_eq!(found.sub_items.iter().map(|s| u32::from(s.sum)).sum::<u32>(), u32::from(found.points));
            match &found.reason {
                Reason::AllMet => prop_assert!(unmet.is_empty() && found.mark == Mark::Strong),
                Reason::OneNotMet { sub_item } => prop_assert!(unmet == [*sub_item] && found.mark == Mark::Able),
                Reason::SeveralNotMet { sub_items } => {
                    prop_assert!(unmet.len() > 1 && &unmet == sub_items && found.mark == Mark::None);
                }
                Reason::BelowFloor { sub_item, floor } => {
                    prop_assert!(unmet == [*sub_item] && found.points < *floor && found.mark == Mark::None);
                }
                Reason::Unanswered => prop_assert!(false, "the skill part was answered"),
            }
        }
    }

    #[test]
    fn one_more_point_never_lowers_a_mark(sheet in any_sheet(), raised in 0..34usize) {
        let mut higher = sheet.clone();
        let answer = higher.values_mut().nth(raised).expect("34 answers");
        *answer = (*answer + 1).min(3);
        for policy in [published(), with_floor()] {
            let (before, after) = (rated(policy, &sheet), rated(policy, &higher));
            for (before, after) in before.areas.iter().zip(&after.areas) {
                prop_assert!(before.mark <= after.mark);
            }
        }
    }
}

proptest! {
    // Each case is a population, so fewer of them.
    #![proptest_config(ProptestConfig { cases: cases().cases.div_ceil(10), ..cases() })]

    #[test]
    fn columns_give_what_single_ratings_give(people in vec(any::<u128>().prop_map(person), 0..150)) {
        let columns: Columns = people.iter().collect();
        prop_assert_eq!(columns.len(), people.len());
        for policy in [published(), with_floor()] {
            let scored = score_columns(policy, &columns);
            prop_assert_eq!(scored.len(), people.len());
            for (row, person) in people.iter().enumerate() {
                for single in rate(policy, person, &no_audit()).areas {
                    prop_assert_eq!(scored.mark(single.area, row), Some(single.mark));
                    prop_assert_eq!(scored.points(single.area)[row], single.points);
                }
            }
            prop_assert_eq!(scored.mark(Area::S1, people.len()), None);
        }
    }
}

#[test]
fn the_examples_of_the_report() {
    for (a, b, c, sign, reason) in [
        (15, 5, 5, "◎", Reason::AllMet),
        (12, 5, 5, "○", Reason::OneNotMet { sub_item: "S1a" }),
        (12, 5, 3, "", Reason::SeveralNotMet { sub_items: vec!["S1a", "S1c"] }),
    ] {
        let expert = with_sum(with_sum(with_sum(all(0), "S1a", a), "S1b", b), "S1c", c);
        let rating = rated(published(), &expert);
        let s1 = rating.area(Area::S1);
        assert_eq!((s1.mark.sign(), &s1.reason), (sign, &reason), "{a}/{b}/{c}");
        for menu in [Menu::M0, Menu::M1] {
            let shown = rating.menu(menu);
            assert_eq!((shown.mark, shown.points), (s1.mark, s1.points));
            assert_eq!(shown.basis, MenuBasis::Area(Area::S1));
        }
    }
}

#[test]
fn a_sub_item_is_met_at_its_threshold_and_not_one_point_below() {
    for (code, sub, questions) in FORM {
        let name = format!("{code}{sub}");
        let threshold = [3, 5, 7, 10, 13][questions - 1];
        for (points, met) in [(threshold, true), (threshold - 1, false)] {
            let rating = rated(published(), &with_sum(all(3), &name, points));
            let found = rating.area(area(code)).sub_items.iter().find(|s| s.code == name).expect("the sub-item");
            assert_eq!(
                (i64::from(found.sum), i64::from(found.threshold), usize::from(found.questions), found.met),
                (points, threshold, questions, met),
                "{name}"
            );
            let sign = if met { "◎" } else { "○" };
            assert_eq!(rating.area(area(code)).mark.sign(), sign, "{name} at {points}");
        }
    }
}

#[test]
fn as_published_an_area_with_one_sub_item_is_never_blank_and_the_floor_mends_that() {
    for (code, floor, threshold) in [("S5", 8, 10), ("S6", 10, 13)] {
        let sub_item = if code == "S5" { "S5a" } else { "S6a" };
        for (points, published_sign, floor_sign) in
            [(0, "○", ""), (floor - 1, "○", ""), (floor, "○", "○"), (threshold - 1, "○", "○"), (threshold, "◎", "◎")]
        {
            let expert = with_sum(all(0), sub_item, points);
            assert_eq!(rated(published(), &expert).area(area(code)).mark.sign(), published_sign, "{code} {points}");
            let floored = rated(with_floor(), &expert);
            assert_eq!(floored.area(area(code)).mark.sign(), floor_sign, "{code} {points}");
            let below = floored.area(area(code)).reason == Reason::BelowFloor { sub_item, floor: floor as u8 };
            assert_eq!(below, points < floor, "{code} {points}");
        }
    }
}

#[test]
fn an_empty_skill_part_has_no_mark_anywhere_yet_keeps_the_audit_menu() {
    let empty = SkillAnswers::from_fn(|_| None).expect("an empty skill part is no fault");
    for policy in [published(), with_floor()] {
        let rating = rate(policy, &empty, &audit(&["cisa"], ""));
        for found in &rating.areas {
            assert_eq!((found.mark, found.points, &found.reason), (Mark::None, 0, &Reason::Unanswered));
            assert!(found.sub_items.is_empty());
        }
        let signs: Vec<_> = rating.menus.iter().map(|menu| menu.mark.sign()).collect();
        assert_eq!(signs, ["", "", "", "", "", "", "", "○"]);
        assert_eq!(rating.menu(Menu::M7).points, 0);
    }
    let zeros = rated(published(), &all(0));
    assert_eq!(zeros.area(Area::S5).mark, Mark::Able, "answering 0 throughout is an answer");
}

#[test]
fn the_audit_menu_follows_qualifications_and_s2() {
    let s2_strong = all(3);
    let s2_able = with_sum(all(3), "S2a", 4);
    let s2_blank = all(0);
    for (evidence, named) in [
        (audit(&["systems_auditor"], ""), Some("systems_auditor")),
        (audit(&["cissp", "cisa"], ""), Some("cisa")),
        (audit(&[], "ISMS審査員、公認システム監査人"), Some("公認システム監査人")),
        (audit(&[], "公認ｼｽﾃﾑ 監査人"), Some("公認システム監査人")),
        (audit(&["cissp"], "PMP"), None),
        (audit(&[], "公認内部監査人"), None),
        (audit(&[], ""), None),
    ] {
        for (expert, sign) in [(&s2_strong, "◎"), (&s2_able, "○"), (&s2_blank, "○")] {
            let rating = rate(published(), &answers(expert), &evidence);
            let m7 = rating.menu(Menu::M7);
            let Some(named) = named else {
                assert_eq!((m7.mark, m7.points, &m7.basis), (Mark::None, 0, &MenuBasis::NoAudit), "{evidence:?}");
                continue;
            };
            assert_eq!((m7.mark.sign(), m7.points), (sign, rating.area(Area::S2).points), "{evidence:?}");
            let strengthened_by = (sign == "◎").then_some(Area::S2);
            assert_eq!(m7.basis, MenuBasis::Audit { named: named.to_owned(), strengthened_by });
        }
    }
}

#[test]
fn every_explanation_is_one_whole_line_in_both_languages() {
    let reasons = [
        Reason::AllMet,
        Reason::OneNotMet { sub_item: "S1b" },
        Reason::SeveralNotMet { sub_items: vec!["S1a", "S1c"] },
        Reason::BelowFloor { sub_item: "S5a", floor: 8 },
        Reason::Unanswered,
    ];
    let bases = [
        MenuBasis::Area(Area::S1),
        MenuBasis::Audit { named: "cisa".to_owned(), strengthened_by: None },
        MenuBasis::Audit { named: "cisa".to_owned(), strengthened_by: Some(Area::S2) },
        MenuBasis::NoAudit,
    ];
    let lines: Vec<_> = (reasons.iter().map(|reason| (reason.ja(), reason.en())))
        .chain(bases.iter().map(|basis| (basis.ja(), basis.en())))
        .collect();
    for line in lines.iter().flat_map(|(ja, en)| [ja, en]) {
        assert!(!line.is_empty() && !line.contains(['\n', '{', '}']), "{line:?}");
    }
    assert!(lines[2].0.contains("S1a、S1c") && lines[2].1.contains("S1a, S1c"));
    assert!(lines[3].0.contains("S5a") && lines[3].1.contains('8'));
    assert!(lines[7].0.contains("cisa") && lines[7].1.contains("S2"));
}

#[test]
fn a_skill_part_is_whole_or_empty_and_all_its_faults_are_named() {
    let mut broken = all(2);
    broken.insert("S2b1".to_owned(), 4);
    broken.insert("S6a5".to_owned(), -1);
    broken.insert("S6a1".to_owned(), i64::MAX);
    broken.remove("S1a1");
    let error = SkillAnswers::from_fn(|code| broken.get(code).copied()).expect_err("four faults");
    let found: Vec<_> = error.faults.iter().map(|fault| (fault.item, fault.problem)).collect();
    let expected = [
        ("S1a1", AnswerProblem::Missing),
        ("S2b1", AnswerProblem::OutOfRange(4)),
        ("S6a1", AnswerProblem::OutOfRange(i64::MAX)),
        ("S6a5", AnswerProblem::OutOfRange(-1)),
    ];
    assert_eq!(found, expected);
    assert!(error.to_string().contains("S2b1 must be from 0 to 3, found 4"));
    assert!(SkillAnswers::try_from([4; 34]).is_err());
}

#[test]
fn capability_counts_a_mean_of_one_and_a_half_as_with_support() {
    // S5 has four questions: 10 points are ◎, 6 a mean of 1.5.
    let people: Vec<_> = [10, 9, 6, 5, 0].map(|points| answers(&with_sum(all(0), "S5a", points))).into();
    let everybody = people.iter().chain([&SkillAnswers::UNANSWERED]);
    let s5 = Capability::count(published(), everybody).area(Area::S5);
    assert_eq!((s5.alone, s5.with_support, s5.not_yet), (1, 2, 3));
}

mod campaign_of_2024 {
    //! The made-up responses of the campaign, whose totals are those the report publishes.

    use std::fs;
    use std::path::Path;

    use serde_json::Value;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    struct Person {
        skills: SkillAnswers,
        can_support: bool,
        consents: bool,
    }

    fn data(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fy2024").join(name)
    }

    /// The latest response of each registration number, which people write in several ways.
    fn people() -> (usize, BTreeMap<String, Person>) {
        let mut file = csv::Reader::from_path(data("skill_survey.csv")).expect("the responses");
        let mut rows: Vec<BTreeMap<String, String>> =
            file.deserialize().collect::<Result<_, _>>().expect("rows as wide as the header");
        // Every time in the file has the same offset, so the text sorts as the time does.
        assert!(rows.iter().all(|row| row["submitted_at"].ends_with("+09:00")));
        rows.sort_by(|a, b| a["submitted_at"].cmp(&b["submitted_at"]));
        let received = rows.len();
        let people = rows.iter().map(|row| {
            let number: String = row["registration_number"].nfkc().filter(char::is_ascii_digit).collect();
            let answer = |code: &str| row[code].parse::<i64>().ok();
            let person = Person {
                skills: SkillAnswers::from_fn(answer).expect("a whole or an empty skill part"),
                can_support: row["durations"] != "支援不可",
                consents: row["listing_consent"] == "はい",
            };
            (number, person)
        });
        (received, people.collect())
    }

    fn expected() -> Value {
        let text = fs::read_to_string(data("skill_survey.expected.json")).expect("the expected outcome");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Those whose marks the outcome lists: skills answered, able to support, consent given.
    fn listed(people: &BTreeMap<String, Person>) -> impl Iterator<Item = (&String, &Person)> {
        people.iter().filter(|(_, person)| person.skills.values().is_some() && person.can_support && person.consents)
    }

    #[test]
    fn everybody_has_the_marks_expected() {
        let (received, people) = people();
        let expected = expected();
        assert_eq!(received, expected["received"]);
        assert_eq!(people.len(), expected["distinct"]);
        let found: BTreeMap<&String, BTreeMap<&str, &str>> = listed(&people)
            .map(|(number, person)| {
                let rating = rate(published(), &person.skills, &no_audit());
                (number, rating.areas.iter().map(|found| (found.area.code(), found.mark.sign())).collect())
            })
            .collect();
        assert_eq!(serde_json::to_value(found).expect("JSON"), expected["ratings"]);
    }

    #[test]
    fn both_policies_have_the_totals_expected() {
        let (_, people) = people();
        let expected = expected();
        for (policy, key) in [(published(), "ratings_as_published"), (with_floor(), "ratings_with_floor")] {
            let columns: Columns = listed(&people).map(|(_, person)| &person.skills).collect();
            assert_eq!(columns.len(), expected["listed"]);
            let scored = score_columns(policy, &columns);
            for area in Area::ALL {
                for mark in [Mark::None, Mark::Able, Mark::Strong] {
                    let count = scored.marks(area).iter().filter(|&&found| found == mark as u8).count();
                    assert_eq!(count, expected[key][area.code()][mark.sign()], "{key} {} {}", area.code(), mark.code());
                }
            }
        }
    }

    #[test]
    fn the_capability_table_is_the_published_one() {
        let (_, people) = people();
        let capability = Capability::count(published(), people.values().map(|person| &person.skills));
        for area in Area::ALL {
            let found = capability.area(area);
            let row = serde_json::json!([found.alone, found.with_support, found.not_yet]);
            assert_eq!(row, expected()["capability"][area.code()], "{}", area.code());
        }
    }
}
