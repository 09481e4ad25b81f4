//! All the SQL of the engagements.

mod answers;
mod cases;
mod claims;
mod consultations;
mod gatherings;
mod involved;
mod library;
mod opened;
mod pointers;
mod sealed;
mod steps;
mod told;

use kit_log::sql::Step;

pub(crate) use answers::{
    AnswersFilter, by_id as answers, counting, insert as insert_answers, list as list_answers, publish, supersede,
};
pub(crate) use cases::{
    Filter, Imported, all_of_experts, busy, by_id, imported, insert, list, save, save_track_record, track_record,
};
pub(crate) use claims::{add_attendance, add_claim, attended, attended_at_all, is_claimed};
pub(crate) use consultations::{
    ConsultationFilter, by_id as consultation, insert as insert_consultation, list as list_consultations,
    save as save_consultation,
};
pub(crate) use gatherings::{
    GatheringFilter, by_id as gathering, insert as insert_gathering, insert_part, list as list_gatherings, part_of,
    participation, participations, save as save_gathering, save_part, taken,
};
pub(crate) use involved::{Involved, of_company, of_expert};
pub(crate) use kit_log::Keyring as Keys;
pub(crate) use library::{EntryFilter, entries, entry, insert_entry, save_entry};
pub(crate) use opened::{mark_opened, opened_from};
pub(crate) use pointers::{led_to, merged_into, names_of_person, point};
pub(crate) use steps::{Steps, history, record};
pub(crate) use told::{keep_application, keep_event, keep_timetable, told_applications, told_event, told_timetable};

/// The engagements' own tables.
pub(crate) const STEPS: [Step; 5] = [
    Step { number: 100, about: "engagement", sql: include_str!("../migrations/0100_engagement.sql") },
    Step {
        number: 110,
        about: "forms and gatherings",
        sql: include_str!("../migrations/0110_forms_and_gatherings.sql"),
    },
    Step { number: 120, about: "library", sql: include_str!("../migrations/0120_library.sql") },
    Step { number: 130, about: "matching", sql: include_str!("../migrations/0130_matching.sql") },
    Step { number: 140, about: "merged experts", sql: include_str!("../migrations/0140_merged_experts.sql") },
];
