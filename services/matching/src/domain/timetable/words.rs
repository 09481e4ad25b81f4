//! What a timetable says to people, from `texts/timetable.json`.

use std::sync::OnceLock;

use kit_vocabulary::{Texts, Words};

use super::day::Freed;
use super::infeasible::{Constraint, Obstacle};
use super::plan::WaitingFor;

/// Every text, by the name it has in the file.
const KEYS: &[&str] = &[
    "TIMETABLE",
    "ROUND",
    "DATE",
    "TIME",
    "START",
    "END",
    "BOOTH",
    "EXPERT",
    "COMPANY",
    "PEOPLE",
    "QUESTION",
    "VENUE",
    "WAITING",
    "WHY",
    "FREE",
    "NOBODY",
    "AS_OF",
    "CONSULTATION",
    "NTH_ROUND",
    "COMMA",
    "WAITING_NO_EXPERT",
    "WAITING_NO_ROUND",
    "WAITING_EXPERTS_FULL",
    "WAITING_ROUNDS_TAKEN",
    "WAITING_BOOTHS_FULL",
    "FREED_NO_SHOW",
    "FREED_EXPERT_ABSENT",
    "FREED_NO_SEAT",
    "EXPERT_MAX",
    "BOOTHS",
    "COMPANY_ROUNDS",
    "EXPERT_ROUNDS",
    "PAIRS",
    "FIXED",
    "EXPERT_MIN",
    "NO_EXPERT",
    "NO_ROUND",
    "EXPERT_PLACES",
    "BOOTH_PLACES",
    "TOGETHER",
    "SEVERAL",
    "MINIMUM",
    "MINIMA",
];

fn texts() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    TEXTS.get_or_init(|| Texts::read(include_str!("../../../texts/timetable.json")))
}

/// A text in both languages; its key where there is none, which a test rules out.
pub(super) fn words(key: &str) -> Words {
    debug_assert!(KEYS.contains(&key), "{key}");
    texts().get(key).cloned().unwrap_or_else(|| Words { ja: key.to_owned(), en: key.to_owned() })
}

/// A text, Japanese first and English beside it.
pub(super) fn both(key: &str) -> String {
    let Words { ja, en } = words(key);
    format!("{ja} {en}")
}

impl WaitingFor {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoExpert => "WAITING_NO_EXPERT",
            Self::NoRound => "WAITING_NO_ROUND",
            Self::ExpertsFull => "WAITING_EXPERTS_FULL",
            Self::RoundsTaken => "WAITING_ROUNDS_TAKEN",
            Self::BoothsFull => "WAITING_BOOTHS_FULL",
        }
    }

    /// In both languages.
    pub fn told(self) -> Words {
        words(self.code())
    }
}

impl Freed {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoShow => "FREED_NO_SHOW",
            Self::ExpertAbsent => "FREED_EXPERT_ABSENT",
            Self::NoSeat => "FREED_NO_SEAT",
        }
    }

    /// In both languages.
    pub fn told(self) -> Words {
        words(self.code())
    }
}

impl Constraint {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ExpertMax => "EXPERT_MAX",
            Self::Booths => "BOOTHS",
            Self::CompanyRounds => "COMPANY_ROUNDS",
            Self::ExpertRounds => "EXPERT_ROUNDS",
            Self::Pairs => "PAIRS",
            Self::Fixed => "FIXED",
            Self::ExpertMin => "EXPERT_MIN",
        }
    }

    /// In both languages.
    pub fn told(self) -> Words {
        words(self.code())
    }
}

impl Obstacle {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoExpert { .. } => "NO_EXPERT",
            Self::NoRound { .. } => "NO_ROUND",
            Self::ExpertPlaces { .. } => "EXPERT_PLACES",
            Self::BoothPlaces { .. } => "BOOTH_PLACES",
            Self::Together { .. } => "TOGETHER",
            Self::Minimum { .. } => "MINIMUM",
            Self::Minima { .. } => "MINIMA",
        }
    }

    /// In both languages, with its numbers; `name` says an expert's or a company's name by the id.
    pub fn told(&self, name: impl Fn(&str) -> String) -> Words {
        let comma = words("COMMA");
        let join = |parts: Vec<Words>| Words {
            ja: parts.iter().map(|part| part.ja.as_str()).collect::<Vec<_>>().join(&comma.ja),
            en: parts.iter().map(|part| part.en.as_str()).collect::<Vec<_>>().join(&comma.en),
        };
        let same = |text: String| Words { ja: text.clone(), en: text };
        let ids = |ids: &[String]| join(ids.iter().map(|id| same(name(id))).collect());
        let places: Vec<(&str, Words)> = match self {
            Self::NoExpert { company } | Self::NoRound { company } => vec![("company", same(name(company)))],
            Self::ExpertPlaces { companies, places } => {
                vec![("companies", same(companies.to_string())), ("places", same(places.to_string()))]
            }
            Self::BoothPlaces { companies, places, booths, rounds } => vec![
                ("companies", same(companies.to_string())),
                ("places", same(places.to_string())),
                ("booths", same(booths.to_string())),
                ("rounds", same(rounds.to_string())),
            ],
            Self::Together { companies, experts, rounds, because } => vec![
                ("count", same(companies.len().to_string())),
                ("companies", ids(companies)),
                ("experts", ids(experts)),
                ("rounds", join(rounds.iter().map(|round| same((round + 1).to_string())).collect())),
                (
                    "because",
                    match because.is_empty() {
                        true => words("SEVERAL"),
                        false => join(because.iter().map(|kind| kind.told()).collect()),
                    },
                ),
            ],
            Self::Minimum { expert, min, reachable } => vec![
                ("expert", same(name(expert))),
                ("min", same(min.to_string())),
                ("reachable", same(reachable.to_string())),
            ],
            Self::Minima { experts, needed, companies } => vec![
                ("experts", ids(experts)),
                ("needed", same(needed.to_string())),
                ("companies", same(companies.to_string())),
            ],
        };
        let text = words(self.code());
        let ja: Vec<_> = places.iter().map(|(key, value)| (*key, value.ja.as_str())).collect();
        let en: Vec<_> = places.iter().map(|(key, value)| (*key, value.en.as_str())).collect();
        Words { ja: filled(&text.ja, &ja), en: filled(&text.en, &en) }
    }
}

/// Fills each place once, so that a name with braces is never taken for a place.
pub(super) fn filled(text: &str, places: &[(&str, &str)]) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        whole.push_str(before);
        let Some((key, after)) = after.split_once('}') else { break };
        whole.push_str(places.iter().find(|(place, _)| *place == key).map_or("", |(_, value)| value));
        rest = after;
    }
    whole + rest
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_text_is_there_in_both_languages_and_none_is_left_over() {
        assert_eq!(super::texts().faults(super::KEYS), Vec::<String>::new());
    }

    #[test]
    fn a_name_with_braces_fills_no_place() {
        assert_eq!(super::filled("{a} and {b}", &[("a", "{b}"), ("b", "x")]), "{b} and x");
    }
}
