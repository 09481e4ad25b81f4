//! Logs of a survey, a registry and the engagements without their services: the tests write the events, and replicas of the search follow.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(unreachable_pub, reason = "a module of test files")]

use std::sync::Arc;

use contract::engagement::v1::{CodeCount, TrackRecord, TrackRecordChanged};
use contract::event::v1::{GetHeadResponse, ReadResponse, Token};
use contract::registry::v1::{ConsentPurpose, ExpertChanged, ExpertPerson, ExpertState, ExpertTerms};
use contract::search::v1::expert_search_client::ExpertSearchClient;
use contract::search::v1::{GetIndexStatusRequest, SearchExpertsRequest, SearchExpertsResponse};
use contract::survey::v1::{AreaRating, Mark, MenuRating, Rating, RatingChanged};
use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{InProcess, Log, LogConfig, LogDeps, NewEvent, Origin, ReadFrom, Source, SqlKeys, wire_time};
use kit_serve::{Client, Lifecycle, Limits, Server, Trust};

pub const NOW: &str = "2025-02-03T12:00:00+09:00";

/// The logs without their services: the tests write the events.
pub struct World {
    pub folder: tempfile::TempDir,
    pub deps: LogDeps,
    pub survey: Log,
    pub registry: Log,
    pub engagement: Log,
    pub lifecycle: Lifecycle,
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let keys = SqlKeys::open(&url("keys.db")).await.expect("keys");
        let clock = Clock::standing_at(NOW.parse().expect("a time"));
        let deps = LogDeps { clock, ids: Ids::Random, keys, carrier: InProcess::new() };
        let lifecycle = Lifecycle::new();
        let mut logs = Vec::new();
        for service in ["survey", "registry", "engagement"] {
            let config = LogConfig { service, database: url(service), steps: vec![], group: 256 };
            let (log, tasks) = Log::open(config, deps.clone()).await.expect("a log");
            let stop = lifecycle.drained();
            lifecycle.spawn(service, async move {
                tasks.run(stop).await;
                Ok::<(), kit_log::Error>(())
            });
            logs.push(log);
        }
        let [survey, registry, engagement] = <[Log; 3]>::try_from(logs).ok().expect("three");
        Self { folder, deps, survey, registry, engagement, lifecycle }
    }

    /// A search replica, complete, reached over gRPC.
    pub async fn replica(&self) -> ExpertSearchClient<Client> {
        self.replica_of(None, &self.lifecycle).await
    }

    /// A search replica that lives in this lifecycle and keeps its index in this file of the world's folder.
    pub async fn replica_of(&self, kept: Option<&str>, lifecycle: &Lifecycle) -> ExpertSearchClient<Client> {
        ExpertSearchClient::new(self.replica_client(kept, lifecycle).await)
    }

    /// As [`World::replica_of`], for any of its services.
    pub async fn replica_client(&self, kept: Option<&str>, lifecycle: &Lifecycle) -> Client {
        let client = self.started(kept, Arc::new(self.engagement.clone()), lifecycle).await;
        has_read_records(&ExpertSearchClient::new(client.clone())).await;
        client
    }

    /// As [`World::replica_of`], while the engagements break off whenever they are read.
    pub async fn replica_without_records(&self, kept: &str, lifecycle: &Lifecycle) -> ExpertSearchClient<Client> {
        let stuck = Arc::new(Stuck(self.engagement.clone()));
        ExpertSearchClient::new(self.started(Some(kept), stuck, lifecycle).await)
    }

    async fn started(&self, kept: Option<&str>, engagement: Arc<dyn Source>, lifecycle: &Lifecycle) -> Client {
        let (survey, registry) = (Arc::new(self.survey.clone()), Arc::new(self.registry.clone()));
        let engagement = Some(engagement);
        let deps = search::Deps { log: self.deps.clone(), lifecycle: lifecycle.clone(), survey, registry, engagement };
        let every = std::time::Duration::from_secs(3_600);
        let snapshot = kept.map(|name| search::SnapshotConfig { path: self.folder.path().join(name), every });
        let counts = format!("sqlite:{}", self.folder.path().join("search.db").display());
        let config = search::Config { snapshot, ..search::Config::new(counts) };
        let started = search::start(config, deps).await.expect("search");
        let (channel, incoming) = kit_serve::in_process();
        let server = started.mount(Server::new(Limits::default(), Trust::Near));
        let server = server.add_service(started.log_service().into_server());
        server.serve([incoming], lifecycle).await.expect("a server");
        started.ready().await;
        Client::new(channel, None).expect("a client")
    }

    pub async fn emit(&self, log: &Log, event: NewEvent) -> Token {
        let emitted = log.writer().run(Origin::default(), move |unit| {
            Box::pin(async move {
                unit.emit(event);
                Ok::<(), kit_log::Error>(())
            })
        });
        emitted.await.expect("an event").token
    }

    pub async fn rate(&self, person: &str, marks: [Mark; 6], points: [i32; 6]) -> Token {
        self.rate_able(person, marks, points, &[]).await
    }

    /// As [`World::rate`], of one who can do these skill items.
    pub async fn rate_able(&self, person: &str, marks: [Mark; 6], points: [i32; 6], can: &[&str]) -> Token {
        let rating = Some(rating(person, marks, points));
        let changed = RatingChanged { rating, can_items: can.iter().map(ToString::to_string).collect(), next: None };
        self.emit(&self.survey, NewEvent::new("rating", person, &changed)).await
    }

    /// Tells an expert's track record: so many cases of T1, so many of them completed.
    pub async fn record(&self, id: &str, cases: i32, completed: i32) -> Token {
        let themes = vec![CodeCount { code: "T1".to_owned(), count: cases }];
        let expert = format!("experts/{id}");
        let record = TrackRecord { expert, cases, completed, themes, ..Default::default() };
        let changed = TrackRecordChanged { expert_id: id.to_owned(), track_record: Some(record) };
        self.emit(&self.engagement, NewEvent::new("track_record", id, &changed)).await
    }

    /// The engagements' log comes back from a backup that never heard of this expert.
    pub async fn engagement_restored_without(&self, id: &'static str) {
        let forget = self.engagement.writer().run(Origin::default(), move |unit| {
            Box::pin(async move {
                unit.execute("DELETE FROM log_event WHERE aggregate_id = $1", kit_log::args![id]).await?;
                Ok::<(), kit_log::Error>(())
            })
        });
        forget.await.expect("forgotten");
        self.engagement.renew_epoch(&self.deps.ids.fresh()).await.expect("another life");
    }

    pub async fn tell(&self, expert: &Told) -> Token {
        let event = NewEvent::new("expert", &expert.id, &expert.entry()).personal(&expert.id, &expert.person());
        self.emit(&self.registry, event).await
    }
}

/// A log whose head is known and whose pages never come.
struct Stuck(Log);

#[async_trait::async_trait]
impl Source for Stuck {
    async fn head(&self) -> kit_log::Result<GetHeadResponse> {
        Source::head(&self.0).await
    }

    async fn read(&self, _from: ReadFrom) -> kit_log::Result<ReadResponse> {
        Err(kit_log::Error::Unavailable("broken off".to_owned()))
    }
}

/// A search is ready without track records; what is looked at here is one that has them.
async fn has_read_records(search: &ExpertSearchClient<Client>) {
    let read = async {
        loop {
            let status = search.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status");
            if status.into_inner().positions.iter().any(|place| place.service == "engagement") {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), read).await.expect("track records are read");
}

/// An expert as a registry might tell.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub state: ExpertState,
    pub prefectures: Vec<String>,
    pub formats: Vec<String>,
    pub residence: String,
    pub fee: String,
    pub contact: bool,
    pub read_survey_to: Option<Token>,
    /// In the place of those above, where given.
    pub terms: Option<ExpertTerms>,
    /// Self-introduction, track record, organisation, qualifications in words.
    pub texts: [String; 4],
}

impl Told {
    pub fn listed(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: ExpertState::Listed,
            prefectures: vec!["27".to_owned(), "28".to_owned()],
            formats: vec!["incident".to_owned()],
            residence: "27".to_owned(),
            fee: "20_30k".to_owned(),
            contact: false,
            read_survey_to: None,
            terms: None,
            texts: Default::default(),
        }
    }

    pub fn entry(&self) -> ExpertChanged {
        let mut consents = vec![ConsentPurpose::Listing as i32];
        if self.contact {
            consents.push(ConsentPurpose::Contact as i32);
        }
        ExpertChanged {
            expert_id: self.id.clone(),
            respondent_id: format!("p-{}", self.id),
            terms: Some(self.terms.clone().unwrap_or_else(|| ExpertTerms {
                residence: self.residence.clone(),
                prefectures: self.prefectures.clone(),
                formats: self.formats.clone(),
                fee_per_visit: self.fee.clone(),
                industries: vec!["none".to_owned()],
                ..Default::default()
            })),
            state: self.state as i32,
            consents,
            confirm_time: Some(wire_time(NOW.parse::<Timestamp>().expect("a time").plus_months(-13))),
            sources: self.read_survey_to.iter().cloned().collect(),
            ..Default::default()
        }
    }

    pub fn person(&self) -> ExpertPerson {
        let [self_pr, support_summary, organisation, qualifications_other] = self.texts.clone();
        ExpertPerson {
            registration_number: number(&self.id),
            full_name: format!("見本 {}", self.id),
            email: format!("{}@example.jp", self.id),
            self_pr,
            support_summary,
            organisation,
            qualifications_other,
            ..Default::default()
        }
    }
}

pub fn number(id: &str) -> String {
    format!("{:0>6}", id.bytes().fold(0_u32, |n, b| (n * 31 + u32::from(b)) % 1_000_000))
}

pub fn rating(person: &str, marks: [Mark; 6], points: [i32; 6]) -> Rating {
    let area = |at: usize| AreaRating {
        area: format!("S{}", at + 1),
        mark: marks[at] as i32,
        points: points[at],
        ..Default::default()
    };
    // M0 and M1 follow S1, M2 to M6 follow S2 to S6, M7 follows no area.
    let menu = |menu: usize| {
        let from = menu.saturating_sub(1).min(5);
        let (mark, points) = if menu == 7 { (Mark::None, 0) } else { (marks[from], points[from]) };
        MenuRating { menu: format!("M{menu}"), mark: mark as i32, points, ..Default::default() }
    };
    Rating {
        respondent_id: person.to_owned(),
        policy: "made-up".to_owned(),
        areas: (0..6).map(area).collect(),
        menus: (0..8).map(menu).collect(),
        ..Default::default()
    }
}

pub fn all(at_least: Vec<Token>) -> SearchExpertsRequest {
    SearchExpertsRequest { page_size: 100, at_least, ..Default::default() }
}

pub fn names(answer: &SearchExpertsResponse) -> Vec<&str> {
    answer.hits.iter().map(|hit| hit.name.trim_start_matches("experts/")).collect()
}

pub async fn ask(client: &ExpertSearchClient<Client>, request: SearchExpertsRequest) -> SearchExpertsResponse {
    client.clone().search_experts(request).await.expect("an answer").into_inner()
}
