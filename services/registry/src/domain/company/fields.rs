//! The fields of a company that can change: their paths, and what may stand in them.

use contract::registry::v1::CompanyFacts;
use kit_clock::JapanDay;
use kit_vocabulary::{company_industries, company_sizes, prefectures, security_staff};

use super::{Portrait, sme};
use crate::domain::check::Check;
use crate::domain::fault::{Fault, Reason};

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
    /// Puts it into its normal form and notes what is wrong with it.
    check: fn(&mut Check, &str, &mut Portrait, JapanDay),
}

macro_rules! fields {
    ($($path:literal => $($part:ident).+, |$c:tt, $f:tt, $v:tt, $today:tt| $check:expr;)*) => {
        /// Every field that can change, in the order of the contract.
        pub static FIELDS: &[Field] = &[$(Field {
            path: $path,
            take: |to, from| to.$($part).+ = from.$($part).+.clone(),
            check: |$c, $f, portrait, $today| {
                let $v = &mut portrait.$($part).+;
                $check;
            },
        }),*];
    };
}

fields! {
    "facts.prefecture" => facts.prefecture, |c, f, v, _| c.code(f, prefectures(), v, false);
    "facts.industry" => facts.industry, |c, f, v, _| c.code(f, company_industries(), v, false);
    "facts.sme_class" => facts.sme_class, |c, f, v, _| c.sme_class(f, v);
    "facts.sole_proprietor" => facts.sole_proprietor, |_, _, _, _| {};
    "facts.capital_yen" => facts.capital_yen, |c, f, v, _| c.count(f, *v, MOST.0);
    "facts.employees" => facts.employees, |c, f, v, _| c.count(f, *v, MOST.1);
    "facts.size" => facts.size, |c, f, v, _| c.code(f, company_sizes(), v, false);
    "facts.security_staff" => facts.security_staff, |c, f, v, _| c.code(f, security_staff(), v, false);
    "facts.roles" => facts.roles, |c, f, v, _| c.roles(f, v);
    "facts.security_actions" => facts.security_actions, |c, f, v, today| {
        c.entries(f, v, HISTORY, |c, field, one| c.declaration(field, one, today))
    };
    "facts.services" => facts.services, |c, f, v, _| c.entries(f, v, HISTORY, Check::service);
    "facts.body" => facts.body, |c, f, v, _| c.body(f, v);
    "details.company_name" => details.company_name, |c, f, v, _| c.required_line(f, v, NAME_CHARS);
    "details.company_name_kana" => details.company_name_kana, |c, f, v, _| c.line(f, v, NAME_CHARS);
    "details.corporate_number" => details.corporate_number, |c, f, v, _| *v = c.corporate_number(f, v, false);
    "details.address" => details.address, |c, f, v, _| c.line(f, v, NAME_CHARS);
    "details.contacts" => details.contacts, |c, f, v, _| c.entries(f, v, CONTACTS, Check::contact);
}

/// Puts these fields into their normal form and notes every fault, with its place below `company.`.
pub fn check(check: &mut Check, given: &mut Portrait, fields: &[&Field], today: JapanDay) {
    for field in fields {
        (field.check)(check, &format!("company.{}", field.path), given, today);
    }
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

impl Check {
    fn sme_class(&mut self, field: &str, value: &str) {
        if !value.is_empty() && sme::rule().class(value).is_none() {
            self.fault(field, Reason::UnknownCode);
        }
    }
}
