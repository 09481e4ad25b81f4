//! Incidents over gRPC: contract → domain → store → contract.

mod ask;
mod report;

use contract::matching::v1 as wire;
use contract::matching::v1::incidents_server::Incidents;
use kit_log::{KeyStore, Unit};
use kit_serve::Caller;
use tonic::{Request as Call, Response, Status};

use super::Desk;
use super::reach::{Parties, reaches};
use super::requests::{Receipt, moment};
use crate::domain::check::Check;
use crate::domain::contacts::{contacts, meaning};
use crate::domain::incident::{Incident, OnCall, Roster};
use crate::domain::moment::Change;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::events;
use crate::store::{self, Keys, Steps};
use crate::timer::by_itself;

/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;

/// Whose an incident is: the expert's who took it, and the body's.
fn parties(incident: &Incident) -> Parties<'_> {
    Parties { company: "", expert: &incident.facts.expert, body: &incident.facts.body }
}

/// An incident as this caller may see it: what was told only for who may handle it.
fn shown(caller: &Caller, incident: Incident) -> wire::Incident {
    let told = reaches(caller, parties(&incident)).is_ok();
    wire::Incident {
        name: incident.name(),
        texts: Some(if told { incident.texts } else { wire::IncidentTexts::default() }),
        etag: incident.version.to_string(),
        facts: Some(incident.facts),
    }
}

/// How far it is, without anything that says who it is.
fn status(incident: &Incident) -> wire::IncidentStatus {
    let words = meaning(incident);
    wire::IncidentStatus {
        name: incident.name(),
        state: incident.facts.state,
        answer_by_time: incident.waiting().and_then(|offer| offer.answer_by_time),
        asked: i32::try_from(incident.facts.offers.len()).unwrap_or(i32::MAX),
        fallback_reason: incident.facts.fallback_reason.clone(),
        ja: words.ja,
        en: words.en,
        contacts: contacts(),
    }
}

/// Stores an incident as it stands after a change, with its steps, and tells it. Nothing where nothing changed.
async fn tell(unit: &mut Unit, keys: &dyn KeyStore, incident: &Incident, change: &Change) -> Result<(), Error> {
    if change.is_empty() {
        return Ok(());
    }
    let (name, key) = (incident.name(), incident.key.clone());
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    store::record(unit.session(), &sealing, &[Steps { subject: &name, key: &key, steps: &change.steps }]).await?;
    events::incident(unit, incident, &change.kinds);
    store::save_incident(unit.session(), &sealing, incident).await?;
    Ok(())
}

async fn loaded(unit: &mut Unit, keys: &dyn KeyStore, id: &str) -> Result<Incident, Error> {
    store::incident(unit.session(), keys, id).await?.ok_or_else(|| Reason::IncidentNotFound.into())
}

async fn on_call(unit: &mut Unit, prefecture: &str) -> Result<Vec<OnCall>, Error> {
    let now = unit.now();
    Ok(store::on_call(unit.session(), prefecture, now).await?)
}

impl Desk {
    /// How long an answer is waited for, in microseconds.
    fn patience(&self) -> i64 {
        i64::from(self.settings.incident_answer_minutes) * MINUTE
    }

    /// Looks at every incident whose offer ran out.
    ///
    /// # Errors
    /// When the log cannot be used; what is due stays due.
    pub(crate) async fn look_at_incidents(&self) -> Result<(), Error> {
        let now = self.log.clock().now();
        let due = store::due_incidents(&mut self.log.read_session().await?, now).await?;
        // One that cannot be looked at does not keep the others waiting.
        let mut done = Ok(());
        for id in due {
            let desk = self.clone();
            let committed = self.log.writer().run(by_itself(), move |unit| {
                Box::pin(async move {
                    desk.look_again(unit, &id).await?;
                    Ok::<_, Error>(Receipt { id })
                })
            });
            done = committed.await.map(drop).and(done);
        }
        done
    }

    /// Looks at every incident that waits for an answer of this expert, who may be on call no more.
    pub(super) async fn look_at_offers(&self, unit: &mut Unit, expert: &str) -> Result<(), Error> {
        for id in store::offered_to(unit.session(), expert).await? {
            self.look_again(unit, &id).await?;
        }
        Ok(())
    }

    async fn look_again(&self, unit: &mut Unit, id: &str) -> Result<(), Error> {
        let (keys, actor) = (self.log.keys().as_ref(), by_itself().actor);
        let mut incident = loaded(unit, keys, id).await?;
        let on_call = on_call(unit, &incident.facts.prefecture).await?;
        let roster = Roster { on_call: &on_call, patience: self.patience() };
        let change = incident.look(roster, &moment(unit, &actor, ""));
        tell(unit, keys, &incident, &change).await
    }

    /// The register told whether an expert is listed: offers to who is no more go on to the next.
    pub(crate) async fn expert_is(&self, unit: &mut Unit, id: &str, listed: bool) -> Result<(), Error> {
        let expert = format!("experts/{id}");
        store::keep_standing(unit.session(), &expert, listed).await?;
        if listed { Ok(()) } else { self.look_at_offers(unit, &expert).await }
    }

    async fn incident_now(&self, id: &str) -> Result<Incident, Error> {
        let mut session = self.log.read_session().await?;
        let found = store::incident(&mut session, self.log.keys().as_ref(), id).await?;
        found.ok_or_else(|| Reason::IncidentNotFound.into())
    }
}

fn id_of(name: &str) -> Result<String, Error> {
    let mut check = Check::default();
    let id = check.id("name", "incidents", name);
    check.done()?;
    Ok(id)
}

#[tonic::async_trait]
impl Incidents for Desk {
    async fn report_incident(
        &self,
        call: Call<wire::ReportIncidentRequest>,
    ) -> Result<Response<wire::ReportIncidentResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (status, token) = self.report(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::ReportIncidentResponse { status: Some(status), token: Some(token) }))
    }

    async fn get_incident_status(
        &self,
        call: Call<wire::GetIncidentStatusRequest>,
    ) -> Result<Response<wire::GetIncidentStatusResponse>, Status> {
        let incident = self.incident_now(&id_of(&call.get_ref().name)?).await?;
        Ok(Response::new(wire::GetIncidentStatusResponse { status: Some(status(&incident)) }))
    }

    async fn get_incident(
        &self,
        call: Call<wire::GetIncidentRequest>,
    ) -> Result<Response<wire::GetIncidentResponse>, Status> {
        let caller = &self.caller(&call).await?;
        let incident = self.incident_now(&id_of(&call.get_ref().name)?).await?;
        reaches(caller, parties(&incident))?;
        Ok(Response::new(wire::GetIncidentResponse { incident: Some(shown(caller, incident)) }))
    }

    async fn list_incidents(
        &self,
        call: Call<wire::ListIncidentsRequest>,
    ) -> Result<Response<wire::ListIncidentsResponse>, Status> {
        Ok(Response::new(self.page_of_incidents(&self.caller(&call).await?, call.get_ref()).await?))
    }

    async fn answer_incident_offer(
        &self,
        call: Call<wire::AnswerIncidentOfferRequest>,
    ) -> Result<Response<wire::AnswerIncidentOfferResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (incident, token) = self.answer_offer(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::AnswerIncidentOfferResponse { incident: Some(incident), token: Some(token) }))
    }

    async fn close_incident(
        &self,
        call: Call<wire::CloseIncidentRequest>,
    ) -> Result<Response<wire::CloseIncidentResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (incident, token) = self.close(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::CloseIncidentResponse { incident: Some(incident), token: Some(token) }))
    }

    async fn set_duty(&self, call: Call<wire::SetDutyRequest>) -> Result<Response<wire::SetDutyResponse>, Status> {
        let caller = self.caller(&call).await?;
        let (duty, token) = self.keep_duty(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::SetDutyResponse { duty: Some(duty), token: Some(token) }))
    }

    async fn remove_duty(
        &self,
        call: Call<wire::RemoveDutyRequest>,
    ) -> Result<Response<wire::RemoveDutyResponse>, Status> {
        let caller = self.caller(&call).await?;
        let token = self.take_duty_back(&caller, call.into_inner()).await?;
        Ok(Response::new(wire::RemoveDutyResponse { token: Some(token) }))
    }

    async fn list_duties(
        &self,
        call: Call<wire::ListDutiesRequest>,
    ) -> Result<Response<wire::ListDutiesResponse>, Status> {
        let duties = self.roster(&self.caller(&call).await?, call.get_ref()).await?;
        Ok(Response::new(wire::ListDutiesResponse { duties }))
    }
}
