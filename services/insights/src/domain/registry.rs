//! What the registry tells, as facts.

use contract::registry::v1::ExpertChanged;

use super::engagement::{known, row};
use super::held::Held;
use super::schema::{Dim, TableId};

/// What the registry says of an entry that points at another one.
const MERGED: &str = "MERGED";

impl Held {
    /// Takes what the registry told of an expert at this place and time (microseconds).
    pub fn take_expert(&mut self, position: u32, time: i64, changed: &ExpertChanged) {
        let owner = self.owner("expert", &changed.expert_id, position);
        let entered = *self.entered.entry(owner).or_insert(time);
        let terms = changed.terms.clone().unwrap_or_default();
        let state = known(Dim::ExpertState, changed.state);
        let residence = self.code(Dim::Region, &terms.residence, position);
        // Who is found under another entry is no further expert on the list.
        if changed.obstacles.iter().any(|obstacle| obstacle.reason == MERGED) {
            self.put(TableId::Experts, owner, position, &[]);
            return;
        }
        let respondent = self.code(Dim::Respondent, &changed.respondent_id, position);
        let mut served = terms.prefectures;
        served.sort_unstable();
        served.dedup();
        let served = self.code(Dim::Served, &served.join(" "), position);
        self.put(TableId::Experts, owner, position, &[row(&[state, residence, respondent, served], entered)]);
    }
}
