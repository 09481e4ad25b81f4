//! What a person types into the search box, taken apart within limits.

use std::ops::ControlFlow;

use super::normalise::walk;
use super::units;

/// The most characters of a query, counted after normalisation with one space between words.
pub const MAX_QUERY_CHARS: usize = 256;
/// The most different words of a query.
pub const MAX_WORDS: usize = 8;
/// Bytes beyond which a query is refused unread: room for 256 characters of four marks each.
const MAX_QUERY_BYTES: usize = 4 * 4 * MAX_QUERY_CHARS;

/// Why a query is refused. The message never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than [`MAX_QUERY_CHARS`] characters.
    #[error("the text of a query may have at most {MAX_QUERY_CHARS} characters")]
    TooLong,
    /// More than [`MAX_WORDS`] different words.
    #[error("a query may have at most {MAX_WORDS} words")]
    TooManyWords,
    /// A control character other than white space.
    #[error("character {at} of the query is a control character")]
    ControlCharacter {
        /// Which character, from 1.
        at: usize,
    },
}

/// The words of a query, normalised, each once, in the order they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextQuery {
    words: Vec<Word>,
}

/// An exact phrase, never empty and without a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// The same in UTF-16, as texts are held.
    pub(super) units: Vec<u16>,
    /// The same as bytes.
    pub(super) bytes: Vec<u8>,
}

impl TextQuery {
    /// Takes a query apart at white space.
    ///
    /// # Errors
    /// [`TextError`]; a text far too long is refused without being read.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > MAX_QUERY_BYTES {
            return Err(TextError::TooLong);
        }
        if let Some(at) = text.chars().position(|c| c.is_control() && !c.is_whitespace()) {
            return Err(TextError::ControlCharacter { at: at + 1 });
        }
        let mut form = String::with_capacity(text.len());
        let mut room = MAX_QUERY_CHARS;
        let read = walk(text, |c, _| {
            if room == 0 {
                return ControlFlow::Break(());
            }
            room -= 1;
            form.push(c);
            ControlFlow::Continue(())
        });
        if read.is_break() {
            return Err(TextError::TooLong);
        }
        let mut words: Vec<Word> = Vec::new();
        for word in form.split(' ').filter(|word| !word.is_empty()) {
            if words.iter().all(|known| known.text != word) {
                words.push(Word {
                    text: word.to_owned(),
                    units: word.encode_utf16().collect(),
                    bytes: units::bytes(word),
                });
            }
        }
        if words.len() > MAX_WORDS { Err(TextError::TooManyWords) } else { Ok(Self { words }) }
    }

    /// Whether there is no word, and so no condition.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words in their normalised form.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.text.as_str())
    }

    pub(super) fn phrases(&self) -> &[Word] {
        &self.words
    }
}
