//! The second reading of a file: its good rows are handed in.

use contract::survey::v1::ImportNote;

use super::check::Checked;
use super::file::SurveyFile;
use super::rows::{Row, Sheet};
use super::send::{self, Sent};
use super::{Import, import_form};
use crate::connect::{self, Connection};
use crate::failure::Failure;
use crate::output::Output;
use crate::text;

impl Import {
    /// Hands in the rows that were found good. What the server refuses all the same joins what was found before; without
    /// `keep_good` it is the end.
    pub(super) async fn store(
        &mut self,
        file: &SurveyFile,
        note: &ImportNote,
        checked: &mut Checked,
        sent: &mut Sent,
        to: &Connection,
        out: &Output,
    ) -> Result<(), Failure> {
        let mut sheet = Sheet::open(file, import_form())?;
        let mut left = checked.bad.clone().into_iter().peekable();
        let counter = out.progress(&text::STORING.fill(&[]), checked.rows);
        let mut index = 0;
        loop {
            let rows = sheet.block(file).map_err(|failure| stopped(failure, sent, checked.rows))?;
            if rows.is_empty() {
                break;
            }
            let mut good = Vec::new();
            for row in rows {
                if left.next_if_eq(&index).is_none() {
                    good.push((index, row));
                }
                index += 1;
            }
            self.hand_in(&sheet, good, note, checked, sent, to).await?;
            counter.set_position(index);
            if !self.keep_good && !checked.faults.is_empty() {
                break;
            }
        }
        counter.finish_and_clear();
        Ok(())
    }

    /// Hands in rows; as long as the server names rows it refuses, those are left and the others handed in again.
    async fn hand_in(
        &mut self,
        sheet: &Sheet,
        mut rows: Vec<(u64, Row)>,
        note: &ImportNote,
        checked: &mut Checked,
        sent: &mut Sent,
        to: &Connection,
    ) -> Result<(), Failure> {
        loop {
            let (indexes, mut given): (Vec<u64>, Vec<Row>) = rows.into_iter().unzip();
            let mut now = Sent::default();
            let refusal = send::submit(sheet, &mut given, note, &mut now, to).await.err();
            let taken = usize::try_from(now.stored + now.repeated).unwrap_or(0);
            sent.add(now);
            let (refused, good): (Vec<_>, Vec<_>) =
                indexes.into_iter().zip(given).partition(|(_, row)| !row.faults.is_empty());
            match refusal {
                None => return Ok(()),
                Some(status) if refused.is_empty() => {
                    return Err(stopped(connect::refused(&status), sent, checked.rows));
                }
                Some(_) => {}
            }
            if self.keep_good {
                uncount(sheet, refused.iter().map(|(_, row)| row), checked, to).await;
            }
            for (index, row) in refused {
                checked.bad.push(index);
                // Rows stand stored: they are told first, and the rest is stored as well.
                if let Some(bad) = &mut self.bad
                    && let Err(failure) = bad.add(&row.source, &row.faults)
                {
                    checked.unwritten = Some(failure);
                    self.bad = None;
                }
                row.faults.into_iter().for_each(|fault| checked.faults.push(fault));
            }
            if !self.keep_good {
                return Ok(());
            }
            // Chunks before the one that was refused.
            rows = good.into_iter().skip(taken).collect();
        }
    }
}

/// What is absent in rows that are refused after all was counted when they were found good.
async fn uncount(sheet: &Sheet, refused: impl Iterator<Item = &Row>, checked: &mut Checked, to: &Connection) {
    let mut rows: Vec<Row> = refused.cloned().collect();
    if send::check(sheet, &mut rows, to).await.is_err() {
        return;
    }
    for code in rows.into_iter().flat_map(|row| row.warnings) {
        if let Some(count) = checked.warnings.get_mut(&code) {
            *count = count.saturating_sub(1);
        }
    }
    checked.warnings.retain(|_, count| *count > 0);
}

fn stopped(failure: Failure, sent: &Sent, rows: u64) -> Failure {
    let (stored, rows) = ((sent.stored + sent.repeated).to_string(), rows.to_string());
    let what = text::STOPPED_HALF_WAY.fill(&[("stored", &stored), ("rows", &rows)]);
    Failure::other(format!("{what}: {}", failure.what), text::ADVICE_RERUN).with(failure.faults)
}
