//! What the arguments of a change say, and everything that is wrong with them.

use std::collections::HashMap;

use super::super::fault::{Fault, Place, What};
use super::super::model::{Arc, ROOT};
use super::super::network::Network;
use super::super::problem::{Expert, Link, MAX_SCORE, MAX_WORK, Pair, Request};
use super::super::quotas;
use super::super::weights::Cost;
use super::{Solved, State};

impl State {
    pub(super) fn request(&self, id: &str) -> Result<u32, Vec<Fault>> {
        match self.requests.get(id) {
            Some(&request) => Ok(request),
            None => fault(What::UnknownRequest { id: id.to_owned() }),
        }
    }

    pub(super) fn movable(&self, id: &str) -> Result<u32, Vec<Fault>> {
        let request = self.request(id)?;
        if see!(self, network => network.frozen[request as usize]) {
            return fault(What::IsFixed { request: id.to_owned() });
        }
        Ok(request)
    }

    pub(super) fn ends(&self, link: &Link) -> Result<(u32, u32), Vec<Fault>> {
        match (self.request(&link.request), self.experts.get(&link.expert)) {
            (Ok(request), Some(&expert)) => Ok((request, self.model.first_expert() + expert)),
            (request, expert) => {
                let mut faults = request.err().unwrap_or_default();
                if expert.is_none() {
                    let what = What::UnknownExpert { id: link.expert.clone() };
                    faults.push(Fault { place: Place::Whole, what });
                }
                Err(faults)
            }
        }
    }

    /// Whether a request can be put to an expert against all others.
    pub(super) fn check_force(&self, link: &Link, request: u32, to: u32) -> Result<(), Vec<Fault>> {
        let Link { request: id, expert } = link.clone();
        if see!(self, network => network.rows.of(request).iter().all(|arc| arc.to != to)) {
            return fault(What::NotFeasible { request: id, expert });
        }
        if see!(self, network => network.rooms[to as usize].capacity == 0) {
            let capacity = see!(self, network => fixed_at(network, to));
            return fault(What::FixedBeyondCapacity { expert, fixed: capacity + 1, capacity });
        }
        let mut at = see!(self, network => network.seats[request as usize].group);
        while at != ROOT {
            let group = &self.model.groups[at as usize];
            if see!(self, network => network.rooms[at as usize].capacity == 0)
                && let Some((_, scope)) = group.quota.clone()
            {
                let at_most = group.at_most;
                return fault(What::FixedBeyondQuota { scope, fixed: at_most + 1, at_most });
            }
            at = group.parent;
        }
        Ok(())
    }

    /// The pairs of one request, by expert.
    pub(super) fn arcs(&self, id: &str, pairs: &[Pair], faults: &mut Vec<Fault>) -> Vec<Arc> {
        let mut arcs = self.pairs(pairs, faults, |pair| {
            let expert = self.experts.get(&pair.expert);
            let expert = expert.ok_or_else(|| What::UnknownExpert { id: pair.expert.clone() })?;
            let own = pair.request == id;
            own.then_some(*expert).ok_or_else(|| What::UnknownRequest { id: pair.request.clone() })
        });
        arcs.sort_unstable();
        arcs.into_iter().map(|(expert, score)| Arc { to: self.model.first_expert() + expert, score }).collect()
    }

    /// The pairs of one expert: requests and scores.
    pub(super) fn column(&self, id: &str, pairs: &[Pair], faults: &mut Vec<Fault>) -> Vec<(u32, u32)> {
        self.pairs(pairs, faults, |pair| {
            let request = self.requests.get(&pair.request);
            let request = request.ok_or_else(|| What::UnknownRequest { id: pair.request.clone() })?;
            let own = pair.expert == id;
            own.then_some(*request).ok_or_else(|| What::UnknownExpert { id: pair.expert.clone() })
        })
    }

    pub(super) fn pairs(
        &self,
        pairs: &[Pair],
        faults: &mut Vec<Fault>,
        end: impl Fn(&Pair) -> Result<u32, What>,
    ) -> Vec<(u32, u32)> {
        let mut seen = HashMap::new();
        let mut found = Vec::new();
        for (at, pair) in pairs.iter().enumerate() {
            let mut add = |what| faults.push(Fault { place: Place::Pair(at), what });
            if pair.score > MAX_SCORE {
                add(What::ScoreTooHigh { score: pair.score, limit: MAX_SCORE });
            }
            match end(pair) {
                Err(what) => add(what),
                Ok(end) => {
                    let first = *seen.entry(end).or_insert(at);
                    if first != at {
                        let (request, expert) = (pair.request.clone(), pair.expert.clone());
                        add(What::RepeatedPair { request, expert, first: Place::Pair(first) });
                    }
                    found.push((end, pair.score));
                }
            }
        }
        found
    }

    /// The innermost group of a new request, if the quotas lie in each other for it as they do for the others.
    pub(super) fn group(&self, request: &Request) -> Option<u32> {
        let groups = &self.model.groups;
        let is = |scope| groups.iter().position(|group| group.quota.as_ref().is_some_and(|(_, own)| *own == scope));
        let mut own: Vec<u32> = quotas::scopes(request).filter_map(is).map(|node| node as u32).collect();
        let mut at = ROOT;
        while !own.is_empty() {
            let next = own.iter().position(|&node| groups[node as usize].parent == at)?;
            at = own.swap_remove(next);
        }
        Some(at)
    }

    pub(super) fn has_room_for(&self, expert: &Expert) -> bool {
        let most = u64::from(expert.load) + u64::from(expert.capacity).min(self.bounds.requests);
        most <= self.bounds.work
    }
}

pub(super) fn fault<T>(what: What) -> Result<T, Vec<Fault>> {
    Err(vec![Fault { place: Place::Whole, what }])
}

pub(super) fn check_work(expert: &Expert) -> Vec<Fault> {
    let beyond = [expert.capacity, expert.load].into_iter().filter(|&work| work > MAX_WORK);
    let fault = |work| Fault { place: Place::Whole, what: What::TooMuchWork { work, limit: MAX_WORK } };
    beyond.map(fault).collect()
}

pub(super) fn fixed_at<C: Cost>(network: &Network<C>, node: u32) -> u32 {
    let frozen = network.seats.iter().zip(&network.frozen);
    frozen.filter(|(seat, frozen)| **frozen && seat.at == node).count() as u32
}

/// One more must fit.
pub(super) fn too_many(count: usize, limit: usize, faults: &mut Vec<Fault>) {
    if count >= limit {
        faults.push(Fault { place: Place::Whole, what: What::TooMany { count: count + 1, limit } });
    }
}
