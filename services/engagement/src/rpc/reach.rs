//! Who reaches what, who may speak for whom, and what a side is not shown.

use contract::engagement::v1 as wire;
use contract::engagement::v1::Side;
use kit_serve::{Caller, Role};

use crate::domain::Case;
use crate::domain::case::side_name;
use crate::error::Error;
use crate::names::Parties;

/// Steps at which a side says something of the other; the side is the step's detail.
const SAID_BY_A_SIDE: [&str; 2] = ["OUTCOME_RECORDED", "FOLLOW_ON_RECORDED"];

/// Whether the caller may see and handle it at all.
pub(super) fn reaches(caller: &Caller, of: &impl Parties) -> Result<(), Error> {
    let everything = [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role));
    let counsels = caller.is(Role::Counsellor) && caller.owns(of.body());
    let guides = caller.is(Role::Expert) && caller.owns(of.expert());
    if everything || counsels || guides { Ok(()) } else { Err(Error::NotOwn) }
}

/// Whether the caller may enter it for `side`: nobody may who is a side of it.
pub(super) fn may_enter_for(caller: &Caller, of: &impl Parties, side: Side) -> Result<(), Error> {
    let acts_for_others = [Role::Operator, Role::Portal, Role::Counsellor].into_iter().any(|role| caller.is(role));
    let is_a_side = caller.owns(of.company()) || caller.owns(of.expert());
    if side == Side::Unspecified || (acts_for_others && !is_a_side) { Ok(()) } else { Err(Error::NotAParty) }
}

/// Whether the caller is the side, or enters it on its behalf.
pub(super) fn may_say(caller: &Caller, of: &impl Parties, side: Side, on_behalf_of: Side) -> Result<(), Error> {
    may_enter_for(caller, of, on_behalf_of)?;
    let own = match side {
        Side::Company => caller.owns(of.company()),
        Side::Expert => caller.owns(of.expert()),
        Side::Unspecified => false,
    };
    let said = if on_behalf_of == Side::Unspecified { own } else { on_behalf_of == side };
    if said { Ok(()) } else { Err(Error::NotAParty) }
}

/// The side whose words the caller must not see: the other one's.
pub(super) fn hidden(caller: &Caller, of: &impl Parties) -> Option<Side> {
    if caller.owns(of.expert()) {
        Some(Side::Company)
    } else if caller.owns(of.company()) {
        Some(Side::Expert)
    } else {
        None
    }
}

/// A case as this caller may see it.
pub(super) fn shown(caller: &Caller, case: Case) -> (wire::CaseFacts, wire::CaseTexts) {
    let hidden = hidden(caller, &case.facts);
    let Case { mut facts, texts, .. } = case;
    match hidden {
        Some(Side::Company) => facts.company_outcome = None,
        Some(Side::Expert) => facts.expert_outcome = None,
        Some(Side::Unspecified) | None => {}
    }
    if let Some(follow_on) = facts.follow_on.as_mut() {
        match hidden {
            Some(Side::Company) => follow_on.company_satisfaction = 0,
            Some(Side::Expert) => follow_on.expert_satisfaction = 0,
            Some(Side::Unspecified) | None => {}
        }
    }
    (facts, texts)
}

/// A history as this caller may see it: without what the other side said of it.
pub(super) fn shown_steps(caller: &Caller, of: &impl Parties, mut steps: Vec<wire::Step>) -> Vec<wire::Step> {
    if let Some(hidden) = hidden(caller, of).map(side_name) {
        let others = |step: &&mut wire::Step| SAID_BY_A_SIDE.contains(&step.cause.as_str()) && step.detail == hidden;
        steps.iter_mut().filter(others).for_each(|step| step.reason.clear());
    }
    steps
}
