//! Why a command is refused though its request is well formed: a stable reason, the numbers and names that belong to it, and
//! words from `texts/refusals.json`.

pub use kinds::Reason;

use super::fault;

mod kinds {
    kit_vocabulary::fault_reasons! {
        include_str!("../../texts/refusals.json");
        /// The state does not allow it: `from`, `to`.
        IllegalTransition "ILLEGAL_TRANSITION";
        /// No such request.
        RequestNotFound "REQUEST_NOT_FOUND";
        /// No such company in the register.
        CompanyNotFound "COMPANY_NOT_FOUND";
        /// The company was erased.
        CompanyErased "COMPANY_ERASED";
        /// No such expert in the search.
        ExpertNotFound "EXPERT_NOT_FOUND";
        /// No such incident.
        IncidentNotFound "INCIDENT_NOT_FOUND";
        /// No such duty.
        DutyNotFound "DUTY_NOT_FOUND";
        /// It is not offered to this expert now.
        NotOffered "NOT_OFFERED";
        /// Too many came at once from callers without a role: `max` a minute.
        TooManyIncidents "TOO_MANY_INCIDENTS";
        /// Only what belongs to the caller can be reached.
        NotOwn "NOT_OWN";
        /// Only the side itself, or who may enter it on its behalf.
        NotAParty "NOT_A_PARTY";
        /// It has changed since: `etag` as it now is.
        StaleEtag "STALE_ETAG";
        /// No such proposal.
        ProposalNotFound "PROPOSAL_NOT_FOUND";
        /// No such bar.
        BarNotFound "BAR_NOT_FOUND";
        /// The expert does not meet the hard conditions: `conditions`.
        NotEligible "NOT_ELIGIBLE";
        /// Something that the preview followed from has changed.
        PreviewStale "PREVIEW_STALE";
        /// The register cannot be asked.
        RegisterAway "REGISTER_AWAY";
        /// The search cannot be asked.
        SearchAway "SEARCH_AWAY";
        /// No such consultation event.
        EventNotFound "EVENT_NOT_FOUND";
        /// No such application.
        ApplicationNotFound "APPLICATION_NOT_FOUND";
        /// The event has no timetable yet.
        NoTimetable "NO_TIMETABLE";
        /// As many companies applied as may: `max`.
        EventFull "EVENT_FULL";
        /// The time for applications is over, or the event is: `state`.
        ApplicationsClosed "APPLICATIONS_CLOSED";
        /// Not everybody can be seated: `constraint` with its numbers, `why_ja`, `why_en`.
        TimetableInfeasible "TIMETABLE_INFEASIBLE";
        /// The day has not come: `day`.
        BeforeTheDay "BEFORE_THE_DAY";
    }
}

/// What kind of answer a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing.
    NotFound,
    /// What stands does not allow it.
    NotNow,
    /// The caller may not.
    Denied,
    /// Somebody else was first.
    Aborted,
    /// Too much at once.
    Exhausted,
    /// Another service cannot be asked now.
    Away,
}

impl Reason {
    /// What kind of answer it is.
    pub const fn kind(self) -> Kind {
        match self {
            Self::RequestNotFound
            | Self::CompanyNotFound
            | Self::ExpertNotFound
            | Self::ProposalNotFound
            | Self::BarNotFound
            | Self::IncidentNotFound
            | Self::DutyNotFound
            | Self::EventNotFound
            | Self::ApplicationNotFound
            | Self::NoTimetable => Kind::NotFound,
            Self::IllegalTransition | Self::CompanyErased | Self::NotOffered | Self::NotEligible => Kind::NotNow,
            Self::EventFull | Self::ApplicationsClosed | Self::TimetableInfeasible | Self::BeforeTheDay => Kind::NotNow,
            Self::TooManyIncidents => Kind::Exhausted,
            Self::NotOwn | Self::NotAParty => Kind::Denied,
            Self::StaleEtag | Self::PreviewStale => Kind::Aborted,
            Self::RegisterAway | Self::SearchAway => Kind::Away,
        }
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", .reason.code())]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// Names and numbers that belong to it.
    pub metadata: Vec<(&'static str, String)>,
}

impl Refused {
    /// For a reason.
    pub const fn new(reason: Reason) -> Self {
        Self { reason, metadata: Vec::new() }
    }

    /// With a name or number that the text may use.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.metadata.push((name, value.to_string()));
        self
    }

    /// No step leads from a state to another, both in lower case.
    pub fn illegal(from: &str, to: &str) -> Self {
        Self::new(Reason::IllegalTransition).with("from", from).with("to", to)
    }

    /// In words.
    pub fn words(&self) -> kit_vocabulary::Words {
        let fault = kinds::Fault::new("", self.reason);
        self.metadata.iter().fold(fault, |fault, (name, value)| fault.with(name, value)).told()
    }
}

/// Faults found after a request was read, against what stands.
pub type Faults = Vec<fault::Fault>;
