//! Which condition failed, and what would have been needed.

use kit_vocabulary::Words;

use super::{joined, label, labels, plain, text};
use crate::domain::candidates::codes::{Codes, Place};
use crate::domain::candidates::condition::Condition;
use crate::domain::candidates::facts::{ConflictKind, Facts};
use crate::domain::candidates::plan::Plan;
use crate::domain::candidates::policy::RoleRule;
use crate::domain::candidates::verdict::Failure;

/// The texts here that are not called by a condition.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &["NOT_ABLE_IN_ANY_THEME", "NO_REASON"];

impl Plan<'_> {
    /// Every failed condition in words; none for an expert who can be proposed.
    pub fn failures(&self, facts: &Facts) -> Vec<Failure> {
        let failed = self.failed(facts);
        failed.iter().map(|condition| Failure { condition, words: self.failure(condition, facts) }).collect()
    }

    fn failure(&self, condition: Condition, facts: &Facts) -> Words {
        let asked = self.asked;
        let values: Vec<(&str, Words)> = match condition {
            Condition::NotListed | Condition::SameGroup | Condition::OwnVendor | Condition::DeclinedBefore => vec![],
            Condition::OutsidePrefectures => {
                vec![("needed", label(asked.prefecture)), ("has", labels(facts.prefectures))]
            }
            Condition::NotAbleInTheme => return self.theme_failure(facts),
            Condition::NotAbleInMenu => vec![("needed", self.menus_missing(facts))],
            Condition::SkillMissing => vec![("needed", labels(asked.skill_items.without(facts.skill_items)))],
            Condition::RoleMissing => vec![("needed", self.roles_missing(facts))],
            Condition::NoCapacity => {
                vec![("open", plain(facts.work.open())), ("capacity", plain(facts.work.capacity))]
            }
            Condition::FeeAboveBudget => vec![("needed", label(asked.fee_ceiling)), ("has", label(facts.fee))],
            Condition::Format => vec![("needed", labels(self.formats)), ("has", labels(facts.formats))],
            Condition::Period => vec![("needed", labels(asked.durations)), ("has", labels(facts.durations))],
            Condition::CompanySize => vec![("needed", label(asked.size)), ("has", labels(facts.sizes))],
            Condition::DeclaredConflict => vec![("reason", self.conflict_reason(facts, ConflictKind::Declared))],
            Condition::Barred => vec![("reason", self.conflict_reason(facts, ConflictKind::Barred))],
        };
        text(condition.code(), &values)
    }

    fn theme_failure(&self, facts: &Facts) -> Words {
        if self.asked.all_themes {
            let missing = self.themes.without(self.able_in(facts));
            return text(Condition::NotAbleInTheme.code(), &[("needed", labels(missing))]);
        }
        let wished = joined(self.asked.themes.iter().map(|theme| theme.words()));
        text("NOT_ABLE_IN_ANY_THEME", &[("needed", wished)])
    }

    fn menus_missing(&self, facts: &Facts) -> Words {
        let (menus, themes) = self.items_need();
        let menus = menus.without(facts.able).places().map(Place::words);
        joined(menus.chain(themes.without(facts.themes).places().map(Place::words)))
    }

    fn roles_missing(&self, facts: &Facts) -> Words {
        let unmet = |rule: &RoleRule| !rule.is_met(facts);
        let missing = |role: &Place<_>| self.policy.role(*role).is_some_and(unmet);
        labels(self.asked.roles.places().filter(missing).collect::<Codes<_>>())
    }

    fn conflict_reason(&self, facts: &Facts, kind: ConflictKind) -> Words {
        let stated = self.conflicts(facts).filter(|conflict| conflict.kind == kind && !conflict.reason.is_empty());
        let stated = joined(stated.map(|conflict| plain(&conflict.reason)));
        if stated.ja.is_empty() { text("NO_REASON", &[]) } else { stated }
    }
}
