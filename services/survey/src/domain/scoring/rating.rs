//! Scoring one response, with everything a reader needs to check the marks.

use super::{Reason, SKILL_ITEMS, SkillAnswers};
use crate::domain::policy::{Area, AreaRule, AuditRule, MarkRule, Menu, Policy, SubItemRule, fold};

/// A mark on an area or a menu, ordered from none to ◎.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Mark {
    /// Blank.
    #[default]
    None = 0,
    /// ○.
    Able = 1,
    /// ◎.
    Strong = 2,
}

impl Mark {
    /// The stable code: `none`, `able` or `strong`.
    pub const fn code(self) -> &'static str {
        ["none", "able", "strong"][self as usize]
    }

    /// The sign people are shown: nothing, `○` or `◎`.
    pub const fn sign(self) -> &'static str {
        ["", "○", "◎"][self as usize]
    }
}

/// What a respondent states that bears on the audit menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditEvidence {
    /// Codes of the qualifications chosen.
    pub qualifications: Vec<String>,
    /// The free text of other qualifications; empty where there is none.
    pub other_text: String,
}

/// One sub-item's sum beside what was asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubItemRating {
    /// The sub-item's code, such as `S1a`.
    pub code: &'static str,
    /// The sum of its answers.
    pub sum: u8,
    /// The points at or above which it is met.
    pub threshold: u8,
    /// The number of its questions.
    pub questions: u8,
    /// Whether the sum is at or above the threshold.
    pub met: bool,
}

impl SubItemRating {
    fn of(rule: &SubItemRule, values: &[u8; SKILL_ITEMS.len()]) -> Self {
        let sum = values[rule.items.clone()].iter().sum();
        let SubItemRule { code, threshold, questions, .. } = *rule;
        Self { code, sum, threshold, questions, met: sum >= threshold }
    }
}

/// The mark of one area and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaRating {
    /// The area.
    pub area: Area,
    /// Its mark.
    pub mark: Mark,
    /// The sum of all answers in the area; 0 when the skill part was left empty.
    pub points: u8,
    /// Its sub-items in the order of the form; none when the skill part was left empty.
    pub sub_items: Vec<SubItemRating>,
    /// Why it has this mark.
    pub reason: Reason,
}

/// Where the mark of a menu comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuBasis {
    /// It is the mark of this area.
    Area(Area),
    /// It follows from an audit qualification.
    Audit {
        /// The code of the qualification, or the name found in the free text.
        named: String,
        /// The area whose ◎ made it ◎.
        strengthened_by: Option<Area>,
    },
    /// No audit qualification was stated, so the menu is blank.
    NoAudit,
}

/// The mark of one menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuRating {
    /// The menu.
    pub menu: Menu,
    /// Its mark.
    pub mark: Mark,
    /// What orders experts within a mark: the points of the area behind it; for the audit menu those of the area that
    /// strengthens it, and 0 without an audit qualification.
    pub points: u8,
    /// Where the mark comes from.
    pub basis: MenuBasis,
}

/// The marks of one response under one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The id of the policy.
    pub policy: String,
    /// The areas, in the order of [`Area::ALL`].
    pub areas: [AreaRating; Area::ALL.len()],
    /// The menus, in the order of [`Menu::ALL`].
    pub menus: [MenuRating; Menu::ALL.len()],
}

impl Rating {
    /// The rating of one area.
    pub fn area(&self, area: Area) -> &AreaRating {
        &self.areas[area as usize]
    }

    /// The rating of one menu.
    pub fn menu(&self, menu: Menu) -> &MenuRating {
        &self.menus[menu as usize]
    }
}

/// Scores one response. An empty skill part has no mark in any area, but the audit menu still follows from the evidence.
pub fn rate(policy: &Policy, answers: &SkillAnswers, evidence: &AuditEvidence) -> Rating {
    rate_audited(policy, answers, audit_qualification(policy.audit(), evidence))
}

/// The same, of the audit qualification that was found in the evidence: with the answers it is all that a rating follows from.
pub(crate) fn rate_audited(policy: &Policy, answers: &SkillAnswers, audit: Option<&str>) -> Rating {
    let areas = policy.areas().each_ref().map(|rule| match answers.values() {
        Some(values) => rate_area(policy.marks(), rule, values),
        None => unanswered(rule.area),
    });
    let menus = Menu::ALL.map(|menu| match policy.areas().iter().find(|rule| rule.menus.contains(&menu)) {
        Some(rule) => {
            let AreaRating { area, mark, points, .. } = areas[rule.area as usize];
            MenuRating { menu, mark, points, basis: MenuBasis::Area(area) }
        }
        None => rate_audit(policy.audit(), menu, &areas, audit),
    });
    Rating { policy: policy.id().to_owned(), areas, menus }
}

/// The mark and points of one area without the explanation, for counting.
pub(crate) fn area_mark(marks: MarkRule, rule: &AreaRule, values: &[u8; SKILL_ITEMS.len()]) -> (Mark, u8) {
    let mut points = 0;
    let mut unmet = 0;
    for sub_item in &rule.sub_items {
        let SubItemRating { sum, met, .. } = SubItemRating::of(sub_item, values);
        points += sum;
        unmet += u8::from(!met);
    }
    let mark = if unmet <= marks.strong_unmet_at_most {
        Mark::Strong
    } else if unmet <= marks.able_unmet_at_most && points >= rule.floor {
        Mark::Able
    } else {
        Mark::None
    };
    (mark, points)
}

fn rate_area(marks: MarkRule, rule: &AreaRule, values: &[u8; SKILL_ITEMS.len()]) -> AreaRating {
    let (mark, points) = area_mark(marks, rule, values);
    let sub_items: Vec<_> = rule.sub_items.iter().map(|sub_item| SubItemRating::of(sub_item, values)).collect();
    let unmet: Vec<_> = sub_items.iter().filter(|sub_item| !sub_item.met).map(|sub_item| sub_item.code).collect();
    let reason = match unmet[..] {
        [] => Reason::AllMet,
        [sub_item] if points < rule.floor => Reason::BelowFloor { sub_item, floor: rule.floor },
        [sub_item] => Reason::OneNotMet { sub_item },
        _ => Reason::SeveralNotMet { sub_items: unmet },
    };
    AreaRating { area: rule.area, mark, points, sub_items, reason }
}

fn unanswered(area: Area) -> AreaRating {
    AreaRating { area, mark: Mark::None, points: 0, sub_items: Vec::new(), reason: Reason::Unanswered }
}

fn rate_audit(rule: &AuditRule, menu: Menu, areas: &[AreaRating; Area::ALL.len()], named: Option<&str>) -> MenuRating {
    let Some(named) = named else {
        return MenuRating { menu, mark: Mark::None, points: 0, basis: MenuBasis::NoAudit };
    };
    let area = &areas[rule.strong_with_area as usize];
    let strengthened_by = (area.mark == Mark::Strong).then_some(area.area);
    let mark = if strengthened_by.is_some() { Mark::Strong } else { Mark::Able };
    MenuRating { menu, mark, points: area.points, basis: MenuBasis::Audit { named: named.to_owned(), strengthened_by } }
}

/// The audit qualification that a policy finds in the evidence.
pub(crate) fn audit_qualification<'a>(rule: &'a AuditRule, evidence: &AuditEvidence) -> Option<&'a str> {
    let stated = rule.qualifications.iter().find(|code| evidence.qualifications.contains(code));
    let written = || {
        let text = fold(&evidence.other_text);
        rule.other_text.iter().find(|name| text.contains(&fold(name)))
    };
    stated.or_else(written).map(String::as_str)
}
