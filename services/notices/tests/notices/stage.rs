//! The world of one test: the notices with a database of their own, and logs of the services they read, in which the test
//! itself tells what happened.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use contract::engagement::v1::*;
use contract::event::v1::{Event, Token};
use contract::notices::v1::notices_client::NoticesClient;
use contract::notices::v1::*;
use futures::FutureExt as _;
use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{
    InProcess, KeyStore as _, Log, LogConfig, LogDeps, NewEvent, Origin, ReadFrom, Source, SqlKeys, wire_time,
};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust, fault};
use notices::{Config, Started};
use prost::Message as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use tempfile::TempDir;
use tonic::Status;
use tonic::transport::Channel;

/// Where the clock stands when a test begins.
pub(crate) const NOW: &str = "2024-10-01T09:00:00+09:00";
pub(crate) const EXPERT: &str = "experts/e-1";
pub(crate) const COMPANY: &str = "companies/c-1";
pub(crate) const BODY: &str = "bodies/osaka";
/// Nothing takes this long; a test that waits longer fails.
const LONG: Duration = Duration::from_secs(30);

/// Where the notices keep their state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// A replica of the notices, running.
pub(crate) struct Replica {
    started: Started,
    channel: Channel,
    lifecycle: Lifecycle,
}

pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) keys: Arc<SqlKeys>,
    pub(crate) folder: TempDir,
    pub(crate) backend: Backend,
    pub(crate) engagement: Log,
    pub(crate) registry: Log,
    pub(crate) matching: Log,
    pub(crate) survey: Log,
    pub(crate) config: Config,
    deps: LogDeps,
    others: Lifecycle,
    replicas: std::sync::Mutex<Vec<Arc<Replica>>>,
}

/// Runs a test in a new world and takes the world down, whatever becomes of the test.
pub(crate) async fn within(backend: Backend, test: impl AsyncFnOnce(&Stage)) {
    let stage = Stage::open(backend).await;
    let done = AssertUnwindSafe(test(&stage)).catch_unwind().await;
    stage.end().await;
    if let Err(panic) = done {
        resume_unwind(panic);
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `10-08 14:00` of 2024 in Japan.
pub(crate) fn japan(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    at(&format!("2024-{day}T{time}:00+09:00"))
}

pub(crate) fn wire(text: &str) -> Option<prost_types::Timestamp> {
    Some(wire_time(japan(text)))
}

pub(crate) fn reason_of(status: &Status) -> String {
    fault::reason_of(status).unwrap_or_else(|| format!("{status:?}"))
}

/// Fields and reasons of every fault.
pub(crate) fn faults_of(status: &Status) -> Vec<(String, String)> {
    fault::faults_of(status).into_iter().map(|fault| (fault.field, fault.reason)).collect()
}

/// Looks until it answers something.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        let mut again = tokio::time::interval(Duration::from_millis(10));
        loop {
            again.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    tokio::time::timeout(LONG, looking).await.unwrap_or_else(|_| panic!("still waiting for {what}"))
}

/// A case of the company with the expert, as the engagements tell of it.
pub(crate) fn case(id: &str) -> CaseFacts {
    CaseFacts {
        case_id: id.to_owned(),
        programme: "2024".to_owned(),
        company: Some(CompanySnapshot { company: COMPANY.to_owned(), ..Default::default() }),
        expert: EXPERT.to_owned(),
        body: BODY.to_owned(),
        state: CaseState::Accepted.into(),
        theme: "T1".to_owned(),
        themes: vec![ThemePeriod { theme: "T1".to_owned(), since: wire("10-01 09:00"), actor: String::new() }],
        company_accept_time: wire("09-30 10:00"),
        expert_accept_time: wire("09-30 15:00"),
        create_time: wire("10-01 09:00"),
        ..Default::default()
    }
}

/// A planned visit of two hours.
pub(crate) fn planned(number: i32, from: &str) -> Visit {
    let start = wire(from);
    let end = start.map(|time| prost_types::Timestamp { seconds: time.seconds + 7_200, ..time });
    let state = VisitState::Planned.into();
    Visit { number, state, planned_start: start, planned_end: end, ..Default::default() }
}

/// The same visit, held as planned.
pub(crate) fn held(visit: &Visit) -> Visit {
    let (start_time, end_time) = (visit.planned_start, visit.planned_end);
    Visit { state: VisitState::Held.into(), start_time, end_time, ..visit.clone() }
}

/// The same visit, confirmed by these sides.
pub(crate) fn confirmed(visit: &Visit, sides: &[Side]) -> Visit {
    let word = |side: &Side| Confirmation { side: (*side).into(), ..Default::default() };
    let state = if sides.len() == 2 { VisitState::Confirmed } else { VisitState::Held };
    Visit { state: state.into(), confirmations: sides.iter().map(word).collect(), ..visit.clone() }
}

pub(crate) fn step(cause: &str, number: i64, visit: i32, detail: &str) -> Step {
    Step {
        number,
        cause: cause.to_owned(),
        visit,
        detail: detail.to_owned(),
        time: wire("10-01 09:00"),
        ..Default::default()
    }
}

/// Template and recipient of each, and which reminder it is, sorted.
pub(crate) fn told(notices: &[Notice]) -> Vec<(String, String, i32)> {
    let of = |notice: &Notice| {
        let facts = notice.facts.clone().unwrap();
        (facts.template, facts.recipient, facts.reminder)
    };
    let mut all: Vec<_> = notices.iter().map(of).collect();
    all.sort();
    all
}

/// Those of one template.
pub(crate) fn of(notices: &[Notice], template: &str) -> Vec<NoticeFacts> {
    notices.iter().filter_map(|notice| notice.facts.clone()).filter(|facts| facts.template == template).collect()
}

impl Stage {
    async fn open(backend: Backend) -> Self {
        let folder = tempfile::Builder::new().prefix("notices.").tempdir_in("/var/tmp").unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let database = match backend {
            Backend::Sqlite => file("notices.db"),
            Backend::Postgres => {
                maintain(&format!("CREATE DATABASE \"{}\"", own_name(&folder))).await;
                let url = postgres();
                let (server, _) = url.rsplit_once('/').expect("a database in ACTIVELIST_TEST_POSTGRES_URL");
                format!("{server}/{}", own_name(&folder))
            }
        };
        let clock = Clock::standing_at(at(NOW));
        let keys = SqlKeys::open(&file("keys.db")).await.unwrap();
        let deps = LogDeps { clock: clock.clone(), ids: Ids::Random, keys: keys.clone(), carrier: InProcess::new() };
        let others = Lifecycle::new();
        let producer = async |service: &'static str| {
            let config = LogConfig { service, database: file(service), steps: vec![], group: 256 };
            let (log, tasks) = Log::open(config, deps.clone()).await.unwrap();
            let drained = others.drained();
            others.spawn(service, async move {
                tasks.run(drained).await;
                Ok::<_, std::convert::Infallible>(())
            });
            log
        };
        let (engagement, registry) = (producer("engagement").await, producer("registry").await);
        let (matching, survey) = (producer("matching").await, producer("survey").await);
        let config = Config::new(database);
        let replicas = std::sync::Mutex::default();
        let stage = Self {
            clock,
            keys,
            folder,
            backend,
            engagement,
            registry,
            matching,
            survey,
            config,
            deps,
            others,
            replicas,
        };
        stage.start(stage.config.clone()).await;
        stage
    }

    /// Another replica of the notices, which calls go to from now on.
    pub(crate) async fn start(&self, config: Config) {
        let lifecycle = Lifecycle::new();
        let (engagement, registry) = (Arc::new(self.engagement.clone()), Arc::new(self.registry.clone()));
        let deps = notices::Deps {
            log: self.deps.clone(),
            lifecycle: lifecycle.clone(),
            engagement,
            registry,
            matching: Some(Arc::new(self.matching.clone())),
            survey: Some(Arc::new(self.survey.clone())),
        };
        let started = notices::start(config, deps).await.unwrap();
        // The clients of a test are still there when it ends: nobody is waited for.
        let limits = Limits { farewell: Duration::ZERO, ..Default::default() };
        let server = started.mount(Server::new(limits, Trust::Near));
        let server = server.add_service(started.log_service().into_server());
        let (channel, inside) = kit_serve::in_process();
        server.serve([inside], &lifecycle).await.unwrap();
        self.replicas.lock().unwrap().push(Arc::new(Replica { started, channel, lifecycle }));
    }

    /// Ends every replica.
    pub(crate) async fn stop(&self) {
        let replicas = std::mem::take(&mut *self.replicas.lock().unwrap());
        for replica in replicas {
            replica.lifecycle.shutdown().await;
            replica.started.log().database().close().await;
        }
    }

    pub(crate) async fn restart(&self) {
        self.stop().await;
        self.start(self.config.clone()).await;
    }

    async fn end(self) {
        self.stop().await;
        self.others.shutdown().await;
        for log in [&self.engagement, &self.registry, &self.matching, &self.survey] {
            log.database().close().await;
        }
        if self.backend == Backend::Postgres {
            maintain(&format!("DROP DATABASE \"{}\" WITH (FORCE)", own_name(&self.folder))).await;
        }
    }

    fn replica(&self) -> Arc<Replica> {
        self.replicas.lock().unwrap().last().expect("a replica runs").clone()
    }

    pub(crate) fn log(&self) -> Log {
        self.replica().started.log()
    }

    /// The notices, called by somebody with a role who owns something.
    pub(crate) fn by(&self, subject: &str, role: Role, owns: &[&str]) -> NoticesClient<Client> {
        let mut caller = Caller::new(subject, [role]);
        caller.owns = owns.iter().map(|name| (*name).to_owned()).collect();
        NoticesClient::new(Client::new(self.replica().channel.clone(), Some(&caller)).unwrap())
    }

    pub(crate) fn operator(&self) -> NoticesClient<Client> {
        self.by("operator-1", Role::Operator, &[])
    }

    pub(crate) fn portal(&self) -> NoticesClient<Client> {
        self.by("portal", Role::Portal, &[])
    }

    pub(crate) fn clock_to(&self, text: &str) {
        self.clock.set(japan(text));
    }

    /// Tells of a case, and waits until the notices have read it.
    pub(crate) async fn tell(&self, facts: &CaseFacts, steps: Vec<Step>) {
        let texts = CaseTexts { company_name: "見本製作所".to_owned(), ..Default::default() };
        let body = CaseChanged { facts: Some(facts.clone()), changed: vec![], steps };
        let personal = CasePersonal { texts: Some(texts), reason: "秘密の理由".to_owned() };
        let event = NewEvent::new("case", &facts.case_id, &body).personal("c-1", &personal);
        let token = emit(&self.engagement, event).await;
        self.has_read(&token).await;
    }

    /// Tells what matching does, and waits until the notices have read it.
    pub(crate) async fn matching_tells(&self, event: NewEvent) {
        let token = emit(&self.matching, event).await;
        self.has_read(&token).await;
    }

    /// Waits until the notices have read this.
    pub(crate) async fn has_read(&self, token: &Token) {
        until("the notices to read", async || {
            let consumed = Source::head(&self.log()).await.ok()?.consumed;
            let read = |one: &Token| {
                one.service == token.service && one.epoch == token.epoch && one.position >= token.position
            };
            consumed.iter().any(read).then_some(())
        })
        .await;
    }

    /// Every notice that was raised, oldest first.
    pub(crate) async fn all(&self) -> Vec<Notice> {
        self.list(ListNoticesRequest::default()).await
    }

    /// Those in a state.
    pub(crate) async fn in_state(&self, state: NoticeState) -> Vec<Notice> {
        self.list(ListNoticesRequest { state: state.into(), ..Default::default() }).await
    }

    pub(crate) async fn list(&self, request: ListNoticesRequest) -> Vec<Notice> {
        let request = ListNoticesRequest { page_size: 200, ..request };
        let mut notices = self.operator().list_notices(request).await.unwrap().into_inner().notices;
        notices.reverse();
        notices
    }

    /// Waits until exactly these have been raised; each is found by whom it is for and what it is about.
    pub(crate) async fn raised(&self, wanted: &[(&str, &str, i32)]) -> Vec<Notice> {
        let mut wanted: Vec<_> =
            wanted.iter().map(|(template, to, n)| ((*template).to_owned(), (*to).to_owned(), *n)).collect();
        wanted.sort();
        let all = until(&format!("{wanted:?}"), async || {
            let all = self.all().await;
            (told(&all) == wanted).then_some(all)
        })
        .await;
        let places: BTreeSet<_> = all.iter().filter_map(|notice| notice.facts.as_ref()).map(place).collect();
        for (recipient, subject) in places {
            let found = self.list(ListNoticesRequest { recipient, subject, ..Default::default() }).await;
            assert!(!found.is_empty());
        }
        all
    }

    /// Every event of the notices, in order.
    pub(crate) async fn events(&self) -> Vec<(Event, NoticeChanged)> {
        let (mut events, mut from) = (Vec::new(), ReadFrom::default());
        loop {
            let page = Source::read(&self.log(), from.clone()).await.unwrap();
            events.extend(page.events);
            if page.read_to >= page.until {
                let body = |event: &Event| NoticeChanged::decode(event.clear.clone()).unwrap();
                return events.into_iter().map(|event| (event.clone(), body(&event))).collect();
            }
            from.after = page.read_to;
        }
    }

    /// Everything that the notices' log holds in confidence, as name and value.
    pub(crate) async fn words(&self) -> BTreeSet<(String, String)> {
        let mut words = BTreeSet::new();
        for (event, _) in self.events().await.into_iter().filter(|(event, _)| !event.personal.is_empty()) {
            let keys = self.keys.find(std::slice::from_ref(&event.key_id)).await.unwrap();
            let body = keys[&event.key_id].open(&event.id, &event.personal).unwrap();
            let told = NoticePersonal::decode(body.as_slice()).unwrap().parameters;
            words.extend(told.into_iter().map(|one| (one.name, one.value)));
        }
        words
    }

    /// How often something was told of notices of a template.
    pub(crate) async fn times(&self, template: &str, changed: &str) -> usize {
        let events = self.events().await;
        let counts = |(_, body): &&(Event, NoticeChanged)| {
            body.facts.as_ref().unwrap().template == template && body.changed == [changed]
        };
        events.iter().filter(counts).count()
    }
}

/// Emits an event in a log.
pub(crate) async fn emit(log: &Log, event: NewEvent) -> Token {
    let emitted = log.writer().run(Origin { actor: "somebody".to_owned(), ..Default::default() }, move |unit| {
        Box::pin(async move {
            unit.emit(event);
            Ok::<_, kit_log::Error>(())
        })
    });
    emitted.await.unwrap().token
}

fn own_name(folder: &TempDir) -> String {
    folder.path().file_name().unwrap().to_str().unwrap().to_owned()
}

fn postgres() -> String {
    let variable = "ACTIVELIST_TEST_POSTGRES_URL";
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run deploy/dev/with-servers cargo test -p notices"))
}

async fn maintain(sql: &str) {
    let options = PgConnectOptions::from_str(&postgres()).unwrap();
    let mut connection = PgConnection::connect_with(&options).await.expect("PostgreSQL answers");
    connection.execute(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    connection.close().await.unwrap();
}

/// Whom a notice is for, and what it is about.
fn place(facts: &contract::notices::v1::NoticeFacts) -> (String, String) {
    (facts.recipient.clone(), facts.subject.clone())
}
