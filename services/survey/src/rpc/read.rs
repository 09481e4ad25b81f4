//! From a response on the wire to one that can be stored, or to everything that is wrong with it.

use contract::survey::v1::answer::Value as Given;
use contract::survey::v1::{Answer, NewResponse};
use kit_clock::Timestamp;
use kit_forms::{Answers, Form, Value};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::finding::Finding;
use super::wire;
use crate::domain::form;
use crate::domain::holder::{Identity, NUMBER};
use crate::domain::scoring::{AuditEvidence, SkillAnswers};
use crate::store::AnswersBody;

/// Most answers of one response; a form has far fewer questions.
const ANSWERS: usize = 500;
/// 2000-01-01T00:00:00Z: nothing was handed in before.
const EARLIEST: Timestamp = Timestamp::from_micros(946_684_800_000_000);
/// A file may come from a clock that is ahead, or from a day that has begun elsewhere.
const AHEAD_MICROS: i64 = 86_400_000_000;

/// Who may, or must, state when a response was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stating {
    /// An import.
    Required,
    /// An operator.
    Allowed,
    /// Everybody else.
    Refused,
}

/// A response that can be stored.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    pub(crate) form: &'static Form,
    /// In normal form.
    pub(crate) answers: Answers,
    /// Six digits.
    pub(crate) number: String,
    pub(crate) number_hash: String,
    pub(crate) identity: Identity,
    /// When it was handed in, when an operator says so.
    pub(crate) stated: Option<Timestamp>,
    /// What makes an import the same as another: form, time and answers. Only when the time is stated.
    pub(crate) content_hash: Option<String>,
    pub(crate) skills: SkillAnswers,
    pub(crate) evidence: AuditEvidence,
}

/// What came of reading a response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// Absent when there are faults.
    pub(crate) submission: Option<Submission>,
    pub(crate) faults: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
}

/// Reads and checks one response; every fault at once.
pub(crate) fn read(given: Option<&NewResponse>, stating: Stating, now: Timestamp) -> Reading {
    let mut reading = Reading::default();
    let Some(given) = given else {
        reading.faults.push(Finding::at("", "REQUIRED", &[]));
        return reading;
    };
    let form = given.form.strip_prefix("forms/").and_then(form::form);
    if form.is_none() {
        let known: Vec<_> = form::forms().iter().map(|form| format!("forms/{}", form.version)).collect();
        reading.faults.push(Finding::at("form", "UNKNOWN_FORM", &[("known", &known.join(", "))]));
    }
    let stated = given.submit_time.as_ref();
    match (stated, stating) {
        (None, Stating::Required) => reading.faults.push(Finding::at("submit_time", "REQUIRED", &[])),
        (Some(_), Stating::Refused) => reading.faults.push(Finding::at("submit_time", "NOT_ALLOWED", &[])),
        (Some(at), _) => reading.faults.extend(moment(at, ahead(now)).err().map(|found| found.at("submit_time"))),
        (None, _) => {}
    }
    if given.answers.len() > ANSWERS {
        reading.faults.push(Finding::at("answers", "TOO_MANY", &[("max", &ANSWERS.to_string())]));
    } else if let Some(form) = form {
        let answers = check(form, &given.answers, &mut reading);
        if reading.faults.is_empty() {
            let stated = stated.map(kit_log::clock_time);
            match submission(form, answers, stated) {
                Ok(submission) => reading.submission = Some(submission),
                Err(faults) => reading.faults = faults,
            }
        }
    }
    reading
}

/// A moment that cannot be.
pub(crate) struct NoMoment {
    latest: Timestamp,
}

impl NoMoment {
    pub(crate) fn at(&self, path: &str) -> Finding {
        let (min, max) = (EARLIEST.to_string(), self.latest.to_string());
        Finding::at(path, "OUT_OF_RANGE", &[("min", &min), ("max", &max)])
    }
}

/// The latest moment that a response or a file may state: a day from now.
pub(crate) fn ahead(now: Timestamp) -> Timestamp {
    Timestamp::from_micros(now.micros().saturating_add(AHEAD_MICROS))
}

/// A moment as stated by an operator: from 2000 to the latest that can be.
pub(crate) fn moment(at: &prost_types::Timestamp, latest: Timestamp) -> Result<Timestamp, NoMoment> {
    let moment = kit_log::clock_time(at);
    let real = (0..1_000_000_000).contains(&at.nanos);
    if real && (EARLIEST..=latest).contains(&moment) { Ok(moment) } else { Err(NoMoment { latest }) }
}

fn check(form: &Form, given: &[Answer], reading: &mut Reading) -> Answers {
    let mut answers = Answers::new();
    let mut twice = Vec::new();
    for answer in given {
        let Some(value) = answer.value.clone().map(value) else { continue };
        // What the form does not ask is one fault however often it comes.
        if answers.contains_key(&answer.question) {
            if form.question(&answer.question).is_some() && !twice.contains(&answer.question) {
                twice.push(answer.question.clone());
            }
            continue;
        }
        answers.insert(answer.question.clone(), value);
    }
    let checked = form.check(&answers);
    reading.faults.extend(checked.faults.into_iter().map(Finding::of_answer));
    reading.faults.extend(twice.iter().map(|question| Finding::at_answer(question, "DUPLICATE")));
    reading.warnings.extend(checked.warnings.into_iter().map(Finding::of_answer));
    checked.answers
}

/// Stored answers, each question once.
pub(crate) fn answers(stored: &[Answer]) -> Answers {
    stored.iter().filter_map(|answer| Some((answer.question.clone(), value(answer.value.clone()?)))).collect()
}

fn value(given: Given) -> Value {
    match given {
        Given::Choice(code) => Value::Choice(code),
        Given::Choices(choices) => Value::Choices(choices.codes),
        Given::Number(number) => Value::Number(number),
        Given::Text(text) => Value::Text(text),
    }
}

fn submission(form: &'static Form, answers: Answers, stated: Option<Timestamp>) -> Result<Submission, Vec<Finding>> {
    let Some(number) = answers.get(NUMBER).and_then(Value::text).map(str::to_owned) else {
        return Err(vec![Finding::at_answer(NUMBER, "REQUIRED")]);
    };
    let skills = skills(&answers).map_err(|items| {
        items.into_iter().map(|item| Finding::at_answer(item, "INCOMPLETE_GROUP")).collect::<Vec<_>>()
    })?;
    Ok(Submission {
        form,
        number_hash: number_hash(&number),
        number,
        identity: Identity::of(&answers),
        stated,
        content_hash: stated.map(|at| content_hash(form, at, &answers)),
        skills,
        evidence: evidence(&answers),
        answers,
    })
}

/// The skill part; the items that are wrong, which the check of a form with these questions has found before.
pub(crate) fn skills(answers: &Answers) -> Result<SkillAnswers, Vec<&'static str>> {
    SkillAnswers::from_fn(|item| answers.get(item).and_then(Value::number))
        .map_err(|error| error.faults.into_iter().map(|fault| fault.item).collect())
}

/// What is said about audit qualifications.
pub(crate) fn evidence(answers: &Answers) -> AuditEvidence {
    AuditEvidence {
        qualifications: answers.get("qualifications").map(|value| value.codes().to_vec()).unwrap_or_default(),
        other_text: answers.get("qualifications_other").and_then(Value::text).unwrap_or_default().to_owned(),
    }
}

/// A number as it is looked up: the store never holds it in clear.
pub(crate) fn number_hash(number: &str) -> String {
    let mut hash = Sha256::new();
    hash.update("activelist registration number\n");
    hash.update(number);
    hex(&hash.finalize())
}

fn content_hash(form: &Form, at: Timestamp, answers: &Answers) -> String {
    let body = AnswersBody { answers: wire::answers(form, answers, |_| true) };
    let mut hash = Sha256::new();
    hash.update("activelist survey response\n");
    hash.update(&form.version);
    hash.update("\n");
    hash.update(at.micros().to_be_bytes());
    hash.update(body.encode_to_vec());
    hex(&hash.finalize())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
