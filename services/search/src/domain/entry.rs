//! What the index holds of one listed expert.

use super::{FacetName, Rating};

/// One listed expert as the search conditions of fig. 2-105 and the list of fig. 2-106 see it.
///
/// Codes are those of the [`Schema`](super::Schema)'s lists; their order and repetition carry no
/// meaning. What the expert left unanswered is `None` or empty and matches no condition on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The expert's id: opaque here, compared as text.
    pub id: String,
    /// Prefecture of residence; nearness is measured from it.
    pub residence: Option<String>,
    /// Independent or employed.
    pub affiliation: Option<String>,
    /// Band of the fee per visit of two hours.
    pub fee: Option<String>,
    /// Prefectures served.
    pub prefectures: Vec<String>,
    /// Industries the expert is good at.
    pub industries: Vec<String>,
    /// Formats of support offered.
    pub formats: Vec<String>,
    /// Durations of support offered.
    pub durations: Vec<String>,
    /// Sizes of companies supported.
    pub sizes: Vec<String>,
    /// Other qualifications held.
    pub qualifications: Vec<String>,
    /// Guidance themes.
    pub themes: Vec<String>,
    /// Bodies the expert is tied to.
    pub organisations: Vec<String>,
    /// Skill items that the expert can do, with support or alone.
    pub skill_items: Vec<String>,
    /// Marks and points.
    pub rating: Rating,
}

impl Entry {
    /// The entry's codes in `facet`; at most one where the facet is single-valued.
    pub fn codes(&self, facet: FacetName) -> &[String] {
        match facet {
            FacetName::Residence => self.residence.as_slice(),
            FacetName::Prefectures => &self.prefectures,
            FacetName::Industries => &self.industries,
            FacetName::Formats => &self.formats,
            FacetName::Durations => &self.durations,
            FacetName::Sizes => &self.sizes,
            FacetName::Qualifications => &self.qualifications,
            FacetName::Affiliation => self.affiliation.as_slice(),
            FacetName::Themes => &self.themes,
            FacetName::Fee => self.fee.as_slice(),
            FacetName::Organisations => &self.organisations,
            FacetName::SkillItems => &self.skill_items,
        }
    }

    /// Adds a code to `facet`, replacing what a single-valued facet had.
    pub(super) fn add_code(&mut self, facet: FacetName, code: String) {
        match facet {
            FacetName::Residence => self.residence = Some(code),
            FacetName::Prefectures => self.prefectures.push(code),
            FacetName::Industries => self.industries.push(code),
            FacetName::Formats => self.formats.push(code),
            FacetName::Durations => self.durations.push(code),
            FacetName::Sizes => self.sizes.push(code),
            FacetName::Qualifications => self.qualifications.push(code),
            FacetName::Affiliation => self.affiliation = Some(code),
            FacetName::Themes => self.themes.push(code),
            FacetName::Fee => self.fee = Some(code),
            FacetName::Organisations => self.organisations.push(code),
            FacetName::SkillItems => self.skill_items.push(code),
        }
    }
}
