//! Incidents and duties: what is told of them, and which experts the register lists.

use contract::matching::v1::{Duty, DutyChanged, IncidentChanged};
use contract::registry::v1::{ExpertChanged, ExpertState};
use kit_log::{NewEvent, Received, Refusal, Unit};
use prost::Name as _;

use super::owned;
use crate::domain::incident::Incident;
use crate::rpc::Desk;

/// Emits an incident as it stands after a change; answers the position. What was told is no part of it.
pub(crate) fn incident(unit: &mut Unit, incident: &Incident, changed: &[&'static str]) -> i64 {
    let body = IncidentChanged { facts: Some(incident.facts.clone()), changed: owned(changed) };
    unit.emit(NewEvent::new("incident", &incident.facts.incident_id, &body))
}

/// Emits that a duty was set, or taken back; answers the position.
pub(crate) fn duty(unit: &mut Unit, duty: &Duty, removed: bool) -> i64 {
    let id = duty.name.strip_prefix("duties/").unwrap_or(&duty.name).to_owned();
    unit.emit(NewEvent::new("duty", &id, &DutyChanged { duty: Some(duty.clone()), removed }))
}

/// Whether the incidents look at this type of event.
pub(super) fn reads(kind: &str) -> bool {
    kind == ExpertChanged::full_name()
}

/// Follows which experts the register lists.
pub(super) async fn follow(desk: &Desk, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
    if !reads(&event.event.r#type) {
        return Ok(());
    }
    let told: ExpertChanged = event.clear()?;
    Ok(desk.expert_is(unit, &told.expert_id, told.state() == ExpertState::Listed).await?)
}
