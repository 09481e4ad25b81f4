//! A state that is changed again and again is always as good as a problem solved anew, and changes no more than it
//! must.

use matching::domain::assign::{Changes, Expert, Fault, Link, Pair, Problem, Quota, Request, Scope, State, solve};
use proptest::prelude::*;

use crate::brute::{self, Assignment};
use crate::instance::{Chance, Shape, problem, request};
use crate::optimum::{assignment, holds_together};

/// A state beside the plain problem it should be the solution of.
struct Beside {
    state: State,
    plain: Problem,
    served: Assignment,
    chance: Chance,
    made: u32,
    score: u32,
}

impl Beside {
    fn new(shape: Shape, seed: u64) -> Self {
        let plain = problem(shape, seed);
        let (state, solution) = State::new(&plain).unwrap();
        holds_together(&plain, &solution);
        assert_eq!(solution.totals, solve(&plain).unwrap().totals);
        let served = assignment(&solution);
        Self { state, plain, served, chance: Chance(seed ^ 77), made: 100, score: shape.score }
    }

    fn any<T: Clone>(&mut self, of: impl Fn(&Problem) -> &[T]) -> Option<T> {
        let items = of(&self.plain);
        (!items.is_empty()).then(|| items[self.chance.below(items.len() as u32) as usize].clone())
    }

    fn is_fixed(&self, id: &str) -> bool {
        self.plain.fixed.iter().any(|link| link.request == id)
    }

    fn some_pairs(&mut self, requests: &[String], experts: &[String]) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for request in requests {
            for expert in experts {
                if self.chance.in_hundred(60) {
                    let score = self.chance.below(self.score + 1);
                    pairs.push(Pair { request: request.clone(), expert: expert.clone(), score });
                }
            }
        }
        pairs
    }

    /// One change of either kind; what it did, if it was possible.
    fn change(&mut self) -> Option<Changes> {
        match self.chance.below(9) {
            0 => {
                let id = self.any(|plain| &plain.requests)?.id;
                self.plain.requests.retain(|request| request.id != id);
                self.plain.pairs.retain(|pair| pair.request != id);
                self.plain.fixed.retain(|link| link.request != id);
                self.plain.forbidden.retain(|link| link.request != id);
                self.served.remove(&id);
                self.state.withdraw_request(&id).ok()
            }
            1 | 2 => {
                self.made += 1;
                let request = request(self.made, &mut self.chance);
                let experts: Vec<String> = self.plain.experts.iter().map(|expert| expert.id.clone()).collect();
                let pairs = self.some_pairs(std::slice::from_ref(&request.id), &experts);
                self.plain.requests.push(request.clone());
                self.plain.pairs.extend_from_slice(&pairs);
                let made = self.state.add_request(request, &pairs);
                Some(made.unwrap())
            }
            3 => {
                let id = self.any(|plain| &plain.requests)?.id;
                let experts: Vec<String> = self.plain.experts.iter().map(|expert| expert.id.clone()).collect();
                let pairs = self.some_pairs(std::slice::from_ref(&id), &experts);
                let changes = self.state.set_pairs(&id, &pairs);
                assert_eq!(changes.is_err(), self.is_fixed(&id));
                let changes = changes.ok()?;
                self.plain.pairs.retain(|pair| pair.request != id);
                self.plain.pairs.extend_from_slice(&pairs);
                Some(changes)
            }
            4 => {
                let Pair { request, expert, .. } = self.any(|plain| &plain.pairs)?;
                let expert =
                    self.served.get(&request).cloned().filter(|_| self.chance.in_hundred(70)).unwrap_or(expert);
                let link = Link { request, expert };
                let changes = self.state.forbid(&link);
                assert_eq!(changes.is_err(), self.plain.fixed.contains(&link));
                let changes = changes.ok()?;
                if !self.plain.forbidden.contains(&link) {
                    self.plain.forbidden.push(link);
                }
                Some(changes)
            }
            5 => {
                let Pair { request, expert, .. } = self.any(|plain| &plain.pairs)?;
                let expert =
                    self.served.get(&request).cloned().filter(|_| self.chance.in_hundred(50)).unwrap_or(expert);
                let link = Link { request, expert };
                let mut plain = self.plain.clone();
                plain.fixed.push(link.clone());
                let changes = self.state.fix(&link);
                assert_eq!(changes.is_ok(), plain.check().is_empty(), "{changes:?} {:?}", plain.check());
                let changes = changes.ok()?;
                self.plain = plain;
                Some(changes)
            }
            6 => {
                let id = self.any(|plain| &plain.fixed)?.request;
                self.plain.fixed.retain(|link| link.request != id);
                Some(self.state.release(&id).unwrap())
            }
            7 => {
                self.made += 1;
                let id = format!("expert {:05}", self.made);
                let (capacity, load) = (self.chance.below(4), self.chance.below(20));
                let expert = Expert { id: id.clone(), capacity, load };
                let requests: Vec<String> = self.plain.requests.iter().map(|request| request.id.clone()).collect();
                let pairs = self.some_pairs(&requests, &[id]);
                self.plain.experts.push(expert.clone());
                self.plain.pairs.extend_from_slice(&pairs);
                Some(self.state.add_expert(expert, &pairs).unwrap())
            }
            _ => {
                let at = self.chance.below(self.plain.experts.len() as u32) as usize;
                let capacity = self.chance.below(5);
                let mut plain = self.plain.clone();
                plain.experts[at].capacity = capacity;
                let changes = self.state.set_capacity(&plain.experts[at].id, capacity);
                assert_eq!(changes.is_ok(), plain.check().is_empty());
                let changes = changes.ok()?;
                self.plain = plain;
                Some(changes)
            }
        }
    }

    fn proposals(&self) -> Vec<Link> {
        self.served.iter().map(|(request, expert)| Link::new(request.clone(), expert.clone())).collect()
    }

    fn step(&mut self, try_all: bool) {
        let before = self.plain.clone();
        let Some(changes) = self.change() else {
            assert_eq!(self.plain.requests, before.requests, "a change that fails changes nothing");
            return;
        };
        self.plain.current = self.proposals();
        let anew = solve(&self.plain).unwrap();
        assert_eq!(changes.totals, anew.totals);
        if try_all
            && (self.plain.pairs.len() as f64 / self.plain.requests.len().max(1) as f64 + 1.0)
                .powi(self.plain.requests.len() as i32)
                < 3_000.0
        {
            assert_eq!(changes.totals, brute::best(&self.plain));
        }
        let solution = self.state.solution();
        let served = assignment(&solution);
        assert_eq!(brute::broken(&self.plain, &served), None);
        assert_eq!(brute::totals(&self.plain, &served), changes.totals);
        for moved in &changes.moved {
            assert_eq!(self.served.get(&moved.request), moved.from.as_ref());
            match &moved.to {
                Some(expert) => self.served.insert(moved.request.clone(), expert.clone()),
                None => self.served.remove(&moved.request),
            };
        }
        assert_eq!(self.served, served, "what moved is the whole difference");
        self.plain.current = self.proposals();
        same(&self.state.problem(), &self.plain);
    }
}

fn same(one: &Problem, other: &Problem) {
    let sorted = |problem: &Problem| {
        let mut problem = problem.clone();
        problem.requests.sort_by(|one, other| one.id.cmp(&other.id));
        problem.experts.sort_by(|one, other| one.id.cmp(&other.id));
        problem.pairs.sort_by(|one, other| (&one.request, &one.expert).cmp(&(&other.request, &other.expert)));
        problem.fixed.sort();
        problem.forbidden.sort();
        problem.current.sort();
        problem.quotas.sort_by(|one, other| one.scope.cmp(&other.scope));
        problem
    };
    assert_eq!(sorted(one), sorted(other));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_state_is_always_as_good_as_solving_anew(
        (requests, experts, feasible) in (0..6u32, 1..5u32, 30..100u32),
        (score, capacity, settled, quotas) in (0..4u32, 1..4u32, 0..60u32, 0..4u32),
        seed in any::<u64>(),
    ) {
        let mut pair = Beside::new(Shape { requests, experts, feasible, score, capacity, load: 2, settled, quotas }, seed);
        for _ in 0..25 {
            pair.step(true);
        }
    }
}

#[test]
fn so_is_a_larger_one() {
    for (seed, quotas) in [(1, 0), (2, 4), (3, 9)] {
        let shape =
            Shape { requests: 60, experts: 25, feasible: 15, score: 50, capacity: 3, load: 5, settled: 20, quotas };
        let mut pair = Beside::new(shape, seed);
        for _ in 0..300 {
            pair.step(false);
        }
    }
}

#[test]
fn a_change_that_cannot_be_made_says_why_and_changes_nothing() {
    let expert = |id: &str, capacity| Expert { id: id.into(), capacity, load: 0 };
    let pair = |request: &str, expert: &str, score| Pair { request: request.into(), expert: expert.into(), score };
    let request = |id: &str| Request { id: id.into(), region: Some("north".into()), programme: None };
    let problem = Problem {
        requests: vec![request("a"), request("b")],
        experts: vec![expert("x", 1), expert("y", 1)],
        pairs: vec![pair("a", "x", 1), pair("a", "y", 2), pair("b", "x", 3)],
        fixed: vec![Link::new("a", "x")],
        quotas: vec![Quota { scope: Scope::Region("north".into()), at_most: 1 }],
        ..Problem::default()
    };
    let mut state = State::new(&problem).unwrap().0;
    let before = state.solution();
    let two = [pair("b", "y", 1), pair("b", "y", 2), pair("a", "y", 2), pair("b", "z", 2_000_000)];
    for (answer, faults) in [
        (state.withdraw_request("c"), vec!["problem: no request c"]),
        (state.add_request(request("a"), &[]), vec!["problem: the id a stands at problem already"]),
        (
            state.add_expert(expert("", 2_000_000), &[]),
            vec!["problem: a capacity or load of 2000000, at most 1000000", "problem: an id is empty"],
        ),
        (state.set_pairs("a", &[]), vec!["problem: request a is fixed"]),
        (
            state.set_pairs("b", &two),
            vec![
                "pairs[1]: request b and expert y stand at pairs[0] already",
                "pairs[2]: no request a",
                "pairs[3]: a score of 2000000, at most 1000000",
                "pairs[3]: no expert z",
            ],
        ),
        (state.forbid(&Link::new("a", "x")), vec!["problem: request a is fixed"]),
        (state.forbid(&Link::new("c", "z")), vec!["problem: no request c", "problem: no expert z"]),
        (state.fix(&Link::new("a", "y")), vec!["problem: request a is fixed"]),
        (state.fix(&Link::new("b", "y")), vec!["problem: request b and expert y are no feasible pair"]),
        (state.fix(&Link::new("b", "x")), vec!["problem: expert x has 2 fixed requests and a capacity of 1"]),
        (state.release("b"), vec!["problem: request b is not fixed"]),
        (state.set_capacity("x", 0), vec!["problem: expert x has 1 fixed requests and a capacity of 0"]),
        (state.set_capacity("z", 0), vec!["problem: no expert z"]),
    ] {
        let found: Vec<String> = answer.unwrap_err().iter().map(Fault::to_string).collect();
        assert_eq!(found, faults);
    }
    state.set_capacity("x", 2).unwrap();
    let full = state.fix(&Link::new("b", "x")).unwrap_err();
    assert_eq!(full[0].to_string(), "problem: at most 1 requests of region north may be served, and 2 are fixed");
    state.set_capacity("x", 1).unwrap();
    assert_eq!(state.solution(), before);
}
