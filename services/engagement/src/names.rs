//! Names of things, and the keys that belong to them.

use contract::engagement::v1::{CaseFacts, CompanySnapshot, ConsultationFacts, EntryKind, LibraryFacts};

/// `cases/<id>`.
pub(crate) fn case(id: &str) -> String {
    format!("cases/{id}")
}

/// `consultations/<id>`.
pub(crate) fn consultation(id: &str) -> String {
    format!("consultations/{id}")
}

/// `stories/<id>` or `incidents/<id>`.
pub(crate) fn entry(facts: &LibraryFacts) -> String {
    let kind = if facts.kind() == EntryKind::Incident { "incidents" } else { "stories" };
    format!("{kind}/{}", facts.entry_id)
}

/// The id of the key under which an entry's unpublished texts are sealed: the company's, so that erasing it erases them; else
/// the body's; else its own.
pub(crate) fn draft_key(facts: &LibraryFacts) -> String {
    let LibraryFacts { company, body, entry_id, .. } = facts;
    match (company.strip_prefix("companies/"), body.is_empty()) {
        (Some(id), _) => id.to_owned(),
        (None, false) => body.clone(),
        (None, true) => format!("library/{entry_id}"),
    }
}

/// Whose case or consultation it is.
pub(crate) trait Parties {
    /// `companies/<id>`.
    fn company(&self) -> &str;
    /// `experts/<id>`.
    fn expert(&self) -> &str;
    /// `bodies/<id>`; empty when none looks after it.
    fn body(&self) -> &str;
}

impl Parties for CaseFacts {
    fn company(&self) -> &str {
        name(self.company.as_ref())
    }
    fn expert(&self) -> &str {
        &self.expert
    }
    fn body(&self) -> &str {
        &self.body
    }
}

impl Parties for ConsultationFacts {
    fn company(&self) -> &str {
        name(self.company.as_ref())
    }
    fn expert(&self) -> &str {
        &self.expert
    }
    fn body(&self) -> &str {
        &self.body
    }
}

fn name(company: Option<&CompanySnapshot>) -> &str {
    company.map_or("", |company| &company.company)
}

/// The id of the key under which what is confidential is sealed: the company's.
pub(crate) fn key_of(parties: &impl Parties) -> String {
    let company = parties.company();
    company.strip_prefix("companies/").unwrap_or(company).to_owned()
}
