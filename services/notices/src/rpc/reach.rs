//! Who reaches which notices.

use kit_serve::{Caller, Role};

use crate::domain::fault::{Fault, Reason};
use crate::error::Error;

/// Whether the caller reaches everybody's.
fn reaches_all(caller: &Caller) -> bool {
    [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role))
}

/// The kinds of recipients that the caller may be, or stand for.
fn kinds(caller: &Caller) -> impl Iterator<Item = &'static str> {
    let counsels = caller.is(Role::Counsellor).then_some("bodies/");
    counsels.into_iter().chain(caller.is(Role::Expert).then_some("experts/"))
}

/// Whether the caller reaches the notices to this recipient.
pub(super) fn reaches(caller: &Caller, recipient: &str) -> Result<(), Error> {
    let own = caller.owns(recipient) && kinds(caller).any(|kind| recipient.starts_with(kind));
    if reaches_all(caller) || own { Ok(()) } else { Err(Error::NotOwn) }
}

/// The recipient that the caller means; empty for everybody's. Who owns several says which.
pub(super) fn meant(caller: &Caller, asked: &str) -> Result<String, Error> {
    if !asked.is_empty() || reaches_all(caller) {
        reaches(caller, asked)?;
        return Ok(asked.to_owned());
    }
    let kinds: Vec<_> = kinds(caller).collect();
    let mut own = caller.owns.iter().filter(|name| kinds.iter().any(|kind| name.starts_with(kind)));
    match (own.next(), own.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => Err(Error::Invalid(vec![Fault::new("recipient", Reason::Required)])),
        (None, _) => Err(Error::NotOwn),
    }
}
