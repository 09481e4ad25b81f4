//! Somebody needs help now.

use contract::event::v1::Token;
use contract::matching::v1 as wire;
use contract::matching::v1::{IncidentFacts, IncidentTexts};
use kit_clock::Timestamp;
use kit_log::{KeyStore, Origin, Unit};
use kit_serve::{Caller, Role};
use kit_vocabulary::{incident_types, prefectures};
use sha2::{Digest as _, Sha256};

use super::{MINUTE, on_call, status};
use crate::domain::check::Check;
use crate::domain::fault::Reason as Wrong;
use crate::domain::incident::{Incident, Roster};
use crate::domain::refused::{Reason, Refused};
use crate::error::Error;
use crate::events;
use crate::rpc::Desk;
use crate::rpc::reach::body_of;
use crate::rpc::requests::{Receipt, moment};
use crate::store::{self, Keys, Steps};

/// Longest word on who it is and how to reach them.
const LINE: usize = 200;
/// Longest description of what happened.
const WHAT: usize = 4_000;

/// Who may say more than the three fields, the prefecture and the type.
fn is_staff(caller: &Caller) -> bool {
    [Role::Operator, Role::Portal, Role::Counsellor, Role::Service].into_iter().any(|role| caller.is(role))
}

/// How a repeat is recognised. Callers without a role have no name to tell them apart: with other content, one id is another
/// request.
fn origin(caller: &Caller, given: &wire::ReportIncidentRequest) -> Origin {
    let mut origin = Origin::of_call(caller, "ReportIncident", &given.request_id, given);
    if let Some(request) = origin.request.as_mut().filter(|_| caller.roles.is_empty()) {
        let print = request.fingerprint.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        request.id = format!("{}/{print}", request.id);
    }
    origin
}

fn read(caller: &Caller, given: &wire::ReportIncidentRequest) -> Result<(IncidentFacts, IncidentTexts), Error> {
    let mut check = Check::default();
    let mut text = |field: &str, given: &str, max: usize, lines: bool| {
        let text = check.text(field, given, max, lines);
        check.needed(field, text.is_empty());
        text
    };
    let who = text("who", &given.who, LINE, false);
    let reach = text("reach", &given.reach, LINE, true);
    let what = text("what", &given.what, WHAT, true);
    let prefecture = prefectures().find(&given.prefecture).filter(|_| !given.prefecture.is_empty());
    if prefecture.is_none() && !given.prefecture.trim().is_empty() {
        check.fault("prefecture", Wrong::UnknownCode);
    }
    let incident_type = check.code("incident_type", incident_types(), &given.incident_type, false);
    let (company, body) = if is_staff(caller) {
        (check.opt_name("company", "companies", &given.company), body_of(caller, &mut check, "body", &given.body)?)
    } else {
        let more =
            [("company", !given.company.is_empty()), ("body", !given.body.is_empty()), ("by_phone", given.by_phone)];
        more.into_iter().filter(|(_, said)| *said).for_each(|(field, _)| check.fault(field, Wrong::NotHere));
        (String::new(), String::new())
    };
    check.request_id(&given.request_id);
    check.done()?;
    let prefecture = prefecture.map(|code| code.code.clone()).unwrap_or_default();
    let facts =
        IncidentFacts { prefecture, incident_type, company, body, by_phone: given.by_phone, ..Default::default() };
    Ok((facts, IncidentTexts { who, reach, what }))
}

/// An id that cannot be guessed, whoever knows the ids and times of others: 128 bits of four fresh ids, of which each brings at
/// least 32 that are random.
fn secret_id(unit: &Unit) -> String {
    let fresh = std::iter::repeat_with(|| unit.fresh_id()).take(4);
    let digest = Sha256::digest(fresh.collect::<String>().as_bytes());
    digest.iter().take(16).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
}

/// The key for what was told: the company's, so that erasing it erases all; its own where there is none, or it is destroyed.
async fn key_for(keys: &dyn KeyStore, company: &str, id: &str) -> Result<String, Error> {
    let own = format!("incident/{id}");
    let Some(company) = company.strip_prefix("companies/") else { return Ok(own) };
    let known = keys.ensure(&[company.to_owned()]).await?;
    Ok(if known.contains_key(company) { company.to_owned() } else { own })
}

impl Desk {
    pub(super) async fn report(
        &self,
        caller: &Caller,
        given: wire::ReportIncidentRequest,
    ) -> Result<(wire::IncidentStatus, Token), Error> {
        let (origin, mut told) = (origin(caller, &given), read(caller, &given)?);
        if told.0.body.is_empty() {
            told.0.body.clone_from(&self.settings.incident_body);
        }
        let anonymous = caller.roles.is_empty();
        let (keys, patience, most) =
            (self.log.keys().clone(), self.patience(), i64::from(self.settings.incidents_a_minute));
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let now = unit.now();
                let since = Timestamp::from_micros(now.micros().saturating_sub(MINUTE));
                if anonymous && store::anonymous_since(unit.session(), since).await? >= most {
                    return Err(Refused::new(Reason::TooManyIncidents).with("max", most).into());
                }
                let (id, actor) = (secret_id(unit), unit.actor().to_owned());
                let key = key_for(keys.as_ref(), &told.0.company, &id).await?;
                let on_call = on_call(unit, &told.0.prefecture).await?;
                let roster = Roster { on_call: &on_call, patience };
                let (incident, change) = Incident::report(&id, &key, told, roster, &moment(unit, &actor, ""));
                let (name, sealing) = (incident.name(), Keys::ensure(keys.as_ref(), std::slice::from_ref(&key)).await?);
                let steps = Steps { subject: &name, key: &key, steps: &change.steps };
                store::record(unit.session(), &sealing, &[steps]).await?;
                let entered = events::incident(unit, &incident, &change.kinds);
                store::insert_incident(unit.session(), &sealing, (entered, now, anonymous), &incident).await?;
                Ok::<_, Error>(Receipt { id })
            })
        });
        let committed = committed.await?;
        Ok((status(&self.incident_now(&committed.answer.id).await?), committed.token))
    }
}
