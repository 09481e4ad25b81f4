//! Reading the survey and the registry into the book. Everything here is in memory: a restart reads again.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use contract::event::v1::{ParkedEvent, Token};
use contract::registry::v1::ExpertChanged;
use contract::survey::v1::{RatingChanged, ResponseDisputed, ResponseReceived};
use kit_log::{Cursor, Failed, Interest, Personal, Reader, Received, Refusal, aggregate};
use prost::Name as _;

use crate::SERVICE;
use crate::book::{Book, Card};
use crate::visible::Visible;

/// The reader whose effects are the index.
pub(crate) struct IndexReader {
    book: RwLock<Book>,
    visible: Visible,
    aside: Mutex<Aside>,
}

#[derive(Default)]
struct Aside {
    parked: Vec<ParkedEvent>,
    /// While a log is read from nothing: the aggregates it brought.
    brought: HashMap<String, HashSet<String>>,
}

impl IndexReader {
    pub(crate) fn new(book: Book) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self { book: RwLock::new(book), visible: Visible::new(), aside: Mutex::default() })
    }

    pub(crate) fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) const fn visible(&self) -> &Visible {
        &self.visible
    }

    pub(crate) fn parked_count(&self) -> usize {
        self.aside().parked.len()
    }

    fn aside(&self) -> MutexGuard<'_, Aside> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies events in one turn of the lock: a search sees all of them or none.
    fn put(&self, events: &[Received]) -> Result<Vec<Token>, Failed> {
        let mut through = Vec::new();
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        for (index, received) in events.iter().enumerate() {
            put_one(&mut book, received, &mut through).map_err(|refusal| Failed { index, refusal })?;
        }
        Ok(through)
    }
}

fn put_one(book: &mut Book, received: &Received, through: &mut Vec<Token>) -> Result<(), Refusal> {
    if received.event.r#type == ExpertChanged::full_name() {
        let entry: ExpertChanged = received.clear()?;
        through.extend(entry.sources.iter().cloned());
        let person = match &received.personal {
            Personal::None => return Err(Refusal::Fault("an expert without a personal body".to_owned())),
            _ => received.personal()?,
        };
        book.put_expert(Card { entry, person }).map_err(Refusal::Fault)
    } else {
        let changed: RatingChanged = received.clear()?;
        let rating = changed.rating.ok_or_else(|| Refusal::Fault("a rating event without a rating".to_owned()))?;
        book.put_rating(rating).map_err(Refusal::Fault)
    }
}

#[async_trait]
impl Reader for IndexReader {
    fn name(&self) -> &str {
        SERVICE
    }

    fn interest(&self, event_type: &str) -> Interest {
        if [ExpertChanged::full_name(), RatingChanged::full_name()].iter().any(|name| name == event_type) {
            Interest::Apply { schema: 1 }
        } else if [ResponseReceived::full_name(), ResponseDisputed::full_name()].iter().any(|name| name == event_type) {
            Interest::Pass
        } else {
            Interest::Unknown
        }
    }

    async fn cursor(&self, producer: &str) -> kit_log::Result<Option<Cursor>> {
        Ok(self.visible.cursor(producer))
    }

    async fn apply(&self, producer: &str, events: &[Received], to: &Cursor) -> Result<(), Failed> {
        let through = self.put(events)?;
        let from_nothing = to.epoch.is_empty();
        let swept = {
            let mut aside = self.aside();
            if let Some(brought) = aside.brought.get_mut(producer) {
                brought.extend(events.iter().map(|r| aggregate(&r.event)));
            }
            if from_nothing { None } else { aside.brought.remove(producer) }
        };
        if let Some(brought) = swept {
            self.book.write().unwrap_or_else(PoisonError::into_inner).keep_only(producer, &brought);
        }
        self.visible.moved(producer, (!from_nothing).then_some(to), &through);
        Ok(())
    }

    async fn begin_anew(&self, producer: &str) -> kit_log::Result<()> {
        // What is shown stays until the log has brought it again or not: nobody sees an empty list meanwhile.
        let mut aside = self.aside();
        aside.brought.insert(producer.to_owned(), HashSet::new());
        let (gone, kept): (Vec<_>, Vec<_>) =
            aside.parked.drain(..).partition(|p| p.event.as_ref().is_some_and(|e| e.service == producer));
        aside.parked = kept;
        drop(aside);
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        for parked in gone {
            book.hold_back(&parked.aggregate, false);
        }
        drop(book);
        self.visible.moved(producer, None, &[]);
        Ok(())
    }

    async fn park(&self, parked: ParkedEvent, to: &Cursor) -> kit_log::Result<()> {
        let producer = parked.event.as_ref().map(|e| e.service.clone()).unwrap_or_default();
        self.book.write().unwrap_or_else(PoisonError::into_inner).hold_back(&parked.aggregate, true);
        let mut aside = self.aside();
        if let Some(brought) = aside.brought.get_mut(&producer) {
            brought.insert(parked.aggregate.clone());
        }
        aside.parked.push(parked);
        drop(aside);
        self.visible.moved(&producer, (!to.epoch.is_empty()).then_some(to), &[]);
        Ok(())
    }

    async fn parked(&self) -> kit_log::Result<Vec<ParkedEvent>> {
        Ok(self.aside().parked.clone())
    }

    async fn settle(&self, parked: &ParkedEvent, event: Option<&Received>) -> Result<(), Refusal> {
        let through = self.put(event.map_or(&[], std::slice::from_ref)).map_err(|failed| failed.refusal)?;
        let mut aside = self.aside();
        aside.parked.retain(|p| p.event != parked.event);
        let free = !aside.parked.iter().any(|p| p.aggregate == parked.aggregate);
        drop(aside);
        if free {
            self.book.write().unwrap_or_else(PoisonError::into_inner).hold_back(&parked.aggregate, false);
        }
        let producer = parked.event.as_ref().map(|e| e.service.clone()).unwrap_or_default();
        let cursor = self.visible.cursor(&producer);
        self.visible.moved(&producer, cursor.as_ref(), &through);
        Ok(())
    }

    async fn caught_up(&self, producer: &str, _head: &Cursor, consumed: &[Token]) {
        self.visible.at_head(producer, consumed);
    }
}
