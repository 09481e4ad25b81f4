//! The ways into the search (step 1, fig. 2-104), as data: what each presets and prefers.

use contract::search::v1::{Conditions, Entry, Preference};
use contract::survey::v1::Label;
use serde::Deserialize;

use crate::plan;

/// Why the file of entries cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EntriesError {
    /// It is no such file.
    #[error("the entries cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Something in it is unknown, or stands twice.
    #[error("entry {entry}: {what}")]
    Wrong {
        /// Its code.
        entry: String,
        /// What is wrong.
        what: String,
    },
}

/// All entries, in the order of the figure.
#[derive(Clone, Debug)]
pub(crate) struct Entries(Vec<Entry>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    entries: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    code: String,
    ja: String,
    en: String,
    about_ja: String,
    about_en: String,
    conditions: Presets,
    preferences: Vec<Preferred>,
    next: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Presets {
    menus: Vec<String>,
    menu_items: Vec<String>,
    prefectures: Vec<String>,
    industries: Vec<String>,
    durations: Vec<String>,
    formats: Vec<String>,
    company_sizes: Vec<String>,
    qualifications: Vec<String>,
    affiliations: Vec<String>,
    themes: Vec<String>,
    organisations: Vec<String>,
    skill_items: Vec<String>,
    fee_ceiling: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Preferred {
    facet: String,
    codes: Vec<String>,
    ja: String,
    en: String,
}

/// The names of the fields of Conditions, which `next` may hold.
const CONDITIONS: [&str; 14] = [
    "menus",
    "menu_items",
    "prefectures",
    "industries",
    "fee_ceiling",
    "durations",
    "formats",
    "company_sizes",
    "qualifications",
    "affiliations",
    "themes",
    "organisations",
    "skill_items",
    "text",
];

impl Entries {
    /// The entries this project comes with.
    ///
    /// # Errors
    /// As [`Entries::read`].
    pub(crate) fn published() -> Result<Self, EntriesError> {
        Self::read(include_str!("../data/entries.json"))
    }

    /// Reads a file of entries. Codes are checked by whoever plans searches with them.
    ///
    /// # Errors
    /// Not such a file, an unknown name of a facet or a condition, or a code of an entry that stands twice.
    fn read(json: &str) -> Result<Self, EntriesError> {
        let file: File = serde_json::from_str(json)?;
        let mut entries: Vec<Entry> = Vec::with_capacity(file.entries.len());
        for written in file.entries {
            let wrong = |what: &str| EntriesError::Wrong { entry: written.code.clone(), what: what.to_owned() };
            if entries.iter().any(|entry| entry.code == written.code) {
                return Err(wrong("stands twice"));
            }
            if let Some(name) = written.next.iter().find(|name| !CONDITIONS.contains(&name.as_str())) {
                return Err(wrong(&format!("no condition {name}")));
            }
            if let Some(other) = written.preferences.iter().find(|p| plan::facet_named(&p.facet).is_none()) {
                return Err(wrong(&format!("no facet {}", other.facet)));
            }
            entries.push(written.into_entry());
        }
        Ok(Self(entries))
    }

    pub(crate) fn all(&self) -> &[Entry] {
        &self.0
    }

    pub(crate) fn get(&self, code: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.code == code)
    }
}

/// The conditions of a request where they are set, and else what the entry presets.
pub(crate) fn preset(said: Conditions, entry: &Entry) -> Conditions {
    let presets = entry.conditions.clone().unwrap_or_default();
    let or = |said: Vec<String>, preset: Vec<String>| if said.is_empty() { preset } else { said };
    // Items are items of menus: who chose either has chosen what to ask for.
    let asked = !said.menus.is_empty() || !said.menu_items.is_empty();
    let (menus, menu_items) = if asked { (said.menus, said.menu_items) } else { (presets.menus, presets.menu_items) };
    Conditions {
        menus,
        menu_items,
        prefectures: or(said.prefectures, presets.prefectures),
        industries: or(said.industries, presets.industries),
        fee_ceiling: if said.fee_ceiling.is_empty() { presets.fee_ceiling } else { said.fee_ceiling },
        durations: or(said.durations, presets.durations),
        formats: or(said.formats, presets.formats),
        company_sizes: or(said.company_sizes, presets.company_sizes),
        qualifications: or(said.qualifications, presets.qualifications),
        affiliations: or(said.affiliations, presets.affiliations),
        themes: or(said.themes, presets.themes),
        organisations: or(said.organisations, presets.organisations),
        skill_items: or(said.skill_items, presets.skill_items),
        text: said.text,
    }
}

impl Written {
    fn into_entry(self) -> Entry {
        let p = self.conditions;
        Entry {
            code: self.code,
            label: Some(Label { ja: self.ja, en: self.en }),
            about: Some(Label { ja: self.about_ja, en: self.about_en }),
            conditions: Some(Conditions {
                menus: p.menus,
                menu_items: p.menu_items,
                prefectures: p.prefectures,
                industries: p.industries,
                fee_ceiling: p.fee_ceiling,
                durations: p.durations,
                formats: p.formats,
                company_sizes: p.company_sizes,
                qualifications: p.qualifications,
                affiliations: p.affiliations,
                themes: p.themes,
                organisations: p.organisations,
                skill_items: p.skill_items,
                text: String::new(),
            }),
            preferences: self.preferences.into_iter().map(Preferred::into_preference).collect(),
            next: self.next,
        }
    }
}

impl Preferred {
    fn into_preference(self) -> Preference {
        Preference { facet: self.facet, codes: self.codes, label: Some(Label { ja: self.ja, en: self.en }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_entries_of_the_figure_are_there() {
        let entries = Entries::published().expect("entries");
        let codes: Vec<_> = entries.all().iter().map(|entry| entry.code.as_str()).collect();
        assert_eq!(codes, ["worries", "training", "guideline", "incident", "technical"]);
        let incident = entries.get("incident").and_then(|entry| entry.conditions.clone()).expect("presets");
        assert_eq!((incident.menus, incident.formats), (vec!["M5".to_owned()], vec!["incident".to_owned()]));
    }

    #[test]
    fn what_a_request_says_counts_before_a_preset() {
        let entries = Entries::published().expect("entries");
        let entry = entries.get("incident").expect("an entry");
        let said = Conditions { formats: vec!["online".to_owned()], ..Default::default() };
        let applied = preset(said, entry);
        assert_eq!((applied.menus, applied.formats), (vec!["M5".to_owned()], vec!["online".to_owned()]));
        let said = Conditions { menu_items: vec!["M6-1".to_owned()], ..Default::default() };
        assert!(preset(said, entry).menus.is_empty(), "an item asked for is a menu asked for");
    }

    #[test]
    fn a_file_with_an_unknown_name_is_refused() {
        let file = |next: &str, facet: &str| {
            format!(
                r#"{{"source": "", "entries": [{{"code": "a", "ja": "", "en": "", "about_ja": "", "about_en": "",
                "conditions": {{}}, "preferences": [{{"facet": "{facet}", "codes": [], "ja": "", "en": ""}}], "next": ["{next}"]}}]}}"#
            )
        };
        assert!(Entries::read(&file("menus", "formats")).is_ok());
        assert!(Entries::read(&file("moods", "formats")).is_err());
        assert!(Entries::read(&file("menus", "shoe_size")).is_err());
    }
}
