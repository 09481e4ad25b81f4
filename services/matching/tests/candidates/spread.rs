//! How evenly work is spread, against the definition.

use matching::domain::candidates::{Asked, Facts, Fairness, Load, Mark, Plan, Policy, Spread, fairness, rank};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::pool::{code, set};

#[test]
fn a_batch_changes_introductions_and_open_work() {
    let load = |introductions, open, assigned| Load { introductions, open, assigned };
    let found = fairness(&[load(4, 1, 0), load(0, 1, 2), load(0, 0, 1), load(0, 0, 1)]);
    assert_eq!((found.introductions.before.none, found.introductions.before.gini), (3, 0.75));
    let after = found.introductions.after;
    assert_eq!((after.total, after.none, after.most, after.median), (8, 0, 4, 1));
    assert!(after.gini < found.introductions.before.gini);
    assert_eq!((found.open.before.total, found.open.after.total, found.open.after.most), (2, 6, 3));
    assert_eq!(fairness(&[]).open.after, Spread::default());
}

/// Gives sixty requests, one after the other, to the first of the ranking among twenty experts of whom the first are better.
fn handed_out(policy: &str) -> Fairness {
    let policy = Policy::named(policy).expect("a policy");
    let expert = |number: u8| {
        let mut facts =
            Facts { id: format!("experts/{number}"), listed: true, themes: set(&["T1"]), ..Facts::default() };
        facts.rate(code("M1"), if number < 5 { Mark::Strong } else { Mark::Able }, 27 - number);
        facts.work.capacity = 60;
        facts
    };
    let mut experts: Vec<_> = (0..20).map(expert).collect();
    let mut loads = vec![Load::default(); experts.len()];
    for number in 0..60 {
        let asked = Asked { id: format!("requests/{number}"), themes: vec![code("T1")], ..Asked::default() };
        let first = rank(&Plan::new(&asked, policy), &experts).remove(0).expert;
        let at = experts.iter().position(|facts| facts.id == first).expect("one of them");
        loads[at].assigned += 1;
        experts[at].work.cases += 1;
    }
    fairness(&loads)
}

#[test]
fn the_policy_for_those_with_little_work_spreads_it_further() {
    let (balanced, spread) = (handed_out("balanced-1").open.after, handed_out("spread-1").open.after);
    assert_eq!((balanced.total, spread.total), (60, 60));
    assert!(spread.gini < balanced.gini && spread.none < balanced.none, "{spread:?} after {balanced:?}");
}

proptest! {
    #[test]
    fn gini_is_half_the_relative_mean_difference(counts in vec(0..1_000_u64, 0..60)) {
        let (n, sum) = (counts.len() as f64, counts.iter().sum::<u64>() as f64);
        let pairs = counts.iter().flat_map(|one| counts.iter().map(move |other| one.abs_diff(*other)));
        let mean_difference = pairs.sum::<u64>() as f64 / (n * n);
        let expected = if sum == 0.0 { 0.0 } else { mean_difference / (2.0 * sum / n) };
        let spread = Spread::over(counts.iter().copied());
        prop_assert!((spread.gini - expected).abs() < 1e-12, "{} for {expected}", spread.gini);
        let at_most = counts.iter().filter(|&&count| count <= spread.median).count();
        let below = counts.iter().filter(|&&count| count < spread.median).count();
        prop_assert!(2 * at_most >= counts.len() && (counts.is_empty() || 2 * below < counts.len()));
        prop_assert_eq!(spread.none, counts.iter().filter(|count| **count == 0).count());
    }
}
