//! The file form of a policy and the checks that turn it into a [`Policy`].

use std::fmt::Display;
use std::ops::Range;

use serde::Deserialize;

use super::{Area, AreaRule, AuditRule, MarkRule, Menu, Policy, PolicyError, PolicyFault, SubItemRule, Title, fold};
use crate::domain::campaign::read_day as day;
use crate::domain::form::forms;
use crate::domain::scoring::{HIGHEST_ANSWER, SKILL_ITEMS};

/// Longest id: it stands in every rating.
const LONGEST_ID: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    id: String,
    title: Title,
    date: String,
    source: String,
    thresholds: Vec<ThresholdFile>,
    areas: Vec<AreaFile>,
    marks: MarksFile,
    audit: AuditFile,
    capability: CapabilityFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdFile {
    questions: u8,
    points: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaFile {
    code: String,
    sub_items: Vec<SubItemFile>,
    menus: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubItemFile {
    code: String,
    questions: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarksFile {
    strong_unmet_at_most: u8,
    able_unmet_at_most: u8,
    #[serde(default)]
    single_sub_item_floor_per_question: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditFile {
    menu: String,
    qualifications: Vec<String>,
    other_text: Vec<String>,
    strong_with_area: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CapabilityFile {
    with_support_mean_at_least: f64,
}

/// `new`: held against what is known today as well, which one that was taken long ago need not stand.
pub(super) fn load(json: &str, new: bool) -> Result<Policy, PolicyError> {
    let file: PolicyFile = serde_json::from_str(json).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let fill: &[(&str, &dyn Display)] = &[("place", &place.clone()), ("error", &error)];
        PolicyError { faults: vec![PolicyFault::new(place, "NOT_A_POLICY", fill)] }
    })?;
    let mut check = Check { new, ..Check::default() };
    check.heading(&file);
    check.thresholds(&file.thresholds);
    let areas = check.areas(&file);
    let marks = check.marks(&file.marks);
    let audit = check.audit(&file.audit);
    check.menus(&areas, audit.as_ref());
    let support_mean_hundredths = check.support_mean(file.capability.with_support_mean_at_least);
    match (<[AreaRule; Area::ALL.len()]>::try_from(areas), audit) {
        (Ok(areas), Some(audit)) if check.faults.is_empty() => Ok(Policy {
            id: file.id,
            title: file.title,
            definition: json.to_owned(),
            date: file.date,
            source: file.source,
            areas,
            marks,
            audit,
            support_mean_hundredths,
        }),
        _ => Err(PolicyError { faults: check.faults }),
    }
}

/// Collects every fault, so that whoever writes a policy need not find them one by one.
#[derive(Default)]
struct Check {
    new: bool,
    faults: Vec<PolicyFault>,
}

impl Check {
    fn fault(&mut self, place: impl Into<String>, code: &'static str, fill: &[(&str, &dyn Display)]) {
        self.faults.push(PolicyFault::new(place.into(), code, fill));
    }

    fn heading(&mut self, file: &PolicyFile) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if file.id.is_empty() || file.id.len() > LONGEST_ID || !file.id.chars().all(plain) {
            self.fault("id", "BAD_ID", &[("max", &LONGEST_ID)]);
        }
        if file.title.ja.trim().is_empty() || file.title.en.trim().is_empty() {
            self.fault("title", "NO_TITLE", &[]);
        }
        if !is_day(&file.date) || (self.new && day(&file.date).is_none()) {
            self.fault("date", "BAD_DAY", &[]);
        }
        if file.source.trim().is_empty() {
            self.fault("source", "NO_SOURCE", &[]);
        }
    }

    fn thresholds(&mut self, thresholds: &[ThresholdFile]) {
        for (i, threshold) in thresholds.iter().enumerate() {
            let highest = threshold.questions.saturating_mul(HIGHEST_ANSWER);
            if threshold.points == 0 || threshold.points > highest {
                let fill: &[(&str, &dyn Display)] = &[("highest", &highest), ("questions", &threshold.questions)];
                self.fault(format!("thresholds[{i}].points"), "POINTS_OUT_OF_RANGE", fill);
            }
            if thresholds[..i].iter().any(|earlier| earlier.questions == threshold.questions) {
                let fill: &[(&str, &dyn Display)] = &[("questions", &threshold.questions)];
                self.fault(format!("thresholds[{i}].questions"), "SECOND_THRESHOLD", fill);
            }
        }
    }

    fn areas(&mut self, file: &PolicyFile) -> Vec<AreaRule> {
        if file.areas.len() != Area::ALL.len() {
            self.fault("areas", "NOT_THE_AREAS", &[("expected", &Area::ALL.len()), ("found", &file.areas.len())]);
        }
        let mut at = 0;
        let mut rules = Vec::new();
        for (i, (area, given)) in Area::ALL.into_iter().zip(&file.areas).enumerate() {
            if given.code != area.code() {
                let fill: &[(&str, &dyn Display)] = &[("expected", &area.code()), ("found", &given.code)];
                self.fault(format!("areas[{i}].code"), "ANOTHER_AREA", fill);
            }
            if given.sub_items.is_empty() {
                self.fault(format!("areas[{i}].sub_items"), "NO_SUB_ITEM", &[]);
            }
            let sub_items: Vec<_> = (given.sub_items.iter().enumerate())
                .filter_map(|(j, sub_item)| {
                    let place = format!("areas[{i}].sub_items[{j}]");
                    self.sub_item(&place, area, sub_item, &file.thresholds, &mut at)
                })
                .collect();
            let menus = self.area_menus(i, &given.menus);
            let questions = sub_items.iter().map(|sub_item| sub_item.questions).sum();
            let floor = self.floor(&format!("areas[{i}]"), &file.marks, &sub_items);
            rules.push(AreaRule { area, sub_items, menus, questions, floor });
        }
        if at != SKILL_ITEMS.len() && self.faults.is_empty() {
            self.fault("areas", "QUESTIONS_LEFT_OUT", &[("item", &SKILL_ITEMS[at])]);
        }
        rules
    }

    /// Lays the sub-item over the form's questions, which it must follow without a gap.
    fn sub_item(
        &mut self,
        place: &str,
        area: Area,
        given: &SubItemFile,
        thresholds: &[ThresholdFile],
        at: &mut usize,
    ) -> Option<SubItemRule> {
        let items = *at..*at + usize::from(given.questions);
        *at = items.end.min(SKILL_ITEMS.len());
        let expected = (1..=given.questions).map(|n| format!("{}{n}", given.code));
        let follows_form = SKILL_ITEMS.get(items.clone()).is_some_and(|form| expected.eq(form.iter().copied()));
        if given.questions == 0 || !given.code.starts_with(area.code()) || !follows_form {
            let found = SKILL_ITEMS.get(items.start).copied().unwrap_or("the end of the form");
            let fill: &[(&str, &dyn Display)] =
                &[("code", &given.code), ("questions", &given.questions), ("item", &found)];
            self.fault(place, "NOT_AS_THE_FORM", fill);
            return None;
        }
        let Some(threshold) = thresholds.iter().find(|threshold| threshold.questions == given.questions) else {
            self.fault(format!("{place}.questions"), "NO_THRESHOLD", &[("questions", &given.questions)]);
            return None;
        };
        // An item's code is its sub-item's code and one digit, so the static name can be lent from the form.
        let code = &SKILL_ITEMS[items.start][..given.code.len()];
        Some(SubItemRule { code, items, questions: given.questions, threshold: threshold.points })
    }

    fn area_menus(&mut self, i: usize, codes: &[String]) -> Vec<Menu> {
        let mut menus = Vec::new();
        for (j, code) in codes.iter().enumerate() {
            match Menu::from_code(code) {
                Some(menu) => menus.push(menu),
                None => self.fault(format!("areas[{i}].menus[{j}]"), "UNKNOWN_MENU", &[("menu", code)]),
            }
        }
        menus
    }

    fn floor(&mut self, place: &str, marks: &MarksFile, sub_items: &[SubItemRule]) -> u8 {
        let (Some(per_question), [single]) = (marks.single_sub_item_floor_per_question, sub_items) else { return 0 };
        let floor = per_question.saturating_mul(single.questions);
        if floor > single.threshold {
            let fill: &[(&str, &dyn Display)] = &[("floor", &floor), ("threshold", &single.threshold)];
            self.fault(format!("{place}.sub_items[0]"), "FLOOR_ABOVE_THRESHOLD", fill);
        }
        floor
    }

    fn marks(&mut self, marks: &MarksFile) -> MarkRule {
        if marks.able_unmet_at_most < marks.strong_unmet_at_most {
            self.fault("marks.able_unmet_at_most", "ABLE_BELOW_STRONG", &[]);
        }
        if marks.single_sub_item_floor_per_question == Some(0) {
            self.fault("marks.single_sub_item_floor_per_question", "FLOOR_OF_NOTHING", &[]);
        }
        MarkRule { strong_unmet_at_most: marks.strong_unmet_at_most, able_unmet_at_most: marks.able_unmet_at_most }
    }

    fn audit(&mut self, audit: &AuditFile) -> Option<AuditRule> {
        for (name, list) in [("qualifications", &audit.qualifications), ("other_text", &audit.other_text)] {
            for (i, entry) in list.iter().enumerate() {
                // An empty name would be found in every text.
                if fold(entry).is_empty() {
                    self.fault(format!("audit.{name}[{i}]"), "EMPTY_NAME", &[]);
                }
            }
        }
        if self.new {
            self.qualifications(&audit.qualifications);
        }
        let menu = Menu::from_code(&audit.menu);
        if menu.is_none() {
            self.fault("audit.menu", "UNKNOWN_MENU", &[("menu", &audit.menu)]);
        }
        let area = Area::from_code(&audit.strong_with_area);
        if area.is_none() {
            self.fault("audit.strong_with_area", "UNKNOWN_AREA", &[("area", &audit.strong_with_area)]);
        }
        Some(AuditRule {
            menu: menu?,
            qualifications: audit.qualifications.clone(),
            other_text: audit.other_text.clone(),
            strong_with_area: area?,
        })
    }

    /// Codes that somebody can answer with, each once.
    fn qualifications(&mut self, codes: &[String]) {
        let asked = |code: &String| {
            forms()
                .iter()
                .filter_map(|form| form.question("qualifications")?.choices())
                .any(|list| list.get(code).is_some())
        };
        for (i, code) in codes.iter().enumerate().filter(|(_, code)| !fold(code).is_empty()) {
            if !asked(code) {
                self.fault(format!("audit.qualifications[{i}]"), "UNKNOWN_QUALIFICATION", &[("qualification", code)]);
            } else if codes[..i].contains(code) {
                self.fault(format!("audit.qualifications[{i}]"), "TWICE", &[("qualification", code)]);
            }
        }
    }

    fn menus(&mut self, areas: &[AreaRule], audit: Option<&AuditRule>) {
        for menu in Menu::ALL {
            let by_area = areas.iter().flat_map(|area| &area.menus).filter(|&&m| m == menu).count();
            let by_audit = usize::from(audit.is_some_and(|audit| audit.menu == menu));
            let found = by_area + by_audit;
            if found != 1 {
                let fill: &[(&str, &dyn Display)] = &[("menu", &menu.code()), ("found", &found)];
                self.fault("areas[].menus", "MENU_NOT_DECIDED_ONCE", fill);
            }
        }
    }

    /// Kept in hundredths, so that comparing a mean with it stays exact.
    fn support_mean(&mut self, mean: f64) -> u32 {
        let hundredths = mean * 100.0;
        let rounded = hundredths.round();
        if !(0.0..=f64::from(HIGHEST_ANSWER)).contains(&mean) || (hundredths - rounded).abs() > 1e-6 {
            self.fault("capability.with_support_mean_at_least", "MEAN_OUT_OF_RANGE", &[("highest", &HIGHEST_ANSWER)]);
            return 0;
        }
        rounded as u32
    }
}

fn is_day(text: &str) -> bool {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let part = |range: Range<usize>| text.get(range).and_then(|digits| digits.parse::<u8>().ok()).unwrap_or(0);
    shape && (1..=12).contains(&part(5..7)) && (1..=31).contains(&part(8..10))
}
