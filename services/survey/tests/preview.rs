//! What another policy would change, counted in columns: against a recount person by person.

use std::collections::BTreeMap;

use proptest::prelude::*;
use survey::domain::policy::{Area, Menu, Policy};
use survey::domain::preview::{Changed, Compared, Comparison, Preview};
use survey::domain::scoring::{AuditEvidence, SkillAnswers, rate};

const PUBLISHED: &str = include_str!("../policies/ipa-2024.json");

/// The published policy with some passages changed.
fn policy(changes: &[(&str, &str)]) -> Policy {
    let json = changes.iter().fold(PUBLISHED.to_owned(), |json, (from, to)| {
        assert!(json.contains(from), "{from}");
        json.replacen(from, to, 1)
    });
    Policy::load(&json).expect("a policy")
}

fn some_policies() -> Vec<Policy> {
    vec![
        policy(&[]),
        policy(&[(
            r#""able_unmet_at_most": 1"#,
            r#""able_unmet_at_most": 1, "single_sub_item_floor_per_question": 2"#,
        )]),
        policy(&[(r#""able_unmet_at_most": 1"#, r#""able_unmet_at_most": 0"#)]),
        policy(&[(r#""points": 5"#, r#""points": 4"#), (r#""strong_with_area": "S2""#, r#""strong_with_area": "S5""#)]),
        // The audit menu follows another area, and that area's menu follows qualifications.
        policy(&[(r#""menus": ["M6"]"#, r#""menus": ["M7"]"#), (r#""menu": "M7""#, r#""menu": "M6""#)]),
    ]
}

#[derive(Clone, Debug)]
struct Person {
    skills: SkillAnswers,
    audit: (bool, bool),
    prefecture: &'static str,
}

fn person() -> impl Strategy<Value = Person> {
    let answered = prop::array::uniform32(0_u8..4).prop_flat_map(|first| {
        prop::array::uniform2(0_u8..4).prop_map(move |last| {
            let mut all = [0; 34];
            all[..32].copy_from_slice(&first);
            all[32..].copy_from_slice(&last);
            SkillAnswers::try_from(all).expect("0 to 3")
        })
    });
    // Whole sub-items at one level are what makes marks.
    let level = (0_u8..4).prop_map(|level| SkillAnswers::try_from([level; 34]).expect("0 to 3"));
    let skills = prop_oneof![3 => answered, 2 => level, 1 => Just(SkillAnswers::UNANSWERED)];
    let prefecture = prop_oneof![Just(""), Just("13"), Just("27"), Just("47")];
    (skills, any::<(bool, bool)>(), prefecture).prop_map(|(skills, audit, prefecture)| Person {
        skills,
        audit,
        prefecture,
    })
}

/// Person by person, as ratings are told one by one.
fn recount(before: &Policy, after: &Policy, people: &[Person]) -> (Preview, Vec<Changed>) {
    let (mut counts, mut changes) = (Preview::default(), Vec::new());
    let evidence = |found: bool| AuditEvidence {
        qualifications: if found { vec!["cisa".to_owned()] } else { vec![] },
        other_text: String::new(),
    };
    for (row, person) in people.iter().enumerate() {
        let old = rate(before, &person.skills, &evidence(person.audit.0));
        let new = rate(after, &person.skills, &evidence(person.audit.1));
        let mut changed = Changed { row, areas: vec![], menus: vec![] };
        for area in Area::ALL {
            let (from, to) = (old.area(area).mark, new.area(area).mark);
            if from != to {
                counts.areas[area as usize][from as usize][to as usize] += 1;
                changed.areas.push((area, from, to));
            }
        }
        for menu in Menu::ALL {
            let (from, to) = (old.menu(menu).mark, new.menu(menu).mark);
            if from != to {
                counts.menus[menu as usize][from as usize][to as usize] += 1;
                changed.menus.push((menu, from, to));
            }
        }
        counts.people += 1;
        let place = counts.prefectures.entry(person.prefecture.to_owned()).or_insert((0, 0));
        place.0 += 1;
        if !(changed.areas.is_empty() && changed.menus.is_empty()) {
            counts.changed += 1;
            place.1 += 1;
            changes.push(changed);
        }
    }
    (counts, changes)
}

proptest! {
    #[test]
    fn the_columns_count_what_a_recount_counts(
        people in prop::collection::vec(person(), 0..200),
        policies in (0_usize..5, 0_usize..5),
        page in 1_usize..80,
    ) {
        let all = some_policies();
        let (before, after) = (&all[policies.0], &all[policies.1]);
        let mut comparison = Comparison::new(before, after);
        let mut found: Vec<Changed> = Vec::new();
        for (number, some) in people.chunks(page).enumerate() {
            let compared: Vec<Compared<'_>> = some
                .iter()
                .map(|person| Compared {
                    skills: person.skills,
                    audit_before: person.audit.0,
                    audit_after: person.audit.1,
                    prefecture: person.prefecture,
                })
                .collect();
            found.extend(comparison.add(&compared).into_iter().map(|of| Changed { row: of.row + number * page, ..of }));
        }
        let (counts, changes) = recount(before, after, &people);
        prop_assert_eq!(comparison.counts(), counts);
        prop_assert_eq!(found, changes);
    }

    #[test]
    fn a_policy_changes_nothing_against_itself(people in prop::collection::vec(person(), 1..50)) {
        for policy in some_policies() {
            let mut comparison = Comparison::new(&policy, &policy);
            let compared: Vec<Compared<'_>> = people
                .iter()
                .map(|person| Compared {
                    skills: person.skills,
                    audit_before: person.audit.0,
                    audit_after: person.audit.0,
                    prefecture: person.prefecture,
                })
                .collect();
            prop_assert_eq!(comparison.add(&compared), vec![]);
            let counts = comparison.counts();
            prop_assert_eq!((counts.changed, counts.people), (0, people.len() as u64));
            let everywhere: BTreeMap<_, _> = counts.prefectures;
            prop_assert_eq!(everywhere.values().map(|(people, _)| people).sum::<u64>(), people.len() as u64);
        }
    }
}
