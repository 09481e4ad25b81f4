//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

kit_vocabulary::fault_reasons! {
    include_str!("../../texts/faults.json");
    /// A value is missing.
    Required "REQUIRED";
    /// Not a name of that kind.
    BadName "BAD_NAME";
    /// The number is too small or too large.
    OutOfRange "OUT_OF_RANGE";
    /// The list has no such code.
    UnknownCode "UNKNOWN_CODE";
    /// Too long or not visible ASCII.
    BadRequestId "BAD_REQUEST_ID";
    /// Not a token of the page before.
    BadPageToken "BAD_PAGE_TOKEN";
    /// Not a cursor of a pull before.
    BadCursor "BAD_CURSOR";
}
