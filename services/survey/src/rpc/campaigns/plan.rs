//! Planning a campaign, changing it, closing it.

use contract::event::v1::Token;
use contract::survey::v1 as api;
use kit_clock::Timestamp;
use kit_log::keys::Key;
use kit_log::{Committed, Origin, Unit, wire_time};
use kit_serve::Caller;
use prost::Message;

use super::answered::recount;
use super::campaign_id;
use super::known::Campaign;
use super::refused::Refused;
use crate::Error;
use crate::domain::campaign::{Days, State};
use crate::events;
use crate::rpc::Survey;
use crate::rpc::check::Check;
use crate::store;

/// The answer that is kept for a repeated request.
#[derive(Clone, PartialEq, Eq, Message)]
struct Done {
    #[prost(string, tag = "1")]
    id: String,
}

impl Survey {
    pub(super) async fn create_campaign(
        &self,
        caller: &Caller,
        request: api::CreateCampaignRequest,
    ) -> Result<api::CreateCampaignResponse, Error> {
        let mut check = Check::default();
        let read = check.campaign(request.campaign.as_ref());
        check.request_id(&request.request_id);
        check.done()?;
        let (facts, days) = read.ok_or_else(|| Error::Internal("a campaign without days".to_owned()))?;
        let id = self.ids.fresh();
        let campaign = Campaign::new(id.clone(), facts, days);
        if request.validate_only {
            stands_alone(&mut self.log.read_session().await?, &campaign).await?;
            let shown = campaign.shown(self.log.clock().now());
            let campaign = Some(api::Campaign { name: String::new(), etag: String::new(), ..shown });
            return Ok(api::CreateCampaignResponse { campaign, token: None });
        }
        let key = self.campaign_key(&id).await?;
        let origin = Origin::of_call(caller, "CreateCampaign", &request.request_id, &request);
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                stands_alone(unit.session(), &campaign).await?;
                put(unit, campaign, &key).await
            })
        });
        let (campaign, token) = self.done(work.await?).await?;
        Ok(api::CreateCampaignResponse { campaign, token })
    }

    pub(super) async fn update_campaign(
        &self,
        caller: &Caller,
        request: api::UpdateCampaignRequest,
    ) -> Result<api::UpdateCampaignResponse, Error> {
        let mut check = Check::default();
        let read = check.campaign(request.campaign.as_ref());
        check.request_id(&request.request_id);
        check.done()?;
        let (facts, days) = read.ok_or_else(|| Error::Internal("a campaign without days".to_owned()))?;
        let given = request.campaign.clone().unwrap_or_default();
        let id = campaign_id(&given.name)?.to_owned();
        self.campaign(&id).await?;
        let key = self.campaign_key(&id).await?;
        let keys = self.log.keys().clone();
        let origin = Origin::of_call(caller, "UpdateCampaign", &request.request_id, &request);
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let standing = standing(unit, &id, &given.etag, &key).await?;
                let changed = update(&standing, facts, days, unit.now())?;
                stands_alone(unit.session(), &changed).await?;
                let moved = (changed.window(), &changed.facts.form) != (standing.window(), &standing.facts.form);
                let done = put(unit, changed.clone(), &key).await?;
                if moved {
                    recount(unit, keys.as_ref(), &changed).await?;
                }
                Ok::<_, Error>(done)
            })
        });
        let (campaign, token) = self.done(work.await?).await?;
        Ok(api::UpdateCampaignResponse { campaign, token })
    }

    pub(super) async fn close_campaign(
        &self,
        caller: &Caller,
        request: api::CloseCampaignRequest,
    ) -> Result<api::CloseCampaignResponse, Error> {
        let mut check = Check::default();
        let notes = check.notes(&request.notes);
        check.request_id(&request.request_id);
        check.done()?;
        let id = campaign_id(&request.name)?.to_owned();
        self.campaign(&id).await?;
        let (key, keys, etag) = (self.campaign_key(&id).await?, self.log.keys().clone(), request.etag.clone());
        let origin = Origin::of_call(caller, "CloseCampaign", &request.request_id, &request);
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let mut campaign = standing(unit, &id, &etag, &key).await?;
                match campaign.days.state(unit.now()) {
                    State::Planned => return Err(Error::from(Refused::NotOpen)),
                    State::Closed => return Err(Error::from(Refused::Closed)),
                    State::Open => {}
                }
                campaign.days.closed = Some(unit.now());
                campaign.facts.close_time = Some(wire_time(unit.now()));
                unit.actor().clone_into(&mut campaign.facts.closed_by);
                if !notes.is_empty() {
                    campaign.facts.notes = notes;
                }
                let done = put(unit, campaign.clone(), &key).await?;
                recount(unit, keys.as_ref(), &campaign).await?;
                Ok::<_, Error>(done)
            })
        });
        let (campaign, token) = self.done(work.await?).await?;
        Ok(api::CloseCampaignResponse { campaign, token })
    }

    /// Made outside of the writer's turn: it costs a commit of the key store.
    async fn campaign_key(&self, id: &str) -> Result<Key, Error> {
        let keys = self.log.keys().ensure(&[id.to_owned()]).await?.remove(id);
        keys.ok_or(Error::NotFound("NO_SUCH_CAMPAIGN"))
    }

    async fn done(&self, committed: Committed<Done>) -> Result<(Option<api::Campaign>, Option<Token>), Error> {
        let campaign = self.campaign(&committed.answer.id).await?;
        Ok((Some(campaign.shown(self.log.clock().now())), Some(committed.token)))
    }
}

/// A campaign at the moment of a command.
async fn standing(unit: &mut Unit, id: &str, etag: &str, key: &Key) -> Result<Campaign, Error> {
    let stored = store::campaign_by_id(unit.session(), id).await?.ok_or(Error::NotFound("NO_SUCH_CAMPAIGN"))?;
    let now = stored.version.to_string();
    if !etag.is_empty() && etag != now {
        return Err(Refused::StaleEtag(now).into());
    }
    Campaign::open(stored, Some(key))
}

/// Of what is over only the notes and the number of people asked may still change.
fn update(standing: &Campaign, facts: api::Campaign, days: Days, now: Timestamp) -> Result<Campaign, Error> {
    let before = &standing.facts;
    let facts = api::Campaign { close_time: before.close_time, closed_by: before.closed_by.clone(), ..facts };
    let days = Days { closed: standing.days.closed, ..days };
    let kept = api::Campaign { notes: before.notes.clone(), asked: before.asked, ..facts.clone() };
    if standing.days.state(now) == State::Closed && kept != *before {
        return Err(Refused::Closed.into());
    }
    Ok(Campaign { row: standing.row.clone(), facts, days })
}

/// No other campaign of the form runs on any of its days.
async fn stands_alone(session: &mut kit_log::sql::Session, campaign: &Campaign) -> Result<(), Error> {
    for stored in store::campaigns_of_form(session, &campaign.facts.form).await? {
        let other = Campaign::open(stored, None)?;
        if other.row.id != campaign.row.id && other.days.overlaps(&campaign.days) {
            return Err(Refused::Overlaps(events::campaign_name(&other.row.id)).into());
        }
    }
    Ok(())
}

/// Stores a campaign and tells of it.
async fn put(unit: &mut Unit, mut campaign: Campaign, key: &Key) -> Result<Done, Error> {
    campaign.row = campaign.changed(key)?;
    let position = unit.emit(events::campaign_changed(&campaign.row.id, &campaign.shown(unit.now())));
    if campaign.row.position == 0 {
        campaign.row.position = position;
    }
    store::put_campaign(unit.session(), &campaign.row).await?;
    Ok(Done { id: campaign.row.id })
}
