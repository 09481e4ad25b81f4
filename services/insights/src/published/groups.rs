//! Which numbers speak of the same thing.

use std::collections::BTreeMap;

use super::numbers::Number;

/// Numbers in sets that do not overlap: by their place in the list, the set, and by the set, its members in order.
pub(super) struct Groups {
    of: Vec<usize>,
    members: BTreeMap<usize, Vec<usize>>,
}

impl Groups {
    /// Numbers that the same cell recomputes are in one set, and so are those of `same`.
    pub(super) fn of(numbers: &[Number], same: &[Vec<usize>]) -> Self {
        let mut sets: Vec<usize> = (0..numbers.len()).collect();
        let mut cells = BTreeMap::new();
        for (at, number) in numbers.iter().enumerate() {
            if let Some(cell) = &number.cell {
                let first = *cells.entry(cell).or_insert(at);
                join(&mut sets, first, at);
            }
        }
        for group in same {
            for pair in group.windows(2) {
                join(&mut sets, pair[0], pair[1]);
            }
        }
        let of: Vec<usize> = (0..sets.len()).map(|at| root(&mut sets, at)).collect();
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, set) in of.iter().enumerate() {
            members.entry(*set).or_default().push(at);
        }
        Self { of, members }
    }

    /// All that speak of the same thing as the one at this place, itself too.
    pub(super) fn with(&self, at: usize) -> &[usize] {
        self.members.get(&self.of[at]).map(Vec::as_slice).unwrap_or_default()
    }
}

fn root(sets: &mut [usize], mut at: usize) -> usize {
    while sets[at] != at {
        sets[at] = sets[sets[at]];
        at = sets[at];
    }
    at
}

fn join(sets: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(sets, one), root(sets, other));
    // The earlier one stands for both.
    sets[one.max(other)] = one.min(other);
}
