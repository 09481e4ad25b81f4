//! A request made ready for judging many experts: whatever depends on the request and the policy alone is worked out once.

use super::asked::{Asked, Payer};
use super::codes::{Codes, ExpertIndustries, Formats, Kind, MenuItems, Menus, Place, Prefectures, SkillItems, Themes};
use super::condition::{Condition, Conditions};
use super::facts::{Conflict, ConflictKind, Facts};
use super::policy::{Policy, RoleRule};
use super::score::Table;

/// A request and a policy, ready to judge experts by.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    pub(super) asked: &'a Asked,
    pub(super) policy: &'a Policy,
    pub(super) themes: Codes<Themes>,
    /// By the place in the order of wish: the menus the theme stands in.
    theme_menus: Vec<(Place<Themes>, Codes<Menus>)>,
    /// Menus whose mark the items need, and the themes that items are.
    item_menus: Codes<Menus>,
    item_themes: Codes<Themes>,
    /// The roles the policy knows how to see.
    roles: Vec<RoleRule>,
    pub(super) formats: Codes<Formats>,
    pub(super) table: Table,
}

impl<'a> Plan<'a> {
    /// Makes a request ready.
    pub fn new(asked: &'a Asked, policy: &'a Policy) -> Self {
        let theme_menus: Vec<_> = asked.themes.iter().map(|&theme| (theme, theme.links::<Menus>())).collect();
        let item_menus = linked::<MenuItems, Menus>(asked.menu_items);
        let roles: Vec<_> = asked.roles.places().filter_map(|role| policy.role(role)).copied().collect();
        let formats = if asked.emergency { incident() } else { asked.formats };
        Self {
            asked,
            policy,
            themes: asked.themes.iter().copied().collect(),
            item_menus,
            item_themes: linked::<MenuItems, Themes>(asked.menu_items),
            formats,
            table: Table::new(asked, policy, &theme_menus, item_menus.or(otherwise(asked, policy, &roles))),
            theme_menus,
            roles,
        }
    }

    /// The request.
    pub const fn asked(&self) -> &'a Asked {
        self.asked
    }

    /// The policy.
    pub const fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// Every hard condition the expert fails.
    pub fn failed(&self, facts: &Facts) -> Conditions {
        let asked = self.asked;
        let coverage = Conditions::NONE
            .with_if(Condition::NotAbleInTheme, !self.covers_themes(facts))
            .with_if(Condition::NotAbleInMenu, !self.covers_items(facts))
            .with_if(Condition::SkillMissing, !asked.skill_items.without(facts.skill_items).is_empty())
            .with_if(Condition::RoleMissing, !self.roles.iter().all(|role| role.is_met(facts)));
        let failed = coverage
            .with_if(Condition::NotListed, !facts.listed)
            .with_if(Condition::OutsidePrefectures, !self.serves(facts))
            .with_if(Condition::NoCapacity, facts.work.open() >= facts.work.capacity)
            .with_if(Condition::FeeAboveBudget, !self.affords(facts))
            .with_if(Condition::Format, !self.formats.is_empty() && !self.formats.meets(facts.formats))
            .with_if(Condition::Period, self.asks_period() && !asked.durations.meets(facts.durations))
            .with_if(Condition::CompanySize, self.asks_size() && !asked.size.is_some_and(|size| facts.sizes.has(size)));
        self.with_conflicts(failed, facts)
    }

    fn with_conflicts(&self, failed: Conditions, facts: &Facts) -> Conditions {
        let asked = self.asked;
        let conflict = |kind| self.conflicts(facts).any(|conflict| conflict.kind == kind);
        failed
            .with_if(Condition::SameGroup, meet(&facts.belongs_to, &asked.group))
            .with_if(Condition::OwnVendor, meet(&facts.belongs_to, &asked.vendors))
            .with_if(Condition::DeclaredConflict, conflict(ConflictKind::Declared))
            .with_if(Condition::Barred, conflict(ConflictKind::Barred))
            .with_if(Condition::DeclinedBefore, asked.declined.contains(&facts.id))
    }

    /// The expert's conflicts that concern the request.
    pub(super) fn conflicts<'f>(&self, facts: &'f Facts) -> impl Iterator<Item = &'f Conflict> {
        let asked = self.asked;
        let concerns =
            move |conflict: &&Conflict| asked.group.contains(&conflict.with) || asked.vendors.contains(&conflict.with);
        facts.conflicts.iter().filter(concerns)
    }

    /// The asked themes the expert is able in.
    pub(super) fn able_in(&self, facts: &Facts) -> Codes<Themes> {
        let guided = self.themes.and(facts.themes);
        if !self.policy.conditions.mark_with_theme {
            return guided;
        }
        let marked = self.theme_menus.iter().filter(|(_, menus)| menus.meets(facts.able));
        guided.and(marked.map(|(theme, _)| *theme).collect())
    }

    fn covers_themes(&self, facts: &Facts) -> bool {
        let able = self.able_in(facts);
        if self.asked.all_themes { able == self.themes } else { self.themes.is_empty() || !able.is_empty() }
    }

    fn covers_items(&self, facts: &Facts) -> bool {
        self.item_menus.without(facts.able).is_empty() && self.item_themes.without(facts.themes).is_empty()
    }

    fn serves(&self, facts: &Facts) -> bool {
        let Some(prefecture) = self.asked.prefecture else { return true };
        let anywhere = self.policy.conditions.online_anywhere && self.formats.and(facts.formats).meets(online());
        anywhere || facts.prefectures.has(prefecture)
    }

    fn affords(&self, facts: &Facts) -> bool {
        match (self.asked.payer, self.asked.fee_ceiling) {
            (Payer::Company, Some(ceiling)) => facts.fee.is_some_and(|fee| fee <= ceiling),
            _ => true,
        }
    }

    fn asks_period(&self) -> bool {
        !self.asked.emergency && !self.asked.durations.is_empty()
    }

    fn asks_size(&self) -> bool {
        self.policy.conditions.company_size && !self.asked.emergency && self.asked.size.is_some()
    }

    pub(super) const fn items_need(&self) -> (Codes<Menus>, Codes<Themes>) {
        (self.item_menus, self.item_themes)
    }
}

fn meet(some: &[String], others: &[String]) -> bool {
    some.iter().any(|one| others.contains(one))
}

/// All codes of another list that these belong with.
pub(super) fn linked<K: Kind, L: Kind>(codes: Codes<K>) -> Codes<L> {
    codes.places().fold(Codes::NONE, |all, code| all.or(code.links()))
}

/// The one format that does.
fn format(code: &str) -> Codes<Formats> {
    Place::of(code).into_iter().collect()
}

/// Help in an emergency.
fn incident() -> Codes<Formats> {
    format("incident")
}

/// Support online.
pub(super) fn online() -> Codes<Formats> {
    format("online")
}

/// The menus by which experts are told apart where the request names neither theme nor item.
fn otherwise(asked: &Asked, policy: &Policy, roles: &[RoleRule]) -> Codes<Menus> {
    if !asked.themes.is_empty() || !asked.menu_items.is_empty() {
        return Codes::NONE;
    }
    let named = roles.iter().fold(menus_of_skills(asked.skill_items), |all, role| all.or(role.menus));
    if named.is_empty() && asked.emergency { policy.emergency } else { named }
}

/// The menus that follow from the areas of these items.
fn menus_of_skills(items: Codes<SkillItems>) -> Codes<Menus> {
    let sub_items = items.places().flat_map(|item| item.code().links("skill_subitems"));
    let areas = sub_items.filter_map(|code| kit_vocabulary::skill_subitems().get(code));
    let areas: Vec<_> = areas.flat_map(|sub_item| sub_item.links("skill_areas")).collect();
    let follows = |menu: &&kit_vocabulary::Code| menu.links("skill_areas").iter().any(|area| areas.contains(&area));
    Menus::list().codes().iter().filter(follows).filter_map(|menu| Place::of(&menu.code)).collect()
}

/// The industries of experts that match the company's.
pub(super) fn matching_industries(asked: &Asked) -> Codes<ExpertIndustries> {
    asked.industry.map_or(Codes::NONE, Place::links)
}

/// The prefectures of the same region, itself included.
pub(super) fn region(of: Place<Prefectures>) -> Codes<Prefectures> {
    let regions = of.code().links("regions");
    let shares = |other: &&kit_vocabulary::Code| other.links("regions").iter().any(|region| regions.contains(region));
    Prefectures::list().codes().iter().filter(shares).filter_map(|code| Place::of(&code.code)).collect()
}
