//! Reads the fields of a request into their normal form and collects every fault.

use std::ops::RangeBounds;

use crate::text::{forbidden_character, normal_text};
use crate::{Fault, FaultReason, List};

/// Longest id in a name, and longest `request_id`, in bytes.
const ID_BYTES: usize = 100;

/// The reasons for which a request of any service can be wrong, among its own ones. Made with
/// [`request_reasons!`](crate::request_reasons).
pub trait RequestReason: FaultReason {
    /// A value is missing.
    const REQUIRED: Self;
    /// Not a name of that kind.
    const BAD_NAME: Self;
    /// A control character, a line break where none may stand, or a mark that changes the direction of text.
    const CONTROL_CHARACTER: Self;
    /// Too many characters.
    const TOO_LONG: Self;
    /// Too many entries.
    const TOO_MANY: Self;
    /// The number is too small or too large.
    const OUT_OF_RANGE: Self;
    /// The list has no such code.
    const UNKNOWN_CODE: Self;
    /// The value stands twice.
    const REPEATED: Self;
    /// Too long or not visible ASCII.
    const BAD_REQUEST_ID: Self;
    /// Not a token of the page before.
    const BAD_PAGE_TOKEN: Self;
}

/// Collects the faults of one request. What is wrong is answered as it was given, or as the default of its type.
#[derive(Debug, Clone)]
pub struct Check<R> {
    /// In the order in which the fields were read.
    pub faults: Vec<Fault<R>>,
}

impl<R> Default for Check<R> {
    fn default() -> Self {
        Self { faults: Vec::new() }
    }
}

impl<R: RequestReason> Check<R> {
    /// One more fault.
    pub fn fault(&mut self, field: &str, reason: R) {
        self.faults.push(Fault::new(field, reason));
    }

    /// Notes a value that is missing.
    pub fn needed(&mut self, field: &str, missing: bool) {
        if missing {
            self.fault(field, R::REQUIRED);
        }
    }

    /// Notes a value that is not known: it is missing, or in no list.
    pub fn unknown(&mut self, field: &str, given: &str) {
        self.fault(field, if given.is_empty() { R::REQUIRED } else { R::UNKNOWN_CODE });
    }

    /// Notes an entry that stands there before.
    pub fn once(&mut self, field: &str, at: usize, again: bool) {
        if again {
            self.fault(&format!("{field}[{at}]"), R::REPEATED);
        }
    }

    /// Notes that there are too many entries.
    pub fn at_most(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            self.faults.push(Fault::new(field, R::TOO_MANY).with("max", max));
        }
    }

    /// A number between two, both included.
    pub fn between(&mut self, field: &str, number: i64, (min, max): (i64, i64)) {
        if !(min..=max).contains(&number) {
            self.faults.push(Fault::new(field, R::OUT_OF_RANGE).with("min", min).with("max", max));
        }
    }

    /// How many entries of a list are wanted: as many as usual when 0, and `most` at most.
    pub fn page_size(&mut self, given: i32, (usual, most): (i32, i32)) -> i64 {
        self.between("page_size", given.into(), (0, most.into()));
        i64::from(if given == 0 { usual } else { given })
    }

    /// A text of at most so many characters in its [normal form](normal_text); with `lines`, of several lines.
    pub fn text(&mut self, field: &str, given: &str, max: usize, lines: bool) -> String {
        let text = normal_text(given);
        self.normal(field, &text, max, lines);
        text
    }

    /// What is wrong with a text that is in its normal form already.
    pub fn normal(&mut self, field: &str, text: &str, max: usize, lines: bool) {
        if let Some(bad) = forbidden_character(text, lines) {
            let point = format!("U+{:04X}", u32::from(bad));
            self.faults.push(Fault::new(field, R::CONTROL_CHARACTER).with("value", point));
        }
        if text.chars().count() > max {
            self.faults.push(Fault::new(field, R::TOO_LONG).with("max", max));
        }
    }

    /// The id in `<kind>/<id>`; empty when it is none.
    pub fn id(&mut self, field: &str, kind: &str, name: &str) -> String {
        self.id_of(field, &[kind], name)
    }

    /// The id in `<kind>/<id>`, of one of these kinds; empty when it is none.
    pub fn id_of(&mut self, field: &str, kinds: &[&str], name: &str) -> String {
        match name.split_once('/').filter(|(kind, id)| kinds.contains(kind) && is_id(id)) {
            Some((_, id)) => return id.to_owned(),
            None if name.is_empty() => self.fault(field, R::REQUIRED),
            None => {
                let forms: Vec<String> = kinds.iter().map(|kind| format!("{kind}/<id>")).collect();
                self.faults.push(Fault::new(field, R::BAD_NAME).with("form", forms.join(", ")));
            }
        }
        String::new()
    }

    /// A name `<kind>/<id>`.
    pub fn name(&mut self, field: &str, kind: &str, name: &str) -> String {
        self.id(field, kind, name);
        name.to_owned()
    }

    /// A name `<kind>/<id>`, or nothing.
    pub fn opt_name(&mut self, field: &str, kind: &str, name: &str) -> String {
        self.opt_name_of(field, &[kind], name)
    }

    /// A name `<kind>/<id>` of one of these kinds, or nothing.
    pub fn opt_name_of(&mut self, field: &str, kinds: &[&str], name: &str) -> String {
        if !name.is_empty() {
            self.id_of(field, kinds, name);
        }
        name.to_owned()
    }

    /// Names `<kind>/<id>`, each once, at most so many.
    pub fn names(&mut self, field: &str, kind: &str, names: &[String], max: usize) -> Vec<String> {
        self.at_most(field, names.len(), max);
        for (at, name) in names.iter().enumerate().take(max) {
            self.id(&format!("{field}[{at}]"), kind, name);
            self.once(field, at, names[..at].contains(name));
        }
        names.to_vec()
    }

    /// What makes a retry safe; may be empty.
    pub fn request_id(&mut self, id: &str) {
        if !is_plain(id) {
            self.fault("request_id", R::BAD_REQUEST_ID);
        }
    }

    /// A code of a list.
    pub fn code(&mut self, field: &str, list: &List, code: &str, required: bool) -> String {
        self.needed(field, required && code.is_empty());
        if !code.is_empty() && list.get(code).is_none() {
            self.fault(field, R::UNKNOWN_CODE);
        }
        code.to_owned()
    }

    /// Codes of a list, each once, and as many as there may be: `1..`, `..=5`.
    pub fn codes(&mut self, field: &str, list: &List, codes: &[String], count: impl RangeBounds<usize>) -> Vec<String> {
        self.needed(field, codes.is_empty() && !count.contains(&0));
        let max = match count.end_bound() {
            std::ops::Bound::Included(max) => *max,
            std::ops::Bound::Excluded(end) => end.saturating_sub(1),
            std::ops::Bound::Unbounded => usize::MAX,
        };
        self.at_most(field, codes.len(), max);
        for (at, code) in codes.iter().enumerate().take(max) {
            self.code(&format!("{field}[{at}]"), list, code, true);
            self.once(field, at, codes[..at].contains(code));
        }
        codes.to_vec()
    }

    /// A value of an enum that has to be stated.
    pub fn enum_of<T: TryFrom<i32> + Default>(&mut self, field: &str, number: i32) -> T {
        self.needed(field, number == 0);
        self.opt_enum(field, number)
    }

    /// A value of an enum; 0 when none is stated.
    pub fn opt_enum<T: TryFrom<i32> + Default>(&mut self, field: &str, number: i32) -> T {
        T::try_from(number).unwrap_or_else(|_| {
            self.fault(field, R::UNKNOWN_CODE);
            T::default()
        })
    }

    /// Takes over the faults of a part of the request.
    pub fn within(&mut self, part: &str, inner: &mut Self) {
        self.faults.extend(inner.faults.drain(..).map(|fault| fault.within(part)));
    }

    /// Nothing is wrong; or every fault, which are then forgotten here.
    ///
    /// # Errors
    /// Every fault, in the order in which the fields were read.
    pub fn done(&mut self) -> Result<(), Vec<Fault<R>>> {
        if self.faults.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.faults)) }
    }
}

/// Whether it is nothing, or at most 100 bytes of visible ASCII.
pub fn is_plain(text: &str) -> bool {
    text.len() <= ID_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether it can be the id in a name: 1 to 100 bytes of visible ASCII without `/`.
pub fn is_id(text: &str) -> bool {
    is_plain(text) && !text.is_empty() && !text.contains('/')
}

/// Declares a service's kinds of faults of requests: `Reason`, with those of [`RequestReason`](crate::RequestReason) and then
/// its own ones; `Fault`, a fault of such a kind; and `Check`, a [`Check`](crate::Check) of them to which the service adds what
/// it alone reads. The texts of its own kinds are in the file given first; one of a common kind goes before the usual one.
#[macro_export]
macro_rules! request_reasons {
    ($texts:expr; $($own:tt)*) => {
        $crate::fault_reasons! {
            @ $crate::Texts::read($texts).or($crate::Texts::read($crate::REQUEST_TEXTS));
            /// A value is missing.
            Required "REQUIRED";
            /// Not a name of that kind.
            BadName "BAD_NAME";
            /// A control character, a line break where none may stand, or a mark that changes the direction of text.
            ControlCharacter "CONTROL_CHARACTER";
            /// Too many characters.
            TooLong "TOO_LONG";
            /// Too many entries.
            TooMany "TOO_MANY";
            /// The number is too small or too large.
            OutOfRange "OUT_OF_RANGE";
            /// The list has no such code.
            UnknownCode "UNKNOWN_CODE";
            /// The value stands twice.
            Repeated "REPEATED";
            /// Too long or not visible ASCII.
            BadRequestId "BAD_REQUEST_ID";
            /// Not a token of the page before.
            BadPageToken "BAD_PAGE_TOKEN";
            $($own)*
        }

        impl $crate::RequestReason for Reason {
            const REQUIRED: Self = Self::Required;
            const BAD_NAME: Self = Self::BadName;
            const CONTROL_CHARACTER: Self = Self::ControlCharacter;
            const TOO_LONG: Self = Self::TooLong;
            const TOO_MANY: Self = Self::TooMany;
            const OUT_OF_RANGE: Self = Self::OutOfRange;
            const UNKNOWN_CODE: Self = Self::UnknownCode;
            const REPEATED: Self = Self::Repeated;
            const BAD_REQUEST_ID: Self = Self::BadRequestId;
            const BAD_PAGE_TOKEN: Self = Self::BadPageToken;
        }

        /// Collects the faults of one request.
        #[derive(Debug, Clone, Default)]
        pub struct Check(pub $crate::Check<Reason>);

        impl std::ops::Deref for Check {
            type Target = $crate::Check<Reason>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl std::ops::DerefMut for Check {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }
    };
}

#[cfg(test)]
mod tests;
