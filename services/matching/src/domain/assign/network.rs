//! Who sits where, what a place costs, and what moving somebody changes.
//!
//! One unit flows from the root through the groups (quotas) to each served request, from there to its expert and back
//! to the root. Every request *sits* at a node: its expert's, or, unserved, its innermost group's. What can be moved is
//! then of two kinds only: a request from where it sits to another node of its own, and a unit between the root, a
//! group within it, and an expert. Each node has a *price*: what a unit at it still costs to bring back to the root.
//! Prices are such that no single move is cheaper than what they say, which proves the assignment to be the best one.

use super::lists::Lists;
use super::model::{Arc, Model, NONE, ROOT};
use super::search::Scratch;
use super::solution::Totals;
use super::weights::{Bounds, Cost, Weights};

/// How much fits at a node, and how much is there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    /// Of an expert, how many requests can still be taken beside those that are frozen; of a group, its quota likewise.
    pub(super) capacity: u32,
    /// How many of them are in use.
    pub(super) used: u32,
    /// Of an expert, the work had already, frozen requests included.
    pub(super) load: u32,
}

impl Room {
    pub(super) fn is_free(self) -> bool {
        self.used < self.capacity
    }
}

/// Where a request sits, and what it may be moved to beside its pairs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// The expert's or the group's node; [`NONE`] when the request is not in the network.
    pub(super) at: u32,
    /// The pair's score; 0 when unserved.
    pub(super) score: u32,
    /// The expert's node it is proposed to, or [`NONE`].
    pub(super) current: u32,
    /// The group's node, or the root.
    pub(super) group: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Network<C> {
    pub(super) weights: Weights<C>,
    /// By node.
    pub(super) price: Vec<C>,
    /// By node.
    pub(super) rooms: Vec<Room>,
    /// By group, the root first.
    pub(super) parents: Vec<u32>,
    /// By request.
    pub(super) seats: Vec<Seat>,
    /// By request: may not be moved, and is taken out of `capacity` and `load` wherever it counts.
    pub(super) frozen: Vec<bool>,
    pub(super) rows: Lists<Arc>,
    /// By expert, without the nodes before it: request and score. Empty unless a state needs them.
    pub(super) columns: Lists<(u32, u32)>,
    /// By node: the first of those who sit there and may be moved.
    first: Vec<u32>,
    /// By request: before and after it at its node.
    beside: Vec<(u32, u32)>,
    pub(super) totals: Totals,
    pub(super) scratch: Scratch<C>,
    /// Whoever was moved since it was last emptied, some of them twice.
    pub(super) moved: Vec<u32>,
}

impl<C: Cost> Network<C> {
    /// Nobody served but those who are fixed; [`None`] when the levels do not fit in `C`.
    pub(super) fn new(model: &Model, rows: &Lists<Arc>, bounds: Bounds) -> Option<Self> {
        let weights = bounds.weights::<C>()?;
        let first_expert = model.first_expert();
        let nodes = first_expert as usize + model.experts.len();
        let requests = model.requests.len();
        let group = |group: &super::quotas::Group| Room { capacity: group.at_most, used: 0, load: 0 };
        let expert = |(&capacity, &load): (&u32, &u32)| Room { capacity, used: 0, load };
        let rooms = model.groups.iter().map(group).chain(model.capacity.iter().zip(&model.load).map(expert));
        let seat = |(&group, &current): (&u32, &u32)| Seat { at: NONE, score: 0, current, group };
        let mut network = Self {
            weights,
            price: vec![C::ZERO; nodes],
            rooms: rooms.collect(),
            parents: model.groups.iter().map(|group| group.parent).collect(),
            seats: model.group.iter().zip(&model.current).map(seat).collect(),
            frozen: vec![false; requests],
            rows: Lists::default(),
            columns: Lists::default(),
            first: vec![NONE; nodes],
            beside: vec![(NONE, NONE); requests],
            totals: Totals::default(),
            scratch: Scratch::new(nodes),
            moved: Vec::new(),
        };
        let squares = |room: &Room| u64::from(room.load).pow(2);
        network.totals.spread = network.rooms.iter().map(squares).sum();
        network.totals.changed = network.seats.iter().filter(|seat| seat.current != NONE).count() as u64;
        for request in 0..requests as u32 {
            let to = model.fixed[request as usize];
            if to != NONE {
                let score = rows.of(request).iter().find(|arc| arc.to == to).map_or(0, |arc| arc.score);
                network.freeze_at(request, to, score);
            }
        }
        for node in first_expert..nodes as u32 {
            network.price[node as usize] = network.opening_price(node);
        }
        Some(network)
    }

    /// Before anybody moves: a free place costs what the first one there adds to the spread, and one at somebody who
    /// can take nobody more than anybody would pay.
    fn opening_price(&self, node: u32) -> C {
        let room = self.rooms[node as usize];
        if room.capacity == 0 { self.weights.served + self.weights.served } else { self.next(room) }
    }

    fn freeze_at(&mut self, request: u32, to: u32, score: u32) {
        let seat = &mut self.seats[request as usize];
        (seat.at, seat.score) = (to, score);
        self.frozen[request as usize] = true;
        self.totals.changed -= u64::from(seat.current == to);
        self.totals.score += u64::from(score);
        self.totals.served += 1;
        let group = seat.group;
        self.totals.spread += 2 * u64::from(self.rooms[to as usize].load) + 1;
        self.rooms[to as usize].load += 1;
        self.rooms[to as usize].capacity -= 1;
        self.for_chain(group, |room| room.capacity -= 1);
    }

    /// The group and those around it, without the root.
    pub(super) fn for_chain(&mut self, group: u32, mut change: impl FnMut(&mut Room)) {
        let mut at = group;
        while at != ROOT {
            change(&mut self.rooms[at as usize]);
            at = self.parents[at as usize];
        }
    }

    pub(super) fn is_expert(&self, node: u32) -> bool {
        node as usize >= self.parents.len()
    }

    /// What one more unit at an expert costs there: (x + 1)² − x².
    #[inline]
    pub(super) fn next(&self, room: Room) -> C {
        self.weights.spread * C::from(2 * (room.load + room.used) + 1)
    }

    /// What the last unit at an expert costs there; there must be one.
    #[inline]
    pub(super) fn last(&self, room: Room) -> C {
        self.weights.spread * C::from(2 * (room.load + room.used) - 1)
    }

    /// What a pair of this score costs.
    #[inline]
    pub(super) fn pair(&self, score: u32, kept: bool) -> C {
        -(self.weights.served + self.weights.score * C::from(score) + C::from(kept))
    }

    /// What it costs that the request sits where it does.
    #[inline]
    pub(super) fn sitting(&self, seat: Seat) -> C {
        if self.is_expert(seat.at) { self.pair(seat.score, seat.current == seat.at) } else { C::ZERO }
    }

    /// The same, and from there to the root.
    #[inline]
    pub(super) fn to_go(&self, seat: Seat) -> C {
        self.sitting(seat) + self.price[seat.at as usize]
    }

    /// Those who sit at a node and may be moved.
    pub(super) fn sitting_at(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let some = |request: u32| (request != NONE).then_some(request);
        std::iter::successors(some(self.first[node as usize]), move |&request| some(self.beside[request as usize].1))
    }

    pub(super) fn sit(&mut self, request: u32, at: u32) {
        let score = self.score(request, at);
        let seat = &mut self.seats[request as usize];
        (seat.at, seat.score) = (at, score);
        let seat = *seat;
        self.link(request, at);
        if self.is_expert(at) {
            self.totals.served += 1;
            self.totals.score += u64::from(score);
            self.totals.changed -= u64::from(seat.current == at);
        }
    }

    fn score(&self, request: u32, at: u32) -> u32 {
        if !self.is_expert(at) {
            return 0;
        }
        let row = self.rows.of(request);
        row.iter().find(|arc| arc.to == at).map_or(0, |arc| arc.score)
    }

    pub(super) fn rise(&mut self, request: u32) {
        let seat = self.seats[request as usize];
        self.unlink(request);
        if self.is_expert(seat.at) {
            self.totals.served -= 1;
            self.totals.score -= u64::from(seat.score);
            self.totals.changed += u64::from(seat.current == seat.at);
        }
        self.seats[request as usize].at = NONE;
        self.moved.push(request);
    }

    /// Notes the request among those who sit at a node.
    pub(super) fn link(&mut self, request: u32, at: u32) {
        let next = std::mem::replace(&mut self.first[at as usize], request);
        self.beside[request as usize] = (NONE, next);
        if next != NONE {
            self.beside[next as usize].0 = request;
        }
    }

    pub(super) fn unlink(&mut self, request: u32) {
        let at = self.seats[request as usize].at;
        let (before, after) = self.beside[request as usize];
        match before {
            NONE => self.first[at as usize] = after,
            before => self.beside[before as usize].1 = after,
        }
        if after != NONE {
            self.beside[after as usize].0 = before;
        }
    }

    pub(super) fn add_place(&mut self) {
        self.first.push(NONE);
    }

    pub(super) fn add_link(&mut self) {
        self.beside.push((NONE, NONE));
    }

    pub(super) fn seat(&mut self, request: u32, node: u32) {
        self.rise(request);
        self.sit(request, node);
    }

    /// A unit goes straight from one node to another: root, group or expert.
    pub(super) fn flow(&mut self, from: u32, to: u32) {
        if self.is_expert(from) {
            self.totals.spread += u64::from(2 * (self.rooms[from as usize].load + self.rooms[from as usize].used) + 1);
            self.rooms[from as usize].used += 1;
        } else if self.is_expert(to) {
            self.totals.spread -= u64::from(2 * (self.rooms[to as usize].load + self.rooms[to as usize].used) - 1);
            self.rooms[to as usize].used -= 1;
        } else if from != ROOT && self.parents[from as usize] == to {
            self.rooms[from as usize].used -= 1;
        } else {
            self.rooms[to as usize].used += 1;
        }
    }

    /// The root's own price wanders when a path goes through it; brought back before it can overflow.
    pub(super) fn settle(&mut self) {
        let root = self.price[ROOT as usize];
        let far = self.weights.served + self.weights.served + self.weights.served + self.weights.served;
        if root > far || root < -far {
            self.price.iter_mut().for_each(|price| *price -= root);
        }
    }

    /// Brings a request in, unserved, and serves it where that is an improvement.
    pub(super) fn put_in(&mut self, request: u32) {
        let group = self.seats[request as usize].group;
        self.sit(request, group);
        if self.rows.of(request).is_empty() || self.put_at_its_best(request, group) {
            return;
        }
        let limit = self.price[group as usize];
        self.serve(request, group, limit);
    }

    /// The usual case: nobody sits at its best expert, or one more adds to the spread no more than the price says.
    /// Whether that was so, or nothing is better than not to be served.
    fn put_at_its_best(&mut self, request: u32, group: u32) -> bool {
        if self.exit(group) != Some(C::ZERO) {
            return false;
        }
        let current = self.seats[request as usize].current;
        let (mut best, mut to) = (C::MAX, NONE);
        for arc in self.rows.of(request) {
            let cost = self.pair(arc.score, arc.to == current) + self.price[arc.to as usize];
            if cost < best {
                (best, to) = (cost, arc.to);
            }
        }
        if best >= self.price[group as usize] {
            return true;
        }
        let room = self.rooms[to as usize];
        if !room.is_free() || self.next(room) + self.price[ROOT as usize] != self.price[to as usize] {
            return false;
        }
        self.seat(request, to);
        self.flow(to, ROOT);
        self.for_chain(group, |room| room.used += 1);
        true
    }

    /// Fails unless the prices prove the assignment.
    #[cfg(test)]
    pub(super) fn prove(&self) {
        let price = |node: u32| self.price[node as usize];
        for (request, &seat) in self.seats.iter().enumerate() {
            if seat.at == NONE || self.frozen[request] {
                continue;
            }
            assert!(price(seat.group) >= self.to_go(seat), "not to serve {request} is better");
            for arc in self.rows.of(request as u32) {
                let there = self.pair(arc.score, arc.to == seat.current) + price(arc.to);
                assert!(there >= self.to_go(seat), "{request} would better sit at {}", arc.to);
            }
        }
        for node in 1..self.rooms.len() as u32 {
            let room = self.rooms[node as usize];
            let sitting = self.sitting_at(node).count() as u32;
            assert!(room.used <= room.capacity);
            if self.is_expert(node) {
                assert_eq!(room.used, sitting, "as many units as requests at {node}");
                assert!(!room.is_free() || self.next(room) + price(ROOT) >= price(node));
                assert!(room.used == 0 || price(node) >= self.last(room) + price(ROOT));
            } else if self.parents[node as usize] != NONE {
                let parent = price(self.parents[node as usize]);
                assert!(!room.is_free() || price(node) >= parent);
                assert!(room.used == 0 || parent >= price(node));
            }
        }
    }
}
