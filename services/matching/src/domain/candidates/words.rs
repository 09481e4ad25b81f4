//! Reasons, failed conditions and comparisons in Japanese and English, from the texts in `texts/`.

mod failure;
mod reason;

use std::fmt::Display;
use std::sync::LazyLock;

use kit_vocabulary::{Texts, Words};

use super::codes::{Codes, Kind, Place};

static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::read(include_str!("../../../texts/candidates.json")));

/// Every key of the texts, for the test that names what is missing or left over.
#[cfg(test)]
fn keys() -> Vec<&'static str> {
    use super::{Condition, condition, desert, reason as names, team, why_not};
    let rooms = [reason::KEYS, failure::KEYS, condition::KEYS, names::KEYS, desert::KEYS, team::KEYS, why_not::KEYS];
    let conditions = Condition::ALL.iter().map(|condition| condition.code());
    rooms.concat().into_iter().chain(conditions).chain(["NOT_STATED"]).collect()
}

/// A text with its places filled in, all at once: what is filled in is never read as a place again.
pub(super) fn text(key: &str, values: &[(&str, Words)]) -> Words {
    let bare = Words { ja: key.to_owned(), en: key.to_owned() };
    let words = TEXTS.get(key).unwrap_or(&bare);
    Words {
        ja: filled(&words.ja, |name| Some(&value(values, name)?.ja)),
        en: filled(&words.en, |name| Some(&value(values, name)?.en)),
    }
}

fn value<'v>(values: &'v [(&str, Words)], name: &str) -> Option<&'v Words> {
    values.iter().find(|(key, _)| *key == name).map(|(_, words)| words)
}

fn filled<'v>(text: &str, value: impl Fn(&str) -> Option<&'v String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}').and_then(|(name, behind)| Some((value(name)?, behind))) {
            Some((value, behind)) => {
                out.push_str(value);
                rest = behind;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The same in both languages.
pub(super) fn plain(value: impl Display) -> Words {
    let text = value.to_string();
    Words { ja: text.clone(), en: text }
}

/// Labels one after the other.
pub(super) fn joined(words: impl IntoIterator<Item = Words>) -> Words {
    let (ja, en): (Vec<_>, Vec<_>) = words.into_iter().map(|words| (words.ja, words.en)).unzip();
    Words { ja: ja.join("、"), en: en.join(", ") }
}

/// The labels of codes, or that none is stated.
pub(super) fn labels<K: Kind>(codes: Codes<K>) -> Words {
    if codes.is_empty() { not_stated() } else { joined(codes.places().map(Place::words)) }
}

/// The label of a code, or that it is not stated.
pub(super) fn label<K: Kind>(code: Option<Place<K>>) -> Words {
    code.map_or_else(not_stated, Place::words)
}

fn not_stated() -> Words {
    text("NOT_STATED", &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_enum_value_has_a_text_in_both_languages_and_no_text_is_left_over() {
        assert_eq!(TEXTS.faults(&keys()), Vec::<String>::new());
    }

    #[test]
    fn what_is_filled_in_is_not_read_as_a_place() {
        let value = |name: &str| (name == "a").then_some("{a} {b}".to_owned());
        let value_of = value("a").expect("a value");
        let fill = |text: &str| filled(text, |name| value(name).map(|_| &value_of));
        assert_eq!(fill("<{a}> {c} {"), "<{a} {b}> {c} {");
    }
}
