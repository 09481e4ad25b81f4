//! The index itself: slots, bitmaps and columns, changed one expert at a time.

use std::collections::HashMap;
use std::sync::Arc;

use super::bits::Bitmap;
use super::schema::{CodeField, UnknownCode, UnknownCodes};
use super::{Area, Entry, FacetName, Mark, Menu, Rating, Schema, order};

/// Residence column: what stands for "not stated"; a stated one is 1 + its place in the list.
pub(super) const UNSTATED: u16 = 0;

/// Two bitmaps that hold a mark per slot.
#[derive(Default)]
pub(super) struct Marks {
    /// ○ or ◎.
    pub(super) at_least_able: Bitmap,
    /// ◎.
    pub(super) strong: Bitmap,
}

impl Marks {
    fn put(&mut self, slot: usize, mark: Mark) {
        self.at_least_able.put(slot, mark >= Mark::Able);
        self.strong.put(slot, mark == Mark::Strong);
    }

    fn get(&self, slot: usize) -> Mark {
        match (self.at_least_able.get(slot), self.strong.get(slot)) {
            (_, true) => Mark::Strong,
            (true, false) => Mark::Able,
            (false, false) => Mark::None,
        }
    }
}

/// All listed experts. A change costs a few hundred bit writes, whatever the size; nothing is
/// ever rebuilt. What a search answers depends only on the entries held, not on their history.
pub struct Index {
    pub(super) schema: Schema,
    slots: HashMap<Arc<str>, usize>,
    /// Id per slot; `None` in a free one.
    pub(super) ids: Vec<Option<Arc<str>>>,
    free: Vec<usize>,
    /// Slots that hold an expert. A free slot is clear in every bitmap, too.
    pub(super) live: Bitmap,
    /// A bitmap per value of every facet, by the schema's numbers.
    pub(super) values: Vec<Bitmap>,
    pub(super) area_marks: [Marks; Area::ALL.len()],
    pub(super) menu_marks: [Marks; Menu::ALL.len()],
    pub(super) area_points: [Vec<u8>; Area::ALL.len()],
    pub(super) menu_points: [Vec<u8>; Menu::ALL.len()],
    pub(super) residences: Vec<u16>,
    pub(super) id_hashes: Vec<u64>,
}

impl Index {
    /// An empty index over the schema's codes.
    pub fn new(schema: Schema) -> Self {
        let values = (0..schema.values()).map(|_| Bitmap::default()).collect();
        Self {
            schema,
            slots: HashMap::new(),
            ids: Vec::new(),
            free: Vec::new(),
            live: Bitmap::default(),
            values,
            area_marks: Default::default(),
            menu_marks: Default::default(),
            area_points: Default::default(),
            menu_points: Default::default(),
            residences: Vec::new(),
            id_hashes: Vec::new(),
        }
    }

    /// The code lists; counts in an answer follow them.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How many experts are held.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nobody is held.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Bytes the bitmaps, columns and ids take, about; spare room and the id table are left out.
    pub fn bytes(&self) -> usize {
        let marks = self.area_marks.iter().chain(&self.menu_marks);
        let marks = marks.flat_map(|marks| [&marks.at_least_able, &marks.strong]);
        let bitmaps = self.values.iter().chain(marks).chain([&self.live]).map(Bitmap::bytes);
        let points = self.area_points.iter().chain(&self.menu_points).map(Vec::len);
        let ids = self.slots.keys().map(|id| id.len());
        bitmaps.chain(points).chain(ids).sum::<usize>()
            + size_of_val(self.ids.as_slice())
            + size_of_val(self.residences.as_slice())
            + size_of_val(self.id_hashes.as_slice())
    }

    /// Adds an expert, or replaces the whole entry of one already held.
    ///
    /// # Errors
    /// All codes the schema does not know; the index is then as it was.
    pub fn upsert(&mut self, entry: Entry) -> Result<(), UnknownCodes> {
        let values = self.numbers(&entry)?;
        let slot = match self.slots.get(entry.id.as_str()) {
            Some(&slot) => {
                self.clear(slot);
                slot
            }
            None => self.take_slot(&entry.id),
        };
        self.live.put(slot, true);
        for value in values {
            self.values[value].put(slot, true);
        }
        self.residences[slot] = self.residence_number(&entry);
        self.put_rating(slot, &entry.rating);
        Ok(())
    }

    /// Takes an expert out; `false` if not held. The slot is used again by a later one.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(slot) = self.slots.remove(id) else {
            return false;
        };
        self.clear(slot);
        self.put_rating(slot, &Rating::default());
        self.live.put(slot, false);
        self.ids[slot] = None;
        self.free.push(slot);
        true
    }

    /// The entry held for `id`, codes in the order of the schema's lists, each once.
    pub fn get(&self, id: &str) -> Option<Entry> {
        let slot = *self.slots.get(id)?;
        let mut entry = Entry { id: id.to_owned(), rating: self.rating(slot), ..Entry::default() };
        for facet in FacetName::ALL {
            for value in self.schema.range(facet).filter(|&value| self.values[value].get(slot)) {
                entry.add_code(facet, self.schema.code(value).to_owned());
            }
        }
        Some(entry)
    }

    /// Marks and points of the expert in `slot`.
    pub(super) fn rating(&self, slot: usize) -> Rating {
        Rating {
            area_marks: std::array::from_fn(|area| self.area_marks[area].get(slot)),
            menu_marks: std::array::from_fn(|menu| self.menu_marks[menu].get(slot)),
            area_points: std::array::from_fn(|area| self.area_points[area][slot]),
            menu_points: std::array::from_fn(|menu| self.menu_points[menu][slot]),
        }
    }

    /// The numbers of all the entry's codes.
    fn numbers(&self, entry: &Entry) -> Result<Vec<usize>, UnknownCodes> {
        let (mut values, mut unknown) = (Vec::new(), Vec::new());
        for facet in FacetName::ALL {
            for code in entry.codes(facet) {
                match self.schema.number(facet, code) {
                    Some(value) => values.push(value),
                    None => unknown.push(UnknownCode { field: CodeField::Facet(facet), code: code.clone() }),
                }
            }
        }
        if unknown.is_empty() { Ok(values) } else { Err(UnknownCodes(unknown)) }
    }

    /// A free slot, or a new one with room in every bitmap and column, now named `id`.
    fn take_slot(&mut self, id: &str) -> usize {
        let slot = self.free.pop().unwrap_or_else(|| self.add_slot());
        let name: Arc<str> = id.into();
        self.ids[slot] = Some(Arc::clone(&name));
        self.id_hashes[slot] = order::id_hash(id);
        self.slots.insert(name, slot);
        slot
    }

    fn add_slot(&mut self) -> usize {
        let slot = self.ids.len();
        self.ids.push(None);
        self.id_hashes.push(0);
        self.residences.push(UNSTATED);
        for column in self.area_points.iter_mut().chain(&mut self.menu_points) {
            column.push(0);
        }
        let marks = self.area_marks.iter_mut().chain(&mut self.menu_marks);
        let marks = marks.flat_map(|marks| [&mut marks.at_least_able, &mut marks.strong]);
        for bitmap in self.values.iter_mut().chain(marks).chain([&mut self.live]) {
            bitmap.grow(slot + 1);
        }
        slot
    }

    /// Clears every facet of a slot.
    fn clear(&mut self, slot: usize) {
        for bitmap in &mut self.values {
            bitmap.put(slot, false);
        }
        self.residences[slot] = UNSTATED;
    }

    fn put_rating(&mut self, slot: usize, rating: &Rating) {
        for area in 0..Area::ALL.len() {
            self.area_marks[area].put(slot, rating.area_marks[area]);
            self.area_points[area][slot] = rating.area_points[area];
        }
        for menu in 0..Menu::ALL.len() {
            self.menu_marks[menu].put(slot, rating.menu_marks[menu]);
            self.menu_points[menu][slot] = rating.menu_points[menu];
        }
    }

    fn residence_number(&self, entry: &Entry) -> u16 {
        let start = self.schema.range(FacetName::Residence).start;
        let stated = entry.residence.as_deref();
        let value = stated.and_then(|code| self.schema.number(FacetName::Residence, code));
        // A schema's lists are shorter than u16::MAX, so 1 + a place in one always fits.
        value.map_or(UNSTATED, |value| (value - start + 1) as u16)
    }
}
