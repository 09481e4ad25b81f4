//! A file that is imported: found, kept as it was found, and read as a table as often as is needed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kit_tables::{Complaint, Kind, Options, Table};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::text;

/// Bytes that are compared at once.
const PIECE: usize = 64 << 10;

/// A file as it was found.
#[derive(Debug)]
pub struct SurveyFile {
    /// Its name, without folders.
    pub name: String,
    /// As it was named.
    shown: String,
    options: Options,
    bytes: Source,
    /// Where it lies; nothing for what lies nowhere, such as a pipe.
    lies: Option<PathBuf>,
}

#[derive(Debug)]
enum Source {
    File(File),
    Memory(Arc<[u8]>),
}

/// The bytes of a file, for one reading.
pub(crate) trait Bytes: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> Bytes for T {}

/// A file as a table.
pub(crate) type FileTable = Table<Box<dyn Bytes>>;

impl SurveyFile {
    /// Finds a file, and keeps its bytes in a file without a name, gone with the process. Every reading goes over several
    /// times (for the encoding, for the parts of a workbook), and rows are handed in by a later one than they were checked by:
    /// all of them have to see the same, whoever writes to the file meanwhile.
    ///
    /// # Errors
    /// When it is absent, a directory, or not readable, or there is no room to keep it; each says which.
    pub fn open(path: &Path, sheet: Option<String>) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let unreadable = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => Failure::input(text::NO_FILE.fill(&[("file", &shown)]), text::ADVICE_PATH),
            ErrorKind::IsADirectory => directory(&shown),
            _ => unreadable(&shown, &error),
        };
        let options = Options { sheet, ..Options::default() };
        let file = File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(directory(&shown));
        }
        let no_room = |error: io::Error| {
            let places = [("file", shown.as_str()), ("error", &*error.to_string())];
            Failure::other(text::NO_ROOM_TO_KEEP.fill(&places), text::ADVICE_KEEP)
        };
        let mut kept = tempfile::tempfile().map_err(no_room)?;
        // One byte more than is read tells that it is too large.
        io::copy(&mut file.take(options.limits.bytes + 1), &mut kept).map_err(|error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => no_room(error),
            _ => unreadable(error),
        })?;
        let lies = about.is_file().then(|| path.to_owned());
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        Ok(Self { name, shown, options, bytes: Source::File(kept), lies })
    }

    /// A file whose bytes are at hand.
    pub fn new(name: String, bytes: &[u8]) -> Self {
        let bytes = Source::Memory(bytes.into());
        Self { shown: name.clone(), name, options: Options::default(), bytes, lies: None }
    }

    /// Whether what lies at its place is still what was kept. Whoever is about to store asks, after everything was looked at:
    /// a file that is being written while it is kept is neither what it was nor what it will be.
    ///
    /// # Errors
    /// When it is something else by now, or not there.
    pub(crate) fn unchanged(&self) -> Result<(), Failure> {
        let (Some(path), Source::File(kept)) = (&self.lies, &self.bytes) else { return Ok(()) };
        if same(kept, path).unwrap_or(false) {
            return Ok(());
        }
        let what = text::CHANGED_MEANWHILE.fill(&[("file", &self.shown)]);
        Err(Failure::other(what, text::ADVICE_CHANGED))
    }

    /// Reads it, from its beginning to its headings. One reading at a time.
    ///
    /// # Errors
    /// When it is empty, or nothing that is read.
    pub(crate) fn table(&self) -> Result<FileTable, Failure> {
        let bytes: Box<dyn Bytes> = match &self.bytes {
            Source::Memory(bytes) => Box::new(Cursor::new(bytes.clone())),
            Source::File(file) => {
                let mut file = file.try_clone().map_err(|error| unreadable(&self.shown, &error))?;
                file.seek(SeekFrom::Start(0)).map_err(|error| unreadable(&self.shown, &error))?;
                Box::new(file)
            }
        };
        Table::open(bytes, &self.options).map_err(|complaint| self.failure(&complaint))
    }

    /// What the reader complains of, to whoever named the file.
    pub fn failure(&self, complaint: &Complaint) -> Failure {
        let told = complaint.told();
        let advice = match complaint.code() {
            "UNREADABLE" => {
                let what = text::UNREADABLE_FILE.fill(&[("file", &self.shown), ("error", &told.ja)]);
                return Failure::input(what, text::ADVICE_PATH);
            }
            "EMPTY" => text::ADVICE_ROWS,
            "TOO_LARGE" | "UNPACKS_TOO_LARGE" | "TOO_MANY_CELLS_IN_ALL" => text::ADVICE_SPLIT,
            "NO_SHEET" | "UNKNOWN_SHEET" => text::ADVICE_SHEET,
            _ => text::ADVICE_KIND,
        };
        Failure::input(format!("{}: {} / {}", self.shown, told.ja, told.en), advice)
    }

    /// There are headings only.
    pub(crate) fn without_rows(&self) -> Failure {
        Failure::input(format!("{}: {}", self.shown, text::NO_ROWS.fill(&[])), text::ADVICE_ROWS)
    }
}

/// Whether a file without a name and the file at a path hold the same bytes.
fn same(mut kept: &File, path: &Path) -> io::Result<bool> {
    // A pipe that came in its place would be waited for.
    if !path.metadata()?.is_file() {
        return Ok(false);
    }
    kept.seek(SeekFrom::Start(0))?;
    let (mut kept, mut now) =
        (BufReader::with_capacity(PIECE, kept), BufReader::with_capacity(PIECE, File::open(path)?));
    loop {
        let (ours, theirs) = (kept.fill_buf()?, now.fill_buf()?);
        let common = ours.len().min(theirs.len());
        if common == 0 || ours[..common] != theirs[..common] {
            return Ok(common == 0 && ours.len() == theirs.len());
        }
        kept.consume(common);
        now.consume(common);
    }
}

fn unreadable(shown: &str, error: &io::Error) -> Failure {
    let what = text::UNREADABLE_FILE.fill(&[("file", shown), ("error", &error.to_string())]);
    Failure::input(what, text::ADVICE_PATH)
}

fn directory(shown: &str) -> Failure {
    Failure::input(text::IS_DIRECTORY.fill(&[("file", shown)]), text::ADVICE_PATH)
}

/// What a file was taken for, told to whoever handed it in.
#[derive(Debug, Clone)]
pub struct About {
    kind: Kind,
    hidden: (u64, u64),
}

impl About {
    /// Of a table that was read to its end.
    pub(super) fn of(table: &FileTable) -> Self {
        Self { kind: table.kind(), hidden: table.hidden() }
    }

    /// What is worth a line: a sheet among several, hidden rows and columns, an encoding that was found out.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match &self.kind {
            Kind::Objects | Kind::Text { encoding: kit_tables::Encoding::Utf8, .. } => {}
            Kind::Text { encoding, .. } => notes.push(text::READ_ENCODING.fill(&[("encoding", encoding.name())])),
            Kind::Workbook { sheet, sheets } => {
                let others: Vec<&str> = sheets.iter().map(|other| other.name.as_str()).filter(|o| o != sheet).collect();
                if !others.is_empty() {
                    notes.push(text::READ_SHEET.fill(&[("sheet", sheet), ("others", &others.join(", "))]));
                }
            }
        }
        if self.hidden != (0, 0) {
            let (rows, columns) = (self.hidden.0.to_string(), self.hidden.1.to_string());
            notes.push(text::READ_HIDDEN.fill(&[("rows", &rows), ("columns", &columns)]));
        }
        notes
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let (rows, columns) = self.hidden;
        match &self.kind {
            Kind::Text { encoding, .. } => json!({"encoding": encoding.name()}),
            Kind::Objects => json!({"encoding": kit_tables::Encoding::Utf8.name()}),
            Kind::Workbook { sheet, .. } => {
                json!({"sheet": sheet, "hidden_rows": rows, "hidden_columns": columns})
            }
        }
    }
}
