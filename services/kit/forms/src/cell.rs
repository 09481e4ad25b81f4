//! Reading one cell of a file, where people write labels rather than codes.

use kit_vocabulary::{Code, List, key, unguarded};
use unicode_normalization::UnicodeNormalization;

use crate::check::{out_of_range, unknown_code};
use crate::{Fault, Form, Kind, Question, Reason, Value};

/// Labels hold at most so many pieces when cut at [`SOFT_SEPARATORS`].
const PIECES: usize = 4;
/// What always parts choices.
const SEPARATORS: [char; 2] = ['|', '｜'];
/// What parts choices unless it belongs to a label.
const SOFT_SEPARATORS: [char; 7] = [';', '；', '、', ',', '，', '\n', '\r'];

impl Form {
    /// The answer in a cell: a label, alias or code, several of them with `|` between (or `;` `、` where no label
    /// holds these), a number in any width, with its unit or commas between thousands, a text; without the apostrophe that
    /// keeps a spreadsheet from taking the cell for a formula. An empty cell is no answer.
    ///
    /// # Errors
    /// One fault when the cell cannot be read as the kind of value the question takes. Limits, ranges and
    /// conditions are the business of [`Form::check`].
    pub fn read_cell(&self, question: &Question, cell: &str) -> Result<Option<Value>, Fault> {
        let cell = unguarded(cell.trim());
        if cell.is_empty() {
            return Ok(None);
        }
        let value = match &question.kind {
            Kind::Single { choices } => match choices.find(cell) {
                Some(choice) => Value::Choice(choice.code.clone()),
                None => return Err(unknown_code(question, cell)),
            },
            Kind::Multiple { choices, all, .. } => several(question, choices, all.as_ref(), cell)?,
            Kind::Number { min, max, unit, scale } => {
                number(question, cell, (*min, *max), unit.as_deref(), scale.as_ref())?
            }
            Kind::Text { .. } => Value::Text(cell.to_owned()),
        };
        Ok(Some(value).filter(|value| !value.is_empty()))
    }
}

fn several(question: &Question, choices: &List, all: Option<&Code>, cell: &str) -> Result<Value, Fault> {
    let meant = |text: &str| -> Option<String> {
        let all = all.filter(|all| {
            [&all.code, &all.ja, &all.en].into_iter().chain(&all.aliases).any(|known| key(known) == key(text))
        });
        all.or_else(|| choices.find(text)).map(|choice| choice.code.clone())
    };
    let mut codes = Vec::new();
    let mut unknown = Vec::new();
    for part in cell.split(SEPARATORS).map(str::trim).filter(|part| !part.is_empty()) {
        match meant(part) {
            Some(code) => codes.push(code),
            None => pieces(part, &meant, &mut codes, &mut unknown),
        }
    }
    if unknown.is_empty() { Ok(Value::Choices(codes)) } else { Err(unknown_code(question, &unknown.join("|"))) }
}

// The longest run of pieces that is a choice wins, so that a label with a comma in it is not torn apart.
fn pieces<'a>(
    part: &'a str,
    meant: &impl Fn(&str) -> Option<String>,
    codes: &mut Vec<String>,
    unknown: &mut Vec<&'a str>,
) {
    let mut rest = part;
    while !rest.is_empty() {
        let ends: Vec<usize> =
            rest.match_indices(SOFT_SEPARATORS).map(|(at, _)| at).chain([rest.len()]).take(PIECES).collect();
        let run = ends.iter().rev().find_map(|end| meant(rest[..*end].trim()).map(|code| (code, *end)));
        let end = run.as_ref().map_or(ends[0], |(_, end)| *end);
        match run {
            Some((code, _)) if !rest[..end].trim().is_empty() => codes.push(code),
            _ if !rest[..end].trim().is_empty() => unknown.push(rest[..end].trim()),
            _ => {}
        }
        rest = rest[end..].strip_prefix(SOFT_SEPARATORS).unwrap_or_default();
    }
}

fn number(
    question: &Question,
    cell: &str,
    (min, max): (i64, i64),
    unit: Option<&str>,
    scale: Option<&List>,
) -> Result<Value, Fault> {
    let bad = || Fault::of(question, Reason::BadNumber).hint_unless_personal(question, cell);
    if !is_plain(cell) {
        return Err(bad());
    }
    let text: String = cell.nfkc().collect();
    let text = text.strip_prefix('約').unwrap_or(&text);
    let text = unit.and_then(|unit| text.strip_suffix(unit)).unwrap_or(text).trim();
    let text = scale.and_then(|scale| scale.find(text)).map_or(text, |mark| mark.code.as_str());
    let text = whole(text).ok_or_else(bad)?;
    text.parse().map(Value::Number).map_err(|_| out_of_range(question, min, max, cell))
}

/// Whether the digits of a cell are those of a number: in either width, or one circled alone. Any other kind says something else
/// beside them, as the 2 of 5² does.
fn is_plain(cell: &str) -> bool {
    let digit = |c: char| c.nfkc().any(|c| c.is_ascii_digit());
    let other = |c: char| !c.is_ascii() && !('０'..='９').contains(&c) && digit(c);
    let mut chars = cell.chars();
    matches!((chars.next(), chars.next()), (Some('①'..='⑳'), None)) || !cell.chars().any(other)
}

/// A whole number without the commas between its thousands; nothing where commas or anything else stand otherwise.
fn whole(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut groups = digits.split(',');
    let first = groups.next()?;
    let thousands = (1..=3).contains(&first.len()) && !first.starts_with('0') && groups.all(|group| group.len() == 3);
    let parted = !digits.contains(',') || thousands;
    let whole = text.replace(',', "");
    let plain = !first.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    (parted && plain).then_some(whole)
}
