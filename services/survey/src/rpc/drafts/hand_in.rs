//! Handing a draft in: the response is stored and the draft forgotten, in one command.

use contract::survey::v1 as api;
use kit_log::{Committed, Origin, Unit};
use kit_serve::{Caller, Fault};
use prost::Message as _;

use super::{etag, missing, owner, stale, version};
use crate::Error;
use crate::domain::form::form;
use crate::rpc::Survey;
use crate::rpc::check::Check;
use crate::rpc::finding::Finding;
use crate::rpc::intake::{Done, Terms};
use crate::rpc::person::personal;
use crate::rpc::read::{Stating, Submission, answers, read};
use crate::rpc::submit::{handed_in, sender, take_one};
use crate::store::{self, AnswersBody, StoredDraft};

/// A draft that can be handed in.
struct Ready {
    draft: StoredDraft,
    submission: Submission,
    terms: Terms,
}

impl Survey {
    pub(super) async fn submit_draft(
        &self,
        caller: &Caller,
        request: api::SubmitDraftRequest,
    ) -> Result<api::SubmitResponseResponse, Error> {
        let mut check = Check::default();
        let owner = owner(caller, &request.owner, &mut check.0)?;
        check.request_id(&request.request_id);
        check.done()?;
        let origin = Origin::of_call(caller, "SubmitDraft", &request.request_id, &request);
        // Whatever is wrong with the draft now: a request that was answered before gets that answer.
        let ready = self.ready(caller, &owner, &request).await;
        let (number, warnings, ready) = match ready {
            Ok((ready, warnings)) => (ready.submission.number.clone(), warnings, Ok(ready)),
            Err(error) => (String::new(), Vec::new(), Err(error)),
        };
        let work = self.log.writer().run(origin, move |unit| Box::pin(hand_in(unit, ready)));
        let committed: Committed<Done> = work.await?;
        self.destroy_doomed_keys().await;
        let form = version(&request.form)?;
        if !committed.repeated {
            return handed_in(committed, number, form, warnings);
        }
        let (number, warnings) = self.said_before(&committed.answer).await?;
        handed_in(committed, number, form, warnings)
    }

    /// What is made ready outside of the writer's turn.
    async fn ready(
        &self,
        caller: &Caller,
        owner: &str,
        request: &api::SubmitDraftRequest,
    ) -> Result<(Ready, Vec<api::Finding>), Error> {
        let stored = store::draft_of(&mut self.log.read_session().await?, version(&request.form)?, owner).await?;
        let draft = stored.ok_or_else(missing)?;
        if !request.etag.is_empty() && request.etag != etag(&draft) {
            return Err(stale(&draft));
        }
        let api::Draft { form, answers, .. } = self.opened(&draft).await?.ok_or_else(missing)?;
        let response = api::NewResponse { form, answers, submit_time: None };
        let reading = read(Some(&response), Stating::Refused, self.log.clock().now());
        let faults: Vec<Fault> = reading.faults.iter().map(|found| found.fault("response")).collect();
        let submission = reading.submission.ok_or(Error::Invalid(faults))?;
        let terms = self.terms(sender(caller), None, std::slice::from_ref(&submission)).await?;
        let warnings = reading.warnings.into_iter().map(Finding::alone).collect();
        Ok((Ready { draft, submission, terms }, warnings))
    }

    /// The number and the warnings of what was handed in before; a person who was erased since has no number.
    async fn said_before(&self, done: &Done) -> Result<(String, Vec<api::Finding>), Error> {
        let stored = store::response(&mut self.log.read_session().await?, &done.response_id).await?;
        let stored = stored.ok_or_else(|| Error::Internal("a response that was taken is missing".to_owned()))?;
        let key_id = stored.key_id().to_owned();
        let Some(key) = self.log.keys().find(std::slice::from_ref(&key_id)).await?.remove(&key_id) else {
            return Ok(Default::default());
        };
        let personal = personal(&stored, &key)?;
        let mut given = AnswersBody::decode(stored.clear.as_slice())?.answers;
        given.extend(personal.answers);
        let checked = form(&stored.form).map(|form| form.check(&answers(&given)));
        let warnings = checked.into_iter().flat_map(|checked| checked.warnings);
        let warnings = warnings.map(|found| Finding::of_answer(found).alone()).collect();
        Ok((personal.registration_number, warnings))
    }
}

/// Takes the response in and forgets the draft; one that is disputed stays, since a mistyped number may be all that is wrong.
async fn hand_in(unit: &mut Unit, ready: Result<Ready, Error>) -> Result<Done, Error> {
    let Ready { draft, submission, terms } = ready?;
    let now = store::draft_of(unit.session(), &draft.form, &draft.owner).await?.ok_or_else(missing)?;
    if (&now.id, now.version) != (&draft.id, draft.version) {
        return Err(stale(&now));
    }
    let done = take_one(unit, terms, submission).await?;
    if done.state() != api::ResponseState::Disputed {
        store::delete_draft(unit.session(), &draft.id).await?;
    }
    Ok(done)
}
