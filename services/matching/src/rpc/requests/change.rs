//! Commands on requests through the writer: load, change, store, tell, all in one transaction.

use contract::event::v1::Token;
use contract::matching::v1 as wire;
use kit_log::sql::Session;
use kit_log::{KeyStore, Origin, Unit};
use kit_serve::Caller;

use super::register::note;
use super::{Receipt, moment, parties, read, tell, tell_and_follow};
use crate::domain::check::Check;
use crate::domain::fault::{Fault, Reason as Wrong};
use crate::domain::refused::Reason;
use crate::domain::request::Request;
use crate::domain::request::need::check_need;
use crate::domain::request::twins::{Known, SAME_COMPANY};
use crate::error::Error;
use crate::rpc::Desk;
use crate::rpc::reach::{check_etag, reaches};
use crate::store;
use crate::timer::by_itself;

/// Why a request ended when its company was erased.
const COMPANY_ERASED: &str = "COMPANY_ERASED";

/// A request that the caller may change.
async fn loaded(session: &mut Session, keys: &dyn KeyStore, caller: &Caller, id: &str) -> Result<Request, Error> {
    let request = store::request(session, keys, id).await?.ok_or(Reason::RequestNotFound)?;
    reaches(caller, parties(&request))?;
    Ok(request)
}

impl Desk {
    pub(super) async fn edit_request(
        &self,
        caller: &Caller,
        given: wire::UpdateRequestRequest,
    ) -> Result<(wire::SupportRequest, Token), Error> {
        let origin = Origin::of_call(caller, "UpdateRequest", &given.request_id, &given);
        let (id, edit, words, mut check) = read::edit(&given, self.log.clock().now());
        if !check.faults.is_empty() && !id.is_empty() {
            // What is wrong with the need as a whole is told along with what is wrong by itself.
            let mut session = self.log.read_session().await?;
            let standing = loaded(&mut session, self.log.keys().as_ref(), caller, &id).await?;
            check_need(&mut check, &edit.applied_to(&standing.need()));
        }
        check.done()?;
        let (keys, who, etag) = (self.log.keys().clone(), caller.clone(), given.etag);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut request = loaded(unit.session(), keys, &who, &id).await?;
                check_etag(request.version, &etag)?;
                let mut check = Check::default();
                check_need(&mut check, &edit.applied_to(&request.need()));
                check.done()?;
                let (before, actor) = (request.clone(), unit.actor().to_owned());
                let change = request.edit(&edit, &moment(unit, &actor, &words))?;
                tell_and_follow(unit, keys, (&before, &request), &change).await?;
                Ok::<_, Error>(Receipt { id })
            })
        });
        let committed = committed.await?;
        Ok((self.request_now(caller, &committed.answer.id).await?, committed.token))
    }

    pub(super) async fn take_back(
        &self,
        caller: &Caller,
        given: wire::WithdrawRequestRequest,
    ) -> Result<(wire::SupportRequest, Token), Error> {
        let origin = Origin::of_call(caller, "WithdrawRequest", &given.request_id, &given);
        let mut check = Check::default();
        let id = check.id("name", "requests", &given.name);
        let words = check.words(&given.reason);
        check.request_id(&given.request_id);
        check.done()?;
        let (keys, who, etag) = (self.log.keys().clone(), caller.clone(), given.etag);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut request = loaded(unit.session(), keys, &who, &id).await?;
                check_etag(request.version, &etag)?;
                let (before, actor) = (request.clone(), unit.actor().to_owned());
                let change = request.withdraw("", &moment(unit, &actor, &words))?;
                tell_and_follow(unit, keys, (&before, &request), &change).await?;
                Ok::<_, Error>(Receipt { id })
            })
        });
        let committed = committed.await?;
        Ok((self.request_now(caller, &committed.answer.id).await?, committed.token))
    }

    pub(super) async fn merge(
        &self,
        caller: &Caller,
        given: wire::MergeRequestsRequest,
    ) -> Result<(wire::SupportRequest, Token), Error> {
        let origin = Origin::of_call(caller, "MergeRequests", &given.request_id, &given);
        let two = Two::read(("name", &given.name), ("merged", &given.merged), &given.reason, &given.request_id)?;
        let known = self.known_of(caller, &two).await?;
        let (keys, who, etag) = (self.log.keys().clone(), caller.clone(), given.etag);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut stays = loaded(unit.session(), keys, &who, &two.one).await?;
                let mut goes = loaded(unit.session(), keys, &who, &two.other).await?;
                check_etag(goes.version, &etag)?;
                let actor = unit.actor().to_owned();
                let at = moment(unit, &actor, &two.words);
                let before = (stays.clone(), goes.clone());
                let into = stays.name();
                let gone = goes.merge_into(&into, &at)?;
                if !gone.is_empty() {
                    can_be_one(&before, &known)?;
                    let taken = stays.take_over(&before.1, &at)?;
                    tell_and_follow(unit, keys, (&before.1, &goes), &gone).await?;
                    tell_and_follow(unit, keys, (&before.0, &stays), &taken).await?;
                }
                Ok::<_, Error>(Receipt { id: two.one })
            })
        });
        let committed = committed.await?;
        Ok((self.request_now(caller, &committed.answer.id).await?, committed.token))
    }

    /// What is known of the companies of two requests. The register is asked only when they are not the same.
    async fn known_of(&self, caller: &Caller, two: &Two) -> Result<Known, Error> {
        let (keys, mut session) = (self.log.keys().as_ref(), self.log.read_session().await?);
        let one = loaded(&mut session, keys, caller, &two.one).await?;
        let other = loaded(&mut session, keys, caller, &two.other).await?;
        let mut known = Known { merged: store::merged_companies(&mut session).await?, ..Known::default() };
        drop(session);
        if known.reasons(one.company(), other.company()) != [SAME_COMPANY] {
            let similar = self.similar_companies(known.itself(one.company())).await?;
            note(&mut known, &similar);
        }
        Ok(known)
    }

    pub(super) async fn keep_apart(
        &self,
        caller: &Caller,
        given: wire::KeepRequestsApartRequest,
    ) -> Result<Token, Error> {
        let origin = Origin::of_call(caller, "KeepRequestsApart", &given.request_id, &given);
        let two = Two::read(("name", &given.name), ("other", &given.other), &given.reason, &given.request_id)?;
        let (keys, who) = (self.log.keys().clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let one = loaded(unit.session(), keys, &who, &two.one).await?;
                let other = loaded(unit.session(), keys, &who, &two.other).await?;
                if store::keep_requests_apart(unit.session(), &two.one, &two.other).await? {
                    let actor = unit.actor().to_owned();
                    let at = moment(unit, &actor, &two.words);
                    tell(unit, keys, &one, &one.kept_apart(&other.name(), &at)).await?;
                    tell(unit, keys, &other, &other.kept_apart(&one.name(), &at)).await?;
                }
                Ok::<_, Error>(Receipt { id: two.one })
            })
        });
        Ok(committed.await?.token)
    }

    /// Ends the requests whose time has run out.
    ///
    /// # Errors
    /// When the log cannot be used; what is due stays due.
    pub(crate) async fn expire_requests(&self) -> Result<(), Error> {
        let now = self.log.clock().now();
        let due = store::due_requests(&mut self.log.read_session().await?, now).await?;
        // One that cannot be ended does not keep the others from it.
        let mut done = Ok(());
        for id in due {
            let keys = self.log.keys().clone();
            let committed = self.log.writer().run(by_itself(), move |unit| {
                Box::pin(async move {
                    let found = store::request(unit.session(), keys.as_ref(), &id).await?;
                    let mut request = found.ok_or(Reason::RequestNotFound)?;
                    let (before, actor) = (request.clone(), unit.actor().to_owned());
                    let change = request.expire(&moment(unit, &actor, ""));
                    tell_and_follow(unit, keys.as_ref(), (&before, &request), &change).await?;
                    Ok::<_, Error>(Receipt { id })
                })
            });
            done = committed.await.map(drop).and(done);
        }
        done
    }

    /// The register told which company a company is: itself when `into` is empty.
    pub(crate) async fn company_is(&self, unit: &mut Unit, id: &str, into: &str) -> Result<(), Error> {
        Ok(store::point_company(unit.session(), &format!("companies/{id}"), into, false).await?)
    }

    /// The register told that a company was erased: nothing is sought for it any more.
    pub(crate) async fn company_erased(&self, unit: &mut Unit, id: &str, into: &str) -> Result<(), Error> {
        let (company, keys) = (format!("companies/{id}"), self.log.keys().as_ref());
        store::point_company(unit.session(), &company, into, true).await?;
        let actor = by_itself().actor;
        for mut request in store::requests_of_company(unit.session(), keys, &company).await? {
            if request.is_open() {
                let before = request.clone();
                let change = request.withdraw(COMPANY_ERASED, &moment(unit, &actor, ""))?;
                tell_and_follow(unit, keys, (&before, &request), &change).await?;
            }
        }
        Ok(())
    }
}

/// Two requests that somebody decides about.
struct Two {
    one: String,
    other: String,
    words: String,
}

impl Two {
    fn read(one: (&str, &str), other: (&str, &str), reason: &str, request_id: &str) -> Result<Self, Error> {
        let mut check = Check::default();
        let ids = [one, other].map(|(field, name)| check.id(field, "requests", name));
        if !ids[0].is_empty() && ids[0] == ids[1] {
            check.fault(other.0, Wrong::SameThing);
        }
        let words = check.words(reason);
        check.request_id(request_id);
        check.done()?;
        let [one, other] = ids;
        Ok(Self { one, other, words })
    }
}

/// Whether two requests can be one: of one programme and kind, and of companies that are, or may be, the same.
fn can_be_one((stays, goes): &(Request, Request), known: &Known) -> Result<(), Error> {
    let wrong = [
        (stays.facts.programme != goes.facts.programme, Wrong::OtherProgramme),
        (stays.need().kind != goes.need().kind, Wrong::OtherKind),
        (known.reasons(stays.company(), goes.company()).is_empty(), Wrong::OtherCompany),
    ];
    let faults: Vec<_> =
        wrong.into_iter().filter(|(wrong, _)| *wrong).map(|(_, why)| Fault::new("merged", why)).collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
