//! How evenly work is spread, against the definition.

use matching::domain::candidates::{Load, Spread, fairness};
use proptest::collection::vec;
use proptest::prelude::*;

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
