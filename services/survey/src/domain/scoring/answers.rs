//! The skill part of a response: 34 answers, or none at all.

use std::fmt;

/// The highest answer: can do it alone. The scale runs 0 no knowledge, 1 basics, 2 with support, 3 alone.
pub const HIGHEST_ANSWER: u8 = 3;

/// The codes of the skill questions in the order of the form (report 4.3).
pub const SKILL_ITEMS: [&str; 34] = [
    "S1a1", "S1a2", "S1a3", "S1a4", "S1a5", "S1b1", "S1b2", "S1c1", "S1c2", // policy and organisation
    "S2a1", "S2a2", "S2b1", "S2b2", "S2c1", "S2c2", // identification of risks
    "S3a1", "S3b1", "S3b2", "S3b3", "S3c1", // practice and operation
    "S4a1", "S4b1", "S4b2", "S4b3", "S4c1", // detection and monitoring
    "S5a1", "S5a2", "S5a3", "S5a4", // response
    "S6a1", "S6a2", "S6a3", "S6a4", "S6a5", // recovery
];

/// The answers to [`SKILL_ITEMS`], each 0 to [`HIGHEST_ANSWER`]; or nothing where the whole part was left empty, which
/// is not the same as answering 0 throughout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SkillAnswers(Option<[u8; SKILL_ITEMS.len()]>);

/// What is wrong with one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerProblem {
    /// Not answered although other skill questions were.
    Missing,
    /// Not from 0 to [`HIGHEST_ANSWER`]; holds what was found.
    OutOfRange(i64),
}

/// A skill question and what is wrong with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerFault {
    /// The question's code.
    pub item: &'static str,
    /// What is wrong.
    pub problem: AnswerProblem,
}

/// Why a skill part cannot be scored: every fault, at least one, in the order of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerError {
    /// The faults.
    pub faults: Vec<AnswerFault>,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the skill part cannot be scored")?;
        self.faults.iter().try_for_each(|fault| match fault.problem {
            AnswerProblem::Missing => write!(f, "; {} is not answered", fault.item),
            AnswerProblem::OutOfRange(found) => {
                write!(f, "; {} must be from 0 to {HIGHEST_ANSWER}, found {found}", fault.item)
            }
        })
    }
}

impl std::error::Error for AnswerError {}

impl SkillAnswers {
    /// A skill part that was left empty.
    pub const UNANSWERED: Self = Self(None);

    /// Asks `lookup` for the answer to each code of [`SKILL_ITEMS`]; no answer to any of them is an empty skill part.
    ///
    /// # Errors
    /// Some answers are missing while others are there, or an answer is out of range: all faults at once.
    pub fn from_fn(lookup: impl FnMut(&str) -> Option<i64>) -> Result<Self, AnswerError> {
        let found = SKILL_ITEMS.map(lookup);
        if found.iter().all(Option::is_none) {
            return Ok(Self::UNANSWERED);
        }
        let mut values = [0; SKILL_ITEMS.len()];
        let mut faults = Vec::new();
        for ((item, answer), value) in SKILL_ITEMS.into_iter().zip(found).zip(&mut values) {
            match answer.map(|answer| (answer, u8::try_from(answer))) {
                Some((_, Ok(fits))) if fits <= HIGHEST_ANSWER => *value = fits,
                Some((answer, _)) => faults.push(AnswerFault { item, problem: AnswerProblem::OutOfRange(answer) }),
                None => faults.push(AnswerFault { item, problem: AnswerProblem::Missing }),
            }
        }
        if faults.is_empty() { Ok(Self(Some(values))) } else { Err(AnswerError { faults }) }
    }

    /// The answers in the order of [`SKILL_ITEMS`]; `None` where the part was left empty.
    pub fn values(&self) -> Option<&[u8; SKILL_ITEMS.len()]> {
        self.0.as_ref()
    }

    /// The codes of the items that can be done with support or alone: answers 2 and 3.
    pub fn can(&self) -> impl Iterator<Item = &'static str> {
        let values = self.0.into_iter().flatten();
        SKILL_ITEMS.into_iter().zip(values).filter(|(_, answer)| *answer >= 2).map(|(item, _)| item)
    }
}

impl TryFrom<[u8; SKILL_ITEMS.len()]> for SkillAnswers {
    type Error = AnswerError;

    fn try_from(values: [u8; SKILL_ITEMS.len()]) -> Result<Self, AnswerError> {
        let mut values = values.into_iter();
        Self::from_fn(|_| values.next().map(i64::from))
    }
}
