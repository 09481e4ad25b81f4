//! A file that is imported: found, and read as a table as often as is needed.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use kit_tables::{Complaint, Kind, Options, Table};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::text;

/// A file as it was found.
#[derive(Debug)]
pub struct SurveyFile {
    /// Its name, without folders.
    pub name: String,
    /// As it was named.
    shown: String,
    options: Options,
    bytes: Source,
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
    /// Finds a file. What cannot be read twice, such as a pipe, is kept in a file without a name meanwhile.
    ///
    /// # Errors
    /// When it is absent, a directory, or not readable; each says which.
    pub fn open(path: &Path, sheet: Option<String>) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let unreadable = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => Failure::input(text::NO_FILE.fill(&[("file", &shown)]), text::ADVICE_PATH),
            ErrorKind::IsADirectory => directory(&shown),
            _ => unreadable(&shown, &error),
        };
        let options = Options { sheet, ..Options::default() };
        let mut file = File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(directory(&shown));
        }
        if !about.is_file() {
            let mut kept = tempfile::tempfile().map_err(unreadable)?;
            io::copy(&mut file.take(options.limits.bytes + 1), &mut kept).map_err(unreadable)?;
            file = kept;
        }
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        Ok(Self { name, shown, options, bytes: Source::File(file) })
    }

    /// A file whose bytes are at hand.
    pub fn new(name: String, bytes: &[u8]) -> Self {
        Self { shown: name.clone(), name, options: Options::default(), bytes: Source::Memory(bytes.into()) }
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
