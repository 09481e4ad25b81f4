//! Activations: planned, begun, cancelled, shown.

use std::collections::HashMap;

use contract::event::v1::Token;
use contract::survey::v1 as wire;
use contract::survey::v1::ActivationState;
use kit_clock::{JapanDay, Timestamp};
use kit_log::keys::Key;
use kit_log::{Origin, Unit};
use kit_serve::page::SIZES;
use kit_serve::{Caller, Fault};

use super::super::check::Check;
use super::super::finding::fault;
use super::super::rules::{Policies, scoring};
use super::super::{Survey, time};
use super::job;
use crate::Error;
use crate::events::activation_name;
use crate::store::{self, Activation};

/// Longest reason, in characters.
const REASON: usize = 500;

/// Which activation; the answer kept for a repeated request.
#[derive(Clone, PartialEq, prost::Message)]
struct Which {
    #[prost(string, tag = "1")]
    id: String,
}

/// What is asked for, checked.
struct Asked {
    policy: String,
    day: JapanDay,
    reason: String,
}

impl Asked {
    fn read(request: &wire::ActivatePolicyRequest, today: JapanDay) -> Result<Self, Error> {
        let mut check = Check::default();
        if request.policy.is_empty() {
            check.fault("policy", "REQUIRED", &[]);
        }
        let day = match day(&request.day) {
            _ if request.day.is_empty() => today,
            Some(day) if day < today => {
                check.fault("day", "PAST_DAY", &[]);
                today
            }
            Some(day) => day,
            None => {
                check.fault("day", "BAD_DAY", &[]);
                today
            }
        };
        if request.reason.trim().is_empty() {
            check.fault("reason", "REQUIRED", &[]);
        }
        check.0.extend(reason_fault(&request.reason));
        check.request_id(&request.request_id);
        check.done()?;
        Ok(Self { policy: request.policy.clone(), day, reason: request.reason.clone() })
    }
}

fn reason_fault(reason: &str) -> Option<Fault> {
    let fits = reason.chars().count() <= REASON;
    (!fits).then(|| fault("reason", "TOO_LONG", &[("max", &REASON.to_string())]))
}

/// `2025-04-01` as a day in Japan, of this century.
fn day(text: &str) -> Option<JapanDay> {
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && text.starts_with("20");
    shaped.then(|| format!("{text}T00:00:00+09:00").parse::<Timestamp>().ok())?.map(Timestamp::japan_day)
}

impl Survey {
    pub(super) async fn activate(
        &self,
        caller: &Caller,
        request: wire::ActivatePolicyRequest,
    ) -> Result<wire::Activation, Error> {
        let Asked { policy, day, reason } = Asked::read(&request, self.log.clock().now().japan_day())?;
        let id = self.ids.fresh();
        let key = self.key_of(&id).await?;
        let activation = Activation {
            policy,
            state: ActivationState::Planned,
            day: day.number(),
            actor: caller.subject.clone(),
            reason: key.seal(&label(&id, "reason"), reason.as_bytes())?,
            id,
            ..Default::default()
        };
        let policies = self.policies.clone();
        let origin = Origin::of_call(caller, "ActivatePolicy", &request.request_id, &request);
        let work = self.log.writer().run(origin, move |unit| Box::pin(plan(unit, policies, activation)));
        let which = work.await?.answer;
        self.wake.notify_one();
        self.shown_activation(&which.id).await
    }

    pub(super) async fn cancel(
        &self,
        caller: &Caller,
        request: wire::CancelActivationRequest,
    ) -> Result<wire::Activation, Error> {
        if let Some(fault) = reason_fault(&request.reason) {
            return Err(Error::Invalid(vec![fault]));
        }
        let id = id_of(&request.name)?;
        // No key is made for what is not there.
        let known = store::activation(&mut self.log.read_session().await?, &id).await?;
        known.ok_or(Error::NotFound("NO_SUCH_ACTIVATION"))?;
        let key = self.key_of(&id).await?;
        let reason = match request.reason.as_str() {
            "" => Vec::new(),
            reason => key.seal(&label(&id, "end"), reason.as_bytes())?,
        };
        let origin = Origin::of_call(caller, "CancelActivation", "", &request);
        let work = self.log.writer().run(origin, move |unit| Box::pin(end(unit, id, reason)));
        let which = work.await?.answer;
        self.shown_activation(&which.id).await
    }

    pub(super) async fn activation(&self, name: &str) -> Result<wire::GetActivationResponse, Error> {
        let id = id_of(name)?;
        let activation = self.shown_activation(&id).await?;
        let head = self.log.stored_head().await?;
        let stored = store::activation(&mut self.log.read_session().await?, &id).await?;
        let ended = stored.map(|stored| stored.end_position).filter(|position| *position > 0);
        let token = Token {
            service: self.log.service().to_owned(),
            epoch: head.epoch,
            position: ended.filter(|_| activation.state() == ActivationState::Done).unwrap_or(head.position),
        };
        Ok(wire::GetActivationResponse { activation: Some(activation), token: Some(token) })
    }

    pub(super) async fn activations(
        &self,
        request: &wire::ListActivationsRequest,
    ) -> Result<wire::ListActivationsResponse, Error> {
        let mut check = Check::default();
        let page = check.page(request, SIZES);
        check.done()?;
        let (before, limit) = (page.after(i64::MAX), page.limit());
        let found = store::activations(&mut self.log.read_session().await?, before, limit).await?;
        let placed = found.into_iter().map(|activation| (activation.number, activation)).collect();
        let (found, next_page_token) = page.cut(placed);
        Ok(wire::ListActivationsResponse { activations: self.show_all(found).await?, next_page_token })
    }

    async fn key_of(&self, id: &str) -> Result<Key, Error> {
        let key_id = key_id(id);
        let mut keys = self.log.keys().ensure(std::slice::from_ref(&key_id)).await?;
        keys.remove(&key_id).ok_or_else(|| Error::Internal("an activation has no key".to_owned()))
    }

    async fn shown_activation(&self, id: &str) -> Result<wire::Activation, Error> {
        let stored = store::activation(&mut self.log.read_session().await?, id).await?;
        let stored = stored.ok_or(Error::NotFound("NO_SUCH_ACTIVATION"))?;
        let mut shown = self.show_all(vec![stored]).await?;
        shown.pop().ok_or(Error::NotFound("NO_SUCH_ACTIVATION"))
    }

    async fn show_all(&self, stored: Vec<Activation>) -> Result<Vec<wire::Activation>, Error> {
        let keys = self.log.keys().find(&stored.iter().map(|a| key_id(&a.id)).collect::<Vec<_>>()).await?;
        let mut session = self.log.read_session().await?;
        let in_force = scoring(&mut session).await?.policy;
        let mut shown = Vec::new();
        for activation in stored {
            // Only one at a time has people still to be counted.
            let (rated, people) = match activation.state {
                ActivationState::Done => (activation.rated, activation.rated),
                ActivationState::Cancelled => {
                    (activation.rated, store::count_up_to(&mut session, "").await?.1.max(activation.rated))
                }
                _ => store::count_up_to(&mut session, &activation.reached).await?,
            };
            shown.push(show(activation, &in_force, (rated, people), &keys)?);
        }
        Ok(shown)
    }
}

fn show(
    of: Activation,
    in_force: &str,
    (rated, people): (i64, i64),
    keys: &HashMap<String, Key>,
) -> Result<wire::Activation, Error> {
    let opened = |what: &str, sealed: &[u8]| -> Result<String, Error> {
        let key = keys.get(&key_id(&of.id)).filter(|_| !sealed.is_empty());
        let bytes = key.map(|key| key.open(&label(&of.id, what), sealed)).transpose()?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (reason, end_reason) = (opened("reason", &of.reason)?, opened("end", &of.end_reason)?);
    let moment = |micros: i64| (micros != 0).then(|| time(micros));
    Ok(wire::Activation {
        name: activation_name(&of.id),
        previous: if of.previous.is_empty() { in_force.to_owned() } else { of.previous },
        policy: of.policy,
        state: of.state.into(),
        day: JapanDay::from_number(of.day).start().to_string().chars().take(10).collect(),
        rated,
        people,
        actor: of.actor,
        reason,
        create_time: moment(of.create_time),
        begin_time: moment(of.begin_time),
        end_time: moment(of.end_time),
        end_actor: of.end_actor,
        end_reason,
    })
}

/// Of the key that the reasons are sealed under.
fn key_id(id: &str) -> String {
    activation_name(id)
}

/// What a sealed text is bound to.
fn label(id: &str, what: &str) -> String {
    format!("{}/{what}", activation_name(id))
}

fn id_of(name: &str) -> Result<String, Error> {
    let id = name.strip_prefix("activations/").filter(|id| !id.is_empty() && !id.contains('\0'));
    id.map(str::to_owned).ok_or(Error::NotFound("NO_SUCH_ACTIVATION"))
}

async fn plan(unit: &mut Unit, policies: Policies, mut activation: Activation) -> Result<Which, Error> {
    let Some(policy) = policies.find(unit.session(), &activation.policy).await? else {
        return Err(Error::NotFound("NO_SUCH_POLICY"));
    };
    if let Some(pending) = store::pending_activation(unit.session()).await? {
        return Err(Error::ActivationPending(activation_name(&pending.id)));
    }
    if scoring(unit.session()).await?.policy == activation.policy {
        return Err(Error::Precondition("POLICY_IN_FORCE"));
    }
    activation.number = store::next_number(unit.session()).await?;
    activation.create_time = unit.now().micros();
    let by = (activation.actor.as_str(), activation.create_time);
    store::put_policy(unit.session(), policy.id(), policy.definition(), by).await?;
    if activation.day <= unit.now().japan_day().number() {
        job::begin(unit, &mut activation).await?;
    }
    store::put_activation(unit.session(), &activation).await?;
    Ok(Which { id: activation.id })
}

async fn end(unit: &mut Unit, id: String, reason: Vec<u8>) -> Result<Which, Error> {
    let stored = store::activation(unit.session(), &id).await?;
    let mut activation = stored.ok_or(Error::NotFound("NO_SUCH_ACTIVATION"))?;
    if !matches!(activation.state, ActivationState::Planned | ActivationState::Rating) {
        return Err(Error::Precondition("ACTIVATION_OVER"));
    }
    let mut scoring = scoring(unit.session()).await?;
    scoring.next.clear();
    store::set_scoring(unit.session(), &scoring).await?;
    activation.rated = store::count_up_to(unit.session(), &activation.reached).await?.0;
    activation.state = ActivationState::Cancelled;
    activation.previous = scoring.policy;
    activation.end_time = unit.now().micros();
    activation.end_actor = unit.actor().to_owned();
    activation.end_reason = reason;
    store::put_activation(unit.session(), &activation).await?;
    Ok(Which { id })
}
