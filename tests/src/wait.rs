//! Waiting for a condition, with a bound: the only way in which these tests wait.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Looks until `look` answers something, and fails when that takes longer than `bound`.
///
/// # Panics
/// When the bound is reached: "still waiting for `what`".
pub async fn until<T>(what: &str, bound: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    let mut every = interval(LOOK);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < bound, "after {bound:?} still waiting for {what}");
    }
}
