//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

kit_vocabulary::request_reasons! {
    include_str!("../../texts/faults.json");
    /// Not a registration number.
    BadNumber "BAD_NUMBER";
    /// Not a mail address.
    BadEmail "BAD_EMAIL";
    /// Not an `http` or `https` address.
    BadUrl "BAD_URL";
    /// The code stands twice.
    RepeatedCode "REPEATED_CODE";
    /// The code must stand alone.
    Exclusive "EXCLUSIVE";
    /// The mask names no field that can change.
    UnknownPath "UNKNOWN_PATH";
    /// The field never changes.
    Immutable "IMMUTABLE";
    /// No obstacle has this reason.
    UnknownReason "UNKNOWN_REASON";
    /// Not a state.
    UnknownState "UNKNOWN_STATE";
    /// Not a purpose.
    UnknownPurpose "UNKNOWN_PURPOSE";
    /// Not a corporate number.
    BadCorporateNumber "BAD_CORPORATE_NUMBER";
    /// The check digit of a corporate number does not follow from the others.
    BadCheckDigit "BAD_CHECK_DIGIT";
    /// Not a phone number.
    BadPhone "BAD_PHONE";
    /// Not a day.
    BadDate "BAD_DATE";
    /// The moment is not of today, or still to come.
    NotNow "NOT_NOW";
    /// The day is still to come.
    Future "FUTURE";
    /// Does not go together with another field.
    Contradicts "CONTRADICTS";
}
