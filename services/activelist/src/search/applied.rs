//! What was asked for, and what the answer says was applied, in the words of people.

use contract::search::v1::{Conditions, Entry, SearchExpertsRequest, SearchExpertsResponse};
use kit_vocabulary::Lang;

use super::conditions::CONDITIONS;
use crate::labels;
use crate::text;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The conditions that were said.
    pub said: Conditions,
    /// The entry one came in by.
    pub entry: Option<Entry>,
    /// Prefecture of the company; empty for none.
    pub place: String,
}

impl Asked {
    /// What a request asks for; `entries` are those of the service.
    pub fn new(request: &SearchExpertsRequest, entries: &[Entry]) -> Self {
        Self {
            said: request.conditions.clone().unwrap_or_default(),
            entry: entries.iter().find(|entry| entry.code == request.entry).cloned(),
            place: request.place.clone(),
        }
    }
}

/// The menus asked for, by themselves or by their items, in the order of the list.
pub fn asked_menus(conditions: &Conditions) -> Vec<&'static str> {
    let items = conditions.menu_items.iter().filter_map(|item| kit_vocabulary::menu_items().get(item));
    let of_items: Vec<&String> = items.flat_map(|item| item.links("menus")).collect();
    let asked = |code: &String| conditions.menus.contains(code) || of_items.contains(&code);
    kit_vocabulary::menus()
        .codes()
        .iter()
        .map(|menu| &menu.code)
        .filter(|code| asked(code))
        .map(String::as_str)
        .collect()
}

/// A text each condition that was applied, with a word where the entry preset it.
pub fn applied(asked: &Asked, found: &SearchExpertsResponse, lang: Lang) -> Vec<String> {
    let conditions = found.conditions.clone().unwrap_or_default();
    let mut told = Vec::new();
    if let Some(entry) = &asked.entry {
        told.push(format!("{} {}", text::ENTRY.get(lang, &[]), labels::said(entry.label.as_ref(), lang)));
    }
    for condition in CONDITIONS.iter().filter(|condition| !condition.held(&conditions).is_empty()) {
        let preset = match condition.held(&asked.said).is_empty() {
            true => text::PRESET.get(lang, &[]),
            false => String::new(),
        };
        told.push(format!("{} {}{preset}", condition.name.get(lang, &[]), condition.told(&conditions, lang)));
    }
    if !conditions.text.trim().is_empty() {
        told.push(format!("{} {}", text::WORDS.get(lang, &[]), conditions.text.trim()));
    }
    if !asked.place.is_empty() {
        let place = labels::label(kit_vocabulary::prefectures(), &asked.place, lang);
        told.push(text::NEAR.get(lang, &[("place", &place)]));
    }
    if told.is_empty() {
        told.push(text::NO_CONDITIONS.get(lang, &[]));
    }
    told
}
