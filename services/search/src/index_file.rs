//! The index in a file, so that a start need not read whole logs again.
//!
//! ```text
//! "ALINDEX" and a zero byte | for each piece: length (u32, little-endian, never 0), bytes | 0 (u32) | SHA-256 of all before
//! ```
//!
//! The pieces are those of [`domain::stored`](crate::domain::Restore). Nothing is believed before it was checked: lengths
//! before anything is read, every piece before it becomes a block, and the sum before the index is handed out.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use crate::domain::{Index, Restore, RestoreError, Schema, Snapshot};

const MAGIC: &[u8; 8] = b"ALINDEX\0";
/// Bytes of a piece at most; one of the code lists in use takes some 30 kB.
const LONGEST: u32 = 16 << 20;

/// Why a file is no index.
#[derive(Debug, thiserror::Error)]
pub enum IndexFileError {
    /// It cannot be read, or ends too early (`UnexpectedEof`).
    #[error("the stored index cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this is no stored index")]
    Foreign,
    /// A piece is said to be longer than any is.
    #[error("the stored index is damaged: a piece of {0} bytes")]
    TooLong(u32),
    /// Its bytes are not those that were written.
    #[error("the stored index is damaged: its checksum is wrong")]
    Checksum,
    /// Its pieces make no index.
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

/// Writes a snapshot; other threads may go on changing the index meanwhile.
///
/// # Errors
/// What the writer meets with; `InvalidInput` when 512 experts take more than 16 MiB.
pub fn write(snapshot: &Snapshot, to: impl Write) -> io::Result<()> {
    let mut to = Summed::new(to);
    to.write_all(MAGIC)?;
    for piece in snapshot.pieces() {
        let len = u32::try_from(piece.len()).ok().filter(|len| *len <= LONGEST);
        let len = len.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a piece is too long to store"))?;
        to.write_all(&len.to_le_bytes())?;
        to.write_all(&piece)?;
    }
    to.write_all(&0u32.to_le_bytes())?;
    let sum = to.sum();
    to.inner.write_all(&sum)?;
    to.inner.flush()
}

/// Reads an index that was written by [`write`], and nothing after it. `schema` must have the same code lists.
///
/// # Errors
/// A file that is another one, damaged, or of other code lists or another version. However long the lengths in it,
/// memory is taken only for bytes that are there.
pub fn read(schema: Schema, from: impl Read) -> Result<Index, IndexFileError> {
    let mut from = Summed::new(from);
    let mut magic = [0; MAGIC.len()];
    from.read_exact(&mut magic)?;
    if magic != *MAGIC {
        return Err(IndexFileError::Foreign);
    }
    let mut piece = Vec::new();
    if !from.piece(&mut piece)? {
        return Err(IndexFileError::Foreign);
    }
    let mut restore = Restore::begin(schema, &piece)?;
    while from.piece(&mut piece)? {
        restore.block(&piece)?;
    }
    let (expected, mut sum) = (from.sum(), [0; 32]);
    from.inner.read_exact(&mut sum)?;
    if sum != expected {
        return Err(IndexFileError::Checksum);
    }
    Ok(restore.finish()?)
}

/// Sums up what goes through it.
struct Summed<T> {
    inner: T,
    hash: Sha256,
}

impl<T> Summed<T> {
    fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    fn sum(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }
}

impl<T: Write> Summed<T> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<T: Read> Summed<T> {
    fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(into)?;
        self.hash.update(into);
        Ok(())
    }

    /// Reads a piece, or `false` when there are no more.
    fn piece(&mut self, into: &mut Vec<u8>) -> Result<bool, IndexFileError> {
        let mut len = [0; 4];
        self.read_exact(&mut len)?;
        let len = u32::from_le_bytes(len);
        if len > LONGEST {
            return Err(IndexFileError::TooLong(len));
        }
        into.clear();
        let read = self.inner.by_ref().take(len.into()).read_to_end(into)?;
        if read < len as usize {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        self.hash.update(&into);
        Ok(len > 0)
    }
}
