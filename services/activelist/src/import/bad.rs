//! Rows with faults, written beside what was imported: to be mended, and imported again as they are.
//!
//! Cells stand as they were, so that nothing is lost or changed on the way, but for white space around them, which no
//! reader looks at, and for an apostrophe that keeps a spreadsheet from taking one for a formula: whoever mends the
//! file did not write it. An import takes it away. The faults stand in a column in front of them, where rows of any
//! length leave it alone, and which an import passes over. The rows are gathered in a file without a name, and appear
//! all at once at the end: a killed import leaves nothing behind, and may be run again.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use kit_tables::{Reason, Row, RowFault};
use kit_vocabulary::{Lang, guarded, key, unguarded};
use tempfile::NamedTempFile;

use super::fault::FileFault;
use crate::args::Taken;
use crate::failure::Failure;
use crate::text;

/// So that Excel takes it for UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// Names that are tried beside the file.
const MOST_NAMES: usize = 1_000;
/// Bytes of the longest name that file systems take.
const NAME_BYTES: usize = 255;

/// Whether a column is that of the faults.
pub(super) fn is_fault_column(heading: &str) -> bool {
    [Lang::Ja, Lang::En].iter().any(|lang| key(&text::FAULT_COLUMN.get(*lang, &[])) == key(heading))
}

/// The rows with faults of one file.
pub struct BadRows {
    /// Where they go; beside the file when not stated.
    stated: Option<PathBuf>,
    beside: PathBuf,
    lang: Lang,
    rows: csv::Writer<BufWriter<File>>,
    /// The column of an earlier import's faults, which is left out.
    told_before: Option<usize>,
    count: u64,
}

impl BadRows {
    /// Begins such a file; nothing unless good rows are kept and stored.
    ///
    /// # Errors
    /// When it could not be written where it goes, or exists.
    pub fn begin(taken: &Taken, headings: &[String], lang: Lang) -> Result<Option<Self>, Failure> {
        if !taken.keep_good || taken.dry_run {
            return Ok(None);
        }
        let target = taken.bad.as_deref().unwrap_or(&taken.file);
        let unwritable = |error: io::Error| unwritable(target, &error);
        // Better said now than when the good rows are stored: of the name, too, which may be longer than names can be.
        match taken.bad.clone().unwrap_or_else(|| beside(target, 1)).symlink_metadata() {
            Ok(_) if taken.bad.is_some() => return Err(exists(target)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unwritable(error)),
        }
        drop(NamedTempFile::new_in(folder(target)).map_err(unwritable)?);
        let file = BufWriter::new(tempfile::tempfile().map_err(unwritable)?);
        let rows = csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(file);
        let told_before = headings.iter().position(|heading| is_fault_column(heading));
        let (stated, beside) = (taken.bad.clone(), taken.file.clone());
        let mut bad = Self { stated, beside, lang, rows, told_before, count: 0 };
        bad.write(&text::FAULT_COLUMN.get(lang, &[]), headings, &[]).map_err(unwritable)?;
        Ok(Some(bad))
    }

    /// One more row, with what is wrong with it.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn add(&mut self, row: &Row, faults: &[FileFault]) -> Result<(), Failure> {
        let words: Vec<String> = faults.iter().map(|fault| self.words(fault)).collect();
        self.count += 1;
        // What a formula left behind is no text: it is to be found again when nobody mended it.
        let failed = |fault: &&RowFault| fault.fault.reason == Reason::ErrorValue;
        let failed: Vec<_> = row.faults.iter().filter(failed).filter_map(|fault| fault.column).collect();
        self.write(&words.join(" | "), &row.cells, &failed).map_err(|error| unwritable(self.target(), &error))
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Puts the file where it goes, and says where that is; nothing when there are no such rows.
    ///
    /// # Errors
    /// When it cannot be written, or somebody was there first.
    pub fn finish(mut self) -> Result<Option<PathBuf>, Failure> {
        if self.count == 0 {
            return Ok(None);
        }
        let target = self.target().to_owned();
        let failed = |error: io::Error| unwritable(&target, &error);
        self.rows.flush().map_err(failed)?;
        let written = self.rows.into_inner().map_err(|error| failed(error.into_error()))?;
        let mut written = written.into_inner().map_err(|error| failed(error.into_error()))?;
        written.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut file = NamedTempFile::new_in(folder(&target)).map_err(failed)?;
        io::copy(&mut io::Read::chain(MARK, written), &mut file).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        let names: Vec<PathBuf> = match &self.stated {
            Some(stated) => vec![stated.clone()],
            None => (1..=MOST_NAMES).map(|count| beside(&self.beside, count)).collect(),
        };
        for name in names {
            // In one step, and never over what is there.
            match file.persist_noclobber(&name) {
                Ok(_) => return Ok(Some(name)),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
                Err(error) => return Err(failed(error.error)),
            }
        }
        Err(exists(&target))
    }

    fn target(&self) -> &Path {
        self.stated.as_deref().unwrap_or(&self.beside)
    }

    fn words(&self, fault: &FileFault) -> String {
        let said = if self.lang == Lang::Ja { &fault.ja } else { &fault.en };
        let place = fault.cell.clone().unwrap_or_else(|| fault.line.to_string());
        if fault.column.is_empty() {
            format!("[{place}] {said}")
        } else {
            format!("[{place}] {}: {said}", fault.column)
        }
    }

    fn write(&mut self, first: &str, cells: &[String], failed: &[usize]) -> io::Result<()> {
        let kept = cells.iter().enumerate().filter(|(place, _)| Some(*place) != self.told_before);
        let written = |(place, cell): (usize, &String)| match cell.trim() {
            cell if failed.contains(&place) => cell.to_owned(),
            cell => guarded(unguarded(cell)).into_owned(),
        };
        let cells = kept.map(written);
        self.rows.write_record(std::iter::once(first.to_owned()).chain(cells)).map_err(io::Error::from)
    }
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `responses.bad.csv`, then `responses.bad-2.csv`; of a long name its beginning.
fn beside(file: &Path, count: usize) -> PathBuf {
    let mut name = file.file_stem().map_or_else(|| OsString::from("rows"), OsString::from);
    let room = NAME_BYTES - format!(".bad-{MOST_NAMES}.csv").len();
    if name.len() > room {
        let whole = name.to_string_lossy();
        name = whole[..whole.floor_char_boundary(room)].into();
    }
    name.push(if count == 1 { ".bad.csv".to_owned() } else { format!(".bad-{count}.csv") });
    file.with_file_name(name)
}

fn unwritable(file: &Path, error: &io::Error) -> Failure {
    let places = [("file", &*file.display().to_string()), ("error", &*error.to_string())];
    Failure::input(text::BAD_UNWRITABLE.fill(&places), text::ADVICE_BAD)
}

fn exists(file: &Path) -> Failure {
    Failure::input(text::BAD_EXISTS.fill(&[("file", &file.display().to_string())]), text::ADVICE_BAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_shortened_to_what_file_systems_take() {
        assert_eq!(beside(Path::new("a/b.csv"), 1), Path::new("a/b.bad.csv"));
        assert_eq!(beside(Path::new("a/b.csv"), 2), Path::new("a/b.bad-2.csv"));
        for stem in ["あ".repeat(83), "a".repeat(251)] {
            for count in [1, 2, MOST_NAMES] {
                let name = beside(Path::new(&format!("{stem}.csv")), count);
                let name = name.to_str().unwrap();
                assert!(name.len() <= 255 && name.starts_with(&stem[..240]) && name.contains(".bad"), "{name}");
            }
        }
    }
}
