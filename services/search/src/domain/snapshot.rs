//! The index as it stood at one moment.

use std::sync::Arc;

use super::block::Row;
use super::layout::{LIVE, Layout};
use super::shelf::Shelf;
use super::{Processor, Schema};

/// The index as it stood at one moment. Whatever is written to the index afterwards, a snapshot stays as it is. It shares
/// all that was not written to since, so taking one costs next to nothing, and it can be searched from any thread without
/// a lock.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) lists: Arc<Lists>,
    pub(super) shelf: Shelf,
    pub(super) len: usize,
    /// Bytes allocated for ids.
    pub(super) id_bytes: usize,
    pub(super) processor: Processor,
}

/// The code lists and where blocks keep what.
pub(super) struct Lists {
    pub(super) schema: Schema,
    pub(super) layout: Layout,
}

impl Snapshot {
    pub(super) fn new(schema: Schema) -> Self {
        let layout = Layout::new(&schema);
        let lists = Arc::new(Lists { schema, layout });
        Self { lists, shelf: Shelf::default(), len: 0, id_bytes: 0, processor: Processor::detect() }
    }

    /// The same, searched with these instructions in place of the best there are.
    pub fn on(mut self, processor: Processor) -> Self {
        self.processor = processor;
        self
    }

    /// The instructions that searches run on.
    pub const fn processor(&self) -> Processor {
        self.processor
    }

    /// The code lists; counts in an answer follow them.
    pub fn schema(&self) -> &Schema {
        &self.lists.schema
    }

    /// How many experts are held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nobody is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The id of the expert in a slot; `None` when the slot is free or not one of this index.
    pub fn id_of(&self, slot: u32) -> Option<String> {
        if slot as usize >= self.shelf.slots() {
            return None;
        }
        let (block, at) = self.shelf.find(slot);
        block.lanes()[LIVE].get(at).then(|| block.row(at).id.text().into_owned())
    }

    /// What is held of the expert in a slot of this index.
    pub(super) fn row(&self, slot: u32) -> &Row {
        let (block, at) = self.shelf.find(slot);
        block.row(at)
    }

    /// Bytes allocated for what it holds, shared or not; the code lists, some tens of kB, are left out.
    pub fn bytes(&self) -> usize {
        self.shelf.bytes() + self.id_bytes
    }
}
