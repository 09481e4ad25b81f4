//! The campaign of fiscal 2024 with made-up people, and what must come out of it. Kept where the tests have it too.

use serde_json::Value;

use crate::failure::Failure;
use crate::import::SurveyFile;
use crate::text;

const RESPONSES: &[u8] = include_bytes!("../../../../tests/data/fy2024/skill_survey.csv");
const EXPECTED: &str = include_str!("../../../../tests/data/fy2024/skill_survey.expected.json");

const GUIDANCE: &[u8] = include_bytes!("../../../../tests/data/fy2024/guidance.csv");
const EXPECTED_GUIDANCE: &str = include_str!("../../../../tests/data/fy2024/guidance.expected.json");

/// The responses, as a file that is imported.
pub(super) fn file() -> SurveyFile {
    SurveyFile::new("skill_survey.csv".to_owned(), RESPONSES)
}

/// The guidance cases of the same year, as a file that is imported.
pub(super) fn guidance() -> SurveyFile {
    SurveyFile::new("guidance.csv".to_owned(), GUIDANCE)
}

/// What was published of them.
pub(super) fn expected_guidance() -> Result<Value, Failure> {
    let mut expected: Value = serde_json::from_str(EXPECTED_GUIDANCE)
        .map_err(|_| Failure::other(text::BAD_CAMPAIGN.fill(&[]), text::ADVICE_LOG))?;
    if let Some(figures) = expected.as_object_mut() {
        figures.remove("source");
    }
    Ok(expected)
}

/// What must come out.
pub(super) fn expected() -> Result<Value, Failure> {
    serde_json::from_str(EXPECTED).map_err(|_| Failure::other(text::BAD_CAMPAIGN.fill(&[]), text::ADVICE_LOG))
}
