//! Reading what is asked: into its normal form, with every fault.

use contract::engagement::v1::{CompanySnapshot, Region};
use contract::matching::v1 as wire;
use contract::matching::v1::{RequestFacts, Route};
use contract::registry::v1::Company;
use kit_clock::Timestamp;
use kit_serve::Caller;

use crate::domain::check::Check;
use crate::domain::fault::Reason;
use crate::domain::moment::wire as wire_time;
use crate::domain::programme::Settings;
use crate::domain::region::region_meant;
use crate::domain::request::edit::{Edit, masked};
use crate::domain::request::need::check_need;
use crate::error::Error;
use crate::rpc::reach::body_of;

/// Longest description of what it is about.
const CIRCUMSTANCES: usize = 2_000;
/// Most days until a request ends by itself.
const DAYS: i64 = 400;
/// Most companies it is tied to.
const RELATED: usize = 20;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The id of the request that a call names.
pub(super) fn name(given: &str) -> Result<String, Error> {
    let mut check = Check::default();
    let id = check.id("name", "requests", given);
    check.done()?;
    Ok(id)
}

/// A request to be entered, as far as it is known before the register was asked.
pub(super) struct New {
    pub(super) facts: RequestFacts,
    pub(super) circumstances: String,
}

/// Reads a request to be entered; the faults come along, since the register may have more.
pub(super) fn new(
    caller: &Caller,
    settings: &Settings,
    given: &wire::CreateRequestRequest,
    now: Timestamp,
) -> Result<(New, Check), Error> {
    let mut check = Check::default();
    let programme = check.programme(settings, &given.programme).map(|programme| programme.programme.clone());
    let region = if given.region.trim().is_empty() { Region::default() } else { check.region(&given.region) };
    let route: Route = check.enum_of("route", given.route);
    check_company(&mut check, given);
    check_need(&mut check, &given.need.clone().unwrap_or_default());
    let circumstances = check.text("circumstances", &given.circumstances, CIRCUMSTANCES, true);
    let body = body_of(caller, &mut check, "body", &given.body)?;
    let vendor = check.opt_name("vendor", "companies", &given.vendor);
    check.needed("vendor", route == Route::ItVendor && vendor.is_empty());
    if route != Route::ItVendor && !vendor.is_empty() {
        check.fault("vendor", Reason::NotHere);
    }
    let related = check.names("related", "companies", &given.related, RELATED);
    let itself = related.iter().position(|name| !name.is_empty() && *name == given.company);
    if let Some(at) = itself {
        check.fault(&format!("related[{at}]"), Reason::SameThing);
    }
    let expires = match &given.expire_time {
        Some(time) => check.ahead("expire_time", time, now, DAYS),
        None => Timestamp::from_micros(now.micros().saturating_add(i64::from(settings.request_days) * DAY)),
    };
    check.request_id(&given.request_id);
    let facts = RequestFacts {
        programme: programme.unwrap_or_default(),
        region: Some(region),
        route: route.into(),
        need: given.need.clone(),
        body,
        vendor,
        related,
        expire_time: Some(wire_time(expires)),
        ..RequestFacts::default()
    };
    Ok((New { facts, circumstances }, check))
}

fn check_company(check: &mut Check, given: &wire::CreateRequestRequest) {
    let Some(new) = &given.new_company else {
        check.name("company", "companies", &given.company);
        return;
    };
    if !given.company.is_empty() {
        check.name("company", "companies", &given.company);
        check.fault("new_company", Reason::NotHere);
    }
    let facts = new.facts.clone().unwrap_or_default();
    check.needed("new_company.facts.prefecture", facts.prefecture.is_empty());
    check.needed("new_company.facts.industry", facts.industry.is_empty());
}

impl New {
    /// With the company as the register has it. Where no region was named, the company's prefecture is meant.
    pub(super) fn of(&self, company: &Company) -> Result<(RequestFacts, wire::RequestTexts), Error> {
        let known = company.facts.clone().unwrap_or_default();
        let standing = known.security_actions.iter().rev().find(|one| one.ended_on.is_empty());
        let mut facts = RequestFacts {
            security_action: standing.map(|one| one.state.clone()).unwrap_or_default(),
            company: Some(CompanySnapshot {
                company: company.name.clone(),
                industry: known.industry,
                size: known.size,
                prefecture: known.prefecture.clone(),
            }),
            security_staff: known.security_staff,
            ..self.facts.clone()
        };
        if facts.region.as_ref().is_none_or(|region| region.code.is_empty()) {
            let meant = region_meant(&known.prefecture);
            let mut check = Check::default();
            check.needed("region", meant.is_none());
            check.done()?;
            facts.region = meant;
        }
        let company_name = company.details.clone().unwrap_or_default().company_name;
        Ok((facts, wire::RequestTexts { company_name, circumstances: self.circumstances.clone() }))
    }
}

/// Reads what is to change of a request; the faults come along, since the need as a whole may have more.
pub(super) fn edit(given: &wire::UpdateRequestRequest, now: Timestamp) -> (String, Edit, String, Check) {
    let mut check = Check::default();
    let id = check.id("name", "requests", &given.name);
    let mask = given.update_mask.clone().unwrap_or_default();
    let paths = masked(&mut check, &mask.paths);
    let named = |path: &str| paths.iter().any(|one| one == path);
    let circumstances =
        named("circumstances").then(|| check.text("circumstances", &given.circumstances, CIRCUMSTANCES, true));
    check.needed("expire_time", named("expire_time") && given.expire_time.is_none());
    let expires = given.expire_time.as_ref().filter(|_| named("expire_time"));
    let expires = expires.map(|time| check.ahead("expire_time", time, now, DAYS));
    let words = check.words(&given.reason);
    check.request_id(&given.request_id);
    (id, Edit { paths, need: given.need.clone().unwrap_or_default(), circumstances, expires }, words, check)
}
