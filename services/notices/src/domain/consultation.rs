//! A consultation as rules look at it.

use contract::engagement::v1::ConsultationFacts;

use super::case::lower;
use super::read;
use super::situation::{CONSULTATION, Situation};

/// What can be said of a consultation after a change.
pub fn situation(facts: &ConsultationFacts, company_name: &str) -> Situation {
    let company = facts.company.as_ref().map_or("", |company| &company.company);
    Situation::new(&CONSULTATION, &format!("consultations/{}", facts.consultation_id))
        .value("consultation", &facts.consultation_id)
        .value("event", &facts.event)
        .value("state", lower(facts.state().as_str_name(), "CONSULTATION_STATE_"))
        .time("start", facts.start_time.as_ref().map(read))
        .word("company_name", company_name)
        .person("company", company)
        .person("expert", &facts.expert)
        .person("body", &facts.body)
}
