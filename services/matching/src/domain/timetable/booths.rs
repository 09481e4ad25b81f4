//! Booths for experts: one for the whole event where that is possible, so that nobody carries papers about.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Event, mask, rounds_in};
use super::plan::Seat;

/// Steps after which the search for one booth an expert is given up.
const STEPS: usize = 100_000;

/// A seat without a booth: round, expert, company.
type Open = (usize, String, String);

/// Seats with booths, by round and booth. Booths of the expert's own first, then as `told`, then one booth an expert where
/// that is possible, else as few moves as a walk from round to round makes. In `settled` rounds booths stay as told.
pub(super) fn at_booths(event: &Event, seats: Vec<Open>, told: &[Seat], settled: u64) -> Vec<Seat> {
    let mut busy: BTreeMap<&str, u64> = BTreeMap::new();
    for (round, expert, _) in &seats {
        *busy.entry(expert).or_default() |= 1 << round;
    }
    let own = own(event);
    let mut told: Vec<&Seat> = told.iter().collect();
    told.sort();
    let last_told: BTreeMap<&str, usize> = told
        .iter()
        .map(|seat| (seat.expert.as_str(), seat.booth))
        .filter(|(_, booth)| *booth < event.booths.len())
        .collect();
    let stays: BTreeMap<(usize, &str), usize> = told
        .iter()
        .filter(|seat| settled >> seat.round & 1 == 1 && seat.booth < event.booths.len())
        .map(|seat| ((seat.round, seat.expert.as_str()), seat.booth))
        .collect();
    let mut search =
        One { booths: event.booths.len(), busy: &busy, own: &own, told: &last_told, stays: &stays, steps: 0 };
    let one = search.solve();
    let booth = |round: usize, expert: &str, taken: &BTreeMap<(usize, String), usize>| {
        taken.get(&(round, expert.to_owned())).copied().unwrap_or_default()
    };
    let taken: BTreeMap<(usize, String), usize> = match one {
        Some(one) => seats.iter().map(|(round, expert, _)| ((*round, expert.clone()), one[expert.as_str()])).collect(),
        None => walk(event, &busy, &own, &last_told, &stays),
    };
    let at = |(round, expert, company): Open| Seat { booth: booth(round, &expert, &taken), round, expert, company };
    let mut seats: Vec<Seat> = seats.into_iter().map(at).collect();
    seats.sort();
    seats
}

fn own(event: &Event) -> BTreeMap<&str, (usize, u64)> {
    let count = event.rounds.len();
    let place = |name: &String| event.booths.iter().position(|booth| booth == name);
    let own = event.experts.iter().filter_map(|present| {
        let booth = place(present.booth.as_ref()?)?;
        Some((present.expert.as_str(), (booth, mask(present.rounds.as_ref(), count))))
    });
    own.collect()
}

/// The search for one booth an expert.
struct One<'a> {
    booths: usize,
    busy: &'a BTreeMap<&'a str, u64>,
    own: &'a BTreeMap<&'a str, (usize, u64)>,
    told: &'a BTreeMap<&'a str, usize>,
    stays: &'a BTreeMap<(usize, &'a str), usize>,
    steps: usize,
}

impl<'a> One<'a> {
    fn solve(&mut self) -> Option<BTreeMap<&'a str, usize>> {
        let mut order: Vec<&str> = self.busy.keys().copied().collect();
        // Those with the least choice first.
        order.sort_by_key(|expert| (self.must(expert).is_none(), !self.told.contains_key(expert), *expert));
        let mut chosen = BTreeMap::new();
        self.next(&order, &mut vec![0; self.booths], &mut chosen).then_some(chosen)
    }

    /// The booth that an expert has for the event, or had in a round that is over.
    fn must(&self, expert: &str) -> Option<usize> {
        let stayed = || self.stays.iter().find(|((_, who), _)| *who == expert).map(|(_, booth)| *booth);
        self.own.get(expert).map(|(booth, _)| *booth).or_else(stayed)
    }

    fn next(&mut self, order: &[&'a str], used: &mut [u64], chosen: &mut BTreeMap<&'a str, usize>) -> bool {
        let Some((expert, rest)) = order.split_first() else { return true };
        self.steps += 1;
        if self.steps > STEPS {
            return false;
        }
        let rounds = self.busy[expert];
        let wish = self.told.get(expert).copied();
        let all: Vec<usize> = match self.must(expert) {
            Some(booth) => vec![booth],
            None => wish.into_iter().chain((0..self.booths).filter(|booth| Some(*booth) != wish)).collect(),
        };
        for booth in all {
            let differs = |round| self.stays.get(&(round, *expert)).is_some_and(|stays| *stays != booth);
            if used[booth] & rounds != 0 || rounds_in(rounds).any(differs) {
                continue;
            }
            used[booth] |= rounds;
            chosen.insert(expert, booth);
            if self.next(rest, used, chosen) {
                return true;
            }
            used[booth] &= !rounds;
            chosen.remove(expert);
        }
        false
    }
}

/// The booth an expert would have.
type Wish<'a> = &'a dyn Fn(&str) -> Option<usize>;

/// Round after round: the own booth, the one as settled, the one of the round before, the one as told, any other.
fn walk(
    event: &Event,
    busy: &BTreeMap<&str, u64>,
    own: &BTreeMap<&str, (usize, u64)>,
    told: &BTreeMap<&str, usize>,
    stays: &BTreeMap<(usize, &str), usize>,
) -> BTreeMap<(usize, String), usize> {
    let mut taken: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let mut before: BTreeMap<&str, usize> = told.clone();
    for round in 0..event.rounds.len() {
        let here: Vec<&str> =
            busy.iter().filter(|(_, rounds)| **rounds >> round & 1 == 1).map(|(who, _)| *who).collect();
        let mut free: BTreeSet<usize> = (0..event.booths.len()).collect();
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        let settled = |who: &str| stays.get(&(round, who)).copied();
        let mine = |who: &str| own.get(who).map(|(booth, _)| *booth);
        let last = |who: &str| before.get(who).copied();
        let wishes: [Wish<'_>; 3] = [&settled, &mine, &last];
        for wish in wishes {
            for who in &here {
                if let Some(booth) = wish(who).filter(|booth| !at.contains_key(who) && free.contains(booth)) {
                    free.remove(&booth);
                    at.insert(who, booth);
                }
            }
        }
        for who in &here {
            if !at.contains_key(who)
                && let Some(booth) = free.pop_first()
            {
                at.insert(who, booth);
            }
        }
        for (who, booth) in at {
            before.insert(who, booth);
            taken.insert((round, who.to_owned()), booth);
        }
    }
    taken
}
