//! What no report counts passes by, and nothing is set aside for it.

use contract::engagement::v1::{IncidentCaseChanged, LibraryFacts, StoryChanged};
use contract::registry::v1::{CompanyChanged, CompanyErased, CompanyFacts};

use crate::stage::{Stage, event};

on_both!(companies_and_the_library_pass_by);

async fn companies_and_the_library_pass_by(stage: &Stage) {
    let company = || Some(CompanyFacts { company_id: "c-1".to_owned(), ..Default::default() });
    let entered = CompanyChanged { facts: company(), changed: vec!["entered".to_owned()] };
    let erased = CompanyErased { facts: company() };
    stage.emit("registry", vec![event("company", "c-1", &entered), event("company", "c-1", &erased)]).await;
    let facts = |id: &str| Some(LibraryFacts { entry_id: id.to_owned(), ..Default::default() });
    let story = StoryChanged { facts: facts("s-1"), ..Default::default() };
    let incident = IncidentCaseChanged { facts: facts("i-1"), ..Default::default() };
    stage.emit("engagement", vec![event("story", "s-1", &story), event("incident", "i-1", &incident)]).await;
    let reports = stage.reports().await;
    assert_eq!(reports.set_aside().await, Vec::<String>::new());
    reports.report("experts-and-cases").await;
    reports.end().await;
}
