//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

kit_vocabulary::request_reasons! {
    include_str!("../../texts/faults.json");
    /// Not a cursor of a pull before.
    BadCursor "BAD_CURSOR";
}
