//! Texts people write into a profile: their normal form, and what may not stand in them.

use unicode_normalization::UnicodeNormalization;

use super::fault::{Fault, Reason};

/// Longest local part of a mail address (RFC 5321).
const MAIL_LOCAL_BYTES: usize = 64;

/// What a text must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One line.
    Line,
    /// Line breaks are allowed.
    Lines,
    /// A mail address.
    Email,
    /// An `http` or `https` address.
    Url,
}

/// The normal form: NFC, without white space at the ends, line feeds only; addresses in NFKC, since they are often typed
/// with a Japanese keyboard left in full width.
pub(super) fn normal(given: &str, form: Form) -> String {
    let text: String = match form {
        Form::Line | Form::Lines => given.replace("\r\n", "\n").replace('\r', "\n").nfc().collect(),
        Form::Email | Form::Url => given.nfkc().collect(),
    };
    text.trim().to_owned()
}

/// What is wrong with a text in its normal form. An empty one is always right.
pub(super) fn faults(field: &str, text: &str, form: Form, max_chars: usize) -> Vec<Fault> {
    let mut found = Vec::new();
    if let Some(bad) = text.chars().find(|c| is_forbidden(*c, form == Form::Lines)) {
        let point = format!("U+{:04X}", u32::from(bad));
        found.push(Fault::new(field, Reason::ControlCharacter).with("value", point));
    }
    if text.chars().count() > max_chars {
        found.push(Fault::new(field, Reason::TooLong).with("max", max_chars));
    }
    match form {
        Form::Email if !text.is_empty() && !is_mail_address(text) => found.push(Fault::new(field, Reason::BadEmail)),
        Form::Url if !text.is_empty() && !is_web_address(text) => found.push(Fault::new(field, Reason::BadUrl)),
        _ => {}
    }
    found
}

/// Controls, line and paragraph separators, and the marks by which a text can show other than it reads.
fn is_forbidden(c: char, lines: bool) -> bool {
    match c {
        '\n' => !lines,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

// Only the shape: whether mail arrives is for whoever sends it to find out.
fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !"@,;:<>()[]\"\\".contains(c);
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    (1..=MAIL_LOCAL_BYTES).contains(&local.len())
        && local.chars().all(plain)
        && domain.contains('.')
        && domain.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.')
        && domain.split('.').all(label)
}

fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && host.contains(char::is_alphanumeric)
        && !text.contains(|c: char| c.is_whitespace() || "<>\"\\`".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(text: &str, form: Form) -> Vec<Reason> {
        faults("f", &normal(text, form), form, 10).into_iter().map(|fault| fault.reason).collect()
    }

    #[test]
    fn characters_that_deceive_are_refused_and_rare_kanji_are_kept() {
        for text in ["a\0b", "a\u{202E}b", "a\u{2066}b", "a\u{200F}b", "a\nb", "a\u{2028}b"] {
            assert_eq!(reasons(text, Form::Line), [Reason::ControlCharacter], "{text:?}");
        }
        assert_eq!(reasons("𠮷野 髙", Form::Line), []);
        assert_eq!(reasons("a\r\nb", Form::Lines), []);
        assert_eq!(reasons("a\u{7}bcdefghijk", Form::Lines), [Reason::ControlCharacter, Reason::TooLong]);
    }

    #[test]
    fn addresses_have_a_shape() {
        for good in ["a@b.jp", "ａ@ｂ．ｊｐ", ""] {
            assert_eq!(reasons(good, Form::Email), [], "{good}");
        }
        for bad in ["a", "@b.jp", "a@b", "a@b..c", "a@-b.jp", "a b@c.jp"] {
            assert_eq!(reasons(bad, Form::Email), [Reason::BadEmail], "{bad}");
        }
        assert_eq!(reasons("http://a.b", Form::Url), []);
        for bad in ["a.jp", "ftp://a.b", "http://", "http://<a>"] {
            assert_eq!(reasons(bad, Form::Url), [Reason::BadUrl], "{bad}");
        }
    }
}
