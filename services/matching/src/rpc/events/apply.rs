//! Companies apply, and call off.

use contract::matching::v1 as wire;
use contract::matching::v1::ApplicationState;
use kit_log::KeyStore;
use kit_log::sql::Session;
use kit_serve::Caller;

use super::ask::{only, wish};
use super::keep::{Known, count, keep_application, keep_event, solve_again, together};
use super::look::{Sight, handles, shown_application};
use super::{By, Receipt};
use crate::domain::check::Check;
use crate::domain::event::ConsultationEvent;
use crate::domain::event::application::{Again, Application};
use crate::domain::fault::Reason as Wrong;
use crate::domain::moment::Change;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::rpc::Desk;
use crate::rpc::requests::moment;
use crate::store;

impl From<Again> for Error {
    fn from(again: Again) -> Self {
        match again {
            Again::Refused(refused) => refused.into(),
            Again::Fault(fault) => Self::Invalid(vec![fault]),
        }
    }
}

/// A company by all its names: its own, and those that were merged into it.
pub(super) async fn names_of(session: &mut Session, company: &str) -> Result<Vec<String>, Error> {
    let merged = store::merged_companies(session).await?;
    let mut names = vec![company.to_owned()];
    let mut at = 0;
    while let Some(into) = names.get(at).cloned() {
        let new =
            merged.iter().filter(|(from, to)| **to == into && !names.contains(from)).map(|(from, _)| from.clone());
        let mut new: Vec<String> = new.collect();
        new.sort_unstable();
        names.extend(new);
        at += 1;
    }
    Ok(names)
}

/// Whether the caller handles an application: of an event, or brought by an own body.
fn may_handle(caller: &Caller, event: &ConsultationEvent, application: &Application) -> Result<(), Error> {
    let own = Sight::Bodies(caller.owns.iter().filter(|name| name.starts_with("bodies/")).cloned().collect());
    match handles(caller, event) {
        Err(_) if caller.is(kit_serve::Role::Counsellor) && own.sees(&application.facts, &[]) => Ok(()),
        reached => reached,
    }
}

impl Desk {
    pub(super) async fn apply_to(
        &self,
        By { caller, origin }: By,
        given: wire::ApplyRequest,
    ) -> Result<wire::ApplyResponse, Error> {
        let mut check = Check::default();
        check.request_id(&given.request_id);
        let id = check.id("event", "consultationEvents", &given.event);
        let company = check.name("company", "companies", &given.company);
        let event = if id.is_empty() { None } else { Some(self.event_of(&id).await?) };
        let rounds = event.as_ref().map(|event| event.plan().rounds.len());
        let wish = wish(&mut check, &caller, &given, rounds)?;
        check.done()?;
        let company = self.brought_company(&company).await?;
        let (keys, who) = (self.log.keys().clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut event = store::event(unit.session(), &id).await?.ok_or(Reason::EventNotFound)?;
                let beyond = |round: &i32| usize::try_from(*round).is_ok_and(|round| round > event.plan().rounds.len());
                if let Some(at) = wish.rounds.iter().position(beyond) {
                    return Err(only(&format!("rounds[{at}]"), Wrong::OutOfRange));
                }
                let actor = unit.actor().to_owned();
                let at = moment(unit, &actor, "");
                let names = names_of(unit.session(), &company.snapshot.company).await?;
                known_request(unit.session(), keys, &wish.request, &names).await?;
                let known = store::application_of(unit.session(), keys, &id, &names).await?;
                let merged = known.is_some();
                let (application, change) = match known {
                    Some(mut known) => {
                        let stands = known.facts.state() == ApplicationState::Applied;
                        if stands {
                            event.takes_more(at.now)?
                        } else {
                            event.takes_applications(at.now)?
                        }
                        let change = known.again(wish, &at)?;
                        (known, change)
                    }
                    None => {
                        event.takes_applications(at.now)?;
                        Application::enter(&unit.fresh_id(), &event, company, wish, &at)
                    }
                };
                let receipt = Receipt { id: application.facts.application_id.clone(), merged, ..Receipt::default() };
                if !change.kinds.is_empty() {
                    keep_application(unit, keys, &application, change).await?;
                    let counted = count(unit, keys, &mut event, &at).await?;
                    let solved = match is_seated(unit.session(), &application).await? {
                        true => solve_again(unit, keys, &mut event, &Known::new(), &at).await?,
                        false => Change::default(),
                    };
                    keep_event(unit, keys, &event, together([counted, solved])).await?;
                }
                Ok::<_, Error>(receipt)
            })
        });
        let committed = committed.await?;
        let application = self.brought(&who, &committed.answer.id).await?;
        Ok(wire::ApplyResponse {
            application: Some(application),
            merged: committed.answer.merged,
            token: Some(committed.token),
        })
    }

    /// An application as who brought it may see it: what another channel was asked in confidence is not for this one.
    async fn brought(&self, caller: &Caller, id: &str) -> Result<wire::Application, Error> {
        let mut application = self.application_of(id).await?;
        let event = application.facts.event.strip_prefix("consultationEvents/").unwrap_or_default();
        let event = self.event_of(event).await?;
        if may_handle(caller, &event, &application).is_err() {
            application.texts.question.clear();
        }
        Ok(shown_application(application))
    }

    pub(super) async fn call_off_from(
        &self,
        By { caller, origin }: By,
        given: wire::CallOffRequest,
    ) -> Result<wire::CallOffResponse, Error> {
        let mut check = Check::default();
        check.request_id(&given.request_id);
        let id = check.id("name", "applications", &given.name);
        let words = check.words(&given.reason);
        check.done()?;
        let event = self.application_of(&id).await?.facts.event;
        let event = event.strip_prefix("consultationEvents/").unwrap_or_default().to_owned();
        let known = self.judges_of(&self.event_of(&event).await?, None).await?;
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let found = store::application(unit.session(), keys, &id).await?;
                let mut application = found.ok_or(Reason::ApplicationNotFound)?;
                let mut event = store::event(unit.session(), &event).await?.ok_or(Reason::EventNotFound)?;
                may_handle(&caller, &event, &application)?;
                let actor = unit.actor().to_owned();
                let at = moment(unit, &actor, &words);
                event.goes_on(at.now, "called_off")?;
                let change = application.call_off(&at)?;
                keep_application(unit, keys, &application, change).await?;
                let counted = count(unit, keys, &mut event, &at).await?;
                let solved = solve_again(unit, keys, &mut event, &known, &at).await?;
                keep_event(unit, keys, &event, together([counted, solved])).await?;
                Ok::<_, Error>(Receipt::of(&id))
            })
        });
        let committed = committed.await?;
        let application = shown_application(self.application_of(&committed.answer.id).await?);
        Ok(wire::CallOffResponse { application: Some(application), token: Some(committed.token) })
    }

    /// What is known of the experts of an event, as far as its timetable, solved again, needs it: somebody was not judged yet,
    /// or the plan changes to `next`. Nothing while the search is away: an event goes on without it.
    pub(super) async fn judges_of(
        &self,
        event: &ConsultationEvent,
        next: Option<&wire::EventPlan>,
    ) -> Result<Known, Error> {
        let mut session = self.log.read_session().await?;
        let matter = super::keep::Matter::read(&mut session, self.log.keys().as_ref(), event).await?;
        drop(session);
        if matter.kept.is_none() || (next.is_none() && !matter.has_strangers(event)) {
            return Ok(Known::new());
        }
        self.judges_now(next.unwrap_or(&event.plan())).await
    }

    /// What is known of all experts of a plan; nothing while the search is away.
    pub(super) async fn judges_now(&self, plan: &wire::EventPlan) -> Result<Known, Error> {
        let experts: Vec<String> = plan.experts.iter().map(|present| present.expert.clone()).collect();
        Ok(self.known_experts(&experts).await.unwrap_or_default())
    }
}

/// Whether a timetable has a seat for it.
async fn is_seated(session: &mut Session, application: &Application) -> Result<bool, Error> {
    let event = application.facts.event.strip_prefix("consultationEvents/").unwrap_or_default();
    let kept = store::timetable(session, event).await?.unwrap_or_default();
    Ok(kept.timetable.seats.iter().any(|seat| seat.application == application.name()))
}

/// Whether the support request, where one is named, exists and is of that company.
pub(super) async fn known_request(
    session: &mut Session,
    keys: &dyn KeyStore,
    request: &str,
    company: &[String],
) -> Result<(), Error> {
    let Some(id) = request.strip_prefix("requests/") else { return Ok(()) };
    let found = store::request(session, keys, id).await?.ok_or(Reason::RequestNotFound)?;
    let known = company.iter().any(|name| name == found.company());
    if known { Ok(()) } else { Err(only("request", Wrong::OtherCompany)) }
}
