//! Forms and the answers to them, over gRPC.

use contract::engagement::v1 as wire;
use contract::engagement::v1::Side;
use contract::engagement::v1::form_responses_server::FormResponses;
use contract::event::v1::Token;
use contract::survey::v1::Finding;
use kit_log::Origin;
use kit_serve::Caller;
use kit_serve::page::{Page, SIZES};
use tonic::{Request, Response, Status};

use super::change::Receipt;
use super::hand_in::hand_in;
use super::reach::{hidden, may_say};
use super::subject::{KINDS, Named, kind_of, reaches_subject, subject};
use super::{Desk, shown_form};
use crate::domain::answered::visit_fault;
use crate::domain::check::Check;
use crate::domain::filled::{Fields, fill};
use crate::domain::forms::{About, forms, named};
use crate::domain::{Answered, Fault, Filled, Moment, Reason, Subject};
use crate::error::Error;
use crate::names::{self, Parties as _};
use crate::store::{self, AnswersFilter};

/// Answers to be handed in, without fault.
struct HandedIn {
    caller: Caller,
    origin: Origin,
    about: About,
    id: String,
    visit: i32,
    programme: String,
    side: Side,
    on_behalf_of: Side,
    filled: Filled,
}

impl HandedIn {
    fn named(&self) -> Named<'_> {
        Named { about: self.about, id: &self.id, visit: self.visit, programme: &self.programme }
    }

    /// Who may answer this, now.
    fn allowed(&self, subject: &Subject) -> Result<(), Error> {
        reaches_subject(&self.caller, subject)?;
        may_say(&self.caller, subject, self.side, self.on_behalf_of)?;
        Ok(subject.takes(self.filled.rule)?)
    }
}

fn shown(answered: Answered) -> wire::AnswersRecord {
    wire::AnswersRecord {
        name: if answered.facts.answers_id.is_empty() {
            String::new()
        } else {
            names::answers(&answered.facts.answers_id)
        },
        facts: Some(answered.facts),
        confidential: answered.confidential,
    }
}

impl Desk {
    /// Reads answers that are handed in by themselves. Whether the caller may, and the state allows it, comes before what is
    /// wrong with them: nobody mends answers that cannot be taken.
    async fn read_answers(
        &self,
        caller: Caller,
        request: wire::SubmitAnswersRequest,
    ) -> Result<(HandedIn, Subject, Vec<Finding>), Error> {
        let mut check = Check::default();
        check.request_id(&request.request_id);
        let on_behalf_of = check.opt_enum("on_behalf_of", request.on_behalf_of);
        let Some((form, rule)) = named(&request.form) else {
            check.unknown("form", &request.form);
            return Err(check.0.faults.into());
        };
        if !rule.command.is_empty() {
            return Err(Error::AnsweredByCommand(&rule.command));
        }
        let id = check.id("subject", kind_of(rule.about), &request.subject);
        check.faults.extend(visit_fault(rule, request.visit));
        if rule.about == About::Expert {
            check.programme(&request.programme);
        } else if !request.programme.is_empty() {
            check.fault("programme", Reason::NotHere);
        }
        let origin = Origin::of_call(&caller, "SubmitAnswers", &request.request_id, &request);
        let nothing = fill((form, rule), &[], &Fields::new(), &Fields::new()).filled;
        let side = rule.side();
        let (visit, programme) = (request.visit, request.programme);
        let about = rule.about;
        let mut handed = HandedIn { caller, origin, about, id, visit, programme, side, on_behalf_of, filled: nothing };
        let found = if check.faults.is_empty() {
            let mut session = self.log.read_session().await?;
            let subject = subject(&mut session, self.log.keys().as_ref(), &handed.named()).await?;
            handed.allowed(&subject)?;
            subject
        } else {
            Subject::default()
        };
        let filling = fill((form, rule), &request.answers, &Fields::new(), &found.known);
        check.faults.extend(filling.faults);
        check.done()?;
        handed.filled = filling.filled;
        Ok((handed, found, filling.warnings))
    }

    async fn submit(
        &self,
        caller: Caller,
        request: wire::SubmitAnswersRequest,
    ) -> Result<wire::SubmitAnswersResponse, Error> {
        let only_check = request.validate_only;
        let (handed, found, warnings) = self.read_answers(caller, request).await?;
        if only_check {
            let at = Moment {
                now: self.log.clock().now(),
                actor: &handed.caller.subject,
                on_behalf_of: handed.on_behalf_of,
                words: "",
            };
            let on_behalf = handed.on_behalf_of != Side::Unspecified;
            let answers = Some(shown(Answered::new("", &found, &handed.filled, on_behalf, &at)));
            return Ok(wire::SubmitAnswersResponse { answers, warnings, token: None });
        }
        let (id, token) = self.keep(handed).await?;
        let mut session = self.log.read_session().await?;
        let stored = store::answers(&mut session, self.log.keys().as_ref(), &id).await?;
        Ok(wire::SubmitAnswersResponse { answers: stored.map(shown), warnings, token: Some(token) })
    }

    async fn keep(&self, handed: HandedIn) -> Result<(String, Token), Error> {
        let (keys, origin) = (self.log.keys().clone(), handed.origin.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let subject = subject(unit.session(), keys, &handed.named()).await?;
                handed.allowed(&subject)?;
                let actor = unit.actor().to_owned();
                let on_behalf_of = handed.on_behalf_of;
                let at = Moment { now: unit.now(), actor: &actor, on_behalf_of, words: "" };
                let on_behalf = on_behalf_of != Side::Unspecified;
                let answers = hand_in(unit, keys, &subject, &handed.filled, (on_behalf, &at)).await?;
                Ok::<_, Error>(Receipt { id: String::new(), answers })
            })
        });
        let committed = committed.await?;
        Ok((committed.answer.answers, committed.token))
    }

    async fn answers_about(
        &self,
        caller: &Caller,
        request: &wire::ListAnswersRequest,
    ) -> Result<wire::ListAnswersResponse, Error> {
        let mut check = Check::default();
        let kind = request.subject.split('/').next().unwrap_or_default();
        let (id, about) = match KINDS.into_iter().find(|(known, _)| *known == kind) {
            Some((kind, about)) => (check.id("subject", kind, &request.subject), about),
            None => {
                let forms = KINDS.map(|(kind, _)| format!("{kind}/<id>")).join(", ");
                check.faults.push(Fault::new("subject", Reason::BadName).with("form", forms));
                (String::new(), About::Case)
            }
        };
        check.ascii("form", &request.form, false);
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = subject(&mut session, keys, &Named { about, id: &id, visit: 0, programme: "" }).await?;
        reaches_subject(caller, &found)?;
        let filter = AnswersFilter {
            subject: request.subject.clone(),
            form: request.form.clone(),
            with_earlier: request.with_earlier,
            hidden: hidden_about(caller, &found),
        };
        let found = store::list_answers(&mut session, keys, &filter, page.after(i64::MAX), page.limit()).await?;
        let (answers, next_page_token) = page.cut(found);
        Ok(wire::ListAnswersResponse { answers: answers.into_iter().map(shown).collect(), next_page_token })
    }
}

/// The side whose answers the caller must not see: for an expert who guides the company also where the company is all it is
/// about.
fn hidden_about(caller: &Caller, of: &Subject) -> Side {
    let guides = of.reached_by.iter().any(|(expert, _)| caller.owns(expert));
    match hidden(caller, of) {
        Some(side) => side,
        None if guides && !of.company().is_empty() => Side::Company,
        None => Side::Unspecified,
    }
}

#[tonic::async_trait]
impl FormResponses for Desk {
    async fn list_forms(
        &self,
        _request: Request<wire::ListFormsRequest>,
    ) -> Result<Response<wire::ListFormsResponse>, Status> {
        let forms = forms().iter().map(|form| shown_form::form(form, false)).collect();
        Ok(Response::new(wire::ListFormsResponse { forms }))
    }

    async fn get_form(
        &self,
        request: Request<wire::GetFormRequest>,
    ) -> Result<Response<wire::GetFormResponse>, Status> {
        let (form, _) = named(&request.get_ref().name).ok_or(Error::NoSuchForm)?;
        Ok(Response::new(wire::GetFormResponse { form: Some(shown_form::form(form, true)) }))
    }

    async fn submit_answers(
        &self,
        request: Request<wire::SubmitAnswersRequest>,
    ) -> Result<Response<wire::SubmitAnswersResponse>, Status> {
        let caller = self.caller(&request).await?;
        Ok(Response::new(self.submit(caller, request.into_inner()).await?))
    }

    async fn list_answers(
        &self,
        request: Request<wire::ListAnswersRequest>,
    ) -> Result<Response<wire::ListAnswersResponse>, Status> {
        Ok(Response::new(self.answers_about(&self.caller(&request).await?, request.get_ref()).await?))
    }
}
