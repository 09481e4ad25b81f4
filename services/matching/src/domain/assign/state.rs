//! A solved problem that is kept, and changed at little cost.

use std::collections::HashMap;

use super::fault::{Fault, Place, What};
use super::lists::Lists;
use super::model::{Arc, Barred, Model, NONE};
use super::network::{Network, Seat};
use super::problem::{Expert, Link, MAX_EXPERTS, MAX_REQUESTS, Pair, Problem, Quota, Request};
use super::quotas;
use super::solution::{Changes, Moved, Solution};
use super::solve::{Solved, solution};
use super::weights::{Bounds, Cost};

/// A solved problem. Each change leaves it solved: as good on the first three levels as solving anew, with as few
/// proposals changed as any such assignment. What it serves is then what is proposed, and what the next change is
/// compared with. A change costs some searches from where it happens instead of one for each request; a fault changes
/// nothing.
#[derive(Clone, Debug)]
pub struct State {
    model: Model,
    /// By request: region and programme.
    places: Vec<(Option<String>, Option<String>)>,
    solved: Solved,
    bounds: Bounds,
    requests: HashMap<String, u32>,
    experts: HashMap<String, u32>,
    /// Numbers of requests that were withdrawn.
    vacant: Vec<u32>,
}

macro_rules! on {
    ($state:expr, $network:ident => $what:expr) => {
        match &mut $state.solved {
            Solved::Narrow($network) => $what,
            Solved::Wide($network) => $what,
        }
    };
}

macro_rules! see {
    ($state:expr, $network:ident => $what:expr) => {
        match &$state.solved {
            Solved::Narrow($network) => $what,
            Solved::Wide($network) => $what,
        }
    };
}

mod arguments;

use arguments::{check_work, fault, fixed_at, too_many};

type Outcome = Result<Changes, Vec<Fault>>;

impl State {
    /// Solves a problem to keep it, or says everything that is wrong with it. The solution tells what changed against
    /// [`Problem::current`].
    pub fn new(problem: &Problem) -> Result<(Self, Solution), Vec<Fault>> {
        let mut model = Model::read(problem)?;
        let bounds = model.bounds().with_headroom();
        let by_id: HashMap<&str, &Request> = problem.requests.iter().map(|request| (&*request.id, request)).collect();
        let place = |id: &String| (by_id[&**id].region.clone(), by_id[&**id].programme.clone());
        let rows = std::mem::take(&mut model.rows);
        let number = |ids: &[String]| ids.iter().cloned().zip(0..).collect::<HashMap<_, _>>();
        let mut state = Self {
            places: model.requests.iter().map(place).collect(),
            requests: number(&model.requests),
            experts: number(&model.experts),
            solved: Solved::new(&model, rows, bounds),
            bounds,
            vacant: Vec::new(),
            model,
        };
        let solution = state.solution();
        on!(state, network => {
            network.columns = columns(network);
            (0..network.seats.len() as u32).for_each(|request| network.make_current(request));
        });
        Ok((state, solution))
    }

    /// What is served, what not and why. Time: all pairs.
    pub fn solution(&self) -> Solution {
        see!(self, network => solution(&self.model, network))
    }

    /// The problem as it is now, with what is served as what is proposed.
    pub fn problem(&self) -> Problem {
        see!(self, network => self.problem_of(network))
    }

    fn problem_of<C: Cost>(&self, network: &Network<C>) -> Problem {
        let mut problem = Problem { quotas: self.quotas(), ..Problem::default() };
        for (number, seat) in network.seats.iter().enumerate().filter(|(_, seat)| seat.at != NONE) {
            let id = &self.model.requests[number];
            let (region, programme) = self.places[number].clone();
            problem.requests.push(Request { id: id.clone(), region, programme });
            let link = |node: u32| Link::new(id.clone(), self.expert_id(node));
            let pair = |to: u32, score| Pair { request: id.clone(), expert: self.expert_id(to), score };
            problem.pairs.extend(network.rows.of(number as u32).iter().map(|arc| pair(arc.to, arc.score)));
            for barred in self.model.barred.get(&(number as u32)).into_iter().flatten() {
                problem.pairs.extend(barred.score.map(|score| pair(barred.to, score)));
                problem.forbidden.push(link(barred.to));
            }
            if seat.current != NONE {
                problem.current.push(link(seat.current));
            }
            if network.frozen[number] {
                problem.fixed.push(link(seat.at));
            }
        }
        let mut frozen = vec![0; network.rooms.len()];
        for (seat, _) in network.seats.iter().zip(&network.frozen).filter(|(_, frozen)| **frozen) {
            frozen[seat.at as usize] += 1;
        }
        for (number, id) in self.model.experts.iter().enumerate() {
            let node = number + network.parents.len();
            let (room, frozen) = (network.rooms[node], frozen[node]);
            let (capacity, load) = (room.capacity + frozen, room.load - frozen);
            problem.experts.push(Expert { id: id.clone(), capacity, load });
        }
        problem
    }

    fn quotas(&self) -> Vec<Quota> {
        let quota = |group: &quotas::Group| {
            group.quota.as_ref().map(|(_, scope)| Quota { scope: scope.clone(), at_most: group.at_most })
        };
        self.model.groups.iter().filter_map(quota).collect()
    }

    fn expert_id(&self, node: u32) -> String {
        self.model.experts[(node - self.model.first_expert()) as usize].clone()
    }

    // --- changes ------------------------------------------------------------------------------------------------------

    /// The company needs nobody any more. Fixed or not.
    pub fn withdraw_request(&mut self, id: &str) -> Outcome {
        let request = self.request(id)?;
        on!(self, network => {
            if network.frozen[request as usize] {
                network.unfreeze(request);
            }
            network.take_out(request);
            let seat = network.seats[request as usize];
            network.totals.changed -= u64::from(seat.current != NONE);
            network.seats[request as usize].current = NONE;
            forget_pairs(network, request);
        });
        let changes = self.finish();
        self.requests.remove(id);
        self.model.barred.remove(&request);
        self.model.requests[request as usize].clear();
        self.vacant.push(request);
        Ok(changes)
    }

    /// A new request with its feasible pairs, each naming it.
    pub fn add_request(&mut self, request: Request, pairs: &[Pair]) -> Outcome {
        let mut faults = Vec::new();
        if request.id.is_empty() {
            faults.push(Fault { place: Place::Whole, what: What::EmptyId });
        } else if self.requests.contains_key(&request.id) {
            let what = What::RepeatedId { id: request.id.clone(), first: Place::Whole };
            faults.push(Fault { place: Place::Whole, what });
        }
        too_many(self.requests.len(), MAX_REQUESTS, &mut faults);
        let arcs = self.arcs(&request.id, pairs, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let many = self.requests.len() as u64 >= self.bounds.requests;
        let Some(group) = self.group(&request).filter(|_| !many) else {
            return self.anew(|problem| {
                problem.requests.push(request);
                problem.pairs.extend_from_slice(pairs);
            });
        };
        let number = self.number(request, group);
        on!(self, network => {
            arcs.iter().for_each(|&arc| network.add_pair(number, arc));
            network.put_in(number);
        });
        Ok(self.finish())
    }

    /// Other pairs for a request, as after a change of theme. What was forbidden stays so.
    pub fn set_pairs(&mut self, id: &str, pairs: &[Pair]) -> Outcome {
        let request = self.movable(id)?;
        let mut faults = Vec::new();
        let mut arcs = self.arcs(id, pairs, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        for barred in self.model.barred.get_mut(&request).into_iter().flatten() {
            let found = arcs.iter().position(|arc| arc.to == barred.to);
            barred.score = found.map(|at| arcs.remove(at).score);
        }
        on!(self, network => {
            network.take_out(request);
            forget_pairs(network, request);
            arcs.iter().for_each(|&arc| network.add_pair(request, arc));
            network.put_in(request);
        });
        Ok(self.finish())
    }

    /// One of both declined, or the operator bars the pair, feasible or not.
    pub fn forbid(&mut self, link: &Link) -> Outcome {
        let (request, to) = self.ends(link)?;
        if see!(self, network => network.frozen[request as usize] && network.seats[request as usize].at == to) {
            return fault(What::IsFixed { request: link.request.clone() });
        }
        if self.model.barred.get(&request).is_some_and(|barred| barred.iter().any(|one| one.to == to)) {
            return Ok(self.finish());
        }
        let score = on!(self, network => {
            let sits = network.seats[request as usize].at == to;
            if sits {
                network.take_out(request);
            }
            let score = network.remove_pair(request, to);
            if sits {
                network.put_in(request);
            }
            score
        });
        self.model.barred.entry(request).or_default().push(Barred { to, score });
        Ok(self.finish())
    }

    /// Both accepted: the pair stays, whatever comes. It need not be the one proposed, only feasible.
    pub fn fix(&mut self, link: &Link) -> Outcome {
        let request = self.movable(&link.request)?;
        let (_, to) = self.ends(link)?;
        if see!(self, network => network.seats[request as usize].at != to) {
            self.check_force(link, request, to)?;
            on!(self, network => {
                network.take_out(request);
                network.force(request, to);
            });
        }
        on!(self, network => network.freeze(request));
        Ok(self.finish())
    }

    /// A fixed pair may be changed again.
    pub fn release(&mut self, request: &str) -> Outcome {
        let number = self.request(request)?;
        if see!(self, network => !network.frozen[number as usize]) {
            return fault(What::NotFixed { request: request.to_owned() });
        }
        on!(self, network => {
            network.unfreeze(number);
            network.take_out(number);
            network.put_in(number);
        });
        Ok(self.finish())
    }

    /// A new expert with the feasible pairs, each naming the expert.
    pub fn add_expert(&mut self, expert: Expert, pairs: &[Pair]) -> Outcome {
        let mut faults = check_work(&expert);
        if expert.id.is_empty() {
            faults.push(Fault { place: Place::Whole, what: What::EmptyId });
        } else if self.experts.contains_key(&expert.id) {
            let what = What::RepeatedId { id: expert.id.clone(), first: Place::Whole };
            faults.push(Fault { place: Place::Whole, what });
        }
        too_many(self.experts.len(), MAX_EXPERTS, &mut faults);
        let arcs = self.column(&expert.id, pairs, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        if !self.has_room_for(&expert) {
            return self.anew(|problem| {
                problem.experts.push(expert);
                problem.pairs.extend_from_slice(pairs);
            });
        }
        on!(self, network => {
            let node = network.add_expert(expert.load);
            arcs.iter().for_each(|&(request, score)| network.add_pair(request, Arc { to: node, score }));
            network.price_of_nobody(node);
            network.set_capacity(node, expert.capacity);
        });
        self.experts.insert(expert.id.clone(), self.model.experts.len() as u32);
        self.model.experts.push(expert.id);
        Ok(self.finish())
    }

    /// The expert can take so many of this batch, fixed ones among them; 0 for one who withdraws.
    pub fn set_capacity(&mut self, id: &str, capacity: u32) -> Outcome {
        let Some(&number) = self.experts.get(id) else { return fault(What::UnknownExpert { id: id.to_owned() }) };
        let node = self.model.first_expert() + number;
        let fixed = see!(self, network => fixed_at(network, node));
        let load = see!(self, network => network.rooms[node as usize].load) - fixed;
        let expert = Expert { id: id.to_owned(), capacity, load };
        let faults = check_work(&expert);
        if !faults.is_empty() {
            return Err(faults);
        }
        if fixed > capacity {
            return fault(What::FixedBeyondCapacity { expert: expert.id, fixed, capacity });
        }
        if !self.has_room_for(&expert) {
            return self.anew(|problem| {
                problem.experts.iter_mut().filter(|one| one.id == expert.id).for_each(|one| one.capacity = capacity);
            });
        }
        on!(self, network => network.set_capacity(node, capacity - fixed));
        Ok(self.finish())
    }

    // --- what the changes share ---------------------------------------------------------------------------------------

    /// Tells what moved, and takes it as proposed from now on.
    fn finish(&mut self) -> Changes {
        let (mut moved, totals) = on!(self, network => {
            let totals = network.totals;
            let mut moved = Vec::new();
            for request in network.take_moved() {
                let was = network.seats[request as usize];
                network.make_current(request);
                let is = network.seats[request as usize];
                if was.current != is.current && is.at != NONE {
                    moved.push((request, was.current, is.current));
                }
            }
            (moved, totals)
        });
        let name = |node: u32| (node != NONE).then(|| self.expert_id(node));
        moved.sort_unstable_by_key(|&(request, ..)| &self.model.requests[request as usize]);
        let moved = moved.into_iter().map(|(request, from, to)| Moved {
            request: self.model.requests[request as usize].clone(),
            from: name(from),
            to: name(to),
        });
        Changes { moved: moved.collect(), totals }
    }

    /// The rare change for which the levels or the quotas must be laid out anew.
    fn anew(&mut self, change: impl FnOnce(&mut Problem)) -> Outcome {
        let mut problem = self.problem();
        change(&mut problem);
        let (state, solution) = Self::new(&problem)?;
        let by_request = |links: &[Link]| {
            links.iter().map(|link| (link.request.clone(), link.expert.clone())).collect::<HashMap<_, _>>()
        };
        let before = by_request(&problem.current);
        let pairs: HashMap<&str, &str> = solution.pairs.iter().map(|pair| (&*pair.request, &*pair.expert)).collect();
        let mut ids: Vec<&str> = problem.requests.iter().map(|request| &*request.id).collect();
        ids.sort_unstable();
        let moved = ids.into_iter().map(|id| Moved {
            request: id.to_owned(),
            from: before.get(id).cloned(),
            to: pairs.get(id).map(|expert| (*expert).to_owned()),
        });
        *self = state;
        Ok(Changes { moved: moved.filter(|moved| moved.from != moved.to).collect(), totals: solution.totals })
    }

    /// A number for a new request.
    fn number(&mut self, request: Request, group: u32) -> u32 {
        let Request { id, region, programme } = request;
        let number = match self.vacant.pop() {
            Some(number) => {
                on!(self, network => {
                    network.seats[number as usize] = Seat { at: NONE, score: 0, current: NONE, group };
                });
                self.model.requests[number as usize].clone_from(&id);
                self.places[number as usize] = (region, programme);
                number
            }
            None => {
                self.model.requests.push(id.clone());
                self.places.push((region, programme));
                on!(self, network => network.add_request(group))
            }
        };
        self.requests.insert(id, number);
        number
    }
}

/// Takes all pairs from a request that is out.
fn forget_pairs<C: Cost>(network: &mut Network<C>, request: u32) {
    let to: Vec<u32> = network.rows.of(request).iter().map(|arc| arc.to).collect();
    for to in to {
        network.remove_pair(request, to);
    }
}

/// The pairs by expert.
fn columns<C: Cost>(network: &Network<C>) -> Lists<(u32, u32)> {
    let first_expert = network.parents.len() as u32;
    let requests = 0..network.seats.len() as u32;
    let of = |request| network.rows.of(request).iter().map(move |arc| (arc.to - first_expert, (request, arc.score)));
    let mut counts = vec![0; network.rooms.len() - network.parents.len()];
    requests.clone().flat_map(of).for_each(|(expert, _)| counts[expert as usize] += 1);
    Lists::gather(&counts, (NONE, 0), requests.flat_map(of))
}
