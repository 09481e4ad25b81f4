//! The hard conditions: who breaks one is never proposed.

use std::fmt::{self, Debug, Formatter};

use kit_vocabulary::Words;

use super::words::text;

macro_rules! conditions {
    ($($(#[doc = $doc:literal])* $name:ident $code:literal;)*) => {
        /// A hard condition that an expert can fail. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Condition {
            $($(#[doc = $doc])* $name,)*
        }

        impl Condition {
            /// Every condition, in the order they are told.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The condition's name for people.
            pub fn words(self) -> Words {
                text(match self {
                    $(Self::$name => concat!("CONDITION_", $code),)*
                }, &[])
            }
        }

        /// The texts of the names.
        #[cfg(test)]
        pub(super) const KEYS: &[&str] = &[$(concat!("CONDITION_", $code)),*];
    };
}

conditions! {
    /// Not shown in the search.
    NotListed "NOT_LISTED";
    /// Does not serve the company's prefecture.
    OutsidePrefectures "OUTSIDE_PREFECTURES";
    /// Does not guide the theme: none of them, or not all where all must be covered.
    NotAbleInTheme "NOT_ABLE_IN_THEME";
    /// No mark in the menu of an item, or does not guide the theme that the item is.
    NotAbleInMenu "NOT_ABLE_IN_MENU";
    /// Cannot do a skill item.
    SkillMissing "SKILL_MISSING";
    /// Nothing shows that the expert fills a role.
    RoleMissing "ROLE_MISSING";
    /// Has as many open cases and proposals as wanted.
    NoCapacity "NO_CAPACITY";
    /// The fee is above what the company pays, or not stated.
    FeeAboveBudget "FEE_ABOVE_BUDGET";
    /// Offers none of the formats.
    Format "FORMAT";
    /// Offers none of the durations.
    Period "PERIOD";
    /// Does not serve companies of this size; only where the policy makes it a condition.
    CompanySize "COMPANY_SIZE";
    /// Belongs to the company or its corporate group.
    SameGroup "SAME_GROUP";
    /// Belongs to a vendor of the company.
    OwnVendor "OWN_VENDOR";
    /// A conflict was declared.
    DeclaredConflict "DECLARED_CONFLICT";
    /// A rule bars the pair.
    Barred "BARRED";
    /// Was proposed for this request before and did not become it.
    DeclinedBefore "DECLINED_BEFORE";
}

impl Condition {
    /// What several experts can fill together: a team needs it as a whole, not from each member.
    pub const COVERAGE: Conditions = Conditions::NONE
        .with(Self::NotAbleInTheme)
        .with(Self::NotAbleInMenu)
        .with(Self::SkillMissing)
        .with(Self::RoleMissing);
}

/// A set of conditions.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conditions(u32);

impl Conditions {
    /// None.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub const fn with(self, condition: Condition) -> Self {
        Self(self.0 | 1 << condition as u32)
    }

    /// With this one where it is so.
    #[must_use]
    pub(super) const fn with_if(self, condition: Condition, failed: bool) -> Self {
        Self(self.0 | (failed as u32) << condition as u32)
    }

    /// Those the other set has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// True for one in the set.
    pub const fn has(self, condition: Condition) -> bool {
        self.0 >> condition as u32 & 1 == 1
    }

    /// True without any.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// They, in the order they are told.
    pub fn iter(self) -> impl Iterator<Item = Condition> {
        Condition::ALL.iter().copied().filter(move |condition| self.has(*condition))
    }
}

impl FromIterator<Condition> for Conditions {
    fn from_iter<I: IntoIterator<Item = Condition>>(conditions: I) -> Self {
        conditions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Debug for Conditions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
