//! The scoring policy: every number and code by which answers become marks, as versioned data.
//!
//! The rule published in the report gives ○ to everybody in an area with one sub-item (domain.md 3), so it is expected
//! to change. A policy therefore has an id that every rating names, and no number of it stands in code.

mod file;
mod text;

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

pub(crate) use text::fold;

/// The policy in force until an operator chooses another: the rule as published.
pub const DEFAULT_POLICY: &str = "ipa-2024";

/// An area of support of the skill survey (支援領域), S1 to S6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Policy and organisation.
    S1,
    /// Identification of risks.
    S2,
    /// Practice and operation of measures.
    S3,
    /// Detection and monitoring.
    S4,
    /// Response to an attack.
    S5,
    /// Recovery and communication.
    S6,
}

impl Area {
    /// All areas in the order of the form; an area's place here is its index in every array by area.
    pub const ALL: [Self; 6] = [Self::S1, Self::S2, Self::S3, Self::S4, Self::S5, Self::S6];

    /// The stable code, `S1` to `S6`.
    pub const fn code(self) -> &'static str {
        ["S1", "S2", "S3", "S4", "S5", "S6"][self as usize]
    }

    /// The area with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.code() == code)
    }
}

/// A menu of support (支援メニュー), M0 to M7: what a search asks for (figure 2-105).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Menu {
    /// Strategy for beginners.
    M0,
    /// Policy and organisation.
    M1,
    /// Identification of risks.
    M2,
    /// Practice and operation of measures.
    M3,
    /// Detection and monitoring.
    M4,
    /// Response to an incident.
    M5,
    /// Recovery and communication.
    M6,
    /// System audit.
    M7,
}

impl Menu {
    /// All menus in order; a menu's place here is its index in every array by menu.
    pub const ALL: [Self; 8] = [Self::M0, Self::M1, Self::M2, Self::M3, Self::M4, Self::M5, Self::M6, Self::M7];

    /// The stable code, `M0` to `M7`.
    pub const fn code(self) -> &'static str {
        ["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7"][self as usize]
    }

    /// The menu with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|menu| menu.code() == code)
    }
}

/// How one sub-item (小項目) of an area is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubItemRule {
    /// The stable code, such as `S1a`.
    pub code: &'static str,
    /// Its questions, as places in [`SKILL_ITEMS`](super::scoring::SKILL_ITEMS).
    pub items: Range<usize>,
    /// The number of its questions.
    pub questions: u8,
    /// The points (評点) at or above which the sub-item is met.
    pub threshold: u8,
}

/// How one area is judged, and which menus show its mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaRule {
    /// The area.
    pub area: Area,
    /// Its sub-items in the order of the form, at least one.
    pub sub_items: Vec<SubItemRule>,
    /// The menus that show this area's mark.
    pub menus: Vec<Menu>,
    /// The number of questions in the area.
    pub questions: u8,
    /// Points below which the area cannot be ○; 0 where there is no floor.
    pub floor: u8,
}

/// How many sub-items of an area may be unmet for ◎ and for ○.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkRule {
    /// At most this many unmet: ◎.
    pub strong_unmet_at_most: u8,
    /// At most this many unmet, and not ◎: ○.
    pub able_unmet_at_most: u8,
}

/// How the menu that no area rates follows from audit qualifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRule {
    /// The menu it decides.
    pub menu: Menu,
    /// Codes of qualifications any one of which gives ○.
    pub qualifications: Vec<String>,
    /// Names any one of which, in the free text of other qualifications, gives ○.
    pub other_text: Vec<String>,
    /// The area whose ◎ turns that ○ into ◎, and whose points order the experts within a mark.
    pub strong_with_area: Area,
}

/// What a policy is, in few words.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// A valid scoring policy. Made by [`Policy::load`] only, so the rest of the domain needs no checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    id: String,
    title: Title,
    definition: String,
    date: String,
    source: String,
    areas: [AreaRule; Area::ALL.len()],
    marks: MarkRule,
    audit: AuditRule,
    support_mean_hundredths: u32,
}

impl Policy {
    /// Reads a policy from JSON (see `policies/ipa-2024.json` for the shape).
    ///
    /// # Errors
    /// Every fault found, each with its place in the file; text that is no JSON of this shape is one fault.
    pub fn load(json: &str) -> Result<Self, PolicyError> {
        file::load(json, false)
    }

    /// Reads a policy that nobody knows yet: its day is one that there is, and its qualifications are those that the forms ask for.
    ///
    /// # Errors
    /// As [`Policy::load`].
    pub fn load_new(json: &str) -> Result<Self, PolicyError> {
        file::load(json, true)
    }

    /// The id that ratings carry.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is, in few words.
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// The JSON it was read from.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Whether the other one is the same policy, however its JSON is laid out.
    pub fn says_as(&self, other: &Self) -> bool {
        Self { definition: String::new(), ..self.clone() } == Self { definition: String::new(), ..other.clone() }
    }

    /// The day of this version, `YYYY-MM-DD`.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// Where the rule comes from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The areas' rules, in the order of [`Area::ALL`].
    pub fn areas(&self) -> &[AreaRule; Area::ALL.len()] {
        &self.areas
    }

    /// The rule of one area.
    pub fn area(&self, area: Area) -> &AreaRule {
        &self.areas[area as usize]
    }

    /// When an area is ◎ or ○.
    pub fn marks(&self) -> MarkRule {
        self.marks
    }

    /// How the audit menu is decided.
    pub fn audit(&self) -> &AuditRule {
        &self.audit
    }

    /// The mean answer from which an area counts as "can do with support", in hundredths of a point.
    pub fn support_mean_hundredths(&self) -> u32 {
        self.support_mean_hundredths
    }
}

/// One fault of a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// Where it is: a path such as `areas[1].sub_items[0].questions`, or a line and column.
    pub place: String,
    /// Stable code: a key of `policies/faults.json`.
    pub code: &'static str,
    /// What is wrong there, in Japanese.
    pub ja: String,
    /// The same in English.
    pub reason: String,
}

impl PolicyFault {
    pub(super) fn new(place: String, code: &'static str, fill: &[(&str, &dyn fmt::Display)]) -> Self {
        let (ja, reason) = text::fault(code, fill);
        Self { place, code, ja, reason }
    }

    /// Whether the place is a path, and not a line of a text that is no policy at all.
    pub fn is_a_place(&self) -> bool {
        self.code != "NOT_A_POLICY"
    }
}

/// Why a policy cannot be used: all its faults, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The faults in the order of the file.
    pub faults: Vec<PolicyFault>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scoring policy is not valid")?;
        self.faults.iter().try_for_each(|fault| write!(f, "; {}: {}", fault.place, fault.reason))
    }
}

impl std::error::Error for PolicyError {}

static EMBEDDED: LazyLock<[Policy; 2]> = LazyLock::new(|| {
    [include_str!("../../policies/ipa-2024.json"), include_str!("../../policies/ipa-2024-floor.json")]
        .map(|json| Policy::load(json).expect("the policies in the program are loaded by its tests"))
});

/// The policies that come with the program; the first is [`DEFAULT_POLICY`].
pub fn policies() -> &'static [Policy] {
    &*EMBEDDED
}

/// The embedded policy with this id.
pub fn policy(id: &str) -> Option<&'static Policy> {
    policies().iter().find(|policy| policy.id() == id)
}

#[cfg(test)]
mod tests;
