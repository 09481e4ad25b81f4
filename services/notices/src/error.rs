//! What can go wrong with the notices, and what a caller is told of it.

use kit_serve::fault;
use tonic::{Code, Status};

use crate::domain::fault::Fault;
use crate::domain::notice::Illegal;

/// An error of the notices.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The log or the store.
    #[error(transparent)]
    Log(#[from] kit_log::Error),
    /// A setting cannot be used.
    #[error("{0}")]
    Setting(String),
    /// The request is wrong, with every fault.
    #[error("{} fault(s) in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// No such notice.
    #[error("no such notice")]
    NoSuchNotice,
    /// The state does not allow it.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// Somebody reached for what belongs to others.
    #[error("not the caller's own")]
    NotOwn,
}

impl From<Vec<Fault>> for Error {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let told =
            |code, reason, en: &str, ja: &str, metadata: &[(&str, &str)]| fault::status(code, reason, en, ja, metadata);
        match error {
            Error::Log(error) => error.into(),
            Error::Setting(what) => {
                tracing::error!(%what, "a setting cannot be used");
                told(Code::Internal, "INTERNAL", "internal error", "内部エラー", &[])
            }
            Error::Invalid(faults) => fault::invalid(&faults),
            Error::NoSuchNotice => {
                told(Code::NotFound, "NOTICE_NOT_FOUND", "no such notice", "該当する通知がありません", &[])
            }
            Error::Illegal(Illegal { from, to }) => told(
                Code::FailedPrecondition,
                "ILLEGAL_TRANSITION",
                &format!("no step from {from} to {to}"),
                &format!("状態 {from} から {to} にはできません"),
                &[("from", &from), ("to", to)],
            ),
            Error::NotOwn => told(
                Code::PermissionDenied,
                "NOT_OWN",
                "only what belongs to the caller can be reached",
                "自分あての通知以外にはアクセスできません",
                &[],
            ),
        }
    }
}
