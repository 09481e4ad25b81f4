//! Why not everybody can be seated: what is too few, for whom, and which kind of constraint, given up alone, would do.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Applicant, Event, mask, rounds_in};
use super::problem::{Aim, Problem};
use super::search::best;

/// A kind of constraint that can be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Constraint {
    /// The most companies an expert sees.
    ExpertMax,
    /// The number of booths.
    Booths,
    /// The rounds to which companies can come.
    CompanyRounds,
    /// The rounds in which experts are there.
    ExpertRounds,
    /// Who can see whom: missing scores and forbidden pairs.
    Pairs,
    /// Seats that are fixed.
    Fixed,
    /// The fewest companies an expert should see.
    ExpertMin,
}

impl Constraint {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::ExpertMax,
        Self::Booths,
        Self::CompanyRounds,
        Self::ExpertRounds,
        Self::Pairs,
        Self::Fixed,
        Self::ExpertMin,
    ];
}

/// One thing that makes it impossible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// No expert there can see the company.
    NoExpert {
        /// The company's id.
        company: String,
    },
    /// The experts who can see the company are not there in the rounds to which it can come.
    NoRound {
        /// The company's id.
        company: String,
    },
    /// More companies than all experts together can see.
    ExpertPlaces {
        /// Companies to be seated.
        companies: usize,
        /// Companies that the experts can see, by their limits and the rounds in which they are there.
        places: usize,
    },
    /// More companies than seats at booths.
    BoothPlaces {
        /// Companies to be seated.
        companies: usize,
        /// Seats: in each round as many as there are booths, and experts.
        places: usize,
        /// Booths.
        booths: usize,
        /// Rounds.
        rounds: usize,
    },
    /// These companies cannot all be seated even if nobody else came; without any one of them they can.
    Together {
        /// The companies' ids.
        companies: Vec<String>,
        /// The experts who can see at least one of them.
        experts: Vec<String>,
        /// Places of the rounds to which at least one of them can come while such an expert is there.
        rounds: Vec<usize>,
        /// The kinds of constraint of which giving up any one would seat them all; nothing when only several would.
        because: Vec<Constraint>,
    },
    /// The expert's minimum cannot be reached with everybody seated, even if no other expert had one.
    Minimum {
        /// The expert's id.
        expert: String,
        /// Companies the expert should see at least.
        min: usize,
        /// Companies the expert can see at most with everybody seated.
        reachable: usize,
    },
    /// Each of these experts' minima can be reached, but not all of them; without any one of them they can.
    Minima {
        /// The experts' ids.
        experts: Vec<String>,
        /// The sum of their minima.
        needed: usize,
        /// The companies there are.
        companies: usize,
    },
}

/// Why there is no timetable for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Infeasible {
    /// Companies that can be seated at most.
    pub seated: usize,
    /// Companies there are.
    pub companies: usize,
    /// What makes it impossible; at least one.
    pub obstacles: Vec<Obstacle>,
    /// Which kinds of constraint to give up so that everybody is seated and every minimum reached: single kinds, or where
    /// no single one does, pairs; empty where that does not do either.
    pub reliefs: Vec<BTreeSet<Constraint>>,
}

/// How far an event goes: companies seated at most, and then the experts' places below their minima.
fn reach(event: &Event) -> (usize, BTreeMap<String, usize>) {
    let (problem, ids) = Problem::of(event, &[], 0, Aim::Seats);
    let best = best(&problem);
    let mut loads: BTreeMap<String, usize> =
        ids.experts.iter().zip(&problem.experts).map(|(id, expert)| ((*id).to_owned(), expert.load)).collect();
    for (expert, _) in best.chosen.iter().flatten() {
        *loads.entry(ids.experts[*expert].to_owned()).or_default() += 1;
    }
    (event.fixed.len() + best.chosen.iter().flatten().count(), loads)
}

fn is_short(event: &Event, loads: &BTreeMap<String, usize>) -> bool {
    event.experts.iter().any(|present| loads[&present.expert] < present.min as usize)
}

fn goes(event: &Event) -> bool {
    let (seated, loads) = reach(event);
    seated == event.companies.len() && !is_short(event, &loads)
}

/// Why an event that was checked has no timetable for everybody.
pub(super) fn why_not(event: &Event) -> Infeasible {
    let (seated, _) = reach(event);
    let mut obstacles: Vec<Obstacle> = sorted(event).iter().filter_map(|company| alone(event, company)).collect();
    let impossible: BTreeSet<String> = obstacles
        .iter()
        .filter_map(|obstacle| match obstacle {
            Obstacle::NoExpert { company } | Obstacle::NoRound { company } => Some(company.clone()),
            _ => None,
        })
        .collect();
    let others = with_companies(event, |company| !impossible.contains(company));
    obstacles.extend(counts(&others));
    if obstacles.len() == impossible.len() {
        let (seated, loads) = reach(&others);
        if seated < others.companies.len() {
            obstacles.push(together(&others));
        } else if is_short(&others, &loads) {
            obstacles.extend(minima(&others));
        }
    }
    Infeasible { seated, companies: event.companies.len(), obstacles, reliefs: reliefs(event) }
}

fn sorted(event: &Event) -> Vec<&Applicant> {
    let mut all: Vec<&Applicant> = event.companies.iter().collect();
    all.sort_by_key(|applicant| &applicant.company);
    all
}

/// The event with fewer companies; fixed seats stay.
fn with_companies(event: &Event, keep: impl Fn(&String) -> bool) -> Event {
    let fixed = |company: &String| event.fixed.iter().any(|fixed| fixed.company == *company);
    let mut fewer = event.clone();
    fewer.companies.retain(|applicant| keep(&applicant.company) || fixed(&applicant.company));
    fewer
}

fn able<'a>(event: &'a Event, applicant: &Applicant) -> impl Iterator<Item = (&'a str, u64)> {
    let able = event.experts.iter().filter(|present| {
        let barred =
            event.forbidden.iter().any(|pair| pair.expert == present.expert && pair.company == applicant.company);
        applicant.scores.contains_key(&present.expert) && !barred
    });
    let count = event.rounds.len();
    let own = mask(applicant.rounds.as_ref(), count);
    able.map(move |present| (present.expert.as_str(), own & mask(present.rounds.as_ref(), count)))
        .collect::<Vec<_>>()
        .into_iter()
}

/// What keeps a company from a seat even if nobody else came.
fn alone(event: &Event, applicant: &Applicant) -> Option<Obstacle> {
    let company = || applicant.company.clone();
    if event.fixed.iter().any(|fixed| fixed.company == applicant.company) {
        return None;
    }
    let mut able = able(event, applicant).peekable();
    if able.peek().is_none() {
        return Some(Obstacle::NoExpert { company: company() });
    }
    able.all(|(_, rounds)| rounds == 0).then(|| Obstacle::NoRound { company: company() })
}

/// Totals that are too small, whoever goes where.
fn counts(event: &Event) -> Vec<Obstacle> {
    let (companies, count) = (event.companies.len(), event.rounds.len());
    let there: Vec<u64> = event.experts.iter().map(|present| mask(present.rounds.as_ref(), count)).collect();
    let takes = event.experts.iter().zip(&there).map(|(present, there)| there.count_ones().min(present.max) as usize);
    let experts: usize = takes.sum();
    let at = |round| there.iter().filter(|there| **there >> round & 1 == 1).count().min(event.booths.len());
    let booths: usize = (0..count).map(at).sum();
    let experts = (experts < companies).then_some(Obstacle::ExpertPlaces { companies, places: experts });
    let booths = (booths < companies).then_some(Obstacle::BoothPlaces {
        companies,
        places: booths,
        booths: event.booths.len(),
        rounds: count,
    });
    experts.into_iter().chain(booths).collect()
}

/// The smallest part of a list, by dropping ever smaller pieces, for which something still holds.
fn smallest(all: Vec<String>, holds: impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut left = all;
    let mut size = left.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < left.len() {
            let end = (at + size).min(left.len());
            let fewer = [&left[..at], &left[end..]].concat();
            if holds(&fewer) { left = fewer } else { at = end }
        }
        if size == 1 {
            return left;
        }
        size = size.div_ceil(2);
    }
}

fn together(event: &Event) -> Obstacle {
    let of = |companies: &[String]| with_companies(event, |company| companies.contains(company));
    let crowded = |companies: &[String]| {
        let event = of(companies);
        reach(&event).0 < event.companies.len()
    };
    let fixed: BTreeSet<&String> = event.fixed.iter().map(|fixed| &fixed.company).collect();
    let ids = sorted(event).into_iter().map(|applicant| &applicant.company).filter(|company| !fixed.contains(company));
    let companies = smallest(ids.cloned().collect(), crowded);
    let group = of(&companies);
    let able: Vec<(&str, u64)> = sorted(&group)
        .iter()
        .filter(|applicant| companies.contains(&applicant.company))
        .flat_map(|applicant| able(event, applicant))
        .filter(|(_, rounds)| *rounds != 0)
        .collect();
    let experts: BTreeSet<&str> = able.iter().map(|(expert, _)| *expert).collect();
    let rounds = rounds_in(able.iter().fold(0, |all, (_, rounds)| all | rounds)).collect();
    let seats_all = |kind: &Constraint| {
        let event = without(&group, *kind);
        reach(&event).0 == event.companies.len()
    };
    Obstacle::Together {
        companies,
        experts: experts.into_iter().map(str::to_owned).collect(),
        rounds,
        because: Constraint::ALL.into_iter().filter(seats_all).collect(),
    }
}

fn minima(event: &Event) -> Vec<Obstacle> {
    let of = |experts: &[String]| {
        let mut fewer = event.clone();
        fewer
            .experts
            .iter_mut()
            .filter(|present| !experts.contains(&present.expert))
            .for_each(|present| present.min = 0);
        fewer
    };
    let mut alone = Vec::new();
    let mut present: Vec<_> = event.experts.iter().filter(|present| present.min > 0).collect();
    present.sort_by_key(|present| &present.expert);
    for present in &present {
        let (_, loads) = reach(&of(std::slice::from_ref(&present.expert)));
        let (min, reachable) = (present.min as usize, loads[&present.expert]);
        if reachable < min {
            alone.push(Obstacle::Minimum { expert: present.expert.clone(), min, reachable });
        }
    }
    if !alone.is_empty() {
        return alone;
    }
    let short = |experts: &[String]| {
        let event = of(experts);
        is_short(&event, &reach(&event).1)
    };
    let experts = smallest(present.iter().map(|present| present.expert.clone()).collect(), short);
    let needed = present.iter().filter(|present| experts.contains(&present.expert)).map(|present| present.min as usize);
    vec![Obstacle::Minima { needed: needed.sum(), experts, companies: event.companies.len() }]
}

/// The event without one kind of constraint.
fn without(event: &Event, kind: Constraint) -> Event {
    let mut free = event.clone();
    match kind {
        Constraint::ExpertMax => free.experts.iter_mut().for_each(|present| present.max = Event::MAX_ROUNDS as u32),
        // Names do not matter for the question how many can be seated.
        Constraint::Booths => free.booths.resize(event.experts.len().max(event.booths.len()), String::new()),
        Constraint::CompanyRounds => free.companies.iter_mut().for_each(|applicant| applicant.rounds = None),
        Constraint::ExpertRounds => free.experts.iter_mut().for_each(|present| present.rounds = None),
        Constraint::Pairs => {
            free.forbidden.clear();
            let all: BTreeMap<String, i64> = event.experts.iter().map(|present| (present.expert.clone(), 0)).collect();
            free.companies.iter_mut().for_each(|applicant| applicant.scores = all.clone());
        }
        Constraint::Fixed => free.fixed.clear(),
        Constraint::ExpertMin => free.experts.iter_mut().for_each(|present| present.min = 0),
    }
    free
}

fn reliefs(event: &Event) -> Vec<BTreeSet<Constraint>> {
    let one = Constraint::ALL.into_iter().filter(|kind| goes(&without(event, *kind)));
    let one: Vec<BTreeSet<Constraint>> = one.map(|kind| BTreeSet::from([kind])).collect();
    if !one.is_empty() {
        return one;
    }
    let pairs = Constraint::ALL
        .into_iter()
        .enumerate()
        .flat_map(|(at, first)| Constraint::ALL[at + 1..].iter().map(move |second| (first, *second)));
    let two = pairs.filter(|(first, second)| goes(&without(&without(event, *first), *second)));
    two.map(|(first, second)| BTreeSet::from([first, second])).collect()
}
