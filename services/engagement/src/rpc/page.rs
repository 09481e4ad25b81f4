//! Pages of lists: how many, and from where.

use prost::Message;
use sha2::{Digest as _, Sha256};

use crate::domain::Reason;
use crate::domain::check::Check;

/// Entries on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (50, 200);

/// How many entries are wanted.
pub(super) fn size(check: &mut Check, given: i32) -> i64 {
    check.between("page_size", i64::from(given), (0, i64::from(PAGE.1)));
    i64::from(if given == 0 { PAGE.0 } else { given })
}

/// Where a page begins: after the place in the token of the same conditions, or at `start`.
pub(super) fn place(check: &mut Check, token: &str, conditions: &impl Message, start: i64) -> i64 {
    if token.is_empty() {
        return start;
    }
    let place = token.split_once('.').filter(|(_, of)| *of == mark(conditions));
    let place = place.and_then(|(place, _)| i64::from_str_radix(place, 16).ok()).filter(|place| *place > 0);
    place.unwrap_or_else(|| {
        check.fault("page_token", Reason::BadPageToken);
        start
    })
}

/// Cuts what was read, one entry more than wanted, to a page; answers it with the token of the next one.
pub(super) fn cut<T>(mut found: Vec<(i64, T)>, size: i64, conditions: &impl Message) -> (Vec<T>, String) {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more).map(|(place, _)| *place);
    let token = last.map(|place| format!("{place:x}.{}", mark(conditions))).unwrap_or_default();
    (found.into_iter().map(|(_, entry)| entry).collect(), token)
}

/// Tells conditions apart without repeating them.
pub(super) fn mark(conditions: &impl Message) -> String {
    Sha256::digest(conditions.encode_to_vec()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
