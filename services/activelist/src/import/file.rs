//! The bytes of a file: found, bounded, and text.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::failure::Failure;
use crate::text;

/// Largest file that is read.
const MOST_BYTES: u64 = 64 << 20;
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// A file as it was found.
#[derive(Debug, Clone)]
pub struct SurveyFile {
    /// Its name, without folders.
    pub name: String,
    /// What it holds, as UTF-8 without a byte order mark.
    pub text: String,
}

impl SurveyFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is absent, a directory, empty, too large, not readable, or not UTF-8; each says which.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let unreadable = |error: &std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::input(text::NO_FILE.fill(&[("file", &shown)]), text::ADVICE_PATH),
            std::io::ErrorKind::IsADirectory => directory(&shown),
            _ => {
                let what = text::UNREADABLE_FILE.fill(&[("file", &shown), ("error", &error.to_string())]);
                Failure::input(what, text::ADVICE_PATH)
            }
        };
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        if file.metadata().is_ok_and(|about| about.is_dir()) {
            return Err(directory(&shown));
        }
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        Self::new(name, &bytes).map_err(|failure| Failure { what: format!("{shown}: {}", failure.what), ..failure })
    }

    /// A file whose bytes are at hand.
    ///
    /// # Errors
    /// When it is empty, too large, or not UTF-8.
    pub fn new(name: String, bytes: &[u8]) -> Result<Self, Failure> {
        let body = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
        if body.trim_ascii().is_empty() {
            return Err(Failure::input(text::EMPTY_FILE.fill(&[]), text::ADVICE_ROWS));
        }
        if bytes.len() as u64 > MOST_BYTES {
            let most = (MOST_BYTES >> 20).to_string();
            return Err(Failure::input(text::LARGE_FILE.fill(&[("most", &most)]), text::ADVICE_SPLIT));
        }
        match std::str::from_utf8(body) {
            Ok(text) => Ok(Self { name, text: text.to_owned() }),
            Err(error) => {
                let wide = UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark));
                let line = (1 + line_ends(&body[..error.valid_up_to()])).to_string();
                let said = if wide { text::NOT_UTF8_BUT_16 } else { text::NOT_UTF8 };
                Err(Failure::input(said.fill(&[("line", &line)]), text::ADVICE_UTF8))
            }
        }
    }
}

fn directory(shown: &str) -> Failure {
    Failure::input(text::IS_DIRECTORY.fill(&[("file", shown)]), text::ADVICE_PATH)
}

/// How many lines end in these bytes: by a line feed, a carriage return, or both.
pub(super) fn line_ends(bytes: &[u8]) -> usize {
    let lone = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len()).filter(|&at| bytes[at] == b'\n' || lone(at)).count()
}
