//! Notices by mail, for a body that has no portal: a task that takes up what waits, one at a time.
//!
//! A try is taken in hand in one transaction, made outside, and its end recorded in another. So no two replicas try at
//! once, a mail that the server took is never sent again once that was recorded, and one whose end was not recorded (the
//! process died, or the server's word was lost) is tried again: at least once, under the same Message-ID.

mod letter;
mod smtp;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kit_log::{Log, Result};
use lettre::Address;
use lettre::message::Mailbox;
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::domain::address::clean;
use crate::domain::delivery::{again, claimed_until};
use crate::domain::notice::{Notice, Tried};
use crate::error::Error;
use crate::timer::{LOOK, by_itself};
use crate::{rpc, store};
use letter::Letter;
use smtp::{NotTaken, Relay};

/// How notices are sent by mail. Never printed: the address may hold a password.
#[derive(Clone)]
pub struct MailConfig {
    /// `smtp://HOST[:PORT]`, `smtp://…?tls=required` or `smtps://…`, with `USER:PASSWORD@` where the server wants it.
    pub smtp: String,
    /// Who they are from: `name@example.jp`, or `名称 <name@example.jp>`.
    pub from: String,
    /// Addresses of recipients, beside those that experts gave themselves; these come first.
    pub addresses: BTreeMap<String, String>,
    /// The portal's address, before the links; without it mails bear no links.
    pub portal: Option<String>,
    /// How long a server may take until its word about a mail; 60 s.
    pub timeout: Duration,
}

impl MailConfig {
    /// With no further addresses, no links and 60 s.
    pub fn new(smtp: impl Into<String>, from: impl Into<String>) -> Self {
        let (smtp, from) = (smtp.into(), from.into());
        Self { smtp, from, addresses: BTreeMap::new(), portal: None, timeout: Duration::from_secs(60) }
    }
}

impl std::fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailConfig").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Sends what waits to be sent.
pub(crate) struct Sender {
    log: Log,
    desk: Arc<Desk>,
    relay: Relay,
    from: Mailbox,
    addresses: BTreeMap<String, String>,
    portal: String,
}

/// Where and as whom mails are sent, found usable.
pub(crate) struct Post {
    relay: Relay,
    from: Mailbox,
    addresses: BTreeMap<String, String>,
    portal: String,
}

/// A try in hand. The number 0 says that there was none to take.
#[derive(Clone, PartialEq, prost::Message)]
struct Claim {
    #[prost(int32, tag = "1")]
    attempt: i32,
}

impl Post {
    /// Reads the settings.
    pub(crate) fn read(config: MailConfig) -> std::result::Result<Self, Error> {
        let from: Mailbox =
            config.from.parse().map_err(|_| Error::Setting("the sender is no mail address".to_owned()))?;
        let relay = Relay::at(&config.smtp, from.email.domain(), config.timeout).map_err(Error::Setting)?;
        let portal = config.portal.unwrap_or_default().trim_end_matches('/').to_owned();
        Ok(Self { relay, from, addresses: config.addresses, portal })
    }
}

impl Sender {
    pub(crate) fn new(log: Log, desk: Arc<Desk>, post: Post) -> Self {
        let Post { relay, from, addresses, portal } = post;
        Self { log, desk, relay, from, addresses, portal }
    }

    /// Sends until `stop`; a try in hand is brought to its end.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = look.tick() => {}
                () = stop.cancelled() => return,
            }
            while !stop.is_cancelled() {
                match self.next().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(%error, "mail could not be sent; tried again");
                        break;
                    }
                }
            }
        }
    }

    /// Takes the next try in hand and makes it; false when nothing waits.
    async fn next(&self) -> Result<bool> {
        let now = self.log.clock().now();
        let Some(id) = store::next_mail(&mut self.log.read_session().await?, now).await? else { return Ok(false) };
        let attempt = self.claim(id.clone()).await?;
        let found = store::by_id(&mut self.log.read_session().await?, self.log.keys().as_ref(), &id).await?;
        let Some(notice) = found.filter(|_| attempt > 0) else { return Ok(true) };
        let tried = match self.try_it(&notice).await? {
            Ok(code) => Tried::Taken(code),
            Err(NotTaken { reason, code, again: worthwhile }) => {
                let again = again(attempt, self.log.clock().now()).filter(|_| worthwhile);
                tracing::info!(notice = %id, attempt, reason, code, given_up = again.is_none(), "mail was not taken");
                Tried::Failed { reason, code, again }
            }
        };
        let (keys, desk) = (self.log.keys().clone(), self.desk.clone());
        let recorded = self.log.writer().run(by_itself(), move |unit| {
            Box::pin(async move { desk.mail_tried(unit, keys.as_ref(), (&id, attempt), tried).await })
        });
        recorded.await.map(|_| true)
    }

    async fn claim(&self, id: String) -> Result<i32> {
        let keys = self.log.keys().clone();
        let claimed = self.log.writer().run(by_itself(), move |unit| {
            Box::pin(async move {
                let now = unit.now();
                let found = store::by_id(unit.session(), keys.as_ref(), &id).await?;
                let mut attempt = 0;
                if let Some(mut notice) = found.filter(|notice| notice.mail_due(now).is_some()) {
                    attempt = notice.claim_mail(claimed_until(now));
                    store::save(unit.session(), keys.as_ref(), &notice).await?;
                }
                Ok::<_, kit_log::Error>(Claim { attempt })
            })
        });
        Ok(claimed.await?.answer.attempt)
    }

    async fn try_it(&self, notice: &Notice) -> Result<std::result::Result<i32, NotTaken>> {
        let refused = |reason, again| Ok(Err(NotTaken { reason, code: 0, again }));
        let Some(address) = self.address(&notice.facts.recipient).await? else { return refused("NO_ADDRESS", true) };
        let Some(to) = clean(&address).and_then(|address| address.parse::<Address>().ok()) else {
            return refused("BAD_ADDRESS", false);
        };
        let link = match self.portal.as_str() {
            "" => String::new(),
            portal => format!("{portal}{}", notice.facts.link),
        };
        let words = rpc::rendered(&self.desk, notice);
        let letter = Letter {
            from: &self.from,
            to: Mailbox::new(None, to),
            words: &words,
            notice: &notice.facts.notice_id,
            link: &link,
            now: self.log.clock().now(),
        };
        match letter.written() {
            Ok(mail) => Ok(self.relay.hand_in(&mail).await),
            Err(_) => refused("BAD_ADDRESS", false),
        }
    }

    async fn address(&self, recipient: &str) -> Result<Option<String>> {
        match self.addresses.get(recipient) {
            Some(address) => Ok(Some(address.clone())),
            None => store::address(&mut self.log.read_session().await?, self.log.keys().as_ref(), recipient).await,
        }
    }
}
