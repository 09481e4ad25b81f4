//! The reports: what their reader makes of events.

use contract::engagement::v1 as engagement;
use contract::event::v1::Event;
use contract::insights::v1 as wire;
use contract::registry::v1 as registry;
use contract::survey::v1 as survey;
use futures::executor::block_on;
use insights::hostile::Desk;
use kit_log::{Cursor, Personal, Received};
use prost::{Message, Name};

use crate::bytes::{Bytes, parts};

pub(super) const WORDS: &[&str] =
    &["forms/skill-2024", "cases/1", "experts/1", "2024", "13", "27100", "governance", "yes", "S1a1"];

/// Events with their logs, every kind that is counted.
fn kinds() -> Vec<(&'static str, String)> {
    vec![
        ("engagement", engagement::CaseChanged::full_name()),
        ("engagement", engagement::ConsultationChanged::full_name()),
        ("engagement", engagement::GatheringChanged::full_name()),
        ("engagement", engagement::ParticipationChanged::full_name()),
        ("engagement", engagement::AnswersChanged::full_name()),
        ("engagement", engagement::FormPublished::full_name()),
        ("engagement", engagement::FeeClaimed::full_name()),
        ("engagement", engagement::AttendanceRecorded::full_name()),
        ("survey", survey::ResponseReceived::full_name()),
        ("survey", survey::RatingChanged::full_name()),
        ("survey", survey::FormPublished::full_name()),
        ("registry", registry::ExpertChanged::full_name()),
    ]
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let time = || Some(prost_types::Timestamp { seconds: 1_729_000_000, nanos: 0 });
    let answer = |question: &str, value| survey::Answer { question: question.to_owned(), value: Some(value) };
    let answers = vec![
        answer("prefectures", survey::answer::Value::Choices(survey::Choices { codes: vec!["13".to_owned()] })),
        answer("experience", survey::answer::Value::Choice("ge10y".to_owned())),
        answer("age", survey::answer::Value::Number(50)),
    ];
    let response = survey::ResponseReceived {
        respondent_id: "r".to_owned(),
        response: "responses/1".to_owned(),
        form: "forms/skill-2024".to_owned(),
        submit_time: time(),
        answers: answers.clone(),
        ..Default::default()
    };
    let case = engagement::CaseFacts { case_id: "1".to_owned(), programme: "2024".to_owned(), ..Default::default() };
    let bodies: [(u8, Vec<u8>); 4] = [
        (8, response.encode_to_vec()),
        (0, engagement::CaseChanged { facts: Some(case), ..Default::default() }.encode_to_vec()),
        (
            11,
            registry::ExpertChanged { expert_id: "1".to_owned(), confirm_time: time(), ..Default::default() }
                .encode_to_vec(),
        ),
        (
            9,
            survey::RatingChanged {
                rating: Some(survey::Rating { respondent_id: "r".to_owned(), ..Default::default() }),
                ..Default::default()
            }
            .encode_to_vec(),
        ),
    ];
    let scope = wire::Scope { programme: "2024".to_owned(), region: "13".to_owned(), ..Default::default() };
    let moment = wire::Moment { time: time(), ..Default::default() };
    (0..Desk::names().len() as u8)
        .map(|report| {
            let mut seed = vec![report];
            seed.extend(parts([scope.encode_to_vec(), moment.encode_to_vec()]));
            for (kind, body) in &bodies {
                seed.push(*kind);
                seed.extend(1_729_000_000_000_000_i64.to_le_bytes());
                seed.extend(parts([body]));
            }
            seed
        })
        .collect()
}

/// Whatever is told, every report can be made of it, and twice the same.
pub(super) fn events(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let desk = Desk::default();
    let names = Desk::names();
    let name = *bytes.one_of(&names);
    let (scope, moment) = (wire::Scope::decode(bytes.part()).ok(), wire::Moment::decode(bytes.part()).ok());
    let kinds = kinds();
    let mut position = 0;
    while !bytes.is_empty() && position < 64 {
        position += 1;
        let (producer, kind) = bytes.one_of(&kinds).clone();
        let micros = kit_clock::Timestamp::from_micros(bytes.number());
        let event = Event {
            producer: producer.to_owned(),
            r#type: kind,
            position,
            time: Some(kit_log::wire_time(micros)),
            aggregate_id: "a".to_owned(),
            clear: bytes.part().to_vec().into(),
            ..Event::default()
        };
        let to = Cursor { epoch: "e".to_owned(), position };
        let _ = block_on(desk.apply(producer, &[Received { event, personal: Personal::Shut }], &to));
    }
    let told = desk.report(name, scope.as_ref(), None);
    assert_eq!(desk.report(name, scope.as_ref(), None), told);
    let _ = desk.report(name, None, moment.as_ref());
    if let Some(report) = told {
        let again = wire::Report::decode(report.encode_to_vec().as_slice());
        assert!(again.is_ok_and(|again| again == report), "a report that does not survive the wire");
    }
}
