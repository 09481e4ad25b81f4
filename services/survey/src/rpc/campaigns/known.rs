//! A campaign and a recipient as a command works on them: the stored row, opened.

use std::collections::HashMap;

use contract::survey::v1 as api;
use kit_clock::Timestamp;
use kit_log::clock_time;
use kit_log::keys::Key;
use kit_vocabulary::fold;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use crate::Error;
use crate::domain::campaign::{Days, State, read_day};
use crate::events::{campaign_name, recipient_name};
use crate::rpc::read::{hex, number_hash};
use crate::rpc::time;
use crate::store::{RecipientBody, StoredCampaign, StoredRecipient};

/// A stored campaign.
#[derive(Clone, Debug)]
pub(crate) struct Campaign {
    pub(crate) row: StoredCampaign,
    /// As stated, with notes, without what follows from row and clock.
    pub(crate) facts: api::Campaign,
    pub(crate) days: Days,
}

/// What sealed notes are bound to, so that they open for no other row.
fn notes_label(id: &str) -> String {
    format!("campaign notes/{id}")
}

impl Campaign {
    /// A new one, before its first event.
    pub(crate) fn new(id: String, facts: api::Campaign, days: Days) -> Self {
        let row = StoredCampaign {
            id,
            position: 0,
            version: 0,
            form: String::new(),
            open_day: 0,
            open_time: 0,
            end_time: 0,
            facts: Vec::new(),
            notes: Vec::new(),
        };
        Self { row, facts, days }
    }

    /// The stored row; without its key there are no notes any more.
    pub(crate) fn open(row: StoredCampaign, key: Option<&Key>) -> Result<Self, Error> {
        let mut facts = api::Campaign::decode(row.facts.as_slice())?;
        if let (Some(key), false) = (key, row.notes.is_empty()) {
            facts.notes = String::from_utf8_lossy(&key.open(&notes_label(&row.id), &row.notes)?).into_owned();
        }
        let day = |text: &str| read_day(text).ok_or_else(|| Error::Internal("a stored day cannot be read".to_owned()));
        let days = Days {
            open: day(&facts.open_day)?,
            close: day(&facts.close_day)?,
            reminders: facts.reminder_days.iter().map(|text| day(text)).collect::<Result<_, _>>()?,
            closed: facts.close_time.as_ref().map(clock_time),
        };
        Ok(Self { row, facts, days })
    }

    /// The row as it is to be stored, one version on.
    pub(crate) fn changed(&self, key: &Key) -> Result<StoredCampaign, Error> {
        let (open, end) = self.days.window();
        let facts = api::Campaign { notes: String::new(), ..self.facts.clone() };
        let notes = self.facts.notes.as_bytes();
        let sealed = if notes.is_empty() { Vec::new() } else { key.seal(&notes_label(&self.row.id), notes)? };
        Ok(StoredCampaign {
            version: self.row.version + 1,
            form: facts.form.clone(),
            open_day: self.days.open.number(),
            open_time: open.micros(),
            end_time: end.micros().max(open.micros()),
            facts: facts.encode_to_vec(),
            notes: sealed,
            ..self.row.clone()
        })
    }

    /// With everything that follows, notes included.
    pub(crate) fn shown(&self, now: Timestamp) -> api::Campaign {
        let state = match self.days.state(now) {
            State::Planned => api::CampaignState::Planned,
            State::Open => api::CampaignState::Open,
            State::Closed => api::CampaignState::Closed,
        };
        let (name, etag) = (campaign_name(&self.row.id), self.row.version.to_string());
        api::Campaign { name, state: state.into(), etag, ..self.facts.clone() }
    }

    /// From the first moment to the first that is not of it, in microseconds.
    pub(crate) fn window(&self) -> (i64, i64) {
        let (open, end) = self.days.window();
        (open.micros(), end.micros())
    }
}

/// What a sealed recipient is bound to.
fn recipient_label(id: &str) -> String {
    format!("recipient/{id}")
}

/// Who a stored recipient is; nobody known once the key is destroyed.
pub(crate) fn who(row: &StoredRecipient, keys: &HashMap<String, Key>) -> Result<RecipientBody, Error> {
    let Some(key) = keys.get(&row.id) else { return Ok(RecipientBody::default()) };
    Ok(RecipientBody::decode(key.open(&recipient_label(&row.id), &row.sealed)?.as_slice())?)
}

/// Seals who a recipient is into the row, with what it is looked up by.
pub(crate) fn seal(row: &mut StoredRecipient, who: &RecipientBody, key: &Key) -> Result<(), Error> {
    row.number_hash = if who.number.is_empty() { String::new() } else { number_hash(&who.number) };
    row.email_hash = email_hash(&who.email);
    row.sealed = key.seal(&recipient_label(&row.id), &who.encode_to_vec())?;
    Ok(())
}

/// An address as it is looked up; spelling in width and case does not count. Empty for none.
pub(crate) fn email_hash(email: &str) -> String {
    if email.is_empty() {
        return String::new();
    }
    let mut hash = Sha256::new();
    hash.update("activelist mail address\n");
    hash.update(fold(email));
    hex(&hash.finalize())
}

/// A recipient in the words of the contract.
pub(crate) fn recipient(row: &StoredRecipient, who: RecipientBody) -> api::Recipient {
    api::Recipient {
        name: recipient_name(&row.campaign, &row.id),
        registration_number: who.number,
        display_name: who.name,
        email: who.email,
        opted_out: row.opted_out,
        ask_time: row.ask_time.map(time),
        remind_time: row.remind_time.map(time),
        reminders: i32::try_from(row.reminders).unwrap_or(i32::MAX),
        answered: row.answered,
    }
}
