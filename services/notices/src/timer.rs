//! What time brings: a task that looks at the passed-in clock and wakes what is due.

use std::time::Duration;

use kit_clock::Timestamp;
use kit_log::{Log, Origin, Result};
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::{SERVICE, store};

/// How often the clock and the next due time are looked at: as often as readers ask for heads, so that a clock that is
/// moved, another replica and what was just entered all show within that.
pub(crate) const LOOK: Duration = Duration::from_millis(250);

/// How long nothing is tried after something went wrong.
pub(crate) const PAUSE: Duration = Duration::from_secs(2);

/// Wakes what is due until `stop`. What goes wrong is tried again: nothing is lost, since what is due stays due.
pub(crate) async fn run(log: Log, desk: std::sync::Arc<Desk>, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = wake(&log, &desk).await {
            tracing::warn!(%error, "what is due could not be raised; tried again");
            look.reset_after(PAUSE);
        }
    }
}

async fn wake(log: &Log, desk: &std::sync::Arc<Desk>) -> Result<()> {
    while is_due(log).await? {
        let (keys, desk) = (log.keys().clone(), desk.clone());
        let done =
            log.writer().run(by_itself(), move |unit| Box::pin(async move { desk.tick(unit, keys.as_ref()).await }));
        if !done.await?.answer {
            break;
        }
    }
    Ok(())
}

async fn is_due(log: &Log) -> Result<bool> {
    let next: Option<Timestamp> = store::next_wake(&mut log.read_session().await?).await?;
    Ok(next.is_some_and(|next| next <= log.clock().now()))
}

/// Nobody asked: time did.
pub(crate) fn by_itself() -> Origin {
    Origin { actor: format!("service:{SERVICE}"), ..Origin::default() }
}
