//! Reading events and applications, and who reaches which.

use contract::matching::v1 as wire;
use contract::matching::v1::ApplicationFacts;
use kit_log::sql::Session;
use kit_serve::page::{Page, SIZES};
use kit_serve::{Caller, Role};

use crate::domain::check::Check;
use crate::domain::event::ConsultationEvent;
use crate::domain::event::application::Application;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::names;
use crate::rpc::Desk;
use crate::rpc::reach::{Parties, reaches, reaches_all};
use crate::store::{self, EventFilter};

/// Rows read at once for a page of those that a caller reaches.
const PIECE: i64 = 200;

pub(super) fn shown(event: ConsultationEvent) -> wire::ConsultationEvent {
    wire::ConsultationEvent { name: event.name(), facts: Some(event.facts), etag: event.version.to_string() }
}

pub(super) fn shown_application(application: Application) -> wire::Application {
    wire::Application {
        name: application.name(),
        facts: Some(application.facts),
        texts: Some(application.texts),
        etag: application.version.to_string(),
    }
}

/// Whether the caller handles the event: a counsellor those of the own bodies.
pub(super) fn handles(caller: &Caller, event: &ConsultationEvent) -> Result<(), Error> {
    reaches(caller, Parties { body: &event.facts.body, ..Parties::default() })
}

/// What of an event a caller may see beside the event itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Everything.
    All,
    /// The applications that these bodies brought.
    Bodies(Vec<String>),
    /// The seats of these experts.
    Experts(Vec<String>),
}

impl Sight {
    /// Whether an application is seen, given who is seated.
    pub(super) fn sees(&self, application: &ApplicationFacts, seats: &[wire::Seat]) -> bool {
        let name = names::application(&application.application_id);
        match self {
            Self::All => true,
            Self::Bodies(bodies) => bodies.contains(&application.body),
            Self::Experts(experts) => {
                seats.iter().any(|seat| seat.application == name && experts.contains(&seat.expert))
            }
        }
    }
}

/// What the caller may see of an event.
///
/// # Errors
/// [`Reason::NotOwn`] for nothing.
pub(super) async fn sight(session: &mut Session, caller: &Caller, event: &ConsultationEvent) -> Result<Sight, Error> {
    let Err(refused) = handles(caller, event) else { return Ok(Sight::All) };
    let plan = event.plan();
    let own = plan.experts.iter().map(|present| &present.expert).filter(|expert| caller.owns(expert));
    let own: Vec<String> = own.cloned().collect();
    if caller.is(Role::Expert) && !own.is_empty() {
        return Ok(Sight::Experts(own));
    }
    let bodies: Vec<&str> = caller.owns.iter().map(String::as_str).filter(|name| name.starts_with("bodies/")).collect();
    if caller.is(Role::Counsellor) && store::has_application_of(session, event.id(), &bodies).await? {
        return Ok(Sight::Bodies(bodies.into_iter().map(str::to_owned).collect()));
    }
    Err(refused)
}

impl Desk {
    /// The event of a name, as far as the caller reaches it.
    pub(super) async fn look_at_event(
        &self,
        caller: &Caller,
        field: &str,
        name: &str,
    ) -> Result<ConsultationEvent, Error> {
        let mut check = Check::default();
        let id = check.id(field, "consultationEvents", name);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let event = store::event(&mut session, &id).await?.ok_or(Reason::EventNotFound)?;
        sight(&mut session, caller, &event).await?;
        Ok(event)
    }

    pub(super) async fn event_of(&self, id: &str) -> Result<ConsultationEvent, Error> {
        let mut session = self.log.read_session().await?;
        Ok(store::event(&mut session, id).await?.ok_or(Reason::EventNotFound)?)
    }

    pub(super) async fn application_of(&self, id: &str) -> Result<Application, Error> {
        let mut session = self.log.read_session().await?;
        let found = store::application(&mut session, self.log.keys().as_ref(), id).await?;
        Ok(found.ok_or(Reason::ApplicationNotFound)?)
    }

    pub(super) async fn list_events(
        &self,
        caller: &Caller,
        request: &wire::ListConsultationEventsRequest,
    ) -> Result<wire::ListConsultationEventsResponse, Error> {
        let mut check = Check::default();
        let body = check.opt_name("body", "bodies", &request.body);
        let state = check.opt_enum("state", request.state);
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        if !body.is_empty() {
            reaches(caller, Parties { body: &body, ..Parties::default() })?;
        }
        let filter = EventFilter { programme: request.programme.clone(), body, state };
        let mut session = self.log.read_session().await?;
        let (mut found, mut before) = (Vec::new(), page.after(i64::MAX));
        while (found.len() as i64) < page.limit() {
            let piece = store::list_events(&mut session, &filter, before, PIECE).await?;
            let Some((last, _)) = piece.last() else { break };
            before = *last;
            let all = reaches_all(caller);
            found.extend(piece.into_iter().filter(|(_, event)| all || handles(caller, event).is_ok()));
        }
        let (events, next_page_token) = page.cut(found);
        let events = events.into_iter().map(shown).collect();
        Ok(wire::ListConsultationEventsResponse { events, next_page_token })
    }

    pub(super) async fn list_event_applications(
        &self,
        caller: &Caller,
        request: &wire::ListApplicationsRequest,
    ) -> Result<wire::ListApplicationsResponse, Error> {
        let mut check = Check::default();
        let id = check.id("event", "consultationEvents", &request.event);
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let event = store::event(&mut session, &id).await?.ok_or(Reason::EventNotFound)?;
        let sight = sight(&mut session, caller, &event).await?;
        let seats = store::timetable(&mut session, &id).await?.unwrap_or_default().timetable.seats;
        let keys = self.log.keys().as_ref();
        let shown = |facts: &ApplicationFacts| sight.sees(facts, &seats);
        let found = store::applications_page(&mut session, keys, &id, (page.after(0), page.limit()), shown).await?;
        let (applications, next_page_token) = page.cut(found);
        let applications = applications.into_iter().map(shown_application).collect();
        Ok(wire::ListApplicationsResponse { applications, next_page_token })
    }
}
