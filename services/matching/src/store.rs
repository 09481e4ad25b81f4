//! All the SQL of matching.

mod duties;
mod incidents;
mod requests;
mod steps;

use kit_log::sql::Step;

pub(crate) use duties::{DutyFilter, duties, duty, insert_duty, is_listed, keep_standing, on_call, remove_duty};
pub(crate) use incidents::{
    IncidentFilter, anonymous_since, due_incidents, incident, insert_incident, list_incidents, offered_to,
    save_incident,
};
pub(crate) use kit_log::Keyring as Keys;
pub(crate) use requests::{
    RequestFilter, apart_of, due_requests, insert_request, is_erased, keep_requests_apart, list_requests,
    merged_companies, open_facts, open_of_companies, open_requests, point_company, request, requests_of_company,
    save_request,
};
pub(crate) use steps::{Steps, history, record};

/// Matching's own tables.
pub(crate) const STEPS: [Step; 3] = [
    Step { number: 100, about: "matching", sql: include_str!("../migrations/0100_matching.sql") },
    Step { number: 110, about: "requests", sql: include_str!("../migrations/0110_requests.sql") },
    Step { number: 120, about: "incidents", sql: include_str!("../migrations/0120_incidents.sql") },
];
