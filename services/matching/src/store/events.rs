//! Consultation events, and who is present.

mod applications;
mod timetables;

use contract::matching::v1::{ConsultationEventFacts, ConsultationEventState};
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, Result, args};
use prost::Message as _;

use crate::domain::event::{ConsultationEvent, event_state};
use crate::names;

pub(crate) use applications::{
    application, application_of, applications, applications_page, has_application_of, insert_application,
    save_application,
};
pub(crate) use timetables::{Kept, save_timetable, timetable};

/// Most events carried on by time in one look.
const DUE: i64 = 100;

/// Which events are asked for. Empty texts hold for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventFilter {
    pub(crate) programme: String,
    pub(crate) body: String,
    pub(crate) state: ConsultationEventState,
}

pub(crate) async fn event(session: &mut Session, id: &str) -> Result<Option<ConsultationEvent>> {
    let row = session.row("SELECT id, facts, version FROM consultation_event WHERE id = $1", args![id]).await?;
    row.as_ref().map(read).transpose()
}

/// Stores a new event, with the position at which it was entered.
pub(crate) async fn insert_event(session: &mut Session, entered: i64, new: &ConsultationEvent) -> Result<()> {
    let sql = "INSERT INTO consultation_event (id, programme, body, state, starts, ends, due, facts, version, entered)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let mut values = columns(new);
    values.push(entered.into());
    session.execute(sql, &values).await?;
    keep_experts(session, new).await
}

/// Stores an event after a change.
pub(crate) async fn save_event(session: &mut Session, event: &ConsultationEvent) -> Result<()> {
    let sql = "UPDATE consultation_event
               SET programme = $2, body = $3, state = $4, starts = $5, ends = $6, due = $7, facts = $8, version = $9
               WHERE id = $1";
    session.execute(sql, &columns(event)).await?;
    session.execute("DELETE FROM event_expert WHERE event = $1", args![event.id()]).await?;
    keep_experts(session, event).await
}

async fn keep_experts(session: &mut Session, event: &ConsultationEvent) -> Result<()> {
    let plan = event.plan();
    let tuples = plan.experts.iter().filter(|present| !present.absent);
    let tuples = tuples.map(|present| args![&present.expert, event.id()].to_vec()).collect();
    session.insert("INSERT INTO event_expert (expert, event) VALUES", "", tuples).await
}

fn columns(event: &ConsultationEvent) -> Vec<Value> {
    let (facts, plan) = (&event.facts, event.plan());
    let ConsultationEventFacts { programme, body, .. } = facts;
    let (starts, ends) = (crate::domain::event::starts(&plan).micros(), crate::domain::event::ends(&plan).micros());
    let due = event.due().map_or(i64::MAX, Timestamp::micros);
    let (state, bytes) = (event_state(facts.state()), facts.encode_to_vec());
    args![event.id(), programme, body, state, starts, ends, due, bytes, event.version].to_vec()
}

/// A page of events, newest first, each with its place in the list.
pub(crate) async fn list_events(
    session: &mut Session,
    filter: &EventFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, ConsultationEvent)>> {
    let sql = "SELECT id, entered, facts, version FROM consultation_event
               WHERE ($1 = '' OR programme = $1) AND ($2 = '' OR body = $2) AND ($3 = '' OR state = $3) AND entered < $4
               ORDER BY entered DESC LIMIT $5";
    let EventFilter { programme, body, state } = filter;
    let rows = session.rows(sql, args![programme, body, event_state(*state), before, limit]).await?;
    rows.iter().map(|row| Ok((row.int("entered")?, read(row)?))).collect()
}

/// Another event at which an expert is present while this one takes place.
pub(crate) async fn elsewhere(
    session: &mut Session,
    expert: &str,
    event: &str,
    (starts, ends): (Timestamp, Timestamp),
) -> Result<Option<String>> {
    let sql = "SELECT id FROM consultation_event
               WHERE id <> $2 AND starts < $4 AND ends > $3 AND state IN ('open', 'closed')
                 AND id IN (SELECT event FROM event_expert WHERE expert = $1)
               ORDER BY entered LIMIT 1";
    let row = session.row(sql, args![expert, event, starts.micros(), ends.micros()]).await?;
    row.map(|row| Ok(names::consultation_event(&row.text("id")?))).transpose()
}

/// Events whose state time changes now or has changed.
pub(crate) async fn due_events(session: &mut Session, now: Timestamp) -> Result<Vec<String>> {
    let sql = "SELECT id FROM consultation_event WHERE due <= $1 ORDER BY due, id LIMIT $2";
    session.rows(sql, args![now.micros(), DUE]).await?.iter().map(|row| row.text("id")).collect()
}

fn read(row: &Row) -> Result<ConsultationEvent> {
    let facts = ConsultationEventFacts::decode(row.bytes("facts")?.as_slice());
    let corrupt = |id: String| Error::Corrupt(names::consultation_event(&id));
    match facts {
        Ok(facts) => Ok(ConsultationEvent { facts, version: row.int("version")? }),
        Err(_) => Err(corrupt(row.text("id")?)),
    }
}
