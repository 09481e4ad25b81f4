//! Why an expert has the points.

use kit_vocabulary::Words;

use super::{joined, label, labels, plain, text};
use crate::domain::candidates::codes::{Codes, Menus, Place, Prefectures, Themes};
use crate::domain::candidates::facts::{Facts, Mark, Outcomes};
use crate::domain::candidates::plan::{Plan, region};
use crate::domain::candidates::policy::Sign;
use crate::domain::candidates::reason::Reason;
use crate::domain::candidates::score::Subject;
use crate::domain::candidates::verdict::Told;

/// Every text here.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &[
    "WISH",
    "WISH_NONE",
    "RATING",
    "RATING_NONE",
    "MENU_POINTS",
    "INDUSTRY",
    "INDUSTRY_CASES",
    "INDUSTRY_BOTH",
    "INDUSTRY_NONE",
    "GUIDELINE",
    "GUIDELINE_NONE",
    "NEARNESS",
    "NEARNESS_NEIGHBOUR",
    "NEARNESS_REGION",
    "NEARNESS_NONE",
    "THEME_CASES",
    "THEME_CASES_NONE",
    "OUTCOMES",
    "OUTCOMES_PRESUMED",
    "COMMUNICATION",
    "COMMUNICATION_PRESUMED",
    "LITTLE_WORK",
    "QUALIFICATION",
    "QUALIFICATION_NONE",
    "COMPANY_SIZE_SERVED",
    "COMPANY_SIZE_NONE",
    "EXPERIENCE",
    "FRESH",
    "FRESH_NONE",
];

impl Plan<'_> {
    /// Every reason that counts for the request, with the expert's points; they sum to the score. Whether the expert meets
    /// the conditions does not matter.
    pub fn reasons(&self, facts: &Facts) -> Vec<Told> {
        let (points, subject) = self.best(facts);
        let counting = Reason::ALL.iter().copied().filter(|reason| self.counts(*reason));
        let told = counting.map(|reason| Told {
            reason,
            points: points.of(reason),
            most: self.policy.weight(reason),
            words: self.reason(reason, facts, subject),
        });
        told.collect()
    }

    fn reason(&self, reason: Reason, facts: &Facts, subject: &Subject) -> Words {
        let asked = self.asked;
        match reason {
            Reason::Wish => self.wish(facts, subject),
            Reason::Rating => rating(facts, subject.menus),
            Reason::MenuPoints => text(
                "MENU_POINTS",
                &[
                    ("menus", labels(subject.menus)),
                    ("points", plain(facts.points_in(subject.menus))),
                    ("full", plain(subject.full_points())),
                ],
            ),
            Reason::Industry => self.industry(facts),
            Reason::Guideline => self.guideline(facts),
            Reason::Nearness => asked.prefecture.map_or_else(Words::default, |here| nearness(here, facts.residence)),
            Reason::ThemeCases => theme_cases(facts, subject),
            Reason::Outcomes => outcomes(facts),
            Reason::Communication => communication(facts),
            Reason::LittleWork => text(
                "LITTLE_WORK",
                &[
                    ("open", plain(facts.work.open())),
                    ("past", plain(facts.work.past)),
                    ("introductions", plain(facts.work.introductions)),
                ],
            ),
            Reason::Qualification => {
                let held = subject.qualifications.and(facts.qualifications);
                let key = if held.is_empty() { "QUALIFICATION_NONE" } else { "QUALIFICATION" };
                text(key, &[("held", labels(held)), ("useful", labels(subject.qualifications))])
            }
            Reason::CompanySize => {
                let serves = asked.size.is_some_and(|size| facts.sizes.has(size));
                let key = if serves { "COMPANY_SIZE_SERVED" } else { "COMPANY_SIZE_NONE" };
                text(key, &[("size", label(asked.size))])
            }
            Reason::Experience => text("EXPERIENCE", &[("experience", label(facts.experience))]),
            Reason::Fresh => text(if facts.stale { "FRESH_NONE" } else { "FRESH" }, &[]),
        }
    }

    fn wish(&self, facts: &Facts, subject: &Subject) -> Words {
        let named = |theme: &Place<Themes>| subject.themes.has(*theme);
        let place = self.asked.themes.iter().position(named).unwrap_or_default() + 1;
        let able = self.able_in(facts).meets(subject.themes);
        let key = if able { "WISH" } else { "WISH_NONE" };
        text(key, &[("theme", labels(subject.themes)), ("place", plain(place))])
    }

    fn industry(&self, facts: &Facts) -> Words {
        let cases = self.asked.industry.map_or(0, |industry| facts.record.industries.get(industry));
        let key = match (self.table.industries.meets(facts.industries), cases) {
            (false, 0) => "INDUSTRY_NONE",
            (false, _) => "INDUSTRY_CASES",
            (true, 0) => "INDUSTRY",
            (true, _) => "INDUSTRY_BOTH",
        };
        text(key, &[("industry", label(self.asked.industry)), ("cases", plain(cases))])
    }

    fn guideline(&self, facts: &Facts) -> Words {
        let Some(guideline) = self.asked.guideline else { return Words::default() };
        let met: Vec<_> = self.policy.signs(guideline).iter().filter_map(|sign| sign.of(facts)).collect();
        let key = if met.is_empty() { "GUIDELINE_NONE" } else { "GUIDELINE" };
        text(key, &[("guideline", guideline.words()), ("signs", joined(met.iter().flat_map(named)))])
    }
}

/// What a sign is made of.
fn named(sign: &Sign) -> Vec<Words> {
    let bodies = sign.bodies.places().map(Place::words);
    let industries = sign.industries.places().map(Place::words);
    let qualifications = sign.qualifications.places().map(Place::words);
    let skill_items = sign.skill_items.places().map(Place::words);
    bodies.chain(industries).chain(qualifications).chain(skill_items).collect()
}

fn rating(facts: &Facts, menus: Codes<Menus>) -> Words {
    let marked = |menu: Place<Menus>| {
        let words = menu.words();
        let mark = match facts.mark(menu) {
            Mark::None => return None,
            Mark::Able => "○",
            Mark::Strong => "◎",
        };
        // Texts in English are kept to ASCII, the marks themselves are not words.
        Some(Words { ja: format!("{}{mark}", words.ja), en: format!("{} {mark}", words.en) })
    };
    let marks: Vec<_> = menus.places().filter_map(marked).collect();
    if marks.is_empty() {
        return text("RATING_NONE", &[("menus", labels(menus))]);
    }
    text("RATING", &[("marks", joined(marks))])
}

fn nearness(here: Place<Prefectures>, residence: Option<Place<Prefectures>>) -> Words {
    let key = match residence {
        Some(residence) if residence == here => "NEARNESS",
        Some(residence) if here.links::<Prefectures>().has(residence) => "NEARNESS_NEIGHBOUR",
        Some(residence) if region(here).has(residence) => "NEARNESS_REGION",
        _ => "NEARNESS_NONE",
    };
    text(key, &[("here", here.words()), ("residence", label(residence))])
}

fn theme_cases(facts: &Facts, subject: &Subject) -> Words {
    let cases = subject.cases(facts);
    let key = if cases == 0 { "THEME_CASES_NONE" } else { "THEME_CASES" };
    text(key, &[("theme", labels(subject.themes)), ("cases", plain(cases))])
}

fn outcomes(facts: &Facts) -> Words {
    let record = &facts.record;
    let told = record.outcomes.filter(|told| *told != Outcomes::default());
    let key = if told.is_some() { "OUTCOMES" } else { "OUTCOMES_PRESUMED" };
    let told = told.unwrap_or_default();
    text(
        key,
        &[
            ("executed", plain(record.executed)),
            ("completed", plain(record.completed)),
            ("good", plain(told.good)),
            ("fair", plain(told.fair)),
            ("poor", plain(told.poor)),
        ],
    )
}

fn communication(facts: &Facts) -> Words {
    let Some(hundredths) = facts.record.communication else { return text("COMMUNICATION_PRESUMED", &[]) };
    text("COMMUNICATION", &[("mean", plain(format!("{}.{:02}", hundredths / 100, hundredths % 100)))])
}
