//! What a request asks for.

use super::codes::{
    Codes, CompanyIndustries, CompanySizes, Durations, Fees, Formats, Guidelines, MenuItems, Place, Prefectures,
    SecurityRoles, SkillItems, Themes,
};

/// Who pays the expert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Payer {
    /// A programme or support body, by its own fee rule: what the expert usually takes does not matter.
    #[default]
    Programme,
    /// The company: the fee must be within its budget.
    Company,
}

/// What one request asks for. What is empty or absent is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The request's id: opaque here; equals take turns by it.
    pub id: String,
    /// The company itself and all it belongs to, parents and groups: company ids, corporate numbers or any other ids that
    /// [`Facts`](super::Facts) name parties by. Compared as text.
    pub group: Vec<String>,
    /// Vendors the company buys from, by such ids.
    pub vendors: Vec<String>,
    /// Prefecture of the company.
    pub prefecture: Option<Place<Prefectures>>,
    /// Industry of the company.
    pub industry: Option<Place<CompanyIndustries>>,
    /// Size of the company.
    pub size: Option<Place<CompanySizes>>,
    /// Themes in order of wish.
    pub themes: Vec<Place<Themes>>,
    /// True when all the themes must be covered, false when any of them will do.
    pub all_themes: bool,
    /// Items of the menus that must all be covered.
    pub menu_items: Codes<MenuItems>,
    /// Skill items that must all be covered.
    pub skill_items: Codes<SkillItems>,
    /// Roles that must all be covered, as far as the policy knows by what.
    pub roles: Codes<SecurityRoles>,
    /// Formats any of which will do.
    pub formats: Codes<Formats>,
    /// Durations any of which will do.
    pub durations: Codes<Durations>,
    /// Who pays.
    pub payer: Payer,
    /// The highest fee band still paid; counts only where the company pays.
    pub fee_ceiling: Option<Place<Fees>>,
    /// Guideline the company must meet, or a level of it.
    pub guideline: Option<Place<Guidelines>>,
    /// An incident: help in an emergency is the one format, and neither period nor size matters.
    pub emergency: bool,
    /// Experts who were proposed and did not become it: ids.
    pub declined: Vec<String>,
}
