//! What the survey tells: campaigns, and whom they were sent to.

use contract::survey::v1::{Campaign, CampaignChanged, RecipientChanged, RecipientPersonal};
use kit_log::{Received, Refusal, Unit};
use prost::Name as _;

use super::Derive;
use crate::domain::campaign::{campaign_of, recipient_of, situations};
use crate::store;

/// Types of the survey's events that concern somebody.
pub(super) fn types() -> [String; 2] {
    [CampaignChanged::full_name(), RecipientChanged::full_name()]
}

impl Derive {
    pub(super) async fn survey(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        if event.event.r#type == CampaignChanged::full_name() {
            self.campaign(unit, event).await
        } else {
            self.recipient(unit, event).await
        }
    }

    async fn campaign(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: CampaignChanged = event.clear()?;
        let told = told.campaign.ok_or_else(|| Refusal::Fault("a campaign without facts".to_owned()))?;
        // What follows from the clock is no news.
        let told = Campaign { state: 0, etag: String::new(), ..told };
        let id = campaign_of(&told.name).to_owned();
        if store::told_campaign(unit.session(), &id).await?.as_ref() == Some(&told) {
            return Ok(());
        }
        store::keep_campaign(unit.session(), &id, &told).await?;
        let mut after = String::new();
        loop {
            let page = store::told_recipients(unit.session(), &id, &after).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after.clone_from(last);
            for (_, recipient) in &page {
                self.of_campaign(unit, event, &told, recipient).await?;
            }
        }
    }

    async fn recipient(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: RecipientChanged = event.clear()?;
        let who: Option<RecipientPersonal> = event.personal()?;
        let (id, to) = (campaign_of(&told.recipient).to_owned(), recipient_of(&told.recipient));
        store::keep_recipient(unit.session(), &id, &told).await?;
        match who.map(|who| who.email).filter(|address| !address.is_empty()) {
            Some(address) => store::keep_address(unit.session(), self.keys.as_ref(), &to, &address).await?,
            None => store::forget_address(unit.session(), &to).await?,
        }
        let Some(campaign) = store::told_campaign(unit.session(), &id).await? else { return Ok(()) };
        self.of_campaign(unit, event, &campaign, &told).await
    }

    /// Only who can be reached is told: an address is all that is known of a recipient here.
    async fn of_campaign(
        &self,
        unit: &mut Unit,
        event: &Received,
        campaign: &Campaign,
        recipient: &RecipientChanged,
    ) -> Result<(), Refusal> {
        let subject = recipient_of(&recipient.recipient);
        let reached = store::has_address(unit.session(), &subject).await?;
        let all = if reached { situations(campaign, recipient) } else { Vec::new() };
        self.settle(unit, event, &subject, &all).await
    }
}
