//! What time brings: a task that looks at the passed-in clock, forgets drafts that nobody has touched for long, and destroys keys
//! that nobody needs any more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::rpc::Survey;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(1);

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
