//! How far the logs are read, and waiting for what is not.

use std::time::Duration;

use contract::event::v1::Token;
use kit_log::Cursor;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Error;
use crate::domain::schema::Producer;

/// Taken off a call's deadline, so that the answer tells how far the logs are read before the call is cut.
const MARGIN: Duration = Duration::from_millis(50);

#[derive(Clone, Default)]
struct Reached {
    /// None while a log is read from nothing.
    cursors: [Option<Cursor>; 3],
    /// Logs that were read to their head at least once.
    heads: [bool; 3],
}

/// Publishes how far the logs are read, and waits on it.
pub(crate) struct Visible(watch::Sender<Reached>);

impl Visible {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Reached::default()))
    }

    /// What is shown reaches this far.
    pub(crate) fn reached(&self, cursors: [Option<Cursor>; 3]) {
        self.0.send_modify(|reached| reached.cursors = cursors);
    }

    /// The log was read to its head.
    pub(crate) fn caught_up(&self, producer: Producer) {
        self.0.send_if_modified(|reached| !std::mem::replace(&mut reached.heads[producer as usize], true));
    }

    /// Waits until every log was read to the head it had.
    pub(crate) async fn ready(&self) {
        let mut reached = self.0.subscribe();
        drop(reached.wait_for(|reached| reached.heads.iter().all(|head| *head)).await);
    }

    /// Waits until all of `wanted` is in the reports.
    pub(crate) async fn at_least(&self, wanted: &[Token], deadline: Option<Instant>) -> Result<(), Error> {
        let mut reached = self.0.subscribe();
        let mut outcome = None;
        let wait = reached.wait_for(|reached| {
            let all: Result<Vec<bool>, Error> = wanted.iter().map(|token| reached.has(token)).collect();
            match all {
                Ok(all) if all.iter().all(|there| *there) => outcome = Some(Ok(())),
                Ok(_) => return false,
                Err(error) => outcome = Some(Err(error)),
            }
            true
        });
        match deadline.map(|at| at.checked_sub(MARGIN).unwrap_or(at)) {
            Some(at) => drop(tokio::time::timeout_at(at, wait).await),
            None => drop(wait.await),
        }
        outcome.unwrap_or_else(|| Err(Error::NotYetVisible(self.0.borrow().tokens())))
    }
}

impl Reached {
    fn has(&self, token: &Token) -> Result<bool, Error> {
        let own = Producer::named(&token.service).and_then(|producer| self.cursors[producer as usize].as_ref());
        match own {
            None => Ok(false),
            Some(own) if own.epoch != token.epoch => Err(Error::EpochChanged(token.service.clone())),
            Some(own) => Ok(own.position >= token.position),
        }
    }

    fn tokens(&self) -> Vec<Token> {
        let token = |producer: Producer| {
            let cursor = self.cursors[producer as usize].as_ref()?;
            let (epoch, position) = (cursor.epoch.clone(), cursor.position);
            Some(Token { service: producer.name().to_owned(), epoch, position })
        };
        Producer::ALL.into_iter().filter_map(token).collect()
    }
}
