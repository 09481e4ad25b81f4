//! Kanji and kana that people write for one another, read from `variants.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// As it is written.
pub(super) const TABLE: &str = include_str!("variants.txt");

/// The table, and in front of it a bit per character of the basic plane, since almost every character asked for has no
/// variant and a text of a million people asks for 250 million characters.
struct Variants {
    has: Vec<u64>,
    plain: HashMap<char, char>,
}

const BASIC_PLANE: usize = 0x1_0000;

static VARIANTS: LazyLock<Variants> = LazyLock::new(|| {
    let (mut has, mut plain) = (vec![0_u64; BASIC_PLANE / 64], HashMap::new());
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut characters = line.chars().filter(|c| !c.is_whitespace());
        let Some(first) = characters.next() else { continue };
        for variant in characters {
            plain.insert(variant, first);
            if let Some(word) = has.get_mut(variant as usize / 64) {
                *word |= 1 << (variant as usize % 64);
            }
        }
    }
    Variants { has, plain }
});

/// The character that stands for `c` and its variants; `c` itself when it has none.
pub(super) fn plain(c: char) -> char {
    let table = &*VARIANTS;
    let at = c as usize;
    match table.has.get(at / 64) {
        Some(word) if word >> (at % 64) & 1 == 0 => c,
        _ => table.plain.get(&c).copied().unwrap_or(c),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn every_character_stands_in_one_line_and_none_is_a_matter_of_nfkc() {
        let mut seen = HashSet::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            for character in line.split(' ').filter(|character| !character.is_empty()) {
                assert_eq!(character.chars().count(), 1, "{line}");
                assert!(seen.insert(character.to_owned()), "{character} stands twice");
                assert!(character.nfkc().eq(character.chars()), "{character} changes by NFKC");
            }
        }
        assert!(seen.len() > 600);
    }

    #[test]
    fn characters_of_names_are_one() {
        for (variant, expected) in [('髙', '高'), ('﨑', '崎'), ('濵', '浜'), ('𠮷', '吉'), ('邉', '辺'), ('斉', '斉')]
        {
            assert_eq!(plain(variant), expected);
        }
        assert_ne!(plain('斎'), plain('斉'));
    }
}
