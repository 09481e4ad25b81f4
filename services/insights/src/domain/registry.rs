//! What the registry tells, as facts.

use contract::registry::v1::ExpertChanged;

use super::engagement::{known, row};
use super::facts::Row;
use super::held::Held;
use super::schema::{Dim, TableId};

impl Held {
    /// Takes what the registry told of an expert at this place and time (microseconds).
    pub fn take_expert(&mut self, position: u32, time: i64, changed: &ExpertChanged) {
        let owner = self.owner("expert", &changed.expert_id, position);
        let entered = *self.entered.entry(owner).or_insert(time);
        let terms = changed.terms.clone().unwrap_or_default();
        let state = known(Dim::ExpertState, changed.state);
        let residence = self.code(Dim::Region, &terms.residence, position);
        let respondent = self.code(Dim::Respondent, &changed.respondent_id, position);
        self.put(TableId::Experts, owner, position, &[row(&[state, residence, respondent], entered)]);
        let served = |code: &String| row(&[state, residence, self.code(Dim::Region, code, position)], entered);
        let served: Vec<Row> = terms.prefectures.iter().map(served).collect();
        self.put(TableId::Served, owner, position, &served);
    }
}
