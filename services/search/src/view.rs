//! What readers see: the book as it stood at one moment. They take no lock and wait for nobody.

use std::sync::Arc;

use contract::event::v1::Token;

use crate::card::Card;
use crate::domain::text::TextSnapshot;
use crate::domain::{Pages, Snapshot};

/// The book as it stood at one moment.
pub(crate) struct View {
    pub(crate) index: Snapshot,
    /// By the slots of the index.
    pub(crate) texts: TextSnapshot,
    /// By the slots of the index.
    pub(crate) cards: Pages<Arc<Card>>,
    /// The policy in force, by which every mark here is; `None` while the survey has told of none.
    pub(crate) policy: Option<Arc<str>>,
    /// Experts known, shown or not.
    pub(crate) known: usize,
    pub(crate) entry_bytes: usize,
    /// Events set aside.
    pub(crate) parked: usize,
    /// How far each log was read.
    pub(crate) positions: Arc<[Token]>,
}

/// The experts who are shown, to be found by id or number without a lock. It is not part of a view: who was hidden just now
/// is not found any more.
#[derive(Default)]
pub(crate) struct Shown {
    by_id: papaya::HashMap<String, Arc<Card>>,
    by_number: papaya::HashMap<String, Arc<Card>>,
}

impl Shown {
    /// The expert with this id, if shown.
    pub(crate) fn by_id(&self, id: &str) -> Option<Arc<Card>> {
        self.by_id.pin().get(id).cloned()
    }

    /// The expert with this registration number (six digits), if shown.
    pub(crate) fn by_number(&self, number: &str) -> Option<Arc<Card>> {
        self.by_number.pin().get(number).cloned()
    }

    pub(crate) fn put(&self, card: &Arc<Card>) {
        self.by_id.pin().insert(String::from(&*card.id), card.clone());
        self.by_number.pin().insert(String::from(&*card.number), card.clone());
    }

    pub(crate) fn forget(&self, card: &Card) {
        self.by_id.pin().remove(&*card.id);
        let numbers = self.by_number.pin();
        // Another expert may have taken the number over since.
        if numbers.get(&*card.number).is_some_and(|other| other.id == card.id) {
            numbers.remove(&*card.number);
        }
    }
}
