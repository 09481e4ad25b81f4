//! What proposals tell, and what others tell that concerns them.

use contract::engagement::v1::{CaseChanged, CaseFacts, CaseState, Side, TrackRecordChanged};
use contract::matching::v1::{Bar, BarChanged, Capacity, CapacityChanged, ProposalChanged, ProposalPersonal};
use contract::notices::v1::NoticeChanged;
use contract::registry::v1::{ExpertChanged, ExpertMerged, ExpertState};
use kit_log::{NewEvent, Received, Refusal, Unit, clock_time};
use prost::Name as _;

use super::owned;
use crate::domain::proposal::Proposal;
use crate::names;
use crate::rpc::Desk;

/// Emits a proposal as it stands after a change; answers the position.
pub(crate) fn proposal(unit: &mut Unit, proposal: &Proposal, changed: &[&'static str]) -> i64 {
    let body = ProposalChanged { facts: Some(proposal.facts.clone()), changed: owned(changed) };
    let event = NewEvent::new("proposal", &proposal.facts.proposal_id, &body);
    let personal = ProposalPersonal { company_name: proposal.company_name.clone() };
    let silent = proposal.company_name.is_empty();
    let key = names::key_of(proposal.facts.company.as_ref());
    unit.emit(if silent { event } else { event.personal(&key, &personal) })
}

/// Emits how much an expert takes.
pub(crate) fn capacity(unit: &mut Unit, capacity: Capacity) {
    let expert = capacity.expert.strip_prefix("experts/").unwrap_or(&capacity.expert);
    let id = format!("{expert}.{}", capacity.programme);
    unit.emit(NewEvent::new("capacity", &id, &CapacityChanged { capacity: Some(capacity) }));
}

/// Emits a bar; answers the position.
pub(crate) fn bar(unit: &mut Unit, bar: &Bar, removed: bool) -> i64 {
    let id = bar.name.strip_prefix("bars/").unwrap_or(&bar.name);
    unit.emit(NewEvent::new("bar", id, &BarChanged { bar: Some(bar.clone()), removed }))
}

/// Whether a type of event is looked at here.
pub(super) fn reads(event_type: &str) -> bool {
    let names = [
        CaseChanged::full_name(),
        TrackRecordChanged::full_name(),
        NoticeChanged::full_name(),
        ExpertChanged::full_name(),
        ExpertMerged::full_name(),
    ];
    names.iter().any(|name| name == event_type)
}

/// Follows an event.
pub(super) async fn follow(desk: &Desk, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
    let kind = &event.event.r#type;
    let done = if *kind == CaseChanged::full_name() {
        let told: CaseChanged = event.clear()?;
        let facts = told.facts.ok_or_else(|| Refusal::Fault("a case without facts".to_owned()))?;
        desk.case_changed(unit, &facts).await
    } else if *kind == TrackRecordChanged::full_name() {
        let told: TrackRecordChanged = event.clear()?;
        let record = told.track_record.ok_or_else(|| Refusal::Fault("no track record".to_owned()))?;
        desk.record_changed(unit, &record).await
    } else if *kind == NoticeChanged::full_name() {
        let told: NoticeChanged = event.clear()?;
        let facts = told.facts.ok_or_else(|| Refusal::Fault("a notice without facts".to_owned()))?;
        match (side_of(&facts.template), facts.subject.strip_prefix("proposals/"), &facts.hand_over_time) {
            (Some(side), Some(id), Some(time)) => desk.handed_over(unit, id, side, clock_time(time)).await,
            _ => Ok(()),
        }
    } else if *kind == ExpertChanged::full_name() {
        let told: ExpertChanged = event.clear()?;
        let listed = told.state() == ExpertState::Listed;
        desk.expert_changed(unit, &format!("experts/{}", told.expert_id), listed).await
    } else if *kind == ExpertMerged::full_name() {
        let told: ExpertMerged = event.clear()?;
        desk.expert_merged(unit, &format!("experts/{}", told.expert_id), &told.merged_into).await
    } else {
        Ok(())
    };
    done.map_err(|error| match error {
        crate::Error::Log(error) => error.into(),
        other => Refusal::Fault(other.to_string()),
    })
}

/// Whose turn a notice of a proposal tells of.
fn side_of(template: &str) -> Option<Side> {
    match template {
        "proposal_expert" => Some(Side::Expert),
        "proposal_company" => Some(Side::Company),
        _ => None,
    }
}

/// How a case stands against the expert's capacity.
pub(crate) fn work_state(facts: &CaseFacts) -> &'static str {
    match facts.state() {
        CaseState::Withdrawn => "withdrawn",
        CaseState::Completed | CaseState::EndedEarly => "closed",
        CaseState::Unspecified | CaseState::Accepted | CaseState::Scheduled | CaseState::Visiting => "open",
    }
}
