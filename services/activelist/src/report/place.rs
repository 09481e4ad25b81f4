//! Where the output goes: all of it, or what was there before.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::csv::MANIFEST;
use crate::failure::Failure;
use crate::text;

/// Writes a file through another one beside it, so that a reader sees the old one or the new one, whole.
///
/// # Errors
/// What the system says: no such directory, no permission, no room.
pub fn file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    // Behind a link the file it leads to is the one to replace.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let write = || -> io::Result<()> {
        let mut beside = tempfile::Builder::new()
            .prefix(".activelist-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(parent(path))?;
        beside.write_all(bytes)?;
        beside.as_file().sync_all()?;
        beside.persist(path)?;
        Ok(())
    };
    write().map_err(|error| cannot(path, &error))
}

/// Writes a directory of files through another one beside it. One that holds an earlier output is replaced; one that
/// holds anything else is left alone.
///
/// # Errors
/// As [`file`]; a file of that name; a directory with other things in it.
pub fn directory(path: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    let shown = path.display().to_string();
    if path.is_file() {
        let what = text::NOT_A_DIRECTORY.fill(&[("path", &shown)]);
        return Err(Failure::input(what, text::ADVICE_DIRECTORY));
    }
    if path.exists() && !replaceable(path).map_err(|error| cannot(path, &error))? {
        return Err(Failure::input(text::NOT_OURS.fill(&[("path", &shown)]), text::ADVICE_EMPTY));
    }
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let write = || -> io::Result<()> {
        let room = tempfile::Builder::new().prefix(".activelist-").tempdir_in(parent(path))?;
        let (new, old) = (room.path().join("new"), room.path().join("old"));
        fs::create_dir(&new)?;
        for (name, text) in files {
            let mut file = fs::File::create_new(new.join(name))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
        }
        if path.exists() {
            fs::rename(path, &old)?;
        }
        fs::rename(&new, path).inspect_err(|_| {
            // Better the earlier output than none.
            let _ = fs::rename(&old, path);
        })
    };
    write().map_err(|error| cannot(path, &error))
}

/// Empty, or nothing but CSV files with their list.
fn replaceable(path: &Path) -> io::Result<bool> {
    let names: Vec<_> = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    let ours = |path: &PathBuf| path.is_file() && path.extension().is_some_and(|ending| ending == "csv");
    Ok(names.is_empty() || path.join(MANIFEST).is_file() && names.iter().all(ours))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn cannot(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let places = [("path", &*path.display().to_string()), ("error", &*error.to_string())];
    Failure::other(text::CANNOT_WRITE.fill(&places), text::ADVICE_WRITE)
}
