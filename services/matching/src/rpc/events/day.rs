//! The day itself: who came, who did not, who walked in, which expert fell ill; and the rest solved again at once.

use std::collections::BTreeSet;

use contract::matching::v1 as wire;
use contract::matching::v1::{ApplicationState, ConsultationEventState as State};
use kit_log::{KeyStore, Unit};
use kit_serve::Caller;

use super::apply::{known_request, names_of};
use super::ask::{PEOPLE, wish};
use super::keep::{count, keep_application, keep_event, solve_again, together};
use super::look::handles;
use super::timetable::application_id;
use super::{By, Receipt};
use crate::domain::check::Check;
use crate::domain::event::application::{Application, Company, Wish};
use crate::domain::event::{ConsultationEvent, event_state, starts};
use crate::domain::fault::Reason as Wrong;
use crate::domain::moment::{Change, Moment};
use crate::domain::refused::{Reason, Refused};
use crate::error::Error;
use crate::rpc::Desk;
use crate::rpc::requests::moment;
use crate::store;

/// Most entries of each kind in one call.
const MOST: usize = 1_000;

/// Somebody who came without having applied.
struct WalkIn {
    company: Company,
    wish: Wish,
}

/// What happened, in its normal form.
struct Happened {
    came: Vec<(String, i32)>,
    absent: Vec<String>,
    absent_experts: Vec<String>,
    walk_ins: Vec<WalkIn>,
}

impl Desk {
    pub(super) async fn record_event_day(
        &self,
        By { caller, origin }: By,
        given: wire::RecordDayRequest,
    ) -> Result<wire::RecordDayResponse, Error> {
        let now = self.log.clock().now();
        let mut check = Check::default();
        check.request_id(&given.request_id);
        let id = check.id("event", "consultationEvents", &given.event);
        if id.is_empty() {
            return Err(check.0.faults.into());
        }
        let event = self.event_of(&id).await?;
        handles(&caller, &event)?;
        is_the_day(&event, now)?;
        let happened = self.happened(&mut check, &caller, &event, &given).await?;
        {
            let mut session = self.log.read_session().await?;
            let known = store::applications(&mut session, self.log.keys().as_ref(), &id).await?;
            possible(&mut check, &event, &known, &happened);
        }
        check.done()?;
        let walk_ins = !happened.walk_ins.is_empty() && event.facts.timetable_revision > 0;
        let known = if walk_ins { self.judges_now(&event.plan()).await? } else { self.judges_of(&event, None).await? };
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut event = store::event(unit.session(), &id).await?.ok_or(Reason::EventNotFound)?;
                handles(&caller, &event)?;
                let actor = unit.actor().to_owned();
                let at = moment(unit, &actor, "");
                is_the_day(&event, at.now)?;
                let is_over = event.state_at(at.now) == State::Over;
                if is_over && !happened.absent_experts.is_empty() {
                    return Err(Refused::illegal(&event_state(State::Over), "expert_absent").into());
                }
                let applications = store::applications(unit.session(), keys, &id).await?;
                let mut check = Check::default();
                possible(&mut check, &event, &applications, &happened);
                check.done()?;
                let stays_away = mark_absent(&mut event, &happened.absent_experts, &at);
                let walk_ins = mark(unit, keys, (&event, applications), happened, &at).await?;
                let counted = count(unit, keys, &mut event, &at).await?;
                // The final seats are told: what is recorded later says who came, and moves nobody any more.
                let solved = match is_over {
                    true => Change::default(),
                    false => solve_again(unit, keys, &mut event, &known, &at).await?,
                };
                keep_event(unit, keys, &event, together([stays_away, counted, solved])).await?;
                Ok::<_, Error>(Receipt { id, walk_ins, ..Receipt::default() })
            })
        });
        let committed = committed.await?;
        let mut session = self.log.read_session().await?;
        let kept = store::timetable(&mut session, &committed.answer.id).await?;
        Ok(wire::RecordDayResponse {
            timetable: kept.map(|kept| kept.timetable),
            walk_ins: committed.answer.walk_ins,
            token: Some(committed.token),
        })
    }

    /// What happened, as far as it can be said without the applications; asks the register for who walked in.
    async fn happened(
        &self,
        check: &mut Check,
        caller: &Caller,
        event: &ConsultationEvent,
        given: &wire::RecordDayRequest,
    ) -> Result<Happened, Error> {
        for (field, count) in
            [("came", given.came.len()), ("absent", given.absent.len()), ("walk_ins", given.walk_ins.len())]
        {
            check.at_most(field, count, MOST);
        }
        let mut said = BTreeSet::new();
        for (at, came) in given.came.iter().enumerate().take(MOST) {
            let field = format!("came[{at}].application");
            check.id(&field, "applications", &came.application);
            check.between(&format!("came[{at}].people"), i64::from(came.people), (1, PEOPLE));
            if !said.insert(&came.application) {
                check.fault(&field, Wrong::Repeated);
            }
        }
        for (at, name) in given.absent.iter().enumerate().take(MOST) {
            let field = format!("absent[{at}]");
            check.id(&field, "applications", name);
            if !said.insert(name) {
                check.fault(&field, Wrong::Repeated);
            }
        }
        let absent_experts =
            check.names("absent_experts", "experts", &given.absent_experts, crate::domain::event::plan::EXPERTS);
        let mut walk_ins: Vec<WalkIn> = Vec::new();
        for (at, walk_in) in given.walk_ins.iter().enumerate().take(MOST) {
            let place = format!("walk_ins[{at}]");
            let walk_in = self.walked_in(check, caller, event, (&place, walk_in)).await?;
            let Some(walk_in) = walk_in else { continue };
            if walk_ins.iter().any(|one| one.company.snapshot == walk_in.company.snapshot) {
                check.fault(&format!("{place}.company"), Wrong::Repeated);
            }
            walk_ins.push(walk_in);
        }
        Ok(Happened {
            came: given.came.iter().map(|came| (came.application.clone(), came.people)).collect(),
            absent: given.absent.clone(),
            absent_experts,
            walk_ins,
        })
    }

    async fn walked_in(
        &self,
        check: &mut Check,
        caller: &Caller,
        event: &ConsultationEvent,
        (place, given): (&str, &wire::ApplyRequest),
    ) -> Result<Option<WalkIn>, Error> {
        let mut own = Check::default();
        if !given.event.is_empty() && given.event != event.name() {
            own.fault("event", Wrong::NotHere);
        }
        let name = own.name("company", "companies", &given.company);
        let wish = wish(&mut own, caller, given, Some(event.plan().rounds.len()))?;
        let nameless = own.faults.iter().any(|fault| fault.field == "company");
        let mut company = None;
        if !nameless {
            match self.brought_company(&name).await {
                Ok(known) => company = Some(known),
                Err(Error::Refused(refused)) if refused.reason == Reason::CompanyNotFound => {
                    own.fault("company", Wrong::UnknownCompany);
                }
                Err(Error::Refused(refused)) if refused.reason == Reason::CompanyErased => {
                    own.fault("company", Wrong::ErasedCompany);
                }
                Err(other) => return Err(other),
            }
        }
        check.within(place, &mut own);
        Ok(company.map(|company| WalkIn { company, wish }))
    }
}

/// Whether the day has come, and the event takes place.
fn is_the_day(event: &ConsultationEvent, now: kit_clock::Timestamp) -> Result<(), Error> {
    if event.facts.state() == State::Cancelled {
        return Err(Refused::illegal(&event_state(State::Cancelled), "recorded").into());
    }
    let day = starts(&event.plan()).japan_day();
    if now < day.start() {
        let day: String = day.start().to_string().chars().take(10).collect();
        return Err(Refused::new(Reason::BeforeTheDay).with("day", day).into());
    }
    Ok(())
}

/// Notes what cannot have happened, given who applied and who is present.
fn possible(check: &mut Check, event: &ConsultationEvent, known: &[Application], happened: &Happened) {
    let find = |name: &str| {
        let id = application_id(name)?;
        known.iter().find(|one| one.facts.application_id == id)
    };
    for (at, (name, _)) in happened.came.iter().enumerate() {
        if application_id(name).is_some() && find(name).is_none() {
            check.fault(&format!("came[{at}].application"), Wrong::NotInEvent);
        }
    }
    let nobody = Moment { now: kit_clock::Timestamp::from_micros(0), actor: "", words: "" };
    for (at, name) in happened.absent.iter().enumerate() {
        match find(name) {
            None if application_id(name).is_some() => check.fault(&format!("absent[{at}]"), Wrong::NotInEvent),
            None => {}
            Some(one) => {
                if let Err(wrong) = one.clone().stay_away(&nobody) {
                    check.fault(&format!("absent[{at}]"), wrong);
                }
            }
        }
    }
    let plan = event.plan();
    for (at, expert) in happened.absent_experts.iter().enumerate() {
        if plan.experts.iter().all(|present| present.expert != *expert) {
            check.fault(&format!("absent_experts[{at}]"), Wrong::NotPresent);
        }
    }
}

/// Notes in the plan who cannot go on.
fn mark_absent(event: &mut ConsultationEvent, experts: &[String], at: &Moment<'_>) -> Change {
    let mut plan = event.plan();
    for present in plan.experts.iter_mut().filter(|present| experts.contains(&present.expert)) {
        present.absent = true;
    }
    event.replan(plan, at)
}

/// What is wrong with one who walked in, with its place.
fn at_place(error: Error, place: usize) -> Error {
    match error {
        Error::Invalid(faults) => {
            Error::Invalid(faults.into_iter().map(|fault| fault.within(&format!("walk_ins[{place}]"))).collect())
        }
        other => other,
    }
}

/// Marks who came and who did not; answers the applications of those who walked in.
async fn mark(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    (event, mut applications): (&ConsultationEvent, Vec<Application>),
    happened: Happened,
    at: &Moment<'_>,
) -> Result<Vec<String>, Error> {
    for name in &happened.absent {
        if let Some(one) = applications.iter_mut().find(|one| one.name() == *name) {
            let change = one.stay_away(at).unwrap_or_default();
            keep_application(unit, keys, one, change).await?;
        }
    }
    for (name, people) in &happened.came {
        if let Some(one) = applications.iter_mut().find(|one| one.name() == *name) {
            let change = one.came(*people, at);
            keep_application(unit, keys, one, change).await?;
        }
    }
    let mut names = Vec::new();
    for (place, WalkIn { company, wish }) in happened.walk_ins.into_iter().enumerate() {
        let aliases = names_of(unit.session(), &company.snapshot.company).await?;
        let told = known_request(unit.session(), keys, &wish.request, &aliases).await;
        told.map_err(|error| at_place(error, place))?;
        let known = applications.iter_mut().find(|one| aliases.iter().any(|alias| alias == one.company()));
        if let Some(known) = known {
            // Who had applied is no walk-in; the same told twice in one call would contradict itself.
            if happened.absent.contains(&known.name()) || happened.came.iter().any(|(name, _)| *name == known.name()) {
                return Err(super::ask::only(&format!("walk_ins[{place}].company"), Wrong::Repeated));
            }
            let people = wish.people;
            let put = match known.facts.state() {
                ApplicationState::Applied => known.again(wish, at).map_err(|again| at_place(again.into(), place))?,
                _ => Change::default(),
            };
            let came = known.came(people, at);
            keep_application(unit, keys, known, together([put, came])).await?;
            names.push(known.name());
        } else {
            let (new, change) = Application::walk_in(&unit.fresh_id(), event, company, wish, at);
            keep_application(unit, keys, &new, change).await?;
            names.push(new.name());
        }
    }
    Ok(names)
}
