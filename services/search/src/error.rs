//! What can go wrong with a search, and what the caller is told.

use contract::event::v1::Token;
use kit_serve::{Fault, fault};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::domain::SchemaError;
use crate::entries::EntriesError;

/// An error of the search.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request has faults, all of them named.
    #[error("{} faults in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// No listed expert has this name or number. Also said of experts who are not listed.
    #[error("no such expert on the list")]
    NoSuchExpert,
    /// Experts that the search does not know, each with its place in the request.
    #[error("{} experts are not known", .0.len())]
    UnknownExperts(Vec<Fault>),
    /// What the caller wants to see at least was not visible within the deadline.
    #[error("not visible within the deadline")]
    NotYetVisible(Vec<Token>),
    /// What the caller wants to see at least belongs to another life of a log.
    #[error("the log of {0} was restored since")]
    EpochChanged(String),
    /// Another policy, named here, came into force since the page before: what it left out and what comes next do not fit.
    #[error("the policy {0} came into force since the page before")]
    PolicyChanged(String),
    /// The code lists do not fit together; found when starting.
    #[error("code lists: {0}")]
    Schema(#[from] SchemaError),
    /// The entries cannot be used; found when starting.
    #[error(transparent)]
    Entries(#[from] EntriesError),
    /// The log of the counts, or its database.
    #[error(transparent)]
    Log(#[from] kit_log::Error),
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) => fault::invalid(&faults),
            Error::NoSuchExpert => {
                let (en, ja) = ("no such expert on the list", "リストに該当する専門家がいません");
                fault::status(Code::NotFound, "NOT_LISTED", en, ja, &[])
            }
            Error::UnknownExperts(places) => unknown_experts(&places),
            Error::Log(error) => error.into(),
            Error::NotYetVisible(reached) => {
                let reached: Vec<_> = reached.iter().map(|t| (t.service.as_str(), t.position.to_string())).collect();
                let metadata: Vec<_> =
                    reached.iter().map(|(service, position)| (*service, position.as_str())).collect();
                let (en, ja) = ("not visible within the deadline", "期限内に反映されませんでした");
                fault::status(Code::DeadlineExceeded, "NOT_YET_VISIBLE", en, ja, &metadata)
            }
            Error::EpochChanged(service) => {
                let (en, ja) = ("the log was restored since this token", "トークン発行後にログが復元されています");
                fault::status(Code::FailedPrecondition, "EPOCH_CHANGED", en, ja, &[("service", &service)])
            }
            Error::PolicyChanged(policy) => {
                let en =
                    "another scoring policy came into force since the page before; begin again with the first page";
                let ja = "前のページのあとで評価の方針が切り替わりました。最初のページからやり直してください";
                fault::status(Code::FailedPrecondition, "POLICY_CHANGED", en, ja, &[("policy", &policy)])
            }
            error @ (Error::Schema(_) | Error::Entries(_)) => {
                tracing::error!(%error, "start");
                fault::status(Code::Internal, "INTERNAL", "internal error", "内部エラー", &[])
            }
        }
    }
}

/// NOT_FOUND with the places, as many as an answer has room for, and how many more.
fn unknown_experts(places: &[Fault]) -> Status {
    let status = fault::invalid(places);
    let mut details = status.get_error_details();
    let numbers = details.error_info().map(|info| info.metadata.clone()).unwrap_or_default();
    details.set_error_info("UNKNOWN_EXPERT", fault::DOMAIN, numbers);
    details.set_localized_message("ja", format!("該当する専門家がいません（{}名）", places.len()));
    Status::with_error_details(Code::NotFound, status.message().to_owned(), details)
}
