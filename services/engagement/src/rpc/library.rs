//! The case library over gRPC: contract → domain → store → contract.

mod ask;
mod change;
mod look;

use contract::engagement::v1 as wire;
use contract::engagement::v1::case_library_server::CaseLibrary;
use kit_log::Log;
use kit_serve::{Caller, Role};
use tonic::{Request, Response, Status};

use crate::domain::check::Check;
use crate::domain::library::{Entry, EntryDeed};
use crate::error::Error;
use crate::names;
use crate::store;
use ask::{Common, entry_id};

/// The calls of the library. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Library {
    pub(crate) log: Log,
}

/// Operators, the portal and services reach all entries.
fn reaches_all(caller: &Caller) -> bool {
    [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role))
}

/// Whether the caller may see and handle an entry, published or not: a counsellor those of owned bodies, and who wrote it.
fn reaches(caller: &Caller, facts: &wire::LibraryFacts) -> bool {
    let counsels = caller.is(Role::Counsellor) && caller.owns(&facts.body);
    let wrote = !caller.roles.is_empty() && facts.writers.contains(&caller.subject);
    reaches_all(caller) || counsels || wrote
}

/// An entry as this caller may see it; none when it may not.
fn shown(caller: &Caller, entry: &Entry) -> Option<wire::LibraryEntry> {
    if reaches(caller, &entry.facts) { Some(whole(entry)) } else { public(entry) }
}

/// An entry as everybody may see it; none when nobody may.
fn public(entry: &Entry) -> Option<wire::LibraryEntry> {
    let (texts, facts) = (entry.public()?, &entry.facts);
    let public = wire::LibraryFacts {
        entry_id: facts.entry_id.clone(),
        kind: facts.kind,
        state: facts.state,
        industry: facts.industry.clone(),
        themes: facts.themes.clone(),
        incident_type: facts.incident_type.clone(),
        happened_month: facts.happened_month.clone(),
        publish_time: facts.publish_time,
        name_shown: facts.name_shown,
        ..wire::LibraryFacts::default()
    };
    let company_name = if facts.name_shown { entry.draft.company_name.clone() } else { String::new() };
    let (facts, texts) = (Some(public), Some(texts.clone()));
    Some(wire::LibraryEntry { name: names::entry(&entry.facts), facts, texts, company_name, etag: String::new() })
}

/// An entry for who reaches it.
fn whole(entry: &Entry) -> wire::LibraryEntry {
    let mut facts = entry.facts.clone();
    for (consent, by) in facts.consents.iter_mut().zip(&entry.draft.consented_by) {
        by.clone_into(&mut consent.consented_by);
    }
    wire::LibraryEntry {
        name: names::entry(&entry.facts),
        facts: Some(facts),
        // What was published stays readable when the company and its key are gone.
        texts: entry.draft.texts.clone().or_else(|| entry.published.clone()),
        company_name: entry.draft.company_name.clone(),
        etag: entry.version.to_string(),
    }
}

impl Library {
    async fn found(&self, name: &str) -> Result<Entry, Error> {
        let mut check = Check::default();
        let (kind, id) = entry_id(&mut check, "name", name);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let found = store::entry(&mut session, self.log.keys().as_ref(), &id).await?;
        found.filter(|entry| entry.facts.kind() == kind).ok_or(Error::NoSuchEntry)
    }

    async fn history(&self, caller: &Caller, name: &str) -> Result<Vec<wire::Step>, Error> {
        let entry = self.found(name).await?;
        change::within_reach(caller, &entry)?;
        let mut session = self.log.read_session().await?;
        let key = names::draft_key(&entry.facts);
        Ok(store::history(&mut session, self.log.keys().as_ref(), name, &key).await?)
    }
}

/// What all commands on an entry have in common.
macro_rules! common {
    ($body:ident, $method:literal) => {
        Common {
            method: $method,
            name: &$body.name,
            etag: &$body.etag,
            request_id: &$body.request_id,
            reason: &$body.reason,
        }
    };
}

/// A call that carries a deed out on an entry.
macro_rules! deed {
    ($library:expr, $request:expr, $method:literal, $response:ident, |$body:ident, $check:ident, $now:ident| $deed:expr) => {{
        let caller = Caller::of(&$request).clone();
        let $body = $request.into_inner();
        let ($now, mut $check) = ($library.log.clock().now(), Check::default());
        let asked = common!($body, $method).read(caller, &$body, &mut $check);
        let deed = $deed;
        $check.done().map_err(Error::from)?;
        let (entry, token) = $library.change(asked, deed).await?;
        Ok(Response::new(wire::$response { entry: Some(entry), token: Some(token) }))
    }};
}

#[tonic::async_trait]
impl CaseLibrary for Library {
    async fn create_entry(
        &self,
        request: Request<wire::CreateEntryRequest>,
    ) -> Result<Response<wire::CreateEntryResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let (entry, token) = self.write(caller, request.into_inner()).await?;
        Ok(Response::new(wire::CreateEntryResponse { entry: Some(entry), token: Some(token) }))
    }

    async fn update_entry(
        &self,
        request: Request<wire::UpdateEntryRequest>,
    ) -> Result<Response<wire::UpdateEntryResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let (entry, token) = self.rewrite(caller, request.into_inner()).await?;
        Ok(Response::new(wire::UpdateEntryResponse { entry: Some(entry), token: Some(token) }))
    }

    async fn review_entry(
        &self,
        request: Request<wire::ReviewEntryRequest>,
    ) -> Result<Response<wire::ReviewEntryResponse>, Status> {
        deed!(self, request, "ReviewEntry", ReviewEntryResponse, |body, check, _now| EntryDeed::Review)
    }

    async fn publish_entry(
        &self,
        request: Request<wire::PublishEntryRequest>,
    ) -> Result<Response<wire::PublishEntryResponse>, Status> {
        deed!(self, request, "PublishEntry", PublishEntryResponse, |body, check, _now| EntryDeed::Publish)
    }

    async fn reopen_entry(
        &self,
        request: Request<wire::ReopenEntryRequest>,
    ) -> Result<Response<wire::ReopenEntryResponse>, Status> {
        deed!(self, request, "ReopenEntry", ReopenEntryResponse, |body, check, _now| EntryDeed::Reopen)
    }

    async fn withdraw_entry(
        &self,
        request: Request<wire::WithdrawEntryRequest>,
    ) -> Result<Response<wire::WithdrawEntryResponse>, Status> {
        deed!(self, request, "WithdrawEntry", WithdrawEntryResponse, |body, check, _now| EntryDeed::Withdraw)
    }

    async fn record_consent(
        &self,
        request: Request<wire::RecordConsentRequest>,
    ) -> Result<Response<wire::RecordConsentResponse>, Status> {
        deed!(self, request, "RecordConsent", RecordConsentResponse, |body, check, now| {
            ask::consent(&mut check, &body, now)
        })
    }

    async fn withdraw_consent(
        &self,
        request: Request<wire::WithdrawConsentRequest>,
    ) -> Result<Response<wire::WithdrawConsentResponse>, Status> {
        deed!(self, request, "WithdrawConsent", WithdrawConsentResponse, |body, check, _now| {
            EntryDeed::Revoke(body.name_only)
        })
    }

    async fn get_entry(
        &self,
        request: Request<wire::GetEntryRequest>,
    ) -> Result<Response<wire::GetEntryResponse>, Status> {
        let entry = self.found(&request.get_ref().name).await?;
        let entry = shown(Caller::of(&request), &entry).ok_or(Error::NoSuchEntry)?;
        Ok(Response::new(wire::GetEntryResponse { entry: Some(entry) }))
    }

    async fn list_entries(
        &self,
        request: Request<wire::ListEntriesRequest>,
    ) -> Result<Response<wire::ListEntriesResponse>, Status> {
        Ok(Response::new(self.page(Caller::of(&request), request.get_ref()).await?))
    }

    async fn get_entry_history(
        &self,
        request: Request<wire::GetEntryHistoryRequest>,
    ) -> Result<Response<wire::GetEntryHistoryResponse>, Status> {
        let steps = self.history(Caller::of(&request), &request.get_ref().name).await?;
        Ok(Response::new(wire::GetEntryHistoryResponse { steps }))
    }
}
