//! Suggestions while typing: names that begin with what was typed so far.

use kit_vocabulary::List;

use super::normalise::normalise;

/// The most suggestions for one prefix.
pub const MAX_SUGGESTIONS: usize = 10;
/// A longer prefix is answered with nothing, unread: no name is near that long.
const MAX_PREFIX_BYTES: usize = 1_024;

/// A code that could be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The code list, such as `prefectures`.
    pub list: String,
    /// The code, as queries take it.
    pub code: String,
    /// The Japanese label.
    pub ja: String,
    /// The English label.
    pub en: String,
}

/// The names of some code lists: labels in both languages, aliases, readings in kana. Codes are no names: nobody types
/// `27` for Osaka.
#[derive(Clone, Debug, Default)]
pub struct Suggest {
    /// In the order of the lists.
    entries: Vec<Suggestion>,
    /// A spelling as it is compared, and the entry it means; ordered by spelling.
    spellings: Vec<(String, usize)>,
}

impl Suggest {
    /// Suggestions from these lists; a list that comes first comes first among the suggestions.
    pub fn new<'a>(lists: impl IntoIterator<Item = &'a List>) -> Self {
        let mut suggest = Self::default();
        for list in lists {
            for code in list.codes() {
                let entry = suggest.entries.len();
                let names = [code.ja.as_str(), &code.en].into_iter().chain(code.reading.as_deref());
                let names =
                    names.chain(code.aliases.iter().map(String::as_str)).chain(readings(list.name(), &code.code));
                suggest.spellings.extend(names.map(|name| (compared(name), entry)));
                suggest.entries.push(Suggestion {
                    list: list.name().to_owned(),
                    code: code.code.clone(),
                    ja: code.ja.clone(),
                    en: code.en.clone(),
                });
            }
        }
        suggest.spellings.retain(|(spelling, _)| !spelling.is_empty());
        suggest.spellings.sort_unstable();
        suggest.spellings.dedup();
        suggest
    }

    /// At most [`MAX_SUGGESTIONS`] entries with a name that begins with `typed`, each once: first those whose name it is,
    /// then in the order of the lists. Nothing typed suggests nothing.
    pub fn suggest(&self, typed: &str) -> Vec<Suggestion> {
        if typed.len() > MAX_PREFIX_BYTES {
            return Vec::new();
        }
        let typed = compared(typed);
        if typed.is_empty() {
            return Vec::new();
        }
        let first = self.spellings.partition_point(|(spelling, _)| *spelling < typed);
        let fitting = self.spellings[first..].iter().take_while(|(spelling, _)| spelling.starts_with(&typed));
        let mut entries: Vec<(bool, usize)> =
            fitting.map(|(spelling, entry)| (spelling.len() > typed.len(), *entry)).collect();
        entries.sort_unstable();
        let mut chosen: Vec<usize> = Vec::with_capacity(MAX_SUGGESTIONS);
        for (_, entry) in entries {
            if chosen.len() < MAX_SUGGESTIONS && !chosen.contains(&entry) {
                chosen.push(entry);
            }
        }
        chosen.into_iter().map(|entry| self.entries[entry].clone()).collect()
    }
}

/// Spaces are left out: people type them where a label has none and leave them out where it has some.
fn compared(name: &str) -> String {
    let mut form = normalise(name);
    form.retain(|c| c != ' ');
    form
}

/// The readings of a code beside those the list gives.
fn readings<'a>(list: &'a str, code: &'a str) -> impl Iterator<Item = &'a str> {
    lines().filter(move |line| line[0] == list && line[1] == code).map(|line| line[2])
}

fn lines() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = include_str!("readings.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut parts = line.splitn(3, ' ');
        Some([parts.next()?, parts.next()?, parts.next()?])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_belongs_to_a_code() {
        assert!(lines().count() > 40);
        for [list, code, reading] in lines() {
            assert!(kit_vocabulary::list(list).is_some_and(|list| list.get(code).is_some()), "{list} {code}");
            assert!(reading.chars().all(|c| matches!(c, 'ァ'..='ヾ' | '、')), "{reading}");
        }
    }

    #[test]
    fn every_name_of_the_offered_lists_is_read_in_kana() {
        for list in
            [kit_vocabulary::qualifications(), kit_vocabulary::expert_industries(), kit_vocabulary::prefectures()]
        {
            for code in list.codes().iter().filter(|code| code.code != "other") {
                assert!(code.reading.is_some() || readings(list.name(), &code.code).count() > 0, "{}", code.code);
            }
        }
    }
}
