//! How much experts take, which pairs must not be, and how evenly work is spread.

use contract::event::v1::Token;
use contract::matching::v1 as wire;
use kit_log::{Origin, wire_time};
use kit_serve::{Caller, Role};

use super::Desk;
use super::course::{self, default_capacity};
use super::proposals::Receipt;
use super::reach::{own_expert, reaches_all};
use super::retrieve::{BAR_KINDS, Retrieval};
use crate::domain::batch::spreads;
use crate::domain::candidates::Reason as Why;
use crate::domain::candidates::policy::policies;
use crate::domain::check::Check;
use crate::domain::fault::Reason as Wrong;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::store::{self, Load};
use crate::{events, names};

/// Most cases an expert takes.
const MOST: i64 = 1_000;

/// Whether the caller may say something about an expert.
fn may_speak_of(caller: &Caller, expert: &str) -> Result<(), Error> {
    let own = caller.is(Role::Expert) && caller.owns(expert);
    if reaches_all(caller) || caller.is(Role::Counsellor) || own { Ok(()) } else { Err(Reason::NotOwn.into()) }
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl Desk {
    pub(super) async fn set_capacity_of(
        &self,
        caller: Caller,
        body: wire::SetCapacityRequest,
    ) -> Result<(wire::Capacity, Token), Error> {
        let mut check = Check::default();
        let origin = Origin::of_call(&caller, "SetCapacity", &body.request_id, &body);
        check.request_id(&body.request_id);
        check.needed("capacity", body.capacity.is_none());
        let given = body.capacity.unwrap_or_default();
        let mut inner = Check::default();
        inner.name("expert", "experts", &given.expert);
        inner.programme(&self.settings, &given.programme);
        inner.between("capacity", i64::from(given.capacity), (0, MOST));
        check.within("capacity", &mut inner);
        check.done()?;
        may_speak_of(&caller, &given.expert)?;
        let default = default_capacity(&self.settings, &given.programme);
        let (expert, programme) = (given.expert.clone(), given.programme.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let wire::Capacity { expert, programme, capacity, .. } = given;
                if store::set_capacity(unit.session(), &programme, &expert, capacity).await? {
                    let taken = taken(unit.session(), &programme, &expert).await?;
                    events::capacity(unit, wire::Capacity { expert, programme, capacity, taken });
                    store::seek_anew(unit.session()).await?;
                }
                Ok::<_, Error>(Receipt::default())
            })
        });
        let token = committed.await?.token;
        let loads = store::loads(&mut self.log.read_session().await?, &programme, &expert, "").await?;
        let load = loads.get(&expert).copied().unwrap_or_default();
        Ok((capacity(&expert, &programme, load, default), token))
    }

    pub(super) async fn capacities(
        &self,
        body: &wire::ListCapacitiesRequest,
    ) -> Result<wire::ListCapacitiesResponse, Error> {
        let mut check = Check::default();
        check.programme(&self.settings, &body.programme);
        check.done()?;
        let default = default_capacity(&self.settings, &body.programme);
        let loads = store::loads(&mut self.log.read_session().await?, &body.programme, "", "").await?;
        let some = loads.iter().filter(|(_, load)| load.capacity.is_some() || load.taken() > 0);
        let capacities = some.map(|(expert, load)| capacity(expert, &body.programme, *load, default));
        Ok(wire::ListCapacitiesResponse {
            capacities: capacities.take(10_000).collect(),
            default_capacity: number(default),
        })
    }

    pub(super) async fn bar_pair_of(
        &self,
        caller: Caller,
        body: wire::BarPairRequest,
    ) -> Result<(wire::Bar, Token), Error> {
        let mut check = Check::default();
        let origin = Origin::of_call(&caller, "BarPair", &body.request_id, &body);
        check.request_id(&body.request_id);
        check.needed("bar", body.bar.is_none());
        let given = body.bar.unwrap_or_default();
        let mut inner = Check::default();
        inner.name("expert", "experts", &given.expert);
        inner.name("company", "companies", &given.company);
        if !BAR_KINDS.contains(&given.kind.as_str()) {
            inner.fault("kind", if given.kind.is_empty() { Wrong::Required } else { Wrong::UnknownCode });
        }
        check.within("bar", &mut inner);
        check.done()?;
        may_speak_of(&caller, &given.expert)?;
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                if let Some(same) = store::same_bar(unit.session(), &given).await? {
                    return Ok(Receipt { id: same.name });
                }
                let id = unit.fresh_id();
                let (name, actor) = (names::bar(&id), unit.actor().to_owned());
                let create_time = Some(wire_time(unit.now()));
                let bar = wire::Bar { name: name.clone(), actor, create_time, ..given };
                let entered = events::bar(unit, &bar, false);
                store::insert_bar(unit.session(), &bar, &id, entered).await?;
                for of in store::persons(unit.session()).await?.led_to(&bar.expert) {
                    for mut proposal in store::proposals_out_to(unit.session(), keys, of).await? {
                        if proposal.company() == bar.company {
                            course::take_back(unit, keys, &mut proposal, "BARRED").await?;
                        }
                    }
                }
                Ok::<_, Error>(Receipt { id: name })
            })
        });
        let committed = committed.await?;
        let id = committed.answer.id.strip_prefix("bars/").unwrap_or_default();
        let bar = store::bar(&mut self.log.read_session().await?, id).await?;
        Ok((bar.ok_or(Reason::BarNotFound)?, committed.token))
    }

    pub(super) async fn unbar(&self, caller: Caller, body: wire::UnbarPairRequest) -> Result<Token, Error> {
        let mut check = Check::default();
        let origin = Origin::of_call(&caller, "UnbarPair", &body.request_id, &body);
        check.request_id(&body.request_id);
        let id = check.id("name", "bars", &body.name);
        check.done()?;
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let bar = store::bar(unit.session(), &id).await?.ok_or(Reason::BarNotFound)?;
                events::bar(unit, &bar, true);
                store::delete_bar(unit.session(), &id).await?;
                store::seek_anew(unit.session()).await?;
                Ok::<_, Error>(Receipt { id })
            })
        });
        Ok(committed.await?.token)
    }

    pub(super) async fn bars_for(
        &self,
        (caller, all): (&Caller, &Caller),
        body: &wire::ListBarsRequest,
    ) -> Result<Vec<wire::Bar>, Error> {
        let mut check = Check::default();
        let mut expert = check.opt_name("expert", "experts", &body.expert);
        let company = check.opt_name("company", "companies", &body.company);
        check.done()?;
        if !reaches_all(caller) && !caller.is(Role::Counsellor) {
            expert = own_expert((caller, all), &expert)?;
        }
        let mut session = self.log.read_session().await?;
        let mut bars = Vec::new();
        for name in store::names_of(&mut session, &expert).await? {
            bars.extend(store::bars(&mut session, &name, &company).await?);
        }
        Ok(bars)
    }

    pub(super) async fn fairness_of(
        &self,
        body: &wire::GetFairnessRequest,
    ) -> Result<wire::GetFairnessResponse, Error> {
        let mut check = Check::default();
        check.programme(&self.settings, &body.programme);
        check.done()?;
        let everybody = Retrieval::new(self).names().await?;
        let loads = store::loads(&mut self.log.read_session().await?, &body.programme, "", "").await?;
        let share = |name: &String| {
            let load = loads.get(name).copied().unwrap_or_default();
            // Without the programme there is nothing but what other programmes brought: introductions begin from none.
            let before = (0, load.elsewhere);
            (before, (load.introductions, load.elsewhere.saturating_add(load.taken())))
        };
        let (before, after): (Vec<_>, Vec<_>) = everybody.iter().map(share).unzip();
        Ok(wire::GetFairnessResponse { before: spreads(before.iter()), after: spreads(after.iter()) })
    }

    pub(super) fn policies(&self) -> Vec<wire::WeightPolicy> {
        let mut all: Vec<_> = policies().iter().collect();
        all.sort_by_key(|policy| policy.id());
        let points = |reason: &Why, most: i64| {
            let words = reason.words();
            wire::Points { reason: reason.code().to_owned(), points: most, ja: words.ja, en: words.en }
        };
        let told = |policy: &crate::domain::candidates::Policy| wire::WeightPolicy {
            id: policy.id().to_owned(),
            label: Some(contract::survey::v1::Label { ja: policy.title().ja.clone(), en: policy.title().en.clone() }),
            points: Why::ALL.iter().map(|reason| points(reason, policy.weight(*reason))).collect(),
            is_default: policy.id() == self.settings.policy,
        };
        all.into_iter().map(told).collect()
    }
}

fn capacity(expert: &str, programme: &str, load: Load, default: u32) -> wire::Capacity {
    wire::Capacity {
        expert: expert.to_owned(),
        programme: programme.to_owned(),
        capacity: number(load.capacity.unwrap_or(default)),
        taken: number(load.taken()),
    }
}

async fn taken(session: &mut kit_log::sql::Session, programme: &str, expert: &str) -> Result<i32, Error> {
    let loads = store::loads(session, programme, expert, "").await?;
    Ok(loads.get(expert).map_or(0, |load| number(load.taken())))
}
