//! Names of things, and the keys that belong to them.

use contract::engagement::v1::CompanySnapshot;

/// `requests/<id>`.
pub(crate) fn request(id: &str) -> String {
    format!("requests/{id}")
}

/// `proposals/<id>`.
pub(crate) fn proposal(id: &str) -> String {
    format!("proposals/{id}")
}

/// `bars/<id>`.
pub(crate) fn bar(id: &str) -> String {
    format!("bars/{id}")
}

/// The id of the key under which what a company told is sealed: its own, so that erasing it erases all.
pub(crate) fn key_of(company: Option<&CompanySnapshot>) -> String {
    let name = company.map_or("", |company| company.company.as_str());
    name.strip_prefix("companies/").unwrap_or(name).to_owned()
}
