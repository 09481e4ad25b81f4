//! The world of one test: matching with a database of its own, a register of companies and a search in memory, and logs of the services
//! it reads, in which the test itself tells what happened.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::engagement::v1::{CaseChanged, CaseFacts, Side};
use contract::event::v1::{Event, Token};
use contract::matching::v1::matching_client::MatchingClient;
use contract::matching::v1::support_requests_client::SupportRequestsClient;
use contract::matching::v1::*;
use contract::notices::v1::{NoticeChanged, NoticeFacts};
use contract::registry::v1::companies_server::CompaniesServer;
use contract::registry::v1::{Company, CompanyDetails, CompanyFacts, ExpertChanged, ExpertState};
use contract::search::v1::expert_search_server::ExpertSearchServer;
use futures::FutureExt as _;
use kit_clock::{Clock, Ids};
use kit_log::{InProcess, Log, LogConfig, LogDeps, NewEvent, Origin, ReadFrom, Source, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust};
use matching::{Config, Started};
use tempfile::TempDir;
use tonic::Status;
use tonic::transport::Channel;

use crate::books::Books;
use crate::pool::Pool;

pub(crate) use crate::world::{Backend, at, faults, faults_of, japan, reason_of, until, wire};
use crate::world::{maintain, own_name, postgres};

/// Where the clock stands when a test begins.
pub(crate) const NOW: &str = "2024-10-01T09:00:00+09:00";
pub(crate) const BODY: &str = "bodies/osaka";
pub(crate) const OTHER_BODY: &str = "bodies/nagoya";

/// A replica of matching, running.
pub(crate) struct Replica {
    started: Started,
    channel: Channel,
    lifecycle: Lifecycle,
}

pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    pub(crate) backend: Backend,
    pub(crate) books: Books,
    pub(crate) pool: Pool,
    pub(crate) registry: Log,
    engagement: Log,
    notices: Log,
    register: Channel,
    config: Config,
    deps: LogDeps,
    others: Lifecycle,
    replicas: Mutex<Vec<Arc<Replica>>>,
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

/// A company of Osaka that the body there looks after.
pub(crate) fn company(name: &str) -> Company {
    let facts = CompanyFacts {
        prefecture: "27".to_owned(),
        industry: "automotive".to_owned(),
        size: "11_50".to_owned(),
        body: BODY.to_owned(),
        ..Default::default()
    };
    let details = CompanyDetails { company_name: name.to_owned(), ..Default::default() };
    Company { facts: Some(facts), details: Some(details), ..Default::default() }
}

/// What is asked for in most tests: guidance on rules.
pub(crate) fn need() -> Need {
    Need { kind: RequestKind::Guidance.into(), themes: vec!["T1".to_owned()], ..Default::default() }
}

/// A request of a company of the register.
pub(crate) fn asks(company: &str) -> CreateRequestRequest {
    CreateRequestRequest {
        programme: "2024".to_owned(),
        route: Route::SupportBody.into(),
        company: company.to_owned(),
        need: Some(need()),
        circumstances: "取引先から規程の提出を求められた".to_owned(),
        ..Default::default()
    }
}

impl Stage {
    async fn open(backend: Backend) -> Self {
        let folder = tempfile::Builder::new().prefix("matching.").tempdir_in("/var/tmp").unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let database = match backend {
            Backend::Sqlite => file("matching.db"),
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
                Ok::<_, Infallible>(())
            });
            log
        };
        let registry = producer("registry").await;
        let (engagement, notices) = (producer("engagement").await, producer("notices").await);
        let (books, pool) = (Books::new(), Pool::default());
        let (register, inside) = kit_serve::in_process();
        let server = server().add_service(CompaniesServer::new(books.clone()));
        let server = server.add_service(ExpertSearchServer::new(pool.clone()));
        server.serve([inside], &others).await.unwrap();
        let (config, replicas) = (Config::new(database), Mutex::default());
        let stage = Self {
            clock,
            folder,
            backend,
            books,
            pool,
            registry,
            engagement,
            notices,
            register,
            config,
            deps,
            others,
            replicas,
        };
        stage.start().await;
        stage
    }

    /// Another replica of matching, which calls go to from now on.
    pub(crate) async fn start(&self) {
        let lifecycle = Lifecycle::new();
        let own = Client::new(self.register.clone(), Some(&Caller::service("matching"))).unwrap();
        let source = |log: &Log| -> Arc<dyn Source> { Arc::new(log.clone()) };
        let deps = matching::Deps {
            log: self.deps.clone(),
            lifecycle: lifecycle.clone(),
            register: own.clone(),
            search: own,
            registry: source(&self.registry),
            engagement: source(&self.engagement),
            notices: source(&self.notices),
        };
        let started = matching::start(self.config.clone(), deps).await.unwrap();
        let server = started.mount(server()).add_service(started.log_service().into_server());
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
        self.start().await;
    }

    async fn end(self) {
        self.stop().await;
        self.others.shutdown().await;
        for log in [&self.engagement, &self.registry, &self.notices] {
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

    pub(crate) fn client(&self, subject: &str, role: Role, owns: &[&str]) -> Client {
        let mut caller = Caller::new(subject, [role]);
        caller.owns = owns.iter().map(|name| (*name).to_owned()).collect();
        Client::new(self.replica().channel.clone(), Some(&caller)).unwrap()
    }

    /// Matching, called by somebody with a role who owns something.
    pub(crate) fn by(&self, subject: &str, role: Role, owns: &[&str]) -> MatchingClient<Client> {
        MatchingClient::new(self.client(subject, role, owns))
    }

    pub(crate) fn operator(&self) -> MatchingClient<Client> {
        self.by("operator-1", Role::Operator, &[])
    }

    /// The counsellor of the body in Osaka.
    pub(crate) fn counsellor(&self) -> MatchingClient<Client> {
        self.by("counsellor-1", Role::Counsellor, &[BODY])
    }

    /// The counsellor of another body.
    pub(crate) fn elsewhere(&self) -> MatchingClient<Client> {
        self.by("counsellor-2", Role::Counsellor, &[OTHER_BODY])
    }

    /// Somebody whose entry this is.
    pub(crate) fn expert(&self, name: &str) -> MatchingClient<Client> {
        self.by(&name.replace('/', "-"), Role::Expert, &[name])
    }

    /// A user of a company, behind the portal.
    pub(crate) fn company(&self, name: &str) -> MatchingClient<Client> {
        self.by(&name.replace('/', "-"), Role::Portal, &[name])
    }

    /// The requests, called by an operator.
    pub(crate) fn requests(&self) -> SupportRequestsClient<Client> {
        SupportRequestsClient::new(self.client("operator-1", Role::Operator, &[]))
    }

    /// A request of a new company of Osaka.
    pub(crate) async fn request(&self, company_name: &str, need: Need) -> RequestFacts {
        let of = self.books.put(company(company_name));
        let request = CreateRequestRequest { need: Some(need), body: BODY.to_owned(), ..asks(&of) };
        let entered = self.requests().create_request(request).await.unwrap().into_inner();
        entered.request.unwrap().facts.unwrap()
    }

    pub(crate) async fn get(&self, name: &str) -> RequestFacts {
        let asked = GetRequestRequest { name: name.to_owned() };
        self.requests().get_request(asked).await.unwrap().into_inner().request.unwrap().facts.unwrap()
    }

    pub(crate) async fn proposal(&self, name: &str) -> ProposalFacts {
        let asked = GetProposalRequest { name: name.to_owned() };
        self.operator().get_proposal(asked).await.unwrap().into_inner().proposal.unwrap().facts.unwrap()
    }

    /// Proposes by hand.
    pub(crate) async fn propose(&self, request: &str, expert: &str) -> Result<Proposal, Status> {
        let asked = ProposeRequest { request: request.to_owned(), expert: expert.to_owned(), ..Default::default() };
        Ok(self.operator().propose(asked).await?.into_inner().proposal.unwrap())
    }

    /// The expert accepts or declines.
    pub(crate) async fn expert_says(&self, proposal: &str, accepts: bool) -> Result<ProposalFacts, Status> {
        let expert = self.proposal(proposal).await.expert;
        says(self.expert(&expert), proposal, Side::Expert, accepts).await
    }

    /// The company accepts or declines.
    pub(crate) async fn company_says(&self, proposal: &str, accepts: bool) -> Result<ProposalFacts, Status> {
        let company = self.proposal(proposal).await.company.unwrap().company;
        says(self.company(&company), proposal, Side::Company, accepts).await
    }

    /// Waits until a request is proposed to somebody else than in this proposal; answers the new one.
    pub(crate) async fn next_after(&self, request: &str, before: &str) -> ProposalFacts {
        let found = until(&format!("the next proposal of {request}"), async || {
            let proposal = self.get(request).await.proposal;
            (!proposal.is_empty() && proposal != before).then_some(proposal)
        })
        .await;
        self.proposal(&found).await
    }

    /// Sets how much an expert takes in 2024.
    pub(crate) async fn takes(&self, expert: &str, capacity: i32) {
        let (expert, programme) = (expert.to_owned(), "2024".to_owned());
        let capacity = Some(Capacity { expert, programme, capacity, taken: 0 });
        let request = SetCapacityRequest { capacity, ..Default::default() };
        self.operator().set_capacity(request).await.unwrap();
    }

    pub(crate) async fn history(&self, proposal: &str) -> Vec<MatchingStep> {
        let asked = GetProposalHistoryRequest { name: proposal.to_owned() };
        self.operator().get_proposal_history(asked).await.unwrap().into_inner().steps
    }

    /// The notices tell that the notice of a proposal was handed over.
    pub(crate) async fn hands_over(&self, proposal: &str, template: &str, time: &str) {
        let facts = NoticeFacts {
            notice_id: format!("n-{template}-{}", proposal.trim_start_matches("proposals/")),
            template: template.to_owned(),
            subject: proposal.to_owned(),
            hand_over_time: wire(time),
            ..Default::default()
        };
        let body = NoticeChanged { facts: Some(facts.clone()), changed: vec!["handed_over".to_owned()] };
        self.tells(&self.notices, NewEvent::new("notice", &facts.notice_id, &body)).await;
    }

    /// The engagements tell of a case.
    pub(crate) async fn case(&self, facts: CaseFacts) {
        let body = CaseChanged { facts: Some(facts.clone()), ..Default::default() };
        self.tells(&self.engagement, NewEvent::new("case", &facts.case_id, &body)).await;
    }

    /// The register tells where an expert stands.
    pub(crate) async fn expert_is(&self, expert: &str, state: ExpertState) {
        let id = expert.trim_start_matches("experts/");
        let body = ExpertChanged { expert_id: id.to_owned(), state: state.into(), ..Default::default() };
        self.tells(&self.registry, NewEvent::new("expert", id, &body)).await;
    }

    /// Tells something in a log, and waits until matching has read it.
    pub(crate) async fn tells(&self, log: &Log, event: NewEvent) {
        let told = log.writer().run(Origin::default(), move |unit| {
            Box::pin(async move {
                unit.emit(event);
                Ok::<_, kit_log::Error>(())
            })
        });
        let token = told.await.unwrap().token;
        self.has_read(&token).await;
    }

    async fn has_read(&self, token: &Token) {
        until("matching to read", async || {
            let consumed = Source::head(&self.log()).await.ok()?.consumed;
            let read = |one: &Token| {
                one.service == token.service && one.epoch == token.epoch && one.position >= token.position
            };
            consumed.iter().any(read).then_some(())
        })
        .await;
    }

    /// Every event, in order.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let (mut events, mut from) = (Vec::new(), ReadFrom::default());
        loop {
            let page = Source::read(&self.log(), from.clone()).await.unwrap();
            events.extend(page.events);
            if page.read_to >= page.until {
                return events;
            }
            from.after = page.read_to;
        }
    }

    /// Whether any of these texts stands in clear in an event, or in a file of the database.
    pub(crate) async fn leaks(&self, secrets: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for event in self.events().await {
            let bytes = [event.clear.as_ref(), event.personal.as_ref()].concat();
            found.extend(
                secrets.iter().filter(|one| holds(&bytes, one)).map(|one| format!("{one} in {}", event.r#type)),
            );
        }
        if self.backend == Backend::Sqlite {
            for name in ["matching.db", "matching.db-wal"] {
                let bytes = std::fs::read(self.folder.path().join(name)).unwrap_or_default();
                found.extend(secrets.iter().filter(|one| holds(&bytes, one)).map(|one| format!("{one} in {name}")));
            }
        }
        found
    }
}

/// A side accepts or declines a proposal.
pub(crate) async fn says(
    mut caller: MatchingClient<Client>,
    proposal: &str,
    side: Side,
    accepts: bool,
) -> Result<ProposalFacts, Status> {
    let (name, side) = (proposal.to_owned(), side.into());
    let said = if accepts {
        let request = AcceptProposalRequest { name, side, ..Default::default() };
        caller.accept_proposal(request).await?.into_inner().proposal
    } else {
        let reason = "今期は受けられません".to_owned();
        let request = DeclineProposalRequest { name, side, reason, ..Default::default() };
        caller.decline_proposal(request).await?.into_inner().proposal
    };
    Ok(said.unwrap().facts.unwrap())
}

fn server() -> Server {
    // The clients of a test are still there when it ends: nobody is waited for.
    Server::new(Limits { farewell: Duration::ZERO, ..Default::default() }, Trust::Near)
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}
