//! Hostile inputs made of good ones: bytes flipped, torn out, doubled, put in from elsewhere. The same seed makes the same.

/// A sequence of numbers that looks like chance (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

/// What programs stumble over wherever it stands.
const AWKWARD: [&[u8]; 26] = [
    b"\0",
    b"\xFF\xFF\xFF\xFF",
    b"\xFF\xFF\xFF\x7F",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"\"",
    b"\"\"",
    b",",
    b"\r\n",
    b"\r",
    b"{",
    b"[",
    b"-",
    b"=1+1",
    b"</td><script>",
    b"\x1B[31m",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"1e999",
    b"\xEF\xBB\xBF",
    b"\xE3\x80\x80",             // ideographic space
    b"\xE2\x80\xAE",             // right-to-left override
    b"\xEF\xBD\xB6\xEF\xBE\x9E", // half-width katakana with a voiced mark
    b"\xF0\xA0\xAE\xB7",         // a kanji of four bytes
    b"\xCC\x81",                 // a combining accent
    b"\xED\xA0\x80",             // half of a surrogate pair: no UTF-8
    b"\xEF\xB7\xBA",             // eighteen characters once it is normalised
];

impl Chance {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when that is 0.
    pub const fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    /// Another input made of one of `known`, with `words` of its kind put in here and there; at most `most` bytes.
    pub fn made_of(&mut self, known: &[Vec<u8>], words: &[&str], most: usize) -> Vec<u8> {
        let mut bytes = if known.is_empty() { Vec::new() } else { known[self.below(known.len())].clone() };
        for _ in 0..1 + self.below(6) {
            self.change(&mut bytes, known, words);
            bytes.truncate(most);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, known: &[Vec<u8>], words: &[&str]) {
        let at = self.below(bytes.len() + 1);
        let to = (at + self.length()).min(bytes.len());
        match self.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = self.next() as u8,
            2 => drop(bytes.drain(at..to)),
            3 => {
                let again = bytes[at..to].repeat(1 + self.below(4));
                bytes.splice(at..at, again);
            }
            4 => bytes.truncate(at),
            5 if !known.is_empty() => {
                let other = &known[self.below(known.len())];
                let from = self.below(other.len());
                let part = &other[from..(from + self.length()).min(other.len())];
                bytes.splice(at..to, part.iter().copied());
            }
            6 if !words.is_empty() => {
                let word = words[self.below(words.len())].as_bytes();
                bytes.splice(at..if self.below(2) == 0 { at } else { to }, word.iter().copied());
            }
            7 if at < bytes.len() => bytes[at] = bytes[at].wrapping_add([1, 255, 16, 128][self.below(4)]),
            _ => {
                let awkward = AWKWARD[self.below(AWKWARD.len())];
                bytes.splice(at..at, awkward.iter().copied());
            }
        }
    }

    /// Mostly short, now and then long.
    const fn length(&mut self) -> usize {
        let bits = self.below(11);
        1 + self.below(1 << bits)
    }
}
