//! A proposal: the expert is asked, then the company, each for a while that runs from when the notice was handed over.

use contract::engagement::v1::Side;
use contract::matching::v1::{MatchingStep, Points, ProposalFacts, ProposalState, RequestFacts};
use kit_clock::Timestamp;

use super::moment::{Change, Moment, read, wire};
use super::refused::Refused;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// A proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Without words.
    pub facts: ProposalFacts,
    /// The company's name; empty once its key is destroyed.
    pub company_name: String,
    /// True when the request is not proposed to this expert again.
    pub spent: bool,
    /// True once the search knows of the introduction.
    pub told: bool,
    /// From 1; rises with every change.
    pub version: i64,
}

/// Who is proposed, and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// `experts/<id>`.
    pub expert: String,
    /// Other members of the team.
    pub team: Vec<String>,
    /// The theme it is for; may be empty.
    pub theme: String,
    /// Sum of the points.
    pub score: i64,
    /// Points by reason.
    pub points: Vec<Points>,
    /// By which policy.
    pub policy: String,
    /// The batch; may be empty.
    pub batch: String,
}

/// The name of a state in lower case; empty for none.
pub const fn state_name(state: ProposalState) -> &'static str {
    match state {
        ProposalState::Unspecified => "",
        ProposalState::AwaitingExpert => "awaiting_expert",
        ProposalState::AwaitingCompany => "awaiting_company",
        ProposalState::Accepted => "accepted",
        ProposalState::Declined => "declined",
        ProposalState::Expired => "expired",
        ProposalState::Withdrawn => "withdrawn",
    }
}

/// The name of a side in lower case.
pub const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Unspecified => "",
        Side::Company => "company",
        Side::Expert => "expert",
    }
}

impl Proposal {
    /// A new one: the expert is asked.
    pub fn make(
        id: &str,
        (request, company_name): (&RequestFacts, &str),
        choice: Choice,
        number: i32,
        at: &Moment<'_>,
    ) -> (Self, Change) {
        let now = Some(wire(at.now));
        let facts = ProposalFacts {
            proposal_id: id.to_owned(),
            request: format!("requests/{}", request.request_id),
            programme: request.programme.clone(),
            region: request.region.clone(),
            company: request.company.clone(),
            body: request.body.clone(),
            expert: choice.expert,
            theme: choice.theme,
            kind: request.need.as_ref().map_or(0, |need| need.kind),
            state: ProposalState::AwaitingExpert.into(),
            score: choice.score,
            points: choice.points,
            policy: choice.policy,
            number,
            batch: choice.batch,
            team: choice.team,
            create_time: now,
            update_time: now,
            ..Default::default()
        };
        let detail = facts.expert.clone();
        let proposal = Self { facts, company_name: company_name.to_owned(), spent: false, told: false, version: 1 };
        let step = proposal.step("PROPOSED", ProposalState::Unspecified, detail, at);
        (proposal, Change::of(&["made"], step))
    }

    /// `companies/<id>`.
    pub fn company(&self) -> &str {
        self.facts.company.as_ref().map_or("", |company| &company.company)
    }

    /// Whose turn it is; unspecified when nobody's.
    pub fn turn(&self) -> Side {
        match self.facts.state() {
            ProposalState::AwaitingExpert => Side::Expert,
            ProposalState::AwaitingCompany => Side::Company,
            _ => Side::Unspecified,
        }
    }

    /// True while a side is asked.
    pub fn is_out(&self) -> bool {
        self.turn() != Side::Unspecified
    }

    /// True while it stands against the expert's capacity and no case does.
    pub fn stands(&self) -> bool {
        self.is_out() || (self.facts.state() == ProposalState::Accepted && self.facts.case.is_empty())
    }

    /// When it lapses by itself.
    pub fn expires(&self) -> Option<Timestamp> {
        self.facts.expire_time.as_ref().filter(|_| self.is_out()).map(|time| read(Some(time)))
    }

    /// The side whose turn it is was handed the notice: its time runs from then on. Told again, or of the other side, it changes
    /// nothing.
    pub fn hand_over(&mut self, side: Side, time: Timestamp, answer_days: u16, at: &Moment<'_>) -> Change {
        if side == Side::Unspecified || self.turn() != side || self.facts.hand_over_time.is_some() {
            return Change::default();
        }
        let until = time.micros().saturating_add(i64::from(answer_days).saturating_mul(DAY));
        self.facts.hand_over_time = Some(wire(time));
        self.facts.expire_time = Some(wire(Timestamp::from_micros(until)));
        let step = self.step("HANDED_OVER", self.facts.state(), side_name(side).to_owned(), at);
        self.changed(step, "handed_over", at)
    }

    /// A side accepts.
    ///
    /// # Errors
    /// When it is not its turn.
    pub fn accept(&mut self, side: Side, at: &Moment<'_>) -> Result<Change, Refused> {
        let (cause, to) = match side {
            Side::Company => ("COMPANY_ACCEPTED", ProposalState::Accepted),
            Side::Expert | Side::Unspecified => ("EXPERT_ACCEPTED", ProposalState::AwaitingCompany),
        };
        self.is_turn_of(side, to)?;
        let now = Some(wire(at.now));
        match side {
            Side::Company => self.facts.company_accept_time = now,
            Side::Expert | Side::Unspecified => self.facts.expert_accept_time = now,
        }
        // The company's time begins with its own notice.
        self.facts.hand_over_time = None;
        self.facts.expire_time = None;
        Ok(self.step_to(to, cause, side_name(side), at))
    }

    /// A side declines.
    ///
    /// # Errors
    /// When it is not its turn.
    pub fn decline(&mut self, side: Side, at: &Moment<'_>) -> Result<Change, Refused> {
        self.is_turn_of(side, ProposalState::Declined)?;
        self.spent = true;
        self.facts.ended_by = side.into();
        Ok(self.step_to(ProposalState::Declined, "DECLINED", side_name(side), at))
    }

    /// The side whose turn it is let the time pass; nothing before that.
    pub fn expire(&mut self, at: &Moment<'_>) -> Change {
        if self.expires().is_none_or(|time| time > at.now) {
            return Change::default();
        }
        let side = self.turn();
        self.spent = true;
        self.facts.ended_by = side.into();
        self.step_to(ProposalState::Expired, "EXPIRED", side_name(side), at)
    }

    /// It is taken back. `spent`: by somebody who does not want this expert for it.
    ///
    /// # Errors
    /// When it is over.
    pub fn withdraw(&mut self, spent: bool, detail: &str, at: &Moment<'_>) -> Result<Change, Refused> {
        if !self.is_out() {
            return Err(self.illegal(ProposalState::Withdrawn));
        }
        self.spent = spent;
        Ok(self.step_to(ProposalState::Withdrawn, "WITHDRAWN", detail, at))
    }

    /// The engagements opened its case. Told again, it changes nothing.
    pub fn open_case(&mut self, case: &str, at: &Moment<'_>) -> Change {
        if self.facts.case == case || self.facts.state() != ProposalState::Accepted {
            return Change::default();
        }
        case.clone_into(&mut self.facts.case);
        let step = self.step("CASE_OPENED", ProposalState::Accepted, case.to_owned(), at);
        self.changed(step, "case", at)
    }

    fn is_turn_of(&self, side: Side, to: ProposalState) -> Result<(), Refused> {
        if side != Side::Unspecified && self.turn() == side { Ok(()) } else { Err(self.illegal(to)) }
    }

    fn illegal(&self, to: ProposalState) -> Refused {
        Refused::illegal(state_name(self.facts.state()), state_name(to))
    }

    fn step_to(&mut self, to: ProposalState, cause: &str, detail: &str, at: &Moment<'_>) -> Change {
        let from = self.facts.state();
        self.facts.state = to.into();
        let step = self.step(cause, from, detail.to_owned(), at);
        self.changed(step, "state", at)
    }

    fn changed(&mut self, step: MatchingStep, changed: &'static str, at: &Moment<'_>) -> Change {
        self.facts.update_time = Some(wire(at.now));
        self.version += 1;
        Change::of(&[changed], step)
    }

    fn step(&self, cause: &str, from: ProposalState, detail: String, at: &Moment<'_>) -> MatchingStep {
        at.step(cause, (state_name(from), state_name(self.facts.state())), &detail)
    }
}
