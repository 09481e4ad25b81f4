//! Reading lists of companies: conditions, pages, and whose companies a caller is shown.

use contract::registry::v1::{ListCompaniesRequest, ListPossibleDuplicatesRequest};
use kit_serve::page::{Page, SIZES};
use kit_serve::{Caller, Role};
use kit_vocabulary::{company_industries, prefectures};

use super::{Check, reaches_all};
use crate::domain::Fault;
use crate::domain::fault::Reason;
use crate::error::Error;
use crate::store::CompanyFilter;

/// The companies that are asked for, and the page of them.
pub(super) fn list(caller: &Caller, request: &ListCompaniesRequest) -> Result<(CompanyFilter, Page), Error> {
    let mut check = Check::default();
    let prefecture = check.code("prefecture", prefectures(), &request.prefecture, false);
    let industry = check.code("industry", company_industries(), &request.industry, false);
    check.opt_name("body", "bodies", &request.body);
    let page = Page::read(&mut check, request, SIZES);
    check.done()?;
    Ok((CompanyFilter { prefecture, industry, body: narrowed(caller, &request.body)? }, page))
}

/// Possible duplicates that are asked for.
pub(super) struct Pairs {
    /// An id; empty for all.
    pub(super) company: String,
    pub(super) body: String,
    pub(super) page: Page<(i64, i64)>,
}

impl Pairs {
    pub(super) fn read(caller: &Caller, request: &ListPossibleDuplicatesRequest) -> Result<Self, Error> {
        let mut check = Check::default();
        let given = &request.company;
        let company = if given.is_empty() { String::new() } else { check.id("company", "companies", given) };
        check.opt_name("body", "bodies", &request.body);
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        Ok(Self { company, body: narrowed(caller, &request.body)?, page })
    }
}

/// A counsellor is shown one of the own bodies; who owns several says which.
fn narrowed(caller: &Caller, body: &str) -> Result<String, Error> {
    if reaches_all(caller) {
        return Ok(body.to_owned());
    }
    own_body(caller, "body", body)
}

/// The body of a counsellor: the one that is named, or the only one there is.
pub(super) fn own_body(caller: &Caller, field: &str, named: &str) -> Result<String, Error> {
    if !caller.is(Role::Counsellor) {
        return Err(Error::NotOfBody);
    }
    let mut own = caller.owns.iter().filter(|name| name.starts_with("bodies/"));
    match (named.is_empty(), own.next(), own.next()) {
        (true, Some(only), None) => Ok(only.clone()),
        (true, Some(_), Some(_)) => Err(Fault::new(field, Reason::Required).into()),
        (false, ..) if caller.owns(named) => Ok(named.to_owned()),
        _ => Err(Error::NotOfBody),
    }
}
