//! Who is to be reminded, and who was.

use contract::survey::v1 as api;
use kit_log::{Committed, Origin};
use kit_serve::Caller;
use prost::Message;

use super::campaign_id;
use super::recipients::{PAGE, change, running};
use crate::Error;
use crate::domain::campaign::write_day;
use crate::events;
use crate::rpc::Survey;
use crate::rpc::check::Check;
use crate::rpc::read::moment;
use crate::store;

/// Most recipients of a call.
const BATCH: usize = 500;

/// The answer that is kept for a repeated request.
#[derive(Clone, PartialEq, Eq, Message)]
struct Recorded {
    #[prost(int32, tag = "1")]
    recorded: i32,
}

impl Survey {
    pub(super) async fn reminders_due(
        &self,
        request: &api::ListRemindersDueRequest,
    ) -> Result<api::ListRemindersDueResponse, Error> {
        let mut check = Check::default();
        let day = if request.day.is_empty() {
            Some(self.log.clock().now().japan_day())
        } else {
            check.day("day", &request.day)
        };
        let page = check.page(request, PAGE);
        check.done()?;
        let campaign = self.campaign(campaign_id(&request.campaign)?).await?;
        let Some(due) = day.and_then(|day| campaign.days.reminder_by(day)) else {
            return Ok(api::ListRemindersDueResponse::default());
        };
        let mut session = self.log.read_session().await?;
        let since = due.start().micros();
        let found = store::reminders_page(&mut session, &campaign.row.id, since, (page.after(0), page.limit())).await?;
        drop(session);
        let (recipients, next_page_token) = self.recipients_shown(found, &page).await?;
        Ok(api::ListRemindersDueResponse { recipients, reminder_day: write_day(due), next_page_token })
    }

    pub(super) async fn record_contacts(
        &self,
        caller: &Caller,
        request: api::RecordContactsRequest,
    ) -> Result<api::RecordContactsResponse, Error> {
        let mut check = Check::default();
        check.request_id(&request.request_id);
        check.batch("recipients", request.recipients.len(), BATCH);
        match api::ContactKind::try_from(request.kind) {
            Ok(api::ContactKind::Unspecified) => check.fault("kind", "REQUIRED", &[]),
            Err(_) => check.fault("kind", "UNKNOWN_CODE", &[]),
            Ok(_) => {}
        }
        // Whoever was told has been told: one who counts as reminded tomorrow would be passed over then. Who states no time
        // need not fear for a clock that is ahead.
        let stated = request.time.as_ref().map(|at| moment(at, self.log.clock().now()));
        let stated = stated.and_then(|read| read.map_err(|none| check.0.push(none.at("time").fault(""))).ok());
        check.done()?;
        let campaign = self.campaign(campaign_id(&request.campaign)?).await?;
        let (ids, unknown) = recipient_ids(&campaign.row.id, &request.recipients);
        let (keys, reminded) = (self.log.keys().clone(), request.kind() == api::ContactKind::Reminded);
        let origin = Origin::of_call(caller, "RecordContacts", &request.request_id, &request);
        let id = campaign.row.id.clone();
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let campaign = running(unit, &id).await?;
                let at = stated.unwrap_or(unit.now()).micros();
                let recorded = change(unit, keys.as_ref(), &campaign, (&ids, unknown), |one| {
                    // Who was reminded was asked, if only now.
                    one.ask_time = Some(one.ask_time.map_or(at, |before| before.min(at)));
                    if reminded {
                        one.remind_time = Some(one.remind_time.map_or(at, |before| before.max(at)));
                        one.reminders += 1;
                    }
                });
                Ok::<_, Error>(Recorded { recorded: recorded.await? })
            })
        });
        let Committed { answer, token, .. } = work.await?;
        Ok(api::RecordContactsResponse { recorded: answer.recorded, token: Some(token) })
    }
}

/// The ids in the names, each once; beside them names of other campaigns and such that are none.
fn recipient_ids(campaign: &str, names: &[String]) -> (Vec<String>, Vec<String>) {
    let prefix = events::recipient_name(campaign, "");
    let (own, unknown): (Vec<_>, Vec<_>) = names.iter().cloned().partition(|name| name.starts_with(&prefix));
    let mut ids: Vec<String> = own.iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    (ids, unknown)
}
