//! How often experts were seen, and how evenly.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::Mark;

/// How often one expert was seen. None is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// On any page of hits.
    pub shown: i64,
    /// On a first page.
    pub shown_first: i64,
    /// Sheets opened.
    pub opened: i64,
    /// Introductions to a company.
    pub introduced: i64,
}

impl Counts {
    /// Once on a page.
    pub const fn on_page(first: bool) -> Self {
        Self { shown: 1, shown_first: first as i64, opened: 0, introduced: 0 }
    }

    /// One sheet opened.
    pub const OPENED: Self = Self { shown: 0, shown_first: 0, opened: 1, introduced: 0 };
    /// One introduction.
    pub const INTRODUCED: Self = Self { shown: 0, shown_first: 0, opened: 0, introduced: 1 };
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.shown = self.shown.saturating_add(more.shown);
        self.shown_first = self.shown_first.saturating_add(more.shown_first);
        self.opened = self.opened.saturating_add(more.opened);
        self.introduced = self.introduced.saturating_add(more.introduced);
    }
}

/// A listed expert, and where a search in one menu puts him or her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The expert's id.
    pub id: String,
    /// The mark in the menu; [`Mark::None`] when no menu is asked about.
    pub mark: Mark,
    /// The points in the menu; 0 when no menu is asked about.
    pub points: u8,
}

/// A listed expert with what was counted of him or her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Who.
    pub expert: Listed,
    /// How often.
    pub counts: Counts,
}

/// How evenly counts are spread over experts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many experts.
    pub experts: usize,
    /// The sum of their counts.
    pub total: i64,
    /// How many have none.
    pub none: usize,
    /// Half the relative mean difference: 0 when all have the same, or nobody any; 1 − 1/n when one of n has everything.
    pub gini: f64,
    /// The greatest count.
    pub most: i64,
    /// The least count that half of the experts do not exceed; 0 without experts.
    pub median: i64,
}

impl Spread {
    /// Over these counts, one an expert, zeros included.
    pub fn over(counts: impl IntoIterator<Item = i64>) -> Self {
        let mut counts: Vec<i64> = counts.into_iter().collect();
        counts.sort_unstable();
        let (experts, none) = (counts.len(), counts.partition_point(|&count| count == 0));
        let sum: i128 = counts.iter().copied().map(i128::from).sum();
        // In ascending order the i-th of n is subtracted from n − i others and has i − 1 subtracted from it, so the sum of
        // all differences needs no pairs, and whole numbers until the division.
        let (mut weight, mut differences) = (1 - experts as i128, 0);
        for &count in &counts {
            differences += weight * i128::from(count);
            weight += 2;
        }
        let gini = if sum == 0 { 0.0 } else { differences as f64 / (experts as f64 * sum as f64) };
        Self {
            experts,
            total: i64::try_from(sum).unwrap_or(i64::MAX),
            none,
            gini,
            most: counts.last().copied().unwrap_or_default(),
            median: experts.checked_sub(1).map_or(0, |last| counts[last / 2]),
        }
    }
}

/// Experts whom a search in the menu cannot tell apart, and how evenly they came onto first pages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// Their mark.
    pub mark: Mark,
    /// Their points.
    pub points: u8,
    /// How evenly they were on first pages.
    pub spread: Spread,
}

/// The groups of two and more, highest first. Experts without a mark are in none: a search in the menu never finds them.
pub fn groups(seen: &[Seen]) -> Vec<Group> {
    let mut groups: BTreeMap<(Mark, u8), Vec<i64>> = BTreeMap::new();
    for Seen { expert, counts } in seen.iter().filter(|seen| seen.expert.mark != Mark::None) {
        groups.entry((expert.mark, expert.points)).or_default().push(counts.shown_first);
    }
    let spread = |((mark, points), counts)| Group { mark, points, spread: Spread::over(counts) };
    groups.into_iter().rev().filter(|(_, counts)| counts.len() > 1).map(spread).collect()
}

/// At most `count` of those seen least, least first: on first pages, then in sheets, then on any page, then by id.
pub fn least(seen: &[Seen], count: usize) -> Vec<&Seen> {
    extreme(seen, count, |seen| (rank(seen), seen.expert.id.as_str()))
}

/// At most `count` of those seen most, most first; otherwise as [`least`].
pub fn most(seen: &[Seen], count: usize) -> Vec<&Seen> {
    extreme(seen, count, |seen| (rank(seen).map(std::cmp::Reverse), seen.expert.id.as_str()))
}

const fn rank(seen: &Seen) -> [i64; 3] {
    [seen.counts.shown_first, seen.counts.opened, seen.counts.shown]
}

fn extreme<'a, K: Ord>(seen: &'a [Seen], count: usize, key: impl Fn(&'a Seen) -> K) -> Vec<&'a Seen> {
    let mut order: Vec<&Seen> = seen.iter().collect();
    order.sort_by_key(|seen| key(seen));
    order.truncate(count);
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(id: &str, mark: Mark, points: u8, [shown_first, opened]: [i64; 2]) -> Seen {
        let counts = Counts { shown: shown_first, shown_first, opened, introduced: 0 };
        Seen { expert: Listed { id: id.to_owned(), mark, points }, counts }
    }

    #[test]
    fn one_who_has_everything_and_all_who_have_the_same() {
        let all = Spread { experts: 4, total: 8, none: 3, gini: 0.75, most: 8, median: 0 };
        assert_eq!(Spread::over([0, 8, 0, 0]), all);
        let same = Spread { experts: 3, total: 6, none: 0, gini: 0.0, most: 2, median: 2 };
        assert_eq!(Spread::over([2, 2, 2]), same);
        assert_eq!(Spread::over([0, 0]), Spread { experts: 2, none: 2, ..Spread::default() });
        assert_eq!(Spread::over([]), Spread::default());
    }

    #[test]
    fn the_median_is_what_half_of_them_do_not_exceed() {
        assert_eq!(Spread::over([5, 1, 3]).median, 3);
        assert_eq!(Spread::over([7, 1, 5, 3]).median, 3);
    }

    #[test]
    fn equals_share_mark_and_points_and_are_at_least_two() {
        let experts = [
            seen("a", Mark::Able, 9, [1, 0]),
            seen("b", Mark::Strong, 12, [4, 0]),
            seen("c", Mark::Strong, 12, [0, 0]),
            seen("d", Mark::Able, 9, [1, 0]),
            seen("e", Mark::Able, 8, [1, 0]),
            seen("f", Mark::None, 2, [0, 0]),
            seen("g", Mark::None, 2, [0, 0]),
        ];
        let found: Vec<_> =
            groups(&experts).iter().map(|g| (g.mark, g.points, g.spread.total, g.spread.gini)).collect();
        assert_eq!(found, [(Mark::Strong, 12, 4, 0.5), (Mark::Able, 9, 2, 0.0)]);
    }

    #[test]
    fn the_least_seen_are_told_apart_by_openings() {
        let experts = [
            seen("a", Mark::None, 0, [2, 0]),
            seen("b", Mark::None, 0, [0, 3]),
            seen("c", Mark::None, 0, [0, 1]),
            seen("d", Mark::None, 0, [2, 0]),
        ];
        let ids = |order: Vec<&Seen>| order.iter().map(|seen| seen.expert.id.clone()).collect::<String>();
        assert_eq!((ids(least(&experts, 3)), ids(most(&experts, 9))), ("cba".to_owned(), "adbc".to_owned()));
    }

    proptest! {
        #[test]
        fn gini_is_half_the_relative_mean_difference(counts in prop::collection::vec(0_i64..1_000, 0..60)) {
            let (n, sum) = (counts.len() as f64, counts.iter().sum::<i64>() as f64);
            let pairs = counts.iter().flat_map(|one| counts.iter().map(move |other| (one - other).abs()));
            let mean_difference = pairs.sum::<i64>() as f64 / (n * n);
            let expected = if sum == 0.0 { 0.0 } else { mean_difference / (2.0 * sum / n) };
            let spread = Spread::over(counts.iter().copied());
            prop_assert!((spread.gini - expected).abs() < 1e-12, "{} for {expected}", spread.gini);
            let at_most = counts.iter().filter(|&&count| count <= spread.median).count();
            let below = counts.iter().filter(|&&count| count < spread.median).count();
            prop_assert!(2 * at_most >= counts.len() && (counts.is_empty() || 2 * below < counts.len()));
        }
    }
}
