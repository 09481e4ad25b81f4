//! Entering a request: the register is asked first, then one transaction writes everything.

use contract::event::v1::Token;
use contract::matching::v1 as wire;
use contract::matching::v1::{PossibleDuplicateRequest, RequestFacts, RequestTexts};
use contract::registry::v1::PossibleDuplicate;
use kit_log::Origin;
use kit_serve::Caller;

use super::register::{company_of, note};
use super::{Receipt, moment, read, shown};
use crate::domain::refused::Reason;
use crate::domain::request::Request;
use crate::domain::request::twins::{Known, pairs_of};
use crate::error::Error;
use crate::rpc::Desk;
use crate::rpc::reach::{Parties, reaches};
use crate::store::{self, Keys, Steps};
use crate::{events, names};

impl Desk {
    /// Enters a request, or only checks it.
    pub(super) async fn enter_request(
        &self,
        caller: &Caller,
        given: wire::CreateRequestRequest,
    ) -> Result<wire::CreateRequestResponse, Error> {
        let origin = Origin::of_call(caller, "CreateRequest", &given.request_id, &given);
        let (new, mut check) = read::new(caller, &self.settings, &given, self.log.clock().now())?;
        // Everything that goes over the network comes before the transaction: what is away then leaves nothing half done.
        let (company, similar) = if given.new_company.is_some() && given.company.is_empty() {
            let asked = company_of(&given, &new.facts.body);
            let checked = self.check_company(caller, asked.clone(), &check.faults).await?;
            new.of(&checked.company)?;
            if given.validate_only {
                (checked.company, checked.similar)
            } else {
                let company = self.enter_company(caller, asked).await?;
                let similar = self.similar_companies(&company.name).await?;
                (company, similar)
            }
        } else {
            check.done()?;
            let company = self.known_company(caller, &given.company).await?;
            let similar = self.similar_companies(&company.name).await?;
            (company, similar)
        };
        let (facts, texts) = new.of(&company)?;
        if given.validate_only {
            let request = Request { facts, texts, version: 0 };
            let possible_duplicates = self.twins_of(caller, &request.facts, &similar).await?;
            let request = wire::SupportRequest { etag: String::new(), ..shown(caller, request) };
            return Ok(wire::CreateRequestResponse { request: Some(request), token: None, possible_duplicates });
        }
        let (id, token) = self.write_request(origin, facts, texts).await?;
        let request = self.request_now(caller, &id).await?;
        let facts = request.facts.clone().unwrap_or_default();
        let possible_duplicates = self.twins_of(caller, &facts, &similar).await?;
        Ok(wire::CreateRequestResponse { request: Some(request), token: Some(token), possible_duplicates })
    }

    async fn write_request(
        &self,
        origin: Origin,
        facts: RequestFacts,
        texts: RequestTexts,
    ) -> Result<(String, Token), Error> {
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let company = facts.company.as_ref().map_or("", |company| company.company.as_str()).to_owned();
                if store::is_erased(unit.session(), &company).await? {
                    return Err(Reason::CompanyErased.into());
                }
                let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
                let (request, change) = Request::enter(&id, facts, texts, &moment(unit, &actor, ""));
                let (name, key) = (request.name(), names::key_of(request.facts.company.as_ref()));
                let sealing = Keys::ensure(keys.as_ref(), std::slice::from_ref(&key)).await?;
                let steps = Steps { subject: &name, key: &key, steps: &change.steps };
                store::record(unit.session(), &sealing, &[steps]).await?;
                let entered = events::request(unit, &request, &change.kinds);
                store::insert_request(unit.session(), &sealing, entered, &request).await?;
                Ok::<_, Error>(Receipt { id })
            })
        });
        let committed = committed.await?;
        Ok((committed.answer.id, committed.token))
    }

    /// Open requests before this one, within the caller's reach, that may be the same.
    async fn twins_of(
        &self,
        caller: &Caller,
        request: &RequestFacts,
        similar: &[PossibleDuplicate],
    ) -> Result<Vec<PossibleDuplicateRequest>, Error> {
        let mut session = self.log.read_session().await?;
        let mut known = Known { merged: store::merged_companies(&mut session).await?, ..Known::default() };
        note(&mut known, similar);
        let company = request.company.as_ref().map_or("", |company| company.company.as_str());
        let open = store::open_of_companies(&mut session, &known.near(company)).await?;
        let before = open.iter().take_while(|facts| facts.request_id != request.request_id);
        let reached = |facts: &&RequestFacts| reaches(caller, Parties { body: &facts.body, ..Parties::default() });
        let before: Vec<&RequestFacts> = before.filter(|facts| reached(facts).is_ok()).collect();
        let ids: Vec<String> = before.iter().map(|facts| facts.request_id.clone()).collect();
        known.apart = store::apart_of(&mut session, &[ids, vec![request.request_id.clone()]].concat()).await?;
        Ok(pairs_of(request, &before, &known))
    }
}
