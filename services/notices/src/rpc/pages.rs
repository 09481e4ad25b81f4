//! Pages: what is pulled, and what is looked at.

use contract::notices::v1 as wire;
use contract::notices::v1::{Channel, DeliveryState, NoticeState};
use kit_log::Origin;
use kit_serve::Caller;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::reach::meant;
use super::{Counter, shown};
use crate::domain::check::{Check, RECIPIENTS, SUBJECTS};
use crate::domain::fault::Reason;
use crate::domain::notice::state_name;
use crate::error::Error;
use crate::store::{self, Filter};

/// Entries on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (50, 200);

impl Counter {
    pub(super) async fn pulled(
        &self,
        caller: &Caller,
        request: wire::PullRequest,
    ) -> Result<wire::PullResponse, Error> {
        let mut check = Check::default();
        let recipient = check.opt_name("recipient", &RECIPIENTS, &request.recipient);
        let size = check.page_size(request.page_size, PAGE);
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
        let recipient = check.opt_name("recipient", &RECIPIENTS, &request.recipient);
        let subject = check.opt_name("subject", &SUBJECTS, &request.subject);
        let size = check.page_size(request.page_size, PAGE);
        let state: NoticeState = check.code("state", request.state);
        if !request.template.is_empty() && self.desk.rules.template(&request.template).is_none() {
            check.fault("template", Reason::UnknownCode);
        }
        let conditions = wire::ListNoticesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let mark = mark(&conditions.encode_to_vec());
        let before = place::<1>(&mut check, &request.page_token, &mark).map_or(i64::MAX, |[entered]| entered);
        check.done()?;
        let filter = Filter {
            recipient: meant(caller, &recipient)?,
            subject,
            template: request.template.clone(),
            state: if state == NoticeState::Unspecified { String::new() } else { state_name(state).to_owned() },
            failing: request.failed_only,
        };
        let mut session = self.log.read_session().await?;
        let mut found = store::page(&mut session, self.log.keys().as_ref(), &filter, before, size + 1).await?;
        let more = found.len() as i64 > size;
        found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let last = found.last().filter(|_| more).map(|notice| format!("{:x}.{mark}", notice.entered));
        let notices = found.iter().map(|notice| shown(&self.desk, notice)).collect();
        Ok(wire::ListNoticesResponse { notices, next_page_token: last.unwrap_or_default() })
    }

    pub(super) async fn deliveries(
        &self,
        request: &wire::ListDeliveriesRequest,
    ) -> Result<wire::ListDeliveriesResponse, Error> {
        let mut check = Check::default();
        let size = check.page_size(request.page_size, PAGE);
        let state: DeliveryState = check.code("state", request.state);
        let channel: Channel = check.code("channel", request.channel);
        let conditions = wire::ListDeliveriesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let mark = mark(&conditions.encode_to_vec());
        let before = place::<2>(&mut check, &request.page_token, &mark).unwrap_or([i64::MAX, i64::MAX]);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let asked = (state, channel, request.failed_only);
        let mut found = store::deliveries(&mut session, asked, (before[0], before[1]), size + 1).await?;
        let more = found.len() as i64 > size;
        found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let last =
            found.last().filter(|_| more).map(|((entered, channel), _)| format!("{entered:x}.{channel:x}.{mark}"));
        let record = |((_, channel), facts): &((i64, i64), wire::NoticeFacts)| wire::DeliveryRecord {
            notice: format!("notices/{}", facts.notice_id),
            recipient: facts.recipient.clone(),
            template: facts.template.clone(),
            delivery: facts.deliveries.iter().find(|one| i64::from(one.channel) == *channel).cloned(),
        };
        let deliveries = found.iter().map(record).collect();
        Ok(wire::ListDeliveriesResponse { deliveries, next_page_token: last.unwrap_or_default() })
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

/// The place in a token of the same conditions; a fault when it is none.
fn place<const N: usize>(check: &mut Check, token: &str, mark: &str) -> Option<[i64; N]> {
    if token.is_empty() {
        return None;
    }
    let mut parts = token.split('.');
    let mut place = [0; N];
    for number in &mut place {
        let read = parts.next().and_then(|part| i64::from_str_radix(part, 16).ok()).filter(|read| *read >= 0);
        *number = read.unwrap_or(-1);
    }
    if place.contains(&-1) || parts.next() != Some(mark) || parts.next().is_some() {
        check.fault("page_token", Reason::BadPageToken);
    }
    Some(place)
}

/// Tells conditions apart without repeating them.
fn mark(conditions: &[u8]) -> String {
    Sha256::digest(conditions).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
