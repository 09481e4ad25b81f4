//! Campaigns: planning, asking, reminding, closing, and what came of it.

mod answered;
mod check;
mod figures;
mod known;
mod plan;
mod recipients;
mod refused;
mod reminders;

use contract::survey::v1 as api;
use contract::survey::v1::campaigns_server::Campaigns;
use kit_serve::page::SIZES;
use kit_serve::{Caller, Role};
use tonic::{Request, Response, Status, async_trait};

pub(crate) use answered::{Arrival, look_again, note_answers};
pub(crate) use known::Campaign;
pub use refused::Refused;

use super::Survey;
use super::check::Check;
use crate::Error;
use crate::domain::form::forms;
use crate::store;

/// The versions of a form between commas, as the counting statements take them.
fn versions(form: &str) -> String {
    let versions = forms().iter().filter(|known| known.id == form).map(|known| format!("{},", known.version));
    format!(",{}", versions.collect::<String>())
}

/// The id in `campaigns/<id>`.
fn campaign_id(name: &str) -> Result<&str, Error> {
    name.strip_prefix("campaigns/").ok_or(Error::NotFound("NO_SUCH_CAMPAIGN"))
}

impl Survey {
    async fn campaign(&self, id: &str) -> Result<Campaign, Error> {
        let stored = store::campaign_by_id(&mut self.log.read_session().await?, id).await?;
        let stored = stored.ok_or(Error::NotFound("NO_SUCH_CAMPAIGN"))?;
        let key = self.log.keys().find(std::slice::from_ref(&stored.id)).await?.remove(&stored.id);
        Campaign::open(stored, key.as_ref())
    }

    /// A campaign as this caller may see it: notes are the operators' own.
    fn shown(&self, caller: &Caller, campaign: &Campaign) -> api::Campaign {
        let shown = campaign.shown(self.log.clock().now());
        if caller.is(Role::Operator) { shown } else { api::Campaign { notes: String::new(), ..shown } }
    }

    async fn campaigns(
        &self,
        caller: &Caller,
        request: &api::ListCampaignsRequest,
    ) -> Result<api::ListCampaignsResponse, Error> {
        let mut check = Check::default();
        let page = check.page(request, SIZES);
        check.done()?;
        let (before, limit) = (page.after(i64::MAX), page.limit());
        let found = store::campaigns_page(&mut self.log.read_session().await?, before, limit).await?;
        let (found, next_page_token) = page.cut(found);
        let ids: Vec<String> = found.iter().map(|stored| stored.id.clone()).collect();
        let keys = self.log.keys().find(&ids).await?;
        let campaigns = found.into_iter().map(|stored| {
            let key = keys.get(&stored.id).cloned();
            Ok(self.shown(caller, &Campaign::open(stored, key.as_ref())?))
        });
        Ok(api::ListCampaignsResponse { campaigns: campaigns.collect::<Result<_, Error>>()?, next_page_token })
    }
}

#[async_trait]
impl Campaigns for Survey {
    async fn create_campaign(
        &self,
        request: Request<api::CreateCampaignRequest>,
    ) -> Result<Response<api::CreateCampaignResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.create_campaign(&caller, request.into_inner()).await?))
    }

    async fn update_campaign(
        &self,
        request: Request<api::UpdateCampaignRequest>,
    ) -> Result<Response<api::UpdateCampaignResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.update_campaign(&caller, request.into_inner()).await?))
    }

    async fn get_campaign(
        &self,
        request: Request<api::GetCampaignRequest>,
    ) -> Result<Response<api::GetCampaignResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let campaign = self.campaign(campaign_id(&request.get_ref().name)?).await?;
        let figures = Some(self.figures(&campaign).await?);
        Ok(Response::new(api::GetCampaignResponse { campaign: Some(self.shown(&caller, &campaign)), figures }))
    }

    async fn list_campaigns(
        &self,
        request: Request<api::ListCampaignsRequest>,
    ) -> Result<Response<api::ListCampaignsResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.campaigns(&caller, request.get_ref()).await?))
    }

    async fn close_campaign(
        &self,
        request: Request<api::CloseCampaignRequest>,
    ) -> Result<Response<api::CloseCampaignResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.close_campaign(&caller, request.into_inner()).await?))
    }

    async fn add_recipients(
        &self,
        request: Request<api::AddRecipientsRequest>,
    ) -> Result<Response<api::AddRecipientsResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.add_recipients(&caller, request.into_inner()).await?))
    }

    async fn list_recipients(
        &self,
        request: Request<api::ListRecipientsRequest>,
    ) -> Result<Response<api::ListRecipientsResponse>, Status> {
        Ok(Response::new(self.recipients(request.get_ref()).await?))
    }

    async fn remove_recipient(
        &self,
        request: Request<api::RemoveRecipientRequest>,
    ) -> Result<Response<api::RemoveRecipientResponse>, Status> {
        let caller = Caller::of(&request).clone();
        self.remove_recipient(&caller, &request.get_ref().name).await?;
        Ok(Response::new(api::RemoveRecipientResponse {}))
    }

    async fn list_reminders_due(
        &self,
        request: Request<api::ListRemindersDueRequest>,
    ) -> Result<Response<api::ListRemindersDueResponse>, Status> {
        Ok(Response::new(self.reminders_due(request.get_ref()).await?))
    }

    async fn record_contacts(
        &self,
        request: Request<api::RecordContactsRequest>,
    ) -> Result<Response<api::RecordContactsResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.record_contacts(&caller, request.into_inner()).await?))
    }
}
