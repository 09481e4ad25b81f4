//! What the search knows of the experts of an event.

use std::collections::BTreeMap;

use contract::search::v1::{GetSheetRequest, Sheet};
use contract::survey::v1::Mark as WireMark;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use tonic::Code;

use super::keep::Known;
use crate::domain::candidates::{Codes, Facts, Kind, Mark, Place};
use crate::domain::check::Check;
use crate::domain::event::plan::EXPERTS;
use crate::domain::fault::Reason as Wrong;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::rpc::Desk;

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
            .filter(|(at, name)| *at < EXPERTS && Check::default().id("", "experts", name) != "")
            .collect();
        let names: Vec<String> = experts.iter().map(|(_, name)| name.clone()).collect();
        match self.event_sheets(&names).await {
            Ok(sheets) => {
                for (at, _) in experts.iter().filter(|(_, name)| !sheets.contains_key(name)) {
                    check.fault(&format!("plan.experts[{at}].expert"), Wrong::NotListed);
                }
                Ok(())
            }
            Err(_) if !check.0.is_empty() => Ok(()),
            Err(away) => Err(away),
        }
    }
}

/// What a sheet says of an expert's field. What matching keeps itself, work and bars, does not matter at an event.
fn facts_of(sheet: &Sheet) -> Facts {
    let hit = sheet.summary.clone().unwrap_or_default();
    let mut facts = Facts {
        id: hit.name.clone(),
        listed: true,
        themes: codes(&hit.themes),
        industries: codes(&hit.industries),
        qualifications: codes(&hit.qualifications),
        bodies: codes(&sheet.organisations),
        ..Facts::default()
    };
    for mark in &hit.menus {
        let Some(menu) = Place::of(&mark.menu) else { continue };
        let given = match mark.mark() {
            WireMark::Strong => Mark::Strong,
            WireMark::Able => Mark::Able,
            WireMark::None | WireMark::Unspecified => Mark::None,
        };
        facts.rate(menu, given, u8::try_from(mark.points).unwrap_or_default());
    }
    let record = sheet.track_record.clone().unwrap_or_default();
    for one in &record.themes {
        Place::of(&one.code).into_iter().for_each(|theme| facts.record.themes.add(theme, had(one.count)));
    }
    for one in &record.industries {
        Place::of(&one.code).into_iter().for_each(|industry| facts.record.industries.add(industry, had(one.count)));
    }
    facts
}

fn had(count: i32) -> u32 {
    u32::try_from(count).unwrap_or_default()
}

/// Codes of a list; what it does not hold is left out.
fn codes<K: Kind>(codes: &[String]) -> Codes<K> {
    codes.iter().filter_map(|code| Place::of(code)).collect()
}
