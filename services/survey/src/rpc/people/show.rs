//! People and disputes as calls answer them, side by side.

use std::collections::{BTreeMap, HashMap};

use contract::survey::v1 as wire;
use kit_forms::{Answers, Form};
use kit_log::keys::Key;
use kit_log::sql::Session;
use kit_serve::page::SIZES;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::super::check::Check;
use super::super::person::{Person, all_answers, personal};
use super::super::read::{hex, number_hash};
use super::super::{Survey, time, wire as shown};
use super::ask;
use super::{dispute_name, person_name};
use crate::Error;
use crate::domain::form;
use crate::domain::people::{Decision, differs};
use crate::events::response_name;
use crate::store::{self, AnswersBody, Decided, Respondent, StoredResponse};

/// Changes with every change of a person.
pub(super) fn person_etag(row: &Respondent) -> String {
    let Respondent { id, revision, submissions, counting, merged_into, held, .. } = row;
    etag(&[id, &revision.to_string(), &submissions.to_string(), counting, merged_into, &held.to_string()])
}

/// Changes with a dispute and with what counts of the holder.
pub(super) fn dispute_etag(dispute: &StoredResponse, holder: &Respondent) -> String {
    etag(&[&dispute.id, &dispute.home, &dispute.waits().to_string(), &person_etag(holder)])
}

fn etag(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    hex(&hash.finalize()[..8])
}

/// The dispute and the decision about it. A response that was never disputed is none.
pub(super) async fn find_dispute(session: &mut Session, id: &str) -> Result<(StoredResponse, Option<Decided>), Error> {
    let found = store::response(session, id).await?;
    let decided = store::decision_of(session, id).await?;
    let found = found.filter(|stored| !stored.dispute.is_empty() || decided.is_some());
    Ok((found.ok_or(Error::NotFound("NO_SUCH_DISPUTE"))?, decided))
}

pub(super) fn decision(code: &str) -> wire::DisputeDecision {
    match Decision::parse(code) {
        Some(Decision::Keep) => wire::DisputeDecision::Keep,
        Some(Decision::TakeOver) => wire::DisputeDecision::TakeOver,
        Some(Decision::SamePerson) => wire::DisputeDecision::SamePerson,
        Some(Decision::OtherNumber) => wire::DisputeDecision::OtherNumber,
        _ => wire::DisputeDecision::Unspecified,
    }
}

/// A person as shown; without a key, of who is erased, only what is not personal.
fn person(row: Respondent, key: Option<&Key>) -> Result<wire::Person, Error> {
    let mut shown = wire::Person {
        name: person_name(&row.id),
        respondent_id: row.id.clone(),
        submissions: if row.merged_into.is_empty() { row.submissions } else { 0 },
        submit_time: row.is_live().then(|| time(row.counting_time)),
        merged_into: if row.merged_into.is_empty() { String::new() } else { person_name(&row.merged_into) },
        etag: person_etag(&row),
        ..Default::default()
    };
    if let Some(key) = key {
        let person = Person::open(row, key.clone())?;
        let others = person.holder.others.into_iter().map(|other| other.number).filter(|number| !number.is_empty());
        shown.other_numbers = others.collect();
        shown.registration_number = person.number;
        shown.display_name = person.holder.identity.name.unwrap_or_default();
    }
    Ok(shown)
}

impl Survey {
    async fn keys_of(&self, ids: impl IntoIterator<Item = &String>) -> Result<HashMap<String, Key>, Error> {
        Ok(self.log.keys().find(&super::super::intake::distinct(ids.into_iter())).await?)
    }

    /// A person as shown now.
    pub(super) async fn shown_person(&self, id: &str) -> Result<wire::Person, Error> {
        let row = store::respondent_by_id(&mut self.log.read_session().await?, id).await?;
        let row = row.ok_or(Error::NotFound("NO_SUCH_PERSON"))?;
        let keys = self.keys_of([&row.id]).await?;
        let key = keys.get(&row.id).cloned();
        person(row, key.as_ref())
    }

    /// The person of a name, or who answered under a number.
    pub(super) async fn person(&self, request: &wire::GetPersonRequest) -> Result<wire::Person, Error> {
        let mut check = Check::default();
        let number = check.number_if_any(&request.registration_number);
        if request.name.is_empty() == number.is_none() {
            check.fault("name", "NUMBER_OR_NAME", &[]);
        }
        check.done()?;
        let Some(number) = number else { return self.shown_person(&ask::person(&request.name)?).await };
        let found = store::respondent_of(&mut self.log.read_session().await?, &number_hash(&number)).await?;
        self.shown_person(&found.ok_or(Error::NotFound("NEVER_ANSWERED"))?.id).await
    }

    /// A dispute as shown now.
    pub(super) async fn shown_dispute(&self, id: &str) -> Result<wire::Dispute, Error> {
        let mut session = self.log.read_session().await?;
        let (stored, decided) = find_dispute(&mut session, id).await?;
        let mut shown = self.show_disputes(&mut session, vec![(stored, decided)]).await?;
        shown.pop().ok_or(Error::NotFound("NO_SUCH_DISPUTE"))
    }

    async fn show_disputes(
        &self,
        session: &mut Session,
        disputes: Vec<(StoredResponse, Option<Decided>)>,
    ) -> Result<Vec<wire::Dispute>, Error> {
        let homes = super::super::intake::distinct(disputes.iter().map(|(stored, _)| &stored.home));
        let homes = store::respondents_by_id(session, &homes).await?;
        let holders = store::roots(session, &homes).await?;
        let key_ids: Vec<String> = disputes.iter().map(|(stored, _)| stored.key_id().to_owned()).collect();
        let words = disputes.iter().filter_map(|(_, decided)| decided.as_ref()).map(|decided| &decided.words.key_id);
        let keys = self.keys_of(key_ids.iter().chain(words)).await?;
        let missing = || Error::Internal("a person is not there".to_owned());
        let show = |(stored, decided): (StoredResponse, Option<Decided>)| {
            let holder = holders.get(&stored.home).ok_or_else(missing)?;
            let opened = keys.get(stored.key_id()).map(|key| personal(&stored, key)).transpose()?;
            Ok(wire::Dispute {
                name: dispute_name(&stored.id),
                response: response_name(&stored.id),
                respondent_id: decided.as_ref().map_or(&holder.id, |decided| &decided.person).clone(),
                registration_number: opened.map(|opened| opened.registration_number).unwrap_or_default(),
                reason: decided.as_ref().map_or(&stored.dispute, |decided| &decided.why).clone(),
                submit_time: Some(time(stored.submit_time)),
                receive_time: Some(time(stored.receive_time)),
                decision: decided.as_ref().map_or(Default::default(), |decided| decision(&decided.decision)).into(),
                etag: dispute_etag(&stored, holder),
                decided: decided.map(|decided| shown_decision(decided, &keys)).transpose()?,
            })
        };
        disputes.into_iter().map(show).collect()
    }

    pub(super) async fn disputes(
        &self,
        request: &wire::ListDisputesRequest,
    ) -> Result<wire::ListDisputesResponse, Error> {
        let mut check = Check::default();
        let number = check.number_if_any(&request.registration_number).map(|number| number_hash(&number));
        let page = check.page(request, SIZES);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let found = if request.decided {
            let (before, limit) = (page.after(i64::MAX), page.limit());
            let decided = store::decided_disputes(&mut session, number.as_deref(), before, limit).await?;
            let ids: Vec<String> = decided.iter().filter_map(|decided| decided.dispute.clone()).collect();
            let responses = store::responses(&mut session, &ids).await?;
            let mut responses: HashMap<_, _> = responses.into_iter().map(|one| (one.id.clone(), one)).collect();
            let with = |decided: Decided| {
                let response = responses.remove(decided.dispute.as_ref()?)?;
                Some((decided.seq, (response, Some(decided))))
            };
            decided.into_iter().filter_map(with).collect()
        } else {
            let home = match &number {
                Some(hash) => match store::respondent_of(&mut session, hash).await? {
                    Some(person) => Some(person.id),
                    None => return Ok(wire::ListDisputesResponse::default()),
                },
                None => None,
            };
            let waiting = store::waiting(&mut session, home.as_deref(), page.after(0), page.limit()).await?;
            waiting.into_iter().map(|stored| (stored.position, (stored, None))).collect()
        };
        let (found, next_page_token) = page.cut(found);
        let disputes = self.show_disputes(&mut session, found).await?;
        Ok(wire::ListDisputesResponse { disputes, next_page_token })
    }

    pub(super) async fn dispute_side_by_side(&self, id: &str) -> Result<wire::GetDisputeResponse, Error> {
        let mut session = self.log.read_session().await?;
        let (stored, decided) = find_dispute(&mut session, id).await?;
        let holder = decided.as_ref().map_or(&stored.home, |decided| &decided.person);
        let holder = store::respondent_by_id(&mut session, holder).await?;
        let holder = holder.ok_or_else(|| Error::Internal("a person is not there".to_owned()))?;
        let holder = if stored.waits() {
            store::roots(&mut session, std::slice::from_ref(&holder)).await?.remove(&holder.id).unwrap_or(holder)
        } else {
            holder
        };
        let dispute = self.show_disputes(&mut session, vec![(stored.clone(), decided)]).await?.pop();
        let counting = store::response(&mut session, &holder.counting).await?;
        drop(session);
        let answers = self.compare(counting.as_ref(), Some(&stored)).await?;
        let keys = self.keys_of([&holder.id]).await?;
        let key = keys.get(&holder.id).cloned();
        Ok(wire::GetDisputeResponse { dispute, answers, holder: Some(person(holder, key.as_ref())?) })
    }

    pub(super) async fn people_side_by_side(
        &self,
        request: &wire::ComparePeopleRequest,
    ) -> Result<wire::ComparePeopleResponse, Error> {
        let ids = [ask::person(&request.first)?, ask::person(&request.second)?];
        let mut session = self.log.read_session().await?;
        let mut sides = Vec::new();
        for id in &ids {
            let row = store::respondent_by_id(&mut session, id).await?.ok_or(Error::NotFound("NO_SUCH_PERSON"))?;
            // Of one who is merged or has lost the number: what came last.
            let newest = match store::response(&mut session, &row.counting).await? {
                None => store::newest(&mut session, id).await?.0,
                counting => counting,
            };
            sides.push((row, newest));
        }
        drop(session);
        let keys = self.keys_of(&ids).await?;
        if ids.iter().any(|id| !keys.contains_key(id)) {
            return Err(Error::Precondition("ERASED"));
        }
        let answers = self.compare(sides[0].1.as_ref(), sides[1].1.as_ref()).await?;
        let mut people = sides.into_iter().map(|(row, _)| {
            let key = keys.get(&row.id).cloned();
            person(row, key.as_ref())
        });
        let (first, second) = (people.next().transpose()?, people.next().transpose()?);
        Ok(wire::ComparePeopleResponse { first, second, answers })
    }

    /// Two responses, question by question. Of an erased one what is not personal stays.
    async fn compare(
        &self,
        left: Option<&StoredResponse>,
        right: Option<&StoredResponse>,
    ) -> Result<Vec<wire::ComparedAnswer>, Error> {
        let ids: Vec<String> = [left, right].into_iter().flatten().map(|stored| stored.key_id().to_owned()).collect();
        let keys = self.keys_of(&ids).await?;
        let open = |stored: Option<&StoredResponse>| -> Result<(Option<&'static Form>, Answers), Error> {
            let Some(stored) = stored else { return Ok((None, Answers::new())) };
            let answers = match keys.get(stored.key_id()) {
                Some(key) => all_answers(stored, key)?,
                None => super::super::read::answers(&AnswersBody::decode(stored.clear.as_slice())?.answers),
            };
            Ok((form::form(&stored.form), answers))
        };
        Ok(compared(open(left)?, open(right)?))
    }

    pub(super) async fn possible_duplicates(
        &self,
        request: &wire::ListPossibleDuplicatePeopleRequest,
    ) -> Result<wire::ListPossibleDuplicatePeopleResponse, Error> {
        let mut check = Check::default();
        let page = check.page(request, SIZES);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let found = store::pairs(&mut session, page.after((0, 0)), page.limit()).await?;
        let (found, next_page_token) = page.cut(found.into_iter().map(|pair| (pair.place, pair)).collect());
        let ids = super::super::intake::distinct(found.iter().flat_map(|pair| [&pair.first, &pair.later]));
        let rows = store::respondents_by_id(&mut session, &ids).await?;
        drop(session);
        let keys = self.keys_of(&ids).await?;
        // Whoever was erased since is proposed no more, and tried out no more.
        let erased: Vec<String> = ids.iter().filter(|id| !keys.contains_key(*id)).cloned().collect();
        self.forget_likeness(erased).await?;
        let rows: HashMap<&String, &Respondent> = rows.iter().map(|row| (&row.id, row)).collect();
        let shown = |id: &String| -> Result<Option<wire::Person>, Error> {
            let (Some(row), Some(key)) = (rows.get(id), keys.get(id)) else { return Ok(None) };
            person((*row).clone(), Some(key)).map(Some)
        };
        let mut pairs = Vec::new();
        for pair in found {
            let (Some(first), Some(second)) = (shown(&pair.first)?, shown(&pair.later)?) else { continue };
            let same = [("email", pair.email), ("name", pair.name)];
            let same = same.into_iter().filter(|(_, same)| *same).map(|(what, _)| what.to_owned()).collect();
            pairs.push(wire::PossibleDuplicatePeople { first: Some(first), second: Some(second), same });
        }
        Ok(wire::ListPossibleDuplicatePeopleResponse { pairs, next_page_token })
    }

    pub(super) async fn decisions(&self, name: &str) -> Result<wire::ListPersonDecisionsResponse, Error> {
        let id = ask::person(name)?;
        let mut session = self.log.read_session().await?;
        store::respondent_by_id(&mut session, &id).await?.ok_or(Error::NotFound("NO_SUCH_PERSON"))?;
        let decided = store::decisions_of(&mut session, &id).await?;
        drop(session);
        let keys = self.keys_of(decided.iter().map(|decided| &decided.words.key_id)).await?;
        let from = |decided: Decided| {
            // Told from the side of the one who is asked about.
            let other = if decided.other == id { &decided.person } else { &decided.other };
            let other = if other.is_empty() { String::new() } else { person_name(other) };
            Ok(wire::PersonDecision { other, ..shown_decision(decided, &keys)? })
        };
        let decisions = decided.into_iter().map(from).collect::<Result<_, Error>>()?;
        Ok(wire::ListPersonDecisionsResponse { decisions })
    }
}

fn shown_decision(decided: Decided, keys: &HashMap<String, Key>) -> Result<wire::PersonDecision, Error> {
    let label = words_label(&decided);
    let words = keys.get(&decided.words.key_id).map(|key| key.open(&label, &decided.words.sealed)).transpose()?;
    let reason = String::from_utf8(words.unwrap_or_default());
    Ok(wire::PersonDecision {
        reason: reason.map_err(|_| Error::Internal("a reason cannot be read".to_owned()))?,
        other: if decided.other.is_empty() { String::new() } else { person_name(&decided.other) },
        responses: decided.responses.iter().map(|id| response_name(id)).collect(),
        time: Some(time(decided.time)),
        decision: decided.decision,
        actor: decided.actor,
    })
}

/// What sealed words are bound to, so that they open for no other decision.
pub(super) fn words_label(decided: &Decided) -> String {
    format!("decision/{}/{}/{}", decided.decision, decided.person, decided.responses.join(" "))
}

/// Every question that either side answered, in form order; those that no form has any more go last.
fn compared(
    (left_form, mut left): (Option<&'static Form>, Answers),
    (right_form, mut right): (Option<&'static Form>, Answers),
) -> Vec<wire::ComparedAnswer> {
    let mut answers = Vec::new();
    let mut row = |code: &str, label: wire::Label, left: &mut Answers, right: &mut Answers| {
        let (ours, theirs) = (left.remove(code), right.remove(code));
        if ours.is_none() && theirs.is_none() {
            return;
        }
        let differs = differs(ours.as_ref(), theirs.as_ref());
        let told = |value| shown::answer(code, value);
        let (left, right) = (ours.map(told), theirs.map(told));
        answers.push(wire::ComparedAnswer { question: code.to_owned(), label: Some(label), left, right, differs });
    };
    for form in [right_form, left_form].into_iter().flatten() {
        for question in form.questions() {
            let label = wire::Label { ja: question.label.ja.clone(), en: question.label.en.clone() };
            row(&question.code, label, &mut left, &mut right);
        }
    }
    let rest: BTreeMap<String, ()> = left.keys().chain(right.keys()).map(|code| (code.clone(), ())).collect();
    for code in rest.into_keys() {
        let label = wire::Label { ja: code.clone(), en: code.clone() };
        row(&code, label, &mut left, &mut right);
    }
    answers
}
