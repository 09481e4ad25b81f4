//! The cheapest flow through a network, by shortest augmenting paths with potentials; exact in whole numbers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::{Add, AddAssign, Neg, Sub};

/// Things that count, one strictly before the next: costs compare place by place.
pub(super) const LEVELS: usize = 6;

/// A cost in several places, of which an earlier one outweighs everything later. Ordered and added like a number, so that
/// one flow settles all places at once without weights that could overflow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost(pub(super) [i64; LEVELS]);

impl Cost {
    pub(super) const ZERO: Self = Self([0; LEVELS]);
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Cost {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.map(|place| -place))
    }
}

impl Sub for Cost {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

struct Edge {
    to: usize,
    left: i64,
    cost: Cost,
}

/// A network without cycles of negative cost. Edge `n` has its reverse at `n ^ 1`.
#[derive(Default)]
pub(super) struct Net {
    edges: Vec<Edge>,
    leaving: Vec<Vec<usize>>,
}

impl Net {
    /// A new node's number.
    pub(super) fn node(&mut self) -> usize {
        self.leaving.push(Vec::new());
        self.leaving.len() - 1
    }

    /// New nodes' numbers.
    pub(super) fn nodes(&mut self, count: usize) -> Vec<usize> {
        (0..count).map(|_| self.node()).collect()
    }

    /// A new edge's number.
    pub(super) fn edge(&mut self, from: usize, to: usize, capacity: i64, cost: Cost) -> usize {
        let number = self.edges.len();
        self.edges.push(Edge { to, left: capacity, cost });
        self.edges.push(Edge { to: from, left: 0, cost: -cost });
        self.leaving[from].push(number);
        self.leaving[to].push(number + 1);
        number
    }

    /// What flows through an edge.
    pub(super) fn through(&self, edge: usize) -> i64 {
        self.edges[edge ^ 1].left
    }

    /// Sends as much as possible, at most `limit`, at the least cost; says the cost.
    pub(super) fn send(&mut self, source: usize, sink: usize, limit: i64) -> Cost {
        let mut total = Cost::ZERO;
        let mut potential = self.first_potentials(source);
        for _ in 0..limit {
            let Some(path) = self.shortest(source, sink, &mut potential) else { break };
            for edge in path {
                self.edges[edge].left -= 1;
                self.edges[edge ^ 1].left += 1;
                total += self.edges[edge].cost;
            }
        }
        total
    }

    /// Distances from the source while costs may be negative (Bellman and Ford).
    fn first_potentials(&self, source: usize) -> Vec<Option<Cost>> {
        let mut far: Vec<Option<Cost>> = vec![None; self.leaving.len()];
        far[source] = Some(Cost::ZERO);
        let mut changed = true;
        while changed {
            changed = false;
            for node in 0..self.leaving.len() {
                let Some(here) = far[node] else { continue };
                for &edge in &self.leaving[node] {
                    let Edge { to, left, cost } = &self.edges[edge];
                    if *left > 0 && far[*to].is_none_or(|known| here + *cost < known) {
                        far[*to] = Some(here + *cost);
                        changed = true;
                    }
                }
            }
        }
        far
    }

    /// The edges of a shortest path, from the sink back; brings the potentials up to date (Dijkstra).
    fn shortest(&self, source: usize, sink: usize, potential: &mut [Option<Cost>]) -> Option<Vec<usize>> {
        let mut far: Vec<Option<Cost>> = vec![None; self.leaving.len()];
        let mut by: Vec<usize> = vec![usize::MAX; self.leaving.len()];
        let mut settled = vec![false; self.leaving.len()];
        let mut heap = BinaryHeap::from([Reverse((Cost::ZERO, source))]);
        far[source] = Some(Cost::ZERO);
        while let Some(Reverse((here, node))) = heap.pop() {
            if settled[node] {
                continue;
            }
            settled[node] = true;
            if node == sink {
                break;
            }
            let Some(height) = potential[node] else { continue };
            for &edge in &self.leaving[node] {
                let Edge { to, left, cost } = &self.edges[edge];
                let Some(other) = potential[*to].filter(|_| *left > 0 && !settled[*to]) else { continue };
                let there = here + *cost + height - other;
                if far[*to].is_none_or(|known| there < known) {
                    far[*to] = Some(there);
                    by[*to] = edge;
                    heap.push(Reverse((there, *to)));
                }
            }
        }
        let whole = far[sink].filter(|_| settled[sink])?;
        for node in 0..far.len() {
            // What was not settled is at least as far as the sink.
            let step = far[node].filter(|_| settled[node]).unwrap_or(whole);
            potential[node] = potential[node].map(|height| height + step);
        }
        let mut path = Vec::new();
        let mut node = sink;
        while node != source {
            path.push(by[node]);
            node = self.edges[by[node] ^ 1].to;
        }
        Some(path)
    }
}
