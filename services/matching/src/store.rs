//! All the SQL of matching.

mod events;
mod requests;
mod steps;

use kit_log::sql::Step;

pub(crate) use events::{
    EventFilter, Kept, application, application_of, applications, applications_page, due_events, elsewhere, event,
    has_application_of, insert_application, insert_event, list_events, save_application, save_event, save_timetable,
    timetable,
};
pub(crate) use kit_log::Keyring as Keys;
pub(crate) use requests::{
    RequestFilter, apart_of, due_requests, insert_request, is_erased, keep_requests_apart, list_requests,
    merged_companies, open_facts, open_requests, point_company, request, requests_of_company, save_request,
};
pub(crate) use steps::{Steps, history, record};

/// Matching's own tables.
pub(crate) const STEPS: [Step; 3] = [
    Step { number: 100, about: "matching", sql: include_str!("../migrations/0100_matching.sql") },
    Step { number: 110, about: "requests", sql: include_str!("../migrations/0110_requests.sql") },
    Step { number: 140, about: "consultation events", sql: include_str!("../migrations/0140_events.sql") },
];
