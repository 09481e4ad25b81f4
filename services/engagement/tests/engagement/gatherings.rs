//! Gatherings: who applied, who came, who stayed away, and what belongs to them.

use contract::engagement::v1::*;
use kit_log::KeyStore as _;
use kit_serve::Role;
use prost::Message as _;
use tonic::Code;

use crate::stage::{BODY, Backend, COMPANY, EXPERT, Stage, choice, company, faults_of, reason_of, text, wire};

on_both!(
    a_day_with_applications_walk_ins_and_no_shows,
    what_cannot_be_is_refused,
    consultations_and_attendances_belong_to_a_gathering,
    participants_answer_their_survey,
    names_are_sealed_and_go_with_the_key,
    lists_come_in_pages_and_to_whom_they_belong,
);

fn gathering(title: &str) -> CreateGatheringRequest {
    CreateGatheringRequest {
        programme: "2024".to_owned(),
        kind: GatheringKind::ConsultationEvent.into(),
        region: "大阪".to_owned(),
        title: title.to_owned(),
        start_time: wire("10-05 13:00"),
        end_time: wire("10-05 17:00"),
        capacity: 2,
        ..Default::default()
    }
}

async fn held(stage: &Stage, title: &str) -> Gathering {
    stage.gatherings().create_gathering(gathering(title)).await.unwrap().into_inner().gathering.unwrap()
}

fn part(gathering: &Gathering, of: &str, state: ParticipationState, people: i32) -> RecordParticipationRequest {
    RecordParticipationRequest {
        gathering: gathering.name.clone(),
        company: company(of),
        company_name: "見本製作所".to_owned(),
        state: state.into(),
        people,
        ..Default::default()
    }
}

async fn record(stage: &Stage, request: RecordParticipationRequest) -> Participation {
    stage.gatherings().record_participation(request).await.unwrap().into_inner().participation.unwrap()
}

async fn a_day_with_applications_walk_ins_and_no_shows(stage: &Stage) {
    use ParticipationState::{Absent, Applied, Attended, CalledOff};
    let day = held(stage, "中小企業向け相談会").await;
    let facts = day.facts.clone().unwrap();
    assert_eq!(
        (facts.body.as_str(), facts.region.clone().unwrap().code, facts.kind()),
        (BODY, "27".to_owned(), GatheringKind::ConsultationEvent)
    );
    let one = record(stage, part(&day, "companies/c-1", Applied, 0)).await;
    record(stage, part(&day, "companies/c-2", Applied, 0)).await;
    let full = stage.gatherings().record_participation(part(&day, "companies/c-3", Applied, 0)).await.unwrap_err();
    assert_eq!((full.code(), reason_of(&full)), (Code::FailedPrecondition, "GATHERING_FULL".to_owned()));
    record(stage, part(&day, "companies/c-2", CalledOff, 0)).await;
    record(stage, part(&day, "companies/c-3", Applied, 0)).await;
    stage.clock_to("10-05 12:40");
    let came = record(stage, part(&day, "companies/c-1", Attended, 3)).await;
    assert_eq!((&came.name, came.facts.as_ref().unwrap().people), (&one.name, 3));
    assert!(came.facts.as_ref().unwrap().apply_time == one.facts.as_ref().unwrap().apply_time && came.etag != one.etag);
    record(stage, part(&day, "companies/c-3", Absent, 0)).await;
    let walked_in = record(stage, part(&day, "companies/c-4", Attended, 1)).await;
    let facts = walked_in.facts.unwrap();
    assert!(facts.walk_in && facts.apply_time.is_none());
    let before = stage.events().await.len();
    record(stage, part(&day, "companies/c-4", Attended, 1)).await;
    assert_eq!(stage.events().await.len(), before, "the same word again tells nothing");

    let request = ListParticipationsRequest { gathering: day.name.clone(), ..Default::default() };
    let parts = stage.gatherings().list_participations(request).await.unwrap().into_inner().participations;
    let seen: Vec<_> = parts
        .iter()
        .map(|part| part.facts.as_ref().unwrap())
        .map(|facts| (facts.company.as_ref().unwrap().company.as_str(), facts.state(), facts.walk_in))
        .collect();
    assert_eq!(
        seen,
        [
            ("companies/c-1", Attended, false),
            ("companies/c-2", CalledOff, false),
            ("companies/c-3", Absent, false),
            ("companies/c-4", Attended, true),
        ]
    );
    let told = stage.events().await.into_iter().rfind(|event| event.aggregate_type == "participation").unwrap();
    assert_eq!(ParticipationChanged::decode(told.clear).unwrap().facts, parts[3].facts);
    let told = stage.events().await.into_iter().find(|event| event.aggregate_type == "gathering").unwrap();
    assert_eq!(GatheringChanged::decode(told.clear).unwrap().facts, day.facts);
}

async fn what_cannot_be_is_refused(stage: &Stage) {
    use ParticipationState::{Absent, Applied, Attended, CalledOff};
    let pair = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
    let odd = CreateGatheringRequest {
        programme: "1999".to_owned(),
        kind: 9,
        region: "江戸".to_owned(),
        title: " ".to_owned(),
        end_time: wire("10-07 13:01"),
        capacity: -1,
        ..gathering("x")
    };
    assert_eq!(
        faults_of(&stage.gatherings().create_gathering(odd).await.unwrap_err()),
        [
            pair("programme", "UNKNOWN_CODE"),
            pair("kind", "UNKNOWN_CODE"),
            pair("region", "UNKNOWN_CODE"),
            pair("title", "REQUIRED"),
            pair("end_time", "TOO_LONG_A_GATHERING"),
            pair("capacity", "OUT_OF_RANGE"),
        ]
    );
    let day = held(stage, "相談会").await;
    let refused = async |request: RecordParticipationRequest| {
        let refused = stage.gatherings().record_participation(request).await.unwrap_err();
        (refused.message().to_owned(), faults_of(&refused))
    };
    assert_eq!(refused(part(&day, COMPANY, Absent, 0)).await.0, "no step from  to absent");
    assert_eq!(refused(part(&day, COMPANY, Attended, 0)).await.1, [pair("people", "OUT_OF_RANGE")]);
    assert_eq!(refused(part(&day, COMPANY, Applied, 2)).await.1, [pair("people", "NOT_HERE")]);
    assert_eq!(refused(part(&day, COMPANY, Attended, 2)).await.1, [pair("state", "IN_THE_FUTURE")]);
    record(stage, part(&day, COMPANY, Applied, 0)).await;
    record(stage, part(&day, COMPANY, CalledOff, 0)).await;
    assert_eq!(refused(part(&day, COMPANY, Applied, 0)).await.0, "no step from called_off to applied");
    let none = RecordParticipationRequest { gathering: "gatherings/x".to_owned(), ..part(&day, COMPANY, Applied, 0) };
    let none = stage.gatherings().record_participation(none).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "GATHERING_NOT_FOUND".to_owned()));
    assert_eq!(stage.events().await.len(), 3);
}

async fn consultations_and_attendances_belong_to_a_gathering(stage: &Stage) {
    let day = held(stage, "相談会").await;
    let consultation = |event: &str, body: &str| CreateConsultationRequest {
        programme: "2024".to_owned(),
        event: event.to_owned(),
        region: "大阪".to_owned(),
        company: company(COMPANY),
        expert: EXPERT.to_owned(),
        body: body.to_owned(),
        ..Default::default()
    };
    stage.counsellor().create_consultation(consultation(&day.name, BODY)).await.unwrap();
    let missing = stage.counsellor().create_consultation(consultation("gatherings/x", BODY)).await.unwrap_err();
    assert_eq!((missing.code(), reason_of(&missing)), (Code::NotFound, "GATHERING_NOT_FOUND".to_owned()));
    let other = stage.operator().create_consultation(consultation(&day.name, "bodies/nagoya")).await.unwrap_err();
    assert_eq!(faults_of(&other), [("event".to_owned(), "OTHER_GATHERING".to_owned())]);

    let attended = RecordAttendanceRequest {
        event: day.name.clone(),
        expert: EXPERT.to_owned(),
        kind: ClaimKind::ConsultationEvent.into(),
        ..Default::default()
    };
    let get = || GetGatheringRequest { name: day.name.clone() };
    let mut expert = stage.gatherings_by("expert-1", Role::Expert, &[EXPERT]);
    assert_eq!(reason_of(&expert.get_gathering(get()).await.unwrap_err()), "NOT_OWN");
    let mut elsewhere = stage.by("counsellor-2", Role::Counsellor, &["bodies/nagoya"]);
    assert_eq!(reason_of(&elsewhere.record_attendance(attended.clone()).await.unwrap_err()), "NOT_OWN");
    stage.counsellor().record_attendance(attended).await.unwrap();
    let seen = expert.get_gathering(get()).await.unwrap().into_inner().gathering.unwrap();
    assert_eq!(seen, day, "whoever attended it sees it");
}

async fn participants_answer_their_survey(stage: &Stage) {
    use ParticipationState::{Applied, Attended};
    let day = held(stage, "相談会").await;
    let applied = record(stage, part(&day, COMPANY, Applied, 0)).await;
    let survey = SubmitAnswersRequest {
        form: "forms/participant-2024".to_owned(),
        subject: applied.name.clone(),
        on_behalf_of: Side::Company.into(),
        answers: vec![choice("reason", "worry"), choice("satisfaction", "satisfied"), text("helpful", "事例の話")],
        ..Default::default()
    };
    let early = stage.forms_by_counsellor().submit_answers(survey.clone()).await.unwrap_err();
    assert_eq!(early.message(), "it stands at applied; the form is answered at attended");
    stage.clock_to("10-05 17:00");
    record(stage, part(&day, COMPANY, Attended, 2)).await;
    let answer = stage.forms_by_counsellor().submit_answers(survey).await.unwrap().into_inner();
    let facts = answer.answers.unwrap().facts.unwrap();
    assert!(facts.answers.contains(&text("event_date", "2024-10-05")));
    assert!(
        facts.answers.contains(&choice("event_prefecture", "27"))
            && facts.answers.contains(&choice("industry", "automotive"))
    );
    assert_eq!((facts.programme.as_str(), facts.region.unwrap().code), ("2024", "27".to_owned()));
}

async fn names_are_sealed_and_go_with_the_key(stage: &Stage) {
    let day = held(stage, "相談会").await;
    record(stage, part(&day, COMPANY, ParticipationState::Applied, 0)).await;
    let parts = async || {
        let request = ListParticipationsRequest { gathering: day.name.clone(), ..Default::default() };
        stage.gatherings().list_participations(request).await.unwrap().into_inner().participations
    };
    assert_eq!(parts().await[0].company_name, "見本製作所");
    let holds = |bytes: &[u8]| bytes.windows(6).any(|window| window == "見本".as_bytes());
    for event in stage.events().await {
        assert!(!holds(&event.clear) && !holds(&event.personal), "{}", event.r#type);
        assert!(event.aggregate_type != "participation" || event.key_id == "c-1");
    }
    if stage.backend == Backend::Sqlite {
        for name in ["engagement.db", "engagement.db-wal"] {
            assert!(!holds(&std::fs::read(stage.folder.path().join(name)).unwrap_or_default()), "{name}");
        }
    }
    stage.keys.destroy("c-1").await.unwrap();
    let left = parts().await;
    assert_eq!((left.len(), left[0].company_name.as_str()), (1, ""));
    assert_eq!(left[0].facts.as_ref().unwrap().company, company(COMPANY), "ids and codes stay");
    stage.clock_to("10-05 13:00");
    let came = record(stage, part(&day, COMPANY, ParticipationState::Attended, 1)).await;
    assert_eq!((came.facts.unwrap().state(), came.company_name.as_str()), (ParticipationState::Attended, ""));
}

async fn lists_come_in_pages_and_to_whom_they_belong(stage: &Stage) {
    for number in 0..5 {
        held(stage, &format!("相談会{number}")).await;
    }
    let lecture = CreateGatheringRequest {
        kind: GatheringKind::Lecture.into(),
        body: "bodies/nagoya".to_owned(),
        ..gathering("講演会")
    };
    let mut operator = stage.gatherings_by("operator-1", Role::Operator, &[]);
    operator.create_gathering(lecture).await.unwrap();
    let (mut titles, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListGatheringsRequest { page_size: 2, page_token: token, ..Default::default() };
        let page = operator.list_gatherings(request).await.unwrap().into_inner();
        titles.extend(page.gatherings.into_iter().map(|gathering| gathering.facts.unwrap().title));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(titles, ["講演会", "相談会4", "相談会3", "相談会2", "相談会1", "相談会0"]);
    let own = stage.gatherings().list_gatherings(ListGatheringsRequest::default()).await.unwrap().into_inner();
    assert_eq!(own.gatherings.len(), 5);
    let other = ListGatheringsRequest { body: "bodies/nagoya".to_owned(), ..Default::default() };
    assert_eq!(reason_of(&stage.gatherings().list_gatherings(other).await.unwrap_err()), "NOT_OWN");
    let odd = ListGatheringsRequest { page_size: 201, page_token: "x".to_owned(), kind: 9, ..Default::default() };
    let fields: Vec<_> =
        faults_of(&operator.list_gatherings(odd).await.unwrap_err()).into_iter().map(|fault| fault.0).collect();
    assert_eq!(fields, ["kind", "page_size", "page_token"]);
}
