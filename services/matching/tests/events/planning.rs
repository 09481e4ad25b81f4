//! Events entered, changed, cancelled, looked at; and what time makes of them.

use contract::matching::v1::*;
use kit_serve::Role;
use prost_types::FieldMask;
use tonic::Code;

use crate::stage::{
    BODY, FIRST, OTHER_BODY, SECOND, Stage, apply, create, faults, faults_of, plan_on, present, reason_of, until, wire,
};

on_both!(
    an_event_is_entered_told_and_found,
    every_fault_of_a_plan_is_named_at_once,
    experts_are_listed_and_nowhere_else,
    fields_are_changed_one_by_one,
    what_ended_does_not_change,
    time_closes_and_ends_an_event,
    lists_come_in_pages_and_to_whom_they_belong,
    a_repeat_does_nothing_and_a_stale_etag_is_refused,
);

pub(crate) fn update(event: &ConsultationEvent, plan: EventPlan, paths: &[&str]) -> UpdateConsultationEventRequest {
    UpdateConsultationEventRequest {
        name: event.name.clone(),
        plan: Some(plan),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..Default::default()
    }
}

async fn an_event_is_entered_told_and_found(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let facts = event.facts.clone().unwrap();
    assert_eq!((facts.programme.as_str(), facts.body.as_str()), ("2024", BODY));
    assert_eq!(facts.region.as_ref().unwrap().code, "27");
    assert_eq!((facts.state(), facts.applied, facts.timetable_revision), (ConsultationEventState::Open, 0, 0));
    assert_eq!(facts.plan.clone().unwrap(), plan_on("11-05"));
    let told: Vec<ConsultationEventChanged> = stage.told("consultation_event").await;
    assert_eq!(told, [ConsultationEventChanged { facts: Some(facts), changed: vec!["entered".to_owned()] }]);
    let asked = GetConsultationEventRequest { name: event.name.clone() };
    for mut caller in [stage.operator(), stage.counsellor(), stage.expert(FIRST)] {
        let found = caller.get_consultation_event(asked.clone()).await.unwrap().into_inner().event.unwrap();
        assert_eq!(found, event);
    }
    for mut caller in [stage.elsewhere(), stage.expert("experts/e-3")] {
        let refused = caller.get_consultation_event(asked.clone()).await.unwrap_err();
        assert_eq!((refused.code(), reason_of(&refused)), (Code::PermissionDenied, "NOT_OWN".to_owned()));
    }
    let none = GetConsultationEventRequest { name: "consultationEvents/x".to_owned() };
    let none = stage.operator().get_consultation_event(none).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "EVENT_NOT_FOUND".to_owned()));
    assert_eq!(stage.others.counted(), 0, "nobody was shown a sheet");
}

async fn every_fault_of_a_plan_is_named_at_once(stage: &Stage) {
    let good = plan_on("11-05");
    let with = |rounds: Vec<Round>| EventPlan { rounds, ..good.clone() };
    let round = |from: &str, to: &str| Round { start_time: wire(from), end_time: wire(to) };
    let expert = |expert: &str, rounds: &[i32], min: Option<i32>, max: Option<i32>| PresentExpert {
        rounds: rounds.to_vec(),
        min_companies: min,
        max_companies: max,
        ..present(expert)
    };
    let refused = async |plan: EventPlan| {
        faults_of(&stage.counsellor().create_consultation_event(create(plan)).await.unwrap_err())
    };
    let nothing = CreateConsultationEventRequest { programme: "1999".to_owned(), ..Default::default() };
    assert_eq!(
        faults_of(&stage.counsellor().create_consultation_event(nothing).await.unwrap_err()),
        faults(&[
            ("programme", "UNKNOWN_CODE"),
            ("region", "REQUIRED"),
            ("plan.title", "REQUIRED"),
            ("plan.venue", "REQUIRED"),
            ("plan.start_time", "REQUIRED"),
            ("plan.end_time", "REQUIRED"),
            ("plan.rounds", "REQUIRED"),
            ("plan.booths", "REQUIRED"),
            ("plan.experts", "REQUIRED"),
        ])
    );
    let odd = EventPlan {
        title: "題".repeat(101),
        venue: "場\u{202E}所".to_owned(),
        lecture: String::new(),
        booths: vec!["A".to_owned(), " A ".to_owned(), String::new(), "長".repeat(21)],
        experts: vec![
            expert(FIRST, &[1, 1, 4], Some(3), Some(2)),
            expert(FIRST, &[], Some(-1), None),
            expert("expert", &[], None, Some(4)),
            PresentExpert { lectures: true, absent: true, ..present(SECOND) },
        ],
        capacity: -1,
        apply_until_time: wire("11-05 13:31"),
        ..good.clone()
    };
    assert_eq!(
        refused(odd).await,
        faults(&[
            ("plan.title", "TOO_LONG"),
            ("plan.venue", "CONTROL_CHARACTER"),
            ("plan.booths[1]", "REPEATED"),
            ("plan.booths[2]", "REQUIRED"),
            ("plan.booths[3]", "TOO_LONG"),
            ("plan.experts[0].rounds[1]", "REPEATED"),
            ("plan.experts[0].rounds[2]", "OUT_OF_RANGE"),
            ("plan.experts[0].min_companies", "MIN_ABOVE_MAX"),
            ("plan.experts[1].min_companies", "OUT_OF_RANGE"),
            ("plan.experts[1].expert", "REPEATED"),
            ("plan.experts[2].expert", "BAD_NAME"),
            ("plan.experts[2].max_companies", "OUT_OF_RANGE"),
            ("plan.experts[3].lectures", "NOT_HERE"),
            ("plan.experts[3].absent", "NOT_HERE"),
            ("plan.capacity", "OUT_OF_RANGE"),
            ("plan.apply_until_time", "AFTER_START"),
        ])
    );
    let rounds = vec![
        round("11-05 13:00", "11-05 14:00"),
        round("11-05 13:50", "11-05 14:10"),
        round("11-05 14:20", "11-05 14:20"),
        round("11-05 16:20", "11-05 16:40"),
        Round { start_time: None, end_time: wire("11-05 16:50") },
        round("11-05 23:50", "11-06 00:10"),
    ];
    assert_eq!(
        refused(with(rounds)).await,
        faults(&[
            ("plan.rounds[0].start_time", "OUTSIDE_EVENT"),
            ("plan.rounds[1].start_time", "ROUNDS_OVERLAP"),
            ("plan.rounds[2].end_time", "ENDS_BEFORE_START"),
            ("plan.rounds[3].end_time", "OUTSIDE_EVENT"),
            ("plan.rounds[4].start_time", "REQUIRED"),
            ("plan.rounds[5].start_time", "OUTSIDE_EVENT"),
            ("plan.rounds[5].end_time", "OTHER_DAY"),
        ])
    );
    let times = |start: &str, end: &str| EventPlan { start_time: wire(start), end_time: wire(end), ..good.clone() };
    let of = |faults: Vec<(String, String)>, field: &str| {
        faults.into_iter().find(|fault| fault.0 == field).map(|fault| fault.1).unwrap_or_default()
    };
    assert_eq!(of(refused(times("11-05 13:30", "11-05 13:30")).await, "plan.end_time"), "ENDS_BEFORE_START");
    assert_eq!(of(refused(times("11-05 13:30", "11-06 13:31")).await, "plan.end_time"), "TOO_LONG_AN_EVENT");
    assert_eq!(of(refused(plan_on("09-30")).await, "plan.end_time"), "IN_THE_PAST");
    let late = EventPlan { apply_until_time: wire("10-01 09:00"), ..good.clone() };
    assert_eq!(refused(late).await, faults(&[("plan.apply_until_time", "IN_THE_PAST")]));
    let many = EventPlan { booths: (0..51).map(|number| number.to_string()).collect(), capacity: 10_001, ..good };
    assert_eq!(refused(many).await, faults(&[("plan.booths", "TOO_MANY"), ("plan.capacity", "OUT_OF_RANGE")]));
    assert!(stage.events().await.is_empty());
}

async fn experts_are_listed_and_nowhere_else(stage: &Stage) {
    stage.others.unlist(SECOND);
    let unknown = EventPlan { title: String::new(), ..plan_on("11-05") };
    let refused = stage.counsellor().create_consultation_event(create(unknown)).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("plan.title", "REQUIRED"), ("plan.experts[1].expert", "NOT_LISTED")]));
    stage.others.search_away(true);
    let away = stage.counsellor().create_consultation_event(create(plan_on("11-05"))).await.unwrap_err();
    assert_eq!((away.code(), reason_of(&away)), (Code::Unavailable, "SEARCH_AWAY".to_owned()));
    stage.others.search_away(false);
    stage.others.expert(SECOND, "例野 二", &["T4"], &["M5"]);

    let first = stage.held(plan_on("11-05")).await;
    let same_time = stage.operator().create_consultation_event(create(plan_on("11-05"))).await.unwrap_err();
    assert_eq!(
        faults_of(&same_time),
        faults(&[("plan.experts[0].expert", "EXPERT_ELSEWHERE"), ("plan.experts[1].expert", "EXPERT_ELSEWHERE")])
    );
    assert!(format!("{same_time:?}").contains(&first.name), "the other event is named");
    let morning = EventPlan {
        start_time: wire("11-05 09:00"),
        end_time: wire("11-05 13:30"),
        rounds: vec![Round { start_time: wire("11-05 10:00"), end_time: wire("11-05 10:20") }],
        ..plan_on("11-05")
    };
    let other = stage.held(morning.clone()).await;
    let longer = EventPlan { end_time: wire("11-05 13:31"), ..morning };
    let refused = stage.counsellor().update_consultation_event(update(&other, longer, &["end_time"])).await;
    assert_eq!(faults_of(&refused.unwrap_err()).len(), 2, "an event that grows into another one's time");
    let cancel = CancelConsultationEventRequest { name: first.name, ..Default::default() };
    stage.counsellor().cancel_consultation_event(cancel).await.unwrap();
    stage.held(plan_on("11-05")).await;
}

async fn fields_are_changed_one_by_one(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let other = EventPlan { title: "新しい題".to_owned(), venue: "別の会場".to_owned(), ..Default::default() };
    let request = update(&event, other.clone(), &["title"]);
    let changed = stage.counsellor().update_consultation_event(request).await.unwrap().into_inner().event.unwrap();
    let plan = changed.facts.clone().unwrap().plan.unwrap();
    assert_eq!(plan, EventPlan { title: "新しい題".to_owned(), ..plan_on("11-05") });
    assert_ne!(changed.etag, event.etag);
    let told: Vec<ConsultationEventChanged> = stage.told("consultation_event").await;
    assert_eq!(told.last().unwrap().changed, ["plan"]);
    stage.counsellor().update_consultation_event(update(&event, other.clone(), &["plan.title"])).await.unwrap();
    assert_eq!(stage.events().await.len(), 2, "the same again tells nothing");
    let odd = update(&event, other.clone(), &["rounds", "state", "booths"]);
    assert_eq!(
        faults_of(&stage.counsellor().update_consultation_event(odd).await.unwrap_err()),
        faults(&[("update_mask.paths[1]", "UNKNOWN_PATH"), ("plan.rounds", "REQUIRED"), ("plan.booths", "REQUIRED"),])
    );
    let none = stage.counsellor().update_consultation_event(update(&event, other.clone(), &[])).await.unwrap_err();
    assert_eq!(faults_of(&none), faults(&[("update_mask", "REQUIRED")]));
    let foreign = stage.elsewhere().update_consultation_event(update(&event, other, &["title"])).await.unwrap_err();
    assert_eq!(reason_of(&foreign), "NOT_OWN");

    // Room for one: full with the first application, open again with more room.
    let room = |capacity: i32| update(&event, EventPlan { capacity, ..Default::default() }, &["capacity"]);
    stage.counsellor().update_consultation_event(room(1)).await.unwrap();
    stage.applied(&event.name, "companies/c-1").await;
    assert_eq!(stage.event(&event.name).await.state(), ConsultationEventState::Closed);
    stage.counsellor().update_consultation_event(room(2)).await.unwrap();
    assert_eq!(stage.event(&event.name).await.state(), ConsultationEventState::Open);
    let told: Vec<ConsultationEventChanged> = stage.told("consultation_event").await;
    assert_eq!(told.last().unwrap().changed, ["plan", "state"]);
}

async fn what_ended_does_not_change(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let cancel = || CancelConsultationEventRequest {
        name: event.name.clone(),
        reason: "会場の都合".to_owned(),
        ..Default::default()
    };
    assert_eq!(reason_of(&stage.elsewhere().cancel_consultation_event(cancel()).await.unwrap_err()), "NOT_OWN");
    let answer = stage.counsellor().cancel_consultation_event(cancel()).await.unwrap().into_inner();
    assert_eq!(answer.event.unwrap().facts.unwrap().state(), ConsultationEventState::Cancelled);
    let again = stage.counsellor().cancel_consultation_event(cancel()).await.unwrap_err();
    assert_eq!((again.code(), reason_of(&again)), (Code::FailedPrecondition, "ILLEGAL_TRANSITION".to_owned()));
    let title = update(&event, EventPlan { title: "x".to_owned(), ..Default::default() }, &["title"]);
    assert_eq!(
        reason_of(&stage.counsellor().update_consultation_event(title).await.unwrap_err()),
        "ILLEGAL_TRANSITION"
    );
    let late = stage.counsellor().apply(apply(&event.name, "companies/c-1")).await.unwrap_err();
    assert_eq!(reason_of(&late), "APPLICATIONS_CLOSED");
    assert_eq!(stage.leaks(&["会場の都合"]).await, Vec::<String>::new());
}

async fn time_closes_and_ends_an_event(stage: &Stage) {
    let plan = EventPlan { apply_until_time: wire("11-01 17:00"), ..plan_on("11-05") };
    let event = stage.held(plan).await;
    let becomes = async |state: ConsultationEventState| {
        until("the event to go on", async || (stage.event(&event.name).await.state() == state).then_some(())).await;
    };
    stage.clock_to("11-01 17:00");
    let late = stage.counsellor().apply(apply(&event.name, "companies/c-1")).await.unwrap_err();
    assert_eq!(reason_of(&late), "APPLICATIONS_CLOSED", "whether or not anybody has looked at the clock");
    becomes(ConsultationEventState::Closed).await;
    stage.restart().await;
    stage.clock_to("11-05 16:30");
    becomes(ConsultationEventState::Over).await;
    let told: Vec<ConsultationEventChanged> = stage.told("consultation_event").await;
    let seen: Vec<_> = told.iter().map(|told| (told.facts.as_ref().unwrap().state(), told.changed.clone())).collect();
    let state = || vec!["state".to_owned()];
    assert_eq!(
        seen,
        [
            (ConsultationEventState::Open, vec!["entered".to_owned()]),
            (ConsultationEventState::Closed, state()),
            (ConsultationEventState::Over, state()),
        ]
    );
    let cancel = CancelConsultationEventRequest { name: event.name.clone(), ..Default::default() };
    let refused = stage.counsellor().cancel_consultation_event(cancel).await.unwrap_err();
    assert_eq!(refused.message(), "no step from over to cancelled");
}

async fn lists_come_in_pages_and_to_whom_they_belong(stage: &Stage) {
    let mut names = Vec::new();
    for day in ["11-05", "11-06", "11-07", "11-08", "11-09"] {
        names.insert(0, stage.held(plan_on(day)).await.name);
    }
    let elsewhere = CreateConsultationEventRequest { body: OTHER_BODY.to_owned(), ..create(plan_on("11-10")) };
    let other = stage.operator().create_consultation_event(elsewhere).await.unwrap().into_inner().event.unwrap();
    let list = async |role: Role, owns: &[&str], body: &str, size: i32| {
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let request = ListConsultationEventsRequest {
                programme: "2024".to_owned(),
                body: body.to_owned(),
                page_size: size,
                page_token: token,
                ..Default::default()
            };
            let mut client = stage.by("somebody", role, owns);
            let page = client.list_consultation_events(request).await.unwrap().into_inner();
            assert!(page.events.len() <= usize::try_from(size).unwrap());
            found.extend(page.events.into_iter().map(|event| event.name));
            token = page.next_page_token;
            if token.is_empty() {
                return found;
            }
        }
    };
    assert_eq!(list(Role::Counsellor, &[BODY], "", 2).await, names);
    assert_eq!(list(Role::Counsellor, &[OTHER_BODY], "", 2).await, std::slice::from_ref(&other.name));
    let all: Vec<String> = [vec![other.name.clone()], names.clone()].concat();
    assert_eq!(list(Role::Operator, &[], "", 4).await, all);
    assert_eq!(list(Role::Counsellor, &[BODY, OTHER_BODY], "", 4).await, all);
    assert_eq!(list(Role::Operator, &[], BODY, 200).await, names);
    let foreign = ListConsultationEventsRequest { body: OTHER_BODY.to_owned(), ..Default::default() };
    assert_eq!(reason_of(&stage.counsellor().list_consultation_events(foreign).await.unwrap_err()), "NOT_OWN");
    let odd = ListConsultationEventsRequest {
        body: "x".to_owned(),
        state: 9,
        page_size: 201,
        page_token: "x".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        faults_of(&stage.operator().list_consultation_events(odd).await.unwrap_err()),
        faults(&[
            ("body", "BAD_NAME"),
            ("state", "UNKNOWN_CODE"),
            ("page_size", "OUT_OF_RANGE"),
            ("page_token", "BAD_PAGE_TOKEN"),
        ])
    );
}

async fn a_repeat_does_nothing_and_a_stale_etag_is_refused(stage: &Stage) {
    let request = CreateConsultationEventRequest { request_id: "r-1".to_owned(), ..create(plan_on("11-05")) };
    let first = stage.counsellor().create_consultation_event(request.clone()).await.unwrap().into_inner();
    let event = first.event.clone().unwrap();
    let cancel =
        CancelConsultationEventRequest { name: event.name.clone(), etag: "0".to_owned(), ..Default::default() };
    let stale = stage.counsellor().cancel_consultation_event(cancel.clone()).await.unwrap_err();
    assert_eq!((stale.code(), reason_of(&stale)), (Code::Aborted, "STALE_ETAG".to_owned()));
    let cancel = CancelConsultationEventRequest { etag: event.etag, request_id: "r-2".to_owned(), ..cancel };
    let done = stage.counsellor().cancel_consultation_event(cancel.clone()).await.unwrap().into_inner();
    let again = stage.counsellor().cancel_consultation_event(cancel).await.unwrap().into_inner();
    assert_eq!(again, done);
    let events = stage.events().await.len();
    let again = stage.counsellor().create_consultation_event(request.clone()).await.unwrap().into_inner();
    assert_eq!((again.event.unwrap().name, again.token), (event.name, first.token));
    let reused = CreateConsultationEventRequest { region: "愛知".to_owned(), ..request };
    assert!(stage.counsellor().create_consultation_event(reused).await.is_err());
    assert_eq!(stage.events().await.len(), events);
}
