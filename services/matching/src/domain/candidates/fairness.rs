//! How evenly introductions and work are spread over experts, before and after a batch of assignments.

/// One expert's share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Introductions before the batch.
    pub introductions: u32,
    /// Open cases and proposals before the batch.
    pub open: u32,
    /// Assignments of the batch: each is one introduction more and one open proposal more.
    pub assigned: u32,
}

/// How evenly counts are spread over experts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many experts.
    pub experts: usize,
    /// The sum of their counts.
    pub total: u64,
    /// How many have none.
    pub none: usize,
    /// Half the relative mean difference: 0 when all have the same, or nobody any; 1 − 1/n when one of n has everything.
    pub gini: f64,
    /// The greatest count.
    pub most: u64,
    /// The least count that half of the experts do not exceed; 0 without experts.
    pub median: u64,
}

impl Spread {
    /// Over these counts, one an expert, zeros included.
    pub fn over(counts: impl IntoIterator<Item = u64>) -> Self {
        let mut counts: Vec<u64> = counts.into_iter().collect();
        counts.sort_unstable();
        let (experts, none) = (counts.len(), counts.partition_point(|&count| count == 0));
        let sum: i128 = counts.iter().copied().map(i128::from).sum();
        // In ascending order the i-th of n is subtracted from n − i others and has i − 1 subtracted from it: the sum of all
        // differences in whole numbers, without pairs.
        let weights = (0..).map(|at| 2 * at + 1 - experts as i128);
        let differences: i128 = counts.iter().zip(weights).map(|(&count, weight)| weight * i128::from(count)).sum();
        Self {
            experts,
            total: u64::try_from(sum).unwrap_or(u64::MAX),
            none,
            gini: if sum == 0 { 0.0 } else { differences as f64 / (experts as f64 * sum as f64) },
            most: counts.last().copied().unwrap_or_default(),
            median: experts.checked_sub(1).map_or(0, |last| counts[last / 2]),
        }
    }
}

/// What a batch changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Without it.
    pub before: Spread,
    /// With it.
    pub after: Spread,
}

/// How evenly a batch leaves things.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fairness {
    /// Introductions to companies.
    pub introductions: Change,
    /// Open cases and proposals.
    pub open: Change,
}

/// The spread before and after a batch over these experts, those without any share included.
pub fn fairness(loads: &[Load]) -> Fairness {
    let change = |count: fn(&Load) -> u32| {
        let before = |load: &Load| u64::from(count(load));
        let after = |load: &Load| before(load) + u64::from(load.assigned);
        Change { before: Spread::over(loads.iter().map(before)), after: Spread::over(loads.iter().map(after)) }
    };
    Fairness { introductions: change(|load| load.introductions), open: change(|load| load.open) }
}
