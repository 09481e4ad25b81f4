//! All open requests of a programme at once: looked at, and carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contract::matching::v1 as wire;
use contract::matching::v1::{BatchConstraints, ProposalFacts, ProposalState};
use kit_log::{KeyStore, Origin, Unit};
use kit_serve::{Caller, Role};

use super::Desk;
use super::course::{self, default_capacity};
use super::proposals::Receipt;
use super::reach::reaches_all;
use super::requests::{moment, tell as tell_request};
use super::retrieve::{Known, Retrieval, asked as asks_of};
use crate::domain::batch::{Batch, Open, Solved, Standing};
use crate::domain::candidates::{Facts, Plan, Policy, Tally, Work};
use crate::domain::check::Check;
use crate::domain::fault::Reason as Wrong;
use crate::domain::proposal::Choice;
use crate::domain::refused::Reason;
use crate::domain::region::region_meant;
use crate::error::Error;
use crate::names;
use crate::store;

/// Most pairs, and most quotas, of the constraints.
const CONSTRAINTS: usize = 10_000;
/// The highest quota.
const QUOTA: i64 = 1_000_000;
/// How often a batch is solved again because something changed while it was carried out, that changes nothing of it.
const TRIES: usize = 3;

/// What a batch is asked for.
#[derive(Clone)]
struct Asked {
    programme: String,
    policy: &'static Policy,
    constraints: wire::BatchConstraints,
}

/// A plan, and what it was read from.
struct Planned {
    plan: wire::BatchPlan,
    /// Who looks after each request.
    bodies: BTreeMap<String, String>,
    mark: Vec<u8>,
}

impl Desk {
    pub(super) async fn preview(
        &self,
        caller: &Caller,
        body: &wire::PreviewBatchRequest,
    ) -> Result<wire::BatchPlan, Error> {
        let mut check = Check::default();
        let constraints = body.constraints.clone().unwrap_or_default();
        let asked = self.batch_asked(&mut check, &body.programme, &body.policy, constraints);
        check.done()?;
        let Planned { mut plan, bodies, .. } = self.planned(&asked).await?;
        if !reaches_all(caller) && caller.is(Role::Counsellor) {
            // What belongs to other bodies is in the numbers alone.
            let own = |request: &String| bodies.get(request).is_some_and(|body| caller.owns(body));
            plan.assignments.retain(|one| own(&one.request));
            plan.unserved.retain(|one| own(&one.request));
            plan.changes.retain(|one| own(&one.request));
        }
        Ok(plan)
    }

    pub(super) async fn apply(
        &self,
        caller: &Caller,
        body: wire::ApplyBatchRequest,
    ) -> Result<wire::ApplyBatchResponse, Error> {
        let mut check = Check::default();
        let origin = Origin::of_call(caller, "ApplyBatch", &body.request_id, &body);
        check.request_id(&body.request_id);
        check.needed("preview", body.preview.is_empty());
        let asked = self.batch_asked(&mut check, &body.programme, &body.policy, body.constraints.unwrap_or_default());
        check.done()?;
        for _ in 0..TRIES {
            // A repeat is answered within the transaction, before what is found here counts.
            let planned = self.planned(&asked).await;
            let (keys, programme, preview) = (self.log.keys().clone(), asked.programme.clone(), body.preview.clone());
            let moved = Arc::new(AtomicBool::new(false));
            let noticed = moved.clone();
            let committed = self.log.writer().run(origin.clone(), move |unit| {
                Box::pin(async move {
                    let Planned { plan, mark, .. } = planned?;
                    if plan.preview != preview {
                        return Err(Reason::PreviewStale.into());
                    }
                    if store::batch_mark(unit.session(), &programme).await? != mark {
                        noticed.store(true, Ordering::Relaxed);
                        return Err(Reason::PreviewStale.into());
                    }
                    carry_out(unit, keys.as_ref(), &plan).await
                })
            });
            match committed.await {
                Ok(committed) => {
                    let batch = committed.answer.id;
                    let plan = store::batch(&mut self.log.read_session().await?, &batch).await?;
                    return Ok(wire::ApplyBatchResponse { plan, batch, token: Some(committed.token) });
                }
                // Something changed, perhaps nothing that this batch follows from: the plan itself tells.
                Err(_) if moved.load(Ordering::Relaxed) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Reason::PreviewStale.into())
    }

    fn batch_asked(
        &self,
        check: &mut Check,
        programme: &str,
        policy: &str,
        constraints: wire::BatchConstraints,
    ) -> Asked {
        check.programme(&self.settings, programme);
        let policy = self.policy(check, policy);
        let mut inner = Check::default();
        for (list, pairs) in [("fixed", &constraints.fixed), ("forbidden", &constraints.forbidden)] {
            inner.at_most(list, pairs.len(), CONSTRAINTS);
            for (at, pair) in pairs.iter().enumerate().take(CONSTRAINTS) {
                inner.id(&format!("{list}[{at}].request"), "requests", &pair.request);
                inner.id(&format!("{list}[{at}].expert"), "experts", &pair.expert);
            }
        }
        inner.names("experts", "experts", &constraints.experts, CONSTRAINTS);
        inner.at_most("quotas", constraints.quotas.len(), CONSTRAINTS);
        for (at, quota) in constraints.quotas.iter().enumerate().take(CONSTRAINTS) {
            inner.between(&format!("quotas[{at}].at_most"), i64::from(quota.at_most), (0, QUOTA));
            let known =
                quota.region.is_empty() || region_meant(&quota.region).is_some_and(|it| it.code == quota.region);
            if !known {
                inner.fault(&format!("quotas[{at}].region"), Wrong::UnknownCode);
            }
        }
        check.within("constraints", &mut inner);
        Asked { programme: programme.to_owned(), policy, constraints }
    }

    /// The plan as things stand.
    async fn planned(&self, asked: &Asked) -> Result<Planned, Error> {
        // What is read after the mark is at least as new as it: if the mark still stands in the end, nothing moved.
        let mut session = self.log.read_session().await?;
        let mark = store::batch_mark(&mut session, &asked.programme).await?;
        let requests = store::open_versions(&mut session, &asked.programme).await?;
        let out = store::out_in(&mut session, &asked.programme).await?;
        let mut spent = store::spent_in(&mut session, &asked.programme).await?;
        let merged = store::merged_companies(&mut session).await?;
        let default = default_capacity(&self.settings, &asked.programme);
        let mut known = Known::load(&mut session, (&asked.programme, default), "", "").await?;
        drop(session);
        for (facts, _) in &out {
            known.without(&facts.expert);
        }
        let mut retrieval = Retrieval::new(self);
        self.names_known(&retrieval, asked, &out).await?;
        let mut out: BTreeMap<String, (ProposalFacts, i64)> =
            out.into_iter().map(|(facts, version)| (facts.request.clone(), (facts, version))).collect();
        let stay = out.values().filter(|(facts, _)| stays(facts)).map(|(facts, _)| facts.expert.clone());
        let pool = asked.pool(stay);
        let mut completed: BTreeMap<usize, Arc<Vec<Facts>>> = BTreeMap::new();
        let (mut open, mut work, mut bodies) = (Vec::new(), BTreeMap::<String, Work>::new(), BTreeMap::new());
        for (facts, version) in requests {
            let name = names::request(&facts.request_id);
            let asks = asks_of(&facts, spent.remove(&name).unwrap_or_default(), &merged);
            let found = retrieval.able(&facts, &asks, asked.policy).await?;
            let completing = completed.entry(Arc::as_ptr(&found) as usize);
            let able = completing.or_insert_with(|| pool.of(known.complete_all(&found))).clone();
            let standing = out.remove(&name).map(|(facts, version)| standing(facts, version));
            if let Some(standing) = &standing {
                work.insert(standing.expert.clone(), known.work(&standing.expert));
            }
            bodies.insert(name, facts.body.clone());
            open.push(Open { facts, version, asked: asks, able, standing });
        }
        open.sort_by(|one, other| one.facts.request_id.cmp(&other.facts.request_id));
        let batch = Batch {
            programme: asked.programme.clone(),
            policy: asked.policy,
            requests: open.clone(),
            constraints: asked.constraints.clone(),
            work,
        };
        let solved = computed(move || batch.solve()).await??;
        let tallies = self.tallies(&solved, &open, (&known, &pool), &mut retrieval, asked.policy).await?;
        let plan = computed(move || {
            let mut plan = solved.plan(&tallies);
            plan.preview = solved.preview(&plan);
            plan
        });
        Ok(Planned { plan: plan.await?, bodies, mark })
    }

    /// Of each request that was not served, how many of all experts fail what.
    async fn tallies(
        &self,
        solved: &Solved,
        open: &[Open],
        (known, pool): (&Known, &Pool),
        retrieval: &mut Retrieval<'_>,
        policy: &Policy,
    ) -> Result<BTreeMap<String, Tally>, Error> {
        let mut tallies = BTreeMap::new();
        let mut completed: BTreeMap<usize, Arc<Vec<Facts>>> = BTreeMap::new();
        let open: BTreeMap<String, &Open> = open.iter().map(|open| (open.name(), open)).collect();
        for request in solved.unserved() {
            let Some(open) = open.get(request) else { continue };
            let found = retrieval.everybody(&open.asked, policy).await?;
            let completing = completed.entry(Arc::as_ptr(&found) as usize);
            let everybody = completing.or_insert_with(|| pool.of(known.complete_all(&found))).clone();
            tallies.insert(request.to_owned(), Tally::over(&Plan::new(&open.asked, policy), everybody.iter()));
        }
        Ok(tallies)
    }

    /// Whether there are all the experts that the constraints name.
    async fn names_known(
        &self,
        retrieval: &Retrieval<'_>,
        asked: &Asked,
        out: &[(ProposalFacts, i64)],
    ) -> Result<(), Error> {
        let lists = [("fixed", &asked.constraints.fixed), ("forbidden", &asked.constraints.forbidden)];
        let pool = &asked.constraints.experts;
        if pool.is_empty() && lists.iter().all(|(_, pairs)| pairs.is_empty()) {
            return Ok(());
        }
        let listed = retrieval.names().await?;
        let mut names: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
        names.extend(out.iter().map(|(facts, _)| facts.expert.as_str()));
        let mut check = Check::default();
        for (list, pairs) in lists {
            for (at, pair) in pairs.iter().enumerate() {
                if !names.contains(pair.expert.as_str()) {
                    check.fault(&format!("constraints.{list}[{at}].expert"), Wrong::UnknownName);
                }
            }
        }
        for (at, _) in pool.iter().enumerate().filter(|(_, expert)| !names.contains(expert.as_str())) {
            check.fault(&format!("constraints.experts[{at}]"), Wrong::UnknownName);
        }
        Ok(check.done()?)
    }
}

impl Asked {
    /// Who takes part: those named, those of fixed pairs, and those whose proposal cannot be taken from them.
    fn pool(&self, stay: impl Iterator<Item = String>) -> Pool {
        let BatchConstraints { experts, fixed, .. } = &self.constraints;
        if experts.is_empty() {
            return Pool(None);
        }
        let named = experts.iter().chain(fixed.iter().map(|pair| &pair.expert)).cloned();
        Pool(Some(named.chain(stay).collect()))
    }
}

/// The experts who take part; everybody when `None`.
struct Pool(Option<BTreeSet<String>>);

impl Pool {
    fn of(&self, found: Arc<Vec<Facts>>) -> Arc<Vec<Facts>> {
        let Some(pool) = &self.0 else { return found };
        Arc::new(found.iter().filter(|facts| pool.contains(&facts.id)).cloned().collect())
    }
}

/// Whether a batch leaves a proposal that is out as it is.
fn stays(facts: &ProposalFacts) -> bool {
    facts.state() == ProposalState::AwaitingCompany || !facts.team.is_empty()
}

fn standing(facts: ProposalFacts, version: i64) -> Standing {
    Standing {
        id: (facts.proposal_id.clone(), version),
        expert: facts.expert.clone(),
        stays: stays(&facts),
        assignment: wire::Assignment {
            score: facts.score,
            points: facts.points,
            theme: facts.theme,
            ..Default::default()
        },
    }
}

/// Carried out beside the calls: a large batch takes its time.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| kit_log::Error::Internal(error.to_string()).into())
}

/// Withdraws what is replaced and makes what is new: all of it, or with an error nothing.
async fn carry_out(unit: &mut Unit, keys: &dyn KeyStore, plan: &wire::BatchPlan) -> Result<Receipt, Error> {
    let (batch, actor) = (unit.fresh_id(), unit.actor().to_owned());
    store::insert_batch(unit.session(), &batch, plan).await?;
    for change in plan.changes.iter().filter(|change| !change.before.is_empty()) {
        let found = store::proposal_out(unit.session(), keys, &change.request).await?;
        let mut proposal = found.filter(|out| out.facts.expert == change.before).ok_or(Reason::PreviewStale)?;
        let at = moment(unit, &actor, "");
        let taken_back = proposal.withdraw(false, "BATCH", &at)?;
        course::tell(unit, keys, &proposal, &taken_back).await?;
        let found = course::request_of(unit.session(), keys, &proposal).await?;
        let mut request = found.ok_or(Reason::RequestNotFound)?;
        let reopened = request.reopen("WITHDRAWN", &moment(unit, &actor, ""))?;
        tell_request(unit, keys, &request, &reopened).await?;
    }
    let assigned: BTreeMap<&str, &wire::Assignment> =
        plan.assignments.iter().map(|one| (one.request.as_str(), one)).collect();
    for change in plan.changes.iter().filter(|change| !change.after.is_empty()) {
        let one = assigned.get(change.request.as_str()).ok_or(Reason::PreviewStale)?;
        let id = change.request.strip_prefix("requests/").unwrap_or_default();
        let found = store::request(unit.session(), keys, id).await?;
        let mut request = found.ok_or(Reason::RequestNotFound)?;
        let choice = Choice {
            expert: one.expert.clone(),
            team: Vec::new(),
            theme: one.theme.clone(),
            score: one.score,
            points: one.points.clone(),
            policy: plan.policy.clone(),
            batch: batch.clone(),
        };
        course::propose(unit, keys, &mut request, choice, "").await?;
    }
    Ok(Receipt { id: batch })
}
