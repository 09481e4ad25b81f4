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

/// What is looked after apart from the other, so that neither waits for it.
#[derive(Clone, Copy)]
enum Watch {
    /// The clock.
    Clock,
    /// What the search is needed for, which may take its time or be away.
    Search,
}

/// Carries out what is due until `stop`. What goes wrong is tried again: nothing is lost, since what is due stays due.
pub(crate) async fn run(desk: Desk, stop: CancellationToken) {
    tokio::join!(watch(Watch::Clock, &desk, &stop), watch(Watch::Search, &desk, &stop));
}

async fn watch(what: Watch, desk: &Desk, stop: &CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stop.cancelled() => return,
        }
        let done = match what {
            Watch::Clock => wake(desk).await,
            Watch::Search => search(desk).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "what is due could not be done; tried again");
            look.reset_after(PAUSE);
        }
    }
}

async fn wake(desk: &Desk) -> Result<(), Error> {
    // Each is done whatever becomes of the others; incidents first, since somebody waits.
    let done = [
        desk.look_at_incidents().await,
        desk.expire_requests().await,
        desk.expire_proposals().await,
        desk.carry_on_events().await,
    ];
    done.into_iter().collect()
}

async fn search(desk: &Desk) -> Result<(), Error> {
    // What one of them lacks does not hold up the other.
    let done = [desk.seek_due().await, desk.tell_introductions().await];
    done.into_iter().collect()
}

/// Nobody asked: time did.
pub(crate) fn by_itself() -> Origin {
    Origin { actor: format!("service:{SERVICE}"), ..Origin::default() }
}
