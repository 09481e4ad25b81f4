//! The texts that the cells of a workbook share, kept in a file without a name as soon as they are many.
//!
//! A sheet names a text by its number, in any order, so all of them must be at hand. Texts of people are most of such a
//! workbook; in memory they would grow with it. The file is gone with the process, however that ends.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use tempfile::SpooledTempFile;

use super::xml::{Node, Xml};
use crate::fault::Complaint;

/// Kept in memory as long as they take no more.
const IN_MEMORY: usize = 4 << 20;
/// Texts of a block, and about its bytes: what is read from the file at once.
const BLOCK_TEXTS: usize = 64;
const BLOCK_BYTES: usize = 32 << 10;
/// Bytes of blocks that are kept, twice: the newer and the older ones.
const CACHED: usize = 4 << 20;
/// Bytes of `_x000D_`.
const ESCAPE: usize = 7;

/// The shared texts of a workbook.
pub(crate) struct Strings {
    store: SpooledTempFile,
    /// The number of the first text of each block, and where the block begins.
    blocks: Vec<(usize, u64)>,
    pending: Vec<u8>,
    stored: u64,
    count: usize,
    newer: HashMap<usize, Arc<Vec<String>>>,
    older: HashMap<usize, Arc<Vec<String>>>,
    newer_bytes: usize,
}

impl Strings {
    pub(crate) fn none() -> Self {
        Self {
            store: SpooledTempFile::new(IN_MEMORY),
            blocks: Vec::new(),
            pending: Vec::new(),
            stored: 0,
            count: 0,
            newer: HashMap::new(),
            older: HashMap::new(),
            newer_bytes: 0,
        }
    }

    /// Reads the part that holds them. What is written above Japanese to tell how it is read is not part of a text.
    pub(crate) fn read<R: Read>(mut xml: Xml<R>, cell_bytes: usize) -> Result<Self, Complaint> {
        let mut strings = Self::none();
        let mut text = Rich::new(cell_bytes);
        loop {
            match xml.next()? {
                Node::Begin(element) if element.name() == "si" => text.clear(),
                Node::Begin(element) => text.begin(element.name()),
                Node::End(element) if element.name() == "si" => strings.push(&text.take())?,
                Node::End(element) => text.end(element.name()),
                Node::Text(piece) => text.push(&piece)?,
                Node::Aside => {}
                Node::Nothing => break,
            }
        }
        strings.flush()?;
        Ok(strings)
    }

    fn push(&mut self, text: &str) -> Result<(), Complaint> {
        let at = self.stored + self.pending.len() as u64;
        let full = self
            .blocks
            .last()
            .is_none_or(|(first, begin)| self.count - first >= BLOCK_TEXTS || at - begin >= BLOCK_BYTES as u64);
        if full {
            self.blocks.push((self.count, at));
        }
        self.pending.extend((text.len() as u32).to_le_bytes());
        self.pending.extend(text.as_bytes());
        self.count += 1;
        if self.pending.len() >= BLOCK_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Complaint> {
        self.store.write_all(&self.pending)?;
        self.stored += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// The text of a number; nothing when there is none.
    pub(crate) fn get(&mut self, index: usize) -> Result<Option<String>, Complaint> {
        if index >= self.count {
            return Ok(None);
        }
        let block = self.blocks.partition_point(|(first, _)| *first <= index) - 1;
        let texts = match self.newer.get(&block) {
            Some(texts) => texts.clone(),
            None => {
                let texts = match self.older.remove(&block) {
                    Some(texts) => texts,
                    None => Arc::new(self.load(block)?),
                };
                self.keep(block, texts.clone());
                texts
            }
        };
        Ok(texts.get(index - self.blocks[block].0).cloned())
    }

    fn load(&mut self, block: usize) -> Result<Vec<String>, Complaint> {
        let begin = self.blocks[block].1;
        let end = self.blocks.get(block + 1).map_or(self.stored, |(_, end)| *end);
        let mut bytes = vec![0; usize::try_from(end - begin).unwrap_or(0)];
        self.store.seek(SeekFrom::Start(begin))?;
        self.store.read_exact(&mut bytes)?;
        let mut texts = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some((length, more)) = rest.split_first_chunk() {
            let (text, more) = more.split_at_checked(u32::from_le_bytes(*length) as usize).unwrap_or((more, &[]));
            texts.push(String::from_utf8_lossy(text).into_owned());
            rest = more;
        }
        Ok(texts)
    }

    fn keep(&mut self, block: usize, texts: Arc<Vec<String>>) {
        let bytes = texts.iter().map(|text| text.len() + 32).sum::<usize>();
        if self.newer_bytes + bytes > CACHED {
            self.older = std::mem::take(&mut self.newer);
            self.newer_bytes = 0;
        }
        self.newer_bytes += bytes;
        self.newer.insert(block, texts);
    }
}

/// A text in pieces of several looks.
pub(crate) struct Rich {
    text: String,
    within: bool,
    aloud: usize,
    most: usize,
}

impl Rich {
    pub(crate) fn new(most: usize) -> Self {
        Self { text: String::new(), within: false, aloud: 0, most }
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.within = false;
        self.aloud = 0;
    }

    pub(crate) fn begin(&mut self, name: &str) {
        match name {
            "rPh" => self.aloud += 1,
            "t" => self.within = self.aloud == 0,
            _ => {}
        }
    }

    pub(crate) fn end(&mut self, name: &str) {
        match name {
            "rPh" => self.aloud = self.aloud.saturating_sub(1),
            "t" => self.within = false,
            _ => {}
        }
    }

    pub(crate) fn push(&mut self, piece: &str) -> Result<(), Complaint> {
        if self.within {
            self.text.push_str(piece);
        }
        if self.text.len() > self.most {
            return Err(Complaint::of(crate::Reason::CellTooLong).with("most", self.most));
        }
        Ok(())
    }

    pub(crate) fn take(&mut self) -> String {
        self.within = false;
        unescaped(std::mem::take(&mut self.text))
    }
}

/// `_x000D_` is how a workbook writes a character that XML does not take; `_x005F_` is the low line of such a text itself. A
/// character beyond the first plane may be written as two, `_xD83D__xDE00_`.
pub(crate) fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut whole = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        whole.push_str(&rest[..at]);
        let escape = &rest[at..];
        let units = [unit(escape), escape.get(ESCAPE..).and_then(unit)];
        match char::decode_utf16(units.into_iter().map_while(|unit| unit)).next() {
            Some(Ok(meant)) => {
                whole.push(meant);
                rest = &escape[ESCAPE * meant.len_utf16()..];
            }
            _ => {
                whole.push_str("_x");
                rest = &escape[2..];
            }
        }
    }
    whole + rest
}

/// What the escape at the beginning of a text stands for, in UTF-16.
fn unit(text: &str) -> Option<u16> {
    let code = text.strip_prefix("_x")?.get(..4).filter(|_| text.as_bytes().get(6) == Some(&b'_'))?;
    u16::from_str_radix(code, 16).ok().filter(|_| code.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
