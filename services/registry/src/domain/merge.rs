//! What becomes of an entry when people decide in the survey that two are one, or whose a number is.

use contract::registry::v1::ConsentPurpose;
use kit_clock::Timestamp;

use super::expert::{Consent, ConsentSource, Expert};
use super::response::Response;
use super::state::{Delisting, Pause, State, Transition, cause};

/// What a person has asked for at an entry, and an operator decided, that a merge must not undo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    withdrawn: Vec<(ConsentPurpose, Consent)>,
    paused: bool,
    struck_off: bool,
}

impl Limits {
    /// Those of an entry.
    pub fn of(expert: &Expert) -> Self {
        let withdrawn =
            |(_, consent): &(&ConsentPurpose, &Consent)| !consent.given && consent.source == ConsentSource::Call;
        let withdrawn = expert.consents.iter().filter(withdrawn);
        Self {
            withdrawn: withdrawn.map(|(purpose, consent)| (*purpose, consent.clone())).collect(),
            paused: expert.state == State::Paused(Pause::Requested),
            struck_off: expert.state == State::Delisted(Delisting::StruckOff),
        }
    }
}

impl Expert {
    /// Whether the person is found under another entry now.
    pub const fn is_merged(&self) -> bool {
        !self.merged_into.is_empty()
    }

    /// Takes over what was asked for at an entry whose person turned out to be this one. A consent that was given by a call
    /// later than it was withdrawn there stays given.
    pub(super) fn take_limits(&mut self, limits: Limits, steps: &mut Vec<Transition>) {
        let Limits { withdrawn, paused, struck_off } = limits;
        for (purpose, withdrawal) in withdrawn {
            let stands = self.consents.get(&purpose);
            let given = stands.is_some_and(|consent| consent.given);
            let later = |consent: &Consent| consent.source == ConsentSource::Call && consent.time >= withdrawal.time;
            if stands.is_some_and(later) {
                continue;
            }
            self.consents.insert(purpose, withdrawal);
            let listing = purpose == ConsentPurpose::Listing && given;
            if listing && matches!(self.state, State::Draft | State::Listed | State::Paused(_)) {
                let to = State::Delisted(Delisting::ConsentWithdrawn);
                self.step(to, cause::CONSENT_WITHDRAWN, String::new(), steps);
            }
        }
        if struck_off && self.state != State::Delisted(Delisting::StruckOff) && self.state != State::Erased {
            self.step(State::Delisted(Delisting::StruckOff), cause::STRUCK_OFF, String::new(), steps);
        }
        if paused {
            match self.state {
                State::Draft | State::Listed => {
                    self.step(State::Paused(Pause::Requested), cause::PAUSE_REQUESTED, String::new(), steps);
                }
                State::Paused(_) => self.state = State::Paused(Pause::Requested),
                State::Delisted(_) | State::Erased => {}
            }
        }
    }

    /// Somebody else took the number over: what was checked was somebody else's registration.
    pub(super) fn lose_number(&mut self) {
        self.number_lost = true;
        self.verification = None;
        self.profile.person.registration_number.clear();
    }

    /// Whether a response takes the place of the one before: a later one does, and any that a decision of staff made the
    /// counting one since.
    pub(super) fn gives_way_to(&mut self, response: &Response) -> bool {
        if self.respondent_id != response.respondent_id {
            self.revision = 0;
        }
        let decided = response.revision.cmp(&self.revision);
        self.revision = self.revision.max(response.revision);
        let Some((name, time)) = self.response.clone() else { return true };
        if name == response.name || decided.is_lt() || (decided.is_eq() && time > response.submit_time) {
            return false;
        }
        if decided.is_gt() {
            self.forget_answers_of(time);
        }
        true
    }

    /// What only a response said that may turn out to be somebody else's: the consents it gave, and that it confirmed.
    fn forget_answers_of(&mut self, time: Timestamp) {
        self.consents.retain(|_, consent| consent.source == ConsentSource::Call);
        if self.confirm_time == Some(time) {
            self.confirm_time = self.confirm_call;
        }
    }
}
