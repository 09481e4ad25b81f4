//! The course of proposals within a transaction: what is done to one is done to its request, told, and stored at once.

use contract::matching::v1::ProposalState;
use kit_log::sql::Session;
use kit_log::{KeyStore, Unit};

use super::requests::tell as tell_request;
use super::retrieve::{Known, asked_now};
use crate::domain::batch::points;
use crate::domain::candidates::{Candidate, Facts, Plan, Policy, Told, Verdict};
use crate::domain::moment::{Change, Moment};
use crate::domain::programme::Settings;
use crate::domain::proposal::{Choice, Proposal};
use crate::domain::request::Request;
use crate::error::Error;
use crate::store::{self, Keys, Steps};
use crate::{events, names};

/// Cases an expert takes in a programme of whom nothing else is known.
pub(crate) fn default_capacity(settings: &Settings, programme: &str) -> u32 {
    settings.programme(programme).map_or(0, |programme| programme.capacity)
}

/// What stands now of an expert whom the search knows so, for a request.
pub(crate) async fn judged(
    session: &mut Session,
    settings: &Settings,
    request: &Request,
    facts: Facts,
    policy: &Policy,
) -> Result<Verdict, Error> {
    let (name, programme) = (request.name(), request.facts.programme.as_str());
    let asked = asked_now(session, &request.facts).await?;
    let default = default_capacity(settings, programme);
    let known = Known::load(session, (programme, default), &facts.id, &name).await?;
    Ok(Plan::new(&asked, policy).verdict(&known.complete(facts)))
}

/// A candidate as the one who is proposed.
pub(super) fn choice(candidate: &Candidate, reasons: &[Told], policy: &Policy) -> Choice {
    Choice {
        expert: candidate.expert.clone(),
        theme: candidate.theme.map(|theme| theme.code().code.clone()).unwrap_or_default(),
        score: candidate.score,
        points: points(reasons),
        policy: policy.id().to_owned(),
        ..Choice::default()
    }
}

/// Proposes somebody to a request that waits for it.
pub(super) async fn propose(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    request: &mut Request,
    choice: Choice,
    words: &str,
) -> Result<Proposal, Error> {
    let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
    let at = Moment { now: unit.now(), actor: &actor, words };
    let number = store::count_of(unit.session(), &request.name()).await?.saturating_add(1);
    let number = i32::try_from(number).unwrap_or(i32::MAX);
    let of = (&request.facts, request.texts.company_name.as_str());
    let (proposal, change) = Proposal::make(&id, of, choice, number, &at);
    let changed = request.propose(&names::proposal(&id), &at)?;
    let sealing = record(unit, keys, &proposal, &change).await?;
    let entered = events::proposal(unit, &proposal, &change.kinds);
    store::insert_proposal(unit.session(), &sealing, &proposal, entered).await?;
    tell_request(unit, keys, request, &changed).await?;
    store::seek_no_more(unit.session(), &request.facts.request_id).await?;
    Ok(proposal)
}

/// Stores and tells a proposal after a change; nothing when there was none.
pub(crate) async fn tell(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    proposal: &Proposal,
    change: &Change,
) -> Result<(), Error> {
    if change.is_empty() {
        return Ok(());
    }
    let sealing = record(unit, keys, proposal, change).await?;
    events::proposal(unit, proposal, &change.kinds);
    Ok(store::save_proposal(unit.session(), &sealing, proposal).await?)
}

/// A proposal is over without a match: the next one is looked for, and whom it leaves free may help others.
pub(crate) async fn seek_next(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    proposal: &Proposal,
    cause: &str,
) -> Result<(), Error> {
    store::seek_anew(unit.session()).await?;
    let Some(mut request) = request_of(unit.session(), keys, proposal).await? else { return Ok(()) };
    if !request.is_open() || request.facts.proposal != names::proposal(&proposal.facts.proposal_id) {
        return Ok(());
    }
    let actor = unit.actor().to_owned();
    // Without words: who may read the request's history is not who may read the side's.
    let at = Moment { now: unit.now(), actor: &actor, words: "" };
    let change = request.seek(cause, "", &at)?;
    tell_request(unit, keys, &request, &change).await?;
    Ok(store::seek(unit.session(), &request.facts.request_id).await?)
}

/// The request of a proposal.
pub(crate) async fn request_of(
    session: &mut Session,
    keys: &dyn KeyStore,
    proposal: &Proposal,
) -> Result<Option<Request>, Error> {
    let id = proposal.facts.request.strip_prefix("requests/").unwrap_or_default();
    Ok(store::request(session, keys, id).await?)
}

/// Takes back a proposal that is out, and looks for the next one. `detail` says why, stable.
pub(crate) async fn take_back(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    proposal: &mut Proposal,
    detail: &str,
) -> Result<(), Error> {
    let actor = unit.actor().to_owned();
    let at = Moment { now: unit.now(), actor: &actor, words: "" };
    let change = proposal.withdraw(false, detail, &at)?;
    tell(unit, keys, proposal, &change).await?;
    seek_next(unit, keys, proposal, "WITHDRAWN").await
}

async fn record(unit: &mut Unit, keys: &dyn KeyStore, proposal: &Proposal, change: &Change) -> Result<Keys, Error> {
    let key = names::key_of(proposal.facts.company.as_ref());
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let name = names::proposal(&proposal.facts.proposal_id);
    let steps = Steps { subject: &name, key: &key, steps: &change.steps };
    store::record(unit.session(), &sealing, &[steps]).await?;
    Ok(sealing)
}

/// Once both sides accepted, the request is matched; nothing before.
pub(super) async fn matched(unit: &mut Unit, keys: &dyn KeyStore, proposal: &Proposal) -> Result<(), Error> {
    if proposal.facts.state() != ProposalState::Accepted {
        return Ok(());
    }
    let Some(mut request) = request_of(unit.session(), keys, proposal).await? else { return Ok(()) };
    let actor = unit.actor().to_owned();
    let at = Moment { now: unit.now(), actor: &actor, words: "" };
    let change = request.matched(&at)?;
    tell_request(unit, keys, &request, &change).await
}
