//! Scoring: from the 34 skill answers to the marks ◎ and ○ per area and menu (report 2.4.2 (7), figures 2-109 to 2-111).
//!
//! [`rate`] scores one response and explains itself; [`score_columns`] gives the same marks for many at once.

mod answers;
mod columns;
mod rating;
mod reason;

pub use answers::{AnswerError, AnswerFault, AnswerProblem, HIGHEST_ANSWER, SKILL_ITEMS, SkillAnswers};
pub use columns::{ColumnMarks, Columns, score_columns, score_columns_into};
pub use rating::{AreaRating, AuditEvidence, Mark, MenuBasis, MenuRating, Rating, SubItemRating, rate};
pub use reason::Reason;

pub(crate) use rating::{area_mark, audit_qualification, rate_audited};
