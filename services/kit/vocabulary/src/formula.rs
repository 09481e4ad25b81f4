//! Texts that a spreadsheet would take for a formula. An apostrophe before one says that it is a text; it is taken away when the
//! cell is read, so that what was written comes back.

use std::borrow::Cow;

/// What a formula begins with, in either width.
const BEGINNINGS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
const MARK: char = '\'';

/// What a formula that failed leaves behind, in a workbook and in a CSV that was saved from one.
const ERROR_VALUES: [&str; 13] = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#UNKNOWN!",
    "#GETTING_DATA",
];

/// Whether a text is what a formula that failed leaves behind.
pub fn is_error_value(text: &str) -> bool {
    ERROR_VALUES.contains(&text)
}

/// A number is no formula, whatever its sign.
fn is_risky(text: &str) -> bool {
    text.starts_with(BEGINNINGS) && text.parse::<f64>().is_err() || is_error_value(text.trim())
}

/// As it is written where a text cannot be told from a formula, as in CSV.
///
/// ```
/// use kit_vocabulary::{guarded, unguarded};
/// assert_eq!(guarded("=1+1"), "'=1+1");
/// assert_eq!(unguarded("'=1+1"), "=1+1");
/// assert_eq!(guarded("-5"), "-5");
/// ```
pub fn guarded(text: &str) -> Cow<'_, str> {
    marked(text, is_risky(text.trim_start_matches(MARK)))
}

/// As it is written where a text is no formula, as in a workbook: only one that already looks marked, or like what a formula
/// that failed leaves behind, gets a mark.
pub fn escaped(text: &str) -> Cow<'_, str> {
    marked(text, looks_marked(text) || is_error_value(text.trim()))
}

/// As it was before [`guarded`] or [`escaped`].
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix(MARK).filter(|_| looks_marked(text)).unwrap_or(text)
}

fn looks_marked(text: &str) -> bool {
    text.starts_with(MARK) && is_risky(text.trim_start_matches(MARK))
}

fn marked(text: &str, needs: bool) -> Cow<'_, str> {
    if needs { Cow::Owned(format!("{MARK}{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back() {
        for text in [
            "",
            "'",
            "a",
            "=1",
            "'=1",
            "''=1",
            "-5",
            "'-5",
            "－の記号",
            "'’=",
            "@x",
            "' =1",
            "+81-3-0000-0000",
            "#N/A",
            "' #N/A ",
            "#1",
        ] {
            assert_eq!(unguarded(&guarded(text)), text, "{text}");
            assert_eq!(unguarded(&escaped(text)), text, "{text}");
        }
        assert_eq!(guarded("＝SUM(A1)"), "'＝SUM(A1)");
        assert_eq!(escaped("＝SUM(A1)"), "＝SUM(A1)");
        assert_eq!(escaped("'=1"), "''=1");
        assert_eq!(guarded("#NAME?"), "'#NAME?");
        assert_eq!(escaped("#NAME?"), "'#NAME?");
    }
}
