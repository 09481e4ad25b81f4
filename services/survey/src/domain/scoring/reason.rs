//! Why a mark is what it is, as data and as one line of text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::MenuBasis;

/// Why an area has its mark. It states what was found; which mark follows is the policy's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Every sub-item is at or above its threshold.
    AllMet,
    /// Exactly one sub-item is below its threshold.
    OneNotMet {
        /// Its code.
        sub_item: &'static str,
    },
    /// Two or more sub-items are below their thresholds.
    SeveralNotMet {
        /// Their codes in the order of the form.
        sub_items: Vec<&'static str>,
    },
    /// The only sub-item of the area is below the floor under which the policy gives no ○.
    BelowFloor {
        /// Its code.
        sub_item: &'static str,
        /// The floor in points.
        floor: u8,
    },
    /// The skill part was left empty.
    Unanswered,
}

/// A line in the two languages, with the places in braces still to be filled.
#[derive(Deserialize)]
struct Line {
    ja: String,
    en: String,
}

static LINES: LazyLock<BTreeMap<String, Line>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../policies/reasons.json"))
        .expect("the explanations in the program are read by its tests")
});

/// Japanese, or else English.
#[derive(Clone, Copy)]
enum Language {
    Ja,
    En,
}

fn explain(language: Language, key: &str, fill: &[(&str, &[&str])]) -> String {
    let line = &LINES[key];
    let (template, separator) = match language {
        Language::Ja => (&line.ja, "、"),
        Language::En => (&line.en, ", "),
    };
    fill.iter()
        .fold(template.clone(), |text, (name, values)| text.replace(&format!("{{{name}}}"), &values.join(separator)))
}

impl Reason {
    /// One line in Japanese.
    pub fn ja(&self) -> String {
        self.explain(Language::Ja)
    }

    /// One line in English.
    pub fn en(&self) -> String {
        self.explain(Language::En)
    }

    fn explain(&self, language: Language) -> String {
        match self {
            Self::AllMet => explain(language, "all_met", &[]),
            Self::OneNotMet { sub_item } => explain(language, "one_not_met", &[("sub_items", &[sub_item])]),
            Self::SeveralNotMet { sub_items } => explain(language, "several_not_met", &[("sub_items", sub_items)]),
            Self::BelowFloor { sub_item, floor } => {
                explain(language, "below_floor", &[("sub_items", &[sub_item]), ("floor", &[&floor.to_string()])])
            }
            Self::Unanswered => explain(language, "unanswered", &[]),
        }
    }
}

impl MenuBasis {
    /// One line in Japanese.
    pub fn ja(&self) -> String {
        self.explain(Language::Ja)
    }

    /// One line in English.
    pub fn en(&self) -> String {
        self.explain(Language::En)
    }

    fn explain(&self, language: Language) -> String {
        match self {
            Self::Area(area) => explain(language, "from_area", &[("area", &[area.code()])]),
            Self::Audit { named, strengthened_by: None } => explain(language, "from_audit", &[("named", &[named])]),
            Self::Audit { named, strengthened_by: Some(area) } => {
                explain(language, "from_audit_and_area", &[("area", &[area.code()]), ("named", &[named])])
            }
            Self::NoAudit => explain(language, "no_audit", &[]),
        }
    }
}
