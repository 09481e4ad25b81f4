//! The cheapest way for a unit that is missing, searched from where it is missing.
//!
//! A free place is wanted by few, and the few are found at once in its column: this is what makes a change of a solved
//! problem cheap.

use super::model::{NONE, ROOT};
use super::network::Network;
use super::search::{ALONE, Scratch};
use super::weights::Cost;

impl<C: Cost> Network<C> {
    /// Brings `start`, where a unit is missing, one from `target`, if that costs less than `limit`.
    pub(super) fn pull_in(&mut self, start: u32, target: u32, limit: C) -> bool {
        let mut search = std::mem::take(&mut self.scratch);
        search.begin(target, limit, self.way_back(target));
        self.reach_back(&mut search, start, C::ZERO, NONE, ALONE);
        while let Some((node, label)) = search.pop() {
            self.expand_back(&mut search, node, label);
        }
        if search.found() {
            self.follow_back(&search, target);
        }
        self.correct(search, |price, closer| *price -= closer)
    }

    /// What it costs from the group to the root, if there is a unit to give back at every group on the way.
    fn way_back(&self, group: u32) -> Option<C> {
        let mut at = group;
        while at != ROOT {
            if self.rooms[at as usize].used == 0 {
                return None;
            }
            at = self.parents[at as usize];
        }
        Some(self.price[ROOT as usize] - self.price[group as usize])
    }

    #[inline]
    fn reach_back(&self, search: &mut Scratch<C>, node: u32, label: C, next: u32, with: u32) {
        if search.reach(node, label, next, with) && self.is_expert(node) {
            let room = self.rooms[node as usize];
            if room.used > 0 {
                let in_place = self.price[node as usize] - self.last(room) - self.price[ROOT as usize];
                search.reach(ROOT, label + in_place, node, ALONE);
            }
        }
    }

    fn expand_back(&self, search: &mut Scratch<C>, node: u32, label: C) {
        if !self.is_expert(node) {
            return self.expand_group_back(search, node, label);
        }
        let here = label + self.price[node as usize];
        for &(request, score) in self.columns.of(node - self.parents.len() as u32) {
            let seat = self.seats[request as usize];
            if seat.at == NONE || seat.at == node || self.frozen[request as usize] {
                continue;
            }
            let label = here + self.pair(score, seat.current == node) - self.to_go(seat);
            self.reach_back(search, seat.at, label, node, request);
        }
    }

    fn expand_group_back(&self, search: &mut Scratch<C>, node: u32, label: C) {
        let here = label + self.price[node as usize];
        let parent = self.parents[node as usize];
        if node != ROOT && parent != NONE && self.rooms[node as usize].is_free() {
            search.reach(parent, here - self.price[parent as usize], node, ALONE);
        }
        for child in 1..self.parents.len() as u32 {
            if self.parents[child as usize] == node && self.rooms[child as usize].used > 0 {
                search.reach(child, here - self.price[child as usize], node, ALONE);
            }
        }
        if node == ROOT {
            for expert in self.parents.len()..self.rooms.len() {
                let room = self.rooms[expert];
                if room.is_free() {
                    let label = here + self.next(room) - self.price[expert];
                    self.reach_back(search, expert as u32, label, ROOT, ALONE);
                }
            }
        }
        for (request, &seat) in self.seats.iter().enumerate() {
            if seat.group == node && seat.at != NONE && self.is_expert(seat.at) && !self.frozen[request] {
                self.reach_back(search, seat.at, here - self.to_go(seat), node, request as u32);
            }
        }
    }

    /// Makes the steps of the way that was found.
    fn follow_back(&mut self, search: &Scratch<C>, target: u32) {
        let mut node = target;
        if search.by_exit() {
            while node != ROOT {
                let parent = self.parents[node as usize];
                self.flow(node, parent);
                node = parent;
            }
        }
        loop {
            match search.step(node) {
                (NONE, _) => return,
                (next, ALONE) => {
                    self.flow(node, next);
                    node = next;
                }
                (next, request) => {
                    self.seat(request, next);
                    node = next;
                }
            }
        }
    }
}
