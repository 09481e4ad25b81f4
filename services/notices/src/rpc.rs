//! The notices over gRPC: contract → domain → store → contract.

mod pages;
mod reach;

use std::sync::Arc;

use contract::notices::v1 as wire;
use contract::notices::v1::NoticeState;
use contract::notices::v1::notices_server::Notices;
use kit_log::{Committed, Log, Origin};
use kit_serve::Caller;
use prost::Message;
use tonic::{Request, Response, Status};

use crate::desk::{Desk, tell_end};
use crate::domain::fault::Check;
use crate::domain::notice::Notice;
use crate::domain::template::Both;
use crate::error::Error;
use crate::{events, store};
use reach::reaches;

/// The calls. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Counter {
    pub(crate) log: Log,
    pub(crate) desk: Arc<Desk>,
}

/// What is kept of a command for a repeat of its request.
#[derive(Clone, PartialEq, Message)]
struct Receipt {
    #[prost(string, tag = "1")]
    id: String,
}

/// A notice with its words.
pub(crate) fn shown(desk: &Desk, notice: &Notice) -> wire::Notice {
    let words = |both: Both| Some(wire::Words { ja: both.ja, en: both.en });
    let rendered = rendered(desk, notice);
    wire::Notice {
        name: format!("notices/{}", notice.facts.notice_id),
        subject: words(rendered.subject),
        text: words(rendered.text),
        facts: Some(notice.facts.clone()),
    }
}

/// The words of a notice. One whose template is gone is told by the template's code.
pub(crate) fn rendered(desk: &Desk, notice: &Notice) -> crate::domain::template::Rendered {
    let facts = &notice.facts;
    let parameter = |name: &str| {
        let plain = facts.parameters.iter().find(|one| one.name == name).map(|one| one.value.clone());
        plain.or_else(|| notice.words.iter().find(|(known, _)| known == name).map(|(_, word)| word.clone()))
    };
    match desk.rules.template(&facts.template) {
        Some(template) => template.render(desk.rules.shared(), facts.reminder, &parameter),
        None => {
            let code = Both { ja: facts.template.clone(), en: facts.template.clone() };
            crate::domain::template::Rendered { subject: code.clone(), text: code }
        }
    }
}

impl Counter {
    /// A notice that was raised.
    async fn raised(&self, id: &str) -> Result<Notice, Error> {
        let mut session = self.log.read_session().await?;
        let found = store::by_id(&mut session, self.log.keys().as_ref(), id).await?;
        found.filter(|notice| notice.state() != NoticeState::Unspecified).ok_or(Error::NoSuchNotice)
    }

    async fn change(
        &self,
        (caller, origin): (&Caller, Origin),
        id: String,
        step: impl FnOnce(&mut kit_log::Unit, &mut Notice) -> Result<bool, Error> + Send + 'static,
    ) -> Result<(wire::Notice, contract::event::v1::Token), Error> {
        let (keys, caller) = (self.log.keys().clone(), caller.clone());
        let committed: Result<Committed<Receipt>, Error> = self
            .log
            .writer()
            .run(origin, move |unit| {
                Box::pin(async move {
                    let found = store::by_id(unit.session(), keys.as_ref(), &id).await?;
                    let raised = found.filter(|notice| notice.state() != NoticeState::Unspecified);
                    let mut notice = raised.ok_or(Error::NoSuchNotice)?;
                    reaches(&caller, &notice.facts.recipient)?;
                    if step(unit, &mut notice)? {
                        store::save(unit.session(), keys.as_ref(), &notice).await?;
                    }
                    Ok(Receipt { id })
                })
            })
            .await;
        let committed = committed?;
        let notice = self.raised(&committed.answer.id).await?;
        Ok((shown(&self.desk, &notice), committed.token))
    }
}

#[tonic::async_trait]
impl Notices for Counter {
    async fn pull(&self, request: Request<wire::PullRequest>) -> Result<Response<wire::PullResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.pulled(&caller, request.into_inner()).await?))
    }

    async fn acknowledge(
        &self,
        request: Request<wire::AcknowledgeRequest>,
    ) -> Result<Response<wire::AcknowledgeResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let body = request.into_inner();
        let mut check = Check::default();
        let id = check.id("name", "notices", &body.name);
        check.request_id(&body.request_id);
        check.done().map_err(Error::from)?;
        let origin = Origin::of_call(&caller, "Acknowledge", &body.request_id, &body);
        let step = |unit: &mut kit_log::Unit, notice: &mut Notice| {
            let changes = notice.acknowledge(unit.now())?;
            if changes {
                tell_end(unit, notice, "acknowledged");
            }
            Ok(changes)
        };
        let (notice, token) = self.change((&caller, origin), id, step).await?;
        Ok(Response::new(wire::AcknowledgeResponse { notice: Some(notice), token: Some(token) }))
    }

    async fn get_notice(
        &self,
        request: Request<wire::GetNoticeRequest>,
    ) -> Result<Response<wire::GetNoticeResponse>, Status> {
        let mut check = Check::default();
        let id = check.id("name", "notices", &request.get_ref().name);
        check.done().map_err(Error::from)?;
        let notice = self.raised(&id).await?;
        reaches(Caller::of(&request), &notice.facts.recipient)?;
        Ok(Response::new(wire::GetNoticeResponse { notice: Some(shown(&self.desk, &notice)) }))
    }

    async fn list_notices(
        &self,
        request: Request<wire::ListNoticesRequest>,
    ) -> Result<Response<wire::ListNoticesResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.notices(&caller, &request.into_inner()).await?))
    }

    async fn list_deliveries(
        &self,
        request: Request<wire::ListDeliveriesRequest>,
    ) -> Result<Response<wire::ListDeliveriesResponse>, Status> {
        Ok(Response::new(self.deliveries(&request.into_inner()).await?))
    }

    async fn retry_delivery(
        &self,
        request: Request<wire::RetryDeliveryRequest>,
    ) -> Result<Response<wire::RetryDeliveryResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let body = request.into_inner();
        let mut check = Check::default();
        let id = check.id("name", "notices", &body.name);
        check.request_id(&body.request_id);
        check.done().map_err(Error::from)?;
        let origin = Origin::of_call(&caller, "RetryDelivery", &body.request_id, &body);
        let step = |unit: &mut kit_log::Unit, notice: &mut Notice| {
            notice.retry_mail(unit.now())?;
            events::notice(unit, notice, "retried");
            Ok(true)
        };
        let (notice, token) = self.change((&caller, origin), id, step).await?;
        Ok(Response::new(wire::RetryDeliveryResponse { notice: Some(notice), token: Some(token) }))
    }
}
