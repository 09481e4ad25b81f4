//! Events: the envelope, what it carries, and how it is sealed.

use contract::event::v1::{Event, ParkedEvent, ReadResponse, Token};
use contract::{engagement::v1 as engagement, matching::v1 as matching, notices::v1 as notices};
use contract::{registry::v1 as registry, search::v1 as search, survey::v1 as survey};
use kit_log::{Personal, Received, clock_time, hostile, token_of, wire_time};
use prost::{Message, Name};

use crate::bytes::{Bytes, parts};

pub(super) const WORDS: &[&str] = &[
    "activelist.survey.v1.RatingChanged",
    "activelist.registry.v1.ExpertChanged",
    "activelist.engagement.v1.CaseChanged",
    "survey",
    "registry",
    "expert",
    "ce-position",
    "\r\nNats-Rollup: all",
    "forms/skill-2024",
];

/// Runs a macro with every body an event can have.
macro_rules! with_bodies {
    ($run:ident) => {
        $run! {
            engagement::CaseChanged, engagement::CasePersonal, engagement::ConsultationChanged,
            engagement::ConsultationPersonal, engagement::TrackRecordChanged, engagement::StoryChanged,
            engagement::IncidentCaseChanged, engagement::StoryTexts, engagement::FeeClaimed, engagement::AttendanceRecorded,
            engagement::GatheringChanged, engagement::ParticipationChanged, engagement::ParticipationPersonal,
            engagement::AnswersChanged, engagement::AnswersPersonal, engagement::FormPublished,
            matching::RequestChanged, matching::ProposalChanged, matching::ProposalPersonal, matching::IncidentChanged,
            matching::DutyChanged, matching::ConsultationEventChanged, matching::ApplicationChanged,
            matching::ApplicationTexts, matching::TimetableChanged, matching::CapacityChanged, matching::BarChanged,
            notices::NoticeChanged, notices::NoticePersonal,
            registry::ExpertChanged, registry::ExpertPerson, registry::ExpertMerged, registry::CompanyChanged,
            registry::CompanyErased,
            search::ExposureCounted,
            survey::ResponseReceived, survey::ResponsePersonal, survey::RatingChanged, survey::ResponseDisputed,
            survey::FormPublished
        }
    };
}

pub(super) fn envelope_seeds() -> Vec<Vec<u8>> {
    let event = |kind: String, clear: Vec<u8>| Event {
        id: "0198c0de-0000-7000-8000-000000000001".to_owned(),
        r#type: kind,
        producer: "survey".to_owned(),
        epoch: "e".to_owned(),
        position: 7,
        aggregate_type: "expert".to_owned(),
        aggregate_id: "1".to_owned(),
        aggregate_version: 2,
        schema_version: 1,
        actor: "operator".to_owned(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        time: Some(prost_types::Timestamp { seconds: 1_738_594_799, nanos: 5 }),
        clear: clear.into(),
        ..Event::default()
    };
    let rating = survey::Rating { respondent_id: "r".to_owned(), ..Default::default() };
    let rated = survey::RatingChanged { rating: Some(rating), can_items: vec!["S1a1".to_owned()], next: None };
    let label = |text: &str| survey::Label { ja: text.to_owned(), en: text.to_owned() };
    let form = survey::Form { title: Some(label("x")), ..Default::default() };
    let published = survey::FormPublished { form: Some(form) };
    let seed = |event: Event| parts([event.encode_to_vec(), b"key".to_vec(), b"sealed".to_vec()]);
    vec![
        seed(event(survey::RatingChanged::full_name(), rated.encode_to_vec())),
        seed(event(survey::FormPublished::full_name(), published.encode_to_vec())),
        seed(event(engagement::CaseChanged::full_name(), vec![])),
    ]
}

/// A message that was read, written again, reads the same; an event goes over NATS as five words and lines of headers, and
/// comes back to its place; only what was sealed under the key for the place can be opened.
pub(super) fn envelope(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let (first, secret, sealed) = (bytes.part(), bytes.part(), bytes.part());
    same::<Event>(first);
    same::<ReadResponse>(first);
    same::<ParkedEvent>(first);
    same::<Token>(first);
    let event = Event::decode(first).unwrap_or_else(|_| Event { clear: first.to_vec().into(), ..Event::default() });
    wire(&event);
    if let Some(time) = &event.time {
        let read = clock_time(time);
        assert_eq!(clock_time(&wire_time(read)), read);
    }
    let token = token_of(&event);
    assert_eq!(
        (token.service, token.epoch, token.position),
        (event.producer.clone(), event.epoch.clone(), event.position)
    );
    bodies(event);
    seal(secret, sealed, first);
}

fn bodies(event: Event) {
    let clear = event.clear.to_vec();
    let received = Received { event, personal: Personal::Clear(clear) };
    let named = received.event.r#type.clone();
    macro_rules! read {
        ($($body:ty),* $(,)?) => {
            $(
                // Each type is tried on bytes that name none, so that every one is reached without its name.
                if named.is_empty() || named == <$body>::full_name() {
                    if let Ok(read) = received.clear::<$body>() {
                        assert!(received.personal::<$body>().is_ok_and(|again| again.as_ref() == Some(&read)));
                    }
                    same::<$body>(&received.event.clear);
                }
            )*
        };
    }
    with_bodies!(read);
}

fn same<M: Message + Default + PartialEq>(bytes: &[u8]) {
    if let Ok(read) = M::decode(bytes) {
        let written = read.encode_to_vec();
        assert_eq!(written.len(), read.encoded_len());
        assert!(M::decode(written.as_slice()).is_ok_and(|again| again == read), "read again, it is another");
    }
}

/// Id, type, producer and epoch are always our own; all else may hold what somebody said.
fn wire(event: &Event) {
    let own = |text: &str| text.to_owned();
    let event = Event { id: own("id"), r#type: own("a.B"), producer: own("survey"), epoch: own("e"), ..event.clone() };
    let (subject, headers) = hostile::on_the_wire(&event);
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    assert!(subject.split('.').count() == 5 && subject.split('.').all(plain), "{subject:?}");
    for (name, value) in &headers {
        assert!(!value.contains(['\r', '\n', '\0']), "{name}: {value:?}");
    }
    let place = hostile::place(&headers);
    assert_eq!((place.epoch, place.position), (event.epoch, event.position));
}

fn seal(secret: &[u8], sealed: &[u8], clear: &[u8]) {
    let key = hostile::key(std::array::from_fn(|at| secret.get(at).copied().unwrap_or(7)));
    assert!(key.open("place", sealed).is_err(), "nobody has sealed this");
    let mut body = key.seal("place", clear).expect("it can be sealed");
    assert_eq!(key.open("place", &body).expect("it was sealed here"), clear);
    assert!(key.open("another place", &body).is_err());
    let at = secret.len() % body.len();
    body[at] ^= 1;
    assert!(key.open("place", &body).is_err(), "a byte was changed");
}
