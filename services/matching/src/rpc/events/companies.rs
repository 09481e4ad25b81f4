//! Companies as the register has them.

use contract::engagement::v1::CompanySnapshot;
use contract::registry::v1::GetCompanyRequest;
use tonic::Code;

use crate::domain::event::application::Company;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::rpc::Desk;

/// How often a company that is another one is followed to that one.
const HOPS: usize = 16;

impl Desk {
    /// The company of a name, or the one that it is when somebody merged it.
    ///
    /// # Errors
    /// [`Reason::CompanyNotFound`], [`Reason::CompanyErased`], [`Reason::RegisterAway`].
    pub(super) async fn brought_company(&self, name: &str) -> Result<Company, Error> {
        let mut name = name.to_owned();
        for _ in 0..HOPS {
            let asked = self.companies().get_company(GetCompanyRequest { name: name.clone() }).await;
            let found = asked.map_err(|status| match status.code() {
                Code::NotFound => Error::from(Reason::CompanyNotFound),
                Code::InvalidArgument | Code::PermissionDenied => Error::Passed(status),
                code => {
                    tracing::warn!(?code, "the register does not answer");
                    Reason::RegisterAway.into()
                }
            })?;
            let company = found.into_inner().company.ok_or(Reason::CompanyNotFound)?;
            let facts = company.facts.unwrap_or_default();
            if !facts.merged_into.is_empty() {
                name = facts.merged_into;
                continue;
            }
            if company.erased {
                return Err(Reason::CompanyErased.into());
            }
            let snapshot = CompanySnapshot {
                company: name,
                industry: facts.industry,
                size: facts.size,
                prefecture: facts.prefecture,
            };
            let details = company.details.unwrap_or_default();
            return Ok(Company { snapshot, name: details.company_name });
        }
        Err(Reason::CompanyNotFound.into())
    }
}
