//! Texts that people write: their normal form, and what may not stand in them.

use unicode_normalization::UnicodeNormalization;

/// The normal form of a text: NFC, without white space at the ends, line feeds only; nothing where nothing can be seen.
pub fn normal_text(given: &str) -> String {
    if says_nothing(given) {
        return String::new();
    }
    let text: String = given.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
    text.trim().to_owned()
}

/// Whether nothing in a text can be seen: white space, fillers, what joins or parts letters without a width, and what chooses a
/// variant of the letter before. Such a character among others is kept. Those that [deceive](forbidden_character) are none of
/// them, but for the marks of a direction, which some texts may hold.
pub fn says_nothing(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || matches!(c,
                '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
                | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}'
                | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
    })
}

/// The first character that may not stand in a text: controls (line feeds only where there are to be no `lines`), line and
/// paragraph separators, and the marks by which a text can show other than it reads.
pub fn forbidden_character(text: &str, lines: bool) -> Option<char> {
    text.chars().find(|c| match c {
        '\n' => !lines,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    })
}

/// Whether a text has the shape of an `http` or `https` address.
pub fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && host.contains(char::is_alphanumeric)
        && !text.contains(|c: char| c.is_whitespace() || "<>\"\\`".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_composed_trimmed_and_has_line_feeds_only() {
        assert_eq!(normal_text("  か\u{3099}\r\nき\rく\u{3000}"), "が\nき\nく");
    }

    #[test]
    fn a_text_of_nothing_visible_says_nothing() {
        for text in
            ["", " \u{3000}", "\u{200B}", "\u{FEFF}", "\u{2800}", "\u{3164}", "\u{AD}", "\u{200E}\u{E0100} \u{FFA0}"]
        {
            assert_eq!(normal_text(text), "", "{text:?}");
        }
        for text in ["-", "葛\u{E0100}", "a\u{200B}", "\u{FEFF}1", "👩\u{200D}👩", "\u{202E}"] {
            assert_eq!(normal_text(text), text, "{text:?}");
        }
    }

    #[test]
    fn characters_that_deceive_may_not_stand_and_rare_kanji_may() {
        for text in ["a\0b", "a\u{202E}b", "a\u{2066}b", "a\u{200F}b", "a\u{061C}b", "a\u{2028}b", "a\tb"] {
            assert!(forbidden_character(text, true).is_some(), "{text:?}");
        }
        assert_eq!(forbidden_character("𠮷野 髙\u{200D}", false), None);
        assert_eq!((forbidden_character("a\nb", true), forbidden_character("a\nb", false)), (None, Some('\n')));
    }

    #[test]
    fn a_web_address_has_a_scheme_and_a_host() {
        for good in ["http://a.b", "HTTPS://例え.jp/x?y#z"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in ["", "a.jp", "ftp://a.b", "http://", "http:///x", "http://<a>", "http://a b"] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }
}
