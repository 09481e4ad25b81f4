//! Looks through all teams of one, then two, then three, by what is still uncovered.

use std::cmp::Reverse;

use super::TEAM_AT_MOST;
use super::need::Cover;
use crate::domain::candidates::facts::Facts;
use crate::domain::candidates::policy::Policy;

/// Where an expert stands, for mixing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sides {
    pub(super) senior: bool,
    pub(super) junior: bool,
    pub(super) management: bool,
    pub(super) technical: bool,
}

impl Sides {
    pub(super) fn of(policy: &Policy, facts: &Facts, year: i32) -> Self {
        let rule = &policy.team;
        let experience = facts.experience.map(|experience| experience.index());
        let years = facts.registered.map(|registered| i64::from(year) - i64::from(registered));
        Self {
            senior: experience.is_some_and(|experience| experience >= rule.senior_experience)
                && years.is_some_and(|years| years >= i64::from(rule.senior_years)),
            junior: experience.is_some_and(|experience| experience <= rule.junior_experience)
                || years.is_some_and(|years| years <= i64::from(rule.junior_years)),
            management: facts.able.meets(rule.management),
            technical: facts.able.meets(rule.technical),
        }
    }

    /// True where the other stands on every side this one does.
    const fn within(self, other: Self) -> bool {
        !(self.senior && !other.senior
            || self.junior && !other.junior
            || self.management && !other.management
            || self.technical && !other.technical)
    }
}

/// What of an expert decides a team.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    /// In the ranking, from 0.
    pub(super) place: usize,
    pub(super) covers: Cover,
    pub(super) sides: Sides,
    pub(super) score: i64,
}

/// A team, by places in the ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) members: Vec<usize>,
    pub(super) score: i64,
    pub(super) senior_with_junior: bool,
    pub(super) management_with_technical: bool,
}

impl Found {
    fn of(members: &[&Person]) -> Self {
        let mut places: Vec<_> = members.iter().map(|person| person.place).collect();
        places.sort_unstable();
        let two = |one: fn(&Sides) -> bool, other: fn(&Sides) -> bool| {
            let pairs = members.iter().flat_map(|first| members.iter().map(move |second| (first, second)));
            let mut others = pairs.filter(|(first, second)| first.place != second.place);
            others.any(|(first, second)| one(&first.sides) && other(&second.sides))
        };
        Self {
            score: members.iter().map(|person| person.score).sum(),
            senior_with_junior: two(|sides| sides.senior, |sides| sides.junior),
            management_with_technical: two(|sides| sides.management, |sides| sides.technical),
            members: places,
        }
    }

    /// The greater, the better.
    fn key(&self) -> (bool, bool, i64, Reverse<&[usize]>) {
        (self.senior_with_junior, self.management_with_technical, self.score, Reverse(&self.members))
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) best: Option<Found>,
    /// False when the search was cut short: there may be a better team, or a team at all.
    pub(super) complete: bool,
}

/// The best of the smallest teams that cover the whole, out of people in the order of the ranking; `tries` is how often the
/// last member is looked for before the search is cut.
pub(super) fn best(people: &[Person], whole: Cover, tries: u32) -> Outcome {
    if whole == 0 {
        return Outcome { best: people.first().map(|person| Found::of(&[person])), complete: true };
    }
    let pool = undominated(people);
    let coverers = coverers(&pool, whole);
    let mut search = Search { coverers: &coverers, pool: &pool, whole, tries, best: None };
    for size in 1..=TEAM_AT_MOST {
        let complete = search.extend(&mut Vec::new(), 0, size);
        if search.best.is_some() || !complete {
            return Outcome { best: search.best, complete };
        }
    }
    Outcome { best: None, complete: true }
}

/// Those nobody dominates: placed better, covering as much and standing on the same sides. Somebody dominated is in no best
/// team, since the other would do in his or her place; that both are needed cannot be, or a smaller team would do.
fn undominated(people: &[Person]) -> Vec<Person> {
    let mut kept: Vec<Person> = Vec::new();
    for person in people.iter().filter(|person| person.covers != 0) {
        let by = |other: &Person| person.covers & !other.covers == 0 && person.sides.within(other.sides);
        if !kept.iter().any(by) {
            kept.push(*person);
        }
    }
    kept
}

/// Who of the pool covers a need, as bits.
struct Coverers {
    need: Cover,
    people: Vec<u64>,
}

/// By need, the one with the fewest coverers first: that leaves least to try.
fn coverers(pool: &[Person], whole: Cover) -> Vec<Coverers> {
    let needs = (0..Cover::BITS).map(|at| 1 << at).filter(|need| whole & need != 0);
    let mut coverers: Vec<_> = needs
        .map(|need| {
            let mut people = vec![0; pool.len().div_ceil(64)];
            for (at, _) in pool.iter().enumerate().filter(|(_, person)| person.covers & need != 0) {
                people[at / 64] |= 1 << (at % 64);
            }
            Coverers { need, people }
        })
        .collect();
    coverers.sort_by_key(|of| of.people.iter().map(|word| word.count_ones()).sum::<u32>());
    coverers
}

struct Search<'p> {
    pool: &'p [Person],
    coverers: &'p [Coverers],
    whole: Cover,
    tries: u32,
    best: Option<Found>,
}

impl<'p> Search<'p> {
    /// Adds so many members to those chosen; false when the search was cut. In a smallest team somebody covers any one need
    /// still uncovered, so that nobody else has to be tried there.
    fn extend(&mut self, chosen: &mut Vec<&'p Person>, covered: Cover, more: usize) -> bool {
        let uncovered = self.whole & !covered;
        if more == 1 {
            return self.finish(chosen, uncovered);
        }
        let pool = self.pool;
        let Some(need) = self.coverers.iter().map(|of| of.need).find(|need| uncovered & need != 0) else { return true };
        for person in pool.iter().filter(|person| person.covers & need != 0) {
            chosen.push(person);
            let complete = self.extend(chosen, covered | person.covers, more - 1);
            chosen.pop();
            if !complete {
                return false;
            }
        }
        true
    }

    /// Looks for the last member among those who cover all the rest: the best placed on each combination of sides.
    fn finish(&mut self, chosen: &[&'p Person], uncovered: Cover) -> bool {
        let Some(tries) = self.tries.checked_sub(1) else { return false };
        self.tries = tries;
        let (pool, coverers) = (self.pool, self.coverers);
        let lists: Vec<_> = coverers.iter().filter(|of| uncovered & of.need != 0).map(|of| &of.people).collect();
        let mut seen: Vec<Sides> = Vec::new();
        for word in 0..pool.len().div_ceil(64) {
            let mut all = lists.iter().fold(u64::MAX, |all, people| all & people[word]);
            while all != 0 {
                let person = &pool[word * 64 + all.trailing_zeros() as usize];
                all &= all - 1;
                if !seen.contains(&person.sides) {
                    seen.push(person.sides);
                    self.consider(chosen, person);
                }
            }
        }
        true
    }

    fn consider(&mut self, chosen: &[&'p Person], last: &'p Person) {
        let mut members = chosen.to_vec();
        members.push(last);
        let found = Found::of(&members);
        if self.best.as_ref().is_none_or(|best| found.key() > best.key()) {
            self.best = Some(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(place: usize, covers: Cover) -> Person {
        Person { place, covers, sides: Sides::default(), score: 10 - place as i64 }
    }

    #[test]
    fn a_search_that_was_cut_says_so_and_gives_the_best_so_far() {
        let people = [person(0, 0b0011), person(1, 0b0110), person(2, 0b1100), person(3, 0b1001)];
        let found = |tries| best(&people, 0b1111, tries);
        let members = |outcome: &Outcome| outcome.best.as_ref().map(|found| found.members.clone());
        assert_eq!((found(0).best, found(0).complete), (None, false));
        // One try looks for somebody alone, the next for who goes with the first who covers the rarest need.
        let cut = found(2);
        assert_eq!((members(&cut), cut.complete), (Some(vec![0, 2]), false));
        let whole = found(9);
        assert_eq!((members(&whole), whole.complete), (Some(vec![0, 2]), true));
    }
}
