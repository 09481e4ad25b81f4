//! Every assignment there is, and the rules once more, written without a thought of speed.

use std::collections::BTreeMap;

use matching::domain::assign::{Expert, Problem, Request, Totals};

use crate::instance::holds;

/// Who serves whom, by request id.
pub(crate) type Assignment = BTreeMap<String, String>;

/// Which rule an assignment breaks.
pub(crate) fn broken(problem: &Problem, assignment: &Assignment) -> Option<String> {
    let scores = scores(problem);
    for (request, expert) in assignment {
        if !scores.contains_key(&(request, expert)) {
            return Some(format!("{request} and {expert} are not feasible"));
        }
    }
    for link in &problem.forbidden {
        if assignment.get(&link.request) == Some(&link.expert) {
            return Some(format!("{link:?} is forbidden"));
        }
    }
    for link in &problem.fixed {
        if assignment.get(&link.request) != Some(&link.expert) {
            return Some(format!("{link:?} is fixed"));
        }
    }
    let work = work(assignment);
    for expert in &problem.experts {
        let count = work.get(&expert.id).copied().unwrap_or_default();
        if count > u64::from(expert.capacity) {
            return Some(format!("{} has {count}", expert.id));
        }
    }
    for quota in &problem.quotas {
        let served = |request: &&Request| assignment.contains_key(&request.id);
        let count = problem.requests.iter().filter(served).filter(|request| holds(&quota.scope, request)).count();
        if count > quota.at_most as usize {
            return Some(format!("{count} of {}", quota.scope));
        }
    }
    None
}

fn scores(problem: &Problem) -> BTreeMap<(&String, &String), u32> {
    problem.pairs.iter().map(|pair| ((&pair.request, &pair.expert), pair.score)).collect()
}

/// How many each expert has.
fn work(assignment: &Assignment) -> BTreeMap<&String, u64> {
    let mut work = BTreeMap::new();
    assignment.values().for_each(|expert| *work.entry(expert).or_default() += 1);
    work
}

/// What an assignment is worth.
pub(crate) fn totals(problem: &Problem, assignment: &Assignment) -> Totals {
    let (scores, work) = (scores(problem), work(assignment));
    let all = |expert: &Expert| u64::from(expert.load) + work.get(&expert.id).copied().unwrap_or_default();
    Totals {
        served: assignment.len() as u64,
        score: assignment.iter().map(|pair| u64::from(scores[&pair])).sum(),
        spread: problem.experts.iter().map(|expert| all(expert).pow(2)).sum(),
        changed: problem.current.iter().filter(|link| assignment.get(&link.request) != Some(&link.expert)).count()
            as u64,
    }
}

/// More is better.
pub(crate) fn worth(totals: Totals) -> (u64, u64, i64, i64) {
    (totals.served, totals.score, -(totals.spread as i64), -(totals.changed as i64))
}

/// The best totals of all assignments, by trying each.
pub(crate) fn best(problem: &Problem) -> Totals {
    let mut best = None;
    try_from(problem, 0, &mut Assignment::new(), &mut best);
    best.expect("the fixed pairs alone are allowed")
}

fn try_from(problem: &Problem, next: usize, assignment: &mut Assignment, best: &mut Option<Totals>) {
    let Some(request) = problem.requests.get(next) else {
        if broken(problem, assignment).is_none() {
            let found = totals(problem, assignment);
            if best.is_none_or(|best| worth(found) > worth(best)) {
                *best = Some(found);
            }
        }
        return;
    };
    try_from(problem, next + 1, assignment, best);
    for pair in problem.pairs.iter().filter(|pair| pair.request == request.id) {
        assignment.insert(request.id.clone(), pair.expert.clone());
        try_from(problem, next + 1, assignment, best);
        assignment.remove(&request.id);
    }
}
