//! A company: what is known of it, what says who it is, and what follows from both.

pub mod fields;
mod parts;
pub mod sme;
pub mod twin;

use contract::registry::v1::{CompanyDetails, CompanyFacts};
use kit_clock::Timestamp;

use fields::{FIELDS, Field};
pub(crate) use parts::any_day;

/// What a company is: its facts, and what says who it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portrait {
    /// Not personal; stays when the company is erased.
    pub facts: CompanyFacts,
    /// Sealed where it is stored; empty when the company is erased.
    pub details: CompanyDetails,
}

/// A company of the register.
#[derive(Clone, Debug, PartialEq)]
pub struct Company {
    /// What it is. `facts.company_id` is its id.
    pub portrait: Portrait,
    /// Its details were destroyed.
    pub erased: bool,
    /// From 1; grows with every change.
    pub version: i64,
    /// When it was entered.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

impl Company {
    /// A new company of a portrait without faults ([`fields::check`], [`fields::contradictions`]).
    pub fn enter(id: &str, mut portrait: Portrait, now: Timestamp) -> Self {
        id.clone_into(&mut portrait.facts.company_id);
        portrait.facts.merged_into.clear();
        portrait.derive();
        Self { portrait, erased: false, version: 1, create_time: now, update_time: now }
    }

    /// The id: the part after `companies/`.
    pub fn id(&self) -> &str {
        &self.portrait.facts.company_id
    }

    /// The id of the company that this one is; empty when it is itself.
    pub fn merged_into(&self) -> &str {
        let into = &self.portrait.facts.merged_into;
        into.strip_prefix("companies/").unwrap_or(into)
    }

    /// Points at the company of this id from now on, or with none is itself again; false when nothing changes.
    pub fn merge_into(&mut self, id: Option<&str>, now: Timestamp) -> bool {
        let into = id.map(|id| format!("companies/{id}")).unwrap_or_default();
        if self.portrait.facts.merged_into == into {
            return false;
        }
        self.portrait.facts.merged_into = into;
        self.version += 1;
        self.update_time = now;
        true
    }

    /// As it would be with these fields of `given`.
    pub fn with(&self, given: &Portrait, fields: &[&Field]) -> Portrait {
        let mut next = self.portrait.clone();
        for field in fields {
            (field.take)(&mut next, given);
        }
        // A size that followed from the staff does not stand in the way of another staff.
        let touched = |path: &str| fields.iter().any(|field| field.path == path);
        if touched(fields::EMPLOYEES) && !touched(fields::SIZE) {
            next.facts.size.clear();
        }
        next.derive();
        next
    }

    /// Becomes `next`; answers the paths of the fields that changed, none when nothing did.
    pub fn become_other(&mut self, next: Portrait, now: Timestamp) -> Vec<&'static str> {
        let differs = |field: &&Field| {
            let mut same = self.portrait.clone();
            (field.take)(&mut same, &next);
            same != self.portrait
        };
        let changed: Vec<_> = FIELDS.iter().filter(differs).map(|field| field.path).collect();
        if !changed.is_empty() {
            self.portrait = next;
            self.version += 1;
            self.update_time = now;
        }
        changed
    }

    /// Forgets who it is; false when that was done before.
    pub fn erase(&mut self, now: Timestamp) -> bool {
        if self.erased {
            return false;
        }
        self.portrait.details = CompanyDetails::default();
        self.erased = true;
        self.version += 1;
        self.update_time = now;
        true
    }
}

impl Portrait {
    /// What follows from the rest: the size from the staff, the order of lists, the standing.
    fn derive(&mut self) {
        if let Some(size) = self.facts.employees.and_then(sme::size_of) {
            self.facts.size = size;
        }
        self.facts.roles.sort_by_key(|need| kit_vocabulary::security_roles().position(&need.role));
        self.facts.security_actions.sort_by(|a, b| (&a.declared_on, &a.state).cmp(&(&b.declared_on, &b.state)));
        self.facts.services.sort_by(|a, b| (&a.since, &a.service).cmp(&(&b.since, &b.service)));
        self.facts.sme = Some(sme::status(&self.facts));
    }
}
