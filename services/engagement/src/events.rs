//! What the engagements tell, and what they read from matching and from the register.

mod matching;
mod registry;

use std::sync::Arc;

use contract::engagement::v1::{
    AnswersChanged, AnswersPersonal, AttendanceRecorded, CaseChanged, CasePersonal, CaseTexts, Claim,
    ConsultationChanged, ConsultationPersonal, ConsultationTexts, EntryKind, FeeClaimed, FormPublished,
    GatheringChanged, IncidentCaseChanged, ParticipationChanged, ParticipationPersonal, Step, StoryChanged,
    TrackRecord, TrackRecordChanged,
};
use futures::future::BoxFuture;
use kit_log::{Handler, Interest, KeyStore, NewEvent, Received, Refusal, Unit};

use crate::domain::gathering::{Gathering, Participation};
use crate::domain::library::Entry;
use crate::domain::{Answered, Case, Consultation};
use crate::error::Error;
use crate::names;

use matching::FollowMatching;

/// The packages whose events may concern us; what nothing here looks at is passed over.
const PACKAGES: [&str; 2] = ["activelist.matching.v1.", "activelist.registry.v1."];
/// The newest version of their meaning that is understood.
const SCHEMA: i32 = 1;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Log(error) => error.into(),
            other => Self::Fault(other.to_string()),
        }
    }
}

/// Follows what others tell.
pub(crate) struct Follow {
    matching: FollowMatching,
}

impl Follow {
    /// With the keys under which texts are sealed.
    pub(crate) const fn new(keys: Arc<dyn KeyStore>) -> Self {
        Self { matching: FollowMatching { keys } }
    }
}

impl Handler for Follow {
    fn interest(&self, event_type: &str) -> Interest {
        let applied = FollowMatching::reads(event_type) || registry::reads(event_type);
        Interest::of(applied, PACKAGES.iter().any(|package| event_type.starts_with(package)), SCHEMA)
    }

    fn handle<'u>(&'u self, unit: &'u mut Unit, event: &'u Received) -> BoxFuture<'u, Result<(), Refusal>> {
        Box::pin(async move {
            if registry::reads(&event.event.r#type) {
                registry::follow(unit, event).await
            } else {
                self.matching.follow(unit, event).await
            }
        })
    }
}

/// Emits a case as it stands after a change; answers the position. `steps` bear numbers and no words.
pub(crate) fn case(unit: &mut Unit, case: &Case, changed: &[&'static str], steps: Vec<Step>, reason: &str) -> i64 {
    let body = CaseChanged { facts: Some(case.facts.clone()), changed: owned(changed), steps };
    let event = NewEvent::new("case", &case.facts.case_id, &body);
    let silent = case.texts == CaseTexts::default() && reason.is_empty();
    let personal = CasePersonal { texts: Some(case.texts.clone()), reason: reason.to_owned() };
    unit.emit(if silent { event } else { event.personal(&names::key_of(&case.facts), &personal) })
}

/// Emits a consultation, likewise.
pub(crate) fn consultation(
    unit: &mut Unit,
    met: &Consultation,
    changed: &[&'static str],
    steps: Vec<Step>,
    reason: &str,
) -> i64 {
    let body = ConsultationChanged { facts: Some(met.facts.clone()), changed: owned(changed), steps };
    let event = NewEvent::new("consultation", &met.facts.consultation_id, &body);
    let silent = met.texts == ConsultationTexts::default() && reason.is_empty();
    let personal = ConsultationPersonal { texts: Some(met.texts.clone()), reason: reason.to_owned() };
    unit.emit(if silent { event } else { event.personal(&names::key_of(&met.facts), &personal) })
}

/// Emits an entry of the library; answers the position. Its texts go along only while it is published, under that
/// publication's key.
pub(crate) fn library_entry(unit: &mut Unit, entry: &Entry, changed: &[&'static str], steps: Vec<Step>) -> i64 {
    let (facts, changed) = (Some(entry.facts.clone()), owned(changed));
    let id = &entry.facts.entry_id;
    let event = match entry.facts.kind() {
        EntryKind::Incident => NewEvent::new("incident", id, &IncidentCaseChanged { facts, changed, steps }),
        EntryKind::Story | EntryKind::Unspecified => {
            NewEvent::new("story", id, &StoryChanged { facts, changed, steps })
        }
    };
    unit.emit(match (entry.publication_key(), entry.public()) {
        (Some(key), Some(texts)) => event.personal(&key, texts),
        _ => event,
    })
}

/// Emits a track record.
pub(crate) fn track_record(unit: &mut Unit, record: TrackRecord) {
    let expert_id = record.expert.strip_prefix("experts/").unwrap_or(&record.expert).to_owned();
    let body = TrackRecordChanged { expert_id: expert_id.clone(), track_record: Some(record) };
    unit.emit(NewEvent::new("track_record", &expert_id, &body));
}

/// Emits a claim.
pub(crate) fn claim(unit: &mut Unit, claim: &Claim) {
    let id = claim.name.strip_prefix("claims/").unwrap_or(&claim.name);
    unit.emit(NewEvent::new("claim", id, &FeeClaimed { claim: Some(claim.clone()) }));
}

/// Emits an attendance.
pub(crate) fn attendance(unit: &mut Unit, body: &AttendanceRecorded) {
    let id = unit.fresh_id();
    unit.emit(NewEvent::new("attendance", &id, body));
}

/// Emits a gathering; answers the position.
pub(crate) fn gathering(unit: &mut Unit, gathering: &Gathering) -> i64 {
    let body = GatheringChanged { facts: Some(gathering.facts.clone()) };
    unit.emit(NewEvent::new("gathering", &gathering.facts.gathering_id, &body))
}

/// Emits a company's part in a gathering; answers the position.
pub(crate) fn participation(unit: &mut Unit, part: &Participation) -> i64 {
    let body = ParticipationChanged { facts: Some(part.facts.clone()) };
    let event = NewEvent::new("participation", &part.facts.participation_id, &body);
    let personal = ParticipationPersonal { company_name: part.company_name.clone() };
    let silent = part.company_name.is_empty();
    unit.emit(if silent { event } else { event.personal(&names::key_of(&part.facts), &personal) })
}

/// Emits answers as they stand; answers the position.
pub(crate) fn answers(unit: &mut Unit, answered: &Answered) -> i64 {
    let body = AnswersChanged { facts: Some(answered.facts.clone()) };
    let event = NewEvent::new("answers", &answered.facts.answers_id, &body);
    let personal = AnswersPersonal { answers: answered.confidential.clone() };
    let silent = answered.confidential.is_empty();
    unit.emit(if silent { event } else { event.personal(&names::key_of(&answered.facts), &personal) })
}

/// Emits a form that is in use from now on.
pub(crate) fn published(unit: &mut Unit, version: &str, form: contract::survey::v1::Form) {
    unit.emit(NewEvent::new("form", version, &FormPublished { form: Some(form) }));
}

fn owned(changed: &[&'static str]) -> Vec<String> {
    changed.iter().map(|kind| (*kind).to_owned()).collect()
}
