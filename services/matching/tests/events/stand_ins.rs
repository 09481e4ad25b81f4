//! A register of companies and a search of experts: what their published contracts say of the calls that matching makes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use contract::registry::v1::companies_server::Companies;
use contract::registry::v1::*;
use contract::search::v1::expert_search_server::ExpertSearch;
use contract::search::v1::*;
use contract::survey::v1::Mark;
use kit_serve::fault;
use tonic::{Code, Request, Response, Status};

/// What a call answers.
type Answer<T> = Result<Response<T>, Status>;

#[derive(Default)]
struct Known {
    companies: BTreeMap<String, Company>,
    sheets: BTreeMap<String, Sheet>,
    register_away: bool,
    search_away: bool,
    /// Sheets that were asked for so that somebody counts as looked at.
    counted: usize,
}

/// Both of them. Clones share what they know.
#[derive(Clone, Default)]
pub(crate) struct Others(Arc<Mutex<Known>>);

impl Others {
    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// A company of the register, in Osaka.
    pub(crate) fn company(&self, name: &str, called: &str) {
        let facts = CompanyFacts {
            company_id: name.trim_start_matches("companies/").to_owned(),
            prefecture: "27".to_owned(),
            industry: "automotive".to_owned(),
            size: "11_50".to_owned(),
            ..Default::default()
        };
        let details = CompanyDetails { company_name: called.to_owned(), ..Default::default() };
        let company =
            Company { name: name.to_owned(), facts: Some(facts), details: Some(details), ..Default::default() };
        self.known(|known| known.companies.insert(name.to_owned(), company));
    }

    /// The register says that a company is another one.
    pub(crate) fn merge(&self, name: &str, into: &str) -> CompanyFacts {
        self.known(|known| {
            let facts = known.companies.get_mut(name).unwrap().facts.as_mut().unwrap();
            into.clone_into(&mut facts.merged_into);
            facts.clone()
        })
    }

    pub(crate) fn erase(&self, name: &str) {
        self.known(|known| {
            let company = known.companies.get_mut(name).unwrap();
            company.erased = true;
            company.details = None;
        });
    }

    /// An expert who is listed: strong in these menus, guiding these themes.
    pub(crate) fn expert(&self, name: &str, called: &str, themes: &[&str], strong: &[&str]) {
        let mark = |menu: &str| {
            let good = strong.contains(&menu);
            let mark = if good { Mark::Strong } else { Mark::None };
            MenuMark { menu: menu.to_owned(), mark: mark.into(), points: if good { 12 } else { 0 } }
        };
        let summary = Hit {
            name: name.to_owned(),
            full_name: called.to_owned(),
            themes: themes.iter().map(|theme| (*theme).to_owned()).collect(),
            menus: ["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7"].map(mark).to_vec(),
            ..Default::default()
        };
        let sheet = Sheet { summary: Some(summary), ..Default::default() };
        self.known(|known| known.sheets.insert(name.to_owned(), sheet));
    }

    pub(crate) fn unlist(&self, name: &str) {
        self.known(|known| known.sheets.remove(name));
    }

    pub(crate) fn register_away(&self, away: bool) {
        self.known(|known| known.register_away = away);
    }

    pub(crate) fn search_away(&self, away: bool) {
        self.known(|known| known.search_away = away);
    }

    pub(crate) fn counted(&self) -> usize {
        self.known(|known| known.counted)
    }
}

fn away() -> Status {
    Status::unavailable("away")
}

#[tonic::async_trait]
impl Companies for Others {
    async fn get_company(&self, request: Request<GetCompanyRequest>) -> Answer<GetCompanyResponse> {
        self.known(|known| {
            if known.register_away {
                return Err(away());
            }
            match known.companies.get(&request.get_ref().name) {
                Some(company) => Ok(Response::new(GetCompanyResponse { company: Some(company.clone()) })),
                None => Err(fault::status(Code::NotFound, "COMPANY_NOT_FOUND", "no such company", "ありません", &[])),
            }
        })
    }

    async fn create_company(&self, _: Request<CreateCompanyRequest>) -> Answer<CreateCompanyResponse> {
        Err(Status::unimplemented(""))
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

    async fn list_possible_duplicates(
        &self,
        _: Request<ListPossibleDuplicatesRequest>,
    ) -> Answer<ListPossibleDuplicatesResponse> {
        Ok(Response::new(ListPossibleDuplicatesResponse::default()))
    }

    async fn merge_companies(&self, _: Request<MergeCompaniesRequest>) -> Answer<MergeCompaniesResponse> {
        Err(Status::unimplemented(""))
    }

    async fn keep_companies_apart(&self, _: Request<KeepCompaniesApartRequest>) -> Answer<KeepCompaniesApartResponse> {
        Err(Status::unimplemented(""))
    }
}

#[tonic::async_trait]
impl ExpertSearch for Others {
    async fn get_sheet(&self, request: Request<GetSheetRequest>) -> Answer<GetSheetResponse> {
        self.known(|known| {
            if known.search_away {
                return Err(away());
            }
            known.counted += usize::from(!request.get_ref().uncounted);
            match known.sheets.get(&request.get_ref().name) {
                Some(sheet) => Ok(Response::new(GetSheetResponse { sheet: Some(sheet.clone()) })),
                None => Err(fault::status(Code::NotFound, "EXPERT_NOT_FOUND", "no such expert", "ありません", &[])),
            }
        })
    }

    async fn search_experts(&self, _: Request<SearchExpertsRequest>) -> Answer<SearchExpertsResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_entries(&self, _: Request<ListEntriesRequest>) -> Answer<ListEntriesResponse> {
        Err(Status::unimplemented(""))
    }

    async fn suggest(&self, _: Request<SuggestRequest>) -> Answer<SuggestResponse> {
        Err(Status::unimplemented(""))
    }

    async fn record_exposure(&self, _: Request<RecordExposureRequest>) -> Answer<RecordExposureResponse> {
        Err(Status::unimplemented(""))
    }

    async fn get_exposure(&self, _: Request<GetExposureRequest>) -> Answer<GetExposureResponse> {
        Err(Status::unimplemented(""))
    }

    async fn get_index_status(&self, _: Request<GetIndexStatusRequest>) -> Answer<GetIndexStatusResponse> {
        Err(Status::unimplemented(""))
    }
}
