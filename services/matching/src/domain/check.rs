//! Reads the fields of a request into their normal form and collects every fault.

use contract::engagement::v1::Region;
use kit_clock::Timestamp;
use kit_vocabulary::List;
use prost_types::Timestamp as WireTime;
use unicode_normalization::UnicodeNormalization;

use super::fault::{Fault, Reason};
use super::programme::{Programme, Settings};
use super::region::region_meant;

/// Longest id in a name, and longest `request_id`.
const NAME_BYTES: usize = 100;
/// Longest words of who asks.
const WORDS: usize = 500;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Collects the faults of one request.
#[derive(Debug, Default)]
pub struct Check(pub Vec<Fault>);

impl Check {
    /// One more fault.
    pub fn fault(&mut self, field: &str, reason: Reason) {
        self.0.push(Fault::new(field, reason));
    }

    /// A text in its normal form: NFC, without white space at the ends, line feeds only.
    pub fn text(&mut self, field: &str, given: &str, max: usize, lines: bool) -> String {
        let text: String = given.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
        let text = text.trim().to_owned();
        if let Some(bad) = text.chars().find(|c| is_forbidden(*c, lines)) {
            let point = format!("U+{:04X}", u32::from(bad));
            self.0.push(Fault::new(field, Reason::ControlCharacter).with("value", point));
        }
        if text.chars().count() > max {
            self.0.push(Fault::new(field, Reason::TooLong).with("max", max));
        }
        text
    }

    /// Why somebody asks.
    pub fn words(&mut self, given: &str) -> String {
        self.text("reason", given, WORDS, true)
    }

    /// Notes a value that is missing.
    pub fn needed(&mut self, field: &str, missing: bool) {
        if missing {
            self.fault(field, Reason::Required);
        }
    }

    /// The id in `<prefix>/<id>`.
    pub fn id(&mut self, field: &str, prefix: &'static str, name: &str) -> String {
        let id = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/'));
        let id = id.filter(|id| (1..=NAME_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()));
        match id.filter(|id| !id.contains('/')) {
            Some(id) => return id.to_owned(),
            None if name.is_empty() => self.fault(field, Reason::Required),
            None => self.0.push(Fault::new(field, Reason::BadName).with("form", format!("{prefix}/<id>"))),
        }
        String::new()
    }

    /// A name `<prefix>/<id>`.
    pub fn name(&mut self, field: &str, prefix: &'static str, name: &str) -> String {
        self.id(field, prefix, name);
        name.to_owned()
    }

    /// A name `<prefix>/<id>`, or nothing.
    pub fn opt_name(&mut self, field: &str, prefix: &'static str, name: &str) -> String {
        if !name.is_empty() {
            self.id(field, prefix, name);
        }
        name.to_owned()
    }

    /// Names `<prefix>/<id>`, each once, at most so many.
    pub fn names(&mut self, field: &str, prefix: &'static str, names: &[String], max: usize) -> Vec<String> {
        self.at_most(field, names.len(), max);
        for (at, name) in names.iter().enumerate().take(max) {
            self.id(&format!("{field}[{at}]"), prefix, name);
            self.once(field, at, names[..at].contains(name));
        }
        names.to_vec()
    }

    /// Makes a retry safe.
    pub fn request_id(&mut self, id: &str) {
        if id.len() > NAME_BYTES || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fault("request_id", Reason::BadRequestId);
        }
    }

    /// A code of a list.
    pub fn code(&mut self, field: &str, list: &List, code: &str, required: bool) -> String {
        self.needed(field, required && code.is_empty());
        if !code.is_empty() && list.get(code).is_none() {
            self.fault(field, Reason::UnknownCode);
        }
        code.to_owned()
    }

    /// Codes of a list, each once, at most so many.
    pub fn codes(&mut self, field: &str, list: &List, codes: &[String], max: usize) -> Vec<String> {
        self.at_most(field, codes.len(), max);
        for (at, code) in codes.iter().enumerate().take(max) {
            self.code(&format!("{field}[{at}]"), list, code, true);
            self.once(field, at, codes[..at].contains(code));
        }
        codes.to_vec()
    }

    /// Notes an entry that stands twice.
    pub fn once(&mut self, field: &str, at: usize, again: bool) {
        if again {
            self.fault(&format!("{field}[{at}]"), Reason::Repeated);
        }
    }

    /// Notes that there are too many entries.
    pub fn at_most(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            self.0.push(Fault::new(field, Reason::TooMany).with("max", max));
        }
    }

    /// A number between two.
    pub fn between(&mut self, field: &str, number: i64, (min, max): (i64, i64)) {
        if !(min..=max).contains(&number) {
            self.0.push(Fault::new(field, Reason::OutOfRange).with("min", min).with("max", max));
        }
    }

    /// A programme.
    pub fn programme<'s>(&mut self, settings: &'s Settings, id: &str) -> Option<&'s Programme> {
        let found = settings.programme(id);
        if found.is_none() {
            self.fault("programme", if id.is_empty() { Reason::Required } else { Reason::UnknownCode });
        }
        found
    }

    /// A region, however it is spelt.
    pub fn region(&mut self, given: &str) -> Region {
        region_meant(given).unwrap_or_else(|| {
            self.fault("region", if given.trim().is_empty() { Reason::Required } else { Reason::UnknownCode });
            Region::default()
        })
    }

    /// A value of an enum that has to be stated.
    pub fn enum_of<T: TryFrom<i32> + Default>(&mut self, field: &str, number: i32) -> T {
        self.needed(field, number == 0);
        self.opt_enum(field, number)
    }

    /// A value of an enum; 0 when none is stated.
    pub fn opt_enum<T: TryFrom<i32> + Default>(&mut self, field: &str, number: i32) -> T {
        T::try_from(number).unwrap_or_else(|_| {
            self.fault(field, Reason::UnknownCode);
            T::default()
        })
    }

    /// A moment ahead, at most so many days.
    pub fn ahead(&mut self, field: &str, given: &WireTime, now: Timestamp, max_days: i64) -> Timestamp {
        let time = Timestamp::from_parts(given.seconds, given.nanos);
        if time <= now {
            self.fault(field, Reason::InThePast);
        } else if time.micros().saturating_sub(now.micros()) > max_days.saturating_mul(DAY) {
            self.0.push(Fault::new(field, Reason::TooFarAhead).with("max", max_days));
        }
        time
    }

    /// A day in Japan such as `2025-01-31`, or nothing.
    pub fn day(&mut self, field: &str, given: &str) -> String {
        if !given.is_empty() && given.parse::<jiff::civil::Date>().is_err() {
            self.fault(field, Reason::BadDay);
        }
        given.to_owned()
    }

    /// Takes over the faults of a part of the request.
    pub fn within(&mut self, part: &str, inner: Self) {
        self.0.extend(inner.0.into_iter().map(|fault| fault.within(part)));
    }

    /// Nothing is wrong, or every fault.
    ///
    /// # Errors
    /// Every fault.
    pub fn done(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// Controls, line and paragraph separators, and the marks by which a text can show other than it reads.
fn is_forbidden(c: char, lines: bool) -> bool {
    match c {
        '\n' => !lines,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}
