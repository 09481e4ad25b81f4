//! Incidents and their offers as rules look at them. Nothing that was told of them in confidence gets here.

use contract::matching::v1::IncidentFacts;

use super::case::lower;
use super::read;
use super::situation::{INCIDENT, Kind, OFFER, Situation};

/// What can be said of an incident after a change: of itself, and of each offer.
pub fn situations(facts: &IncidentFacts) -> Vec<Situation> {
    let of = |kind: &'static Kind| {
        Situation::new(kind, &format!("incidents/{}", facts.incident_id))
            .value("incident", &facts.incident_id)
            .value("incident_type", &facts.incident_type)
            .value("prefecture", &facts.prefecture)
    };
    let itself = of(&INCIDENT)
        .value("state", lower(facts.state().as_str_name(), "INCIDENT_STATE_"))
        .value("fallback_reason", facts.fallback_reason.to_ascii_lowercase())
        .time("create", facts.create_time.as_ref().map(read))
        .time("update", facts.update_time.as_ref().map(read))
        .person("expert", &facts.expert)
        .person("body", &facts.body);
    let offers = facts.offers.iter().enumerate().map(|(at, offer)| {
        of(&OFFER)
            .value("turn", at + 1)
            .value("state", lower(offer.state().as_str_name(), "OFFER_STATE_"))
            .time("offered", offer.offer_time.as_ref().map(read))
            .time("answer_by", offer.answer_by_time.as_ref().map(read))
            .person("expert", &offer.expert)
    });
    std::iter::once(itself).chain(offers).collect()
}
