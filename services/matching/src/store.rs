//! All the SQL of matching.

mod bars;
mod capacities;
mod duties;
mod events;
mod incidents;
mod persons;
mod proposals;
mod requests;
mod steps;
mod work;

use kit_log::sql::Step;

pub(crate) use bars::{bar, bars, delete_bar, insert_bar, same_bar};
pub(crate) use capacities::{Load, loads, set_capacity};
pub(crate) use duties::{DutyFilter, duties, duty, insert_duty, is_listed, keep_standing, on_call, remove_duty};
pub(crate) use events::{
    EventFilter, Kept, application, application_of, applications, applications_page, due_events, elsewhere, event,
    has_application_of, insert_application, insert_event, list_events, save_application, save_event, save_timetable,
    timetable,
};
pub(crate) use incidents::{
    IncidentFilter, anonymous_since, due_incidents, incident, insert_incident, list_incidents, offered_to,
    save_incident,
};
pub(crate) use kit_log::Keyring as Keys;
pub(crate) use persons::{names_of, persons, point_expert};
pub(crate) use proposals::{
    ProposalFilter, batch, batch_mark, count_of, insert_batch, insert_proposal, lapsed, list_proposals, mark_told,
    open_versions, out_in, proposal, proposal_facts, proposal_out, proposals_out_to, save_proposal, spent, spent_in,
    untold,
};
pub(crate) use requests::{
    RequestFilter, apart_of, due_requests, insert_request, is_erased, keep_requests_apart, list_requests,
    merged_companies, open_facts, open_of_companies, point_company, request, requests_of_company, save_request,
};
pub(crate) use steps::{Steps, history, record};
pub(crate) use work::{
    Sought, Work, keep_record, keep_work, records, seek, seek_anew, seek_later, seek_no_more, sought, unlisted,
};

/// Matching's own tables.
pub(crate) const STEPS: [Step; 6] = [
    Step { number: 100, about: "matching", sql: include_str!("../migrations/0100_matching.sql") },
    Step { number: 110, about: "requests", sql: include_str!("../migrations/0110_requests.sql") },
    Step { number: 120, about: "incidents", sql: include_str!("../migrations/0120_incidents.sql") },
    Step { number: 130, about: "proposals", sql: include_str!("../migrations/0130_proposals.sql") },
    Step { number: 140, about: "consultation events", sql: include_str!("../migrations/0140_events.sql") },
    Step { number: 150, about: "merged experts", sql: include_str!("../migrations/0150_merged_experts.sql") },
];
