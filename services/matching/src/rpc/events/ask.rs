//! Reading what is asked of events: into its normal form, with every fault.

use contract::matching::v1 as wire;
use kit_serve::Caller;
use kit_vocabulary::{needs, themes};

use crate::domain::check::Check;
use crate::domain::event::application::{QUESTION, Wish};
use crate::domain::event::plan::rounds_of;
use crate::domain::fault::{Fault, Reason};
use crate::error::Error;
use crate::rpc::reach::body_of;

/// Most people of one company (as the engagements count them).
pub(super) const PEOPLE: i64 = 50;
/// Most themes, needs, and experts whom a company must not meet.
const THEMES: usize = 5;
const NEEDS: usize = 10;
const NOT_WITH: usize = 50;

/// What a company asks for when it applies to an event with so many rounds (absent when that is not known).
pub(super) fn wish(
    check: &mut Check,
    caller: &Caller,
    given: &wire::ApplyRequest,
    rounds: Option<usize>,
) -> Result<Wish, Error> {
    check.between("people", i64::from(given.people), (0, PEOPLE));
    let body = body_of(caller, check, "body", &given.body)?;
    if let Some(count) = rounds {
        rounds_of(check, "rounds", &given.rounds, count);
    }
    let mut rounds = given.rounds.clone();
    rounds.sort_unstable();
    Ok(Wish {
        request: check.opt_name("request", "requests", &given.request),
        body,
        people: given.people.max(1),
        consultation: !given.lecture_only,
        themes: check.codes("themes", themes(), &given.themes, ..=THEMES),
        needs: check.codes("needs", needs(), &given.needs, ..=NEEDS),
        question: check.text("question", &given.question, QUESTION, true),
        rounds,
        not_with: check.names("not_with", "experts", &given.not_with, NOT_WITH),
    })
}

/// A fault of one field alone.
pub(super) fn only(field: &str, reason: Reason) -> Error {
    Error::Invalid(vec![Fault::new(field, reason)])
}
