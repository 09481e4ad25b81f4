//! Deciding about a disputed response.

use contract::survey::v1 as wire;
use kit_log::{Committed, Origin};
use kit_serve::Caller;

use super::super::Survey;
use super::super::check::Check;
use super::super::finding::fault;
use super::super::person::{all_answers, personal};
use super::super::read::number_hash;
use super::ask;
use super::desk::{Desk, Note, Target};
use super::show::{dispute_etag, find_dispute};
use super::{Done, dispute_name};
use crate::Error;
use crate::domain::holder::{Holder, Identity, Known};
use crate::domain::people::Decision;
use crate::events;
use crate::store::{self, Respondent, StoredResponse};

/// A decision, read.
struct Asked {
    id: String,
    decision: (Decision, wire::DisputeDecision),
    /// Of another number.
    number: String,
    words: String,
    etag: String,
}

impl Asked {
    fn read(request: &wire::DecideDisputeRequest) -> Result<Self, Error> {
        let id = ask::dispute(&request.name)?;
        let mut check = Check::default();
        check.request_id(&request.request_id);
        let decision = match request.decision() {
            wire::DisputeDecision::Keep => Decision::Keep,
            wire::DisputeDecision::TakeOver => Decision::TakeOver,
            wire::DisputeDecision::SamePerson => Decision::SamePerson,
            wire::DisputeDecision::OtherNumber => Decision::OtherNumber,
            wire::DisputeDecision::Unspecified => {
                let reason = if request.decision == 0 { "REQUIRED" } else { "UNKNOWN_CODE" };
                check.fault("decision", reason, &[]);
                Decision::Keep
            }
        };
        let number = match decision {
            Decision::OtherNumber => check.number(&request.registration_number),
            _ if request.registration_number.is_empty() => String::new(),
            _ => {
                check.fault("registration_number", "NOT_ASKED", &[]);
                String::new()
            }
        };
        let words = check.reason(&request.reason);
        check.done()?;
        Ok(Self { id, decision: (decision, request.decision()), number, words, etag: request.etag.clone() })
    }
}

impl Survey {
    pub(super) async fn decide(
        &self,
        caller: &Caller,
        request: wire::DecideDisputeRequest,
    ) -> Result<wire::DecideDisputeResponse, Error> {
        let asked = Asked::read(&request)?;
        let id = asked.id.clone();
        let origin = Origin::of_call(caller, "DecideDispute", &request.request_id, &request);
        let (keys, policies, marks) = (self.log.keys().clone(), self.policies.clone(), self.marks.clone());
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move { Case::open(Desk { unit, keys, policies, marks }, asked).await?.decide().await })
        });
        let Committed { token, .. } = work.await?;
        Ok(wire::DecideDisputeResponse { dispute: Some(self.shown_dispute(&id).await?), token: Some(token) })
    }
}

/// A dispute under decision.
struct Case<'u> {
    desk: Desk<'u>,
    asked: Asked,
    stored: StoredResponse,
    /// Whose number it came under, and who that is now.
    home: Respondent,
    holder: Respondent,
}

impl<'u> Case<'u> {
    async fn open(mut desk: Desk<'u>, asked: Asked) -> Result<Self, Error> {
        let (stored, decided) = find_dispute(desk.unit.session(), &asked.id).await?;
        if decided.is_some() {
            return Err(Error::Precondition("DISPUTE_DECIDED"));
        }
        let home = desk.row(&stored.home).await?;
        let holder = desk.root(&home).await?;
        if !asked.etag.is_empty() && asked.etag != dispute_etag(&stored, &holder) {
            return Err(Error::StaleEtag);
        }
        Ok(Self { desk, asked, stored, home, holder })
    }

    async fn decide(mut self) -> Result<Done, Error> {
        let key = self.desk.key(self.stored.key_id()).await?;
        self.desk.key(&self.holder.id).await?;
        self.desk.key(&self.home.id).await?;
        let opened = all_answers(&self.stored, &key)?;
        let number = personal(&self.stored, &key)?.registration_number;
        let subject = (!self.stored.sender.is_empty()).then(|| self.stored.sender.clone());
        let holder = Holder { subject, identity: Identity::of(&opened), others: Vec::new() };
        self.desk.unit.emit(events::decided(&self.home.id, &self.stored.id, self.asked.decision.1));
        let (why, under) = (self.stored.dispute.clone(), self.home.number_hash.clone());
        let decision = self.asked.decision.0;
        let other = match decision {
            Decision::TakeOver => self.take_over(&key, &number, holder).await?,
            Decision::SamePerson => self.same_person(&key, holder).await?,
            Decision::OtherNumber => self.other_number(&key, holder).await?,
            _ => {
                let kept = StoredResponse { decided: true, ..self.stored.clone() };
                store::reseal(self.desk.unit.session(), &kept).await?;
                String::new()
            }
        };
        let note = Note {
            decision,
            person: if decision == Decision::TakeOver { &self.home.id } else { &self.holder.id },
            other: &other,
            dispute: Some((&self.stored.id, &why, &under)),
            responses: vec![self.stored.id.clone()],
            words: &self.asked.words,
        };
        self.desk.note(note, &self.holder.id).await?;
        Ok(Done { other })
    }

    /// The number goes to a new person; who had it keeps everything else.
    async fn take_over(&mut self, key: &kit_log::keys::Key, number: &str, holder: Holder) -> Result<String, Error> {
        let desk = &mut self.desk;
        let alias = self.home.id != self.holder.id;
        // Whoever leads there has no other place to stand: they are parted first.
        if store::leading_to(desk.unit.session(), &self.home.id).await?.len() > 1 {
            return Err(Error::Precondition("PERSON_MERGED"));
        }
        store::release_number(desk.unit.session(), &self.home.id).await?;
        let mut loser = desk.open(desk_row(&self.home)).await?;
        loser.number.clear();
        store::forget(desk.unit.session(), &self.home.id).await?;
        if alias {
            let mut person = desk.open(self.holder.clone()).await?;
            let of_home = person.holder.others.iter_mut().filter(|other| other.by == self.home.id);
            of_home.for_each(|other| other.number.clear());
            desk.put(person).await?;
        }
        desk.settle(loser).await?;
        let Target { home, mut person, .. } = desk.of_number(number, holder, &dispute_name(&self.stored.id)).await?;
        // Others who wait under the number have another holder to be compared with now.
        store::waiting_to(desk.unit.session(), &self.home.id, &home).await?;
        desk.give(self.stored.clone(), key, &mut person, &home).await?;
        desk.settle(person).await?;
        Ok(home)
    }

    /// The response is the holder's, and what it says of the holder is known from now on.
    async fn same_person(&mut self, key: &kit_log::keys::Key, known: Holder) -> Result<String, Error> {
        let mut person = self.desk.open(self.holder.clone()).await?;
        let Holder { subject, identity, .. } = known;
        person.holder.others.push(Known { by: self.home.id.clone(), number: String::new(), subject, identity });
        self.desk.give(self.stored.clone(), key, &mut person, &self.home.id).await?;
        self.desk.settle(person).await?;
        Ok(String::new())
    }

    async fn other_number(&mut self, key: &kit_log::keys::Key, holder: Holder) -> Result<String, Error> {
        let same = number_hash(&self.asked.number) == self.home.number_hash;
        let source = dispute_name(&self.stored.id);
        let refused = || Error::Invalid(vec![fault("registration_number", "SAME_NUMBER", &[])]);
        if same {
            return Err(refused());
        }
        let Target { home, mut person, .. } = self.desk.of_number(&self.asked.number, holder, &source).await?;
        if person.row.id == self.holder.id {
            return Err(refused());
        }
        let other = person.row.id.clone();
        self.desk.give(self.stored.clone(), key, &mut person, &home).await?;
        self.desk.settle(person).await?;
        Ok(other)
    }
}

/// The row of one who has lost the number.
fn desk_row(home: &Respondent) -> Respondent {
    Respondent { number_hash: format!("lost:{}", home.id), held: false, ..home.clone() }
}
