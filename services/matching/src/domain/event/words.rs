//! Why companies wait, and why not everybody can be seated: stable names, numbers, and the solver's words.

use std::collections::BTreeSet;

use kit_vocabulary::Words;

use crate::domain::refused::{Reason, Refused};
use crate::domain::timetable::{Infeasible, Obstacle, WaitingFor};

/// What an operator would have to change.
const fn cause(why: WaitingFor) -> &'static str {
    match why {
        WaitingFor::NoExpert => "NO_EXPERT",
        WaitingFor::NoRound => "ROUNDS",
        WaitingFor::ExpertsFull | WaitingFor::RoundsTaken | WaitingFor::BoothsFull => "NO_SEAT_LEFT",
    }
}

/// Why a company waits: stable, and in words.
pub fn waiting(why: &BTreeSet<WaitingFor>) -> (&'static str, Words) {
    let all: Vec<Words> = why.iter().map(|why| why.told()).collect();
    let join = |texts: Vec<&str>, between: &str| texts.join(between);
    let ja = join(all.iter().map(|words| words.ja.as_str()).collect(), "、");
    let en = join(all.iter().map(|words| words.en.as_str()).collect(), "; ");
    (why.first().map_or("NO_SEAT_LEFT", |first| cause(*first)), Words { ja, en })
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(",")
}

/// An application's or an expert's name by the solver's id.
fn name(id: &str) -> String {
    if id.contains('/') { id.to_owned() } else { format!("applications/{id}") }
}

fn numbers(of: &Obstacle) -> Vec<(&'static str, String)> {
    match of {
        Obstacle::NoExpert { company } | Obstacle::NoRound { company } => vec![("application", name(company))],
        Obstacle::ExpertPlaces { companies, places } => {
            vec![("companies", companies.to_string()), ("places", places.to_string())]
        }
        Obstacle::BoothPlaces { companies, places, booths, rounds } => {
            let numbers = [("companies", companies), ("places", places), ("booths", booths), ("rounds", rounds)];
            numbers.map(|(name, number)| (name, number.to_string())).to_vec()
        }
        Obstacle::Together { companies, experts, rounds, because } => vec![
            ("companies", companies.len().to_string()),
            ("applications", list(companies.iter().map(|id| name(id)))),
            ("experts", list(experts.iter().cloned())),
            ("rounds", list(rounds.iter().map(|round| (round + 1).to_string()))),
            ("because", list(because.iter().map(|kind| kind.code().to_owned()))),
        ],
        Obstacle::Minimum { expert, min, reachable } => {
            vec![("expert", expert.clone()), ("min", min.to_string()), ("reachable", reachable.to_string())]
        }
        Obstacle::Minima { experts, needed, companies } => vec![
            ("experts", list(experts.iter().cloned())),
            ("needed", needed.to_string()),
            ("companies", companies.to_string()),
        ],
    }
}

/// Not everybody can be seated: the first of what makes it so, with its numbers; and of how many so many can be.
pub fn infeasible(why: &Infeasible) -> Refused {
    let Some(obstacle) = why.obstacles.first() else { return too_late(why.companies.saturating_sub(why.seated)) };
    let refused = Refused::new(Reason::TimetableInfeasible).with("constraint", obstacle.code());
    let refused = numbers(obstacle).into_iter().fold(refused, |refused, (name, number)| refused.with(name, number));
    let Words { ja, en } = obstacle.told(name);
    refused.with("seated", why.seated).with("why_ja", ja).with("why_en", en)
}

/// Rounds that have begun leave no seat for so many.
pub fn too_late(waiting: usize) -> Refused {
    let refused =
        Refused::new(Reason::TimetableInfeasible).with("constraint", "ROUNDS_BEGUN").with("companies", waiting);
    let Words { ja, en } = WaitingFor::NoRound.told();
    refused.with("why_ja", ja).with("why_en", en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_is_told_everything_that_keeps_it_from_a_seat() {
        let (reason, words) = waiting(&BTreeSet::from([WaitingFor::ExpertsFull, WaitingFor::BoothsFull]));
        assert_eq!((reason, words.ja.matches('、').count(), words.en.matches("; ").count()), ("NO_SEAT_LEFT", 1, 1));
        assert_eq!(waiting(&BTreeSet::from([WaitingFor::NoRound])).0, "ROUNDS");
    }

    #[test]
    fn an_obstacle_is_told_by_name_with_its_numbers() {
        let obstacle = Obstacle::NoExpert { company: "a-1".to_owned() };
        let why = Infeasible { seated: 2, companies: 3, obstacles: vec![obstacle], reliefs: Vec::new() };
        let refused = infeasible(&why);
        let of = |name: &str| refused.metadata.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        assert_eq!(
            (of("constraint"), of("application"), of("seated")),
            (Some("NO_EXPERT"), Some("applications/a-1"), Some("2"))
        );
        assert!(refused.words().en.contains("no expert there can see applications/a-1"));
    }
}
