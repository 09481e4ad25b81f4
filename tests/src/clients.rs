//! Clients for every service of a deployment, wherever it listens.

use contract::engagement::v1::engagements_client::EngagementsClient;
use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::{Event, GetHeadRequest, ReadRequest, Token};
use contract::insights::v1::reports_client::ReportsClient;
use contract::matching::v1::consultation_events_client::ConsultationEventsClient;
use contract::matching::v1::incidents_client::IncidentsClient;
use contract::matching::v1::matching_client::MatchingClient;
use contract::matching::v1::support_requests_client::SupportRequestsClient;
use contract::notices::v1::notices_client::NoticesClient;
use contract::registry::v1::companies_client::CompaniesClient;
use contract::registry::v1::expert_registry_client::ExpertRegistryClient;
use contract::search::v1::expert_search_client::ExpertSearchClient;
use contract::survey::v1::campaigns_client::CampaignsClient;
use contract::survey::v1::drafts_client::DraftsClient;
use contract::survey::v1::people_client::PeopleClient;
use contract::survey::v1::scoring_client::ScoringClient;
use contract::survey::v1::scoring_policies_client::ScoringPoliciesClient;
use contract::survey::v1::survey_forms_client::SurveyFormsClient;
use contract::survey::v1::survey_responses_client::SurveyResponsesClient;
use kit_serve::{Caller, Client, MAX_MESSAGE_BYTES, Role};

/// Connections to the services, all calling in one name.
#[derive(Clone, Debug)]
pub struct Clients {
    survey: Client,
    registry: Client,
    search: Client,
    engagement: Client,
    insights: Client,
    notices: Client,
    matching: Client,
}

macro_rules! generated {
    ($($(#[doc = $doc:literal])* $name:ident: $type:ident over $connection:ident;)*) => {
        impl Clients {
            $(
                $(#[doc = $doc])*
                pub fn $name(&self) -> $type<Client> {
                    $type::new(self.$connection.clone())
                        .max_decoding_message_size(MAX_MESSAGE_BYTES)
                        .max_encoding_message_size(2 * MAX_MESSAGE_BYTES)
                }
            )*
        }
    };
}

generated! {
    /// The forms.
    forms: SurveyFormsClient over survey;
    /// Responses. Sends more than the limit too, so that the server's can be tried.
    responses: SurveyResponsesClient over survey;
    /// Campaigns.
    campaigns: CampaignsClient over survey;
    /// Drafts.
    drafts: DraftsClient over survey;
    /// Whose answers are whose.
    people: PeopleClient over survey;
    /// Ratings.
    scoring: ScoringClient over survey;
    /// Scoring policies that change.
    policies: ScoringPoliciesClient over survey;
    /// Experts.
    registry: ExpertRegistryClient over registry;
    /// Search.
    search: ExpertSearchClient over search;
    /// Consultations and guidance cases.
    engagements: EngagementsClient over engagement;
    /// Reports.
    reports: ReportsClient over insights;
    /// Notices.
    notices: NoticesClient over notices;
    /// Support requests.
    requests: SupportRequestsClient over matching;
    /// Proposals.
    matching: MatchingClient over matching;
    /// Consultation events.
    consultation_events: ConsultationEventsClient over matching;
    /// Incidents.
    incidents: IncidentsClient over matching;
    /// The log of the survey.
    survey_log: EventLogClient over survey;
    /// The log of the registry.
    registry_log: EventLogClient over registry;
    /// The log of the engagements.
    engagement_log: EventLogClient over engagement;
    /// The log of the search.
    search_log: EventLogClient over search;
    /// What the reports set aside.
    insights_log: EventLogClient over insights;
    /// The companies.
    companies: CompaniesClient over registry;
    /// The log of the notices.
    notices_log: EventLogClient over notices;
    /// The log of matching.
    matching_log: EventLogClient over matching;
}

impl Clients {
    /// To the services, each at the address that this tells, as an operator called `tests`.
    ///
    /// # Panics
    /// When an address is none.
    pub fn connect(address: impl Fn(&'static str) -> String) -> Self {
        let operator = Caller::new("tests", [Role::Operator]);
        let to = |service| Client::connect(&address(service), Some(&operator)).expect("an address of ours");
        Self {
            survey: to("survey"),
            registry: to("registry"),
            search: to("search"),
            engagement: to("engagement"),
            insights: to("insights"),
            notices: to("notices"),
            matching: to("matching"),
        }
    }

    /// The same connections in another's name.
    ///
    /// # Panics
    /// When the caller cannot be said.
    pub fn acting_as(&self, caller: &Caller) -> Self {
        let to = |client: &Client| client.acting_as(caller).expect("a caller that can be said");
        Self {
            survey: to(&self.survey),
            registry: to(&self.registry),
            search: to(&self.search),
            engagement: to(&self.engagement),
            insights: to(&self.insights),
            notices: to(&self.notices),
            matching: to(&self.matching),
        }
    }

    fn log(&self, service: &str) -> EventLogClient<Client> {
        match service {
            "survey" => self.survey_log(),
            "registry" => self.registry_log(),
            "engagement" => self.engagement_log(),
            "notices" => self.notices_log(),
            "matching" => self.matching_log(),
            other => panic!("{other} has no log"),
        }
    }

    /// The head of a log.
    ///
    /// # Panics
    /// When its service is away.
    pub async fn head(&self, service: &str) -> Token {
        let request = GetHeadRequest { service: service.to_owned() };
        let answer = self.log(service).get_head(request).await.expect("the head of a log").into_inner();
        answer.head.expect("a head")
    }

    /// Whether a reader has all effects of a write.
    ///
    /// # Panics
    /// When its service is away.
    pub async fn has_read(&self, reader: &str, write: &Token) -> bool {
        let request = GetHeadRequest { service: reader.to_owned() };
        let head = self.log(reader).get_head(request).await.expect("the head of a log").into_inner();
        head.consumed.iter().any(|read| read.service == write.service && read.position >= write.position)
    }

    /// Every event of a log, in order.
    ///
    /// # Panics
    /// When its service is away.
    pub async fn events(&self, service: &str) -> Vec<Event> {
        let mut events = Vec::new();
        let mut request = ReadRequest { service: service.to_owned(), page_size: 1_000, ..Default::default() };
        loop {
            let page = self.log(service).read(request.clone()).await.expect("a page of a log").into_inner();
            events.extend(page.events);
            if page.read_to >= page.until {
                return events;
            }
            request = ReadRequest { after: page.read_to, until: page.until, epoch: page.epoch, ..request };
        }
    }
}
