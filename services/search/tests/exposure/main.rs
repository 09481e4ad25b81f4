//! Who was seen how often: what searches and sheets count, what others record, and what is told of it. Each on SQLite and
//! on PostgreSQL.

mod world;

use contract::registry::v1::ExpertState::{Delisted, Listed};
use contract::search::v1::*;
use contract::survey::v1::Mark;
use kit_clock::Timestamp;
use kit_serve::{Caller, Outcome, fault};
use tonic::{Code, Status};

use world::{NOW, World, number, on_both, portal};

const OPENED: ExposureKind = ExposureKind::Opened;
const INTRODUCED: ExposureKind = ExposureKind::Introduced;
const SIX: (Mark, i32) = (Mark::Able, 6);

on_both![
    what_is_shown_and_opened_is_counted,
    what_others_record_is_there_at_once_and_once,
    every_fault_and_every_unknown_expert_is_named,
    two_replicas_add_up,
    a_database_that_is_away_delays_counts_and_nothing_else,
    a_process_that_ends_leaves_no_count_behind,
    days_in_japan_do_not_mix,
    the_report_agrees_with_figures_worked_out_by_hand,
];

fn day(at: &str) -> i64 {
    at.parse::<Timestamp>().expect("a time").japan_day().number()
}

async fn twenty_five(world: &World) {
    for n in 0..25 {
        world.tell(&format!("e{n}"), "27", SIX, Listed).await;
    }
}

async fn what_is_shown_and_opened_is_counted(world: World) {
    twenty_five(&world).await;
    let replica = world.replica().await;
    let first = replica.search(SearchExpertsRequest::default()).await;
    let token = first.next_page_token.clone();
    let second = replica.search(SearchExpertsRequest { page_token: token, ..Default::default() }).await;
    assert_eq!((first.hits.len(), second.hits.len()), (20, 5));
    let silent = SearchExpertsRequest { uncounted: true, page_size: 100, ..Default::default() };
    replica.search(silent).await;
    let (name, other) = (first.hits[3].name.clone(), second.hits[0].name.clone());
    replica.sheet(GetSheetRequest { name: name.clone(), ..Default::default() }).await;
    let by_number =
        GetSheetRequest { name: "experts/-".to_owned(), registration_number: number(&name), ..Default::default() };
    replica.sheet(by_number).await;
    replica.sheet(GetSheetRequest { name: other.clone(), uncounted: true, ..Default::default() }).await;
    replica.started.flush_exposure().await.expect("the database is there");

    let report = replica.report(GetExposureRequest { extremes: 100, ..Default::default() }).await.expect("a report");
    assert_eq!(replica.totals().await, [25, 20, 2, 0]);
    let of = |name: &str| report.least.iter().find(|e| e.name == name).cloned().expect("everybody is named");
    let counted = |name: &str, shown_first, opened| ExpertExposure {
        name: name.to_owned(),
        shown: 1,
        shown_first,
        opened,
        introduced: 0,
    };
    assert_eq!(of(&name), counted(&name, 1, 2));
    assert_eq!(of(&other), counted(&other, 0, 0));
    assert_eq!(report.most[0].name, name, "on a first page as nineteen others, and opened");

    let told = replica.told().await;
    assert_eq!((told.len(), told[0].day, told[0].counts.len()), (1, day(NOW), 25));
    assert!(told[0].counts.contains(&of(&name)));
    replica.started.flush_exposure().await.expect("the database is there");
    assert_eq!(replica.told().await.len(), 1, "what did not happen is not told");
}

async fn what_others_record_is_there_at_once_and_once(world: World) {
    twenty_five(&world).await;
    let (replica, twin) = (world.replica().await, world.replica().await);
    let (one, other) = (portal("portal-1"), portal("portal-2"));
    let introduced = ["e1", "e2", "e1"];
    assert!(!replica.record(&one, "r-1", INTRODUCED, &introduced).await.expect("recorded"));
    assert_eq!(replica.totals().await, [0, 0, 0, 3], "without waiting for anything");
    assert!(replica.record(&one, "r-1", INTRODUCED, &introduced).await.expect("recorded before"));
    assert!(twin.record(&one, "r-1", INTRODUCED, &introduced).await.expect("recorded before, by the other"));
    assert_eq!(twin.totals().await, [0, 0, 0, 3]);

    let reused = replica.record(&one, "r-1", OPENED, &introduced).await.expect_err("another content");
    assert_eq!(fault::reason_of(&reused).as_deref(), Some("REQUEST_ID_REUSED"));
    assert!(!twin.record(&other, "r-1", OPENED, &["e3"]).await.expect("another sender's id"));
    assert_eq!(replica.totals().await, [0, 0, 1, 3]);
    let told = replica.told().await;
    let most = told[0].counts.iter().find(|e| e.name == "experts/e1").expect("e1 is told of");
    assert_eq!((told.len(), most.introduced), (2, 2));
}

/// The places of an answer's faults.
fn places(status: &Status) -> Vec<String> {
    fault::faults_of(status).into_iter().map(|fault| fault.field).collect()
}

async fn every_fault_and_every_unknown_expert_is_named(world: World) {
    world.tell("e1", "27", SIX, Listed).await;
    world.tell("e2", "27", SIX, Delisted).await;
    let replica = world.replica().await;
    let request = RecordExposureRequest {
        request_id: "x".repeat(129),
        kind: ExposureKind::Shown.into(),
        experts: vec!["experts/e1".to_owned(), "e1".to_owned(), "experts/-".to_owned()],
    };
    let refused = replica.as_of(&portal("p")).record_exposure(request).await.expect_err("four faults");
    assert_eq!(
        (refused.code(), places(&refused)),
        (Code::InvalidArgument, ["request_id", "kind", "experts[1]", "experts[2]"].map(str::to_owned).to_vec(),)
    );
    for (request_id, experts) in [("", vec!["e1"]), ("r", vec![]), ("r", vec!["e1"; 101])] {
        let refused = replica.record(&portal("p"), request_id, OPENED, &experts).await.expect_err("out of range");
        assert_eq!(fault::faults_of(&refused).len(), 1);
    }
    let unknown = replica.record(&portal("p"), "r", OPENED, &["e7", "e1", "e8"]).await.expect_err("two strangers");
    assert_eq!(
        (unknown.code(), places(&unknown)),
        (Code::NotFound, ["experts[0]", "experts[2]"].map(str::to_owned).to_vec(),)
    );
    assert_eq!(fault::reason_of(&unknown).as_deref(), Some("UNKNOWN_EXPERT"));
    assert_eq!(replica.totals().await, [0; 4], "nothing of what was refused is counted");
    replica.record(&portal("p"), "r", OPENED, &["e2"]).await.expect("known, though no longer listed");

    let today = day(NOW);
    let asked = |first_day, last_day, menu: &str, extremes| GetExposureRequest {
        first_day,
        last_day,
        menu: menu.to_owned(),
        extremes,
    };
    for (request, faults) in [
        (asked(today, today - 1, "M9", 101), vec!["last_day", "menu", "extremes"]),
        (asked(today - 400, today, "", -1), vec!["last_day", "extremes"]),
        (asked(i64::MIN, i64::MAX, "", 0), vec!["first_day", "last_day"]),
    ] {
        let refused = replica.report(request).await.expect_err("faults");
        assert_eq!(
            (refused.code(), places(&refused)),
            (Code::InvalidArgument, faults.into_iter().map(str::to_owned).collect(),)
        );
    }
    replica.report(asked(today - 399, today, "M7", 100)).await.expect("400 days");
    let refused = replica.as_of(&portal("p")).get_exposure(GetExposureRequest::default()).await;
    assert_eq!(refused.expect_err("not for portals").code(), Code::PermissionDenied);
    let nobody = replica.record(&Caller::new("anybody", []), "r-2", OPENED, &["e1"]).await;
    assert_eq!(nobody.expect_err("not for everybody").code(), Code::PermissionDenied);
}

async fn two_replicas_add_up(world: World) {
    twenty_five(&world).await;
    let (one, other) = (world.replica().await, world.replica().await);
    for turn in 0..6 {
        for replica in [&one, &other] {
            replica.search(SearchExpertsRequest::default()).await;
        }
        if turn % 2 == 0 {
            let (a, b) = tokio::join!(one.started.flush_exposure(), other.started.flush_exposure());
            a.and(b).expect("both write");
        }
    }
    one.started.flush_exposure().await.expect("written");
    other.started.flush_exposure().await.expect("written");
    assert_eq!(one.totals().await, [240, 240, 0, 0]);
    assert_eq!(one.totals().await, other.totals().await);
    let told: i64 = one.told().await.iter().flat_map(|event| &event.counts).map(|expert| expert.shown_first).sum();
    assert_eq!(told, 240);
}

async fn a_database_that_is_away_delays_counts_and_nothing_else(world: World) {
    twenty_five(&world).await;
    let replica = world.replica().await;
    replica.search(SearchExpertsRequest::default()).await;
    let away = world.away().await;
    for _ in 0..2 {
        replica.started.flush_exposure().await.expect_err("nobody there to write to");
        assert_eq!(replica.search(SearchExpertsRequest::default()).await.total, 25);
    }
    replica.record(&portal("p"), "r", OPENED, &["e1"]).await.expect_err("not recorded, and said so");
    away.over().await;
    replica.started.flush_exposure().await.expect("written");
    assert_eq!(replica.totals().await, [60, 60, 0, 0]);
    assert!(!replica.record(&portal("p"), "r", OPENED, &["e1"]).await.expect("the same again is recorded now"));
    assert_eq!(replica.totals().await, [60, 60, 1, 0]);
}

async fn a_process_that_ends_leaves_no_count_behind(world: World) {
    twenty_five(&world).await;
    let replica = world.replica().await;
    replica.search(SearchExpertsRequest::default()).await;
    replica.sheet(GetSheetRequest { name: "experts/e7".to_owned(), ..Default::default() }).await;
    assert_eq!(replica.lifecycle.shutdown().await, Outcome::Clean);
    assert_eq!(world.replica().await.totals().await, [20, 20, 1, 0]);
}

async fn days_in_japan_do_not_mix(world: World) {
    world.tell("e1", "27", SIX, Listed).await;
    let replica = world.replica().await;
    let (before, after) = ("2025-02-03T23:59:50+09:00", "2025-02-04T00:00:20+09:00");
    world.clock.set(before.parse().expect("a time"));
    replica.look_in("27").await;
    replica.look_in("27").await;
    world.clock.set(after.parse().expect("a time"));
    replica.look_in("27").await;
    replica.started.flush_exposure().await.expect("written");

    let told = replica.told().await;
    let shown: Vec<_> = told.iter().map(|event| (event.day, event.counts[0].shown)).collect();
    assert_eq!(shown, [(day(before), 2), (day(after), 1)]);
    let (midnight, times) =
        (day(after), |at: &Option<prost_types::Timestamp>| kit_log::clock_time(&at.expect("a time")));
    assert_eq!(times(&told[0].end_time), kit_clock::JapanDay::from_number(midnight).start());
    assert_eq!(times(&told[1].start_time), times(&told[0].end_time));
    assert_eq!(times(&told[1].end_time), after.parse().expect("a time"));
    for (first_day, last_day, shown) in [
        (day(before), day(before), 2),
        (day(after), 0, 1),
        (0, day(before), 2),
        (0, 0, 3),
        (0, day(before) - 1, 0),
        (0, day(before) + 59, 3),
        (0, day(before) + 60, 1),
    ] {
        let request = GetExposureRequest { first_day, last_day, ..Default::default() };
        let report = replica.report(request).await.expect("a report");
        assert_eq!(report.spreads[0].total, shown, "{first_day} to {last_day}");
    }
}

async fn the_report_agrees_with_figures_worked_out_by_hand(world: World) {
    let strong = (Mark::Strong, 12);
    for (id, prefecture, m5, state) in [
        ("a1", "01", strong, Listed),
        ("a2", "02", strong, Listed),
        ("a3", "03", strong, Listed),
        ("b1", "04", SIX, Listed),
        ("b2", "05", SIX, Listed),
        ("c1", "06", (Mark::Able, 7), Listed),
        ("d1", "07", (Mark::None, 2), Listed),
        ("d2", "08", (Mark::None, 2), Listed),
        ("x1", "09", strong, Delisted),
    ] {
        world.tell(id, prefecture, m5, state).await;
    }
    let replica = world.replica().await;
    for (prefecture, times) in [("01", 4), ("04", 1), ("05", 1), ("08", 2)] {
        for _ in 0..times {
            replica.look_in(prefecture).await;
        }
    }
    replica.record(&portal("p"), "r", INTRODUCED, &["a1", "x1", "x1"]).await.expect("recorded");
    replica.record(&portal("p"), "s", OPENED, &["c1"]).await.expect("recorded");
    replica.started.flush_exposure().await.expect("written");

    let request = GetExposureRequest { menu: "M5".to_owned(), extremes: 3, ..Default::default() };
    let report = replica.report(request).await.expect("a report");
    assert_eq!((report.first_day, report.last_day), (day(NOW) - 59, day(NOW)));
    let first = &report.spreads[1];
    assert_eq!(first.kind(), ExposureKind::ShownFirst);
    // Of 0 0 0 0 1 1 2 4: the differences of all ordered pairs come to 84, so 84 / (2 · 8 · 8).
    assert_eq!((first.experts, first.total, first.none, first.most, first.median), (8, 8, 4, 4, 0));
    assert!((first.gini - 0.656_25).abs() < 1e-12, "{}", first.gini);
    let introduced = &report.spreads[3];
    assert_eq!((introduced.total, introduced.none), (1, 7), "whoever is not listed is in no line");
    assert!((introduced.gini - 0.875).abs() < 1e-12, "one of eight has everything");

    let groups: Vec<_> = report.groups.iter().map(|g| (g.mark(), g.points, g.spread.expect("a spread"))).collect();
    assert_eq!(groups.len(), 2, "one with 7 points has no equal, and without a mark nobody finds them");
    assert_eq!((groups[0].0, groups[0].1, groups[0].2.experts, groups[0].2.total), (Mark::Strong, 12, 3, 4));
    assert!((groups[0].2.gini - 2.0 / 3.0).abs() < 1e-12, "one of three has everything");
    assert_eq!((groups[1].0, groups[1].1, groups[1].2.gini), (Mark::Able, 6, 0.0));

    let ids = |experts: &[ExpertExposure]| {
        experts.iter().map(|e| e.name.trim_start_matches("experts/").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&report.least), ["a2", "a3", "d1"], "c1 was opened");
    assert_eq!(ids(&report.most), ["a1", "d2", "b1"]);
    assert_eq!(report.most[0].introduced, 1);
}
