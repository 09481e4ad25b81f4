//! Ways in for `tests/fuzz`.

use std::sync::Arc;

use contract::insights::v1 as wire;
use kit_log::{Cursor, Failed, Reader as _, Received};

use crate::definitions::Definitions;
use crate::domain::schema::Producer;
use crate::events::FactReader;
use crate::moment;
use crate::report::{self, Scope, View};

/// A reader with its facts, in memory.
pub struct Desk(Arc<FactReader>);

impl Default for Desk {
    fn default() -> Self {
        Self(FactReader::new())
    }
}

impl Desk {
    /// Applies events of a log.
    ///
    /// # Errors
    /// As [`kit_log::Reader::apply`].
    pub async fn apply(&self, producer: &str, events: &[Received], to: &Cursor) -> Result<(), Failed> {
        self.0.apply(producer, events, to).await
    }

    /// A report over what was read, as of a moment; nothing when the request is wrong.
    pub fn report(
        &self,
        name: &str,
        scope: Option<&wire::Scope>,
        as_of: Option<&wire::Moment>,
    ) -> Option<wire::Report> {
        let report = Definitions::published().report(name)?;
        let book = self.0.book();
        let mut faults = Vec::new();
        let knows = |region: &str| book.held().iter().any(|held| held.knows_region(region));
        let scope = Scope::new(scope, knows, &mut faults);
        moment::check(as_of, &mut faults);
        let places = moment::places(as_of, &book).ok().filter(|_| faults.is_empty())?;
        Some(report::build(report, View::new(book.held(), places), &scope))
    }

    /// The names of all reports.
    pub fn names() -> Vec<&'static str> {
        Definitions::published().reports.iter().map(|report| report.report.as_str()).collect()
    }

    /// Names of the logs that are read.
    pub fn producers() -> Vec<&'static str> {
        Producer::ALL.map(Producer::name).to_vec()
    }
}
