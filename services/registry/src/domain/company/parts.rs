//! The parts that fields of a company are made of: their normal form, and what is wrong with them.

use contract::registry::v1::{ContactPerson, HelpTeamUse, RoleNeed, RoleSource, SecurityActionDeclaration};
use kit_clock::{JapanDay, Timestamp};
use kit_vocabulary::{declaration_sources, is_id, security_action, security_roles};

use crate::domain::check::{Check, Form, half_width};
use crate::domain::fault::{Fault, Reason};

/// Longest name of a person, a post, a service.
const SHORT_CHARS: usize = 100;
/// Longest name of an organisation.
const NAME_CHARS: usize = 200;
/// Longest mail address (RFC 5321).
const MAIL_CHARS: usize = 254;
/// Digits of a phone number: an emergency number has 3, the longest international ones 15, and extensions are told too.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 2..=20;

impl Check {
    /// Puts a line into its normal form.
    pub(super) fn line(&mut self, field: &str, value: &mut String, max: usize) {
        *value = self.text(field, value, max, false);
    }

    /// The same, of a line that has to be there.
    pub(super) fn required_line(&mut self, field: &str, value: &mut String, max: usize) {
        self.line(field, value, max);
        self.needed(field, value.is_empty());
    }

    /// `bodies/<id>`, or nothing.
    pub(super) fn body(&mut self, field: &str, value: &str) {
        if !value.is_empty() && !value.strip_prefix("bodies/").is_some_and(|id| is_id(id) && !id.contains(',')) {
            self.faults.push(Fault::new(field, Reason::BadName).with("form", "bodies/<id>"));
        }
    }

    /// A list of at most so many entries, and each of them with its place.
    pub(super) fn entries<T>(
        &mut self,
        field: &str,
        values: &mut [T],
        most: usize,
        one: impl Fn(&mut Self, &str, &mut T),
    ) {
        if values.len() > most {
            return self.at_most(field, values.len(), most);
        }
        for (at, value) in values.iter_mut().enumerate() {
            one(self, &format!("{field}[{at}]"), value);
        }
    }

    pub(super) fn roles(&mut self, field: &str, values: &[RoleNeed]) {
        for (at, need) in values.iter().enumerate() {
            let role = format!("{field}[{at}].role");
            self.code(&role, security_roles(), &need.role, true);
            if values[..at].iter().any(|before| before.role == need.role) {
                self.fault(&role, Reason::RepeatedCode);
            }
            self.enum_of::<RoleSource>(&format!("{field}[{at}].source"), need.source);
        }
    }

    pub(super) fn declaration(&mut self, field: &str, one: &SecurityActionDeclaration, today: JapanDay) {
        self.code(&format!("{field}.state"), security_action(), &one.state, true);
        let (declared_on, ended_on) = (format!("{field}.declared_on"), format!("{field}.ended_on"));
        self.needed(&declared_on, one.declared_on.is_empty());
        self.span((&declared_on, &one.declared_on), (&ended_on, &one.ended_on));
        if day(&one.declared_on).is_some_and(|day| day > today) {
            self.fault(&declared_on, Reason::Future);
        }
        self.code(&format!("{field}.source"), declaration_sources(), &one.source, true);
    }

    pub(super) fn service(&mut self, field: &str, one: &mut HelpTeamUse) {
        self.required_line(&format!("{field}.service"), &mut one.service, SHORT_CHARS);
        self.span((&format!("{field}.since"), &one.since), (&format!("{field}.until"), &one.until));
    }

    pub(super) fn contact(&mut self, field: &str, one: &mut ContactPerson) {
        self.required_line(&format!("{field}.full_name"), &mut one.full_name, SHORT_CHARS);
        self.line(&format!("{field}.post"), &mut one.post, SHORT_CHARS);
        one.email = self.formed(&format!("{field}.email"), &one.email, Form::Email, MAIL_CHARS);
        one.phone = half_width(&one.phone).replace(['‐', '‑', '–', '—', '―', '−', 'ー'], "-");
        if !one.phone.is_empty() && !is_phone(&one.phone) {
            self.fault(&format!("{field}.phone"), Reason::BadPhone);
        }
        self.line(&format!("{field}.organisation"), &mut one.organisation, NAME_CHARS);
        if !one.outside && !one.organisation.is_empty() {
            self.contradicts(&format!("{field}.organisation"), &format!("{field}.outside"));
        }
    }

    /// Two days, the second not before the first.
    fn span(&mut self, from: (&str, &str), to: (&str, &str)) {
        for (field, text) in [from, to] {
            if !text.is_empty() && day(text).is_none() {
                self.fault(field, Reason::BadDate);
            }
        }
        if let (Some(first), Some(last)) = (day(from.1), day(to.1))
            && last < first
        {
            self.contradicts(to.0, from.0);
        }
    }
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    PHONE_DIGITS.contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c))
}

/// `2025-01-31` as a day in Japan, of this century.
pub(crate) fn day(text: &str) -> Option<JapanDay> {
    any_day(text).filter(|_| text.starts_with("20"))
}

/// The same of any century.
pub(crate) fn any_day(text: &str) -> Option<JapanDay> {
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    shaped.then(|| format!("{text}T00:00:00+09:00").parse::<Timestamp>().ok())?.map(Timestamp::japan_day)
}
