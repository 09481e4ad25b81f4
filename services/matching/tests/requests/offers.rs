//! Who is asked, in which order, for how long, and what is said when nobody answers. On the clock of the test.

use contract::matching::v1::*;
use contract::registry::v1::ExpertState;
use kit_serve::Role;
use prost::Message as _;
use tonic::Code;

use crate::stage::{BODY, Stage, help, reason_of, until, wire};

on_both!(
    in_order_of_turn_until_somebody_takes_it,
    when_nobody_answers_it_says_so_and_whom_to_call,
    when_nobody_is_on_call_it_says_so_at_once,
    a_duty_that_is_taken_back_or_ends_passes_the_offer_on,
    a_duty_that_goes_on_keeps_the_offer,
    who_is_listed_no_more_is_not_asked,
    replicas_offer_once,
    others_answer_on_the_experts_behalf,
);

async fn report(stage: &Stage) -> String {
    stage.visitor().report_incident(help()).await.unwrap().into_inner().status.unwrap().name
}

async fn status(stage: &Stage, name: &str) -> IncidentStatus {
    let asked = GetIncidentStatusRequest { name: name.to_owned() };
    stage.visitor().get_incident_status(asked).await.unwrap().into_inner().status.unwrap()
}

fn answer(name: &str, expert: &str, accept: bool) -> AnswerIncidentOfferRequest {
    let (name, expert) = (name.to_owned(), format!("experts/{expert}"));
    AnswerIncidentOfferRequest { name, expert, accept, ..Default::default() }
}

/// What was told of an incident, each event as its kinds.
async fn told(stage: &Stage) -> Vec<String> {
    let events = stage.events().await.into_iter().filter(|event| event.aggregate_type == "incident");
    events.map(|event| IncidentChanged::decode(event.clear).unwrap().changed.join(" ")).collect()
}

async fn in_order_of_turn_until_somebody_takes_it(stage: &Stage) {
    let day = ("08:00", "18:00");
    stage.on_call("e-last", 9, day, &[]).await;
    stage.on_call("e-first", 1, day, &["13", "27"]).await;
    stage.on_call("e-second", 1, day, &["27"]).await;
    stage.on_call("e-far", 1, day, &["13"]).await;
    stage.on_call("e-later", 1, ("10:00", "18:00"), &["27"]).await;
    let name = report(stage).await;
    assert_eq!(stage.offers(&name).await, ["e-first waiting"]);
    stage.hour("09:14");
    let early = stage.of("e-second").answer_incident_offer(answer(&name, "e-second", true)).await.unwrap_err();
    assert_eq!((early.code(), reason_of(&early)), (Code::FailedPrecondition, "NOT_OFFERED".to_owned()));
    stage.hour("09:15");
    stage.offered(&name, &["e-first timed_out", "e-second waiting"]).await;
    let late = stage.of("e-first").answer_incident_offer(answer(&name, "e-first", true)).await.unwrap_err();
    assert_eq!(reason_of(&late), "NOT_OFFERED");
    stage.hour("09:20");
    assert_eq!(status(stage, &name).await.answer_by_time, wire("10-01 09:30"));
    stage.of("e-second").answer_incident_offer(answer(&name, "e-second", false)).await.unwrap();
    assert_eq!(stage.offers(&name).await, ["e-first timed_out", "e-second declined", "e-last waiting"], "at once");
    stage.hour("09:30");
    let given = AnswerIncidentOfferRequest { request_id: "a-1".to_owned(), ..answer(&name, "e-last", true) };
    let taken = stage.of("e-last").answer_incident_offer(given.clone()).await.unwrap().into_inner();
    assert_eq!(stage.of("e-last").answer_incident_offer(given).await.unwrap().into_inner(), taken);
    let facts = taken.incident.unwrap().facts.unwrap();
    assert_eq!((facts.state(), facts.expert.as_str()), (IncidentState::Acknowledged, "experts/e-last"));
    let times: Vec<_> = facts.offers.iter().map(|offer| (offer.offer_time, offer.end_time)).collect();
    assert_eq!(
        times,
        [
            (wire("10-01 09:00"), wire("10-01 09:15")),
            (wire("10-01 09:15"), wire("10-01 09:20")),
            (wire("10-01 09:20"), wire("10-01 09:30")),
        ]
    );
    let now = status(stage, &name).await;
    assert_eq!((now.asked, now.answer_by_time), (3, None));
    assert!(now.ja.contains("引き受けました") && now.en.contains("has taken it"));
    for expert in ["e-last", "e-second"] {
        let again = stage.staff().answer_incident_offer(answer(&name, expert, true)).await.unwrap_err();
        assert_eq!(reason_of(&again), "ILLEGAL_TRANSITION", "somebody took it");
    }
    stage.hour("17:00");
    assert_eq!(told(stage).await, ["entered offered", "offered", "answered offered", "answered"]);
}

async fn when_nobody_answers_it_says_so_and_whom_to_call(stage: &Stage) {
    stage.on_call("e-1", 1, ("08:00", "18:00"), &[]).await;
    stage.on_call("e-2", 2, ("08:00", "18:00"), &[]).await;
    let name = report(stage).await;
    stage.hour("09:15");
    stage.offered(&name, &["e-1 timed_out", "e-2 waiting"]).await;
    stage.hour("09:30");
    stage.offered(&name, &["e-1 timed_out", "e-2 timed_out"]).await;
    let now = status(stage, &name).await;
    assert_eq!((now.state(), now.fallback_reason.as_str()), (IncidentState::FallenBack, "NOBODY_ANSWERED"));
    assert_eq!((now.asked, now.answer_by_time, now.contacts.len()), (2, None, 4));
    assert!(now.ja.contains("2人") && now.ja.contains("窓口"), "{}", now.ja);
    assert!(now.en.contains("none has taken it"), "{}", now.en);
    // Who comes on call after that finds it as it is.
    stage.on_call("e-3", 1, ("09:30", "18:00"), &[]).await;
    let late = stage.of("e-2").answer_incident_offer(answer(&name, "e-2", true)).await.unwrap_err();
    assert_eq!(reason_of(&late), "NOT_OFFERED");
    assert_eq!(stage.offers(&name).await.len(), 2);
    assert_eq!(told(stage).await, ["entered offered", "offered", "fallen_back"]);
}

async fn when_nobody_is_on_call_it_says_so_at_once(stage: &Stage) {
    stage.on_call("e-1", 2, ("10:00", "18:00"), &["27"]).await;
    stage.on_call("e-2", 1, ("08:00", "18:00"), &["13"]).await;
    let now = stage.visitor().report_incident(help()).await.unwrap().into_inner().status.unwrap();
    assert_eq!((now.state(), now.fallback_reason.as_str()), (IncidentState::FallenBack, "NOBODY_ON_CALL"));
    assert!(now.ja.contains("当番の専門家がいない") && now.en.contains("No expert is on call"));
    assert_eq!((now.asked, now.contacts[0].phone.as_str()), (0, "03-5978-7509"));
    stage.hour("10:00");
    // The one who is on call now is asked for what comes now, not for what fell back.
    let later = report(stage).await;
    assert_eq!(stage.offers(&later).await, ["e-1 waiting"]);
    assert_eq!(status(stage, &now.name).await.state(), IncidentState::FallenBack);
    let unknown = ReportIncidentRequest { prefecture: String::new(), ..help() };
    let unknown = stage.visitor().report_incident(unknown).await.unwrap().into_inner().status.unwrap();
    assert_eq!(stage.offers(&unknown.name).await, ["e-2 waiting"], "where it is unknown, anybody is asked");
    assert_eq!(told(stage).await, ["entered fallen_back", "entered offered", "entered offered"]);
}

async fn a_duty_that_is_taken_back_or_ends_passes_the_offer_on(stage: &Stage) {
    let taken_back = stage.on_call("e-1", 1, ("08:00", "18:00"), &[]).await;
    stage.on_call("e-2", 2, ("08:00", "09:10"), &[]).await;
    stage.on_call("e-3", 3, ("08:00", "18:00"), &[]).await;
    let name = report(stage).await;
    stage.hour("09:05");
    let given = RemoveDutyRequest { name: taken_back.name, ..Default::default() };
    stage.of("e-1").remove_duty(given).await.unwrap();
    assert_eq!(stage.offers(&name).await, ["e-1 withdrawn", "e-2 waiting"]);
    assert_eq!(status(stage, &name).await.answer_by_time, wire("10-01 09:10"), "as long as the duty lasts");
    stage.hour("09:10");
    stage.offered(&name, &["e-1 withdrawn", "e-2 withdrawn", "e-3 waiting"]).await;
    assert_eq!(status(stage, &name).await.answer_by_time, wire("10-01 09:25"));
}

async fn a_duty_that_goes_on_keeps_the_offer(stage: &Stage) {
    stage.on_call("e-1", 1, ("08:00", "09:10"), &[]).await;
    let next = stage.on_call("e-1", 1, ("09:10", "18:00"), &[]).await;
    stage.on_call("e-2", 2, ("08:00", "18:00"), &[]).await;
    let name = report(stage).await;
    assert_eq!(status(stage, &name).await.answer_by_time, wire("10-01 09:10"));
    stage.hour("09:10");
    until("the offer to go on", async || {
        (status(stage, &name).await.answer_by_time == wire("10-01 09:15")).then_some(())
    })
    .await;
    assert_eq!(stage.offers(&name).await, ["e-1 waiting"]);
    stage.staff().remove_duty(RemoveDutyRequest { name: next.name, ..Default::default() }).await.unwrap();
    assert_eq!(stage.offers(&name).await, ["e-1 withdrawn", "e-2 waiting"]);
}

async fn who_is_listed_no_more_is_not_asked(stage: &Stage) {
    for (turn, expert) in (1..).zip(["e-1", "e-2", "e-3"]) {
        stage.on_call(expert, turn, ("08:00", "18:00"), &[]).await;
    }
    let name = report(stage).await;
    stage.expert_is("e-2", ExpertState::Paused).await;
    assert_eq!(stage.offers(&name).await, ["e-1 waiting"]);
    stage.expert_is("e-1", ExpertState::Erased).await;
    assert_eq!(stage.offers(&name).await, ["e-1 withdrawn", "e-3 waiting"]);
    stage.expert_is("e-3", ExpertState::Listed).await;
    assert_eq!(told(stage).await.len(), 2, "listed still");
    stage.expert_is("e-3", ExpertState::Delisted).await;
    let now = status(stage, &name).await;
    assert_eq!((now.state(), now.fallback_reason.as_str()), (IncidentState::FallenBack, "NOBODY_ANSWERED"));
}

async fn replicas_offer_once(stage: &Stage) {
    for (turn, expert) in (1..).zip(["e-1", "e-2", "e-3"]) {
        stage.on_call(expert, turn, ("08:00", "18:00"), &[]).await;
    }
    stage.start().await;
    stage.start().await;
    let mut names = Vec::new();
    for _ in 0..5 {
        names.push(report(stage).await);
    }
    stage.hour("09:15");
    for name in &names {
        stage.offered(name, &["e-1 timed_out", "e-2 waiting"]).await;
    }
    // Far too late all three look again: each step is taken once.
    stage.hour("12:00");
    for name in &names {
        stage.offered(name, &["e-1 timed_out", "e-2 timed_out", "e-3 waiting"]).await;
        assert_eq!(status(stage, name).await.answer_by_time, wire("10-01 12:15"));
    }
    stage.hour("13:00");
    for name in &names {
        stage.offered(name, &["e-1 timed_out", "e-2 timed_out", "e-3 timed_out"]).await;
    }
    let told = told(stage).await;
    let count = |what: &str| told.iter().filter(|kinds| *kinds == what).count();
    assert_eq!((count("entered offered"), count("offered"), count("fallen_back"), told.len()), (5, 10, 5, 20));
}

async fn others_answer_on_the_experts_behalf(stage: &Stage) {
    stage.on_call("e-1", 1, ("08:00", "18:00"), &[]).await;
    let mut counsellor = stage.desk("counsellor-1", Role::Counsellor, &[BODY]);
    let name = counsellor.report_incident(help()).await.unwrap().into_inner().status.unwrap().name;
    let taken = counsellor.answer_incident_offer(answer(&name, "e-1", true)).await.unwrap().into_inner();
    assert_eq!(taken.incident.unwrap().facts.unwrap().expert, "experts/e-1");
    let none = stage.staff().answer_incident_offer(answer("incidents/none", "e-1", true)).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "INCIDENT_NOT_FOUND".to_owned()));
}
