//! What can go wrong with a report, and what the caller is told.

use contract::event::v1::Token;
use kit_serve::{Fault, fault};
use tonic::{Code, Status};

/// An error of the reports.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request has faults, all of them named.
    #[error("{} faults in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// There is no report of this name.
    #[error("no such report")]
    UnknownReport,
    /// There is no publication of this name.
    #[error("no such publication")]
    UnknownPublication,
    /// A position that was not reached yet; where the log stands.
    #[error("not reached yet")]
    NotYet(Token),
    /// What the caller wants to see at least was not read within the deadline.
    #[error("not visible within the deadline")]
    NotYetVisible(Vec<Token>),
    /// A position belongs to another life of a log.
    #[error("the log of {0} was restored since")]
    EpochChanged(String),
    /// A log that the report needs was not read to its end yet.
    #[error("the log of {0} is being read")]
    StillReading(&'static str),
    /// Something of ours.
    #[error("{0}")]
    Internal(String),
}

fn reached(tokens: &[Token]) -> Vec<(&str, String)> {
    tokens.iter().map(|token| (token.service.as_str(), token.position.to_string())).collect()
}

fn with_places(code: Code, reason: &'static str, (en, ja): (&str, &str), tokens: &[Token]) -> Status {
    let places = reached(tokens);
    let places: Vec<_> = places.iter().map(|(service, position)| (*service, position.as_str())).collect();
    fault::status(code, reason, en, ja, &places)
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) => fault::invalid(&faults),
            Error::UnknownReport => {
                fault::status(Code::NotFound, "UNKNOWN_REPORT", "no such report", "該当する集計がありません", &[])
            }
            Error::UnknownPublication => {
                let (en, ja) = ("no such publication", "該当する公表資料がありません");
                fault::status(Code::NotFound, "UNKNOWN_PUBLICATION", en, ja, &[])
            }
            Error::NotYet(head) => {
                let words = ("the log has not reached this position yet", "ログがまだその位置に達していません");
                with_places(Code::OutOfRange, "NOT_YET", words, &[head])
            }
            Error::NotYetVisible(tokens) => {
                let words = ("not visible within the deadline", "期限内に反映されませんでした");
                with_places(Code::DeadlineExceeded, "NOT_YET_VISIBLE", words, &tokens)
            }
            Error::EpochChanged(service) => {
                let (en, ja) = ("the log was restored since this token", "トークン発行後にログが復元されています");
                fault::status(Code::FailedPrecondition, "EPOCH_CHANGED", en, ja, &[("service", &service)])
            }
            Error::StillReading(service) => {
                let (en, ja) =
                    ("the log is being read; try again soon", "ログを読み込み中です。少し後にお試しください");
                fault::status(Code::Unavailable, "STILL_READING", en, ja, &[("service", service)])
            }
            Error::Internal(error) => {
                tracing::error!(%error, "report");
                fault::status(Code::Internal, "INTERNAL", "internal error", "内部エラー", &[])
            }
        }
    }
}
