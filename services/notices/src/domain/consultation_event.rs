//! Consultation events, their applications and seats, as rules look at them.

use contract::matching::v1::{ApplicationFacts, ConsultationEventFacts, EventPlan, Seat, Timetable};

use super::case::lower;
use super::read;
use super::situation::{APPLICATION, EVENT, Kind, Situation};

/// An application as it was last told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Application {
    /// What is not confidential.
    pub facts: ApplicationFacts,
    /// The company's name; empty once its key is destroyed.
    pub company_name: String,
    /// The key under which it is sealed; empty for none.
    pub key_id: String,
}

impl Application {
    /// `applications/<id>`.
    pub fn name(&self) -> String {
        format!("applications/{}", self.facts.application_id)
    }
}

/// The event without what changes with every application: if this is the same, nobody has to be told anything else.
pub fn planned(facts: &ConsultationEventFacts) -> ConsultationEventFacts {
    let still = ConsultationEventFacts { applied: 0, timetable_revision: 0, ..facts.clone() };
    ConsultationEventFacts { create_time: None, update_time: None, ..still }
}

/// What can be said of an event to those who are to be there: a situation for each expert.
pub fn experts(event: &ConsultationEventFacts) -> Vec<Situation> {
    let subject = format!("consultationEvents/{}", event.event_id);
    let present = event.plan.iter().flat_map(|plan| &plan.experts).filter(|expert| !expert.absent);
    present.map(|present| of_event(&EVENT, &subject, event).person("expert", &present.expert)).collect()
}

/// What can be said of an application.
pub fn application(event: &ConsultationEventFacts, timetable: &Timetable, application: &Application) -> Situation {
    let (name, facts) = (application.name(), &application.facts);
    let seat = timetable.seats.iter().find(|seat| seat.application == name);
    let body = if facts.body.is_empty() { &event.body } else { &facts.body };
    let situation = of_event(&APPLICATION, &name, event)
        .value("application", &facts.application_id)
        .value("state", lower(facts.state().as_str_name(), "APPLICATION_STATE_"))
        .flag("seated", seat.is_some())
        .word("company_name", &application.company_name)
        .person("company", facts.company.as_ref().map_or("", |company| &company.company))
        .person("body", body);
    match seat {
        Some(seat) => seated(situation, event, seat),
        None => situation,
    }
}

fn of_event(kind: &'static Kind, subject: &str, event: &ConsultationEventFacts) -> Situation {
    let EventPlan { title, venue, start_time, end_time, .. } = event.plan.clone().unwrap_or_default();
    Situation::new(kind, subject)
        .value("event", &event.event_id)
        .value("event_state", lower(event.state().as_str_name(), "CONSULTATION_EVENT_STATE_"))
        .value("title", title)
        .value("venue", venue)
        .time("start", start_time.as_ref().map(read))
        .time("end", end_time.as_ref().map(read))
}

fn seated(situation: Situation, event: &ConsultationEventFacts, seat: &Seat) -> Situation {
    let rounds = event.plan.as_ref().map(|plan| plan.rounds.as_slice()).unwrap_or_default();
    let round = usize::try_from(seat.round - 1).ok().and_then(|at| rounds.get(at));
    let begins = round.and_then(|round| round.start_time.as_ref()).map(read);
    situation
        .value("seat", format!("{}/{}/{}", seat.expert, seat.round, seat.booth))
        .value("booth", &seat.booth)
        .time("seat_start", begins)
        .person("expert", &seat.expert)
}

/// The applications whose seat is another in one timetable than in the other, `applications/<id>`.
pub fn moved(before: &Timetable, after: &Timetable) -> Vec<String> {
    let place = |seat: &Seat| (seat.application.clone(), seat.expert.clone(), seat.round, seat.booth.clone());
    let (before, after): (Vec<_>, Vec<_>) =
        (before.seats.iter().map(place).collect(), after.seats.iter().map(place).collect());
    let gone = before.iter().filter(|seat| !after.contains(seat));
    let new = after.iter().filter(|seat| !before.contains(seat));
    let mut moved: Vec<String> = gone.chain(new).map(|(application, ..)| application.clone()).collect();
    moved.sort();
    moved.dedup();
    moved
}
