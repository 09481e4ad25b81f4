//! Normalised text as it is held: UTF-16, low byte first, so that one character is two bytes whether kana or kanji, a rare
//! kanji of the further planes is a pair of units, and the search for bytes that processors do fast can be used on it.
//!
//! A valid text holds no half of a pair alone, so a valid word is found in it only where whole characters match.

use memchr::memmem::Finder;

/// Bytes of a unit.
pub(super) const UNIT: usize = 2;
/// Stands between the fields of a document and behind each: no normalised text holds a control character.
pub(super) const BREAK: u16 = 0;

/// A text as units.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    text.encode_utf16().for_each(|unit| bytes.extend(unit.to_le_bytes()));
    bytes
}

/// The units of a text.
pub(super) fn units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(UNIT).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

/// Whether the word stands in the text.
pub(super) fn contains(text: &[u8], word: &Finder<'_>) -> bool {
    let mut from = 0;
    while let Some(at) = word.find(&text[from..]) {
        // Half a unit off is no match: the low byte of one character beside the high byte of another.
        if (from + at) % UNIT == 0 {
            return true;
        }
        from += at + 1;
    }
    false
}
