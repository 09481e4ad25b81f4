//! What time brings: a task that looks at the passed-in clock, begins activations on their day and carries them on.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::rpc::{Pace, Step, Survey};

/// How often the clock and what is due are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long nothing is tried after something went wrong.
const REST: Duration = Duration::from_secs(2);

/// Carries on what is due until `stop`. What goes wrong is tried again: what is due stays due.
pub(crate) async fn run(survey: Survey, pace: Pace, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
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
