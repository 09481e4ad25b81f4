//! The parts of a workbook, unpacked as a stream and never further than allowed.

use std::collections::HashMap;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Take};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use crate::Limits;
use crate::fault::{Complaint, Reason};

/// A workbook has some dozens of parts; more than so many is another kind of file.
const MOST_PARTS: usize = 20_000;

/// A zip file, and where its parts are.
pub(crate) struct Package<R> {
    input: R,
    parts: HashMap<String, Stored>,
    /// Bytes that may still be unpacked.
    left: Arc<AtomicU64>,
    most: u64,
}

#[derive(Debug, Clone, Copy)]
struct Stored {
    begin: u64,
    packed: u64,
    deflated: bool,
    crc: u32,
}

impl<R: Read + Seek> Package<R> {
    /// Finds the parts of a file of so many bytes.
    pub(crate) fn open(input: R, bytes: u64, limits: &Limits) -> Result<Self, Complaint> {
        let mut archive = ZipArchive::new(input).map_err(|error| broken(error.into(), "zip"))?;
        let mut parts = HashMap::new();
        if archive.len() > MOST_PARTS {
            return Err(Complaint::of(Reason::NotAWorkbook));
        }
        for index in 0..archive.len() {
            let part = archive.by_index_raw(index).map_err(|error| broken(error.into(), "zip"))?;
            let Ok(name) = part.name() else { continue };
            let known = ["xml", "rels", "bin"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
            let deflated = match part.compression() {
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                _ => continue,
            };
            if let (true, false, Some(begin)) = (known, part.encrypted(), part.data_start()) {
                let stored = Stored { begin, packed: part.compressed_size(), deflated, crc: part.crc32() };
                parts.insert(path(&name), stored);
            }
        }
        let most = limits.unpacked.min(bytes.saturating_mul(limits.ratio).saturating_add(limits.unpacked_free));
        Ok(Self { input: archive.into_inner(), parts, left: Arc::new(AtomicU64::new(most)), most })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&path(name))
    }

    /// A part, for as long as it is read.
    pub(crate) fn part(&mut self, name: &str) -> Result<Part<&mut R>, Complaint> {
        let stored = self.stored(name)?;
        Part::open(&mut self.input, stored, self.left.clone())
    }

    /// The last part that is read.
    pub(crate) fn into_part(self, name: &str) -> Result<Part<R>, Complaint> {
        let stored = self.stored(name)?;
        Part::open(self.input, stored, self.left)
    }

    fn stored(&self, name: &str) -> Result<Stored, Complaint> {
        self.parts.get(&path(name)).copied().ok_or_else(|| Complaint::broken(name))
    }

    /// Bytes that may still be unpacked.
    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// What is read twice counts once.
    pub(crate) fn leave(&self, left: u64) {
        self.left.store(left, Ordering::Relaxed);
    }

    /// Bytes that may be unpacked in all.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }
}

/// Names of parts are compared without regard to case, and some programs write them with backslashes.
fn path(name: &str) -> String {
    name.trim_start_matches('/').replace('\\', "/").to_lowercase()
}

/// What went wrong while a part was read.
pub(crate) fn broken(error: io::Error, part: &str) -> Complaint {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
            Complaint::broken(part)
        }
        ErrorKind::Unsupported => Complaint::broken(part),
        _ => error.into(),
    }
}

/// A part of a workbook.
pub(crate) struct Part<R: Read> {
    unpacked: Unpacked<R>,
    crc: Crc,
    expected: u32,
    left: Arc<AtomicU64>,
}

enum Unpacked<R: Read> {
    Stored(Take<R>),
    Deflated(Box<DeflateDecoder<BufReader<Take<R>>>>),
}

impl<R: Read + Seek> Part<R> {
    fn open(mut input: R, stored: Stored, left: Arc<AtomicU64>) -> Result<Self, Complaint> {
        input.seek(SeekFrom::Start(stored.begin))?;
        let packed = input.take(stored.packed);
        let unpacked = if stored.deflated {
            Unpacked::Deflated(Box::new(DeflateDecoder::new(BufReader::with_capacity(32 << 10, packed))))
        } else {
            Unpacked::Stored(packed)
        };
        Ok(Self { unpacked, crc: Crc::new(), expected: stored.crc, left })
    }
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.unpacked {
            Unpacked::Stored(part) => part.read(buffer)?,
            Unpacked::Deflated(part) => part.read(buffer)?,
        };
        if read == 0 && !buffer.is_empty() && self.crc.sum() != self.expected {
            return Err(io::Error::new(ErrorKind::InvalidData, "the checksum differs"));
        }
        self.crc.update(&buffer[..read]);
        let left = self.left.load(Ordering::Relaxed);
        match left.checked_sub(read as u64) {
            Some(left) => self.left.store(left, Ordering::Relaxed),
            None => return Err(io::Error::new(ErrorKind::FileTooLarge, "unpacks to too much")),
        }
        Ok(read)
    }
}
