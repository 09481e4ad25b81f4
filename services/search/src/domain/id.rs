//! Ids as a block keeps them.

use std::borrow::Cow;
use std::cmp::Ordering;

use uuid::Uuid;

/// An expert's id. It may be any text and compares as one; that of a UUID, which is what the registry gives, takes 16
/// bytes in place of 36, and no allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Id {
    /// A text that is just what this UUID is written as.
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl Id {
    pub(super) fn new(text: &str) -> Self {
        let uuid = Uuid::try_parse(text).ok().filter(|uuid| written(uuid, &mut [0; LEN]) == text);
        uuid.map_or_else(|| Self::Text(text.into()), |uuid| Self::Uuid(uuid.into_bytes()))
    }

    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Uuid(bytes) => written(&Uuid::from_bytes(*bytes), &mut [0; LEN]).to_owned().into(),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }

    /// Bytes allocated for it.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Uuid(_) => 0,
            Self::Text(text) => text.len(),
        }
    }
}

impl Default for Id {
    fn default() -> Self {
        Self::Text(Box::default())
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // Written in digits that ascend like their values, all with the same length.
            (Self::Uuid(one), Self::Uuid(other)) => one.cmp(other),
            _ => self.text().cmp(&other.text()),
        }
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

const LEN: usize = uuid::fmt::Hyphenated::LENGTH;

fn written<'a>(uuid: &Uuid, into: &'a mut [u8; LEN]) -> &'a str {
    uuid.hyphenated().encode_lower(into)
}
