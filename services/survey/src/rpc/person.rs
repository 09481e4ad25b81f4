//! A person as a command works on: the stored row, opened.

use contract::survey::v1::{Rating, ResponsePersonal, Vouching};
use kit_clock::Timestamp;
use kit_forms::{Answers, Question};
use kit_log::clock_time;
use kit_log::keys::Key;
use kit_log::sql::Session;
use prost::Message as _;

use super::read::Submission;
use super::wire;
use crate::Error;
use crate::domain::holder::{Holder, Identity, Sender};
use crate::domain::policy::Policy;
use crate::domain::scoring::{SkillAnswers, rate};
use crate::events::{Counting, response_name};
use crate::store::{self, AnswersBody, HolderBody, Respondent, StoredResponse};

/// A person and what counts of him or her.
pub(crate) struct Person {
    pub(crate) row: Respondent,
    pub(crate) holder: Holder,
    pub(crate) key: Key,
    number: String,
    /// Read from the store only when needed.
    counting: Option<Counting>,
    pub(crate) changed: bool,
}

impl Person {
    /// The sender of a number's first response; nothing counts yet.
    pub(crate) fn first(id: String, key: Key, sender: &Sender, submission: &Submission) -> Self {
        let holder = Holder::first(sender, submission.identity.clone());
        let row = Respondent {
            id,
            number_hash: submission.number_hash.clone(),
            holder_subject: holder.subject.clone().unwrap_or_default(),
            holder: Vec::new(),
            submissions: 0,
            counting: String::new(),
            counting_time: i64::MIN,
            skills: Vec::new(),
            policy: String::new(),
            rating: Vec::new(),
            vouching: Vec::new(),
        };
        Self { row, holder, key, number: submission.number.clone(), counting: None, changed: true }
    }

    /// A stored person.
    pub(crate) fn open(row: Respondent, key: Key) -> Result<Self, Error> {
        let body = holder_body(&row.id, &row.holder, &key)?;
        let subject = (!row.holder_subject.is_empty()).then(|| row.holder_subject.clone());
        let identity = Identity { name: body.name, kana: body.kana, email: body.email };
        Ok(Self { holder: Holder { subject, identity }, number: body.number, row, key, counting: None, changed: false })
    }

    /// Takes a response that is the holder's into the person's history; true when it is the one that counts now, which
    /// is the latest submission, and of those with the same time the one stored last.
    pub(crate) fn add(&mut self, id: &str, at: Timestamp, submission: &Submission, policy: &Policy) -> Option<Rating> {
        self.changed = true;
        self.row.submissions += 1;
        self.holder.complete(&submission.identity);
        if at.micros() < self.row.counting_time {
            return None;
        }
        let rating = rate(policy, &submission.skills, &submission.evidence);
        let answered = submission.skills.values().is_some();
        let rating = wire::rating(&rating, &self.row.id, &response_name(id), answered);
        let (clear, personal) = parts(submission);
        self.row.counting = id.to_owned();
        self.row.counting_time = at.micros();
        self.row.skills = submission.skills.values().map(|values| values.to_vec()).unwrap_or_default();
        self.row.policy = policy.id().to_owned();
        self.row.rating = rating.encode_to_vec();
        self.counting = Some(Counting {
            id: id.to_owned(),
            form: submission.form.version.clone(),
            submit_time: at,
            skills_answered: answered,
            clear,
            personal,
        });
        Some(rating)
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
                personal: personal(&stored, &self.key)?,
                id: stored.id,
                form: stored.form,
            });
        }
        self.counting.as_ref().ok_or_else(|| Error::Internal("no counting response".to_owned()))
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
    pub(crate) fn into_row(self) -> Result<Respondent, Error> {
        let Identity { name, kana, email } = self.holder.identity;
        let body = HolderBody { number: self.number, name, kana, email };
        let holder = self.key.seal(&holder_label(&self.row.id), &body.encode_to_vec())?;
        Ok(Respondent { holder, ..self.row })
    }
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
    respondent: &str,
    submission: &Submission,
    key: &Key,
) -> Result<StoredResponse, Error> {
    let (clear, personal) = parts(submission);
    Ok(StoredResponse {
        position: 0,
        respondent: respondent.to_owned(),
        form: submission.form.version.clone(),
        submit_time: at.micros(),
        receive_time: now.micros(),
        sender: String::new(),
        dispute: String::new(),
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
