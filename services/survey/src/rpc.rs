//! The calls: contract → domain → store → contract.

pub(crate) mod campaigns;
mod carry;
mod check;
mod drafts;
pub(crate) mod finding;
mod form;
mod intake;
mod look;
mod people;
mod person;
mod policies;
mod read;
mod rules;
mod submit;
pub(crate) mod text;
mod wire;

use std::sync::Arc;

use contract::survey::v1 as api;
use contract::survey::v1::scoring_server::Scoring;
use contract::survey::v1::survey_forms_server::SurveyForms;
use contract::survey::v1::survey_responses_server::SurveyResponses;
use kit_clock::{Ids, Timestamp};
use kit_log::keys::Key;
use kit_log::{Log, wire_time};
use kit_serve::Caller;
use tokio::sync::Notify;
use tonic::{Request, Response, Status, async_trait};

use crate::Error;
use crate::domain::capability::{Capability, CapabilityCount};
use crate::domain::form as forms;
use crate::store;
use policies::KnownParts;
pub use policies::Pace;
pub(crate) use policies::Step;
use rules::Policies;

/// The service behind its gRPC services. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Survey {
    log: Log,
    ids: Ids,
    policies: Policies,
    /// Of which ratings are made while another policy comes into force.
    parts: KnownParts,
    /// Told when an activation may have something to do.
    wake: Arc<Notify>,
    /// For the marks of addresses and names; none when it was destroyed.
    marks: Option<Key>,
}

/// The id of the key under which addresses and names are looked up.
const MARKS: &str = "survey/likeness";

impl Survey {
    /// # Errors
    /// When the key store cannot be used.
    pub(crate) async fn new(log: Log, ids: Ids) -> Result<Self, Error> {
        let marks = log.keys().ensure(&[MARKS.to_owned()]).await?.remove(MARKS);
        let (policies, parts, wake) = (Policies::default(), KnownParts::default(), Arc::default());
        Ok(Self { log, ids, policies, parts, wake, marks })
    }

    /// Done when an activation may have something to do.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The policies, by id, and the id of the one in force.
    pub(crate) async fn known_policies(&self) -> Result<(Vec<api::Policy>, String), Error> {
        let mut session = self.log.read_session().await?;
        let all = self.policies.all(&mut session).await?.iter().map(|policy| wire::policy(policy)).collect();
        let in_force = store::scoring(&mut session).await?.map(|scoring| scoring.policy);
        Ok((all, in_force.unwrap_or_default()))
    }

    /// Everybody's capability under the policy in force, a page of people at a time.
    async fn capability(&self) -> Result<api::GetCapabilityResponse, Error> {
        let mut session = self.log.read_session().await?;
        let policy = self.policies.rules(&mut session).await?.in_force;
        let (mut total, mut people, mut after) = (Capability::default(), 0, String::new());
        while let Some((last, columns)) = store::skills_after(&mut session, &after).await? {
            let page: Vec<_> = columns.iter().map(|column| person::stored_skills(column)).collect::<Result<_, _>>()?;
            let counted = Capability::count(&policy, &page);
            for (sum, CapabilityCount { alone, with_support, not_yet }) in total.areas.iter_mut().zip(counted.areas) {
                sum.alone += alone;
                sum.with_support += with_support;
                sum.not_yet += not_yet;
            }
            people += i64::try_from(page.len()).unwrap_or_default();
            after = last;
        }
        Ok(api::GetCapabilityResponse { areas: wire::capability(&total), policy: policy.id().to_owned(), people })
    }
}

/// Stored microseconds on the wire.
fn time(micros: i64) -> prost_types::Timestamp {
    wire_time(Timestamp::from_micros(micros))
}

#[async_trait]
impl SurveyForms for Survey {
    async fn get_form(&self, request: Request<api::GetFormRequest>) -> Result<Response<api::GetFormResponse>, Status> {
        let found = request.get_ref().name.strip_prefix("forms/").and_then(forms::form);
        let found = found.ok_or(Error::NotFound("NO_SUCH_FORM"))?;
        Ok(Response::new(api::GetFormResponse { form: Some(form::form(found, true)) }))
    }

    async fn list_forms(&self, _: Request<api::ListFormsRequest>) -> Result<Response<api::ListFormsResponse>, Status> {
        let forms = forms::forms().iter().map(|form| form::form(form, false)).collect();
        Ok(Response::new(api::ListFormsResponse { forms }))
    }
}

#[async_trait]
impl SurveyResponses for Survey {
    async fn submit_response(
        &self,
        request: Request<api::SubmitResponseRequest>,
    ) -> Result<Response<api::SubmitResponseResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.submit(&caller, request.into_inner()).await?))
    }

    async fn batch_submit_responses(
        &self,
        request: Request<api::BatchSubmitResponsesRequest>,
    ) -> Result<Response<api::BatchSubmitResponsesResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.submit_batch(&caller, request.into_inner()).await?))
    }

    async fn validate_response(
        &self,
        request: Request<api::ValidateResponseRequest>,
    ) -> Result<Response<api::ValidateResponseResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.validate(&caller, request.get_ref()).await?))
    }

    async fn batch_validate_responses(
        &self,
        request: Request<api::BatchValidateResponsesRequest>,
    ) -> Result<Response<api::BatchValidateResponsesResponse>, Status> {
        Ok(Response::new(self.validate_batch(request.get_ref()).await?))
    }

    async fn get_response(
        &self,
        request: Request<api::GetResponseRequest>,
    ) -> Result<Response<api::GetResponseResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let response = self.response(&caller, &request.get_ref().name).await?;
        Ok(Response::new(api::GetResponseResponse { response: Some(response) }))
    }

    async fn list_responses(
        &self,
        request: Request<api::ListResponsesRequest>,
    ) -> Result<Response<api::ListResponsesResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.list(&caller, request.get_ref()).await?))
    }

    async fn get_survey_statistics(
        &self,
        _: Request<api::GetSurveyStatisticsRequest>,
    ) -> Result<Response<api::GetSurveyStatisticsResponse>, Status> {
        let mut session = self.log.read_session().await?;
        let counts = store::statistics(&mut session).await?;
        Ok(Response::new(api::GetSurveyStatisticsResponse {
            received: counts.received,
            people: counts.people,
            repeats: counts.received - counts.people,
            disputed: counts.disputed,
            skills_unanswered: counts.skills_unanswered,
        }))
    }
}

#[async_trait]
impl Scoring for Survey {
    async fn get_rating(
        &self,
        request: Request<api::GetRatingRequest>,
    ) -> Result<Response<api::GetRatingResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let rating = self.rating(&caller, &request.get_ref().registration_number).await?;
        Ok(Response::new(api::GetRatingResponse { rating: Some(rating) }))
    }

    async fn list_policies(
        &self,
        _: Request<api::ListPoliciesRequest>,
    ) -> Result<Response<api::ListPoliciesResponse>, Status> {
        let (policies, active) = self.known_policies().await?;
        Ok(Response::new(api::ListPoliciesResponse { policies, active }))
    }

    async fn get_capability(
        &self,
        _: Request<api::GetCapabilityRequest>,
    ) -> Result<Response<api::GetCapabilityResponse>, Status> {
        Ok(Response::new(self.capability().await?))
    }
}
