//! A problem with numbers for names, in an order of its own, and everything that is wrong with it.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::fault::{Fault, Place, What};
use super::lists::Lists;
use super::problem::{Link, MAX_EXPERTS, MAX_PAIRS, MAX_REQUESTS, MAX_SCORE, MAX_WORK, Problem};
use super::quotas::{self, Group};
use super::weights::Bounds;

/// No request, expert or node.
pub(super) const NONE: u32 = u32::MAX;
/// The node all flow comes from and goes to. The groups follow it, then the experts.
pub(super) const ROOT: u32 = 0;

/// A feasible pair, seen from its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arc {
    /// The expert's node.
    pub(super) to: u32,
    pub(super) score: u32,
}

/// What a request may not have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Barred {
    /// The expert's node.
    pub(super) to: u32,
    /// Of the pair, if it is a feasible one otherwise.
    pub(super) score: Option<u32>,
}

/// Requests and experts by rank of their ids, so that the order of the problem's lists is forgotten here.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) requests: Vec<String>,
    pub(super) experts: Vec<String>,
    /// By expert.
    pub(super) capacity: Vec<u32>,
    /// By expert.
    pub(super) load: Vec<u32>,
    /// The root first.
    pub(super) groups: Vec<Group>,
    /// By request: the innermost group's node, or the root.
    pub(super) group: Vec<u32>,
    /// By request: the pairs that are allowed, by expert.
    pub(super) rows: Lists<Arc>,
    pub(super) barred: HashMap<u32, Vec<Barred>>,
    /// By request, or [`NONE`].
    pub(super) fixed: Vec<u32>,
    /// By request, or [`NONE`].
    pub(super) current: Vec<u32>,
}

impl Model {
    /// How many nodes come before the experts.
    pub(super) fn first_expert(&self) -> u32 {
        self.groups.len() as u32
    }

    pub(super) fn bounds(&self) -> Bounds {
        let requests = self.requests.len() as u64;
        let work = |(&capacity, &load): (&u32, &u32)| u64::from(load) + u64::from(capacity).min(requests);
        Bounds {
            requests: requests.min(2 * self.experts.len() as u64),
            work: self.capacity.iter().zip(&self.load).map(work).max().unwrap_or(0),
            score: (0..self.requests.len() as u32)
                .flat_map(|i| self.rows.of(i))
                .map(|arc| arc.score)
                .max()
                .unwrap_or(0),
            proposals: self.current.iter().any(|&expert| expert != NONE),
        }
    }

    /// The problem by rank, or every fault of it.
    pub(super) fn read(problem: &Problem) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults(Vec::new());
        faults.sizes(problem);
        if !faults.0.is_empty() {
            return Err(faults.0); // too large to look at more closely
        }
        let requests = Ranks::new(problem.requests.iter().map(|request| &*request.id), Place::Request, &mut faults);
        let experts = Ranks::new(problem.experts.iter().map(|expert| &*expert.id), Place::Expert, &mut faults);
        let names = Names { requests: &requests, experts: &experts };
        let (groups, group) = quotas::tree(problem, &requests, &mut faults);
        let mut rows = rows(problem, &names, groups.len() as u32, &mut faults);
        let links = Links::read(problem, &names, groups.len() as u32, &rows, &mut faults);
        faults.fixed_within(problem, &groups, &group, &links.fixed, &experts);
        if !faults.0.is_empty() {
            faults.0.sort_by_key(|fault| fault.place);
            return Err(faults.0);
        }
        let barred = bar(&mut rows, &links.forbidden);
        Ok(Self {
            capacity: experts.order.iter().map(|&at| problem.experts[at as usize].capacity).collect(),
            load: experts.order.iter().map(|&at| problem.experts[at as usize].load).collect(),
            requests: requests.order.iter().map(|&at| problem.requests[at as usize].id.clone()).collect(),
            experts: experts.order.iter().map(|&at| problem.experts[at as usize].id.clone()).collect(),
            groups,
            group,
            rows,
            barred,
            fixed: links.fixed,
            current: links.current,
        })
    }
}

/// What was found wrong.
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, place: Place, what: What) {
        self.0.push(Fault { place, what });
    }

    fn sizes(&mut self, problem: &Problem) {
        for (count, limit) in [
            (problem.requests.len(), MAX_REQUESTS),
            (problem.experts.len(), MAX_EXPERTS),
            (problem.pairs.len(), MAX_PAIRS),
        ] {
            if count > limit {
                self.add(Place::Whole, What::TooMany { count, limit });
            }
        }
    }

    /// Work beyond its limit, and what is fixed beyond a capacity or a quota.
    fn fixed_within(&mut self, problem: &Problem, groups: &[Group], group: &[u32], fixed: &[u32], experts: &Ranks) {
        let mut of_expert = vec![0; experts.order.len()];
        let mut of_group = vec![0; groups.len()];
        for (request, &node) in fixed.iter().enumerate().filter(|&(_, &node)| node != NONE) {
            of_expert[node as usize - groups.len()] += 1;
            let mut at = group[request];
            while at != ROOT {
                of_group[at as usize] += 1;
                at = groups[at as usize].parent;
            }
        }
        for (&at, &fixed) in experts.order.iter().zip(&of_expert) {
            let expert = &problem.experts[at as usize];
            let place = Place::Expert(at as usize);
            for work in [expert.capacity, expert.load].into_iter().filter(|&work| work > MAX_WORK) {
                self.add(place, What::TooMuchWork { work, limit: MAX_WORK });
            }
            if fixed > expert.capacity {
                let (expert, capacity) = (expert.id.clone(), expert.capacity);
                self.add(place, What::FixedBeyondCapacity { expert, fixed, capacity });
            }
        }
        for (group, &fixed) in groups.iter().zip(&of_group).skip(1).filter(|(group, fixed)| **fixed > group.at_most) {
            if let Some((at, scope)) = &group.quota {
                let (scope, at_most) = (scope.clone(), group.at_most);
                self.add(Place::Quota(*at), What::FixedBeyondQuota { scope, fixed, at_most });
            }
        }
    }
}

/// Ids in order, and which rank each has.
pub(super) struct Ranks<'a> {
    /// By rank: the place in the problem's list.
    pub(super) order: Vec<u32>,
    by_id: HashMap<&'a str, u32>,
}

impl<'a> Ranks<'a> {
    fn new(ids: impl Iterator<Item = &'a str>, place: fn(usize) -> Place, faults: &mut Faults) -> Self {
        let ids: Vec<&str> = ids.collect();
        let mut order: Vec<u32> = (0..ids.len() as u32).collect();
        order.sort_by_key(|&at| ids[at as usize]);
        let mut by_id = HashMap::with_capacity(ids.len());
        for (position, &at) in order.iter().enumerate() {
            let id = ids[at as usize];
            let first = *by_id.entry(id).or_insert(position as u32);
            if id.is_empty() {
                faults.add(place(at as usize), What::EmptyId);
            } else if first != position as u32 {
                let first = place(order[first as usize] as usize);
                faults.add(place(at as usize), What::RepeatedId { id: id.to_owned(), first });
            }
        }
        Self { order, by_id }
    }
}

struct Names<'a> {
    requests: &'a Ranks<'a>,
    experts: &'a Ranks<'a>,
}

impl Names<'_> {
    /// Both ranks, or a fault for each that is unknown.
    fn find(&self, request: &str, expert: &str, place: Place, faults: &mut Faults) -> Option<(u32, u32)> {
        let found = (self.requests.by_id.get(request).copied(), self.experts.by_id.get(expert).copied());
        if found.0.is_none() {
            faults.add(place, What::UnknownRequest { id: request.to_owned() });
        }
        if found.1.is_none() {
            faults.add(place, What::UnknownExpert { id: expert.to_owned() });
        }
        found.0.zip(found.1)
    }
}

/// The feasible pairs by request, those of each by expert.
fn rows(problem: &Problem, names: &Names<'_>, first_expert: u32, faults: &mut Faults) -> Lists<Arc> {
    let mut found = Vec::with_capacity(problem.pairs.len());
    let mut counts = vec![0; problem.requests.len()];
    let mut last: Option<(&str, u32)> = None;
    for (at, pair) in problem.pairs.iter().enumerate() {
        if pair.score > MAX_SCORE {
            faults.add(Place::Pair(at), What::ScoreTooHigh { score: pair.score, limit: MAX_SCORE });
        }
        // Pairs mostly come request by request, and half of all look-ups is saved.
        let request = match last {
            Some((id, request)) if id == pair.request => Some(request),
            _ => names.requests.by_id.get(&*pair.request).copied(),
        };
        let ends = match (request, names.experts.by_id.get(&*pair.expert)) {
            (Some(request), Some(&expert)) => Some((request, expert)),
            _ => names.find(&pair.request, &pair.expert, Place::Pair(at), faults),
        };
        if let Some((request, expert)) = ends {
            last = Some((&pair.request, request));
            counts[request as usize] += 1;
            found.push((request, Arc { to: first_expert + expert, score: pair.score }));
        }
    }
    let mut rows = Lists::gather(&counts, Arc { to: NONE, score: 0 }, found.into_iter());
    let mut repeated = false;
    for request in 0..rows.len() as u32 {
        let row = rows.of_mut(request);
        row.sort_unstable_by_key(|arc| (arc.to, arc.score));
        repeated |= row.windows(2).any(|arcs| arcs[0].to == arcs[1].to);
    }
    if repeated {
        let mut seen = HashMap::new();
        for (at, pair) in problem.pairs.iter().enumerate() {
            let first = *seen.entry((&*pair.request, &*pair.expert)).or_insert(at);
            if first != at {
                let (request, expert) = (pair.request.clone(), pair.expert.clone());
                faults.add(Place::Pair(at), What::RepeatedPair { request, expert, first: Place::Pair(first) });
            }
        }
    }
    rows
}

/// The lists of links, by rank of request and node of expert.
struct Links {
    fixed: Vec<u32>,
    current: Vec<u32>,
    forbidden: HashSet<(u32, u32)>,
}

impl Links {
    fn read(problem: &Problem, names: &Names<'_>, first_expert: u32, rows: &Lists<Arc>, faults: &mut Faults) -> Self {
        let find = |link: &Link, place, faults: &mut Faults| {
            names
                .find(&link.request, &link.expert, place, faults)
                .map(|(request, expert)| (request, first_expert + expert))
        };
        let mut forbidden = HashMap::new();
        for (at, link) in problem.forbidden.iter().enumerate() {
            if let Some(ends) = find(link, Place::Forbidden(at), faults) {
                once(&mut forbidden, ends, at, link, Place::Forbidden, faults);
            }
        }
        let mut fixed = Single::new(rows.len());
        let mut pairs = HashMap::new();
        for (at, link) in problem.fixed.iter().enumerate() {
            let place = Place::Fixed(at);
            let Some(ends) = find(link, place, faults) else { continue };
            if !once(&mut pairs, ends, at, link, Place::Fixed, faults) {
                continue;
            }
            let Link { request, expert } = link.clone();
            if let Some(&at) = forbidden.get(&ends) {
                faults.add(place, What::FixedAndForbidden { request, expert, forbidden: Place::Forbidden(at) });
            } else if rows.of(ends.0).binary_search_by_key(&ends.1, |arc| arc.to).is_err() {
                faults.add(place, What::FixedNotFeasible { request, expert });
            }
            if let Some(first) = fixed.set(ends, at) {
                let Link { request, expert } = link.clone();
                let other = problem.fixed[first].expert.clone();
                faults.add(place, What::FixedTwice { request, expert, other, first: Place::Fixed(first) });
            }
        }
        let mut current = Single::new(rows.len());
        let mut pairs = HashMap::new();
        for (at, link) in problem.current.iter().enumerate() {
            let Some(ends) = find(link, Place::Current(at), faults) else { continue };
            if !once(&mut pairs, ends, at, link, Place::Current, faults) {
                continue;
            }
            if let Some(first) = current.set(ends, at) {
                let Link { request, expert } = link.clone();
                let other = problem.current[first].expert.clone();
                faults.add(
                    Place::Current(at),
                    What::ProposedTwice { request, expert, other, first: Place::Current(first) },
                );
            }
        }
        Self { fixed: fixed.expert, current: current.expert, forbidden: forbidden.into_keys().collect() }
    }
}

/// Notes a link, or says where it stands already.
fn once<K: Hash + Eq>(
    seen: &mut HashMap<K, usize>,
    key: K,
    at: usize,
    link: &Link,
    place: fn(usize) -> Place,
    faults: &mut Faults,
) -> bool {
    let first = *seen.entry(key).or_insert(at);
    if first != at {
        let Link { request, expert } = link.clone();
        faults.add(place(at), What::RepeatedPair { request, expert, first: place(first) });
    }
    first == at
}

/// At most one expert for a request.
struct Single {
    expert: Vec<u32>,
    place: Vec<usize>,
}

impl Single {
    fn new(requests: usize) -> Self {
        Self { expert: vec![NONE; requests], place: vec![0; requests] }
    }

    /// The place of the one that stands there already.
    fn set(&mut self, (request, expert): (u32, u32), at: usize) -> Option<usize> {
        let request = request as usize;
        if self.expert[request] != NONE {
            return Some(self.place[request]);
        }
        self.expert[request] = expert;
        self.place[request] = at;
        None
    }
}

/// Takes the forbidden pairs out of the rows.
fn bar(rows: &mut Lists<Arc>, forbidden: &HashSet<(u32, u32)>) -> HashMap<u32, Vec<Barred>> {
    let mut barred: HashMap<u32, Vec<Barred>> = HashMap::new();
    let mut links: Vec<(u32, u32)> = forbidden.iter().copied().collect();
    links.sort_unstable();
    for (request, to) in links {
        let found = rows.of(request).iter().position(|arc| arc.to == to);
        let score = found.map(|at| rows.of(request)[at].score);
        if let Some(at) = found {
            rows.remove(request, at);
        }
        barred.entry(request).or_default().push(Barred { to, score });
    }
    barred
}
