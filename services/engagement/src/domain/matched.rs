//! What follows from what matching tells: the case of a proposal that both accepted, the gathering that a consultation event is,
//! the consultations that were held there.

use contract::engagement::v1::{
    CaseFacts, CaseTexts, ConsultationFacts, ConsultationTexts, GatheringFacts, GatheringKind, ParticipationState,
};
use contract::matching::v1::{
    ApplicationFacts, ApplicationState, ApplicationTexts, ConsultationEventFacts, ConsultationEventState, EventPlan,
    PresentExpert, ProposalFacts, ProposalState, RequestKind, Seat,
};

use super::catalogue::programme;

/// An application as it was last told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Application {
    /// What is not confidential.
    pub facts: ApplicationFacts,
    /// What is.
    pub texts: ApplicationTexts,
}

/// Why what was told cannot be taken over. Whoever runs the services mends it, and has it applied again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is no data of the programme here.
    #[error("UNKNOWN_PROGRAMME {0}")]
    Programme(String),
    /// There is no such theme.
    #[error("UNKNOWN_THEME {0}")]
    Theme(String),
    /// Something that has to be there is not.
    #[error("MISSING {0}")]
    Missing(&'static str),
}

/// Whether a case is to begin from it.
pub fn opens_case(facts: &ProposalFacts) -> bool {
    facts.state() == ProposalState::Accepted && facts.kind() == RequestKind::Guidance
}

/// The case that begins from a proposal.
///
/// # Errors
/// [`Unfit`].
pub fn case_of(facts: ProposalFacts, company_name: String) -> Result<(CaseFacts, CaseTexts), Unfit> {
    known(&facts.programme)?;
    if kit_vocabulary::themes().get(&facts.theme).is_none() {
        return Err(Unfit::Theme(facts.theme));
    }
    there("company", facts.company.as_ref().is_some_and(|company| !company.company.is_empty()))?;
    there("expert", !facts.expert.is_empty())?;
    let case = CaseFacts {
        sources: vec![format!("proposals/{}", facts.proposal_id)],
        programme: facts.programme,
        region: facts.region,
        company: facts.company,
        expert: facts.expert,
        body: facts.body,
        theme: facts.theme,
        company_accept_time: facts.company_accept_time,
        expert_accept_time: facts.expert_accept_time,
        ..CaseFacts::default()
    };
    Ok((case, CaseTexts { company_name, ..CaseTexts::default() }))
}

/// The gathering that a consultation event is.
///
/// # Errors
/// [`Unfit`].
pub fn gathering_of(event: &ConsultationEventFacts) -> Result<GatheringFacts, Unfit> {
    known(&event.programme)?;
    there("event_id", !event.event_id.is_empty())?;
    let EventPlan { title, start_time, end_time, capacity, .. } = event.plan.clone().unwrap_or_default();
    Ok(GatheringFacts {
        gathering_id: event.event_id.clone(),
        programme: event.programme.clone(),
        kind: GatheringKind::ConsultationEvent.into(),
        region: event.region.clone(),
        title,
        body: event.body.clone(),
        start_time,
        end_time,
        capacity,
        cancelled: event.state() == ConsultationEventState::Cancelled,
        ..GatheringFacts::default()
    })
}

/// Where a company stands with the gathering.
pub const fn part_state(state: ApplicationState) -> ParticipationState {
    match state {
        ApplicationState::Unspecified => ParticipationState::Unspecified,
        ApplicationState::Applied => ParticipationState::Applied,
        ApplicationState::CalledOff => ParticipationState::CalledOff,
        ApplicationState::Came => ParticipationState::Attended,
        ApplicationState::Absent => ParticipationState::Absent,
    }
}

/// The consultation of a seat, if the company came.
pub fn consultation_of(
    event: &ConsultationEventFacts,
    seat: &Seat,
    application: Application,
) -> Option<(ConsultationFacts, ConsultationTexts)> {
    let Application { facts, texts } = application;
    if facts.state() != ApplicationState::Came {
        return None;
    }
    let rounds = event.plan.as_ref().map(|plan| plan.rounds.as_slice()).unwrap_or_default();
    let round = usize::try_from(seat.round - 1).ok().and_then(|at| rounds.get(at));
    let met = ConsultationFacts {
        programme: event.programme.clone(),
        event: format!("gatherings/{}", event.event_id),
        region: event.region.clone(),
        company: facts.company,
        expert: seat.expert.clone(),
        // Whoever holds the event looks after what is said there.
        body: if event.body.is_empty() { facts.body } else { event.body.clone() },
        start_time: round.and_then(|round| round.start_time),
        declared_needs: facts.needs,
        ..ConsultationFacts::default()
    };
    let ApplicationTexts { company_name, question } = texts;
    Some((met, ConsultationTexts { company_name, question, ..ConsultationTexts::default() }))
}

/// The experts who were there.
pub fn present(event: &ConsultationEventFacts) -> impl Iterator<Item = &PresentExpert> {
    event.plan.iter().flat_map(|plan| &plan.experts).filter(|expert| !expert.absent)
}

fn known(id: &str) -> Result<(), Unfit> {
    if programme(id).is_some() { Ok(()) } else { Err(Unfit::Programme(id.to_owned())) }
}

const fn there(what: &'static str, is: bool) -> Result<(), Unfit> {
    if is { Ok(()) } else { Err(Unfit::Missing(what)) }
}
