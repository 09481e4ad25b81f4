//! Many short lists in one piece of memory.

/// Lists that grow: one that does not fit in its place any more moves to the end. What they leave is taken back when it
/// is more than what is in use.
#[derive(Clone, Debug)]
pub(super) struct Lists<T> {
    items: Vec<T>,
    spans: Vec<Span>,
    in_use: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    length: u32,
    room: u32,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { items: Vec::new(), spans: Vec::new(), in_use: 0 }
    }
}

impl<T: Copy> Lists<T> {
    /// `counts.len()` lists, filled from `entries` in their order; `counts` says how many go where.
    pub(super) fn gather(counts: &[u32], filler: T, entries: impl Iterator<Item = (u32, T)>) -> Self {
        let mut spans = Vec::with_capacity(counts.len());
        let mut start = 0;
        for &room in counts {
            spans.push(Span { start, length: 0, room });
            start += room;
        }
        let mut items = vec![filler; start as usize];
        let mut in_use = 0;
        for (list, item) in entries {
            let span = &mut spans[list as usize];
            items[(span.start + span.length) as usize] = item;
            span.length += 1;
            in_use += 1;
        }
        Self { items, spans, in_use }
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    #[inline]
    pub(super) fn of(&self, list: u32) -> &[T] {
        let span = self.spans[list as usize];
        &self.items[span.start as usize..(span.start + span.length) as usize]
    }

    pub(super) fn of_mut(&mut self, list: u32) -> &mut [T] {
        let span = self.spans[list as usize];
        &mut self.items[span.start as usize..(span.start + span.length) as usize]
    }

    /// A new empty list, the last one.
    pub(super) fn add_list(&mut self) {
        self.spans.push(Span::default());
    }

    pub(super) fn push(&mut self, list: u32, item: T) {
        let Span { start, length, room } = self.spans[list as usize];
        if length == room {
            let moved = self.items.len() as u32;
            let room = (2 * room).max(4);
            self.items.extend_from_within(start as usize..(start + length) as usize);
            self.items.resize((moved + room) as usize, item);
            self.spans[list as usize] = Span { start: moved, length, room };
        }
        let span = &mut self.spans[list as usize];
        self.items[(span.start + span.length) as usize] = item;
        span.length += 1;
        self.in_use += 1;
        self.tidy();
    }

    pub(super) fn remove(&mut self, list: u32, at: usize) {
        self.of_mut(list).copy_within(at + 1.., at);
        self.spans[list as usize].length -= 1;
        self.in_use -= 1;
    }

    fn tidy(&mut self) {
        if self.items.len() < 4 * self.in_use + 1024 {
            return;
        }
        let mut items = Vec::with_capacity(self.in_use);
        for span in &mut self.spans {
            let kept = &self.items[span.start as usize..(span.start + span.length) as usize];
            *span = Span { start: items.len() as u32, length: span.length, room: span.length };
            items.extend_from_slice(kept);
        }
        self.items = items;
    }
}

#[cfg(test)]
mod tests {
    use super::Lists;

    #[test]
    fn lists_keep_their_own_while_they_grow_and_shrink() {
        let mut lists = Lists::gather(&[2, 0, 1], 0, [(0, 1), (2, 5), (0, 2)].into_iter());
        let mut plain = vec![vec![1, 2], vec![], vec![5]];
        lists.add_list();
        plain.push(vec![]);
        for step in 0..20_000u32 {
            let list = (step * 7 + step / 3) % 4;
            let mine = &mut plain[list as usize];
            if mine.len() > 40 {
                let at = step as usize % mine.len();
                mine.remove(at);
                lists.remove(list, at);
            } else {
                mine.push(step);
                lists.push(list, step);
            }
        }
        for (list, mine) in plain.iter().enumerate() {
            assert_eq!(lists.of(list as u32), &mine[..]);
        }
        assert!(lists.items.len() < 4 * 164 + 1024 + 164, "what was left behind is taken back");
    }
}
