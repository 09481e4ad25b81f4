//! What writers give, in its normal form, and what is wrong with it.

use contract::engagement::v1::{EntryKind, IncidentTexts, LibraryContent, LibraryTexts, StoryTexts};
use kit_clock::Timestamp;
use kit_vocabulary::{company_industries, incident_types, themes};

use crate::domain::check::Check;
use crate::domain::{Fault, Reason};

/// Longest text of an entry.
const TEXT: usize = 4_000;

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// A code of `company_industries`.
    pub industry: String,
    /// Codes of `themes`, in their order.
    pub themes: Vec<String>,
    /// A code of `incident_types`; empty for a story.
    pub incident_type: String,
    /// `2024-05`, or empty.
    pub happened_month: String,
    /// Those of its kind.
    pub texts: LibraryTexts,
    /// May be empty.
    pub company_name: String,
}

/// Reads what writers give for an entry of this kind.
pub fn content(check: &mut Check, kind: EntryKind, given: Option<LibraryContent>, now: Timestamp) -> Content {
    let given = given.unwrap_or_default();
    let incident = kind == EntryKind::Incident;
    let mut codes = check.codes("content.themes", themes(), &given.themes, ..);
    codes.sort_by_key(|code| themes().position(code));
    let field = "content.incident_type";
    let incident_type = check.code(field, incident_types(), &given.incident_type, incident);
    if !incident && !incident_type.is_empty() {
        check.fault(field, Reason::NotHere);
    }
    Content {
        industry: check.code("content.industry", company_industries(), &given.industry, true),
        themes: codes,
        incident_type,
        happened_month: month(check, "content.happened_month", given.happened_month, now),
        texts: texts(check, incident, given.texts.unwrap_or_default()),
        company_name: check.line("content.company_name", &given.company_name),
    }
}

fn texts(check: &mut Check, incident: bool, given: LibraryTexts) -> LibraryTexts {
    let title = check.line("content.texts.title", &given.title);
    check.needed("content.texts.title", title.is_empty());
    for (field, wrong) in
        [("story", incident && given.story.is_some()), ("incident", !incident && given.incident.is_some())]
    {
        if wrong {
            check.fault(&format!("content.texts.{field}"), Reason::NotHere);
        }
    }
    let mut text = |field: &str, given: &str| check.text(&format!("content.texts.{field}"), given, TEXT, true);
    let story = given.story.filter(|_| !incident).unwrap_or_default();
    let case = given.incident.filter(|_| incident).unwrap_or_default();
    let story = StoryTexts {
        problem: text("story.problem", &story.problem),
        measures: text("story.measures", &story.measures),
        result: text("story.result", &story.result),
    };
    let case = IncidentTexts {
        cause: text("incident.cause", &case.cause),
        damage: text("incident.damage", &case.damage),
        response: text("incident.response", &case.response),
        lesson: text("incident.lesson", &case.lesson),
    };
    LibraryTexts { title, story: (!incident).then_some(story), incident: incident.then_some(case) }
}

/// `2024-05`, of this century and not in the future.
fn month(check: &mut Check, field: &str, given: String, now: Timestamp) -> String {
    if given.is_empty() {
        return given;
    }
    let shaped = given.len() == 7 && given.is_ascii() && given.starts_with("20");
    let first = shaped.then(|| format!("{given}-01T00:00:00+09:00").parse::<Timestamp>().ok()).flatten();
    match first {
        None => check.faults.push(Fault::new(field, Reason::BadName).with("form", "YYYY-MM")),
        Some(first) if first > now => check.fault(field, Reason::InTheFuture),
        Some(_) => {}
    }
    given
}
