//! The index itself: written to one expert at a time, searched and shared through [`Snapshot`]s.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Place;

use super::block::Block;
use super::id::Id;
use super::schema::{CodeField, UnknownCode, UnknownCodes};
use super::{Answer, Entry, FacetName, Query, Rating, Schema, Snapshot, SortKey, Within, order};

/// All listed experts. A change costs a few hundred bit writes, whatever the size, and a copy of one block when a snapshot
/// holds it; nothing is ever rebuilt. What a search answers depends, but for slots, only on the entries held, not on their
/// history.
///
/// An expert sits in a slot: a number that stays the same while the expert is held, whatever changes in the entry, and is
/// given to another one after. What is kept elsewhere of an expert, such as words, can go by it.
pub struct Index {
    pub(super) held: Snapshot,
    /// Slots by the hash of their id.
    pub(super) slots: HashTable<u32>,
    pub(super) free: Vec<u32>,
    /// Slots that were ever used: those below.
    pub(super) used: u32,
}

impl Index {
    /// An empty index over the schema's codes.
    pub fn new(schema: Schema) -> Self {
        Self { held: Snapshot::new(schema), slots: HashTable::new(), free: Vec::new(), used: 0 }
    }

    /// The index as it stands now. Cheap: see [`Snapshot`].
    pub fn snapshot(&self) -> Snapshot {
        self.held.clone()
    }

    /// The code lists; counts in an answer follow them.
    pub fn schema(&self) -> &Schema {
        self.held.schema()
    }

    /// How many experts are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether nobody is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Bytes allocated, without those that only snapshots still hold; the code lists, some tens of kB, are left out.
    pub fn bytes(&self) -> usize {
        self.held.bytes() + self.slots.allocation_size() + self.free.capacity() * size_of::<u32>()
    }

    /// The slot of an expert, if held.
    pub fn slot_of(&self, id: &str) -> Option<u32> {
        let (hash, id) = (order::id_hash(id), Id::new(id));
        self.slots.find(hash, |&slot| self.held.row(slot).id == id).copied()
    }

    /// [`Snapshot::search`] of the index as it stands.
    ///
    /// # Errors
    /// All codes in the query that no list knows.
    pub fn search(&self, query: &Query, after: Option<&SortKey>, limit: usize) -> Result<Answer, UnknownCodes> {
        self.held.search(query, after, limit)
    }

    /// [`Snapshot::search_within`] of the index as it stands.
    ///
    /// # Errors
    /// All codes in the query that no list knows.
    pub fn search_within(
        &self,
        query: &Query,
        within: Within<'_>,
        after: Option<&SortKey>,
        limit: usize,
    ) -> Result<Answer, UnknownCodes> {
        self.held.search_within(query, within, after, limit)
    }

    /// Whether the index could hold this entry.
    ///
    /// # Errors
    /// All codes the schema does not know.
    pub fn check(&self, entry: &Entry) -> Result<(), UnknownCodes> {
        self.numbers(entry).map(drop)
    }

    /// Adds an expert, or replaces the whole entry of one already held, whose slot stays.
    ///
    /// # Errors
    /// All codes the schema does not know; the index is then as it was.
    pub fn upsert(&mut self, entry: Entry) -> Result<(), UnknownCodes> {
        let numbers = self.numbers(&entry)?;
        let slot = self.take_slot(&entry.id);
        let layout = &self.held.lists.layout;
        let (block, at) = self.held.shelf.find_mut(slot);
        block.put_values(layout, at, &numbers);
        block.put_rating(layout, at, &entry.rating);
        Ok(())
    }

    /// Replaces marks and points of the expert in a slot, who stays in all else what he or she is. Costs nothing when they are
    /// the same; a free slot, or one of another index, stays as it is.
    pub fn put_rating(&mut self, slot: u32, rating: &Rating) {
        if self.held.id_of(slot).is_none() || self.held.row(slot).rating() == *rating {
            return;
        }
        let (block, at) = self.held.shelf.find_mut(slot);
        block.put_rating(&self.held.lists.layout, at, rating);
    }

    /// Takes an expert out; `false` if not held. The slot is used again by a later one.
    pub fn remove(&mut self, id: &str) -> bool {
        let (hash, id) = (order::id_hash(id), Id::new(id));
        let Ok(found) = self.slots.find_entry(hash, |&slot| self.held.row(slot).id == id) else {
            return false;
        };
        let (slot, _) = found.remove();
        let (block, at) = self.held.shelf.find_mut(slot);
        block.clear(at);
        self.held.len -= 1;
        self.held.id_bytes -= id.bytes();
        self.free.push(slot);
        true
    }

    /// The entry held for `id`, codes in the order of the schema's lists, each once.
    pub fn get(&self, id: &str) -> Option<Entry> {
        let slot = self.slot_of(id)?;
        let lists = &self.held.lists;
        let (block, at) = self.held.shelf.find(slot);
        let mut entry = Entry { id: id.to_owned(), rating: block.row(at).rating(), ..Entry::default() };
        for facet in FacetName::ALL {
            let holds = |number: &usize| block.lanes()[lists.layout.value(*number)].get(at);
            for number in lists.schema.range(facet).filter(holds) {
                entry.add_code(facet, lists.schema.code(number).to_owned());
            }
        }
        Some(entry)
    }

    /// The numbers of all the entry's codes.
    fn numbers(&self, entry: &Entry) -> Result<Vec<usize>, UnknownCodes> {
        let (mut numbers, mut unknown) = (Vec::new(), Vec::new());
        for facet in FacetName::ALL {
            for code in entry.codes(facet) {
                match self.schema().number(facet, code) {
                    Some(number) => numbers.push(number),
                    None => unknown.push(UnknownCode { field: CodeField::Facet(facet), code: code.clone() }),
                }
            }
        }
        if unknown.is_empty() { Ok(numbers) } else { Err(UnknownCodes(unknown)) }
    }

    /// The slot of the expert `id`: the one it has, a free one, or one never used yet.
    fn take_slot(&mut self, id: &str) -> u32 {
        let Self { held, slots, free, used } = self;
        let (hash, id) = (order::id_hash(id), Id::new(id));
        let place = match slots.entry(hash, |&slot| held.row(slot).id == id, |&slot| held.row(slot).hash) {
            Place::Occupied(found) => return *found.get(),
            Place::Vacant(place) => place,
        };
        let slot = free.pop().unwrap_or_else(|| {
            *used += 1;
            *used - 1
        });
        place.insert(slot);
        if slot as usize == held.shelf.slots() {
            held.shelf.push(Block::new(&held.lists.layout));
        }
        held.id_bytes += id.bytes();
        held.len += 1;
        let (block, at) = held.shelf.find_mut(slot);
        block.name(&held.lists.layout, at, id, hash);
        slot
    }
}
