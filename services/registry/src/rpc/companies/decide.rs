//! What people decide about possible duplicates: the same, or different.

use contract::event::v1::Token;
use contract::registry::v1 as wire;
use kit_clock::Timestamp;
use kit_log::{KeyStore, Origin, Unit};
use kit_serve::Caller;

use super::change::{Receipt, changeable, itself};
use super::{Check, CompanyRegister, name, shown};
use crate::domain::Company;
use crate::error::Error;
use crate::events::emit_company;
use crate::store::{self, CompanyChange};

/// A decision about two companies, read: their ids, and the words of who decides.
struct Decision {
    ids: [String; 2],
    words: String,
}

impl Decision {
    fn read(fields: [(&str, &str); 2], request_id: &str, reason: &str) -> Result<Self, Error> {
        let mut check = Check::default();
        let ids = fields.map(|(field, given)| check.id(field, "companies", given));
        if !ids[0].is_empty() && ids[0] == ids[1] {
            check.contradicts(fields[1].0, fields[0].0);
        }
        check.request_id(request_id);
        let words = check.words("reason", reason, false);
        check.done()?;
        Ok(Self { ids, words })
    }
}

/// Who decides, when, and why.
struct Decided<'a> {
    at: Timestamp,
    actor: &'a str,
    words: &'a str,
}

/// Stores a company whose `merged_into` changed, and tells it.
async fn tell(unit: &mut Unit, keys: &dyn KeyStore, company: &Company) -> Result<(), Error> {
    emit_company(unit, company, &["facts.merged_into"]);
    Ok(store::save_company(unit.session(), keys, company).await?)
}

/// Puts the decision into the history of one company; `other` is the id of the other one.
async fn record(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    (id, cause, other): (&str, &'static str, &str),
    decided: &Decided<'_>,
) -> Result<(), Error> {
    let Decided { at, actor, words } = *decided;
    let changed = [&*name(other)];
    let step = CompanyChange { id, at, actor, cause, changed: &changed, words };
    Ok(store::record_company(unit.session(), keys, step).await?)
}

impl CompanyRegister {
    pub(super) async fn merge(
        &self,
        caller: &Caller,
        request: wire::MergeCompaniesRequest,
    ) -> Result<(wire::Company, Token), Error> {
        let origin = Origin::of_call(caller, "MergeCompanies", &request.request_id, &request);
        let fields = [("company", request.company.as_str()), ("merged", request.merged.as_str())];
        let Decision { ids: [stays, goes], words } = Decision::read(fields, &request.request_id, &request.reason)?;
        let (keys, asks, etag) = (self.log.keys().clone(), caller.clone(), request.etag);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let found = store::company(unit.session(), keys, &stays).await?;
                itself(changeable(found, &asks, "")?)?;
                let found = store::company(unit.session(), keys, &goes).await?;
                let mut company = changeable(found, &asks, &etag)?;
                if company.merged_into() != stays {
                    company = itself(company)?;
                    let (now, actor) = (unit.now(), unit.actor().to_owned());
                    let decided = Decided { at: now, actor: &actor, words: &words };
                    company.merge_into(Some(&stays), now);
                    tell(unit, keys, &company).await?;
                    for mut follower in store::merged_into(unit.session(), keys, &goes).await? {
                        follower.merge_into(Some(&stays), now);
                        tell(unit, keys, &follower).await?;
                        record(unit, keys, (follower.id(), "MERGED", &stays), &decided).await?;
                    }
                    store::bring_together(unit.session(), [&stays, &goes]).await?;
                    record(unit, keys, (&goes, "MERGED", &stays), &decided).await?;
                    record(unit, keys, (&stays, "MERGED", &goes), &decided).await?;
                }
                Ok::<_, Error>(Receipt { company_id: goes })
            })
        });
        let committed = committed.await?;
        Ok((shown(self.find(caller, &committed.answer.company_id).await?), committed.token))
    }

    pub(super) async fn keep_apart(
        &self,
        caller: &Caller,
        request: wire::KeepCompaniesApartRequest,
    ) -> Result<Token, Error> {
        let origin = Origin::of_call(caller, "KeepCompaniesApart", &request.request_id, &request);
        let fields = [("company", request.company.as_str()), ("other", request.other.as_str())];
        let Decision { ids: [one, other], words } = Decision::read(fields, &request.request_id, &request.reason)?;
        let (keys, asks) = (self.log.keys().clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let (now, actor) = (unit.now(), unit.actor().to_owned());
                let decided = Decided { at: now, actor: &actor, words: &words };
                let mut parted = false;
                for (id, from) in [(&one, &other), (&other, &one)] {
                    let found = store::company(unit.session(), keys, id).await?;
                    let mut company = changeable(found, &asks, "")?;
                    if company.erased {
                        return Err(Error::CompanyErased);
                    }
                    if company.merged_into() == from {
                        parted = company.merge_into(None, now);
                        tell(unit, keys, &company).await?;
                    }
                }
                let new = store::keep_apart(unit.session(), [&one, &other], now, &actor).await?;
                if new || parted {
                    record(unit, keys, (&one, "KEPT_APART", &other), &decided).await?;
                    record(unit, keys, (&other, "KEPT_APART", &one), &decided).await?;
                }
                Ok::<_, Error>(Receipt { company_id: one })
            })
        });
        Ok(committed.await?.token)
    }
}
