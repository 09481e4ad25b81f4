//! Made-up submissions, as the survey tells of them.

use contract::survey::v1::answer::Value;
use contract::survey::v1::{Answer, Choices, Rating, RatingChanged, ResponsePersonal, ResponseReceived, Vouching};
use kit_log::{NewEvent, Origin, Unit};

use crate::stage::wire;

/// Questions whose answers are personal data.
const PERSONAL: [&str; 8] =
    ["name", "name_kana", "email", "homepage", "organisation", "residence_city", "self_pr", "support_summary"];

/// One submission that counts, unless it only joins the history.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    pub(crate) number: String,
    pub(crate) response: String,
    pub(crate) counting_changed: bool,
    pub(crate) submit_time: String,
    pub(crate) skills: bool,
    pub(crate) vouched: Option<String>,
    pub(crate) answers: Vec<Answer>,
    /// Decisions that changed whose responses are whose.
    pub(crate) revision: i64,
    /// Instead of the one that follows from the number.
    pub(crate) respondent: Option<String>,
}

impl Submission {
    /// Nothing but a name.
    pub(crate) fn bare(number: &str, response: &str) -> Self {
        let empty = Self {
            number: number.to_owned(),
            response: format!("responses/{}-{response}", opaque(number)),
            counting_changed: true,
            submit_time: "2025-01-10T10:00:00+09:00".to_owned(),
            skills: true,
            vouched: None,
            answers: Vec::new(),
            revision: 0,
            respondent: None,
        };
        empty.text("name", "見本 一郎")
    }

    /// An imported response with everything that a listing needs.
    pub(crate) fn complete(number: &str) -> Self {
        Self::bare(number, "1")
            .text("email", "mihon@example.jp")
            .text("self_pr", "小さな会社の味方です")
            .choice("residence", "27")
            .choice("fee_per_visit", "20_30k")
            .choices("prefectures", &["27", "28"])
            .choices("formats", &["onsite", "online"])
            .choices("themes", &["T1"])
            .choices("durations", &["spot", "1_3m"])
            .choice("listing_consent", "yes")
            .vouched("2025-02-01T00:00:00+09:00")
    }

    /// A later response of the same person.
    pub(crate) fn again(number: &str, response: &str, submit_time: &str) -> Self {
        Self::bare(number, response).at(submit_time)
    }

    /// What counts after so many decisions.
    pub(crate) fn decided(mut self, revision: i64) -> Self {
        self.revision = revision;
        self
    }

    /// As another person's.
    pub(crate) fn of(mut self, respondent: &str) -> Self {
        self.respondent = Some(respondent.to_owned());
        self
    }

    pub(crate) fn at(mut self, submit_time: &str) -> Self {
        submit_time.clone_into(&mut self.submit_time);
        self
    }

    pub(crate) fn skills(mut self, answered: bool) -> Self {
        self.skills = answered;
        self
    }

    pub(crate) fn vouched(mut self, as_of: &str) -> Self {
        self.vouched = Some(as_of.to_owned());
        self
    }

    pub(crate) fn unvouched(mut self) -> Self {
        self.vouched = None;
        self
    }

    pub(crate) fn text(self, question: &str, text: &str) -> Self {
        self.answer(question, Value::Text(text.to_owned()))
    }

    pub(crate) fn choice(self, question: &str, code: &str) -> Self {
        self.answer(question, Value::Choice(code.to_owned()))
    }

    pub(crate) fn choices(self, question: &str, codes: &[&str]) -> Self {
        self.answer(question, Value::Choices(Choices { codes: codes.iter().map(|code| (*code).to_owned()).collect() }))
    }

    pub(crate) fn answer(mut self, question: &str, value: Value) -> Self {
        self.answers.retain(|answer| answer.question != question);
        self.answers.push(Answer { question: question.to_owned(), value: Some(value) });
        self
    }

    /// The person's id in the survey's events.
    pub(crate) fn respondent(&self) -> String {
        self.respondent.clone().unwrap_or_else(|| format!("respondent-{}", opaque(&self.number)))
    }

    pub(crate) fn origin(&self) -> Origin {
        let actor = if self.vouched.is_some() { "importer-1" } else { "portal-1" };
        Origin { actor: actor.to_owned(), ..Default::default() }
    }

    /// As the survey emits a submission that counts: the rating, then the response.
    pub(crate) fn emit(&self, unit: &mut Unit) {
        let respondent_id = self.respondent();
        if self.counting_changed {
            let rating = Rating { respondent_id: respondent_id.clone(), ..Default::default() };
            unit.emit(NewEvent::new(
                "rating",
                &respondent_id,
                &RatingChanged { rating: Some(rating), ..Default::default() },
            ));
        }
        let personal = |answer: &&Answer| PERSONAL.contains(&answer.question.as_str());
        let vouching = |as_of: &String| Vouching {
            operator: "importer-1".to_owned(),
            source: "made-up.csv".to_owned(),
            as_of: Some(wire(as_of)),
        };
        let clear = ResponseReceived {
            respondent_id: respondent_id.clone(),
            response: self.response.clone(),
            form: "forms/skill-2024".to_owned(),
            submit_time: Some(wire(&self.submit_time)),
            answers: self.answers.iter().filter(|answer| !personal(answer)).cloned().collect(),
            skills_answered: self.skills,
            submissions: 1,
            counting_changed: self.counting_changed,
            vouching: self.vouched.as_ref().map(vouching),
            imported: self.vouched.is_some(),
            revision: self.revision,
        };
        let body = ResponsePersonal {
            registration_number: self.number.clone(),
            answers: self.answers.iter().filter(personal).cloned().collect(),
        };
        unit.emit(NewEvent::new("response", &respondent_id, &clear).personal(&respondent_id, &body));
    }
}

/// As the survey's ids do, it does not hold the number.
fn opaque(number: &str) -> String {
    number.bytes().map(|digit| char::from(b'a' + (digit - b'0'))).collect()
}
