//! The best of all there are, whatever the order of the lists.

use matching::domain::assign::{Problem, Solution, solve};
use proptest::prelude::*;

use crate::brute::{self, Assignment};
use crate::instance::{Chance, Shape, problem};

/// Small enough to try everything.
pub(crate) fn small() -> impl Strategy<Value = Problem> {
    let sizes = (1..6u32, 1..5u32, 30..100u32, prop_oneof![Just(0u32), Just(2), Just(9), Just(1_000_000)]);
    let kinds = (1..4u32, 0..3u32, prop_oneof![Just(0u32), Just(40)], 0..4u32, any::<u64>());
    (sizes, kinds).prop_map(|((requests, experts, feasible, score), (capacity, load, settled, quotas, seed))| {
        problem(Shape { requests, experts, feasible, score, capacity, load, settled, quotas }, seed)
    })
}

pub(crate) fn assignment(solution: &Solution) -> Assignment {
    let assignment: Assignment =
        solution.pairs.iter().map(|pair| (pair.request.clone(), pair.expert.clone())).collect();
    assert_eq!(assignment.len(), solution.pairs.len(), "each request once");
    assignment
}

/// The solution keeps every rule, and its totals are its own.
pub(crate) fn holds_together(problem: &Problem, solution: &Solution) {
    let assignment = assignment(solution);
    assert_eq!(brute::broken(problem, &assignment), None);
    assert_eq!(brute::totals(problem, &assignment), solution.totals);
    let unserved: Vec<&str> = solution.unserved.iter().map(|unserved| &*unserved.request).collect();
    let mut left: Vec<&str> = problem.requests.iter().map(|request| &*request.id).collect();
    left.retain(|id| !assignment.contains_key(*id));
    left.sort_unstable();
    assert_eq!(unserved, left);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_better(problem in small()) {
        let solution = solve(&problem).unwrap();
        holds_together(&problem, &solution);
        prop_assert_eq!(solution.totals, brute::best(&problem));
    }

    #[test]
    fn the_order_of_the_lists_changes_nothing(problem in small(), seed in any::<u64>()) {
        let mut other = problem.clone();
        let mut chance = Chance(seed);
        chance.shuffle(&mut other.requests);
        chance.shuffle(&mut other.experts);
        chance.shuffle(&mut other.pairs);
        chance.shuffle(&mut other.fixed);
        chance.shuffle(&mut other.forbidden);
        chance.shuffle(&mut other.quotas);
        chance.shuffle(&mut other.current);
        prop_assert_eq!(solve(&problem), solve(&other));
    }
}
