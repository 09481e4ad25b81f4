//! Whom else to call in an incident, and what its state means in words: data, read once.

use std::sync::OnceLock;

use contract::matching::v1::{IncidentContact, IncidentState};
use kit_vocabulary::{Texts, Words};
use serde::Deserialize;

use super::incident::Incident;
use super::moment::read;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contact {
    code: String,
    ja: String,
    en: String,
    phone: String,
    url: String,
    note_ja: String,
    note_en: String,
}

/// The published contacts and kinds of service of `data/incident_contacts.json`.
pub fn contacts() -> Vec<IncidentContact> {
    static CONTACTS: OnceLock<Vec<IncidentContact>> = OnceLock::new();
    let read = || {
        let read = serde_json::from_str::<Vec<Contact>>(include_str!("../../data/incident_contacts.json"));
        let read = read.unwrap_or_else(|error| unreachable!("data/incident_contacts.json: {error}"));
        read.into_iter().map(contact).collect()
    };
    CONTACTS.get_or_init(read).clone()
}

fn contact(read: Contact) -> IncidentContact {
    let Contact { code, ja, en, phone, url, note_ja, note_en } = read;
    IncidentContact { code, ja, en, phone, url, note_ja, note_en }
}

/// What the state of an incident means for whoever reported it.
pub fn meaning(incident: &Incident) -> Words {
    let facts = &incident.facts;
    let key = match facts.state() {
        IncidentState::Offered => "OFFERED",
        IncidentState::Acknowledged => "ACKNOWLEDGED",
        IncidentState::FallenBack => &facts.fallback_reason,
        IncidentState::Closed => "CLOSED",
        IncidentState::Unspecified => "",
    };
    let until = incident.waiting().map(|offer| read(offer.answer_by_time.as_ref()).to_string()).unwrap_or_default();
    let hour = until.get(11..16).unwrap_or_default().to_owned();
    let asked = facts.offers.len().to_string();
    texts().get(key).map(|words| words.filled(&[("asked", asked), ("until", hour)])).unwrap_or_default()
}

fn texts() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    TEXTS.get_or_init(|| Texts::read(include_str!("../../texts/incidents.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_words_and_every_contact_a_page() {
        let keys = ["OFFERED", "ACKNOWLEDGED", "NOBODY_ON_CALL", "NOBODY_ANSWERED", "CLOSED"];
        assert_eq!(texts().faults(&keys), Vec::<String>::new());
        let codes: Vec<_> = contacts().into_iter().map(|contact| contact.code).collect();
        assert_eq!(codes, ["ipa_anshin", "jpcert", "police", "help_team"]);
        assert!(contacts().iter().all(|one| one.url.starts_with("https://") && !one.note_ja.is_empty()));
    }
}
