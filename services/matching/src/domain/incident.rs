//! An incident: offered to the experts on call, one after another, until somebody takes it or nobody is left.

use contract::matching::v1::{IncidentFacts, IncidentState, IncidentTexts, Offer, OfferState};
use kit_clock::Timestamp;

use super::moment::{Change, Moment, read, short, wire};
use super::refused::{Reason, Refused};

/// Nobody was on call when it was entered.
pub const NOBODY_ON_CALL: &str = "NOBODY_ON_CALL";
/// Nobody who was asked took it.
pub const NOBODY_ANSWERED: &str = "NOBODY_ANSWERED";

/// An incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Incident {
    /// What does not say who it is.
    pub facts: IncidentFacts,
    /// What was told; empty when its key is destroyed.
    pub texts: IncidentTexts,
    /// The id of the key of the texts and of the words of its steps.
    pub key: String,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// An expert who is on call now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCall {
    /// `experts/<id>`.
    pub expert: String,
    /// Until when.
    pub until: Timestamp,
}

/// Who is on call for an incident now, who is asked first first, and how long an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Roster<'a> {
    /// In order of turn; somebody may stand here more than once.
    pub on_call: &'a [OnCall],
    /// In microseconds.
    pub patience: i64,
}

impl Roster<'_> {
    /// Until when somebody is on call; nothing for who is not.
    fn until(&self, expert: &str) -> Option<Timestamp> {
        self.on_call.iter().filter(|one| one.expert == expert).map(|one| one.until).max()
    }

    /// Until when an answer to an offer is waited for: as long as the expert is on call, and no longer than patience lasts.
    fn answer_by(&self, offered: Timestamp, until: Timestamp) -> Timestamp {
        Timestamp::from_micros(offered.micros().saturating_add(self.patience)).min(until)
    }

    fn is_over(&self, offered: Timestamp, now: Timestamp) -> bool {
        now.micros() >= offered.micros().saturating_add(self.patience)
    }
}

/// A state in lower case: `fallen_back`.
pub fn state_name(state: IncidentState) -> String {
    short(state.as_str_name(), "INCIDENT_STATE_")
}

impl Incident {
    /// Enters one and offers it to the first on call.
    pub fn report(
        id: &str,
        key: &str,
        (facts, texts): (IncidentFacts, IncidentTexts),
        roster: Roster<'_>,
        at: &Moment<'_>,
    ) -> (Self, Change) {
        let now = Some(wire(at.now));
        let state = IncidentState::Offered.into();
        let facts = IncidentFacts { incident_id: id.to_owned(), state, create_time: now, update_time: now, ..facts };
        let mut incident = Self { facts, texts, key: key.to_owned(), version: 1 };
        let entered = at.step("ENTERED", ("", &state_name(IncidentState::Offered)), "");
        let mut change = Change::of(&["entered"], entered);
        incident.next(roster, at, &mut change);
        (incident, change)
    }

    /// `incidents/<id>`.
    pub fn name(&self) -> String {
        format!("incidents/{}", self.facts.incident_id)
    }

    /// The offer that waits for an answer.
    pub fn waiting(&self) -> Option<&Offer> {
        self.facts.offers.last().filter(|offer| offer.state() == OfferState::Waiting)
    }

    /// When it has to be looked at again.
    pub fn due(&self) -> Option<Timestamp> {
        self.waiting().map(|offer| read(offer.answer_by_time.as_ref()))
    }

    /// What time, or the roster, brings: an offer that nobody answered, or whose expert is on call no more, goes on to the next.
    pub fn look(&mut self, roster: Roster<'_>, at: &Moment<'_>) -> Change {
        let mut change = Change::default();
        self.pass_on(roster, at, &mut change);
        self.close_change(&mut change, at);
        change
    }

    fn pass_on(&mut self, roster: Roster<'_>, at: &Moment<'_>, change: &mut Change) {
        let Some(offer) = self.waiting().cloned() else { return };
        let offered = read(offer.offer_time.as_ref());
        match roster.until(&offer.expert) {
            _ if roster.is_over(offered, at.now) => {
                self.end_offer(OfferState::TimedOut, "EXPIRED", at, change);
                self.next(roster, at, change);
            }
            None => {
                self.end_offer(OfferState::Withdrawn, "WITHDRAWN", at, change);
                self.next(roster, at, change);
            }
            Some(until) => {
                let by = Some(wire(roster.answer_by(offered, until)));
                if by != offer.answer_by_time
                    && let Some(last) = self.facts.offers.last_mut()
                {
                    last.answer_by_time = by;
                    change.kinds.push("offered");
                }
            }
        }
    }

    /// The expert to whom it is offered takes it, or not: then the next is asked at once.
    ///
    /// # Errors
    /// [`Refused`] when somebody took it or it is over, and when it is not offered to this expert now.
    pub fn answer(
        &mut self,
        (expert, accept): (&str, bool),
        roster: Roster<'_>,
        at: &Moment<'_>,
    ) -> Result<Change, Refused> {
        let (state, taken) = (self.facts.state(), IncidentState::Acknowledged);
        if matches!(state, IncidentState::Acknowledged | IncidentState::Closed) {
            return Err(Refused::illegal(&state_name(state), &state_name(taken)));
        }
        // What is due may not have been done yet.
        let mut change = Change::default();
        self.pass_on(roster, at, &mut change);
        if self.waiting().is_none_or(|offer| offer.expert != expert) {
            return Err(Refused::new(Reason::NotOffered));
        }
        change.kinds.push("answered");
        if accept {
            self.end_offer(OfferState::Taken, "", at, &mut change);
            self.facts.state = taken.into();
            expert.clone_into(&mut self.facts.expert);
            change.steps.push(at.step("ACKNOWLEDGED", (&state_name(state), &state_name(taken)), expert));
        } else {
            self.end_offer(OfferState::Declined, "DECLINED", at, &mut change);
            self.next(roster, at, &mut change);
        }
        self.close_change(&mut change, at);
        Ok(change)
    }

    /// It is dealt with, or was none.
    ///
    /// # Errors
    /// [`Refused`] when it is over.
    pub fn close(&mut self, at: &Moment<'_>) -> Result<Change, Refused> {
        let (from, to) = (self.facts.state(), IncidentState::Closed);
        if from == to {
            return Err(Refused::illegal(&state_name(from), &state_name(to)));
        }
        let mut change = Change { kinds: vec!["closed"], steps: Vec::new() };
        if self.waiting().is_some() {
            let silent = Moment { words: "", ..*at };
            self.end_offer(OfferState::Withdrawn, "WITHDRAWN", &silent, &mut change);
        }
        self.facts.state = to.into();
        change.steps.push(at.step("CLOSED", (&state_name(from), &state_name(to)), ""));
        self.close_change(&mut change, at);
        Ok(change)
    }

    /// Asks the next on call whom nobody asked yet, or says that there is none.
    fn next(&mut self, roster: Roster<'_>, at: &Moment<'_>, change: &mut Change) {
        let at = &Moment { words: "", ..*at };
        let asked = |expert: &str| self.facts.offers.iter().any(|offer| offer.expert == expert);
        let next = roster.on_call.iter().find(|one| !asked(&one.expert)).map(|one| one.expert.clone());
        let offered = state_name(IncidentState::Offered);
        let Some(expert) = next else {
            let fallen = IncidentState::FallenBack;
            let reason = if self.facts.offers.is_empty() { NOBODY_ON_CALL } else { NOBODY_ANSWERED };
            self.facts.state = fallen.into();
            reason.clone_into(&mut self.facts.fallback_reason);
            change.kinds.push("fallen_back");
            change.steps.push(at.step("FELL_BACK", (&offered, &state_name(fallen)), reason));
            return;
        };
        let until = roster.until(&expert).unwrap_or(at.now);
        change.kinds.push("offered");
        change.steps.push(at.step("OFFERED", (&offered, &offered), &expert));
        self.facts.offers.push(Offer {
            expert,
            state: OfferState::Waiting.into(),
            offer_time: Some(wire(at.now)),
            answer_by_time: Some(wire(roster.answer_by(at.now, until))),
            end_time: None,
        });
    }

    /// Ends the offer that waits; without a cause the step is another's.
    fn end_offer(&mut self, state: OfferState, cause: &str, at: &Moment<'_>, change: &mut Change) {
        if let Some(offer) = self.facts.offers.last_mut() {
            offer.state = state.into();
            offer.end_time = Some(wire(at.now));
            if !cause.is_empty() {
                let offered = state_name(IncidentState::Offered);
                change.steps.push(at.step(cause, (&offered, &offered), &offer.expert));
            }
        }
    }

    fn close_change(&mut self, change: &mut Change, at: &Moment<'_>) {
        if !change.is_empty() {
            let mut told = Vec::new();
            change.kinds.retain(|kind| {
                !told.contains(kind) && {
                    told.push(kind);
                    true
                }
            });
            self.facts.update_time = Some(wire(at.now));
            self.version += 1;
        }
    }
}
