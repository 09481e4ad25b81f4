//! Drafts: answers on their way, kept as they are until they are handed in or forgotten.

mod hand_in;
mod old;

use contract::survey::v1 as api;
use contract::survey::v1::drafts_server::Drafts;
use kit_log::{Committed, Origin, Unit};
use kit_serve::{Caller, Fault, Role};
use prost::Message;
use tonic::{Request, Response, Status, async_trait};

use super::campaigns::Refused;
use super::finding::fault;
use super::read::{Stating, read};
use super::{Survey, time};
use crate::Error;
use crate::store::{self, DraftBody, StoredDraft};

/// Longest owner, in characters.
const OWNER: usize = 100;

/// What is kept of a save.
#[derive(Clone, PartialEq, Eq, Message)]
struct Saved {
    #[prost(string, tag = "1")]
    etag: String,
    #[prost(int64, tag = "2")]
    update_time: i64,
}

/// What a sealed draft is bound to.
fn label(id: &str) -> String {
    format!("draft/{id}")
}

/// Whose draft is meant: of the signed-in expert, or of whom the portal keeps it for.
fn owner(caller: &Caller, given: &str, faults: &mut Vec<Fault>) -> Result<String, Error> {
    if caller.is(Role::Portal) {
        if given.is_empty() {
            faults.push(fault("owner", "REQUIRED", &[]));
        } else if given.len() > OWNER || !given.bytes().all(|byte| byte.is_ascii_graphic()) {
            faults.push(fault("owner", "BAD_OWNER", &[("max", &OWNER.to_string())]));
        }
        return Ok(format!("portal/{given}"));
    }
    // Somebody else's is nobody's to name.
    if given.is_empty() { Ok(format!("expert/{}", caller.subject)) } else { Err(Error::Refused("NOT_YOURS")) }
}

fn done(faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

const fn missing() -> Error {
    Error::NotFound("NO_SUCH_DRAFT")
}

/// The version in `forms/<version>`; no other name has a draft.
fn version(form: &str) -> Result<&str, Error> {
    form.strip_prefix("forms/").ok_or_else(missing)
}

fn stale(draft: &StoredDraft) -> Error {
    Refused::StaleEtag(etag(draft)).into()
}

/// Of this draft at this version: one that was begun anew is another.
fn etag(draft: &StoredDraft) -> String {
    format!("{}-{}", draft.version, draft.id.rsplit('-').next().unwrap_or_default())
}

impl Survey {
    async fn save_draft(
        &self,
        caller: &Caller,
        request: api::SaveDraftRequest,
    ) -> Result<api::SaveDraftResponse, Error> {
        let mut faults = Vec::new();
        let owner = owner(caller, &request.owner, &mut faults)?;
        let Some(given) = request.draft.clone() else {
            faults.push(fault("draft", "REQUIRED", &[]));
            return Err(Error::Invalid(faults));
        };
        let response = api::NewResponse { form: given.form.clone(), answers: given.answers.clone(), submit_time: None };
        let reading = read(Some(&response), Stating::Refused, self.log.clock().now());
        let barring = reading.faults.iter().filter(|found| found.bars_keeping());
        faults.extend(barring.map(|found| found.fault("draft")));
        done(faults)?;
        let told = self.validate(caller, &api::ValidateResponseRequest { response: Some(response) }).await?;
        let saved = self.keep_draft(caller, (version(&given.form)?, &owner), &given).await?;
        let draft = api::Draft { update_time: Some(time(saved.update_time)), etag: saved.etag, ..given };
        Ok(api::SaveDraftResponse { draft: Some(draft), faults: told.faults, warnings: told.warnings })
    }

    async fn keep_draft(
        &self,
        caller: &Caller,
        (form, owner): (&str, &str),
        given: &api::Draft,
    ) -> Result<Saved, Error> {
        let keys = self.log.keys().clone();
        // The key of a new one is made outside of the writer's turn.
        let fresh = self.ids.fresh();
        let known = store::draft_of(&mut self.log.read_session().await?, form, owner).await?;
        let was_there = known.is_some();
        let wanted = known.map_or(fresh, |draft| draft.id);
        keys.ensure(std::slice::from_ref(&wanted)).await?;
        let body = DraftBody { answers: given.answers.clone() }.encode_to_vec();
        let (form, owner, etag) = (form.to_owned(), owner.to_owned(), given.etag.clone());
        let origin = Origin { actor: caller.subject.clone(), ..Origin::default() };
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let before = store::draft_of(unit.session(), &form, &owner).await?;
                let now = before.as_ref().map(super::drafts::etag).unwrap_or_default();
                if !etag.is_empty() && etag != now {
                    return Err(Error::from(Refused::StaleEtag(now)));
                }
                let (id, version) = before.as_ref().map_or((&wanted, 0), |draft| (&draft.id, draft.version));
                let (mut id, mut keys_of) = (id.clone(), keys.ensure(std::slice::from_ref(id)).await?);
                if !keys_of.contains_key(&id) || (was_there && before.is_none()) {
                    // Its key was destroyed, and with it what it held, or is about to be: this is another one.
                    store::delete_draft(unit.session(), &id).await?;
                    id = unit.fresh_id();
                    keys_of = keys.ensure(std::slice::from_ref(&id)).await?;
                }
                let key = keys_of.remove(&id).ok_or_else(missing)?;
                let sealed = key.seal(&label(&id), &body)?;
                let (version, update_time) = (version + 1, unit.now().micros());
                let draft = StoredDraft { id, form, owner, version, update_time, sealed };
                store::put_draft(unit.session(), &draft).await?;
                Ok(Saved { etag: super::drafts::etag(&draft), update_time })
            })
        });
        let Committed { answer, .. } = work.await?;
        Ok(answer)
    }

    /// A stored draft as the contract has it; `None` once its key is destroyed.
    async fn opened(&self, stored: &StoredDraft) -> Result<Option<api::Draft>, Error> {
        let key = self.log.keys().find(std::slice::from_ref(&stored.id)).await?.remove(&stored.id);
        let Some(key) = key else { return Ok(None) };
        let body = DraftBody::decode(key.open(&label(&stored.id), &stored.sealed)?.as_slice())?;
        Ok(Some(api::Draft {
            form: format!("forms/{}", stored.form),
            answers: body.answers,
            update_time: Some(time(stored.update_time)),
            etag: etag(stored),
        }))
    }

    async fn draft(&self, caller: &Caller, form: &str, given_owner: &str) -> Result<api::Draft, Error> {
        let mut faults = Vec::new();
        let owner = owner(caller, given_owner, &mut faults)?;
        done(faults)?;
        let stored = store::draft_of(&mut self.log.read_session().await?, version(form)?, &owner).await?;
        self.opened(&stored.ok_or_else(missing)?).await?.ok_or_else(missing)
    }

    async fn delete_draft(&self, caller: &Caller, request: &api::DeleteDraftRequest) -> Result<(), Error> {
        let mut faults = Vec::new();
        let owner = owner(caller, &request.owner, &mut faults)?;
        done(faults)?;
        let form = version(&request.form)?.to_owned();
        let origin = Origin { actor: caller.subject.clone(), ..Origin::default() };
        let work = self.log.writer().run(origin, move |unit: &mut Unit| {
            Box::pin(async move {
                let draft = store::draft_of(unit.session(), &form, &owner).await?.ok_or_else(missing)?;
                Ok::<(), Error>(store::delete_draft(unit.session(), &draft.id).await?)
            })
        });
        work.await?;
        self.destroy_doomed_keys().await;
        Ok(())
    }
}

#[async_trait]
impl Drafts for Survey {
    async fn save_draft(
        &self,
        request: Request<api::SaveDraftRequest>,
    ) -> Result<Response<api::SaveDraftResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.save_draft(&caller, request.into_inner()).await?))
    }

    async fn get_draft(
        &self,
        request: Request<api::GetDraftRequest>,
    ) -> Result<Response<api::GetDraftResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let api::GetDraftRequest { form, owner } = request.get_ref();
        let draft = Some(self.draft(&caller, form, owner).await?);
        Ok(Response::new(api::GetDraftResponse { draft }))
    }

    async fn submit_draft(
        &self,
        request: Request<api::SubmitDraftRequest>,
    ) -> Result<Response<api::SubmitDraftResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let submitted = Some(self.submit_draft(&caller, request.into_inner()).await?);
        Ok(Response::new(api::SubmitDraftResponse { submitted }))
    }

    async fn delete_draft(
        &self,
        request: Request<api::DeleteDraftRequest>,
    ) -> Result<Response<api::DeleteDraftResponse>, Status> {
        let caller = Caller::of(&request).clone();
        self.delete_draft(&caller, request.get_ref()).await?;
        Ok(Response::new(api::DeleteDraftResponse {}))
    }
}
