//! Edges of the index: nobody, everybody, contradictions, word borders, slots used again, and
//! codes that no list has.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use search::domain::{
    Area, CodeField, Entry, FacetName, FacetSet, Index, Mark, Nearness, Processor, Query, Rating, Schema, SchemaError,
    SortKey, UnknownCode, Within,
};

fn codes(list: &[&str]) -> Vec<String> {
    list.iter().map(|code| (*code).to_owned()).collect()
}

fn schema() -> Schema {
    let facets = vec![
        (FacetName::Residence, codes(&["23", "24", "27", "28", "47"])),
        (FacetName::Prefectures, codes(&["23", "24", "27", "28", "47"])),
        (FacetName::Formats, codes(&["onsite", "online", "incident"])),
        (FacetName::Fee, codes(&["low", "middle", "high"])),
    ];
    let regions = [("23", "tokai"), ("24", "tokai"), ("27", "kinki"), ("28", "kinki")];
    let areas = [
        Some(Area::S1),
        Some(Area::S1),
        Some(Area::S2),
        Some(Area::S3),
        Some(Area::S4),
        Some(Area::S5),
        Some(Area::S6),
        None,
    ];
    Schema::new(facets).unwrap().with_regions(regions).unwrap().with_menu_areas(areas)
}

fn expert(id: &str, prefectures: &[&str], fee: &str) -> Entry {
    Entry { id: id.to_owned(), prefectures: codes(prefectures), fee: Some(fee.to_owned()), ..Entry::default() }
}

fn where_(conditions: &[(FacetName, &[&str])]) -> Query {
    let conditions: BTreeMap<_, _> = conditions.iter().map(|(facet, list)| (*facet, codes(list))).collect();
    Query { conditions, ..Query::default() }
}

fn found(index: &Index, query: &Query) -> Vec<String> {
    let answer = index.search(query, None, usize::MAX).unwrap();
    assert_eq!(answer.total as usize, answer.hits.len());
    answer.hits.into_iter().map(|hit| hit.key.id).collect()
}

fn rated(id: &str, menus: &[(usize, Mark)], points: &[(usize, u8)]) -> Entry {
    let mut rating = Rating::default();
    for &(menu, mark) in menus {
        rating.menu_marks[menu] = mark;
    }
    for &(area, sum) in points {
        rating.area_points[area] = sum;
    }
    Entry { id: id.to_owned(), rating, ..Entry::default() }
}

#[test]
fn an_empty_index_answers_with_nothing() {
    let index = Index::new(schema());
    let query = Query { menus: codes(&["M5"]), ..where_(&[(FacetName::Fee, &["low"])]) };
    for query in [Query::default(), query] {
        let answer = index.search(&query, None, 20).unwrap();
        assert_eq!((answer.total, answer.hits.len()), (0, 0));
        assert_eq!(answer.facets.of(FacetName::Fee), [0, 0, 0]);
    }
    assert!(index.is_empty());
    assert_eq!(index.get("a"), None);
}

#[test]
fn without_conditions_everybody_is_found() {
    let mut index = Index::new(schema());
    index.upsert(expert("a", &["27"], "low")).unwrap();
    index.upsert(Entry { id: "b".to_owned(), ..Entry::default() }).unwrap();
    let mut ids = found(&index, &Query::default());
    ids.sort();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn a_contradiction_finds_nobody_and_still_counts_the_ways_out() {
    let mut index = Index::new(schema());
    index.upsert(expert("a", &["27"], "low")).unwrap();
    index.upsert(expert("b", &["47"], "high")).unwrap();
    let query = where_(&[(FacetName::Prefectures, &["27"]), (FacetName::Fee, &["high"])]);
    let answer = index.search(&query, None, 20).unwrap();
    assert_eq!(answer.total, 0);
    // Giving up the fee would find a (low); giving up the prefecture would find b (47).
    assert_eq!(answer.facets.of(FacetName::Fee), [1, 0, 0]);
    assert_eq!(answer.facets.of(FacetName::Prefectures), [0, 0, 0, 0, 1]);
    assert_eq!(answer.facets.of(FacetName::Formats), [0, 0, 0]);
}

#[test]
fn a_condition_without_codes_keeps_nobody_but_does_not_narrow_its_own_counts() {
    let mut index = Index::new(schema());
    index.upsert(expert("a", &["27"], "middle")).unwrap();
    let answer = index.search(&where_(&[(FacetName::Fee, &[])]), None, 20).unwrap();
    assert_eq!(answer.total, 0);
    assert_eq!(answer.facets.of(FacetName::Fee), [0, 1, 0]);
    assert_eq!(answer.facets.of(FacetName::Prefectures), [0, 0, 0, 0, 0]);
}

#[test]
fn an_empty_field_of_a_request_is_no_condition() {
    let mut index = Index::new(schema());
    index.upsert(expert("a", &["27"], "low")).unwrap();
    index.upsert(expert("b", &["23"], "low")).unwrap();
    let mut query = Query::default();
    query.narrow(FacetName::Formats, Vec::new());
    query.narrow(FacetName::Prefectures, codes(&["27"]));
    assert_eq!(found(&index, &query), ["a"]);
}

#[test]
fn totals_and_pages_hold_at_every_size_around_word_borders() {
    let mut index = Index::new(schema());
    for size in 1..=130usize {
        let fee = if size % 3 == 0 { "low" } else { "high" };
        index.upsert(expert(&format!("{size:03}"), &["23"], fee)).unwrap();
        let answer = index.search(&where_(&[(FacetName::Fee, &["low"])]), None, 5).unwrap();
        let low = (size / 3) as u32;
        assert_eq!(answer.total, low, "{size} experts");
        assert_eq!(answer.hits.len(), size.min(15) / 3);
        assert_eq!(answer.facets.of(FacetName::Fee), [low, 0, size as u32 - low]);
        assert_eq!(found(&index, &Query::default()).len(), size);
    }
    for size in (0..130usize).rev() {
        assert!(index.remove(&format!("{:03}", size + 1)));
        assert_eq!(found(&index, &Query::default()).len(), size);
    }
}

#[test]
fn more_experts_than_one_chunk_holds() {
    let mut index = Index::new(schema());
    for n in 0..9_000 {
        let one_of_nine = n % 1_000 == 0;
        let mut entry = expert(&format!("{n:05}"), &["23"], if one_of_nine { "low" } else { "high" });
        entry.rating.menu_marks[5] = if one_of_nine { Mark::Able } else { Mark::None };
        index.upsert(entry).unwrap();
    }
    let expected: Vec<String> = (0..9).map(|n| format!("{:05}", n * 1_000)).collect();
    let by_condition = where_(&[(FacetName::Fee, &["low"])]);
    let by_menu = Query { menus: codes(&["M5"]), ..Query::default() };
    for query in [by_condition, by_menu] {
        let mut ids = found(&index, &query);
        ids.sort();
        assert_eq!(ids, expected);
    }
}

/// Counts are gathered in parts that overflow unless they are put together in time.
#[test]
fn counts_are_exact_however_many_there_are() {
    let mut index = Index::new(schema());
    let all = 70_000;
    for n in 0..all {
        let entry = expert(&n.to_string(), &["23"], if n % 7 == 0 { "low" } else { "high" });
        index.upsert(entry).unwrap();
    }
    for processor in Processor::available() {
        let answer = index.snapshot().on(processor).search(&Query::default(), None, 1).unwrap();
        assert_eq!(answer.total, all, "on {}", processor.name());
        assert_eq!(answer.facets.of(FacetName::Prefectures), [all, 0, 0, 0, 0]);
        assert_eq!(answer.facets.of(FacetName::Fee), [10_000, 0, 60_000]);
    }
}

/// A page token's key is no secret and may come back changed.
#[test]
fn pages_go_on_after_keys_that_nobody_has() {
    let mut index = Index::new(schema());
    for n in 0..40 {
        let marks = if n % 2 == 0 { Mark::Strong } else { Mark::Able };
        index.upsert(rated(&format!("{n:02}"), &[(0, marks)], &[(0, n)])).unwrap();
    }
    let query = Query { menus: codes(&["M0"]), ..Query::default() };
    let all: Vec<_> = index.search(&query, None, 40).unwrap().hits.into_iter().map(|hit| hit.key).collect();
    let key = |strong, able, points, rotation| SortKey {
        strong,
        able,
        preferred: 0,
        points,
        nearness: Nearness::Far,
        rotation,
        id: String::new(),
    };
    for strong in [0, 1, 2, 15, 16, 255] {
        for able in [0, 1, 2, 15, 16, 255] {
            for points in [0, 1, 20, 2_047, 2_048, u16::MAX] {
                for rotation in [0, u64::MAX / 2, u64::MAX] {
                    let after = key(strong, able, points, rotation);
                    let answer = index.search(&query, Some(&after), 40).unwrap();
                    let hits: Vec<_> = answer.hits.into_iter().map(|hit| hit.key).collect();
                    let expected: Vec<_> = all.iter().filter(|key| **key > after).cloned().collect();
                    assert_eq!(hits, expected, "after {after:?}");
                }
            }
        }
    }
}

#[test]
fn only_what_is_asked_for_is_counted() {
    let mut index = Index::new(schema());
    index.upsert(expert("a", &["27"], "low")).unwrap();
    let query = Query { facets: FacetSet::from_iter([FacetName::Fee]), marks: false, ..Query::default() };
    let answer = index.search(&query, None, 20).unwrap();
    assert_eq!(answer.facets.of(FacetName::Fee), [1, 0, 0]);
    assert_eq!(answer.facets.of(FacetName::Prefectures), [0u32; 0]);
    assert_eq!(answer.menus[0].none, 0);
    assert_eq!((answer.total, answer.hits.len()), (1, 1));
}

#[test]
fn a_search_is_limited_to_slots() {
    let mut index = Index::new(schema());
    for n in 0..2_000 {
        index.upsert(expert(&format!("{n:04}"), &["23"], if n % 2 == 0 { "low" } else { "high" })).unwrap();
    }
    let slots = [0, 5, 700, 701, 1_999].map(|n: u32| index.slot_of(&format!("{n:04}")).unwrap());
    assert_eq!(slots.map(|slot| index.snapshot().id_of(slot).unwrap()), ["0000", "0005", "0700", "0701", "1999"]);
    assert!(index.remove("0701"));
    assert_eq!(index.snapshot().id_of(slots[3]), None);
    assert_eq!(index.snapshot().id_of(u32::MAX), None);
    // Slots that nobody has, or that are beyond the index, find nobody.
    let list = [slots[0], slots[1], slots[2], slots[3], slots[4], 2_040, 100_000, u32::MAX];
    let mut bits = vec![0u64; 2_000];
    list.iter().take(7).for_each(|slot| bits[*slot as usize / 64] |= 1 << (slot % 64));
    for within in [Within::List(&list), Within::Bits(&bits)] {
        let answer = index.search_within(&where_(&[(FacetName::Fee, &["low"])]), within, None, 20).unwrap();
        let mut ids: Vec<_> = answer.hits.iter().map(|hit| hit.key.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["0000", "0700"]);
        assert_eq!(answer.facets.of(FacetName::Fee), [2, 0, 2]);
        assert_eq!(answer.facets.of(FacetName::Prefectures), [2, 0, 0, 0, 0]);
    }
    let nobody = index.search_within(&Query::default(), Within::List(&[]), None, 20).unwrap();
    assert_eq!((nobody.total, nobody.hits.len()), (0, 0));
}

#[test]
fn ids_are_texts_also_where_they_look_like_uuids() {
    let mut index = Index::new(schema());
    let ids = [
        "0190a2b4-5c6d-7e8f-9a0b-1c2d3e4f5061",
        "0190A2B4-5C6D-7E8F-9A0B-1C2D3E4F5061",
        "0190a2b45c6d7e8f9a0b1c2d3e4f5061",
        "{0190a2b4-5c6d-7e8f-9a0b-1c2d3e4f5061}",
        "",
        "専門家",
    ];
    for id in ids {
        index.upsert(Entry { id: id.to_owned(), ..Entry::default() }).unwrap();
    }
    assert_eq!(index.len(), ids.len());
    for id in ids {
        assert_eq!(index.get(id).map(|entry| entry.id), Some(id.to_owned()));
        assert_eq!(index.snapshot().id_of(index.slot_of(id).unwrap()).as_deref(), Some(id));
    }
    let mut shown = found(&index, &Query::default());
    shown.sort();
    let mut expected = ids.map(str::to_owned);
    expected.sort();
    assert_eq!(shown, expected);
}

#[test]
fn a_slot_used_again_keeps_nothing_of_who_had_it() {
    let mut index = Index::new(schema());
    let mut first = rated("a", &[(5, Mark::Strong)], &[(4, 12)]);
    first.prefectures = codes(&["27", "28"]);
    first.residence = Some("27".to_owned());
    first.rating.area_marks = [Mark::Strong; 6];
    index.upsert(first).unwrap();
    assert!(index.remove("a"));
    assert!(!index.remove("a"));
    let second = Entry { id: "b".to_owned(), ..Entry::default() };
    index.upsert(second.clone()).unwrap();
    assert_eq!(index.len(), 1);
    assert_eq!(index.get("a"), None);
    assert_eq!(index.get("b"), Some(second));

    let query = Query { place: Some("27".to_owned()), ..Query::default() };
    let answer = index.search(&query, None, 20).unwrap();
    assert_eq!(answer.total, 1);
    assert_eq!(answer.hits[0].key.nearness, Nearness::Far);
    assert_eq!(answer.areas[0].none, 1);
    assert_eq!(answer.facets.of(FacetName::Prefectures), [0; 5]);
    assert!(found(&index, &Query { menus: codes(&["M5"]), ..Query::default() }).is_empty());
}

#[test]
fn an_entry_replaces_the_whole_of_the_one_before() {
    let mut index = Index::new(schema());
    index.upsert(expert("a", &["23", "27"], "low")).unwrap();
    index.upsert(expert("a", &["47"], "high")).unwrap();
    assert_eq!(index.len(), 1);
    assert_eq!(index.get("a"), Some(expert("a", &["47"], "high")));
    assert!(found(&index, &where_(&[(FacetName::Fee, &["low"])])).is_empty());
}

#[test]
fn unknown_codes_of_an_entry_are_all_named_and_change_nothing() {
    let mut index = Index::new(schema());
    index.upsert(expert("a", &["23"], "low")).unwrap();
    let mut wrong = expert("a", &["27", "99"], "dear");
    wrong.themes = codes(&["T1"]);
    let error = index.upsert(wrong).unwrap_err();
    let named: Vec<_> = error.0.iter().map(|unknown| (unknown.field, unknown.code.as_str())).collect();
    let expected = [
        (CodeField::Facet(FacetName::Prefectures), "99"),
        (CodeField::Facet(FacetName::Themes), "T1"),
        (CodeField::Facet(FacetName::Fee), "dear"),
    ];
    assert_eq!(named, expected);
    assert_eq!(index.get("a"), Some(expert("a", &["23"], "low")));

    index.upsert(expert("b", &["99"], "low")).unwrap_err();
    assert_eq!(index.len(), 1);
    assert_eq!(found(&index, &Query::default()), ["a"]);
}

#[test]
fn unknown_codes_of_a_query_are_all_named() {
    let index = Index::new(schema());
    let query = Query {
        menus: codes(&["M5", "M8", "m1"]),
        place: Some("99".to_owned()),
        ..where_(&[(FacetName::Formats, &["onsite", "fax"]), (FacetName::Industries, &["cars"])])
    };
    let error = index.search(&query, None, 20).unwrap_err();
    let unknown = |field, code: &str| UnknownCode { field, code: code.to_owned() };
    let expected = [
        unknown(CodeField::Menus, "M8"),
        unknown(CodeField::Menus, "m1"),
        unknown(CodeField::Facet(FacetName::Industries), "cars"),
        unknown(CodeField::Facet(FacetName::Formats), "fax"),
        unknown(CodeField::Place, "99"),
    ];
    assert_eq!(error.0, expected);
    let text = error.to_string();
    assert!(text.contains("formats \"fax\"") && text.contains("place \"99\""), "{text}");
}

#[test]
fn lists_that_contradict_themselves_make_no_schema() {
    let twice = vec![(FacetName::Fee, codes(&["low", "low"]))];
    let error = SchemaError::CodeTwice { facet: FacetName::Fee, code: "low".to_owned() };
    assert_eq!(Schema::new(twice).unwrap_err(), error);
    let two_lists = vec![(FacetName::Fee, codes(&["low"])), (FacetName::Fee, codes(&["high"]))];
    assert_eq!(Schema::new(two_lists).unwrap_err(), SchemaError::FacetTwice(FacetName::Fee));
    let place = SchemaError::RegionOfUnknown("99".to_owned());
    assert_eq!(schema().with_regions([("99", "tokai")]).unwrap_err(), place);
    let two_regions = SchemaError::RegionTwice("23".to_owned());
    assert_eq!(schema().with_regions([("23", "kinki")]).unwrap_err(), two_regions);
}

#[test]
fn marks_come_before_points_and_points_before_nearness() {
    use Mark::{Able, Strong};
    let mut index = Index::new(schema());
    let mut near = rated("near", &[(0, Strong), (2, Able)], &[(0, 20), (1, 9)]);
    near.residence = Some("27".to_owned());
    let mut region = rated("region", &[(0, Strong), (2, Able)], &[(0, 20), (1, 9)]);
    region.residence = Some("28".to_owned());
    let mut far = rated("far", &[(0, Strong), (2, Able)], &[(0, 20), (1, 9)]);
    far.residence = Some("23".to_owned());
    let entries = [
        rated("two strong", &[(0, Strong), (2, Strong)], &[]),
        rated("more points", &[(0, Strong), (2, Able)], &[(0, 21), (1, 9)]),
        near,
        region,
        far,
        rated("one strong", &[(0, Strong)], &[(0, 27), (1, 18)]),
        rated("two able", &[(0, Able), (2, Able)], &[(0, 27), (1, 18)]),
        rated("one able", &[(2, Able)], &[(0, 27), (1, 18)]),
        rated("unable", &[(1, Strong), (3, Strong)], &[(0, 27), (1, 18)]),
    ];
    let expected: Vec<String> = entries[..8].iter().map(|entry| entry.id.clone()).collect();
    for entry in entries {
        index.upsert(entry).unwrap();
    }
    for seed in 0..20 {
        let menus = codes(&["M2", "M0", "M0"]);
        let query = Query { menus, place: Some("27".to_owned()), seed, ..Query::default() };
        assert_eq!(found(&index, &query), expected);
    }
}

#[test]
fn points_of_an_area_that_rates_two_asked_menus_count_once() {
    let mut index = Index::new(schema());
    let mut entry = rated("a", &[(0, Mark::Strong), (7, Mark::Able)], &[(0, 20), (1, 9)]);
    entry.rating.menu_points = [50, 50, 50, 50, 50, 50, 50, 3];
    index.upsert(entry).unwrap();
    let points = |menus: &[&str]| {
        let query = Query { menus: codes(menus), ..Query::default() };
        index.search(&query, None, 1).unwrap().hits[0].key.points
    };
    assert_eq!(points(&["M0", "M1"]), 20);
    assert_eq!(points(&["M0", "M2"]), 29);
    assert_eq!(points(&["M0", "M7"]), 23);
}

#[test]
fn pages_show_an_unchanged_expert_once_while_others_come_and_go() {
    let mut index = Index::new(schema());
    for n in 0..40 {
        index.upsert(expert(&format!("stays {n}"), &["23"], "low")).unwrap();
        index.upsert(expert(&format!("goes {n}"), &["23"], "low")).unwrap();
    }
    let query = Query { seed: 20_240_401, ..Query::default() };
    let mut seen = Vec::new();
    for page in 0..100 {
        let answer = index.search(&query, seen.last(), 3).unwrap();
        if answer.hits.is_empty() {
            break;
        }
        seen.extend(answer.hits.into_iter().map(|hit| hit.key));
        // The last one seen may well be the one that goes.
        let last = seen.last().map(|key| key.id.clone()).unwrap();
        if last.starts_with("goes") {
            assert!(index.remove(&last));
        }
        index.upsert(expert(&format!("comes {page}"), &["23"], "low")).unwrap();
    }
    for n in 0..40 {
        let id = format!("stays {n}");
        assert_eq!(seen.iter().filter(|key| key.id == id).count(), 1, "{id}");
    }
}
