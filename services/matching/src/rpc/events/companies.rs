//! Companies as the register has them.

use contract::engagement::v1::CompanySnapshot;

use crate::domain::event::application::Company;
use crate::error::Error;
use crate::rpc::Desk;

impl Desk {
    /// The company of a name, or the one that it is when somebody merged it.
    ///
    /// # Errors
    /// As [`Desk::any_company`].
    pub(super) async fn brought_company(&self, name: &str) -> Result<Company, Error> {
        let company = self.any_company(name).await?;
        let facts = company.facts.unwrap_or_default();
        let (industry, size, prefecture) = (facts.industry, facts.size, facts.prefecture);
        let snapshot = CompanySnapshot { company: company.name, industry, size, prefecture };
        Ok(Company { snapshot, name: company.details.unwrap_or_default().company_name })
    }
}
