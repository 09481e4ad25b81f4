//! Every assignment there is, and the rules once more, written without a thought of speed.

use std::collections::BTreeMap;

use matching::domain::assign::{Link, Problem, Totals};

use crate::instance::holds;

/// Who serves whom, by request id.
pub(crate) type Assignment = BTreeMap<String, String>;

/// Which rule an assignment breaks.
pub(crate) fn broken(problem: &Problem, assignment: &Assignment) -> Option<String> {
    for (request, expert) in assignment {
        if !problem.pairs.iter().any(|pair| pair.request == *request && pair.expert == *expert) {
            return Some(format!("{request} and {expert} are not feasible"));
        }
        if problem.forbidden.contains(&Link::new(request.clone(), expert.clone())) {
            return Some(format!("{request} and {expert} are forbidden"));
        }
    }
    for link in &problem.fixed {
        if assignment.get(&link.request) != Some(&link.expert) {
            return Some(format!("{link:?} is fixed"));
        }
    }
    for expert in &problem.experts {
        let count = assignment.values().filter(|id| **id == expert.id).count();
        if count > expert.capacity as usize {
            return Some(format!("{} has {count}", expert.id));
        }
    }
    for quota in &problem.quotas {
        let served = |request: &&matching::domain::assign::Request| assignment.contains_key(&request.id);
        let count = problem.requests.iter().filter(served).filter(|request| holds(&quota.scope, request)).count();
        if count > quota.at_most as usize {
            return Some(format!("{count} of {}", quota.scope));
        }
    }
    None
}

/// What an assignment is worth.
pub(crate) fn totals(problem: &Problem, assignment: &Assignment) -> Totals {
    let score = |(request, expert): (&String, &String)| {
        problem.pairs.iter().find(|pair| pair.request == *request && pair.expert == *expert).unwrap().score
    };
    let work = |expert: &matching::domain::assign::Expert| {
        u64::from(expert.load) + assignment.values().filter(|id| **id == expert.id).count() as u64
    };
    Totals {
        served: assignment.len() as u64,
        score: assignment.iter().map(|pair| u64::from(score(pair))).sum(),
        spread: problem.experts.iter().map(|expert| work(expert).pow(2)).sum(),
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
