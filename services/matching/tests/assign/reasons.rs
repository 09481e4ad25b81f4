//! The reason given is the reason: with what it names put right, one more is served.

use std::collections::BTreeSet;

use matching::domain::assign::{Link, Pair, Problem, Reason, Shortage, Solution, solve};
use proptest::prelude::*;

use crate::optimum::small;

fn allowed<'a>(problem: &'a Problem, request: &'a str) -> impl Iterator<Item = &'a Pair> {
    let own = problem.pairs.iter().filter(move |pair| pair.request == request);
    own.filter(|pair| !problem.forbidden.contains(&Link::new(pair.request.clone(), pair.expert.clone())))
}

fn served(problem: &Problem) -> u64 {
    solve(problem).unwrap().totals.served
}

/// The problem without the other unserved requests, which may be easier to help.
fn without_others(problem: &Problem, solution: &Solution, request: &str) -> Problem {
    let mut problem = problem.clone();
    let stays = |id: &str| id == request || solution.unserved.iter().all(|unserved| unserved.request != id);
    problem.requests.retain(|request| stays(&request.id));
    problem.pairs.retain(|pair| stays(&pair.request));
    problem.forbidden.retain(|link| stays(&link.request));
    problem.current.retain(|link| stays(&link.request));
    problem
}

/// More requests than places, and nowhere else to go.
fn holds(problem: &Problem, shortage: &Shortage) {
    let experts: BTreeSet<&String> = shortage.experts.iter().collect();
    for request in &shortage.requests {
        assert!(allowed(problem, request).all(|pair| experts.contains(&pair.expert)));
        assert!(problem.fixed.iter().all(|link| link.request != *request));
    }
    let capacity = |id: &&String| problem.experts.iter().find(|expert| expert.id == **id).unwrap().capacity as usize;
    let fixed = problem.fixed.iter().filter(|link| experts.contains(&link.expert)).count();
    assert_eq!(shortage.places as usize, experts.iter().map(capacity).sum::<usize>() - fixed);
    assert!(shortage.requests.len() > shortage.places as usize);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_named_is_what_is_in_the_way(problem in small()) {
        let solution = solve(&problem).unwrap();
        solution.shortages.iter().for_each(|shortage| holds(&problem, shortage));
        for unserved in &solution.unserved {
            let pairs: Vec<&Pair> = problem.pairs.iter().filter(|pair| pair.request == unserved.request).collect();
            match &unserved.reason {
                Reason::NoPair => prop_assert!(pairs.is_empty()),
                Reason::AllForbidden(experts) => {
                    prop_assert_eq!(pairs.len(), experts.len());
                    prop_assert_eq!(allowed(&problem, &unserved.request).count(), 0);
                }
                Reason::Full { quotas, shortage, experts } => {
                    prop_assert!(!quotas.is_empty() || shortage.is_some());
                    let mut other = without_others(&problem, &solution, &unserved.request);
                    for quota in other.quotas.iter_mut().filter(|quota| quotas.contains(&quota.scope)) {
                        quota.at_most += 1;
                    }
                    if let Some(shortage) = shortage {
                        let members = &solution.shortages[*shortage];
                        prop_assert!(members.requests.contains(&unserved.request));
                        prop_assert_eq!(served(&other), solution.totals.served, "quotas alone do not help");
                        let (full, _) = experts.split_first().unwrap();
                        other.experts.iter_mut().filter(|one| one.id == *full).for_each(|one| one.capacity += 1);
                    }
                    prop_assert_eq!(served(&other), solution.totals.served + 1);
                }
            }
        }
    }
}
