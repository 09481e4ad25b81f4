//! All the SQL of the engagements.

mod cases;
mod claims;
mod consultations;
mod library;
mod sealed;
mod steps;

use kit_log::sql::Step;

pub(crate) use cases::{
    Filter, Imported, all_of_expert, busy, by_id, imported, insert, list, save, save_track_record, track_record,
};
pub(crate) use claims::{add_attendance, add_claim, attended, is_claimed};
pub(crate) use consultations::{by_id as consultation, insert as insert_consultation, save as save_consultation};
pub(crate) use library::{EntryFilter, entries, entry, insert_entry, save_entry};
pub(crate) use sealed::Keys;
pub(crate) use steps::{Steps, history, record};

/// The engagements' own tables.
pub(crate) const STEPS: [Step; 2] = [
    Step { number: 100, about: "engagement", sql: include_str!("../migrations/0100_engagement.sql") },
    Step { number: 110, about: "library", sql: include_str!("../migrations/0110_library.sql") },
];
