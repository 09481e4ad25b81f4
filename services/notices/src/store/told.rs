//! The last word of matching about consultation events, applications and timetables.

use std::collections::BTreeMap;

use contract::matching::v1::{ApplicationFacts, ConsultationEventFacts, Timetable};
use kit_log::sql::{Row, Session};
use kit_log::{Error, KeyStore, Keyring, Result, args};
use prost::Message;

use super::notices::decode;
use crate::domain::consultation_event::Application;

/// Most applications of an event.
const APPLICATIONS: i64 = 10_000;

/// Keeps what is told of an event.
pub(crate) async fn keep_event(session: &mut Session, facts: &ConsultationEventFacts) -> Result<()> {
    keep(session, &aggregate_of_event(&facts.event_id), (&facts.event_id, facts), ("", Vec::new())).await
}

/// Keeps a timetable.
pub(crate) async fn keep_timetable(session: &mut Session, event: &str, timetable: &Timetable) -> Result<()> {
    keep(session, &format!("timetable/{event}"), (event, timetable), ("", Vec::new())).await
}

/// Keeps an application; of its words the company's name alone.
pub(crate) async fn keep_application(
    session: &mut Session,
    keys: &dyn KeyStore,
    event: &str,
    application: &Application,
) -> Result<()> {
    let (place, key) = (aggregate_of_application(&application.facts.application_id), &application.key_id);
    let ids = if key.is_empty() { Vec::new() } else { vec![key.clone()] };
    let words = Keyring::ensure(keys, &ids).await?.seal(key, &place, application.company_name.as_bytes())?;
    keep(session, &place, (event, &application.facts), (key, words)).await
}

async fn keep(
    session: &mut Session,
    aggregate: &str,
    (event, facts): (&str, &impl Message),
    (key_id, words): (&str, Vec<u8>),
) -> Result<()> {
    let sql = "INSERT INTO told (aggregate, event, facts, key_id, words) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (aggregate) DO UPDATE SET event = excluded.event, facts = excluded.facts,
                   key_id = excluded.key_id, words = excluded.words";
    session.execute(sql, args![aggregate, event, facts.encode_to_vec(), key_id, words]).await.map(drop)
}

/// What was told of an event.
pub(crate) async fn told_event(session: &mut Session, event: &str) -> Result<Option<ConsultationEventFacts>> {
    one(session, &aggregate_of_event(event)).await
}

/// The timetable of an event; an empty one when none was told.
pub(crate) async fn told_timetable(session: &mut Session, event: &str) -> Result<Timetable> {
    Ok(one(session, &format!("timetable/{event}")).await?.unwrap_or_default())
}

async fn one<M: Message + Default>(session: &mut Session, aggregate: &str) -> Result<Option<M>> {
    let row = session.row("SELECT facts FROM told WHERE aggregate = $1", args![aggregate]).await?;
    row.map(|row| decode(&row.bytes("facts")?, aggregate)).transpose()
}

/// Every application of an event.
pub(crate) async fn told_applications(
    session: &mut Session,
    keys: &dyn KeyStore,
    event: &str,
) -> Result<Vec<Application>> {
    let sql = "SELECT aggregate, facts, key_id, words FROM told
               WHERE event = $1 AND aggregate LIKE 'application/%' ORDER BY aggregate LIMIT $2";
    let rows = session.rows(sql, args![event, APPLICATIONS]).await?;
    let mut ids = BTreeMap::new();
    for row in &rows {
        ids.insert(row.text("key_id")?, ());
    }
    let ids: Vec<String> = ids.into_keys().filter(|id| !id.is_empty()).collect();
    let keys = Keyring::find(keys, &ids).await?;
    let open = |row: &Row| {
        let (place, key_id) = (row.text("aggregate")?, row.text("key_id")?);
        let facts: ApplicationFacts = decode(&row.bytes("facts")?, &place)?;
        let name = keys.open(&key_id, &place, &row.bytes("words")?)?;
        let company_name = String::from_utf8(name).map_err(|_| Error::Corrupt(place))?;
        Ok(Application { facts, company_name, key_id })
    };
    rows.iter().map(open).collect()
}

fn aggregate_of_event(event: &str) -> String {
    format!("consultation_event/{event}")
}

fn aggregate_of_application(application: &str) -> String {
    format!("application/{application}")
}
