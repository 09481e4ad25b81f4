//! All blocks, so that a copy of the whole costs next to nothing.
//!
//! ```text
//!  shelf A ──► [ group 0 | group 1 | … ]          group: up to 32 blocks, 16,384 slots
//!                  │         │
//!                  ▼         ▼
//!              [ block … ] [ block … ]            written through A while B holds it:
//!                  ▲         ▲                    one block, its group and the list of groups
//!                  │         │                    are copied, everything else stays shared
//!  shelf B ──► [ group 0 | group 1 | … ]
//! ```

use std::sync::Arc;

use super::bits::SLOTS;
use super::block::Block;

/// Blocks in a group: about the square root of the blocks of a million experts.
const GROUP: usize = 32;

/// All blocks in the order of their slots.
#[derive(Clone, Default)]
pub(super) struct Shelf {
    groups: Arc<Vec<Arc<Vec<Block>>>>,
}

impl Shelf {
    /// The blocks in order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.groups.iter().flat_map(|group| group.iter())
    }

    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        let full = self.groups.len().saturating_sub(1) * GROUP;
        full + self.groups.last().map_or(0, |group| group.len())
    }

    /// How many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.len() * SLOTS
    }

    /// The `n`th block.
    pub(super) fn block(&self, n: usize) -> &Block {
        &self.groups[n / GROUP][n % GROUP]
    }

    /// The block of a slot, and the slot's place in it.
    pub(super) fn find(&self, slot: u32) -> (&Block, usize) {
        (self.block(slot as usize / SLOTS), slot as usize % SLOTS)
    }

    /// The block of a slot to write to, and the slot's place in it.
    pub(super) fn find_mut(&mut self, slot: u32) -> (&mut Block, usize) {
        let slot = slot as usize;
        let block = slot / SLOTS;
        let group = &mut Arc::make_mut(&mut self.groups)[block / GROUP];
        (&mut Arc::make_mut(group)[block % GROUP], slot % SLOTS)
    }

    /// Adds a block at the end.
    pub(super) fn push(&mut self, block: Block) {
        let groups = Arc::make_mut(&mut self.groups);
        match groups.last_mut() {
            Some(last) if last.len() < GROUP => Arc::make_mut(last).push(block),
            _ => {
                let mut group = Vec::with_capacity(GROUP);
                group.push(block);
                groups.push(Arc::new(group));
            }
        }
    }

    /// Bytes allocated for it, without the ids.
    pub(super) fn bytes(&self) -> usize {
        let header = 2 * size_of::<usize>() + size_of::<Vec<()>>();
        let groups = self.groups.iter().map(|group| header + group.capacity() * size_of::<Block>());
        let list = header + self.groups.capacity() * size_of::<Arc<Vec<Block>>>();
        list + groups.sum::<usize>() + self.blocks().map(Block::bytes).sum::<usize>()
    }
}
