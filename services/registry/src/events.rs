//! What the register reads from the survey's log, and what it tells.

use std::sync::Arc;

use contract::event::v1::Token;
use contract::registry::v1::{CompanyChanged, CompanyErased, ExpertChanged, ExpertMerged};
use contract::survey::v1::{
    CampaignChanged, DisputeDecided, DisputeDecision, FormPublished, PersonMerged, PolicyActivated, RatingChanged,
    RecipientChanged, ResponseDisputed, ResponsePersonal, ResponseReceived,
};
use futures::future::BoxFuture;
use kit_log::{Handler, Interest, KeyStore, NewEvent, Received, Refusal, Unit, clock_time, wire_time};
use prost::Name as _;

use crate::domain::response::Answers;
use crate::domain::{Change, Command, Company, ConsentSource, Expert, Limits, Moment, Response, Verification};
use crate::{store, wire};

/// The newest version of what it reads that is understood.
const SCHEMA: i32 = 1;

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

/// Emits which entry an expert's points at now; `into` is its id, empty for none.
fn emit_merge(unit: &mut Unit, id: &str, into: &str) {
    let merged_into = if into.is_empty() { String::new() } else { wire::name(into) };
    unit.emit(NewEvent::new("merge", id, &ExpertMerged { expert_id: id.to_owned(), merged_into }));
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
            PolicyActivated::full_name(),
            CampaignChanged::full_name(),
            RecipientChanged::full_name(),
        ];
        let applied = [ResponseReceived::full_name(), DisputeDecided::full_name(), PersonMerged::full_name()];
        let among = |names: &[String]| names.iter().any(|name| name == event_type);
        Interest::of(among(&applied), among(&passed), SCHEMA)
    }

    fn handle<'u>(&'u self, unit: &'u mut Unit, event: &'u Received) -> BoxFuture<'u, Result<(), Refusal>> {
        Box::pin(async move {
            let kind = &event.event.r#type;
            if *kind == DisputeDecided::full_name() {
                self.decide(unit, event).await
            } else if *kind == PersonMerged::full_name() {
                self.merge(unit, event).await
            } else {
                self.take_over(unit, event).await
            }
        })
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
        let mut expert = match known {
            Some(mut expert) => {
                self.obey(unit, &mut expert, command, event).await?;
                expert
            }
            // Erased before it was read: there is nobody to enter.
            None if number.is_empty() => return Ok(()),
            None => {
                let id = unit.fresh_id();
                let entered = Expert::enter(&id, &number, command, &moment);
                let (expert, change) = entered.map_err(|refused| Refusal::Fault(refused.to_string()))?;
                let position = emit(unit, &expert, &change, sources);
                store::insert(unit.session(), keys, &expert, position).await?;
                store::record(unit.session(), keys, &expert, &change, &moment).await?;
                expert
            }
        };
        for merged in store::end_wait(unit.session(), keys, &expert.respondent_id).await? {
            emit_merge(unit, &merged.id, &expert.id);
            self.obey(unit, &mut expert, Command::TakeLimits(Limits::of(&merged)), event).await?;
        }
        Ok(())
    }

    /// Somebody who has lost the number is not shown under it any more: a dispute that was decided otherwise shows in the
    /// responses it moved.
    async fn decide(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let decided: DisputeDecided = event.clear()?;
        if decided.decision() != DisputeDecision::TakeOver {
            return Ok(());
        }
        let known = store::by_respondent(unit.session(), self.keys.as_ref(), &decided.respondent_id).await?;
        let Some(mut expert) = known.filter(|expert| !expert.number_lost) else { return Ok(()) };
        store::release_number(unit.session(), &expert.id).await?;
        self.obey(unit, &mut expert, Command::LoseNumber, event).await
    }

    /// The entry of who was merged points at the other one, which takes over what was asked for there; parted, it stands
    /// for itself again.
    async fn merge(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let PersonMerged { respondent_id, merged_into } = event.clear()?;
        let known = store::by_respondent(unit.session(), self.keys.as_ref(), &respondent_id).await?;
        // The log read from nothing tells it again, and must not undo what was asked for since.
        let Some(mut expert) = known.filter(|expert| expert.merged_into != merged_into) else { return Ok(()) };
        let limits = Limits::of(&expert);
        self.obey(unit, &mut expert, Command::Merge(merged_into.clone()), event).await?;
        let mut other = None;
        if !merged_into.is_empty() {
            other = store::by_respondent(unit.session(), self.keys.as_ref(), &merged_into).await?;
        }
        let awaited = if other.is_none() { merged_into.as_str() } else { "" };
        store::await_entry(unit.session(), &expert.id, awaited).await?;
        emit_merge(unit, &expert.id, other.as_ref().map_or("", |other| &other.id));
        match other {
            Some(mut other) => self.obey(unit, &mut other, Command::TakeLimits(limits), event).await,
            None => Ok(()),
        }
    }

    /// Carries out a command on behalf of an event, stores and tells it.
    async fn obey(
        &self,
        unit: &mut Unit,
        expert: &mut Expert,
        command: Command,
        event: &Received,
    ) -> Result<(), Refusal> {
        let keys = self.keys.as_ref();
        let moment = Moment { now: unit.now(), actor: &event.event.actor };
        let change = expert.obey(command, &moment).map_err(|refused| Refusal::Fault(refused.to_string()))?;
        emit(unit, expert, &change, vec![event.token()]);
        store::save(unit.session(), keys, expert).await?;
        store::record(unit.session(), keys, expert, &change, &moment).await?;
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
        revision: clear.revision,
    })
}
