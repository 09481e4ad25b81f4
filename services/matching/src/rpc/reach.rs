//! Who reaches what, and who may speak for whom.

use contract::engagement::v1::Side;
use kit_serve::{Caller, Role};

use crate::domain::check::Check;
use crate::domain::fault::Reason as Wrong;
use crate::domain::refused::Reason;
use crate::error::Error;

/// Whose a thing is; empty where nobody.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parties<'a> {
    /// `companies/<id>`.
    pub(super) company: &'a str,
    /// `experts/<id>`.
    pub(super) expert: &'a str,
    /// `bodies/<id>`.
    pub(super) body: &'a str,
}

/// Whether the caller reaches everybody's.
pub(super) fn reaches_all(caller: &Caller) -> bool {
    [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role))
}

/// Whether the caller may see and handle it at all.
pub(super) fn reaches(caller: &Caller, of: Parties<'_>) -> Result<(), Error> {
    let counsels = caller.is(Role::Counsellor) && caller.owns(of.body);
    let guides = caller.is(Role::Expert) && caller.owns(of.expert);
    if reaches_all(caller) || counsels || guides { Ok(()) } else { Err(Reason::NotOwn.into()) }
}

/// The expert that an expert asks for: the one named, or the first that is the caller's without any merge. `all`: the caller with
/// what is the caller's by merges.
pub(super) fn own_expert((caller, all): (&Caller, &Caller), asked: &str) -> Result<String, Error> {
    let own = caller.owns.iter().find(|name| name.starts_with("experts/")).ok_or(Reason::NotOwn)?;
    match asked {
        "" => Ok(own.clone()),
        asked if all.owns(asked) => Ok(asked.to_owned()),
        _ => Err(Reason::NotOwn.into()),
    }
}

/// Whether the caller is the side, or enters it on its behalf: nobody may who is a side of it.
pub(super) fn may_say(caller: &Caller, of: Parties<'_>, side: Side, on_behalf_of: Side) -> Result<(), Error> {
    let acts_for_others = [Role::Operator, Role::Portal, Role::Counsellor].into_iter().any(|role| caller.is(role));
    let is_a_side = caller.owns(of.company) || caller.owns(of.expert);
    let said = match on_behalf_of {
        Side::Unspecified => match side {
            Side::Company => caller.owns(of.company),
            Side::Expert => caller.owns(of.expert),
            Side::Unspecified => false,
        },
        named => named == side && acts_for_others && !is_a_side,
    };
    if said { Ok(()) } else { Err(Reason::NotAParty.into()) }
}

/// The body a new thing belongs to: the one named, or a counsellor's own when there is just one. A counsellor names an own one.
pub(super) fn body_of(caller: &Caller, check: &mut Check, field: &str, given: &str) -> Result<String, Error> {
    let given = check.opt_name(field, "bodies", given);
    if reaches_all(caller) || !caller.is(Role::Counsellor) {
        return Ok(given);
    }
    if !given.is_empty() {
        return if caller.owns(&given) { Ok(given) } else { Err(Reason::NotOwn.into()) };
    }
    let mut own = caller.owns.iter().filter(|name| name.starts_with("bodies/"));
    match (own.next(), own.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => {
            check.fault(field, Wrong::Required);
            Ok(String::new())
        }
        (None, _) => Err(Reason::NotOwn.into()),
    }
}

/// The bodies whose things a caller is shown: a counsellor the own ones; none for all.
pub(super) fn bodies_of(caller: &Caller, asked: &str) -> Result<Vec<String>, Error> {
    let named = (!asked.is_empty()).then(|| asked.to_owned());
    if reaches_all(caller) {
        return Ok(named.into_iter().collect());
    }
    let own: Vec<String> = caller.owns.iter().filter(|name| name.starts_with("bodies/")).cloned().collect();
    match named {
        Some(body) if own.contains(&body) => Ok(vec![body]),
        None if !own.is_empty() => Ok(own),
        _ => Err(Reason::NotOwn.into()),
    }
}

/// Whether what a change is based on still stands.
pub(super) fn check_etag(version: i64, etag: &str) -> Result<(), Error> {
    if etag.is_empty() || etag == version.to_string() {
        return Ok(());
    }
    Err(crate::domain::refused::Refused::new(Reason::StaleEtag).with("etag", version).into())
}
