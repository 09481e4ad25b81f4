//! Who can help with a request, how well, and why.
//!
//! Facts of an expert and of a request come in as plain values; a [`Policy`] says what counts how much. An expert either
//! breaks hard conditions ([`Condition`]), each told with what would have been needed, or is a [`Candidate`] with a score that
//! is the sum of the reasons shown. Nothing here asks a clock, a database or chance: same input, same output, in any order.

mod asked;
mod codes;
mod condition;
mod desert;
mod facts;
mod fairness;
mod plan;
pub mod policy;
mod rank;
mod reason;
mod score;
mod team;
mod verdict;
mod why_not;
mod words;

pub use asked::{Asked, Payer};
pub use codes::{
    Bodies, Codes, CompanyIndustries, CompanySizes, Counts, Durations, Experience, ExpertIndustries, Fees, Formats,
    Guidelines, Kind, MenuItems, Menus, Place, Prefectures, Qualifications, SecurityRoles, SkillItems, Themes, Unknown,
};
pub use condition::{Condition, Conditions};
pub use desert::{Cause, Desert, Diagnosis, Tally, Unserved, desert};
pub use facts::{Conflict, ConflictKind, Facts, MENUS, Mark, Outcomes, Record, Work};
pub use fairness::{Change, Fairness, Load, Spread, fairness};
pub use plan::Plan;
pub use policy::Policy;
pub use rank::rank;
pub use reason::{Points, Reason};
pub use team::{Member, Need, NoTeam, TEAM_AT_MOST, TRIES_AT_MOST, Team, team};
pub use verdict::{Candidate, Failure, Told, Verdict, judge};
pub use why_not::{Ahead, Standing, WhyNot, why_not};
