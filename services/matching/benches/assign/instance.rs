//! Made-up batches.

use matching::domain::assign::{Expert, Pair, Problem, Request};
use serde_json::{Value, json};

const PREFECTURES: u32 = 47;

/// A batch by number; ids are made from the numbers.
pub(crate) struct Instance {
    requests: u32,
    capacity: Vec<u32>,
    load: Vec<u32>,
    /// Request, expert, score.
    pairs: Vec<(u32, u32, u32)>,
}

/// Name, what it is like, and how it is made. The large ones are measured only when named.
pub(crate) const INSTANCES: [(&str, &str, Make); 8] = [
    ("1000", ANYWHERE, || anywhere_at_random(1_000, 24_000, 3)),
    ("10000", ANYWHERE, || anywhere_at_random(10_000, 24_000, 3)),
    ("wanted-1000", WANTED, || the_same_are_wanted(1_000, 24_000, 3)),
    ("wanted-10000", WANTED, || the_same_are_wanted(10_000, 24_000, 3)),
    ("short-10000", SHORT, || the_same_are_wanted(10_000, 8_000, 1)),
    ("large-anywhere", "as above with capacities 1 to 12", || anywhere_at_random(100_000, 24_000, 12)),
    ("large-wanted", "as above with capacities 1 to 12", || the_same_are_wanted(100_000, 24_000, 12)),
    ("large-short", "as above with capacities 1 to 4", || the_same_are_wanted(100_000, 24_000, 4)),
];
type Make = fn() -> Instance;

const ANYWHERE: &str = "pairs anywhere, scores at random, capacities 1 to 3, work had 0 to 5";
const WANTED: &str =
    "pairs within the prefecture, the same experts best for nearly all, capacities 1 to 3, work had 0 to 5";
const SHORT: &str = "as before with one place for each expert, and fewer places than requests";

fn anywhere_at_random(requests: u32, experts: u32, capacity: u32) -> Instance {
    let mut chance = Chance(7);
    let mut pairs = Vec::new();
    for request in 0..requests {
        let own = chance.some(experts, 50);
        pairs.extend(own.into_iter().map(|expert| (request, expert, chance.below(1_000_001))));
    }
    settled(requests, experts, capacity, pairs, chance)
}

fn the_same_are_wanted(requests: u32, experts: u32, capacity: u32) -> Instance {
    let mut chance = Chance(11);
    let quality: Vec<u32> = (0..experts).map(|_| chance.below(800_001)).collect();
    let near = experts / PREFECTURES;
    let mut pairs = Vec::new();
    for request in 0..requests {
        // Twice as many draws from the first prefectures, as companies are not spread evenly either.
        let prefecture = chance.below(PREFECTURES).min(chance.below(PREFECTURES));
        for expert in chance.some(near, 50) {
            let expert = prefecture * near + expert;
            pairs.push((request, expert, quality[expert as usize] + chance.below(200_001)));
        }
    }
    settled(requests, experts, capacity, pairs, chance)
}

fn settled(requests: u32, experts: u32, capacity: u32, pairs: Vec<(u32, u32, u32)>, mut chance: Chance) -> Instance {
    let load = (0..experts).map(|_| chance.below(6)).collect();
    let capacity = (0..experts).map(|_| 1 + chance.below(capacity)).collect();
    Instance { requests, capacity, load, pairs }
}

impl Instance {
    pub(crate) fn problem(&self) -> Problem {
        let request = |number: u32| format!("01931f6c-request-{number:020}");
        let expert = |number: u32| format!("01931f6c-expert-{number:021}");
        let work = self.capacity.iter().zip(&self.load).zip(0..);
        let pair = |&(from, to, score): &(u32, u32, u32)| Pair { request: request(from), expert: expert(to), score };
        Problem {
            requests: (0..self.requests).map(|number| Request { id: request(number), ..Request::default() }).collect(),
            experts: work.map(|((&capacity, &load), number)| Expert { id: expert(number), capacity, load }).collect(),
            pairs: self.pairs.iter().map(pair).collect(),
            ..Problem::default()
        }
    }

    /// For `least_cost.py`.
    pub(crate) fn json(&self) -> Value {
        let column = |of: fn(&(u32, u32, u32)) -> u32| self.pairs.iter().map(of).collect::<Vec<_>>();
        json!({
            "requests": self.requests,
            "capacity": self.capacity,
            "load": self.load,
            "request": column(|pair| pair.0),
            "expert": column(|pair| pair.1),
            "score": column(|pair| pair.2),
        })
    }
}

/// A stream of numbers from a seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `limit`.
    fn below(&mut self, limit: u32) -> u32 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u32
    }

    /// About so many different numbers below `limit`.
    fn some(&mut self, limit: u32, count: u32) -> Vec<u32> {
        let mut numbers: Vec<u32> = (0..count).map(|_| self.below(limit)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}
