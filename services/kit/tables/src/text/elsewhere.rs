//! Japanese encodings that are met with on other systems than Windows and are not read: told by their name, and only where
//! the bytes can hardly be anything else.

use std::io::{Read, Seek};

use encoding_rs::EUC_JP;

use super::encoding::{Decoded, NotDecoded};

const ESCAPE: u8 = 0x1B;
/// As many kana one behind another are no accident. Chinese and Korean texts in two bytes a character are EUC-JP too, byte by
/// byte, but have no kana; in Windows' Shift_JIS the same bytes are half-width kana with a comma or a dot before each.
const KANA: usize = 3;

/// Looks for the escape sequences of ISO-2022-JP in a text that comes piece by piece.
#[derive(Debug, Default)]
pub(super) struct Escapes {
    found: bool,
    /// Whether any byte has its highest bit set, which none of ISO-2022-JP has.
    eight_bits: bool,
    /// The last bytes so far, since a sequence may begin in one piece and end in the next.
    last: Vec<u8>,
}

impl Escapes {
    pub(super) fn add(&mut self, piece: &[u8]) {
        const BEFORE: usize = 2;
        self.eight_bits |= !piece.is_ascii();
        self.last.extend_from_slice(&piece[..piece.len().min(BEFORE)]);
        self.found |= self.last.windows(BEFORE + 1).any(turns_to_japanese);
        let within = |at: usize| piece.get(at..=at + BEFORE).is_some_and(turns_to_japanese);
        self.found |= memchr::memchr_iter(ESCAPE, piece).any(within);
        self.last.extend_from_slice(&piece[piece.len().min(BEFORE).max(piece.len().saturating_sub(BEFORE))..]);
        self.last.drain(..self.last.len().saturating_sub(BEFORE));
    }

    /// Whether the text, now that it was seen to its end, is ISO-2022-JP.
    pub(super) fn iso_2022_jp(&self) -> bool {
        self.found && !self.eight_bits
    }
}

/// To JIS X 0208 of 1978 or 1983, to JIS X 0212 or 0213, to half-width katakana. Back to ASCII says nothing by itself.
fn turns_to_japanese(sequence: &[u8]) -> bool {
    matches!(sequence, [ESCAPE, b'$', b'@' | b'B' | b'('] | [ESCAPE, b'(', b'I'])
}

/// Whether every byte of a text is of EUC-JP, with so many kana one behind another that it is nothing else.
pub(super) fn is_euc_jp<R: Read + Seek>(input: &mut R) -> std::io::Result<bool> {
    let mut decoded = Decoded::by(input, 0, EUC_JP.new_decoder_without_bom_handling())?;
    let (mut run, mut longest) = (0, 0);
    loop {
        match decoded.fill() {
            Ok(true) => {}
            Ok(false) => return Ok(longest >= KANA),
            Err(NotDecoded::Wrong) => return Ok(false),
            Err(NotDecoded::Unreadable(error)) => return Err(error),
        }
        for c in String::from_utf8_lossy(decoded.text()).chars() {
            run = if is_kana(c) { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        decoded.used();
    }
}

/// Hiragana, katakana and the mark of a long vowel, in full width.
fn is_kana(c: char) -> bool {
    matches!(c, 'ぁ'..='ん' | 'ァ'..='ヶ' | 'ー')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However a text is cut, also within a sequence.
    #[test]
    fn a_sequence_is_found_across_pieces() {
        let text = b"ab\x1b$B;a\x1b(B,\n";
        for size in 1..=text.len() {
            let mut escapes = Escapes::default();
            text.chunks(size).for_each(|piece| escapes.add(piece));
            assert!(escapes.iso_2022_jp(), "pieces of {size}");
        }
        for text in [&b"ab\x1b(B\x1b[1m"[..], b"$B$@(I", b"\x1b\x1b$", b"\x1b$B\xE3\x81\x82"] {
            for size in 1..=text.len() {
                let mut escapes = Escapes::default();
                text.chunks(size).for_each(|piece| escapes.add(piece));
                assert!(!escapes.iso_2022_jp(), "{text:?} in pieces of {size}");
            }
        }
    }
}
