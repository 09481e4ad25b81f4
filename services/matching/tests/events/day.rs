//! The day: who came, who did not, who walked in, which expert fell ill.

use contract::matching::v1::*;
use tonic::Code;

use crate::stage::{FIRST, SECOND, Stage, apply, faults, faults_of, plan_on, reason_of, until};
use crate::timetables::{assert_possible, made, place, stands, want};

on_both!(
    before_the_day_nothing_is_recorded,
    every_fault_of_the_day_is_named,
    no_shows_make_room_and_walk_ins_take_it,
    what_has_begun_stays,
    an_expert_who_falls_ill_is_replaced,
    a_day_without_a_timetable,
    who_came_is_recorded_after_the_event_too,
    whoever_had_applied_is_no_walk_in,
    a_repeat_does_nothing,
);

pub(crate) fn day(event: &str) -> RecordDayRequest {
    RecordDayRequest { event: event.to_owned(), ..Default::default() }
}

pub(crate) fn came(application: &Application, people: i32) -> Arrival {
    Arrival { application: application.name.clone(), people }
}

async fn before_the_day_nothing_is_recorded(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let applied = want(stage, &event.name, "T1", &[1]).await;
    let request = RecordDayRequest { came: vec![came(&applied[0], 1)], ..day(&event.name) };
    stage.clock_to("11-04 23:59");
    let early = stage.counsellor().record_day(request.clone()).await.unwrap_err();
    assert_eq!((early.code(), reason_of(&early)), (Code::FailedPrecondition, "BEFORE_THE_DAY".to_owned()));
    assert!(early.message().contains("2024-11-05"), "{}", early.message());
    stage.clock_to("11-05 00:00");
    assert_eq!(reason_of(&stage.elsewhere().record_day(request.clone()).await.unwrap_err()), "NOT_OWN");
    stage.counsellor().record_day(request.clone()).await.unwrap();
    let cancel = CancelConsultationEventRequest { name: event.name.clone(), ..Default::default() };
    stage.counsellor().cancel_consultation_event(cancel).await.unwrap();
    assert_eq!(
        stage.counsellor().record_day(request).await.unwrap_err().message(),
        "no step from cancelled to recorded"
    );
}

async fn every_fault_of_the_day_is_named(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let other = stage.held(plan_on("11-06")).await;
    let applied = want(stage, &event.name, "T1", &[1, 2, 3]).await;
    let stranger = want(stage, &other.name, "T1", &[1]).await;
    let off = CallOffRequest { name: applied[2].name.clone(), ..Default::default() };
    stage.counsellor().call_off(off).await.unwrap();
    stage.others.erase("companies/c-8");
    stage.clock_to("11-05 13:30");
    let odd = RecordDayRequest {
        came: vec![came(&applied[0], 0), came(&applied[0], 51), came(&stranger[0], 1), Arrival::default()],
        absent: vec![applied[0].name.clone(), "applications/x".to_owned(), applied[2].name.clone()],
        walk_ins: vec![
            ApplyRequest { people: 51, event: other.name.clone(), ..apply("", "companies/c-77") },
            apply("", "companies/c-8"),
            apply("", "companies/c-7"),
            ApplyRequest { themes: vec!["T9".to_owned()], rounds: vec![4], ..apply(&event.name, "companies/c-7") },
            apply("", ""),
        ],
        absent_experts: vec!["experts/e-3".to_owned(), "e-1".to_owned()],
        ..day(&event.name)
    };
    let events = stage.said().await;
    assert_eq!(
        faults_of(&stage.counsellor().record_day(odd).await.unwrap_err()),
        faults(&[
            ("came[0].people", "OUT_OF_RANGE"),
            ("came[1].people", "OUT_OF_RANGE"),
            ("came[1].application", "REPEATED"),
            ("came[3].application", "REQUIRED"),
            ("came[3].people", "OUT_OF_RANGE"),
            ("absent[0]", "REPEATED"),
            ("absent_experts[1]", "BAD_NAME"),
            ("walk_ins[0].event", "NOT_HERE"),
            ("walk_ins[0].people", "OUT_OF_RANGE"),
            ("walk_ins[0].company", "UNKNOWN_COMPANY"),
            ("walk_ins[1].company", "COMPANY_ERASED"),
            ("walk_ins[3].rounds[0]", "OUT_OF_RANGE"),
            ("walk_ins[3].themes[0]", "UNKNOWN_CODE"),
            ("walk_ins[3].company", "REPEATED"),
            ("walk_ins[4].company", "REQUIRED"),
            ("came[2].application", "NOT_IN_EVENT"),
            ("absent[1]", "NOT_IN_EVENT"),
            ("absent[2]", "CALLED_OFF"),
            ("absent_experts[0]", "NOT_PRESENT"),
            ("absent_experts[1]", "NOT_PRESENT"),
        ])
    );
    assert_eq!(stage.said().await, events, "nothing half-done");
}

async fn no_shows_make_room_and_walk_ins_take_it(stage: &Stage) {
    let plan = EventPlan { booths: vec!["A".to_owned()], capacity: 3, ..plan_on("11-05") };
    let event = stage.held(plan.clone()).await;
    let applied = want(stage, &event.name, "T1", &[1, 2, 3]).await;
    let before = made(stage, &event.name).await;
    assert_eq!(before.seats.len(), 3);
    stage.clock_to("11-05 14:00");
    let walk_in = ApplyRequest {
        people: 2,
        themes: vec!["T1".to_owned()],
        question: "急ぎの相談".to_owned(),
        ..apply("", "companies/c-4")
    };
    let last = before.seats.last().unwrap();
    let (stays_away, comes): (Vec<_>, Vec<_>) = applied.iter().partition(|one| one.name == last.application);
    let request = RecordDayRequest {
        came: comes.iter().map(|one| came(one, 4)).collect(),
        absent: vec![stays_away[0].name.clone()],
        walk_ins: vec![walk_in],
        ..day(&event.name)
    };
    let answer = stage.counsellor().record_day(request).await.unwrap().into_inner();
    let after = answer.timetable.unwrap();
    assert_possible(&after, &plan);
    assert_eq!(answer.walk_ins.len(), 1);
    let seat = after.seats.iter().find(|seat| seat.application == answer.walk_ins[0]).expect("the walk-in is seated");
    assert_eq!((seat.round, &seat.booth), (last.round, &last.booth), "on the seat that became free");
    for one in &comes {
        let of = |timetable: &Timetable| timetable.seats.iter().find(|seat| seat.application == one.name).cloned();
        assert_eq!(of(&after), of(&before), "nobody else moves");
    }
    assert_eq!(after, stands(stage, &event.name).await);
    let all = stage.applications(&event.name).await;
    let seen: Vec<_> = all
        .iter()
        .map(|one| one.facts.as_ref().unwrap())
        .map(|facts| (facts.state(), facts.people, facts.walk_in))
        .collect();
    assert_eq!(seen.iter().filter(|one| **one == (ApplicationState::Came, 4, false)).count(), 2);
    assert_eq!(seen.iter().filter(|one| one.0 == ApplicationState::Absent).count(), 1);
    assert_eq!(seen[3], (ApplicationState::Came, 2, true), "the capacity does not hold at the door");
    assert_eq!(all[3].texts.as_ref().unwrap().company_name, "見本製作所4");
    assert_eq!(stage.leaks(&["急ぎの相談"]).await, Vec::<String>::new());
    let told: Vec<ApplicationChanged> = stage.told("application").await;
    let told: Vec<_> = told.iter().skip(3).map(|told| told.changed.join(",")).collect();
    assert_eq!(told, ["state", "state", "state", "entered"]);

    // Who comes late after all waits, or takes what is left.
    let late = RecordDayRequest { came: vec![came(stays_away[0], 1)], ..day(&event.name) };
    let after = stage.counsellor().record_day(late).await.unwrap().into_inner().timetable.unwrap();
    assert_eq!(after.waiting.iter().map(|one| &one.application).collect::<Vec<_>>(), [&stays_away[0].name]);
    let stay = RecordDayRequest { absent: vec![answer.walk_ins[0].clone()], ..day(&event.name) };
    let refused = stage.counsellor().record_day(stay).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("absent[0]", "WALKED_IN")]));
}

async fn what_has_begun_stays(stage: &Stage) {
    let plan = EventPlan { booths: vec!["A".to_owned()], ..plan_on("11-05") };
    let event = stage.held(plan.clone()).await;
    want(stage, &event.name, "T1", &[1, 2, 3]).await;
    let before = made(stage, &event.name).await;
    stage.clock_to("11-05 15:16");
    let gone = &before.seats[2];
    let request = RecordDayRequest {
        absent: vec![gone.application.clone()],
        walk_ins: vec![apply("", "companies/c-4"), apply("", "companies/c-5")],
        ..day(&event.name)
    };
    let after = stage.counsellor().record_day(request).await.unwrap().into_inner().timetable.unwrap();
    assert_possible(&after, &plan);
    assert_eq!(after.seats[..2], before.seats[..2], "two rounds have begun");
    assert_eq!((after.seats[2].company.as_str(), after.seats[2].round), ("companies/c-4", 3));
    assert_eq!(after.waiting.len(), 1);
    // Somebody whose round is over turns out not to have come: the seat was not held, and nobody can have it now.
    let request = RecordDayRequest { absent: vec![before.seats[0].application.clone()], ..day(&event.name) };
    let after = stage.counsellor().record_day(request).await.unwrap().into_inner().timetable.unwrap();
    assert_eq!(after.seats.iter().map(|seat| seat.round).collect::<Vec<_>>(), [2, 3]);
    let all = MakeTimetableRequest { event: event.name.clone(), everybody: true, ..Default::default() };
    let refused = stage.counsellor().make_timetable(all).await.unwrap_err();
    assert_eq!(reason_of(&refused), "TIMETABLE_INFEASIBLE");
}

async fn an_expert_who_falls_ill_is_replaced(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1, 2]).await;
    want(stage, &event.name, "T4", &[3]).await;
    let before = made(stage, &event.name).await;
    assert_eq!(before.seats.iter().filter(|seat| seat.expert == FIRST).count(), 2);
    stage.clock_to("11-05 14:00");
    until("the applications to close", async || {
        (stage.event(&event.name).await.state() == ConsultationEventState::Closed).then_some(())
    })
    .await;
    stage.others.search_away(true);
    let ill = RecordDayRequest { absent_experts: vec![FIRST.to_owned()], ..day(&event.name) };
    let after = stage.counsellor().record_day(ill.clone()).await.unwrap().into_inner().timetable.unwrap();
    assert_possible(&after, &plan_on("11-05"));
    assert_eq!(after.seats.len(), 3);
    assert!(after.seats.iter().all(|seat| seat.expert == SECOND), "{after:?}");
    assert_eq!(place(&after, "companies/c-3"), place(&before, "companies/c-3"));
    let plan = stage.event(&event.name).await.plan.unwrap();
    assert_eq!(plan.experts.iter().map(|one| one.absent).collect::<Vec<_>>(), [true, false]);
    let told: Vec<ConsultationEventChanged> = stage.told("consultation_event").await;
    assert_eq!(told.last().unwrap().changed, ["plan", "timetable"]);
    let events = stage.said().await;
    stage.counsellor().record_day(ill).await.unwrap();
    assert_eq!(stage.said().await, events, "the same word again tells nothing");

    // Both ill: nobody can be seated any more in what is left.
    stage.clock_to("11-05 15:00");
    let ill = RecordDayRequest { absent_experts: vec![SECOND.to_owned()], ..day(&event.name) };
    let after = stage.counsellor().record_day(ill).await.unwrap().into_inner().timetable.unwrap();
    assert_eq!(after.seats.iter().map(|seat| seat.round).collect::<Vec<_>>(), [1], "the round that runs stays");
    assert_eq!(after.waiting.len(), 2);
}

async fn a_day_without_a_timetable(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let applied = want(stage, &event.name, "T1", &[1, 2]).await;
    stage.clock_to("11-05 13:00");
    let request = RecordDayRequest {
        came: vec![came(&applied[0], 3)],
        absent: vec![applied[1].name.clone()],
        walk_ins: vec![ApplyRequest { lecture_only: true, ..apply("", "companies/c-3") }],
        ..day(&event.name)
    };
    let answer = stage.counsellor().record_day(request).await.unwrap().into_inner();
    assert_eq!((answer.timetable, answer.walk_ins.len()), (None, 1));
    assert_eq!(stage.event(&event.name).await.applied, 2, "who came, and who walked in");
}

async fn who_came_is_recorded_after_the_event_too(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let applied = want(stage, &event.name, "T1", &[1, 2]).await;
    let timetable = made(stage, &event.name).await;
    stage.clock_to("11-06 10:00");
    until("the event to be over", async || {
        (stage.event(&event.name).await.state() == ConsultationEventState::Over).then_some(())
    })
    .await;
    let request = RecordDayRequest {
        came: vec![came(&applied[0], 2)],
        absent: vec![applied[1].name.clone()],
        ..day(&event.name)
    };
    let answer = stage.counsellor().record_day(request).await.unwrap().into_inner();
    assert_eq!(answer.timetable, Some(timetable), "the final seats are told and stay");
    assert_eq!(stage.told::<TimetableChanged>("timetable").await.len(), 2);
    let ill = RecordDayRequest { absent_experts: vec![FIRST.to_owned()], ..day(&event.name) };
    assert_eq!(stage.counsellor().record_day(ill).await.unwrap_err().message(), "no step from over to expert_absent");
    assert_eq!(stage.event(&event.name).await.state(), ConsultationEventState::Over);
}

async fn whoever_had_applied_is_no_walk_in(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let applied = want(stage, &event.name, "T1", &[1, 2]).await;
    let off = CallOffRequest { name: applied[1].name.clone(), ..Default::default() };
    stage.counsellor().call_off(off).await.unwrap();
    stage.clock_to("11-05 13:00");
    let at_the_door = |company: &str| RecordDayRequest {
        walk_ins: vec![ApplyRequest { people: 3, ..apply("", company) }],
        ..day(&event.name)
    };
    for (one, company) in applied.iter().zip(["companies/c-1", "companies/c-2"]) {
        let answer = stage.counsellor().record_day(at_the_door(company)).await.unwrap().into_inner();
        assert_eq!(answer.walk_ins, std::slice::from_ref(&one.name));
    }
    let all = stage.applications(&event.name).await;
    assert_eq!(all.len(), 2);
    for facts in all.into_iter().map(|one| one.facts.unwrap()) {
        assert_eq!((facts.state(), facts.people, facts.walk_in), (ApplicationState::Came, 3, false));
    }
    // Who applied for the lecture alone may ask for a consultation at the door.
    let lecture = ApplyRequest { lecture_only: true, ..apply(&event.name, "companies/c-3") };
    stage.clock_to("11-01 10:00");
    let other = stage.held(plan_on("11-06")).await;
    let lecture = ApplyRequest { event: other.name.clone(), ..lecture };
    stage.counsellor().apply(lecture).await.unwrap();
    made(stage, &other.name).await;
    stage.clock_to("11-06 13:00");
    let request = RecordDayRequest { event: other.name.clone(), ..at_the_door("companies/c-3") };
    let answer = stage.counsellor().record_day(request).await.unwrap().into_inner();
    assert_eq!(answer.timetable.unwrap().seats.len(), 1);
    let strange = ApplyRequest { request: "requests/x".to_owned(), ..apply("", "companies/c-4") };
    let request = RecordDayRequest { walk_ins: vec![strange], ..day(&other.name) };
    assert_eq!(reason_of(&stage.counsellor().record_day(request).await.unwrap_err()), "REQUEST_NOT_FOUND");
    let twice = RecordDayRequest { absent: vec![applied[0].name.clone()], ..at_the_door("companies/c-1") };
    let refused = stage.counsellor().record_day(twice).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("walk_ins[0].company", "REPEATED")]));
}

async fn a_repeat_does_nothing(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1]).await;
    made(stage, &event.name).await;
    stage.clock_to("11-05 13:00");
    let request = RecordDayRequest {
        walk_ins: vec![apply("", "companies/c-2")],
        request_id: "r-1".to_owned(),
        ..day(&event.name)
    };
    let first = stage.counsellor().record_day(request.clone()).await.unwrap().into_inner();
    stage.restart().await;
    let again = stage.counsellor().record_day(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(stage.applications(&event.name).await.len(), 2);
}
