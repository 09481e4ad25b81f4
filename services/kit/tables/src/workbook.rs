//! Excel workbooks (ECMA-376): the parts of a zip file, of which those are read that say what a sheet's cells show.
//!
//! Read here rather than by a library, because what is wanted of it none gives: rows as a stream with bounds on everything
//! a part may unpack to, shared texts kept out of memory, formulas without a value, merged and hidden cells with their
//! place. The zip file, its compression and the XML are read by libraries.

mod book;
mod merged;
mod number;
mod package;
mod sheet;
mod strings;
mod styles;
mod xml;

use std::io::{Read, Seek, SeekFrom};

pub use self::book::SheetName;
pub(crate) use self::sheet::Sheet;
use crate::fault::{Complaint, Reason};

/// What a file of Microsoft's older container is: a workbook of before 2007, or a later one under a password.
pub(crate) fn of_ole<R: Read + Seek>(mut input: R) -> Complaint {
    let package: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut begin = Vec::new();
    // The directory of the container can stand anywhere.
    let read = input.seek(SeekFrom::Start(0)).and_then(|_| input.take(64 << 20).read_to_end(&mut begin));
    match read {
        Err(error) => error.into(),
        Ok(_) if memchr::memmem::find(&begin, &package).is_some() => Complaint::of(Reason::LockedWorkbook),
        Ok(_) => Complaint::of(Reason::OldWorkbook),
    }
}
