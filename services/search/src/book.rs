//! What is known of every expert, joined: the registry's entry and the survey's rating, and the indexes over those who may
//! be shown. Whoever is not certain to be listed is not in them. It is written by one at a time; readers see it by
//! [`View`]s.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use contract::event::v1::ParkedEvent;

use crate::card::Card;
use crate::domain::text::{Merge, Merged, TextIndex};
use crate::domain::{Index, Pages, Rating, Schema};
use crate::kept::Keeping;
use crate::rated::{Parts, Person, Rated};
use crate::records::{Record, Records};
use crate::view::{Shown, View};
use crate::visible::Positions;

/// Who tells of track records.
pub(crate) const ENGAGEMENT: &str = "engagement";
/// The aggregate that tells which policy is in force.
const IN_FORCE: &str = "policy/scoring";

/// Everything a search knows.
pub(crate) struct Book {
    index: Index,
    /// By the slots of the index.
    texts: TextIndex,
    /// By the slots of the index.
    cards: Pages<Arc<Card>>,
    /// Those in the index, by id and by number.
    shown: Arc<Shown>,
    records: Arc<Records>,
    /// All experts, by id.
    experts: HashMap<String, Arc<Card>>,
    /// Of which the ratings of people are made.
    pub(crate) parts: Parts,
    /// The policy in force; `None` while the survey has told of none.
    pub(crate) policy: Option<Arc<str>>,
    /// What the survey told, by its id of a person.
    people: HashMap<String, Arc<Person>>,
    /// From the survey's id of a person to the expert's.
    expert_of: HashMap<String, String>,
    /// Aggregates with an event set aside: `expert/<id>`, `rating/<respondent>`.
    held_back: HashSet<String>,
    /// Bytes of cards and people.
    entry_bytes: usize,
    /// Raised by every change, so that a snapshot knows whether there is anything new.
    changes: u64,
    /// How many people were erased.
    erased: u64,
    pub(crate) positions: Positions,
    pub(crate) parked: Vec<ParkedEvent>,
}

impl Book {
    pub(crate) fn new(schema: Schema) -> Self {
        Self::restored(Index::new(schema), TextIndex::new())
    }

    /// A book over indexes that were kept, whose cards are still to be [put back](Self::put_back).
    pub(crate) fn restored(index: Index, texts: TextIndex) -> Self {
        Self {
            index,
            texts,
            cards: Pages::default(),
            shown: Arc::default(),
            records: Arc::default(),
            experts: HashMap::new(),
            parts: Parts::default(),
            policy: None,
            people: HashMap::new(),
            expert_of: HashMap::new(),
            held_back: HashSet::new(),
            entry_bytes: 0,
            changes: 0,
            erased: 0,
            positions: Positions::default(),
            parked: Vec::new(),
        }
    }

    /// The book as it stands, for readers.
    pub(crate) fn view(&self) -> View {
        View {
            index: self.index.snapshot(),
            texts: self.texts.snapshot(),
            cards: self.cards.clone(),
            policy: self.policy.clone(),
            known: self.experts.len(),
            entry_bytes: self.entry_bytes + self.map_bytes(),
            parked: self.parked.len(),
            positions: self.positions.tokens().into(),
        }
    }

    /// Bytes of the maps that find experts and people, about.
    fn map_bytes(&self) -> usize {
        const ID: usize = 36;
        let by_id = self.experts.capacity() * size_of::<(String, Arc<Card>)>() + self.experts.len() * ID;
        let people = self.people.capacity() * size_of::<(String, Arc<Person>)>() + self.people.len() * ID;
        let joins = self.expert_of.capacity() * size_of::<(String, String)>() + self.expert_of.len() * 2 * ID;
        // Two lock-free maps with an allocation an entry.
        by_id
            + people
            + joins
            + self.parts.bytes()
            + self.index.len() * 2 * (size_of::<(String, Arc<Card>)>() + 2 * size_of::<usize>() + ID)
    }

    pub(crate) fn knows(&self, id: &str) -> bool {
        self.experts.contains_key(id)
    }

    pub(crate) fn shown(&self) -> Arc<Shown> {
        self.shown.clone()
    }

    pub(crate) fn records(&self) -> Arc<Records> {
        self.records.clone()
    }

    pub(crate) const fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) const fn erased(&self) -> u64 {
        self.erased
    }

    /// All of it, to be kept in a file.
    pub(crate) fn keeping(&self) -> Keeping {
        Keeping {
            index: self.index.snapshot(),
            texts: self.texts.snapshot(),
            cards: self.experts.values().cloned().collect(),
            people: self.people.iter().map(|(respondent, person)| (respondent.clone(), person.clone())).collect(),
            policy: self.policy.clone(),
            records: self.records.all(),
            held_back: self.held_back.iter().cloned().collect(),
            parked: self.parked.clone(),
            positions: self.positions.clone(),
        }
    }

    /// Puts back what was kept, all of it at once: people, cards whose person is still to be joined, and what was held
    /// back. `Err` when the indexes hold other experts than the cards say.
    pub(crate) fn put_back(
        &mut self,
        people: Vec<(String, Person)>,
        cards: Vec<Card>,
        held_back: Vec<String>,
    ) -> Result<(), &'static str> {
        self.people = people.into_iter().map(|(respondent, person)| (respondent, Arc::new(person))).collect();
        self.entry_bytes = self.people.values().map(|person| person.bytes()).sum();
        self.held_back = held_back.into_iter().collect();
        for mut card in cards {
            card.person = self.people.get(&*card.respondent).cloned();
            let card = Arc::new(card);
            let slot = self.index.slot_of(&card.id);
            if slot.is_some() != self.is_shown(&card) {
                return Err("an expert who should be shown is not, or the other way round");
            }
            if let Some(slot) = slot {
                self.cards.set(slot, Some(card.clone()));
                self.shown.put(&card);
            }
            self.hold(card);
        }
        let shown = self.experts.values().filter(|card| self.is_shown(card)).count();
        if shown == self.index.len() { Ok(()) } else { Err("an expert is shown without a card") }
    }

    /// Whether this card can be taken, shown already or not yet: it is its event that is wrong, and no later one.
    ///
    /// # Errors
    /// The codes that no list knows.
    pub(crate) fn check(&self, card: &Card) -> Result<(), String> {
        if !card.listed {
            return Ok(());
        }
        self.index.check(&card.entry(card.open(), None)).map_err(|unknown| unknown.to_string())
    }

    /// Takes what the registry told, [checked](Self::check).
    pub(crate) fn put_expert(&mut self, card: Card) {
        self.erased += u64::from(card.erased);
        let (id, told) = (String::from(&*card.id), self.people.get(&*card.respondent).cloned());
        self.hold(Arc::new(if told.is_some() { card.with_person(told) } else { card }));
        self.refresh(&id);
    }

    /// Takes what the survey told.
    pub(crate) fn put_rating(&mut self, respondent: &str, person: Person) {
        self.entry_bytes += person.bytes();
        let before = self.people.insert(respondent.to_owned(), Arc::new(person));
        self.entry_bytes -= before.map_or(0, |before| before.bytes());
        self.refresh_person(respondent);
    }

    /// Another policy is in force: everybody changes over before anything is shown. Only marks and points are written, and
    /// only where they differ; blocks that readers hold are copied, not waited for.
    pub(crate) fn put_in_force(&mut self, policy: Option<&str>) {
        let policy = policy.map(|policy| self.parts.policy(policy));
        if policy == self.policy {
            return;
        }
        self.policy = policy;
        self.changes += 1;
        let cards: Vec<Arc<Card>> = self.experts.values().cloned().collect();
        for card in cards {
            match (self.is_shown(&card), self.index.slot_of(&card.id)) {
                (true, Some(slot)) => self.index.put_rating(slot, &self.marks_of(&card)),
                (false, None) => {}
                _ => self.refresh(&card.id),
            }
        }
    }

    fn marks_of(&self, card: &Card) -> Rating {
        card.rated(self.policy.as_deref()).map(Rated::marks).unwrap_or_default()
    }

    /// Takes what the engagements told. Who had nothing but the cases of a merged expert has none again once they are parted.
    pub(crate) fn put_record(&mut self, expert: &str, record: Record) {
        self.changes += 1;
        if record.cases == 0 {
            self.records.forget(expert);
        } else {
            self.records.put(expert, record);
        }
    }

    /// Hides whom an aggregate is about, as an event of it was set aside, and forgets what it said: nobody knows what the
    /// event would have changed, a withdrawal perhaps. Events carry the whole state, so the next one brings it back.
    pub(crate) fn hold_back(&mut self, aggregate: &str) {
        self.held_back.insert(aggregate.to_owned());
        match aggregate.split_once('/') {
            Some(("expert", id)) => {
                self.hide(id);
                // It may have been an erasure.
                self.erased += 1;
                if let Some(card) = self.experts.get(id).map(|card| card.emptied()) {
                    self.hold(Arc::new(card));
                }
            }
            // A record is shown or not; the expert has done nothing to be hidden for.
            Some(("track_record", id)) => self.records.forget(id),
            Some((_, respondent)) => {
                self.entry_bytes -= self.people.remove(respondent).map_or(0, |person| person.bytes());
                self.refresh_person(respondent);
            }
            None => {}
        }
    }

    /// Nothing of this aggregate is set aside any more.
    pub(crate) fn release(&mut self, aggregate: &str) {
        self.held_back.remove(aggregate);
        match aggregate.split_once('/') {
            Some(("expert", id)) => self.refresh(id),
            Some(("track_record", _)) => {}
            Some((_, respondent)) => self.refresh_person(respondent),
            None => {}
        }
    }

    /// Forgets those whom a producer's log, read from nothing, did not bring again.
    pub(crate) fn keep_only(&mut self, producer: &str, brought: &HashSet<String>) {
        if producer == ENGAGEMENT {
            self.changes += 1;
            self.records.retain(|id| brought.contains(&format!("track_record/{id}")));
        } else if producer == "survey" {
            let gone: Vec<_> =
                self.people.keys().filter(|r| !brought.contains(&format!("rating/{r}"))).cloned().collect();
            for respondent in gone {
                self.entry_bytes -= self.people.remove(&respondent).map_or(0, |person| person.bytes());
                self.refresh_person(&respondent);
            }
            if !brought.contains(IN_FORCE) {
                self.put_in_force(None);
            }
        } else {
            let gone: Vec<_> =
                self.experts.keys().filter(|id| !brought.contains(&format!("expert/{id}"))).cloned().collect();
            for id in gone {
                self.hide(&id);
                self.let_go(&id);
            }
        }
    }

    /// Work on the texts that would make searches faster; to be run by any thread.
    pub(crate) fn next_merge(&self) -> Option<Merge> {
        self.texts.next_merge()
    }

    pub(crate) fn install(&mut self, merged: Merged) {
        self.texts.install(merged);
    }

    /// Keeps a card in the place of the one before.
    fn hold(&mut self, card: Arc<Card>) {
        let id = String::from(&*card.id);
        self.let_go(&id);
        self.entry_bytes += card.bytes();
        if !card.respondent.is_empty() {
            self.expert_of.insert(String::from(&*card.respondent), id.clone());
        }
        self.experts.insert(id, card);
    }

    fn let_go(&mut self, id: &str) {
        if let Some(before) = self.experts.remove(id) {
            self.entry_bytes -= before.bytes();
            // Another expert may have taken the person over since.
            if self.expert_of.get(&*before.respondent).is_some_and(|other| other == id) {
                self.expert_of.remove(&*before.respondent);
            }
        }
    }

    fn refresh_person(&mut self, respondent: &str) {
        let Some(id) = self.expert_of.get(respondent).cloned() else { return };
        if let Some(before) = self.experts.get(&id).cloned() {
            let card = Arc::new(before.with_person(self.people.get(respondent).cloned()));
            self.hold(card.clone());
            if self.only_marks_differ(&before, &card) {
                return;
            }
        }
        self.refresh(&id);
    }

    /// The short way for one who was shown and is, and can do the same items: everybody, while another policy comes into
    /// force.
    fn only_marks_differ(&mut self, before: &Card, card: &Arc<Card>) -> bool {
        let skills = |card: &Card| card.person.as_ref().map(|person| person.skills);
        let slot = self.index.slot_of(&card.id).filter(|_| skills(before) == skills(card) && self.is_shown(card));
        let Some(slot) = slot else { return false };
        self.changes += 1;
        let marks = self.marks_of(card);
        self.index.put_rating(slot, &marks);
        self.cards.set(slot, Some(card.clone()));
        self.shown.put(card);
        true
    }

    /// Brings the indexes in line with what is known of one expert.
    fn refresh(&mut self, id: &str) {
        self.changes += 1;
        let Some(card) = self.experts.get(id).filter(|card| self.is_shown(card)).cloned() else {
            return self.hide(id);
        };
        let open = card.open();
        let texts = open.texts();
        let put = self.index.upsert(card.entry(open, self.policy.as_deref()));
        let Some(slot) = self.index.slot_of(id).filter(|_| put.is_ok()) else {
            // Its codes were checked; but what the index cannot hold must not stay in it as it was before.
            tracing::error!(expert = id, "stays hidden");
            return self.hide(id);
        };
        let before = self.cards.set(slot, Some(card.clone()));
        if before.as_ref().is_none_or(|before| before.text_hash != card.text_hash) {
            self.texts.put(slot, &texts);
        }
        if let Some(before) = before.filter(|before| before.number != card.number) {
            self.shown.forget(&before);
        }
        self.shown.put(&card);
    }

    fn hide(&mut self, id: &str) {
        self.changes += 1;
        let Some(slot) = self.index.slot_of(id) else { return };
        if let Some(card) = self.cards.set(slot, None) {
            self.shown.forget(&card);
        }
        self.texts.remove(slot);
        self.index.remove(id);
    }

    /// Listed, not erased, nothing set aside, and rated by the policy in force where the survey was answered: fails closed.
    fn is_shown(&self, card: &Card) -> bool {
        let respondent = &*card.respondent;
        card.listed
            && (respondent.is_empty() || card.rated(self.policy.as_deref()).is_some())
            && !self.held_back.contains(&format!("expert/{}", card.id))
            && !["rating", "response"].iter().any(|kind| self.held_back.contains(&format!("{kind}/{respondent}")))
    }
}
