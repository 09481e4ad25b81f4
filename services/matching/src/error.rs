//! What can go wrong in matching, and what a caller is told of it.

use kit_log::Refusal;
use kit_serve::fault;
use tonic::{Code, Status};

use crate::domain::fault::Fault;
use crate::domain::refused::{Kind, Reason, Refused};

/// An error of matching.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The log or the store.
    #[error(transparent)]
    Log(#[from] kit_log::Error),
    /// The request is wrong, with every fault.
    #[error("{} fault(s) in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// What stands does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// What another service answered to this request, told as it is.
    #[error("another service refused")]
    Passed(Status),
}

impl From<Vec<Fault>> for Error {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self::Refused(Refused::new(reason))
    }
}

/// For readers of others' logs: an outage is tried again, everything else sets the event aside.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Log(error) => error.into(),
            other => Self::Fault(other.to_string()),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Log(error) => error.into(),
            Error::Invalid(faults) => fault::invalid(&faults),
            Error::Refused(refused) => {
                let words = refused.words();
                let metadata: Vec<_> = refused.metadata.iter().map(|(name, value)| (*name, value.as_str())).collect();
                fault::status(code_of(refused.reason.kind()), refused.reason.code(), &words.en, &words.ja, &metadata)
            }
            Error::Passed(status) => status,
        }
    }
}

const fn code_of(kind: Kind) -> Code {
    match kind {
        Kind::NotFound => Code::NotFound,
        Kind::NotNow => Code::FailedPrecondition,
        Kind::Denied => Code::PermissionDenied,
        Kind::Aborted => Code::Aborted,
        Kind::Exhausted => Code::ResourceExhausted,
        Kind::Away => Code::Unavailable,
    }
}
