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
    Ok(Prepared::new(problem)?.solve())
}

/// A problem that was read and found in order.
#[derive(Clone, Debug)]
pub struct Prepared(Model);

impl Prepared {
    /// Reads a problem, or says everything that is wrong with it. Time: a look-up for each pair.
    pub fn new(problem: &Problem) -> Result<Self, Vec<Fault>> {
        Model::read(problem).map(Self)
    }

    /// The best assignment.
    pub fn solve(self) -> Solution {
        let Self(mut model) = self;
        let bounds = model.bounds();
        let rows = std::mem::take(&mut model.rows);
        match Solved::new(&model, rows, bounds) {
            Solved::Narrow(network) => solution(&model, &network),
            Solved::Wide(network) => solution(&model, &network),
        }
    }
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
    let mut order: Vec<u32> =
        (0..network.seats.len() as u32).filter(|&request| !network.frozen[request as usize]).collect();
    // Those who compete mostly share their first expert; one after the other they find each other's rows in the cache.
    order.sort_by_key(|&request| network.rows.of(request).first().map_or(NONE, |arc| arc.to));
    order.into_iter().for_each(|request| network.put_in(request));
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

#[cfg(test)]
mod tests {
    use super::super::problem::{Expert, Link, Pair, Problem, Quota, Request, Scope};
    use super::super::weights::Cost;
    use super::{Model, Network, Solution, filled, solution};

    /// A problem from a few numbers, with quotas, proposals, and more requests than places.
    fn problem(seed: u32) -> Problem {
        let mut state = seed;
        let mut below = |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % limit
        };
        let region = |number: u32| Some(format!("region {number}"));
        let request =
            |number: u32, region| Request { id: format!("r{number:02}"), region, programme: Some("p".into()) };
        let mut problem = Problem {
            requests: (0..30).map(|number| request(number, region(below(3)))).collect(),
            experts: (0..12)
                .map(|number| Expert { id: format!("e{number:02}"), capacity: below(4), load: below(3) })
                .collect(),
            quotas: vec![
                Quota { scope: Scope::Programme("p".into()), at_most: 20 },
                Quota { scope: Scope::Region("region 1".into()), at_most: 4 },
            ],
            ..Problem::default()
        };
        for request in 0..30 {
            let expert = below(12);
            problem.current.push(Link::new(format!("r{request:02}"), format!("e{expert:02}")));
            for expert in (0..12).filter(|_| below(3) == 0).collect::<Vec<u32>>() {
                let (request, expert) = (format!("r{request:02}"), format!("e{expert:02}"));
                problem.pairs.push(Pair { request, expert, score: below(9) });
            }
        }
        problem
    }

    fn solved<C: Cost>(problem: &Problem) -> Solution {
        let model = Model::read(problem).unwrap();
        let network = Network::<C>::new(&model, &model.rows, model.bounds()).unwrap();
        let network = filled(network, model.rows.clone());
        network.prove();
        solution(&model, &network)
    }

    #[test]
    fn prices_prove_the_assignment_and_the_width_of_costs_does_not_matter() {
        for seed in 0..200 {
            let problem = problem(seed);
            assert_eq!(solved::<i64>(&problem), solved::<i128>(&problem));
        }
    }
}
