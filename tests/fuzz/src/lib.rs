//! What must hold of every reader of bytes that come from outside, whatever the bytes: it neither panics nor takes memory or
//! work out of all proportion, and what it has read and written again reads the same.
//!
//! A [`Target`] is a reader with its promise, as a function of bytes. `make test` gives each the inputs that are kept for it and
//! some thousand made of them; `make fuzz` has libFuzzer look for others. See `README.md`.

mod bytes;
mod chance;
mod memory;
mod targets;

use std::path::{Path, PathBuf};

pub use chance::Chance;
pub use memory::{Taken, count};
pub use targets::TARGETS;

/// A reader of bytes from outside, and what it promises.
#[derive(Clone, Copy)]
pub struct Target {
    /// What it is called: lower case with underscores.
    pub name: &'static str,
    /// What it reads.
    pub about: &'static str,
    /// Reads the bytes. Panics when a promise is broken.
    pub body: fn(&[u8]),
    /// Good inputs, made by code, from which others are made.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of its language.
    pub words: &'static [&'static str],
    /// The longest input worth a try, in bytes.
    pub most: usize,
}

/// Bytes that a reader may hold at once: so many, and so many more for each byte of the input.
pub const MEMORY: (usize, usize) = (64 << 20, 256);
/// Bytes that a reader may ask for in all, which bounds its work.
pub const WORK: (usize, usize) = (512 << 20, 32 << 10);

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Reads the bytes, and holds what that took to the bounds.
    ///
    /// # Panics
    /// When a promise is broken.
    pub fn hold(&self, bytes: &[u8]) -> Taken {
        let taken = count(|| (self.body)(bytes));
        let most = |(base, each): (usize, usize)| base + each * bytes.len();
        assert!(taken.peak <= most(MEMORY), "{}: {} bytes held for an input of {}", self.name, taken.peak, bytes.len());
        assert!(
            taken.total <= most(WORK),
            "{}: {} bytes asked for an input of {}",
            self.name,
            taken.total,
            bytes.len()
        );
        taken
    }

    /// The inputs that are kept for it: those made by code, those written by hand, and those that once broke something.
    ///
    /// # Panics
    /// When a file cannot be read.
    pub fn kept(&self) -> Vec<Vec<u8>> {
        let mut kept = (self.seeds)();
        kept.extend(self.files("seeds").into_iter().chain(self.files("regressions")).map(|(_, bytes)| bytes));
        kept
    }

    /// The files of a folder that are kept for it, by name.
    ///
    /// # Panics
    /// When a file cannot be read.
    pub fn files(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(self.name);
        let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
        paths.sort();
        paths.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("a readable file"))).collect()
    }
}
