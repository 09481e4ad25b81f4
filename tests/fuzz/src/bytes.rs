//! An input cut into the parts that a reader takes. Whatever the bytes, there is always a next part.

/// What is left of an input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte; 0 at the end.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Eight bytes as a number, little-endian; missing ones are 0.
    pub(crate) fn number(&mut self) -> i64 {
        i64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// A part with its length before it (two bytes), or what is left when that is less.
    pub(crate) fn part(&mut self) -> &'a [u8] {
        let length = u16::from_le_bytes([self.byte(), self.byte()]);
        let (part, rest) = self.0.split_at(usize::from(length).min(self.0.len()));
        self.0 = rest;
        part
    }

    /// A part as text; what is no UTF-8 is replaced.
    pub(crate) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.part()).into_owned()
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// One of these.
    pub(crate) fn one_of<T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::from(self.byte()) % all.len()]
    }
}

/// Parts as [`Bytes::part`] takes them.
pub(crate) fn parts<P: AsRef<[u8]>>(all: impl IntoIterator<Item = P>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in all {
        let part = part.as_ref();
        bytes.extend((part.len() as u16).to_le_bytes());
        bytes.extend(&part[..part.len().min(usize::from(u16::MAX))]);
    }
    bytes
}

/// A text of an input; nothing when it is no UTF-8, which is the business of other targets.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
