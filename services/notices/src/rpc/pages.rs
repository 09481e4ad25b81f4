//! Pages: what is pulled, and what is looked at.

use contract::notices::v1 as wire;
use contract::notices::v1::NoticeState;
use kit_log::Origin;
use kit_serve::Caller;
use kit_serve::page::{Page, SIZES};

use super::reach::meant;
use super::{Counter, shown};
use crate::domain::fault::{Check, Reason};
use crate::domain::notice::{RECIPIENTS, SUBJECTS, state_name};
use crate::error::Error;
use crate::store::{self, Filter};

impl Counter {
    pub(super) async fn pulled(
        &self,
        caller: &Caller,
        request: wire::PullRequest,
    ) -> Result<wire::PullResponse, Error> {
        let mut check = Check::default();
        let recipient = check.opt_name_of("recipient", &RECIPIENTS, &request.recipient);
        let size = check.page_size(request.page_size, SIZES);
        let cursor = cursor(&request.cursor);
        if cursor.is_none() {
            check.fault("cursor", Reason::BadCursor);
        }
        check.done()?;
        let recipient = meant(caller, &recipient)?;
        // The head first: whatever is at it or before is then in the page, or not to be pulled.
        let head = self.log.stored_head().await?;
        let after = cursor.flatten().filter(|(epoch, _)| *epoch == head.epoch).map(|(_, after)| after);
        let keys = self.log.keys();
        let mut session = self.log.read_session().await?;
        let mut found = store::open_after(&mut session, keys.as_ref(), &recipient, after, size + 1).await?;
        drop(session);
        let more = found.len() as i64 > size;
        found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let last = found.last().map_or(0, |notice| notice.sequence);
        let next = if more { last } else { last.max(head.position).max(after.unwrap_or(0)) };
        let fresh: Vec<String> = found
            .iter()
            .filter(|one| one.state() == NoticeState::Pending)
            .map(|one| one.facts.notice_id.clone())
            .collect();
        if !fresh.is_empty() {
            self.take(caller, fresh.clone()).await?;
            let mut session = self.log.read_session().await?;
            for now in store::by_ids(&mut session, keys.as_ref(), &fresh).await? {
                found
                    .iter_mut()
                    .filter(|one| one.facts.notice_id == now.facts.notice_id)
                    .for_each(|one| *one = now.clone());
            }
        }
        let notices = found.iter().map(|notice| shown(&self.desk, notice)).collect();
        Ok(wire::PullResponse { notices, next_cursor: format!("{}.{next:x}", head.epoch), more })
    }

    /// Hands over what is pulled for the first time, before it is answered.
    async fn take(&self, caller: &Caller, ids: Vec<String>) -> Result<(), Error> {
        let (keys, desk) = (self.log.keys().clone(), self.desk.clone());
        let origin = Origin::of_call(caller, "Pull", "", &wire::PullRequest::default());
        let done = self.log.writer().run(origin, move |unit| {
            Box::pin(async move { Ok::<_, Error>(desk.hand_over(unit, keys.as_ref(), &ids).await?) })
        });
        done.await.map(drop)
    }

    pub(super) async fn notices(
        &self,
        caller: &Caller,
        request: &wire::ListNoticesRequest,
    ) -> Result<wire::ListNoticesResponse, Error> {
        let mut check = Check::default();
        let recipient = check.opt_name_of("recipient", &RECIPIENTS, &request.recipient);
        let subject = check.opt_name_of("subject", &SUBJECTS, &request.subject);
        let state: NoticeState = check.opt_enum("state", request.state);
        if !request.template.is_empty() && self.desk.rules.template(&request.template).is_none() {
            check.fault("template", Reason::UnknownCode);
        }
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        let filter = Filter {
            recipient: meant(caller, &recipient)?,
            subject,
            template: request.template.clone(),
            state: if state == NoticeState::Unspecified { String::new() } else { state_name(state).to_owned() },
            failing: request.failed_only,
        };
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = store::page(&mut session, keys, &filter, page.after(i64::MAX), page.limit()).await?;
        let (found, next_page_token) = page.cut(found.into_iter().map(|notice| (notice.entered, notice)).collect());
        let notices = found.iter().map(|notice| shown(&self.desk, notice)).collect();
        Ok(wire::ListNoticesResponse { notices, next_page_token })
    }

    pub(super) async fn deliveries(
        &self,
        request: &wire::ListDeliveriesRequest,
    ) -> Result<wire::ListDeliveriesResponse, Error> {
        let mut check = Check::default();
        let (state, channel) = (check.opt_enum("state", request.state), check.opt_enum("channel", request.channel));
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let (asked, before) = ((state, channel, request.failed_only), page.after((i64::MAX, i64::MAX)));
        let found = store::deliveries(&mut session, asked, before, page.limit()).await?;
        let record = |(place, facts): ((i64, i64), wire::NoticeFacts)| {
            let delivery = facts.deliveries.iter().find(|one| i64::from(one.channel) == place.1).cloned();
            let notice = format!("notices/{}", facts.notice_id);
            (place, wire::DeliveryRecord { notice, recipient: facts.recipient, template: facts.template, delivery })
        };
        let (deliveries, next_page_token) = page.cut(found.into_iter().map(record).collect());
        Ok(wire::ListDeliveriesResponse { deliveries, next_page_token })
    }
}

/// Epoch and position of a cursor; `Some(None)` for none, `None` for what is no cursor.
fn cursor(given: &str) -> Option<Option<(String, i64)>> {
    if given.is_empty() {
        return Some(None);
    }
    let (epoch, position) = given.rsplit_once('.')?;
    let position = i64::from_str_radix(position, 16).ok().filter(|position| *position >= 0)?;
    (!epoch.is_empty() && epoch.len() <= 100).then(|| Some((epoch.to_owned(), position)))
}
