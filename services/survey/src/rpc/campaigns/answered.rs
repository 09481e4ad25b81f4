//! Who of a list has answered: derived when a response arrives, and anew when the days of a campaign change.

use std::collections::{HashMap, HashSet};

use contract::survey::v1::ResponsePersonal;
use contract::survey::v1::answer::Value;
use kit_clock::Timestamp;
use kit_log::sql::Session;
use kit_log::{KeyStore, Unit};
use prost::Message as _;

use super::known::{Campaign, email_hash, who};
use super::versions;
use crate::Error;
use crate::domain::form::form;
use crate::events;
use crate::store::{self, By, StoredRecipient};

/// The question that tells a mail address.
const EMAIL: &str = "email";

/// A response that was taken in as its sender's.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Id of the form, whichever version.
    pub(crate) form: String,
    pub(crate) submit_time: Timestamp,
    pub(crate) number_hash: String,
    /// The address of the response; empty for none.
    pub(crate) email: String,
}

/// Marks whoever is on the list of a campaign to which one of these responses belongs.
pub(crate) async fn note_answers(unit: &mut Unit, keys: &dyn KeyStore, arrivals: &[Arrival]) -> Result<(), Error> {
    if arrivals.is_empty() {
        return Ok(());
    }
    for stored in store::campaigns_that_wait(unit.session()).await? {
        let campaign = Campaign::open(stored, None)?;
        let within = |one: &&Arrival| one.form == campaign.facts.form && campaign.days.holds(one.submit_time);
        let within: Vec<&Arrival> = arrivals.iter().filter(within).collect();
        let numbers: HashSet<String> = within.iter().map(|one| one.number_hash.clone()).collect();
        let emails: HashSet<String> =
            within.iter().map(|one| email_hash(&one.email)).filter(|h| !h.is_empty()).collect();
        let mut found = among(unit.session(), &campaign, By::Number, &numbers).await?;
        let by_email = among(unit.session(), &campaign, By::Email, &emails).await?;
        found.extend(by_email.into_iter().filter(|one| one.number_hash.is_empty()));
        let marked = found.into_iter().filter(|one| !one.answered).map(|one| StoredRecipient { answered: true, ..one });
        tell(unit, keys, marked.collect()).await?;
    }
    Ok(())
}

/// Looks again at whoever is on a list with one of these numbers: a response under it turned out to be somebody else's.
pub(crate) async fn look_again(unit: &mut Unit, keys: &dyn KeyStore, hashes: &[String]) -> Result<(), Error> {
    for one in store::recipients_by(unit.session(), By::Number, hashes).await? {
        let Some(campaign) = store::campaign_by_id(unit.session(), &one.campaign).await? else { continue };
        let campaign = Campaign::open(campaign, None)?;
        if one.answered && numbers(unit.session(), &campaign, std::slice::from_ref(&one)).await?.is_empty() {
            tell(unit, keys, vec![StoredRecipient { answered: false, ..one }]).await?;
        }
    }
    Ok(())
}

async fn among(
    session: &mut Session,
    campaign: &Campaign,
    by: By,
    hashes: &HashSet<String>,
) -> Result<Vec<StoredRecipient>, Error> {
    let mut hashes: Vec<String> = hashes.iter().cloned().collect();
    hashes.sort();
    let found = store::recipients_by(session, by, &hashes).await?;
    Ok(found.into_iter().filter(|one| one.campaign == campaign.row.id).collect())
}

/// Stores changed recipients and tells of each.
pub(super) async fn tell(unit: &mut Unit, keys: &dyn KeyStore, changed: Vec<StoredRecipient>) -> Result<(), Error> {
    let ids: Vec<String> = changed.iter().map(|one| one.id.clone()).collect();
    let keys = keys.find(&ids).await?;
    for one in &changed {
        unit.emit(events::recipient_changed(one, &who(one, &keys)?));
    }
    store::put_recipients(unit.session(), &changed).await?;
    Ok(())
}

/// Looks at everybody on the list again: the days of the campaign changed.
pub(super) async fn recount(unit: &mut Unit, keys: &dyn KeyStore, campaign: &Campaign) -> Result<(), Error> {
    let mut addresses: Option<HashSet<String>> = None;
    let mut after = 0;
    loop {
        let page = store::recipients_page(unit.session(), &campaign.row.id, false, (after, 500)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.position;
        if addresses.is_none() && page.iter().any(|one| one.number_hash.is_empty()) {
            addresses = Some(Addresses::default().read(unit.session(), keys, campaign).await?.hashes);
        }
        let answered = Answered { numbers: numbers(unit.session(), campaign, &page).await?, emails: addresses.clone() };
        let changed = page.into_iter().filter(|one| one.answered != answered.has(one));
        let changed: Vec<_> = changed.map(|one| StoredRecipient { answered: !one.answered, ..one }).collect();
        tell(unit, keys, changed).await?;
    }
}

/// Who answered within a campaign, by what recipients are looked up by.
pub(super) struct Answered {
    pub(super) numbers: HashSet<String>,
    pub(super) emails: Option<HashSet<String>>,
}

impl Answered {
    pub(super) fn has(&self, one: &StoredRecipient) -> bool {
        if one.number_hash.is_empty() {
            self.emails.as_ref().is_some_and(|emails| emails.contains(&one.email_hash))
        } else {
            self.numbers.contains(&one.number_hash)
        }
    }
}

/// The hashed numbers of these recipients under which somebody answered within the campaign.
pub(super) async fn numbers(
    session: &mut Session,
    campaign: &Campaign,
    recipients: &[StoredRecipient],
) -> Result<HashSet<String>, Error> {
    let hashes: Vec<String> =
        recipients.iter().map(|one| one.number_hash.clone()).filter(|hash| !hash.is_empty()).collect();
    let handed = store::handed_in(session, &hashes).await?;
    let within = |one: &store::Handed| {
        let of_form = form(&one.form).is_some_and(|form| form.id == campaign.facts.form);
        of_form && campaign.days.holds(Timestamp::from_micros(one.submit_time))
    };
    Ok(handed.into_iter().filter(within).map(|one| one.number_hash).collect())
}

/// The hashed addresses of the responses of a campaign, read up to a place. They are nowhere stored: what is said in a response is
/// opened, once, when a list without numbers is matched with responses that came before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    pub(super) hashes: HashSet<String>,
    after: i64,
}

impl Addresses {
    /// Reads on, from the responses that were read before to the newest.
    pub(super) async fn read(
        mut self,
        session: &mut Session,
        keys: &dyn KeyStore,
        campaign: &Campaign,
    ) -> Result<Self, Error> {
        let forms = versions(&campaign.facts.form);
        loop {
            let parts = store::sealed_parts(session, campaign.window(), &forms, self.after).await?;
            let Some(last) = parts.last() else { return Ok(self) };
            self.after = last.position;
            let ids: HashSet<String> = parts.iter().map(|part| part.respondent.clone()).collect();
            let keys: HashMap<_, _> = keys.find(&ids.into_iter().collect::<Vec<_>>()).await?;
            for part in parts {
                let Some(key) = keys.get(&part.respondent) else { continue };
                let personal = ResponsePersonal::decode(key.open(&part.id, &part.sealed)?.as_slice())?;
                let email = personal.answers.iter().find(|answer| answer.question == EMAIL);
                if let Some(Value::Text(email)) = email.and_then(|answer| answer.value.as_ref()) {
                    self.hashes.insert(email_hash(email));
                }
            }
        }
    }
}
