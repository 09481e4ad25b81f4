//! Checking a response against its form: every fault at once, in form order.

use std::collections::{BTreeMap, BTreeSet};

use kit_vocabulary::{Code, List, key};

use crate::{Answers, Fault, Form, Group, Kind, Label, Question, Reason, Value, When, text};

/// A message can hold any number of made-up questions; naming more of them helps nobody.
const UNKNOWN_QUESTIONS: usize = 100;

/// What came of checking a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The answers in normal form, without those that are faulty or hang on a faulty one. To be stored only when
    /// there are no faults. Checking them again changes nothing.
    pub answers: Answers,
    /// What bars the response, in form order, questions the form does not know last (at most 100 of them).
    pub faults: Vec<Fault>,
    /// What is missing but may be, in form order.
    pub warnings: Vec<Fault>,
}

impl Checked {
    /// Whether the response can be stored.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

/// What is known of a question's answer once it has been looked at.
enum State {
    Answered(Value),
    Unanswered,
    /// Given, but wrong; what depends on it can be neither asked for nor refused.
    Faulty,
}

/// Whether a question was put to the respondent.
enum Asked {
    Yes,
    No,
    Unknown,
}

impl Form {
    /// Checks a response and brings it into normal form: codes as the lists spell them, choices once each in list
    /// order, texts trimmed and in NFC, the registration number as six digits.
    pub fn check(&self, given: &Answers) -> Checked {
        let mut run = Run::default();
        for question in self.questions() {
            run.look_at(self, question, given.get(&question.code));
        }
        for group in &self.groups {
            run.look_at_group(self, group);
        }
        let place = |fault: &Fault| self.headings.position(&fault.question);
        run.faults.sort_by_key(place);
        run.warnings.sort_by_key(place);
        let unknown = given.keys().filter(|code| self.question(code).is_none());
        let unknown = unknown.take(UNKNOWN_QUESTIONS).map(|code| Fault::unknown_question(code));
        run.faults.extend(unknown);
        Checked { answers: run.answers(), faults: run.faults, warnings: run.warnings }
    }
}

#[derive(Default)]
struct Run<'a> {
    states: BTreeMap<&'a str, State>,
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

impl<'a> Run<'a> {
    fn look_at(&mut self, form: &Form, question: &'a Question, given: Option<&Value>) {
        let read = match given.filter(|value| !value.is_empty()) {
            Some(value) => normal(question, value).map(|value| Some(value).filter(|value| !value.is_empty())),
            None => Ok(None),
        };
        let state = match (read, self.asked(question.when.as_ref())) {
            (Ok(None), Asked::Yes) => {
                self.miss(question);
                State::Unanswered
            }
            (Ok(None), Asked::No | Asked::Unknown) => State::Unanswered,
            (Ok(Some(value)), Asked::Yes) => State::Answered(value),
            (Ok(Some(_)), Asked::Unknown) => State::Faulty,
            (Ok(Some(_)), Asked::No) => {
                self.faults.extend(not_asked(form, question));
                State::Faulty
            }
            (Err(faults), asked) => {
                self.faults.extend(faults);
                if matches!(asked, Asked::No) {
                    self.faults.extend(not_asked(form, question));
                }
                State::Faulty
            }
        };
        self.states.insert(&question.code, state);
    }

    // The loader has made sure that the other question comes first.
    fn asked(&self, when: Option<&When>) -> Asked {
        let Some(when) = when else {
            return Asked::Yes;
        };
        match self.states.get(when.question.as_str()) {
            Some(State::Answered(_)) if when.any_of.is_empty() => Asked::Yes,
            Some(State::Answered(value)) if when.any_of.iter().any(|code| value.holds(code)) => Asked::Yes,
            Some(State::Faulty) => Asked::Unknown,
            _ => Asked::No,
        }
    }

    fn miss(&mut self, question: &Question) {
        if question.required {
            self.faults.push(Fault::of(question, Reason::Required));
        } else if question.expected {
            self.warnings.push(Fault::of(question, Reason::Unanswered));
        }
    }

    fn look_at_group(&mut self, form: &Form, group: &Group) {
        let is_missing =
            |question: &&Question| matches!(self.states.get(question.code.as_str()), Some(State::Unanswered) | None);
        let (missing, there): (Vec<&Question>, Vec<&Question>) = form.members(&group.code).partition(is_missing);
        if there.is_empty() {
            let first = missing.first().filter(|question| group.expected && !question.required);
            let warning = first.map(|question| Fault::of(question, Reason::UnansweredGroup));
            self.warnings.extend(warning.map(|fault| fault.with("group", &group.label)));
        } else if group.all_or_none {
            let missing = missing.into_iter().filter(|question| !question.required);
            let faults = missing.map(|question| Fault::of(question, Reason::IncompleteGroup));
            self.faults.extend(faults.map(|fault| fault.with("group", &group.label)));
        }
    }

    fn answers(&mut self) -> Answers {
        let states = std::mem::take(&mut self.states);
        let answered = states.into_iter().filter_map(|(code, state)| match state {
            State::Answered(value) => Some((code.to_owned(), value)),
            State::Unanswered | State::Faulty => None,
        });
        answered.collect()
    }
}

fn not_asked(form: &Form, question: &Question) -> Option<Fault> {
    let condition = form.question(&question.when.as_ref()?.question)?;
    Some(Fault::of(question, Reason::NotAsked).with("condition", &condition.label))
}

fn normal(question: &Question, given: &Value) -> Result<Value, Vec<Fault>> {
    match (&question.kind, given) {
        (Kind::Single { choices }, Value::Choice(code)) => match by_code(choices, code) {
            Some(found) => Ok(Value::Choice(found.code.clone())),
            None => Err(vec![unknown_code(question, code)]),
        },
        (Kind::Multiple { .. }, Value::Choices(codes)) => several(question, codes),
        (Kind::Number { min, max, .. }, Value::Number(number)) => {
            if (min..=max).contains(&number) {
                Ok(Value::Number(*number))
            } else {
                Err(vec![out_of_range(question, *min, *max, &number.to_string())])
            }
        }
        (Kind::Text { max_chars, lines, format }, Value::Text(given)) => {
            text::normal(question, given, *max_chars, *lines, *format).map(Value::Text)
        }
        _ => Err(vec![Fault::of(question, Reason::WrongKind)]),
    }
}

fn several(question: &Question, codes: &[String]) -> Result<Value, Vec<Fault>> {
    let Kind::Multiple { choices, max_choices, exclusive, all } = &question.kind else {
        return Err(vec![Fault::of(question, Reason::WrongKind)]);
    };
    let too_many = |max: usize, given: usize| {
        let fault = Fault::of(question, Reason::TooMany).with_number("max", max);
        vec![fault.hint(&given.to_string())]
    };
    let distinct: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
    let offered = choices.codes().len() + usize::from(all.is_some());
    // Some must be unknown; naming each would let a message grow its answer without bound.
    if distinct.len() > offered {
        return Err(too_many(max_choices.unwrap_or(offered), distinct.len()));
    }
    let mut taken = BTreeSet::new();
    let mut unknown = Vec::new();
    for code in distinct {
        if all.as_ref().is_some_and(|all| key(&all.code) == key(code)) {
            let others = choices.codes().iter().enumerate();
            taken.extend(others.filter(|(_, choice)| !exclusive.contains(&choice.code)).map(|(at, _)| at));
        } else if let Some(at) = by_code(choices, code).and_then(|found| choices.position(&found.code)) {
            taken.insert(at);
        } else {
            unknown.push(unknown_code(question, code));
        }
    }
    let taken: Vec<&Code> = taken.into_iter().map(|at| &choices.codes()[at]).collect();
    let lonely = taken.iter().find(|choice| exclusive.contains(&choice.code));
    let mut faults = unknown;
    if let Some(lonely) = lonely.filter(|_| taken.len() > 1) {
        let label = Label { ja: lonely.ja.clone(), en: lonely.en.clone() };
        faults.push(Fault::of(question, Reason::Exclusive).with("choice", &label).hint(&lonely.code));
    }
    if let Some(max) = max_choices.filter(|max| taken.len() > *max) {
        faults.extend(too_many(max, taken.len()));
    }
    if faults.is_empty() {
        Ok(Value::Choices(taken.into_iter().map(|choice| choice.code.clone()).collect()))
    } else {
        Err(faults)
    }
}

/// The choice of this code, whatever its case and width. A label is not taken: calls speak in codes, files may not.
fn by_code<'a>(choices: &'a List, code: &str) -> Option<&'a Code> {
    choices.get(code).or_else(|| choices.find(code).filter(|found| key(&found.code) == key(code)))
}

pub(crate) fn unknown_code(question: &Question, given: &str) -> Fault {
    Fault::of(question, Reason::UnknownCode).hint_unless_personal(question, given)
}

pub(crate) fn out_of_range(question: &Question, min: i64, max: i64, given: &str) -> Fault {
    let fault = Fault::of(question, Reason::OutOfRange).with_number("min", min).with_number("max", max);
    fault.hint_unless_personal(question, given)
}
