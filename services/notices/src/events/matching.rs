//! What matching tells: proposals, requests, incidents, and consultation events with their applications and timetables.

use contract::matching::v1::{
    ApplicationChanged, ApplicationTexts, ConsultationEventChanged, ConsultationEventFacts, IncidentChanged,
    ProposalChanged, ProposalPersonal, RequestChanged, RequestTexts, Timetable, TimetableChanged,
};
use kit_log::{Received, Refusal, Unit};
use prost::Name as _;

use super::Derive;
use crate::desk::Cause;
use crate::domain::consultation_event::{self, Application};
use crate::domain::{incident, proposal};
use crate::store;

/// Types of matching's events that concern somebody.
pub(super) fn types() -> [String; 6] {
    [
        ProposalChanged::full_name(),
        RequestChanged::full_name(),
        IncidentChanged::full_name(),
        ConsultationEventChanged::full_name(),
        ApplicationChanged::full_name(),
        TimetableChanged::full_name(),
    ]
}

impl Derive {
    pub(super) async fn matching(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let kind = &event.event.r#type;
        if *kind == ProposalChanged::full_name() {
            self.proposal(unit, event).await
        } else if *kind == RequestChanged::full_name() {
            self.request(unit, event).await
        } else if *kind == IncidentChanged::full_name() {
            self.incident(unit, event).await
        } else if *kind == ConsultationEventChanged::full_name() {
            self.consultation_event(unit, event).await
        } else if *kind == ApplicationChanged::full_name() {
            self.application(unit, event).await
        } else {
            self.timetable(unit, event).await
        }
    }

    async fn proposal(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: ProposalChanged = event.clear()?;
        let facts = told.facts.ok_or_else(|| without_facts("a proposal"))?;
        let personal: Option<ProposalPersonal> = event.personal()?;
        let situation = proposal::situation(&facts, &personal.map(|body| body.company_name).unwrap_or_default());
        let subject = situation.subject.clone();
        self.settle(unit, event, &subject, &[situation]).await
    }

    async fn request(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: RequestChanged = event.clear()?;
        let facts = told.facts.ok_or_else(|| without_facts("a request"))?;
        let texts: Option<RequestTexts> = event.personal()?;
        let situation = proposal::of_request(&facts, &texts.map(|texts| texts.company_name).unwrap_or_default());
        let subject = situation.subject.clone();
        self.settle(unit, event, &subject, &[situation]).await
    }

    async fn incident(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: IncidentChanged = event.clear()?;
        let facts = told.facts.ok_or_else(|| without_facts("an incident"))?;
        let subject = format!("incidents/{}", facts.incident_id);
        self.settle(unit, event, &subject, &incident::situations(&facts)).await
    }

    async fn consultation_event(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: ConsultationEventChanged = event.clear()?;
        let facts = told.facts.ok_or_else(|| without_facts("a consultation event"))?;
        let planned = consultation_event::planned(&facts);
        if store::told_event(unit.session(), &planned.event_id).await?.as_ref() == Some(&planned) {
            return Ok(());
        }
        store::keep_event(unit.session(), &planned).await?;
        let subject = format!("consultationEvents/{}", planned.event_id);
        self.settle(unit, event, &subject, &consultation_event::experts(&planned)).await?;
        let timetable = store::told_timetable(unit.session(), &planned.event_id).await?;
        for application in store::told_applications(unit.session(), self.keys.as_ref(), &planned.event_id).await? {
            self.applied(unit, event, (&planned, &timetable), &application).await?;
        }
        Ok(())
    }

    async fn application(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: ApplicationChanged = event.clear()?;
        let facts = told.facts.ok_or_else(|| without_facts("an application"))?;
        let texts: Option<ApplicationTexts> = event.personal()?;
        let company_name = texts.map(|texts| texts.company_name).unwrap_or_default();
        let event_id = id_of(&facts.event).to_owned();
        let application = Application { facts, company_name, key_id: event.event.key_id.clone() };
        store::keep_application(unit.session(), self.keys.as_ref(), &event_id, &application).await?;
        let Some(held) = store::told_event(unit.session(), &event_id).await? else { return Ok(()) };
        let timetable = store::told_timetable(unit.session(), &event_id).await?;
        self.applied(unit, event, (&held, &timetable), &application).await
    }

    async fn timetable(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: TimetableChanged = event.clear()?;
        let Timetable { event: of, seats, .. } = told.timetable.ok_or_else(|| without_facts("a timetable"))?;
        let event_id = id_of(&of).to_owned();
        let before = store::told_timetable(unit.session(), &event_id).await?;
        let timetable = Timetable { event: of, seats, ..Timetable::default() };
        store::keep_timetable(unit.session(), &event_id, &timetable).await?;
        let Some(held) = store::told_event(unit.session(), &event_id).await? else { return Ok(()) };
        let moved = consultation_event::moved(&before, &timetable);
        if moved.is_empty() {
            return Ok(());
        }
        let all = store::told_applications(unit.session(), self.keys.as_ref(), &event_id).await?;
        for application in all.iter().filter(|application| moved.contains(&application.name())) {
            self.applied(unit, event, (&held, &timetable), application).await?;
        }
        Ok(())
    }

    async fn applied(
        &self,
        unit: &mut Unit,
        event: &Received,
        (held, timetable): (&ConsultationEventFacts, &Timetable),
        application: &Application,
    ) -> Result<(), Refusal> {
        let situation = consultation_event::application(held, timetable, application);
        // Whatever was told last: the words are the application's.
        let cause = Cause { event: &event.event.id, key_id: &application.key_id };
        let subject = situation.subject.clone();
        Ok(self.desk.settle(unit, self.keys.as_ref(), &subject, &[situation], cause).await?)
    }
}

fn without_facts(what: &str) -> Refusal {
    Refusal::Fault(format!("{what} without facts"))
}

/// The part after `consultationEvents/`.
fn id_of(event: &str) -> &str {
    event.strip_prefix("consultationEvents/").unwrap_or(event)
}
