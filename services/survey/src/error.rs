//! What can go wrong, and what a caller is told of it.

use kit_serve::{Fault, fault};
use tonic::{Code, Status};
use tonic_types::{BadRequest, FieldViolation, LocalizedMessage, StatusExt as _};

pub use crate::rpc::campaigns::Refused as CampaignRefused;
use crate::rpc::text::text;

/// An error of the survey. `Display` is for the operator's log; [`Status::from`] decides what a caller may know.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The request is wrong; all its faults.
    #[error("{} faults in a request", .0.len())]
    Invalid(Vec<Fault>),
    /// Somebody else holds the number. The response waits for an operator.
    #[error("response {0} is disputed")]
    Disputed(String),
    /// There is nothing of this name; the reason says nothing of what.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// The caller may not see this; the reason says why.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// What was looked at has changed since.
    #[error("a stale etag")]
    StaleEtag,
    /// It cannot be done as things are; the reason says why.
    #[error("not as things are: {0}")]
    Precondition(&'static str),
    /// Another activation, named here, is planned or under way.
    #[error("{0} is planned or under way")]
    ActivationPending(String),
    /// A policy of this id is known and says something else.
    #[error("another policy is known as {0}")]
    PolicyExists(String),
    /// The person's key is destroyed: nothing can be stored under it, or known of the holder.
    #[error("the person is erased")]
    Erased,
    /// A campaign or a draft does not allow it.
    #[error(transparent)]
    Refusal(#[from] CampaignRefused),
    /// The configured policy is not there; found when starting.
    #[error("no scoring policy {asked:?}; there are {known}")]
    UnknownPolicy {
        /// What was configured.
        asked: String,
        /// What could be.
        known: String,
    },
    /// The log or its database.
    #[error(transparent)]
    Log(#[from] kit_log::Error),
    /// Something stored is not what it must be; a fault of this program.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<prost::DecodeError> for Error {
    fn from(error: prost::DecodeError) -> Self {
        Self::Internal(format!("a stored message cannot be read: {error}"))
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) => fault::invalid(&faults),
            Error::Disputed(response) => disputed(&response),
            Error::NotFound(reason) => told(Code::NotFound, reason, &[]),
            Error::Refused(reason) => told(Code::PermissionDenied, reason, &[]),
            Error::StaleEtag => told(Code::Aborted, "STALE_ETAG", &[]),
            Error::Precondition(reason) => told(Code::FailedPrecondition, reason, &[]),
            Error::ActivationPending(name) => {
                told(Code::FailedPrecondition, "ACTIVATION_PENDING", &[("activation", &name)])
            }
            Error::PolicyExists(id) => told(Code::AlreadyExists, "POLICY_EXISTS", &[("policy", &id)]),
            Error::Erased => told(Code::FailedPrecondition, "PERSON_ERASED", &[]),
            Error::Refusal(refused) => refused.into(),
            Error::Log(error) => error.into(),
            Error::UnknownPolicy { .. } | Error::Internal(_) => {
                tracing::error!(%error, "internal error");
                told(Code::Internal, "INTERNAL", &[])
            }
        }
    }
}

fn told(code: Code, reason: &str, metadata: &[(&str, &str)]) -> Status {
    let text = text(reason, &[]);
    fault::status(code, reason, &text.en, &text.ja, metadata)
}

/// FAILED_PRECONDITION, because the sender cannot mend it, and yet with the field it is about.
fn disputed(response: &str) -> Status {
    let status = told(Code::FailedPrecondition, "RESPONSE_DISPUTED", &[("response", response)]);
    let held = crate::rpc::finding::Finding::held_by_another().fault("response");
    let mut details = status.get_error_details();
    let violation = FieldViolation {
        field: held.field,
        description: held.en,
        reason: held.reason,
        localized_message: Some(LocalizedMessage { locale: "ja".to_owned(), message: held.ja }),
    };
    let BadRequest { field_violations } = BadRequest::new(vec![violation]);
    details.set_bad_request(field_violations);
    Status::with_error_details(Code::FailedPrecondition, status.message().to_owned(), details)
}
