//! Incidents: the expert on call is asked until the time for an answer is over, the body learns how it went.

use contract::matching::v1::*;
use contract::notices::v1::NoticeState;
use kit_log::NewEvent;

use crate::stage::{BODY, EXPERT, Stage, of, wire};

on_both!(experts_are_asked_in_turn_and_the_body_learns_who_took_it, the_body_learns_that_nobody_answered);

fn incident(state: IncidentState, offers: Vec<Offer>, fallback_reason: &str) -> NewEvent {
    let facts = IncidentFacts {
        incident_id: "i-1".to_owned(),
        prefecture: "27".to_owned(),
        incident_type: "ransomware".to_owned(),
        body: BODY.to_owned(),
        state: state.into(),
        offers,
        fallback_reason: fallback_reason.to_owned(),
        create_time: wire("10-01 09:00"),
        update_time: wire("10-01 09:00"),
        ..Default::default()
    };
    NewEvent::new("incident", "i-1", &IncidentChanged { facts: Some(facts), changed: vec![] })
}

fn offer(expert: &str, state: OfferState, answer_by: &str) -> Offer {
    let (expert, answer_by_time) = (expert.to_owned(), wire(answer_by));
    Offer { expert, state: state.into(), offer_time: wire("10-01 09:00"), answer_by_time, ..Default::default() }
}

const OTHER: &str = "experts/e-2";

async fn experts_are_asked_in_turn_and_the_body_learns_who_took_it(stage: &Stage) {
    let first = offer(EXPERT, OfferState::Waiting, "10-01 09:15");
    stage.matching_tells(incident(IncidentState::Offered, vec![first.clone()], "")).await;
    let all = stage.raised(&[("incident_offered", EXPERT, 0)]).await;
    let facts = all[0].facts.clone().unwrap();
    assert_eq!((facts.subject.as_str(), facts.due_time), ("incidents/i-1", wire("10-01 09:15")));
    let text = all[0].text.clone().unwrap();
    assert!(text.ja.contains("ランサムウェア") && text.ja.contains("09:15"), "{text:?}");
    // No answer: the next one is asked, and the first no longer.
    let late = Offer { state: OfferState::TimedOut.into(), ..first };
    let second = offer(OTHER, OfferState::Waiting, "10-01 09:30");
    stage.matching_tells(incident(IncidentState::Offered, vec![late.clone(), second.clone()], "")).await;
    let asked = [("incident_offered", EXPERT, 0), ("incident_offered", OTHER, 0)];
    let all = stage.raised(&asked).await;
    let states: Vec<_> = of(&all, "incident_offered").iter().map(|facts| facts.state()).collect();
    assert_eq!(states, [NoticeState::Withdrawn, NoticeState::Pending]);
    let taken = Offer { state: OfferState::Taken.into(), ..second };
    stage.matching_tells(incident(IncidentState::Acknowledged, vec![late, taken], "")).await;
    stage.raised(&[asked[0], asked[1], ("incident_acknowledged", BODY, 0)]).await;
}

async fn the_body_learns_that_nobody_answered(stage: &Stage) {
    let late = offer(EXPERT, OfferState::TimedOut, "10-01 09:15");
    stage.matching_tells(incident(IncidentState::FallenBack, vec![late], "NOBODY_ANSWERED")).await;
    let all = stage.raised(&[("incident_fallen_back", BODY, 0)]).await;
    let text = all[0].text.clone().unwrap();
    assert!(
        text.ja.contains("誰からもお返事がありませんでした") && text.en.contains("none of the experts"),
        "{text:?}"
    );
    stage.matching_tells(incident(IncidentState::Closed, vec![], "NOBODY_ANSWERED")).await;
    assert_eq!(of(&stage.all().await, "incident_fallen_back")[0].state(), NoticeState::Withdrawn);
}
