//! What can be chosen: lists of the vocabulary, lists of the form's own, and choices of one question.

use std::collections::BTreeMap;

use kit_vocabulary::{Code, List};

use crate::load::object::{Found, Object};
use crate::load::{distinct, label};

/// A choice, and what it counts where answers are summed.
#[derive(Clone)]
pub(super) struct Choice {
    code: Code,
    points: Option<i64>,
}

/// The lists of the form's own, for choices that several questions offer.
pub(super) struct Tables<'a> {
    by_name: BTreeMap<&'a str, Vec<Choice>>,
    found: &'a Found,
}

/// What a question offers.
pub(super) struct Offer {
    pub(super) list: List,
    /// By code, of those choices that have any.
    pub(super) points: BTreeMap<String, i64>,
}

impl<'a> Tables<'a> {
    pub(super) fn read(file: &Object<'a>, found: &'a Found) -> Self {
        let mut by_name = BTreeMap::new();
        for (name, objects) in file.tables("lists") {
            if kit_vocabulary::list(name).is_some() {
                file.mistake(&format!("lists.{name}"), "is a list of the vocabulary");
            }
            by_name.insert(name, objects.iter().map(choice).collect());
        }
        Self { by_name, found }
    }

    /// The choices of a list of the form, or else of the vocabulary.
    fn named(&self, object: &Object<'_>, field: &'static str, name: &str) -> Vec<Choice> {
        if let Some(own) = self.by_name.get(name) {
            return own.clone();
        }
        let codes = vocabulary(object, field, name).map(List::codes).unwrap_or_default();
        codes.iter().map(|code| Choice { code: code.clone(), points: None }).collect()
    }

    /// What `list`, `without` and `choices` of an object say. The list is read from `field`: `list`, or `scale`.
    pub(super) fn offered(&self, object: &Object<'_>, field: &'static str) -> Offer {
        let mut choices = Vec::new();
        if let Some(name) = object.text(field) {
            choices = self.named(object, field, &name);
            for code in object.texts("without") {
                let before = choices.len();
                choices.retain(|choice| choice.code.code != code);
                if choices.len() == before {
                    object.mistake("without", format!("list {name} has no choice {code}"));
                }
            }
        }
        choices.extend(object.objects("choices").iter().map(choice));
        let points = choices.iter().filter_map(|choice| Some((choice.code.code.clone(), choice.points?))).collect();
        let place = format!("{}.choices", object.place);
        let codes = choices.into_iter().map(|choice| (place.clone(), choice.code)).collect();
        Offer { list: distinct(codes, self.found), points }
    }
}

/// A list of the vocabulary, or a mistake.
pub(super) fn vocabulary(object: &Object<'_>, field: &'static str, name: &str) -> Option<&'static List> {
    let list = kit_vocabulary::list(name);
    if list.is_none() {
        object.mistake(field, format!("there is no list {name}"));
    }
    list
}

fn choice(object: &Object<'_>) -> Choice {
    let choice = Choice { code: code(object), points: object.number("points") };
    object.done("a choice");
    choice
}

/// A code with labels and further spellings.
pub(super) fn code(object: &Object<'_>) -> Code {
    let (code, label) = (object.code("code"), label(object));
    let aliases = object.texts("aliases");
    Code { code, ja: label.ja, en: label.en, reading: None, aliases, links: BTreeMap::new() }
}
