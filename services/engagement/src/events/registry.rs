//! What is read from the register's log: which experts turned out to be one person.

use contract::registry::v1::ExpertMerged;
use kit_log::{Received, Refusal, Unit};
use prost::Name as _;

use crate::enter;

/// Whether it looks at this type of event.
pub(super) fn reads(event_type: &str) -> bool {
    event_type == ExpertMerged::full_name()
}

/// Takes over which entry an expert's points at.
pub(super) async fn follow(unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
    let ExpertMerged { expert_id, merged_into } = event.clear()?;
    if expert_id.is_empty() {
        return Err(Refusal::Fault("a merge of nobody".to_owned()));
    }
    Ok(enter::pointer(unit, &format!("experts/{expert_id}"), &merged_into).await?)
}
