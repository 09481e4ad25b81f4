//! The relay: after the commit, the log's events go to the carrier, in order, until it holds them all.

use std::sync::Arc;
use std::time::Duration;

use contract::event::v1::Event;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::Result;
use crate::carrier::{Carrier, Held};
use crate::log::Log;
use crate::store::{self, Cursor, Head};

/// Events read from the log at once.
const PAGE: i64 = 500;
/// How often the carrier is asked what it holds when there is nothing to do: it may have lost its copy silently.
const CHECK: Duration = Duration::from_secs(5);
/// How long a committed group may take to be handed over before the log is read instead.
const HANDED_OVER: Duration = Duration::from_millis(20);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_millis(200);

pub(crate) struct Relay {
    pub(crate) log: Log,
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) committed: mpsc::Receiver<Vec<Event>>,
}

impl Relay {
    /// Publishes until `stop`, then whatever is left as far as the carrier takes it at once.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut at: Option<i64> = None;
        let mut told = None;
        loop {
            let done = match at {
                None => self.where_to_begin(None).await,
                Some(position) => self.publish_next(position, &stop).await,
            };
            self.tell(&mut told, done.as_ref().err().map(ToString::to_string));
            at = done.ok();
            if stop.is_cancelled() && at.is_none_or(|position| position >= self.log.head().position) {
                return;
            }
            if at.is_none() {
                // The copy may have been lost: ask again where it stands, after a breath.
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }

    /// Tells the operator what keeps the events from being carried: once, not with every try, and when it is over.
    fn tell(&self, told: &mut Option<String>, trouble: Option<String>) {
        if *told == trouble {
            return;
        }
        match &trouble {
            Some(error) => tracing::warn!(service = self.log.service(), %error, "events wait in the log"),
            None => tracing::info!(service = self.log.service(), "events are carried again"),
        }
        *told = trouble;
    }

    async fn where_to_begin(&self, at: Option<i64>) -> Result<i64> {
        let head = self.log.stored_head().await?;
        Ok(match self.carrier.held(self.log.service()).await? {
            Held::Nothing => at.unwrap_or(head.position),
            Held::Empty => 0,
            Held::UpTo(cursor) if cursor.epoch == head.epoch => cursor.position.min(head.position),
            // Another life of the log: what the stream holds of it is history, and this one follows whole.
            Held::UpTo(_) => 0,
            Held::Unknown => self.recorded().await?.filter(|c| c.epoch == head.epoch).map_or(0, |c| c.position),
        })
    }

    /// Publishes what follows `at`, as soon as there is something; answers the new place.
    async fn publish_next(&mut self, at: i64, stop: &CancellationToken) -> Result<i64> {
        let mut head = self.log.watch_head();
        let handed = tokio::select! {
            biased;
            handed = self.committed.recv(), if !stop.is_cancelled() => handed.unwrap_or_default(),
            // Only for groups that were not handed over because the channel was full, or were before this began.
            () = behind(&mut head, at) => Vec::new(),
            () = stop.cancelled() => Vec::new(),
            () = tokio::time::sleep(CHECK) => return self.check(at).await,
        };
        self.publish(at, handed).await
    }

    async fn publish(&self, at: i64, handed: Vec<Event>) -> Result<i64> {
        // What was handed over follows directly in the usual case; otherwise the log has what is between.
        let events = match handed.first() {
            Some(first) if first.position == at + 1 => handed,
            _ => self.log.page(at, i64::MAX, PAGE, false).await?.events,
        };
        let Some(last) = events.last().map(|e| e.position) else { return Ok(at) };
        self.carrier.publish(self.log.service(), &events).await?;
        Ok(last)
    }

    /// Nothing to do for a while: does the carrier still hold what it should, and is that on record? If there is more,
    /// then of another replica that has not come to publish it.
    async fn check(&self, at: i64) -> Result<i64> {
        let begin = self.where_to_begin(Some(at)).await?;
        let epoch = self.log.stored_head().await?.epoch;
        let record = Cursor { epoch, position: at };
        if begin == at && self.recorded().await?.as_ref() != Some(&record) {
            store::set_relayed(&mut self.log.database().write().await?, &record).await?;
        }
        self.publish(begin, Vec::new()).await
    }

    async fn recorded(&self) -> Result<Option<Cursor>> {
        store::relayed(&mut self.log.database().read().await?).await
    }
}

/// Ends when the log has had more than what was published for a moment.
async fn behind(head: &mut tokio::sync::watch::Receiver<Head>, at: i64) {
    drop(head.wait_for(|head| head.position > at).await);
    tokio::time::sleep(HANDED_OVER).await;
}
