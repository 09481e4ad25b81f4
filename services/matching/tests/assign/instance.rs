//! Made-up problems, drawn by proptest or from a seed.

use matching::domain::assign::{Expert, Link, Pair, Problem, Quota, Request, Scope};

/// How large and of what kind a made-up problem is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) requests: u32,
    pub(crate) experts: u32,
    /// Each pair is feasible with this chance in 100.
    pub(crate) feasible: u32,
    /// Scores from 0 up to this.
    pub(crate) score: u32,
    /// Capacities from 0 up to this.
    pub(crate) capacity: u32,
    /// Work had already, from 0 up to this.
    pub(crate) load: u32,
    /// Chance in 100 of a fixed, forbidden or current pair, by request.
    pub(crate) settled: u32,
    /// How many quotas are tried.
    pub(crate) quotas: u32,
}

/// A stream of numbers from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `limit`.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u32
    }

    pub(crate) fn in_hundred(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end as u32 + 1) as usize);
        }
    }
}

/// A problem without faults. Regions lie within programmes, so that any quotas are allowed.
pub(crate) fn problem(shape: Shape, seed: u64) -> Problem {
    let mut chance = Chance(seed);
    let chance = &mut chance;
    let requests = (0..shape.requests).map(|number| request(number, chance)).collect();
    let experts = (0..shape.experts).map(|number| Expert {
        id: format!("expert {number:05}"),
        capacity: chance.below(shape.capacity + 1),
        load: chance.below(shape.load + 1),
    });
    let mut problem = Problem { requests, experts: experts.collect(), ..Problem::default() };
    for request in 0..problem.requests.len() {
        for expert in 0..problem.experts.len() {
            if chance.in_hundred(shape.feasible) {
                let score = chance.below(shape.score + 1);
                problem.pairs.push(pair(&problem, request, expert, score));
            }
        }
    }
    settle(&mut problem, shape, chance);
    quotas(&mut problem, shape, chance);
    let shuffled = &mut problem;
    chance.shuffle(&mut shuffled.requests);
    chance.shuffle(&mut shuffled.experts);
    chance.shuffle(&mut shuffled.pairs);
    problem
}

pub(crate) fn request(number: u32, chance: &mut Chance) -> Request {
    let programme = chance.below(3);
    Request {
        id: format!("request {number:05}"),
        programme: (programme > 0).then(|| format!("programme {programme}")),
        region: chance.in_hundred(70).then(|| format!("region {programme}.{}", chance.below(2))),
    }
}

pub(crate) fn pair(problem: &Problem, request: usize, expert: usize, score: u32) -> Pair {
    Pair { request: problem.requests[request].id.clone(), expert: problem.experts[expert].id.clone(), score }
}

fn settle(problem: &mut Problem, shape: Shape, chance: &mut Chance) {
    let mut room: Vec<u32> = problem.experts.iter().map(|expert| expert.capacity).collect();
    for request in 0..problem.requests.len() {
        let id = &problem.requests[request].id;
        // Pairs still stand by request, and experts by id.
        let from = problem.pairs.partition_point(|pair| pair.request < *id);
        let own: Vec<&Pair> = problem.pairs[from..].iter().take_while(|pair| pair.request == *id).collect();
        let link = |pair: &Pair| Link::new(pair.request.clone(), pair.expert.clone());
        let mut forbidden = Vec::new();
        for pair in &own {
            if chance.in_hundred(shape.settled / 3) {
                forbidden.push(link(pair));
            }
        }
        if !own.is_empty() && chance.in_hundred(shape.settled / 3) {
            let fixed = link(own[chance.below(own.len() as u32) as usize]);
            let at = problem.experts.binary_search_by(|expert| expert.id.cmp(&fixed.expert)).unwrap();
            if room[at] > 0 && !forbidden.contains(&fixed) {
                room[at] -= 1;
                problem.fixed.push(fixed);
            }
        }
        if chance.in_hundred(shape.settled) {
            // Of anybody: a proposal may not be feasible any more.
            let expert = problem.experts[chance.below(shape.experts) as usize].id.clone();
            problem.current.push(Link::new(id.clone(), expert));
        } else if !own.is_empty() && chance.in_hundred(shape.settled) {
            problem.current.push(link(own[chance.below(own.len() as u32) as usize]));
        }
        problem.forbidden.append(&mut forbidden);
    }
}

fn quotas(problem: &mut Problem, shape: Shape, chance: &mut Chance) {
    for _ in 0..shape.quotas {
        let programme = chance.below(3);
        let scope = match chance.below(3) {
            0 => Scope::Programme(format!("programme {programme}")),
            1 => Scope::Region(format!("region {programme}.{}", chance.below(2))),
            _ => Scope::ProgrammeInRegion {
                programme: format!("programme {programme}"),
                region: format!("region {programme}.{}", chance.below(2)),
            },
        };
        let counted: Vec<&Request> = problem.requests.iter().filter(|request| holds(&scope, request)).collect();
        let fixed = |request: &&&Request| problem.fixed.iter().any(|link| link.request == request.id);
        let fixed = counted.iter().filter(fixed).count() as u32;
        let at_most = fixed + chance.below(counted.len() as u32 + 1 - fixed);
        if problem.quotas.iter().all(|quota| quota.scope != scope) {
            problem.quotas.push(Quota { scope, at_most });
        }
    }
}

/// Whether a scope counts a request.
pub(crate) fn holds(scope: &Scope, request: &Request) -> bool {
    let is = |found: &Option<String>, wanted: &String| found.as_ref() == Some(wanted);
    match scope {
        Scope::Programme(programme) => is(&request.programme, programme),
        Scope::Region(region) => is(&request.region, region),
        Scope::ProgrammeInRegion { programme, region } => {
            is(&request.programme, programme) && is(&request.region, region)
        }
    }
}
