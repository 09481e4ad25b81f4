//! What every command about an event ends with: told, stored, with its steps; and the timetable solved again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contract::matching::v1::{Seat, Timetable};
use kit_log::sql::Session;
use kit_log::{KeyStore, Unit};

use crate::domain::candidates::{Facts, Policy};
use crate::domain::event::application::Application;
use crate::domain::event::seats::{self, Apart, Fit, Given, NoSeats, Seated};
use crate::domain::event::{ConsultationEvent, fit};
use crate::domain::moment::{Change, Moment, wire};
use crate::error::Error;
use crate::events::consultation_events as tell;
use crate::names;
use crate::store::{self, Kept, Keys, Steps};

/// What is known of experts, by `experts/<id>`.
pub(super) type Known = BTreeMap<String, Facts>;

/// What several changes did together.
pub(super) fn together(changes: impl IntoIterator<Item = Change>) -> Change {
    let mut all = Change::default();
    for change in changes {
        let new = change.kinds.into_iter().filter(|kind| !all.kinds.contains(kind)).collect::<Vec<_>>();
        all.kinds.extend(new);
        all.steps.extend(change.steps);
    }
    all
}

/// Tells and stores an event after a change.
pub(super) async fn keep_event(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    event: &ConsultationEvent,
    change: Change,
) -> Result<(), Error> {
    if change.kinds.is_empty() {
        return Ok(());
    }
    let position = tell::event(unit, event, &change.kinds);
    if change.kinds.contains(&"entered") {
        store::insert_event(unit.session(), position, event).await?;
    } else {
        store::save_event(unit.session(), event).await?;
    }
    let key = names::event_key(event.id());
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let steps = Steps { subject: &event.name(), key: &key, steps: &change.steps };
    Ok(store::record(unit.session(), &sealing, &[steps]).await?)
}

/// Tells and stores an application after a change. Who applies anew goes to the end of the queue.
pub(super) async fn keep_application(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    application: &Application,
    change: Change,
) -> Result<(), Error> {
    if change.kinds.is_empty() {
        return Ok(());
    }
    let key = names::key_of(application.facts.company.as_ref());
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let position = tell::application(unit, application, &change.kinds);
    if change.kinds.contains(&"entered") {
        store::insert_application(unit.session(), &sealing, position, application).await?;
    } else {
        let anew = change.steps.iter().any(|step| step.cause == "APPLIED");
        store::save_application(unit.session(), &sealing, anew.then_some(position), application).await?;
    }
    let steps = Steps { subject: &application.name(), key: &key, steps: &change.steps };
    Ok(store::record(unit.session(), &sealing, &[steps]).await?)
}

/// What a timetable is to be made from, read in a command or beside it.
pub(super) struct Matter {
    pub(super) applications: Vec<Application>,
    pub(super) kept: Option<Kept>,
    pub(super) apart: Apart,
}

impl Matter {
    pub(super) async fn read(
        session: &mut Session,
        keys: &dyn KeyStore,
        event: &ConsultationEvent,
    ) -> Result<Self, Error> {
        let applications = store::applications(session, keys, event.id()).await?;
        let kept = store::timetable(session, event.id()).await?;
        let seats = kept.as_ref().map_or(&[][..], |kept: &Kept| &kept.timetable.seats);
        let apart = apart(session, event, &applications, seats).await?;
        Ok(Self { applications, kept, apart })
    }

    /// How well those fit who were judged before, with what is known now of the rest.
    pub(super) fn judged(&self, event: &ConsultationEvent, policy: &Policy, known: &Known, anew: bool) -> Fit {
        let before = self.kept.as_ref().filter(|_| !anew).map(|kept| &kept.fit);
        let mut fit = Fit::new();
        let plan = event.plan();
        for application in self.applications.iter().filter(|one| one.facts.consultation) {
            for present in &plan.experts {
                let pair = (application.facts.application_id.clone(), present.expert.clone());
                let judged = || Some(fit::points(&application.facts, known.get(&present.expert)?, policy));
                if let Some(points) = before.and_then(|fit| fit.get(&pair)).copied().or_else(judged) {
                    fit.insert(pair, points);
                }
            }
        }
        fit
    }

    /// Whether somebody is to be seated who was not judged yet.
    pub(super) fn has_strangers(&self, event: &ConsultationEvent) -> bool {
        let Some(kept) = &self.kept else { return false };
        let plan = event.plan();
        self.applications.iter().filter(|one| one.stands() && one.facts.consultation).any(|one| {
            let id = &one.facts.application_id;
            plan.experts.iter().any(|present| !kept.fit.contains_key(&(id.clone(), present.expert.clone())))
        })
    }
}

/// Applications and experts that must not meet: who is barred, by whatever name the company or the expert goes; and everybody, for a second
/// application of a company that the register made one with another since. The one that is seated keeps its seat.
async fn apart(
    session: &mut Session,
    event: &ConsultationEvent,
    all: &[Application],
    seats: &[Seat],
) -> Result<Apart, Error> {
    let merged = store::merged_companies(session).await?;
    let persons = store::persons(session).await?;
    let plan = event.plan();
    let mut apart = Apart::new();
    for present in &plan.experts {
        for name in persons.names(&present.expert) {
            for bar in store::bars(session, &name, "").await? {
                let company = one_that_is(&merged, &bar.company);
                let of_it = all.iter().filter(|one| one_that_is(&merged, one.company()) == company);
                apart.extend(of_it.map(|one| (one.facts.application_id.clone(), present.expert.clone())));
            }
        }
    }
    let mut standing: Vec<&Application> = all.iter().filter(|one| one.stands() && one.facts.consultation).collect();
    standing.sort_by_key(|one| seats.iter().all(|seat| seat.application != one.name()));
    let mut seen = BTreeSet::new();
    for one in standing {
        if seen.insert(one_that_is(&merged, one.company())) {
            continue;
        }
        let id = &one.facts.application_id;
        apart.extend(plan.experts.iter().map(|present| (id.clone(), present.expert.clone())));
    }
    Ok(apart)
}

/// The company that a company is, as far as the register told of merges.
fn one_that_is<'m>(merged: &'m HashMap<String, String>, company: &'m str) -> &'m str {
    let next = |name: &&'m str| merged.get(*name).map(String::as_str);
    // No chain is longer than there are merges, also where the register were to tell of a circle.
    std::iter::successors(Some(company), next).take(merged.len() + 1).last().unwrap_or(company)
}

/// How a timetable is to be solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// The best one.
    Best {
        /// Who wants a consultation must get one.
        everybody: bool,
    },
    /// With as few changes as possible.
    Calm,
}

/// Solves on a thread of its own: the solver may take a while, and everybody else goes on.
pub(super) async fn solve(
    event: &ConsultationEvent,
    matter: Matter,
    fit: Fit,
    how: How,
    now: kit_clock::Timestamp,
) -> Result<(Seated, Fit), Error> {
    let plan = event.plan();
    let Matter { applications, kept, apart } = matter;
    let told = kept.map(|kept| kept.timetable.seats).unwrap_or_default();
    let solving = tokio::task::spawn_blocking(move || {
        let given = Given { plan: &plan, applications: &applications, fit: &fit, apart: &apart, now };
        let seated = match how {
            How::Best { everybody } => seats::make(given, &told, everybody),
            How::Calm => seats::resolve(given, &told),
        };
        seated.map(|seated| (seated, fit))
    });
    let solved = solving.await.map_err(|error| kit_log::Error::Internal(format!("solving a timetable: {error}")))?;
    solved.map_err(|none| match none {
        NoSeats::Infeasible(refused) => refused.into(),
        NoSeats::Broken(why) => kit_log::Error::Internal(format!("a timetable of {}: {why}", event.id())).into(),
    })
}

/// Stores and tells a timetable that is another one; what it changed of the event.
pub(super) async fn keep_timetable(
    unit: &mut Unit,
    event: &mut ConsultationEvent,
    kept: Option<Kept>,
    (seated, fit, policy): (Seated, Fit, &str),
    at: &Moment<'_>,
) -> Result<Change, Error> {
    let known = kept.as_ref().map(|kept| &kept.timetable);
    let Some(next) = seats::next(known, &event.name(), seated, policy) else { return Ok(Change::default()) };
    let before = next.changes.iter().filter_map(|change| change.before.clone());
    let mut gone = kept.map(|kept| kept.gone).unwrap_or_default();
    for seat in before {
        gone.retain(|known| (&known.application, &known.expert) != (&seat.application, &seat.expert));
        gone.push(seat);
    }
    let timetable = Timetable { make_time: Some(wire(at.now)), ..next };
    tell::timetable(unit, event.id(), &timetable, false);
    let revision = timetable.revision;
    store::save_timetable(unit.session(), event.id(), &Kept { timetable, fit, gone }).await?;
    Ok(event.timetabled(revision, at))
}

/// Solves the timetable again, if there is one, with as few changes as possible; what it changed of the event.
pub(super) async fn solve_again(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    event: &mut ConsultationEvent,
    known: &Known,
    at: &Moment<'_>,
) -> Result<Change, Error> {
    let matter = Matter::read(unit.session(), keys, event).await?;
    let Some(kept) = matter.kept.clone() else { return Ok(Change::default()) };
    let policy = kept.timetable.policy.clone();
    let fit = matter.judged(event, Policy::named(&policy).unwrap_or_default(), known, false);
    let (seated, fit) = solve(event, matter, fit, How::Calm, at.now).await?;
    keep_timetable(unit, event, Some(kept), (seated, fit, &policy), at).await
}

/// Counts the applications that stand; what it changed of the event.
pub(super) async fn count(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    event: &mut ConsultationEvent,
    at: &Moment<'_>,
) -> Result<Change, Error> {
    let applications = store::applications(unit.session(), keys, event.id()).await?;
    Ok(event.count(applications.iter().filter(|one| one.stands()).count(), at))
}
