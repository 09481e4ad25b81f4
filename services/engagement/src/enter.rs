//! A case, a consultation, a gathering, a company's part in one enters, and what follows for track records: stored and told in one
//! transaction, whoever brought it.

use std::collections::BTreeSet;

use contract::engagement::v1 as wire;
use kit_log::{KeyStore, Unit};

use crate::domain::catalogue::programme;
use crate::domain::gathering::{Gathering, Participation};
use crate::domain::record::track_record;
use crate::domain::{Case, Consultation, Moment, Refused};
use crate::error::Error;
use crate::events;
use crate::names;
use crate::store::{self, Keys, Steps};

/// Begins a case. From a proposal only one begins.
pub(crate) async fn case(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    id: &str,
    (facts, texts): (wire::CaseFacts, wire::CaseTexts),
    at: &Moment<'_>,
) -> Result<(), Error> {
    let proposals: Vec<String> =
        facts.sources.iter().filter(|source| source.starts_with("proposals/")).cloned().collect();
    for proposal in &proposals {
        if let Some(opened) = store::opened_from(unit.session(), proposal).await? {
            return Err(Refused::AlreadyOpened(names::case(&opened)).into());
        }
    }
    let programme = programme(&facts.programme)
        .ok_or_else(|| kit_log::Error::Internal(format!("no data of the programme {}", facts.programme)))?;
    let (case, change) = Case::begin(id, facts, texts, at, programme);
    let (name, key) = (names::case(id), names::key_of(&case.facts));
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let steps = Steps { subject: &name, key: &key, steps: &change.steps };
    let steps = store::record(unit.session(), &sealing, &[steps], true).await?.concat();
    let entered = events::case(unit, &case, &change.kinds, steps, "");
    store::insert(unit.session(), &sealing, &[(entered, &case, None)]).await?;
    for proposal in &proposals {
        store::mark_opened(unit.session(), proposal, id).await?;
    }
    Ok(())
}

/// Enters a consultation.
pub(crate) async fn consultation(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    id: &str,
    (facts, texts): (wire::ConsultationFacts, wire::ConsultationTexts),
    at: &Moment<'_>,
) -> Result<(), Error> {
    let (met, change) = Consultation::enter(id, facts, texts, at);
    let (name, key) = (names::consultation(id), names::key_of(&met.facts));
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let steps = Steps { subject: &name, key: &key, steps: &change.steps };
    let steps = store::record(unit.session(), &sealing, &[steps], true).await?.concat();
    let entered = events::consultation(unit, &met, &change.kinds, steps, "");
    Ok(store::insert_consultation(unit.session(), &sealing, entered, &met).await?)
}

/// Enters a gathering.
pub(crate) async fn gathering(unit: &mut Unit, gathering: &Gathering) -> Result<(), Error> {
    let entered = events::gathering(unit, gathering);
    Ok(store::insert_gathering(unit.session(), entered, gathering).await?)
}

/// Stores a word about a company's part, of which `known` was said before, and tells of it. The same word again does nothing.
pub(crate) async fn part(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    known: Option<&Participation>,
    part: &Participation,
) -> Result<(), Error> {
    if known == Some(part) {
        return Ok(());
    }
    let sealing = Keys::ensure(keys, &[names::key_of(&part.facts)]).await?;
    let position = events::participation(unit, part);
    match known {
        None => store::insert_part(unit.session(), &sealing, position, part).await?,
        Some(_) => store::save_part(unit.session(), &sealing, part).await?,
    }
    Ok(())
}

/// Records that an expert was at an event; tells it when it is new.
pub(crate) async fn attendance(unit: &mut Unit, body: &wire::AttendanceRecorded, at: &Moment<'_>) -> Result<(), Error> {
    let what = (body.event.as_str(), body.expert.as_str(), body.kind());
    if store::add_attendance(unit.session(), what, at.now, at.actor).await? {
        events::attendance(unit, body);
    }
    Ok(())
}

/// Brings the track records in line that an expert's cases count for: the expert's own, and those of all to whom the entry leads.
pub(crate) async fn records(unit: &mut Unit, expert: &str) -> Result<(), Error> {
    for expert in store::led_to(unit.session(), expert).await? {
        record(unit, &expert).await?;
    }
    Ok(())
}

/// An expert's entry points at another one from now on, or at none when `into` is empty.
pub(crate) async fn pointer(unit: &mut Unit, expert: &str, into: &str) -> Result<(), Error> {
    let mut concerned = store::led_to(unit.session(), expert).await?;
    if store::point(unit.session(), expert, into).await? {
        concerned.extend(store::led_to(unit.session(), expert).await?);
        let concerned: BTreeSet<String> = concerned.into_iter().collect();
        for expert in &concerned {
            record(unit, expert).await?;
        }
    }
    Ok(())
}

/// Tells an expert's track record when it is another than before: of all the cases of the expert and of those merged into this
/// one. Counted anew from the cases each time, so that a merge that is taken back leaves nothing behind, and what companies said is
/// told when three of them answered, whatever the name.
async fn record(unit: &mut Unit, expert: &str) -> Result<(), Error> {
    let names = store::merged_into(unit.session(), expert).await?;
    let record = track_record(expert, &store::all_of_experts(unit.session(), &names).await?);
    let known = store::track_record(unit.session(), expert).await?;
    if known.as_ref() == Some(&record) || (known.is_none() && record.cases == 0) {
        return Ok(());
    }
    store::save_track_record(unit.session(), &record).await?;
    events::track_record(unit, record);
    Ok(())
}
