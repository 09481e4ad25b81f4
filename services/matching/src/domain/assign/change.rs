//! A network that was the best stays the best while something changes: each step undoes one thing, and one search finds
//! what is best then.

use super::model::{Arc, NONE, ROOT};
use super::network::{Network, Room, Seat};
use super::weights::Cost;

impl<C: Cost> Network<C> {
    /// Takes a request out; its place goes to whom it does most good.
    pub(super) fn take_out(&mut self, request: u32) {
        let seat = self.seats[request as usize];
        self.rise(request);
        if self.is_expert(seat.at) {
            let found = self.pull_in(seat.at, seat.group, C::MAX);
            debug_assert!(found, "the unit it leaves behind can always go back as it came");
        }
    }

    /// The request stays where it is, whatever comes.
    pub(super) fn freeze(&mut self, request: u32) {
        let seat = self.seats[request as usize];
        self.unlink(request);
        self.frozen[request as usize] = true;
        let take = |room: &mut Room| (room.capacity, room.used) = (room.capacity - 1, room.used - 1);
        take(&mut self.rooms[seat.at as usize]);
        self.rooms[seat.at as usize].load += 1;
        self.for_chain(seat.group, take);
    }

    /// The request may be moved again. Its prices are not in order yet: it must be taken out next.
    pub(super) fn unfreeze(&mut self, request: u32) {
        let seat = self.seats[request as usize];
        self.lower_to_parents(seat.group);
        self.link(request, seat.at);
        self.frozen[request as usize] = false;
        let give = |room: &mut Room| (room.capacity, room.used) = (room.capacity + 1, room.used + 1);
        give(&mut self.rooms[seat.at as usize]);
        self.rooms[seat.at as usize].load -= 1;
        self.for_chain(seat.group, give);
    }

    /// A group that nothing went through may have a higher price than the one around it; once something can go back,
    /// it may not. Nobody minds: whoever sits in it can only gain by being served more cheaply.
    fn lower_to_parents(&mut self, group: u32) {
        if group == ROOT {
            return;
        }
        let parent = self.parents[group as usize];
        self.lower_to_parents(parent);
        if self.rooms[group as usize].used == 0 {
            self.price[group as usize] = self.price[group as usize].min(self.price[parent as usize]);
        }
    }

    /// Puts a request that is out to one expert, whoever must leave for it. There must be a place, and one in each
    /// quota, that is not frozen.
    pub(super) fn force(&mut self, request: u32, to: u32) {
        let group = self.seats[request as usize].group;
        let found = self.push_out(to, group);
        debug_assert!(found, "somebody who is not frozen can leave the expert, and another one the quota");
        self.sit(request, to);
        self.moved.push(request);
    }

    /// A new expert whom nobody has yet.
    pub(super) fn add_expert(&mut self, load: u32) -> u32 {
        self.rooms.push(Room { capacity: 0, used: 0, load });
        self.price.push(self.weights.served + self.weights.served + self.price[ROOT as usize]);
        self.totals.spread += u64::from(load).pow(2);
        self.scratch.add_node();
        self.columns.add_list();
        self.add_place();
        self.rooms.len() as u32 - 1
    }

    /// A new request, out of the network.
    pub(super) fn add_request(&mut self, group: u32) -> u32 {
        self.seats.push(Seat { at: NONE, score: 0, current: NONE, group });
        self.frozen.push(false);
        self.rows.add_list();
        self.add_link();
        self.seats.len() as u32 - 1
    }

    /// A new pair of a request that is out, or of an expert who can take nobody yet.
    pub(super) fn add_pair(&mut self, request: u32, arc: Arc) {
        let at = self.rows.of(request).partition_point(|other| other.to < arc.to);
        self.rows.push(request, arc);
        self.rows.of_mut(request)[at..].rotate_right(1);
        self.columns.push(arc.to - self.parents.len() as u32, (request, arc.score));
    }

    /// Forgets a pair that is not in use.
    pub(super) fn remove_pair(&mut self, request: u32, to: u32) -> Option<u32> {
        let at = self.rows.of(request).iter().position(|arc| arc.to == to)?;
        let score = self.rows.of(request)[at].score;
        self.rows.remove(request, at);
        let column = to - self.parents.len() as u32;
        if let Some(at) = self.columns.of(column).iter().position(|&(other, _)| other == request) {
            self.columns.remove(column, at);
        }
        Some(score)
    }

    /// The price of an expert who can take nobody, such that nobody would want to: the least one.
    pub(super) fn price_of_nobody(&mut self, node: u32) {
        let mut price = self.next(self.rooms[node as usize]) + self.price[ROOT as usize];
        for &(request, score) in self.columns.of(node - self.parents.len() as u32) {
            let seat = self.seats[request as usize];
            if seat.at != NONE && !self.frozen[request as usize] {
                price = price.max(self.to_go(seat) - self.pair(score, seat.current == node));
            }
        }
        self.price[node as usize] = price;
    }

    /// Room for so many, beside those who are frozen: whoever gains most comes first, whoever loses least goes first.
    pub(super) fn set_capacity(&mut self, node: u32, capacity: u32) {
        let at = node as usize;
        while self.rooms[at].used > capacity {
            self.flow(ROOT, node);
            self.rooms[at].capacity = self.rooms[at].used;
            let found = self.push_out(node, ROOT);
            debug_assert!(found, "whoever sits there can at least go unserved");
        }
        while !self.rooms[at].is_free() && self.rooms[at].capacity < capacity {
            let gain = self.price[at] - self.price[ROOT as usize] - self.next(self.rooms[at]);
            if gain <= C::ZERO || !self.pull_in(node, ROOT, gain) {
                break; // either way one place more is worth no more than it adds to the spread
            }
            self.flow(node, ROOT);
            self.rooms[at].capacity += 1;
        }
        self.rooms[at].capacity = capacity;
    }

    /// Whoever was moved since this was last asked, once each.
    pub(super) fn take_moved(&mut self) -> Vec<u32> {
        let mut moved = std::mem::take(&mut self.moved);
        moved.sort_unstable();
        moved.dedup();
        moved
    }

    /// What is served now is what is proposed from now on.
    pub(super) fn make_current(&mut self, request: u32) {
        let seat = self.seats[request as usize];
        let at = if seat.at != NONE && self.is_expert(seat.at) { seat.at } else { NONE };
        self.totals.changed -= u64::from(seat.current != NONE && seat.current != at);
        self.seats[request as usize].current = at;
    }
}
