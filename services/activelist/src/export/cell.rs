//! A cell of an export, as each form of file writes it.

use kit_vocabulary::{escaped, guarded};
use serde_json::Value;

/// What parts codes.
const SEPARATOR: &str = "|";

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing was said.
    Empty,
    /// A text, as it stands.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Several codes or labels.
    Codes(Vec<String>),
    /// Something that has parts of its own.
    Parts(Value),
}

/// The largest whole number that a cell of a workbook holds exactly.
const EXACT: u64 = 1 << 53;

impl Cell {
    /// As text, empty for nothing.
    pub fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Codes(codes) => together(codes),
            Self::Parts(value) => value.to_string(),
        }
    }

    /// As CSV has it: no spreadsheet takes it for a formula.
    pub fn csv(&self) -> String {
        guarded(&self.plain()).into_owned()
    }

    /// As a workbook has it: a number where it is one, else a text.
    pub fn in_sheet(&self) -> Result<f64, String> {
        match self {
            #[allow(clippy::cast_precision_loss, reason = "it is exact")]
            Self::Number(number) if number.unsigned_abs() <= EXACT => Ok(*number as f64),
            other => Err(escaped(&other.plain()).into_owned()),
        }
    }

    /// As JSON has it; null for nothing.
    pub fn json(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => (*number).into(),
            Self::Flag(flag) => (*flag).into(),
            Self::Codes(codes) => codes.clone().into(),
            Self::Parts(value) => value.clone(),
        }
    }
}

/// Codes with a bar between. What could not be told apart so, as no code of a list, is written as JSON.
fn together(codes: &[String]) -> String {
    let plain = |code: &String| !code.is_empty() && !code.contains(SEPARATOR) && !code.starts_with('[');
    if codes.iter().all(plain) { codes.join(SEPARATOR) } else { Value::from(codes).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever reads the file would take it for the error of a formula.
    #[test]
    fn an_answer_like_an_error_is_marked_where_errors_can_stand() {
        let cell = |text: &str| Cell::Text(text.to_owned());
        assert_eq!((cell("#N/A").csv().as_str(), cell("#N/A").in_sheet()), ("'#N/A", Err("'#N/A".to_owned())));
        assert_eq!(cell("'#N/A").in_sheet(), Err("''#N/A".to_owned()));
        assert_eq!((cell("=1").in_sheet(), cell("#1").in_sheet()), (Err("=1".to_owned()), Err("#1".to_owned())));
        assert_eq!(cell("#N/A").json(), "#N/A");
    }
}
