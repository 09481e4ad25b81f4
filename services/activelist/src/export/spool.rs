//! Messages that came newest first, kept in a file without a name until they are written oldest first: a file is imported in its
//! order, and who a number belongs to follows from the first response.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use prost::Message;

/// Messages in a file; in memory, where each begins and when it is from.
pub(super) struct Spool {
    file: BufWriter<File>,
    ends: u64,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    time: i64,
    begins: u64,
    length: u32,
    taken_back: bool,
}

impl Spool {
    /// An empty one in this directory, or where passing files go.
    pub(super) fn new(beside: Option<&Path>) -> io::Result<Self> {
        let file = beside.map_or_else(tempfile::tempfile, tempfile::tempfile_in)?;
        Ok(Self { file: BufWriter::new(file), ends: 0, places: Vec::new() })
    }

    /// Adds a message of a time; answers its place. Of those of one time, the one that is added later is the older.
    pub(super) fn push(&mut self, message: &impl Message, time: i64) -> io::Result<usize> {
        let bytes = message.encode_to_vec();
        self.file.write_all(&bytes)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.places.push(Place { time, begins: self.ends, length, taken_back: false });
        self.ends += u64::from(length);
        Ok(self.places.len() - 1)
    }

    /// Takes a message back.
    pub(super) fn remove(&mut self, place: usize) {
        self.places[place].taken_back = true;
    }

    /// The messages, oldest first.
    pub(super) fn oldest_first<M: Message + Default>(self) -> io::Result<impl Iterator<Item = io::Result<M>>> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut places: Vec<Place> = self.places.into_iter().rev().filter(|place| !place.taken_back).collect();
        places.sort_by_key(|place| place.time);
        let read = move |place: Place| {
            let mut bytes = vec![0; place.length as usize];
            file.seek(SeekFrom::Start(place.begins))?;
            file.read_exact(&mut bytes)?;
            M::decode(bytes.as_slice()).map_err(io::Error::other)
        };
        Ok(places.into_iter().map(read))
    }
}
