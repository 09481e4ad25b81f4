//! A request for support: where it stands, and what may happen to it.

pub mod edit;
pub mod need;
pub mod twins;

use contract::matching::v1::{MatchingStep, Need, RequestFacts, RequestState, RequestTexts};
use kit_clock::Timestamp;

use super::moment::{Change, Moment, read, short, wire};
use super::refused::Refused;
use edit::Edit;
use need::union;

/// Most roles, and most needs, of a request.
const CODES: usize = 10;
/// Most companies that a request is tied to.
const RELATED: usize = 20;

/// A request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// What does not say who the company is.
    pub facts: RequestFacts,
    /// What is told in confidence; empty when the company's key is destroyed.
    pub texts: RequestTexts,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A state in lower case: `open`.
pub fn state_name(state: RequestState) -> String {
    short(state.as_str_name(), "REQUEST_STATE_")
}

/// Whether a request in this state still looks for an expert.
pub const fn is_open(state: RequestState) -> bool {
    match state {
        RequestState::Open | RequestState::Proposed | RequestState::Seeking => true,
        RequestState::Unspecified
        | RequestState::Matched
        | RequestState::Withdrawn
        | RequestState::Expired
        | RequestState::Merged => false,
    }
}

impl Request {
    /// Enters one: open.
    pub fn enter(id: &str, facts: RequestFacts, texts: RequestTexts, at: &Moment<'_>) -> (Self, Change) {
        let (open, now) = (RequestState::Open, Some(wire(at.now)));
        let facts =
            RequestFacts { request_id: id.to_owned(), state: open.into(), create_time: now, update_time: now, ..facts };
        let step = at.step("ENTERED", ("", &state_name(open)), "");
        (Self { facts, texts, version: 1 }, Change::of(&["entered"], step))
    }

    /// `requests/<id>`.
    pub fn name(&self) -> String {
        format!("requests/{}", self.facts.request_id)
    }

    /// `companies/<id>`.
    pub fn company(&self) -> &str {
        self.facts.company.as_ref().map_or("", |company| company.company.as_str())
    }

    /// What is asked for.
    pub fn need(&self) -> Need {
        self.facts.need.clone().unwrap_or_default()
    }

    /// Whether it still looks for an expert.
    pub fn is_open(&self) -> bool {
        is_open(self.facts.state())
    }

    /// When it ends by itself.
    pub fn expires(&self) -> Timestamp {
        self.facts.expire_time.as_ref().map_or(Timestamp::from_micros(i64::MAX), |time| read(Some(time)))
    }

    /// An expert is proposed. From [`RequestState::Open`] and [`RequestState::Seeking`].
    ///
    /// # Errors
    /// [`Refused`] from any other state.
    pub fn propose(&mut self, proposal: &str, at: &Moment<'_>) -> Result<Change, Refused> {
        let from = self.facts.state();
        if !matches!(from, RequestState::Open | RequestState::Seeking) {
            return Err(illegal(from, RequestState::Proposed));
        }
        proposal.clone_into(&mut self.facts.proposal);
        self.facts.seeking_reason.clear();
        Ok(self.go(RequestState::Proposed, "PROPOSED", proposal, at))
    }

    /// The proposal that was out is over, or nobody was found: the next one is looked for by itself. `cause` is the step's:
    /// `DECLINED`, `EXPIRED`, `WITHDRAWN`, `NO_CANDIDATE`. Nothing when it stands so already.
    ///
    /// # Errors
    /// [`Refused`] when it is not open.
    pub fn seek(&mut self, cause: &str, reason: &str, at: &Moment<'_>) -> Result<Change, Refused> {
        self.must_be_open(RequestState::Seeking)?;
        if self.facts.state() == RequestState::Seeking && self.facts.seeking_reason == reason {
            return Ok(Change::default());
        }
        let proposal = std::mem::take(&mut self.facts.proposal);
        reason.clone_into(&mut self.facts.seeking_reason);
        let detail = if proposal.is_empty() { reason } else { &proposal };
        Ok(self.go(RequestState::Seeking, cause, detail, at))
    }

    /// Both sides accepted the proposal that is out.
    ///
    /// # Errors
    /// [`Refused`] unless one is out.
    pub fn matched(&mut self, at: &Moment<'_>) -> Result<Change, Refused> {
        let from = self.facts.state();
        if from != RequestState::Proposed {
            return Err(illegal(from, RequestState::Matched));
        }
        let proposal = self.facts.proposal.clone();
        Ok(self.go(RequestState::Matched, "COMPANY_ACCEPTED", &proposal, at))
    }

    /// The proposal that was out was taken back, and nobody looks for the next one by itself. Nothing when it waits already.
    ///
    /// # Errors
    /// [`Refused`] when it is not open.
    pub fn reopen(&mut self, cause: &str, at: &Moment<'_>) -> Result<Change, Refused> {
        self.must_be_open(RequestState::Open)?;
        if self.facts.state() == RequestState::Open {
            return Ok(Change::default());
        }
        let proposal = std::mem::take(&mut self.facts.proposal);
        self.facts.seeking_reason.clear();
        Ok(self.go(RequestState::Open, cause, &proposal, at))
    }

    /// The case that came of it is known. The same one again changes nothing.
    ///
    /// # Errors
    /// [`Refused`] unless both sides accepted.
    pub fn case_opened(&mut self, case: &str, at: &Moment<'_>) -> Result<Change, Refused> {
        let state = self.facts.state();
        if state != RequestState::Matched {
            return Err(illegal(state, RequestState::Matched));
        }
        if self.facts.case == case {
            return Ok(Change::default());
        }
        case.clone_into(&mut self.facts.case);
        let step = at.step("CASE_OPENED", (&state_name(state), &state_name(state)), case);
        Ok(self.changed(&["case"], step, at))
    }

    /// The company wants it no more; `detail` is a stable reason where the service decides so, else empty.
    ///
    /// # Errors
    /// [`Refused`] when it is not open: of a match that stands, the case is ended in the engagements.
    pub fn withdraw(&mut self, detail: &str, at: &Moment<'_>) -> Result<Change, Refused> {
        self.must_be_open(RequestState::Withdrawn)?;
        Ok(self.end(RequestState::Withdrawn, "WITHDRAWN", detail, at))
    }

    /// Its time ran out. Nothing when it is over, or not yet.
    pub fn expire(&mut self, at: &Moment<'_>) -> Change {
        if !self.is_open() || at.now < self.expires() {
            return Change::default();
        }
        self.end(RequestState::Expired, "EXPIRED", "", at)
    }

    /// It is another request. The same one again changes nothing.
    ///
    /// # Errors
    /// [`Refused`] when it is not open.
    pub fn merge_into(&mut self, other: &str, at: &Moment<'_>) -> Result<Change, Refused> {
        if self.facts.merged_into == other {
            return Ok(Change::default());
        }
        self.must_be_open(RequestState::Merged)?;
        other.clone_into(&mut self.facts.merged_into);
        Ok(self.end(RequestState::Merged, "MERGED", other, at))
    }

    /// Takes over what it lacks of one that was merged into it: themes, needs, roles, and companies it is tied to.
    ///
    /// # Errors
    /// [`Refused`] when it is not open.
    pub fn take_over(&mut self, merged: &Self, at: &Moment<'_>) -> Result<Change, Refused> {
        self.must_be_open(self.facts.state())?;
        let (before, theirs) = (self.need(), merged.need());
        let need = Need {
            themes: union(&before.themes, &theirs.themes, CODES),
            roles: union(&before.roles, &theirs.roles, CODES),
            declared_needs: union(&before.declared_needs, &theirs.declared_needs, CODES),
            diagnosed_needs: union(&before.diagnosed_needs, &theirs.diagnosed_needs, CODES),
            ..before.clone()
        };
        let tied = [&merged.facts.related[..], std::slice::from_ref(&merged.facts.vendor)].concat();
        let own = [self.company(), merged.company(), &self.facts.vendor];
        let tied: Vec<String> = tied.into_iter().filter(|name| !name.is_empty() && !own.contains(&&**name)).collect();
        let (from, related) = (self.facts.state(), union(&self.facts.related, &tied, RELATED));
        let lacked = need != before || related != self.facts.related;
        if need != before {
            self.need_again(need);
        }
        self.facts.related = related;
        let step = at.step("MERGED", (&state_name(from), &state_name(self.facts.state())), &merged.name());
        Ok(if lacked { self.moved(from, &["need"], step, at) } else { Change::of(&[], step) })
    }

    /// Somebody decided that another one is different: a step, and nothing else.
    pub fn kept_apart(&self, other: &str, at: &Moment<'_>) -> Change {
        let state = state_name(self.facts.state());
        Change::of(&[], at.step("KEPT_APART", (&state, &state), other))
    }

    /// Changes what an edit names; with other needs a proposal that is out is none any more, and the next one is looked for.
    /// Nothing when everything stands so already.
    ///
    /// # Errors
    /// [`Refused`] once it is matched or over.
    pub fn edit(&mut self, edit: &Edit, at: &Moment<'_>) -> Result<Change, Refused> {
        self.must_be_open(self.facts.state())?;
        let (from, mut kinds) = (self.facts.state(), Vec::new());
        let need = edit.applied_to(&self.need());
        if need != self.need() {
            self.need_again(need);
            kinds.push("need");
        }
        if let Some(circumstances) = &edit.circumstances
            && *circumstances != self.texts.circumstances
        {
            self.texts.circumstances.clone_from(circumstances);
            kinds.push("texts");
        }
        if let Some(time) = edit.expires
            && self.expires() != time
        {
            self.facts.expire_time = Some(wire(time));
            kinds.push("expiry");
        }
        if kinds.is_empty() {
            return Ok(Change::default());
        }
        let to = state_name(self.facts.state());
        let step = at.step("UPDATED", (&state_name(from), &to), &edit.paths.join(","));
        Ok(self.moved(from, &kinds, step, at))
    }

    /// Other needs: what was proposed, and why nobody was found, holds no more.
    fn need_again(&mut self, need: Need) {
        self.facts.need = Some(need);
        self.facts.proposal.clear();
        self.facts.seeking_reason.clear();
        if self.facts.state() == RequestState::Proposed {
            self.facts.state = RequestState::Seeking.into();
        }
    }

    fn must_be_open(&self, to: RequestState) -> Result<(), Refused> {
        if self.is_open() { Ok(()) } else { Err(illegal(self.facts.state(), to)) }
    }

    /// Ends it: the proposal that was out is none any more.
    fn end(&mut self, to: RequestState, cause: &str, detail: &str, at: &Moment<'_>) -> Change {
        self.facts.proposal.clear();
        self.facts.seeking_reason.clear();
        self.go(to, cause, detail, at)
    }

    fn go(&mut self, to: RequestState, cause: &str, detail: &str, at: &Moment<'_>) -> Change {
        let from = self.facts.state();
        self.facts.state = to.into();
        let step = at.step(cause, (&state_name(from), &state_name(to)), detail);
        self.changed(&["state"], step, at)
    }

    fn moved(&mut self, from: RequestState, kinds: &[&'static str], step: MatchingStep, at: &Moment<'_>) -> Change {
        let mut change = self.changed(kinds, step, at);
        if from != self.facts.state() {
            change.kinds.push("state");
        }
        change
    }

    fn changed(&mut self, kinds: &[&'static str], step: MatchingStep, at: &Moment<'_>) -> Change {
        self.facts.update_time = Some(wire(at.now));
        self.version += 1;
        Change::of(kinds, step)
    }
}

fn illegal(from: RequestState, to: RequestState) -> Refused {
    Refused::illegal(&state_name(from), &state_name(to))
}
