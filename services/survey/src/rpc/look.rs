//! Reading responses and ratings, each caller what he or she may see.

use std::collections::HashMap;

use contract::survey::v1 as wire;
use kit_log::keys::Key;
use kit_log::sql::Session;
use kit_serve::page::{Page, SIZES};
use kit_serve::{Caller, Role};
use prost::Message as _;

use super::check::Check;
use super::finding::fault;
use super::intake::state;
use super::person::{holder_body, personal};
use super::read::number_hash;
use super::rules::Rules;
use super::{Survey, time, wire as shown};
use crate::Error;
use crate::events::response_name;
use crate::store::{self, AnswersBody, Filter, Listed, Place, Respondent, StoredResponse};

/// Most responses on a page with answers.
const PAGE_WITH_ANSWERS: i32 = 100;

/// The subject of a caller who may see only what is his or her own.
fn only_own(caller: &Caller) -> Option<&str> {
    let wider = [Role::Operator, Role::Portal, Role::Counsellor];
    let bound = caller.is(Role::Expert) && !wider.into_iter().any(|role| caller.is(role));
    bound.then_some(caller.subject.as_str())
}

fn number_of(spelling: &str, field: &str) -> Result<String, Error> {
    kit_vocabulary::registration_number(spelling).map_err(|_| Error::Invalid(vec![fault(field, "BAD_NUMBER", &[])]))
}

/// A response that is the expert's: sent while signed in, of a number held, the one it came under or the person's now, or given
/// as owned by whoever vouches for the caller.
fn is_own(caller: &Caller, subject: &str, stored: &StoredResponse, held_by: [&Respondent; 2]) -> bool {
    let held = stored.dispute.is_empty() && held_by.iter().any(|person| person.holder_subject == subject);
    held || stored.sender == subject || caller.owns(&response_name(&stored.id))
}

/// Whose a number is.
struct Numbered {
    /// Who answered under it.
    home: Respondent,
    /// Who that is now.
    now: Respondent,
}

impl Numbered {
    fn is_held_by(&self, subject: &str) -> bool {
        self.home.holder_subject == subject || self.now.holder_subject == subject
    }
}

async fn by_number(session: &mut Session, number: &str) -> Result<Option<Numbered>, Error> {
    let Some(home) = store::respondent_of(session, &number_hash(number)).await? else { return Ok(None) };
    let now = store::roots(session, std::slice::from_ref(&home)).await?.remove(&home.id);
    Ok(now.map(|now| Numbered { home, now }))
}

impl Survey {
    pub(crate) async fn response(&self, caller: &Caller, name: &str) -> Result<wire::Response, Error> {
        let bound = only_own(caller);
        let missing = || match bound {
            // Whether there is such a response is not for everybody to find out.
            Some(_) if !caller.owns(name) => Error::Refused("NOT_YOURS"),
            _ => Error::NotFound("NO_SUCH_RESPONSE"),
        };
        let id = name.strip_prefix("responses/").ok_or_else(missing)?;
        let mut session = self.log.read_session().await?;
        let stored = store::response(&mut session, id).await?.ok_or_else(missing)?;
        let person = store::respondent_by_id(&mut session, &stored.respondent).await?.ok_or_else(missing)?;
        let home = store::respondent_by_id(&mut session, &stored.home).await?.ok_or_else(missing)?;
        drop(session);
        if bound.is_some_and(|subject| !is_own(caller, subject, &stored, [&home, &person])) {
            return Err(Error::Refused("NOT_YOURS"));
        }
        let key_id = stored.key_id().to_owned();
        let keys = self.log.keys().find(&[key_id.clone(), person.id.clone()]).await?;
        let (under, answers) = opened(&stored, keys.get(&key_id))?;
        let holder = keys.get(&person.id).map(|key| holder_body(&person.id, &person.holder, key)).transpose()?;
        // Whoever sent what is nobody's yet, or never was the holder's, learns no other number of the holder.
        let disputed = !stored.dispute.is_empty() || stored.decided;
        let registration_number = if disputed { under } else { holder.map(|holder| holder.number).unwrap_or_default() };
        Ok(wire::Response {
            name: response_name(&stored.id),
            respondent_id: stored.respondent.clone(),
            registration_number,
            form: format!("forms/{}", stored.form),
            submit_time: Some(time(stored.submit_time)),
            receive_time: Some(time(stored.receive_time)),
            state: state(stored.waits(), stored.decided || !person.held, person.counting == stored.id).into(),
            answers,
        })
    }

    /// Adds the answers to a page of a list.
    async fn add_answers(&self, page: &mut [wire::Response], ids: &[String]) -> Result<(), Error> {
        let stored = store::responses(&mut self.log.read_session().await?, ids).await?;
        let key_ids: Vec<String> = stored.iter().map(|one| one.key_id().to_owned()).collect();
        let keys = self.log.keys().find(&super::intake::distinct(key_ids.iter())).await?;
        let stored: HashMap<String, &StoredResponse> = stored.iter().map(|one| (response_name(&one.id), one)).collect();
        for response in page {
            let Some(one) = stored.get(&response.name) else { continue };
            response.answers = opened(one, keys.get(one.key_id()))?.1;
        }
        Ok(())
    }

    pub(crate) async fn list(
        &self,
        caller: &Caller,
        request: &wire::ListResponsesRequest,
    ) -> Result<wire::ListResponsesResponse, Error> {
        let asked = Asked::read(request)?;
        if request.with_answers && !caller.is(Role::Operator) {
            return Err(Error::Refused("OPERATORS_ONLY"));
        }
        let none = wire::ListResponsesResponse::default();
        let mut filter = Filter { state: request.state.into(), ..Default::default() };
        let mut session = self.log.read_session().await?;
        if let Some(number) = &asked.number {
            let person = by_number(&mut session, number).await?;
            if let Some(subject) = only_own(caller) {
                if person.as_ref().is_none_or(|person| !person.is_held_by(subject)) {
                    return Err(Error::Refused("NOT_YOURS"));
                }
                // What others sent for the number is not the holder's to see.
                subject.clone_into(&mut filter.disputes_of);
            }
            let Some(person) = person else { return Ok(none) };
            filter.respondent = Some(person.now.id);
        } else if !caller.is(Role::Operator) {
            return Err(Error::Refused("OPERATORS_ONLY"));
        } else if !request.person.is_empty() {
            filter.respondent = Some(super::people::person_id(&request.person)?);
        }
        let (submit_time, position) = asked.page.after((i64::MAX, i64::MAX));
        let listed = store::page(&mut session, &filter, Place { submit_time, position }, asked.page.limit()).await?;
        drop(session);
        let place = |one: &Listed| (one.place.submit_time, one.place.position);
        let (listed, next_page_token) = asked.page.cut(listed.into_iter().map(|one| (place(&one), one)).collect());
        let ids = super::intake::distinct(listed.iter().map(|one| &one.respondent));
        let keys = self.log.keys().find(&ids).await?;
        let ids: Vec<String> = listed.iter().map(|one| one.id.clone()).collect();
        let mut responses: Vec<_> = listed.into_iter().map(|one| summary(one, &keys)).collect::<Result<_, _>>()?;
        if request.with_answers {
            self.add_answers(&mut responses, &ids).await?;
        }
        Ok(wire::ListResponsesResponse { responses, next_page_token })
    }

    pub(crate) async fn rating(&self, caller: &Caller, spelling: &str) -> Result<wire::Rating, Error> {
        let mut session = self.log.read_session().await?;
        let person = self.own_person(&mut session, caller, spelling).await?;
        let Rules { in_force, .. } = self.policies.rules(&mut session).await?;
        let stored = store::rating(&mut session, &person.id, in_force.id()).await?;
        let stored = stored.ok_or_else(|| Error::Internal("a person is not rated".to_owned()))?;
        shown::rated_by(&in_force, &stored)
    }

    /// The ratings by every policy, the one in force first.
    pub(crate) async fn ratings(&self, caller: &Caller, spelling: &str) -> Result<Vec<wire::DatedRating>, Error> {
        let mut session = self.log.read_session().await?;
        let person = self.own_person(&mut session, caller, spelling).await?;
        let Rules { in_force, .. } = self.policies.rules(&mut session).await?;
        let mut stored = store::ratings_of(&mut session, &person.id).await?;
        // Newest first as they come; the sort leaves the rest in that order.
        stored.sort_by_key(|rating| rating.policy != in_force.id());
        let mut ratings = Vec::new();
        for of in stored {
            let policy = self.policies.get(&mut session, &of.policy).await?;
            ratings.push(wire::DatedRating {
                rating: Some(shown::rated_by(&policy, &of)?),
                rate_time: Some(time(of.rate_time)),
                in_force: of.policy == in_force.id(),
            });
        }
        Ok(ratings)
    }

    /// The person behind a number, whose ratings the caller may see.
    async fn own_person(&self, session: &mut Session, caller: &Caller, spelling: &str) -> Result<Respondent, Error> {
        let number = number_of(spelling, "registration_number")?;
        let person = by_number(session, &number).await?;
        if let Some(subject) = only_own(caller) {
            let own =
                |person: &Numbered| person.is_held_by(subject) || caller.owns(&response_name(&person.now.counting));
            if !person.as_ref().is_some_and(own) {
                return Err(Error::Refused("NOT_YOURS"));
            }
        }
        Ok(person.ok_or(Error::NotFound("NEVER_ANSWERED"))?.now)
    }
}

/// The number that a response came under, and its answers in form order. Of an erased person what is not personal stays.
fn opened(stored: &StoredResponse, key: Option<&Key>) -> Result<(String, Vec<wire::Answer>), Error> {
    let personal = key.map(|key| personal(stored, key)).transpose()?.unwrap_or_default();
    let mut answers = AnswersBody::decode(stored.clear.as_slice())?.answers;
    answers.extend(personal.answers);
    Ok((personal.registration_number, shown::in_form_order(&stored.form, answers)))
}

fn summary(one: Listed, keys: &HashMap<String, Key>) -> Result<wire::Response, Error> {
    let holder = keys.get(&one.respondent).map(|key| holder_body(&one.respondent, &one.holder, key)).transpose()?;
    Ok(wire::Response {
        name: response_name(&one.id),
        registration_number: holder.map(|holder| holder.number).unwrap_or_default(),
        form: format!("forms/{}", one.form),
        submit_time: Some(time(one.place.submit_time)),
        receive_time: Some(time(one.receive_time)),
        state: state(one.waits, one.set_aside, one.counts).into(),
        respondent_id: one.respondent,
        answers: Vec::new(),
    })
}

/// What a list is asked for, checked.
struct Asked {
    number: Option<String>,
    page: Page<(i64, i64)>,
}

impl Asked {
    fn read(request: &wire::ListResponsesRequest) -> Result<Self, Error> {
        let mut check = Check::default();
        let number = check.number_if_any(&request.registration_number);
        if wire::ResponseState::try_from(request.state).is_err() {
            check.fault("state", "UNKNOWN_CODE", &[]);
        }
        if number.is_some() && !request.person.is_empty() {
            check.fault("person", "NUMBER_OR_NAME", &[]);
        }
        let most = if request.with_answers { PAGE_WITH_ANSWERS } else { SIZES.1 };
        // However the number is spelt, and with answers or without, it is the same list.
        let registration_number = number.clone().unwrap_or_default();
        let list = wire::ListResponsesRequest { registration_number, with_answers: false, ..request.clone() };
        let page = check.page(&list, (SIZES.0, most));
        check.done()?;
        Ok(Self { number, page })
    }
}
