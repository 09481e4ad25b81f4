//! What is told of campaigns.

use contract::survey::v1::{Campaign, CampaignChanged, RecipientChanged, RecipientPersonal};
use kit_log::NewEvent;

use crate::store::{RecipientBody, StoredRecipient};

/// A campaign as it stands, without its notes.
pub(crate) fn campaign_changed(id: &str, campaign: &Campaign) -> NewEvent {
    let campaign = Some(Campaign { notes: String::new(), ..campaign.clone() });
    NewEvent::new("campaign", id, &CampaignChanged { campaign })
}

/// Somebody a survey was sent to; who that is, is sealed.
pub(crate) fn recipient_changed(recipient: &StoredRecipient, who: &RecipientBody) -> NewEvent {
    let personal = RecipientPersonal { display_name: who.name.clone(), email: who.email.clone() };
    NewEvent::new("recipient", &recipient.id, &state(recipient)).personal(&recipient.id, &personal)
}

/// Somebody who is on the list no more.
pub(crate) fn recipient_removed(recipient: &StoredRecipient) -> NewEvent {
    let state = RecipientChanged { silent: true, ..state(recipient) };
    NewEvent::new("recipient", &recipient.id, &state)
}

fn state(recipient: &StoredRecipient) -> RecipientChanged {
    RecipientChanged {
        recipient: recipient_name(&recipient.campaign, &recipient.id),
        asked: recipient.ask_time.is_some(),
        answered: recipient.answered,
        silent: recipient.opted_out,
        reminders: i32::try_from(recipient.reminders).unwrap_or(i32::MAX),
    }
}

/// `campaigns/<id>`.
pub(crate) fn campaign_name(id: &str) -> String {
    format!("campaigns/{id}")
}

/// `campaigns/<id>/recipients/<id>`.
pub(crate) fn recipient_name(campaign: &str, id: &str) -> String {
    format!("{}/recipients/{id}", campaign_name(campaign))
}
