//! What is told of consultation events.

use contract::matching::v1::{ApplicationChanged, ConsultationEventChanged, Timetable, TimetableChanged};
use kit_log::{NewEvent, Unit};

use crate::domain::event::ConsultationEvent;
use crate::domain::event::application::Application;
use crate::names;

/// Emits an event as it stands after a change; answers the position.
pub(crate) fn event(unit: &mut Unit, event: &ConsultationEvent, changed: &[&'static str]) -> i64 {
    let body = ConsultationEventChanged { facts: Some(event.facts.clone()), changed: owned(changed) };
    unit.emit(NewEvent::new("consultation_event", event.id(), &body))
}

/// Emits an application, likewise.
pub(crate) fn application(unit: &mut Unit, application: &Application, changed: &[&'static str]) -> i64 {
    let facts = &application.facts;
    let body = ApplicationChanged { facts: Some(facts.clone()), changed: owned(changed) };
    let event = NewEvent::new("application", &facts.application_id, &body);
    unit.emit(event.personal(&names::key_of(facts.company.as_ref()), &application.texts))
}

/// Emits a timetable, likewise; `over` once its event has ended.
pub(crate) fn timetable(unit: &mut Unit, event: &str, timetable: &Timetable, over: bool) -> i64 {
    let body = TimetableChanged { timetable: Some(timetable.clone()), over };
    unit.emit(NewEvent::new("timetable", event, &body))
}

fn owned(changed: &[&'static str]) -> Vec<String> {
    changed.iter().map(|kind| (*kind).to_owned()).collect()
}
