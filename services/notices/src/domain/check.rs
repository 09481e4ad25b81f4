//! Reads the fields of a request and collects every fault.

use super::fault::{Fault, Reason};

/// Longest id in a name, and longest request id.
const NAME_BYTES: usize = 100;

/// Whom a notice may be for.
pub const RECIPIENTS: [&str; 3] = ["experts", "companies", "bodies"];
/// What a notice may be about.
pub const SUBJECTS: [&str; 3] = ["cases", "consultations", "experts"];

/// Collects the faults of one request.
#[derive(Debug, Default)]
pub struct Check(pub Vec<Fault>);

impl Check {
    /// One more fault.
    pub fn fault(&mut self, field: &str, reason: Reason) {
        self.0.push(Fault::new(field, reason));
    }

    /// The id in `notices/<id>`.
    pub fn notice(&mut self, name: &str) -> String {
        let id = name.strip_prefix("notices/").filter(|id| is_id(id));
        match id {
            Some(id) => return id.to_owned(),
            None if name.is_empty() => self.fault("name", Reason::Required),
            None => self.0.push(Fault::new("name", Reason::BadName).with("form", "notices/<id>")),
        }
        String::new()
    }

    /// A name of one of these kinds, or nothing.
    pub fn opt_name(&mut self, field: &str, kinds: &[&str], name: &str) -> String {
        let fine = name.split_once('/').is_some_and(|(kind, id)| kinds.contains(&kind) && is_id(id));
        if !name.is_empty() && !fine {
            let forms: Vec<String> = kinds.iter().map(|kind| format!("{kind}/<id>")).collect();
            self.0.push(Fault::new(field, Reason::BadName).with("form", forms.join(", ")));
        }
        name.to_owned()
    }

    /// Makes a retry safe; may be empty.
    pub fn request_id(&mut self, given: &str) {
        if given.len() > NAME_BYTES || !given.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fault("request_id", Reason::BadRequestId);
        }
    }

    /// How many on a page: `usual` when none is named.
    pub fn page_size(&mut self, given: i32, (usual, most): (i32, i32)) -> i64 {
        if !(0..=most).contains(&given) {
            self.0.push(Fault::new("page_size", Reason::OutOfRange).with("min", 0).with("max", most));
        }
        i64::from(if given == 0 { usual } else { given })
    }

    /// A value of an enumeration; none may be named.
    pub fn code<E: TryFrom<i32> + Default>(&mut self, field: &str, given: i32) -> E {
        E::try_from(given).unwrap_or_else(|_| {
            self.fault(field, Reason::UnknownCode);
            E::default()
        })
    }

    /// Nothing when everything is well.
    ///
    /// # Errors
    /// Every fault.
    pub fn done(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

fn is_id(id: &str) -> bool {
    (1..=NAME_BYTES).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
}
