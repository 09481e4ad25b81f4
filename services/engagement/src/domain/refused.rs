//! Why a command is refused though its request is well formed.

use super::catalogue::Part;
use super::fault::Fault;

/// A refusal.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The state does not allow it. States in lower case; the visit is 0 when the state is the case's.
    #[error("no step from {from} to {to}")]
    Illegal {
        /// Where it stands.
        from: String,
        /// Where the call would lead.
        to: String,
        /// The visit whose state it is; 0 for the case's or consultation's own.
        visit: i32,
    },
    /// Values that do not fit the case.
    #[error("{} fault(s)", .0.len())]
    Faults(Vec<Fault>),
    /// The case has no such visit.
    #[error("no visit {0}")]
    NoSuchVisit(i32),
    /// The expert has another visit at that time.
    #[error("the expert has another visit then")]
    Overlaps,
    /// The programme has no more visits than this.
    #[error("a case has at most {0} visits")]
    TooManyVisits(i32),
    /// Fewer visits were held than the programme has.
    #[error("{held} of {needed} visits were held")]
    VisitsMissing {
        /// Held.
        held: i32,
        /// Needed.
        needed: i32,
    },
    /// All visits were held: the case is completed, not ended early.
    #[error("all {0} visits were held")]
    AllHeld(i32),
    /// A side has not confirmed the visit.
    #[error("visit {0} is not confirmed by both sides")]
    NotConfirmed(i32),
    /// Who wrote an entry cannot review it.
    #[error("who wrote it cannot review it")]
    OwnWork,
    /// An entry is published only with a consent that stands.
    #[error("no consent stands")]
    NoConsent,
    /// The same person confirmed for the other side.
    #[error("the same person confirmed for the other side")]
    SamePerson,
    /// The programme pays no such fee.
    #[error("the programme pays no such fee")]
    NoFee,
    /// The programme does not let this part be waived.
    #[error("the programme does not let {} be waived", .0.name())]
    NotWaivable(Part),
    /// A form about it is not answered in this state.
    #[error("the form is not answered in the state {state}")]
    NotNow {
        /// Where it stands.
        state: String,
        /// Where it is answered.
        allowed: Vec<String>,
    },
    /// The gathering has room for no more companies than this.
    #[error("the gathering has room for {0}")]
    Full(i32),
    /// A case was opened from the proposal before: `cases/<id>`.
    #[error("{0} was opened from this proposal")]
    AlreadyOpened(String),
    /// The fee was claimed before.
    #[error("already claimed")]
    AlreadyClaimed,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}
