//! An entry of the list as rules look at it.

use contract::registry::v1::ExpertChanged;

use super::case::lower;
use super::read;
use super::situation::{EXPERT, Situation};

/// What can be said of an entry after a change.
pub fn situation(told: &ExpertChanged) -> Situation {
    let name = format!("experts/{}", told.expert_id);
    let overdue = told.obstacles.iter().any(|obstacle| obstacle.reason == "CONFIRMATION_OVERDUE");
    Situation::new(&EXPERT, &name)
        .value("expert", &told.expert_id)
        .value("state", lower(told.state().as_str_name(), "EXPERT_STATE_"))
        .flag("confirmation_overdue", overdue)
        .time("confirmed", told.confirm_time.as_ref().map(read))
        .person("expert", &name)
}
