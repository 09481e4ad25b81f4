//! Sums over the choices taken, such as the total of the self-check.

use crate::{Answers, Form, Label, Question};

/// A sum the form asks for. What each choice counts is in [`Question::points`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Unique among the scores of the form.
    pub code: String,
    /// What the sum is called.
    pub label: Label,
    /// The codes of the questions that count, in form order. Each is a single choice with points for every choice.
    pub questions: Vec<String>,
}

/// A score over the answers of one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The points of the choices taken.
    pub points: i64,
    /// What the worst choices everywhere would come to.
    pub min: i64,
    /// What the best choices everywhere would come to.
    pub max: i64,
    /// How many of its questions have no answer; they count nothing. Compare whole sums only.
    pub unanswered: usize,
}

impl Form {
    /// The score of this code over answers in normal form; nothing when the form has no such score.
    pub fn sum(&self, score: &str, answers: &Answers) -> Option<Sum> {
        let score = self.scores.iter().find(|known| known.code == score)?;
        let questions = || score.questions.iter().filter_map(|code| self.question(code));
        let points = |question: &Question| question.points.get(answers.get(&question.code)?.text()?).copied();
        let given: Vec<Option<i64>> = questions().map(points).collect();
        Some(Sum {
            points: given.iter().flatten().sum(),
            min: questions().filter_map(|question| question.points.values().min()).sum(),
            max: questions().filter_map(|question| question.points.values().max()).sum(),
            unanswered: given.iter().filter(|points| points.is_none()).count(),
        })
    }
}
