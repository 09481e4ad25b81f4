//! Three flows, each exact but for one kind of constraint.
//!
//! Who sees whom, in which round, at how many booths: no single network holds an expert's limit, a round's booths and a
//! company's own rounds together. Each flow here leaves one of them out, or has it settled beforehand.

use std::collections::BTreeMap;

use super::event::rounds_in;
use super::flow::{Cost, Net};
use super::problem::{Choice, Problem};

/// A best choice of a network: no choice that keeps all constraints costs less than `bound`.
pub(super) struct Found {
    pub(super) bound: Cost,
    pub(super) chosen: Vec<Choice>,
}

/// A node, and the round and the edge of each way behind it.
type Door = (usize, Vec<(usize, usize)>);

/// Booths are held to in total, not round by round: company → its experts → seats → the expert's limit.
pub(super) fn by_seats(problem: &Problem, open: &[u64], limit: usize) -> Found {
    let mut net = Net::default();
    let (source, sink) = (net.node(), net.node());
    let seats = seats(&mut net, problem, open);
    let experts = net.nodes(problem.experts.len());
    let mut into = Vec::new();
    let mut doors: BTreeMap<(usize, u64), Door> = BTreeMap::new();
    for company in &problem.companies {
        let node = net.node();
        net.edge(source, node, 1, Cost::ZERO);
        let mut ways = Vec::new();
        for &expert in company.fit.keys() {
            let pair = problem.pair(company, expert);
            let rounds = company.rounds & open[expert];
            if rounds == 0 {
                continue;
            }
            // Companies that can come to the same rounds share their ways to an expert's seats.
            let door = doors.entry((expert, rounds)).or_insert_with(|| {
                let door = net.node();
                let ways =
                    rounds_in(rounds).map(|round| (round, net.edge(door, seats[&(expert, round)], 1, Cost::ZERO)));
                (door, ways.collect())
            });
            ways.push((net.edge(node, door.0, 1, pair), expert, None, rounds));
            if let Some((_, round)) = company.told.filter(|told| told.0 == expert && rounds >> told.1 & 1 == 1) {
                let edge = net.edge(node, seats[&(expert, round)], 1, pair + problem.kept());
                ways.push((edge, expert, Some(round), rounds));
            }
        }
        into.push(ways);
    }
    for (&(expert, _), &seat) in &seats {
        net.edge(seat, experts[expert], 1, Cost::ZERO);
    }
    limits(&mut net, problem, &experts, |_| sink);
    let bound = net.send(source, sink, problem.room.iter().sum::<usize>().min(limit) as i64);
    let mut free: BTreeMap<(usize, u64), Vec<usize>> = doors
        .into_iter()
        .map(|(door, (_, ways))| {
            (door, ways.iter().rev().filter(|(_, way)| net.through(*way) == 1).map(|(round, _)| *round).collect())
        })
        .collect();
    let chosen = into.iter().map(|ways| {
        let (_, expert, round, rounds) = ways.iter().find(|(edge, ..)| net.through(*edge) == 1)?;
        let round = match round {
            Some(round) => *round,
            None => free.get_mut(&(*expert, *rounds))?.pop()?,
        };
        Some((*expert, round))
    });
    Found { bound, chosen: chosen.collect() }
}

/// Companies' own rounds are not held to: company → expert, up to the limit → seats → booths. The rounds chosen say nothing.
pub(super) fn by_experts(problem: &Problem, open: &[u64], limit: usize) -> Found {
    let mut net = Net::default();
    let (source, sink) = (net.node(), net.node());
    let seats = seats(&mut net, problem, open);
    let experts = net.nodes(problem.experts.len());
    let behind = net.nodes(problem.experts.len());
    let mut into = Vec::new();
    for company in &problem.companies {
        let node = net.node();
        net.edge(source, node, 1, Cost::ZERO);
        let mut ways = Vec::new();
        for &expert in company.fit.keys() {
            let Some(round) = problem.seats(company, open, expert).next() else { continue };
            let told = company.told.filter(|told| told.0 == expert && open[expert] >> told.1 & 1 == 1);
            let pair = problem.pair(company, expert) + told.map_or(Cost::ZERO, |_| problem.kept());
            ways.push((net.edge(node, experts[expert], 1, pair), expert, round));
        }
        into.push(ways);
    }
    limits(&mut net, problem, &experts, |expert| behind[expert]);
    let rounds = net.nodes(problem.rounds);
    for (&(expert, round), &seat) in &seats {
        net.edge(behind[expert], seat, 1, Cost::ZERO);
        net.edge(seat, rounds[round], 1, Cost::ZERO);
    }
    for (&round, &room) in rounds.iter().zip(&problem.room) {
        net.edge(round, sink, room as i64, Cost::ZERO);
    }
    let bound = net.send(source, sink, limit as i64);
    let chosen = into.iter().map(|ways| {
        let (_, expert, round) = ways.iter().find(|(edge, ..)| net.through(*edge) == 1)?;
        Some((*expert, *round))
    });
    Found { bound, chosen: chosen.collect() }
}

/// With each company's expert settled: into rounds, held to everything; as many as go, most of them where they were told.
pub(super) fn placed(problem: &Problem, open: &[u64], chosen: &[Choice]) -> Vec<Choice> {
    let mut net = Net::default();
    let (source, sink) = (net.node(), net.node());
    let seats = seats(&mut net, problem, open);
    let rounds = net.nodes(problem.rounds);
    let mut into = Vec::new();
    for (company, choice) in problem.companies.iter().zip(chosen) {
        let mut ways = Vec::new();
        if let Some((expert, _)) = *choice {
            let node = net.node();
            net.edge(source, node, 1, Cost::ZERO);
            for round in problem.seats(company, open, expert) {
                let told = company.told == Some((expert, round));
                let cost = problem.pair(company, expert) + if told { problem.kept() } else { Cost::ZERO };
                ways.push((net.edge(node, seats[&(expert, round)], 1, cost), (expert, round)));
            }
        }
        into.push(ways);
    }
    for (&(_, round), &seat) in &seats {
        net.edge(seat, rounds[round], 1, Cost::ZERO);
    }
    for (&round, &room) in rounds.iter().zip(&problem.room) {
        net.edge(round, sink, room as i64, Cost::ZERO);
    }
    net.send(source, sink, problem.companies.len() as i64);
    into.iter().map(|ways| ways.iter().find(|(edge, _)| net.through(*edge) == 1).map(|(_, seat)| *seat)).collect()
}

/// A node for each expert and round that is open.
fn seats(net: &mut Net, problem: &Problem, open: &[u64]) -> BTreeMap<(usize, usize), usize> {
    let all = (0..problem.experts.len()).flat_map(|expert| rounds_in(open[expert]).map(move |round| (expert, round)));
    all.map(|seat| (seat, net.node())).collect()
}

/// An edge a company that an expert may still take, each dearer than the one before.
fn limits(net: &mut Net, problem: &Problem, experts: &[usize], to: impl Fn(usize) -> usize) {
    for (at, expert) in problem.experts.iter().enumerate() {
        for load in expert.load..expert.max.min(expert.load + problem.rounds) {
            net.edge(experts[at], to(at), 1, problem.step(expert, load));
        }
    }
}
