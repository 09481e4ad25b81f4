//! What is to be assigned: requests, experts, feasible pairs, and what the operator has settled already.

/// The most requests of one problem.
pub const MAX_REQUESTS: usize = 100_000;
/// The most experts of one problem.
pub const MAX_EXPERTS: usize = 1_000_000;
/// The most feasible pairs of one problem.
pub const MAX_PAIRS: usize = 10_000_000;
/// The best score of a pair; the worst is 0.
pub const MAX_SCORE: u32 = 1_000_000;
/// The most an expert can take, and the most work one can have had.
pub const MAX_WORK: u32 = 1_000_000;

/// One batch. Every list is a set: its order never changes the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// All open requests, at most [`MAX_REQUESTS`].
    pub requests: Vec<Request>,
    /// All experts who may be proposed, at most [`MAX_EXPERTS`].
    pub experts: Vec<Expert>,
    /// The pairs that meet every hard condition, at most [`MAX_PAIRS`], each once.
    pub pairs: Vec<Pair>,
    /// Pairs that stay whatever the rest is worth: accepted ones. Each is one of `pairs`, at most one for a request.
    pub fixed: Vec<Link>,
    /// Pairs that may not be, feasible or not: declined ones, or barred by the operator.
    pub forbidden: Vec<Link>,
    /// How many requests may be served where.
    pub quotas: Vec<Quota>,
    /// The proposals that are out, at most one for a request. Among the best assignments, the one that changes fewest
    /// of them is taken. One that is not feasible any more, or forbidden, counts as changed.
    pub current: Vec<Link>,
}

/// A company's request that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Its stable id, not empty.
    pub id: String,
    /// The region a [`Scope::Region`] counts it under.
    pub region: Option<String>,
    /// The programme a [`Scope::Programme`] counts it under.
    pub programme: Option<String>,
}

/// Somebody who can be proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expert {
    /// The stable id, not empty.
    pub id: String,
    /// How many requests of this batch, fixed ones among them, the expert can take: 0 to [`MAX_WORK`].
    pub capacity: u32,
    /// Work already had, in the same unit, outside this batch: 0 to [`MAX_WORK`]. Only the even spread looks at it.
    pub load: u32,
}

/// An expert who could serve a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// The request's id.
    pub request: String,
    /// The expert's id.
    pub expert: String,
    /// How well they fit: 0 to [`MAX_SCORE`].
    pub score: u32,
}

/// A request and an expert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    /// The request's id.
    pub request: String,
    /// The expert's id.
    pub expert: String,
}

impl Link {
    /// A link of these two ids.
    pub fn new(request: impl Into<String>, expert: impl Into<String>) -> Self {
        Self { request: request.into(), expert: expert.into() }
    }
}

/// At most so many of a scope's requests are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Which requests count.
    pub scope: Scope,
    /// How many may be served, fixed ones among them.
    pub at_most: u32,
}

/// The requests a quota counts. Any two scopes with quotas are either apart or one within the other, by the requests
/// they hold; otherwise the problem would be no flow any more, and its exact answer out of reach.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// All of a programme.
    Programme(String),
    /// All of a region, whatever their programme.
    Region(String),
    /// Those of a programme in one region.
    ProgrammeInRegion {
        /// The programme.
        programme: String,
        /// The region.
        region: String,
    },
}

impl std::fmt::Display for Scope {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Programme(programme) => write!(formatter, "programme {programme}"),
            Self::Region(region) => write!(formatter, "region {region}"),
            Self::ProgrammeInRegion { programme, region } => write!(formatter, "programme {programme} in {region}"),
        }
    }
}
