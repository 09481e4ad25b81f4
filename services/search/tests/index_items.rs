//! What narrows and what only orders: items of menus, and preferences.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use search::domain::{
    Area, CodeField, Entry, FacetName, Index, Mark, Nearness, Query, Schema, SchemaError, SortKey, UnknownCode,
};

use Mark::{Able, Strong};

const ITEMS: [(&str, &str, Option<&str>); 5] = [
    ("rules", "M1", Some("T1")),
    ("people", "M1", None),
    ("assets", "M2", Some("T2")),
    ("cloud", "M2", Some("T3")),
    ("emergency", "M5", None),
];

fn codes(list: &[&str]) -> Vec<String> {
    list.iter().map(|code| (*code).to_owned()).collect()
}

fn lists() -> Schema {
    let facets = vec![
        (FacetName::Residence, codes(&["23", "27"])),
        (FacetName::Themes, codes(&["T1", "T2", "T3"])),
        (FacetName::Formats, codes(&["onsite", "online", "lecture"])),
        (FacetName::Organisations, codes(&["chambers", "jama_japia"])),
        (FacetName::SkillItems, codes(&["a", "b", "c", "d", "e", "f", "g", "h"])),
    ];
    let areas = [None, Some(Area::S1), Some(Area::S2), None, None, Some(Area::S5), None, None];
    Schema::new(facets).unwrap().with_menu_areas(areas)
}

fn index(entries: Vec<Entry>) -> Index {
    let mut index = Index::new(lists().with_menu_items(ITEMS).unwrap());
    entries.into_iter().for_each(|entry| index.upsert(entry).unwrap());
    index
}

fn expert(id: &str, menus: &[(usize, Mark)], themes: &[&str]) -> Entry {
    let mut entry = Entry { id: id.to_owned(), themes: codes(themes), ..Entry::default() };
    menus.iter().for_each(|&(menu, mark)| entry.rating.menu_marks[menu] = mark);
    entry
}

fn asking(menus: &[&str], items: &[&str]) -> Query {
    Query { menus: codes(menus), menu_items: codes(items), ..Query::default() }
}

/// Ids in order.
fn found(index: &Index, query: &Query) -> Vec<String> {
    let answer = index.search(query, None, usize::MAX).unwrap();
    assert_eq!(answer.total as usize, answer.hits.len());
    answer.hits.into_iter().map(|hit| hit.key.id).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

fn some_experts() -> Index {
    index(vec![
        expert("M1", &[(1, Able)], &[]),
        expert("M1 T1", &[(1, Able)], &["T1"]),
        expert("M1 T2", &[(1, Strong)], &["T2"]),
        expert("M2", &[(2, Strong)], &[]),
        expert("M2 T2", &[(2, Able)], &["T2"]),
        expert("M2 T3", &[(2, Strong)], &["T3"]),
        expert("M2 T1", &[(2, Able)], &["T1"]),
        expert("M5 T2", &[(5, Able)], &["T2"]),
        expert("T1 T2 T3", &[], &["T1", "T2", "T3"]),
    ])
}

#[test]
fn an_item_that_is_no_theme_asks_for_its_menu() {
    let index = some_experts();
    for seed in 0..10 {
        let by_item = Query { seed, ..asking(&[], &["people"]) };
        let by_menu = Query { seed, ..asking(&["M1"], &[]) };
        let answer = index.search(&by_item, None, 20).unwrap();
        assert_eq!(answer, index.search(&by_menu, None, 20).unwrap());
        let first = &answer.hits[0].key;
        assert_eq!((answer.total, first.id.as_str(), first.strong), (3, "M1 T2", 1));
    }
}

#[test]
fn an_item_that_is_a_theme_needs_the_mark_and_the_theme() {
    let index = some_experts();
    assert_eq!(found(&index, &asking(&[], &["rules"])), ["M1 T1"]);
    assert_eq!(found(&index, &asking(&[], &["assets"])), ["M2 T2"]);
}

#[test]
fn any_item_of_a_menu_is_enough() {
    let index = some_experts();
    assert_eq!(found(&index, &asking(&[], &["assets", "cloud"])), ["M2 T3", "M2 T2"]);
    // One of them is no theme: the mark is enough.
    let both = found(&index, &asking(&[], &["rules", "people", "rules"]));
    assert_eq!(sorted(both), ["M1", "M1 T1", "M1 T2"]);
    let other_way_round = found(&index, &asking(&[], &["people", "rules"]));
    assert_eq!(sorted(other_way_round), ["M1", "M1 T1", "M1 T2"]);
}

#[test]
fn a_menu_asked_for_itself_is_narrowed_by_its_items_and_another_one_is_not() {
    let index = some_experts();
    assert_eq!(found(&index, &asking(&["M2"], &["assets"])), ["M2 T2"]);
    let with_another = found(&index, &asking(&["M1"], &["assets"]));
    assert_eq!(sorted(with_another), ["M1", "M1 T1", "M1 T2", "M2 T2"]);
    // The theme of one menu's item does not make up for the mark of another.
    let two = found(&index, &asking(&[], &["rules", "assets", "emergency"]));
    assert_eq!(sorted(two), ["M1 T1", "M2 T2", "M5 T2"]);
}

#[test]
fn the_menu_of_an_item_orders_by_its_mark_and_points() {
    let mut both = expert("both", &[(1, Able), (2, Strong)], &[]);
    both.rating.area_points = [10, 7, 99, 99, 99, 99];
    let mut one = expert("one", &[(2, Strong)], &["T2"]);
    one.rating.area_points = [10, 8, 99, 99, 99, 99];
    let index = index(vec![both, one]);
    let answer = index.search(&asking(&["M1"], &["assets"]), None, 20).unwrap();
    let keys: Vec<_> =
        answer.hits.iter().map(|hit| (hit.key.id.as_str(), hit.key.strong, hit.key.able, hit.key.points)).collect();
    // Who is kept for one menu still shows what the other one's mark is.
    assert_eq!(keys, [("both", 1, 1, 17), ("one", 1, 0, 18)]);
}

#[test]
fn items_narrow_the_counts_of_every_facet() {
    let index = some_experts();
    let mut query = asking(&[], &["assets", "emergency"]);
    let answer = index.search(&query, None, 20).unwrap();
    assert_eq!((answer.total, answer.facets.of(FacetName::Themes)), (2, [0, 2, 0].as_slice()));
    assert_eq!((answer.menus[2].able, answer.menus[5].able, answer.menus[5].none), (1, 1, 1));
    query.narrow(FacetName::Themes, codes(&["T3"]));
    let answer = index.search(&query, None, 20).unwrap();
    assert_eq!((answer.total, answer.facets.of(FacetName::Themes)), (0, [0, 2, 0].as_slice()));
}

#[test]
fn what_no_list_has_is_named_with_its_place() {
    let query = Query {
        menus: codes(&["M9"]),
        menu_items: codes(&["rules", "M1", "sports"]),
        preferences: vec![(FacetName::Formats, codes(&["fax", "online"]))],
        place: Some("99".to_owned()),
        ..Query::default()
    };
    let unknown = |field, code: &str| UnknownCode { field, code: code.to_owned() };
    let expected = [
        unknown(CodeField::Menus, "M9"),
        unknown(CodeField::MenuItems, "M1"),
        unknown(CodeField::MenuItems, "sports"),
        unknown(CodeField::Facet(FacetName::Formats), "fax"),
        unknown(CodeField::Place, "99"),
    ];
    let error = some_experts().search(&query, None, 20).unwrap_err();
    assert_eq!(error.0, expected);
    assert!(error.to_string().contains("menu_items \"sports\""), "{error}");
}

#[test]
fn items_that_fit_no_list_make_no_schema() {
    let error = |items: &[(&str, &str, Option<&str>)]| lists().with_menu_items(items.iter().copied()).unwrap_err();
    let item = || "rules".to_owned();
    let menu = SchemaError::ItemOfUnknownMenu { item: item(), menu: "M8".to_owned() };
    assert_eq!(error(&[("rules", "M8", None)]), menu);
    let theme = SchemaError::ItemOfUnknownTheme { item: item(), theme: "T9".to_owned() };
    assert_eq!(error(&[("rules", "M1", Some("T9"))]), theme);
    assert_eq!(error(&[("rules", "M1", None), ("rules", "M2", None)]), SchemaError::ItemTwice(item()));
}

fn preferring(preferences: &[(FacetName, &[&str])]) -> Query {
    let preferences = preferences.iter().map(|(facet, list)| (*facet, codes(list))).collect();
    Query { preferences, ..Query::default() }
}

#[test]
fn preferences_come_after_marks_and_before_points() {
    let met = |entry: Entry, formats: &[&str], organisations: &[&str], points: u8| {
        let mut entry = Entry { formats: codes(formats), organisations: codes(organisations), ..entry };
        entry.rating.area_points[4] = points;
        entry
    };
    let far = |id, mark| expert(id, &[(5, mark)], &[]);
    let near = |id, mark| Entry { residence: Some("27".to_owned()), ..far(id, mark) };
    let entries = vec![
        met(far("strong", Strong), &[], &[], 1),
        met(far("able, both", Able), &["lecture"], &["jama_japia"], 2),
        // Two codes of one preference meet it once.
        met(far("able, one, more points", Able), &["lecture", "online"], &["chambers"], 9),
        met(near("able, one, near", Able), &[], &["jama_japia"], 8),
        met(far("able, one", Able), &["online"], &[], 8),
        met(near("able, none, most points", Able), &["onsite"], &["chambers"], 12),
    ];
    let expected: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
    let index = index(entries);
    for seed in 0..20 {
        let query = Query {
            menus: codes(&["M5"]),
            place: Some("27".to_owned()),
            seed,
            ..preferring(&[
                (FacetName::Formats, &["online", "lecture"]),
                (FacetName::Organisations, &["jama_japia"]),
                (FacetName::Themes, &[]),
            ])
        };
        assert_eq!(found(&index, &query), expected);
        let answer = index.search(&query, None, 20).unwrap();
        let preferred: Vec<u8> = answer.hits.iter().map(|hit| hit.key.preferred).collect();
        assert_eq!(preferred, [0, 2, 1, 1, 1, 0]);
    }
}

#[test]
fn preferences_leave_nobody_out_and_change_no_count() {
    let index = some_experts();
    let preferences = preferring(&[(FacetName::Themes, &["T2"])]).preferences;
    let plain = Query { seed: 3, ..asking(&[], &[]) };
    let preferring = Query { preferences, ..plain.clone() };
    let [plain, preferring] = [plain, preferring].map(|query| index.search(&query, None, 20).unwrap());
    assert_eq!((plain.total, &plain.facets, &plain.menus), (9, &preferring.facets, &preferring.menus));
    assert_eq!(plain.total, preferring.total);
    let first: Vec<String> = preferring.hits[..4].iter().map(|hit| hit.key.id.clone()).collect();
    assert_eq!(sorted(first), ["M1 T2", "M2 T2", "M5 T2", "T1 T2 T3"]);
}

#[test]
fn seven_preferences_count_and_others_do_not() {
    let skills = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let expert = |n: usize| Entry { id: n.to_string(), skill_items: codes(&skills[..n]), ..Entry::default() };
    let last = Entry { id: "last".to_owned(), skill_items: codes(&["h"]), ..Entry::default() };
    let index = index((0..=8).map(expert).chain([last]).collect());
    let preferences: Vec<(FacetName, &[&str])> = skills.chunks(1).map(|skill| (FacetName::SkillItems, skill)).collect();
    let answer = index.search(&preferring(&preferences), None, 20).unwrap();
    let mut keys: Vec<_> = answer.hits.iter().map(|hit| (hit.key.preferred, hit.key.id.as_str())).collect();
    assert!(keys.is_sorted_by_key(|(preferred, _)| std::cmp::Reverse(*preferred)));
    keys.sort_unstable();
    let expected =
        [(0, "0"), (0, "last"), (1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5"), (6, "6"), (7, "7"), (7, "8")];
    assert_eq!(keys, expected);
}

/// A page token's key is no secret and may come back changed.
#[test]
fn pages_go_on_after_preferences_that_nobody_meets() {
    let skills = ["a", "b", "c", "d", "e", "f", "g"];
    let expert = |n: usize| {
        let mut entry = expert(&format!("{n:02}"), &[(5, Able)], &[]);
        entry.skill_items = codes(&skills[..n % 8]);
        entry.rating.area_points[4] = (n / 8) as u8;
        entry
    };
    let index = index((0..40).map(expert).collect());
    let preferences: Vec<(FacetName, &[&str])> = skills.chunks(1).map(|skill| (FacetName::SkillItems, skill)).collect();
    let query = Query { menus: codes(&["M5"]), ..preferring(&preferences) };
    let all: Vec<_> = index.search(&query, None, 40).unwrap().hits.into_iter().map(|hit| hit.key).collect();
    for preferred in [0, 1, 6, 7, 8, 255] {
        for points in [0, 3, 2_047, 2_048, u16::MAX] {
            for able in [0, 1, 2, 16] {
                let (strong, nearness, rotation, id) = (0, Nearness::Far, u64::MAX / 2, String::new());
                let after = SortKey { strong, able, preferred, points, nearness, rotation, id };
                let answer = index.search(&query, Some(&after), 40).unwrap();
                let hits: Vec<_> = answer.hits.into_iter().map(|hit| hit.key).collect();
                let expected: Vec<_> = all.iter().filter(|key| **key > after).cloned().collect();
                assert_eq!(hits, expected, "after {after:?}");
            }
        }
    }
}

#[test]
fn bodies_and_skills_are_conditions_and_counted_like_others() {
    let with = |id: &str, bodies: &[&str], skills: &[&str]| Entry {
        id: id.to_owned(),
        organisations: codes(bodies),
        skill_items: codes(skills),
        ..Entry::default()
    };
    let index =
        index(vec![with("x", &["chambers"], &["a", "c"]), with("y", &["jama_japia"], &["c"]), with("z", &[], &["a"])]);
    let mut query = Query::default();
    query.narrow(FacetName::Organisations, codes(&["chambers", "jama_japia"]));
    query.narrow(FacetName::SkillItems, codes(&["a"]));
    let answer = index.search(&query, None, 20).unwrap();
    assert_eq!((answer.total, answer.hits[0].key.id.as_str()), (1, "x"));
    assert_eq!(answer.facets.of(FacetName::Organisations), [1, 0]);
    assert_eq!(answer.facets.of(FacetName::SkillItems), [1, 0, 2, 0, 0, 0, 0, 0]);
    assert_eq!(index.get("x"), Some(with("x", &["chambers"], &["a", "c"])));
}

#[test]
fn a_hit_tells_the_slot_of_the_snapshot_it_comes_from() {
    let named = |n: u32| Entry { id: format!("{n:04}"), ..Entry::default() };
    let mut index = index((0..1_500).map(named).collect());
    let before = index.snapshot();
    (0..1_500).step_by(3).for_each(|n| assert!(index.remove(&named(n).id)));
    (2_000..2_500).for_each(|n| index.upsert(named(n)).unwrap());
    for (snapshot, total) in [(before, 1_500), (index.snapshot(), 1_500)] {
        let hits = snapshot.search(&Query::default(), None, usize::MAX).unwrap().hits;
        assert_eq!(hits.len(), total);
        for hit in hits {
            assert_eq!(snapshot.id_of(hit.slot), Some(hit.key.id));
        }
    }
}
