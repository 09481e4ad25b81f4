//! What can go wrong with a log, and what a caller is told of it.

use tonic::{Code, Status};

/// An error of the log. `Display` is for the operator's log; [`Status::from`] decides what a caller may know.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The database or the carrier cannot be reached; the same call may succeed later.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A commit's answer was lost and could not be looked up; a retry with the same request id finds out.
    #[error("outcome of the commit unknown: {0}")]
    OutcomeUnknown(String),
    /// The writer's queue is full.
    #[error("too many commands waiting")]
    Overloaded,
    /// The writer has stopped.
    #[error("the log is shutting down")]
    Stopped,
    /// The disk of the database is full; reading goes on.
    #[error("the database's disk is full: {0}")]
    Full(String),
    /// The database is damaged or is not ours.
    #[error("the database cannot be used: {0}")]
    Corrupt(String),
    /// The request id came with other content before.
    #[error("request id was used for something else")]
    RequestReused,
    /// The log's epoch is not the reader's.
    #[error("the log has another epoch: {0}")]
    EpochChanged(String),
    /// Another replica moved this reader's cursor, or settled what it had set aside.
    #[error("another replica of this reader was first")]
    Overtaken,
    /// No such log runs here.
    #[error("no log of the service {0} runs here")]
    NoSuchLog(String),
    /// A value does not have the shape it must have; a fault of this program.
    #[error("internal: {0}")]
    Internal(String),
}

/// Shorthand.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// True when nothing is wrong with the work itself: it may be tried again as it is.
    pub const fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::OutcomeUnknown(_)
            | Self::Overloaded
            | Self::Stopped
            | Self::Full(_)
            | Self::Overtaken => true,
            Self::Corrupt(_) | Self::RequestReused | Self::EpochChanged(_) | Self::NoSuchLog(_) | Self::Internal(_) => {
                false
            }
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        match &error {
            sqlx::Error::Database(inner) => {
                let code = inner.code().unwrap_or_default();
                // SQLite numbers its errors; what is above the low byte only tells them apart further.
                match code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|number| number & 0xff) {
                    // Full.
                    Some(13) => Self::Full(text),
                    // Corrupt, cannot open, not a database.
                    Some(11 | 14 | 26) => Self::Corrupt(text),
                    // Busy, locked; I/O errors of a volume that went away.
                    Some(5 | 6 | 10) => Self::Unavailable(text),
                    Some(_) => Self::Internal(text),
                    // PostgreSQL: disk full.
                    None if code == "53100" => Self::Full(text),
                    // Ended while idle in a transaction; connection exceptions, conflicts between transactions,
                    // resources, operator intervention (restart, shutdown).
                    None if code == "25P03" || ["08", "40", "53", "57"].iter().any(|c| code.starts_with(c)) => {
                        Self::Unavailable(text)
                    }
                    None => Self::Internal(text),
                }
            }
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(text)
            }
            _ => Self::Internal(text),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let told = |code, reason, en: &str, ja: &str| kit_serve::fault::status(code, reason, en, ja, &[]);
        match &error {
            Error::Unavailable(_) => told(
                Code::Unavailable,
                "UNAVAILABLE",
                "the store is away; try again",
                "保存先に届きません。再度お試しください",
            ),
            Error::OutcomeUnknown(_) => told(
                Code::Unavailable,
                "OUTCOME_UNKNOWN",
                "the outcome is not known yet; try again with the same request id",
                "結果を確認できません。同じ request_id で再度お試しください",
            ),
            Error::Overloaded => kit_serve::fault::status_retry(
                Code::ResourceExhausted,
                "OVERLOADED",
                "too much to do; try again",
                "混雑しています。再度お試しください",
                kit_serve::fault::RETRY_AFTER,
            ),
            Error::Stopped => {
                told(Code::Unavailable, "STOPPING", "shutting down; try again", "停止中です。再度お試しください")
            }
            Error::Full(_) => told(
                Code::ResourceExhausted,
                "DISK_FULL",
                "the disk is full; reading goes on",
                "ディスクがいっぱいです（参照は可能）",
            ),
            Error::Corrupt(_) => told(Code::DataLoss, "CORRUPT", "the store cannot be used", "保存先が壊れています"),
            Error::RequestReused => told(
                Code::FailedPrecondition,
                "REQUEST_ID_REUSED",
                "this request id came with other content before",
                "この request_id は別の内容で使用済みです",
            ),
            Error::EpochChanged(_) => told(
                Code::FailedPrecondition,
                "EPOCH_CHANGED",
                "the log was restored since; read again from nothing",
                "ログが復元されています。最初から読み直してください",
            ),
            Error::Overtaken => told(
                Code::Aborted,
                "OVERTAKEN",
                "somebody else did it at the same time; look again",
                "同時に他で処理されました。状態を確認してください",
            ),
            Error::NoSuchLog(_) => {
                told(Code::NotFound, "NO_SUCH_LOG", "no such log runs here", "該当するログがありません")
            }
            Error::Internal(_) => {
                tracing::error!(%error, "internal error");
                told(Code::Internal, "INTERNAL", "internal error", "内部エラー")
            }
        }
    }
}
