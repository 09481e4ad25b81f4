//! Counts that are not written yet. A search adds to them and waits for nobody but another search that adds at the same
//! moment to the same sixteenth of the experts.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};

use crate::domain::exposure::Counts;

/// Counts by day in Japan and expert.
pub(crate) type Days = BTreeMap<i64, HashMap<Box<str>, Counts>>;

/// Counts that are added to from many threads. Memory goes with the number of experts seen since the last
/// [`Counters::take`], and with that of the days, should the database be away for longer.
#[derive(Default)]
pub(super) struct Counters {
    parts: [Mutex<Days>; 16],
    hash: RandomState,
}

impl Counters {
    pub(super) fn add(&self, day: i64, expert: &str, counts: Counts) {
        let part = self.hash.hash_one(expert) as usize % self.parts.len();
        let mut days = self.parts[part].lock().unwrap_or_else(PoisonError::into_inner);
        add(&mut days, day, expert, counts);
    }

    /// Everything added since it was taken last.
    pub(super) fn take(&self) -> Days {
        let mut all = Days::new();
        for part in &self.parts {
            let days = std::mem::take(&mut *part.lock().unwrap_or_else(PoisonError::into_inner));
            for (day, experts) in days {
                // An expert is in one part only.
                all.entry(day).or_default().extend(experts);
            }
        }
        all
    }
}

/// Adds to one expert's counts of a day.
pub(super) fn add(days: &mut Days, day: i64, expert: &str, counts: Counts) {
    let experts = days.entry(day).or_default();
    match experts.get_mut(expert) {
        Some(known) => *known += counts,
        None => drop(experts.insert(expert.into(), counts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_or_counted_twice_while_it_is_taken() {
        let counters = Counters::default();
        let mut sums: HashMap<(i64, Box<str>), Counts> = HashMap::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for turn in 0..4_000 {
                        counters.add(turn % 2, &format!("e{}", turn % 40), Counts::on_page(turn % 4 == 0));
                    }
                });
            }
            for _ in 0..50 {
                gather(&mut sums, counters.take());
            }
        });
        gather(&mut sums, counters.take());
        // 40 experts, each always on the same day and page: 4 threads × 100 turns.
        assert_eq!(sums.len(), 40);
        for ((day, expert), counts) in sums {
            let number: i64 = expert[1..].parse().unwrap();
            let first = if number % 4 == 0 { 400 } else { 0 };
            assert_eq!((day, counts.shown, counts.shown_first), (number % 2, 400, first), "{expert}");
        }
        assert_eq!(counters.take(), Days::new());
    }

    fn gather(sums: &mut HashMap<(i64, Box<str>), Counts>, days: Days) {
        for (day, experts) in days {
            for (expert, counts) in experts {
                *sums.entry((day, expert)).or_default() += counts;
            }
        }
    }
}
