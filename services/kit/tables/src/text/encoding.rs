//! Which encoding a text is in, and its bytes as UTF-8.
//!
//! A byte order mark decides. Without one, what is UTF-8 to the end is UTF-8; what is not, is Windows' Shift_JIS (CP932) when
//! every byte of it is. So the bytes are read once before anything is decoded for use: a guess from the beginning of a file
//! would turn the rest into garbage. Encodings of other systems, which could be taken for one of these, are told by name.

use std::io::{Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::elsewhere::{Escapes, is_euc_jp};
use crate::fault::{Complaint, Reason};
use crate::place::Place;

const CHUNK: usize = 64 << 10;
/// Decoded text takes at most three times the room: one byte of half-width kana is three of UTF-8.
const ROOM: usize = 4 * CHUNK;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// With a byte order mark or without.
    Utf8,
    /// As Windows writes it (code page 932), with the characters of NEC and IBM.
    ShiftJis,
    /// With a byte order mark, low byte first.
    Utf16Le,
    /// With a byte order mark, high byte first.
    Utf16Be,
}

impl Encoding {
    fn decoder(self) -> Decoder {
        let encoding = match self {
            Self::Utf8 => UTF_8,
            Self::ShiftJis => SHIFT_JIS,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
        };
        encoding.new_decoder_without_bom_handling()
    }

    /// Its name, as people know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
        }
    }
}

/// The encoding of a text and where it begins, behind its mark. Reads all of it.
pub(super) fn detect<R: Read + Seek>(input: &mut R) -> Result<(Encoding, u64), Complaint> {
    let mut head = Vec::new();
    input.seek(SeekFrom::Start(0))?;
    input.by_ref().take(4096).read_to_end(&mut head)?;
    let marks: [(&[u8], Encoding); 3] =
        [(b"\xEF\xBB\xBF", Encoding::Utf8), (b"\xFF\xFE", Encoding::Utf16Le), (b"\xFE\xFF", Encoding::Utf16Be)];
    let marked = marks.into_iter().find(|(mark, _)| head.starts_with(mark));
    if let Some((mark, encoding)) = marked {
        let begin = mark.len() as u64;
        let reason = if encoding == Encoding::Utf8 { Reason::BadUtf8 } else { Reason::BadUtf16 };
        return match attempt(input, begin, encoding)? {
            Ok(_) => Ok((encoding, begin)),
            Err(wrong) => Err(Complaint::at(Place::Line(wrong.line), reason)),
        };
    }
    if is_unmarked_utf16(&head) {
        return Err(Complaint::of(Reason::UnmarkedUtf16));
    }
    let wrong = match attempt(input, 0, Encoding::Utf8)? {
        // Seven bits a byte, so that it would pass for ASCII.
        Ok(escapes) if escapes.iso_2022_jp() => return Err(Complaint::of(Reason::Iso2022Jp)),
        Ok(_) => return Ok((Encoding::Utf8, 0)),
        Err(wrong) => wrong,
    };
    // Japanese in UTF-8 before the first wrong byte: such sequences are next to never met with in Shift_JIS, while UTF-8
    // taken for Shift_JIS often decodes, to garbage.
    if wrong.japanese_before {
        return Err(Complaint::at(Place::Line(wrong.line), Reason::BadUtf8));
    }
    let shift_jis = attempt(input, 0, Encoding::ShiftJis)?;
    if is_euc_jp(input)? {
        return Err(Complaint::of(Reason::EucJp));
    }
    match shift_jis {
        Ok(_) => Ok((Encoding::ShiftJis, 0)),
        Err(wrong) => Err(Complaint::at(Place::Line(wrong.line), Reason::NotText)),
    }
}

/// Every other byte of Latin text in UTF-16 is zero; what is no text has zeros anywhere.
fn is_unmarked_utf16(head: &[u8]) -> bool {
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    even.max(odd) * 10 > head.len() && even.min(odd) * 10 <= even.max(odd)
}

struct Wrong {
    line: u64,
    japanese_before: bool,
}

/// Whether every byte is of this encoding, and which escape sequences there are when it is.
fn attempt<R: Read + Seek>(input: &mut R, begin: u64, encoding: Encoding) -> std::io::Result<Result<Escapes, Wrong>> {
    let mut decoded = Decoded::new(input, begin, encoding)?;
    let mut counted = LineCount::default();
    let (mut japanese_before, mut escapes) = (false, Escapes::default());
    loop {
        let more = decoded.fill();
        let text = decoded.text();
        counted.add(text);
        escapes.add(text);
        // The first bytes of U+3000 (ideographic space) to U+9FFF (kanji).
        japanese_before |= text.iter().any(|byte| (0xE3..=0xE9).contains(byte));
        match more {
            Ok(true) => decoded.used(),
            Ok(false) => return Ok(Ok(escapes)),
            Err(NotDecoded::Wrong) => return Ok(Err(Wrong { line: counted.line, japanese_before })),
            Err(NotDecoded::Unreadable(error)) => return Err(error),
        }
    }
}

/// Counts physical lines: they end by a line feed, a carriage return, or both.
#[derive(Debug, Clone)]
pub(super) struct LineCount {
    /// The line of the next byte, from 1.
    pub(super) line: u64,
    after_return: bool,
}

impl Default for LineCount {
    fn default() -> Self {
        Self { line: 1, after_return: false }
    }
}

impl LineCount {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let mut from = 0;
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let joined = self.after_return && at == from && bytes[at] == b'\n';
            if !joined {
                self.line += 1;
            }
            self.after_return = bytes[at] == b'\r';
            from = at + 1;
        }
        if from < bytes.len() {
            self.after_return = false;
        }
    }
}

pub(super) enum NotDecoded {
    /// A byte is not of the encoding.
    Wrong,
    Unreadable(std::io::Error),
}

/// The bytes of a text as UTF-8, piece by piece.
pub(super) struct Decoded<R> {
    input: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    ended: bool,
    done: bool,
    text: Vec<u8>,
    filled: usize,
}

impl<R: Read + Seek> Decoded<R> {
    pub(super) fn new(input: R, begin: u64, encoding: Encoding) -> std::io::Result<Self> {
        Self::by(input, begin, encoding.decoder())
    }

    pub(super) fn by(mut input: R, begin: u64, decoder: Decoder) -> std::io::Result<Self> {
        input.seek(SeekFrom::Start(begin))?;
        Ok(Self {
            input,
            decoder,
            raw: Vec::new(),
            raw_at: 0,
            ended: false,
            done: false,
            text: vec![0; ROOM],
            filled: 0,
        })
    }

    /// What was decoded and is not used yet.
    pub(super) fn text(&self) -> &[u8] {
        &self.text[..self.filled]
    }

    /// All of [`Decoded::text`] is used.
    pub(super) fn used(&mut self) {
        self.filled = 0;
    }

    /// Decodes the next piece behind what is not used yet; false at the end. What stands before a wrong byte is decoded.
    pub(super) fn fill(&mut self) -> Result<bool, NotDecoded> {
        if self.done {
            return Ok(false);
        }
        if self.raw_at == self.raw.len() && !self.ended {
            self.raw.clear();
            self.raw_at = 0;
            let piece = self.input.by_ref().take(CHUNK as u64).read_to_end(&mut self.raw);
            self.ended = piece.map_err(NotDecoded::Unreadable)? == 0;
        }
        let (raw, free) = (&self.raw[self.raw_at..], &mut self.text[self.filled..]);
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(raw, free, self.ended);
        self.raw_at += read;
        self.filled += written;
        match result {
            DecoderResult::Malformed(..) => Err(NotDecoded::Wrong),
            DecoderResult::InputEmpty => {
                self.done = self.ended;
                Ok(!self.done || written > 0)
            }
            DecoderResult::OutputFull => Ok(true),
        }
    }
}
