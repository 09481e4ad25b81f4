//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

kit_vocabulary::fault_reasons! {
    include_str!("../../texts/faults.json");
    /// A value is missing.
    Required "REQUIRED";
    /// Not a name of that kind.
    BadName "BAD_NAME";
    /// A control character, a line break where none may stand, or a mark that changes the direction of text.
    ControlCharacter "CONTROL_CHARACTER";
    /// Too many characters.
    TooLong "TOO_LONG";
    /// Too many entries.
    TooMany "TOO_MANY";
    /// The number is too small or too large.
    OutOfRange "OUT_OF_RANGE";
    /// The list has no such code.
    UnknownCode "UNKNOWN_CODE";
    /// The value stands twice.
    Repeated "REPEATED";
    /// Too long or not visible ASCII.
    BadRequestId "BAD_REQUEST_ID";
    /// Not a token of the page before.
    BadPageToken "BAD_PAGE_TOKEN";
    /// Nothing may stand here.
    NotHere "NOT_HERE";
    /// A moment that is over.
    InThePast "IN_THE_PAST";
    /// Further ahead than allowed.
    TooFarAhead "TOO_FAR_AHEAD";
    /// It ends before it begins, or at once.
    EndsBeforeStart "ENDS_BEFORE_START";
    /// Not a day such as `2025-01-31`.
    BadDay "BAD_DAY";
    /// Another company than the other one's.
    OtherCompany "OTHER_COMPANY";
    /// Not a path of a field that can change.
    UnknownPath "UNKNOWN_PATH";
    /// A duty that is longer than allowed.
    TooLongADuty "TOO_LONG_A_DUTY";
    /// The expert is on call then already.
    Overlaps "OVERLAPS";
    /// Of another programme than the other one.
    OtherProgramme "OTHER_PROGRAMME";
    /// Of another kind than the other one.
    OtherKind "OTHER_KIND";
    /// The same as the other one.
    SameThing "SAME_THING";
    /// There is nothing of that name.
    UnknownName "UNKNOWN_NAME";
    /// A pair both fixed, or standing, and forbidden.
    FixedAndForbidden "FIXED_AND_FORBIDDEN";
    /// A request fixed to two experts.
    FixedTwice "FIXED_TWICE";
    /// A fixed pair that does not meet the hard conditions.
    NotEligible "NOT_ELIGIBLE";
    /// Fixed pairs beyond what an expert takes.
    BeyondCapacity "BEYOND_CAPACITY";
    /// Fixed pairs beyond a quota.
    BeyondQuota "BEYOND_QUOTA";
}
