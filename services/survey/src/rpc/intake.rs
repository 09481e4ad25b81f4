//! Taking responses in, within one command: who answers, whether it was handed in before, whether it counts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use contract::survey::v1::{Rating, ResponseState, Vouching};
use kit_forms::Form;
use kit_log::keys::Key;
use kit_log::sql::Session;
use kit_log::{KeyStore, Unit};
use prost::Message as _;

use super::campaigns::{Arrival, note_answers};
use super::form as shown;
use super::person::{Person, personal, response_row, under};
use super::read::Submission;
use super::rules::{Policies, Rules};
use super::wire;
use crate::Error;
use crate::domain::holder::{Dispute, Holder, Sender};
use crate::events::{self, Receipt};
use crate::store::{self, AnswersBody, Respondent, StoredResponse};

/// What holds for all responses of a command.
pub(crate) struct Terms {
    pub(crate) sender: Sender,
    pub(crate) vouching: Option<Vouching>,
    pub(crate) policies: Policies,
    pub(crate) keys: Arc<dyn KeyStore>,
    /// Ids for people who were not known when the command was prepared, by number; their keys are made already.
    pub(crate) candidates: HashMap<String, String>,
    /// For the marks of addresses and names; none when it was destroyed.
    pub(crate) marks: Option<Key>,
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

/// Whose a number is.
struct Whose {
    /// Who has answered under it first.
    home: String,
    /// Who that is now: another one after a merge.
    person: String,
}

/// Works on the responses of one command, in order.
pub(crate) struct Intake<'u> {
    unit: &'u mut Unit,
    terms: Terms,
    /// As they stand within this transaction.
    rules: Rules,
    /// By id.
    people: HashMap<String, Person>,
    /// By hashed number: whose it is.
    numbers: HashMap<String, Whose>,
    /// Numbers whose holder is erased.
    erased: BTreeSet<String>,
    /// What imports brought before, by content, which the number is part of.
    before: HashMap<String, StoredResponse>,
    /// Who has these now.
    owners: HashMap<String, Respondent>,
    new: Vec<StoredResponse>,
    /// Of these, what recipients of campaigns are marked by.
    arrivals: Vec<Arrival>,
    /// Versions of forms whose publication this command has seen to.
    published: BTreeSet<&'static str>,
}

impl<'u> Intake<'u> {
    /// Reads, in a few questions, all that is known of these responses' people.
    pub(crate) async fn open(unit: &'u mut Unit, terms: Terms, rows: &[Submission]) -> Result<Self, Error> {
        let hashes = distinct(rows.iter().map(|row| &row.number_hash));
        let contents = distinct(rows.iter().filter_map(|row| row.content_hash.as_ref()));
        let rules = terms.policies.rules(unit.session()).await?;
        let known = store::respondents(unit.session(), &hashes).await?;
        let before = store::with_content(unit.session(), &contents).await?;
        let owners = distinct(before.iter().map(|stored| &stored.respondent));
        let owners = store::respondents_by_id(unit.session(), &owners).await?;
        let mut intake = Self {
            people: HashMap::new(),
            numbers: HashMap::new(),
            erased: BTreeSet::new(),
            owners: owners.into_iter().map(|owner| (owner.id.clone(), owner)).collect(),
            before: before
                .into_iter()
                .map(|stored| (stored.content_hash.clone().unwrap_or_default(), stored))
                .collect(),
            new: Vec::new(),
            arrivals: Vec::new(),
            published: BTreeSet::new(),
            unit,
            terms,
            rules,
        };
        intake.open_people(known).await?;
        Ok(intake)
    }

    async fn open_people(&mut self, known: Vec<Respondent>) -> Result<(), Error> {
        let roots = store::roots(self.unit.session(), &known).await?;
        let ids = distinct(known.iter().map(|row| &row.id).chain(roots.values().map(|row| &row.id)));
        let keys = self.terms.keys.find(&ids).await?;
        for row in known {
            let root = roots.get(&row.id).unwrap_or(&row);
            match (keys.get(&row.id), keys.get(&root.id)) {
                (Some(_), Some(key)) => {
                    let whose = Whose { home: row.id.clone(), person: root.id.clone() };
                    if !self.people.contains_key(&root.id) {
                        self.people.insert(root.id.clone(), Person::open(root.clone(), key.clone())?);
                    }
                    self.numbers.insert(row.number_hash, whose);
                }
                _ => drop(self.erased.insert(row.number_hash)),
            }
        }
        Ok(())
    }

    /// Takes one response in.
    pub(crate) async fn take(&mut self, submission: &Submission) -> Result<Taken, Error> {
        if self.erased.contains(&submission.number_hash) {
            return Err(Error::Erased);
        }
        if let Some(stored) = submission.content_hash.as_ref().and_then(|hash| self.before.get(hash)) {
            let owner = self.people.get(&stored.respondent).map(|person| &person.row);
            let owner = owner.or_else(|| self.owners.get(&stored.respondent));
            let done = done(stored, owner.ok_or_else(|| Error::Internal("a person is not there".to_owned()))?);
            return Ok(if stored.waits() { Taken::Waiting(done) } else { Taken::Repeated(done) });
        }
        let whose = self.numbers.get(&submission.number_hash);
        let Some(person) = whose.and_then(|whose| self.people.get(&whose.person)) else {
            let person = self.newcomer(submission).await?;
            let whose = Whose { home: person.row.id.clone(), person: person.row.id.clone() };
            self.numbers.insert(submission.number_hash.clone(), whose);
            self.people.insert(person.row.id.clone(), person);
            return self.accept(submission).await.map(Taken::Stored);
        };
        if let Some(stored) = same_answers(self.unit.session(), person, submission).await? {
            return Ok(Taken::Repeated(done(&stored, &person.row)));
        }
        match person.holder.judge(&self.terms.sender, &submission.identity) {
            Ok(()) => self.accept(submission).await.map(Taken::Stored),
            Err(dispute) => Ok(Taken::Disputed(dispute)),
        }
    }

    fn person_of(&self, submission: &Submission) -> Option<&Person> {
        self.numbers.get(&submission.number_hash).and_then(|whose| self.people.get(&whose.person))
    }

    async fn newcomer(&self, submission: &Submission) -> Result<Person, Error> {
        let candidate = self.terms.candidates.get(&submission.number_hash);
        let id = candidate.cloned().unwrap_or_else(|| self.unit.fresh_id());
        let key = self.terms.keys.ensure(std::slice::from_ref(&id)).await?.remove(&id).ok_or(Error::Erased)?;
        let holder = Holder::first(&self.terms.sender, submission.identity.clone());
        Ok(Person::first(id, key, holder, submission.number.clone()))
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
        let whose = self.numbers.get(&submission.number_hash);
        let person = whose.and_then(|whose| Some((&whose.home, self.people.get_mut(&whose.person)?)));
        let (home, person) = person.ok_or_else(|| Error::Internal("a person is not there".to_owned()))?;
        let mut row = response_row(id, (at, now), (&person.row.id, home), submission, &person.key)?;
        row.sender = self.terms.sender.account().unwrap_or_default();
        let rated = person.add(&row.id, (at, now), submission, &self.rules)?;
        // The rating first: whoever has seen the response has then seen its rating.
        if let Some(rated) = &rated {
            self.unit.emit(events::rated(rated, &submission.skills));
        }
        let receipt = Receipt {
            submissions: person.row.submissions,
            counts: rated.is_some(),
            imported: self.terms.vouching.is_some(),
            // A word for one number says nothing of another one that leads here.
            vouching: person.vouch(self.terms.vouching.as_ref().filter(|_| *home == person.row.id))?,
            revision: person.row.revision,
        };
        let respondent = person.row.id.clone();
        let event = events::received(&respondent, person.counting(self.unit.session()).await?, receipt);
        row.position = self.unit.emit(event);
        if person.row.entered == 0 {
            person.row.entered = row.position;
        }
        let done = done(&row, &person.row);
        if let Some(content) = &row.content_hash {
            self.before.insert(content.clone(), row.clone());
        }
        self.new.push(row);
        self.arrivals.push(Arrival {
            form: submission.form.id.clone(),
            submit_time: at,
            number_hash: submission.number_hash.clone(),
            email: submission.identity.email.clone().unwrap_or_default(),
        });
        Ok(done)
    }

    /// Stores a response that waits for an operator, sealed under a key of its own.
    pub(crate) async fn set_aside(&mut self, submission: &Submission, dispute: Dispute) -> Result<Done, Error> {
        self.publish(submission.form).await?;
        let (now, id) = (self.unit.now(), self.unit.fresh_id());
        let key = self.terms.keys.ensure(std::slice::from_ref(&id)).await?.remove(&id).ok_or(Error::Erased)?;
        let whose = self.numbers.get(&submission.number_hash);
        let person = whose.and_then(|whose| Some((&whose.home, self.people.get(&whose.person)?)));
        let (home, person) = person.ok_or_else(|| Error::Internal("a person is not there".to_owned()))?;
        let at = submission.stated.unwrap_or(now);
        let mut row = response_row(id, (at, now), (&person.row.id, home), submission, &key)?;
        row.sender = self.terms.sender.account().unwrap_or_default();
        row.dispute = dispute.reason().to_owned();
        row.position = self.unit.emit(events::disputed(&person.row.id, &row.id, dispute));
        let done = done(&row, &person.row);
        self.new.push(row);
        Ok(done)
    }

    /// The rating in force of the person behind a response.
    pub(crate) async fn rating_of(&mut self, submission: &Submission) -> Result<Option<Rating>, Error> {
        let in_force = self.rules.in_force.clone();
        let (id, rated) = match self.person_of(submission) {
            Some(person) => (person.row.id.clone(), person.ratings.first().cloned()),
            None => return Ok(None),
        };
        let stored = match rated {
            Some(rating) => Some(rating),
            None => store::rating(self.unit.session(), &id, in_force.id()).await?,
        };
        stored.map(|stored| wire::rated_by(&in_force, &stored)).transpose()
    }

    /// Writes what the responses left.
    pub(crate) async fn close(self) -> Result<(), Error> {
        let changed: Vec<Person> = self.people.into_values().filter(|person| person.changed).collect();
        let marks = self.terms.marks.as_ref();
        let likeness: Vec<_> = changed.iter().map(|person| (person.row.id.clone(), person.likeness(marks))).collect();
        let people: Vec<Respondent> = changed.iter().map(Person::to_row).collect::<Result<_, _>>()?;
        let ratings: Vec<_> = changed.iter().flat_map(|person| person.ratings.iter().cloned()).collect();
        store::put_respondents(self.unit.session(), &people).await?;
        store::put_ratings(self.unit.session(), &ratings).await?;
        store::put_responses(self.unit.session(), &self.new).await?;
        store::note_likeness(self.unit.session(), &likeness).await?;
        note_answers(self.unit, self.terms.keys.as_ref(), &self.arrivals).await
    }
}

/// What the person handed in at the very moment that a file states, with the same answers, by whichever form and way, and under
/// whichever of the person's numbers: an export that is imported again brings no second one.
async fn same_answers(
    session: &mut Session,
    person: &Person,
    submission: &Submission,
) -> Result<Option<StoredResponse>, Error> {
    let Some(at) = submission.stated else { return Ok(None) };
    for stored in store::handed_in_at(session, &person.row.id, at.micros()).await? {
        let mut answers = AnswersBody::decode(stored.clear.as_slice())?.answers;
        answers.extend(under(&submission.number, personal(&stored, &person.key)?).answers);
        if super::read::answers(&answers) == submission.answers {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

fn done(stored: &StoredResponse, person: &Respondent) -> Done {
    let state = state(stored.waits(), stored.decided || !person.held, person.counting == stored.id);
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

/// How a response stands: waiting for an operator, set aside for good, counting, or history.
pub(crate) const fn state(waits: bool, set_aside: bool, counts: bool) -> ResponseState {
    match (waits, set_aside, counts) {
        (true, ..) => ResponseState::Disputed,
        (_, true, _) => ResponseState::SetAside,
        (.., true) => ResponseState::Counts,
        _ => ResponseState::Superseded,
    }
}

/// Each once, in a fixed order.
pub(crate) fn distinct<'a>(of: impl Iterator<Item = &'a String>) -> Vec<String> {
    of.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}
