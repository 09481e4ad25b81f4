//! The log's own tables: all the SQL on them.

use std::collections::{BTreeSet, HashMap};

use contract::event::v1::{Event, ParkedEvent, Token};
use kit_clock::Timestamp;

use crate::event::wire_time;
use crate::sql::{Database, Row, Session, Step, Value};
use crate::{Error, Result, args};

/// The migration that makes the tables of a log.
pub(crate) const STEP: Step = Step { number: 1, about: "event log", sql: include_str!("../migrations/0001_log.sql") };
/// A page of events also ends at about this many bytes, to stay well below a message's limit.
const PAGE_BYTES: usize = 2 << 20;
const COLUMNS: &str = "position, id, aggregate_type, aggregate_id, version, type, schema_version, time, actor, \
                       causation, traceparent, key_id, clear, personal";

/// Where a log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The log's life.
    pub epoch: String,
    /// The newest position; 0 when empty.
    pub position: i64,
}

/// Up to where a reader has read a producer's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The life of the log that was read.
    pub epoch: String,
    /// The last position applied.
    pub position: i64,
}

/// The answer kept for a request id.
pub(crate) struct Answered {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) answer: Vec<u8>,
    pub(crate) position: i64,
}

/// Makes the head row of a new log.
pub(crate) async fn found(database: &Database, epoch: &str) -> Result<()> {
    let sql =
        "INSERT INTO log_head (singleton, epoch, position, last_commit) VALUES (1, $1, 0, '') ON CONFLICT DO NOTHING";
    database.write().await?.execute(sql, args![epoch]).await.map(drop)
}

/// Where the log stands.
pub(crate) async fn head(session: &mut Session) -> Result<Head> {
    let sql = "SELECT epoch, position FROM log_head WHERE singleton = 1";
    head_of(session.row(sql, &[]).await?).map(|(head, _)| head)
}

/// Begins a transaction with the row lock that orders all writers (SQLite's transaction does so by itself); where the log
/// stands, and the mark of its last commit.
pub(crate) async fn begin(session: &mut Session) -> Result<(Head, String)> {
    let sql = if session.is_sqlite() {
        "BEGIN IMMEDIATE; SELECT epoch, position, last_commit FROM log_head WHERE singleton = 1"
    } else {
        "BEGIN; SELECT epoch, position, last_commit FROM log_head WHERE singleton = 1 FOR UPDATE"
    };
    let (head, row) = head_of(session.begin(sql).await?.pop())?;
    Ok((head, row.text("last_commit")?))
}

fn head_of(row: Option<Row>) -> Result<(Head, Row)> {
    let row = row.ok_or_else(|| Error::Corrupt("the log has no head".to_owned()))?;
    Ok((Head { epoch: row.text("epoch")?, position: row.int("position")? }, row))
}

pub(crate) async fn set_head(session: &mut Session, position: i64, commit: &str) -> Result<()> {
    let sql = "UPDATE log_head SET position = $1, last_commit = $2 WHERE singleton = 1";
    session.execute(sql, args![position, commit]).await.map(drop)
}

pub(crate) async fn set_epoch(session: &mut Session, epoch: &str) -> Result<()> {
    session.execute("UPDATE log_head SET epoch = $1 WHERE singleton = 1", args![epoch]).await.map(drop)
}

/// The newest version of each of these aggregates (type, id) that has one.
///
/// Each is looked up at the end of its own part of the index. As a maximum over a group it would cost the more the longer
/// the history is, and on a table that PostgreSQL has not analysed lately, a reading of all of it.
pub(crate) async fn versions(
    session: &mut Session,
    aggregates: &BTreeSet<(String, String)>,
) -> Result<HashMap<(String, String), i64>> {
    let tail = ") SELECT k.type, k.id, (SELECT e.version FROM log_event e WHERE e.aggregate_id = k.id
                    AND e.aggregate_type = k.type ORDER BY e.position DESC LIMIT 1) AS version FROM k";
    let keys: Vec<Vec<Value>> = aggregates.iter().map(|(kind, id)| args![kind, id].to_vec()).collect();
    let mut found = HashMap::new();
    for row in session.over("WITH k (type, id) AS (VALUES", tail, &keys).await? {
        if let Some(version) = row.opt_int("version")? {
            found.insert((row.text("type")?, row.text("id")?), version);
        }
    }
    Ok(found)
}

pub(crate) async fn append(session: &mut Session, events: &[Event]) -> Result<()> {
    let tuple = |e: &Event| {
        let time = e.time.as_ref().map_or(0, |t| Timestamp::from_parts(t.seconds, t.nanos).micros());
        let values: &[Value] = args![
            e.position,
            &e.id,
            &e.aggregate_type,
            &e.aggregate_id,
            e.aggregate_version,
            &e.r#type,
            e.schema_version,
            time,
            &e.actor,
            &e.causation,
            &e.traceparent,
            &e.key_id,
            e.clear.as_ref(),
            e.personal.as_ref(),
        ];
        values.to_vec()
    };
    let head = format!("INSERT INTO log_event ({COLUMNS}) VALUES");
    session.insert(&head, "", events.iter().map(tuple).collect()).await
}

fn event(row: &Row, service: &str, epoch: &str) -> Result<Event> {
    Ok(Event {
        id: row.text("id")?,
        producer: service.to_owned(),
        epoch: epoch.to_owned(),
        position: row.int("position")?,
        aggregate_type: row.text("aggregate_type")?,
        aggregate_id: row.text("aggregate_id")?,
        aggregate_version: row.int("version")?,
        r#type: row.text("type")?,
        schema_version: i32::try_from(row.int("schema_version")?).unwrap_or(i32::MAX),
        time: Some(wire_time(Timestamp::from_micros(row.int("time")?))),
        actor: row.text("actor")?,
        causation: row.text("causation")?,
        traceparent: row.text("traceparent")?,
        key_id: row.text("key_id")?,
        clear: row.bytes("clear")?.into(),
        personal: row.bytes("personal")?.into(),
    })
}

/// A page of the log.
pub(crate) struct Page {
    pub(crate) events: Vec<Event>,
    pub(crate) read_to: i64,
}

/// Events after `after` up to `until`, at most `limit` and about two megabytes.
pub(crate) async fn read(
    session: &mut Session,
    service: &str,
    epoch: &str,
    (after, until): (i64, i64),
    limit: i64,
    compacted: bool,
) -> Result<Page> {
    // A page is cut by bytes only after it was read, so ask for no more rows at once than two megabytes of usual events.
    let sql = if compacted {
        "SELECT position, id, aggregate_type, aggregate_id, version, type, schema_version, time, actor, causation,
                traceparent, key_id, clear, personal
         FROM log_event e WHERE position > $1 AND position <= $2 AND NOT EXISTS (
            SELECT 1 FROM log_event n WHERE n.aggregate_type = e.aggregate_type AND n.aggregate_id = e.aggregate_id
                AND n.position > e.position AND n.position <= $2)
         ORDER BY position LIMIT $3"
    } else {
        "SELECT position, id, aggregate_type, aggregate_id, version, type, schema_version, time, actor, causation,
                traceparent, key_id, clear, personal
         FROM log_event WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3"
    };
    let rows = session.rows(sql, args![after, until, limit]).await?;
    let full = i64::try_from(rows.len()).unwrap_or(limit) == limit;
    let mut page = Page { events: Vec::with_capacity(rows.len()), read_to: until };
    let mut bytes = 0;
    for row in &rows {
        let event = event(row, service, epoch)?;
        bytes += event.clear.len() + event.personal.len() + 400;
        if bytes > PAGE_BYTES && !page.events.is_empty() {
            page.read_to = page.events.last().map_or(after, |e| e.position);
            return Ok(page);
        }
        page.events.push(event);
    }
    if full {
        page.read_to = page.events.last().map_or(after, |e| e.position);
    }
    Ok(page)
}

/// True when any of these events stands in the log.
pub(crate) async fn holds_event(session: &mut Session, id: &str) -> Result<bool> {
    Ok(session.count("SELECT count(*) FROM log_event WHERE id = $1", args![id]).await? > 0)
}

pub(crate) async fn answers(session: &mut Session, ids: &[String]) -> Result<HashMap<String, Answered>> {
    let head = "SELECT id, fingerprint, answer, position FROM log_request WHERE id";
    let mut found = HashMap::new();
    for row in session.among(head, "", ids).await? {
        let answered = Answered {
            fingerprint: row.bytes("fingerprint")?,
            answer: row.bytes("answer")?,
            position: row.int("position")?,
        };
        found.insert(row.text("id")?, answered);
    }
    Ok(found)
}

pub(crate) async fn keep_answers(session: &mut Session, now: Timestamp, kept: &[(String, Answered)]) -> Result<()> {
    let tuple = |(id, a): &(String, Answered)| {
        let values: &[Value] = args![id, a.fingerprint.as_slice(), a.answer.as_slice(), a.position, now.micros()];
        values.to_vec()
    };
    let head = "INSERT INTO log_request (id, fingerprint, answer, position, time) VALUES";
    session.insert(head, "", kept.iter().map(tuple).collect()).await
}

pub(crate) async fn cursor(session: &mut Session, producer: &str) -> Result<Option<Cursor>> {
    let row = session.row("SELECT epoch, position FROM log_cursor WHERE producer = $1", args![producer]).await?;
    row.map(|row| Ok(Cursor { epoch: row.text("epoch")?, position: row.int("position")? })).transpose()
}

pub(crate) async fn cursors(session: &mut Session) -> Result<Vec<Token>> {
    let rows = session.rows("SELECT producer, epoch, position FROM log_cursor ORDER BY producer", &[]).await?;
    let token = |row: Row| {
        Ok(Token { service: row.text("producer")?, epoch: row.text("epoch")?, position: row.int("position")? })
    };
    rows.into_iter().map(token).collect()
}

/// Moves a cursor, or with no `to` takes it away; false when it is not at `from`.
pub(crate) async fn move_cursor(
    session: &mut Session,
    producer: &str,
    from: Option<&Cursor>,
    to: Option<&Cursor>,
) -> Result<bool> {
    let done = match (from, to) {
        (None, None) => return Ok(cursor(session, producer).await?.is_none()),
        (None, Some(to)) => {
            let sql = "INSERT INTO log_cursor (producer, epoch, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            session.execute(sql, args![producer, &to.epoch, to.position]).await
        }
        (Some(from), Some(to)) => {
            let sql = "UPDATE log_cursor SET epoch = $4, position = $5
                       WHERE producer = $1 AND epoch = $2 AND position = $3";
            session.execute(sql, args![producer, &from.epoch, from.position, &to.epoch, to.position]).await
        }
        (Some(from), None) => {
            let sql = "DELETE FROM log_cursor WHERE producer = $1 AND epoch = $2 AND position = $3";
            session.execute(sql, args![producer, &from.epoch, from.position]).await
        }
    };
    Ok(done? == 1)
}

pub(crate) async fn park(session: &mut Session, parked: &ParkedEvent) -> Result<()> {
    let Some(event) = &parked.event else { return Ok(()) };
    let sql = "INSERT INTO log_parked (producer, position, epoch, aggregate, type, error, tries)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (producer, position) DO UPDATE SET error = excluded.error, tries = excluded.tries";
    let values: &[Value] = args![
        &event.service,
        event.position,
        &event.epoch,
        &parked.aggregate,
        &parked.r#type,
        &parked.error,
        parked.tries,
    ];
    session.execute(sql, values).await.map(drop)
}

/// True when something of this aggregate is parked.
pub(crate) async fn is_parked(session: &mut Session, producer: &str, aggregate: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM log_parked WHERE producer = $1 AND aggregate = $2";
    Ok(session.count(sql, args![producer, aggregate]).await? > 0)
}

/// Every parked event, oldest first.
pub(crate) async fn parked(session: &mut Session, reader: &str) -> Result<Vec<ParkedEvent>> {
    let sql = "SELECT producer, position, epoch, aggregate, type, error, tries FROM log_parked
               ORDER BY producer, position";
    let one = |row: Row| {
        Ok(ParkedEvent {
            reader: reader.to_owned(),
            event: Some(Token {
                service: row.text("producer")?,
                epoch: row.text("epoch")?,
                position: row.int("position")?,
            }),
            aggregate: row.text("aggregate")?,
            r#type: row.text("type")?,
            error: row.text("error")?,
            tries: i32::try_from(row.int("tries")?).unwrap_or(i32::MAX),
        })
    };
    session.rows(sql, &[]).await?.into_iter().map(one).collect()
}

pub(crate) async fn unpark(session: &mut Session, producer: &str, position: i64) -> Result<u64> {
    session.execute("DELETE FROM log_parked WHERE producer = $1 AND position = $2", args![producer, position]).await
}

pub(crate) async fn unpark_all(session: &mut Session, producer: &str) -> Result<()> {
    session.execute("DELETE FROM log_parked WHERE producer = $1", args![producer]).await.map(drop)
}

pub(crate) async fn relayed(session: &mut Session) -> Result<Option<Cursor>> {
    let row = session.row("SELECT epoch, position FROM log_relay WHERE singleton = 1", &[]).await?;
    row.map(|row| Ok(Cursor { epoch: row.text("epoch")?, position: row.int("position")? })).transpose()
}

pub(crate) async fn set_relayed(session: &mut Session, at: &Cursor) -> Result<()> {
    let sql = "INSERT INTO log_relay (singleton, epoch, position) VALUES (1, $1, $2)
               ON CONFLICT (singleton) DO UPDATE SET epoch = excluded.epoch, position = excluded.position";
    session.execute(sql, args![&at.epoch, at.position]).await.map(drop)
}
