//! Deciding that two people are one, that some responses are somebody else's, that two people are two.

use contract::survey::v1 as wire;
use kit_log::{Committed, Origin};
use kit_serve::Caller;

use super::super::Survey;
use super::super::campaigns::look_again;
use super::super::check::Check;
use super::super::finding::fault;
use super::ask::{self, response_at};
use super::desk::{Desk, Note, Target, ids, shown_by};
use super::show::person_etag;
use super::{Done, person_name};
use crate::Error;
use crate::domain::holder::{Holder, Identity, Known};
use crate::domain::people::Decision;
use crate::events;
use crate::store::{self, Respondent, StoredResponse};

/// Two people who are to be one, or two.
struct Two {
    ids: [String; 2],
    words: String,
    etags: [String; 2],
}

impl Two {
    fn read(names: [&str; 2], fields: [&str; 2], request_id: &str, reason: &str) -> Result<Self, Error> {
        let ids = [ask::person(names[0])?, ask::person(names[1])?];
        let mut check = Check::default();
        if ids[0] == ids[1] {
            check.fault(fields[1], "SAME_PERSON", &[]);
        }
        check.request_id(request_id);
        let words = check.reason(reason);
        check.done()?;
        Ok(Self { ids, words, etags: Default::default() })
    }
}

fn fresh(etag: &str, row: &Respondent) -> Result<(), Error> {
    if etag.is_empty() || etag == person_etag(row) { Ok(()) } else { Err(Error::StaleEtag) }
}

impl Survey {
    pub(super) async fn merge(
        &self,
        caller: &Caller,
        request: wire::MergePeopleRequest,
    ) -> Result<wire::MergePeopleResponse, Error> {
        let names = [request.name.as_str(), request.into.as_str()];
        let mut two = Two::read(names, ["name", "into"], &request.request_id, &request.reason)?;
        two.etags = [request.etag.clone(), request.into_etag.clone()];
        let stays = two.ids[1].clone();
        let origin = Origin::of_call(caller, "MergePeople", &request.request_id, &request);
        let (keys, policies, marks) = (self.log.keys().clone(), self.policies.clone(), self.marks.clone());
        let work = self
            .log
            .writer()
            .run(origin, move |unit| Box::pin(async move { merge(Desk { unit, keys, policies, marks }, two).await }));
        let Committed { token, .. } = work.await?;
        Ok(wire::MergePeopleResponse { person: Some(self.shown_person(&stays).await?), token: Some(token) })
    }

    pub(super) async fn split(
        &self,
        caller: &Caller,
        request: wire::SplitPersonRequest,
    ) -> Result<wire::SplitPersonResponse, Error> {
        let id = ask::person(&request.name)?;
        let mut check = Check::default();
        let responses = check.responses(&request.responses);
        let number = check.number(&request.registration_number);
        check.request_id(&request.request_id);
        let words = check.reason(&request.reason);
        check.done()?;
        let origin = Origin::of_call(caller, "SplitPerson", &request.request_id, &request);
        let split = Split { id: id.clone(), responses, number, words, etag: request.etag };
        let (keys, policies, marks) = (self.log.keys().clone(), self.policies.clone(), self.marks.clone());
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move { split.carry_out(Desk { unit, keys, policies, marks }).await })
        });
        let Committed { token, answer, .. } = work.await?;
        let (person, other) = (self.shown_person(&id).await?, self.shown_person(&answer.other).await?);
        Ok(wire::SplitPersonResponse { person: Some(person), other: Some(other), token: Some(token) })
    }

    pub(super) async fn keep_apart(
        &self,
        caller: &Caller,
        request: wire::KeepPeopleApartRequest,
    ) -> Result<wire::KeepPeopleApartResponse, Error> {
        let names = [request.first.as_str(), request.second.as_str()];
        let two = Two::read(names, ["first", "second"], &request.request_id, &request.reason)?;
        let [first, second] = two.ids.clone();
        let origin = Origin::of_call(caller, "KeepPeopleApart", &request.request_id, &request);
        let (keys, policies, marks) = (self.log.keys().clone(), self.policies.clone(), self.marks.clone());
        let work = self
            .log
            .writer()
            .run(origin, move |unit| Box::pin(async move { apart(Desk { unit, keys, policies, marks }, two).await }));
        let Committed { token, .. } = work.await?;
        let (first, second) = (self.shown_person(&first).await?, self.shown_person(&second).await?);
        Ok(wire::KeepPeopleApartResponse { first: Some(first), second: Some(second), token: Some(token) })
    }
}

async fn merge(mut desk: Desk<'_>, two: Two) -> Result<Done, Error> {
    let Two { ids: [goes, stays], words, etags } = two;
    let (goes, stays) = (desk.row(&goes).await?, desk.row(&stays).await?);
    fresh(&etags[0], &goes)?;
    fresh(&etags[1], &stays)?;
    if !goes.merged_into.is_empty() || !stays.merged_into.is_empty() {
        return Err(Error::Precondition("PERSON_MERGED"));
    }
    if !stays.held {
        return Err(Error::Precondition("WITHOUT_NUMBER"));
    }
    let (mut from, mut to) = (desk.open(goes).await?, desk.open(stays).await?);
    let (goes, stays) = (from.row.id.clone(), to.row.id.clone());
    let stored = store::responses_of(desk.unit.session(), &goes).await?;
    let moved = ids(stored.iter().filter(|stored| stored.dispute.is_empty()));
    // What each has said of himself or herself stays apart, so that it can be parted again.
    let before = to.holder.clone();
    for stored in stored {
        let home = stored.home.clone();
        if stored.dispute.is_empty() {
            desk.give(stored, &from.key, &mut to, &home).await?;
        } else {
            desk.lay(stored, &stays, &home).await?;
        }
    }
    to.holder = before;
    let Holder { subject, identity, others } = from.holder.clone();
    to.holder.others.push(Known { by: goes.clone(), number: from.number.clone(), subject, identity });
    to.holder.others.extend(others);
    from.row.merged_into.clone_from(&stays);
    store::bring_together(desk.unit.session(), [&goes, &stays]).await?;
    desk.unit.emit(events::merged(&goes, &stays));
    desk.settle(from).await?;
    desk.settle(to).await?;
    let note = Note {
        decision: Decision::Merge,
        person: &goes,
        other: &stays,
        dispute: None,
        responses: moved,
        words: &words,
    };
    desk.note(note, &stays).await?;
    Ok(Done::default())
}

/// Responses of a person that are somebody else's.
struct Split {
    id: String,
    responses: Vec<String>,
    number: String,
    words: String,
    etag: String,
}

impl Split {
    async fn carry_out(self, mut desk: Desk<'_>) -> Result<Done, Error> {
        let row = desk.row(&self.id).await?;
        fresh(&self.etag, &row)?;
        if !row.merged_into.is_empty() {
            return Err(Error::Precondition("PERSON_MERGED"));
        }
        let mut from = desk.open(row).await?;
        let (going, staying): (Vec<_>, Vec<_>) =
            desk.counted(&self.id).await?.into_iter().partition(|stored| self.responses.contains(&stored.id));
        let unknown = self.responses.iter().enumerate().filter(|(_, id)| going.iter().all(|stored| stored.id != **id));
        let faults: Vec<_> = unknown.map(|(at, _)| fault(&response_at(at), "NO_SUCH_RESPONSE", &[])).collect();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        if staying.is_empty() && from.row.held {
            return Err(Error::Precondition("NOTHING_LEFT"));
        }
        // Who the newcomer is follows from the responses, once they are there.
        let nobody = Holder { subject: None, identity: Identity::default(), others: Vec::new() };
        let Target { home, person: mut to, new } = desk.of_number(&self.number, nobody, &person_name(&self.id)).await?;
        let other = to.row.id.clone();
        if other == self.id {
            return Err(Error::Invalid(vec![fault("registration_number", "SAME_NUMBER", &[])]));
        }
        // What such a response was once said to show of the person goes with it.
        let shows =
            |all: &[StoredResponse]| all.iter().map(|one| shown_by(one, &from.key)).collect::<Result<Vec<_>, _>>();
        let (gone, kept) = (shows(&going)?, shows(&staying)?);
        from.holder.others.retain(|known| {
            let shown = (known.subject.clone(), known.identity.clone());
            !known.number.is_empty() || !gone.contains(&shown) || kept.contains(&shown)
        });
        let mut numbers = Vec::new();
        for stored in going {
            numbers.push(desk.row(&stored.home).await?.number_hash);
            desk.give(stored, &from.key, &mut to, &home).await?;
        }
        look_again(desk.unit, desk.keys.as_ref(), &numbers).await?;
        desk.know_anew(&mut from).await?;
        if new {
            desk.know_anew(&mut to).await?;
        }
        store::keep_apart(desk.unit.session(), [&self.id, &other]).await?;
        desk.settle(from).await?;
        desk.settle(to).await?;
        let responses = self.responses;
        let (person, words) = (&*self.id, &*self.words);
        let note = Note { decision: Decision::Split, person, other: &other, dispute: None, responses, words };
        desk.note(note, &self.id).await?;
        Ok(Done { other })
    }
}

async fn apart(mut desk: Desk<'_>, two: Two) -> Result<Done, Error> {
    let Two { ids: [first, second], words, .. } = two;
    let (a, b) = (desk.row(&first).await?, desk.row(&second).await?);
    desk.key(&first).await?;
    desk.key(&second).await?;
    let [under_first, under_second] =
        [store::leading_to(desk.unit.session(), &first).await?, store::leading_to(desk.unit.session(), &second).await?];
    let (goes, stays, with) = if under_second.contains(&first) {
        (a, b, under_second)
    } else if under_first.contains(&second) {
        (b, a, under_first)
    } else {
        if desk.root(&a).await?.id == desk.root(&b).await?.id {
            // Both are a third one: each is to be parted from that one.
            return Err(Error::Precondition("PERSON_MERGED"));
        }
        let decided = store::keep_apart(desk.unit.session(), [&first, &second]).await?;
        if decided {
            let (person, other, words) = (&*first, &*second, &*words);
            let note = Note { decision: Decision::Apart, person, other, dispute: None, responses: vec![], words };
            desk.note(note, &first).await?;
        }
        return Ok(Done::default());
    };
    drop(with);
    let moved = part(&mut desk, goes.clone()).await?;
    store::keep_apart(desk.unit.session(), [&goes.id, &stays.id]).await?;
    let (person, other, words) = (&*goes.id, &*stays.id, &*words);
    let note = Note { decision: Decision::Apart, person, other, dispute: None, responses: moved, words };
    desk.note(note, other).await?;
    Ok(Done::default())
}

/// Parts one who was merged, with all who lead there, and the responses that came under their numbers.
async fn part(desk: &mut Desk<'_>, goes: Respondent) -> Result<Vec<String>, Error> {
    let root = desk.root(&goes).await?;
    let within = store::leading_to(desk.unit.session(), &goes.id).await?;
    let mut from = desk.open(root).await?;
    let mut to = desk.open(Respondent { merged_into: String::new(), ..goes }).await?;
    let (going, staying): (Vec<_>, Vec<_>) = store::responses_of(desk.unit.session(), &from.row.id)
        .await?
        .into_iter()
        .partition(|stored| within.contains(&stored.home));
    let none_counted = |all: &[StoredResponse]| all.iter().all(|stored| !stored.dispute.is_empty());
    if none_counted(&staying) || (to.row.held && none_counted(&going)) {
        return Err(Error::Precondition("NOTHING_LEFT"));
    }
    let (known, kept): (Vec<_>, Vec<_>) = from.holder.others.drain(..).partition(|known| within.contains(&known.by));
    from.holder.others = kept;
    let itself = |known: &Known| known.by == to.row.id && known.number == to.number && !known.number.is_empty();
    to.holder.others = known.into_iter().filter(|known| !itself(known)).collect();
    let moved = ids(going.iter().filter(|stored| stored.dispute.is_empty()));
    let id = to.row.id.clone();
    for stored in going {
        let home = stored.home.clone();
        if stored.dispute.is_empty() {
            desk.give(stored, &from.key, &mut to, &home).await?;
        } else {
            desk.lay(stored, &id, &home).await?;
        }
    }
    desk.know_anew(&mut from).await?;
    desk.know_anew(&mut to).await?;
    desk.unit.emit(events::merged(&id, ""));
    desk.settle(from).await?;
    desk.settle(to).await?;
    Ok(moved)
}
