//! Who can help with a request, how well, and why.
//!
//! Facts of an expert and of a request come in as plain values; a [`Policy`] says what counts how much. An expert either
//! breaks hard conditions ([`Condition`]), each told with what would have been needed, or is a [`Candidate`] with a score that
//! is the sum of the reasons shown. Nothing here asks a clock, a database or chance: same input, same output, in any order.

mod asked;
mod codes;
mod condition;
mod facts;
mod plan;
pub mod policy;
mod rank;
mod reason;
mod score;
mod verdict;
mod words;

pub use asked::{Asked, Payer};
pub use codes::{
    Bodies, Codes, CompanyIndustries, CompanySizes, Counts, Durations, Experience, ExpertIndustries, Fees, Formats,
    Guidelines, Kind, MenuItems, Menus, Place, Prefectures, Qualifications, SecurityRoles, SkillItems, Themes, Unknown,
};
pub use condition::{Condition, Conditions};
pub use facts::{Conflict, ConflictKind, Facts, MENUS, Mark, Outcomes, Record, Work};
pub use plan::Plan;
pub use policy::Policy;
pub use rank::rank;
pub use reason::{Points, Reason};
pub use verdict::{Candidate, Failure, Told, Verdict, judge};
