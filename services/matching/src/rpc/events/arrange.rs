//! Events entered, changed, cancelled.

use std::collections::BTreeSet;

use contract::event::v1::Token;
use contract::matching::v1 as wire;
use contract::matching::v1::{ConsultationEventFacts, EventPlan, Seat};
use kit_clock::Timestamp;
use kit_log::sql::Session;

use super::keep::{keep_event, solve_again, together};
use super::look::{handles, shown};
use super::{By, Receipt};
use crate::domain::check::Check;
use crate::domain::event::plan::{self, begun, fields_of, read_plan};
use crate::domain::event::{ConsultationEvent, ends, starts};
use crate::domain::fault::{Fault, Reason as Wrong};
use crate::domain::moment::{Change, Moment};
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::rpc::Desk;
use crate::rpc::reach::{body_of, check_etag};
use crate::rpc::requests::moment;
use crate::store;

/// Notes which experts are at another event meanwhile.
async fn elsewhere(session: &mut Session, check: &mut Check, id: &str, plan: &EventPlan) -> Result<(), Error> {
    if plan.start_time.is_none() || plan.end_time.is_none() {
        return Ok(());
    }
    for (at, present) in plan.experts.iter().enumerate().filter(|(_, present)| !present.absent).take(plan::EXPERTS) {
        if let Some(other) = store::elsewhere(session, &present.expert, id, (starts(plan), ends(plan))).await? {
            let fault = Fault::new(format!("plan.experts[{at}].expert"), Wrong::ExpertElsewhere);
            check.faults.push(fault.with("event", other));
        }
    }
    Ok(())
}

/// What a change asks for.
struct Asked {
    given: EventPlan,
    fields: BTreeSet<&'static str>,
}

impl Asked {
    /// The plan as it would be, with everything that is wrong with it.
    async fn next(
        &self,
        session: &mut Session,
        check: &mut Check,
        event: &ConsultationEvent,
        now: Timestamp,
    ) -> Result<EventPlan, Error> {
        let known = event.plan();
        let next = read_plan(check, &plan::with(&known, &self.given, &self.fields), Some(&known), now);
        let seats = store::timetable(session, event.id()).await?.unwrap_or_default().timetable.seats;
        let place = |seat: &Seat| (seat.expert.clone(), seat.round, seat.booth.clone());
        let held: Vec<_> = seats.iter().map(place).collect();
        let held: Vec<_> =
            held.iter().map(|(expert, round, booth)| (expert.as_str(), *round, booth.as_str())).collect();
        begun(check, &known, &next, &held, now);
        if ["experts", "start_time", "end_time"].iter().any(|field| self.fields.contains(field)) {
            elsewhere(session, check, event.id(), &next).await?;
        }
        Ok(next)
    }
}

impl Desk {
    pub(super) async fn create_event(
        &self,
        By { caller, origin }: By,
        given: wire::CreateConsultationEventRequest,
    ) -> Result<(wire::ConsultationEvent, Token), Error> {
        let now = self.log.clock().now();
        let mut check = Check::default();
        check.request_id(&given.request_id);
        let programme = check.programme(&self.settings, &given.programme);
        let programme = programme.map(|known| known.programme.clone()).unwrap_or_default();
        let region = check.region(&given.region);
        let body = body_of(&caller, &mut check, "body", &given.body)?;
        let plan = read_plan(&mut check, &given.plan.unwrap_or_default(), None, now);
        elsewhere(&mut self.log.read_session().await?, &mut check, "", &plan).await?;
        let named = plan.experts.iter().map(|present| present.expert.clone()).enumerate();
        self.experts_listed(&mut check, &named.collect::<Vec<_>>()).await?;
        check.done()?;
        let facts =
            ConsultationEventFacts { programme, region: Some(region), body, plan: Some(plan), ..Default::default() };
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
                let at = moment(unit, &actor, "");
                let event = ConsultationEvent::enter(&id, facts, &at);
                let mut check = Check::default();
                elsewhere(unit.session(), &mut check, &id, &event.plan()).await?;
                check.done()?;
                let to = crate::domain::event::event_state(event.facts.state());
                let entered = Change::of(&["entered"], at.step("ENTERED", ("", &to), ""));
                keep_event(unit, keys.as_ref(), &event, entered).await?;
                Ok::<_, Error>(Receipt::of(&id))
            })
        });
        let committed = committed.await?;
        Ok((shown(self.event_of(&committed.answer.id).await?), committed.token))
    }

    pub(super) async fn update_event(
        &self,
        By { caller, origin }: By,
        given: wire::UpdateConsultationEventRequest,
    ) -> Result<(wire::ConsultationEvent, Token), Error> {
        let now = self.log.clock().now();
        let mut check = Check::default();
        check.request_id(&given.request_id);
        let id = check.id("name", "consultationEvents", &given.name);
        let fields = fields_of(&mut check, &given.update_mask.unwrap_or_default().paths);
        let words = check.words(&given.reason);
        let asked = Asked { given: given.plan.unwrap_or_default(), fields };
        if id.is_empty() {
            return Err(check.0.faults.into());
        }
        let event = self.event_of(&id).await?;
        handles(&caller, &event)?;
        let before = event.plan();
        let next = asked.next(&mut self.log.read_session().await?, &mut check, &event, now).await?;
        let named = next.experts.iter().map(|present| present.expert.clone()).enumerate();
        let new = named.filter(|(_, expert)| before.experts.iter().all(|present| present.expert != *expert));
        self.experts_listed(&mut check, &new.collect::<Vec<_>>()).await?;
        check.done()?;
        let known = self.judges_of(&event, asked.fields.contains("experts").then_some(&next)).await?;
        let keys = self.log.keys().clone();
        let etag = given.etag;
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let mut event = store::event(unit.session(), &id).await?.ok_or(Reason::EventNotFound)?;
                handles(&caller, &event)?;
                check_etag(event.version, &etag)?;
                let actor = unit.actor().to_owned();
                let at: Moment<'_> = moment(unit, &actor, &words);
                event.goes_on(at.now, &crate::domain::event::event_state(event.facts.state()))?;
                let mut check = Check::default();
                let next = asked.next(unit.session(), &mut check, &event, at.now).await?;
                check.done()?;
                let planned = event.replan(next, &at);
                if !planned.kinds.is_empty() {
                    let solved = solve_again(unit, keys.as_ref(), &mut event, &known, &at).await?;
                    keep_event(unit, keys.as_ref(), &event, together([planned, solved])).await?;
                }
                Ok::<_, Error>(Receipt::of(&id))
            })
        });
        let committed = committed.await?;
        Ok((shown(self.event_of(&committed.answer.id).await?), committed.token))
    }

    pub(super) async fn cancel_event(
        &self,
        By { caller, origin }: By,
        given: wire::CancelConsultationEventRequest,
    ) -> Result<(wire::ConsultationEvent, Token), Error> {
        let mut check = Check::default();
        check.request_id(&given.request_id);
        let id = check.id("name", "consultationEvents", &given.name);
        let words = check.words(&given.reason);
        check.done()?;
        let keys = self.log.keys().clone();
        let etag = given.etag;
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let mut event = store::event(unit.session(), &id).await?.ok_or(Reason::EventNotFound)?;
                handles(&caller, &event)?;
                check_etag(event.version, &etag)?;
                let actor = unit.actor().to_owned();
                let cancelled = event.cancel(&moment(unit, &actor, &words))?;
                keep_event(unit, keys.as_ref(), &event, cancelled).await?;
                Ok::<_, Error>(Receipt::of(&id))
            })
        });
        let committed = committed.await?;
        Ok((shown(self.event_of(&committed.answer.id).await?), committed.token))
    }
}
