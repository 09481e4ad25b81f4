//! A guidance case: `accepted → scheduled → visiting → completed | ended_early | withdrawn` (domain section 7). Every
//! command ends in the same way: the state and what is due are derived anew, and what changed is told.

use contract::engagement::v1::{
    CaseFacts, CaseState, CaseTexts, Confirmation, Outcome, Side, ThemePeriod, ToolJudgement, Visit, VisitState,
    VisitTexts,
};
use kit_clock::Timestamp;

use super::catalogue::Programme;
use super::due::{begin, due};
use super::fault::{Fault, Reason};
use super::outcome::says_the_same;
use super::visit::{Booked, Report, Span, booked, is_held, state_name as visit_state};
use super::{Change, Moment, Refused, japan_date, short, wire};

/// A guidance case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What is not confidential.
    pub facts: CaseFacts,
    /// What is.
    pub texts: CaseTexts,
    /// Grows with every change; the etag.
    pub version: i64,
}

/// What may be done to a case.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Another theme.
    ChangeTheme(String),
    /// Plans a visit.
    Plan(Span),
    /// Moves a planned visit.
    Reschedule(i32, Span),
    /// Cancels a planned visit.
    Cancel(i32),
    /// Reports a visit.
    Hold(Report),
    /// A side says that a visit took place.
    Confirm(i32, Side),
    /// Ends the case after all visits.
    Complete,
    /// Ends it before the last visit; a code.
    EndEarly(String),
    /// Ends it before the first visit; a code.
    Withdraw(String),
    /// What a side says after the last visit. Time and actor are filled in; a judgement of no tool is one of every tool used.
    Say(Side, Outcome),
    /// Work that followed: who says so, the month in which it began (may be empty), how satisfied the side is (0 for unsaid).
    FollowOn(Side, String, i32),
    /// Another body and counsellor.
    HandOver(String, String),
    /// The fee of a visit is claimed, under this name.
    Claim(i32, String),
}

/// What a deed did: its cause, the kind of change, the visit, a code.
type Done = (&'static str, &'static str, i32, String);

impl Case {
    /// Begins a case: `facts` and `texts` as the request has them.
    pub fn begin(
        id: &str,
        facts: CaseFacts,
        texts: CaseTexts,
        at: &Moment<'_>,
        programme: &Programme,
    ) -> (Self, Change) {
        let now = Some(wire(at.now));
        let theme = ThemePeriod { theme: facts.theme.clone(), since: now, actor: at.actor.to_owned() };
        let mut facts = CaseFacts {
            case_id: id.to_owned(),
            state: CaseState::Accepted.into(),
            themes: vec![theme],
            create_time: now,
            update_time: now,
            ..facts
        };
        facts.due = due(&facts, programme);
        let step = at.step("ENTERED", ("", &state_name(CaseState::Accepted)), 0, &facts.theme);
        (Self { facts, texts, version: 1 }, Change::of(&["entered"], step))
    }

    /// Carries a deed out. `busy` is what the expert has in other cases.
    ///
    /// # Errors
    /// [`Refused`]; the case is then not to be used any more.
    pub fn obey(
        &mut self,
        deed: Deed,
        at: &Moment<'_>,
        busy: &[Booked],
        programme: &Programme,
    ) -> Result<Change, Refused> {
        let from = self.facts.state();
        let done = match deed {
            Deed::ChangeTheme(theme) => self.change_theme(theme, at)?,
            Deed::Plan(span) => self.plan(span, at, busy, programme)?,
            Deed::Reschedule(number, span) => self.reschedule(number, span, at, busy)?,
            Deed::Cancel(number) => self.cancel(number)?,
            Deed::Hold(report) => self.hold(report, at, busy)?,
            Deed::Confirm(number, side) => match self.confirm(number, side, at)? {
                Some(done) => done,
                None => return Ok(Change::default()),
            },
            Deed::Complete => self.complete(programme)?,
            Deed::EndEarly(reason) => self.end_early(reason, programme)?,
            Deed::Withdraw(reason) => self.withdraw(reason)?,
            Deed::Say(side, outcome) => match self.say(side, outcome, at)? {
                Some(done) => done,
                None => return Ok(Change::default()),
            },
            Deed::FollowOn(side, month, satisfaction) => match self.follow_on(side, month, satisfaction, at)? {
                Some(done) => done,
                None => return Ok(Change::default()),
            },
            Deed::HandOver(body, counsellor) => self.hand_over(body, counsellor)?,
            Deed::Claim(number, claim) => self.claim(number, claim)?,
        };
        Ok(self.settle(from, done, at, programme))
    }

    /// Derives what follows from the facts, and tells what changed.
    fn settle(&mut self, from: CaseState, done: Done, at: &Moment<'_>, programme: &Programme) -> Change {
        let (cause, kind, visit, detail) = done;
        let facts = &mut self.facts;
        if is_open(facts.state()) {
            let has = |wanted: fn(&Visit) -> bool| facts.visits.iter().any(wanted);
            let state = if has(is_held) {
                CaseState::Visiting
            } else if has(|visit| visit.state() == VisitState::Planned) {
                CaseState::Scheduled
            } else {
                CaseState::Accepted
            };
            facts.state = state.into();
        } else if is_open(from) {
            facts.close_time = Some(wire(at.now));
            for visit in facts.visits.iter_mut().filter(|visit| visit.state() == VisitState::Planned) {
                visit.state = VisitState::Cancelled.into();
            }
        }
        facts.due = due(facts, programme);
        facts.update_time = Some(wire(at.now));
        self.version += 1;
        let to = self.facts.state();
        let mut kinds = vec![kind];
        if to != from && kind != "state" {
            kinds.push("state");
        }
        Change::of(&kinds, at.step(cause, (&state_name(from), &state_name(to)), visit, &detail))
    }

    fn must_be_open(&self, to: CaseState) -> Result<(), Refused> {
        if is_open(self.facts.state()) { Ok(()) } else { Err(self.illegal(to)) }
    }

    fn illegal(&self, to: CaseState) -> Refused {
        Refused::Illegal { from: state_name(self.facts.state()), to: state_name(to), visit: 0 }
    }

    fn change_theme(&mut self, theme: String, at: &Moment<'_>) -> Result<Done, Refused> {
        // The state stays what it is, whichever of the open ones that is; a closed case would have to be opened again.
        self.must_be_open(CaseState::Accepted)?;
        if theme == self.facts.theme {
            return Err(Fault::new("theme", Reason::NoChange).into());
        }
        let period = ThemePeriod { theme: theme.clone(), since: Some(wire(at.now)), actor: at.actor.to_owned() };
        self.facts.themes.push(period);
        self.facts.theme.clone_from(&theme);
        Ok(("THEME_CHANGED", "theme", 0, theme))
    }

    fn plan(&mut self, span: Span, at: &Moment<'_>, busy: &[Booked], programme: &Programme) -> Result<Done, Refused> {
        self.must_be_open(CaseState::Scheduled)?;
        self.fits(span.planned_faults(self.begun(), at.now), span, 0, busy, false)?;
        let there = self.facts.visits.iter().filter(|visit| visit.state() != VisitState::Cancelled).count();
        if there as i64 >= i64::from(programme.visits) {
            return Err(Refused::TooManyVisits(programme.visits));
        }
        let number = self.facts.visits.iter().map(|visit| visit.number).max().unwrap_or(0) + 1;
        self.facts.visits.push(Visit {
            number,
            state: VisitState::Planned.into(),
            theme: self.facts.theme.clone(),
            planned_start: Some(wire(span.start)),
            planned_end: Some(wire(span.end)),
            ..Visit::default()
        });
        Ok(("VISIT_PLANNED", "visits", number, String::new()))
    }

    fn reschedule(&mut self, number: i32, span: Span, at: &Moment<'_>, busy: &[Booked]) -> Result<Done, Refused> {
        self.must_be_open(CaseState::Scheduled)?;
        self.planned(number, VisitState::Planned)?;
        self.fits(span.planned_faults(self.begun(), at.now), span, number, busy, false)?;
        let visit = self.visit(number)?;
        (visit.planned_start, visit.planned_end) = (Some(wire(span.start)), Some(wire(span.end)));
        Ok(("VISIT_RESCHEDULED", "visits", number, String::new()))
    }

    fn cancel(&mut self, number: i32) -> Result<Done, Refused> {
        self.must_be_open(CaseState::Accepted)?;
        self.planned(number, VisitState::Cancelled)?.state = VisitState::Cancelled.into();
        Ok(("VISIT_CANCELLED", "visits", number, String::new()))
    }

    fn hold(&mut self, report: Report, at: &Moment<'_>, busy: &[Booked]) -> Result<Done, Refused> {
        let number = report.texts.number;
        self.must_be_open(CaseState::Visiting)?;
        let found = self.visit(number)?;
        let unconfirmed = found.state() == VisitState::Held && found.confirmations.is_empty();
        if !unconfirmed {
            self.planned(number, VisitState::Held)?;
        }
        self.fits(report.span.held_faults(self.begun(), at.now), report.span, number, busy, true)?;
        let theme = self.facts.theme.clone();
        let visit = self.visit(number)?;
        visit.state = VisitState::Held.into();
        visit.theme = theme;
        (visit.start_time, visit.end_time) = (Some(wire(report.span.start)), Some(wire(report.span.end)));
        visit.online = report.texts.place.is_empty();
        visit.attendees = i32::try_from(report.texts.attendees.len()).unwrap_or(i32::MAX);
        (visit.goals_reached, visit.tools) = (report.goals, report.tools);
        self.texts.visits.retain(|texts| texts.number != number);
        self.texts.visits.push(report.texts);
        self.texts.visits.sort_by_key(|texts: &VisitTexts| texts.number);
        Ok(("VISIT_HELD", "visits", number, String::new()))
    }

    fn confirm(&mut self, number: i32, side: Side, at: &Moment<'_>) -> Result<Option<Done>, Refused> {
        let visit = self.visit(number)?;
        if !is_held(visit) {
            return Err(illegal_visit(visit, VisitState::Confirmed));
        }
        // An imported visit is confirmed by the word of who imported it.
        if visit.state() == VisitState::Confirmed || visit.confirmations.iter().any(|known| known.side() == side) {
            return Ok(None);
        }
        if visit.confirmations.iter().any(|known| known.actor == at.actor) {
            return Err(Refused::SamePerson);
        }
        visit.confirmations.push(Confirmation {
            side: side.into(),
            time: Some(wire(at.now)),
            actor: at.actor.to_owned(),
            on_behalf: at.on_behalf_of != Side::Unspecified,
        });
        if visit.confirmations.len() == 2 {
            visit.state = VisitState::Confirmed.into();
        }
        Ok(Some(("VISIT_CONFIRMED", "visits", number, side_name(side))))
    }

    fn complete(&mut self, programme: &Programme) -> Result<Done, Refused> {
        if self.facts.state() != CaseState::Visiting {
            return Err(self.illegal(CaseState::Completed));
        }
        let (held, needed) = (self.held(), programme.visits);
        if held < needed {
            return Err(Refused::VisitsMissing { held, needed });
        }
        if let Some(visit) = self.facts.visits.iter().find(|visit| visit.state() == VisitState::Held) {
            return Err(Refused::NotConfirmed(visit.number));
        }
        self.facts.state = CaseState::Completed.into();
        Ok(("COMPLETED", "state", 0, String::new()))
    }

    fn end_early(&mut self, reason: String, programme: &Programme) -> Result<Done, Refused> {
        if self.facts.state() != CaseState::Visiting {
            return Err(self.illegal(CaseState::EndedEarly));
        }
        if self.held() >= programme.visits {
            return Err(Refused::AllHeld(programme.visits));
        }
        self.facts.state = CaseState::EndedEarly.into();
        self.facts.ending_reason.clone_from(&reason);
        Ok(("ENDED_EARLY", "state", 0, reason))
    }

    fn withdraw(&mut self, reason: String) -> Result<Done, Refused> {
        if !matches!(self.facts.state(), CaseState::Accepted | CaseState::Scheduled) {
            return Err(self.illegal(CaseState::Withdrawn));
        }
        self.facts.state = CaseState::Withdrawn.into();
        self.facts.ending_reason.clone_from(&reason);
        Ok(("WITHDRAWN", "state", 0, reason))
    }

    fn must_have_ended(&self) -> Result<(), Refused> {
        let ended = matches!(self.facts.state(), CaseState::Completed | CaseState::EndedEarly);
        if ended { Ok(()) } else { Err(self.illegal(CaseState::Completed)) }
    }

    fn say(&mut self, side: Side, outcome: Outcome, at: &Moment<'_>) -> Result<Option<Done>, Refused> {
        self.must_have_ended()?;
        let tools = self.judged(outcome.tools);
        let outcome = Outcome { tools, ..outcome };
        let place = match side {
            Side::Company => &mut self.facts.company_outcome,
            Side::Expert => &mut self.facts.expert_outcome,
            Side::Unspecified => return Err(Fault::new("side", Reason::Required).into()),
        };
        if place.as_ref().is_some_and(|known| says_the_same(known, &outcome)) {
            return Ok(None);
        }
        let on_behalf = at.on_behalf_of != Side::Unspecified;
        *place = Some(Outcome { time: Some(wire(at.now)), actor: at.actor.to_owned(), on_behalf, ..outcome });
        Ok(Some(("OUTCOME_RECORDED", "outcome", 0, side_name(side))))
    }

    /// Judgements by tool: one that names no tool holds for each that a held visit used.
    fn judged(&self, given: Vec<ToolJudgement>) -> Vec<ToolJudgement> {
        let (all, mut judged): (Vec<_>, Vec<_>) = given.into_iter().partition(|tool| tool.tool.is_empty());
        let used = self.facts.visits.iter().filter(|visit| is_held(visit)).flat_map(|visit| &visit.tools);
        for judgement in &all {
            for tool in used.clone() {
                if !judged.iter().any(|known| known.tool == tool.tool) {
                    judged.push(ToolJudgement { tool: tool.tool.clone(), ..judgement.clone() });
                }
            }
        }
        judged
    }

    fn follow_on(
        &mut self,
        side: Side,
        month: String,
        satisfaction: i32,
        at: &Moment<'_>,
    ) -> Result<Option<Done>, Refused> {
        self.must_have_ended()?;
        let known = self.facts.follow_on.clone();
        let mut follow_on = known.clone().unwrap_or_default();
        if !month.is_empty() {
            follow_on.begin_month = month;
        }
        if follow_on.begin_month.is_empty() {
            return Err(Fault::new("begin_month", Reason::Required).into());
        } else if follow_on.begin_month > month_of(at.now) {
            return Err(Fault::new("begin_month", Reason::InTheFuture).into());
        } else if follow_on.begin_month < month_of(self.begun()) {
            return Err(Fault::new("begin_month", Reason::BeforeTheCase).into());
        }
        let place = match side {
            Side::Company => &mut follow_on.company_satisfaction,
            Side::Expert => &mut follow_on.expert_satisfaction,
            Side::Unspecified => return Err(Fault::new("side", Reason::Required).into()),
        };
        if satisfaction > 0 {
            *place = satisfaction;
        }
        if known.as_ref() == Some(&follow_on) {
            return Ok(None);
        }
        follow_on.time = Some(wire(at.now));
        self.facts.follow_on = Some(follow_on);
        Ok(Some(("FOLLOW_ON_RECORDED", "follow_on", 0, side_name(side))))
    }

    fn hand_over(&mut self, body: String, counsellor: String) -> Result<Done, Refused> {
        self.must_be_open(CaseState::Accepted)?;
        if body == self.facts.body {
            return Err(Fault::new("body", Reason::NoChange).into());
        }
        self.facts.body.clone_from(&body);
        self.facts.counsellor = counsellor;
        Ok(("HANDED_OVER", "body", 0, body))
    }

    fn claim(&mut self, number: i32, claim: String) -> Result<Done, Refused> {
        let visit = self.visit(number)?;
        if !visit.claim.is_empty() {
            return Err(Refused::AlreadyClaimed);
        }
        if visit.state() != VisitState::Confirmed {
            return Err(Refused::NotConfirmed(number));
        }
        visit.claim.clone_from(&claim);
        Ok(("FEE_CLAIMED", "claim", number, claim))
    }

    /// A planned visit of an open case.
    fn planned(&mut self, number: i32, to: VisitState) -> Result<&mut Visit, Refused> {
        let visit = self.visit(number)?;
        if visit.state() == VisitState::Planned { Ok(visit) } else { Err(illegal_visit(visit, to)) }
    }

    fn visit(&mut self, number: i32) -> Result<&mut Visit, Refused> {
        let found = self.facts.visits.iter_mut().find(|visit| visit.number == number);
        found.ok_or(Refused::NoSuchVisit(number))
    }

    /// Times that are possible, and that nothing else of the expert overlaps. What was held is held against what was held
    /// only: a plan can still be moved.
    fn fits(
        &self,
        faults: Vec<Fault>,
        span: Span,
        number: i32,
        busy: &[Booked],
        held_only: bool,
    ) -> Result<(), Refused> {
        if !faults.is_empty() {
            return Err(Refused::Faults(faults));
        }
        let own = self.facts.visits.iter().filter(|visit| visit.number != number).filter_map(booked);
        let mut all = own.chain(busy.iter().copied()).filter(|other| other.held || !held_only);
        if all.any(|other| other.span.overlaps(span)) { Err(Refused::Overlaps) } else { Ok(()) }
    }

    /// Visits held.
    pub fn held(&self) -> i32 {
        self.facts.visits.iter().filter(|visit| is_held(visit)).count() as i32
    }

    fn begun(&self) -> Timestamp {
        begin(&self.facts).unwrap_or_default()
    }
}

/// The month in Japan: `2025-01`.
fn month_of(time: Timestamp) -> String {
    japan_date(time).get(..7).unwrap_or_default().to_owned()
}

/// Whether a case has not ended.
pub const fn is_open(state: CaseState) -> bool {
    matches!(state, CaseState::Accepted | CaseState::Scheduled | CaseState::Visiting)
}

/// A case's state in lower case; empty before it begins.
pub fn state_name(state: CaseState) -> String {
    short(state.as_str_name(), "CASE_STATE_")
}

/// A side in lower case.
pub fn side_name(side: Side) -> String {
    short(side.as_str_name(), "SIDE_")
}

fn illegal_visit(visit: &Visit, to: VisitState) -> Refused {
    Refused::Illegal { from: visit_state(visit.state()), to: visit_state(to), visit: visit.number }
}
