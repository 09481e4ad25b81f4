//! Proposals: made by hand, answered by the sides, taken back, looked at.

use contract::engagement::v1::Side;
use contract::event::v1::Token;
use contract::matching::v1 as wire;
use contract::matching::v1::{ProposalState, RequestState};
use kit_log::{Committed, Origin};
use kit_serve::page::{Page, SIZES};
use kit_serve::{Caller, Role};
use prost::Message;

use super::Desk;
use super::course::{self, choice};
use super::reach::{Parties, check_etag, may_say, own_expert, reaches, reaches_all};
use super::retrieve::{Known, Retrieval, asked_now};
use crate::domain::candidates::{Condition, Facts, Plan, Policy, Verdict, team};
use crate::domain::check::Check;
use crate::domain::fault::Reason as Wrong;
use crate::domain::moment::Moment;
use crate::domain::proposal::{Choice, Proposal, side_name, state_name};
use crate::domain::refused::{Reason, Refused};
use crate::domain::request::{self, Request};
use crate::error::Error;
use crate::names;
use crate::store::{self, ProposalFilter};

/// Other members of a team.
const MEMBERS: usize = 2;

/// What is kept of a command for a repeat of its request.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Receipt {
    #[prost(string, tag = "1")]
    pub(super) id: String,
}

/// A deed on a proposal.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Accept(Side),
    Decline(Side),
    Withdraw,
}

/// A command on a proposal, read.
struct Asked {
    caller: Caller,
    origin: Origin,
    id: String,
    etag: String,
    on_behalf_of: Side,
    words: String,
}

impl Parties<'_> {
    pub(super) fn of(proposal: &Proposal) -> Parties<'_> {
        Parties { company: proposal.company(), expert: &proposal.facts.expert, body: &proposal.facts.body }
    }
}

/// Whether the caller may see it: as a member of the team, too.
fn sees(caller: &Caller, proposal: &Proposal) -> Result<(), Error> {
    let member = caller.is(Role::Expert) && proposal.facts.team.iter().any(|expert| caller.owns(expert));
    if member { Ok(()) } else { reaches(caller, Parties::of(proposal)) }
}

/// The side whose words the caller may read; unspecified for both.
fn own_side(caller: &Caller, proposal: &Proposal) -> Side {
    let (expert, team) = (&proposal.facts.expert, &proposal.facts.team);
    if caller.owns(expert) || team.iter().any(|expert| caller.owns(expert)) {
        Side::Expert
    } else if caller.owns(proposal.company()) {
        Side::Company
    } else {
        Side::Unspecified
    }
}

/// A proposal as the caller may see it.
pub(super) fn shown(caller: &Caller, proposal: Proposal) -> wire::Proposal {
    let hidden = own_side(caller, &proposal) == Side::Expert && proposal.facts.state() != ProposalState::Accepted;
    wire::Proposal {
        name: names::proposal(&proposal.facts.proposal_id),
        etag: proposal.version.to_string(),
        company_name: if hidden { String::new() } else { proposal.company_name },
        facts: Some(proposal.facts),
    }
}

impl Desk {
    pub(super) async fn accept(
        &self,
        caller: Caller,
        body: wire::AcceptProposalRequest,
    ) -> Result<wire::AcceptProposalResponse, Error> {
        let mut check = Check::default();
        let origin = Origin::of_call(&caller, "AcceptProposal", &body.request_id, &body);
        check.request_id(&body.request_id);
        let id = check.id("name", "proposals", &body.name);
        let side: Side = check.enum_of("side", body.side);
        let on_behalf_of = check.opt_enum("on_behalf_of", body.on_behalf_of);
        check.done()?;
        let asked = Asked { caller, origin, id, etag: body.etag, on_behalf_of, words: String::new() };
        let (proposal, token) = self.deed(asked, Deed::Accept(side)).await?;
        Ok(wire::AcceptProposalResponse { proposal: Some(proposal), token: Some(token) })
    }

    pub(super) async fn decline(
        &self,
        caller: Caller,
        body: wire::DeclineProposalRequest,
    ) -> Result<wire::DeclineProposalResponse, Error> {
        let mut check = Check::default();
        let origin = Origin::of_call(&caller, "DeclineProposal", &body.request_id, &body);
        check.request_id(&body.request_id);
        let id = check.id("name", "proposals", &body.name);
        let side: Side = check.enum_of("side", body.side);
        let on_behalf_of = check.opt_enum("on_behalf_of", body.on_behalf_of);
        let words = check.words(&body.reason);
        check.done()?;
        let asked = Asked { caller, origin, id, etag: body.etag, on_behalf_of, words };
        let (proposal, token) = self.deed(asked, Deed::Decline(side)).await?;
        Ok(wire::DeclineProposalResponse { proposal: Some(proposal), token: Some(token) })
    }

    pub(super) async fn withdraw_by_hand(
        &self,
        caller: Caller,
        body: wire::WithdrawProposalRequest,
    ) -> Result<wire::WithdrawProposalResponse, Error> {
        let mut check = Check::default();
        let origin = Origin::of_call(&caller, "WithdrawProposal", &body.request_id, &body);
        check.request_id(&body.request_id);
        let id = check.id("name", "proposals", &body.name);
        let words = check.words(&body.reason);
        check.done()?;
        let asked = Asked { caller, origin, id, etag: body.etag, on_behalf_of: Side::Unspecified, words };
        let (proposal, token) = self.deed(asked, Deed::Withdraw).await?;
        Ok(wire::WithdrawProposalResponse { proposal: Some(proposal), token: Some(token) })
    }

    async fn deed(&self, asked: Asked, deed: Deed) -> Result<(wire::Proposal, Token), Error> {
        let Asked { caller, origin, id, etag, on_behalf_of, words } = asked;
        let (keys, who) = (self.log.keys().clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let found = store::proposal(unit.session(), keys, &id).await?;
                let mut proposal = found.ok_or(Reason::ProposalNotFound)?;
                reaches(&who, Parties::of(&proposal))?;
                match deed {
                    Deed::Accept(side) | Deed::Decline(side) => {
                        may_say(&who, Parties::of(&proposal), side, on_behalf_of)?;
                    }
                    Deed::Withdraw => {}
                }
                check_etag(proposal.version, &etag)?;
                let actor = unit.actor().to_owned();
                let at = Moment { now: unit.now(), actor: &actor, words: &words };
                if proposal.expires().is_some_and(|time| time <= at.now) {
                    let to = match deed {
                        Deed::Accept(_) => ProposalState::Accepted,
                        Deed::Decline(_) => ProposalState::Declined,
                        Deed::Withdraw => ProposalState::Withdrawn,
                    };
                    // The timer has not come by yet; the time is over all the same.
                    return Err(Refused::illegal("expired", state_name(to)).into());
                }
                let change = match deed {
                    Deed::Accept(side) => proposal.accept(side, &at)?,
                    Deed::Decline(side) => proposal.decline(side, &at)?,
                    Deed::Withdraw => proposal.withdraw(true, "", &at)?,
                };
                course::tell(unit, keys, &proposal, &change).await?;
                match deed {
                    Deed::Accept(_) => course::matched(unit, keys, &proposal).await?,
                    Deed::Decline(_) => course::seek_next(unit, keys, &proposal, "DECLINED").await?,
                    Deed::Withdraw => course::seek_next(unit, keys, &proposal, "WITHDRAWN").await?,
                }
                Ok::<_, Error>(Receipt { id })
            })
        });
        self.answer(&caller, committed.await?).await
    }

    pub(super) async fn answer(
        &self,
        caller: &Caller,
        committed: Committed<Receipt>,
    ) -> Result<(wire::Proposal, Token), Error> {
        let mut session = self.log.read_session().await?;
        let found = store::proposal(&mut session, self.log.keys().as_ref(), &committed.answer.id).await?;
        Ok((shown(caller, found.ok_or(Reason::ProposalNotFound)?), committed.token))
    }

    pub(super) async fn propose_by_hand(
        &self,
        caller: Caller,
        body: wire::ProposeRequest,
    ) -> Result<wire::ProposeResponse, Error> {
        let mut check = Check::default();
        let origin = Origin::of_call(&caller, "Propose", &body.request_id, &body);
        check.request_id(&body.request_id);
        let id = check.id("request", "requests", &body.request);
        let expert = check.name("expert", "experts", &body.expert);
        let team = check.names("team", "experts", &body.team, MEMBERS);
        if let Some(at) = team.iter().position(|member| *member == expert) {
            check.fault(&format!("team[{at}]"), Wrong::Repeated);
        }
        let policy = self.policy(&mut check, &body.policy);
        let words = check.words(&body.reason);
        check.done()?;
        let request = self.request_within_reach(&caller, &id).await?;
        // What the search says is looked at within the transaction: a repeat is answered before that.
        let people = self.people(&request, [&[expert][..], &team].concat(), policy).await;
        let (keys, settings, who) = (self.log.keys().clone(), self.settings.clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let found = store::request(unit.session(), keys, &id).await?;
                let mut request = found.ok_or(Reason::RequestNotFound)?;
                reaches(&who, of_request(&request))?;
                if !matches!(request.facts.state(), RequestState::Open | RequestState::Seeking) {
                    let from = request::state_name(request.facts.state());
                    return Err(Refused::illegal(&from, "proposed").into());
                }
                let choice = chosen(unit.session(), &settings, &request, people?, policy).await?;
                let proposal = course::propose(unit, keys, &mut request, choice, &words).await?;
                Ok::<_, Error>(Receipt { id: proposal.facts.proposal_id })
            })
        });
        let (proposal, token) = self.answer(&caller, committed.await?).await?;
        Ok(wire::ProposeResponse { proposal: Some(proposal), token: Some(token) })
    }

    /// These experts, as the search knows them.
    async fn people(&self, request: &Request, names: Vec<String>, policy: &Policy) -> Result<Vec<Facts>, Error> {
        let asked = asked_now(&mut self.log.read_session().await?, &request.facts).await?;
        let mut retrieval = Retrieval::new(self);
        let mut people = Vec::new();
        for name in names {
            people.push(self.one(&mut retrieval, &name, &asked, policy).await?);
        }
        Ok(people)
    }

    pub(super) async fn proposal_for(&self, caller: &Caller, name: &str) -> Result<wire::Proposal, Error> {
        let mut check = Check::default();
        let id = check.id("name", "proposals", name);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let found = store::proposal(&mut session, self.log.keys().as_ref(), &id).await?;
        let proposal = found.ok_or(Reason::ProposalNotFound)?;
        sees(caller, &proposal)?;
        Ok(shown(caller, proposal))
    }

    pub(super) async fn proposals(
        &self,
        (caller, all): (&Caller, &Caller),
        body: &wire::ListProposalsRequest,
    ) -> Result<wire::ListProposalsResponse, Error> {
        let mut check = Check::default();
        if !body.programme.is_empty() {
            check.programme(&self.settings, &body.programme);
        }
        let states = body.states.iter().enumerate();
        let states = states.map(|(at, state)| check.enum_of(&format!("states[{at}]"), *state)).collect();
        let mut filter = ProposalFilter {
            programme: body.programme.clone(),
            request: check.opt_name("request", "requests", &body.request),
            expert: check.opt_name("expert", "experts", &body.expert),
            bodies: Vec::new(),
            states,
        };
        let page = Page::read(&mut check, body, SIZES);
        check.done()?;
        narrow((caller, all), &mut filter)?;
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = store::list_proposals(&mut session, keys, &filter, page.after(i64::MAX), page.limit()).await?;
        let (found, next_page_token) = page.cut(found);
        let proposals = found.into_iter().map(|proposal| shown(all, proposal)).collect();
        Ok(wire::ListProposalsResponse { proposals, next_page_token })
    }

    pub(super) async fn proposal_history(&self, caller: &Caller, name: &str) -> Result<Vec<wire::MatchingStep>, Error> {
        let mut check = Check::default();
        let id = check.id("name", "proposals", name);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let proposal = store::proposal(&mut session, keys, &id).await?.ok_or(Reason::ProposalNotFound)?;
        sees(caller, &proposal)?;
        let key = names::key_of(proposal.facts.company.as_ref());
        let mut steps = store::history(&mut session, keys, name, &key).await?;
        let own = own_side(caller, &proposal);
        if own != Side::Unspecified {
            let others = steps.iter_mut().filter(|step| step.detail != side_name(own));
            others.for_each(|step| step.reason.clear());
        }
        Ok(steps)
    }

    /// A request that the caller reaches.
    pub(super) async fn request_within_reach(&self, caller: &Caller, id: &str) -> Result<Request, Error> {
        let mut session = self.log.read_session().await?;
        let found = store::request(&mut session, self.log.keys().as_ref(), id).await?;
        let request = found.ok_or(Reason::RequestNotFound)?;
        reaches(caller, of_request(&request))?;
        Ok(request)
    }

    /// The policy that is named, or the default one.
    pub(super) fn policy(&self, check: &mut Check, named: &str) -> &'static Policy {
        let id = if named.is_empty() { &self.settings.policy } else { named };
        Policy::named(id).unwrap_or_else(|| {
            check.fault("policy", Wrong::UnknownCode);
            <&Policy>::default()
        })
    }
}

/// Whose a request is, for those who handle it.
fn of_request(request: &Request) -> Parties<'_> {
    Parties { company: request.company(), expert: "", body: &request.facts.body }
}

/// A counsellor is shown what the own bodies look after, an expert the own proposals.
fn narrow((caller, all): (&Caller, &Caller), filter: &mut ProposalFilter) -> Result<(), Error> {
    if reaches_all(caller) {
        return Ok(());
    }
    if caller.is(Role::Counsellor) {
        filter.bodies = caller.owns.iter().filter(|name| name.starts_with("bodies/")).cloned().collect();
        return if filter.bodies.is_empty() { Err(Reason::NotOwn.into()) } else { Ok(()) };
    }
    filter.expert = own_expert((caller, all), &filter.expert)?;
    Ok(())
}

/// The first of these people, with the others as a team, when they meet the hard conditions as things stand now.
async fn chosen(
    session: &mut kit_log::sql::Session,
    settings: &crate::domain::programme::Settings,
    request: &Request,
    people: Vec<Facts>,
    policy: &Policy,
) -> Result<Choice, Error> {
    let (name, programme) = (request.name(), request.facts.programme.as_str());
    let asked = asked_now(session, &request.facts).await?;
    let default = course::default_capacity(settings, programme);
    let mut complete = Vec::new();
    for facts in people {
        let known = Known::load(session, (programme, default), &facts.id, &name).await?;
        complete.push(known.complete(facts));
    }
    let plan = Plan::new(&asked, policy);
    let Some((first, others)) = complete.split_first() else { return Err(Reason::ExpertNotFound.into()) };
    let verdict = plan.verdict(first);
    if others.is_empty() {
        return match verdict {
            Verdict::Candidate { candidate, reasons } => Ok(choice(&candidate, &reasons, policy)),
            Verdict::Failed(failed) => Err(not_eligible(failed.iter().map(|failure| failure.condition.code()))),
        };
    }
    let failed = complete.iter().map(|facts| plan.failed(facts).without(Condition::COVERAGE));
    let failed: Vec<_> = failed.flat_map(|failed| failed.iter().collect::<Vec<_>>()).collect();
    if !failed.is_empty() {
        return Err(not_eligible(failed.iter().map(|condition| condition.code())));
    }
    let together = team(&plan, &complete, 0).map_err(|_| not_eligible(["NOT_COVERED"].into_iter()))?;
    let lead = together.members.iter().find(|member| member.candidate.expert == first.id);
    let choice = match (verdict, lead) {
        (Verdict::Candidate { candidate, reasons }, _) => choice(&candidate, &reasons, policy),
        (Verdict::Failed(_), Some(lead)) => choice(&lead.candidate, &lead.reasons, policy),
        (Verdict::Failed(failed), None) => {
            return Err(not_eligible(failed.iter().map(|failure| failure.condition.code())));
        }
    };
    Ok(Choice { team: others.iter().map(|facts| facts.id.clone()).collect(), ..choice })
}

fn not_eligible<'c>(conditions: impl Iterator<Item = &'c str>) -> Error {
    let mut named: Vec<&str> = Vec::new();
    for condition in conditions {
        if !named.contains(&condition) {
            named.push(condition);
        }
    }
    Refused::new(Reason::NotEligible).with("conditions", named.join(",")).into()
}
