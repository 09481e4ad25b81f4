//! Consultation events: what applicants and experts are told, in whatever order it becomes known.

use contract::engagement::v1::CompanySnapshot;
use contract::matching::v1::*;
use contract::notices::v1::NoticeState;
use kit_log::{KeyStore as _, NewEvent};

use crate::stage::{COMPANY, EXPERT, Stage, of, told, until, wire};

on_both!(
    an_applicant_is_told_and_both_are_reminded,
    a_seat_is_told_and_told_again_when_it_is_another,
    a_cancelled_event_is_told_and_nothing_else_stands,
    whatever_becomes_known_first,
    of_what_was_told_in_confidence_the_name_alone_is_kept,
);

const OTHER: &str = "experts/e-2";

fn facts() -> ConsultationEventFacts {
    let expert = |name: &str| PresentExpert { expert: name.to_owned(), ..Default::default() };
    let round = |from: &str, to: &str| Round { start_time: wire(from), end_time: wire(to) };
    let plan = EventPlan {
        title: "秋の相談会".to_owned(),
        venue: "見本会館".to_owned(),
        start_time: wire("10-20 13:00"),
        end_time: wire("10-20 17:00"),
        rounds: vec![round("10-20 14:00", "10-20 14:20"), round("10-20 14:30", "10-20 14:50")],
        booths: vec!["A".to_owned()],
        experts: vec![expert(EXPERT), expert(OTHER)],
        ..Default::default()
    };
    ConsultationEventFacts {
        event_id: "v-1".to_owned(),
        programme: "2024".to_owned(),
        plan: Some(plan),
        state: ConsultationEventState::Open.into(),
        ..Default::default()
    }
}

fn event(facts: &ConsultationEventFacts) -> NewEvent {
    let body = ConsultationEventChanged { facts: Some(facts.clone()), changed: vec![] };
    NewEvent::new("consultation_event", "v-1", &body)
}

fn application(state: ApplicationState) -> NewEvent {
    let facts = ApplicationFacts {
        application_id: "a-1".to_owned(),
        event: "consultationEvents/v-1".to_owned(),
        company: Some(CompanySnapshot { company: COMPANY.to_owned(), ..Default::default() }),
        state: state.into(),
        ..Default::default()
    };
    let texts = ApplicationTexts { company_name: "見本製作所".to_owned(), question: "秘密の質問".to_owned() };
    let body = ApplicationChanged { facts: Some(facts), changed: vec![] };
    NewEvent::new("application", "a-1", &body).personal("c-1", &texts)
}

fn timetable(expert: &str, round: i32) -> NewEvent {
    let seat = Seat {
        application: "applications/a-1".to_owned(),
        company: COMPANY.to_owned(),
        expert: expert.to_owned(),
        round,
        booth: "A".to_owned(),
        ..Default::default()
    };
    let timetable = Timetable {
        event: "consultationEvents/v-1".to_owned(),
        revision: round,
        seats: vec![seat],
        ..Default::default()
    };
    NewEvent::new("timetable", "v-1", &TimetableChanged { timetable: Some(timetable), over: false })
}

const RECEIVED: (&str, &str, i32) = ("application_received", COMPANY, 0);
const SEATS: [(&str, &str, i32); 2] = [("seat_company", COMPANY, 0), ("seat_expert", EXPERT, 0)];

async fn an_applicant_is_told_and_both_are_reminded(stage: &Stage) {
    stage.matching_tells(event(&facts())).await;
    stage.matching_tells(application(ApplicationState::Applied)).await;
    let all = stage.raised(&[RECEIVED]).await;
    let notice = &all[0];
    assert_eq!(notice.facts.clone().unwrap().subject, "applications/a-1");
    assert!(notice.text.clone().unwrap().ja.contains("2024年10月20日 13:00"), "{notice:?}");
    let three_days = ["companies/c-1", EXPERT, OTHER].map(|who| ("event_reminder", who, 0));
    stage.clock_to("10-17 09:00");
    stage.raised(&[&[RECEIVED][..], &three_days].concat()).await;
    let one_day = three_days.map(|(template, who, _)| (template, who, 1));
    stage.clock_to("10-19 09:00");
    stage.raised(&[&[RECEIVED][..], &three_days, &one_day].concat()).await;
    stage.clock_to("10-20 13:00");
    until("all to be over", async || {
        let all = stage.all().await;
        all.iter().all(|one| one.facts.as_ref().unwrap().state() == NoticeState::Expired).then_some(())
    })
    .await;
}

async fn a_seat_is_told_and_told_again_when_it_is_another(stage: &Stage) {
    stage.matching_tells(event(&facts())).await;
    stage.matching_tells(application(ApplicationState::Applied)).await;
    stage.matching_tells(timetable(EXPERT, 1)).await;
    let all = stage.raised(&[RECEIVED, SEATS[0], SEATS[1]]).await;
    let to_expert = all.iter().find(|one| one.facts.as_ref().unwrap().recipient == EXPERT).unwrap();
    let text = to_expert.text.clone().unwrap().ja;
    assert!(text.contains("見本製作所") && text.contains("14:00") && text.contains("ブース A"), "{text}");
    // The same timetable again, and an event in which only a count changed, are no news.
    stage.matching_tells(timetable(EXPERT, 1)).await;
    stage.matching_tells(event(&ConsultationEventFacts { applied: 7, timetable_revision: 2, ..facts() })).await;
    assert_eq!(told(&stage.all().await).len(), 3);
    stage.matching_tells(timetable(OTHER, 2)).await;
    let wanted = [RECEIVED, SEATS[0], SEATS[0], SEATS[1], ("seat_expert", OTHER, 0)];
    let all = stage.raised(&wanted).await;
    let open: Vec<_> = all
        .iter()
        .filter(|one| one.facts.as_ref().unwrap().template.starts_with("seat"))
        .filter(|one| one.facts.as_ref().unwrap().state() == NoticeState::Pending)
        .map(|one| (one.facts.clone().unwrap().recipient, one.text.clone().unwrap().ja.contains("14:30")))
        .collect();
    assert_eq!(open, [(COMPANY.to_owned(), true), (OTHER.to_owned(), true)], "the old ones are withdrawn");
    // Who calls off is told nothing more.
    stage.matching_tells(application(ApplicationState::CalledOff)).await;
    let all = stage.all().await;
    assert!(all.iter().all(|one| one.facts.as_ref().unwrap().state() == NoticeState::Withdrawn), "{all:?}");
}

async fn a_cancelled_event_is_told_and_nothing_else_stands(stage: &Stage) {
    stage.matching_tells(event(&facts())).await;
    stage.matching_tells(application(ApplicationState::Applied)).await;
    stage.matching_tells(timetable(EXPERT, 1)).await;
    let cancelled = ConsultationEventFacts { state: ConsultationEventState::Cancelled.into(), ..facts() };
    stage.matching_tells(event(&cancelled)).await;
    let told = ["companies/c-1", EXPERT, OTHER].map(|who| ("event_cancelled", who, 0));
    let all = stage.raised(&[&[RECEIVED, SEATS[0], SEATS[1]][..], &told].concat()).await;
    let open = all.iter().filter(|one| one.facts.as_ref().unwrap().state() == NoticeState::Pending);
    assert!(open.clone().all(|one| one.subject.clone().unwrap().ja.contains("中止")) && open.count() == 3);
    stage.clock_to("10-19 09:00");
    stage.matching_tells(event(&cancelled)).await;
    assert_eq!(of(&stage.all().await, "event_reminder"), [], "nobody is reminded of it");
}

async fn whatever_becomes_known_first(stage: &Stage) {
    stage.matching_tells(timetable(EXPERT, 1)).await;
    stage.matching_tells(application(ApplicationState::Applied)).await;
    assert_eq!(told(&stage.all().await), [], "nobody knows yet when and where");
    stage.matching_tells(event(&facts())).await;
    let all = stage.raised(&[RECEIVED, SEATS[0], SEATS[1]]).await;
    let seat = all.iter().find(|one| one.facts.as_ref().unwrap().template == "seat_expert").unwrap();
    assert!(seat.text.clone().unwrap().ja.contains("見本製作所"), "the name was kept");
    stage.stop().await;
    stage.matching.renew_epoch("another-life").await.unwrap();
    stage.start(stage.config.clone()).await;
    stage.matching_tells(event(&facts())).await;
    assert_eq!(told(&stage.all().await).len(), 3);
    assert_eq!(stage.times("seat_expert", "raised").await, 1);
    // An expert who fell ill is reminded of nothing.
    let mut ill = facts();
    ill.plan.as_mut().unwrap().experts[1].absent = true;
    stage.matching_tells(event(&ill)).await;
    stage.clock_to("10-17 09:00");
    let reminded = [COMPANY, EXPERT].map(|who| ("event_reminder", who, 0));
    stage.raised(&[&[RECEIVED, SEATS[0], SEATS[1]][..], &reminded].concat()).await;
}

async fn of_what_was_told_in_confidence_the_name_alone_is_kept(stage: &Stage) {
    stage.matching_tells(event(&facts())).await;
    stage.matching_tells(application(ApplicationState::Applied)).await;
    stage.matching_tells(timetable(EXPERT, 1)).await;
    let name = ("company_name".to_owned(), "見本製作所".to_owned());
    assert_eq!(stage.words().await.into_iter().collect::<Vec<_>>(), [name]);
    stage.keys.destroy("c-1").await.unwrap();
    stage.matching_tells(timetable(OTHER, 2)).await;
    let all = stage.raised(&[RECEIVED, SEATS[0], SEATS[0], SEATS[1], ("seat_expert", OTHER, 0)]).await;
    assert!(all.iter().all(|one| !one.text.clone().unwrap().ja.contains("見本製作所")));
}
