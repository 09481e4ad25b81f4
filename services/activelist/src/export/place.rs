//! The file that is written: beside where it belongs until it is whole, and readable by its owner alone.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::text;

/// A file under way.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl Draft {
    /// Begins a file.
    ///
    /// # Errors
    /// When there is one already and it may not be replaced, or the place cannot be written.
    pub(super) fn begin(path: &Path, force: bool) -> Result<Self, Failure> {
        // Behind a link the file it leads to is the one to replace.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if !force && path.exists() {
            return Err(is_there(&path));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".activelist-").permissions(Permissions::from_mode(0o600));
        let file = builder.tempfile_in(parent(&path)).map_err(|error| cannot(&path, &error))?;
        Ok(Self { file: BufWriter::new(file), path })
    }

    /// Where other passing files of the same export may lie.
    pub(super) fn beside(&self) -> &Path {
        parent(&self.path)
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        let Self { file, path } = self;
        file.write_all(text.as_bytes()).map_err(|error| cannot(path, &error))
    }

    /// A failure that belongs to this file.
    pub(super) fn failed(&self, error: &dyn std::fmt::Display) -> Failure {
        cannot(&self.path, error)
    }

    /// The file is whole: it goes where it belongs.
    pub(super) fn finish(self, force: bool) -> Result<(), Failure> {
        let Self { file, path } = self;
        let whole = file.into_inner().map_err(|error| cannot(&path, &error.into_error()))?;
        whole.as_file().sync_all().map_err(|error| cannot(&path, &error))?;
        let kept = if force { whole.persist(&path) } else { whole.persist_noclobber(&path) };
        kept.map(drop).map_err(|refused| match refused.error.kind() {
            io::ErrorKind::AlreadyExists => is_there(&path),
            _ => cannot(&path, &refused.error),
        })
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn is_there(path: &Path) -> Failure {
    Failure::input(text::IS_THERE.fill(&[("path", &path.display().to_string())]), text::ADVICE_FORCE)
}

pub(super) fn cannot(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let places = [("path", &*path.display().to_string()), ("error", &*error.to_string())];
    Failure::other(text::CANNOT_WRITE.fill(&places), text::ADVICE_WRITE)
}
