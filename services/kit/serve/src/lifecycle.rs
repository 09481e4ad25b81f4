//! The end of a process: first softly, then hard, and at once when a part of it dies.
//!
//! Order of a soft end: listeners close and open streams are told; calls in flight are answered; then
//! [`Lifecycle::drained`] fires, and with it go the parts that calls need (in-process servers, writers, relays).

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long calls in flight may take once the end was asked for.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);
/// How long tasks may take to go after the hard stop; only a blocked thread needs any of it.
const HARD_LIMIT: Duration = Duration::from_secs(2);

/// How the process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything in flight was finished.
    Clean,
    /// The drain limit, or a second signal, cut something off.
    Cut,
    /// A task died; the text names the first one and says why.
    Failed(String),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => ExitCode::SUCCESS,
            Outcome::Cut | Outcome::Failed(_) => ExitCode::FAILURE,
        }
    }
}

/// The tokens and the tasks of one process; clones share them.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    soft: CancellationToken,
    drained: CancellationToken,
    hard: CancellationToken,
    /// Servers that outsiders reach: they drain before anything they need goes.
    front: TaskTracker,
    tasks: TaskTracker,
    failure: Arc<Mutex<Option<String>>>,
    drain: Duration,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Lifecycle {
    /// A process that runs until [`Lifecycle::stop`], a signal or a dead task, and drains for at most 20 s.
    pub fn new() -> Self {
        Self {
            soft: CancellationToken::new(),
            drained: CancellationToken::new(),
            hard: CancellationToken::new(),
            front: TaskTracker::new(),
            tasks: TaskTracker::new(),
            failure: Arc::default(),
            drain: DRAIN_LIMIT,
        }
    }

    /// Another limit for draining.
    #[must_use]
    pub fn drain_within(self, drain: Duration) -> Self {
        Self { drain, ..self }
    }

    /// SIGTERM or SIGINT asks for the end; a second one cuts off whatever is left.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let (soft, hard) = (self.soft.clone(), self.hard.clone());
        tokio::spawn(async move {
            for (token, what) in [(soft, "finishing the calls in flight"), (hard, "cutting off what is left")] {
                tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
                tracing::info!("signal received: {what}");
                token.cancel();
            }
        });
        Ok(())
    }

    /// Cancelled when the end is asked for: take no new work, end what never ends by itself.
    pub fn soft(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Cancelled when the last call from outside was answered: parts that calls need wait for this one, not for `soft`.
    pub fn drained(&self) -> CancellationToken {
        self.drained.clone()
    }

    /// Cancelled when patience is over; every task of [`Lifecycle::spawn`] is dropped at its next await by itself.
    pub fn hard(&self) -> CancellationToken {
        self.hard.clone()
    }

    /// Runs a part of the process. A part that panics, or ends with an error before the end was asked for, takes the
    /// process down with it; a part that ends well is just over.
    pub fn spawn<F, E>(&self, name: impl Into<String>, part: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        self.tasks.spawn(self.watched(name.into(), part));
    }

    /// As [`Lifecycle::spawn`], for a server that outsiders reach.
    pub(crate) fn spawn_front<F, E>(&self, name: impl Into<String>, part: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        self.front.spawn(self.watched(name.into(), part));
    }

    fn watched<F, E>(&self, name: String, part: F) -> impl Future<Output = ()> + Send + use<F, E>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let lifecycle = self.clone();
        async move {
            let part = AssertUnwindSafe(part).catch_unwind();
            let Some(end) = lifecycle.hard.run_until_cancelled(part).await else { return };
            match end {
                Ok(Ok(())) => tracing::debug!(part = name, "ended"),
                Ok(Err(error)) => {
                    let error: Box<dyn Error + Send + Sync> = error.into();
                    if lifecycle.soft.is_cancelled() {
                        tracing::warn!(part = name, %error, "ended with an error while stopping");
                    } else {
                        lifecycle.fail(format_args!("{name}: {error}"));
                    }
                }
                Err(_) => lifecycle.fail(format_args!("{name} panicked")),
            }
        }
    }

    /// A part found that the process must not go on: the end is asked for, and the outcome is a failure.
    pub fn fail(&self, reason: impl fmt::Display) {
        tracing::error!("{reason}: stopping");
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert_with(|| reason.to_string());
        self.soft.cancel();
    }

    /// Asks for the end, as a signal does, and returns at once.
    pub fn stop(&self) {
        self.soft.cancel();
    }

    /// Waits until something asks for the end and everything is over; never longer than the drain limit plus a moment.
    pub async fn finished(&self) -> Outcome {
        self.soft.cancelled().await;
        self.front.close();
        self.tasks.close();
        let drain = async {
            self.front.wait().await;
            self.drained.cancel();
            self.tasks.wait().await;
        };
        let whole = tokio::select! {
            biased;
            () = drain => true,
            () = self.hard.cancelled() => false,
            () = tokio::time::sleep(self.drain) => false,
        };
        // Also after a clean end, for whoever watches the token without being tracked.
        self.drained.cancel();
        self.hard.cancel();
        if !whole {
            tracing::warn!(parts = self.front.len() + self.tasks.len(), "not everything could be finished");
            let gone = async { tokio::join!(self.front.wait(), self.tasks.wait()) };
            let _ = tokio::time::timeout(HARD_LIMIT, gone).await;
        }
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Some(reason) => Outcome::Failed(reason),
            None if whole => Outcome::Clean,
            None => Outcome::Cut,
        }
    }

    /// [`Lifecycle::stop`], then [`Lifecycle::finished`].
    pub async fn shutdown(&self) -> Outcome {
        self.stop();
        self.finished().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Fine = Result<(), std::io::Error>;

    #[tokio::test(start_paused = true)]
    async fn what_is_in_flight_is_finished() {
        let lifecycle = Lifecycle::new();
        let (done, seen) = tokio::sync::oneshot::channel();
        lifecycle.spawn("slow", async {
            tokio::time::sleep(Duration::from_secs(19)).await;
            let _ = done.send(());
            Fine::Ok(())
        });
        assert_eq!(lifecycle.shutdown().await, Outcome::Clean);
        seen.await.expect("it was let finish");
    }

    #[tokio::test(start_paused = true)]
    async fn what_outlasts_the_limit_is_cut() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("stuck", std::future::pending::<Fine>());
        let begun = tokio::time::Instant::now();
        assert_eq!(lifecycle.shutdown().await, Outcome::Cut);
        assert_eq!(begun.elapsed().as_secs(), 20);
        assert!(lifecycle.tasks.is_empty(), "the stuck part is gone");
    }

    #[tokio::test]
    async fn a_dead_part_ends_the_process() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("relay", async { Err("the broker hung up") });
        assert_eq!(lifecycle.finished().await, Outcome::Failed("relay: the broker hung up".to_owned()));

        let lifecycle = Lifecycle::new();
        lifecycle.spawn("index", async { if true { panic!("broken") } else { Fine::Ok(()) } });
        assert_eq!(lifecycle.finished().await, Outcome::Failed("index panicked".to_owned()));
    }

    #[tokio::test]
    async fn an_error_on_the_way_out_is_not_a_failure_and_a_part_may_end_well() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("once", async { Fine::Ok(()) });
        let soft = lifecycle.soft();
        lifecycle.spawn("reader", async move {
            soft.cancelled().await;
            Err("the server went first")
        });
        assert_eq!(lifecycle.shutdown().await, Outcome::Clean);
    }

    #[tokio::test(start_paused = true)]
    async fn what_calls_need_outlives_the_calls() {
        let lifecycle = Lifecycle::new();
        let (write, mut writes) = tokio::sync::mpsc::channel::<()>(1);
        lifecycle.spawn_front("server", async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            write.send(()).await.map_err(|_| "the writer was gone")
        });
        let drained = lifecycle.drained();
        lifecycle.spawn("writer", async move {
            tokio::select! { biased; write = writes.recv() => write.ok_or("no write came"), () = drained.cancelled() => Err("drained too early") }
        });
        assert_eq!(lifecycle.shutdown().await, Outcome::Clean);
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_signal_does_not_wait() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("stuck", std::future::pending::<Fine>());
        lifecycle.hard().cancel();
        let begun = tokio::time::Instant::now();
        lifecycle.shutdown().await;
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
}
