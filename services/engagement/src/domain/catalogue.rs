//! Data that cases refer to: programmes with fees and limits, themes with goals and tools, reasons, gains, regions.

use std::sync::OnceLock;

use contract::engagement::v1::{ClaimKind, FeeRule, Label, Region, Theme};
use kit_clock::Timestamp;
use kit_vocabulary::{Code, Lang, List, cities, key, prefectures, regions};
use serde::Deserialize;

/// A programme: how many visits, which fees, how many days for what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// `2024`.
    pub id: String,
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
    /// Where the figures come from.
    pub source: String,
    begins: String,
    /// Visits of a guidance case.
    pub visits: i32,
    fees: Vec<Fee>,
    /// Limits.
    pub days: Days,
}

/// Days in Japan until something is late.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// From the acceptance to the plan of the first visit.
    pub plan: i64,
    /// From a planned visit to its report.
    pub report: i64,
    /// From a held visit to its confirmation.
    pub confirm: i64,
    /// From a visit to the plan of the next.
    pub next: i64,
    /// From the last visit to the end of the case.
    pub complete: i64,
    /// From the end of the case to the answers of both sides.
    pub outcome: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fee {
    kind: String,
    yen: i64,
    waivable: Vec<Part>,
}

/// A part of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The fee.
    Fee,
    /// Travel.
    Travel,
}

impl Part {
    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fee => "fee",
            Self::Travel => "travel",
        }
    }
}

impl Programme {
    /// The fee by the rule, in yen with tax.
    pub fn fee(&self, kind: ClaimKind) -> Option<i64> {
        self.fees.iter().find(|fee| claim_kind(&fee.kind) == kind).map(|fee| fee.yen)
    }

    /// Whether a part of a claim can be waived.
    pub fn waives(&self, kind: ClaimKind, part: Part) -> bool {
        self.fees.iter().any(|fee| claim_kind(&fee.kind) == kind && fee.waivable.contains(&part))
    }

    /// Every fee.
    pub fn fees(&self) -> Vec<FeeRule> {
        let rule = |fee: &Fee| FeeRule {
            kind: claim_kind(&fee.kind).into(),
            yen: fee.yen,
            waivable: fee.waivable.iter().map(|part| part.name().to_owned()).collect(),
        };
        self.fees.iter().map(rule).collect()
    }

    /// When it begins.
    pub fn begins(&self) -> Timestamp {
        self.begins.parse().expect("a test reads every programme's beginning")
    }
}

fn claim_kind(name: &str) -> ClaimKind {
    ClaimKind::from_str_name(&format!("CLAIM_KIND_{}", name.to_ascii_uppercase())).unwrap_or_default()
}

/// Every programme, newest last.
pub fn programmes() -> &'static [Programme] {
    static PROGRAMMES: OnceLock<Vec<Programme>> = OnceLock::new();
    PROGRAMMES.get_or_init(|| {
        serde_json::from_str(include_str!("../../data/programmes.json")).expect("a test reads the programmes")
    })
}

/// The programme of this id.
pub fn programme(id: &str) -> Option<&'static Programme> {
    programmes().iter().find(|programme| programme.id == id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    code: String,
    ja: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    code: String,
    #[serde(rename = "source")]
    _source: String,
    goals: Vec<Word>,
    syllabus: Vec<Word>,
    tools: Vec<Word>,
    deliverables: Vec<Word>,
}

fn labels(words: Vec<Word>) -> Vec<Label> {
    words.into_iter().map(|Word { code, ja, en }| Label { code, ja, en }).collect()
}

/// The themes with goals, syllabus, tools and deliverables, in the order of the list.
pub fn themes() -> &'static [Theme] {
    static THEMES: OnceLock<Vec<Theme>> = OnceLock::new();
    THEMES.get_or_init(|| {
        let files: Vec<ThemeFile> =
            serde_json::from_str(include_str!("../../data/themes.json")).expect("a test reads the themes");
        let theme = |file: ThemeFile| Theme {
            code: file.code,
            goals: labels(file.goals),
            syllabus: labels(file.syllabus),
            tools: labels(file.tools),
            deliverables: labels(file.deliverables),
        };
        files.into_iter().map(theme).collect()
    })
}

/// Whether any theme has this tool.
pub fn is_tool(code: &str) -> bool {
    themes().iter().flat_map(|theme| &theme.tools).any(|tool| tool.code == code)
}

/// The theme that a person means: `1`, `T1` or its label.
pub fn theme_meant(text: &str) -> Option<&'static Code> {
    let list = kit_vocabulary::themes();
    list.find(text).or_else(|| list.find(&format!("T{}", key(text))))
}

/// Codes of reasons and gains.
pub struct Reasons {
    /// Why a consultation is not followed by guidance.
    pub non_conversion: &'static List,
    /// Why a case ended early or was withdrawn.
    pub ending: &'static List,
    /// What a case can gain.
    pub gains: &'static List,
}

/// The codes of reasons and gains.
pub fn reasons() -> Reasons {
    Reasons {
        non_conversion: kit_vocabulary::non_conversion_reasons(),
        ending: kit_vocabulary::ending_reasons(),
        gains: kit_vocabulary::gains(),
    }
}

/// A list's codes as labels.
pub fn labels_of(list: &List) -> Vec<Label> {
    let label = |code: &Code| Label { code: code.code.clone(), ja: code.ja.clone(), en: code.en.clone() };
    list.codes().iter().map(label).collect()
}

/// The region that a person means: a prefecture, a city, one of the eight regions, by label or code. Programmes name their
/// regions so: the report's are 大阪, 名古屋 and 埼玉.
pub fn region_meant(text: &str) -> Option<Region> {
    let region = |code: &Code, prefecture: &str| Region {
        code: code.code.clone(),
        prefecture: prefecture.to_owned(),
        ja: code.label(Lang::Ja).to_owned(),
        en: code.label(Lang::En).to_owned(),
    };
    if let Some(code) = prefectures().find(text) {
        return Some(region(code, &code.code));
    }
    if let Some(code) = cities().find(text) {
        return Some(region(code, code.links("prefectures").first().map_or("", String::as_str)));
    }
    regions().find(text).map(|code| region(code, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programme_of_2024_pays_what_the_report_says() {
        let programme = programme("2024").unwrap();
        let fees = [ClaimKind::GuidanceVisit, ClaimKind::ConsultationEvent, ClaimKind::Lecture, ClaimKind::Unspecified];
        assert_eq!(fees.map(|kind| programme.fee(kind)), [Some(26_400), Some(15_000), Some(15_000), None]);
        assert_eq!((programme.visits, programme.fees().len()), (3, 3));
        for programme in programmes() {
            assert!(programme.begins() < programme.begins().plus_months(1) && programme.visits > 0);
            assert!(programme.fees.iter().all(|fee| claim_kind(&fee.kind) != ClaimKind::Unspecified && fee.yen > 0));
        }
    }

    #[test]
    fn every_theme_has_three_goals_a_syllabus_and_tools() {
        let codes: Vec<&str> = themes().iter().map(|theme| theme.code.as_str()).collect();
        let known: Vec<&str> = kit_vocabulary::themes().codes().iter().map(|code| code.code.as_str()).collect();
        assert_eq!(codes, known);
        for theme in themes() {
            assert_eq!((theme.goals.len(), theme.syllabus.len()), (3, 3), "{}", theme.code);
            assert!(!theme.tools.is_empty() && !theme.deliverables.is_empty(), "{}", theme.code);
        }
        assert!(is_tool("self_check") && !is_tool("crystal_ball"));
        for tool in themes().iter().flat_map(|theme| &theme.tools) {
            let known = kit_vocabulary::tools().get(&tool.code).map(|code| (code.ja.as_str(), code.en.as_str()));
            assert_eq!(known, Some((tool.ja.as_str(), tool.en.as_str())), "{}", tool.code);
        }
    }

    #[test]
    fn places_and_themes_in_the_spellings_of_files() {
        for (text, code, prefecture) in [
            ("大阪", "27", "27"),
            ("大阪府", "27", "27"),
            ("埼玉", "11", "11"),
            ("名古屋", "nagoya", "23"),
            ("名古屋市", "nagoya", "23"),
            ("札幌", "sapporo", "01"),
            ("近畿", "kinki", ""),
        ] {
            let region = region_meant(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((region.code.as_str(), region.prefecture.as_str()), (code, prefecture), "{text}");
        }
        assert!(region_meant("江戸").is_none() && region_meant("").is_none());
        for text in ["4", "４", "T4", "t4", "セキュリティインシデント対応"] {
            assert_eq!(theme_meant(text).map(|theme| theme.code.as_str()), Some("T4"), "{text}");
        }
        assert!(theme_meant("6").is_none() && theme_meant("").is_none());
        for city in cities().codes() {
            let prefecture = &city.links("prefectures")[0];
            assert!(prefectures().get(prefecture).is_some() && prefectures().find(&city.ja).is_none(), "{}", city.ja);
        }
        assert!(reasons().ending.get("other").is_some() && reasons().gains.get("security_action_2").is_some());
        assert_eq!(reasons().non_conversion.codes().len(), 4);
    }
}
