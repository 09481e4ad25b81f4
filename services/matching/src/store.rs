//! All the SQL of matching.

mod steps;

use kit_log::sql::Step;

pub(crate) use kit_log::Keyring as Keys;
pub(crate) use steps::{Steps, history, record};

/// Matching's own tables.
pub(crate) const STEPS: [Step; 1] =
    [Step { number: 100, about: "matching", sql: include_str!("../migrations/0100_matching.sql") }];
