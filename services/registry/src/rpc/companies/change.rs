//! Commands on companies through the writer: load, change, store, tell, all in one transaction.

use contract::event::v1::Token;
use contract::registry::v1 as wire;
use kit_clock::JapanDay;
use kit_log::Origin;
use kit_serve::Caller;
use prost::Message;

use super::ask::own_body;
use super::{Check, CompanyRegister, name, reaches, reaches_all, shown};
use crate::domain::Company;
use crate::domain::company::Portrait;
use crate::domain::company::fields::{self, BODY, FIELDS, Field};
use crate::error::Error;
use crate::events::{emit_company, emit_erasure};
use crate::store::{self, CompanyChange, Twin};

/// What is kept of a command for a repeat of its request: no personal data.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Receipt {
    #[prost(string, tag = "1")]
    pub(super) company_id: String,
}

fn portrait(company: Option<wire::Company>) -> Portrait {
    let company = company.unwrap_or_default();
    Portrait { facts: company.facts.unwrap_or_default(), details: company.details.unwrap_or_default() }
}

fn check_etag(company: &Company, etag: &str) -> Result<(), Error> {
    let now = company.version.to_string();
    if etag.is_empty() || etag == now { Ok(()) } else { Err(Error::StaleEtag(now)) }
}

impl CompanyRegister {
    fn today(&self) -> JapanDay {
        self.log.clock().now().japan_day()
    }

    pub(super) async fn create(
        &self,
        caller: &Caller,
        request: wire::CreateCompanyRequest,
    ) -> Result<wire::CreateCompanyResponse, Error> {
        let origin = Origin::of_call(caller, "CreateCompany", &request.request_id, &request);
        let mut check = Check::default();
        check.request_id(&request.request_id);
        let words = check.words("reason", &request.reason, false);
        let mut given = portrait(request.company);
        let all: Vec<&Field> = FIELDS.iter().collect();
        fields::check(&mut check, &mut given, &all, self.today());
        check.faults.extend(fields::contradictions(&given));
        let body = own_place(caller, &given, &mut check);
        check.done()?;
        given.facts.body = body?;
        if request.validate_only {
            let company = Company::enter("", given, self.log.clock().now());
            let (possible_duplicates, duplicates_elsewhere) = self.told_of(caller, &company).await?;
            let company = Some(wire::Company { etag: String::new(), ..shown(company) });
            return Ok(wire::CreateCompanyResponse { company, token: None, possible_duplicates, duplicates_elsewhere });
        }
        let (company, token) = self.enter(caller, origin, given, words).await?;
        let (possible_duplicates, duplicates_elsewhere) = self.told_of(caller, &company).await?;
        let (company, token) = (Some(shown(company)), Some(token));
        Ok(wire::CreateCompanyResponse { company, token, possible_duplicates, duplicates_elsewhere })
    }

    async fn enter(
        &self,
        caller: &Caller,
        origin: kit_log::Origin,
        given: Portrait,
        words: String,
    ) -> Result<(Company, Token), Error> {
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let (now, id, actor) = (unit.now(), unit.fresh_id(), unit.actor().to_owned());
                let company = Company::enter(&id, given, now);
                let position = emit_company(unit, &company, &["entered"]);
                store::insert_company(unit.session(), keys.as_ref(), &company, position).await?;
                let step =
                    CompanyChange { id: &id, at: now, actor: &actor, cause: "ENTERED", changed: &[], words: &words };
                store::record_company(unit.session(), keys.as_ref(), step).await?;
                Ok::<_, Error>(Receipt { company_id: id })
            })
        });
        let committed = committed.await?;
        Ok((self.find(caller, &committed.answer.company_id).await?, committed.token))
    }

    /// Those within reach that may be the same, and how many there are elsewhere.
    async fn told_of(&self, caller: &Caller, company: &Company) -> Result<(Vec<wire::PossibleDuplicate>, i32), Error> {
        let mut session = self.log.read_session().await?;
        let found = store::twins(&mut session, &company.portrait, company.id()).await?;
        let (near, far): (Vec<_>, Vec<_>) = found.into_iter().partition(|twin| reaches(caller, &twin.body));
        let own = if company.id().is_empty() { String::new() } else { name(company.id()) };
        let pair = |twin: Twin| wire::PossibleDuplicate {
            company: name(&twin.id),
            later: own.clone(),
            reasons: twin.reasons.into_iter().map(Into::into).collect(),
        };
        Ok((near.into_iter().map(pair).collect(), i32::try_from(far.len()).unwrap_or(i32::MAX)))
    }

    pub(super) async fn update(
        &self,
        caller: &Caller,
        request: wire::UpdateCompanyRequest,
    ) -> Result<(wire::Company, Token), Error> {
        let origin = Origin::of_call(caller, "UpdateCompany", &request.request_id, &request);
        let named = request.company.as_ref().map(|company| company.name.clone()).unwrap_or_default();
        let mut check = Check::default();
        let id = check.id("company.name", "companies", &named);
        check.request_id(&request.request_id);
        let words = check.words("reason", &request.reason, false);
        let mut given = portrait(request.company);
        let fields = fields::masked(&request.update_mask.unwrap_or_default().paths).unwrap_or_else(|faults| {
            check.faults.extend(faults);
            Vec::new()
        });
        fields::check(&mut check, &mut given, &fields, self.today());
        if !check.faults.is_empty() && !id.is_empty() {
            // What does not go together with the rest is told along with what is wrong by itself.
            let next = self.find(caller, &id).await?.with(&given, &fields);
            let further = fields::contradictions(&next).into_iter();
            let further: Vec<_> =
                further.filter(|one| check.faults.iter().all(|told| told.field != one.field)).collect();
            check.faults.extend(further);
        }
        check.done()?;
        let moves = fields.iter().any(|field| field.path == BODY);
        if moves && !reaches(caller, &given.facts.body) {
            return Err(Error::NotOfBody);
        }
        let (keys, asks, etag) = (self.log.keys().clone(), caller.clone(), request.etag);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let found = store::company(unit.session(), keys.as_ref(), &id).await?;
                let mut company = itself(changeable(found, &asks, &etag)?)?;
                let next = company.with(&given, &fields);
                let faults = fields::contradictions(&next);
                if !faults.is_empty() {
                    return Err(faults.into());
                }
                let (now, actor) = (unit.now(), unit.actor().to_owned());
                let changed = company.become_other(next, now);
                if !changed.is_empty() {
                    emit_company(unit, &company, &changed);
                    store::save_company(unit.session(), keys.as_ref(), &company).await?;
                    let (cause, changed) = ("UPDATED", changed.as_slice());
                    let step = CompanyChange { id: &id, at: now, actor: &actor, cause, changed, words: &words };
                    store::record_company(unit.session(), keys.as_ref(), step).await?;
                }
                Ok::<_, Error>(Receipt { company_id: id })
            })
        });
        let committed = committed.await?;
        Ok((shown(self.find(caller, &committed.answer.company_id).await?), committed.token))
    }

    pub(super) async fn erase(
        &self,
        caller: &Caller,
        request: wire::EraseCompanyRequest,
    ) -> Result<(wire::Company, Token), Error> {
        let origin = Origin::of_call(caller, "EraseCompany", &request.request_id, &request);
        let mut check = Check::default();
        let id = check.id("name", "companies", &request.name);
        check.request_id(&request.request_id);
        check.done()?;
        let (keys, asks, etag) = (self.log.keys().clone(), caller.clone(), request.etag);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let found = store::company(unit.session(), keys.as_ref(), &id).await?;
                let mut all = vec![changeable(found, &asks, &etag)?];
                all.extend(store::merged_into(unit.session(), keys.as_ref(), &id).await?);
                let (now, actor) = (unit.now(), unit.actor().to_owned());
                for mut company in all {
                    // The key goes before the record says so: an erasure that is cut off is done again, never half believed.
                    keys.destroy(company.id()).await?;
                    if company.erase(now) {
                        emit_erasure(unit, &company);
                        store::save_company(unit.session(), keys.as_ref(), &company).await?;
                        let (cause, changed, words) = ("ERASED", &[][..], "");
                        let step = CompanyChange { id: company.id(), at: now, actor: &actor, cause, changed, words };
                        store::record_company(unit.session(), keys.as_ref(), step).await?;
                    }
                }
                Ok::<_, Error>(Receipt { company_id: id })
            })
        });
        let committed = committed.await?;
        Ok((shown(self.find(caller, &committed.answer.company_id).await?), committed.token))
    }
}

/// The body that will look after a new company; a counsellor's own. Who has several and names none is told with the rest.
fn own_place(caller: &Caller, given: &Portrait, check: &mut Check) -> Result<String, Error> {
    if reaches_all(caller) {
        return Ok(given.facts.body.clone());
    }
    match own_body(caller, "company.facts.body", &given.facts.body) {
        Err(Error::Invalid(faults)) => {
            check.faults.extend(faults);
            Ok(String::new())
        }
        found => found,
    }
}

/// A company that is neither erased nor merged.
pub(super) fn itself(company: Company) -> Result<Company, Error> {
    match (company.erased, company.merged_into()) {
        (true, _) => Err(Error::CompanyErased),
        (_, "") => Ok(company),
        (_, into) => Err(Error::CompanyMerged(name(into))),
    }
}

/// A company that is there, within reach, and as it was seen.
pub(super) fn changeable(found: Option<Company>, caller: &Caller, etag: &str) -> Result<Company, Error> {
    let company = found.ok_or(Error::NoSuchCompany)?;
    if !reaches(caller, &company.portrait.facts.body) {
        return Err(Error::NotOfBody);
    }
    check_etag(&company, etag)?;
    Ok(company)
}
