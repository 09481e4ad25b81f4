//! A register of companies for tests: what its published contract says of the calls that matching makes, kept in memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use contract::registry::v1::companies_server::Companies;
use contract::registry::v1::*;
use kit_serve::{Caller, Fault, Role, fault};
use tonic::{Code, Request, Response, Status};

/// What a call answers.
type Answer<T> = Result<Response<T>, Status>;

#[derive(Default)]
struct State {
    companies: Vec<Company>,
    /// Answers by sender and request id.
    answered: HashMap<(String, String), (CreateCompanyRequest, String)>,
    /// Method and sender of every call that was answered.
    asked: Vec<(&'static str, String)>,
}

/// The register. Clones share what is in it.
#[derive(Clone)]
pub(crate) struct Books {
    state: Arc<Mutex<State>>,
    /// So many more calls are answered; below zero for any number.
    left: Arc<AtomicI64>,
}

fn not_found() -> Status {
    fault::status(Code::NotFound, "COMPANY_NOT_FOUND", "no such company", "該当する企業がありません", &[])
}

fn number_of(company: &Company) -> String {
    company.details.as_ref().map(|details| details.corporate_number.clone()).unwrap_or_default()
}

fn place_of(company: &Company) -> (String, String) {
    let name = company.details.as_ref().map(|details| details.company_name.clone()).unwrap_or_default();
    (name, company.facts.as_ref().map(|facts| facts.prefecture.clone()).unwrap_or_default())
}

fn reaches(caller: &Caller, company: &Company) -> bool {
    let all = [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role));
    all || caller.owns(&company.facts.as_ref().unwrap().body)
}

fn twins(one: &Company, other: &Company) -> Vec<i32> {
    let mut reasons = Vec::new();
    if !number_of(one).is_empty() && number_of(one) == number_of(other) {
        reasons.push(DuplicateReason::CorporateNumber.into());
    }
    if place_of(one) == place_of(other) {
        reasons.push(DuplicateReason::Name.into());
    }
    reasons
}

impl Books {
    pub(crate) fn new() -> Self {
        Self { state: Arc::default(), left: Arc::new(AtomicI64::new(-1)) }
    }

    /// Enters a company as it is given, with an id that follows from its place: `c-1`.
    pub(crate) fn put(&self, company: Company) -> String {
        let mut state = self.state.lock().unwrap();
        let id = format!("c-{}", state.companies.len() + 1);
        let mut facts = company.facts.clone().unwrap_or_default();
        facts.company_id.clone_from(&id);
        let name = format!("companies/{id}");
        state.companies.push(Company { name: name.clone(), facts: Some(facts), etag: "1".to_owned(), ..company });
        name
    }

    /// Changes a company.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Company)) {
        let mut state = self.state.lock().unwrap();
        change(state.companies.iter_mut().find(|company| company.name == name).unwrap());
    }

    pub(crate) fn count(&self) -> usize {
        self.state.lock().unwrap().companies.len()
    }

    /// Who asked what.
    pub(crate) fn asked(&self) -> Vec<(&'static str, String)> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Answers so many calls more, then is away.
    pub(crate) fn goes_away_after(&self, calls: i64) {
        self.left.store(calls, Ordering::SeqCst);
    }

    pub(crate) fn is_back(&self) {
        self.left.store(-1, Ordering::SeqCst);
    }

    fn answers(&self, method: &'static str, caller: &Caller) -> Result<(), Status> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            return Err(Status::unavailable("away"));
        }
        if left > 0 {
            self.left.store(left - 1, Ordering::SeqCst);
        }
        self.state.lock().unwrap().asked.push((method, caller.subject.clone()));
        Ok(())
    }

    fn of(&self, asked: &ListPossibleDuplicatesRequest) -> Vec<PossibleDuplicate> {
        let state = self.state.lock().unwrap();
        let itself = |company: &&Company| !company.erased && company.facts.as_ref().unwrap().merged_into.is_empty();
        let companies: Vec<&Company> = state.companies.iter().filter(itself).collect();
        let mut pairs = Vec::new();
        for (at, later) in companies.iter().enumerate() {
            for first in &companies[..at] {
                let reasons = twins(first, later);
                let wanted = asked.company.is_empty() || [&first.name, &later.name].contains(&&asked.company);
                if wanted && !reasons.is_empty() {
                    pairs.push(PossibleDuplicate { company: first.name.clone(), later: later.name.clone(), reasons });
                }
            }
        }
        pairs
    }
}

/// What is wrong with a new company.
fn faults(given: &CreateCompanyRequest) -> Vec<Fault> {
    let company = given.company.clone().unwrap_or_default();
    let (facts, details) = (company.facts.unwrap_or_default(), company.details.unwrap_or_default());
    let mut faults = Vec::new();
    let mut note =
        |field: &str, reason: &str| faults.push(Fault::new(format!("company.{field}"), reason, "誤り", "wrong"));
    if !facts.prefecture.is_empty() && kit_vocabulary::prefectures().get(&facts.prefecture).is_none() {
        note("facts.prefecture", "UNKNOWN_CODE");
    }
    if !facts.industry.is_empty() && kit_vocabulary::company_industries().get(&facts.industry).is_none() {
        note("facts.industry", "UNKNOWN_CODE");
    }
    if details.company_name.is_empty() {
        note("details.company_name", "REQUIRED");
    }
    match kit_vocabulary::corporate_number(&details.corporate_number) {
        Ok(_) | Err(kit_vocabulary::BadNumber::Empty) => {}
        Err(kit_vocabulary::BadNumber::CheckDigit) => note("details.corporate_number", "BAD_CHECK_DIGIT"),
        Err(_) => note("details.corporate_number", "BAD_CORPORATE_NUMBER"),
    }
    faults
}

#[tonic::async_trait]
impl Companies for Books {
    async fn create_company(&self, call: Request<CreateCompanyRequest>) -> Answer<CreateCompanyResponse> {
        let (caller, given) = (Caller::of(&call).clone(), call.into_inner());
        self.answers("CreateCompany", &caller)?;
        let wrong = faults(&given);
        if !wrong.is_empty() {
            return Err(fault::invalid(&wrong));
        }
        let mut company = given.company.clone().unwrap();
        let mut facts = company.facts.unwrap_or_default();
        let own: Vec<&String> = caller.owns.iter().filter(|name| name.starts_with("bodies/")).collect();
        if caller.is(Role::Counsellor) {
            match own[..] {
                [only] if facts.body.is_empty() => facts.body.clone_from(only),
                _ if caller.owns(&facts.body) => {}
                _ => return Err(fault::status(Code::PermissionDenied, "NOT_OWN", "not own", "担当外", &[])),
            }
        }
        company.facts = Some(facts);
        let key = (caller.subject.clone(), given.request_id.clone());
        if !given.validate_only {
            let known = self.state.lock().unwrap().answered.get(&key).cloned();
            company.name = match known {
                Some((before, name)) if before == given => name,
                Some(_) => return Err(Status::invalid_argument("request id was used for something else")),
                None => self.put(company.clone()),
            };
            if !given.request_id.is_empty() {
                self.state.lock().unwrap().answered.insert(key, (given, company.name.clone()));
            }
        }
        let state = self.state.lock().unwrap();
        let others = state.companies.iter().filter(|other| other.name != company.name);
        let pair = |other: &Company| PossibleDuplicate {
            company: other.name.clone(),
            later: company.name.clone(),
            reasons: twins(other, &company),
        };
        let pairs = others.filter(|other| reaches(&caller, other)).map(pair).filter(|pair| !pair.reasons.is_empty());
        let possible_duplicates = pairs.collect();
        Ok(Response::new(CreateCompanyResponse { company: Some(company), possible_duplicates, ..Default::default() }))
    }

    async fn get_company(&self, call: Request<GetCompanyRequest>) -> Answer<GetCompanyResponse> {
        let caller = Caller::of(&call).clone();
        self.answers("GetCompany", &caller)?;
        let state = self.state.lock().unwrap();
        let found = state.companies.iter().find(|company| company.name == call.get_ref().name);
        let company = found.ok_or_else(not_found)?;
        if !reaches(&caller, company) {
            return Err(fault::status(Code::PermissionDenied, "NOT_OWN", "not own", "担当外", &[]));
        }
        let mut company = company.clone();
        if company.erased {
            company.details = None;
        }
        Ok(Response::new(GetCompanyResponse { company: Some(company) }))
    }

    async fn list_possible_duplicates(
        &self,
        call: Request<ListPossibleDuplicatesRequest>,
    ) -> Answer<ListPossibleDuplicatesResponse> {
        self.answers("ListPossibleDuplicates", Caller::of(&call))?;
        let (asked, page) = (call.get_ref(), 2);
        let pairs = self.of(asked);
        let from: usize = if asked.page_token.is_empty() { 0 } else { asked.page_token.parse().unwrap() };
        let duplicates: Vec<_> = pairs.iter().skip(from).take(page).cloned().collect();
        let next = from + duplicates.len();
        let next_page_token = if next < pairs.len() { next.to_string() } else { String::new() };
        Ok(Response::new(ListPossibleDuplicatesResponse { duplicates, next_page_token }))
    }

    async fn update_company(&self, _: Request<UpdateCompanyRequest>) -> Answer<UpdateCompanyResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_companies(&self, _: Request<ListCompaniesRequest>) -> Answer<ListCompaniesResponse> {
        Err(Status::unimplemented(""))
    }

    async fn find_company(&self, _: Request<FindCompanyRequest>) -> Answer<FindCompanyResponse> {
        Err(Status::unimplemented(""))
    }

    async fn get_company_history(&self, _: Request<GetCompanyHistoryRequest>) -> Answer<GetCompanyHistoryResponse> {
        Err(Status::unimplemented(""))
    }

    async fn erase_company(&self, _: Request<EraseCompanyRequest>) -> Answer<EraseCompanyResponse> {
        Err(Status::unimplemented(""))
    }

    async fn merge_companies(&self, _: Request<MergeCompaniesRequest>) -> Answer<MergeCompaniesResponse> {
        Err(Status::unimplemented(""))
    }

    async fn keep_companies_apart(&self, _: Request<KeepCompaniesApartRequest>) -> Answer<KeepCompaniesApartResponse> {
        Err(Status::unimplemented(""))
    }
}
