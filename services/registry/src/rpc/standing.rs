//! How somebody stood at a moment of the past, and the checks that were made.

use contract::registry::v1 as wire;
use contract::registry::v1::RegistrationStanding;
use kit_log::{clock_time, wire_time};
use kit_serve::{Caller, Role};

use super::Register;
use super::ask::own_only;
use crate::domain::check::Check;
use crate::domain::company::any_day;
use crate::domain::fault::Reason;
use crate::domain::standing::{self, Asked, Registration, Step, View};
use crate::domain::{Expert, State};
use crate::error::Error;
use crate::{store, wire as shape};

impl Register {
    pub(super) async fn standing(
        &self,
        caller: &Caller,
        request: &wire::GetStandingRequest,
    ) -> Result<wire::GetStandingResponse, Error> {
        let now = self.now();
        let mut check = Check::default();
        let asked = check.asked(request);
        if asked.is_some_and(|asked| asked.is_to_come(now)) {
            let field = if request.day.is_empty() { "time" } else { "day" };
            check.fault(field, Reason::Future);
        }
        let who = check.who(request);
        check.done()?;
        let expert = self.meant(caller, who).await?;
        if expert.state == State::Erased {
            return Err(Error::ExpertErased);
        }

        let mut session = self.log.read_session().await?;
        // Who asks for others' sake is told that somebody was away, not why.
        let with_words = may_see_all(caller) || caller.owns(&shape::name(&expert.id));
        let history = store::history(&mut session, self.log.keys().as_ref(), &expert.id, with_words).await?;
        let checks = store::checks(&mut session, &expert.id).await?;
        drop(session);
        let steps: Vec<Step> = history.iter().map(store::step).collect();
        let view = if request.as_known_now { View::KnownNow } else { View::Recorded };
        // Checked above; no fault, so something was asked.
        let asked = asked.unwrap_or(Asked::Moment(now));
        let stood = standing::standing(&steps, &checks, asked, view, now);
        Ok(wire::GetStandingResponse {
            listed: stood.listed,
            listed_throughout: stood.listed_throughout,
            state: stood.state.into(),
            registration: registration(stood.registration).into(),
            verification: stood.check.and_then(|place| checks[place].verification.as_ref()).map(shape::verification),
            changes: history.get(stood.steps).unwrap_or_default().to_vec(),
            merged_into: self.show(&expert).await?.merged_into,
            name: shape::name(&expert.id),
        })
    }

    /// The expert of a name or a number. An expert who asks learns nothing of others' numbers.
    async fn meant(&self, caller: &Caller, who: Who) -> Result<Expert, Error> {
        let all = may_see_all(caller) || caller.is(Role::Counsellor);
        match who {
            Who::Id(id) => {
                if !all {
                    own_only(caller, &shape::name(&id))?;
                }
                self.find(&id).await
            }
            Who::Number(number) => {
                let mut session = self.log.read_session().await?;
                let found = store::by_number(&mut session, self.log.keys().as_ref(), &number).await?;
                match found {
                    Some(expert) if all || caller.owns(&shape::name(&expert.id)) => Ok(expert),
                    None if all => Err(Error::NotFound),
                    _ => Err(Error::NotOwn),
                }
            }
        }
    }

    pub(super) async fn verifications(&self, id: &str) -> Result<wire::ListVerificationsResponse, Error> {
        self.find(id).await?;
        let checks = store::checks(&mut self.log.read_session().await?, id).await?;
        let told = |check: &standing::Check| {
            let verification = Some(shape::verification(check.verification.as_ref()?));
            Some(wire::RecordedVerification { verification, record_time: Some(wire_time(check.record_time)) })
        };
        Ok(wire::ListVerificationsResponse { verifications: checks.iter().filter_map(told).collect() })
    }
}

fn may_see_all(caller: &Caller) -> bool {
    caller.is(Role::Operator) || caller.is(Role::Portal)
}

const fn registration(registration: Registration) -> RegistrationStanding {
    match registration {
        Registration::Unverified => RegistrationStanding::Unverified,
        Registration::Valid => RegistrationStanding::Valid,
        Registration::Lapsed => RegistrationStanding::Lapsed,
    }
}

/// Who is meant.
enum Who {
    Id(String),
    Number(String),
}

impl Check {
    fn who(&mut self, request: &wire::GetStandingRequest) -> Who {
        match (request.name.as_str(), request.registration_number.as_str()) {
            ("", "") => {
                self.fault("name", Reason::Required);
                Who::Id(String::new())
            }
            ("", number) => Who::Number(self.number("registration_number", number)),
            (name, "") => Who::Id(self.id("name", "experts", name)),
            (name, number) => {
                self.contradicts("registration_number", "name");
                self.number("registration_number", number);
                Who::Id(self.id("name", "experts", name))
            }
        }
    }

    fn asked(&mut self, request: &wire::GetStandingRequest) -> Option<Asked> {
        match (request.day.as_str(), request.time.as_ref().map(clock_time)) {
            ("", None) => self.fault("day", Reason::Required),
            ("", Some(time)) => return Some(Asked::Moment(time)),
            (text, time) => {
                if time.is_some() {
                    self.contradicts("time", "day");
                }
                let found = any_day(text).map(Asked::Day);
                if found.is_none() {
                    self.fault("day", Reason::BadDate);
                }
                return found;
            }
        }
        None
    }
}
