//! Why companies wait, and why not everybody can be seated, in words from `texts/seats.json`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kit_vocabulary::{Texts, Words};

use crate::domain::refused::{Reason, Refused};
use crate::domain::timetable::{Constraint, Infeasible, Obstacle, WaitingFor};

static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::read(include_str!("../../../texts/seats.json")));

fn words(key: &str, values: &[(&str, String)]) -> Words {
    let bare = || Words { ja: key.to_owned(), en: key.to_owned() };
    TEXTS.get(key).map_or_else(bare, |words| words.filled(values))
}

const fn cause(why: WaitingFor) -> (&'static str, &'static str) {
    match why {
        WaitingFor::NoExpert => ("NO_EXPERT", "WAITING_NO_EXPERT"),
        WaitingFor::NoRound => ("ROUNDS", "WAITING_ROUNDS"),
        WaitingFor::ExpertsFull => ("NO_SEAT_LEFT", "WAITING_EXPERTS_FULL"),
        WaitingFor::RoundsTaken => ("NO_SEAT_LEFT", "WAITING_ROUNDS_TAKEN"),
        WaitingFor::BoothsFull => ("NO_SEAT_LEFT", "WAITING_BOOTHS_FULL"),
    }
}

/// Why a company waits: stable, and in words.
pub fn waiting(why: &BTreeSet<WaitingFor>) -> (&'static str, Words) {
    let reason = why.first().map_or("NO_SEAT_LEFT", |first| cause(*first).0);
    let all: Vec<Words> = why.iter().map(|why| words(cause(*why).1, &[])).collect();
    let join = |texts: Vec<&str>, between: &str| texts.join(between);
    let ja = join(all.iter().map(|words| words.ja.as_str()).collect(), "、");
    let en = join(all.iter().map(|words| words.en.as_str()).collect(), "; ");
    (reason, Words { ja, en })
}

const fn constraint(kind: Constraint) -> &'static str {
    match kind {
        Constraint::ExpertMax => "EXPERT_MAX",
        Constraint::Booths => "BOOTHS",
        Constraint::CompanyRounds => "COMPANY_ROUNDS",
        Constraint::ExpertRounds => "EXPERT_ROUNDS",
        Constraint::Pairs => "PAIRS",
        Constraint::Fixed => "FIXED",
        Constraint::ExpertMin => "EXPERT_MIN",
    }
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(",")
}

/// Not everybody can be seated: the first of what makes it so, with its numbers.
pub fn infeasible(why: &Infeasible) -> Refused {
    let application = |id: &String| format!("applications/{id}");
    let (key, numbers): (&str, Vec<(&'static str, String)>) = match why.obstacles.first() {
        Some(Obstacle::NoExpert { company }) => ("NO_EXPERT", vec![("application", application(company))]),
        Some(Obstacle::NoRound { company }) => ("ROUNDS", vec![("application", application(company))]),
        Some(Obstacle::ExpertPlaces { companies, places }) => {
            ("EXPERT_PLACES", vec![("companies", companies.to_string()), ("places", places.to_string())])
        }
        Some(Obstacle::BoothPlaces { companies, places, booths, rounds }) => {
            let numbers = [("companies", companies), ("places", places), ("booths", booths), ("rounds", rounds)];
            ("BOOTH_PLACES", numbers.map(|(name, number)| (name, number.to_string())).to_vec())
        }
        Some(Obstacle::Together { companies, experts, rounds, because }) => {
            let numbers = vec![
                ("companies", companies.len().to_string()),
                ("applications", list(companies.iter().map(application))),
                ("experts", list(experts.iter().cloned())),
                ("rounds", list(rounds.iter().map(|round| (round + 1).to_string()))),
                ("because", list(because.iter().map(|kind| constraint(*kind).to_owned()))),
            ];
            ("TOGETHER", numbers)
        }
        Some(Obstacle::Minimum { expert, min, reachable }) => {
            let numbers = [("min", min.to_string()), ("reachable", reachable.to_string())];
            ("EXPERT_MINIMUM", [&[("expert", expert.clone())], &numbers[..]].concat())
        }
        Some(Obstacle::Minima { experts, needed, companies }) => {
            let numbers = [("needed", needed.to_string()), ("companies", companies.to_string())];
            ("EXPERT_MINIMA", [&[("experts", list(experts.iter().cloned()))], &numbers[..]].concat())
        }
        None => ("SEATS", vec![("companies", why.companies.to_string())]),
    };
    refused(key, &[numbers, vec![("seated", why.seated.to_string())]].concat())
}

/// Rounds that have begun leave no seat for so many.
pub fn too_late(waiting: usize) -> Refused {
    refused("ROUNDS_BEGUN", &[("companies", waiting.to_string())])
}

fn refused(key: &str, numbers: &[(&'static str, String)]) -> Refused {
    let Words { ja, en } = words(key, numbers);
    let refused = Refused::new(Reason::TimetableInfeasible).with("constraint", key);
    let refused = numbers.iter().fold(refused, |refused, (name, number)| refused.with(name, number));
    refused.with("why_ja", ja).with("why_en", en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_text() {
        let waits = [
            WaitingFor::NoExpert,
            WaitingFor::NoRound,
            WaitingFor::ExpertsFull,
            WaitingFor::RoundsTaken,
            WaitingFor::BoothsFull,
        ];
        let mut keys = vec!["ROUNDS_BEGUN", "NO_EXPERT", "ROUNDS", "EXPERT_PLACES", "BOOTH_PLACES", "TOGETHER"];
        keys.extend(["EXPERT_MINIMUM", "EXPERT_MINIMA", "SEATS"]);
        keys.extend(waits.map(|why| cause(why).1));
        assert_eq!(TEXTS.faults(&keys), Vec::<String>::new());
        let (reason, words) = waiting(&BTreeSet::from([WaitingFor::ExpertsFull, WaitingFor::BoothsFull]));
        assert_eq!((reason, words.ja.matches('、').count(), words.en.matches("; ").count()), ("NO_SEAT_LEFT", 1, 1));
    }
}
