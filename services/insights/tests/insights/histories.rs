//! Random histories: every table against one that is counted the slow way; as of any earlier moment; read again; and
//! delivered out of order.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use contract::event::v1::Event;
use contract::insights::v1::{GetReportRequest, ListReportsRequest, Moment, Report, Scope};
use contract::survey::v1::PersonMerged;
use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{Carrier, InProcess, LogDeps, Source, SqlKeys, clock_time, wire_time};
use kit_serve::Role;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost::Name as _;

use crate::history::{History, Kept, PROGRAMMES, steps};
use crate::naive::{Naive, answered, leaves};
use crate::stage::{NOW, Reports, at};

const SERVICES: [&str; 3] = ["engagement", "survey", "registry"];

fn cases(default: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default);
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// What is there in every case of a property.
struct World {
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
    keys: Arc<SqlKeys>,
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::Builder::new().prefix("insights.").tempdir_in("/var/tmp").unwrap();
        let url = format!("sqlite:{}", folder.path().join("keys.db").display());
        let keys = runtime.block_on(SqlKeys::open(&url)).unwrap();
        Self { runtime, _folder: folder, keys }
    }

    async fn over(&self, logs: &[Arc<Kept>; 3], carrier: Arc<dyn Carrier>) -> Reports {
        let clock = Clock::standing_at(at(NOW));
        let log = LogDeps { clock, ids: Ids::Random, keys: self.keys.clone(), carrier };
        let source = |log: &Arc<Kept>| -> Arc<dyn Source> { log.clone() };
        let reports = Reports::start(log, [source(&logs[0]), source(&logs[1]), source(&logs[2])]).await;
        reports.started.ready().await;
        reports
    }
}

fn logs(history: &History, lengths: [usize; 3]) -> [Arc<Kept>; 3] {
    let mut at = 0;
    SERVICES.map(|service| {
        let log = Kept::new(service, history.logs[service][..lengths[at]].to_vec());
        at += 1;
        log
    })
}

fn whole(history: &History) -> [usize; 3] {
    SERVICES.map(|service| history.logs[service].len())
}

fn parts(history: &History, share: [u16; 3]) -> [usize; 3] {
    let mut at = 0;
    SERVICES.map(|service| {
        at += 1;
        usize::from(share[at - 1]) % (history.logs[service].len() + 1)
    })
}

async fn all(reports: &Reports, scope: &Scope, as_of: Option<Moment>) -> BTreeMap<&'static str, Report> {
    let listed = reports.client(Role::Operator).list_reports(ListReportsRequest {}).await.unwrap().into_inner().reports;
    let mut all = BTreeMap::new();
    for info in listed {
        let (scope, as_of) = (Some(scope.clone()), as_of.clone());
        let request = GetReportRequest { report: info.report.clone(), scope, as_of, at_least: Vec::new() };
        let report = reports.started.report(request, None).await.unwrap();
        all.insert(&*Box::leak(info.report.into_boxed_str()), report);
    }
    all
}

/// Positions apart, which name the life of a log.
fn same(reports: &BTreeMap<&'static str, Report>) -> BTreeMap<&'static str, Report> {
    let apart = |(name, report): (&&'static str, &Report)| (*name, Report { positions: Vec::new(), ..report.clone() });
    reports.iter().map(apart).collect()
}

fn scope() -> impl Strategy<Value = Scope> {
    let programme = prop_oneof![2 => Just(""), 1 => prop::sample::select(&PROGRAMMES[..])];
    let region = prop_oneof![3 => Just(""), 2 => prop::sample::select(vec!["23", "chubu", "nagoya", "kinki", "27"])];
    let day = |day: Option<i64>| {
        day.map(|day| {
            wire_time(Timestamp::from_micros(at("2024-09-01T00:00:00+09:00").micros() + day * 86_400_000_000))
        })
    };
    let days = prop_oneof![
        2 => Just((None, None)),
        1 => (0_i64..120).prop_map(|from| (Some(from), None)),
        1 => (0_i64..240).prop_map(|until| (None, Some(until))),
        1 => (0_i64..120, 1_i64..90).prop_map(|(from, days)| (Some(from), Some(from + days))),
    ];
    (programme, region, days).prop_map(move |(programme, region, (from, until))| Scope {
        programme: programme.to_owned(),
        region: region.to_owned(),
        from: day(from),
        until: day(until),
    })
}

fn naive(history: &History, lengths: [usize; 3], scope: &Scope) -> Naive {
    let log = |at: usize| &history.logs[SERVICES[at]][..lengths[at]];
    Naive::new(log(0), log(1), log(2), scope)
}

#[test]
fn every_table_is_what_counting_one_by_one_makes_it() {
    let world = World::new();
    let tried = (steps(140), scope());
    let config = cases(256);
    let (enough, plenty) = (config.cases >= 64, config.cases >= 256);
    // Every table has to have had something to count, or it was not tried.
    let counted = RefCell::new(BTreeMap::new());
    // And people have to have left, and come back, who had answered.
    let (left, back) = (Cell::new(0), Cell::new(0));
    let done = TestRunner::new(config).run(&tried, |(steps, scope)| {
        let history = History::of(&steps);
        let expected = naive(&history, whole(&history), &scope).tables();
        for (table, cells) in &expected {
            *counted.borrow_mut().entry(table.clone()).or_insert(0) += cells.len();
        }
        let told = &history.logs["survey"];
        left.set(left.get() + told.iter().filter(|event| leaves(event).is_some()).count());
        let merges = told.iter().filter(|event| event.r#type == PersonMerged::full_name());
        back.set(back.get() + merges.filter(|event| leaves(event).is_none()).count());
        let reports = world.runtime.block_on(async {
            let running = world.over(&logs(&history, whole(&history)), InProcess::new()).await;
            let reports = all(&running, &scope, None).await;
            running.end().await;
            reports
        });
        let shown = answered(&reports, &expected);
        for (table, cells) in &expected {
            prop_assert_eq!(&shown[table], cells, "{:?} in {:?}", table, &scope);
        }
        Ok(())
    });
    done.unwrap();
    let counted = counted.into_inner();
    let untried: Vec<_> = counted.iter().filter(|(_, cells)| enough && **cells == 0).collect();
    assert!(untried.is_empty(), "{untried:?}");
    assert!(counted.len() > 50, "{}", counted.len());
    assert!(!plenty || left.get() > 0 && back.get() > 0, "{} left, {} came back", left.get(), back.get());
}

/// The longest stretch without an event later than the time.
fn known_at(events: &[Event], time: i64) -> usize {
    events.iter().take_while(|event| clock_time(event.time.as_ref().unwrap()).micros() <= time).count()
}

#[test]
fn a_report_as_of_a_moment_is_the_report_made_then() {
    let world = World::new();
    let tried = (steps(140), any::<[u16; 3]>(), 0_i64..150);
    let done = TestRunner::new(cases(48)).run(&tried, |(steps, share, day)| {
        let history = History::of(&steps);
        let everything = Scope::default();
        world.runtime.block_on(async {
            let logs_now = logs(&history, whole(&history));
            let running = world.over(&logs_now, InProcess::new()).await;

            let lengths = parts(&history, share);
            let mut at = 0;
            let positions = SERVICES.map(|_| {
                at += 1;
                logs_now[at - 1].token(lengths[at - 1])
            });
            let moment = Moment { time: None, positions: positions.to_vec() };
            let then = world.over(&logs(&history, lengths), InProcess::new()).await;
            let (shown, made) = (all(&running, &everything, Some(moment)).await, all(&then, &everything, None).await);
            then.end().await;
            prop_assert_eq!(shown, made);

            let time = crate::stage::at("2024-09-25T09:00:00+09:00").micros() + day * 86_400_000_000;
            let lengths = SERVICES.map(|service| known_at(&history.logs[service], time));
            let moment = Moment { time: Some(wire_time(Timestamp::from_micros(time))), positions: Vec::new() };
            let then = world.over(&logs(&history, lengths), InProcess::new()).await;
            let (shown, made) = (all(&running, &everything, Some(moment)).await, all(&then, &everything, None).await);
            then.end().await;
            running.end().await;
            prop_assert_eq!(shown, made);
            Ok(())
        })
    });
    done.unwrap();
}

#[test]
fn disorder_repetition_and_a_restored_log_change_nothing() {
    let world = World::new();
    let tried = (steps(120), any::<[u16; 3]>(), any::<u64>());
    let done = TestRunner::new(cases(16)).run(&tried, |(steps, share, seed)| {
        let history = History::of(&steps);
        world.runtime.block_on(async {
            let carrier = InProcess::new();
            let growing = logs(&history, parts(&history, share));
            let running = world.over(&growing, carrier.clone()).await;
            // The rest arrives in any order, some of it twice, some never.
            let mut order = seed;
            let mut chance = |below: u64| {
                order = order.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (order >> 33) % below
            };
            let mut at_least = Vec::new();
            for (log, service) in growing.iter().zip(SERVICES) {
                let events = &history.logs[service];
                log.state.lock().unwrap().1.clone_from(events);
                let mut rest: Vec<Event> = events.iter().filter(|_| chance(5) > 0).cloned().collect();
                for at in (1..rest.len()).rev() {
                    rest.swap(at, chance(at as u64 + 1) as usize);
                }
                for event in &rest {
                    carrier.publish(service, std::slice::from_ref(event)).await.unwrap();
                }
                at_least.push(log.token(events.len()));
            }
            running.started.report(seen(&at_least), None).await.unwrap();
            let shown = all(&running, &Scope::default(), None).await;
            let quiet = world.over(&logs(&history, whole(&history)), InProcess::new()).await;
            prop_assert_eq!(&shown, &all(&quiet, &Scope::default(), None).await, "what a quiet reading makes of it");

            // Restored from a backup, and gone on from there.
            let lengths = parts(&history, [share[2], share[0], share[1]]);
            let mut at_least = Vec::new();
            for (at, log) in growing.iter().enumerate() {
                let events = history.logs[SERVICES[at]][..lengths[at]].to_vec();
                *log.state.lock().unwrap() = ("second".to_owned(), events);
                at_least.push(log.token(lengths[at]));
            }
            // Until it is noticed, the other life is another life.
            while let Err(error) = running.started.report(seen(&at_least), None).await {
                prop_assert!(matches!(error, insights::Error::EpochChanged(_)), "{error}");
                tokio::task::yield_now().await;
            }
            let shown = all(&running, &Scope::default(), None).await;
            running.end().await;
            quiet.end().await;
            let restored = world.over(&logs(&history, lengths), InProcess::new()).await;
            prop_assert_eq!(same(&shown), same(&all(&restored, &Scope::default(), None).await));
            restored.end().await;
            Ok(())
        })
    });
    done.unwrap();
}

fn seen(at_least: &[contract::event::v1::Token]) -> GetReportRequest {
    GetReportRequest { report: "visits".to_owned(), at_least: at_least.to_vec(), ..Default::default() }
}
