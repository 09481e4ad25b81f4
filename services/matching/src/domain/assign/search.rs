//! The cheapest way for one unit, forwards from where there is one too many, or backwards from where one is missing.
//!
//! Dijkstra's algorithm on costs that the prices have made non-negative. It ends as soon as nothing unseen can be
//! cheaper than the best way found, and what it has seen closer than that gets its price corrected, so that the next
//! search can start from there. A request has one seat, so only experts, groups and the root are ever queued.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::model::{NONE, ROOT};
use super::network::Network;
use super::weights::Cost;

/// A unit that goes by itself, not with a request.
pub(super) const ALONE: u32 = u32::MAX;

/// What one search needs, kept for the next one.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch<C> {
    /// By node; [`Cost::MAX`] where no way is known. That is everywhere between two searches.
    label: Vec<C>,
    /// By node: the node before it on its way (backwards: after it), and the request that makes the step.
    step: Vec<(u32, u32)>,
    seen: Vec<u32>,
    queue: BinaryHeap<Entry<C>>,
    target: u32,
    /// A way to the target must cost less.
    limit: C,
    /// What the way between the root and the target through the groups costs, where it is open.
    exit: Option<C>,
    /// The best way is that one.
    by_exit: bool,
    found: bool,
}

impl<C: Cost> Scratch<C> {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            label: vec![C::MAX; nodes],
            step: vec![(NONE, ALONE); nodes],
            seen: Vec::new(),
            queue: BinaryHeap::new(),
            target: ROOT,
            limit: C::MAX,
            exit: None,
            by_exit: false,
            found: false,
        }
    }

    pub(super) fn add_node(&mut self) {
        self.label.push(C::MAX);
        self.step.push((NONE, ALONE));
    }

    pub(super) fn found(&self) -> bool {
        self.found
    }

    pub(super) fn by_exit(&self) -> bool {
        self.by_exit
    }

    pub(super) fn step(&self, node: u32) -> (u32, u32) {
        self.step[node as usize]
    }

    pub(super) fn begin(&mut self, target: u32, limit: C, exit: Option<C>) {
        (self.target, self.limit, self.exit) = (target, limit, exit);
        (self.by_exit, self.found) = (false, false);
    }

    /// Whether the node was not known to be that close.
    #[inline]
    pub(super) fn reach(&mut self, node: u32, label: C, from: u32, with: u32) -> bool {
        let known = self.label[node as usize];
        if label >= self.limit || label >= known {
            return false;
        }
        if known == C::MAX {
            self.seen.push(node);
        }
        self.label[node as usize] = label;
        self.step[node as usize] = (from, with);
        if node == self.target {
            self.limit = label;
            (self.found, self.by_exit) = (true, false);
            return false;
        }
        if node == ROOT
            && let Some(exit) = self.exit
            && label + exit < self.limit
        {
            self.limit = label + exit;
            (self.found, self.by_exit) = (true, true);
        }
        self.queue.push(Entry { label, node });
        true
    }

    /// The closest node that was not expanded from there yet.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<(u32, C)> {
        while let Some(Entry { label, node }) = self.queue.pop() {
            if label >= self.limit {
                break;
            }
            if label == self.label[node as usize] {
                return Some((node, label));
            }
        }
        self.queue.clear();
        None
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry<C> {
    label: C,
    node: u32,
}

impl<C: Cost> Ord for Entry<C> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.label, other.node).cmp(&(self.label, self.node))
    }
}

impl<C: Cost> PartialOrd for Entry<C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<C: Cost> Network<C> {
    /// What it costs from the root to the group, if every group on the way has room.
    pub(super) fn exit(&self, group: u32) -> Option<C> {
        let mut at = group;
        while at != ROOT {
            if !self.rooms[at as usize].is_free() {
                return None;
            }
            at = self.parents[at as usize];
        }
        Some(self.price[group as usize] - self.price[ROOT as usize])
    }

    /// Moves what makes room for the request, which sits in its group, at the least cost; nothing where that is `limit`
    /// or more.
    pub(super) fn serve(&mut self, request: u32, group: u32, limit: C) -> bool {
        let mut search = std::mem::take(&mut self.scratch);
        search.begin(group, limit, self.exit(group));
        let current = self.seats[request as usize].current;
        for arc in self.rows.of(request) {
            let label = self.pair(arc.score, arc.to == current) + self.price[arc.to as usize];
            self.reach(&mut search, arc.to, label, NONE, request);
        }
        self.forward(search)
    }

    /// Finds the unit that is too many at `start` a way to `target`. There must be one, or nothing changes.
    pub(super) fn push_out(&mut self, start: u32, target: u32) -> bool {
        let mut search = std::mem::take(&mut self.scratch);
        search.begin(target, C::MAX, self.exit(target));
        search.reach(start, C::ZERO, NONE, ALONE);
        let room = self.rooms[start as usize];
        if self.is_expert(start) && room.is_free() {
            let label = self.next(room) + self.price[ROOT as usize] - self.price[start as usize];
            search.reach(ROOT, label, start, ALONE);
        }
        self.forward(search)
    }

    #[inline]
    fn reach(&self, search: &mut Scratch<C>, node: u32, label: C, from: u32, with: u32) {
        if search.reach(node, label, from, with) && self.is_expert(node) {
            let room = self.rooms[node as usize];
            if room.is_free() {
                let out = self.next(room) + self.price[ROOT as usize] - self.price[node as usize];
                search.reach(ROOT, label + out, node, ALONE);
            }
        }
    }

    fn forward(&mut self, mut search: Scratch<C>) -> bool {
        while let Some((node, label)) = search.pop() {
            self.expand(&mut search, node, label);
        }
        if search.found {
            self.follow(&search);
        }
        self.correct(search, |price, closer| *price += closer)
    }

    fn expand(&self, search: &mut Scratch<C>, node: u32, label: C) {
        let here = label - self.price[node as usize];
        if !self.is_expert(node) {
            self.expand_group(search, node, here);
        }
        for request in self.sitting_at(node) {
            let seat = self.seats[request as usize];
            let base = here - self.sitting(seat);
            for arc in self.rows.of(request) {
                let label = base + self.pair(arc.score, arc.to == seat.current) + self.price[arc.to as usize];
                self.reach(search, arc.to, label, node, request);
            }
            if seat.at != seat.group {
                search.reach(seat.group, base + self.price[seat.group as usize], node, request);
            }
        }
    }

    fn expand_group(&self, search: &mut Scratch<C>, node: u32, here: C) {
        let parent = self.parents[node as usize];
        if node != ROOT && parent != NONE && self.rooms[node as usize].used > 0 {
            search.reach(parent, here + self.price[parent as usize], node, ALONE);
        }
        for child in 1..self.parents.len() as u32 {
            if self.parents[child as usize] == node && self.rooms[child as usize].is_free() {
                search.reach(child, here + self.price[child as usize], node, ALONE);
            }
        }
        if node == ROOT {
            for expert in self.parents.len()..self.rooms.len() {
                let room = self.rooms[expert];
                if room.used > 0 {
                    let label = here - self.last(room) + self.price[expert];
                    self.reach(search, expert as u32, label, ROOT, ALONE);
                }
            }
        }
    }

    /// Makes the steps of the way that was found forwards.
    fn follow(&mut self, search: &Scratch<C>) {
        let mut node = search.target;
        if search.by_exit {
            while node != ROOT {
                let parent = self.parents[node as usize];
                self.flow(parent, node);
                node = parent;
            }
        }
        loop {
            let (from, with) = search.step[node as usize];
            match (from, with) {
                (NONE, ALONE) => return,
                (from, ALONE) => self.flow(from, node),
                (_, request) => self.seat(request, node),
            }
            if from == NONE {
                return;
            }
            node = from;
        }
    }

    /// Ends a search: prices as the labels want them, and labels empty. Whether a way was found.
    pub(super) fn correct(&mut self, mut search: Scratch<C>, correct: impl Fn(&mut C, C)) -> bool {
        for &node in &search.seen {
            let label = std::mem::replace(&mut search.label[node as usize], C::MAX);
            if label < search.limit && search.limit != C::MAX {
                correct(&mut self.price[node as usize], search.limit - label);
            }
        }
        search.seen.clear();
        let found = search.found;
        self.scratch = search;
        self.settle();
        found
    }
}
