//! An expert, and what may be done to one. Every command ends in the same way: the state is derived anew from the facts,
//! and what changed is told.

use std::collections::{BTreeMap, BTreeSet};

use contract::registry::v1::{ConsentPurpose, ExpertState};
use kit_clock::Timestamp;

use super::listing::{Obstacle, facts_against, has_lapsed, obstacles, review_causes};
use super::merge::Limits;
use super::profile::{FIELDS, Field, Profile};
use super::response::Response;
use super::state::{Causes, Delisting, Pause, State, Transition, cause, may_step};

/// An expert.
#[derive(Clone, Debug, PartialEq)]
pub struct Expert {
    /// Opaque: the part after `experts/`.
    pub id: String,
    /// The person's id in the survey's events; empty for one who never answered.
    pub respondent_id: String,
    /// Who it is and what is offered.
    pub profile: Profile,
    /// Where the expert stands.
    pub state: State,
    /// What speaks against listing, as of the last command. Empty if and only if listed.
    pub obstacles: BTreeSet<Obstacle>,
    /// The consents that were ever asked for.
    pub consents: BTreeMap<ConsentPurpose, Consent>,
    /// The newest check of the registration.
    pub verification: Option<Verification>,
    /// When the entry was last confirmed.
    pub confirm_time: Option<Timestamp>,
    /// When it was last confirmed by a call, which stays true whosever the responses turn out to be.
    pub confirm_call: Option<Timestamp>,
    /// The skill part of the counting response is answered.
    pub skills_answered: bool,
    /// The response whose answers were taken over last, and when it was handed in.
    pub response: Option<(String, Timestamp)>,
    /// Paths of the fields that stand as that response answered them: no edit came since.
    pub answered: BTreeSet<&'static str>,
    /// The survey's id of who the person is now; empty when himself or herself.
    pub merged_into: String,
    /// Somebody else took the number over.
    pub number_lost: bool,
    /// Of what the survey told last: how many decisions of staff had changed whose responses are whose.
    pub revision: i64,
    /// Grows with every change; the etag.
    pub version: i64,
    /// When the expert was entered.
    pub create_time: Timestamp,
    /// When the expert last changed.
    pub update_time: Timestamp,
}

/// A consent as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Given or not.
    pub given: bool,
    /// Since when.
    pub time: Timestamp,
    /// Who recorded it: a subject.
    pub actor: String,
    /// How.
    pub source: ConsentSource,
}

/// How a consent was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentSource {
    /// In a response to the survey.
    Survey,
    /// By a call.
    Call,
    /// In a response that an operator imported.
    Import,
}

/// That the registration was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Where it was looked up.
    pub source: String,
    /// Who looked: a subject.
    pub verified_by: String,
    /// When it was true.
    pub verify_time: Timestamp,
    /// Until when the registration is valid; without it, it counts as valid.
    pub valid_until: Option<Timestamp>,
}

/// When a command is carried out, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// On the service's clock.
    pub now: Timestamp,
    /// A subject.
    pub actor: &'a str,
}

/// What may be done to an expert.
#[derive(Clone, Debug)]
pub enum Command {
    /// Takes over these fields.
    Edit(Profile, Vec<&'static Field>),
    /// Records a check of the registration.
    Verify(Verification),
    /// The entry is still right.
    Confirm,
    /// Gives or withdraws a consent.
    SetConsent(ConsentPurpose, bool),
    /// Takes a listed expert off for a while; why.
    Pause(String),
    /// Ends a pause that was asked for; why.
    Resume(String),
    /// Takes the expert off for good; why.
    Delist(String),
    /// Brings a delisted expert back; why.
    Reinstate(String),
    /// Takes over the person's counting response.
    Respond(Response),
    /// Applies the rules that look at time, as of a moment, with the months a confirmation lasts.
    Review(Timestamp, i32),
    /// The person turned out to be another one, by the survey's id; with an empty one, not to be.
    Merge(String),
    /// The person of another entry turned out to be this one: what was asked for there holds here.
    TakeLimits(Limits),
    /// Somebody else took the number over.
    LoseNumber,
}

impl Command {
    /// The moment of which it tells, where that need not be the one at which it is carried out.
    fn tells_of(&self) -> Option<Timestamp> {
        match self {
            Self::Respond(response) if response.source == ConsentSource::Import => {
                // Who vouched may have done so long before: nobody stood otherwise by an answer that was not there yet.
                response.vouching.as_ref().map(|vouching| vouching.verify_time.max(response.submit_time))
            }
            Self::Review(as_of, _) => Some(*as_of),
            _ => None,
        }
    }
}

/// A kind of change, as `ExpertChanged.changed` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// The expert was entered.
    Entered,
    /// Who it is.
    Profile,
    /// What is offered.
    Terms,
    /// A consent.
    Consent,
    /// The check of the registration.
    Verification,
    /// When it was last confirmed.
    Confirmation,
    /// The state, or what speaks against listing.
    State,
}

impl Changed {
    /// As the contract names it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Profile => "profile",
            Self::Terms => "terms",
            Self::Consent => "consent",
            Self::Verification => "verification",
            Self::Confirmation => "confirmation",
            Self::State => "state",
        }
    }
}

/// What a command did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Kinds of change; empty when nothing changed.
    pub kinds: Vec<Changed>,
    /// Steps from state to state, in order.
    pub steps: Vec<Transition>,
    /// Since when the steps hold, when the command told of an earlier moment than that at which it was carried out.
    pub as_of: Option<Timestamp>,
}

/// The expert's state does not allow the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no step from {} to {}", from.as_str_name(), to.as_str_name())]
pub struct Refused {
    /// Where the expert stands.
    pub from: ExpertState,
    /// Where the command would lead.
    pub to: ExpertState,
    /// True when the expert is paused by a review: that pause ends when its cause is gone, not by a call.
    pub by_review: bool,
}

impl Expert {
    /// Enters an expert, with a first command.
    ///
    /// # Errors
    /// As [`Expert::obey`].
    pub fn enter(id: &str, number: &str, first: Command, moment: &Moment<'_>) -> Result<(Self, Change), Refused> {
        let mut profile = Profile::default();
        number.clone_into(&mut profile.person.registration_number);
        let mut expert = Self {
            id: id.to_owned(),
            respondent_id: String::new(),
            profile,
            state: State::Draft,
            obstacles: BTreeSet::new(),
            consents: BTreeMap::new(),
            verification: None,
            confirm_time: None,
            confirm_call: None,
            skills_answered: false,
            response: None,
            answered: BTreeSet::new(),
            merged_into: String::new(),
            number_lost: false,
            revision: 0,
            version: 0,
            create_time: moment.now,
            update_time: moment.now,
        };
        let mut change = expert.obey(first, moment)?;
        let (from, to) = (ExpertState::Unspecified, ExpertState::Draft);
        change.steps.insert(0, Transition { from, to, cause: cause::ENTERED.to_owned(), words: String::new() });
        change.kinds.insert(0, Changed::Entered);
        Ok((expert, change))
    }

    /// Carries out a command. A command that is refused changes nothing.
    ///
    /// # Errors
    /// [`Refused`] with the states named.
    pub fn obey(&mut self, command: Command, moment: &Moment<'_>) -> Result<Change, Refused> {
        let mut next = self.clone();
        let mut steps = Vec::new();
        let as_of = command.tells_of().filter(|told| *told < moment.now);
        next.act(command, moment, &mut steps)?;
        let kinds = next.kinds_since(self);
        if !kinds.is_empty() {
            next.version += 1;
            next.update_time = moment.now;
        }
        *self = next;
        Ok(Change { kinds, steps, as_of })
    }

    /// The consent to be listed is given.
    pub fn consents_to_listing(&self) -> bool {
        self.consents.get(&ConsentPurpose::Listing).is_some_and(|consent| consent.given)
    }

    fn act(&mut self, command: Command, moment: &Moment<'_>, steps: &mut Vec<Transition>) -> Result<(), Refused> {
        if self.state == State::Erased {
            // News of an erased person arrives late and changes nothing; a call is told.
            let quiet = matches!(
                command,
                Command::Respond(_)
                    | Command::Review(..)
                    | Command::Merge(_)
                    | Command::TakeLimits(_)
                    | Command::LoseNumber
            );
            return if quiet { Ok(()) } else { Err(self.refuse(ExpertState::Erased)) };
        }
        let mut at = moment.now;
        match command {
            Command::Edit(profile, fields) => {
                self.profile.take(&profile, &fields);
                self.answered.retain(|path| fields.iter().all(|field| field.path != *path));
            }
            Command::Verify(verification) => {
                self.verification = Some(verification);
                let lapsed = has_lapsed(self, at);
                self.review_pause(at, steps, |causes| Causes { lapsed, ..causes });
            }
            Command::Confirm => {
                self.confirm_call = self.confirm_call.max(Some(at));
                self.confirm_time = self.confirm_time.max(self.confirm_call);
                self.review_pause(at, steps, |causes| Causes { overdue: false, ..causes });
            }
            Command::SetConsent(purpose, given) => self.set_consent(purpose, given, moment, steps)?,
            Command::Pause(words) => self.pause(words, steps)?,
            Command::Resume(words) => self.resume(words, at, steps)?,
            Command::Delist(words) => self.strike_off(words, steps)?,
            Command::Reinstate(words) => self.reinstate(words, steps)?,
            Command::Respond(response) => self.respond(response),
            Command::Review(as_of, months) => {
                if !self.review(as_of, months, steps) {
                    return Ok(());
                }
                at = as_of;
            }
            Command::Merge(into) => self.merged_into = into,
            Command::TakeLimits(limits) => self.take_limits(limits, steps),
            Command::LoseNumber => self.lose_number(),
        }
        self.derive(at, steps);
        Ok(())
    }

    /// Draft and listed follow from the facts; a pause and a delisting stay whatever the facts say.
    fn derive(&mut self, at: Timestamp, steps: &mut Vec<Transition>) {
        let against = facts_against(self, at);
        match self.state {
            State::Draft if against.is_empty() => self.step(State::Listed, cause::IN_ORDER, String::new(), steps),
            State::Listed if !against.is_empty() => {
                let codes: Vec<_> = against.iter().map(|obstacle| obstacle.code()).collect();
                self.step(State::Draft, &codes.join(" "), String::new(), steps);
            }
            _ => {}
        }
        self.obstacles = obstacles(self, at);
    }

    fn set_consent(
        &mut self,
        purpose: ConsentPurpose,
        given: bool,
        moment: &Moment<'_>,
        steps: &mut Vec<Transition>,
    ) -> Result<(), Refused> {
        let stood = self.consents.get(&purpose).cloned();
        // A "no" that only a survey recorded becomes a withdrawal by call, which no later response turns round.
        let same = |consent: &Consent| consent.given == given && (given || consent.source == ConsentSource::Call);
        if !stood.as_ref().is_some_and(same) {
            let actor = moment.actor.to_owned();
            let consent = Consent { given, time: moment.now, actor, source: ConsentSource::Call };
            self.consents.insert(purpose, consent);
        }
        if purpose != ConsentPurpose::Listing {
            return Ok(());
        }
        let was_given = stood.is_some_and(|consent| consent.given);
        match (given, self.state) {
            (false, State::Draft | State::Listed | State::Paused(_)) if was_given => {
                self.walk(State::Delisted(Delisting::ConsentWithdrawn), cause::CONSENT_WITHDRAWN, String::new(), steps)
            }
            (true, State::Delisted(Delisting::ConsentWithdrawn)) => {
                self.walk(State::Draft, cause::CONSENT_GIVEN, String::new(), steps)
            }
            _ => Ok(()),
        }
    }

    fn pause(&mut self, words: String, steps: &mut Vec<Transition>) -> Result<(), Refused> {
        if self.state != State::Listed {
            return Err(self.refuse(ExpertState::Paused));
        }
        self.walk(State::Paused(Pause::Requested), cause::PAUSE_REQUESTED, words, steps)
    }

    fn resume(&mut self, words: String, at: Timestamp, steps: &mut Vec<Transition>) -> Result<(), Refused> {
        if self.state != State::Paused(Pause::Requested) {
            return Err(self.refuse(ExpertState::Listed));
        }
        self.leave_pause(cause::RESUMED, words, at, steps);
        Ok(())
    }

    fn strike_off(&mut self, words: String, steps: &mut Vec<Transition>) -> Result<(), Refused> {
        if self.state == State::Delisted(Delisting::StruckOff) {
            return Err(self.refuse(ExpertState::Delisted));
        }
        self.walk(State::Delisted(Delisting::StruckOff), cause::STRUCK_OFF, words, steps)
    }

    fn reinstate(&mut self, words: String, steps: &mut Vec<Transition>) -> Result<(), Refused> {
        if !matches!(self.state, State::Delisted(_)) {
            return Err(self.refuse(ExpertState::Draft));
        }
        self.walk(State::Draft, cause::REINSTATED, words, steps)
    }

    /// Later in the log wins, field by field: what the response answers replaces what stands, and what it leaves open stays
    /// as it was edited. What only the response before had said goes with it, so that of responses alone the one that
    /// counts is shown, in whatever order they came. Neither a pause nor a delisting nor a withdrawal by call ends by it.
    fn respond(&mut self, response: Response) {
        // The same response comes again when only the history grew, or when the log is read from nothing; taking it over
        // twice would undo the edits since.
        let taken = self.gives_way_to(&response);
        self.respondent_id = response.respondent_id;
        if taken {
            let open: Vec<_> = FIELDS.iter().filter(|field| self.answered.contains(field.path)).collect();
            self.profile.take(&Profile::default(), &open);
            self.profile.take(&response.answers.profile, &response.answers.fields);
            self.answered = response.answers.fields.iter().map(|field| field.path).collect();
            self.skills_answered = response.skills_answered;
            self.confirm_time = self.confirm_time.max(Some(response.submit_time));
            for (purpose, given) in response.answers.consents {
                let actor = response.actor.clone();
                self.consent_by_response(
                    purpose,
                    Consent { given, time: response.submit_time, actor, source: response.source },
                );
            }
            self.response = Some((response.name, response.submit_time));
        }
        if let Some(vouching) = response.vouching {
            self.vouch(vouching);
        }
    }

    fn consent_by_response(&mut self, purpose: ConsentPurpose, answer: Consent) {
        let stands = self.consents.get(&purpose);
        let withdrawn = stands.is_some_and(|consent| !consent.given && consent.source == ConsentSource::Call);
        let same = stands.is_some_and(|consent| consent.given == answer.given);
        if !withdrawn && !same {
            self.consents.insert(purpose, answer);
        }
    }

    /// An operator's import vouches for the registration as of a moment, unless a check from then or later stands. It does not
    /// say until when, so an end that an earlier check knows, and that was not past at that moment, stays.
    fn vouch(&mut self, mut vouching: Verification) {
        if let Some(stands) = &self.verification {
            if stands.verify_time >= vouching.verify_time {
                return;
            }
            vouching.valid_until = stands.valid_until.filter(|until| vouching.verify_time <= *until);
        }
        self.verification = Some(vouching);
    }

    /// True when the entry is one that reviews look at.
    fn review(&mut self, as_of: Timestamp, months: i32, steps: &mut Vec<Transition>) -> bool {
        let causes = review_causes(self, months, as_of);
        match self.state {
            State::Listed if causes != Causes::NONE => {
                let codes: Vec<_> = causes.obstacles().map(Obstacle::code).collect();
                self.step(State::Paused(Pause::Review(causes)), &codes.join(" "), String::new(), steps);
            }
            State::Listed => {}
            State::Paused(Pause::Review(_)) => self.review_pause(as_of, steps, |_| causes),
            _ => return false,
        }
        true
    }

    /// Changes the causes of a review's pause, and ends it when none is left.
    fn review_pause(&mut self, at: Timestamp, steps: &mut Vec<Transition>, change: impl Fn(Causes) -> Causes) {
        let State::Paused(Pause::Review(causes)) = self.state else { return };
        match change(causes) {
            Causes::NONE => self.leave_pause(cause::CAUSE_GONE, String::new(), at, steps),
            left => self.state = State::Paused(Pause::Review(left)),
        }
    }

    fn leave_pause(&mut self, cause: &str, words: String, at: Timestamp, steps: &mut Vec<Transition>) {
        let to = if facts_against(self, at).is_empty() { State::Listed } else { State::Draft };
        self.step(to, cause, words, steps);
    }

    /// As [`Expert::step`], where the table of steps may say no.
    fn walk(&mut self, to: State, cause: &str, words: String, steps: &mut Vec<Transition>) -> Result<(), Refused> {
        if !may_step(self.state.stage(), to.stage()) {
            return Err(self.refuse(to.stage()));
        }
        self.step(to, cause, words, steps);
        Ok(())
    }

    pub(super) fn step(&mut self, to: State, cause: &str, words: String, steps: &mut Vec<Transition>) {
        debug_assert!(may_step(self.state.stage(), to.stage()), "{:?} → {to:?}", self.state);
        steps.push(Transition { from: self.state.stage(), to: to.stage(), cause: cause.to_owned(), words });
        self.state = to;
    }

    const fn refuse(&self, to: ExpertState) -> Refused {
        let by_review = matches!(self.state, State::Paused(Pause::Review(_)));
        Refused { from: self.state.stage(), to, by_review }
    }

    fn kinds_since(&self, before: &Self) -> Vec<Changed> {
        let (new, old) = (self, before);
        let profile = new.profile.person != old.profile.person || new.respondent_id != old.respondent_id;
        let state =
            new.state != old.state || new.obstacles != old.obstacles || new.skills_answered != old.skills_answered;
        let kinds = [
            (Changed::Profile, profile),
            (Changed::Terms, new.profile.terms != old.profile.terms),
            (Changed::Consent, new.consents != old.consents),
            (Changed::Verification, new.verification != old.verification),
            (Changed::Confirmation, (new.confirm_time, new.confirm_call) != (old.confirm_time, old.confirm_call)),
            (Changed::State, state),
        ];
        kinds.into_iter().filter_map(|(kind, changed)| changed.then_some(kind)).collect()
    }
}
