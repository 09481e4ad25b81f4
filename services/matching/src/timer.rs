//! What time brings: a task that looks at the passed-in clock and carries out what is due.

use std::time::Duration;

use kit_log::Origin;
use tokio_util::sync::CancellationToken;

use crate::SERVICE;
use crate::error::Error;
use crate::rpc::Desk;

/// How often the clock and what is due are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long nothing is tried after something went wrong.
const PAUSE: Duration = Duration::from_secs(2);

/// Carries out what is due until `stop`. What goes wrong is tried again: nothing is lost, since what is due stays due.
pub(crate) async fn run(desk: Desk, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = wake(&desk).await {
            tracing::warn!(%error, "what is due could not be done; tried again");
            look.reset_after(PAUSE);
        }
    }
}

async fn wake(desk: &Desk) -> Result<(), Error> {
    desk.expire_requests().await?;
    desk.carry_on_events().await?;
    Ok(())
}

/// Nobody asked: time did.
pub(crate) fn by_itself() -> Origin {
    Origin { actor: format!("service:{SERVICE}"), ..Origin::default() }
}
