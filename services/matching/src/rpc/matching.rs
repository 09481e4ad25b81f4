//! The calls of `Matching`, each handed to the room that answers it.

use contract::matching::v1 as wire;
use contract::matching::v1::matching_server::Matching;
use kit_serve::Caller;
use tonic::{Request as Call, Response, Status};

use super::Desk;

#[tonic::async_trait]
impl Matching for Desk {
    async fn list_candidates(
        &self,
        call: Call<wire::ListCandidatesRequest>,
    ) -> Result<Response<wire::ListCandidatesResponse>, Status> {
        Ok(Response::new(self.list_candidates_of(&self.caller(&call).await?, call.get_ref()).await?))
    }

    async fn explain_why_not(
        &self,
        call: Call<wire::ExplainWhyNotRequest>,
    ) -> Result<Response<wire::ExplainWhyNotResponse>, Status> {
        Ok(Response::new(self.why_not_this_one(&self.caller(&call).await?, call.get_ref()).await?))
    }

    async fn propose_team(
        &self,
        call: Call<wire::ProposeTeamRequest>,
    ) -> Result<Response<wire::ProposeTeamResponse>, Status> {
        Ok(Response::new(self.team_for(&self.caller(&call).await?, call.get_ref()).await?))
    }

    async fn preview_batch(
        &self,
        call: Call<wire::PreviewBatchRequest>,
    ) -> Result<Response<wire::PreviewBatchResponse>, Status> {
        let plan = Some(self.preview(&self.caller(&call).await?, call.get_ref()).await?);
        Ok(Response::new(wire::PreviewBatchResponse { plan }))
    }

    async fn apply_batch(
        &self,
        call: Call<wire::ApplyBatchRequest>,
    ) -> Result<Response<wire::ApplyBatchResponse>, Status> {
        let caller = self.caller(&call).await?;
        Ok(Response::new(self.apply(&caller, call.into_inner()).await?))
    }

    async fn propose(&self, call: Call<wire::ProposeRequest>) -> Result<Response<wire::ProposeResponse>, Status> {
        let caller = self.caller(&call).await?;
        Ok(Response::new(self.propose_by_hand(caller, call.into_inner()).await?))
    }

    async fn get_proposal(
        &self,
        call: Call<wire::GetProposalRequest>,
    ) -> Result<Response<wire::GetProposalResponse>, Status> {
        let proposal = Some(self.proposal_for(&self.caller(&call).await?, &call.get_ref().name).await?);
        Ok(Response::new(wire::GetProposalResponse { proposal }))
    }

    async fn list_proposals(
        &self,
        call: Call<wire::ListProposalsRequest>,
    ) -> Result<Response<wire::ListProposalsResponse>, Status> {
        Ok(Response::new(self.proposals((Caller::of(&call), &self.caller(&call).await?), call.get_ref()).await?))
    }

    async fn accept_proposal(
        &self,
        call: Call<wire::AcceptProposalRequest>,
    ) -> Result<Response<wire::AcceptProposalResponse>, Status> {
        let caller = self.caller(&call).await?;
        Ok(Response::new(self.accept(caller, call.into_inner()).await?))
    }

    async fn decline_proposal(
        &self,
        call: Call<wire::DeclineProposalRequest>,
    ) -> Result<Response<wire::DeclineProposalResponse>, Status> {
        let caller = self.caller(&call).await?;
        Ok(Response::new(self.decline(caller, call.into_inner()).await?))
    }

    async fn withdraw_proposal(
        &self,
        call: Call<wire::WithdrawProposalRequest>,
    ) -> Result<Response<wire::WithdrawProposalResponse>, Status> {
        let caller = self.caller(&call).await?;
        Ok(Response::new(self.withdraw_by_hand(caller, call.into_inner()).await?))
    }

    async fn get_proposal_history(
        &self,
        call: Call<wire::GetProposalHistoryRequest>,
    ) -> Result<Response<wire::GetProposalHistoryResponse>, Status> {
        let steps = self.proposal_history(&self.caller(&call).await?, &call.get_ref().name).await?;
        Ok(Response::new(wire::GetProposalHistoryResponse { steps }))
    }

    async fn set_capacity(
        &self,
        call: Call<wire::SetCapacityRequest>,
    ) -> Result<Response<wire::SetCapacityResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (capacity, token) = self.set_capacity_of(caller, call.into_inner()).await?;
        Ok(Response::new(wire::SetCapacityResponse { capacity: Some(capacity), token: Some(token) }))
    }

    async fn list_capacities(
        &self,
        call: Call<wire::ListCapacitiesRequest>,
    ) -> Result<Response<wire::ListCapacitiesResponse>, Status> {
        Ok(Response::new(self.capacities(call.get_ref()).await?))
    }

    async fn bar_pair(&self, call: Call<wire::BarPairRequest>) -> Result<Response<wire::BarPairResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (bar, token) = self.bar_pair_of(caller, call.into_inner()).await?;
        Ok(Response::new(wire::BarPairResponse { bar: Some(bar), token: Some(token) }))
    }

    async fn unbar_pair(
        &self,
        call: Call<wire::UnbarPairRequest>,
    ) -> Result<Response<wire::UnbarPairResponse>, Status> {
        let caller = self.caller(&call).await?;
        let token = Some(self.unbar(caller, call.into_inner()).await?);
        Ok(Response::new(wire::UnbarPairResponse { token }))
    }

    async fn list_bars(&self, call: Call<wire::ListBarsRequest>) -> Result<Response<wire::ListBarsResponse>, Status> {
        let bars = self.bars_for((Caller::of(&call), &self.caller(&call).await?), call.get_ref()).await?;
        Ok(Response::new(wire::ListBarsResponse { bars }))
    }

    async fn get_fairness(
        &self,
        call: Call<wire::GetFairnessRequest>,
    ) -> Result<Response<wire::GetFairnessResponse>, Status> {
        Ok(Response::new(self.fairness_of(call.get_ref()).await?))
    }

    async fn list_weight_policies(
        &self,
        _call: Call<wire::ListWeightPoliciesRequest>,
    ) -> Result<Response<wire::ListWeightPoliciesResponse>, Status> {
        Ok(Response::new(wire::ListWeightPoliciesResponse { policies: self.policies() }))
    }
}
