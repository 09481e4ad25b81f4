//! What is visible already, and waiting for what is not.

use std::collections::HashMap;
use std::time::Duration;

use contract::event::v1::Token;
use kit_log::Cursor;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Error;

/// The logs this service reads.
pub(crate) const PRODUCERS: [&str; 3] = ["survey", "registry", "engagement"];
/// Those without which there is nothing to search.
const NEEDED: [&str; 2] = ["survey", "registry"];
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
        let all = |p: &Positions| NEEDED.iter().all(|name| p.caught_up.iter().any(|c| c == name));
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

    /// The producer's log is read from nothing from now on. Another life of the registry may have read less of the survey
    /// than the one before.
    pub(crate) fn begin_anew(&mut self, producer: &str) {
        self.cursors.remove(producer);
        if producer == "registry" {
            self.through_registry.clear();
        }
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
        let through = self.through_registry.get(&token.service).filter(|_| self.cursors.contains_key("registry"));
        let by_registry = token.service != "survey"
            || token.position == 0
            || through.is_some_and(|c| c.epoch == token.epoch && c.position >= token.position);
        Ok(own.position >= token.position && by_registry)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A survey, a registry that reads it at its own pace, and a search that reads both at its own.
    #[derive(Default)]
    struct World {
        /// The survey's log by its length: whether a place ends a submission, whose token a caller has.
        survey: Vec<bool>,
        /// How far the registry has read the survey.
        registry_read: usize,
        /// The registry's log: up to where it had read the survey when it wrote, or an edit of its own.
        registry: Vec<Option<usize>>,
        /// How much of each log the search has applied.
        applied: (usize, usize),
        /// What the registry's head was asked for, and how far it had read the survey then.
        asked: Option<(usize, usize)>,
        life: usize,
        registry_life: usize,
        /// While the registry is read from nothing: where its log ended when that began, and how many events are to come.
        anew: Option<(usize, usize)>,
        positions: Positions,
    }

    #[derive(Clone, Debug)]
    enum Step {
        Submit { events: usize },
        RegistryReads { events: usize },
        RegistryEdits,
        SurveyArrives { events: usize },
        RegistryArrives { events: usize },
        AskHead,
        ReachHead,
        Restore,
        RestoreRegistry { read: usize },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (1_usize..3).prop_map(|events| Step::Submit { events }),
            4 => (1_usize..5).prop_map(|events| Step::RegistryReads { events }),
            1 => Just(Step::RegistryEdits),
            5 => (1_usize..5).prop_map(|events| Step::SurveyArrives { events }),
            5 => (1_usize..5).prop_map(|events| Step::RegistryArrives { events }),
            2 => Just(Step::AskHead),
            2 => Just(Step::ReachHead),
            1 => Just(Step::Restore),
            1 => (0_usize..6).prop_map(|read| Step::RestoreRegistry { read }),
        ]
    }

    impl World {
        fn epoch(&self, service: &str) -> String {
            let life = if service == "registry" { self.registry_life } else { 0 };
            format!("life {} {life}", self.life)
        }

        fn token(&self, service: &str, position: usize) -> Token {
            Token { service: service.to_owned(), epoch: self.epoch(service), position: position as i64 }
        }

        fn cursor(&self, service: &str, position: usize) -> Cursor {
            Cursor { epoch: self.epoch(service), position: position as i64 }
        }

        fn take(&mut self, step: &Step) {
            match *step {
                Step::Submit { events } => {
                    // A rating and a response, or a response that only joins the history.
                    self.survey.extend((0..events).map(|n| n + 1 == events));
                }
                Step::RegistryReads { events } => {
                    for _ in 0..events.min(self.survey.len() - self.registry_read) {
                        self.registry_read += 1;
                        if self.survey[self.registry_read - 1] {
                            self.registry.push(Some(self.registry_read));
                        }
                    }
                }
                Step::RegistryEdits => self.registry.push(None),
                Step::SurveyArrives { events } => {
                    self.applied.0 = (self.applied.0 + events).min(self.survey.len());
                    let to = self.cursor("survey", self.applied.0);
                    self.positions.moved("survey", Some(&to), &[]);
                }
                Step::RegistryArrives { events } => self.registry_arrives(events),
                Step::AskHead => self.asked = Some((self.registry.len(), self.registry_read)),
                Step::ReachHead => {
                    if let Some((head, read)) = self.asked.take().filter(|_| self.anew.is_none()) {
                        self.registry_arrives(head.saturating_sub(self.applied.1));
                        let consumed = self.token("survey", read);
                        self.positions.at_head("registry", &[consumed]);
                    }
                }
                Step::Restore => {
                    // Both logs come back as others; the search reads them from nothing.
                    *self =
                        Self { life: self.life + 1, positions: std::mem::take(&mut self.positions), ..Self::default() };
                    for service in ["survey", "registry"] {
                        self.positions.begin_anew(service);
                        self.positions.moved(service, Some(&self.cursor(service, 0)), &[]);
                    }
                }
                Step::RestoreRegistry { read } => {
                    // Its backup had read less of the survey, and reads on; the search reads all of it from nothing.
                    self.registry_life += 1;
                    self.asked = None;
                    self.registry_read = self.registry_read.min(read);
                    self.registry.retain(|told| told.is_none_or(|told| told <= read));
                    self.applied.1 = 0;
                    self.anew = Some((self.registry.len(), self.registry.len()));
                    self.positions.begin_anew("registry");
                }
            }
        }

        fn registry_arrives(&mut self, events: usize) {
            if let Some((pinned, left)) = self.anew {
                return self.page_arrives(events, pinned, left);
            }
            let to = (self.applied.1 + events).min(self.registry.len());
            let told = self.registry[self.applied.1..to].iter().flatten();
            let through: Vec<_> = told.map(|read| self.token("survey", *read)).collect();
            self.applied.1 = to;
            self.positions.moved("registry", Some(&self.cursor("registry", to)), &through);
        }

        /// A page of the registry's log compacted: in any order, here the newest first, so that what a page tells of the
        /// survey says nothing about what is still to come.
        fn page_arrives(&mut self, events: usize, pinned: usize, left: usize) {
            let rest = left.saturating_sub(events);
            let told = self.registry[..left].iter().rev().take(left - rest).flatten();
            let through: Vec<_> = told.map(|read| self.token("survey", *read)).collect();
            if rest == 0 {
                self.anew = None;
                self.applied.1 = pinned;
                self.positions.moved("registry", Some(&self.cursor("registry", pinned)), &through);
            } else {
                self.anew = Some((pinned, rest));
                self.positions.moved("registry", None, &through);
            }
        }

        /// Whether all that follows from the survey's log up to here is in the search.
        fn is_there(&self, position: usize) -> bool {
            let as_expert = self.registry.iter().position(|read| *read == Some(position));
            self.applied.0 >= position && as_expert.is_some_and(|at| self.applied.1 > at)
        }
    }

    fn cases() -> u32 {
        std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

        #[test]
        fn a_write_shows_only_once_everything_that_follows_from_it_is_there(steps in prop::collection::vec(step(), 1..40)) {
            let mut world = World::default();
            for step in &steps {
                world.take(step);
                for (at, ends) in world.survey.iter().enumerate() {
                    let shows = world.positions.shows(&world.token("survey", at + 1)).unwrap_or(false);
                    prop_assert!(!(shows && *ends) || world.is_there(at + 1), "too early: {} after {step:?}", at + 1);
                }
                for at in 1..=world.registry.len() {
                    let shows = world.positions.shows(&world.token("registry", at)).unwrap_or(false);
                    prop_assert_eq!(shows && world.applied.1 < at, false);
                }
                if world.life > 0 && world.positions.cursors.contains_key("survey") {
                    let old = Token { epoch: "life 0 0".to_owned(), ..world.token("survey", 1) };
                    prop_assert!(world.positions.shows(&old).is_err(), "another life's token");
                }
            }
            // Once all has arrived, all of it shows.
            for last in [
                Step::RegistryArrives { events: 1_000 },
                Step::RegistryReads { events: 1_000 },
                Step::SurveyArrives { events: world.survey.len() },
                Step::AskHead,
                Step::ReachHead,
            ] {
                world.take(&last);
            }
            for at in (0..world.survey.len()).filter(|at| world.survey[*at]) {
                prop_assert!(world.positions.shows(&world.token("survey", at + 1)).unwrap_or(false));
            }
        }
    }
}
