//! A survey of the test's own: its database, its keys, its clock, and a server inside the process.
#![allow(dead_code, reason = "each test file uses its own part of the stage")]

use std::future::Future;
use std::path::PathBuf;

use contract::survey::v1::answer::Value;
use contract::survey::v1::campaigns_client::CampaignsClient;
use contract::survey::v1::drafts_client::DraftsClient;
use contract::survey::v1::people_client::PeopleClient;
use contract::survey::v1::scoring_client::ScoringClient;
use contract::survey::v1::scoring_policies_client::ScoringPoliciesClient;
use contract::survey::v1::survey_forms_client::SurveyFormsClient;
use contract::survey::v1::survey_responses_client::SurveyResponsesClient;
use contract::survey::v1::*;
use futures::FutureExt as _;
use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{InProcess, KeyStore as _, LogDeps, SqlKeys};
use kit_serve::{Caller, Client, Fault, Lifecycle, Limits, Role, Server, Trust, fault};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// The moment at which every stage's clock stands at first.
pub(crate) const NOW: &str = "2025-02-10T09:00:00+09:00";

/// The same test on both databases, each under its own name.
#[allow(unused_macros, reason = "one test file is about one database")]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                crate::stage::on(crate::stage::Kind::Sqlite, super::$name).await;
            }

            #[tokio::test]
            async fn postgres() {
                crate::stage::on(crate::stage::Kind::Postgres, super::$name).await;
            }
        }
    )*};
}
#[allow(unused_imports, reason = "as above")]
pub(crate) use on_both;

pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Runs a test on a database that nobody else has, and removes it whatever the test did.
pub(crate) async fn on<F: Future<Output = ()>>(kind: Kind, test: impl FnOnce(World) -> F) {
    let folder = tempfile::tempdir().expect("a directory");
    let (database, maintenance) = match kind {
        Kind::Sqlite => (format!("sqlite:{}", folder.path().join("survey.db").display()), None),
        Kind::Postgres => {
            let maintenance = std::env::var("ACTIVELIST_TEST_POSTGRES_URL").expect(
                "ACTIVELIST_TEST_POSTGRES_URL must name a PostgreSQL: run this through deploy/dev/with-servers",
            );
            let name = format!("survey_{}", Ids::Random.fresh().replace('-', ""));
            ask(&maintenance, format!("CREATE DATABASE {name}")).await;
            let (server, _) = maintenance.rsplit_once('/').expect("a URL with a database");
            (format!("{server}/{name}"), Some((maintenance.clone(), name)))
        }
    };
    let world = World { database, folder: folder.path().to_owned() };
    let outcome = std::panic::AssertUnwindSafe(test(world)).catch_unwind().await;
    if let Some((maintenance, name)) = maintenance {
        ask(&maintenance, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

async fn ask(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.expect("the PostgreSQL of the test can be reached");
    connection.execute(AssertSqlSafe(sql).into_sql_str()).await.expect("a database of the test's own");
}

/// Where a test's survey keeps its data.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) database: String,
    pub(crate) folder: PathBuf,
}

impl World {
    pub(crate) fn config(&self) -> survey::Config {
        survey::Config::new(&self.database)
    }

    pub(crate) async fn stage(&self) -> Stage {
        self.stage_with(self.config()).await.expect("the survey starts")
    }

    pub(crate) async fn stage_with(&self, config: survey::Config) -> Result<Stage, survey::Error> {
        let clock = Clock::standing_at(NOW.parse().unwrap());
        let keys_at = format!("sqlite:{}", self.folder.join("keys.db").display());
        let keys = SqlKeys::open(&keys_at).await.expect("a key store");
        let lifecycle = Lifecycle::new();
        let log = LogDeps { clock: clock.clone(), ids: Ids::Random, keys: keys.clone(), carrier: InProcess::new() };
        let deps = survey::Deps { log, lifecycle: lifecycle.clone() };
        let started = survey::start(config, deps).await?;
        let (channel, inside) = kit_serve::in_process();
        let server = started.mount(Server::new(Limits::default(), Trust::Near));
        server.serve([inside], &lifecycle).await.expect("it serves");
        let client = Client::new(channel, None).expect("a client");
        Ok(Stage { clock, lifecycle, started, client, keys })
    }
}

/// A running survey.
pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) started: survey::Started,
    pub(crate) keys: std::sync::Arc<SqlKeys>,
    client: Client,
}

pub(crate) fn portal() -> Caller {
    Caller::new("portal-1", [Role::Portal])
}

pub(crate) fn operator() -> Caller {
    Caller::new("operator-1", [Role::Operator])
}

pub(crate) fn expert(subject: &str) -> Caller {
    Caller::new(subject, [Role::Expert])
}

impl Stage {
    pub(crate) fn responses(&self, caller: &Caller) -> SurveyResponsesClient<Client> {
        SurveyResponsesClient::new(self.client.acting_as(caller).unwrap())
    }

    pub(crate) fn people(&self, caller: &Caller) -> PeopleClient<Client> {
        PeopleClient::new(self.client.acting_as(caller).unwrap())
    }

    /// Submits what is disputed; answers the dispute's name.
    pub(crate) async fn dispute(&self, caller: &Caller, response: NewResponse) -> String {
        let refused = self.submit(caller, response).await.unwrap_err();
        let details = refused.get_details_error_info().expect("a reason");
        assert_eq!(details.reason, "RESPONSE_DISPUTED", "{refused:?}");
        details.metadata["response"].replace("responses/", "disputes/")
    }

    pub(crate) async fn decide(&self, request: DecideDisputeRequest) -> Result<DecideDisputeResponse, Status> {
        self.people(&operator()).decide_dispute(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn merge(&self, name: &str, into: &str) -> Result<MergePeopleResponse, Status> {
        let (name, into) = (name.to_owned(), into.to_owned());
        let request = MergePeopleRequest { name, into, reason: "同じ方です".to_owned(), ..Default::default() };
        self.people(&operator()).merge_people(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn apart(&self, first: &str, second: &str) -> Result<KeepPeopleApartResponse, Status> {
        let (first, second) = (first.to_owned(), second.to_owned());
        let request =
            KeepPeopleApartRequest { first, second, reason: "別の方です".to_owned(), ..Default::default() };
        self.people(&operator()).keep_people_apart(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn split(
        &self,
        name: &str,
        responses: &[&str],
        number: &str,
    ) -> Result<SplitPersonResponse, Status> {
        let request = SplitPersonRequest {
            name: name.to_owned(),
            responses: responses.iter().map(|&response| response.to_owned()).collect(),
            registration_number: number.to_owned(),
            reason: "番号の打ち間違い".to_owned(),
            ..Default::default()
        };
        self.people(&operator()).split_person(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn waiting(&self) -> Vec<Dispute> {
        let request = ListDisputesRequest { page_size: 200, ..Default::default() };
        self.people(&operator()).list_disputes(request).await.unwrap().into_inner().disputes
    }

    pub(crate) async fn duplicates(&self) -> Vec<PossibleDuplicatePeople> {
        let request = ListPossibleDuplicatePeopleRequest { page_size: 200, ..Default::default() };
        self.people(&operator()).list_possible_duplicate_people(request).await.unwrap().into_inner().pairs
    }

    pub(crate) async fn decisions(&self, name: &str) -> Vec<PersonDecision> {
        let request = ListPersonDecisionsRequest { name: name.to_owned() };
        self.people(&operator()).list_person_decisions(request).await.unwrap().into_inner().decisions
    }

    /// What other generated clients are made over.
    pub(crate) fn calling_as(&self, caller: &Caller) -> Client {
        self.client.acting_as(caller).unwrap()
    }

    pub(crate) fn campaigns(&self, caller: &Caller) -> CampaignsClient<Client> {
        CampaignsClient::new(self.client.acting_as(caller).unwrap())
    }

    pub(crate) fn drafts(&self, caller: &Caller) -> DraftsClient<Client> {
        DraftsClient::new(self.client.acting_as(caller).unwrap())
    }

    pub(crate) fn scoring(&self, caller: &Caller) -> ScoringClient<Client> {
        ScoringClient::new(self.client.acting_as(caller).unwrap())
    }

    pub(crate) fn policies(&self, caller: &Caller) -> ScoringPoliciesClient<Client> {
        ScoringPoliciesClient::new(self.client.acting_as(caller).unwrap())
    }

    pub(crate) fn forms(&self) -> SurveyFormsClient<Client> {
        SurveyFormsClient::new(self.client.acting_as(&Caller::new("anybody", [])).unwrap())
    }

    pub(crate) async fn submit(
        &self,
        caller: &Caller,
        response: NewResponse,
    ) -> Result<SubmitResponseResponse, Status> {
        self.submit_as(caller, response, "").await
    }

    pub(crate) async fn submit_as(
        &self,
        caller: &Caller,
        response: NewResponse,
        request_id: &str,
    ) -> Result<SubmitResponseResponse, Status> {
        let request =
            SubmitResponseRequest { response: Some(response), request_id: request_id.to_owned(), validate_only: false };
        self.responses(caller).submit_response(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn import(&self, responses: Vec<NewResponse>) -> Result<BatchSubmitResponsesResponse, Status> {
        let import = Some(ImportNote { as_of: Some(at(NOW)), source: "campaign.csv".to_owned() });
        let request = BatchSubmitResponsesRequest { responses, import };
        self.responses(&operator()).batch_submit_responses(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn validate(&self, caller: &Caller, response: NewResponse) -> ValidateResponseResponse {
        let request = ValidateResponseRequest { response: Some(response) };
        self.responses(caller).validate_response(request).await.unwrap().into_inner()
    }

    pub(crate) async fn get(&self, caller: &Caller, name: &str) -> Result<Response, Status> {
        let answer = self.responses(caller).get_response(GetResponseRequest { name: name.to_owned() }).await?;
        Ok(answer.into_inner().response.expect("a response"))
    }

    /// Names and states of a person's responses, newest first.
    pub(crate) async fn history(&self, number: &str) -> Vec<(String, ResponseState)> {
        let request = ListResponsesRequest { registration_number: number.to_owned(), ..Default::default() };
        let answer = self.responses(&operator()).list_responses(request).await.unwrap().into_inner();
        answer.responses.into_iter().map(|r| (r.name.clone(), r.state())).collect()
    }

    pub(crate) async fn rating(&self, caller: &Caller, number: &str) -> Result<Rating, Status> {
        let request = GetRatingRequest { registration_number: number.to_owned() };
        Ok(self.scoring(caller).get_rating(request).await?.into_inner().rating.expect("a rating"))
    }

    /// Received, people, repeats, disputed, skill part unanswered.
    pub(crate) async fn counts(&self) -> [i64; 5] {
        let request = GetSurveyStatisticsRequest {};
        let counts = self.responses(&operator()).get_survey_statistics(request).await.unwrap().into_inner();
        [counts.received, counts.people, counts.repeats, counts.disputed, counts.skills_unanswered]
    }

    pub(crate) async fn events(&self) -> Vec<kit_log::Event> {
        let silent = ["form", "policy"];
        self.log().await.into_iter().filter(|event| !silent.contains(&event.aggregate_type.as_str())).collect()
    }

    /// The same with the publications of forms and of which policy is in force.
    pub(crate) async fn log(&self) -> Vec<kit_log::Event> {
        use kit_log::Source as _;
        self.started.log().read(kit_log::ReadFrom::default()).await.unwrap().events
    }

    /// Opens the personal body of an event.
    pub(crate) async fn personal(&self, event: &kit_log::Event) -> Vec<u8> {
        let keys = self.keys.find(std::slice::from_ref(&event.key_id)).await.unwrap();
        keys[&event.key_id].open(&event.id, &event.personal).unwrap()
    }

    pub(crate) async fn close(self) {
        self.lifecycle.shutdown().await;
        self.started.log().database().close().await;
    }
}

/// A moment on the wire.
/// What is decided about a dispute, with a reason.
pub(crate) fn decision(name: &str, decision: DisputeDecision) -> DecideDisputeRequest {
    let (name, reason) = (name.to_owned(), "電話で確認した".to_owned());
    DecideDisputeRequest { name, decision: decision.into(), reason, ..Default::default() }
}

pub(crate) fn at(text: &str) -> prost_types::Timestamp {
    kit_log::wire_time(text.parse::<Timestamp>().unwrap())
}

pub(crate) fn choice(code: &str) -> Value {
    Value::Choice(code.to_owned())
}

pub(crate) fn choices(codes: &[&str]) -> Value {
    Value::Choices(Choices { codes: codes.iter().map(|&code| code.to_owned()).collect() })
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A whole response to `skill-2024`: all that is required, every skill item answered with 2.
pub(crate) fn response(number: &str) -> NewResponse {
    let mut response = NewResponse { form: "forms/skill-2024".to_owned(), answers: Vec::new(), submit_time: None };
    for (question, value) in [
        ("name", text("見本 花子")),
        ("name_kana", text("ミホン ハナコ")),
        ("residence", choice("27")),
        ("residence_city", text("大阪市")),
        ("affiliation", choice("independent")),
        ("organisation", text("見本事務所")),
        ("email", text("hanako@example.jp")),
        ("registration_number", text(number)),
        ("registration_year", Value::Number(2020)),
        ("experience", choice("5_10y")),
        ("support_experience", choice("no")),
        ("industries", choices(&["none"])),
        ("organisations", choices(&["chambers"])),
        ("company_sizes", choices(&["le10", "11_50"])),
        ("prefectures", choices(&["27", "28"])),
        ("formats", choices(&["onsite"])),
        ("themes", choices(&["T1", "T4"])),
        ("fee_per_visit", choice("20_30k")),
        ("durations", choices(&["spot"])),
        ("listing_consent", choice("yes")),
        ("training_taken", choices(&["online"])),
    ] {
        response.answers.push(Answer { question: question.to_owned(), value: Some(value) });
    }
    for item in survey::domain::scoring::SKILL_ITEMS {
        response.answers.push(Answer { question: item.to_owned(), value: Some(Value::Number(2)) });
    }
    response
}

/// Changes to a response, one after another.
pub(crate) trait Changed: Sized {
    fn with(self, question: &str, value: Value) -> Self;
    fn without(self, question: &str) -> Self;
    fn at(self, moment: &str) -> Self;
    /// Another name, kana and address.
    fn by_another(self) -> Self;
    /// Every skill item answered with this.
    fn skilled(self, answer: i64) -> Self;
    /// The skill part left empty.
    fn unskilled(self) -> Self;
}

impl Changed for NewResponse {
    fn with(self, question: &str, value: Value) -> Self {
        let mut response = self.without(question);
        response.answers.push(Answer { question: question.to_owned(), value: Some(value) });
        response
    }

    fn without(mut self, question: &str) -> Self {
        self.answers.retain(|answer| answer.question != question);
        self
    }

    fn at(mut self, moment: &str) -> Self {
        self.submit_time = Some(at(moment));
        self
    }

    fn by_another(self) -> Self {
        self.with("name", text("他人 太郎"))
            .with("name_kana", text("タニン タロウ"))
            .with("email", text("taro@example.com"))
    }

    fn skilled(self, answer: i64) -> Self {
        let items = survey::domain::scoring::SKILL_ITEMS;
        items.into_iter().fold(self, |response, item| response.with(item, Value::Number(answer)))
    }

    fn unskilled(self) -> Self {
        survey::domain::scoring::SKILL_ITEMS.into_iter().fold(self, |response, item| response.without(item))
    }
}

/// Field and reason of every fault, in order.
pub(crate) fn faults(status: &Status) -> Vec<(String, String)> {
    fault::faults_of(status).into_iter().map(|Fault { field, reason, .. }| (field, reason)).collect()
}

/// The one fault of a refused request.
pub(crate) fn one_fault(status: &Status) -> (String, String) {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let found = faults(status);
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}
