//! What time brings: tasks that look at the passed-in clock, forget drafts that nobody has touched for long, destroy keys that
//! nobody needs any more, begin activations on their day and carry them on.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::rpc::{Pace, Step, Survey};

/// How often the clock is looked at for what is forgotten.
const LOOK: Duration = Duration::from_secs(1);
/// How often the clock is looked at for activations.
const ACTIVATIONS: Duration = Duration::from_millis(250);
/// How long nothing is tried after something went wrong.
const REST: Duration = Duration::from_secs(2);

/// Forgets what is due until `stop`. What goes wrong is tried again: what is due stays due.
pub(crate) async fn run(survey: Survey, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = survey.forget_old_drafts().await {
            tracing::warn!(%error, "old drafts could not be forgotten; tried again");
        }
        survey.destroy_doomed_keys().await;
    }
}

/// Carries on the activations that are due until `stop`, likewise.
pub(crate) async fn carry_on(survey: Survey, pace: Pace, stop: CancellationToken) {
    let mut look = tokio::time::interval(ACTIVATIONS);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = survey.woken() => {}
            () = stop.cancelled() => return,
        }
        loop {
            match survey.carry_on(pace).await {
                Ok(Step::Nothing) => break,
                Ok(Step::Done) if pace.pause.is_zero() => {}
                Ok(Step::Done) => tokio::select! {
                    () = tokio::time::sleep(pace.pause) => {}
                    () = stop.cancelled() => return,
                },
                Err(error) => {
                    tracing::warn!(%error, "what is due could not be done; tried again");
                    look.reset_after(REST);
                    break;
                }
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }
}
