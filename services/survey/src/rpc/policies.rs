//! Policies that change: adding one, seeing what it would do, putting it in force.

mod activate;
mod add;
mod audit;
mod job;
mod parts;
mod preview;

use contract::survey::v1 as api;
use contract::survey::v1::scoring_policies_server::ScoringPolicies;
use kit_serve::Caller;
use tonic::{Request, Response, Status, async_trait};

pub use job::Pace;
pub(crate) use job::Step;
pub(crate) use parts::KnownParts;

use super::Survey;

#[async_trait]
impl ScoringPolicies for Survey {
    async fn add_policy(
        &self,
        request: Request<api::AddPolicyRequest>,
    ) -> Result<Response<api::AddPolicyResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let policy = self.add_policy(&caller, request.into_inner()).await?;
        Ok(Response::new(api::AddPolicyResponse { policy: Some(policy) }))
    }

    async fn preview_policy(
        &self,
        request: Request<api::PreviewPolicyRequest>,
    ) -> Result<Response<api::PreviewPolicyResponse>, Status> {
        Ok(Response::new(self.preview(request.get_ref()).await?))
    }

    async fn activate_policy(
        &self,
        request: Request<api::ActivatePolicyRequest>,
    ) -> Result<Response<api::ActivatePolicyResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let activation = self.activate(&caller, request.into_inner()).await?;
        Ok(Response::new(api::ActivatePolicyResponse { activation: Some(activation) }))
    }

    async fn cancel_activation(
        &self,
        request: Request<api::CancelActivationRequest>,
    ) -> Result<Response<api::CancelActivationResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let activation = self.cancel(&caller, request.into_inner()).await?;
        Ok(Response::new(api::CancelActivationResponse { activation: Some(activation) }))
    }

    async fn get_activation(
        &self,
        request: Request<api::GetActivationRequest>,
    ) -> Result<Response<api::GetActivationResponse>, Status> {
        Ok(Response::new(self.activation(&request.get_ref().name).await?))
    }

    async fn list_activations(
        &self,
        request: Request<api::ListActivationsRequest>,
    ) -> Result<Response<api::ListActivationsResponse>, Status> {
        Ok(Response::new(self.activations(request.get_ref()).await?))
    }

    async fn list_ratings(
        &self,
        request: Request<api::ListRatingsRequest>,
    ) -> Result<Response<api::ListRatingsResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let ratings = self.ratings(&caller, &request.get_ref().registration_number).await?;
        Ok(Response::new(api::ListRatingsResponse { ratings }))
    }
}
