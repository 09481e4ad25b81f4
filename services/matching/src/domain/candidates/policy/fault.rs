//! What is wrong with a weight policy.

kit_vocabulary::fault_reasons! {
    include_str!("../../../../texts/policy_faults.json");
    /// The text is not JSON of this shape.
    Unreadable "UNREADABLE";
    /// Nothing stands there.
    Required "REQUIRED";
    /// Not an id.
    BadId "BAD_ID";
    /// The list has no such code.
    UnknownCode "UNKNOWN_CODE";
    /// There is no such reason.
    UnknownReason "UNKNOWN_REASON";
    /// The number is too small or too large.
    OutOfRange "OUT_OF_RANGE";
    /// The weights sum to more than a score may be, or to nothing.
    BadSum "BAD_SUM";
    /// More of something would count less, or less of it more.
    NotOrdered "NOT_ORDERED";
}
