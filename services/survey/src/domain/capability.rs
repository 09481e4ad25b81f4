//! How many respondents can do what: the capability table (figure 2-95).

use super::policy::{Area, Policy};
use super::scoring::{Mark, SkillAnswers, area_mark};

/// One area's respondents by what they can do; the three add up to all respondents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CapabilityCount {
    /// The area is ◎.
    pub alone: u64,
    /// Not ◎, and the mean answer reaches what the policy asks.
    pub with_support: u64,
    /// The rest, and those who left the skill part empty.
    pub not_yet: u64,
}

/// The counts of all areas under one policy.
///
/// The report prints the table without its method; the rule is this project's and part of the policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capability {
    /// The counts, in the order of [`Area::ALL`].
    pub areas: [CapabilityCount; Area::ALL.len()],
}

impl Capability {
    /// Counts respondents; the caller passes one skill part per person.
    pub fn count<'a>(policy: &Policy, people: impl IntoIterator<Item = &'a SkillAnswers>) -> Self {
        let mut capability = Self::default();
        for person in people {
            for (rule, count) in policy.areas().iter().zip(&mut capability.areas) {
                let Some(values) = person.values() else {
                    count.not_yet += 1;
                    continue;
                };
                let (mark, points) = area_mark(policy.marks(), rule, values);
                let enough = policy.support_mean_hundredths() * u32::from(rule.questions);
                if mark == Mark::Strong {
                    count.alone += 1;
                } else if u32::from(points) * 100 >= enough {
                    count.with_support += 1;
                } else {
                    count.not_yet += 1;
                }
            }
        }
        capability
    }

    /// The counts of one area.
    pub fn area(&self, area: Area) -> CapabilityCount {
        self.areas[area as usize]
    }
}
