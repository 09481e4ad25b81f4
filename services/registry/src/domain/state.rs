//! The states of an entry and the steps between them: draft → listed ⇄ paused → delisted → erased (domain section 4).

use contract::registry::v1::ExpertState;

use super::listing::Obstacle;

/// Where an expert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Known, and a fact still speaks against listing.
    Draft,
    /// Shown.
    Listed,
    /// Off the list for a while.
    Paused(Pause),
    /// Off the list for good.
    Delisted(Delisting),
    /// Personal data destroyed.
    Erased,
}

/// Why an entry is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The expert asked, or somebody for the expert: only a person ends it.
    Requested,
    /// A review found these causes; it ends when they are gone. At least one.
    Review(Causes),
}

/// Why a review paused an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Causes {
    /// The confirmation is overdue.
    pub overdue: bool,
    /// The registration has lapsed.
    pub lapsed: bool,
}

impl Causes {
    /// No cause.
    pub const NONE: Self = Self { overdue: false, lapsed: false };

    /// The causes as obstacles.
    pub fn obstacles(self) -> impl Iterator<Item = Obstacle> {
        let overdue = self.overdue.then_some(Obstacle::ConfirmationOverdue);
        overdue.into_iter().chain(self.lapsed.then_some(Obstacle::RegistrationLapsed))
    }
}

/// Why an entry is off the list for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delisting {
    /// The consent to be listed was withdrawn; giving it again ends it.
    ConsentWithdrawn,
    /// An operator took the expert off; only an operator brings the expert back.
    StruckOff,
}

impl State {
    /// The state as the contract names it.
    pub const fn stage(self) -> ExpertState {
        match self {
            Self::Draft => ExpertState::Draft,
            Self::Listed => ExpertState::Listed,
            Self::Paused(_) => ExpertState::Paused,
            Self::Delisted(_) => ExpertState::Delisted,
            Self::Erased => ExpertState::Erased,
        }
    }
}

/// Whether an entry may step from one state to another. From unspecified: it is entered. From delisted to delisted: who
/// withdrew the consent is struck off. From draft to paused: the person had asked for it at an entry that was merged into this one.
pub const fn may_step(from: ExpertState, to: ExpertState) -> bool {
    use ExpertState::{Delisted, Draft, Erased, Listed, Paused, Unspecified};
    matches!(
        (from, to),
        (Unspecified, Draft)
            | (Draft, Listed | Paused | Delisted)
            | (Listed, Draft | Paused | Delisted)
            | (Paused, Draft | Listed | Delisted)
            | (Delisted, Draft | Delisted | Erased)
    )
}

/// A step that was taken. When and by whom are those of the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// From.
    pub from: ExpertState,
    /// To.
    pub to: ExpertState,
    /// Why: a stable reason, or several separated by spaces.
    pub cause: String,
    /// The words of the person who asked; may be empty.
    pub words: String,
}

/// Stable reasons of steps, beside those of [`Obstacle`].
pub mod cause {
    /// The expert was entered.
    pub const ENTERED: &str = "ENTERED";
    /// Nothing speaks against listing any more.
    pub const IN_ORDER: &str = "IN_ORDER";
    /// Somebody asked for the pause.
    pub const PAUSE_REQUESTED: &str = "PAUSE_REQUESTED";
    /// Somebody ended the pause.
    pub const RESUMED: &str = "RESUMED";
    /// What the review paused for is gone.
    pub const CAUSE_GONE: &str = "CAUSE_GONE";
    /// The consent to be listed was withdrawn.
    pub const CONSENT_WITHDRAWN: &str = "CONSENT_WITHDRAWN";
    /// The consent to be listed was given again.
    pub const CONSENT_GIVEN: &str = "CONSENT_GIVEN";
    /// An operator took the expert off.
    pub const STRUCK_OFF: &str = "STRUCK_OFF";
    /// An operator brought the expert back.
    pub const REINSTATED: &str = "REINSTATED";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_steps() {
        use ExpertState::{Delisted, Draft, Erased, Listed, Paused, Unspecified};
        let all = [Unspecified, Draft, Listed, Paused, Delisted, Erased];
        // One row a state to leave, one column a state to reach, in the order above.
        let table = ["·x····", "··xxx·", "·x·xx·", "·xx·x·", "·x··xx", "······"];
        for (from, row) in all.into_iter().zip(table) {
            for (to, mark) in all.into_iter().zip(row.chars()) {
                assert_eq!(may_step(from, to), mark == 'x', "{from:?} → {to:?}");
            }
        }
    }
}
