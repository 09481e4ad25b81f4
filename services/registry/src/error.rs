//! What can go wrong with the register, and what a caller is told of it.

use kit_serve::fault;
use tonic::{Code, Status};

use crate::domain::{Fault, Refused};

/// An error of the register.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The log or the store.
    #[error(transparent)]
    Log(#[from] kit_log::Error),
    /// The request is wrong, with every fault.
    #[error("{} fault(s) in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// No such expert.
    #[error("no such expert")]
    NotFound,
    /// The registration number is entered.
    #[error("the registration number is entered")]
    NumberTaken,
    /// It has changed since; holds the etag as it now is.
    #[error("the etag is stale")]
    StaleEtag(String),
    /// The state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No such company.
    #[error("no such company")]
    NoSuchCompany,
    /// The company was erased: nothing is written about it any more.
    #[error("the company is erased")]
    CompanyErased,
    /// The company was merged into another; holds that one's name.
    #[error("the company was merged")]
    CompanyMerged(String),
    /// The person is found under another entry; holds its name.
    #[error("the expert was merged")]
    Merged(String),
    /// A counsellor reached for a company that none of the own bodies looks after.
    #[error("not a company of the caller's bodies")]
    NotOfBody,
    /// The expert's personal data was destroyed, and with it the reason to tell of them.
    #[error("the expert is erased")]
    ExpertErased,
    /// An expert reached for what belongs to another.
    #[error("not the caller's own")]
    NotOwn,
    /// Only operators set this field; holds its path.
    #[error("only operators set {0}")]
    OperatorsOnly(&'static str),
}

impl From<Vec<Fault>> for Error {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Log(error) => error.into(),
            Error::Invalid(faults) => fault::invalid(&faults),
            Error::NotFound => {
                fault::status(Code::NotFound, "EXPERT_NOT_FOUND", "no such expert", "該当する専門家がいません", &[])
            }
            Error::NumberTaken => fault::status(
                Code::AlreadyExists,
                "NUMBER_TAKEN",
                "an expert with this registration number is entered",
                "この登録番号の専門家は登録済みです",
                &[],
            ),
            Error::StaleEtag(etag) => fault::status(
                Code::Aborted,
                "STALE_ETAG",
                "it has changed since; read it again",
                "別の変更が先に行われました。読み直してください",
                &[("etag", &etag)],
            ),
            Error::Refused(refused) => illegal(refused),
            Error::ExpertErased => fault::status(
                Code::FailedPrecondition,
                "ERASED",
                "the expert is erased: nothing is told of them any more",
                "この専門家の情報は消去済みです",
                &[],
            ),
            Error::NotOwn => fault::status(
                Code::PermissionDenied,
                "NOT_OWN",
                "an expert may reach only the own entry",
                "自分の情報以外にはアクセスできません",
                &[],
            ),
            Error::NoSuchCompany => {
                fault::status(Code::NotFound, "COMPANY_NOT_FOUND", "no such company", "該当する企業がありません", &[])
            }
            Error::CompanyErased => fault::status(
                Code::FailedPrecondition,
                "COMPANY_ERASED",
                "the company is erased: nothing is entered about it any more",
                "この企業の情報は消去済みのため、変更できません",
                &[],
            ),
            Error::CompanyMerged(into) => fault::status(
                Code::FailedPrecondition,
                "COMPANY_MERGED",
                "the company was merged into another: change that one",
                "この企業は別の企業に統合済みです。統合先を変更してください",
                &[("into", &into)],
            ),
            Error::Merged(into) => fault::status(
                Code::FailedPrecondition,
                "EXPERT_MERGED",
                "the person is entered under another number: change that entry",
                "この方は別の登録番号の方に統合済みです。統合先を変更してください",
                &[("merged_into", &into)],
            ),
            Error::NotOfBody => fault::status(
                Code::PermissionDenied,
                "NOT_OWN",
                "a counsellor reaches the companies of the own bodies",
                "担当する支援機関の企業以外にはアクセスできません",
                &[],
            ),
            Error::OperatorsOnly(path) => fault::status(
                Code::PermissionDenied,
                "OPERATORS_ONLY",
                "only operators set this field",
                "この項目は運営者だけが設定できます",
                &[("field", path)],
            ),
        }
    }
}

fn illegal(Refused { from, to, by_review }: Refused) -> Status {
    let word = |state: contract::registry::v1::ExpertState| {
        state.as_str_name().trim_start_matches("EXPERT_STATE_").to_ascii_lowercase()
    };
    let (from, to) = (word(from), word(to));
    let (en, ja) = if by_review {
        (
            format!("no step from {from} (by a review) to {to}: confirm the entry or verify the registration"),
            format!("点検により停止中（{from}）のため {to} にできません。内容の確認または登録の確認をしてください"),
        )
    } else {
        (format!("no step from {from} to {to}"), format!("状態 {from} から {to} にはできません"))
    };
    let metadata = [("from", from.as_str()), ("to", to.as_str())];
    fault::status(Code::FailedPrecondition, "ILLEGAL_TRANSITION", &en, &ja, &metadata)
}
