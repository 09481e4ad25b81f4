//! The file that is written: readable by its owner alone, and without a name until it is whole, so that nothing is left of one
//! whose program was ended, however that came. Where a file system has no such files it lies beside where it belongs, under a
//! name of its own, until it is whole or somebody asks the program to end.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use tempfile::{Builder, TempPath};
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;
use crate::text;

/// A file under way.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) file: BufWriter<File>,
    /// Its name until it is whole, where it needs one.
    named: Option<TempPath>,
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
        let (file, named) = match unnamed(parent(&path)) {
            Ok(file) => (file, None),
            Err(_) => named(parent(&path)).map_err(|error| cannot(&path, &error))?,
        };
        Ok(Self { file: BufWriter::new(file), named, path })
    }

    /// Where other passing files of the same export may lie.
    pub(super) fn beside(&self) -> &Path {
        parent(&self.path)
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        let Self { file, path, .. } = self;
        file.write_all(text.as_bytes()).map_err(|error| cannot(path, &error))
    }

    /// A failure that belongs to this file.
    pub(super) fn failed(&self, error: &dyn std::fmt::Display) -> Failure {
        cannot(&self.path, error)
    }

    /// The file is whole: it goes where it belongs.
    pub(super) fn finish(self, force: bool) -> Result<(), Failure> {
        let Self { file, named, path } = self;
        let whole = file.into_inner().map_err(|error| cannot(&path, &error.into_error()))?;
        whole.sync_all().map_err(|error| cannot(&path, &error))?;
        let kept = match named {
            None if !force => name(&whole, &path),
            // A name is given only where there is none yet.
            None => beside().make_in(parent(&path), |beside| name(&whole, beside)).and_then(|file| {
                let kept = file.into_temp_path().persist(&path);
                kept.map_err(io::Error::from)
            }),
            Some(named) if force => named.persist(&path).map_err(io::Error::from),
            Some(named) => named.persist_noclobber(&path).map_err(io::Error::from),
        };
        kept.map_err(|refused| match refused.kind() {
            io::ErrorKind::AlreadyExists => is_there(&path),
            _ => cannot(&path, &refused),
        })
    }
}

/// A file without a name, which can get one.
fn unnamed(folder: &Path) -> io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR)?);
    fs::metadata(by_number(&file))?;
    Ok(file)
}

/// A file with a name of its own, taken away unless it becomes whole.
fn named(folder: &Path) -> io::Result<(File, Option<TempPath>)> {
    let (file, name) = beside().tempfile_in(folder)?.into_parts();
    remove_at_end(&name)?;
    Ok((file, Some(name)))
}

/// Gives a file its name.
fn name(file: &File, path: &Path) -> io::Result<()> {
    Ok(rustix::fs::linkat(CWD, by_number(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

fn by_number(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

fn beside() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".activelist-").permissions(Permissions::from_mode(0o600));
    builder
}

/// Takes a file away when the program is asked to end, and ends it.
fn remove_at_end(name: &Path) -> io::Result<()> {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return Ok(()) };
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let name = name.to_owned();
    runtime.spawn(async move {
        let asked = tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
        };
        // It may be whole by now, and have its own name.
        drop(fs::remove_file(name));
        std::process::exit(128 + asked.as_raw_value());
    });
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    /// Where a file needs a name until it is whole, and where it needs none.
    #[test]
    fn a_file_appears_when_it_is_whole_and_nothing_stays_beside_it() {
        for needs_name in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("export.csv");
            let write = |text: &str, force: bool| {
                let (file, named) =
                    if needs_name { named(folder.path()).unwrap() } else { (unnamed(folder.path()).unwrap(), None) };
                let mut draft = Draft { file: BufWriter::new(file), named, path: path.clone() };
                draft.write(text).unwrap();
                draft.finish(force)
            };
            write("one", false).unwrap();
            assert!(write("two", false).is_err());
            assert_eq!((fs::read_to_string(&path).unwrap(), files(folder.path()).len()), ("one".to_owned(), 1));
            write("three", true).unwrap();
            assert_eq!((fs::read_to_string(&path).unwrap(), files(folder.path()).len()), ("three".to_owned(), 1));
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            // A file that never becomes whole.
            drop(if needs_name { named(folder.path()).unwrap() } else { (unnamed(folder.path()).unwrap(), None) });
            assert_eq!(files(folder.path()), ["export.csv"]);
        }
    }
}
