//! Codes in the words of people.

use contract::survey::v1::Label;
use kit_clock::{JapanDay, Timestamp};
use kit_vocabulary::{Code, Lang, List};

use crate::table::width;
use crate::text;

/// The label of a code; `none` is a choice that questions have beside their list, and a code that is not known is shown as
/// it is.
pub fn label(list: &List, code: &str, lang: Lang) -> String {
    match list.label(code, lang) {
        Some(label) => label.to_owned(),
        None if code == "none" => text::NONE_OF_THESE.get(lang, &[]),
        None => code.to_owned(),
    }
}

/// Several labels; all prefectures are 全国.
pub fn labels(list: &List, codes: &[String], lang: Lang) -> String {
    joined(list, codes, lang, label)
}

/// The shortest of a code's names in the language, for columns: its label, or in Japanese an alias.
pub fn short(list: &List, code: &str, lang: Lang) -> String {
    let aliases = |code: &Code| match lang {
        Lang::Ja => code.aliases.clone(),
        Lang::En => Vec::new(),
    };
    let names = list.get(code).map(aliases).unwrap_or_default();
    let label = label(list, code, lang);
    names.into_iter().fold(label, |best, name| if width(&name) < width(&best) { name } else { best })
}

/// Several of [`short`].
pub fn shorts(list: &List, codes: &[String], lang: Lang) -> String {
    joined(list, codes, lang, short)
}

fn joined(list: &List, codes: &[String], lang: Lang, name: impl Fn(&List, &str, Lang) -> String) -> String {
    if list.name() == "prefectures" && codes.len() == list.codes().len() {
        return text::ALL_OF_JAPAN.get(lang, &[]);
    }
    let comma = text::COMMA.get(lang, &[]);
    codes.iter().map(|code| name(list, code, lang)).collect::<Vec<_>>().join(&comma)
}

/// A label of the wire in a language.
pub fn said(label: Option<&Label>, lang: Lang) -> &str {
    label.map_or("", |label| match lang {
        Lang::Ja => &label.ja,
        Lang::En => &label.en,
    })
}

/// The day in Japan, as `2025-02-10`.
pub fn date(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// The day of a moment of the wire; nothing for none.
pub fn date_of(at: Option<&prost_types::Timestamp>) -> String {
    at.map(|at| date(kit_log::clock_time(at))).unwrap_or_default()
}

/// A day counted from 1970-01-01, as `2025-02-10`.
pub fn day(number: i64) -> String {
    date(JapanDay::from_number(number).start())
}
