//! The first reading of a file: everything that is wrong with it.

use std::path::PathBuf;

use kit_clock::Timestamp;

use super::fault::Faults;
use super::file::{About, SurveyFile};
use super::rows::{Holders, Row, Sheet};
use super::send::{self, Sent};
use super::{Import, Imported, Summary, Warnings, import_form};
use crate::connect::{Connection, refused};
use crate::failure::Failure;
use crate::output::Output;
use crate::text;

/// What the first reading found.
pub(super) struct Checked {
    pub(super) headed: bool,
    pub(super) rows: u64,
    pub(super) faults: Faults,
    /// Which rows have faults, counted from 0 and in order.
    pub(super) bad: Vec<u64>,
    /// The latest submission.
    pub(super) latest: Option<Timestamp>,
    pub(super) warnings: Warnings,
    /// Why the server could not check it.
    pub(super) unchecked: Option<Failure>,
    /// Why rows with faults could not be written.
    pub(super) unwritten: Option<Failure>,
    pub(super) about: About,
}

impl Import {
    /// Reads all of a file, and has the server check it as long as the headings are in order.
    pub(super) async fn check(&mut self, file: &SurveyFile, to: &Connection, out: &Output) -> Result<Checked, Failure> {
        let mut sheet = Sheet::open(file, import_form())?;
        let mut checked = Checked {
            headed: sheet.headed(),
            rows: 0,
            faults: std::mem::take(&mut sheet.faults),
            bad: Vec::new(),
            latest: None,
            warnings: Warnings::new(),
            unchecked: None,
            unwritten: None,
            about: sheet.about(),
        };
        let mut holders = Holders::default();
        let counter = out.counter(&text::CHECKING.fill(&[]));
        loop {
            let mut rows = sheet.block(file)?;
            if rows.is_empty() {
                break;
            }
            if checked.headed && checked.unchecked.is_none() {
                let asked = send::check(&sheet, &mut rows, to).await;
                checked.unchecked = asked.err().map(|status| refused(&status));
            }
            // A row that is left does not say whose a number is.
            let left = |row: &Row| self.keep_good && !row.faults.is_empty();
            rows.iter_mut().for_each(|row| holders.compare(&sheet, row, left));
            holders.keep(rows.iter().filter(|row| !left(row)));
            for row in rows {
                if row.faults.is_empty() {
                    checked.latest = checked.latest.max(row.submitted);
                    // What is not stored is not stored as unanswered.
                    row.warnings.into_iter().for_each(|code| *checked.warnings.entry(code).or_default() += 1);
                } else {
                    checked.bad.push(checked.rows);
                    if let Some(bad) = &mut self.bad {
                        bad.add(&row.source, &row.faults)?;
                    }
                }
                row.faults.into_iter().for_each(|fault| checked.faults.push(fault));
                checked.rows += 1;
                counter.inc(1);
            }
        }
        counter.finish_and_clear();
        checked.about = sheet.about();
        match checked.unchecked.take() {
            Some(failure) if checked.faults.is_empty() => Err(failure),
            unchecked if checked.rows > 0 || !checked.headed => Ok(Checked { unchecked, ..checked }),
            _ => Err(file.without_rows()),
        }
    }
}

impl Checked {
    pub(super) fn faulty(self, stored: i64) -> Imported {
        let Self { rows, faults, unchecked, about, .. } = self;
        Imported::Faulty { rows, stored, faults, unchecked, about }
    }

    pub(super) fn summary(self, sent: &Sent, bad_file: Option<PathBuf>, listed: Option<i64>) -> Summary {
        let Self { rows, faults, bad, warnings, unwritten, about, .. } = self;
        let (stored, repeated, bad) = (sent.stored, sent.repeated, bad.len() as u64);
        Summary { rows, stored, repeated, bad, bad_file, unwritten, faults, warnings, listed, about }
    }
}
