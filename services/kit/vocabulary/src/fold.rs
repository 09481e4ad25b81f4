//! Two ways to compare what people write: labels against labels, and names against names.

use unicode_normalization::UnicodeNormalization;

/// The form in which labels are compared: NFKC, lower case, without white space, and with one dash for
/// everything that people put for "to" (`〜 ～ - – ー`). Brackets and digits lose their width by NFKC.
pub fn key(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_invisible(*c))
        .map(|c| if is_dash(c) { '-' } else { c })
        .nfkc()
        .collect()
}

/// The form in which names of people and organisations are compared: NFKC, lower case, hiragana as katakana,
/// without white space and without the marks that only choose a variant of a glyph. Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| !is_invisible(*c)).map(katakana).nfkc().collect()
}

// Zero-width characters and variation selectors look like nothing, and the same name arrives with and without them.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

// The prolonged sound mark is among them: it is typed for a dash, and as both sides of a comparison are folded
// the words that really contain it still match themselves.
fn is_dash(c: char) -> bool {
    matches!(c, '~' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{301C}' | '\u{3030}' | 'ー')
}

fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_label_in_many_spellings() {
        for text in ["1～3か月", "1〜3か月", "１－３か月", " 1 ー 3 か月"] {
            assert_eq!(key(text), key("1-3か月"), "{text}");
        }
        assert_eq!(key("長期的支援 （顧問契約等）"), key("長期的支援(顧問契約等)"));
    }

    #[test]
    fn one_name_in_many_spellings() {
        assert_eq!(fold("やまだ　たろう"), fold("ﾔﾏﾀﾞ ﾀﾛｳ"));
        assert_eq!(fold("株式会社ＡＢＣ"), fold("株式会社 abc"));
        assert_eq!(fold("葛\u{E0100}城"), fold("葛城"));
        assert_ne!(fold("山田"), fold("山口"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
            prop_assert_eq!(key(&key(&text)), key(&text));
        }
    }
}
