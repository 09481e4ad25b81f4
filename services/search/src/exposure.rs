//! Who was seen how often: counted in memory as searches answer, written every few seconds, told in events.

mod counters;
mod events;
pub(crate) mod rpc;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kit_clock::{Clock, Ids, Timestamp};
use kit_log::{Log, Origin, Request};
use tokio::sync::Mutex;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::domain::exposure::Counts;
use crate::{SERVICE, store};
use counters::Counters;
pub(crate) use counters::Days;

/// How often counts are written. The contract promises them within ten seconds; one is for the commit.
const EVERY: Duration = Duration::from_secs(9);
/// How often the last counts of a process are tried, and how long after one another: a restart of the database, not more,
/// for the process has 20 s to end.
const LAST_TRIES: usize = 3;
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// Where exposure is counted. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Exposure(Arc<Inner>);

struct Inner {
    log: Log,
    clock: Clock,
    ids: Ids,
    counters: Counters,
    /// Held while counts are written, so that one flush follows another.
    flushed: Mutex<Flushed>,
}

/// Up to when counts were written, and what was taken from the counters and may not have been.
struct Flushed {
    until: Timestamp,
    batch: Option<Arc<Batch>>,
}

/// Counts taken from the counters under an id: however often it is tried, even when the answer to a commit was lost, it is
/// written once.
struct Batch {
    id: String,
    span: (Timestamp, Timestamp),
    days: Days,
}

impl Exposure {
    pub(crate) fn new(log: Log, ids: Ids) -> Self {
        let clock = log.clock().clone();
        let flushed = Mutex::new(Flushed { until: clock.now(), batch: None });
        Self(Arc::new(Inner { log, clock, ids, counters: Counters::default(), flushed }))
    }

    /// These experts stand on a page of hits.
    pub(crate) fn shown<'a>(&self, experts: impl IntoIterator<Item = &'a str>, first_page: bool) {
        let day = self.today();
        for expert in experts {
            self.0.counters.add(day, expert, Counts::on_page(first_page));
        }
    }

    /// This expert's sheet was opened.
    pub(crate) fn opened(&self, expert: &str) {
        self.0.counters.add(self.today(), expert, Counts::OPENED);
    }

    fn today(&self) -> i64 {
        self.0.clock.now().japan_day().number()
    }

    /// Writes what was counted so far. When the database is away it stays, and goes with the next call.
    ///
    /// # Errors
    /// When it could not be written.
    pub(crate) async fn flush(&self) -> kit_log::Result<()> {
        let mut flushed = self.0.flushed.lock().await;
        // What was left by the flush before, then what came since.
        for _ in 0..2 {
            let batch = match flushed.batch.clone() {
                Some(batch) => batch,
                None => match self.seal(&mut flushed) {
                    Some(batch) => batch,
                    None => return Ok(()),
                },
            };
            self.write(batch).await?;
            flushed.batch = None;
        }
        Ok(())
    }

    fn seal(&self, flushed: &mut Flushed) -> Option<Arc<Batch>> {
        let span = (flushed.until, self.0.clock.now());
        let days = self.0.counters.take();
        flushed.until = span.1;
        flushed.batch = (!days.is_empty()).then(|| Arc::new(Batch { id: self.0.ids.fresh(), span, days }));
        flushed.batch.clone()
    }

    async fn write(&self, batch: Arc<Batch>) -> kit_log::Result<()> {
        // The id is the batch's own and stands for one content.
        let request = Some(Request { id: format!("flush/{}", batch.id), fingerprint: [0; 32] });
        let origin = Origin { actor: format!("service:{SERVICE}"), request, ..Origin::default() };
        let work = self.0.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                store::add(unit.session(), &batch.days).await?;
                events::emit(unit, &batch.days, batch.span);
                Ok::<(), kit_log::Error>(())
            })
        });
        work.await.map(drop)
    }

    /// Adds counts of today before it answers; true when the request had been answered before.
    async fn record(&self, origin: Origin, experts: Vec<String>, each: Counts) -> kit_log::Result<bool> {
        let work = self.0.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let (now, mut days) = (unit.now(), Days::new());
                experts.iter().for_each(|expert| counters::add(&mut days, now.japan_day().number(), expert, each));
                store::add(unit.session(), &days).await?;
                events::emit(unit, &days, (now, now));
                Ok::<(), kit_log::Error>(())
            })
        });
        Ok(work.await?.repeated)
    }

    /// What is written of these days, both included.
    async fn sums(&self, first: i64, last: i64) -> kit_log::Result<HashMap<String, Counts>> {
        store::sums(&mut self.0.log.read_session().await?, first, last).await
    }

    /// Writes every nine seconds until `stop` is cancelled, and then once more.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        let mut turns = turns();
        while stop.run_until_cancelled(turns.tick()).await.is_some() {
            if let Err(error) = self.flush().await {
                tracing::warn!(%error, "counts of exposure wait for the database");
            }
        }
        for tries_left in (0..LAST_TRIES).rev() {
            match self.flush().await {
                Ok(()) => return,
                Err(error) if tries_left == 0 => tracing::error!(%error, "the last counts of exposure are lost"),
                Err(_) => tokio::time::sleep(LAST_PAUSE).await,
            }
        }
    }
}

fn turns() -> Interval {
    let mut turns = interval_at(Instant::now() + EVERY, EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn counts_are_written_every_nine_seconds_and_not_in_a_burst_after_a_delay() {
        let (begun, mut turns, mut at) = (Instant::now(), turns(), Vec::new());
        for turn in 0..4 {
            turns.tick().await;
            at.push(begun.elapsed().as_secs());
            if turn == 1 {
                tokio::time::advance(Duration::from_secs(32)).await;
            }
        }
        assert_eq!(at, [9, 18, 50, 59]);
    }
}
