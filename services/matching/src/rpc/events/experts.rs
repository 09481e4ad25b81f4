//! What the search knows of the experts of an event.

use std::collections::BTreeMap;

use contract::search::v1::{GetSheetRequest, Sheet};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use tonic::Code;

use super::keep::Known;
use crate::domain::candidates::Facts;
use crate::domain::check::Check;
use crate::domain::event::plan::EXPERTS;
use crate::domain::fault::Reason as Wrong;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::rpc::Desk;
use crate::rpc::retrieve::{of_expert, record};

/// Sheets asked for at once.
const AT_ONCE: usize = 8;

impl Desk {
    /// The sheets of experts who are listed. Nobody is counted as looked at.
    ///
    /// # Errors
    /// [`Reason::SearchAway`].
    pub(super) async fn event_sheets(&self, experts: &[String]) -> Result<BTreeMap<String, Sheet>, Error> {
        let sheets = stream::iter(experts.iter().cloned()).map(async |name| {
            let request = GetSheetRequest { name: name.clone(), uncounted: true, ..GetSheetRequest::default() };
            match self.experts().get_sheet(request).await {
                Ok(response) => Ok(response.into_inner().sheet.map(|sheet| (name, sheet))),
                Err(status) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => Ok(None),
                Err(status) => {
                    tracing::warn!(code = ?status.code(), "the search does not answer");
                    Err(Error::from(Reason::SearchAway))
                }
            }
        });
        let found: Vec<_> = sheets.buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// What is known of experts who are listed.
    ///
    /// # Errors
    /// As [`Desk::event_sheets`].
    pub(super) async fn known_experts(&self, experts: &[String]) -> Result<Known, Error> {
        let sheets = self.event_sheets(experts).await?;
        Ok(sheets.iter().map(|(name, sheet)| (name.clone(), facts_of(sheet))).collect())
    }

    /// Notes which of these experts, at these places of a plan, are not listed.
    ///
    /// # Errors
    /// As [`Desk::event_sheets`], unless something else is wrong already.
    pub(super) async fn experts_listed(&self, check: &mut Check, experts: &[(usize, String)]) -> Result<(), Error> {
        let experts: Vec<&(usize, String)> = experts
            .iter()
            .filter(|(at, name)| *at < EXPERTS && !Check::default().id("", "experts", name).is_empty())
            .collect();
        let names: Vec<String> = experts.iter().map(|(_, name)| name.clone()).collect();
        match self.event_sheets(&names).await {
            Ok(sheets) => {
                for (at, _) in experts.iter().filter(|(_, name)| !sheets.contains_key(name)) {
                    check.fault(&format!("plan.experts[{at}].expert"), Wrong::NotListed);
                }
                Ok(())
            }
            Err(_) if !check.faults.is_empty() => Ok(()),
            Err(away) => Err(away),
        }
    }
}

/// What a sheet says of an expert. What matching keeps itself, work and bars, does not matter for the field.
fn facts_of(sheet: &Sheet) -> Facts {
    let facts = of_expert(&sheet.summary.clone().unwrap_or_default(), Some(sheet));
    Facts { record: sheet.track_record.as_ref().map(record).unwrap_or_default(), ..facts }
}
