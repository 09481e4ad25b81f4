//! All open requests of a programme at once: who could help each, the best assignment of them all, and why it is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use contract::matching::v1::{
    Assignment, BatchConstraints, BatchPlan, Desert, Points, ProposalChange, RequestFacts, Unserved,
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::assign::{self, Link, Pair, Place, Problem, Scope, Solution, What};
use super::candidates::{self, Asked, Facts, Plan, Policy, Tally, Told, Work};
use super::fault::{Fault, Reason};

/// A plan beyond this tells its points without words: a message has at most 4 MiB.
const PLAN_BYTES: usize = 3 * 1024 * 1024;

/// A request that still looks for an expert.
#[derive(Clone, Debug)]
pub struct Open {
    /// Without what says who the company is.
    pub facts: RequestFacts,
    /// Counts its changes.
    pub version: i64,
    /// What it asks for.
    pub asked: Asked,
    /// Experts who may meet its hard conditions, with what stands against their capacities outside this batch.
    pub able: Arc<Vec<Facts>>,
    /// The proposal that is out.
    pub standing: Option<Standing>,
}

/// A proposal that is out.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its id and version.
    pub id: (String, i64),
    /// `experts/<id>`.
    pub expert: String,
    /// True when it cannot change: the expert accepted, or a team was put together.
    pub stays: bool,
    /// As it was proposed.
    pub assignment: Assignment,
}

/// A batch to be solved.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The programme.
    pub programme: String,
    /// By which points.
    pub policy: &'static Policy,
    /// Every open request, by id.
    pub requests: Vec<Open>,
    /// What holds beyond the conditions of each pair.
    pub constraints: BatchConstraints,
    /// What experts take and have outside this batch, by expert: at least of those with a proposal that is out.
    pub work: BTreeMap<String, Work>,
}

/// A batch, solved.
pub struct Solved {
    batch: Batch,
    problem: Problem,
    solution: Solution,
}

impl Open {
    /// `requests/<id>`.
    pub fn name(&self) -> String {
        format!("requests/{}", self.facts.request_id)
    }
}

/// Where the fixed pairs of a problem come from.
struct Origins {
    /// So many are proposals that stay; they come first.
    standing: usize,
    /// The place in the constraints of each that follows.
    constraints: Vec<usize>,
}

impl Batch {
    /// The best assignment.
    ///
    /// # Errors
    /// Every fault of the constraints.
    pub fn solve(self) -> Result<Solved, Vec<Fault>> {
        let (problem, origins) = self.problem();
        match assign::solve(&problem) {
            Ok(solution) => Ok(Solved { batch: self, problem, solution }),
            Err(faults) => Err(self.told(&faults, &origins)),
        }
    }

    fn problem(&self) -> (Problem, Origins) {
        let (mut problem, mut capacities) = (Problem::default(), BTreeMap::new());
        for request in &self.requests {
            let (plan, name) = (Plan::new(&request.asked, self.policy), request.name());
            let mut fits = BTreeSet::new();
            for facts in request.able.iter() {
                let Ok(score) = plan.score(facts) else { continue };
                capacities.insert(facts.id.clone(), facts.work);
                fits.insert(facts.id.as_str());
                problem.pairs.push(pair(&name, &facts.id, score));
            }
            if let Some(standing) = &request.standing {
                let link = Link::new(&name, &standing.expert);
                let list = if standing.stays { &mut problem.fixed } else { &mut problem.current };
                list.push(link);
                if standing.stays && !fits.contains(standing.expert.as_str()) {
                    problem.pairs.push(pair(&name, &standing.expert, standing.assignment.score));
                }
                let work = self.work.get(&standing.expert).copied().unwrap_or_default();
                capacities.entry(standing.expert.clone()).or_insert(work);
            }
            problem.requests.push(assign::Request {
                id: name,
                region: request.facts.region.as_ref().map(|region| region.code.clone()),
                programme: Some(self.programme.clone()),
            });
        }
        problem.experts = self.experts(capacities, &problem.fixed);
        let origins = self.constrain(&mut problem);
        (problem, origins)
    }

    fn experts(&self, capacities: BTreeMap<String, Work>, stay: &[Link]) -> Vec<assign::Expert> {
        let expert = |(id, work): (String, Work)| {
            let free = work.capacity.saturating_sub(work.open());
            // What was accepted stays, even where the capacity was lowered since.
            let held = stay.iter().filter(|link| link.expert == id).count();
            let capacity = free.max(u32::try_from(held).unwrap_or(u32::MAX));
            assign::Expert { id, capacity: capacity.min(assign::MAX_WORK), load: work.had().min(assign::MAX_WORK) }
        };
        // Who is named by a constraint without being able to help with any request is none that is unknown, nor full.
        let named = self.constraints.fixed.iter().chain(&self.constraints.forbidden);
        let free = Work { capacity: assign::MAX_WORK, ..Work::default() };
        let mut all: BTreeMap<String, Work> = named.map(|pair| (pair.expert.clone(), free)).collect();
        all.extend(capacities);
        all.into_iter().map(expert).collect()
    }

    fn constrain(&self, problem: &mut Problem) -> Origins {
        let stays: BTreeSet<Link> = problem.fixed.iter().cloned().collect();
        let mut origins = Origins { standing: problem.fixed.len(), constraints: Vec::new() };
        for (at, pair) in self.constraints.fixed.iter().enumerate() {
            let link = Link::new(&pair.request, &pair.expert);
            // To fix what stays anyway says nothing new.
            if !stays.contains(&link) {
                problem.fixed.push(link);
                origins.constraints.push(at);
            }
        }
        let link = |pair: &contract::matching::v1::Pair| Link::new(&pair.request, &pair.expert);
        problem.forbidden = self.constraints.forbidden.iter().map(link).collect();
        let programme = &self.programme;
        let quota = |quota: &contract::matching::v1::Quota| assign::Quota {
            scope: if quota.region.is_empty() {
                Scope::Programme(programme.clone())
            } else {
                Scope::ProgrammeInRegion { programme: programme.clone(), region: quota.region.clone() }
            },
            at_most: u32::try_from(quota.at_most).unwrap_or_default(),
        };
        problem.quotas = self.constraints.quotas.iter().map(quota).collect();
        origins
    }

    /// The faults of a problem as faults of the constraints that brought them.
    fn told(&self, faults: &[assign::Fault], origins: &Origins) -> Vec<Fault> {
        let fixed = |at: usize| {
            let at = at.checked_sub(origins.standing).and_then(|at| origins.constraints.get(at));
            at.map_or_else(|| "constraints.fixed".to_owned(), |at| format!("constraints.fixed[{at}]"))
        };
        let place = |place: &Place| match place {
            Place::Fixed(at) => fixed(*at),
            Place::Forbidden(at) => format!("constraints.forbidden[{at}]"),
            Place::Quota(at) => format!("constraints.quotas[{at}]"),
            Place::Request(_) | Place::Expert(_) | Place::Pair(_) | Place::Current(_) | Place::Whole => {
                "constraints".to_owned()
            }
        };
        let of_expert = |expert: &str| {
            let at = self.constraints.fixed.iter().rposition(|pair| pair.expert == expert);
            at.map_or_else(|| "constraints.fixed".to_owned(), |at| format!("constraints.fixed[{at}]"))
        };
        let told = |fault: &assign::Fault| {
            let at = place(&fault.place);
            match &fault.what {
                What::UnknownRequest { .. } => Fault::new(format!("{at}.request"), Reason::UnknownName),
                What::UnknownExpert { .. } => Fault::new(format!("{at}.expert"), Reason::UnknownName),
                What::FixedAndForbidden { forbidden, .. } => {
                    // What stays by itself is not fixed by a constraint: the one that forbids it is at fault.
                    let stays = matches!(fault.place, Place::Fixed(at) if at < origins.standing);
                    Fault::new(if stays { place(forbidden) } else { at }, Reason::FixedAndForbidden)
                }
                What::FixedTwice { .. } => Fault::new(at, Reason::FixedTwice),
                What::FixedNotFeasible { .. } | What::NotFeasible { .. } => Fault::new(at, Reason::NotEligible),
                What::FixedBeyondCapacity { expert, capacity, .. } => {
                    Fault::new(of_expert(expert), Reason::BeyondCapacity).with("max", capacity)
                }
                What::FixedBeyondQuota { at_most, .. } => Fault::new(at, Reason::BeyondQuota).with("max", at_most),
                What::RepeatedPair { .. }
                | What::RepeatedQuota { .. }
                | What::RepeatedId { .. }
                | What::ProposedTwice { .. } => Fault::new(at, Reason::Repeated),
                What::TooMany { limit, .. } => Fault::new(at, Reason::TooMany).with("max", limit),
                What::EmptyId
                | What::ScoreTooHigh { .. }
                | What::TooMuchWork { .. }
                | What::QuotasCross { .. }
                | What::IsFixed { .. }
                | What::NotFixed { .. } => Fault::new(at, Reason::NotHere),
            }
        };
        faults.iter().map(told).collect()
    }
}

impl Solved {
    /// The names of requests that were not served.
    pub fn unserved(&self) -> impl Iterator<Item = &str> {
        self.solution.unserved.iter().map(|one| one.request.as_str())
    }

    /// The plan, without what its `preview` is. `tallies`: of each request that was not served, how many of all experts fail what.
    pub fn plan(&self, tallies: &BTreeMap<String, Tally>) -> BatchPlan {
        let requests: BTreeMap<String, &Open> = self.batch.requests.iter().map(|open| (open.name(), open)).collect();
        let assigned = self.solution.pairs.iter().filter_map(|pair| {
            let open = requests.get(&pair.request)?;
            Some(self.assignment(open, pair))
        });
        let assignments: Vec<Assignment> = assigned.collect();
        let known: Vec<candidates::Unserved> = self
            .solution
            .unserved
            .iter()
            .filter_map(|one| unserved(one, requests.get(&one.request)?, tallies))
            .collect();
        let causes: BTreeMap<&str, candidates::Cause> =
            known.iter().map(|one| (one.request.as_str(), one.diagnosis().cause)).collect();
        let deserts = candidates::desert(&known).iter().map(desert).collect();
        let experts: BTreeSet<&str> = self.problem.pairs.iter().map(|pair| pair.expert.as_str()).collect();
        let score = assignments.iter().map(|one| one.score).sum();
        let mut plan = BatchPlan {
            served: i32::try_from(assignments.len()).unwrap_or(i32::MAX),
            score,
            deserts,
            changes: changes(&self.batch.requests, &assignments),
            unserved: self.solution.unserved.iter().map(|one| reason_told(one, &causes)).collect(),
            experts: i32::try_from(experts.len()).unwrap_or(i32::MAX),
            pairs: i64::try_from(self.problem.pairs.len()).unwrap_or(i64::MAX),
            policy: self.batch.policy.id().to_owned(),
            assignments,
            ..Default::default()
        };
        (plan.before, plan.after) = self.spreads(&plan.assignments);
        if plan.encoded_len() > PLAN_BYTES {
            // What a large plan has no room for can be asked for one by one.
            let points = plan.assignments.iter_mut().flat_map(|one| &mut one.points);
            points.for_each(|points| (points.ja, points.en) = Default::default());
        }
        plan
    }

    fn assignment(&self, open: &Open, pair: &assign::Assigned) -> Assignment {
        let standing = open.standing.as_ref().filter(|standing| standing.expert == pair.expert);
        let plan = Plan::new(&open.asked, self.batch.policy);
        let facts = open.able.iter().find(|facts| facts.id == pair.expert);
        let candidate = facts.and_then(|facts| Some((plan.candidate(facts)?, plan.reasons(facts))));
        let own = match (candidate, standing) {
            (Some((candidate, reasons)), _) => Assignment {
                score: candidate.score,
                points: points(&reasons),
                theme: candidate.theme.map(|theme| theme.code().code.clone()).unwrap_or_default(),
                ..Default::default()
            },
            (None, Some(standing)) => standing.assignment.clone(),
            (None, None) => Assignment::default(),
        };
        let fixed = pair.fixed;
        let (request, expert) = (pair.request.clone(), pair.expert.clone());
        Assignment { request, expert, standing: standing.is_some(), fixed, ..own }
    }

    /// How evenly introductions and work are spread now, and with this batch.
    fn spreads(
        &self,
        assignments: &[Assignment],
    ) -> (Vec<contract::matching::v1::Spread>, Vec<contract::matching::v1::Spread>) {
        let mut now: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        let mut then = now.clone();
        let mut out = BTreeMap::new();
        for standing in self.batch.requests.iter().filter_map(|open| open.standing.as_ref()) {
            *out.entry(standing.expert.as_str()).or_insert(0_u32) += 1;
        }
        let work: BTreeMap<&str, Work> = self
            .batch
            .requests
            .iter()
            .flat_map(|open| open.able.iter())
            .map(|facts| (facts.id.as_str(), facts.work))
            .chain(self.batch.work.iter().map(|(expert, work)| (expert.as_str(), *work)))
            .collect();
        for expert in &self.problem.experts {
            let work = work.get(expert.id.as_str()).copied().unwrap_or_default();
            let out = out.get(expert.id.as_str()).copied().unwrap_or_default();
            // The proposals that are out were left out of the work, so that they count neither for nor against anybody.
            let (introductions, open) = (work.introductions.saturating_add(out), work.open());
            now.insert(&expert.id, (introductions, open.saturating_add(out)));
            then.insert(&expert.id, (introductions, open));
        }
        for one in assignments {
            if let Some((introductions, open)) = then.get_mut(one.expert.as_str()) {
                *introductions = introductions.saturating_add(u32::from(!one.standing));
                *open = open.saturating_add(1);
            }
        }
        (spreads(now.values()), spreads(then.values()))
    }

    /// Changes with whatever the result follows from, and with the result.
    pub fn preview(&self, plan: &BatchPlan) -> String {
        let mut hash = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hash.update(bytes.len().to_be_bytes());
            hash.update(bytes);
        };
        add(self.batch.programme.as_bytes());
        add(&self.batch.constraints.encode_to_vec());
        for open in &self.batch.requests {
            let standing = open.standing.as_ref().map(|standing| &standing.id);
            add(format!("{} {} {standing:?}", open.facts.request_id, open.version).as_bytes());
        }
        for pair in &self.problem.pairs {
            add(format!("{} {} {}", pair.request, pair.expert, pair.score).as_bytes());
        }
        for expert in &self.problem.experts {
            add(format!("{} {} {}", expert.id, expert.capacity, expert.load).as_bytes());
        }
        add(&BatchPlan { preview: String::new(), ..plan.clone() }.encode_to_vec());
        hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Points as they are told: those that there are, most first.
pub fn points(reasons: &[Told]) -> Vec<Points> {
    let told = |told: &Told| Points {
        reason: told.reason.code().to_owned(),
        points: told.points,
        ja: told.words.ja.clone(),
        en: told.words.en.clone(),
    };
    let mut points: Vec<_> = reasons.iter().filter(|told| told.points > 0).map(told).collect();
    points.sort_by_key(|points| std::cmp::Reverse(points.points));
    points
}

/// How evenly introductions and work are spread, as they are told, over these numbers of experts.
pub fn spreads<'s>(shares: impl Iterator<Item = &'s (u32, u32)> + Clone) -> Vec<contract::matching::v1::Spread> {
    let spread = |measure: &str, counts: Vec<u64>| {
        let spread = candidates::Spread::over(counts);
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        contract::matching::v1::Spread {
            measure: measure.to_owned(),
            experts: i64::try_from(spread.experts).unwrap_or(i64::MAX),
            total: number(spread.total),
            none: i64::try_from(spread.none).unwrap_or(i64::MAX),
            gini: spread.gini,
            most: number(spread.most),
            median: number(spread.median),
        }
    };
    let introductions = shares.clone().map(|(introductions, _)| u64::from(*introductions)).collect();
    let work = shares.map(|(_, open)| u64::from(*open)).collect();
    vec![spread("INTRODUCTIONS", introductions), spread("WORK", work)]
}

/// What becomes different of the proposals that are out, by request.
fn changes(requests: &[Open], assignments: &[Assignment]) -> Vec<ProposalChange> {
    let assigned: BTreeMap<&str, &str> =
        assignments.iter().map(|one| (one.request.as_str(), one.expert.as_str())).collect();
    let change = |open: &Open| {
        let request = open.name();
        let before = open.standing.as_ref().map(|standing| standing.expert.clone()).unwrap_or_default();
        let after = assigned.get(request.as_str()).copied().unwrap_or_default().to_owned();
        (before != after).then_some(ProposalChange { request, before, after })
    };
    requests.iter().filter_map(change).collect()
}

/// A request that was not served, for its diagnosis; nothing where everybody able is forbidden to it.
fn unserved(one: &assign::Unserved, open: &Open, tallies: &BTreeMap<String, Tally>) -> Option<candidates::Unserved> {
    let quota = match &one.reason {
        assign::Reason::AllForbidden(_) => return None,
        assign::Reason::NoPair => false,
        assign::Reason::Full { quotas, shortage, .. } => !quotas.is_empty() && shortage.is_none(),
    };
    Some(candidates::Unserved {
        request: one.request.clone(),
        prefecture: open.asked.prefecture,
        theme: open.asked.themes.first().copied(),
        industry: open.asked.industry,
        tally: tallies.get(&one.request).cloned().unwrap_or_default(),
        quota,
    })
}

fn reason_told(one: &assign::Unserved, causes: &BTreeMap<&str, candidates::Cause>) -> Unserved {
    let request = one.request.clone();
    let mut contested = match &one.reason {
        assign::Reason::AllForbidden(_) => {
            let (ja, en) = (
                "対応できる専門家の組み合わせがすべて禁止されています",
                "every expert who could help is forbidden to it",
            );
            let (cause, ja, en) = ("ALL_FORBIDDEN".to_owned(), ja.to_owned(), en.to_owned());
            return Unserved { request, cause, ja, en, contested: Vec::new() };
        }
        assign::Reason::NoPair => Vec::new(),
        assign::Reason::Full { experts, .. } => experts.clone(),
    };
    contested.sort_unstable();
    let cause = causes.get(request.as_str()).copied().unwrap_or(candidates::Cause::NoExperts);
    let words = cause.words();
    Unserved { request, cause: cause.code().to_owned(), ja: words.ja, en: words.en, contested }
}

fn desert(desert: &candidates::Desert) -> Desert {
    Desert {
        prefecture: desert.prefecture.map(|place| place.code().code.clone()).unwrap_or_default(),
        theme: desert.theme.map(|theme| theme.code().code.clone()).unwrap_or_default(),
        industry: desert.industry.map(|industry| industry.code().code.clone()).unwrap_or_default(),
        cause: desert.cause.code().to_owned(),
        requests: i32::try_from(desert.requests.len()).unwrap_or(i32::MAX),
    }
}

fn pair(request: &str, expert: &str, score: i64) -> Pair {
    let score = u32::try_from(score).unwrap_or_default().min(assign::MAX_SCORE);
    Pair { request: request.to_owned(), expert: expert.to_owned(), score }
}
