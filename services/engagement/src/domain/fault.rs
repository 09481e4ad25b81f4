//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

kit_vocabulary::request_reasons! {
    include_str!("../../texts/faults.json");
    /// Not an `http` or `https` address.
    BadUrl "BAD_URL";
    /// Nothing may stand here.
    NotHere "NOT_HERE";
    /// The visit ends before it begins, or at once.
    EndsBeforeStart "ENDS_BEFORE_START";
    /// A visit of more than 8 hours.
    TooLongAVisit "TOO_LONG_A_VISIT";
    /// A moment that has not come yet.
    InTheFuture "IN_THE_FUTURE";
    /// More than two years ahead.
    TooFarAhead "TOO_FAR_AHEAD";
    /// Before the case began.
    BeforeTheCase "BEFORE_THE_CASE";
    /// The same as it is.
    NoChange "NO_CHANGE";
    /// Another company than the consultation's.
    OtherCompany "OTHER_COMPANY";
    /// Another expert than the case's.
    OtherExpert "OTHER_EXPERT";
    /// Not a short name of letters, digits, `-` and `_`.
    BadLabel "BAD_LABEL";
    /// The number of visits does not fit the status.
    VisitsDoNotFit "VISITS_DO_NOT_FIT";
    /// What was taken over under this name differs.
    Differs "DIFFERS";
    /// An answer says otherwise than a field of the call, or than what is recorded.
    Contradicts "CONTRADICTS";
    /// An answer that the form does not take; the form's engine says why.
    BadAnswer "BAD_ANSWER";
    /// Another form than this call takes.
    OtherForm "OTHER_FORM";
    /// The gathering is of another programme or body.
    OtherGathering "OTHER_GATHERING";
    /// More than 24 hours.
    TooLongAGathering "TOO_LONG_A_GATHERING";
    /// Not a month such as `2025-01`.
    BadMonth "BAD_MONTH";
}

/// What the form's engine found wrong with an answer.
pub fn of_answer(found: &kit_forms::Fault) -> Fault {
    let words = kit_vocabulary::Words { ja: found.ja.clone(), en: found.en.clone() };
    Fault::new(format!("answers[{}]", found.question), Reason::BadAnswer).found(found.reason.as_str(), words)
}
