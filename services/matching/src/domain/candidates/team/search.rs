//! Looks through all teams of one, then two, then three, by what is still uncovered.

use std::cmp::Reverse;
use std::collections::BTreeMap;

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

/// The best of the smallest teams that cover the whole, out of people in the order of the ranking.
pub(super) fn best(people: &[Person], whole: Cover) -> Option<Found> {
    if whole == 0 {
        return people.first().map(|person| Found::of(&[person]));
    }
    let pool = undominated(people);
    (1..=TEAM_AT_MOST).find_map(|size| {
        let mut search = Search { pool: &pool, whole, finishers: BTreeMap::new(), best: None };
        search.extend(&mut Vec::new(), 0, size);
        search.best
    })
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

struct Search<'p> {
    pool: &'p [Person],
    whole: Cover,
    /// By what is uncovered, those who cover it all: the best placed on each combination of sides.
    finishers: BTreeMap<Cover, Vec<&'p Person>>,
    best: Option<Found>,
}

impl<'p> Search<'p> {
    /// Adds so many members to those chosen. In a smallest team somebody covers the first need still uncovered, so that
    /// nobody else has to be tried there.
    fn extend(&mut self, chosen: &mut Vec<&'p Person>, covered: Cover, more: usize) {
        let uncovered = self.whole & !covered;
        if more == 1 {
            return self.finish(chosen, uncovered);
        }
        let first = uncovered & uncovered.wrapping_neg();
        let pool = self.pool;
        for person in pool.iter().filter(|person| person.covers & first != 0) {
            chosen.push(person);
            self.extend(chosen, covered | person.covers, more - 1);
            chosen.pop();
        }
    }

    fn finish(&mut self, chosen: &[&'p Person], uncovered: Cover) {
        let pool = self.pool;
        let finishers = self.finishers.entry(uncovered).or_insert_with(|| {
            let covering = pool.iter().filter(|person| uncovered & !person.covers == 0);
            let mut by_sides = BTreeMap::new();
            for person in covering {
                by_sides.entry(person.sides).or_insert(person);
            }
            by_sides.into_values().collect()
        });
        for finisher in finishers {
            let mut members = chosen.to_vec();
            members.push(finisher);
            let found = Found::of(&members);
            if self.best.as_ref().is_none_or(|best| found.key() > best.key()) {
                self.best = Some(found);
            }
        }
    }
}
