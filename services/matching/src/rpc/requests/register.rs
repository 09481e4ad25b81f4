//! What is asked of the register of companies, and how its answers are told.

use contract::matching::v1::CreateRequestRequest;
use contract::registry::v1::companies_client::CompaniesClient;
use contract::registry::v1::{
    Company, CreateCompanyRequest, DuplicateReason, GetCompanyRequest, ListPossibleDuplicatesRequest, PossibleDuplicate,
};
use kit_serve::{Caller, Client, MAX_MESSAGE_BYTES, fault};
use sha2::{Digest as _, Sha256};
use tonic::{Code, Status};

use crate::domain::fault::Fault;
use crate::domain::refused::Reason;
use crate::domain::request::twins::{Known, SAME_CORPORATE_NUMBER, SAME_NAME_AND_PREFECTURE};
use crate::error::Error;
use crate::rpc::Desk;
use crate::rpc::reach::reaches_all;

/// Most merges that are followed.
const FOLLOWED: usize = 16;
/// Pairs on a page, and most pages.
const PAGE: i32 = 200;
const PAGES: usize = 100;

/// What the register's refusal means here.
fn passed(status: Status) -> Error {
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded => Reason::RegisterAway.into(),
        Code::NotFound => Reason::CompanyNotFound.into(),
        _ => Error::Passed(status),
    }
}

/// What there is to know of a company to be entered, before it is.
pub(super) struct Checked {
    /// As it would stand; without a name.
    pub(super) company: Company,
    /// Companies that may be the same, within the caller's reach.
    pub(super) similar: Vec<PossibleDuplicate>,
}

impl Desk {
    /// A company of the register that the caller reaches; of one that was merged, the one that it is.
    pub(super) async fn known_company(&self, caller: &Caller, name: &str) -> Result<Company, Error> {
        let company = self.company(name).await?;
        let body = company.facts.as_ref().map_or("", |facts| facts.body.as_str());
        if !reaches_all(caller) && !caller.owns(body) {
            return Err(Reason::NotOwn.into());
        }
        self.followed(company).await
    }

    /// A company of the register, whoever reaches it; of one that was merged, the one that it is.
    pub(in crate::rpc) async fn any_company(&self, name: &str) -> Result<Company, Error> {
        let company = self.company(name).await?;
        self.followed(company).await
    }

    async fn followed(&self, mut company: Company) -> Result<Company, Error> {
        for _ in 0..FOLLOWED {
            match company.facts.as_ref().map(|facts| facts.merged_into.as_str()) {
                Some(into) if !into.is_empty() && !company.erased => company = self.company(into).await?,
                _ => break,
            }
        }
        if company.erased { Err(Reason::CompanyErased.into()) } else { Ok(company) }
    }

    async fn company(&self, name: &str) -> Result<Company, Error> {
        let found = self.companies().get_company(GetCompanyRequest { name: name.to_owned() }).await.map_err(passed)?;
        found.into_inner().company.ok_or_else(|| Reason::CompanyNotFound.into())
    }

    /// Asks the register what it makes of a new company; `ours` is what is wrong with the rest of the request, told with it.
    pub(super) async fn check_company(
        &self,
        caller: &Caller,
        given: CreateCompanyRequest,
        ours: &[Fault],
    ) -> Result<Checked, Error> {
        let given = CreateCompanyRequest { validate_only: true, request_id: String::new(), ..given };
        match self.companies_as(caller)?.create_company(given).await {
            Ok(_) if !ours.is_empty() => Err(Error::Invalid(ours.to_vec())),
            Ok(answer) => {
                let answer = answer.into_inner();
                Ok(Checked { company: answer.company.unwrap_or_default(), similar: answer.possible_duplicates })
            }
            Err(status) if status.code() == Code::InvalidArgument => Err(Error::Passed(together(ours, &status))),
            Err(_) if !ours.is_empty() => Err(Error::Invalid(ours.to_vec())),
            Err(status) => Err(passed(status)),
        }
    }

    /// Enters a new company in the register.
    pub(super) async fn enter_company(&self, caller: &Caller, given: CreateCompanyRequest) -> Result<Company, Error> {
        match self.companies_as(caller)?.create_company(given).await {
            Ok(answer) => answer.into_inner().company.ok_or_else(|| Reason::CompanyNotFound.into()),
            Err(status) if status.code() == Code::InvalidArgument => Err(Error::Passed(together(&[], &status))),
            Err(status) => Err(passed(status)),
        }
    }

    /// Pairs that the register takes to be possibly the same: those of a company, or all when it is empty.
    pub(super) async fn similar_companies(&self, company: &str) -> Result<Vec<PossibleDuplicate>, Error> {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let asked = ListPossibleDuplicatesRequest {
                company: company.to_owned(),
                body: String::new(),
                page_size: PAGE,
                page_token,
            };
            let page = self.companies().list_possible_duplicates(asked).await.map_err(passed)?.into_inner();
            found.extend(page.duplicates);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// The register, asked in the caller's name.
    fn companies_as(&self, caller: &Caller) -> Result<CompaniesClient<Client>, Error> {
        let acting = self.register.acting_as(caller);
        let acting = acting.map_err(|error| kit_log::Error::Internal(format!("acting as the caller: {error}")))?;
        Ok(CompaniesClient::new(acting)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES))
    }
}

/// A company to be entered with a request. The register recognises a repeat of ours by an id that follows from it.
pub(super) fn company_of(given: &CreateRequestRequest, body: &str) -> CreateCompanyRequest {
    let mut company = given.new_company.clone().unwrap_or_default();
    let mut facts = company.facts.take().unwrap_or_default();
    if facts.body.is_empty() {
        body.clone_into(&mut facts.body);
    }
    company.facts = Some(facts);
    let digest = Sha256::digest(given.request_id.as_bytes());
    let derived = digest.iter().fold("matching-".to_owned(), |id, byte| format!("{id}{byte:02x}"));
    let request_id = if given.request_id.is_empty() { String::new() } else { derived };
    CreateCompanyRequest { company: Some(company), reason: String::new(), request_id, validate_only: false }
}

/// Our faults and the register's in one answer, each once.
fn together(ours: &[Fault], theirs: &Status) -> Status {
    let told = |fault: &Fault| kit_serve::Fault::new(&fault.field, fault.code(), fault.ja(), fault.en());
    let mut all: Vec<_> = ours.iter().map(told).collect();
    for mut fault in fault::faults_of(theirs) {
        let field = fault.field.strip_prefix("company.").unwrap_or(&fault.field);
        fault.field = format!("new_company.{field}");
        if all.iter().all(|known| (&known.field, &known.reason) != (&fault.field, &fault.reason)) {
            all.push(fault);
        }
    }
    if all.is_empty() { theirs.clone() } else { fault::invalid(&all) }
}

/// Adds pairs of companies to what is known.
pub(super) fn note(known: &mut Known, pairs: &[PossibleDuplicate]) {
    for pair in pairs {
        let reasons = pair.reasons().filter_map(|reason| match reason {
            DuplicateReason::CorporateNumber => Some(SAME_CORPORATE_NUMBER),
            DuplicateReason::Name => Some(SAME_NAME_AND_PREFECTURE),
            DuplicateReason::Unspecified => None,
        });
        known.is_similar(&pair.company, &pair.later, reasons.collect());
    }
}
