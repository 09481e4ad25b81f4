//! What the register reads from the survey's log, and what it tells.

use std::sync::Arc;

use contract::event::v1::Token;
use contract::registry::v1::{CompanyChanged, CompanyErased, ExpertChanged};
use contract::survey::v1::{
    CampaignChanged, DisputeDecided, FormPublished, PersonMerged, PolicyActivated, RatingChanged, RecipientChanged,
    ResponseDisputed, ResponsePersonal, ResponseReceived,
};
use futures::future::BoxFuture;
use kit_log::{Handler, Interest, KeyStore, NewEvent, Received, Refusal, Unit, clock_time, wire_time};
use prost::Name as _;

use crate::domain::response::Answers;
use crate::domain::{Change, Command, Company, ConsentSource, Expert, Moment, Response, Verification};
use crate::{store, wire};

/// The newest version of ResponseReceived that is understood.
const RESPONSE_SCHEMA: i32 = 1;

/// Emits the expert as it stands after a change; answers the position. `sources` tells how far other logs were read.
pub(crate) fn emit(unit: &mut Unit, expert: &Expert, change: &Change, sources: Vec<Token>) -> i64 {
    let mut changed: Vec<String> = change.kinds.iter().map(|kind| kind.code().to_owned()).collect();
    if changed.is_empty() {
        changed.push("nothing".to_owned());
    }
    let consents = expert.consents.iter().filter(|(_, consent)| consent.given);
    let body = ExpertChanged {
        expert_id: expert.id.clone(),
        respondent_id: expert.respondent_id.clone(),
        terms: Some(expert.profile.terms.clone()),
        state: expert.state.stage().into(),
        obstacles: expert.obstacles.iter().map(|obstacle| wire::obstacle(*obstacle)).collect(),
        consents: consents.map(|(purpose, _)| (*purpose).into()).collect(),
        confirm_time: expert.confirm_time.map(wire_time),
        changed,
        sources,
        registration_valid_until: expert.verification.as_ref().and_then(|check| check.valid_until).map(wire_time),
    };
    unit.emit(NewEvent::new("expert", &expert.id, &body).personal(&expert.id, &expert.profile.person))
}

/// Emits a company as it stands after a change; answers the position.
pub(crate) fn emit_company(unit: &mut Unit, company: &Company, changed: &[&'static str]) -> i64 {
    let changed = changed.iter().map(|kind| (*kind).to_owned()).collect();
    let body = CompanyChanged { facts: Some(company.portrait.facts.clone()), changed };
    let event = NewEvent::new("company", company.id(), &body);
    unit.emit(event.personal(company.id(), &company.portrait.details))
}

/// Emits that a company was erased.
pub(crate) fn emit_erasure(unit: &mut Unit, company: &Company) {
    let body = CompanyErased { facts: Some(company.portrait.facts.clone()) };
    unit.emit(NewEvent::new("company", company.id(), &body));
}

/// Takes the survey's responses over.
pub(crate) struct SurveyReader {
    pub(crate) keys: Arc<dyn KeyStore>,
}

impl Handler for SurveyReader {
    fn interest(&self, event_type: &str) -> Interest {
        let passed = [
            FormPublished::full_name(),
            RatingChanged::full_name(),
            ResponseDisputed::full_name(),
            DisputeDecided::full_name(),
            PersonMerged::full_name(),
            PolicyActivated::full_name(),
            CampaignChanged::full_name(),
            RecipientChanged::full_name(),
        ];
        if event_type == ResponseReceived::full_name() {
            Interest::Apply { schema: RESPONSE_SCHEMA }
        } else if passed.iter().any(|name| name == event_type) {
            Interest::Pass
        } else {
            Interest::Unknown
        }
    }

    fn handle<'u>(&'u self, unit: &'u mut Unit, event: &'u Received) -> BoxFuture<'u, Result<(), Refusal>> {
        Box::pin(self.take_over(unit, event))
    }
}

impl SurveyReader {
    /// One ExpertChanged for each response, changed or not, so that its stamp tells how far the register has read.
    async fn take_over(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let clear: ResponseReceived = event.clear()?;
        let personal: Option<ResponsePersonal> = event.personal()?;
        let number = personal.as_ref().map(|body| body.registration_number.clone()).unwrap_or_default();
        let respondent_id = clear.respondent_id.clone();
        let keys = self.keys.as_ref();
        let mut known = store::by_respondent(unit.session(), keys, &respondent_id).await?;
        if known.is_none() && !number.is_empty() {
            known = store::by_number(unit.session(), keys, &number).await?;
        }
        let actor = event.event.actor.clone();
        let moment = Moment { now: unit.now(), actor: &actor };
        let command = Command::Respond(response(clear, personal.as_ref(), &actor)?);
        let sources = vec![event.token()];
        match known {
            Some(mut expert) => {
                let change = expert.obey(command, &moment).map_err(|refused| Refusal::Fault(refused.to_string()))?;
                emit(unit, &expert, &change, sources);
                store::save(unit.session(), keys, &expert).await?;
                store::record(unit.session(), keys, &expert, &change, &moment).await?;
            }
            // Erased before it was read: there is nobody to enter.
            None if number.is_empty() => {}
            None => {
                let id = unit.fresh_id();
                let entered = Expert::enter(&id, &number, command, &moment);
                let (expert, change) = entered.map_err(|refused| Refusal::Fault(refused.to_string()))?;
                let position = emit(unit, &expert, &change, sources);
                store::insert(unit.session(), keys, &expert, position).await?;
                store::record(unit.session(), keys, &expert, &change, &moment).await?;
            }
        }
        Ok(())
    }
}

/// The response as the domain reads it.
fn response(clear: ResponseReceived, personal: Option<&ResponsePersonal>, actor: &str) -> Result<Response, Refusal> {
    let submit_time = clear.submit_time.as_ref().map(clock_time);
    let submit_time = submit_time.ok_or_else(|| Refusal::Fault("a response without its time".to_owned()))?;
    let private = personal.map(|body| body.answers.as_slice()).unwrap_or_default();
    let answers = Answers::read(clear.answers.iter().chain(private));
    let answers = answers.map_err(|wrong| Refusal::Fault(wrong.to_string()))?;
    let vouching = clear.vouching.map(|word| Verification {
        source: word.source,
        verified_by: word.operator,
        verify_time: word.as_of.as_ref().map_or(submit_time, clock_time),
        valid_until: None,
    });
    Ok(Response {
        respondent_id: clear.respondent_id,
        name: clear.response,
        submit_time,
        actor: actor.to_owned(),
        source: if clear.imported { ConsentSource::Import } else { ConsentSource::Survey },
        skills_answered: clear.skills_answered,
        answers,
        vouching,
    })
}
