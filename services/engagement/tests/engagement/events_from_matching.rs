//! Consultation events of matching: gatherings here, with participations, consultations to be reported and attendances, once each.

use contract::engagement::v1::*;
use contract::matching::v1::{
    ApplicationChanged, ApplicationFacts, ApplicationState, ApplicationTexts, ConsultationEventChanged,
    ConsultationEventFacts, ConsultationEventState, EventPlan, PresentExpert, Round, Seat, Timetable, TimetableChanged,
};
use kit_log::{KeyStore as _, NewEvent};

use crate::stage::{BODY, EXPERT, Stage, company, wire};

on_both!(
    an_event_is_a_gathering,
    applications_are_participations,
    a_company_that_turns_out_to_be_another_keeps_its_place,
    held_seats_become_consultations_and_attendances,
    whatever_comes_first_or_again_the_same_comes_out,
    an_erased_company_leaves_no_words,
    an_event_of_an_unknown_programme_waits_aside,
);

const OTHER: &str = "experts/e-2";

fn facts() -> ConsultationEventFacts {
    let expert = |name: &str, lectures| PresentExpert { expert: name.to_owned(), lectures, ..Default::default() };
    let round = |from: &str, to: &str| Round { start_time: wire(from), end_time: wire(to) };
    let plan = EventPlan {
        title: "中小企業向け相談会".to_owned(),
        venue: "見本会館".to_owned(),
        start_time: wire("10-05 13:00"),
        end_time: wire("10-05 17:00"),
        rounds: vec![round("10-05 14:00", "10-05 14:20"), round("10-05 14:30", "10-05 14:50")],
        booths: vec!["A".to_owned(), "B".to_owned()],
        experts: vec![expert(EXPERT, true), expert(OTHER, false)],
        capacity: 30,
        ..Default::default()
    };
    ConsultationEventFacts {
        event_id: "v-1".to_owned(),
        programme: "2024".to_owned(),
        region: Some(Region { code: "27".into(), prefecture: "27".into(), ja: "大阪府".into(), en: "Osaka".into() }),
        body: BODY.to_owned(),
        plan: Some(plan),
        state: ConsultationEventState::Open.into(),
        ..Default::default()
    }
}

fn event(facts: ConsultationEventFacts) -> NewEvent {
    let id = facts.event_id.clone();
    NewEvent::new("consultation_event", &id, &ConsultationEventChanged { facts: Some(facts), changed: vec![] })
}

fn application(n: usize, state: ApplicationState) -> ApplicationFacts {
    ApplicationFacts {
        application_id: format!("a-{n}"),
        event: "consultationEvents/v-1".to_owned(),
        programme: "2024".to_owned(),
        company: company(&format!("companies/c-{n}")),
        people: 2,
        consultation: true,
        needs: vec!["rules".to_owned()],
        state: state.into(),
        apply_time: wire("09-20 10:00"),
        ..Default::default()
    }
}

fn applied(facts: ApplicationFacts) -> NewEvent {
    let (id, key) = (facts.application_id.clone(), facts.company.clone().unwrap().company);
    let texts = ApplicationTexts { company_name: format!("見本{id}"), question: format!("{id} の質問") };
    let body = ApplicationChanged { facts: Some(facts), changed: vec![] };
    NewEvent::new("application", &id, &body).personal(key.strip_prefix("companies/").unwrap(), &texts)
}

/// Companies 1 and 2 sit with one expert in turn, company 3 with the other.
fn timetable(over: bool) -> NewEvent {
    let seat = |n: usize, expert: &str, round: i32| Seat {
        application: format!("applications/a-{n}"),
        company: format!("companies/c-{n}"),
        expert: expert.to_owned(),
        round,
        booth: "A".to_owned(),
        ..Default::default()
    };
    let timetable = Timetable {
        event: "consultationEvents/v-1".to_owned(),
        revision: 1,
        seats: vec![seat(1, EXPERT, 1), seat(2, EXPERT, 2), seat(3, OTHER, 1)],
        ..Default::default()
    };
    NewEvent::new("timetable", "v-1", &TimetableChanged { timetable: Some(timetable), over })
}

async fn tell(stage: &Stage, events: Vec<NewEvent>) {
    stage.tell(events).await;
    stage.has_read().await;
    assert_eq!(stage.parked().await, []);
}

async fn gathering(stage: &Stage) -> GatheringFacts {
    let request = GetGatheringRequest { name: "gatherings/v-1".to_owned() };
    stage.gatherings().get_gathering(request).await.unwrap().into_inner().gathering.unwrap().facts.unwrap()
}

/// Id, company's name, state, people, walk-in of each participation, by id.
async fn parts(stage: &Stage) -> Vec<(String, String, ParticipationState, i32, bool)> {
    let request = ListParticipationsRequest { gathering: "gatherings/v-1".to_owned(), ..Default::default() };
    let parts = stage.gatherings().list_participations(request).await.unwrap().into_inner().participations;
    let shown = |part: Participation| {
        let facts = part.facts.unwrap();
        let state = facts.state();
        (facts.participation_id, part.company_name, state, facts.people, facts.walk_in)
    };
    let mut parts: Vec<_> = parts.into_iter().map(shown).collect();
    parts.sort();
    parts
}

async fn consultations(stage: &Stage) -> Vec<Consultation> {
    let request = ListConsultationsRequest { event: "gatherings/v-1".to_owned(), ..Default::default() };
    let mut met = stage.operator().list_consultations(request).await.unwrap().into_inner().consultations;
    met.sort_by(|one, other| one.name.cmp(&other.name));
    met
}

/// Event, expert and kind of each attendance told, in order of expert and kind.
async fn attendances(stage: &Stage) -> Vec<(String, String, ClaimKind)> {
    use prost::Message as _;
    let told = stage.events().await.into_iter().filter(|event| event.aggregate_type == "attendance");
    let mut told: Vec<_> = told
        .map(|event| AttendanceRecorded::decode(event.clear).unwrap())
        .map(|body| (body.event.clone(), body.expert.clone(), body.kind()))
        .collect();
    told.sort();
    told
}

async fn an_event_is_a_gathering(stage: &Stage) {
    tell(stage, vec![event(facts())]).await;
    let held = gathering(stage).await;
    assert_eq!(
        (held.kind(), held.title.as_str(), held.body.as_str(), held.capacity, held.cancelled),
        (GatheringKind::ConsultationEvent, "中小企業向け相談会", BODY, 30, false)
    );
    assert_eq!(
        (held.start_time, held.end_time, held.region),
        (wire("10-05 13:00"), wire("10-05 17:00"), facts().region)
    );
    let mut moved = facts();
    let plan = moved.plan.as_mut().unwrap();
    (plan.title, plan.start_time) = ("移した相談会".to_owned(), wire("10-05 12:00"));
    tell(stage, vec![event(moved.clone())]).await;
    let changed = gathering(stage).await;
    assert_eq!((changed.title.as_str(), changed.start_time), ("移した相談会", wire("10-05 12:00")));
    let cancelled = ConsultationEventFacts { state: ConsultationEventState::Cancelled.into(), ..moved };
    tell(stage, vec![event(cancelled.clone()), event(cancelled)]).await;
    assert!(gathering(stage).await.cancelled);
    let told = stage.events().await.into_iter().filter(|event| event.aggregate_type == "gathering").count();
    assert_eq!(told, 3, "entered, moved, cancelled");
}

async fn applications_are_participations(stage: &Stage) {
    use ApplicationState::{Absent, Applied, CalledOff, Came};
    use ParticipationState as Part;
    tell(stage, vec![event(facts())]).await;
    tell(stage, (1..=4).map(|n| applied(application(n, Applied))).collect()).await;
    let shown = |n: usize, state, people, walk_in| (format!("a-{n}"), format!("見本a-{n}"), state, people, walk_in);
    let all = (1..=4).map(|n| shown(n, Part::Applied, 0, false)).collect::<Vec<_>>();
    assert_eq!(parts(stage).await, all, "how many are to come is not how many came");
    // One applies again after it called off, which nobody may by hand; one stands at the door.
    tell(stage, vec![applied(application(2, CalledOff)), applied(application(4, CalledOff))]).await;
    tell(stage, vec![applied(application(4, Applied))]).await;
    let walk_in = ApplicationFacts { walk_in: true, people: 1, ..application(5, Came) };
    tell(stage, vec![applied(application(1, Came)), applied(application(3, Absent)), applied(walk_in)]).await;
    let day = [
        shown(1, Part::Attended, 2, false),
        shown(2, Part::CalledOff, 0, false),
        shown(3, Part::Absent, 0, false),
        shown(4, Part::Applied, 0, false),
        shown(5, Part::Attended, 1, true),
    ];
    assert_eq!(parts(stage).await, day);
}

async fn a_company_that_turns_out_to_be_another_keeps_its_place(stage: &Stage) {
    tell(stage, vec![event(facts()), applied(application(1, ApplicationState::Applied))]).await;
    let merged = ApplicationFacts { company: company("companies/c-9"), ..application(1, ApplicationState::Applied) };
    tell(stage, vec![applied(merged)]).await;
    let request = ListParticipationsRequest { gathering: "gatherings/v-1".to_owned(), ..Default::default() };
    let found = stage.gatherings().list_participations(request).await.unwrap().into_inner().participations;
    let shown: Vec<_> = found
        .into_iter()
        .map(|part| (part.name, part.facts.unwrap().company.unwrap().company, part.company_name))
        .collect();
    assert_eq!(shown, [("participations/a-1".to_owned(), "companies/c-9".to_owned(), "見本a-1".to_owned())]);
}

async fn held_seats_become_consultations_and_attendances(stage: &Stage) {
    use ApplicationState::{Absent, Came};
    let came = [applied(application(1, Came)), applied(application(2, Absent)), applied(application(3, Came))];
    tell(stage, std::iter::once(event(facts())).chain(came).chain([timetable(false)]).collect()).await;
    assert_eq!((consultations(stage).await.len(), attendances(stage).await), (0, vec![]), "it is not over yet");
    tell(stage, vec![timetable(true)]).await;
    let met = consultations(stage).await;
    let shown = |met: &Consultation| {
        let (facts, texts) = (met.facts.clone().unwrap(), met.texts.clone().unwrap());
        assert_eq!((facts.state(), facts.body.as_str()), (ConsultationState::Declared, BODY));
        assert_eq!(facts.declared_needs, ["rules"]);
        (met.name.clone(), facts.expert, facts.start_time, texts.company_name, texts.question)
    };
    let one = |n: usize, expert: &str, from: &str| {
        (format!("consultations/a-{n}"), expert.to_owned(), wire(from), format!("見本a-{n}"), format!("a-{n} の質問"))
    };
    let wanted = [one(1, EXPERT, "10-05 14:00"), one(3, OTHER, "10-05 14:00")];
    assert_eq!(met.iter().map(shown).collect::<Vec<_>>(), wanted);
    let was_there = |expert: &str, kind| ("gatherings/v-1".to_owned(), expert.to_owned(), kind);
    let wanted = [
        was_there(EXPERT, ClaimKind::ConsultationEvent),
        was_there(EXPERT, ClaimKind::Lecture),
        was_there(OTHER, ClaimKind::ConsultationEvent),
    ];
    assert_eq!(attendances(stage).await, wanted);
    let history = stage.history("consultations/a-1").await;
    assert_eq!(history.iter().map(|step| step.actor.as_str()).collect::<Vec<_>>(), ["service:matching"]);
    // The expert reports it as any other, and it is said late that one came after all.
    let report = ReportConsultationRequest {
        name: "consultations/a-1".to_owned(),
        diagnosed_needs: vec!["rules".to_owned()],
        advice: "方針から".to_owned(),
        goes_on: true,
        ..Default::default()
    };
    stage.expert().report_consultation(report).await.unwrap();
    tell(stage, vec![applied(application(2, Came)), timetable(true)]).await;
    let states: Vec<_> = consultations(stage).await.iter().map(|met| met.facts.as_ref().unwrap().state()).collect();
    use ConsultationState::{Declared, GoingOn};
    assert_eq!(states, [GoingOn, Declared, Declared], "a report is not undone by hearing of the day again");
}

async fn whatever_comes_first_or_again_the_same_comes_out(stage: &Stage) {
    use ApplicationState::{Applied, Came};
    let ill = |mut facts: ConsultationEventFacts| {
        facts.plan.as_mut().unwrap().experts[1].absent = true;
        facts
    };
    tell(stage, vec![timetable(true), applied(application(1, Came)), applied(application(3, Came))]).await;
    assert_eq!(consultations(stage).await, [], "nobody knows yet when and where that was");
    tell(stage, vec![event(ill(facts()))]).await;
    let (met, parts_then, there) = (consultations(stage).await, parts(stage).await, attendances(stage).await);
    assert_eq!(met.len(), 2);
    assert_eq!(parts_then.len(), 2);
    assert!(there.iter().all(|(_, expert, _)| expert == EXPERT), "who fell ill was not there: {there:?}");
    let count = stage.events().await.len();
    tell(stage, vec![applied(application(1, Came)), timetable(true), event(ill(facts()))]).await;
    stage.stop().await;
    stage.matching.renew_epoch("another-life").await.unwrap();
    stage.start().await;
    stage.has_read().await;
    assert_eq!(consultations(stage).await, met);
    assert_eq!((parts(stage).await, attendances(stage).await), (parts_then, there));
    assert_eq!(stage.events().await.len(), count, "and nothing is told again");
    tell(stage, vec![applied(application(3, Applied))]).await;
    assert_eq!(consultations(stage).await, met);
}

async fn an_erased_company_leaves_no_words(stage: &Stage) {
    tell(stage, vec![applied(application(1, ApplicationState::Came))]).await;
    stage.keys.destroy("c-1").await.unwrap();
    tell(stage, vec![event(facts()), timetable(true)]).await;
    assert_eq!(parts(stage).await[0].1, "");
    assert_eq!(consultations(stage).await[0].texts, Some(ConsultationTexts::default()));
}

async fn an_event_of_an_unknown_programme_waits_aside(stage: &Stage) {
    let strange = ConsultationEventFacts { programme: "2199".to_owned(), ..facts() };
    stage.tell(vec![event(strange), applied(application(1, ApplicationState::Applied))]).await;
    stage.has_read().await;
    let parked: Vec<_> = stage.parked().await.into_iter().map(|one| (one.aggregate, one.error)).collect();
    assert_eq!(parked, [("consultation_event/v-1".to_owned(), "UNKNOWN_PROGRAMME 2199".to_owned())]);
}
