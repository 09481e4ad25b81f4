//! All open requests of a programme at once.

use contract::matching::v1 as wire;
use kit_serve::Caller;

use super::Desk;
use crate::error::Error;

impl Desk {
    pub(super) async fn preview(&self, _body: &wire::PreviewBatchRequest) -> Result<wire::BatchPlan, Error> {
        Ok(wire::BatchPlan::default())
    }

    pub(super) async fn apply(
        &self,
        _caller: &Caller,
        _body: wire::ApplyBatchRequest,
    ) -> Result<wire::ApplyBatchResponse, Error> {
        Ok(wire::ApplyBatchResponse::default())
    }
}
