//! The way to a server, and what its refusals mean to whoever typed the command.

use contract::event::v1::Token;
use kit_serve::{Caller, Client, MAX_MESSAGE_BYTES, Role, fault};
use kit_vocabulary::Lang;
use tonic::{Code, Status};

use crate::args::Server;
use crate::failure::{Failure, Placed};
use crate::text::{self, Text};

/// Makes generated clients, each over the connection to its service and with the message limits of the contract.
macro_rules! clients {
    ($($(#[doc = $doc:literal])* $name:ident over $service:ident: $type:path;)*) => {
        impl Connection {
            $(
                $(#[doc = $doc])*
                pub fn $name(&self) -> $type {
                    <$type>::new(self.$service.clone())
                        .max_decoding_message_size(MAX_MESSAGE_BYTES)
                        .max_encoding_message_size(MAX_MESSAGE_BYTES)
                }
            )*
        }
    };
}

/// A connection to the services, at one address or each at its own. It is made with the first call.
#[derive(Debug, Clone)]
pub struct Connection {
    server: Client,
    survey: Client,
    registry: Client,
    search: Client,
    engagement: Client,
    insights: Client,
    notices: Client,
    matching: Client,
}

clients! {
    /// Responses to forms.
    responses over survey: contract::survey::v1::survey_responses_client::SurveyResponsesClient<Client>;
    /// Whose answers are whose.
    people over survey: contract::survey::v1::people_client::PeopleClient<Client>;
    /// Ratings and statistics of capability.
    scoring over survey: contract::survey::v1::scoring_client::ScoringClient<Client>;
    /// Campaigns.
    campaigns over survey: contract::survey::v1::campaigns_client::CampaignsClient<Client>;
    /// Drafts of responses.
    drafts over survey: contract::survey::v1::drafts_client::DraftsClient<Client>;
    /// Scoring policies that change.
    policies over survey: contract::survey::v1::scoring_policies_client::ScoringPoliciesClient<Client>;
    /// Experts.
    experts over registry: contract::registry::v1::expert_registry_client::ExpertRegistryClient<Client>;
    /// Search.
    searching over search: contract::search::v1::expert_search_client::ExpertSearchClient<Client>;
    /// Consultations and guidance cases.
    engagements over engagement: contract::engagement::v1::engagements_client::EngagementsClient<Client>;
    /// Answers to forms of engagements.
    form_responses over engagement: contract::engagement::v1::form_responses_client::FormResponsesClient<Client>;
    /// Companies.
    companies over registry: contract::registry::v1::companies_client::CompaniesClient<Client>;
    /// Reports.
    reports over insights: contract::insights::v1::reports_client::ReportsClient<Client>;
    /// Notices and their delivery.
    notices over notices: contract::notices::v1::notices_client::NoticesClient<Client>;
    /// Support requests.
    requests over matching: contract::matching::v1::support_requests_client::SupportRequestsClient<Client>;
    /// Proposals.
    matching over matching: contract::matching::v1::matching_client::MatchingClient<Client>;
    /// Consultation events.
    consultation_events over matching: contract::matching::v1::consultation_events_client::ConsultationEventsClient<Client>;
    /// Incidents.
    incidents over matching: contract::matching::v1::incidents_client::IncidentsClient<Client>;
    /// Logs and what readers set aside.
    log over server: contract::event::v1::event_log_client::EventLogClient<Client>;
    /// Whether the server can work.
    health over server: tonic_health::pb::health_client::HealthClient<Client>;
}

impl Connection {
    /// To the server of the command line.
    ///
    /// # Errors
    /// When the address is none, or the operator's name cannot be said.
    pub fn to(server: &Server) -> Result<Self, Failure> {
        let caller = server.subject.as_ref().map(|subject| Caller::new(subject, [Role::Operator]));
        let server_client = client(&server.url, caller.as_ref())?;
        let at =
            |url: &Option<String>| url.as_ref().map_or(Ok(server_client.clone()), |url| client(url, caller.as_ref()));
        Ok(Self {
            survey: at(&server.survey)?,
            registry: at(&server.registry)?,
            search: at(&server.search)?,
            engagement: at(&server.engagement)?,
            insights: at(&server.insights)?,
            notices: at(&server.notices)?,
            matching: at(&server.matching)?,
            server: server_client,
        })
    }

    /// To one address, in the name of a caller; without one the server decides who we are.
    ///
    /// # Errors
    /// As [`Connection::to`].
    pub fn open(url: &str, caller: Option<&Caller>) -> Result<Self, Failure> {
        let server = client(url, caller)?;
        Ok(Self {
            survey: server.clone(),
            registry: server.clone(),
            search: server.clone(),
            engagement: server.clone(),
            insights: server.clone(),
            notices: server.clone(),
            matching: server.clone(),
            server,
        })
    }
}

fn client(url: &str, caller: Option<&Caller>) -> Result<Client, Failure> {
    Client::connect(url, caller).map_err(|error| match error {
        kit_serve::ClientError::Address { .. } => {
            Failure::input(text::BAD_ADDRESS.fill(&[("url", url)]), text::ADVICE_ADDRESS)
        }
        kit_serve::ClientError::Caller(_) => Failure::input(text::BAD_SUBJECT.fill(&[]), text::ADVICE_SUBJECT),
    })
}

/// A refusal of the server: what, every fault with its field, what to do about it.
pub fn refused(status: &Status) -> Failure {
    let placed = |fault: fault::Fault| Placed { place: fault.field, ja: fault.ja, en: fault.en };
    let mut faults: Vec<Placed> = fault::faults_of(status).into_iter().map(placed).collect();
    let (named, more) = (faults.len(), fault::omitted(status));
    if more > 0 {
        let more = [("more", &*more.to_string())];
        let (ja, en) = (text::MORE.get(Lang::Ja, &more), text::MORE.get(Lang::En, &more));
        faults.push(Placed { place: "…".to_owned(), ja, en });
    }
    // The message of a refusal with faults repeats them in one line.
    let en = match named + more {
        0 => status.message().to_owned(),
        count => text::FAULTS.get(Lang::En, &[("count", &count.to_string())]),
    };
    let ja = fault::ja_of(status).unwrap_or_default();
    let what = if ja.is_empty() { en } else { format!("{ja} / {en}") };
    match status.code() {
        Code::InvalidArgument => Failure::input(what, text::ADVICE_INPUT),
        code => Failure::other(what, advice(code)),
    }
    .with(faults)
}

fn advice(code: Code) -> Text {
    match code {
        Code::Unavailable => text::ADVICE_UNAVAILABLE,
        Code::DeadlineExceeded => text::ADVICE_LATE,
        Code::PermissionDenied | Code::Unauthenticated => text::ADVICE_PERMISSION,
        Code::ResourceExhausted => text::ADVICE_BUSY,
        Code::NotFound => text::ADVICE_NOT_FOUND,
        Code::Unimplemented => text::ADVICE_VERSION,
        Code::FailedPrecondition | Code::Aborted | Code::AlreadyExists => text::ADVICE_STATE,
        _ => text::ADVICE_LOG,
    }
}

/// A request with a deadline of its own.
pub fn within<T>(message: T, seconds: u64) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(std::time::Duration::from_secs(seconds));
    request
}

/// A token for `at_least`.
pub fn at_least(token: Option<&Token>) -> Vec<Token> {
    token.cloned().into_iter().collect()
}
