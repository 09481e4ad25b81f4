//! The timetable: made, and looked at.

use contract::matching::v1 as wire;
use contract::matching::v1::Timetable;
use kit_serve::Caller;

use super::keep::{How, Known, Matter, keep_event, keep_timetable, solve};
use super::look::{Sight, handles, sight};
use super::{By, Receipt};
use crate::domain::check::Check;
use crate::domain::event::ConsultationEvent;
use crate::domain::event::seats::next;
use crate::domain::moment::wire as wire_time;
use crate::domain::refused::{Reason, Refused};
use crate::error::Error;
use crate::names;
use crate::rpc::Desk;
use crate::rpc::requests::moment;
use crate::store;

impl Desk {
    pub(super) async fn make_event_timetable(
        &self,
        By { caller, origin }: By,
        given: wire::MakeTimetableRequest,
    ) -> Result<wire::MakeTimetableResponse, Error> {
        let mut check = Check::default();
        check.request_id(&given.request_id);
        let id = check.id("event", "consultationEvents", &given.event);
        let policy = self.policy(&mut check, &given.policy);
        check.done()?;
        let event = self.event_of(&id).await?;
        handles(&caller, &event)?;
        let experts: Vec<String> = event.plan().experts.into_iter().map(|present| present.expert).collect();
        let known = self.known_experts(&experts).await?;
        let present = event.plan().experts.into_iter().filter(|present| !present.absent);
        if let Some(missing) = present.map(|present| present.expert).find(|expert| !known.contains_key(expert)) {
            return Err(Refused::new(Reason::ExpertNotFound).with("expert", missing).into());
        }
        let how = How::Best { everybody: given.everybody };
        if given.validate_only {
            let timetable = self.tried_timetable(&event, policy, &known, how).await?;
            return Ok(wire::MakeTimetableResponse { timetable: Some(timetable), token: None });
        }
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut event = store::event(unit.session(), &id).await?.ok_or(Reason::EventNotFound)?;
                handles(&caller, &event)?;
                let actor = unit.actor().to_owned();
                let at = moment(unit, &actor, "");
                event.goes_on(at.now, "timetabled")?;
                let matter = Matter::read(unit.session(), keys, &event).await?;
                let kept = matter.kept.clone();
                let fit = matter.judged(&event, policy, &known, true);
                let (seated, fit) = solve(&event, matter, fit, how, at.now).await?;
                let made = keep_timetable(unit, &mut event, kept, (seated, fit, policy.id()), &at).await?;
                keep_event(unit, keys, &event, made).await?;
                Ok::<_, Error>(Receipt::of(&id))
            })
        });
        let committed = committed.await?;
        let mut session = self.log.read_session().await?;
        let kept = store::timetable(&mut session, &committed.answer.id).await?.ok_or(Reason::NoTimetable)?;
        Ok(wire::MakeTimetableResponse { timetable: Some(kept.timetable), token: Some(committed.token) })
    }

    /// What would come out.
    async fn tried_timetable(
        &self,
        event: &ConsultationEvent,
        policy: &crate::domain::candidates::Policy,
        known: &Known,
        how: How,
    ) -> Result<Timetable, Error> {
        let now = self.log.clock().now();
        event.goes_on(now, "timetabled")?;
        let mut session = self.log.read_session().await?;
        let matter = Matter::read(&mut session, self.log.keys().as_ref(), event).await?;
        drop(session);
        let kept = matter.kept.as_ref().map(|kept| kept.timetable.clone());
        let fit = matter.judged(event, policy, known, true);
        let (seated, _) = solve(event, matter, fit, how, now).await?;
        let tried = next(kept.as_ref(), &event.name(), seated, policy.id());
        let tried = tried.map(|next| Timetable { make_time: Some(wire_time(now)), ..next });
        Ok(tried.or(kept).unwrap_or_default())
    }

    /// The timetable of an event, as far as the caller may see it.
    pub(super) async fn event_timetable(&self, caller: &Caller, name: &str) -> Result<Timetable, Error> {
        let mut check = Check::default();
        let id = check.id("event", "consultationEvents", name);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let event = store::event(&mut session, &id).await?.ok_or(Reason::EventNotFound)?;
        let sight = sight(&mut session, caller, &event).await?;
        let kept = store::timetable(&mut session, &id).await?.ok_or(Reason::NoTimetable)?;
        if sight == Sight::All {
            return Ok(kept.timetable);
        }
        let applications = store::applications(&mut session, self.log.keys().as_ref(), &id).await?;
        let seen = |name: &str| {
            let of_name = |one: &&crate::domain::event::application::Application| one.name() == name;
            let found = applications.iter().find(of_name);
            found.is_some_and(|one| sight.sees(&one.facts, &kept.timetable.seats))
        };
        Ok(part(kept.timetable.clone(), seen))
    }
}

/// What of a timetable is about these applications.
fn part(timetable: Timetable, seen: impl Fn(&str) -> bool) -> Timetable {
    let Timetable { mut seats, mut waiting, mut changes, .. } = timetable;
    seats.retain(|seat| seen(&seat.application));
    waiting.retain(|one| seen(&one.application));
    changes.retain(|change| seen(&change.application));
    Timetable { points: seats.iter().map(|seat| seat.points).sum(), seats, waiting, changes, ..timetable }
}

/// The id in `applications/<id>`, when it has this form.
pub(super) fn application_id(name: &str) -> Option<&str> {
    name.strip_prefix("applications/").filter(|id| names::application(id) == name && !id.is_empty())
}
