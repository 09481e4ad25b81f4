//! Whom a survey was sent to: adding, looking, taking away.

use std::collections::HashMap;

use contract::survey::v1 as api;
use kit_log::keys::Key;
use kit_log::{Committed, KeyStore, Origin, Unit};
use kit_serve::Caller;
use kit_serve::page::Page;
use prost::Message;

use super::answered::{Addresses, Answered, numbers, tell};
use super::campaign_id;
use super::known::{Campaign, email_hash, recipient, seal, who};
use super::refused::Refused;
use crate::Error;
use crate::domain::campaign::State;
use crate::events;
use crate::rpc::Survey;
use crate::rpc::check::Check;
use crate::rpc::read::number_hash;
use crate::store::{self, By, RecipientBody, StoredRecipient};

/// Most recipients of a call.
const BATCH: usize = 500;
/// Recipients on a page that names no size, and the most on any.
pub(super) const PAGE: (i32, i32) = (100, 500);

/// The answer that is kept for a repeated request.
#[derive(Clone, PartialEq, Eq, Message)]
struct Added {
    #[prost(int32, tag = "1")]
    added: i32,
    #[prost(int32, tag = "2")]
    changed: i32,
}

/// A recipient as it is to be added.
struct Given {
    who: RecipientBody,
    opted_out: bool,
}

impl Survey {
    pub(super) async fn add_recipients(
        &self,
        caller: &Caller,
        request: api::AddRecipientsRequest,
    ) -> Result<api::AddRecipientsResponse, Error> {
        let mut check = Check::default();
        check.batch("recipients", request.recipients.len(), BATCH);
        check.request_id(&request.request_id);
        let given: Vec<Given> = (request.recipients.iter().take(BATCH).enumerate())
            .map(|(at, given)| Given { who: check.recipient(at, given), opted_out: given.opted_out })
            .collect();
        check.done()?;
        let campaign = self.campaign(campaign_id(&request.campaign)?).await?;
        if request.validate_only {
            return if campaign.days.state(self.log.clock().now()) == State::Closed {
                Err(Refused::Closed.into())
            } else {
                Ok(api::AddRecipientsResponse::default())
            };
        }
        let keys = self.log.keys().clone();
        // Ids of people who may be new, with their keys made outside of the writer's turn.
        let fresh: Vec<String> = given.iter().map(|_| self.ids.fresh()).collect();
        keys.ensure(&fresh).await?;
        let mut addresses = Addresses::default();
        if given.iter().any(|one| one.who.number.is_empty()) {
            addresses = addresses.read(&mut self.log.read_session().await?, keys.as_ref(), &campaign).await?;
        }
        let origin = Origin::of_call(caller, "AddRecipients", &request.request_id, &request);
        let id = campaign.row.id.clone();
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let campaign = running(unit, &id).await?;
                add(unit, keys.as_ref(), &campaign, (given, fresh), addresses).await
            })
        });
        let Committed { answer, token, .. } = work.await?;
        Ok(api::AddRecipientsResponse { added: answer.added, changed: answer.changed, token: Some(token) })
    }

    pub(super) async fn recipients(
        &self,
        request: &api::ListRecipientsRequest,
    ) -> Result<api::ListRecipientsResponse, Error> {
        let mut check = Check::default();
        let page = check.page(request, PAGE);
        check.done()?;
        let campaign = self.campaign(campaign_id(&request.campaign)?).await?;
        let mut session = self.log.read_session().await?;
        let place = (page.after(0), page.limit());
        let found = store::recipients_page(&mut session, &campaign.row.id, request.unanswered, place).await?;
        drop(session);
        let (recipients, next_page_token) = self.recipients_shown(found, &page).await?;
        Ok(api::ListRecipientsResponse { recipients, next_page_token })
    }

    /// A page of what was read, one more than wanted, with who each is.
    pub(super) async fn recipients_shown(
        &self,
        found: Vec<StoredRecipient>,
        page: &Page,
    ) -> Result<(Vec<api::Recipient>, String), Error> {
        let (found, next) = page.cut(found.into_iter().map(|one| (one.position, one)).collect());
        let ids: Vec<String> = found.iter().map(|one| one.id.clone()).collect();
        let keys = self.log.keys().find(&ids).await?;
        let shown = found.iter().map(|one| Ok(recipient(one, who(one, &keys)?)));
        Ok((shown.collect::<Result<_, Error>>()?, next))
    }

    pub(super) async fn remove_recipient(&self, caller: &Caller, name: &str) -> Result<(), Error> {
        let missing = || Error::NotFound("NO_SUCH_RECIPIENT");
        let (campaign, id) = name.split_once("/recipients/").ok_or_else(missing)?;
        let (campaign, id) = (campaign_id(campaign).map_err(|_| missing())?.to_owned(), id.to_owned());
        let origin = Origin { actor: caller.subject.clone(), ..Origin::default() };
        let work = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let found = store::recipients_by(unit.session(), By::Id, std::slice::from_ref(&id)).await?;
                let found = found.into_iter().find(|one| one.campaign == campaign).ok_or_else(missing)?;
                store::delete_recipient(unit.session(), &id).await?;
                store::doom_key(unit.session(), &id).await?;
                unit.emit(events::recipient_removed(&found));
                Ok::<(), Error>(())
            })
        });
        work.await?;
        self.destroy_doomed_keys().await;
        Ok(())
    }
}

/// A campaign that is not over.
pub(super) async fn running(unit: &mut Unit, id: &str) -> Result<Campaign, Error> {
    let stored = store::campaign_by_id(unit.session(), id).await?.ok_or(Error::NotFound("NO_SUCH_CAMPAIGN"))?;
    let campaign = Campaign::open(stored, None)?;
    if campaign.days.state(unit.now()) == State::Closed {
        return Err(Refused::Closed.into());
    }
    Ok(campaign)
}

/// The list as far as a batch touches it.
struct Roll {
    rows: Vec<(StoredRecipient, RecipientBody, Touched)>,
    by_number: HashMap<String, usize>,
    /// Of those without a number first.
    by_email: HashMap<String, usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Touched {
    Not,
    Changed,
    New,
}

impl Roll {
    async fn read(unit: &mut Unit, keys: &dyn KeyStore, campaign: &str, given: &[Given]) -> Result<Self, Error> {
        let numbers: Vec<String> =
            given.iter().filter(|one| !one.who.number.is_empty()).map(|one| number_hash(&one.who.number)).collect();
        let emails: Vec<String> =
            given.iter().filter(|one| !one.who.email.is_empty()).map(|one| email_hash(&one.who.email)).collect();
        let mut found = store::recipients_by(unit.session(), By::Number, &numbers).await?;
        found.extend(store::recipients_by(unit.session(), By::Email, &emails).await?);
        found.retain(|one| one.campaign == campaign);
        found.sort_by_key(|one| one.position);
        found.dedup_by_key(|one| one.position);
        let ids: Vec<String> = found.iter().map(|one| one.id.clone()).collect();
        let keys = keys.find(&ids).await?;
        let mut roll = Self { rows: Vec::new(), by_number: HashMap::new(), by_email: HashMap::new() };
        for row in found {
            if keys.contains_key(&row.id) {
                let body = who(&row, &keys)?;
                roll.enter(row, body, Touched::Not);
            } else {
                // Erased: known to nobody, so whoever comes now is another entry.
                store::delete_recipient(unit.session(), &row.id).await?;
            }
        }
        Ok(roll)
    }

    fn enter(&mut self, row: StoredRecipient, body: RecipientBody, touched: Touched) {
        let at = self.rows.len();
        self.rows.push((row, body, touched));
        self.index(at);
    }

    fn index(&mut self, at: usize) {
        let row = &self.rows[at].0;
        if !row.number_hash.is_empty() {
            self.by_number.insert(row.number_hash.clone(), at);
        }
        if !row.email_hash.is_empty() {
            let kept = self.by_email.get(&row.email_hash).copied();
            if row.number_hash.is_empty() || kept.is_none() {
                self.by_email.insert(row.email_hash.clone(), at);
            }
        }
    }

    /// Who is meant: the same number, or without a number on either side the same address.
    fn find(&self, given: &RecipientBody) -> Option<usize> {
        if given.number.is_empty() {
            return self.by_email.get(&email_hash(&given.email)).copied();
        }
        let by_number = self.by_number.get(&number_hash(&given.number)).copied();
        let unnumbered = |at: &usize| self.rows[*at].0.number_hash.is_empty();
        by_number.or_else(|| self.by_email.get(&email_hash(&given.email)).copied().filter(unnumbered))
    }
}

/// What is given and new takes the place of what was known; what is not given stays, and so does the wish to be left in peace.
fn merged(known: &RecipientBody, given: &RecipientBody) -> RecipientBody {
    let newer = |known: &String, given: &String| if given.is_empty() { known.clone() } else { given.clone() };
    RecipientBody {
        number: newer(&known.number, &given.number),
        name: newer(&known.name, &given.name),
        email: newer(&known.email, &given.email),
    }
}

async fn add(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    campaign: &Campaign,
    (given, fresh): (Vec<Given>, Vec<String>),
    addresses: Addresses,
) -> Result<Added, Error> {
    let mut roll = Roll::read(unit, keys, &campaign.row.id, &given).await?;
    let ids: Vec<String> = roll.rows.iter().map(|(row, ..)| row.id.clone()).chain(fresh.iter().cloned()).collect();
    let opened: HashMap<String, Key> = keys.find(&ids).await?;
    let key = |id: &str| opened.get(id).ok_or(Error::NotFound("NO_SUCH_RECIPIENT"));
    for (Given { who, opted_out }, id) in given.into_iter().zip(fresh) {
        let Some(at) = roll.find(&who) else {
            let own = key(&id)?;
            let mut row =
                StoredRecipient { id, campaign: campaign.row.id.clone(), opted_out, ..StoredRecipient::default() };
            seal(&mut row, &who, own)?;
            roll.enter(row, who, Touched::New);
            continue;
        };
        let (row, body, touched) = &mut roll.rows[at];
        let newer = merged(body, &who);
        if newer != *body || (opted_out && !row.opted_out) {
            row.opted_out |= opted_out;
            let own = key(&row.id)?;
            seal(row, &newer, own)?;
            *body = newer;
            *touched = if *touched == Touched::New { Touched::New } else { Touched::Changed };
            roll.index(at);
        }
    }
    finish(unit, keys, campaign, roll, addresses).await
}

/// Marks who answered already, stores what is new or changed, and tells of it.
async fn finish(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    campaign: &Campaign,
    roll: Roll,
    addresses: Addresses,
) -> Result<Added, Error> {
    let mut rows: Vec<(StoredRecipient, RecipientBody, Touched)> =
        roll.rows.into_iter().filter(|(.., touched)| *touched != Touched::Not).collect();
    let plain: Vec<StoredRecipient> = rows.iter().map(|(row, ..)| row.clone()).collect();
    // What came in since it was read outside of the writer's turn.
    let unnumbered = plain.iter().any(|one| one.number_hash.is_empty());
    let addresses = if unnumbered { addresses.read(unit.session(), keys, campaign).await? } else { addresses };
    let answered =
        Answered { numbers: numbers(unit.session(), campaign, &plain).await?, emails: Some(addresses.hashes) };
    let mut done = Added::default();
    for (row, body, touched) in &mut rows {
        row.answered = answered.has(row);
        let position = unit.emit(events::recipient_changed(row, body));
        if *touched == Touched::New {
            row.position = position;
            done.added += 1;
        } else {
            done.changed += 1;
        }
    }
    let rows: Vec<StoredRecipient> = rows.into_iter().map(|(row, ..)| row).collect();
    store::put_recipients(unit.session(), &rows).await?;
    Ok(done)
}

/// Changes recipients of a campaign by their ids, all or none; names that are missing already are missing with others.
pub(super) async fn change(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    campaign: &Campaign,
    (ids, mut missing): (&[String], Vec<String>),
    how: impl Fn(&mut StoredRecipient),
) -> Result<i32, Error> {
    let found = store::recipients_by(unit.session(), By::Id, ids).await?;
    let mut found: Vec<StoredRecipient> = found.into_iter().filter(|one| one.campaign == campaign.row.id).collect();
    let known: std::collections::HashSet<&String> = found.iter().map(|one| &one.id).collect();
    let gone = ids.iter().filter(|id| !known.contains(id));
    missing.extend(gone.map(|id| events::recipient_name(&campaign.row.id, id)));
    if !missing.is_empty() {
        return Err(Refused::NoSuchRecipients(missing).into());
    }
    found.iter_mut().for_each(how);
    let count = i32::try_from(found.len()).unwrap_or(i32::MAX);
    tell(unit, keys, found).await?;
    Ok(count)
}
