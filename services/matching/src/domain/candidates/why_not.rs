//! Why not this expert: the conditions that failed, or who is better placed and by what.

use kit_vocabulary::Words;

use super::facts::Facts;
use super::plan::Plan;
use super::rank::order;
use super::reason::Reason;
use super::verdict::{Candidate, Failure};
use super::words::{joined, plain, text};

/// Every text here.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &["PLACE_FIRST", "PLACE_BEHIND", "AHEAD", "AHEAD_WITHOUT_POINTS", "AHEAD_IN_REASON"];

/// Why an expert asked about is not the one proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// Fails these conditions.
    Failed(Vec<Failure>),
    /// Could be proposed: how he or she stands among the candidates.
    Stands(Box<Standing>),
}

/// Where a candidate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The candidate.
    pub candidate: Candidate,
    /// From 1, which is the best.
    pub place: usize,
    /// How many candidates there are.
    pub of: usize,
    /// The better placed, best first; cut as asked for.
    pub ahead: Vec<Ahead>,
    /// The place, in words.
    pub words: Words,
}

/// A candidate placed better than the one asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The expert's id.
    pub expert: String,
    /// From 1.
    pub place: usize,
    /// By how many points; 0 for equals, who take turns.
    pub lead: i64,
    /// The reasons with more points than the one asked about, most first.
    pub by: Vec<(Reason, i64)>,
    /// The reasons with fewer, by how many fewer, most first.
    pub despite: Vec<(Reason, i64)>,
    /// All this in words.
    pub words: Words,
}

/// Why not this expert. The candidates are those of [`rank`](super::rank()) for the same plan; the expert need not be among
/// them. At most so many of the better placed are compared.
pub fn why_not(plan: &Plan<'_>, facts: &Facts, ranked: &[Candidate], most: usize) -> WhyNot {
    let Some(candidate) = plan.candidate(facts) else { return WhyNot::Failed(plan.failures(facts)) };
    let key = |candidate: &Candidate| order(plan, candidate.score, &candidate.expert);
    let own = key(&candidate);
    let others = || ranked.iter().filter(|other| other.expert != candidate.expert);
    let before = |other: &&Candidate| key(other) < own;
    let better = others().filter(before);
    let ahead = better.take(most).enumerate().map(|(at, other)| compared(&candidate, other, at + 1)).collect();
    let (place, of) = (others().filter(before).count() + 1, others().count() + 1);
    let key = if place == 1 { "PLACE_FIRST" } else { "PLACE_BEHIND" };
    let words = text(key, &[("place", plain(place)), ("of", plain(of))]);
    WhyNot::Stands(Box::new(Standing { candidate, place, of, ahead, words }))
}

fn compared(candidate: &Candidate, other: &Candidate, place: usize) -> Ahead {
    let lead = other.score - candidate.score;
    let difference = |reason: Reason| other.points.of(reason) - candidate.points.of(reason);
    let (by, despite) = (greatest(difference), greatest(|reason| -difference(reason)));
    let reasons = joined(
        by.iter()
            .map(|(reason, points)| text("AHEAD_IN_REASON", &[("reason", reason.words()), ("points", plain(points))])),
    );
    let key = if lead == 0 { "AHEAD_WITHOUT_POINTS" } else { "AHEAD" };
    let words = text(key, &[("place", plain(place)), ("lead", plain(lead)), ("reasons", reasons)]);
    Ahead { expert: other.expert.clone(), place, lead, by, despite, words }
}

/// The reasons with points by this measure, most first, equals in the order of reasons.
fn greatest(points: impl Fn(Reason) -> i64) -> Vec<(Reason, i64)> {
    let reasons = Reason::ALL.iter().map(|reason| (*reason, points(*reason)));
    let mut some: Vec<_> = reasons.filter(|(_, points)| *points > 0).collect();
    some.sort_by_key(|(_, points)| -points);
    some
}
