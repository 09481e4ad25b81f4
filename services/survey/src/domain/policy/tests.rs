use super::*;

const PUBLISHED: &str = include_str!("../../../policies/ipa-2024.json");

fn faults(json: &str) -> Vec<(String, String)> {
    let error = Policy::load(json).expect_err("the policy should be refused");
    error.faults.into_iter().map(|fault| (fault.place, fault.reason)).collect()
}

/// The published policy with one passage changed.
fn changed(from: &str, to: &str) -> String {
    assert!(PUBLISHED.contains(from), "{from} is not in the policy");
    PUBLISHED.replacen(from, to, 1)
}

#[test]
fn the_program_brings_the_published_rule_and_the_one_with_a_floor() {
    let ids: Vec<_> = policies().iter().map(Policy::id).collect();
    assert_eq!(ids, ["ipa-2024", "ipa-2024-floor"]);
    assert_eq!(policies()[0].id(), DEFAULT_POLICY);
    assert!(policy("ipa-2024-floor").is_some_and(|floor| floor.area(Area::S5).floor == 8));
    assert!(policy("ipa-2023").is_none());
}

#[test]
fn the_two_policies_differ_in_the_floor_only() {
    let [published, floor] = policies() else { panic!("two policies") };
    for (published, floor) in published.areas().iter().zip(floor.areas()) {
        assert_eq!(published.floor, 0);
        assert_eq!(floor.floor > 0, floor.sub_items.len() == 1);
        assert_eq!(published.sub_items, floor.sub_items);
        assert_eq!(published.menus, floor.menus);
    }
    assert_eq!(published.marks(), floor.marks());
    assert_eq!(published.audit(), floor.audit());
}

#[test]
fn a_fault_names_its_place() {
    for (from, to, place) in [
        (r#""id": "ipa-2024""#, r#""id": "IPA 2024""#, "id"),
        (r#""ja": "令和6年度の公表ルール""#, r#""ja": " ""#, "title"),
        (r#""date": "2026-11-21""#, r#""date": "2026-13-01""#, "date"),
        (r#""points": 13"#, r#""points": 16"#, "thresholds[4].points"),
        (r#""questions": 2, "points": 5"#, r#""questions": 1, "points": 3"#, "thresholds[1].questions"),
        (r#""code": "S2","#, r#""code": "S9","#, "areas[1].code"),
        (r#""code": "S1b", "questions": 2"#, r#""code": "S1d", "questions": 2"#, "areas[0].sub_items[1]"),
        (r#""code": "S6a", "questions": 5"#, r#""code": "S6a", "questions": 4"#, "areas"),
        (r#""code": "S6a", "questions": 5"#, r#""code": "S6a", "questions": 6"#, "areas[5].sub_items[0]"),
        (r#"{ "questions": 4, "points": 10 },"#, "", "areas[4].sub_items[0].questions"),
        (r#""menus": ["M3"]"#, r#""menus": ["M3", "M9"]"#, "areas[2].menus[1]"),
        (r#""menus": ["M3"]"#, r#""menus": ["M3", "M4"]"#, "areas[].menus"),
        (r#""menus": ["M3"]"#, r#""menus": []"#, "areas[].menus"),
        (r#""strong_unmet_at_most": 0"#, r#""strong_unmet_at_most": 2"#, "marks.able_unmet_at_most"),
        (
            r#""able_unmet_at_most": 1"#,
            r#""able_unmet_at_most": 1, "single_sub_item_floor_per_question": 3"#,
            "areas[4].sub_items[0]",
        ),
        (r#""menu": "M7""#, r#""menu": "M8""#, "audit.menu"),
        (r#"["公認システム監査人"]"#, r#"["　"]"#, "audit.other_text[0]"),
        (r#""strong_with_area": "S2""#, r#""strong_with_area": "S7""#, "audit.strong_with_area"),
        (r#"at_least": 1.5"#, r#"at_least": 1.555"#, "capability.with_support_mean_at_least"),
    ] {
        let found = faults(&changed(from, to));
        assert!(found.iter().any(|(at, _)| at == place), "{to}: {place} is not among {found:?}");
        for fault in Policy::load(&changed(from, to)).expect_err("refused").faults {
            assert!(!fault.ja.is_empty() && !fault.reason.is_empty(), "{}", fault.code);
            assert!(!fault.ja.contains('{') && !fault.reason.contains('{'), "a place is left open: {}", fault.reason);
        }
    }
}

#[test]
fn all_faults_come_at_once() {
    let json = changed(r#""id": "ipa-2024""#, r#""id": """#).replacen(r#""points": 3"#, r#""points": 4"#, 1);
    let places: Vec<_> = faults(&json).into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["id", "thresholds[0].points"]);
}

#[test]
fn text_of_another_shape_is_refused_with_its_line() {
    for json in
        ["", "{}", "[]", &changed(r#""audit""#, r#""audits""#), &changed(r#""points": 13"#, r#""points": "13""#)]
    {
        let found = faults(json);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0.starts_with("line "), "{found:?}");
    }
}
