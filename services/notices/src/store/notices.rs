//! Notices one by one, by subject and by time.

use contract::notices::v1::{ConfidentialParameter, NoticeFacts, NoticePersonal};
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, KeyStore, Result, args};
use prost::Message as _;

use super::deliveries;
use crate::domain::notice::{Notice, is_failing, state_name};
use crate::domain::plan::{Known, Stage};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, cause, occasion, active, stays, sequence, entered, begins, key_id, facts, words FROM notice ",
            $tail
        )
    };
}
pub(super) use select;

/// Most notices of one subject.
const OF_SUBJECT: i64 = 10_000;

pub(crate) async fn by_id(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Notice>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop())
}

/// Those of these ids, in no order.
pub(crate) async fn by_ids(session: &mut Session, keys: &dyn KeyStore, ids: &[String]) -> Result<Vec<Notice>> {
    let rows = session.among(select!("WHERE id"), "", ids).await?;
    opened(rows, keys).await
}

/// Every notice about a subject, as far as planning has to know.
pub(crate) async fn known(session: &mut Session, subject: &str) -> Result<Vec<Known>> {
    let sql = "SELECT id, cause, occasion, active, stays, state FROM notice WHERE subject = $1
               ORDER BY cause, occasion LIMIT $2";
    let rows = session.rows(sql, args![subject, OF_SUBJECT]).await?;
    let known = |row: &Row| {
        Ok(Known {
            id: row.text("id")?,
            cause: row.text("cause")?,
            occasion: row.int("occasion")?,
            current: row.int("active")? == 1,
            stays: row.int("stays")? == 1,
            stage: match row.text("state")?.as_str() {
                "scheduled" => Stage::Scheduled,
                "pending" | "handed_over" => Stage::Open,
                _ => Stage::Over,
            },
        })
    };
    rows.iter().map(known).collect()
}

/// Those whose time has come, the earliest first.
pub(crate) async fn due(session: &mut Session, keys: &dyn KeyStore, now: Timestamp, limit: i64) -> Result<Vec<Notice>> {
    let rows = session.rows(select!("WHERE wake <= $1 ORDER BY wake, id LIMIT $2"), args![now.micros(), limit]).await?;
    opened(rows, keys).await
}

/// When the next one's time comes.
pub(crate) async fn next_wake(session: &mut Session) -> Result<Option<Timestamp>> {
    let row = session.row("SELECT wake FROM notice ORDER BY wake LIMIT 1", args![]).await?;
    let wake = row.map(|row| row.int("wake")).transpose()?;
    Ok(wake.filter(|wake| *wake < i64::MAX).map(Timestamp::from_micros))
}

/// Stores a notice as it now stands, new or known.
pub(crate) async fn save(session: &mut Session, keys: &dyn KeyStore, notice: &Notice) -> Result<()> {
    let sql = "INSERT INTO notice (id, cause, occasion, active, stays, subject, recipient, template, state, failing,
                   handed, sequence, entered, wake, begins, key_id, facts, words)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
               ON CONFLICT (id) DO UPDATE SET active = excluded.active, stays = excluded.stays,
                   recipient = excluded.recipient, template = excluded.template, state = excluded.state,
                   failing = excluded.failing, handed = excluded.handed, sequence = excluded.sequence,
                   entered = excluded.entered, wake = excluded.wake, begins = excluded.begins,
                   key_id = excluded.key_id, facts = excluded.facts, words = excluded.words";
    let facts = &notice.facts;
    let words = sealed(keys, notice).await?;
    let values: &[Value] = args![
        &facts.notice_id,
        &notice.cause,
        notice.occasion,
        notice.current,
        notice.stays,
        &facts.subject,
        &facts.recipient,
        &facts.template,
        state_name(notice.state()),
        facts.deliveries.iter().any(is_failing),
        facts.hand_over_time.is_some(),
        notice.sequence,
        notice.entered,
        notice.wakes().map_or(i64::MAX, Timestamp::micros),
        notice.raise.micros(),
        &notice.key_id,
        facts.encode_to_vec(),
        words
    ];
    session.execute(sql, values).await?;
    deliveries::save(session, notice).await
}

/// Forgets one that was never raised.
pub(crate) async fn delete(session: &mut Session, id: &str) -> Result<()> {
    session.execute("DELETE FROM notice WHERE id = $1 AND state = 'scheduled'", args![id]).await.map(drop)
}

/// The words, bound to their notice; nothing where there are none, or the key is destroyed.
async fn sealed(keys: &dyn KeyStore, notice: &Notice) -> Result<Vec<u8>> {
    if notice.words.is_empty() || notice.key_id.is_empty() {
        return Ok(Vec::new());
    }
    let parameter =
        |(name, value): &(String, String)| ConfidentialParameter { name: name.clone(), value: value.clone() };
    let personal = NoticePersonal { parameters: notice.words.iter().map(parameter).collect() };
    match keys.ensure(std::slice::from_ref(&notice.key_id)).await?.get(&notice.key_id) {
        Some(key) => key.seal(&notice.facts.notice_id, &personal.encode_to_vec()),
        None => Ok(Vec::new()),
    }
}

/// Notices of rows, in their order, with one question to the key store.
pub(crate) async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<Notice>> {
    let mut ids = Vec::new();
    for row in &rows {
        ids.push(row.text("key_id")?);
    }
    ids.retain(|id| !id.is_empty());
    ids.sort();
    ids.dedup();
    let keys = if ids.is_empty() { Default::default() } else { keys.find(&ids).await? };
    let mut found = Vec::new();
    for row in &rows {
        let (id, key_id, words) = (row.text("id")?, row.text("key_id")?, row.bytes("words")?);
        let words = match keys.get(&key_id) {
            Some(key) if !words.is_empty() => {
                let personal: NoticePersonal = decode(&key.open(&id, &words)?, &id)?;
                personal.parameters.into_iter().map(|one| (one.name, one.value)).collect()
            }
            _ => Vec::new(),
        };
        let facts: NoticeFacts = decode(&row.bytes("facts")?, &id)?;
        found.push(Notice {
            facts,
            words,
            key_id,
            cause: row.text("cause")?,
            occasion: row.int("occasion")?,
            current: row.int("active")? == 1,
            stays: row.int("stays")? == 1,
            sequence: row.int("sequence")?,
            entered: row.int("entered")?,
            raise: Timestamp::from_micros(row.int("begins")?),
        });
    }
    Ok(found)
}

pub(super) fn decode<M: prost::Message + Default>(bytes: &[u8], place: &str) -> Result<M> {
    M::decode(bytes).map_err(|_| Error::Corrupt(place.to_owned()))
}
