//! What changes notices within a transaction: what others tell, what time brings, what recipients do.

use std::sync::Arc;

use contract::notices::v1::{Channel, NoticeState};
use kit_log::{KeyStore, Result, Unit};

use crate::domain::notice::{Notice, Tried};
use crate::domain::plan::{Act, Stage, plan};
use crate::domain::rules::Rules;
use crate::domain::situation::Situation;
use crate::{events, store};

/// Most notices that time changes in one transaction.
pub(crate) const AT_ONCE: i64 = 100;

/// The event from which a notice follows.
#[derive(Clone, Copy)]
pub(crate) struct Cause<'e> {
    pub(crate) event: &'e str,
    /// The key under which its words were sealed.
    pub(crate) key_id: &'e str,
}

/// The rules, and how notices leave.
pub(crate) struct Desk {
    pub(crate) rules: Arc<Rules>,
    /// Whether they are sent by mail, too.
    pub(crate) mail: bool,
}

impl Desk {
    /// Makes the notices of a subject those that the rules want.
    pub(crate) async fn settle(
        &self,
        unit: &mut Unit,
        keys: &dyn KeyStore,
        subject: &str,
        situations: &[Situation],
        cause: Cause<'_>,
    ) -> Result<()> {
        let now = unit.now();
        let known = store::known(unit.session(), subject).await?;
        for act in plan(self.rules.wanted(situations), &known, now) {
            match act {
                Act::Enter(occasion, wanted) => {
                    let notice = Notice::scheduled(wanted, occasion, (cause.event, cause.key_id), now);
                    self.come(unit, keys, notice).await?;
                }
                Act::Replace(id, wanted) => {
                    let occasion = known.iter().find(|one| one.id == id).map_or(1, |one| one.occasion);
                    let notice = Notice::scheduled(wanted, occasion, (cause.event, cause.key_id), now);
                    self.come(unit, keys, notice).await?;
                }
                Act::Remove(id) => store::delete(unit.session(), &id).await?,
                Act::Withdraw(id) => self.leave(unit, keys, &id, NoticeState::Withdrawn).await?,
                Act::Close(id) => {
                    if let Some(mut notice) = store::by_id(unit.session(), keys, &id).await? {
                        notice.current = false;
                        store::save(unit.session(), keys, &notice).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What time has brought; answers whether there may be more.
    pub(crate) async fn tick(&self, unit: &mut Unit, keys: &dyn KeyStore) -> Result<bool> {
        let now = unit.now();
        let due = store::due(unit.session(), keys, now, AT_ONCE).await?;
        let more = due.len() as i64 == AT_ONCE;
        for mut notice in due {
            match notice.stage() {
                Stage::Scheduled => self.come(unit, keys, notice).await?,
                Stage::Open => {
                    notice.end(NoticeState::Expired, now);
                    tell_end(unit, &mut notice, "expired");
                    store::save(unit.session(), keys, &notice).await?;
                }
                Stage::Over => {}
            }
        }
        Ok(more)
    }

    /// Raises a scheduled notice whose time has come, keeps one whose time will come, and drops one that comes too late.
    async fn come(&self, unit: &mut Unit, keys: &dyn KeyStore, mut notice: Notice) -> Result<()> {
        let now = unit.now();
        if notice.expires() <= now {
            return store::delete(unit.session(), &notice.facts.notice_id).await;
        }
        if notice.raise <= now {
            notice.raise(now, self.mail);
            notice.entered = events::notice(unit, &notice, "raised");
            notice.sequence = notice.entered;
        }
        store::save(unit.session(), keys, &notice).await
    }

    async fn leave(&self, unit: &mut Unit, keys: &dyn KeyStore, id: &str, state: NoticeState) -> Result<()> {
        let Some(mut notice) = store::by_id(unit.session(), keys, id).await? else { return Ok(()) };
        notice.current = false;
        notice.end(state, unit.now());
        tell_end(unit, &mut notice, "withdrawn");
        store::save(unit.session(), keys, &notice).await
    }

    /// Hands over those of these notices that nobody got yet.
    pub(crate) async fn hand_over(&self, unit: &mut Unit, keys: &dyn KeyStore, ids: &[String]) -> Result<()> {
        let mut found = store::by_ids(unit.session(), keys, ids).await?;
        found.sort_by_key(|notice| notice.sequence);
        for mut notice in found {
            if notice.hand_over(unit.now()) {
                // Its place stays: who pulls has it already.
                events::notice(unit, &notice, "handed_over");
                store::save(unit.session(), keys, &notice).await?;
            }
        }
        Ok(())
    }

    /// What came of the try `attempt` to deliver by mail.
    pub(crate) async fn mail_tried(
        &self,
        unit: &mut Unit,
        keys: &dyn KeyStore,
        (id, attempt): (&str, i32),
        tried: Tried,
    ) -> Result<()> {
        let Some(mut notice) = store::by_id(unit.session(), keys, id).await? else { return Ok(()) };
        let mail = notice.facts.deliveries.iter().find(|one| one.channel() == Channel::Mail);
        let overtaken = mail.is_none_or(|one| one.attempts != attempt);
        if overtaken && !matches!(tried, Tried::Taken(_)) {
            return Ok(());
        }
        notice.mail_tried(unit.now(), tried);
        let changed = if matches!(tried, Tried::Taken(_)) { "delivered" } else { "failed" };
        events::notice(unit, &notice, changed);
        store::save(unit.session(), keys, &notice).await
    }
}

/// Tells that a notice is over. Who got it has to learn that, too.
pub(crate) fn tell_end(unit: &mut Unit, notice: &mut Notice, how: &str) {
    let position = events::notice(unit, notice, how);
    if notice.facts.hand_over_time.is_some() {
        notice.sequence = position;
    }
}
