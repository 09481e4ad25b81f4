//! Bringing a policy into force: everybody is rated by it beside the one in force, a page of people in a command, and when
//! nobody is left it is in force for all in one step.
//!
//! How far it came is stored with each page, so a job that is killed goes on where it was, and replicas that work on the same
//! one take turns at its pages. What is handed in meanwhile is rated by both policies in its own command, so nobody who was
//! passed already falls behind.

use std::time::Duration;

use contract::survey::v1::ActivationState;
use kit_log::{Committed, Unit};

use super::super::Survey;
use super::super::person::stored_skills;
use super::super::rules::{Rules, scoring};
use super::audit::audits;
use super::parts::changed;
use crate::Error;
use crate::events::{self, EncodedRating};
use crate::store::{self, Activation, Rateable, Scoring, StoredRating};

/// How a replica works on an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// People in a command: others wait for their turn at the writer no longer than a page takes.
    pub people: i64,
    /// What is waited between two pages.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { people: 500, pause: Duration::ZERO }
    }
}

/// What came of a look at the activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing is to be done now.
    Nothing,
    /// A step was done, and there may be another.
    Done,
}

/// How many people a command rated.
#[derive(Clone, PartialEq, prost::Message)]
struct Page {
    #[prost(int64, tag = "1")]
    people: i64,
}

/// Whether a policy came into force.
#[derive(Clone, PartialEq, prost::Message)]
struct InForce {
    #[prost(bool, tag = "1")]
    yes: bool,
}

impl Survey {
    /// Does one step of what is due: begins, rates a page of people, or puts the policy in force.
    pub(crate) async fn carry_on(&self, pace: Pace) -> Result<Step, Error> {
        let pending = store::pending_activation(&mut self.log.read_session().await?).await?;
        let Some(pending) = pending else { return Ok(Step::Nothing) };
        if pending.state == ActivationState::Planned {
            if pending.day > self.log.clock().now().japan_day().number() {
                return Ok(Step::Nothing);
            }
            self.command(|unit| Box::pin(begin_due(unit))).await?;
            return Ok(Step::Done);
        }
        let survey = self.clone();
        let page = self.command(move |unit| Box::pin(rate_page(unit, survey, pace.people))).await?;
        if page.people == 0 {
            self.finish(pending).await?;
        }
        Ok(Step::Done)
    }

    async fn command<T, W>(&self, work: W) -> Result<T, Error>
    where
        T: prost::Message + Default + 'static,
        W: for<'u> FnOnce(&'u mut Unit) -> futures::future::BoxFuture<'u, Result<T, Error>> + Send + 'static,
    {
        let Committed { answer, .. } = self.log.writer().run(self.by_itself(), work).await?;
        Ok(answer)
    }

    /// Looks whether really nobody is left, which takes a reading of everybody and so happens outside of the writer's turn;
    /// then the policy is in force.
    async fn finish(&self, pending: Activation) -> Result<(), Error> {
        let mut session = self.log.read_session().await?;
        let now = store::pending_activation(&mut session).await?;
        if now.is_none_or(|now| now.id != pending.id) {
            // Cancelled, or in force by another replica.
            return Ok(());
        }
        let left = store::unrated(&mut session, &pending.policy).await?;
        drop(session);
        if !left.is_empty() {
            tracing::error!(people = left.len(), policy = pending.policy, "passed over, and rated now");
            let survey = self.clone();
            self.command(move |unit| Box::pin(rate_these(unit, survey, left))).await?;
            return Ok(());
        }
        // Counted before the turn as well; another replica may have gone on since, and then it is counted again.
        let rated = store::count_up_to(&mut self.log.read_session().await?, &pending.reached).await?.0;
        let counted = Activation { rated, ..pending.clone() };
        let done = self.command(move |unit| Box::pin(put_in_force(unit, counted))).await?;
        if done.yes {
            tracing::info!(policy = pending.policy, activation = pending.id, "in force");
        }
        Ok(())
    }
}

/// The activation that people are being rated for; `None` when it is over.
async fn under_way(unit: &mut Unit) -> Result<Option<Activation>, Error> {
    let pending = store::pending_activation(unit.session()).await?;
    Ok(pending.filter(|activation| activation.state == ActivationState::Rating))
}

async fn begin_due(unit: &mut Unit) -> Result<Page, Error> {
    let Some(mut activation) = store::pending_activation(unit.session()).await? else { return Ok(Page::default()) };
    // It may be another one than was seen before this command's turn.
    if activation.state == ActivationState::Planned && activation.day <= unit.now().japan_day().number() {
        begin(unit, &mut activation).await?;
        store::put_activation(unit.session(), &activation).await?;
    }
    Ok(Page::default())
}

/// From now on whatever is handed in is rated by both.
pub(super) async fn begin(unit: &mut Unit, activation: &mut Activation) -> Result<(), Error> {
    activation.state = ActivationState::Rating;
    activation.begin_time = unit.now().micros();
    let scoring = Scoring { next: activation.policy.clone(), ..scoring(unit.session()).await? };
    store::set_scoring(unit.session(), &scoring).await?;
    Ok(())
}

async fn rate_page(unit: &mut Unit, survey: Survey, limit: i64) -> Result<Page, Error> {
    let Some(mut activation) = under_way(unit).await? else { return Ok(Page::default()) };
    let rules = survey.policies.rules(unit.session()).await?;
    let people = store::rateable_after(unit.session(), rules.in_force.id(), &activation.reached, limit).await?;
    let Some(last) = people.last() else { return Ok(Page::default()) };
    activation.reached.clone_from(&last.id);
    store::put_activation(unit.session(), &activation).await?;
    rate_people(unit, &survey, &rules, people).await
}

async fn rate_these(unit: &mut Unit, survey: Survey, ids: Vec<String>) -> Result<Page, Error> {
    if under_way(unit).await?.is_none() {
        return Ok(Page::default());
    }
    let rules = survey.policies.rules(unit.session()).await?;
    let mut people = Vec::new();
    for id in ids {
        people.extend(store::rateable(unit.session(), rules.in_force.id(), &id).await?);
    }
    rate_people(unit, &survey, &rules, people).await
}

/// Rates these by the policy on its way, and tells both ratings.
async fn rate_people(unit: &mut Unit, survey: &Survey, rules: &Rules, people: Vec<Rateable>) -> Result<Page, Error> {
    let Some(next) = &rules.next else { return Ok(Page::default()) };
    let keys = survey.log.keys();
    let audits = audits(unit.session(), keys.as_ref(), (&rules.in_force, next), &people).await?;
    let now = unit.now().micros();
    let count = people.len();
    let mut ratings = Vec::with_capacity(count);
    let (mut old, mut new) = (survey.parts.take(&rules.in_force), survey.parts.take(next));
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (person, audit) in people.into_iter().zip(audits) {
        let skills = stored_skills(&person.skills)?;
        let Rateable { id, counting, skills: answers, audit: audit_before, .. } = person;
        let mut rating = StoredRating {
            respondent: id,
            policy: next.id().to_owned(),
            rate_time: now,
            response: counting,
            skills: answers,
            audit: audit_before,
        };
        before.clear();
        old.put(&rating, &skills, &mut before)?;
        rating.audit = audit;
        after.clear();
        new.put(&rating, &skills, &mut after)?;
        unit.emit(events::encoded(&rating.respondent, &EncodedRating(changed(&before, &skills, &after))));
        ratings.push(rating);
    }
    survey.parts.put_back([old, new]);
    store::put_ratings(unit.session(), &ratings).await?;
    Ok(Page { people: i64::try_from(count).unwrap_or(i64::MAX) })
}

/// One row and one event, however many people there are.
async fn put_in_force(unit: &mut Unit, counted: Activation) -> Result<InForce, Error> {
    let same = |activation: &Activation| activation.id == counted.id && activation.reached == counted.reached;
    let Some(mut activation) = under_way(unit).await?.filter(same) else { return Ok(InForce::default()) };
    let Scoring { policy: previous, .. } = scoring(unit.session()).await?;
    // Somebody may have come since the last page.
    if !store::rateable_after(unit.session(), &previous, &activation.reached, 1).await?.is_empty() {
        return Ok(InForce::default());
    }
    let scoring = Scoring { policy: activation.policy.clone(), next: String::new() };
    store::set_scoring(unit.session(), &scoring).await?;
    activation.rated = counted.rated;
    activation.state = ActivationState::Done;
    activation.end_time = unit.now().micros();
    activation.end_position = unit.emit(events::activated(&activation.policy, &previous, &activation.id));
    activation.previous = previous;
    store::put_activation(unit.session(), &activation).await?;
    Ok(InForce { yes: true })
}
