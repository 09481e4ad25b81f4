//! Reading requests: names, etags, page tokens, and every fault at once.

use contract::registry::v1::{ConsentPurpose, ExpertState, ListExpertsRequest};
use kit_serve::{Caller, Role};
use kit_vocabulary::BadNumber;
use sha2::{Digest as _, Sha256};

use crate::domain::fault::Reason;
use crate::domain::profile::reason_faults;
use crate::domain::{Fault, Obstacle};
use crate::error::Error;
use crate::store::Filter;

/// Longest request id.
const REQUEST_ID_CHARS: usize = 100;
/// Longest id; ours have 36.
const ID_BYTES: usize = 100;
/// Experts on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (50, 200);

/// Collects the faults of one request.
#[derive(Default)]
pub(super) struct Check(pub(super) Vec<Fault>);

impl Check {
    /// The id in `experts/<id>`.
    pub(super) fn expert_id(&mut self, field: &str, name: &str) -> String {
        self.id("experts", field, name)
    }

    /// The id in `<kind>/<id>`.
    pub(super) fn id(&mut self, kind: &str, field: &str, name: &str) -> String {
        let visible = |id: &&str| (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        let id = name.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/'));
        let id = id.filter(visible).filter(|id| !id.contains('/'));
        if id.is_none() {
            self.0.push(match name {
                "" => Fault::new(field, Reason::Required),
                _ => Fault::new(field, Reason::BadName).with("form", format!("{kind}/<id>")),
            });
        }
        id.unwrap_or_default().to_owned()
    }

    pub(super) fn request_id(&mut self, id: &str) {
        if id.len() > REQUEST_ID_CHARS || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.0.push(Fault::new("request_id", Reason::BadRequestId));
        }
    }

    /// Why somebody asks, in its normal form.
    pub(super) fn words(&mut self, field: &str, given: &str, required: bool) -> String {
        let (words, faults) = reason_faults(field, given);
        self.0.extend(faults);
        if required && words.is_empty() {
            self.0.push(Fault::new(field, Reason::Required));
        }
        words
    }

    pub(super) fn purpose(&mut self, purpose: i32) -> ConsentPurpose {
        let known = ConsentPurpose::try_from(purpose).unwrap_or_default();
        if known == ConsentPurpose::Unspecified {
            self.0.push(Fault::new("purpose", Reason::UnknownPurpose));
        }
        known
    }

    /// The six digits of a number in any spelling.
    pub(super) fn number(&mut self, field: &str, text: &str) -> String {
        kit_vocabulary::registration_number(text).unwrap_or_else(|_| {
            self.0.push(Fault::new(field, if text.trim().is_empty() { Reason::Required } else { Reason::BadNumber }));
            String::new()
        })
    }

    /// The 13 digits of a corporate number in any spelling.
    pub(super) fn corporate_number(&mut self, field: &str, text: &str) -> String {
        kit_vocabulary::corporate_number(text).unwrap_or_else(|wrong| {
            let reason = match wrong {
                BadNumber::Empty => Reason::Required,
                BadNumber::CheckDigit => Reason::BadCheckDigit,
                _ => Reason::BadCorporateNumber,
            };
            self.0.push(Fault::new(field, reason));
            String::new()
        })
    }

    /// Nothing is wrong, or every fault.
    pub(super) fn done(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0.into()) }
    }
}

/// An expert may reach only what it owns; whoever acts for others may reach everything.
pub(super) fn own_only(caller: &Caller, name: &str) -> Result<(), Error> {
    let acts_for_others = caller.is(Role::Operator) || caller.is(Role::Portal);
    if acts_for_others || caller.owns(name) { Ok(()) } else { Err(Error::NotOwn) }
}

/// A page of a list: what is wanted, after which place, and how many.
pub(super) struct Page {
    pub(super) filter: Filter,
    pub(super) after: i64,
    pub(super) size: i64,
}

impl Page {
    pub(super) fn read(request: &ListExpertsRequest) -> Result<Self, Error> {
        let mut check = Check::default();
        let asked = request.registration_number.as_str();
        let number = if asked.is_empty() { String::new() } else { check.number("registration_number", asked) };
        let state = ExpertState::try_from(request.state).unwrap_or_else(|_| {
            check.0.push(Fault::new("state", Reason::UnknownState));
            ExpertState::Unspecified
        });
        let obstacle = Obstacle::parse(&request.obstacle);
        if obstacle.is_none() && !request.obstacle.is_empty() {
            check.0.push(Fault::new("obstacle", Reason::UnknownReason));
        }
        if !(0..=PAGE.1).contains(&request.page_size) {
            check.0.push(Fault::new("page_size", Reason::OutOfRange).with("min", 0).with("max", PAGE.1));
        }
        let filter = Filter { number, state, obstacle };
        let after = match request.page_token.as_str() {
            "" => Some(0),
            token => place(&filter, token),
        };
        if after.is_none() {
            check.0.push(Fault::new("page_token", Reason::BadPageToken));
        }
        check.done()?;
        let size = if request.page_size == 0 { PAGE.0 } else { request.page_size };
        Ok(Self { filter, after: after.unwrap_or_default(), size: size.into() })
    }

    /// The token of the page after this place.
    pub(super) fn token(&self, place: i64) -> String {
        format!("{place:x}.{}", mark(&self.filter))
    }
}

/// The place in a token of the same conditions.
fn place(filter: &Filter, token: &str) -> Option<i64> {
    let (place, of) = token.split_once('.')?;
    i64::from_str_radix(place, 16).ok().filter(|place| *place > 0 && of == mark(filter))
}

/// Tells conditions apart without repeating them: a number is personal.
fn mark(filter: &Filter) -> String {
    let obstacle = filter.obstacle.map_or("", Obstacle::code);
    let text = format!("{}/{}/{obstacle}", filter.number, filter.state.as_str_name());
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
