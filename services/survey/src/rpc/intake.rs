//! Taking responses in, within one command: who answers, whether it was handed in before, whether it counts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use contract::survey::v1::{Rating, ResponseState, Vouching};
use kit_forms::Form;
use kit_log::sql::Session;
use kit_log::{KeyStore, Unit};
use prost::Message as _;

use super::form as shown;
use super::person::{Person, personal, response_row};
use super::read::Submission;
use super::wire;
use crate::Error;
use crate::domain::holder::{Dispute, Sender};
use crate::domain::policy::Policy;
use crate::events::{self, Receipt};
use crate::store::{self, AnswersBody, Respondent, StoredResponse};

/// What holds for all responses of a command.
pub(crate) struct Terms {
    pub(crate) sender: Sender,
    pub(crate) vouching: Option<Vouching>,
    pub(crate) policy: &'static Policy,
    pub(crate) keys: Arc<dyn KeyStore>,
    /// Ids for people who were not known when the command was prepared, by number; their keys are made already.
    pub(crate) candidates: HashMap<String, String>,
}

/// What became of a response.
pub(crate) enum Taken {
    /// It is stored.
    Stored(Done),
    /// An import brought it before.
    Repeated(Done),
    /// It is not shown to be the holder's. Nothing is stored yet.
    Disputed(Dispute),
    /// So it was, and it has been waiting for an operator since.
    Waiting(Done),
}

/// A stored response; its message is the answer kept for a repeated request, so it holds nothing personal.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Done {
    #[prost(string, tag = "1")]
    pub(crate) response_id: String,
    #[prost(string, tag = "2")]
    pub(crate) respondent_id: String,
    /// Microseconds, as the next.
    #[prost(int64, tag = "3")]
    pub(crate) submit_time: i64,
    #[prost(int64, tag = "4")]
    pub(crate) receive_time: i64,
    /// Where its event stands in the log.
    #[prost(int64, tag = "5")]
    pub(crate) position: i64,
    #[prost(enumeration = "ResponseState", tag = "6")]
    pub(crate) state: i32,
    /// In force of the person, after this; left out of a batch.
    #[prost(message, optional, tag = "7")]
    pub(crate) rating: Option<Rating>,
}

/// Works on the responses of one command, in order.
pub(crate) struct Intake<'u> {
    unit: &'u mut Unit,
    terms: Terms,
    /// By hashed number.
    people: HashMap<String, Person>,
    /// Numbers whose holder is erased.
    erased: BTreeSet<String>,
    /// What imports brought before, by person and content.
    before: HashMap<(String, String), StoredResponse>,
    new: Vec<StoredResponse>,
    /// Versions of forms whose publication this command has seen to.
    published: BTreeSet<&'static str>,
}

impl<'u> Intake<'u> {
    /// Reads, in three questions, all that is known of these responses' people.
    pub(crate) async fn open(unit: &'u mut Unit, terms: Terms, rows: &[Submission]) -> Result<Self, Error> {
        let hashes = distinct(rows.iter().map(|row| &row.number_hash));
        let contents = distinct(rows.iter().filter_map(|row| row.content_hash.as_ref()));
        let known = store::respondents(unit.session(), &hashes).await?;
        let before = store::with_content(unit.session(), &contents).await?;
        let place = |stored: StoredResponse| {
            let content = stored.content_hash.clone().unwrap_or_default();
            ((stored.respondent.clone(), content), stored)
        };
        let mut intake = Self {
            people: HashMap::new(),
            erased: BTreeSet::new(),
            before: before.into_iter().map(place).collect(),
            new: Vec::new(),
            published: BTreeSet::new(),
            unit,
            terms,
        };
        intake.open_people(known).await?;
        Ok(intake)
    }

    async fn open_people(&mut self, known: Vec<Respondent>) -> Result<(), Error> {
        let ids: Vec<String> = known.iter().map(|row| row.id.clone()).collect();
        let mut keys = self.terms.keys.find(&ids).await?;
        for row in known {
            match keys.remove(&row.id) {
                Some(key) => drop(self.people.insert(row.number_hash.clone(), Person::open(row, key)?)),
                None => drop(self.erased.insert(row.number_hash)),
            }
        }
        Ok(())
    }

    /// Takes one response in.
    pub(crate) async fn take(&mut self, submission: &Submission) -> Result<Taken, Error> {
        if self.erased.contains(&submission.number_hash) {
            return Err(Error::Erased);
        }
        let Some(person) = self.people.get(&submission.number_hash) else {
            let person = self.newcomer(submission).await?;
            self.people.insert(submission.number_hash.clone(), person);
            return self.accept(submission).await.map(Taken::Stored);
        };
        let content = submission.content_hash.as_ref();
        if let Some(stored) = content.and_then(|hash| self.before.get(&(person.row.id.clone(), hash.clone()))) {
            let done = done(stored, &person.row);
            return Ok(if stored.dispute.is_empty() { Taken::Repeated(done) } else { Taken::Waiting(done) });
        }
        if let Some(stored) = same_answers(self.unit.session(), person, submission).await? {
            return Ok(Taken::Repeated(done(&stored, &person.row)));
        }
        match person.holder.judge(&self.terms.sender, &submission.identity) {
            Ok(()) => self.accept(submission).await.map(Taken::Stored),
            Err(dispute) => Ok(Taken::Disputed(dispute)),
        }
    }

    async fn newcomer(&self, submission: &Submission) -> Result<Person, Error> {
        let candidate = self.terms.candidates.get(&submission.number_hash);
        let id = candidate.cloned().unwrap_or_else(|| self.unit.fresh_id());
        let key = self.terms.keys.ensure(std::slice::from_ref(&id)).await?.remove(&id).ok_or(Error::Erased)?;
        Ok(Person::first(id, key, &self.terms.sender, submission))
    }

    /// Tells of a form before the first response to it: whoever has seen a response can then read its questions.
    async fn publish(&mut self, form: &'static Form) -> Result<(), Error> {
        if self.published.insert(&form.version) && store::publish(self.unit.session(), &form.version).await? {
            self.unit.emit(events::published(&form.version, shown::form(form, true)));
        }
        Ok(())
    }

    async fn accept(&mut self, submission: &Submission) -> Result<Done, Error> {
        self.publish(submission.form).await?;
        let (now, id) = (self.unit.now(), self.unit.fresh_id());
        let at = submission.stated.unwrap_or(now);
        let person = self.people.get_mut(&submission.number_hash);
        let person = person.ok_or_else(|| Error::Internal("a person is not there".to_owned()))?;
        let mut row = response_row(id, (at, now), &person.row.id, submission, &person.key)?;
        row.sender = account(&self.terms.sender);
        let rating = person.add(&row.id, at, submission, self.terms.policy);
        // The rating first: whoever has seen the response has then seen its rating.
        if let Some(rating) = &rating {
            self.unit.emit(events::rated(rating, &submission.skills));
        }
        let receipt = Receipt {
            submissions: person.row.submissions,
            counts: rating.is_some(),
            imported: self.terms.vouching.is_some(),
            vouching: person.vouch(self.terms.vouching.as_ref())?,
        };
        let respondent = person.row.id.clone();
        let event = events::received(&respondent, person.counting(self.unit.session()).await?, receipt);
        row.position = self.unit.emit(event);
        let done = done(&row, &person.row);
        if let Some(content) = &row.content_hash {
            self.before.insert((respondent, content.clone()), row.clone());
        }
        self.new.push(row);
        Ok(done)
    }

    /// Stores a response that waits for an operator, sealed under a key of its own.
    pub(crate) async fn set_aside(&mut self, submission: &Submission, dispute: Dispute) -> Result<Done, Error> {
        self.publish(submission.form).await?;
        let (now, id) = (self.unit.now(), self.unit.fresh_id());
        let key = self.terms.keys.ensure(std::slice::from_ref(&id)).await?.remove(&id).ok_or(Error::Erased)?;
        let person = self.people.get(&submission.number_hash);
        let person = person.ok_or_else(|| Error::Internal("a person is not there".to_owned()))?;
        let at = submission.stated.unwrap_or(now);
        let mut row = response_row(id, (at, now), &person.row.id, submission, &key)?;
        row.sender = account(&self.terms.sender);
        row.dispute = dispute.reason().to_owned();
        row.position = self.unit.emit(events::disputed(&person.row.id, &row.id, dispute));
        let done = done(&row, &person.row);
        self.new.push(row);
        Ok(done)
    }

    /// The rating in force of the person behind a response.
    pub(crate) fn rating_of(&self, submission: &Submission) -> Result<Option<Rating>, Error> {
        let person = self.people.get(&submission.number_hash);
        person.map(|person| wire::stored_rating(&person.row.rating)).transpose()
    }

    /// Writes what the responses left.
    pub(crate) async fn close(self) -> Result<(), Error> {
        let changed = self.people.into_values().filter(|person| person.changed);
        let people: Vec<Respondent> = changed.map(Person::into_row).collect::<Result<_, _>>()?;
        store::put_respondents(self.unit.session(), &people).await?;
        store::put_responses(self.unit.session(), &self.new).await?;
        Ok(())
    }
}

/// What the person handed in at the very moment that a file states, with the same answers, by whichever form and way: an export
/// that is imported again brings no second one.
async fn same_answers(
    session: &mut Session,
    person: &Person,
    submission: &Submission,
) -> Result<Option<StoredResponse>, Error> {
    let Some(at) = submission.stated else { return Ok(None) };
    for stored in store::handed_in_at(session, &person.row.id, at.micros()).await? {
        let mut answers = AnswersBody::decode(stored.clear.as_slice())?.answers;
        answers.extend(personal(&stored, &person.key)?.answers);
        if super::read::answers(&answers) == submission.answers {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

fn done(stored: &StoredResponse, person: &Respondent) -> Done {
    let state = if !stored.dispute.is_empty() {
        ResponseState::Disputed
    } else if person.counting == stored.id {
        ResponseState::Counts
    } else {
        ResponseState::Superseded
    };
    Done {
        response_id: stored.id.clone(),
        respondent_id: stored.respondent.clone(),
        submit_time: stored.submit_time,
        receive_time: stored.receive_time,
        position: stored.position,
        state: state.into(),
        rating: None,
    }
}

fn account(sender: &Sender) -> String {
    match sender {
        Sender::Expert { subject } => subject.clone(),
        Sender::Operator | Sender::Other => String::new(),
    }
}

/// Each once, in a fixed order.
pub(crate) fn distinct<'a>(of: impl Iterator<Item = &'a String>) -> Vec<String> {
    of.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}
