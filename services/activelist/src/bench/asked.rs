//! What is asked: a menu, and what people add to it.

use kit_vocabulary::{self as lists, List};
use search::domain::text::normalise;

use crate::generate::{Chance, People};

/// Hits of an answer.
pub(super) const PAGE: usize = 20;
/// Facets whose values are counted, each without its own condition, in the order of an [`Answer`]'s counts.
pub(super) const COUNTED: [Counted; 4] = [Counted::Prefectures, Counted::Industries, Counted::Fees, Counted::Formats];
/// The day of the rotation, 2024-04-01, as days since 1970-01-01.
const DAY: u64 = 19_814;

/// A facet whose values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Prefectures served.
    Prefectures,
    /// Industries.
    Industries,
    /// Bands of the fee.
    Fees,
    /// Formats of support.
    Formats,
}

impl Counted {
    /// Its codes.
    pub(super) fn list(self) -> &'static List {
        match self {
            Self::Prefectures => lists::prefectures(),
            Self::Industries => lists::expert_industries(),
            Self::Fees => lists::fees(),
            Self::Formats => lists::formats(),
        }
    }
}

/// A query. Values are places in their code lists; those of one condition are ORed, none is no condition.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// 0 to 7.
    pub(super) menu: usize,
    /// Conditions on the facets of [`COUNTED`].
    pub(super) counted: [Vec<usize>; 4],
    /// Condition on durations.
    pub(super) durations: Vec<usize>,
    /// A phrase of 2 to 8 characters, normalised, that stands in somebody's texts.
    pub(super) phrase: Option<String>,
    /// Seed of the order among equals.
    pub(super) seed: u64,
}

/// An answer: everything that every engine has to find out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// How many.
    pub(super) total: u32,
    /// The first [`PAGE`] in order, by number.
    pub(super) first: Vec<u64>,
    /// Counts per value, in the order of [`COUNTED`].
    pub(super) counts: [Vec<u32>; 4],
}

/// Queries about people: 1 menu; 0 to 3 prefectures; 0 to 2 industries; with chance ½ a fee ceiling; ⅓ one or two
/// durations; ⅓ a format; in every fourth a phrase cut out of somebody's texts.
pub(super) fn queries(people: &People, seed: u64, count: usize) -> Vec<Asked> {
    let chance = &mut Chance::nth(seed, u64::MAX);
    let residents: Vec<usize> = (0..1_000.min(people.len())).map(|n| home(people, n)).collect();
    (0..count).map(|at| query(people, &residents, chance, at % 4 == 3)).collect()
}

/// Prefectures are asked for as often as people live there.
fn home(people: &People, n: u64) -> usize {
    let person = people.person(n);
    lists::prefectures().position(&person.residence.code).unwrap_or_default()
}

fn query(people: &People, residents: &[usize], chance: &mut Chance, with_phrase: bool) -> Asked {
    let menu = chance.below(8);
    let prefectures = (0..chance.below(4)).map(|_| residents[chance.below(residents.len())]).collect();
    let industries = (0..chance.below(3)).map(|_| chance.below(14)).collect();
    let fees = if chance.below(2) == 0 { (0..=chance.below(4)).collect() } else { Vec::new() };
    let durations =
        if chance.below(3) == 0 { (0..=chance.below(2)).map(|_| chance.below(5)).collect() } else { Vec::new() };
    let formats = if chance.below(3) == 0 { vec![chance.below(6)] } else { Vec::new() };
    let phrase = with_phrase.then(|| phrase(people, chance));
    let counted = [prefectures, industries, fees, formats].map(each_once);
    Asked { menu, counted, durations: each_once(durations), phrase, seed: DAY }
}

fn each_once(mut values: Vec<usize>) -> Vec<usize> {
    values.sort_unstable();
    values.dedup();
    values
}

fn phrase(people: &People, chance: &mut Chance) -> String {
    loop {
        let person = people.person(chance.below(people.len() as usize) as u64);
        // Out of the self-introduction one time in five.
        let text = normalise(&person.texts()[usize::from(chance.below(5) > 0)]);
        let characters: Vec<char> = text.chars().collect();
        let length = chance.between(2, 8).min(characters.len());
        let start = chance.below(characters.len() + 1 - length);
        let cut = &characters[start..start + length];
        if length >= 2 && !cut.iter().any(|c| c.is_whitespace()) {
            return cut.iter().collect();
        }
    }
}
