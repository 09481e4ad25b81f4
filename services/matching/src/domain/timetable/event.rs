//! What there is to plan: rounds, booths, experts, applicants, and what is settled already.

use std::collections::{BTreeMap, BTreeSet};

use kit_clock::Timestamp;

/// A day of consultations. Rounds and booths are known by their place in their lists, counted from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// In the order of the day, without overlap; at most [`Event::MAX_ROUNDS`].
    pub rounds: Vec<Round>,
    /// Names of the booths, as on their signs; at most [`Event::MAX_BOOTHS`].
    pub booths: Vec<String>,
    /// The experts there, in any order; at most [`Event::MAX_EXPERTS`].
    pub experts: Vec<Present>,
    /// The companies that want a consultation, in any order; at most [`Event::MAX_COMPANIES`].
    pub companies: Vec<Applicant>,
    /// Seats that may not change: held already, or promised.
    pub fixed: Vec<Fixed>,
    /// Pairs that may not meet, beside those without a score.
    pub forbidden: Vec<Pair>,
}

impl Event {
    /// Rounds of an event: a day of five-minute rounds does not reach it.
    pub const MAX_ROUNDS: usize = 32;
    /// Booths of an event.
    pub const MAX_BOOTHS: usize = 100;
    /// Experts of an event.
    pub const MAX_EXPERTS: usize = 100;
    /// Companies of an event; the largest of 2024 had 23 consultations.
    pub const MAX_COMPANIES: usize = 500;
    /// Bound of a score, either way.
    pub const MAX_SCORE: i64 = 1_000_000_000_000;
}

/// One round: every consultation in it begins and ends together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; after the start, and no later than the next round's start.
    pub end: Timestamp,
}

/// An expert who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// The expert's id.
    pub expert: String,
    /// Places of the rounds in which the expert is there; all when not said.
    pub rounds: Option<BTreeSet<usize>>,
    /// The name of the booth that is the expert's for the whole event, if one is.
    pub booth: Option<String>,
    /// Companies the expert should see at least.
    pub min: u32,
    /// Companies the expert sees at most.
    pub max: u32,
}

impl Present {
    /// Companies an expert sees at least, unless said otherwise (the study: 2 or 3).
    pub const MIN: u32 = 2;
    /// Companies an expert sees at most, unless said otherwise.
    pub const MAX: u32 = 3;

    /// There in every round, at any booth, for 2 or 3 companies.
    pub fn new(expert: impl Into<String>) -> Self {
        Self { expert: expert.into(), rounds: None, booth: None, min: Self::MIN, max: Self::MAX }
    }
}

/// A company that wants a consultation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// The id of the company, or of its application.
    pub company: String,
    /// Earlier applications have lower numbers; any numbers, equals go by id.
    pub order: u64,
    /// Places of the rounds to which the company can come; all when not said.
    pub rounds: Option<BTreeSet<usize>>,
    /// How well each expert fits by field of expertise, higher is better. An expert who is not named cannot see the
    /// company, such as for a conflict of interest.
    pub scores: BTreeMap<String, i64>,
}

/// A seat that may not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The round's place.
    pub round: usize,
    /// The expert's id.
    pub expert: String,
    /// The company's id.
    pub company: String,
}

/// An expert and a company.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The expert's id.
    pub expert: String,
    /// The company's id.
    pub company: String,
}

/// Rounds as a set of bits, the first round lowest.
pub(super) fn mask(rounds: Option<&BTreeSet<usize>>, count: usize) -> u64 {
    let all = (1_u64 << count.min(Event::MAX_ROUNDS)) - 1;
    rounds.map_or(all, |rounds| rounds.iter().filter(|round| **round < count).map(|round| 1_u64 << round).sum())
}

/// The places of the rounds in a set of bits.
pub(super) fn rounds_in(mask: u64) -> impl Iterator<Item = usize> {
    (0..Event::MAX_ROUNDS).filter(move |round| mask >> round & 1 == 1)
}
