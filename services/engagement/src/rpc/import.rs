//! A past programme taken over: every row or none, and the same row only once.

use std::collections::BTreeSet;

use contract::engagement::v1 as wire;
use contract::engagement::v1::Side;
use contract::event::v1::Token;
use kit_clock::Timestamp;
use kit_log::sql::Session;
use kit_log::{KeyStore, Origin, Unit};
use prost::Message;

use super::Desk;
use crate::domain::catalogue::Programme;
use crate::domain::check::Check;
use crate::domain::import::{Row, RowFault, rows};
use crate::domain::{Case, Change, Fault, Moment, Reason, read};
use crate::error::Error;
use crate::store::{self, Imported, Keys, Steps};
use crate::{enter, events, names};

/// Most rows of one call.
const ROWS: usize = 5_000;

/// What an import did.
#[derive(Clone, PartialEq, Message)]
struct Done {
    #[prost(int32, tag = "1")]
    stored: i32,
}

/// An import, read.
struct Batch {
    programme: &'static Programme,
    rows: Vec<Row>,
    source: String,
    begin: Timestamp,
}

impl Desk {
    /// Takes rows over.
    pub(super) async fn import(
        &self,
        origin: Origin,
        request: wire::ImportGuidanceRequest,
    ) -> Result<wire::ImportGuidanceResponse, Error> {
        let mut check = Check::default();
        let programme = check.programme(&request.programme);
        let source = check.text("source", &request.source, 200, false);
        check.needed("source", source.is_empty());
        check.needed("rows", request.rows.is_empty());
        check.at_most("rows", request.rows.len(), ROWS);
        if let Some(time) = request.begin_time.as_ref()
            && read(time) > self.log.clock().now()
        {
            check.fault("begin_time", Reason::InTheFuture);
        }
        check.done()?;
        let Some(programme) = programme else { return Err(Error::Invalid(Vec::new())) };
        let read = match rows(&request.rows, programme) {
            Ok(rows) => rows,
            Err(faults) if request.validate_only => return Ok(told(&faults)),
            Err(faults) => return Err(located(faults)),
        };
        let begin = request.begin_time.as_ref().map_or_else(|| programme.begins(), crate::domain::read);
        let batch = Batch { programme, rows: read, source, begin };
        if request.validate_only {
            let fresh = fresh(&mut self.log.read_session().await.map_err(Error::from)?, &batch).await?;
            return Ok(match fresh {
                Ok(fresh) => counted(fresh.len(), batch.rows.len(), None),
                Err(faults) => told(&faults),
            });
        }
        self.take_over(origin, batch).await
    }

    async fn take_over(&self, origin: Origin, batch: Batch) -> Result<wire::ImportGuidanceResponse, Error> {
        let (keys, all) = (self.log.keys().clone(), batch.rows.len());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let new = match fresh(unit.session(), &batch).await? {
                    Ok(new) => new,
                    Err(faults) => return Err(located(faults)),
                };
                store_all(unit, keys.as_ref(), &batch, &new).await?;
                Ok::<_, Error>(Done { stored: new.len() as i32 })
            })
        });
        let committed = committed.await?;
        let stored = usize::try_from(committed.answer.stored).unwrap_or(0);
        Ok(counted(stored, all, Some(committed.token).filter(|_| stored > 0)))
    }
}

/// The rows that are not known yet, or a fault for each that is known to say otherwise.
async fn fresh(session: &mut Session, batch: &Batch) -> Result<Result<Vec<usize>, Vec<RowFault>>, Error> {
    let keys: Vec<String> = batch.rows.iter().map(|row| batch.key(row)).collect();
    let known = store::imported(session, &keys).await?;
    let (mut new, mut faults) = (Vec::new(), Vec::new());
    for (index, (row, key)) in batch.rows.iter().zip(&keys).enumerate() {
        match known.get(key) {
            None => new.push(index),
            Some(digest) if *digest == row.digest() => {}
            Some(_) => faults.push((index, Fault::new("case", Reason::Differs))),
        }
    }
    Ok(if faults.is_empty() { Ok(new) } else { Err(faults) })
}

impl Batch {
    fn key(&self, row: &Row) -> String {
        format!("{}/{}", self.programme.id, row.label)
    }
}

async fn store_all(unit: &mut Unit, keys: &dyn KeyStore, batch: &Batch, new: &[usize]) -> Result<(), Error> {
    let actor = unit.actor().to_owned();
    let at = Moment { now: unit.now(), actor: &actor, on_behalf_of: Side::Unspecified, words: &batch.source };
    let begun = |index: &usize| batch.rows[*index].case(&unit.fresh_id(), batch.begin, &at);
    let cases: Vec<(Case, Change)> = new.iter().map(begun).collect();
    let subjects: Vec<(String, String)> =
        cases.iter().map(|(case, _)| (names::case(&case.facts.case_id), names::key_of(&case.facts))).collect();
    let key_ids: Vec<String> = subjects.iter().map(|(_, key)| key.clone()).collect();
    let sealing = Keys::ensure(keys, &key_ids).await?;
    let steps: Vec<_> = cases
        .iter()
        .zip(&subjects)
        .map(|((_, change), (subject, key))| Steps { subject, key, steps: &change.steps })
        .collect();
    let steps = store::record(unit.session(), &sealing, &steps, true).await?;
    let mut entered = Vec::new();
    for ((index, (case, change)), steps) in new.iter().zip(&cases).zip(steps) {
        let reason = change.steps.first().map(|step| step.reason.clone()).unwrap_or_default();
        let position = events::case(unit, case, &change.kinds, steps, &reason);
        let row = &batch.rows[*index];
        entered.push((position, case, Some(Imported { key: batch.key(row), digest: row.digest() })));
    }
    store::insert(unit.session(), &sealing, &entered).await?;
    let experts: BTreeSet<&str> = cases.iter().map(|(case, _)| case.facts.expert.as_str()).collect();
    for expert in experts {
        enter::records(unit, expert).await?;
    }
    Ok(())
}

fn counted(stored: usize, all: usize, token: Option<Token>) -> wire::ImportGuidanceResponse {
    wire::ImportGuidanceResponse {
        stored: stored as i32,
        repeated_rows: (all - stored) as i32,
        faults: Vec::new(),
        token,
    }
}

/// Faults as an answer.
fn told(faults: &[RowFault]) -> wire::ImportGuidanceResponse {
    let fault = |(row, fault): &RowFault| wire::RowFault {
        row: *row as i32,
        column: fault.field.clone(),
        reason: fault.reason.code().to_owned(),
        ja: fault.ja(),
        en: fault.en(),
    };
    wire::ImportGuidanceResponse { faults: faults.iter().map(fault).collect(), ..Default::default() }
}

/// Faults as an error, each by its place in the request.
fn located(faults: Vec<RowFault>) -> Error {
    let place = |(row, fault): RowFault| fault.within(&format!("rows[{row}]"));
    Error::Invalid(faults.into_iter().map(place).collect())
}
