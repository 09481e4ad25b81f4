//! Pages of lists: how many entries, from where on, and the token of the next page.

use prost::Message;
use sha2::{Digest as _, Sha256};

/// Entries on a page that names no size, and the most on any.
pub const SIZES: (i32, i32) = (50, 200);

/// How many entries are wanted; `None` for a size below zero or beyond the most.
pub fn size(given: i32) -> Option<i64> {
    (0..=SIZES.1).contains(&given).then_some(i64::from(if given == 0 { SIZES.0 } else { given }))
}

/// The place after which a page begins: of a token of the same conditions. `None` for any other text.
pub fn place(token: &str, conditions: &impl Message) -> Option<i64> {
    let (place, of) = token.split_once('.')?;
    let place = i64::from_str_radix(place, 16).ok().filter(|place| *place > 0)?;
    (of == mark(conditions)).then_some(place)
}

/// Cuts what was read, one entry more than wanted, to a page; answers it with the token of the next one. Each entry comes with
/// its place, above zero.
pub fn cut<T>(mut found: Vec<(i64, T)>, size: i64, conditions: &impl Message) -> (Vec<T>, String) {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more).map(|(place, _)| *place);
    let token = last.map(|place| format!("{place:x}.{}", mark(conditions))).unwrap_or_default();
    (found.into_iter().map(|(_, entry)| entry).collect(), token)
}

/// Tells conditions apart without repeating them: 16 hexadecimal digits.
pub fn mark(conditions: &impl Message) -> String {
    Sha256::digest(conditions.encode_to_vec()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
