//! The review that the register does by itself: once a day, on the clock that was passed in.

use std::sync::Arc;
use std::time::Duration;

use kit_clock::JapanDay;
use kit_log::{Origin, Source};
use prost::Message;
use tokio_util::sync::CancellationToken;

use super::Register;
use crate::SERVICE;
use crate::error::Error;
use crate::store::{self, Progress};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long nothing is tried after something went wrong.
const PAUSE: Duration = Duration::from_secs(2);
/// Its row among what is done daily.
const REVIEW: &str = "review";

/// What one commit of the day's review did.
#[derive(Clone, PartialEq, Message)]
struct Done {
    #[prost(int32, tag = "1")]
    paused: i32,
    #[prost(int32, tag = "2")]
    resumed: i32,
    /// There is nothing left to do on this day.
    #[prost(bool, tag = "3")]
    over: bool,
}

/// Reviews everybody once on each day in Japan: as it begins, or at the start on a day that has none yet. What goes wrong is
/// tried again, from where it stood.
pub(crate) async fn run(register: Register, survey: Arc<dyn Source>, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // What this replica knows to be done: one comparison a look instead of a question to the database.
    let mut known = None;
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stop.cancelled() => return,
        }
        let today = register.now().japan_day();
        if known.is_some_and(|known| today <= known) {
            continue;
        }
        let reviewed = tokio::select! {
            reviewed = register.review_day(survey.as_ref(), today) => reviewed,
            () = stop.cancelled() => return,
        };
        match reviewed {
            Ok(true) => known = Some(today),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "the day's review could not be done; tried again");
                look.reset_after(PAUSE);
            }
        }
    }
}

impl Register {
    /// Does what is left of a day's review; true when it is done.
    async fn review_day(&self, survey: &dyn Source, today: JapanDay) -> Result<bool, Error> {
        let progress = store::progress(&mut self.log.read_session().await?, REVIEW).await?;
        if progress.left(today).is_none() {
            return Ok(true);
        }
        let (mut paused, mut resumed) = (0, 0);
        loop {
            // Somebody who has just answered must not be hidden because it was not read yet. The next look goes on from here.
            if !self.has_read_all(survey).await? {
                return Ok(false);
            }
            let done = self.review_part(today).await?;
            (paused, resumed) = (paused + done.paused, resumed + done.resumed);
            if done.over {
                tracing::info!(paused, resumed, "the day's review is done");
                return Ok(true);
            }
        }
    }

    /// A part of a day's review, and how far it has got, in one commit. Where it stands is read in that commit: several
    /// replicas do a part each.
    async fn review_part(&self, today: JapanDay) -> Result<Done, Error> {
        let review = self.reviewing().await?;
        let committed = self.log.writer().run(by_itself(), move |unit| {
            Box::pin(async move {
                let Some(after) = store::progress(unit.session(), REVIEW).await?.left(today) else {
                    return Ok(Done { over: true, ..Done::default() });
                };
                let now = unit.now();
                let some = review.some(unit, now, after).await?;
                let over = some.last == 0;
                let progress = Progress { day: today, place: some.last, done: over };
                store::put_progress(unit.session(), REVIEW, progress).await?;
                Ok::<_, Error>(Done { paused: some.paused, resumed: some.resumed, over })
            })
        });
        Ok(committed.await?.answer)
    }

    /// Whether everything is read that the survey holds.
    async fn has_read_all(&self, survey: &dyn Source) -> Result<bool, Error> {
        let head = survey.head().await?.head.unwrap_or_default();
        let read = Source::head(&self.log).await?.consumed;
        Ok(head.position == 0 || read.iter().any(|read| read.epoch == head.epoch && read.position >= head.position))
    }
}

/// Nobody asked: time did.
fn by_itself() -> Origin {
    Origin { actor: format!("service:{SERVICE}"), ..Origin::default() }
}
