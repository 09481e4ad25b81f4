//! Searches as people ask them: by entries, menu items and free text, over gRPC; and what is refused.

mod world;

use contract::registry::v1::ExpertTerms;
use contract::search::v1::{
    Conditions, GetIndexStatusRequest, GetSheetRequest, HitView, ListEntriesRequest, Nearness, SearchExpertsRequest,
    SuggestRequest,
};
use contract::survey::v1::Mark;
use kit_serve::fault;
use tonic::Code;
use world::{Told, World, ask, names};

const STRONG: [Mark; 6] = [Mark::Strong; 6];

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

fn terms() -> ExpertTerms {
    ExpertTerms { residence: "27".to_owned(), prefectures: codes(&["27"]), ..Default::default() }
}

/// An expert who is listed and rated alike in everything.
async fn expert(world: &World, told: Told, can: &[&str]) {
    world.rate_able(&format!("p-{}", told.id), STRONG, [13; 6], can).await;
    world.tell(&told).await;
}

fn of(id: &str, terms: ExpertTerms) -> Told {
    Told { terms: Some(terms), ..Told::listed(id) }
}

fn by(conditions: Conditions) -> SearchExpertsRequest {
    SearchExpertsRequest { conditions: Some(conditions), page_size: 100, ..Default::default() }
}

fn text(text: &str) -> SearchExpertsRequest {
    by(Conditions { text: text.to_owned(), ..Default::default() })
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

#[tokio::test]
async fn words_are_found_wherever_they_stand_and_marked_as_they_were_written() {
    let world = World::new().await;
    let texts = |t: [&str; 4]| t.map(str::to_owned);
    let told = |id, t| Told { texts: texts(t), ..Told::listed(id) };
    expert(&world, told("pr", ["ｾｷｭﾘﾃｨ教育が得意です", "", "", ""]), &[]).await;
    expert(&world, told("record", ["", "製造業でのISMS認証取得とセキュリティ規程の整備", "", ""]), &[]).await;
    expert(&world, told("works", ["", "", "㈱みほん髙橋商会", ""]), &[]).await;
    let held = ExpertTerms { qualifications: codes(&["cisa"]), ..terms() };
    expert(&world, Told { texts: texts(["", "", "", "公認情報セキュリティ監査人"]), ..of("held", held) }, &[]).await;
    let search = world.replica().await;

    let found = ask(&search, text("せきゅりてぃ")).await;
    assert_eq!(sorted(names(&found)), ["held", "pr", "record"], "half width, kana and case do not matter");
    let hit = found.hits.iter().find(|hit| hit.name == "experts/pr").expect("a hit");
    assert_eq!(hit.highlights.len(), 1);
    let pieces: Vec<_> = hit.highlights[0].pieces.iter().map(|p| (p.text.as_str(), p.r#match)).collect();
    assert_eq!(
        (hit.highlights[0].field.as_str(), pieces),
        ("self_pr", vec![("ｾｷｭﾘﾃｨ", true), ("教育が得意です", false)])
    );

    assert_eq!(names(&ask(&search, text("ＩＳＭＳ　規程")).await), ["record"], "both words, apart by a wide space");
    assert_eq!(names(&ask(&search, text("株式会社みほん高橋")).await), Vec::<&str>::new(), "㈱ is 株 in brackets");
    assert_eq!(names(&ask(&search, text("(株)みほん高橋")).await), ["works"]);
    assert_eq!(names(&ask(&search, text("CISA")).await), ["held"], "a qualification by its name");
    assert_eq!(names(&ask(&search, text("監")).await), ["held"]);
    assert_eq!(ask(&search, text("  　 ")).await.total, 4, "nothing but space is no condition");
    assert_eq!(ask(&search, text("教育 監査")).await.total, 0);

    // Counts follow the text; an edit moves the expert at once.
    let found = ask(&search, text("教育")).await;
    let served = &found.facets.iter().find(|facet| facet.facet == "prefectures").expect("a facet").values;
    assert_eq!(served.iter().map(|value| value.count).sum::<i64>(), 2, "27 and 28 of one expert");
    let told = world.tell(&told("pr", ["監視が得意です", "", "", ""])).await;
    let request = SearchExpertsRequest { at_least: vec![told], ..text("監") };
    assert_eq!(sorted(names(&ask(&search, request).await)), ["held", "pr"]);
    assert_eq!(ask(&search, text("教育")).await.total, 0);
}

#[tokio::test]
async fn an_entry_presets_conditions_and_puts_first_whom_it_prefers() {
    let world = World::new().await;
    let tied = ExpertTerms { organisations: codes(&["jama_japia"]), ..terms() };
    let both = ExpertTerms { industries: codes(&["automotive"]), ..tied.clone() };
    expert(&world, of("neither", terms()), &["S1c2"]).await;
    expert(&world, of("tied", tied.clone()), &["S1c2"]).await;
    expert(&world, of("both", both), &["S1c2"]).await;
    expert(&world, of("unable", tied), &["S1c1"]).await;
    let search = world.replica().await;

    let entries = search.clone().list_entries(ListEntriesRequest {}).await.expect("entries").into_inner().entries;
    assert_eq!(entries.len(), 5);
    let guideline = SearchExpertsRequest { entry: "guideline".to_owned(), ..Default::default() };
    let found = ask(&search, guideline.clone()).await;
    assert_eq!(names(&found), ["both", "tied", "neither"]);
    let preferred: Vec<_> = found.hits.iter().filter_map(|hit| Some(hit.standing.as_ref()?.preferred)).collect();
    assert_eq!(preferred, [2, 1, 0]);
    let preset = entries.iter().find(|entry| entry.code == "guideline").and_then(|entry| entry.conditions.clone());
    assert_eq!(found.conditions, preset, "the answer tells what was applied");

    // What the caller says counts, the rest stays preset.
    let said = Conditions { skill_items: codes(&["S1c1"]), ..Default::default() };
    let found = ask(&search, SearchExpertsRequest { conditions: Some(said), ..guideline.clone() }).await;
    assert_eq!(names(&found), ["unable"]);
    assert_eq!(found.conditions.expect("conditions").menus, ["M1"]);

    // A token belongs to its entry, too.
    let first = ask(&search, SearchExpertsRequest { page_size: 1, ..guideline }).await;
    let other = SearchExpertsRequest { page_token: first.next_page_token, page_size: 1, ..Default::default() };
    let refused = search.clone().search_experts(other).await.expect_err("another query");
    assert_eq!(fault::faults_of(&refused)[0].reason, "PAGE_TOKEN_OF_ANOTHER_QUERY");
}

#[tokio::test]
async fn an_item_that_is_a_theme_needs_an_expert_who_guides_it() {
    let world = World::new().await;
    expert(&world, of("teacher", ExpertTerms { themes: codes(&["T5"]), ..terms() }), &[]).await;
    expert(&world, of("other", ExpertTerms { themes: codes(&["T1"]), ..terms() }), &[]).await;
    let search = world.replica().await;
    let items = |items: &[&str]| by(Conditions { menu_items: codes(items), ..Default::default() });
    assert_eq!(names(&ask(&search, items(&["M3-3"])).await), ["teacher"]);
    assert_eq!(ask(&search, items(&["M3-1", "M3-3"])).await.total, 2, "the mark is enough for M3-1");
    assert_eq!(names(&ask(&search, items(&["M3-3", "M2-1"])).await), ["teacher"], "either item, and nobody guides T2");
    assert_eq!(ask(&search, items(&["M3-3"])).await.hits[0].standing.as_ref().expect("why").strong, 1);
}

#[tokio::test]
async fn callers_choose_what_they_get_of_hits_and_counts() {
    let world = World::new().await;
    expert(&world, Told::listed("a"), &[]).await;
    let search = world.replica().await;
    let request = SearchExpertsRequest {
        facets: codes(&["formats", "fee"]),
        view: HitView::Name.into(),
        place: "28".to_owned(),
        ..Default::default()
    };
    let found = ask(&search, request).await;
    assert_eq!(found.facets.iter().map(|facet| facet.facet.as_str()).collect::<Vec<_>>(), ["formats", "fee"]);
    assert!(found.menu_marks.is_empty() && found.area_marks.is_empty());
    assert_eq!((found.hits[0].name.as_str(), found.hits[0].full_name.as_str()), ("experts/a", ""));
    assert_eq!(found.hits[0].standing.as_ref().expect("why").nearness(), Nearness::SameRegion, "大阪 and 兵庫");
    let none = SearchExpertsRequest { facets: codes(&["none"]), ..Default::default() };
    let found = ask(&search, none).await;
    assert!(found.facets.is_empty() && found.menu_marks.is_empty());
    assert_eq!((found.total, found.hits[0].full_name.as_str()), (1, "見本 a"));
}

#[tokio::test]
async fn names_are_suggested_from_their_beginnings_and_readings() {
    let search = World::new().await.replica().await;
    let suggest = async |typed: &str| {
        let request = SuggestRequest { typed: typed.to_owned() };
        let found = search.clone().suggest(request).await.expect("suggestions").into_inner().suggestions;
        found.into_iter().map(|s| (s.condition, s.code)).collect::<Vec<_>>()
    };
    assert!(suggest("おおさ").await.contains(&("prefectures".to_owned(), "27".to_owned())));
    assert!(suggest("自動車").await.contains(&("industries".to_owned(), "automotive".to_owned())));
    assert!(suggest("cis").await.contains(&("qualifications".to_owned(), "cisa".to_owned())));
    assert_eq!(suggest("").await, []);
    assert_eq!(suggest(&"あ".repeat(100_000)).await, []);
}

#[tokio::test]
async fn the_sheet_tells_why_the_marks_are_what_they_are() {
    let world = World::new().await;
    expert(&world, Told::listed("a"), &["S5a1"]).await;
    let search = world.replica().await;
    let request = GetSheetRequest { name: "experts/a".to_owned(), ..Default::default() };
    let sheet = search.clone().get_sheet(request).await.expect("a sheet").into_inner().sheet.expect("a sheet");
    let summary = sheet.summary.expect("a summary");
    assert_eq!((summary.full_name.as_str(), summary.menus.len(), summary.areas.len()), ("見本 a", 8, 6));
    assert!(summary.confirm_time.is_some() && summary.stale);
    assert_eq!(sheet.rating.expect("a rating").areas[4].points, 13);
}

#[tokio::test]
async fn bad_requests_are_refused_with_every_fault_and_honest_ones_find_nobody() {
    let world = World::new().await;
    expert(&world, Told::listed("a"), &[]).await;
    let search = world.replica().await;
    let refused = async |request: SearchExpertsRequest| {
        let status = search.clone().search_experts(request).await.expect_err("a fault");
        assert_eq!(status.code(), Code::InvalidArgument);
        let faults = fault::faults_of(&status).into_iter().map(|f| (f.field, f.reason));
        faults.collect::<Vec<_>>()
    };
    let fault = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());

    for size in [-1, 101, 1_000_000, i32::MIN] {
        let request = SearchExpertsRequest { page_size: size, ..Default::default() };
        assert_eq!(refused(request).await, [fault("page_size", "OUT_OF_RANGE")]);
    }
    assert_eq!(refused(text(&"あ".repeat(1 << 20))).await, [fault("conditions.text", "TOO_LONG")]);
    assert_eq!(refused(text(&"あ".repeat(257))).await, [fault("conditions.text", "TOO_LONG")]);
    assert_eq!(refused(text("a b c d e f g h i")).await, [fault("conditions.text", "TOO_MANY")]);
    for control in ["情報\u{0}", "\u{7}", "a\u{1b}[31m"] {
        assert_eq!(refused(text(control)).await, [fault("conditions.text", "CONTROL_CHARACTER")]);
    }
    let all_at_once = SearchExpertsRequest {
        conditions: Some(Conditions {
            menu_items: codes(&["M7-9"]),
            organisations: codes(&["guild"]),
            skill_items: vec!["S1a1".to_owned(); 65],
            text: "\u{1}".to_owned(),
            ..Default::default()
        }),
        entry: "front_door".to_owned(),
        facets: codes(&["shoe_size"]),
        view: 9,
        page_size: -5,
        ..Default::default()
    };
    let mut faults = refused(all_at_once).await;
    faults.sort();
    let mut expected = vec![
        fault("conditions.menu_items", "UNKNOWN_CODE"),
        fault("conditions.organisations", "UNKNOWN_CODE"),
        fault("conditions.skill_items", "TOO_MANY"),
        fault("conditions.text", "CONTROL_CHARACTER"),
        fault("entry", "UNKNOWN_CODE"),
        fault("facets[0]", "UNKNOWN_CODE"),
        fault("page_size", "OUT_OF_RANGE"),
        fault("view", "UNKNOWN_CODE"),
    ];
    expected.sort();
    assert_eq!(faults, expected);

    // Conditions that nobody can meet together are no mistake.
    let contradiction =
        Conditions { affiliations: codes(&["independent"]), industries: codes(&["none"]), ..Default::default() };
    assert_eq!(refused(by(contradiction)).await, [fault("conditions.industries", "UNKNOWN_CODE")]);
    let nobody = Conditions { fee_ceiling: "lt20k".to_owned(), formats: codes(&["incident"]), ..Default::default() };
    let found = ask(&search, by(nobody)).await;
    assert_eq!((found.total, found.hits.len(), found.next_page_token.as_str()), (0, 0, ""));
    let status = search.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status").into_inner();
    assert_eq!(status.bytes, status.structure_bytes + status.text_bytes + status.entry_bytes);
    assert!(status.structure_bytes > 0 && status.entry_bytes > 0 && !status.began_with_snapshot);
}
