//! The fields of a company that can change: their paths, and what may stand in them.

use contract::registry::v1::{CompanyFacts, ContactPerson, HelpTeamUse, RoleNeed, SecurityActionDeclaration};
use kit_clock::JapanDay;
use kit_vocabulary::{BadNumber, company_industries, company_sizes, prefectures, security_staff};

use super::parts;
use super::{Portrait, sme};
use crate::domain::fault::{Fault, Reason};
use crate::domain::text::{self, Form};

/// Longest name of a company or organisation, and longest address.
const NAME_CHARS: usize = 200;
/// Most capital in yen, and most employees: beyond every company there is.
const MOST: (i64, i64) = (1_000_000_000_000_000, 10_000_000);
/// Most contact persons.
const CONTACTS: usize = 20;
/// Most declarations, and most services.
const HISTORY: usize = 50;

/// The path of the staff.
pub(super) const EMPLOYEES: &str = "facts.employees";
/// The path of the size, which follows from the staff.
pub(super) const SIZE: &str = "facts.size";
/// The path of the body that looks after a company.
pub const BODY: &str = "facts.body";

/// A field that can change.
pub struct Field {
    /// Below `company.`: `facts.body`.
    pub path: &'static str,
    /// Copies it from another portrait.
    pub(super) take: fn(&mut Portrait, &Portrait),
    /// Puts it into its normal form and tells what is wrong with it.
    check: fn(&mut Portrait, &str, JapanDay) -> Vec<Fault>,
}

macro_rules! fields {
    ($($path:literal => $($part:ident).+, $check:expr;)*) => {
        /// Every field that can change, in the order of the contract.
        pub static FIELDS: &[Field] = &[$(Field {
            path: $path,
            take: |to, from| to.$($part).+ = from.$($part).+.clone(),
            check: |portrait, field, today| {
                #[allow(clippy::redundant_closure_call, reason = "one shape for all fields")]
                ($check)(&mut portrait.$($part).+, field, today)
            },
        }),*];
    };
}

fields! {
    "facts.prefecture" => facts.prefecture, |v: &mut String, f, _| parts::code(v, f, prefectures());
    "facts.industry" => facts.industry, |v: &mut String, f, _| parts::code(v, f, company_industries());
    "facts.sme_class" => facts.sme_class, |v: &mut String, f, _| sme_class(v, f);
    "facts.sole_proprietor" => facts.sole_proprietor, |_, _, _| Vec::new();
    "facts.capital_yen" => facts.capital_yen, |v: &mut Option<i64>, f, _| parts::count(*v, f, MOST.0);
    "facts.employees" => facts.employees, |v: &mut Option<i64>, f, _| parts::count(*v, f, MOST.1);
    "facts.size" => facts.size, |v: &mut String, f, _| parts::code(v, f, company_sizes());
    "facts.security_staff" => facts.security_staff, |v: &mut String, f, _| parts::code(v, f, security_staff());
    "facts.roles" => facts.roles, |v: &mut Vec<RoleNeed>, f, _| parts::roles(v, f);
    "facts.security_actions" => facts.security_actions, |v: &mut Vec<SecurityActionDeclaration>, f, today| {
        parts::at_most(HISTORY, v, f, |one, field| parts::declaration(one, field, today))
    };
    "facts.services" => facts.services, |v: &mut Vec<HelpTeamUse>, f, _| parts::at_most(HISTORY, v, f, parts::service);
    "facts.body" => facts.body, |v: &mut String, f, _| parts::body(v, f);
    "details.company_name" => details.company_name, |v: &mut String, f, _| parts::required_line(v, f, NAME_CHARS);
    "details.company_name_kana" => details.company_name_kana, |v: &mut String, f, _| parts::line(v, f, NAME_CHARS);
    "details.corporate_number" => details.corporate_number, |v: &mut String, f, _| corporate_number(v, f);
    "details.address" => details.address, |v: &mut String, f, _| parts::line(v, f, NAME_CHARS);
    "details.contacts" => details.contacts, |v: &mut Vec<ContactPerson>, f, _| {
        parts::at_most(CONTACTS, v, f, parts::contact)
    };
}

/// Puts these fields into their normal form; every fault, with its place below `company.`.
pub fn check(given: &mut Portrait, fields: &[&Field], today: JapanDay) -> Vec<Fault> {
    fields.iter().flat_map(|field| (field.check)(given, &format!("company.{}", field.path), today)).collect()
}

/// The fields of a mask.
///
/// # Errors
/// Every path that is none, and a mask without any.
pub fn masked(paths: &[String]) -> Result<Vec<&'static Field>, Vec<Fault>> {
    if paths.is_empty() {
        return Err(vec![Fault::new("update_mask", Reason::Required)]);
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (at, path) in paths.iter().enumerate() {
        match FIELDS.iter().find(|field| field.path == path) {
            Some(field) => found.push(field),
            None => faults.push(Fault::new(format!("update_mask.paths[{at}]"), Reason::UnknownPath)),
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

/// What of a portrait does not go together; each with the field that has to give way.
pub fn contradictions(portrait: &Portrait) -> Vec<Fault> {
    let Portrait { facts, details } = portrait;
    let sole = facts.sole_proprietor;
    let found = [
        ("facts.sme_class", "facts.industry", !fits_industry(facts)),
        ("facts.capital_yen", "facts.sole_proprietor", sole && facts.capital_yen.is_some()),
        (SIZE, EMPLOYEES, contradicts_staff(facts)),
        ("details.corporate_number", "facts.sole_proprietor", sole && !details.corporate_number.is_empty()),
    ];
    let fault =
        |field: &str, other: &str| Fault::new(format!("company.{field}"), Reason::Contradicts).with("value", other);
    found.into_iter().filter(|(_, _, wrong)| *wrong).map(|(field, other, _)| fault(field, other)).collect()
}

fn fits_industry(facts: &CompanyFacts) -> bool {
    facts.sme_class.is_empty()
        || facts.industry.is_empty()
        || sme::rule().classes_of(&facts.industry).any(|class| class.code == facts.sme_class)
}

fn contradicts_staff(facts: &CompanyFacts) -> bool {
    let follows = facts.employees.and_then(sme::size_of);
    follows.is_some_and(|size| !facts.size.is_empty() && facts.size != size)
}

fn sme_class(value: &str, field: &str) -> Vec<Fault> {
    let known = value.is_empty() || sme::rule().class(value).is_some();
    if known { Vec::new() } else { vec![Fault::new(field, Reason::UnknownCode)] }
}

fn corporate_number(value: &mut String, field: &str) -> Vec<Fault> {
    match kit_vocabulary::corporate_number(value) {
        Ok(number) => *value = number,
        Err(BadNumber::Empty) => value.clear(),
        Err(BadNumber::CheckDigit) => return vec![Fault::new(field, Reason::BadCheckDigit)],
        Err(_) => return vec![Fault::new(field, Reason::BadCorporateNumber)],
    }
    Vec::new()
}

/// Why somebody asks, in its normal form.
pub(super) fn normal_line(value: &mut String, field: &str, max: usize) -> Vec<Fault> {
    *value = text::normal(value, Form::Line);
    text::faults(field, value, Form::Line, max)
}
