//! The life of a case in the domain alone: whatever is asked of it, in whatever order, it stands in a legal state with a
//! complete history, and no visit is where none can be.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod legal;

use std::collections::BTreeMap;

use contract::engagement::v1::{
    CaseFacts, CaseState, CaseTexts, DueAction, Outcome, OutcomeGroup, Side, Step, VisitState, VisitTexts,
};
use engagement::domain::case::{is_open, state_name};
use engagement::domain::catalogue::programme;
use engagement::domain::consultation::{self, Finding};
use engagement::domain::visit::booked;
use engagement::domain::{Booked, Case, Consultation, Deed, Moment, Reason, Refused, Report, Span, wire};
use kit_clock::Timestamp;
use legal::{is_complete, is_legal};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

const HOUR: i64 = 3_600_000_000;
const START: &str = "2024-09-02T09:00:00+09:00";

fn start() -> Timestamp {
    START.parse().unwrap()
}

fn after(hours: i64) -> Timestamp {
    Timestamp::from_micros(start().micros() + hours * HOUR)
}

fn span(hours: i64, length: i64) -> Span {
    Span { start: after(hours), end: after(hours + length) }
}

fn at(hours: i64, actor: &str) -> Moment<'_> {
    Moment { now: after(hours), actor, on_behalf_of: Side::Unspecified, words: "" }
}

fn begun() -> (Case, Vec<Step>) {
    let facts = CaseFacts {
        programme: "2024".into(),
        theme: "T1".into(),
        expert: "experts/e".into(),
        body: "bodies/b".into(),
        company_accept_time: Some(wire(after(-24))),
        expert_accept_time: Some(wire(start())),
        ..CaseFacts::default()
    };
    let (case, change) =
        Case::begin("c", facts, CaseTexts::default(), &at(0, "counsellor"), programme("2024").unwrap());
    (case, change.steps)
}

fn report(number: i32, span: Span) -> Report {
    let texts =
        VisitTexts { number, place: "本社".into(), attendees: vec!["担当".into()], ..VisitTexts::default() };
    Report { span, goals: vec![1], tools: vec![], texts }
}

/// Carries a deed out, and asserts that a refusal can be told from an effect.
fn obey(case: &mut Case, deed: Deed, at: &Moment<'_>, busy: &[Booked]) -> Result<Vec<Step>, Refused> {
    let mut tried = case.clone();
    let change = tried.obey(deed, at, busy, programme("2024").unwrap())?;
    assert_eq!(tried.version - case.version, i64::from(!change.is_empty()));
    if change.is_empty() {
        assert_eq!(tried, *case, "what tells nothing changes nothing");
    }
    *case = tried;
    Ok(change.steps)
}

fn done(case: &mut Case, deed: Deed, hours: i64, actor: &str) {
    obey(case, deed, &at(hours, actor), &[]).unwrap();
}

fn hold(case: &mut Case, number: i32, hours: i64) {
    done(case, Deed::Plan(span(hours, 2)), hours - 1, "expert");
    done(case, Deed::Hold(report(number, span(hours, 2))), hours + 2, "expert");
}

fn confirm(case: &mut Case, number: i32) {
    done(case, Deed::Confirm(number, Side::Company), 2_000, "company");
    done(case, Deed::Confirm(number, Side::Expert), 2_000, "expert");
}

#[test]
fn a_case_goes_its_way_with_a_change_of_theme() {
    let (mut case, _) = begun();
    assert_eq!(case.facts.due.unwrap().action(), DueAction::PlanVisit);
    hold(&mut case, 1, 10);
    done(&mut case, Deed::ChangeTheme("T4".into()), 20, "expert");
    hold(&mut case, 2, 30);
    hold(&mut case, 3, 50);
    let themes: Vec<_> = case.facts.themes.iter().map(|period| period.theme.as_str()).collect();
    let of_visits: Vec<_> = case.facts.visits.iter().map(|visit| visit.theme.as_str()).collect();
    assert_eq!((themes, of_visits), (vec!["T1", "T4"], vec!["T1", "T4", "T4"]));
    let refused = obey(&mut case, Deed::Complete, &at(60, "expert"), &[]);
    assert_eq!(refused, Err(Refused::NotConfirmed(1)));
    (1..=3).for_each(|number| confirm(&mut case, number));
    assert_eq!(case.facts.due.unwrap().action(), DueAction::Complete);
    done(&mut case, Deed::Complete, 2_001, "expert");
    assert_eq!(
        (case.facts.state(), case.facts.due.unwrap().action()),
        (CaseState::Completed, DueAction::RecordOutcome)
    );
}

#[test]
fn one_expert_is_in_one_place_at_a_time_and_times_are_possible() {
    let (mut case, _) = begun();
    let planned = Booked { span: span(10, 2), held: false };
    let overlaps = |case: &mut Case, from, length, busy: &[Booked]| {
        obey(case, Deed::Plan(span(from, length)), &at(0, "e"), busy).map(drop)
    };
    for (from, length) in [(9, 2), (11, 2), (10, 2), (9, 4)] {
        assert_eq!(overlaps(&mut case, from, length, &[planned]), Err(Refused::Overlaps), "{from} + {length}");
    }
    assert_eq!(overlaps(&mut case, 12, 2, &[planned]), Ok(()), "one visit may begin when another ends");
    assert_eq!(overlaps(&mut case, 13, 2, &[]), Err(Refused::Overlaps), "nor within the same case");
    for (from, length, reason) in [
        (30, 0, Reason::EndsBeforeStart),
        (30, -1, Reason::EndsBeforeStart),
        (30, 9, Reason::TooLongAVisit),
        (-1, 2, Reason::BeforeTheCase),
        (24 * 365 * 3, 2, Reason::TooFarAhead),
    ] {
        let Err(Refused::Faults(faults)) = overlaps(&mut case, from, length, &[]) else { panic!("{from} + {length}") };
        assert_eq!(faults.iter().map(|fault| fault.reason).collect::<Vec<_>>(), [reason]);
    }
    // What happened does not give way to what is only planned elsewhere, but to what happened there.
    let held = |held| [Booked { span: span(12, 2), held }];
    let deed = || Deed::Hold(report(1, span(12, 2)));
    assert_eq!(obey(&mut case, deed(), &at(14, "e"), &held(true)), Err(Refused::Overlaps));
    let Err(Refused::Faults(faults)) = obey(&mut case, deed(), &at(13, "e"), &[]) else { panic!("not over yet") };
    assert_eq!(faults[0].reason, Reason::InTheFuture);
    assert!(obey(&mut case, deed(), &at(14, "e"), &held(false)).is_ok());
}

#[test]
fn a_claim_needs_a_visit_that_both_confirmed_and_comes_once() {
    let (mut case, _) = begun();
    hold(&mut case, 1, 10);
    let claim = |case: &mut Case| obey(case, Deed::Claim(1, "claims/1".into()), &at(99, "expert"), &[]).map(drop);
    assert_eq!(claim(&mut case), Err(Refused::NotConfirmed(1)));
    done(&mut case, Deed::Confirm(1, Side::Expert), 20, "expert");
    assert_eq!(claim(&mut case), Err(Refused::NotConfirmed(1)));
    let both = obey(&mut case, Deed::Confirm(1, Side::Company), &at(20, "expert"), &[]);
    assert_eq!(both, Err(Refused::SamePerson));
    done(&mut case, Deed::Confirm(1, Side::Company), 20, "company");
    assert_eq!(claim(&mut case), Ok(()));
    assert_eq!(claim(&mut case), Err(Refused::AlreadyClaimed));
}

#[test]
fn a_refused_step_names_both_states() {
    let (mut case, _) = begun();
    let illegal =
        |from: &str, to: &str, visit| Err(Refused::Illegal { from: from.to_owned(), to: to.to_owned(), visit });
    let now = at(100, "x");
    assert_eq!(obey(&mut case, Deed::Complete, &now, &[]), illegal("accepted", "completed", 0));
    assert_eq!(obey(&mut case, Deed::EndEarly("other".into()), &now, &[]), illegal("accepted", "ended_early", 0));
    done(&mut case, Deed::Plan(span(10, 2)), 5, "x");
    assert_eq!(obey(&mut case, Deed::Confirm(1, Side::Expert), &now, &[]), illegal("planned", "confirmed", 1));
    done(&mut case, Deed::Withdraw("company_busy".into()), 6, "x");
    assert_eq!(case.facts.visits[0].state(), VisitState::Cancelled);
    assert_eq!(obey(&mut case, Deed::Plan(span(200, 2)), &now, &[]), illegal("withdrawn", "scheduled", 0));
    let said = Deed::Say(Side::Company, Outcome::default());
    assert_eq!(obey(&mut case, said, &now, &[]), illegal("withdrawn", "completed", 0));
    assert_eq!(obey(&mut case, Deed::Hold(report(1, span(10, 2))), &now, &[]), illegal("withdrawn", "visiting", 0));
    let (mut case, _) = begun();
    assert_eq!(obey(&mut case, Deed::Cancel(7), &now, &[]), Err(Refused::NoSuchVisit(7)));
    hold(&mut case, 1, 10);
    assert_eq!(obey(&mut case, Deed::Cancel(1), &now, &[]), illegal("held", "cancelled", 1));
    assert_eq!(obey(&mut case, Deed::Withdraw("other".into()), &now, &[]), illegal("visiting", "withdrawn", 0));
}

#[test]
fn a_consultation_is_reported_until_a_case_begins_from_it() {
    let now = at(1, "expert");
    let (mut met, first) = Consultation::enter("k", Default::default(), Default::default(), &now);
    let mut steps = first.steps;
    let not = Finding { diagnosed: vec!["rules".into()], reason: "schedule".into(), ..Finding::default() };
    let on = Finding { diagnosed: vec!["rules".into()], ..Finding::default() };
    assert!(met.convert("cases/c", &now).is_err(), "nobody said that it goes on");
    for finding in [not.clone(), on, not.clone()] {
        steps.extend(met.report(finding, &now).unwrap().steps);
    }
    assert!(met.report(not.clone(), &now).unwrap().is_empty(), "the same report again");
    steps.extend(met.report(Finding { reason: String::new(), ..not.clone() }, &now).unwrap().steps);
    steps.extend(met.convert("cases/c", &now).unwrap().steps);
    let refused = met.report(not, &now).unwrap_err();
    assert_eq!(refused.to_string(), "no step from converted to not_converted");
    let ways: Vec<_> = steps.iter().map(|step| step.to.as_str()).collect();
    assert_eq!(ways, ["declared", "not_converted", "going_on", "not_converted", "going_on", "converted"]);
    assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from));
    assert_eq!(consultation::state_name(met.facts.state()), "converted");
}

/// Something asked of a case: hours from the moment before, who asks, what.
#[derive(Clone, Debug)]
struct Asked(i64, &'static str, Wish);

#[derive(Clone, Debug)]
enum Wish {
    Theme(u8),
    Plan(i64, i64),
    Move(i32, i64),
    Cancel(i32),
    Hold(i32, i64),
    HoldAsPlanned(i32),
    Confirm(i32, bool),
    /// A visit that is over when it is entered, and what both say of all visits.
    WholeVisit,
    ConfirmAll,
    Complete,
    EndEarly,
    Withdraw,
    Say(bool, i32),
    FollowOn(bool, i32),
    HandOver(u8),
    Claim(i32),
}

fn wish() -> impl Strategy<Value = Wish> {
    let visit = || 1..6_i32;
    prop_oneof![
        2 => (1..=5_u8).prop_map(Wish::Theme),
        5 => (0..60_i64, -1..10_i64).prop_map(|(from, length)| Wish::Plan(from, length)),
        2 => (visit(), 0..60_i64).prop_map(|(number, from)| Wish::Move(number, from)),
        1 => visit().prop_map(Wish::Cancel),
        2 => (visit(), -40..10_i64).prop_map(|(number, from)| Wish::Hold(number, from)),
        6 => visit().prop_map(Wish::HoldAsPlanned),
        4 => (visit(), any::<bool>()).prop_map(|(number, company)| Wish::Confirm(number, company)),
        3 => Just(Wish::WholeVisit),
        3 => Just(Wish::ConfirmAll),
        3 => Just(Wish::Complete),
        1 => Just(Wish::EndEarly),
        1 => prop::bool::weighted(0.3).prop_map(|now| if now { Wish::Withdraw } else { Wish::ConfirmAll }),
        2 => (any::<bool>(), 1..=5).prop_map(|(company, grade)| Wish::Say(company, grade)),
        1 => (any::<bool>(), 0..=5).prop_map(|(company, satisfied)| Wish::FollowOn(company, satisfied)),
        1 => (0..3_u8).prop_map(Wish::HandOver),
        2 => visit().prop_map(Wish::Claim),
    ]
}

fn asked() -> impl Strategy<Value = Vec<Asked>> {
    let actor = prop_oneof![Just("company"), Just("expert"), Just("counsellor")];
    prop::collection::vec((0..30_i64, actor, wish()).prop_map(|(hours, actor, wish)| Asked(hours, actor, wish)), 0..60)
}

/// The deeds of a wish, each with who does it.
fn deeds(case: &Case, wish: &Wish, now: i64, actor: &'static str) -> Vec<(Deed, &'static str)> {
    let both =
        |number| [(Deed::Confirm(number, Side::Company), "company"), (Deed::Confirm(number, Side::Expert), "expert")];
    if let Wish::ConfirmAll = wish {
        return case.facts.visits.iter().flat_map(|visit| both(visit.number)).collect();
    }
    deeds_of_one(case, wish, now).into_iter().map(|deed| (deed, actor)).collect()
}

fn deeds_of_one(case: &Case, wish: &Wish, now: i64) -> Vec<Deed> {
    let side = |company: bool| if company { Side::Company } else { Side::Expert };
    match wish.clone() {
        Wish::Theme(theme) => vec![Deed::ChangeTheme(format!("T{theme}"))],
        Wish::Plan(from, length) => vec![Deed::Plan(span(now + from, length))],
        Wish::Move(number, from) => vec![Deed::Reschedule(number, span(now + from, 2))],
        Wish::Cancel(number) => vec![Deed::Cancel(number)],
        Wish::Hold(number, from) => vec![Deed::Hold(report(number, span(now + from, 2)))],
        Wish::HoldAsPlanned(number) => {
            let planned = case.facts.visits.iter().find(|visit| visit.number == number).and_then(booked);
            planned.map(|planned| Deed::Hold(report(number, planned.span))).into_iter().collect()
        }
        Wish::Confirm(number, company) => vec![Deed::Confirm(number, side(company))],
        Wish::WholeVisit => {
            let number = case.facts.visits.iter().map(|visit| visit.number).max().unwrap_or(0) + 1;
            vec![Deed::Plan(span(now - 2, 2)), Deed::Hold(report(number, span(now - 2, 2)))]
        }
        Wish::ConfirmAll => vec![],
        Wish::Complete => vec![Deed::Complete],
        Wish::EndEarly => vec![Deed::EndEarly("other".into())],
        Wish::Withdraw => vec![Deed::Withdraw("other".into())],
        Wish::Say(company, grade) => {
            let group = OutcomeGroup::Able.into();
            let (company_scale, expert_scale) = if company { (grade, 0) } else { (0, grade) };
            let outcome = Outcome { group, company_scale, expert_scale, ..Outcome::default() };
            vec![Deed::Say(side(company), outcome)]
        }
        Wish::FollowOn(company, satisfied) => {
            let month = after(now).to_string()[..7].to_owned();
            vec![Deed::FollowOn(side(company), month, satisfied)]
        }
        Wish::HandOver(body) => vec![Deed::HandOver(format!("bodies/{body}"), String::new())],
        Wish::Claim(number) => vec![Deed::Claim(number, format!("claims/{number}"))],
    }
}

#[test]
fn the_random_sequences_end_in_every_way() {
    let mut runner = TestRunner::deterministic();
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..1_000 {
        let (mut case, mut now) = (begun().0, 0);
        for Asked(hours, actor, wish) in asked().new_tree(&mut runner).unwrap().current() {
            now += hours;
            deeds(&case, &wish, now, actor)
                .into_iter()
                .for_each(|(deed, actor)| drop(obey(&mut case, deed, &at(now, actor), &[])));
        }
        *ends.entry(state_name(case.facts.state())).or_default() += 1;
    }
    assert!(ends.len() == 6 && ends.values().all(|count| *count >= 10), "{ends:?}");
}

proptest! {
    #[test]
    fn any_sequence_leaves_a_legal_state_and_a_complete_history(asked in asked()) {
        let (mut case, mut steps) = begun();
        let mut now = 0;
        for Asked(hours, actor, wish) in asked {
            now += hours;
            for (deed, actor) in deeds(&case, &wish, now, actor) {
                let closed = !is_open(case.facts.state());
                let state = case.facts.state();
                match obey(&mut case, deed, &at(now, actor), &[]) {
                    Ok(more) => steps.extend(more),
                    Err(Refused::Illegal { from, to, .. }) => assert!(!from.is_empty() && !to.is_empty()),
                    Err(_) => {}
                }
                assert!(!closed || case.facts.state() == state, "what has ended stays so");
                is_legal(&case.facts);
                is_complete(&case.facts, case.version, &steps);
            }
        }
    }
}
