//! The best choice that keeps every constraint: flows for bounds, and a search over which seats stay empty.

use super::event::rounds_in;
use super::flow::Cost;
use super::problem::{Aim, Choice, Problem};
use super::relax::{by_experts, by_seats, placed};

/// Steps after which the search gives the best it has, and says that it is not proven. Counted, not timed: the same input
/// gives the same answer on every machine.
const STEPS: usize = 5_000;

/// Steps that settle most events.
const QUICK: usize = 8;

/// The best choice found.
pub(super) struct Best {
    pub(super) chosen: Vec<Choice>,
    /// Nothing better exists.
    pub(super) proven: bool,
}

/// A part of what is still possible.
struct Part {
    /// Rounds each expert may be seated in.
    open: Vec<u64>,
    /// Of those, the ones that hold a booth, used or not.
    held: Vec<u64>,
}

/// Solves the problem.
pub(super) fn best(problem: &Problem) -> Best {
    let all = problem.companies.len();
    let quick = search(problem, all, QUICK);
    if quick.proven {
        return quick;
    }
    // How many can be seated is the easier question; its answer makes every bound of the whole one tighter.
    let seated = search(&Problem { aim: Aim::Count, ..problem.clone() }, all, STEPS);
    if !seated.proven {
        return quick;
    }
    let whole = search(problem, seated.chosen.iter().flatten().count(), STEPS);
    let better = whole.proven || problem.total(&whole.chosen) < problem.total(&quick.chosen);
    if better { whole } else { quick }
}

/// The best choice of at most `limit` companies.
fn search(problem: &Problem, limit: usize, steps: usize) -> Best {
    let nobody = vec![None; problem.companies.len()];
    let mut best = (problem.total(&nobody), nobody);
    let mut parts = vec![Part { open: problem.open(), held: vec![0; problem.experts.len()] }];
    let mut taken = 0;
    while let Some(mut part) = parts.pop() {
        taken += 1;
        if taken > steps {
            return Best { chosen: best.1, proven: false };
        }
        close_full_rounds(problem, &mut part);
        let Some(seat) = look(problem, &part, limit, &mut best) else { continue };
        parts.extend(split(part, seat));
    }
    Best { chosen: best.1, proven: true }
}

/// Where as many experts hold a booth as there are booths, nobody else can sit.
fn close_full_rounds(problem: &Problem, part: &mut Part) {
    for round in 0..problem.rounds {
        let bit = 1 << round;
        if part.held.iter().filter(|held| *held & bit != 0).count() >= problem.room[round] {
            for (open, held) in part.open.iter_mut().zip(&part.held) {
                *open &= !bit | held;
            }
        }
    }
}

/// Improves on the best; where a part may hold a better one still, says the seat to decide next.
fn look(problem: &Problem, part: &Part, limit: usize, best: &mut (Cost, Vec<Choice>)) -> Option<(usize, usize)> {
    let offer = |chosen: Vec<Choice>, best: &mut (Cost, Vec<Choice>)| {
        let cost = problem.total(&chosen);
        if cost < best.0 {
            *best = (cost, chosen);
        }
    };
    let seats = by_seats(problem, &part.open, limit);
    if seats.bound >= best.0 {
        return None;
    }
    let crowd = problem.crowd(&seats.chosen);
    if crowd.iter().all(|more| *more == 0) {
        offer(seats.chosen, best);
        return None;
    }
    offer(placed(problem, &part.open, &seats.chosen), best);
    if seats.bound >= best.0 {
        return None;
    }
    let experts = by_experts(problem, &part.open, limit);
    if experts.bound >= best.0 {
        return None;
    }
    offer(placed(problem, &part.open, &experts.chosen), best);
    if experts.bound.max(seats.bound) >= best.0 {
        return None;
    }
    undecided(part, &seats.chosen, &crowd, &best.1)
}

/// A seat of the most crowded round: rather one that the best so far leaves empty.
fn undecided(part: &Part, chosen: &[Choice], crowd: &[usize], best: &[Choice]) -> Option<(usize, usize)> {
    let round = (0..crowd.len()).max_by_key(|round| (crowd[*round], crowd.len() - round))?;
    let used = |expert: usize, chosen: &[Choice]| chosen.contains(&Some((expert, round)));
    let free = |expert: &usize| rounds_in(part.open[*expert] & !part.held[*expert]).any(|open| open == round);
    let expert = (0..part.open.len())
        .filter(|expert| free(expert) && used(*expert, chosen))
        .min_by_key(|expert| (used(*expert, best), *expert))?;
    Some((expert, round))
}

/// The part with the seat held, and the part without the seat, which is looked at first.
fn split(part: Part, (expert, round): (usize, usize)) -> [Part; 2] {
    let mut held = part.held.clone();
    held[expert] |= 1 << round;
    let with = Part { open: part.open.clone(), held };
    let mut open = part.open;
    open[expert] &= !(1 << round);
    [with, Part { open, held: part.held }]
}
