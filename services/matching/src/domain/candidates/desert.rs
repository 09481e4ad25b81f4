//! Why the unserved are unserved, and the map of it: what an operator must find or change, and where.

use std::collections::BTreeMap;

use kit_vocabulary::Words;

use super::codes::{CompanyIndustries, Place, Prefectures, Themes};
use super::condition::{Condition, Conditions};
use super::facts::Facts;
use super::plan::Plan;
use super::words::text;

macro_rules! causes {
    ($($(#[doc = $doc:literal])* $name:ident $code:literal;)*) => {
        /// The main cause why a request is unserved. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause {
            $($(#[doc = $doc])* $name,)*
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The cause in words.
            pub fn words(self) -> Words {
                text(match self {
                    $(Self::$name => concat!("CAUSE_", $code),)*
                }, &[])
            }
        }

        /// Every text here.
        #[cfg(test)]
        pub(super) const KEYS: &[&str] = &[$(concat!("CAUSE_", $code)),*];
    };
}

causes! {
    /// There is no expert at all.
    NoExperts "NO_EXPERTS";
    /// Whoever else would do does not serve the prefecture.
    NobodyInPrefecture "NOBODY_IN_PREFECTURE";
    /// Whoever else would do is not able in the theme, the items, the skills or the roles.
    NobodyAbleInTheme "NOBODY_ABLE_IN_THEME";
    /// The nearest lack both.
    NobodyBoth "NOBODY_BOTH";
    /// The nearest cost more than the company pays.
    Fee "FEE";
    /// The nearest do not offer the format.
    Format "FORMAT";
    /// The nearest do not offer the duration.
    Period "PERIOD";
    /// The nearest do not serve companies of this size.
    CompanySize "COMPANY_SIZE";
    /// The able have no capacity left, or others were given it.
    Capacity "CAPACITY";
    /// A quota of the region or programme is used up.
    Quota "QUOTA";
    /// The nearest have a conflict of interest, or are barred.
    Conflict "CONFLICT";
    /// The able were proposed before.
    Declined "DECLINED";
    /// The able are not listed.
    NotListed "NOT_LISTED";
    /// The nearest fail several conditions of different kinds.
    Several "SEVERAL";
}

/// How many experts fail exactly which conditions of a request; who fails none counts under no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Conditions, u64>);

impl Tally {
    /// Over these experts.
    pub fn over<'f>(plan: &Plan<'_>, experts: impl IntoIterator<Item = &'f Facts>) -> Self {
        experts.into_iter().map(|facts| plan.failed(facts)).collect()
    }

    /// Counts experts who fail exactly these.
    pub fn add(&mut self, failed: Conditions, experts: u64) {
        if experts > 0 {
            *self.0.entry(failed).or_default() += experts;
        }
    }

    /// How many fail this condition, whatever else they fail.
    pub fn failing(&self, condition: Condition) -> u64 {
        self.0.iter().filter(|(failed, _)| failed.has(condition)).map(|(_, experts)| experts).sum()
    }

    /// How many fail none.
    pub fn candidates(&self) -> u64 {
        self.0.get(&Conditions::NONE).copied().unwrap_or_default()
    }
}

impl FromIterator<Conditions> for Tally {
    fn from_iter<I: IntoIterator<Item = Conditions>>(failed: I) -> Self {
        let mut tally = Self::default();
        for failed in failed {
            tally.add(failed, 1);
        }
        tally
    }
}

/// A request nobody was found for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// The request's id.
    pub request: String,
    /// Prefecture of the company.
    pub prefecture: Option<Place<Prefectures>>,
    /// The theme wished first.
    pub theme: Option<Place<Themes>>,
    /// Industry of the company.
    pub industry: Option<Place<CompanyIndustries>>,
    /// How many experts fail what.
    pub tally: Tally,
    /// True when a quota kept the candidates from it.
    pub quota: bool,
}

/// Why a request is unserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The main cause.
    pub cause: Cause,
    /// The conditions whose lifting would give candidates: the fewest there are, and of these what most experts fail.
    pub lift: Conditions,
    /// How many candidates that would give.
    pub experts: u64,
    /// Other sets of as few conditions, most experts first.
    pub others: Vec<(Conditions, u64)>,
}

impl Unserved {
    /// Why nobody was found: the smallest set of conditions whose lifting gives a candidate names the cause.
    pub fn diagnosis(&self) -> Diagnosis {
        let tally = &self.tally.0;
        let fewest = tally.keys().map(|failed| failed.len()).min().unwrap_or_default();
        let mut sets: Vec<_> = tally.iter().filter(|(failed, _)| failed.len() == fewest).collect();
        sets.sort_by_key(|(failed, experts)| (u64::MAX - **experts, **failed));
        let mut sets = sets.into_iter().map(|(failed, experts)| (*failed, *experts));
        let Some((lift, experts)) = sets.next() else {
            let (lift, experts, others) = (Conditions::NONE, 0, vec![]);
            return Diagnosis { cause: Cause::NoExperts, lift, experts, others };
        };
        Diagnosis { cause: self.cause(lift), lift, experts, others: sets.collect() }
    }

    fn cause(&self, lift: Conditions) -> Cause {
        const CONFLICTS: Conditions = Conditions::NONE
            .with(Condition::SameGroup)
            .with(Condition::OwnVendor)
            .with(Condition::DeclaredConflict)
            .with(Condition::Barred);
        if lift.is_empty() {
            return if self.quota { Cause::Quota } else { Cause::Capacity };
        }
        let within = |conditions: Conditions| lift.without(conditions).is_empty();
        let only = |condition| within(Conditions::NONE.with(condition));
        let causes = [
            (only(Condition::OutsidePrefectures), Cause::NobodyInPrefecture),
            (within(Condition::COVERAGE), Cause::NobodyAbleInTheme),
            (within(Condition::COVERAGE.with(Condition::OutsidePrefectures)), Cause::NobodyBoth),
            (only(Condition::FeeAboveBudget), Cause::Fee),
            (only(Condition::Format), Cause::Format),
            (only(Condition::Period), Cause::Period),
            (only(Condition::CompanySize), Cause::CompanySize),
            (only(Condition::NoCapacity), Cause::Capacity),
            (within(CONFLICTS), Cause::Conflict),
            (only(Condition::DeclinedBefore), Cause::Declined),
            (only(Condition::NotListed), Cause::NotListed),
        ];
        causes.into_iter().find(|(holds, _)| *holds).map_or(Cause::Several, |(_, cause)| cause)
    }
}

/// A place on the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desert {
    /// Prefecture of the companies.
    pub prefecture: Option<Place<Prefectures>>,
    /// The theme they wish for first.
    pub theme: Option<Place<Themes>>,
    /// Their industry.
    pub industry: Option<Place<CompanyIndustries>>,
    /// Why they are unserved.
    pub cause: Cause,
    /// Their requests' ids, in order.
    pub requests: Vec<String>,
}

/// The map of the unserved: prefecture × theme × industry × cause, most requests first, then in the order of the lists.
pub fn desert(unserved: &[Unserved]) -> Vec<Desert> {
    let mut places: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for one in unserved {
        let place = (one.prefecture, one.theme, one.industry, one.diagnosis().cause);
        places.entry(place).or_default().push(one.request.clone());
    }
    let row = |((prefecture, theme, industry, cause), mut requests): (_, Vec<String>)| {
        requests.sort_unstable();
        Desert { prefecture, theme, industry, cause, requests }
    };
    let mut map: Vec<_> = places.into_iter().map(row).collect();
    // Stable: the order of the lists stays among equals.
    map.sort_by_key(|desert| std::cmp::Reverse(desert.requests.len()));
    map
}
