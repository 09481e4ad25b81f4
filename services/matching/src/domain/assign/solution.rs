//! What comes out.

use super::problem::Scope;

/// The best assignment, and why it serves no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    /// Who serves whom, by request id.
    pub pairs: Vec<Assigned>,
    /// Who is not served, by request id.
    pub unserved: Vec<Unserved>,
    /// Where there are more requests than places, in the order of their first expert's id.
    pub shortages: Vec<Shortage>,
    /// What it is worth.
    pub totals: Totals,
}

impl Solution {
    /// The pairs of one expert, by request id. Time: all pairs.
    pub fn of_expert(&self, expert: &str) -> impl Iterator<Item = &Assigned> {
        self.pairs.iter().filter(move |pair| pair.expert == expert)
    }
}

/// The levels, the first deciding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests served: as many as possible.
    pub served: u64,
    /// Sum of their pairs' scores: as high as possible.
    pub score: u64,
    /// Sum over all experts of (load + assigned)²: as low as possible, which is as even as possible.
    pub spread: u64,
    /// Proposals of [`Problem::current`](super::Problem::current) that are no pair any more: as few as possible.
    pub changed: u64,
}

/// A pair of the assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The request's id.
    pub request: String,
    /// The expert's id.
    pub expert: String,
    /// The pair's score.
    pub score: u32,
    /// It was one of the fixed pairs.
    pub fixed: bool,
    /// It was one of the proposals that were out.
    pub kept: bool,
}

/// A request that is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// Its id.
    pub request: String,
    /// Why.
    pub reason: Reason,
}

/// What keeps a request unserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody meets the hard conditions.
    NoPair,
    /// Some do, and all of these pairs are forbidden: by expert id.
    AllForbidden(Vec<String>),
    /// Too few places, or a quota, or both.
    Full {
        /// The quotas that are used up and count this request, the innermost first; raising one is of no use without
        /// the others.
        quotas: Vec<Scope>,
        /// Which of [`Solution::shortages`] it belongs to; none where only the quotas are in the way.
        shortage: Option<usize>,
        /// Those who could serve it but are full, by id. With whom, says [`Solution::of_expert`].
        experts: Vec<String>,
    },
}

/// Requests that can be served by no others than these experts, and are more than these can take (a set that violates
/// Hall's condition): somebody of it stays unserved, whoever that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shortage {
    /// The experts, all full, by id.
    pub experts: Vec<String>,
    /// Those who compete for them, served and unserved, by id.
    pub requests: Vec<String>,
    /// How many of them the experts have room for. Requests that are fixed, and their places, are left out on both
    /// sides.
    pub places: u64,
}

/// What a change of a [`State`](super::State) did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Whoever has another expert than before, or one or none now, by request id. A request that was withdrawn is not
    /// among them.
    pub moved: Vec<Moved>,
    /// What the assignment is worth now; `changed` counts proposals from before this change, without a withdrawn one.
    pub totals: Totals,
}

/// A request that has another expert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The request's id.
    pub request: String,
    /// Who was proposed; none when it was not served.
    pub from: Option<String>,
    /// Who is proposed now; none when it is not served.
    pub to: Option<String>,
}
