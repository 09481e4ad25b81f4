//! The form in which texts and words are compared.
//!
//! In this order, cluster by cluster (a character with the marks that follow it):
//!
//! 1. What looks like nothing is dropped: zero-width characters, variation selectors, soft hyphens, direction marks.
//! 2. Spacing voiced marks ゛ ゜ become combining ones, since people type か゛ for が; NFKC alone would make them a space.
//! 3. NFKD, so that width, ligatures and squared words (㈱, ﾃﾞ, １) are gone.
//! 4. Each character is folded: case (ß as ss, ς as σ), hiragana to katakana, variants of kanji (`variants.txt`), and every
//!    horizontal stroke to one hyphen: ー, hyphens, dashes, minus, tilde, wave dash, box line. People type all of them for
//!    the prolonged sound mark and for "to" in 1～3か月. It is done wherever the stroke stands, not only behind kana: a word
//!    may begin with it, and then nothing tells what stood before. No two words of Japanese differ only in the kind of
//!    stroke, so what is added to the hits is what was meant. The kanji 一 (one) is a letter of its own and is left alone, as
//!    are repeated or missing strokes (サーバ and サーバー), vowels written out (サアバ), and marks that repeat what stands
//!    before them (々, ゝ): how much they repeat, only a reader can tell.
//! 5. NFC, so that kana and their voiced marks are one character again: NFKC in all.
//! 6. White space and control characters in a row become one space; at both ends they go.
//!
//! Normalising twice changes nothing. Every character knows the bytes of the cluster it came from.

use std::iter::once;
use std::ops::{ControlFlow, Range};

use sha2::{Digest as _, Sha256};
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::variants;

/// To be raised with every change of the rules in this file; `variants.txt` is told by its bytes.
const RULES: u32 = 1;
/// What every stroke becomes.
const STROKE: char = '-';

/// The form in which texts and words are compared; see the top of this module.
pub fn normalise(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    let _ = walk(text, |c, _| {
        form.push(c);
        ControlFlow::Continue(())
    });
    form
}

/// Tells whether texts stored in their normal form are still comparable: it changes with the rules, with the variants, and
/// with the Unicode tables of the two libraries that are used.
pub(super) fn fingerprint() -> [u8; 32] {
    let versions = [unicode_normalization::UNICODE_VERSION, char::UNICODE_VERSION];
    let mut hash = Sha256::new();
    hash.update(RULES.to_le_bytes());
    versions.into_iter().for_each(|(major, minor, patch)| hash.update([major, minor, patch]));
    hash.update(variants::TABLE);
    hash.finalize().into()
}

/// Gives each character of the normalised text and the bytes of `text` it came from, in order, until told to stop.
/// The bytes of a space are all of the white space it stands for.
pub(super) fn walk(text: &str, mut each: impl FnMut(char, Range<usize>) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut gap: Option<Range<usize>> = None;
    let mut begun = false;
    let mut emit = |c: char, from: Range<usize>| {
        if is_gap(c) {
            let start = gap.as_ref().map_or(from.start, |gap| gap.start);
            gap = Some(start..from.end);
            return ControlFlow::Continue(());
        }
        if let Some(gap) = gap.take().filter(|_| begun) {
            each(' ', gap)?;
        }
        begun = true;
        each(c, from)
    };
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let end = start + first.len_utf8();
        let cluster = start..end + marks(&text[end..]);
        start = cluster.end;
        match simple(first).filter(|_| cluster.end == end) {
            Some(c) => emit(c, cluster)?,
            None => compose(&text[cluster.clone()], |c| emit(c, cluster.clone()))?,
        }
    }
    ControlFlow::Continue(())
}

/// Where the clusters of a text end, for cuts that tear nothing apart.
pub(super) fn cluster_ends(text: &str) -> impl Iterator<Item = usize> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = text[start..].chars().next()?;
        start += first.len_utf8();
        start += marks(&text[start..]);
        Some(start)
    })
}

/// Bytes of the marks a text begins with: what belongs to the character before it.
fn marks(text: &str) -> usize {
    text.chars().take_while(|c| continues(*c)).map(char::len_utf8).sum()
}

/// Whether a character belongs to the cluster before it: it may compose with that, change places with other marks, or it
/// looks like nothing.
fn continues(c: char) -> bool {
    match c {
        '\u{AD}' | '\u{3099}'..='\u{309C}' => true,
        '\0'..'\u{300}' | 'ぁ'..='ヿ' | '\u{4E00}'..='\u{9FFF}' => false,
        c if is_invisible(c) => true,
        c => {
            let mut first = None;
            decompose_compatible(c, |part| {
                first.get_or_insert(part);
            });
            let first = first.unwrap_or(c);
            canonical_combining_class(first) != 0 || is_nfc_quick(once(first)) != IsNormalized::Yes
        }
    }
}

/// The short way for a character alone in its cluster that NFKC leaves as it is; `None` for any other.
fn simple(c: char) -> Option<char> {
    match c {
        ' '..='\u{7E}' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '\u{4E00}'..='\u{9FFF}' => {
            Some(fold(c.to_ascii_lowercase()))
        }
        _ => None,
    }
}

/// The long way: steps 1 to 5 for one cluster.
fn compose(cluster: &str, mut each: impl FnMut(char) -> ControlFlow<()>) -> ControlFlow<()> {
    let seen = cluster.chars().filter(|c| !is_invisible(*c)).map(|c| match c {
        '゛' => '\u{3099}',
        '゜' => '\u{309A}',
        c => c,
    });
    // Three times, since ẞ has no other capital and its small letter ß has one that is not ẞ: SS.
    let cased = seen.nfkd().flat_map(char::to_lowercase).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    cased.map(fold).nfkc().filter(|c| !is_invisible(*c)).try_for_each(&mut each)
}

/// Kana, variants and strokes of a character without case.
fn fold(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => variants::plain(char::from_u32(c as u32 + 0x60).unwrap_or(c)),
        '-' | '~' | 'ー' | '\u{2010}'..='\u{2015}' | '\u{2053}' | '\u{2212}' | '─' | '━' | '〜' | '〰' => STROKE,
        _ => variants::plain(c),
    }
}

/// White space, and control characters, which no word can hold.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// What Unicode calls ignorable by default: it has no glyph, and the same text arrives with and without it.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_single_character_is_stable() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let once = normalise(&format!("x{c}x"));
            assert_eq!(normalise(&once), once, "U+{:04X}", c as u32);
        }
    }

    /// The short way may never answer otherwise than the long one.
    #[test]
    fn both_ways_agree() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            if let Some(short) = simple(c).filter(|c| !is_gap(*c)) {
                let mut long = String::new();
                let _ = compose(c.encode_utf8(&mut [0; 4]), |c| {
                    long.push(c);
                    ControlFlow::Continue(())
                });
                assert_eq!(long, short.to_string(), "U+{:04X}", c as u32);
            }
        }
    }

    #[test]
    fn clusters_are_not_torn() {
        let text = "カ\u{3099}葛\u{E0100}e\u{301}";
        let ends: Vec<&str> = cluster_ends(text).map(|end| &text[..end]).collect();
        assert_eq!(ends, ["カ\u{3099}", "カ\u{3099}葛\u{E0100}", text]);
    }
}
