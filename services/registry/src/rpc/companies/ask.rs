//! Reading lists of companies: conditions, pages, and whose companies a caller is shown.

use contract::registry::v1::{ListCompaniesRequest, ListPossibleDuplicatesRequest};
use kit_serve::{Caller, Role};
use kit_vocabulary::{List, company_industries, prefectures};
use prost::Message;
use sha2::{Digest as _, Sha256};

use super::{Check, reaches_all};
use crate::domain::Fault;
use crate::domain::fault::Reason;
use crate::error::Error;
use crate::store::CompanyFilter;

/// Entries on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (50, 200);

/// A request for a page, without where the page begins and how long it is: what a token belongs to.
pub(super) trait Conditions: Message + Clone {
    fn bare(self) -> Self;
}

macro_rules! conditions {
    ($($request:ident),*) => {$(
        impl Conditions for $request {
            fn bare(self) -> Self {
                Self { page_size: 0, page_token: String::new(), ..self }
            }
        }
    )*};
}

conditions!(ListCompaniesRequest, ListPossibleDuplicatesRequest);

/// A page of companies: what is wanted, after which place, and how many.
pub(super) struct ListPage {
    pub(super) filter: CompanyFilter,
    pub(super) after: i64,
    pub(super) size: i64,
}

impl ListPage {
    pub(super) fn read(caller: &Caller, request: &ListCompaniesRequest) -> Result<Self, Error> {
        let mut check = Check::default();
        let code = |check: &mut Check, field: &str, list: &List, code: &str| {
            if !code.is_empty() && list.get(code).is_none() {
                check.0.push(Fault::new(field, Reason::UnknownCode));
            }
            code.to_owned()
        };
        let prefecture = code(&mut check, "prefecture", prefectures(), &request.prefecture);
        let industry = code(&mut check, "industry", company_industries(), &request.industry);
        check.body(&request.body);
        let size = check.size(request.page_size);
        let [after] = check.place(&request.page_token, request);
        check.done()?;
        let body = narrowed(caller, &request.body)?;
        Ok(Self { filter: CompanyFilter { prefecture, industry, body }, after, size })
    }
}

/// A page of possible duplicates.
pub(super) struct PairPage {
    /// An id; empty for all.
    pub(super) company: String,
    pub(super) body: String,
    pub(super) after: (i64, i64),
    pub(super) size: i64,
}

impl PairPage {
    pub(super) fn read(caller: &Caller, request: &ListPossibleDuplicatesRequest) -> Result<Self, Error> {
        let mut check = Check::default();
        let given = &request.company;
        let company = if given.is_empty() { String::new() } else { check.id("companies", "company", given) };
        check.body(&request.body);
        let size = check.size(request.page_size);
        let [later, first] = check.place(&request.page_token, request);
        check.done()?;
        Ok(Self { company, body: narrowed(caller, &request.body)?, after: (later, first), size })
    }
}

impl Check {
    fn body(&mut self, name: &str) {
        if !name.is_empty() {
            self.id("bodies", "body", name);
        }
    }

    fn size(&mut self, asked: i32) -> i64 {
        if !(0..=PAGE.1).contains(&asked) {
            self.0.push(Fault::new("page_size", Reason::OutOfRange).with("min", 0).with("max", PAGE.1));
        }
        i64::from(if asked == 0 { PAGE.0 } else { asked })
    }

    /// The place in a token of the same conditions; zeros for the first page.
    fn place<const N: usize>(&mut self, token: &str, request: &impl Conditions) -> [i64; N] {
        let read = || {
            let mut parts = token.split('.');
            let mut place = [0; N];
            for number in &mut place {
                *number = i64::from_str_radix(parts.next()?, 16).ok().filter(|number| *number > 0)?;
            }
            (parts.next() == Some(&mark(request)) && parts.next().is_none()).then_some(place)
        };
        if token.is_empty() {
            return [0; N];
        }
        read().unwrap_or_else(|| {
            self.0.push(Fault::new("page_token", Reason::BadPageToken));
            [0; N]
        })
    }
}

/// The token of the page after this place.
pub(super) fn token(place: &[i64], request: &impl Conditions) -> String {
    let place: String = place.iter().map(|number| format!("{number:x}.")).collect();
    place + &mark(request)
}

/// Tells conditions apart without repeating them.
fn mark(request: &impl Conditions) -> String {
    let bytes = request.clone().bare().encode_to_vec();
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
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
