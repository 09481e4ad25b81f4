//! The file form of a policy. Codes are texts here, so that all the unknown ones can be named at once.

use std::collections::BTreeMap;

use kit_vocabulary::Words;
use serde::Deserialize;

use super::fault::{Fault, Reason};

pub(super) type ByCode<T> = BTreeMap<String, T>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    pub(super) id: String,
    pub(super) title: Words,
    pub(super) date: String,
    pub(super) source: String,
    pub(super) weights: ByCode<i64>,
    pub(super) wish: Vec<i64>,
    pub(super) rating: RatingFile,
    pub(super) menu_points_full: ByCode<i64>,
    pub(super) industry: IndustryFile,
    pub(super) guidelines: ByCode<Vec<SignFile>>,
    pub(super) nearness: NearnessFile,
    pub(super) theme_cases_full: i64,
    pub(super) outcomes: OutcomesFile,
    pub(super) communication: CommunicationFile,
    pub(super) little_work: LittleWorkFile,
    pub(super) qualifications: ByCode<Vec<String>>,
    pub(super) experience: ByCode<i64>,
    pub(super) roles: ByCode<RoleFile>,
    pub(super) conditions: ConditionsFile,
    pub(super) emergency: Vec<String>,
    pub(super) team: TeamFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RatingFile {
    pub(super) strong: i64,
    pub(super) able: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndustryFile {
    pub(super) declared: i64,
    pub(super) cases_full: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignFile {
    #[serde(default)]
    pub(super) bodies: Vec<String>,
    #[serde(default)]
    pub(super) industries: Vec<String>,
    #[serde(default)]
    pub(super) qualifications: Vec<String>,
    #[serde(default)]
    pub(super) skill_items: Vec<String>,
    pub(super) share: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NearnessFile {
    pub(super) same_prefecture: i64,
    pub(super) neighbour: i64,
    pub(super) same_region: i64,
    pub(super) elsewhere: i64,
    pub(super) online_only: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutcomesFile {
    pub(super) good: i64,
    pub(super) fair: i64,
    pub(super) poor: i64,
    pub(super) presumed: i64,
    pub(super) presumed_answers: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommunicationFile {
    pub(super) presumed: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LittleWorkFile {
    pub(super) by_cases: Vec<i64>,
    pub(super) introductions_per_case: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleFile {
    #[serde(default)]
    pub(super) menus: Vec<String>,
    #[serde(default)]
    pub(super) themes: Vec<String>,
    #[serde(default)]
    pub(super) qualifications: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConditionsFile {
    pub(super) company_size: bool,
    pub(super) mark_with_theme: bool,
    pub(super) online_anywhere: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamFile {
    pub(super) senior: SeniorFile,
    pub(super) junior: JuniorFile,
    pub(super) management: Vec<String>,
    pub(super) technical: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeniorFile {
    pub(super) experience_from: String,
    pub(super) registered_years_from: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JuniorFile {
    pub(super) experience_to: String,
    pub(super) registered_years_to: i64,
}

pub(super) fn read(json: &str) -> Result<PolicyFile, Vec<Fault>> {
    serde_json::from_str(json).map_err(|error| {
        let fault = Fault::new("", Reason::Unreadable);
        vec![fault.with("line", error.line()).with("column", error.column()).with("found", &error)]
    })
}
