//! Whatever happens in whatever order, nobody is in two places, and nothing is exceeded.

use contract::matching::v1::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::day::{came, day};
use crate::planning::update;
use crate::stage::{FIRST, SECOND, Stage, apply, plan_on, present};
use crate::timetables::{assert_possible, make};

on_both!(nothing_is_ever_exceeded);

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    Apply { company: u32, lecture_only: bool, rounds: Vec<i32>, not_with: bool },
    CallOff(usize),
    Make,
    Booths(usize),
    Experts(bool),
    Capacity(i32),
    ToTheDay,
    Later,
    Came(usize),
    Absent(usize),
    WalkIn(u32),
    Ill(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let applies = (1_u32..10, any::<bool>(), prop::sample::subsequence(vec![1, 2, 3], 0..3), any::<bool>());
    prop_oneof![
        8 => applies.prop_map(|(company, lecture, rounds, not_with)| Step::Apply {
            company,
            lecture_only: lecture && company % 3 == 0,
            rounds,
            not_with,
        }),
        2 => (0_usize..10).prop_map(Step::CallOff),
        3 => Just(Step::Make),
        1 => (1_usize..3).prop_map(Step::Booths),
        1 => any::<bool>().prop_map(Step::Experts),
        1 => (0_i32..7).prop_map(Step::Capacity),
        1 => Just(Step::ToTheDay),
        1 => Just(Step::Later),
        2 => (0_usize..10).prop_map(Step::Came),
        2 => (0_usize..10).prop_map(Step::Absent),
        2 => (1_u32..10).prop_map(Step::WalkIn),
        1 => any::<bool>().prop_map(Step::Ill),
    ]
}

/// Sequences of a run: the same ones every time.
fn sequences(count: usize) -> Vec<Vec<Step>> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let steps = prop::collection::vec(step(), 12..20);
    (0..count).map(|_| steps.new_tree(&mut runner).unwrap().current()).collect()
}

async fn nothing_is_ever_exceeded(stage: &Stage) {
    for (run, steps) in sequences(10).into_iter().enumerate() {
        let day = format!("11-{:02}", run + 5);
        let plan = EventPlan { capacity: 4, ..plan_on(&day) };
        let event = stage.held(plan).await;
        let mut most = 4;
        for (at, one) in steps.iter().enumerate() {
            let before = (stage.said().await, stage.event(&event.name).await);
            let done = take(stage, &event, &day, one).await;
            let facts = stage.event(&event.name).await;
            if !done {
                assert_eq!(
                    stage.said().await,
                    before.0,
                    "run {run}, step {at}: {one:?} was refused and told something"
                );
            }
            let applications = stage.applications(&event.name).await;
            let plan = facts.plan.clone().unwrap();
            let stands: Vec<_> = applications
                .iter()
                .map(|one| one.facts.as_ref().unwrap())
                .filter(|facts| matches!(facts.state(), ApplicationState::Applied | ApplicationState::Came))
                .collect();
            assert_eq!(usize::try_from(facts.applied).unwrap(), stands.len(), "run {run}, step {at}: {one:?}");
            most = if plan.capacity == 0 { i32::MAX } else { plan.capacity };
            if matches!(one, Step::Apply { .. }) && done {
                assert!(facts.applied <= most.max(before.1.applied), "run {run}, step {at}: more than fit in");
            }
            let asked = GetTimetableRequest { event: event.name.clone() };
            if let Ok(answer) = stage.operator().get_timetable(asked).await {
                let timetable = answer.into_inner().timetable.unwrap();
                assert_possible(&timetable, &plan);
                for seat in &timetable.seats {
                    let of = applications.iter().find(|one| one.name == seat.application).unwrap();
                    let of = of.facts.as_ref().unwrap();
                    let may = of.consultation && stands.iter().any(|one| one.application_id == of.application_id);
                    assert!(may, "run {run}, step {at}: {one:?} leaves a seat to who does not come: {seat:?}");
                    assert!(!of.not_with.contains(&seat.expert), "run {run}, step {at}: {one:?}: {seat:?}");
                    assert!(of.rounds.is_empty() || of.rounds.contains(&seat.round), "run {run}, step {at}: {seat:?}");
                }
            }
        }
        assert!(most > 0);
    }
}

/// Takes a step; false when it was refused.
async fn take(stage: &Stage, event: &ConsultationEvent, on: &str, step: &Step) -> bool {
    let mut client = stage.counsellor();
    let applications = stage.applications(&event.name).await;
    let pick = |at: usize| applications.get(at % applications.len().max(1));
    let name = &event.name;
    let change = |plan: EventPlan, path: &str| update(event, plan, &[path]);
    match step.clone() {
        Step::Apply { company, lecture_only, rounds, not_with } => {
            let not_with = if not_with && company % 4 == 0 { vec![FIRST.to_owned()] } else { Vec::new() };
            let themes = vec![if company % 2 == 0 { "T1" } else { "T4" }.to_owned()];
            let request = apply(name, &format!("companies/c-{company}"));
            client.apply(ApplyRequest { lecture_only, rounds, not_with, themes, ..request }).await.is_ok()
        }
        Step::CallOff(at) => {
            let Some(one) = pick(at) else { return false };
            client.call_off(CallOffRequest { name: one.name.clone(), ..Default::default() }).await.is_ok()
        }
        Step::Make => client.make_timetable(make(name)).await.is_ok(),
        Step::Booths(count) => {
            let booths = ["A", "B", "C"][..count].iter().map(|booth| (*booth).to_owned()).collect();
            let plan = EventPlan { booths, ..Default::default() };
            client.update_consultation_event(change(plan, "booths")).await.is_ok()
        }
        Step::Experts(both) => {
            let experts = if both { vec![present(FIRST), present(SECOND)] } else { vec![present(SECOND)] };
            let plan = EventPlan { experts, ..Default::default() };
            client.update_consultation_event(change(plan, "experts")).await.is_ok()
        }
        Step::Capacity(capacity) => {
            let plan = EventPlan { capacity, ..Default::default() };
            client.update_consultation_event(change(plan, "capacity")).await.is_ok()
        }
        Step::ToTheDay => {
            stage.clock_to(&format!("{on} 13:00"));
            true
        }
        Step::Later => {
            stage.clock_to(&format!("{on} 15:16"));
            true
        }
        Step::Came(at) => {
            let Some(one) = pick(at) else { return false };
            client.record_day(RecordDayRequest { came: vec![came(one, 2)], ..day(name) }).await.is_ok()
        }
        Step::Absent(at) => {
            let Some(one) = pick(at) else { return false };
            client.record_day(RecordDayRequest { absent: vec![one.name.clone()], ..day(name) }).await.is_ok()
        }
        Step::WalkIn(company) => {
            let walk_ins = vec![apply("", &format!("companies/c-{company}"))];
            client.record_day(RecordDayRequest { walk_ins, ..day(name) }).await.is_ok()
        }
        Step::Ill(first) => {
            let expert = if first { FIRST } else { SECOND };
            let absent_experts = vec![expert.to_owned()];
            client.record_day(RecordDayRequest { absent_experts, ..day(name) }).await.is_ok()
        }
    }
}
