//! The order of candidates.

use super::codes::{Place, Themes};
use super::facts::Facts;
use super::plan::Plan;
use super::verdict::Candidate;

/// The candidates among these experts, best first; the order they come in does not matter. Equals take turns from request to
/// request instead of always one before the other.
pub fn rank<'f>(plan: &Plan<'_>, experts: impl IntoIterator<Item = &'f Facts>) -> Vec<Candidate> {
    let mut candidates: Vec<_> = experts.into_iter().filter_map(|facts| plan.candidate(facts)).collect();
    candidates.sort_by_cached_key(|candidate| order(plan, candidate.score, &candidate.expert));
    candidates
}

/// What a candidate is sorted by, least first.
pub(super) fn order(plan: &Plan<'_>, score: i64, expert: &str) -> (i64, u64, String) {
    (-score, turn(&plan.asked().id, expert), expert.to_owned())
}

impl Plan<'_> {
    /// The expert as a candidate; nothing for one who fails a condition.
    pub fn candidate(&self, facts: &Facts) -> Option<Candidate> {
        self.failed(facts).is_empty().then(|| self.measured(facts))
    }

    /// The expert as a candidate would be, whatever conditions are failed.
    pub(super) fn measured(&self, facts: &Facts) -> Candidate {
        let (points, subject) = self.best(facts);
        let theme: Option<Place<Themes>> = self.asked.themes.iter().copied().find(|theme| subject.themes.has(*theme));
        Candidate { expert: facts.id.clone(), score: points.total(), points, theme }
    }
}

/// Where an expert stands among equals of a request: FNV-1a of both ids, mixed once more (splitmix64), since FNV alone leaves
/// ids that differ in their last character close together.
fn turn(request: &str, expert: &str) -> u64 {
    let bytes = request.bytes().chain([0]).chain(expert.bytes());
    let hash =
        bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
