//! All the SQL of the notices.

mod addresses;
mod campaigns;
mod deliveries;
mod lists;
mod notices;
mod told;

use kit_log::sql::Step;

pub(crate) use addresses::{address, body_of, forget_address, has_address, keep_address, keep_body};
pub(crate) use campaigns::{keep_campaign, keep_recipient, told_campaign, told_recipients};
pub(crate) use deliveries::{next_mail, page as deliveries};
pub(crate) use lists::{Filter, open_after, page};
pub(crate) use notices::{by_id, by_ids, delete, due, known, next_wake, save};
pub(crate) use told::{keep_application, keep_event, keep_timetable, told_applications, told_event, told_timetable};

/// The notices' own tables.
pub(crate) const STEPS: [Step; 3] = [
    Step { number: 100, about: "notices", sql: include_str!("../migrations/0100_notices.sql") },
    Step { number: 110, about: "matching", sql: include_str!("../migrations/0110_matching.sql") },
    Step { number: 130, about: "campaigns", sql: include_str!("../migrations/0130_campaigns.sql") },
];
