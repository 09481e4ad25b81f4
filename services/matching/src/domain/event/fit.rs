//! How well a company and an expert fit by field of expertise: the points of the weight policy for what the company wants to
//! talk about. Where the expert lives or how much he or she worked does not matter at an event.

use std::sync::LazyLock;

use contract::matching::v1::ApplicationFacts;
use serde::Deserialize;

use crate::domain::candidates::{Asked, Codes, Facts, Place, Plan, Policy, Reason};

/// The reasons that are about the field.
const FIELD: [Reason; 6] =
    [Reason::Wish, Reason::Rating, Reason::MenuPoints, Reason::Industry, Reason::ThemeCases, Reason::Qualification];

/// What a need asks of an expert.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asks {
    need: String,
    menu_items: Vec<String>,
}

static NEEDS: LazyLock<Vec<Asks>> = LazyLock::new(|| {
    let read = serde_json::from_str(include_str!("../../../data/needs.json"));
    read.unwrap_or_else(|error| unreachable!("data/needs.json: {error}"))
});

/// What an application asks, as candidates are judged by it.
pub fn asked(application: &ApplicationFacts) -> Asked {
    let company = application.company.clone().unwrap_or_default();
    let of = |need: &String| NEEDS.iter().find(|asks| asks.need == *need);
    let asks: Vec<&Asks> = application.needs.iter().filter_map(of).collect();
    let items = asks.iter().flat_map(|asks| &asks.menu_items).filter_map(|item| Place::of(item));
    Asked {
        id: application.application_id.clone(),
        industry: Place::of(&company.industry),
        themes: application.themes.iter().filter_map(|theme| Place::of(theme)).collect(),
        menu_items: items.collect::<Codes<_>>(),
        ..Asked::default()
    }
}

/// The points of an expert for an application, 0 to 1,000,000.
pub fn points(application: &ApplicationFacts, facts: &Facts, policy: &Policy) -> i64 {
    let asked = asked(application);
    let points = Plan::new(&asked, policy).points(facts);
    FIELD.iter().map(|reason| points.of(*reason)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_of_the_vocabulary_says_what_it_asks() {
        let known: Vec<&str> = NEEDS.iter().map(|asks| asks.need.as_str()).collect();
        let needs: Vec<&str> = kit_vocabulary::needs().codes().iter().map(|code| code.code.as_str()).collect();
        assert_eq!(known, needs);
        for asks in NEEDS.iter() {
            assert!(Codes::<crate::domain::candidates::MenuItems>::of(&asks.menu_items).is_ok(), "{asks:?}");
        }
    }
}
