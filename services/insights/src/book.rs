//! What is held of every log, and how far each is read. A log that is read from nothing fills a shelf of its own, which
//! takes the old one's place when it is complete: nobody sees a report over half a log.

use contract::event::v1::{ParkedEvent, Token};
use kit_log::Cursor;

use crate::domain::held::Held;
use crate::domain::schema::Producer;

/// One log's shelf.
pub(crate) struct Shelf {
    /// What is shown.
    pub(crate) held: Held,
    /// Up to where that goes; none before the log was read once.
    pub(crate) shown: Option<Cursor>,
    /// What is being read from nothing.
    anew: Option<Held>,
}

/// All shelves.
pub(crate) struct Book {
    shelves: [Shelf; 3],
    pub(crate) parked: Vec<ParkedEvent>,
}

impl Book {
    pub(crate) fn new() -> Self {
        let shelf = |producer| Shelf { held: Held::new(producer), shown: None, anew: None };
        Self { shelves: Producer::ALL.map(shelf), parked: Vec::new() }
    }

    pub(crate) fn shelf(&self, producer: Producer) -> &Shelf {
        &self.shelves[producer as usize]
    }

    /// What is held of every log.
    pub(crate) fn held(&self) -> [&Held; 3] {
        Producer::ALL.map(|producer| &self.shelf(producer).held)
    }

    /// Where a reader goes on: nowhere while the log is read from nothing.
    pub(crate) fn cursor(&self, producer: Producer) -> Option<Cursor> {
        let shelf = self.shelf(producer);
        shelf.shown.clone().filter(|_| shelf.anew.is_none())
    }

    /// What new events go to.
    pub(crate) fn filling(&mut self, producer: Producer) -> &mut Held {
        let shelf = &mut self.shelves[producer as usize];
        shelf.anew.as_mut().unwrap_or(&mut shelf.held)
    }

    /// The log was read up to here. Without an epoch it is being read from nothing, and this is not its end yet.
    pub(crate) fn moved(&mut self, producer: Producer, to: &Cursor) {
        if to.epoch.is_empty() {
            return;
        }
        let shelf = &mut self.shelves[producer as usize];
        if let Some(anew) = shelf.anew.take() {
            shelf.held = anew;
        }
        shelf.shown = Some(to.clone());
    }

    /// The log is read from nothing from now on.
    pub(crate) fn begin_anew(&mut self, producer: Producer) {
        self.parked.retain(|parked| parked.event.as_ref().is_none_or(|event| event.service != producer.name()));
        self.shelves[producer as usize].anew = Some(Held::new(producer));
    }

    /// The heads that are shown, as tokens.
    pub(crate) fn tokens(&self, at: [u32; 3]) -> Vec<Token> {
        let token = |producer: Producer| {
            let shown = self.shelf(producer).shown.as_ref()?;
            let position = i64::from(at[producer as usize]);
            Some(Token { service: producer.name().to_owned(), epoch: shown.epoch.clone(), position })
        };
        Producer::ALL.into_iter().filter_map(token).collect()
    }
}
