//! Why somebody is not served.
//!
//! An expert can be freed for another request when one of those who sit there could move to somebody with a free place,
//! perhaps by moving others in turn. Whom nobody can be freed for competes with everybody else who can only go where he
//! can: those requests and their experts form a shortage. Whom somebody can be freed for is kept out by a quota: were
//! none used up, the assignment would not serve as many as possible.

use std::collections::BTreeMap;

use super::model::{Model, NONE, ROOT};
use super::network::Network;
use super::solution::{Reason, Shortage, Unserved};
use super::weights::Cost;

/// All unserved requests by id with their reasons, and the shortages they belong to.
pub(super) fn explain<C: Cost>(model: &Model, network: &Network<C>) -> (Vec<Unserved>, Vec<Shortage>) {
    let out = |&request: &u32| {
        let seat = network.seats[request as usize];
        seat.at != NONE && !network.is_expert(seat.at)
    };
    let mut requests: Vec<u32> = (0..network.seats.len() as u32).filter(out).collect();
    if requests.is_empty() {
        return Default::default();
    }
    requests.sort_unstable_by_key(|&request| &model.requests[request as usize]);
    let view = View { model, network, columns: columns(network) };
    let can_be_freed = view.can_be_freed();
    let short = |&request: &u32| {
        let row = network.rows.of(request);
        !row.is_empty() && row.iter().all(|arc| !can_be_freed[arc.to as usize])
    };
    let short: Vec<u32> = requests.iter().copied().filter(short).collect();
    let (shortages, member) = view.shortages(&short);
    let unserved = requests.into_iter().map(|request| Unserved {
        request: model.requests[request as usize].clone(),
        reason: view.reason(request, member.get(&request).copied()),
    });
    (unserved.collect(), shortages)
}

struct View<'a, C> {
    model: &'a Model,
    network: &'a Network<C>,
    /// By node: the requests that have a pair there and may be moved.
    columns: super::lists::Lists<u32>,
}

fn columns<C: Cost>(network: &Network<C>) -> super::lists::Lists<u32> {
    let movable = |&request: &u32| network.seats[request as usize].at != NONE && !network.frozen[request as usize];
    let movable: Vec<u32> = (0..network.seats.len() as u32).filter(movable).collect();
    let pairs =
        || movable.iter().flat_map(|&request| network.rows.of(request).iter().map(move |arc| (arc.to, request)));
    let mut counts = vec![0; network.rooms.len()];
    pairs().for_each(|(node, _)| counts[node as usize] += 1);
    super::lists::Lists::gather(&counts, NONE, pairs())
}

impl<C: Cost> View<'_, C> {
    /// By node: whether a place there can be had without anybody losing his.
    fn can_be_freed(&self) -> Vec<bool> {
        let network = self.network;
        let mut free: Vec<bool> = network.rooms.iter().map(|room| room.is_free()).collect();
        free[..network.parents.len()].fill(false);
        let mut queue: Vec<u32> = (0..free.len() as u32).filter(|&node| free[node as usize]).collect();
        while let Some(node) = queue.pop() {
            for &request in self.columns.of(node) {
                let at = network.seats[request as usize].at;
                if network.is_expert(at) && !std::mem::replace(&mut free[at as usize], true) {
                    queue.push(at);
                }
            }
        }
        free
    }

    /// Everything that can be reached from those who are short, in pieces that share nobody, and which piece each is
    /// in.
    fn shortages(&self, short: &[u32]) -> (Vec<Shortage>, BTreeMap<u32, usize>) {
        let network = self.network;
        let mut piece = vec![NONE; network.rooms.len()];
        let mut reached: Vec<u32> = Vec::new();
        let reach = |request: u32, reached: &mut Vec<u32>, piece: &mut Vec<u32>| {
            for arc in network.rows.of(request) {
                if std::mem::replace(&mut piece[arc.to as usize], arc.to) == NONE {
                    reached.push(arc.to);
                }
            }
        };
        short.iter().for_each(|&request| reach(request, &mut reached, &mut piece));
        let mut next = 0;
        while let Some(&node) = reached.get(next) {
            next += 1;
            network.sitting_at(node).for_each(|request| reach(request, &mut reached, &mut piece));
        }
        let sitting = reached.iter().flat_map(|&node| network.sitting_at(node));
        let requests: Vec<u32> = short.iter().copied().chain(sitting).collect();
        for &request in &requests {
            let row = network.rows.of(request);
            row.windows(2).for_each(|arcs| join(&mut piece, arcs[0].to, arcs[1].to));
        }
        self.gather(reached, &requests, &mut piece)
    }

    fn gather(
        &self,
        mut experts: Vec<u32>,
        requests: &[u32],
        piece: &mut [u32],
    ) -> (Vec<Shortage>, BTreeMap<u32, usize>) {
        let first_expert = self.model.first_expert();
        experts.sort_unstable_by_key(|&node| &self.model.experts[(node - first_expert) as usize]);
        let mut shortages: Vec<Shortage> = Vec::new();
        let mut number = BTreeMap::new();
        for node in experts {
            let at = *number.entry(find(piece, node)).or_insert_with(|| {
                shortages.push(Shortage::default());
                shortages.len() - 1
            });
            shortages[at].experts.push(self.model.experts[(node - first_expert) as usize].clone());
            shortages[at].places += u64::from(self.network.rooms[node as usize].capacity);
        }
        let mut member = BTreeMap::new();
        for &request in requests {
            let at = number[&find(piece, self.network.rows.of(request)[0].to)];
            shortages[at].requests.push(self.model.requests[request as usize].clone());
            member.insert(request, at);
        }
        shortages.iter_mut().for_each(|shortage| shortage.requests.sort_unstable());
        (shortages, member)
    }

    fn reason(&self, request: u32, shortage: Option<usize>) -> Reason {
        let expert = |node: u32| self.model.experts[(node - self.model.first_expert()) as usize].clone();
        let row = self.network.rows.of(request);
        if row.is_empty() {
            let barred = self.model.barred.get(&request).map(Vec::as_slice).unwrap_or_default();
            let mut barred: Vec<String> =
                barred.iter().filter(|pair| pair.score.is_some()).map(|pair| expert(pair.to)).collect();
            barred.sort_unstable();
            return if barred.is_empty() { Reason::NoPair } else { Reason::AllForbidden(barred) };
        }
        let full = row.iter().map(|arc| arc.to).filter(|&node| !self.network.rooms[node as usize].is_free());
        let mut experts: Vec<String> = full.map(expert).collect();
        experts.sort_unstable();
        Reason::Full { quotas: self.used_up(request), shortage, experts }
    }

    fn used_up(&self, request: u32) -> Vec<super::problem::Scope> {
        let mut at = self.network.seats[request as usize].group;
        let mut used_up = Vec::new();
        while at != ROOT {
            if !self.network.rooms[at as usize].is_free() {
                used_up.extend(self.model.groups[at as usize].quota.iter().map(|(_, scope)| scope.clone()));
            }
            at = self.network.parents[at as usize];
        }
        used_up
    }
}

fn find(piece: &mut [u32], node: u32) -> u32 {
    let mut at = node;
    while piece[at as usize] != at {
        piece[at as usize] = piece[piece[at as usize] as usize];
        at = piece[at as usize];
    }
    at
}

fn join(piece: &mut [u32], one: u32, other: u32) {
    let (one, other) = (find(piece, one), find(piece, other));
    piece[one.max(other) as usize] = one.min(other);
}
