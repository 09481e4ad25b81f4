//! All the SQL of matching.

mod events;
mod steps;

use kit_log::sql::Step;

pub(crate) use events::{
    EventFilter, Kept, application, application_of, applications, applications_page, due_events, elsewhere, event,
    has_application_of, insert_application, insert_event, list_events, save_application, save_event, save_timetable,
    timetable,
};
pub(crate) use kit_log::Keyring as Keys;
pub(crate) use steps::{Steps, history, record};

/// Matching's own tables.
pub(crate) const STEPS: [Step; 2] = [
    Step { number: 100, about: "matching", sql: include_str!("../migrations/0100_matching.sql") },
    Step { number: 140, about: "consultation events", sql: include_str!("../migrations/0140_events.sql") },
];
