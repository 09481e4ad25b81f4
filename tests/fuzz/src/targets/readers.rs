//! Readers whose effects are rows: events as they come from other services, applied in a database.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use contract::event::v1::{Event, GetHeadResponse, ReadResponse};
use contract::{engagement::v1 as engagement, matching::v1 as matching, notices::v1 as notices};
use contract::{registry::v1 as registry, survey::v1 as survey};
use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{Cursor, InProcess, Interest, LogDeps, Personal, ReadFrom, Reader, Received, Refusal, Source, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle};
use prost::{Message, Name};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::bytes::{Bytes, parts};

pub(super) const WORDS: &[&str] = &[
    "experts/1",
    "companies/1",
    "cases/1",
    "proposals/1",
    "requests/1",
    "applications/1",
    "consultationEvents/1",
    "2024",
    "名前",
    "name",
    "registration_number",
    "000123",
    "listing_consent",
    "yes",
    "prefectures",
    "13",
];

/// A log of which nothing ever comes: events are handed to the readers here.
struct Silent;

#[async_trait]
impl Source for Silent {
    async fn head(&self) -> kit_log::Result<GetHeadResponse> {
        std::future::pending().await
    }

    async fn read(&self, _: ReadFrom) -> kit_log::Result<ReadResponse> {
        std::future::pending().await
    }
}

struct World {
    runtime: Runtime,
    readers: Vec<Arc<dyn Reader>>,
    /// Where each reader's log stands.
    position: i64,
    _folder: TempDir,
}

static WORLD: Mutex<Option<World>> = Mutex::new(None);

impl World {
    fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let readers = runtime.block_on(Self::readers(&folder));
        Self { runtime, readers, position: 0, _folder: folder }
    }

    async fn readers(folder: &TempDir) -> Vec<Arc<dyn Reader>> {
        let path = |name: &str| format!("sqlite:{}/{name}.db", folder.path().display());
        let clock = Clock::standing_at(Timestamp::from_micros(1_731_369_600_000_000));
        let keys = SqlKeys::open(&path("keys")).await.expect("keys");
        let log = LogDeps { clock, ids: Ids::counted(), keys, carrier: InProcess::new() };
        let lifecycle = Lifecycle::new();
        let (channel, _) = kit_serve::in_process();
        let client = || Client::new(channel.clone(), Some(&Caller::service("matching"))).expect("a client");
        let silent = || Arc::new(Silent) as Arc<dyn Source>;
        let needs = ::registry::Deps { log: log.clone(), lifecycle: lifecycle.clone(), survey: silent() };
        let register = ::registry::start(::registry::Config::new(path("registry")), needs).await.expect("the register");
        let needs = ::engagement::Deps {
            log: log.clone(),
            lifecycle: lifecycle.clone(),
            matching: None,
            registry: Some(silent()),
        };
        let engagements =
            ::engagement::start(::engagement::Config::new(path("engagement")), needs).await.expect("engagements");
        let needs = ::notices::Deps {
            log: log.clone(),
            lifecycle: lifecycle.clone(),
            engagement: silent(),
            registry: silent(),
            matching: None,
            survey: Some(silent()),
        };
        let told = ::notices::start(::notices::Config::new(path("notices")), needs).await.expect("notices");
        let needs = ::matching::Deps {
            log,
            lifecycle,
            register: client(),
            search: client(),
            registry: silent(),
            engagement: silent(),
            notices: silent(),
        };
        let pairing = ::matching::start(::matching::Config::new(path("matching")), needs).await.expect("matching");
        vec![register.reader(), engagements.reader(), told.reader(), pairing.reader()]
    }
}

/// Every kind of event with its log.
fn kinds() -> Vec<(&'static str, String)> {
    vec![
        ("survey", survey::ResponseReceived::full_name()),
        ("matching", matching::ProposalChanged::full_name()),
        ("matching", matching::ConsultationEventChanged::full_name()),
        ("matching", matching::ApplicationChanged::full_name()),
        ("matching", matching::TimetableChanged::full_name()),
        ("matching", matching::IncidentChanged::full_name()),
        ("matching", matching::RequestChanged::full_name()),
        ("matching", matching::DutyChanged::full_name()),
        ("engagement", engagement::CaseChanged::full_name()),
        ("engagement", engagement::ConsultationChanged::full_name()),
        ("engagement", engagement::TrackRecordChanged::full_name()),
        ("engagement", engagement::GatheringChanged::full_name()),
        ("engagement", engagement::AnswersChanged::full_name()),
        ("registry", registry::ExpertChanged::full_name()),
        ("registry", registry::CompanyChanged::full_name()),
        ("registry", registry::CompanyErased::full_name()),
        ("notices", notices::NoticeChanged::full_name()),
        ("registry", registry::ExpertMerged::full_name()),
    ]
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let time = || Some(prost_types::Timestamp { seconds: 1_731_000_000, nanos: 0 });
    let answer = |question: &str, value| survey::Answer { question: question.to_owned(), value: Some(value) };
    let yes = || survey::answer::Value::Choice("yes".to_owned());
    let response = survey::ResponseReceived {
        respondent_id: "r".to_owned(),
        response: "responses/1".to_owned(),
        submit_time: time(),
        answers: vec![answer("listing_consent", yes()), answer("contact_consent", yes())],
        skills_answered: true,
        ..Default::default()
    };
    let private = survey::ResponsePersonal {
        registration_number: "000123".to_owned(),
        answers: vec![answer("name", survey::answer::Value::Text("見本".to_owned()))],
    };
    let case = engagement::CaseFacts {
        case_id: "1".to_owned(),
        programme: "2024".to_owned(),
        expert: "experts/1".to_owned(),
        ..Default::default()
    };
    let proposal = matching::ProposalFacts { proposal_id: "1".to_owned(), ..Default::default() };
    let event = matching::ConsultationEventFacts { event_id: "1".to_owned(), ..Default::default() };
    let application = matching::ApplicationFacts {
        application_id: "1".to_owned(),
        event: "consultationEvents/1".to_owned(),
        ..Default::default()
    };
    let company = registry::CompanyFacts { company_id: "1".to_owned(), ..Default::default() };
    let merged = registry::ExpertMerged { expert_id: "2".to_owned(), merged_into: "experts/1".to_owned() };
    let notice = notices::NoticeFacts { notice_id: "1".to_owned(), ..Default::default() };
    let bodies: Vec<(u8, Vec<u8>, Vec<u8>)> = vec![
        (0, response.encode_to_vec(), private.encode_to_vec()),
        (8, engagement::CaseChanged { facts: Some(case), ..Default::default() }.encode_to_vec(), vec![]),
        (1, matching::ProposalChanged { facts: Some(proposal), ..Default::default() }.encode_to_vec(), vec![]),
        (2, matching::ConsultationEventChanged { facts: Some(event), ..Default::default() }.encode_to_vec(), vec![]),
        (3, matching::ApplicationChanged { facts: Some(application), ..Default::default() }.encode_to_vec(), vec![]),
        (14, registry::CompanyChanged { facts: Some(company), ..Default::default() }.encode_to_vec(), vec![]),
        (16, notices::NoticeChanged { facts: Some(notice), ..Default::default() }.encode_to_vec(), vec![]),
        (17, merged.encode_to_vec(), vec![]),
        (13, registry::ExpertChanged { expert_id: "1".to_owned(), ..Default::default() }.encode_to_vec(), vec![]),
    ];
    bodies.iter().map(|(kind, clear, personal)| [vec![*kind], parts([clear, personal])].concat()).collect()
}

/// An event is applied or refused as one that is at fault, by every reader that has an interest in it; no reader stops.
pub(super) fn events(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let mut world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    let world = world.get_or_insert_with(World::new);
    for _ in 0..8 {
        if bytes.is_empty() {
            return;
        }
        let flags = bytes.byte();
        let kinds = kinds();
        let (producer, kind) = kinds[usize::from(flags & 63) % kinds.len()].clone();
        let (clear, personal) = (bytes.part(), bytes.part());
        let personal = match flags >> 6 {
            0 => Personal::Clear(personal.to_vec()),
            1 => Personal::Erased,
            _ => Personal::None,
        };
        world.position += 1;
        let event = Event {
            id: format!("id-{}", world.position),
            producer: producer.to_owned(),
            epoch: "e".to_owned(),
            r#type: kind.clone(),
            position: world.position,
            aggregate_type: "a".to_owned(),
            aggregate_id: "1".to_owned(),
            schema_version: 1,
            time: Some(prost_types::Timestamp { seconds: 1_731_000_000, nanos: 0 }),
            clear: clear.to_vec().into(),
            ..Event::default()
        };
        let to = Cursor { epoch: "e".to_owned(), position: world.position };
        let received = [Received { event, personal }];
        for reader in world.readers.iter().filter(|reader| matches!(reader.interest(&kind), Interest::Apply { .. })) {
            let applied = world.runtime.block_on(reader.apply(producer, &received, &to));
            if let Err(failed) = applied {
                let fault = matches!(&failed.refusal, Refusal::Fault(_));
                assert!(fault, "{} stops at {kind}: {:?}", reader.name(), failed.refusal);
            }
        }
    }
}
