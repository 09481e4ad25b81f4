//! What is said of one expert for one request.

use kit_vocabulary::Words;

use super::asked::Asked;
use super::codes::{Place, Themes};
use super::condition::{Condition, Conditions};
use super::facts::Facts;
use super::plan::Plan;
use super::policy::Policy;
use super::reason::{Points, Reason};

/// An expert who meets all hard conditions of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The expert's id.
    pub expert: String,
    /// 0 to 1,000,000: the sum of the points.
    pub score: i64,
    /// What it is made of.
    pub points: Points,
    /// The theme it is for: the one the expert scores best in where one of several will do, the first where all must be
    /// covered, none where none was asked.
    pub theme: Option<Place<Themes>>,
}

/// A reason with its points, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The reason.
    pub reason: Reason,
    /// Its points, none of them negative.
    pub points: i64,
    /// The most points the policy gives for it.
    pub most: i64,
    /// What they are for.
    pub words: Words,
}

/// A failed condition, in words that say what would have been needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The condition.
    pub condition: Condition,
    /// What is and what was needed.
    pub words: Words,
}

/// What is said of an expert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Can be proposed.
    Candidate {
        /// How well.
        candidate: Candidate,
        /// Why: every reason that counts for the request, also without points, in a fixed order; they sum to the score.
        reasons: Vec<Told>,
    },
    /// Cannot be proposed.
    Failed(Vec<Failure>),
}

/// Judges an expert for a request.
pub fn judge(asked: &Asked, facts: &Facts, policy: &Policy) -> Verdict {
    Plan::new(asked, policy).verdict(facts)
}

impl Plan<'_> {
    /// The score of an expert, without words.
    ///
    /// # Errors
    /// Every failed condition.
    pub fn score(&self, facts: &Facts) -> Result<i64, Conditions> {
        let failed = self.failed(facts);
        if failed.is_empty() { Ok(self.points(facts).total()) } else { Err(failed) }
    }

    /// Everything there is to say of an expert.
    pub fn verdict(&self, facts: &Facts) -> Verdict {
        match self.candidate(facts) {
            Some(candidate) => Verdict::Candidate { candidate, reasons: self.reasons(facts) },
            None => Verdict::Failed(self.failures(facts)),
        }
    }
}
