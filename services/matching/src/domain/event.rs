//! Consultation events (相談会): what is planned, who applied, who meets whom. An event is `open ⇄ closed → over`, or
//! `cancelled`: closed while it is full and once the time for applications is over, over when its end has passed.

pub mod application;
pub mod fit;
pub mod plan;
pub mod seats;
pub mod words;

use contract::matching::v1::{ConsultationEventFacts, ConsultationEventState as State, EventPlan};
use kit_clock::Timestamp;

use super::moment::{Change, Moment, read, short, wire};
use super::refused::{Reason, Refused};

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsultationEvent {
    /// All of it; nothing is confidential.
    pub facts: ConsultationEventFacts,
    /// Grows with every change; the etag.
    pub version: i64,
}

/// When an event begins.
pub fn starts(plan: &EventPlan) -> Timestamp {
    read(plan.start_time.as_ref())
}

/// When it ends.
pub fn ends(plan: &EventPlan) -> Timestamp {
    read(plan.end_time.as_ref())
}

/// Until when companies may apply.
pub fn last_call(plan: &EventPlan) -> Timestamp {
    read(plan.apply_until_time.as_ref().or(plan.start_time.as_ref()))
}

/// An event's state in lower case; empty when unspecified.
pub fn event_state(state: State) -> String {
    short(state.as_str_name(), "CONSULTATION_EVENT_STATE_")
}

impl ConsultationEvent {
    /// Enters an event of which `facts` says programme, region, body and plan.
    pub fn enter(id: &str, facts: ConsultationEventFacts, at: &Moment<'_>) -> Self {
        let now = Some(wire(at.now));
        let facts = ConsultationEventFacts { event_id: id.to_owned(), create_time: now, update_time: now, ..facts };
        let mut event = Self { facts, version: 1 };
        event.settle(at.now);
        event
    }

    /// The part of its name after `consultationEvents/`.
    pub fn id(&self) -> &str {
        &self.facts.event_id
    }

    /// `consultationEvents/<id>`.
    pub fn name(&self) -> String {
        format!("consultationEvents/{}", self.id())
    }

    /// What is planned.
    pub fn plan(&self) -> EventPlan {
        self.facts.plan.clone().unwrap_or_default()
    }

    /// Whether as many companies applied as may.
    pub fn is_full(&self) -> bool {
        let capacity = self.plan().capacity;
        capacity > 0 && self.facts.applied >= capacity
    }

    /// When time changes its state next; `None` when it does no more.
    pub fn due(&self) -> Option<Timestamp> {
        let plan = self.plan();
        match self.facts.state() {
            State::Open => Some(last_call(&plan)),
            State::Closed => Some(ends(&plan)),
            State::Over | State::Cancelled | State::Unspecified => None,
        }
    }

    /// Where it stands at a moment, also when nobody has looked at the clock since.
    pub fn state_at(&self, now: Timestamp) -> State {
        let plan = self.plan();
        match self.facts.state() {
            ended @ (State::Over | State::Cancelled) => ended,
            _ if now >= ends(&plan) => State::Over,
            _ if now >= last_call(&plan) || self.is_full() => State::Closed,
            _ => State::Open,
        }
    }

    /// Whether it has neither ended nor been cancelled.
    ///
    /// # Errors
    /// [`Reason::IllegalTransition`] to what was wanted of it.
    pub fn goes_on(&self, now: Timestamp, to: &str) -> Result<(), Refused> {
        match self.state_at(now) {
            ended @ (State::Over | State::Cancelled) => Err(Refused::illegal(&event_state(ended), to)),
            State::Open | State::Closed | State::Unspecified => Ok(()),
        }
    }

    /// Whether a company that had not applied may apply now.
    ///
    /// # Errors
    /// [`Reason::EventFull`] with `max`, [`Reason::ApplicationsClosed`] with `state`.
    pub fn takes_applications(&self, now: Timestamp) -> Result<(), Refused> {
        self.takes_more(now)?;
        if self.is_full() {
            return Err(Refused::new(Reason::EventFull).with("max", self.plan().capacity));
        }
        Ok(())
    }

    /// Whether an application that stands may still be added to.
    ///
    /// # Errors
    /// [`Reason::ApplicationsClosed`] with `state`.
    pub fn takes_more(&self, now: Timestamp) -> Result<(), Refused> {
        let state = self.state_at(now);
        let ended = matches!(state, State::Over | State::Cancelled);
        if ended || now >= last_call(&self.plan()) {
            return Err(Refused::new(Reason::ApplicationsClosed).with("state", event_state(state)));
        }
        Ok(())
    }

    /// With another plan. The same plan changes nothing.
    pub fn replan(&mut self, plan: EventPlan, at: &Moment<'_>) -> Change {
        if self.plan() == plan {
            return Change::default();
        }
        let from = self.facts.state();
        self.facts.plan = Some(plan);
        self.settle(at.now);
        self.changed(at, "plan", from, "UPDATED")
    }

    /// It does not take place.
    ///
    /// # Errors
    /// [`Reason::IllegalTransition`] when it is over or was cancelled before.
    pub fn cancel(&mut self, at: &Moment<'_>) -> Result<Change, Refused> {
        self.goes_on(at.now, "cancelled")?;
        let from = self.facts.state();
        self.facts.state = State::Cancelled.into();
        let change = self.changed(at, "state", from, "CANCELLED");
        Ok(Change { kinds: vec!["state"], ..change })
    }

    /// So many applications stand now.
    pub fn count(&mut self, applied: usize, at: &Moment<'_>) -> Change {
        let applied = i32::try_from(applied).unwrap_or(i32::MAX);
        if self.facts.applied == applied {
            return Change::default();
        }
        let from = self.facts.state();
        self.facts.applied = applied;
        self.settle(at.now);
        let to = self.facts.state();
        let change = self.changed(at, "applied", from, if from == State::Open { "CLOSED" } else { "REOPENED" });
        // Who applied is a step of the application; of the event it is one only when it closes or opens by it.
        Change { steps: if from == to { Vec::new() } else { change.steps }, ..change }
    }

    /// It has this timetable now.
    pub fn timetabled(&mut self, revision: i32, at: &Moment<'_>) -> Change {
        let from = self.facts.state();
        self.facts.timetable_revision = revision;
        self.changed(at, "timetable", from, "TIMETABLED")
    }

    /// What time brought: closed, or over.
    pub fn look(&mut self, at: &Moment<'_>) -> Change {
        let (from, to) = (self.facts.state(), self.state_at(at.now));
        if from == to {
            return Change::default();
        }
        self.facts.state = to.into();
        let change = self.changed(at, "state", from, if to == State::Over { "OVER" } else { "CLOSED" });
        Change { kinds: vec!["state"], ..change }
    }

    /// Open or closed as the plan, the applications and the clock say. Only [`ConsultationEvent::look`] ends it, which is told.
    fn settle(&mut self, now: Timestamp) {
        let state = match self.state_at(now) {
            State::Over if self.facts.state() != State::Over => State::Closed,
            state => state,
        };
        self.facts.state = state.into();
    }

    fn changed(&mut self, at: &Moment<'_>, kind: &'static str, from: State, cause: &str) -> Change {
        self.version += 1;
        self.facts.update_time = Some(wire(at.now));
        let to = self.facts.state();
        let kinds = if from == to { vec![kind] } else { vec![kind, "state"] };
        Change { kinds, steps: vec![at.step(cause, (&event_state(from), &event_state(to)), "")] }
    }
}
