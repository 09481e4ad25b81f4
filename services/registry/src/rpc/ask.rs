//! Reading requests: lists of experts, and whose a caller may reach.

use contract::registry::v1::{ExpertState, ListExpertsRequest};
use kit_serve::page::{Page, SIZES};
use kit_serve::{Caller, Role};

use crate::domain::Obstacle;
use crate::domain::check::Check;
use crate::domain::fault::Reason;
use crate::error::Error;
use crate::store::Filter;

/// An expert may reach only what it owns; whoever acts for others may reach everything.
pub(super) fn own_only(caller: &Caller, name: &str) -> Result<(), Error> {
    let acts_for_others = caller.is(Role::Operator) || caller.is(Role::Portal);
    if acts_for_others || caller.owns(name) { Ok(()) } else { Err(Error::NotOwn) }
}

/// What a list of experts is asked for, and the page of it.
pub(super) fn list(request: &ListExpertsRequest) -> Result<(Filter, Page), Error> {
    let mut check = Check::default();
    let asked = request.registration_number.as_str();
    let number = if asked.is_empty() { String::new() } else { check.number("registration_number", asked) };
    let state = ExpertState::try_from(request.state).unwrap_or_else(|_| {
        check.fault("state", Reason::UnknownState);
        ExpertState::Unspecified
    });
    let obstacle = Obstacle::parse(&request.obstacle);
    if obstacle.is_none() && !request.obstacle.is_empty() {
        check.fault("obstacle", Reason::UnknownReason);
    }
    // A number is the same condition however it is spelt.
    let request = ListExpertsRequest { registration_number: number.clone(), ..request.clone() };
    let page = Page::read(&mut check, &request, SIZES);
    check.done()?;
    Ok((Filter { number, state, obstacle }, page))
}
