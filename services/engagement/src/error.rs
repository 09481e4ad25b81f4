//! What can go wrong with the engagements, and what a caller is told of it.

use kit_serve::fault;
use tonic::{Code, Status};

use crate::domain::{Fault, Refused};

/// An error of the engagements.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The log or the store.
    #[error(transparent)]
    Log(#[from] kit_log::Error),
    /// The request is wrong, with every fault.
    #[error("{} fault(s) in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// No such case.
    #[error("no such case")]
    NoSuchCase,
    /// No such consultation.
    #[error("no such consultation")]
    NoSuchConsultation,
    /// No such form.
    #[error("no such form")]
    NoSuchForm,
    /// Nothing that a form could be about.
    #[error("no such subject")]
    NoSuchSubject,
    /// No such gathering.
    #[error("no such gathering")]
    NoSuchGathering,
    /// No such participation.
    #[error("no such participation")]
    NoSuchParticipation,
    /// A command takes the answers to this form.
    #[error("{0} takes this form")]
    AnsweredByCommand(&'static str),
    /// No such entry of the library, or none that the caller may know of.
    #[error("no such entry")]
    NoSuchEntry,
    /// The expert's attendance is not recorded.
    #[error("no such attendance")]
    NoAttendance,
    /// It has changed since; holds the etag as it now is.
    #[error("the etag is stale")]
    StaleEtag(String),
    /// What stands does not allow it.
    #[error(transparent)]
    Refused(Refused),
    /// Somebody reached for what belongs to others.
    #[error("not the caller's own")]
    NotOwn,
    /// Somebody spoke for a side without being it, or being allowed to.
    #[error("the caller is not that side")]
    NotAParty,
}

impl From<Vec<Fault>> for Error {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Faults(faults) => Self::Invalid(faults),
            other => Self::Refused(other),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let plain = |code, reason, en, ja| fault::status(code, reason, en, ja, &[]);
        match error {
            Error::Log(error) => error.into(),
            Error::Invalid(faults) => fault::invalid(&faults),
            Error::NoSuchCase => plain(Code::NotFound, "CASE_NOT_FOUND", "no such case", "該当する案件がありません"),
            Error::NoSuchConsultation => {
                plain(Code::NotFound, "CONSULTATION_NOT_FOUND", "no such consultation", "該当する相談がありません")
            }
            Error::NoSuchForm => plain(Code::NotFound, "FORM_NOT_FOUND", "no such form", "該当する様式がありません"),
            Error::NoSuchSubject => plain(
                Code::NotFound,
                "SUBJECT_NOT_FOUND",
                "nothing of that name is known here",
                "該当する対象がありません",
            ),
            Error::NoSuchGathering => {
                plain(Code::NotFound, "GATHERING_NOT_FOUND", "no such gathering", "該当する催しがありません")
            }
            Error::NoSuchParticipation => {
                plain(Code::NotFound, "PARTICIPATION_NOT_FOUND", "no such participation", "該当する参加がありません")
            }
            Error::AnsweredByCommand(command) => fault::status(
                Code::FailedPrecondition,
                "ANSWERED_BY_COMMAND",
                &format!("{command} takes the answers to this form"),
                &format!("この様式の回答は {command} で受け付けます"),
                &[("command", command)],
            ),
            Error::NoSuchEntry => plain(Code::NotFound, "ENTRY_NOT_FOUND", "no such entry", "該当する事例がありません"),
            Error::NoAttendance => plain(
                Code::NotFound,
                "NO_ATTENDANCE",
                "the expert's attendance at this event is not recorded",
                "この相談会での専門家の参加が記録されていません",
            ),
            Error::StaleEtag(etag) => fault::status(
                Code::Aborted,
                "STALE_ETAG",
                "it has changed since; read it again",
                "別の変更が先に行われました。読み直してください",
                &[("etag", &etag)],
            ),
            Error::Refused(refused) => self::refused(refused),
            Error::NotOwn => plain(
                Code::PermissionDenied,
                "NOT_OWN",
                "only what belongs to the caller can be reached",
                "自分の担当以外にはアクセスできません",
            ),
            Error::NotAParty => plain(
                Code::PermissionDenied,
                "NOT_A_PARTY",
                "only the side itself, or who may enter it on its behalf, can say this",
                "本人、または代理で入力できる担当者だけが行えます",
            ),
        }
    }
}

fn refused(refused: Refused) -> Status {
    let failed = |reason, en: &str, ja: &str, metadata: &[(&str, &str)]| {
        fault::status(Code::FailedPrecondition, reason, en, ja, metadata)
    };
    match refused {
        Refused::Faults(faults) => Error::Invalid(faults).into(),
        Refused::Illegal { from, to, visit } => {
            let number = visit.to_string();
            let mut metadata = vec![("from", from.as_str()), ("to", to.as_str())];
            let (mut en, mut ja) =
                (format!("no step from {from} to {to}"), format!("状態 {from} から {to} にはできません"));
            if visit > 0 {
                metadata.push(("visit", &number));
                en = format!("visit {visit}: {en}");
                ja = format!("訪問 {visit}: {ja}");
            }
            failed("ILLEGAL_TRANSITION", &en, &ja, &metadata)
        }
        Refused::NoSuchVisit(number) => {
            let metadata = [("visit", &*number.to_string())];
            fault::status(
                Code::NotFound,
                "VISIT_NOT_FOUND",
                "the case has no such visit",
                "該当する訪問がありません",
                &metadata,
            )
        }
        Refused::Overlaps => failed(
            "VISIT_OVERLAPS",
            "the expert has another visit at that time",
            "専門家の別の訪問と時間が重なります",
            &[],
        ),
        Refused::TooManyVisits(most) => {
            let metadata = [("max", &*most.to_string())];
            failed(
                "TOO_MANY_VISITS",
                &format!("a case has at most {most} visits"),
                &format!("訪問は{most}回までです"),
                &metadata,
            )
        }
        Refused::VisitsMissing { held, needed } => failed(
            "VISITS_MISSING",
            &format!("{held} of {needed} visits were held"),
            &format!("{needed}回のうち{held}回しか実施されていません"),
            &[("held", &held.to_string()), ("needed", &needed.to_string())],
        ),
        Refused::AllHeld(all) => failed(
            "ALL_VISITS_HELD",
            &format!("all {all} visits were held: complete the case"),
            &format!("{all}回すべて実施済みです。完了としてください"),
            &[],
        ),
        Refused::NotConfirmed(number) => failed(
            "NOT_CONFIRMED",
            &format!("visit {number} is not confirmed by both sides"),
            &format!("訪問 {number} は双方の確認が済んでいません"),
            &[("visit", &number.to_string())],
        ),
        Refused::OwnWork => fault::status(
            Code::PermissionDenied,
            "OWN_WORK",
            "who wrote it cannot review it",
            "執筆した人は確認（レビュー）できません",
            &[],
        ),
        Refused::NoConsent => {
            failed("NO_CONSENT", "no consent to the publication stands", "公開への同意が記録されていません", &[])
        }
        Refused::SamePerson => fault::status(
            Code::PermissionDenied,
            "SAME_PERSON",
            "whoever confirmed for one side cannot confirm for the other",
            "一方の確認をした人は、もう一方の確認をできません",
            &[],
        ),
        Refused::NoFee => {
            failed("NO_FEE", "the programme pays no such fee", "この事業にはその費用の定めがありません", &[])
        }
        Refused::NotWaivable(part) => failed(
            "NOT_WAIVABLE",
            "the programme does not let this be waived",
            "この事業では辞退できません",
            &[("part", part.name())],
        ),
        Refused::NotNow { state, allowed } => {
            let to = allowed.join(",");
            failed(
                "ILLEGAL_TRANSITION",
                &format!("it stands at {state}; the form is answered at {to}"),
                &format!("状態 {state} では回答できません（回答できる状態：{to}）"),
                &[("from", &state), ("to", &to)],
            )
        }
        Refused::Full(most) => failed(
            "GATHERING_FULL",
            &format!("the gathering has room for {most} companies"),
            &format!("定員（{most}社）に達しています"),
            &[("max", &most.to_string())],
        ),
        Refused::AlreadyOpened(case) => fault::status(
            Code::AlreadyExists,
            "CASE_ALREADY_OPENED",
            &format!("{case} was opened from this proposal"),
            &format!("この提案からは既に案件（{case}）が始まっています"),
            &[("case", &case)],
        ),
        Refused::AlreadyClaimed => {
            fault::status(Code::AlreadyExists, "ALREADY_CLAIMED", "it was claimed before", "請求済みです", &[])
        }
    }
}
