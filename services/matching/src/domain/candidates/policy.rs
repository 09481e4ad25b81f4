//! The weight policy: every number by which facts become points, as versioned data.

mod check;
pub mod fault;
mod file;

use std::sync::LazyLock;

use kit_vocabulary::Words;

use super::codes::{
    Bodies, Codes, ExpertIndustries, Guidelines, Menus, Place, Qualifications, SecurityRoles, SkillItems, Themes,
};
use super::facts::{Facts, MENUS};
use super::reason::Reason;
use fault::Fault;

/// The policy in force until an operator chooses another.
pub const DEFAULT_POLICY: &str = "balanced-1";

/// The whole, in the thousandths that shares are given in.
pub const WHOLE: i64 = 1_000;

/// The highest score a policy can give.
pub const HIGHEST_SCORE: i64 = 1_000_000;

/// A valid weight policy. Made by [`Policy::load`] only, so the rest of the domain needs no checks. Shares are thousandths of
/// a reason's weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) id: String,
    pub(super) title: Words,
    pub(super) source: String,
    pub(super) weights: [i64; Reason::COUNT],
    /// By the place among the wishes; 0 for later ones.
    pub(super) wish: Vec<i64>,
    pub(super) strong: i64,
    pub(super) able: i64,
    /// The points at which a menu counts in full.
    pub(super) menu_points_full: [u8; MENUS],
    pub(super) industry: IndustryRule,
    pub(super) guidelines: Vec<(Place<Guidelines>, Vec<Sign>)>,
    pub(super) nearness: NearnessRule,
    pub(super) theme_cases_full: u32,
    pub(super) outcomes: OutcomeRule,
    /// Of an expert whose communication nobody has marked.
    pub(super) communication_presumed: i64,
    pub(super) little_work: LittleWorkRule,
    pub(super) qualifications: [Codes<Qualifications>; MENUS],
    /// By the place of the code.
    pub(super) experience: Vec<i64>,
    pub(super) roles: Vec<(Place<SecurityRoles>, RoleRule)>,
    pub(super) conditions: ConditionRule,
    /// What an emergency is about where it says nothing more.
    pub(super) emergency: Codes<Menus>,
    pub(super) team: TeamRule,
}

/// How experience with the company's industry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IndustryRule {
    /// The expert says so.
    pub(super) declared: i64,
    /// That many cases in it fill the rest.
    pub(super) cases_full: u32,
}

/// One sign of knowing a guideline: any of its codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) bodies: Codes<Bodies>,
    pub(super) industries: Codes<ExpertIndustries>,
    pub(super) qualifications: Codes<Qualifications>,
    pub(super) skill_items: Codes<SkillItems>,
    pub(super) share: i64,
}

impl Sign {
    /// Only what of the sign the expert has.
    pub(super) fn of(&self, facts: &Facts) -> Option<Self> {
        let met = Self {
            bodies: self.bodies.and(facts.bodies),
            industries: self.industries.and(facts.industries),
            qualifications: self.qualifications.and(facts.qualifications),
            skill_items: self.skill_items.and(facts.skill_items),
            share: self.share,
        };
        let none = met.bodies.is_empty()
            && met.industries.is_empty()
            && met.qualifications.is_empty()
            && met.skill_items.is_empty();
        (!none).then_some(met)
    }
}

/// How near the expert lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NearnessRule {
    pub(super) same_prefecture: i64,
    pub(super) neighbour: i64,
    pub(super) same_region: i64,
    pub(super) elsewhere: i64,
    /// What of it all counts where the request takes nothing but online.
    pub(super) online_only: i64,
}

/// How companies' grades count: a mean that begins with so many presumed answers, so that one answer neither makes nor
/// breaks an expert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutcomeRule {
    pub(super) good: i64,
    pub(super) fair: i64,
    pub(super) poor: i64,
    pub(super) presumed: i64,
    pub(super) presumed_answers: u32,
}

/// How work so far counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LittleWorkRule {
    /// By the number of cases had; 0 for more.
    pub(super) by_cases: Vec<i64>,
    /// That many introductions count as one case.
    pub(super) introductions_per_case: u32,
}

/// What shows that an expert fills a role: any of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RoleRule {
    pub(super) menus: Codes<Menus>,
    pub(super) themes: Codes<Themes>,
    pub(super) qualifications: Codes<Qualifications>,
}

impl RoleRule {
    pub(super) const fn is_met(&self, facts: &Facts) -> bool {
        self.menus.meets(facts.able)
            || self.themes.meets(facts.themes)
            || self.qualifications.meets(facts.qualifications)
    }
}

/// How strict the conditions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConditionRule {
    /// The size of the company is a condition, not a reason.
    pub(super) company_size: bool,
    /// Able in a theme is only who also has a mark in its menu.
    pub(super) mark_with_theme: bool,
    /// Who offers what is asked online need not serve the prefecture.
    pub(super) online_anywhere: bool,
}

/// Who is senior, junior, on the management and on the technical side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TeamRule {
    /// Places in the list of experience, and years since the registration.
    pub(super) senior_experience: usize,
    pub(super) senior_years: u32,
    pub(super) junior_experience: usize,
    pub(super) junior_years: u32,
    pub(super) management: Codes<Menus>,
    pub(super) technical: Codes<Menus>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// Every fault with its place; only a text that is not JSON of this shape has a single one.
    pub fn load(json: &str) -> Result<Self, Vec<Fault>> {
        file::read(json).and_then(|file| check::checked(&file))
    }

    /// The embedded policy of this id.
    pub fn named(id: &str) -> Option<&'static Self> {
        policies().iter().find(|policy| policy.id == id)
    }

    /// The stable id, with the version in it: a policy in use is never changed, only followed by another.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is about.
    pub const fn title(&self) -> &Words {
        &self.title
    }

    /// Where its numbers come from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The most points a reason can give.
    pub const fn weight(&self, reason: Reason) -> i64 {
        self.weights[reason as usize]
    }

    /// The share of a reason's weight, rounded down.
    pub(super) const fn share(&self, reason: Reason, share: i64) -> i64 {
        self.weight(reason) * share / WHOLE
    }

    /// Skill items that show that somebody knows a guideline.
    pub fn skill_items_of(&self, guideline: Place<Guidelines>) -> Codes<SkillItems> {
        self.signs(guideline).iter().fold(Codes::NONE, |all, sign| all.or(sign.skill_items))
    }

    /// Who offers what is asked online need not serve the prefecture.
    pub const fn online_anywhere(&self) -> bool {
        self.conditions.online_anywhere
    }

    pub(super) fn role(&self, role: Place<SecurityRoles>) -> Option<&RoleRule> {
        self.roles.iter().find(|(of, _)| *of == role).map(|(_, rule)| rule)
    }

    /// The signs of a guideline; a level without its own has those of its guideline.
    pub(super) fn signs(&self, guideline: Place<Guidelines>) -> &[Sign] {
        let of = |guideline| self.guidelines.iter().find(|(of, _)| *of == guideline);
        let found = of(guideline).or_else(|| guideline.links::<Guidelines>().places().find_map(of));
        found.map_or(&[], |(_, signs)| signs)
    }
}

/// The policies that come with the program.
pub fn policies() -> &'static [Policy] {
    static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
        let files =
            [include_str!("../../../policies/balanced-1.json"), include_str!("../../../policies/spread-1.json")];
        files.map(|json| Policy::load(json).expect("a test reads every embedded policy")).into()
    });
    &POLICIES
}

impl Default for &Policy {
    fn default() -> Self {
        Policy::named(DEFAULT_POLICY).expect("a test finds the default policy")
    }
}
