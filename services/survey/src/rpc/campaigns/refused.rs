//! What stands in the way of a campaign's or a draft's command.

use kit_serve::fault;
use tonic::{Code, Status};

use crate::rpc::text::text;

/// Most unknown recipients that an error names: it travels in a header.
const NAMED: usize = 20;

/// Why a command of a campaign or a draft is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Another campaign of the form runs on some of the days; its name.
    #[error("it overlaps {0}")]
    Overlaps(String),
    /// The campaign is over.
    #[error("the campaign is over")]
    Closed,
    /// The campaign has not begun.
    #[error("the campaign has not begun")]
    NotOpen,
    /// It has changed since; holds the etag as it now is.
    #[error("the etag is stale")]
    StaleEtag(String),
    /// These are not on the campaign's list.
    #[error("{} unknown recipients", .0.len())]
    NoSuchRecipients(Vec<String>),
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        let told = |code, reason: &str, metadata: &[(&str, &str)]| {
            let text = text(reason, &[]);
            fault::status(code, reason, &text.en, &text.ja, metadata)
        };
        match refused {
            Refused::Overlaps(other) => told(Code::FailedPrecondition, "CAMPAIGN_OVERLAPS", &[("campaign", &other)]),
            Refused::Closed => told(Code::FailedPrecondition, "CAMPAIGN_CLOSED", &[]),
            Refused::NotOpen => told(Code::FailedPrecondition, "CAMPAIGN_NOT_OPEN", &[]),
            Refused::StaleEtag(etag) => told(Code::Aborted, "STALE_ETAG", &[("etag", &etag)]),
            Refused::NoSuchRecipients(names) => {
                let (first, count) = (names[..names.len().min(NAMED)].join(","), names.len().to_string());
                told(Code::NotFound, "NO_SUCH_RECIPIENT", &[("recipients", &first), ("count", &count)])
            }
        }
    }
}
