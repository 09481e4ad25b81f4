//! A person as a command works on: the stored row, opened.

use std::collections::BTreeSet;

use contract::survey::v1::answer::Value as Given;
use contract::survey::v1::{ResponsePersonal, Vouching};
use kit_clock::Timestamp;
use kit_forms::{Answers, Question, Value};
use kit_log::clock_time;
use kit_log::keys::Key;
use kit_log::sql::Session;
use prost::Message as _;

use super::read::{Submission, answers, evidence, number_hash, skills};
use super::rules::Rules;
use super::wire;
use crate::Error;
use crate::domain::holder::{Holder, Identity, Known, NUMBER};
use crate::domain::people::likeness;
use crate::domain::policy::Policy;
use crate::domain::scoring::{AuditEvidence, SkillAnswers, audit_qualification};
use crate::events::{Counting, Rated};
use crate::store::{self, AnswersBody, HolderBody, KnownBody, Likeness, Respondent, StoredRating, StoredResponse};

/// A person and what counts of him or her.
pub(crate) struct Person {
    pub(crate) row: Respondent,
    pub(crate) holder: Holder,
    pub(crate) key: Key,
    /// Six digits; empty of one who lost the number.
    pub(crate) number: String,
    /// Read from the store only when needed.
    counting: Option<Counting>,
    /// Of the counting response, when it changed: by the policy in force, then by the one on its way.
    pub(crate) ratings: Vec<StoredRating>,
    pub(crate) changed: bool,
    /// By what else the person may be entered, of responses that were taken in since this was opened.
    given: Vec<Identity>,
}

impl Person {
    /// The sender of a number's first response; nothing counts yet.
    pub(crate) fn first(id: String, key: Key, holder: Holder, number: String) -> Self {
        let row = Respondent {
            id,
            number_hash: number_hash(&number),
            holder_subject: holder.subject.clone().unwrap_or_default(),
            holder: Vec::new(),
            submissions: 0,
            counting: String::new(),
            counting_time: i64::MIN,
            skills: Vec::new(),
            prefecture: String::new(),
            qualifications: String::new(),
            qualifications_other: false,
            vouching: Vec::new(),
            merged_into: String::new(),
            held: true,
            revision: 0,
            entered: 0,
        };
        Self { row, holder, key, number, counting: None, ratings: Vec::new(), changed: true, given: Vec::new() }
    }

    /// A stored person.
    pub(crate) fn open(row: Respondent, key: Key) -> Result<Self, Error> {
        let body = holder_body(&row.id, &row.holder, &key)?;
        let subject = (!row.holder_subject.is_empty()).then(|| row.holder_subject.clone());
        let identity = Identity { name: body.name, kana: body.kana, email: body.email };
        let (holder, number) =
            (Holder { subject, identity, others: body.others.into_iter().map(known).collect() }, body.number);
        Ok(Self { holder, number, row, key, counting: None, ratings: Vec::new(), changed: false, given: Vec::new() })
    }

    /// Takes a response that is the holder's into the person's history; answers the ratings when it is the one that counts
    /// now, which is the latest submission, and of those with the same time the one stored last.
    pub(crate) fn add(
        &mut self,
        id: &str,
        (at, now): (Timestamp, Timestamp),
        submission: &Submission,
        rules: &Rules,
    ) -> Result<Option<Rated>, Error> {
        self.changed = true;
        self.row.submissions += 1;
        self.holder.complete(&submission.identity);
        self.given.push(submission.identity.clone());
        if at.micros() < self.row.counting_time {
            return Ok(None);
        }
        let answered = submission.skills.values().is_some();
        let (clear, personal) = parts(submission);
        let personal = self.told(personal);
        let standing = StandingAnswers::of(&submission.answers);
        self.row.counting = id.to_owned();
        self.row.counting_time = at.micros();
        self.row.skills = submission.skills.values().map(|values| values.to_vec()).unwrap_or_default();
        self.stand(standing);
        self.counting = Some(Counting {
            id: id.to_owned(),
            form: submission.form.version.clone(),
            submit_time: at,
            skills_answered: answered,
            clear,
            personal,
        });
        self.rate(&submission.evidence, now, rules).map(Some)
    }

    /// Rates the counting response by the policy in force and by the one on its way.
    fn rate(&mut self, evidence: &AuditEvidence, now: Timestamp, rules: &Rules) -> Result<Rated, Error> {
        let rating = |policy: &Policy| StoredRating {
            respondent: self.row.id.clone(),
            policy: policy.id().to_owned(),
            rate_time: now.micros(),
            response: self.row.counting.clone(),
            skills: self.row.skills.clone(),
            audit: audit_qualification(policy.audit(), evidence).unwrap_or_default().to_owned(),
        };
        let (in_force, next) = (rating(&rules.in_force), rules.next.as_deref().map(rating));
        let rated = Rated {
            in_force: wire::rated_by(&rules.in_force, &in_force)?,
            next: rules.next.as_deref().zip(next.as_ref()).map(|(by, of)| wire::rated_by(by, of)).transpose()?,
        };
        self.ratings = std::iter::once(in_force).chain(next).collect();
        Ok(rated)
    }

    /// The response that counts.
    pub(crate) async fn counting(&mut self, session: &mut Session) -> Result<&Counting, Error> {
        if self.counting.is_none() {
            let stored = store::response(session, &self.row.counting).await?;
            let stored = stored.ok_or_else(|| Error::Internal("a counting response is missing".to_owned()))?;
            self.counting = Some(Counting {
                submit_time: Timestamp::from_micros(stored.submit_time),
                skills_answered: !self.row.skills.is_empty(),
                clear: AnswersBody::decode(stored.clear.as_slice())?.answers,
                personal: self.told(personal(&stored, &self.key)?),
                id: stored.id,
                form: stored.form,
            });
        }
        self.counting.as_ref().ok_or_else(|| Error::Internal("no counting response".to_owned()))
    }

    /// What is told of a response that came under another number of the person: the person's own.
    fn told(&self, personal: ResponsePersonal) -> ResponsePersonal {
        under(&self.number, personal)
    }

    /// The number under which one answered who is this person now.
    pub(crate) fn number_of(&self, home: &str) -> Option<&str> {
        let other = || self.holder.others.iter().find(|other| other.by == home).map(|other| other.number.as_str());
        let number = if home == self.row.id { Some(self.number.as_str()) } else { other() };
        number.filter(|number| !number.is_empty())
    }

    /// Finds out again what counts of the person, after responses came or went; answers the ratings when another response
    /// counts than before. For one who is merged or has lost the number nothing does.
    pub(crate) async fn recount(
        &mut self,
        session: &mut Session,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Option<Rated>, Error> {
        self.changed = true;
        self.row.revision += 1;
        self.counting = None;
        let (newest, submissions) = store::newest(session, &self.row.id).await?;
        let newest = newest.filter(|_| self.row.is_live());
        let Some(stored) = newest else {
            self.row.counting.clear();
            self.row.counting_time = i64::MIN;
            self.row.skills.clear();
            self.stand(StandingAnswers::default());
            return Ok(None);
        };
        self.row.submissions = submissions;
        if stored.id == self.row.counting {
            return Ok(None);
        }
        let answers = all_answers(&stored, &self.key)?;
        let skills = skills(&answers).map_err(|_| Error::Internal("a stored skill part cannot be read".to_owned()))?;
        self.row.counting_time = stored.submit_time;
        self.row.skills = skills.values().map(|values| values.to_vec()).unwrap_or_default();
        self.row.counting = stored.id;
        self.stand(StandingAnswers::of(&answers));
        self.rate(&evidence(&answers), now, rules).map(Some)
    }

    /// Takes over what else is kept of the response that counts.
    fn stand(&mut self, standing: StandingAnswers) {
        let StandingAnswers { prefecture, qualifications, qualifications_other } = standing;
        self.row.prefecture = prefecture;
        self.row.qualifications = qualifications;
        self.row.qualifications_other = qualifications_other;
    }

    /// Whether an operator's import, or an operator who stated the time, brought the response that counts.
    pub(crate) async fn imported(&self, session: &mut Session) -> Result<bool, Error> {
        let stored = store::response(session, &self.row.counting).await?;
        Ok(stored.is_some_and(|stored| stored.content_hash.is_some()))
    }

    /// The marks of all that the person gave since this was opened, and of the holder.
    pub(crate) fn likeness(&self, marks: Option<&Key>) -> Likeness {
        let Some(key) = marks else { return Vec::new() };
        let all =
            self.given.iter().chain([&self.holder.identity]).chain(self.holder.others.iter().map(|o| &o.identity));
        let kinds = all.flat_map(likeness).collect::<BTreeSet<_>>().into_iter();
        kinds.map(|(kind, text)| (kind, key.mark(kind, &text))).collect()
    }

    /// A response that was given to the person, by which he or she may be found again.
    pub(crate) fn gave(&mut self, identity: Identity) {
        self.changed = true;
        self.holder.complete(&identity);
        self.given.push(identity);
    }

    /// An operator's word for the registration, kept when it is newer than the one before; answers the newest.
    pub(crate) fn vouch(&mut self, word: Option<&Vouching>) -> Result<Option<Vouching>, Error> {
        let at = |word: &Vouching| word.as_of.as_ref().map(clock_time);
        let kept =
            (!self.row.vouching.is_empty()).then(|| Vouching::decode(self.row.vouching.as_slice())).transpose()?;
        let newest = match (kept, word) {
            (Some(kept), Some(word)) if at(&kept) > at(word) => Some(kept),
            (kept, None) => kept,
            (_, Some(word)) => Some(word.clone()),
        };
        self.row.vouching = newest.as_ref().map(Vouching::encode_to_vec).unwrap_or_default();
        Ok(newest)
    }

    /// The row as it is to be stored.
    pub(crate) fn to_row(&self) -> Result<Respondent, Error> {
        let Holder { subject, identity: Identity { name, kana, email }, others } = self.holder.clone();
        let others = others.into_iter().map(known_body).collect();
        let body = HolderBody { number: self.number.clone(), name, kana, email, others };
        let holder = self.key.seal(&holder_label(&self.row.id), &body.encode_to_vec())?;
        Ok(Respondent { holder, holder_subject: subject.unwrap_or_default(), ..self.row.clone() })
    }
}

/// What is kept of a counting response beside its skill answers, for whoever previews or applies another policy.
#[derive(Default)]
pub(crate) struct StandingAnswers {
    /// Of residence; empty when not said.
    pub(crate) prefecture: String,
    /// Codes, with spaces between.
    pub(crate) qualifications: String,
    /// Whether others are told in words, which are personal.
    pub(crate) qualifications_other: bool,
}

impl StandingAnswers {
    pub(crate) fn of(answers: &Answers) -> Self {
        let said = |question| answers.get(question);
        Self {
            prefecture: said("residence").and_then(|value| value.codes().first().cloned()).unwrap_or_default(),
            qualifications: said("qualifications").map(|value| value.codes().join(" ")).unwrap_or_default(),
            qualifications_other: said("qualifications_other")
                .and_then(Value::text)
                .is_some_and(|text| !text.is_empty()),
        }
    }
}

fn known(body: KnownBody) -> Known {
    let KnownBody { by, number, subject, name, kana, email } = body;
    Known { by, number, subject, identity: Identity { name, kana, email } }
}

fn known_body(known: Known) -> KnownBody {
    let Known { by, number, subject, identity: Identity { name, kana, email } } = known;
    KnownBody { by, number, subject, name, kana, email }
}

/// Every answer of a stored response.
pub(crate) fn all_answers(stored: &StoredResponse, key: &Key) -> Result<Answers, Error> {
    let mut all = AnswersBody::decode(stored.clear.as_slice())?.answers;
    all.extend(personal(stored, key)?.answers);
    Ok(answers(&all))
}

/// What the sealed holder is bound to, so that it opens for no other row.
fn holder_label(respondent_id: &str) -> String {
    format!("holder/{respondent_id}")
}

/// The holder of a number.
pub(crate) fn holder_body(respondent_id: &str, sealed: &[u8], key: &Key) -> Result<HolderBody, Error> {
    Ok(HolderBody::decode(key.open(&holder_label(respondent_id), sealed)?.as_slice())?)
}

/// The personal part of a stored response.
pub(crate) fn personal(stored: &StoredResponse, key: &Key) -> Result<ResponsePersonal, Error> {
    Ok(ResponsePersonal::decode(key.open(&stored.id, &stored.sealed)?.as_slice())?)
}

/// The same response under a number.
pub(crate) fn under(number: &str, mut personal: ResponsePersonal) -> ResponsePersonal {
    for answer in personal.answers.iter_mut().filter(|answer| answer.question == NUMBER) {
        answer.value = Some(Given::Text(number.to_owned()));
    }
    number.clone_into(&mut personal.registration_number);
    personal
}

/// The two parts of a response: what is not personal, and what is.
pub(crate) fn parts(submission: &Submission) -> (Vec<contract::survey::v1::Answer>, ResponsePersonal) {
    let Submission { form, answers, number, .. } = submission;
    let of = |answers: &Answers, personal: bool| wire::answers(form, answers, |q: &Question| q.personal == personal);
    let personal = ResponsePersonal { registration_number: number.clone(), answers: of(answers, true) };
    (of(answers, false), personal)
}

/// A response as it is to be stored, but for its place in the log.
pub(crate) fn response_row(
    id: String,
    (at, now): (Timestamp, Timestamp),
    (respondent, home): (&str, &str),
    submission: &Submission,
    key: &Key,
) -> Result<StoredResponse, Error> {
    let (clear, personal) = parts(submission);
    Ok(StoredResponse {
        position: 0,
        respondent: respondent.to_owned(),
        home: home.to_owned(),
        form: submission.form.version.clone(),
        submit_time: at.micros(),
        receive_time: now.micros(),
        sender: String::new(),
        dispute: String::new(),
        decided: false,
        content_hash: submission.content_hash.clone(),
        clear: AnswersBody { answers: clear }.encode_to_vec(),
        sealed: key.seal(&id, &personal.encode_to_vec())?,
        id,
    })
}

/// The skill part from its column.
pub(crate) fn stored_skills(bytes: &[u8]) -> Result<SkillAnswers, Error> {
    if bytes.is_empty() {
        return Ok(SkillAnswers::UNANSWERED);
    }
    let wrong = || Error::Internal("a stored skill part cannot be read".to_owned());
    let values = <[u8; 34]>::try_from(bytes).map_err(|_| wrong())?;
    SkillAnswers::try_from(values).map_err(|_| wrong())
}
