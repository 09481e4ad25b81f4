//! Texts as small numbers: every code, id and answer is stored once and counted by its number.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use hashbrown::HashTable;

/// A dictionary: text to number, number to text, and at which place of its log each text first appeared. Numbers are given
/// in the order of first appearance and never change.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    text: String,
    /// Where each text ends in `text`.
    ends: Vec<u32>,
    first: Vec<u32>,
    /// Numbers, by the hash of their text.
    found: HashTable<u32>,
    hasher: BuildHasherDefault<DefaultHasher>,
}

impl Dictionary {
    /// A dictionary that begins with these texts, numbered from 0, known since before the log.
    pub fn of(texts: &[&str]) -> Self {
        let mut dictionary = Self::default();
        for text in texts {
            dictionary.number(text, 0);
        }
        dictionary
    }

    /// The number of a text that stands at this place of the log; a new one where the text is new.
    pub fn number(&mut self, text: &str, position: u32) -> u32 {
        let hash = self.hasher.hash_one(text);
        if let Some(number) = self.found.find(hash, |number| text_at(&self.text, &self.ends, *number) == text) {
            // An event that was set aside is applied late: the text was there before.
            let first = &mut self.first[*number as usize];
            *first = (*first).min(position);
            return *number;
        }
        let number = self.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.first.push(position);
        let (texts, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.found.insert_unique(hash, number, |known| hasher.hash_one(text_at(texts, ends, *known)));
        number
    }

    /// The number of a text, if it is known.
    pub fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        self.found.find(hash, |number| text_at(&self.text, &self.ends, *number) == text).copied()
    }

    /// The text of a number; empty for one that was never given.
    pub fn text(&self, number: u32) -> &str {
        if (number as usize) < self.len() { text_at(&self.text, &self.ends, number) } else { "" }
    }

    /// Where the text first appeared, and its number: the order of first appearance.
    pub fn appeared(&self, number: u32) -> (u32, u32) {
        (self.first.get(number as usize).copied().unwrap_or(u32::MAX), number)
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All texts with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..self.len() as u32).map(|number| (number, self.text(number)))
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + 4 * (self.ends.capacity() + self.first.capacity()) + 5 * self.found.capacity()
    }
}

fn text_at<'a>(text: &'a str, ends: &[u32], number: u32) -> &'a str {
    let number = number as usize;
    let begin = if number == 0 { 0 } else { ends[number - 1] as usize };
    &text[begin..ends[number] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_and_its_first_place() {
        let mut dictionary = Dictionary::of(&["", "yes"]);
        assert_eq!([dictionary.number("T1", 7), dictionary.number("T2", 8), dictionary.number("T1", 9)], [2, 3, 2]);
        assert_eq!(dictionary.number("T2", 3), 3);
        assert!(dictionary.appeared(3) < dictionary.appeared(2), "T2 stood at 3, as was learnt late");
        assert_eq!((dictionary.text(2), dictionary.text(99), dictionary.find("T3")), ("T1", "", None));
        let many: Vec<String> = (0..5_000).map(|n| format!("code {n}")).collect();
        let numbers: Vec<u32> = many.iter().map(|text| dictionary.number(text, 10)).collect();
        assert!(many.iter().zip(&numbers).all(|(text, number)| dictionary.text(*number) == text));
        assert!(many.iter().zip(&numbers).all(|(text, number)| dictionary.find(text) == Some(*number)));
    }
}
