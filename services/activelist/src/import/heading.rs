//! The first line of a file: which column holds the answer to which question.

use kit_forms::{Form, Question};
use kit_tables::Row;
use kit_vocabulary::key;

use super::bad::is_fault_column;
use super::fault::{Faults, FileFault};
use crate::text;

/// The columns a file must have; see there.
const REQUIRED: &str = include_str!("../../data/skill_survey_columns.txt");
/// The column that is no question: when the response was handed in. Then the spellings that mean it.
pub(super) const SUBMITTED_AT: &str = "submitted_at";
const SUBMITTED_AT_MEANT: [&str; 5] = [SUBMITTED_AT, "提出日時", "回答日時", "提出時刻", "Submission time"];

/// Codes of the columns that a file must have.
pub(super) fn required() -> impl Iterator<Item = &'static str> {
    REQUIRED.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub enum Meaning {
    /// When the response was handed in.
    SubmittedAt,
    /// The answer to a question.
    Answer(&'static Question),
}

impl Meaning {
    fn of(heading: &str, form: &'static Form) -> Option<Self> {
        if SUBMITTED_AT_MEANT.iter().any(|meant| key(meant) == key(heading)) {
            return Some(Self::SubmittedAt);
        }
        form.heading(heading).map(Self::Answer)
    }

    /// The question's code, or `submitted_at`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SubmittedAt => SUBMITTED_AT,
            Self::Answer(question) => &question.code,
        }
    }
}

/// A column of a file.
#[derive(Debug, Clone)]
pub struct FileColumn {
    /// The heading as the file writes it; `#3` for the third when it is empty.
    pub heading: String,
    /// What it holds; nothing when it is unknown, meant by an earlier column already, or the faults of an earlier import.
    pub meaning: Option<Meaning>,
}

/// The columns of a file, in its order.
#[derive(Debug, Clone, Default)]
pub struct Columns(pub Vec<FileColumn>);

impl Columns {
    /// Reads the headings, and tells of missing, doubled and unknown ones.
    pub(super) fn read(row: &Row, form: &'static Form, faults: &mut Faults) -> Self {
        let mut columns = Self::default();
        let headings = shown(row);
        FileFault::found(row, &headings).for_each(|fault| faults.push(fault));
        for (place, (heading, shown)) in row.cells.iter().zip(headings).enumerate() {
            let heading = heading.trim();
            let at_fault = row.faults.iter().any(|found| found.column == Some(place));
            let mut meaning = Meaning::of(heading, form);
            match meaning.and_then(|meaning| columns.of(meaning.code())) {
                Some((earlier, _)) => {
                    let (earlier, code) = ((earlier + 1).to_string(), meaning.map_or("", |meaning| meaning.code()));
                    let places = [("column", shown.as_str()), ("earlier", &earlier), ("code", code)];
                    faults.push(FileFault::said(row, place, &shown, "DOUBLED_COLUMN", text::DOUBLED_COLUMN, &places));
                    meaning = None;
                }
                None if meaning.is_none() && !at_fault && !is_fault_column(heading) => {
                    let places = [("column", shown.as_str())];
                    faults.push(FileFault::said(row, place, &shown, "UNKNOWN_COLUMN", text::UNKNOWN_COLUMN, &places));
                }
                None => {}
            }
            columns.0.push(FileColumn { heading: shown, meaning });
        }
        for code in required().filter(|code| columns.of(code).is_none()) {
            let label = form.question(code).map_or(SUBMITTED_AT_MEANT[1], |question| &question.label.ja);
            let places = [("column", code), ("label", label)];
            let after = columns.0.len();
            faults.push(FileFault::said(row, after, code, "MISSING_COLUMN", text::MISSING_COLUMN, &places));
        }
        columns
    }

    /// The column that holds this question, and where it stands.
    pub fn of(&self, code: &str) -> Option<(usize, &FileColumn)> {
        let holds = |column: &FileColumn| column.meaning.is_some_and(|meaning| meaning.code() == code);
        self.0.iter().enumerate().find(|(_, column)| holds(column))
    }
}

/// Headings as they are told: `#3` for the third when it is empty.
pub(super) fn shown(row: &Row) -> Vec<String> {
    let shown = |(place, heading): (usize, &String)| match heading.trim() {
        "" => format!("#{}", place + 1),
        heading => heading.to_owned(),
    };
    row.cells.iter().enumerate().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_a_file_must_have_is_one_the_form_knows() {
        let form = survey::domain::form::form("skill-2024-import").expect("the form for files");
        for code in required() {
            let known = code == SUBMITTED_AT || form.question(code).is_some();
            assert!(known, "{code}");
        }
        for question in form.questions().filter(|question| question.required) {
            assert!(required().any(|code| code == question.code), "{} is required by the form", question.code);
        }
    }
}
