//! A row of things by slot, so that a copy of the whole costs next to nothing: as the shelf of blocks, for what is kept
//! beside them.

use std::sync::Arc;

/// Slots of a page.
const PAGE: usize = 64;
/// Pages of a group: about the square root of the pages of a million slots.
const GROUP: usize = 128;

type Page<T> = Arc<[Option<T>; PAGE]>;

/// One thing, or nothing, for each slot. A clone stays as it is, whatever is written to the other; a write copies at most
/// a page, its group and the list of groups.
#[derive(Clone)]
pub struct Pages<T> {
    groups: Arc<Vec<Arc<Vec<Page<T>>>>>,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { groups: Arc::default() }
    }
}

impl<T: Clone> Pages<T> {
    /// What is in a slot.
    pub fn get(&self, slot: u32) -> Option<&T> {
        let slot = slot as usize;
        let page = self.groups.get(slot / (PAGE * GROUP))?.get(slot / PAGE % GROUP)?;
        page[slot % PAGE].as_ref()
    }

    /// Puts something into a slot, or nothing; returns what was there.
    pub fn set(&mut self, slot: u32, thing: Option<T>) -> Option<T> {
        let slot = slot as usize;
        if thing.is_none() && self.get(slot as u32).is_none() {
            return None;
        }
        let groups = Arc::make_mut(&mut self.groups);
        let (group, page) = (slot / (PAGE * GROUP), slot / PAGE % GROUP);
        if groups.len() <= group {
            groups.resize_with(group + 1, Arc::default);
        }
        let pages = Arc::make_mut(&mut groups[group]);
        while pages.len() <= page {
            pages.push(Arc::new(std::array::from_fn(|_| None)));
        }
        std::mem::replace(&mut Arc::make_mut(&mut pages[page])[slot % PAGE], thing)
    }

    /// Bytes allocated, without what the things themselves hold elsewhere.
    pub fn bytes(&self) -> usize {
        self.groups.iter().map(|group| group.len() * (size_of::<[Option<T>; PAGE]>() + size_of::<Page<T>>())).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_a_map_would_and_clones_stay(
            writes in prop::collection::vec((0_u32..30_000, prop::option::of(any::<u16>())), 0..200),
            cut in 0_usize..200,
        ) {
            let (mut pages, mut map) = (Pages::default(), HashMap::new());
            let mut held = (pages.clone(), map.clone());
            for (n, (slot, thing)) in writes.iter().enumerate() {
                if n == cut {
                    held = (pages.clone(), map.clone());
                }
                let before = match thing {
                    Some(thing) => map.insert(*slot, *thing),
                    None => map.remove(slot),
                };
                prop_assert_eq!(pages.set(*slot, *thing), before);
            }
            for (pages, map) in [(pages, map), held] {
                for (slot, _) in &writes {
                    prop_assert_eq!(pages.get(*slot), map.get(slot));
                }
            }
        }
    }
}
