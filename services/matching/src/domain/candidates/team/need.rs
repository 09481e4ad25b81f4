//! What a request needs covered, one by one, as bits.

use kit_vocabulary::Words;

use crate::domain::candidates::codes::{Codes, MenuItems, Place, SecurityRoles, SkillItems, Themes};
use crate::domain::candidates::facts::Facts;
use crate::domain::candidates::plan::Plan;
use crate::domain::candidates::words::text;

/// One thing a request needs covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Any of the themes wished for.
    AnyTheme,
    /// This theme.
    Theme(Place<Themes>),
    /// This item of a menu.
    MenuItem(Place<MenuItems>),
    /// This skill item.
    SkillItem(Place<SkillItems>),
    /// This role.
    Role(Place<SecurityRoles>),
}

impl Need {
    /// What the request needs. Roles the policy cannot see in anybody are none.
    pub(super) fn all(plan: &Plan<'_>) -> Vec<Self> {
        let asked = plan.asked();
        let any = (!asked.all_themes && !asked.themes.is_empty()).then_some(Self::AnyTheme);
        let themes = if asked.all_themes { plan.themes } else { Codes::NONE };
        let roles = asked.roles.places().filter(|role| plan.policy().role(*role).is_some());
        any.into_iter()
            .chain(themes.places().map(Self::Theme))
            .chain(asked.menu_items.places().map(Self::MenuItem))
            .chain(asked.skill_items.places().map(Self::SkillItem))
            .chain(roles.map(Self::Role))
            .collect()
    }

    fn is_covered(self, plan: &Plan<'_>, facts: &Facts) -> bool {
        match self {
            Self::AnyTheme => !plan.able_in(facts).is_empty(),
            Self::Theme(theme) => plan.able_in(facts).has(theme),
            Self::MenuItem(item) => {
                item.links().without(facts.able).is_empty() && item.links().without(facts.themes).is_empty()
            }
            Self::SkillItem(item) => facts.skill_items.has(item),
            Self::Role(role) => plan.policy().role(role).is_some_and(|rule| rule.is_met(facts)),
        }
    }

    /// The need in words.
    pub fn words(self) -> Words {
        match self {
            Self::AnyTheme => text("ANY_THEME", &[]),
            Self::Theme(theme) => theme.words(),
            Self::MenuItem(item) => item.words(),
            Self::SkillItem(item) => item.words(),
            Self::Role(role) => role.words(),
        }
    }
}

/// One bit a need. The lists together have fewer codes than there are bits.
pub(super) type Cover = u128;

/// All needs.
pub(super) fn whole(needs: &[Need]) -> Cover {
    (0..needs.len()).fold(0, |all, at| all | bit(at))
}

/// The needs an expert covers.
pub(super) fn covered(plan: &Plan<'_>, needs: &[Need], facts: &Facts) -> Cover {
    let covered = needs.iter().enumerate().filter(|(_, need)| need.is_covered(plan, facts));
    covered.fold(0, |all, (at, _)| all | bit(at))
}

/// The needs of these bits.
pub(super) fn named(needs: &[Need], cover: Cover) -> Vec<Need> {
    needs.iter().enumerate().filter(|(at, _)| cover & bit(*at) != 0).map(|(_, need)| *need).collect()
}

/// Past the last bit there is none, rather than a first one again.
fn bit(at: usize) -> Cover {
    u32::try_from(at).ok().and_then(|at| 1_u128.checked_shl(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::candidates::codes::Kind;

    #[test]
    fn every_need_has_a_bit() {
        let lists = [Themes::list(), MenuItems::list(), SkillItems::list(), SecurityRoles::list()];
        let codes: usize = lists.iter().map(|list| list.codes().len()).sum();
        assert!(codes < 128, "{codes} codes do not fit");
    }
}
