//! Comparing names that people type in their own way.

use unicode_normalization::UnicodeNormalization;

/// Brings width, case and spacing to one form, so that half-width kana or a space inside a name does not hide it.
pub(crate) fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect()
}
