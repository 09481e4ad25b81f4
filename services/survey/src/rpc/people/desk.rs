//! Moving responses between people within one command, and telling what counts then, by the rules of every submission: the
//! latest counts, the rating is told before the response.

use std::sync::Arc;

use contract::survey::v1::Vouching;
use kit_clock::Timestamp;
use kit_log::keys::Key;
use kit_log::{KeyStore, Unit, wire_time};
use prost::Message as _;

use super::super::campaigns::{Arrival, note_answers};
use super::super::intake::distinct;
use super::super::person::{Person, all_answers, personal, stored_skills, under};
use super::super::read::number_hash;
use super::super::rules::Policies;
use super::show::words_label;
use crate::Error;
use crate::domain::form::form;
use crate::domain::holder::{Holder, Identity};
use crate::domain::people::Decision;
use crate::events::{self, Receipt};
use crate::store::{self, Decided, Respondent, StoredResponse, Words};

/// What a decision works with.
pub(super) struct Desk<'u> {
    pub(super) unit: &'u mut Unit,
    pub(super) keys: Arc<dyn KeyStore>,
    pub(super) policies: Policies,
    pub(super) marks: Option<Key>,
}

/// Whose a number is.
pub(super) struct Target {
    /// Who answered under it.
    pub(super) home: String,
    /// Who that is now.
    pub(super) person: Person,
    /// Nobody had answered under it.
    pub(super) new: bool,
}

/// What is written down of a decision.
pub(super) struct Note<'a> {
    pub(super) decision: Decision,
    pub(super) person: &'a str,
    pub(super) other: &'a str,
    /// The disputed response and why it was disputed, with the hash of the number it came under.
    pub(super) dispute: Option<(&'a str, &'a str, &'a str)>,
    pub(super) responses: Vec<String>,
    pub(super) words: &'a str,
}

impl Desk<'_> {
    pub(super) async fn row(&mut self, id: &str) -> Result<Respondent, Error> {
        store::respondent_by_id(self.unit.session(), id).await?.ok_or(Error::NotFound("NO_SUCH_PERSON"))
    }

    pub(super) async fn root(&mut self, row: &Respondent) -> Result<Respondent, Error> {
        let root = store::roots(self.unit.session(), std::slice::from_ref(row)).await?.remove(&row.id);
        root.ok_or_else(|| Error::Internal("a person is not there".to_owned()))
    }

    pub(super) async fn key(&mut self, id: &str) -> Result<Key, Error> {
        self.keys.find(&[id.to_owned()]).await?.remove(id).ok_or(Error::Precondition("ERASED"))
    }

    /// A person who is not erased.
    pub(super) async fn open(&mut self, row: Respondent) -> Result<Person, Error> {
        let key = self.key(&row.id).await?;
        Person::open(row, key)
    }

    /// Whose a number is; a newcomer is entered at once, so that responses can be given to him or her. Who decides whose a
    /// number is vouches for it, as who imports does.
    pub(super) async fn of_number(&mut self, number: &str, holder: Holder, source: &str) -> Result<Target, Error> {
        if let Some(home) = store::respondent_of(self.unit.session(), &number_hash(number)).await? {
            self.key(&home.id).await?;
            let root = self.root(&home).await?;
            return Ok(Target { home: home.id, person: self.open(root).await?, new: false });
        }
        let id = self.unit.fresh_id();
        let keys = self.keys.ensure(std::slice::from_ref(&id)).await?.remove(&id);
        let mut person = Person::first(id.clone(), keys.ok_or(Error::Erased)?, holder, number.to_owned());
        let (operator, as_of) = (self.unit.actor().to_owned(), Some(wire_time(self.unit.now())));
        person.vouch(Some(&Vouching { operator, source: source.to_owned(), as_of }))?;
        person.row.submissions = 1;
        person.row.entered = self.unit.token().position + 1;
        store::put_respondents(self.unit.session(), &[person.to_row()?]).await?;
        Ok(Target { home: id, person, new: true })
    }

    /// Gives a response to a person, sealed under that person's key from now on. One that goes to another number says so.
    pub(super) async fn give(
        &mut self,
        mut stored: StoredResponse,
        key: &Key,
        to: &mut Person,
        home: &str,
    ) -> Result<(), Error> {
        let given = Identity::of(&all_answers(&stored, key)?);
        let mut told = personal(&stored, key)?;
        if let Some(number) = to.number_of(home).filter(|_| stored.home != home) {
            told = under(number, told);
        }
        stored.sealed = to.key.seal(&stored.id, &told.encode_to_vec())?;
        stored.dispute.clear();
        let number_hash = self.row(home).await?.number_hash;
        let arrival = Arrival {
            form: form(&stored.form).map(|form| form.id.clone()).unwrap_or_default(),
            submit_time: Timestamp::from_micros(stored.submit_time),
            number_hash,
            email: given.email.clone().unwrap_or_default(),
        };
        to.gave(given);
        self.lay(stored, &to.row.id, home).await?;
        // A campaign's list learns of an answer that is somebody's only now.
        note_answers(self.unit, self.keys.as_ref(), &[arrival]).await
    }

    /// Puts a response under a person as it is: a disputed one has a key of its own.
    pub(super) async fn lay(&mut self, stored: StoredResponse, person: &str, home: &str) -> Result<(), Error> {
        let moved = StoredResponse { respondent: person.to_owned(), home: home.to_owned(), ..stored };
        Ok(store::reseal(self.unit.session(), &moved).await?)
    }

    /// Finds out again, from the responses that are a person's now, who holds the number and by what he or she is found. Those that
    /// came under the number itself say who holds it, and nobody else's as long as there are any.
    pub(super) async fn know_anew(&mut self, person: &mut Person) -> Result<(), Error> {
        store::forget(self.unit.session(), &person.row.id).await?;
        let mut stored = store::responses_of(self.unit.session(), &person.row.id).await?;
        stored.retain(|stored| stored.dispute.is_empty());
        let known = stored.iter().map(|stored| shown_by(stored, &person.key)).collect::<Result<Vec<_>, _>>()?;
        let others = std::mem::take(&mut person.holder.others);
        let own = stored.iter().position(|stored| stored.home == person.row.id).unwrap_or(0);
        if let Some((subject, identity)) = known.get(own).cloned() {
            person.holder = Holder { subject, identity, others: Vec::new() };
        }
        known.into_iter().for_each(|(_, identity)| person.gave(identity));
        person.holder.others = others;
        Ok(())
    }

    /// Finds out what counts of a person now, tells it and stores the person. Of one who is merged or has lost the number
    /// nothing counts, and nothing is told.
    pub(super) async fn settle(&mut self, mut person: Person) -> Result<(), Error> {
        let (rules, now) = (self.policies.rules(self.unit.session()).await?, self.unit.now());
        let rated = person.recount(self.unit.session(), now, &rules).await?;
        if person.row.is_live() {
            if let Some(rated) = &rated {
                self.unit.emit(events::rated(rated, &stored_skills(&person.row.skills)?));
            }
            let vouching = person.vouch(None)?;
            let receipt = Receipt {
                submissions: person.row.submissions,
                counts: rated.is_some(),
                imported: person.imported(self.unit.session()).await?,
                vouching,
                revision: person.row.revision,
            };
            let id = person.row.id.clone();
            let event = events::received(&id, person.counting(self.unit.session()).await?, receipt);
            self.unit.emit(event);
        }
        self.put(person).await
    }

    /// Stores a person as he or she stands.
    pub(super) async fn put(&mut self, person: Person) -> Result<(), Error> {
        let row = person.to_row()?;
        let marks = vec![(row.id.clone(), person.likeness(self.marks.as_ref()))];
        store::put_respondents(self.unit.session(), &[row]).await?;
        store::forget_ratings_of_others(self.unit.session(), &person.row.id).await?;
        store::put_ratings(self.unit.session(), &person.ratings).await?;
        Ok(store::note_likeness(self.unit.session(), &marks).await?)
    }

    /// Writes a decision down, its reason sealed under the key of the person it is sealed for.
    pub(super) async fn note(&mut self, note: Note<'_>, key_id: &str) -> Result<(), Error> {
        let Note { decision, person, other, dispute, responses, words } = note;
        let (dispute, why, number_hash) = match dispute {
            Some((dispute, why, number_hash)) => (Some(dispute.to_owned()), why, number_hash),
            None => (None, "", ""),
        };
        let mut decided = Decided {
            seq: 0,
            decision: decision.code().to_owned(),
            person: person.to_owned(),
            other: other.to_owned(),
            dispute,
            why: why.to_owned(),
            number_hash: number_hash.to_owned(),
            responses,
            time: self.unit.now().micros(),
            actor: self.unit.actor().to_owned(),
            words: Words { key_id: key_id.to_owned(), sealed: Vec::new() },
        };
        decided.words.sealed = self.key(key_id).await?.seal(&words_label(&decided), words.as_bytes())?;
        Ok(store::record(self.unit.session(), &decided).await?)
    }

    /// Those of a person's responses that are counted among, by id.
    pub(super) async fn counted(&mut self, person: &str) -> Result<Vec<StoredResponse>, Error> {
        let all = store::responses_of(self.unit.session(), person).await?;
        Ok(all.into_iter().filter(|stored| stored.dispute.is_empty()).collect())
    }
}

/// Ids, each once, in a fixed order.
pub(super) fn ids<'a>(responses: impl IntoIterator<Item = &'a StoredResponse>) -> Vec<String> {
    distinct(responses.into_iter().map(|stored| &stored.id))
}

/// The account and the identity that a response shows of its sender.
pub(super) fn shown_by(stored: &StoredResponse, key: &Key) -> Result<(Option<String>, Identity), Error> {
    let subject = (!stored.sender.is_empty()).then(|| stored.sender.clone());
    Ok((subject, Identity::of(&all_answers(stored, key)?)))
}
