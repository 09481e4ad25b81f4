//! Commands on entries through the writer: load, obey, store, tell, all in one transaction.

use contract::engagement::v1 as wire;
use contract::engagement::v1::{EntryKind, LibraryFacts, Side};
use contract::event::v1::Token;
use kit_log::{Committed, KeyStore, Origin, Unit};
use kit_serve::{Caller, Role};

use super::super::ask::body as own_body;
use super::super::change::{Receipt, check_etag};
use super::super::reach::reaches as reaches_case;
use super::ask::{Asked, entry_id};
use super::{Library, reaches, reaches_all, whole};
use crate::domain::check::Check;
use crate::domain::library::{Content, Entry, EntryDeed, content};
use crate::domain::{Change, Fault, Moment, Reason};
use crate::error::Error;
use crate::events;
use crate::names::{self, Parties as _};
use crate::store::{self, Keys, Steps};

/// Whether the caller may handle an entry. Who may not even see it is not told that there is one.
pub(super) fn within_reach(caller: &Caller, entry: &Entry) -> Result<(), Error> {
    if reaches(caller, &entry.facts) {
        Ok(())
    } else if entry.public().is_some() {
        Err(Error::NotOwn)
    } else {
        Err(Error::NoSuchEntry)
    }
}

impl Library {
    /// Writes a new draft.
    pub(super) async fn write(
        &self,
        caller: Caller,
        request: wire::CreateEntryRequest,
    ) -> Result<(wire::LibraryEntry, Token), Error> {
        let origin = Origin::of_call(&caller, "CreateEntry", &request.request_id, &request);
        let mut check = Check::default();
        check.request_id(&request.request_id);
        let kind = EntryKind::try_from(request.kind).unwrap_or_default();
        check.needed("kind", kind == EntryKind::Unspecified);
        let content = content(&mut check, kind, request.content, self.log.clock().now());
        let facts = LibraryFacts {
            kind: kind.into(),
            company: check.opt_name("company", "companies", &request.company),
            case: check.opt_name("case", "cases", &request.case),
            body: own_body(&mut check, &caller, &request.body),
            ..LibraryFacts::default()
        };
        check.done()?;
        let (keys, who) = (self.log.keys().clone(), caller);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let facts = placed(unit, keys, &who, facts).await?;
                let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
                let at = Moment { now: unit.now(), actor: &actor, on_behalf_of: Side::Unspecified, words: "" };
                let (entry, change) = Entry::write(&id, facts, content, &at);
                let entered = tell(unit, keys, &entry, change, true).await?;
                store::insert_entry(unit.session(), keys, &entry, entered).await?;
                Ok::<_, Error>(Receipt { id, ..Receipt::default() })
            })
        });
        self.answer(committed.await?).await
    }

    /// Writes a draft anew.
    pub(super) async fn rewrite(
        &self,
        caller: Caller,
        request: wire::UpdateEntryRequest,
    ) -> Result<(wire::LibraryEntry, Token), Error> {
        let origin = Origin::of_call(&caller, "UpdateEntry", &request.request_id, &request);
        let mut check = Check::default();
        let (kind, id) = entry_id(&mut check, "name", &request.name);
        check.request_id(&request.request_id);
        let content: Content = content(&mut check, kind, request.content, self.log.clock().now());
        check.done()?;
        let asked = Asked { caller, origin, kind, id, etag: request.etag, words: String::new() };
        self.change(asked, EntryDeed::Write(Box::new(content))).await
    }

    /// Carries a deed out; answers the entry as it now stands.
    pub(super) async fn change(&self, asked: Asked, deed: EntryDeed) -> Result<(wire::LibraryEntry, Token), Error> {
        let Asked { caller, origin, kind, id, etag, words } = asked;
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let found = store::entry(unit.session(), keys, &id).await?;
                let mut entry = found.filter(|entry| entry.facts.kind() == kind).ok_or(Error::NoSuchEntry)?;
                within_reach(&caller, &entry)?;
                check_etag(entry.version, &etag)?;
                let actor = unit.actor().to_owned();
                let at = Moment { now: unit.now(), actor: &actor, on_behalf_of: Side::Unspecified, words: &words };
                let before = entry.publication_key();
                let change = entry.obey(deed, &at)?;
                if !change.is_empty() {
                    // The key goes before the record says so: whatever is cut off then, what was published is hidden, and the
                    // writers' copy is under another key.
                    if let Some(ended) = before.filter(|_| entry.publication_key().is_none()) {
                        keys.destroy(&ended).await?;
                    }
                    tell(unit, keys, &entry, change, false).await?;
                    store::save_entry(unit.session(), keys, &entry).await?;
                }
                Ok::<_, Error>(Receipt { id, ..Receipt::default() })
            })
        });
        self.answer(committed.await?).await
    }

    async fn answer(&self, committed: Committed<Receipt>) -> Result<(wire::LibraryEntry, Token), Error> {
        let mut session = self.log.read_session().await?;
        let found = store::entry(&mut session, self.log.keys().as_ref(), &committed.answer.id).await?;
        Ok((whole(&found.ok_or(Error::NoSuchEntry)?), committed.token))
    }
}

/// Where a new entry belongs: to the company and body of its case, and within the writer's reach.
async fn placed(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    caller: &Caller,
    mut facts: LibraryFacts,
) -> Result<LibraryFacts, Error> {
    if let Some(id) = facts.case.strip_prefix("cases/") {
        let case = store::by_id(unit.session(), keys, id).await?.ok_or(Error::NoSuchCase)?;
        reaches_case(caller, &case.facts)?;
        if facts.company.is_empty() {
            case.facts.company().clone_into(&mut facts.company);
        } else if facts.company != case.facts.company() {
            return Err(Error::Invalid(vec![Fault::new("company", Reason::OtherCompany)]));
        }
        if facts.body.is_empty() {
            case.facts.body().clone_into(&mut facts.body);
        }
    }
    let own = reaches_all(caller) || !caller.is(Role::Counsellor) || caller.owns(&facts.body);
    if own { Ok(facts) } else { Err(Error::NotOwn) }
}

/// Records the steps and emits the entry as it now stands; answers the position.
async fn tell(unit: &mut Unit, keys: &dyn KeyStore, entry: &Entry, change: Change, first: bool) -> Result<i64, Error> {
    let (name, key) = (names::entry(&entry.facts), names::draft_key(&entry.facts));
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let steps = Steps { subject: &name, key: &key, steps: &change.steps };
    let steps = store::record(unit.session(), &sealing, &[steps], first).await?.concat();
    Ok(events::library_entry(unit, entry, &change.kinds, steps))
}
