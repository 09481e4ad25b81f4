//! What an engine is asked to do.

use super::asked::{Answer, Asked};
use super::ours;
use crate::failure::Failure;

/// An answer in the form in which an engine gives it; only what makes it is timed.
#[expect(clippy::large_enum_variant, reason = "it is dropped at once, and a box would be timed")]
pub(super) enum Raw {
    /// As our engine does.
    Ours(search::domain::Answer),
    /// In the common form already.
    Common(Answer),
}

impl Raw {
    /// The common form.
    pub(super) fn into_common(self) -> Answer {
        match self {
            Self::Ours(answer) => ours::common(&answer),
            Self::Common(answer) => answer,
        }
    }
}

/// An engine of this process.
pub(super) trait InProcess: Sync {
    /// What it is called.
    fn name(&self) -> String;

    /// A query in the engine's own form, ready to be asked any number of times. Not timed.
    ///
    /// # Errors
    /// What the engine says.
    fn prepare<'a>(&'a self, asked: &'a Asked) -> Result<Box<dyn Fn() -> Raw + Send + Sync + 'a>, Failure>;
}
