//! Companies over gRPC: contract → domain → store → contract.

mod ask;
mod change;
mod decide;

use contract::registry::v1 as wire;
use contract::registry::v1::companies_server::Companies;
use kit_log::{Log, wire_time};
use kit_serve::{Caller, Role};
use tonic::{Request, Response, Status};

use crate::domain::Company;
use crate::domain::check::Check;
use crate::error::Error;
use crate::store;
use ask::Pairs;

/// The calls about companies. Cheap to clone.
#[derive(Clone)]
pub(crate) struct CompanyRegister {
    pub(crate) log: Log,
}

/// `companies/<id>`.
fn name(id: &str) -> String {
    format!("companies/{id}")
}

/// A company as calls answer it.
fn shown(company: Company) -> wire::Company {
    wire::Company {
        name: if company.id().is_empty() { String::new() } else { name(company.id()) },
        erased: company.erased,
        etag: company.version.to_string(),
        create_time: Some(wire_time(company.create_time)),
        update_time: Some(wire_time(company.update_time)),
        facts: Some(company.portrait.facts),
        details: Some(company.portrait.details),
    }
}

/// Operators, the portal and services reach everything; a counsellor what an owned body looks after.
fn reaches_all(caller: &Caller) -> bool {
    [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role))
}

fn reaches(caller: &Caller, body: &str) -> bool {
    reaches_all(caller) || (caller.is(Role::Counsellor) && caller.owns(body))
}

impl CompanyRegister {
    /// A company within the caller's reach.
    async fn find(&self, caller: &Caller, id: &str) -> Result<Company, Error> {
        let mut session = self.log.read_session().await?;
        let found = store::company(&mut session, self.log.keys().as_ref(), id).await?;
        let company = found.ok_or(Error::NoSuchCompany)?;
        if reaches(caller, &company.portrait.facts.body) { Ok(company) } else { Err(Error::NotOfBody) }
    }

    async fn named(&self, caller: &Caller, field: &str, given: &str) -> Result<Company, Error> {
        let mut check = Check::default();
        let id = check.id(field, "companies", given);
        check.done()?;
        self.find(caller, &id).await
    }

    async fn page(
        &self,
        caller: &Caller,
        request: &wire::ListCompaniesRequest,
    ) -> Result<wire::ListCompaniesResponse, Error> {
        let (filter, page) = ask::list(caller, request)?;
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = store::list_companies(&mut session, keys, &filter, page.after(0), page.limit()).await?;
        let (found, next_page_token) = page.cut(found);
        Ok(wire::ListCompaniesResponse { companies: found.into_iter().map(shown).collect(), next_page_token })
    }

    async fn duplicates(
        &self,
        caller: &Caller,
        request: &wire::ListPossibleDuplicatesRequest,
    ) -> Result<wire::ListPossibleDuplicatesResponse, Error> {
        let Pairs { company, body, page } = Pairs::read(caller, request)?;
        if !company.is_empty() {
            self.find(caller, &company).await?;
        }
        let mut session = self.log.read_session().await?;
        let found = store::pairs(&mut session, &company, &body, page.after((0, 0)), page.limit()).await?;
        let (found, next_page_token) = page.cut(found.into_iter().map(|pair| (pair.place, pair)).collect());
        let duplicates = found.into_iter().map(duplicate).collect();
        Ok(wire::ListPossibleDuplicatesResponse { duplicates, next_page_token })
    }

    async fn of_number(&self, caller: &Caller, given: &str) -> Result<Vec<wire::Company>, Error> {
        let mut check = Check::default();
        let number = check.corporate_number("corporate_number", given, true);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let found = store::companies_of_number(&mut session, self.log.keys().as_ref(), &number).await?;
        let within = |company: &Company| reaches(caller, &company.portrait.facts.body);
        let found: Vec<_> = found.into_iter().filter(within).map(shown).collect();
        if found.is_empty() { Err(Error::NoSuchCompany) } else { Ok(found) }
    }
}

fn duplicate(pair: store::Pair) -> wire::PossibleDuplicate {
    wire::PossibleDuplicate {
        company: name(&pair.first),
        later: name(&pair.later),
        reasons: pair.reasons.into_iter().map(Into::into).collect(),
    }
}

#[tonic::async_trait]
impl Companies for CompanyRegister {
    async fn create_company(
        &self,
        request: Request<wire::CreateCompanyRequest>,
    ) -> Result<Response<wire::CreateCompanyResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.create(&caller, request.into_inner()).await?))
    }

    async fn get_company(
        &self,
        request: Request<wire::GetCompanyRequest>,
    ) -> Result<Response<wire::GetCompanyResponse>, Status> {
        let company = self.named(Caller::of(&request), "name", &request.get_ref().name).await?;
        Ok(Response::new(wire::GetCompanyResponse { company: Some(shown(company)) }))
    }

    async fn update_company(
        &self,
        request: Request<wire::UpdateCompanyRequest>,
    ) -> Result<Response<wire::UpdateCompanyResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let (company, token) = self.update(&caller, request.into_inner()).await?;
        Ok(Response::new(wire::UpdateCompanyResponse { company: Some(company), token: Some(token) }))
    }

    async fn list_companies(
        &self,
        request: Request<wire::ListCompaniesRequest>,
    ) -> Result<Response<wire::ListCompaniesResponse>, Status> {
        Ok(Response::new(self.page(Caller::of(&request), request.get_ref()).await?))
    }

    async fn find_company(
        &self,
        request: Request<wire::FindCompanyRequest>,
    ) -> Result<Response<wire::FindCompanyResponse>, Status> {
        let companies = self.of_number(Caller::of(&request), &request.get_ref().corporate_number).await?;
        Ok(Response::new(wire::FindCompanyResponse { companies }))
    }

    async fn get_company_history(
        &self,
        request: Request<wire::GetCompanyHistoryRequest>,
    ) -> Result<Response<wire::GetCompanyHistoryResponse>, Status> {
        let company = self.named(Caller::of(&request), "name", &request.get_ref().name).await?;
        let mut session = self.log.read_session().await.map_err(Error::from)?;
        let keys = self.log.keys().as_ref();
        let steps = store::company_history(&mut session, keys, company.id()).await.map_err(Error::from)?;
        Ok(Response::new(wire::GetCompanyHistoryResponse { steps }))
    }

    async fn erase_company(
        &self,
        request: Request<wire::EraseCompanyRequest>,
    ) -> Result<Response<wire::EraseCompanyResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let (company, token) = self.erase(&caller, request.into_inner()).await?;
        Ok(Response::new(wire::EraseCompanyResponse { company: Some(company), token: Some(token) }))
    }

    async fn merge_companies(
        &self,
        request: Request<wire::MergeCompaniesRequest>,
    ) -> Result<Response<wire::MergeCompaniesResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let (merged, token) = self.merge(&caller, request.into_inner()).await?;
        Ok(Response::new(wire::MergeCompaniesResponse { merged: Some(merged), token: Some(token) }))
    }

    async fn keep_companies_apart(
        &self,
        request: Request<wire::KeepCompaniesApartRequest>,
    ) -> Result<Response<wire::KeepCompaniesApartResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let token = Some(self.keep_apart(&caller, request.into_inner()).await?);
        Ok(Response::new(wire::KeepCompaniesApartResponse { token }))
    }

    async fn list_possible_duplicates(
        &self,
        request: Request<wire::ListPossibleDuplicatesRequest>,
    ) -> Result<Response<wire::ListPossibleDuplicatesResponse>, Status> {
        Ok(Response::new(self.duplicates(Caller::of(&request), request.get_ref()).await?))
    }
}
