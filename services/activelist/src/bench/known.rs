//! What every engine is given of a person, and both sides of a query as bit masks.

use kit_vocabulary::{self as lists, List};
use search::domain::Entry;
use search::domain::order::id_hash;
use search::domain::text::normalise;
use survey::domain::policy::Policy;

use super::asked::{Asked, COUNTED};
use crate::generate::Person;

/// A person as the engines get to know them.
pub(super) struct Known {
    /// From 0, in the order of the ids.
    pub(super) n: u64,
    /// What the search holds.
    pub(super) entry: Entry,
    /// What free text is looked for in, as it was written.
    pub(super) texts: Vec<String>,
}

impl Known {
    /// By a policy.
    pub(super) fn new(person: &Person, policy: &Policy) -> Self {
        let texts = person.texts().into_iter().filter(|text| !text.is_empty()).collect();
        Self { n: person.n, entry: person.entry(policy), texts }
    }

    /// The texts in the form in which they are compared.
    pub(super) fn normalised(&self) -> Vec<String> {
        self.texts.iter().map(|text| normalise(text)).collect()
    }

    /// What [`rotation`](search::domain::order::rotation) starts from.
    pub(super) fn id_hash(&self) -> u64 {
        id_hash(&self.entry.id)
    }

    /// Mark and points in a menu as one number, greatest first in the order; 0 for a blank mark.
    pub(super) fn standing(&self, menu: usize) -> u64 {
        let mark = self.entry.rating.menu_marks[menu] as u64;
        if mark == 0 { 0 } else { mark << 8 | u64::from(self.entry.rating.menu_points[menu]) }
    }

    /// The codes as masks.
    pub(super) fn masks(&self) -> Masks {
        let entry = &self.entry;
        let codes = [&entry.prefectures[..], &entry.industries, entry.fee.as_slice(), &entry.formats];
        let counted = std::array::from_fn(|at| mask(COUNTED[at].list(), codes[at]));
        Masks { counted, durations: mask(lists::durations(), &entry.durations) }
    }
}

/// Codes of a person or of a query, bit `n` for the `n`th of the list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Masks {
    /// In the order of [`COUNTED`].
    pub(super) counted: [u64; 4],
    /// Durations.
    pub(super) durations: u64,
}

impl Masks {
    /// Those of a query; no bits for no condition.
    pub(super) fn asked(asked: &Asked) -> Self {
        let bits = |values: &Vec<usize>| values.iter().fold(0, |mask, value| mask | 1 << value);
        Self { counted: asked.counted.each_ref().map(bits), durations: bits(&asked.durations) }
    }
}

fn mask(list: &List, codes: &[String]) -> u64 {
    codes.iter().filter_map(|code| list.position(code)).fold(0, |mask, place| mask | 1 << place)
}
