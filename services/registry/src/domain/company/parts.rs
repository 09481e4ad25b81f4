//! The parts that fields of a company are made of: their normal form, and what is wrong with them.

use contract::registry::v1::{ContactPerson, HelpTeamUse, RoleNeed, RoleSource, SecurityActionDeclaration};
use kit_clock::{JapanDay, Timestamp};
use kit_vocabulary::{List, declaration_sources, security_action, security_roles};

use super::fields::normal_line;
use crate::domain::fault::{Fault, Reason};
use crate::domain::text::{self, Form};

/// Longest name of a person, a post, a service.
const SHORT_CHARS: usize = 100;
/// Longest name of an organisation.
const NAME_CHARS: usize = 200;
/// Longest mail address (RFC 5321).
const MAIL_CHARS: usize = 254;
/// Longest id of a body.
const ID_BYTES: usize = 100;
/// Digits of a phone number: an emergency number has 3, the longest international ones 15, and extensions are told too.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 2..=20;

pub(super) fn code(value: &str, field: &str, list: &List) -> Vec<Fault> {
    let known = value.is_empty() || list.get(value).is_some();
    if known { Vec::new() } else { vec![Fault::new(field, Reason::UnknownCode)] }
}

fn required_code(value: &str, field: &str, list: &List) -> Vec<Fault> {
    if value.is_empty() { vec![Fault::new(field, Reason::Required)] } else { code(value, field, list) }
}

pub(super) fn count(value: Option<i64>, field: &str, most: i64) -> Vec<Fault> {
    let fits = value.is_none_or(|value| (0..=most).contains(&value));
    if fits { Vec::new() } else { vec![Fault::new(field, Reason::OutOfRange).with("min", 0).with("max", most)] }
}

pub(super) fn line(value: &mut String, field: &str, max: usize) -> Vec<Fault> {
    normal_line(value, field, max)
}

pub(super) fn required_line(value: &mut String, field: &str, max: usize) -> Vec<Fault> {
    let mut faults = line(value, field, max);
    if value.is_empty() {
        faults.push(Fault::new(field, Reason::Required));
    }
    faults
}

/// `bodies/<id>`, or nothing.
pub(super) fn body(value: &str, field: &str) -> Vec<Fault> {
    let fits = |id: &str| {
        (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b',')
    };
    if value.is_empty() || value.strip_prefix("bodies/").is_some_and(fits) {
        return Vec::new();
    }
    vec![Fault::new(field, Reason::BadName).with("form", "bodies/<id>")]
}

/// The faults of a list's length and of its entries, each with its place.
pub(super) fn at_most<T>(
    most: usize,
    values: &mut [T],
    field: &str,
    one: impl Fn(&mut T, &str) -> Vec<Fault>,
) -> Vec<Fault> {
    if values.len() > most {
        return vec![Fault::new(field, Reason::TooMany).with("max", most)];
    }
    values.iter_mut().enumerate().flat_map(|(at, value)| one(value, &format!("{field}[{at}]"))).collect()
}

pub(super) fn roles(values: &mut [RoleNeed], field: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, need) in values.iter().enumerate() {
        faults.extend(required_code(&need.role, &format!("{field}[{at}].role"), security_roles()));
        if values[..at].iter().any(|before| before.role == need.role) {
            faults.push(Fault::new(format!("{field}[{at}].role"), Reason::RepeatedCode));
        }
        match RoleSource::try_from(need.source) {
            Ok(RoleSource::Unspecified) => faults.push(Fault::new(format!("{field}[{at}].source"), Reason::Required)),
            Ok(_) => {}
            Err(_) => faults.push(Fault::new(format!("{field}[{at}].source"), Reason::UnknownCode)),
        }
    }
    faults
}

pub(super) fn declaration(one: &mut SecurityActionDeclaration, field: &str, today: JapanDay) -> Vec<Fault> {
    let mut faults = required_code(&one.state, &format!("{field}.state"), security_action());
    let (declared_on, ended_on) = (format!("{field}.declared_on"), format!("{field}.ended_on"));
    if one.declared_on.is_empty() {
        faults.push(Fault::new(&declared_on, Reason::Required));
    }
    faults.extend(span((&declared_on, &one.declared_on), (&ended_on, &one.ended_on)));
    if day(&one.declared_on).is_some_and(|day| day > today) {
        faults.push(Fault::new(&declared_on, Reason::Future));
    }
    faults.extend(required_code(&one.source, &format!("{field}.source"), declaration_sources()));
    faults
}

pub(super) fn service(one: &mut HelpTeamUse, field: &str) -> Vec<Fault> {
    let mut faults = required_line(&mut one.service, &format!("{field}.service"), SHORT_CHARS);
    faults.extend(span((&format!("{field}.since"), &one.since), (&format!("{field}.until"), &one.until)));
    faults
}

pub(super) fn contact(one: &mut ContactPerson, field: &str) -> Vec<Fault> {
    let mut faults = required_line(&mut one.full_name, &format!("{field}.full_name"), SHORT_CHARS);
    faults.extend(line(&mut one.post, &format!("{field}.post"), SHORT_CHARS));
    one.email = text::normal(&one.email, Form::Email);
    faults.extend(text::faults(&format!("{field}.email"), &one.email, Form::Email, MAIL_CHARS));
    one.phone = text::normal(&one.phone, Form::Email).replace(['‐', '‑', '–', '—', '―', '−', 'ー'], "-");
    if !one.phone.is_empty() && !is_phone(&one.phone) {
        faults.push(Fault::new(format!("{field}.phone"), Reason::BadPhone));
    }
    faults.extend(line(&mut one.organisation, &format!("{field}.organisation"), NAME_CHARS));
    if !one.outside && !one.organisation.is_empty() {
        let fault = Fault::new(format!("{field}.organisation"), Reason::Contradicts);
        faults.push(fault.with("value", format!("{field}.outside")));
    }
    faults
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    PHONE_DIGITS.contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c))
}

/// The faults of two days, the second not before the first.
fn span(from: (&str, &str), to: (&str, &str)) -> Vec<Fault> {
    let bad = |(field, text): &(&str, &str)| {
        (!text.is_empty() && day(text).is_none()).then(|| Fault::new(*field, Reason::BadDate))
    };
    let mut faults: Vec<_> = [from, to].iter().filter_map(bad).collect();
    if let (Some(first), Some(last)) = (day(from.1), day(to.1))
        && last < first
    {
        faults.push(Fault::new(to.0, Reason::Contradicts).with("value", from.0));
    }
    faults
}

/// `2025-01-31` as a day in Japan, of this century.
pub(crate) fn day(text: &str) -> Option<JapanDay> {
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && text.starts_with("20");
    shaped.then(|| format!("{text}T00:00:00+09:00").parse::<Timestamp>().ok())?.map(Timestamp::japan_day)
}
