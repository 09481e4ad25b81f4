//! Lists of incidents, answers to offers, and their end.

use contract::event::v1::Token;
use contract::matching::v1 as wire;
use contract::matching::v1::IncidentState;
use kit_log::Origin;
use kit_serve::Caller;
use kit_serve::page::{Page, SIZES};

use super::{loaded, on_call, parties, shown, tell};
use crate::domain::check::Check;
use crate::domain::incident::{Roster, state_name};
use crate::error::Error;
use crate::rpc::Desk;
use crate::rpc::reach::{Parties, bodies_of, reaches};
use crate::rpc::requests::{Receipt, moment};
use crate::store::{self, IncidentFilter};

impl Desk {
    pub(super) async fn page_of_incidents(
        &self,
        caller: &Caller,
        given: &wire::ListIncidentsRequest,
    ) -> Result<wire::ListIncidentsResponse, Error> {
        let mut check = Check::default();
        let state: IncidentState = check.opt_enum("state", given.state);
        let body = check.opt_name("body", "bodies", &given.body);
        let page = Page::read(&mut check, given, SIZES);
        check.done()?;
        let filter = IncidentFilter { state: state_name(state), bodies: bodies_of(caller, &body)? };
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = store::list_incidents(&mut session, keys, &filter, page.after(i64::MAX), page.limit()).await?;
        let (found, next_page_token) = page.cut(found);
        let incidents = found.into_iter().map(|incident| shown(caller, incident)).collect();
        Ok(wire::ListIncidentsResponse { incidents, next_page_token })
    }

    pub(super) async fn answer_offer(
        &self,
        caller: &Caller,
        given: wire::AnswerIncidentOfferRequest,
    ) -> Result<(wire::Incident, Token), Error> {
        let origin = Origin::of_call(caller, "AnswerIncidentOffer", &given.request_id, &given);
        let mut check = Check::default();
        let id = check.id("name", "incidents", &given.name);
        let expert = check.name("expert", "experts", &given.expert);
        check.request_id(&given.request_id);
        check.done()?;
        let (keys, who, patience) = (self.log.keys().clone(), caller.clone(), self.patience());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut incident = loaded(unit, keys, &id).await?;
                reaches(&who, Parties { company: "", expert: &expert, body: &incident.facts.body })?;
                let on_call = on_call(unit, &incident.facts.prefecture).await?;
                let (roster, actor) = (Roster { on_call: &on_call, patience }, unit.actor().to_owned());
                let change = incident.answer((&expert, given.accept), roster, &moment(unit, &actor, ""))?;
                tell(unit, keys, &incident, &change).await?;
                Ok::<_, Error>(Receipt { id })
            })
        });
        let committed = committed.await?;
        Ok((shown(caller, self.incident_now(&committed.answer.id).await?), committed.token))
    }

    pub(super) async fn close(
        &self,
        caller: &Caller,
        given: wire::CloseIncidentRequest,
    ) -> Result<(wire::Incident, Token), Error> {
        let origin = Origin::of_call(caller, "CloseIncident", &given.request_id, &given);
        let mut check = Check::default();
        let id = check.id("name", "incidents", &given.name);
        let words = check.words(&given.reason);
        check.request_id(&given.request_id);
        check.done()?;
        let (keys, who) = (self.log.keys().clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut incident = loaded(unit, keys, &id).await?;
                reaches(&who, parties(&incident))?;
                let actor = unit.actor().to_owned();
                let change = incident.close(&moment(unit, &actor, &words))?;
                tell(unit, keys, &incident, &change).await?;
                Ok::<_, Error>(Receipt { id })
            })
        });
        let committed = committed.await?;
        Ok((shown(caller, self.incident_now(&committed.answer.id).await?), committed.token))
    }
}
