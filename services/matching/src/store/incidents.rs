//! Incidents.

use contract::matching::v1::IncidentFacts;
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, KeyStore, Result, args};
use prost::Message as _;

use super::Keys;
use super::requests::among;
use crate::domain::incident::{Incident, state_name};

/// Most incidents that are looked at in one go; the rest in the next.
const DUE: i64 = 200;

/// Which incidents are asked for. Empty texts and lists hold for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct IncidentFilter {
    /// In lower case.
    pub(crate) state: String,
    /// Any of these.
    pub(crate) bodies: Vec<String>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, key_id, facts, texts, version FROM incident ", $tail)
    };
}

/// An incident with what was told, as far as the key is there.
pub(crate) async fn incident(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Incident>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, incident)| incident))
}

/// A page of incidents, newest first, each with its place in the list.
pub(crate) async fn list_incidents(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &IncidentFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, Incident)>> {
    let sql = select!(
        "WHERE ($1 = '' OR state = $1) AND ($2 = '' OR replace($2, ' ' || body || ' ', '') <> $2) AND entered < $3
         ORDER BY entered DESC LIMIT $4"
    );
    let rows = session.rows(sql, args![&filter.state, among(&filter.bodies, ' '), before, limit]).await?;
    opened(rows, keys).await
}

/// Ids of those with an offer whose time has run out, the longest due first; a few at a time.
pub(crate) async fn due_incidents(session: &mut Session, now: Timestamp) -> Result<Vec<String>> {
    let sql = "SELECT id FROM incident WHERE state = 'offered' AND due <= $1 ORDER BY due, entered LIMIT $2";
    ids(&session.rows(sql, args![now.micros(), DUE]).await?)
}

/// Ids of those that wait for an answer of this expert, in order of entry.
pub(crate) async fn offered_to(session: &mut Session, expert: &str) -> Result<Vec<String>> {
    let sql = "SELECT id FROM incident WHERE state = 'offered' AND offered_to = $1 ORDER BY entered";
    ids(&session.rows(sql, args![expert]).await?)
}

/// How many came from callers without a role after a moment.
pub(crate) async fn anonymous_since(session: &mut Session, since: Timestamp) -> Result<i64> {
    let sql = "SELECT count(*) FROM incident WHERE anonymous = 1 AND created > $1";
    session.count(sql, args![since.micros()]).await
}

/// Stores a new incident, with the position at which it was entered, the moment, and whether its caller had no role.
pub(crate) async fn insert_incident(
    session: &mut Session,
    keys: &Keys,
    (entered, created, anonymous): (i64, Timestamp, bool),
    new: &Incident,
) -> Result<()> {
    let sql = "INSERT INTO incident (id, state, body, offered_to, due, facts, texts, version, key_id, entered, created,
                   anonymous) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let mut values = columns(new, keys)?;
    let more: &[Value] = args![&new.key, entered, created.micros(), anonymous];
    values.extend_from_slice(more);
    session.execute(sql, &values).await.map(drop)
}

/// Stores an incident that is known.
pub(crate) async fn save_incident(session: &mut Session, keys: &Keys, incident: &Incident) -> Result<()> {
    let sql = "UPDATE incident SET state = $2, body = $3, offered_to = $4, due = $5, facts = $6, texts = $7,
                   version = $8 WHERE id = $1";
    session.execute(sql, &columns(incident, keys)?).await.map(drop)
}

fn columns(incident: &Incident, keys: &Keys) -> Result<Vec<Value>> {
    let facts = &incident.facts;
    let values: &[Value] = args![
        &facts.incident_id,
        state_name(facts.state()),
        &facts.body,
        incident.waiting().map(|offer| offer.expert.clone()).unwrap_or_default(),
        incident.due().map_or(i64::MAX, Timestamp::micros),
        facts.encode_to_vec(),
        keys.seal(&incident.key, &incident.name(), &incident.texts.encode_to_vec())?,
        incident.version
    ];
    Ok(values.to_vec())
}

fn ids(rows: &[Row]) -> Result<Vec<String>> {
    rows.iter().map(|row| row.text("id")).collect()
}

async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Incident)>> {
    let of = rows.iter().map(|row| row.text("key_id")).collect::<Result<Vec<_>>>()?;
    let keys = Keys::find(keys, &of).await?;
    let mut found = Vec::new();
    for (row, key) in rows.iter().zip(of) {
        let place = format!("incidents/{}", row.text("id")?);
        let facts = IncidentFacts::decode(row.bytes("facts")?.as_slice()).map_err(|_| Error::Corrupt(place.clone()))?;
        let texts = keys.read(&key, &place, &row.bytes("texts")?)?;
        found.push((row.int("entered")?, Incident { facts, texts, key, version: row.int("version")? }));
    }
    Ok(found)
}
