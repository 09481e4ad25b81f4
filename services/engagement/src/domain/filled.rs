//! Answers to a form beside what a call says in its own fields, and beside what is known: each thing needs to be said only
//! once. What is said twice and differently is a fault; so is everything the form's engine finds.

use std::collections::{BTreeMap, BTreeSet};

use contract::engagement::v1::FormScore;
use contract::survey::v1::answer::Value as Given;
use contract::survey::v1::{Answer, Choices, Finding, Label};
use kit_forms::{Answers, Checked, Form, Kind, Question, Value};
use kit_vocabulary::normal_text;

use super::fault::{Fault, Reason, of_answer};
use super::forms::{Link, Rule};

/// Most answers in one call; a form has far fewer questions.
const ANSWERS: usize = 500;

/// What is said or known, by the name of its field.
pub type Fields = BTreeMap<&'static str, Value>;

/// A form, answered without fault.
#[derive(Clone, Debug)]
pub struct Filled {
    /// Which version.
    pub form: &'static Form,
    /// What it is about.
    pub rule: &'static Rule,
    /// The answers in normal form.
    pub answers: Answers,
}

/// What came of filling a form in.
#[derive(Debug)]
pub struct Filling {
    /// The answers, to be stored only when nothing is wrong.
    pub filled: Filled,
    /// What the answers say of the call's fields that the call left out.
    pub fields: BTreeMap<String, Value>,
    /// The question each of these came from.
    pub from: BTreeMap<String, String>,
    /// Fields whose question is answered wrongly: that they are missing is no fault of its own.
    pub excused: BTreeSet<String>,
    /// What is wrong, fields as `answers[<question>]`.
    pub faults: Vec<Fault>,
    /// What is missing but may be.
    pub warnings: Vec<Finding>,
}

/// Fills a form in: from the answers given, from what the call says, and from what is known.
pub fn fill((form, rule): (&'static Form, &'static Rule), given: &[Answer], said: &Fields, known: &Fields) -> Filling {
    let mut faults = Vec::new();
    let mut answers = read(form, given, &mut faults);
    for (links, fields) in [(&rule.request, said), (&rule.known, known)] {
        for link in links.iter().filter(|link| !link.one_way) {
            if answers.contains_key(&link.question) {
                continue;
            }
            let question = form.question(&link.question);
            let value = fields.get(link.field.as_str()).zip(question);
            let value = value.and_then(|(value, question)| as_answer(question, link, value));
            answers.extend(value.map(|value| (link.question.clone(), value)));
        }
    }
    let Checked { answers, faults: wrong, warnings } = form.check(&answers);
    let bad: BTreeSet<&str> = wrong.iter().map(|fault| fault.question.as_str()).collect();
    let excused = rule.request.iter().filter(|link| bad.contains(link.question.as_str()));
    let excused = excused.map(|link| link.field.clone()).collect();
    faults.extend(wrong.iter().map(of_answer));
    let (mut fields, mut from) = (BTreeMap::new(), BTreeMap::new());
    for link in &rule.request {
        let Some(answer) = answers.get(&link.question) else { continue };
        match (said.get(link.field.as_str()), as_field(link, answer)) {
            (Some(_), _) if link.one_way => {}
            (Some(known), Some(answered)) if same(known, &answered) => {}
            (Some(_), _) => faults.push(differs(link)),
            (None, Some(answered)) if !fields.contains_key(&link.field) => {
                from.insert(link.field.clone(), link.question.clone());
                fields.insert(link.field.clone(), answered);
            }
            (None, _) => {}
        }
    }
    for link in rule.known.iter().filter(|link| link.must_agree) {
        let answered = answers.get(&link.question).and_then(|answer| as_field(link, answer));
        let known = known.get(link.field.as_str());
        faults.extend(answered.zip(known).filter(|(answered, known)| !same(known, answered)).map(|_| differs(link)));
    }
    let warnings = warnings.into_iter().map(finding).collect();
    Filling { filled: Filled { form, rule, answers }, fields, from, excused, faults, warnings }
}

fn differs(link: &Link) -> Fault {
    Fault::new(format!("answers[{}]", link.question), Reason::Contradicts)
}

/// The answers by question; one that stands twice is a fault.
fn read(form: &Form, given: &[Answer], faults: &mut Vec<Fault>) -> Answers {
    if given.len() > ANSWERS {
        faults.push(Fault::new("answers", Reason::TooMany).with("max", ANSWERS));
        return Answers::new();
    }
    let (mut answers, mut twice) = (Answers::new(), BTreeSet::new());
    for answer in given {
        let Some(value) = answer.value.clone().map(value) else { continue };
        if answers.insert(answer.question.clone(), value).is_some() && form.question(&answer.question).is_some() {
            twice.insert(&answer.question);
        }
    }
    faults.extend(twice.into_iter().map(|code| Fault::new(format!("answers[{code}]"), Reason::Repeated)));
    answers.retain(|_, value| !value.is_empty());
    answers
}

/// An answer in the field's words; nothing for a choice that means nothing there.
fn as_field(link: &Link, answer: &Value) -> Option<Value> {
    if link.codes.is_empty() {
        return Some(answer.clone());
    }
    let meant = |code: &String| link.codes.get(code).cloned();
    match answer {
        Value::Choice(code) => meant(code).map(Value::Choice),
        Value::Choices(codes) => Some(Value::Choices(codes.iter().filter_map(meant).collect())),
        other => Some(other.clone()),
    }
}

/// A field in the question's words; nothing for what the question does not offer.
fn as_answer(question: &Question, link: &Link, field: &Value) -> Option<Value> {
    let meant = |code: &String| {
        let found = link.codes.iter().find(|(_, meant)| *meant == code).map(|(code, _)| code.clone());
        if link.codes.is_empty() { Some(code.clone()) } else { found }
    };
    let offered = |code: &String| question.choices().is_some_and(|choices| choices.get(code).is_some());
    let value = match field {
        Value::Choice(code) => Value::Choice(meant(code).filter(offered)?),
        Value::Choices(codes) => Value::Choices(codes.iter().filter_map(meant).filter(offered).collect()),
        other => other.clone(),
    };
    let fits = match (&question.kind, &value) {
        (Kind::Number { min, max, .. }, Value::Number(number)) => (min..=max).contains(&number),
        _ => !value.is_empty(),
    };
    fits.then_some(value)
}

/// Whether two values say the same: choices in any order, texts in normal form.
fn same(one: &Value, other: &Value) -> bool {
    let sorted = |codes: &[String]| codes.iter().cloned().collect::<BTreeSet<_>>();
    match (one, other) {
        (Value::Choices(one), Value::Choices(other)) => sorted(one) == sorted(other),
        (Value::Text(one), Value::Text(other)) => normal_text(one) == normal_text(other),
        (one, other) => one == other,
    }
}

fn finding(fault: kit_forms::Fault) -> Finding {
    Finding {
        field: format!("answers[{}]", fault.question),
        reason: fault.reason.as_str().to_owned(),
        message: Some(Label { ja: fault.ja, en: fault.en }),
        response_index: 0,
        question: fault.question,
    }
}

fn value(given: Given) -> Value {
    match given {
        Given::Choice(code) => Value::Choice(code),
        Given::Choices(choices) => Value::Choices(choices.codes),
        Given::Number(number) => Value::Number(number),
        Given::Text(text) => Value::Text(text),
    }
}

impl Filled {
    /// The answers that neither identify somebody nor are free text, in form order; with `personal` those that do or are.
    pub fn part(&self, personal: bool) -> Vec<Answer> {
        let questions = self.form.questions().filter(|question| question.personal == personal);
        let answer = |question: &Question| {
            let value = match self.answers.get(&question.code)?.clone() {
                Value::Choice(code) => Given::Choice(code),
                Value::Choices(codes) => Given::Choices(Choices { codes }),
                Value::Number(number) => Given::Number(number),
                Value::Text(text) => Given::Text(text),
            };
            Some(Answer { question: question.code.clone(), value: Some(value) })
        };
        questions.filter_map(answer).collect()
    }

    /// Points, where the form counts any.
    pub fn scores(&self) -> Vec<FormScore> {
        let score = |score: &kit_forms::Score| {
            let sum = self.form.sum(&score.code, &self.answers)?;
            Some(FormScore {
                code: score.code.clone(),
                label: Some(Label { ja: score.label.ja.clone(), en: score.label.en.clone() }),
                points: sum.points,
                least: sum.min,
                most: sum.max,
                unanswered: i32::try_from(sum.unanswered).unwrap_or(i32::MAX),
            })
        };
        self.form.scores.iter().filter_map(score).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::forms::named;
    use super::*;

    fn answer(question: &str, value: Given) -> Answer {
        Answer { question: question.to_owned(), value: Some(value) }
    }

    fn choice(question: &str, code: &str) -> Answer {
        answer(question, Given::Choice(code.to_owned()))
    }

    fn faults(filling: &Filling) -> Vec<(&str, &str)> {
        filling.faults.iter().map(|fault| (fault.field.as_str(), fault.code())).collect()
    }

    fn company(given: &[Answer], said: &Fields) -> Filling {
        let known = Fields::from([("themes", Value::Choices(vec!["T1".to_owned()]))]);
        fill(named("forms/company-2024").unwrap(), given, said, &known)
    }

    const MARKS: [&str; 7] = ["knowledge", "clarity", "fit", "time", "manner", "eagerness", "communication"];

    #[test]
    fn an_answer_gives_the_field_and_a_field_the_answer() {
        let marks = MARKS.map(|mark| answer(mark, Given::Number(4)));
        let given = [&marks[..], &[choice("tool_clarity", "very_clear")]].concat();
        let said = Fields::from([("company_scale", Value::Choice("partly".to_owned()))]);
        let filling = company(&given, &said);
        assert_eq!(faults(&filling), []);
        assert_eq!(filling.fields["marks.manner"], Value::Number(4));
        assert_eq!(filling.fields["tool_clarity"], Value::Choice("5".to_owned()));
        assert!(!filling.fields.contains_key("company_scale"), "what was said is not said again");
        assert_eq!(filling.filled.answers["goal"], Value::Choice("partly".to_owned()));
        assert_eq!(filling.filled.answers["themes"], Value::Choices(vec!["T1".to_owned()]));
    }

    #[test]
    fn said_twice_and_differently_is_a_fault_and_alike_is_none() {
        let given = [&MARKS.map(|mark| answer(mark, Given::Number(4)))[..], &[choice("goal", "fully")]].concat();
        let said = |scale: &str, mark| {
            Fields::from([("company_scale", Value::Choice(scale.to_owned())), ("marks.fit", Value::Number(mark))])
        };
        assert_eq!(faults(&company(&given, &said("fully", 4))), []);
        let both = company(&given, &said("little", 3));
        assert_eq!(faults(&both), [("answers[goal]", "CONTRADICTS"), ("answers[fit]", "CONTRADICTS")]);
    }

    #[test]
    fn every_fault_of_the_answers_is_told_and_excuses_the_field() {
        let given = [
            choice("goal", "wonderful"),
            answer("knowledge", Given::Number(6)),
            choice("nothing_of_the_kind", "x"),
            choice("visits", "right"),
            choice("visits_wanted", "4"),
            choice("again", "free"),
            choice("again", "paid"),
        ];
        let filling = company(&given, &Fields::new());
        let expected = [("answers[again]", "REPEATED"), ("answers[visits_wanted]", "NOT_ASKED")];
        assert!(expected.iter().all(|fault| faults(&filling).contains(fault)), "{:?}", faults(&filling));
        for (question, reason) in [
            ("goal", "UNKNOWN_CODE"),
            ("knowledge", "OUT_OF_RANGE"),
            ("fit", "REQUIRED"),
            ("nothing_of_the_kind", "UNKNOWN_QUESTION"),
        ] {
            assert!(faults(&filling).contains(&(&*format!("answers[{question}]"), reason)), "{question}");
        }
        assert!(filling.excused.contains("company_scale") && filling.excused.contains("marks.fit"));
    }

    #[test]
    fn what_is_known_and_must_agree_does() {
        let known = Fields::from([
            ("themes", Value::Choices(vec!["T2".to_owned()])),
            ("held_visits", Value::Number(2)),
            ("state", Value::Choice("ended_early".to_owned())),
        ]);
        let form = named("forms/final-report-2024").unwrap();
        let words = |question: &str| answer(question, Given::Text("まとめ".to_owned()));
        let goals = answer("goals", Given::Choices(Choices { codes: vec!["none".to_owned()] }));
        let given = [words("summary"), goals, words("ended_early_reason")];
        let filling = fill(form, &given, &Fields::new(), &known);
        assert_eq!(faults(&filling), []);
        assert_eq!(filling.filled.answers["visits"], Value::Number(2));
        let other = [&given[..], &[answer("visits", Given::Number(3))]].concat();
        assert_eq!(faults(&fill(form, &other, &Fields::new(), &known)), [("answers[visits]", "CONTRADICTS")]);
    }
}
