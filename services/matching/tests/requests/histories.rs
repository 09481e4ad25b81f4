//! Whatever happens in whatever order, states stay legal and histories join up.

use std::collections::BTreeSet;

use contract::matching::v1::*;
use kit_clock::Timestamp;
use matching::domain::incident::{Incident as Case, OnCall, Roster};
use matching::domain::moment::{Change, Moment, read};
use matching::domain::request::edit::Edit;
use matching::domain::request::{Request, is_open};
use proptest::prelude::*;

use crate::stage::{Stage, asks, at, company, need};

on_both!(random_commands_leave_legal_states_with_chained_histories);

const MINUTE: i64 = 60_000_000;
const START: &str = "2024-10-01T09:00:00+09:00";

fn moment(minutes: i64) -> Moment<'static> {
    let now = Timestamp::from_micros(at(START).micros() + minutes * MINUTE);
    Moment { now, actor: "somebody", words: "" }
}

/// Each step begins where the one before ended.
fn joins_up(steps: &[MatchingStep], state: &str) {
    let mut last = "";
    for step in steps {
        assert_eq!(step.from, last, "{steps:#?}");
        last = &step.to;
    }
    assert_eq!(last, state);
}

#[derive(Clone, Debug)]
enum Deed {
    Propose,
    Seek(bool),
    Match,
    Reopen,
    Case,
    Withdraw,
    Expire,
    Merge,
    Edit(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Propose),
        3 => any::<bool>().prop_map(Deed::Seek),
        2 => Just(Deed::Match),
        2 => Just(Deed::Reopen),
        1 => Just(Deed::Case),
        1 => Just(Deed::Withdraw),
        1 => Just(Deed::Expire),
        1 => Just(Deed::Merge),
        3 => (0_u8..4).prop_map(Deed::Edit),
    ]
}

fn obey(request: &mut Request, deed: &Deed, number: usize, at: &Moment<'_>) -> Option<Change> {
    let themes = |count: u8| (1..=count + 1).map(|theme| format!("T{theme}")).collect();
    let edit = |count: u8| Edit {
        paths: vec!["need.themes".to_owned()],
        need: Need { themes: themes(count), ..need() },
        ..Default::default()
    };
    match deed {
        Deed::Propose => request.propose(&format!("proposals/{number}"), at).ok(),
        Deed::Seek(found) => request.seek("DECLINED", if *found { "" } else { "NO_CANDIDATE" }, at).ok(),
        Deed::Match => request.matched(at).ok(),
        Deed::Reopen => request.reopen("WITHDRAWN", at).ok(),
        Deed::Case => request.case_opened("cases/1", at).ok(),
        Deed::Withdraw => request.withdraw("", at).ok(),
        Deed::Expire => Some(request.expire(at)),
        Deed::Merge => request.merge_into("requests/other", at).ok(),
        Deed::Edit(count) => request.edit(&edit(*count), at).ok(),
    }
}

proptest! {
    #[test]
    fn requests_stay_legal(deeds in prop::collection::vec(deed(), 0..25)) {
        let facts = RequestFacts { need: Some(need()), expire_time: Some(kit_log::wire_time(moment(20).now)), ..Default::default() };
        let (mut request, entered) = Request::enter("r-1", facts, RequestTexts::default(), &moment(0));
        let mut steps = entered.steps;
        for (number, deed) in deeds.iter().enumerate() {
            let before = request.clone();
            let change = obey(&mut request, deed, number, &moment(number as i64 + 1));
            let state = request.facts.state();
            match change {
                None => prop_assert_eq!(&request, &before, "what is refused changes nothing: {:?}", deed),
                Some(change) if change.is_empty() => prop_assert_eq!(&request, &before),
                Some(change) => {
                    prop_assert_eq!(request.version, before.version + 1);
                    let moved = state != before.facts.state();
                    prop_assert!(!moved || change.kinds.contains(&"state"));
                    let over = !is_open(before.facts.state());
                    prop_assert!(!over || matches!(deed, Deed::Case), "{:?} after its end", deed);
                    steps.extend(change.steps);
                }
            }
            let out = matches!(state, RequestState::Proposed | RequestState::Matched);
            prop_assert_eq!(out, !request.facts.proposal.is_empty(), "a proposal just while it is out or accepted");
            prop_assert!(request.facts.seeking_reason.is_empty() || state == RequestState::Seeking);
            prop_assert_eq!(state == RequestState::Merged, !request.facts.merged_into.is_empty());
        }
        joins_up(&steps, &matching::domain::request::state_name(request.facts.state()));
    }

    #[test]
    fn incidents_ask_each_expert_once_and_end_in_an_answer(
        duties in prop::collection::vec((0_u8..5, 0_i64..90, 1_i64..60), 0..8),
        deeds in prop::collection::vec((0_u8..4, 0_u8..5, 0_i64..12), 0..20),
    ) {
        let mut minute = 0;
        let on_call = |minute: i64| -> Vec<OnCall> {
            let now = duties.iter().filter(|(_, from, length)| *from <= minute && minute < from + length);
            now.map(|(who, from, length)| OnCall { expert: format!("experts/{who}"), until: moment(from + length).now }).collect()
        };
        let first = on_call(0);
        let told = (IncidentFacts::default(), IncidentTexts::default());
        let (mut incident, change) = Case::report("i-1", "k", told, roster(&first), &moment(0));
        let mut steps = change.steps;
        for (what, who, wait) in deeds {
            minute += wait;
            let (here, at, before) = (on_call(minute), moment(minute), incident.clone());
            let expert = format!("experts/{who}");
            let change = match what {
                0 | 1 => Some(incident.look(roster(&here), &at)),
                2 => incident.answer((&expert, wait % 2 == 0), roster(&here), &at).ok(),
                _ => incident.close(&at).ok(),
            };
            if let Some(change) = change {
                prop_assert_eq!(incident.version, before.version + i64::from(!change.is_empty()));
                steps.extend(change.steps);
            } else {
                // A command that is refused is rolled back.
                incident = before;
            }
            let facts = &incident.facts;
            let asked: BTreeSet<_> = facts.offers.iter().map(|offer| &offer.expert).collect();
            prop_assert_eq!(asked.len(), facts.offers.len(), "nobody is asked twice");
            let waiting = facts.offers.iter().filter(|offer| offer.state() == OfferState::Waiting).count();
            prop_assert_eq!(waiting, usize::from(facts.state() == IncidentState::Offered));
            let taken: Vec<_> = facts.offers.iter().filter(|offer| offer.state() == OfferState::Taken).collect();
            prop_assert_eq!(taken.len(), usize::from(!facts.expert.is_empty()));
            prop_assert!(taken.iter().all(|offer| offer.expert == facts.expert));
            prop_assert!(facts.offers.iter().all(|offer| (offer.state() == OfferState::Waiting) == offer.end_time.is_none()));
            if what < 2 {
                prop_assert!(incident.due().is_none_or(|due| due > at.now), "what was looked at is not due");
            }
            for offer in &facts.offers {
                let (from, by) = (read(offer.offer_time.as_ref()), read(offer.answer_by_time.as_ref()));
                prop_assert!(by > from && by.micros() - from.micros() <= 15 * MINUTE);
            }
        }
        joins_up(&steps, &matching::domain::incident::state_name(incident.facts.state()));
    }
}

const fn roster(on_call: &[OnCall]) -> Roster<'_> {
    Roster { on_call, patience: 15 * MINUTE }
}

/// A row of numbers that looks random and is the same in every run.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |sides| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    }
}

async fn random_commands_leave_legal_states_with_chained_histories(stage: &Stage) {
    let known = stage.books.put(company("甲製作所"));
    let mut names = Vec::new();
    for _ in 0..4 {
        names.push(stage.enter(asks(&known)).await.name);
    }
    let mut throw = dice(20_241_001);
    for _ in 0..60 {
        let (name, other) = (names[throw(4) as usize].clone(), names[throw(4) as usize].clone());
        let themes = (0..=throw(3)).map(|theme| format!("T{}", theme + 1)).collect();
        let mut client = stage.counsellor();
        let refused = match throw(8) {
            0 => client.withdraw_request(WithdrawRequestRequest { name, ..Default::default() }).await.err(),
            1 => client.merge_requests(MergeRequestsRequest { name, merged: other, ..Default::default() }).await.err(),
            2 => {
                let given = KeepRequestsApartRequest { name, other, ..Default::default() };
                client.keep_requests_apart(given).await.err()
            }
            3 => {
                names[throw(4) as usize] = stage.enter(asks(&known)).await.name;
                None
            }
            _ => {
                let mask = prost_types::FieldMask { paths: vec!["need.themes".to_owned()] };
                let given = UpdateRequestRequest {
                    name,
                    need: Some(Need { themes, ..need() }),
                    update_mask: Some(mask),
                    ..Default::default()
                };
                client.update_request(given).await.err()
            }
        };
        let expected = [tonic::Code::FailedPrecondition, tonic::Code::InvalidArgument];
        assert!(refused.as_ref().is_none_or(|status| expected.contains(&status.code())), "{refused:?}");
    }
    let all = ListRequestsRequest { page_size: 200, ..Default::default() };
    let all = stage.operator().list_requests(all).await.unwrap().into_inner().requests;
    for request in &all {
        let facts = request.facts.clone().unwrap();
        let steps = stage.history(&request.name).await;
        joins_up(&steps, &matching::domain::request::state_name(facts.state()));
        assert!(steps.iter().zip(1..).all(|(step, number)| step.number == number));
        let into = all.iter().find(|other| other.name == facts.merged_into);
        assert_eq!(into.is_some(), facts.state() == RequestState::Merged);
    }
    let over = all.iter().filter(|request| !is_open(request.facts.as_ref().unwrap().state())).count();
    assert!(over > 2 && all.len() > 5, "enough happened: {over} of {} are over", all.len());
}
