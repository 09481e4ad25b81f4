//! What time brings: a task that looks at the passed-in clock, begins activations on their day and carries them on, forgets
//! drafts that nobody has touched for long, and destroys keys that nobody needs any more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::rpc::{Pace, Step, Survey};

/// How often the clock and what is due are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How many of these looks there are to one for what is to be forgotten.
const FORGET: u32 = 4;
/// How long nothing is tried after something went wrong.
const REST: Duration = Duration::from_secs(2);

/// Carries on what is due until `stop`; activations only at a pace. What goes wrong is tried again: what is due stays due.
pub(crate) async fn run(survey: Survey, pace: Option<Pace>, stop: CancellationToken) {
    let mut looks = 0_u32;
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = survey.woken() => {}
            () = stop.cancelled() => return,
        }
        if looks.is_multiple_of(FORGET) {
            forget(&survey).await;
        }
        looks = looks.wrapping_add(1);
        let Some(pace) = pace else { continue };
        if !carry_on(&survey, pace, &stop).await {
            look.reset_after(REST);
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

/// Carries activations on as far as there is anything to do; false when something went wrong.
async fn carry_on(survey: &Survey, pace: Pace, stop: &CancellationToken) -> bool {
    while !stop.is_cancelled() {
        match survey.carry_on(pace).await {
            Ok(Step::Nothing) => break,
            Ok(Step::Done) if pace.pause.is_zero() => {}
            Ok(Step::Done) => tokio::select! {
                () = tokio::time::sleep(pace.pause) => {}
                () = stop.cancelled() => {}
            },
            Err(error) => {
                tracing::warn!(%error, "what is due could not be done; tried again");
                return false;
            }
        }
    }
    true
}

async fn forget(survey: &Survey) {
    if let Err(error) = survey.forget_old_drafts().await {
        tracing::warn!(%error, "old drafts could not be forgotten; tried again");
    }
    survey.destroy_doomed_keys().await;
}
