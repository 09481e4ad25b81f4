//! Names of things, and the keys that belong to them.

use contract::engagement::v1::{
    AnswersFacts, CaseFacts, CompanySnapshot, ConsultationFacts, EntryKind, LibraryFacts, ParticipationFacts,
};

use crate::domain::Subject;

/// `cases/<id>`.
pub(crate) fn case(id: &str) -> String {
    format!("cases/{id}")
}

/// `consultations/<id>`.
pub(crate) fn consultation(id: &str) -> String {
    format!("consultations/{id}")
}

/// `answers/<id>`.
pub(crate) fn answers(id: &str) -> String {
    format!("answers/{id}")
}

/// `gatherings/<id>`.
pub(crate) fn gathering(id: &str) -> String {
    format!("gatherings/{id}")
}

/// `participations/<id>`.
pub(crate) fn participation(id: &str) -> String {
    format!("participations/{id}")
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

impl Parties for ParticipationFacts {
    fn company(&self) -> &str {
        name(self.company.as_ref())
    }
    fn expert(&self) -> &str {
        ""
    }
    fn body(&self) -> &str {
        ""
    }
}

impl Parties for AnswersFacts {
    fn company(&self) -> &str {
        name(self.company.as_ref())
    }
    fn expert(&self) -> &str {
        &self.expert
    }
    fn body(&self) -> &str {
        ""
    }
}

impl Parties for Subject {
    fn company(&self) -> &str {
        name(self.company.as_ref())
    }
    fn expert(&self) -> &str {
        &self.expert
    }
    fn body(&self) -> &str {
        self.reached_by.first().map_or("", |(_, body)| body)
    }
}

/// The key of a company.
pub(crate) fn key_of_company(company: Option<&CompanySnapshot>) -> String {
    let name = name(company);
    name.strip_prefix("companies/").unwrap_or(name).to_owned()
}

fn name(company: Option<&CompanySnapshot>) -> &str {
    company.map_or("", |company| &company.company)
}

/// The id of the key under which what is confidential is sealed: the company's, or the expert's where no company is concerned.
pub(crate) fn key_of(parties: &impl Parties) -> String {
    let (company, expert) = (parties.company(), parties.expert());
    let id = company.strip_prefix("companies/").or_else(|| expert.strip_prefix("experts/"));
    id.unwrap_or(company).to_owned()
}
