//! Requests: what is told of them, and what the register's log means for them.

use contract::matching::v1::{RequestChanged, RequestTexts};
use contract::registry::v1::{CompanyChanged, CompanyErased, CompanyFacts};
use kit_log::{NewEvent, Received, Refusal, Unit};
use prost::Name as _;

use super::owned;
use crate::domain::request::Request;
use crate::names;
use crate::rpc::Desk;

/// Emits a request as it stands after a change; answers the position.
pub(crate) fn request(unit: &mut Unit, request: &Request, changed: &[&'static str]) -> i64 {
    let body = RequestChanged { facts: Some(request.facts.clone()), changed: owned(changed) };
    let event = NewEvent::new("request", &request.facts.request_id, &body);
    let silent = request.texts == RequestTexts::default();
    let key = names::key_of(request.facts.company.as_ref());
    unit.emit(if silent { event } else { event.personal(&key, &request.texts) })
}

/// Whether the requests look at this type of event.
pub(super) fn reads(kind: &str) -> bool {
    kind == CompanyChanged::full_name() || kind == CompanyErased::full_name()
}

/// Follows what the register tells of companies: which one is which, and that one was erased.
pub(super) async fn follow(desk: &Desk, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
    let kind = &event.event.r#type;
    if *kind == CompanyChanged::full_name() {
        let told: CompanyChanged = event.clear()?;
        let facts = known(told.facts)?;
        return Ok(desk.company_is(unit, &facts.company_id, &facts.merged_into).await?);
    }
    if *kind == CompanyErased::full_name() {
        let told: CompanyErased = event.clear()?;
        let facts = known(told.facts)?;
        return Ok(desk.company_erased(unit, &facts.company_id, &facts.merged_into).await?);
    }
    Ok(())
}

fn known(facts: Option<CompanyFacts>) -> Result<CompanyFacts, Refusal> {
    facts.ok_or_else(|| Refusal::Fault("a company without facts".to_owned()))
}
