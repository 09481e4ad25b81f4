//! A problem solved from its beginning.

use super::fault::Fault;
use super::lists::Lists;
use super::model::{Arc, Model, NONE};
use super::network::Network;
use super::problem::Problem;
use super::solution::{Assigned, Solution};
use super::unserved;
use super::weights::{Bounds, Cost};

impl Problem {
    /// Everything that is wrong with it, in the order of its lists; nothing when it can be solved.
    pub fn check(&self) -> Vec<Fault> {
        Model::read(self).err().unwrap_or_default()
    }
}

/// The best assignment, or everything that is wrong with the problem.
pub fn solve(problem: &Problem) -> Result<Solution, Vec<Fault>> {
    let mut model = Model::read(problem)?;
    let bounds = model.bounds();
    let rows = std::mem::take(&mut model.rows);
    Ok(match Solved::new(&model, rows, bounds) {
        Solved::Narrow(network) => solution(&model, &network),
        Solved::Wide(network) => solution(&model, &network),
    })
}

/// A network in which everybody has been put in, with costs of the width they need.
#[derive(Clone, Debug)]
pub(super) enum Solved {
    Narrow(Network<i64>),
    Wide(Network<i128>),
}

impl Solved {
    pub(super) fn new(model: &Model, rows: Lists<Arc>, bounds: Bounds) -> Self {
        match Network::new(model, &rows, bounds) {
            Some(network) => Self::Narrow(filled(network, rows)),
            // Within the limits of a problem these always fit: a test in `weights` holds that.
            None => Self::Wide(filled(Network::new(model, &rows, bounds).unwrap_or_else(|| unreachable!()), rows)),
        }
    }
}

fn filled<C: Cost>(mut network: Network<C>, rows: Lists<Arc>) -> Network<C> {
    network.rows = rows;
    for request in 0..network.seats.len() as u32 {
        if !network.frozen[request as usize] {
            network.put_in(request);
        }
    }
    network.moved.clear();
    network
}

/// What the network says, with names again.
pub(super) fn solution<C: Cost>(model: &Model, network: &Network<C>) -> Solution {
    let first_expert = model.first_expert();
    let mut pairs = Vec::new();
    for (request, seat) in network.seats.iter().enumerate() {
        if seat.at != NONE && network.is_expert(seat.at) {
            pairs.push(Assigned {
                request: model.requests[request].clone(),
                expert: model.experts[(seat.at - first_expert) as usize].clone(),
                score: seat.score,
                fixed: network.frozen[request],
                kept: seat.current == seat.at,
            });
        }
    }
    pairs.sort_unstable_by(|one, other| one.request.cmp(&other.request));
    let (unserved, shortages) = unserved::explain(model, network);
    Solution { pairs, unserved, shortages, totals: network.totals }
}
