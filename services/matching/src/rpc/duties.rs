//! The duty roster: who is on call, for which prefectures, and when.

use contract::event::v1::Token;
use contract::matching::v1 as wire;
use contract::matching::v1::Duty;
use kit_log::Origin;
use kit_serve::{Caller, Role};
use kit_vocabulary::prefectures;

use super::Desk;
use super::requests::Receipt;
use crate::domain::check::Check;
use crate::domain::duty::{check_duty, overlap};
use crate::domain::fault::{Fault, Reason as Wrong};
use crate::domain::moment::read;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::events;
use crate::store::{self, DutyFilter};

/// Whether the caller keeps the roster for everybody.
fn keeps_all(caller: &Caller) -> bool {
    [Role::Operator, Role::Portal, Role::Counsellor, Role::Service].into_iter().any(|role| caller.is(role))
}

/// An expert keeps the own duties.
fn may_keep(caller: &Caller, expert: &str) -> Result<(), Error> {
    if keeps_all(caller) || (caller.is(Role::Expert) && caller.owns(expert)) {
        Ok(())
    } else {
        Err(Reason::NotOwn.into())
    }
}

impl Desk {
    pub(super) async fn keep_duty(&self, caller: &Caller, given: wire::SetDutyRequest) -> Result<(Duty, Token), Error> {
        let origin = Origin::of_call(caller, "SetDuty", &given.request_id, &given);
        let (mut check, duty) = (Check::default(), given.duty.unwrap_or_default());
        check_duty(&mut check, &duty, self.log.clock().now());
        check.request_id(&given.request_id);
        check.done()?;
        may_keep(caller, &duty.expert)?;
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                store::is_listed(unit.session(), &duty.expert).await?.ok_or(Reason::ExpertNotFound)?;
                let id = unit.fresh_id();
                let duty = Duty { name: format!("duties/{id}"), ..duty };
                let filter = DutyFilter {
                    prefecture: String::new(),
                    experts: vec![duty.expert.clone()],
                    ends_after: read(duty.start_time.as_ref()).micros(),
                    begins_before: read(duty.end_time.as_ref()).micros(),
                };
                let near = store::duties(unit.session(), &filter).await?;
                if near.iter().any(|other| overlap(other, &duty)) {
                    return Err(vec![Fault::new("duty", Wrong::Overlaps)].into());
                }
                let entered = events::duty(unit, &duty, false);
                store::insert_duty(unit.session(), entered, &id, &duty).await?;
                Ok::<_, Error>(duty)
            })
        });
        let committed = committed.await?;
        Ok((committed.answer, committed.token))
    }

    pub(super) async fn take_duty_back(&self, caller: &Caller, given: wire::RemoveDutyRequest) -> Result<Token, Error> {
        let origin = Origin::of_call(caller, "RemoveDuty", &given.request_id, &given);
        let mut check = Check::default();
        let id = check.id("name", "duties", &given.name);
        check.request_id(&given.request_id);
        check.done()?;
        let (desk, who) = (self.clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let duty = store::duty(unit.session(), &id).await?.ok_or(Reason::DutyNotFound)?;
                may_keep(&who, &duty.expert)?;
                store::remove_duty(unit.session(), &id).await?;
                events::duty(unit, &duty, true);
                desk.look_at_offers(unit, &duty.expert).await?;
                Ok::<_, Error>(Receipt { id })
            })
        });
        Ok(committed.await?.token)
    }

    pub(super) async fn roster(&self, caller: &Caller, given: &wire::ListDutiesRequest) -> Result<Vec<Duty>, Error> {
        let mut check = Check::default();
        let prefecture = check.code("prefecture", prefectures(), &given.prefecture, false);
        let expert = check.opt_name("expert", "experts", &given.expert);
        let from = given.from_time.as_ref().map_or_else(|| self.log.clock().now(), |time| read(Some(time)));
        let until = given.until_time.as_ref().map_or(i64::MAX, |time| read(Some(time)).micros());
        check.done()?;
        let experts = match (expert.is_empty(), keeps_all(caller)) {
            (false, _) => {
                may_keep(caller, &expert)?;
                vec![expert]
            }
            (true, true) => Vec::new(),
            (true, false) => caller.owns.iter().filter(|name| name.starts_with("experts/")).cloned().collect(),
        };
        if experts.is_empty() && !keeps_all(caller) {
            return Err(Reason::NotOwn.into());
        }
        let filter = DutyFilter { prefecture, experts, ends_after: from.micros(), begins_before: until };
        Ok(store::duties(&mut self.log.read_session().await?, &filter).await?)
    }
}
