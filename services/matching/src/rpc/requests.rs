//! Requests for support over gRPC: contract → domain → store → contract.

mod ask;
mod change;
mod enter;
mod read;
mod register;

use contract::matching::v1 as wire;
use contract::matching::v1::RequestState;
use contract::matching::v1::support_requests_server::SupportRequests;
use kit_log::sql::Session;
use kit_log::{KeyStore, Unit};
use kit_serve::{Caller, Role};
use prost::Message;
use tonic::{Request as Call, Response, Status};

use super::Desk;
use super::hooks::{is_proposed_to, request_changed};
use super::reach::{Parties, reaches};
use crate::domain::moment::{Change, Moment};
use crate::domain::refused::Reason;
use crate::domain::request::Request;
use crate::error::Error;
use crate::store::{self, Keys, Steps};
use crate::{events, names};

/// What is kept of a command for a repeat of its request: no confidential data.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Receipt {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
}

/// Whose a request is.
fn parties(request: &Request) -> Parties<'_> {
    Parties { company: request.company(), expert: "", body: &request.facts.body }
}

/// Who asked for what is done now.
pub(crate) fn moment<'a>(unit: &Unit, actor: &'a str, words: &'a str) -> Moment<'a> {
    Moment { now: unit.now(), actor, words }
}

/// Stores a request as it stands after a change, with its steps, and tells it. Nothing where nothing changed.
pub(crate) async fn tell(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    request: &Request,
    change: &Change,
) -> Result<(), Error> {
    if change.is_empty() {
        return Ok(());
    }
    let (name, key) = (request.name(), names::key_of(request.facts.company.as_ref()));
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    store::record(unit.session(), &sealing, &[Steps { subject: &name, key: &key, steps: &change.steps }]).await?;
    if !change.kinds.is_empty() {
        events::request(unit, request, &change.kinds);
        store::save_request(unit.session(), &sealing, request).await?;
    }
    Ok(())
}

/// As [`tell`], and whatever follows for the proposal that was out.
async fn tell_and_follow(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    (before, after): (&Request, &Request),
    change: &Change,
) -> Result<(), Error> {
    tell(unit, keys, after, change).await?;
    if before.facts.state != after.facts.state || before.facts.need != after.facts.need {
        request_changed(unit, keys, before, after).await?;
    }
    Ok(())
}

/// A request as this caller may see it: an expert is told who it is once both sides accepted.
fn shown(caller: &Caller, request: Request) -> wire::SupportRequest {
    let told = reaches(caller, parties(&request)).is_ok() || request.facts.state() == RequestState::Matched;
    wire::SupportRequest {
        name: if request.facts.request_id.is_empty() { String::new() } else { request.name() },
        texts: Some(if told { request.texts } else { wire::RequestTexts::default() }),
        etag: request.version.to_string(),
        facts: Some(request.facts),
    }
}

impl Desk {
    /// A request that the caller reaches.
    async fn request(&self, session: &mut Session, caller: &Caller, id: &str) -> Result<Request, Error> {
        let found = store::request(session, self.log.keys().as_ref(), id).await?;
        let request = found.ok_or(Reason::RequestNotFound)?;
        match reaches(caller, parties(&request)) {
            Err(_) if caller.is(Role::Expert) => {
                let experts = caller.owns.iter().map(String::as_str).filter(|name| name.starts_with("experts/"));
                let own = is_proposed_to(session, &request, experts).await?;
                if own { Ok(request) } else { Err(Reason::NotOwn.into()) }
            }
            reached => reached.map(|()| request),
        }
    }

    /// A request as the caller who just changed it may see it.
    async fn request_now(&self, caller: &Caller, id: &str) -> Result<wire::SupportRequest, Error> {
        let mut session = self.log.read_session().await?;
        let found = store::request(&mut session, self.log.keys().as_ref(), id).await?;
        Ok(shown(caller, found.ok_or(Reason::RequestNotFound)?))
    }
}

#[tonic::async_trait]
impl SupportRequests for Desk {
    async fn create_request(
        &self,
        call: Call<wire::CreateRequestRequest>,
    ) -> Result<Response<wire::CreateRequestResponse>, Status> {
        let caller = self.caller(&call).await?;
        Ok(Response::new(self.enter_request(&caller, call.into_inner()).await?))
    }

    async fn get_request(
        &self,
        call: Call<wire::GetRequestRequest>,
    ) -> Result<Response<wire::GetRequestResponse>, Status> {
        let caller = &self.caller(&call).await?;
        let id = read::name(&call.get_ref().name)?;
        let mut session = self.log.read_session().await.map_err(Error::from)?;
        let request = shown(caller, self.request(&mut session, caller, &id).await?);
        Ok(Response::new(wire::GetRequestResponse { request: Some(request) }))
    }

    async fn list_requests(
        &self,
        call: Call<wire::ListRequestsRequest>,
    ) -> Result<Response<wire::ListRequestsResponse>, Status> {
        Ok(Response::new(self.page_of_requests(&self.caller(&call).await?, call.get_ref()).await?))
    }

    async fn update_request(
        &self,
        call: Call<wire::UpdateRequestRequest>,
    ) -> Result<Response<wire::UpdateRequestResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (request, token) = self.edit_request(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::UpdateRequestResponse { request: Some(request), token: Some(token) }))
    }

    async fn withdraw_request(
        &self,
        call: Call<wire::WithdrawRequestRequest>,
    ) -> Result<Response<wire::WithdrawRequestResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (request, token) = self.take_back(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::WithdrawRequestResponse { request: Some(request), token: Some(token) }))
    }

    async fn get_request_history(
        &self,
        call: Call<wire::GetRequestHistoryRequest>,
    ) -> Result<Response<wire::GetRequestHistoryResponse>, Status> {
        let steps = self.history_of_request(&self.caller(&call).await?, &call.get_ref().name).await?;
        Ok(Response::new(wire::GetRequestHistoryResponse { steps }))
    }

    async fn list_possible_duplicate_requests(
        &self,
        call: Call<wire::ListPossibleDuplicateRequestsRequest>,
    ) -> Result<Response<wire::ListPossibleDuplicateRequestsResponse>, Status> {
        let pairs = self.possible_duplicates(&self.caller(&call).await?, &call.get_ref().programme).await?;
        Ok(Response::new(wire::ListPossibleDuplicateRequestsResponse { pairs }))
    }

    async fn merge_requests(
        &self,
        call: Call<wire::MergeRequestsRequest>,
    ) -> Result<Response<wire::MergeRequestsResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (request, token) = self.merge(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::MergeRequestsResponse { request: Some(request), token: Some(token) }))
    }

    async fn keep_requests_apart(
        &self,
        call: Call<wire::KeepRequestsApartRequest>,
    ) -> Result<Response<wire::KeepRequestsApartResponse>, Status> {
        let caller = self.caller(&call).await?;
        let token = self.keep_apart(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::KeepRequestsApartResponse { token: Some(token) }))
    }
}
