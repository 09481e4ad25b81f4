//! An entry of the list as rules look at it.

use contract::registry::v1::ExpertChanged;

use super::case::lower;
use super::read;
use super::situation::{EXPERT, Situation};

/// What can be said of an entry after a change.
pub fn situation(told: &ExpertChanged) -> Situation {
    let name = format!("experts/{}", told.expert_id);
    let obstructed = |reason: &str| told.obstacles.iter().any(|obstacle| obstacle.reason == reason);
    Situation::new(&EXPERT, &name)
        .value("expert", &told.expert_id)
        .value("state", lower(told.state().as_str_name(), "EXPERT_STATE_"))
        .flag("confirmation_overdue", obstructed("CONFIRMATION_OVERDUE"))
        .flag("registration_lapsed", obstructed("REGISTRATION_LAPSED"))
        .time("confirmed", told.confirm_time.as_ref().map(read))
        .time("valid_until", told.registration_valid_until.as_ref().map(read))
        .person("expert", &name)
}
