//! Answers to a form as they are kept: which of those to the same thing count.

use contract::engagement::v1::{AnswersFacts, CompanySnapshot, Region, Side};
use contract::survey::v1::Answer;

use super::fault::Fault;
use super::filled::{Fields, Filled};
use super::forms::{About, Rule};
use super::{Moment, Reason, Refused, wire};

/// What a form is answered about, as it stands now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// `cases/<id>`, `companies/<id>`, …
    pub name: String,
    /// The visit of a case; 0 for none.
    pub visit: i32,
    /// The state of it in lower case; empty where it has none.
    pub state: String,
    /// Its programme; may be empty.
    pub programme: String,
    /// Where; absent when unknown.
    pub region: Option<Region>,
    /// The company concerned.
    pub company: Option<CompanySnapshot>,
    /// The expert concerned: `experts/<id>`; empty for none.
    pub expert: String,
    /// The theme of the case.
    pub theme: String,
    /// The experts and bodies that have to do with it, pair by pair; either may be empty.
    pub reached_by: Vec<(String, String)>,
    /// What its forms need not ask.
    pub known: Fields,
}

impl Subject {
    /// Whether its state allows an answer.
    ///
    /// # Errors
    /// [`Refused::NotNow`].
    pub fn takes(&self, rule: &Rule) -> Result<(), Refused> {
        if rule.states.is_empty() || rule.states.contains(&self.state) {
            return Ok(());
        }
        Err(Refused::NotNow { state: self.state.clone(), allowed: rule.states.clone() })
    }
}

/// Answers as they are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answered {
    /// What is not confidential.
    pub facts: AnswersFacts,
    /// Answers that identify somebody, and free text.
    pub confidential: Vec<Answer>,
}

/// What has one counting answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is about.
    pub subject: String,
    /// The visit.
    pub visit: i32,
    /// The programme of an expert's answers.
    pub scope: String,
    /// The form in all its versions.
    pub form: String,
    /// Who answered.
    pub side: Side,
}

impl Place {
    /// Where answers to this form about this subject stand.
    pub fn of(subject: &Subject, rule: &Rule) -> Self {
        Self {
            subject: subject.name.clone(),
            visit: subject.visit,
            scope: if rule.about == About::Expert { subject.programme.clone() } else { String::new() },
            form: rule.form.clone(),
            side: rule.side(),
        }
    }
}

impl Answered {
    /// Answers handed in now.
    pub fn new(id: &str, subject: &Subject, filled: &Filled, on_behalf: bool, at: &Moment<'_>) -> Self {
        let facts = AnswersFacts {
            answers_id: id.to_owned(),
            form: format!("forms/{}", filled.form.version),
            subject: subject.name.clone(),
            visit: subject.visit,
            side: filled.rule.side().into(),
            programme: subject.programme.clone(),
            region: subject.region.clone(),
            company: subject.company.clone(),
            expert: subject.expert.clone(),
            theme: subject.theme.clone(),
            answers: filled.part(false),
            scores: filled.scores(),
            counts: true,
            time: Some(wire(at.now)),
            actor: at.actor.to_owned(),
            on_behalf,
        };
        Self { facts, confidential: filled.part(true) }
    }

    /// Whether both answer the same form in the same way, whoever handed it in and when.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.facts.form == other.facts.form
            && self.facts.answers == other.facts.answers
            && self.confidential == other.confidential
    }

    /// The same, once later answers count in its stead.
    #[must_use]
    pub fn superseded(self) -> Self {
        Self { facts: AnswersFacts { counts: false, ..self.facts }, ..self }
    }
}

/// What is wrong with the visit, when a form is about one and none is named, or the reverse.
pub fn visit_fault(rule: &Rule, visit: i32) -> Option<Fault> {
    match (rule.about == About::Visit, visit) {
        (true, ..=0) => Some(Fault::new("visit", Reason::Required)),
        (false, 1.. | ..=-1) => Some(Fault::new("visit", Reason::NotHere)),
        _ => None,
    }
}
