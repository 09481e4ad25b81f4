//! A company's application: `applied → came | absent | called_off`. One a company and event: what is brought again is put to
//! it. Who walks in has come at once.

use contract::engagement::v1::CompanySnapshot;
use contract::matching::v1::{ApplicationFacts, ApplicationState as State, ApplicationTexts};

use super::ConsultationEvent;
use crate::domain::fault::{Fault, Reason};
use crate::domain::moment::{Change, Moment, short, wire};
use crate::domain::refused::Refused;

/// Longest question, with what was put to it.
pub const QUESTION: usize = 1_000;

/// An application.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// What is not confidential.
    pub facts: ApplicationFacts,
    /// What is.
    pub texts: ApplicationTexts,
    /// Grows with every change; the etag.
    pub version: i64,
}

/// What a company asks for when it applies, in its normal form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// `requests/<id>`, or empty.
    pub request: String,
    /// `bodies/<id>` of who brings it, or empty.
    pub body: String,
    /// How many come, 1 to 50.
    pub people: i32,
    /// Wants a consultation, not the lecture alone.
    pub consultation: bool,
    /// `T1` to `T5`.
    pub themes: Vec<String>,
    /// Codes of `needs`.
    pub needs: Vec<String>,
    /// What it asks.
    pub question: String,
    /// Rounds from 1; empty for all.
    pub rounds: Vec<i32>,
    /// `experts/<id>` whom it must not meet.
    pub not_with: Vec<String>,
}

/// A company as the register has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Company {
    /// What does not say who it is.
    pub snapshot: CompanySnapshot,
    /// Its name.
    pub name: String,
}

/// An application's state in lower case; empty when unspecified.
pub fn application_state(state: State) -> String {
    short(state.as_str_name(), "APPLICATION_STATE_")
}

impl Application {
    /// A company applies.
    pub fn enter(id: &str, event: &ConsultationEvent, company: Company, wish: Wish, at: &Moment<'_>) -> (Self, Change) {
        let facts = ApplicationFacts {
            application_id: id.to_owned(),
            event: event.name(),
            programme: event.facts.programme.clone(),
            company: Some(company.snapshot),
            ..ApplicationFacts::default()
        };
        let texts = ApplicationTexts { company_name: company.name, question: String::new() };
        let mut new = Self { facts, texts, version: 0 };
        let change = new.ask(wish, at, "APPLIED");
        (new, change)
    }

    /// Somebody comes without having applied.
    pub fn walk_in(
        id: &str,
        event: &ConsultationEvent,
        company: Company,
        wish: Wish,
        at: &Moment<'_>,
    ) -> (Self, Change) {
        let people = wish.people;
        let (mut new, _) = Self::enter(id, event, company, wish, at);
        new.facts.walk_in = true;
        new.facts.state = State::Unspecified.into();
        let came = new.came(people, at);
        new.version = 1;
        (new, Change { kinds: vec!["entered"], ..came })
    }

    /// `applications/<id>`.
    pub fn name(&self) -> String {
        format!("applications/{}", self.facts.application_id)
    }

    /// `companies/<id>`.
    pub fn company(&self) -> &str {
        self.facts.company.as_ref().map_or("", |company| &company.company)
    }

    /// Whether it holds a place.
    pub fn stands(&self) -> bool {
        matches!(self.facts.state(), State::Applied | State::Came)
    }

    /// Applies, or applies anew after it called off.
    fn ask(&mut self, wish: Wish, at: &Moment<'_>, cause: &str) -> Change {
        let from = self.facts.state();
        let now = Some(wire(at.now));
        let kind = if self.version == 0 { "entered" } else { "content" };
        self.facts = ApplicationFacts {
            request: wish.request,
            body: if self.facts.body.is_empty() { wish.body } else { self.facts.body.clone() },
            people: wish.people,
            consultation: wish.consultation,
            themes: wish.themes,
            needs: wish.needs,
            rounds: wish.rounds,
            not_with: wish.not_with,
            state: State::Applied.into(),
            apply_time: now,
            update_time: now,
            ..self.facts.clone()
        };
        self.texts.question = wish.question;
        self.version += 1;
        let kinds = if from == State::Unspecified { vec![kind] } else { vec![kind, "state"] };
        Change { kinds, steps: vec![at.step(cause, (&application_state(from), "applied"), &self.facts.body)] }
    }

    /// The company is brought again: what is new is put to what stands; after calling off it applies anew.
    ///
    /// # Errors
    /// The question, when both together are too long; [`crate::domain::refused::Reason::IllegalTransition`] once it came or
    /// stayed away.
    pub fn again(&mut self, wish: Wish, at: &Moment<'_>) -> Result<Change, Again> {
        match self.facts.state() {
            State::CalledOff => return Ok(self.ask(wish, at, "APPLIED")),
            State::Applied | State::Unspecified => {}
            state @ (State::Came | State::Absent) => {
                return Err(Again::Refused(Refused::illegal(&application_state(state), "applied")));
            }
        }
        self.put_to(wish, at).map_err(Again::Fault)
    }

    fn put_to(&mut self, wish: Wish, at: &Moment<'_>) -> Result<Change, Fault> {
        let question = joined(&self.texts.question, &wish.question)?;
        let before = self.clone();
        let facts = &mut self.facts;
        facts.people = facts.people.max(wish.people);
        facts.consultation |= wish.consultation;
        unite(&mut facts.themes, wish.themes);
        unite(&mut facts.needs, wish.needs);
        unite(&mut facts.not_with, wish.not_with);
        if !wish.rounds.is_empty() {
            facts.rounds = wish.rounds;
        }
        for (known, new) in [(&mut facts.request, wish.request), (&mut facts.body, wish.body.clone())] {
            if known.is_empty() {
                *known = new;
            }
        }
        self.texts.question = question;
        if *self == before {
            return Ok(Change::default());
        }
        Ok(self.changed(at, &["content"], State::Applied, ("UPDATED", &wish.body)))
    }

    /// The company calls off.
    ///
    /// # Errors
    /// [`crate::domain::refused::Reason::IllegalTransition`] unless it is applied.
    pub fn call_off(&mut self, at: &Moment<'_>) -> Result<Change, Refused> {
        let from = self.facts.state();
        if from != State::Applied {
            return Err(Refused::illegal(&application_state(from), "called_off"));
        }
        self.facts.state = State::CalledOff.into();
        Ok(self.changed(at, &["state"], from, ("CALLED_OFF", "")))
    }

    /// So many came. The same again changes nothing.
    pub fn came(&mut self, people: i32, at: &Moment<'_>) -> Change {
        let from = self.facts.state();
        if from == State::Came && self.facts.people == people {
            return Change::default();
        }
        self.facts.people = people;
        self.facts.state = State::Came.into();
        self.changed(at, &["state"], from, ("CAME", ""))
    }

    /// Nobody came. The same again changes nothing.
    ///
    /// # Errors
    /// Why that cannot be: it walked in, or it had called off.
    pub fn stay_away(&mut self, at: &Moment<'_>) -> Result<Change, Reason> {
        let from = self.facts.state();
        match from {
            State::Absent => return Ok(Change::default()),
            State::CalledOff => return Err(Reason::CalledOff),
            _ if self.facts.walk_in => return Err(Reason::WalkedIn),
            State::Applied | State::Came | State::Unspecified => {}
        }
        self.facts.state = State::Absent.into();
        Ok(self.changed(at, &["state"], from, ("ABSENT", "")))
    }

    fn changed(
        &mut self,
        at: &Moment<'_>,
        kinds: &[&'static str],
        from: State,
        (cause, detail): (&str, &str),
    ) -> Change {
        self.version += 1;
        self.facts.update_time = Some(wire(at.now));
        let to = application_state(self.facts.state());
        Change::of(kinds, at.step(cause, (&application_state(from), &to), detail))
    }
}

/// Why what is brought again cannot be put to what stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Again {
    /// The state does not allow it.
    Refused(Refused),
    /// Something of it is wrong.
    Fault(Fault),
}

/// Both questions, or the one that holds the other.
fn joined(known: &str, new: &str) -> Result<String, Fault> {
    if new.is_empty() || known.contains(new) {
        return Ok(known.to_owned());
    }
    if known.is_empty() {
        return Ok(new.to_owned());
    }
    let both = format!("{known}\n{new}");
    if both.chars().count() > QUESTION {
        let left = QUESTION.saturating_sub(known.chars().count() + 1);
        return Err(Fault::new("question", Reason::TooLong).with("max", left));
    }
    Ok(both)
}

fn unite(known: &mut Vec<String>, new: Vec<String>) {
    for one in new {
        if !known.contains(&one) {
            known.push(one);
        }
    }
}
