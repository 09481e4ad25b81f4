//! What is wrong with a problem, and where.

use super::problem::Scope;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    pub what: What,
}

/// The list of the [`Problem`](super::Problem), and the place in it, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `requests[…]`
    Request(usize),
    /// `experts[…]`
    Expert(usize),
    /// `pairs[…]`
    Pair(usize),
    /// `fixed[…]`
    Fixed(usize),
    /// `forbidden[…]`
    Forbidden(usize),
    /// `quotas[…]`
    Quota(usize),
    /// `current[…]`
    Current(usize),
    /// The problem as a whole, or the arguments of a change to a [`State`](super::State).
    Whole,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(at) => write!(formatter, "requests[{at}]"),
            Self::Expert(at) => write!(formatter, "experts[{at}]"),
            Self::Pair(at) => write!(formatter, "pairs[{at}]"),
            Self::Fixed(at) => write!(formatter, "fixed[{at}]"),
            Self::Forbidden(at) => write!(formatter, "forbidden[{at}]"),
            Self::Quota(at) => write!(formatter, "quotas[{at}]"),
            Self::Current(at) => write!(formatter, "current[{at}]"),
            Self::Whole => write!(formatter, "problem"),
        }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum What {
    #[error("an id is empty")]
    EmptyId,
    #[error("the id {id} stands at {first} already")]
    RepeatedId { id: String, first: Place },
    #[error("no request {id}")]
    UnknownRequest { id: String },
    #[error("no expert {id}")]
    UnknownExpert { id: String },
    #[error("{count} of them, at most {limit}")]
    TooMany { count: usize, limit: usize },
    #[error("a score of {score}, at most {limit}")]
    ScoreTooHigh { score: u32, limit: u32 },
    #[error("a capacity or load of {work}, at most {limit}")]
    TooMuchWork { work: u32, limit: u32 },
    #[error("request {request} and expert {expert} stand at {first} already")]
    RepeatedPair { request: String, expert: String, first: Place },
    #[error("request {request} and expert {expert} are fixed, and forbidden at {forbidden}")]
    FixedAndForbidden { request: String, expert: String, forbidden: Place },
    #[error("request {request} is fixed to {expert}, and to {other} at {first}")]
    FixedTwice { request: String, expert: String, other: String, first: Place },
    #[error("request {request} and expert {expert} are fixed, but not a feasible pair")]
    FixedNotFeasible { request: String, expert: String },
    #[error("expert {expert} has {fixed} fixed requests and a capacity of {capacity}")]
    FixedBeyondCapacity { expert: String, fixed: u32, capacity: u32 },
    #[error("at most {at_most} requests of {scope} may be served, and {fixed} are fixed")]
    FixedBeyondQuota { scope: Scope, fixed: u32, at_most: u32 },
    #[error("request {request} is proposed to {expert}, and to {other} at {first}")]
    ProposedTwice { request: String, expert: String, other: String, first: Place },
    #[error("{scope} has a quota at {first} already")]
    RepeatedQuota { scope: Scope, first: Place },
    #[error("{one} and {other} share requests, and neither lies within the other")]
    QuotasCross { one: Scope, other: Scope },
    #[error("request {request} is fixed")]
    IsFixed { request: String },
    #[error("request {request} is not fixed")]
    NotFixed { request: String },
    #[error("request {request} and expert {expert} are no feasible pair")]
    NotFeasible { request: String, expert: String },
}
