//! What is visible already, and waiting for what is not.

use std::collections::HashMap;
use std::time::Duration;

use contract::event::v1::Token;
use kit_log::Cursor;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Error;

/// The logs this service reads.
pub(crate) const PRODUCERS: [&str; 2] = ["survey", "registry"];
/// Taken off a call's deadline, so that the answer tells how far the index is before the call is cut.
const MARGIN: Duration = Duration::from_millis(50);

/// How far the index has read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Positions {
    /// Each log's cursor; absent while it is read from nothing.
    pub(crate) cursors: HashMap<String, Cursor>,
    /// Up to where the registry had read the survey, by what this index knows of the registry.
    pub(crate) through_registry: HashMap<String, Cursor>,
    /// Logs that were read to their head at least once.
    caught_up: Vec<String>,
}

/// Publishes [`Positions`] and waits on them.
pub(crate) struct Visible(watch::Sender<Positions>);

impl Visible {
    pub(crate) fn new(positions: Positions) -> Self {
        Self(watch::Sender::new(positions))
    }

    /// What is shown to readers reaches this far. To be told after it is shown.
    pub(crate) fn reached(&self, positions: Positions) {
        self.0.send_replace(positions);
    }

    pub(crate) async fn caught_up(&self) {
        let mut positions = self.0.subscribe();
        let all = |p: &Positions| PRODUCERS.iter().all(|name| p.caught_up.iter().any(|c| c == name));
        drop(positions.wait_for(all).await);
    }

    /// Waits until all of `wanted` is visible.
    pub(crate) async fn at_least(&self, wanted: &[Token], deadline: Option<Instant>) -> Result<(), Error> {
        if wanted.is_empty() {
            return Ok(());
        }
        let mut positions = self.0.subscribe();
        let mut outcome = None;
        let wait = positions.wait_for(|p| {
            let all: Result<Vec<bool>, Error> = wanted.iter().map(|token| p.shows(token)).collect();
            match all {
                Ok(all) if all.iter().all(|shown| *shown) => outcome = Some(Ok(())),
                Ok(_) => return false,
                Err(error) => outcome = Some(Err(error)),
            }
            true
        });
        let waited = match deadline.map(|at| at.checked_sub(MARGIN).unwrap_or(at)) {
            Some(at) => tokio::time::timeout_at(at, wait).await.map(drop),
            None => {
                drop(wait.await);
                Ok(())
            }
        };
        match (waited, outcome) {
            (_, Some(outcome)) => outcome,
            (_, None) => Err(Error::NotYetVisible(self.0.borrow().tokens())),
        }
    }
}

impl Positions {
    /// The producer's log was read up to here. `None`: it is being read from nothing.
    pub(crate) fn moved(&mut self, producer: &str, to: Option<&Cursor>, through: &[Token]) {
        match to {
            Some(to) => drop(self.cursors.insert(producer.to_owned(), to.clone())),
            None => drop(self.cursors.remove(producer)),
        }
        self.note_all(producer, through);
    }

    /// The producer's log was read to its head.
    pub(crate) fn at_head(&mut self, producer: &str, through: &[Token]) {
        if !self.caught_up.iter().any(|p| p == producer) {
            self.caught_up.push(producer.to_owned());
        }
        self.note_all(producer, through);
    }

    /// How far each log was read, as tokens.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        let token = |name: &&str| {
            let cursor = self.cursors.get(*name)?;
            Some(Token { service: (*name).to_owned(), epoch: cursor.epoch.clone(), position: cursor.position })
        };
        PRODUCERS.iter().filter_map(token).collect()
    }

    fn note_all(&mut self, producer: &str, through: &[Token]) {
        if producer == "registry" {
            for token in through {
                self.note_through(token);
            }
        }
    }

    fn note_through(&mut self, token: &Token) {
        let known = self.through_registry.get(&token.service);
        if !known.is_some_and(|k| k.epoch == token.epoch && k.position >= token.position) {
            let cursor = Cursor { epoch: token.epoch.clone(), position: token.position };
            self.through_registry.insert(token.service.clone(), cursor);
        }
    }

    /// True when the write behind this token is visible in all its effects. A survey's write shows as a rating, and
    /// through the registry as an expert: both have to be here.
    pub(crate) fn shows(&self, token: &Token) -> Result<bool, Error> {
        let Some(own) = self.cursors.get(&token.service) else { return Ok(false) };
        if own.epoch != token.epoch {
            return Err(Error::EpochChanged(token.service.clone()));
        }
        let through = self.through_registry.get(&token.service);
        let by_registry = token.service != "survey"
            || token.position == 0
            || through.is_some_and(|c| c.epoch == token.epoch && c.position >= token.position);
        Ok(own.position >= token.position && by_registry)
    }
}
