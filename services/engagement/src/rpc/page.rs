//! Pages of lists: how many, and from where.

use kit_serve::page;
pub(super) use kit_serve::page::{cut, mark};
use prost::Message;

use crate::domain::Reason;
use crate::domain::check::Check;

/// How many entries are wanted.
pub(super) fn size(check: &mut Check, given: i32) -> i64 {
    check.between("page_size", i64::from(given), (0, i64::from(page::SIZES.1)));
    page::size(given).unwrap_or_default()
}

/// Where a page begins: after the place in the token of the same conditions, or at `start`.
pub(super) fn place(check: &mut Check, token: &str, conditions: &impl Message, start: i64) -> i64 {
    if token.is_empty() {
        return start;
    }
    page::place(token, conditions).unwrap_or_else(|| {
        check.fault("page_token", Reason::BadPageToken);
        start
    })
}
