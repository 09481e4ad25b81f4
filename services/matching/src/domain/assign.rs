//! The best assignment for everyone at once.
//!
//! Every open request of a batch is assigned to at most one expert, and an expert takes several up to a capacity. Of
//! all assignments that keep the fixed pairs, the forbidden pairs, the capacities and the quotas, the best one is
//! found, exactly and by four levels of which the first decides: most requests served, highest sum of scores, most even
//! spread of work (least sum of squares of what each expert then has), fewest proposals changed that are out already.
//!
//! Same input, same output: ids are put in order first, so that the order of the lists means nothing.
//!
//! Sizes: at most 100,000 requests, 1,000,000 experts, 10,000,000 pairs, scores from 0 to 1,000,000. Time: one search
//! of Dijkstra's algorithm for each request that does not get its best expert at once, each at most O(pairs · log
//! experts), in practice a small part of them unless most requests compete for the same experts; memory: 8 bytes a
//! pair, 8 more in a [`State`].

mod backward;
mod change;
mod fault;
mod lists;
mod model;
mod network;
mod problem;
mod quotas;
mod search;
mod solution;
mod solve;
mod state;
mod unserved;
mod weights;

pub use fault::{Fault, Place, What};
pub use problem::{
    Expert, Link, MAX_EXPERTS, MAX_PAIRS, MAX_REQUESTS, MAX_SCORE, MAX_WORK, Pair, Problem, Quota, Request, Scope,
};
pub use solution::{Assigned, Changes, Moved, Reason, Shortage, Solution, Totals, Unserved};
pub use solve::{Prepared, solve};
pub use state::State;
