//! The last word of matching about consultation events, applications and timetables.

use contract::matching::v1::{ApplicationFacts, ApplicationTexts, ConsultationEventFacts, Timetable};
use kit_log::sql::{Row, Session};
use kit_log::{KeyStore, Keyring as Keys, Result, args};
use prost::Message;

use super::sealed::decode;
use crate::domain::matched::Application;
use crate::names;

/// Most applications of an event.
const APPLICATIONS: i64 = 10_000;

/// Keeps what is told of an event; false when it was told before.
pub(crate) async fn keep_event(session: &mut Session, facts: &ConsultationEventFacts) -> Result<bool> {
    let aggregate = format!("consultation_event/{}", facts.event_id);
    keep(session, &aggregate, &facts.event_id, facts, Vec::new()).await
}

/// Keeps a timetable that is over; false when it was told before.
pub(crate) async fn keep_timetable(session: &mut Session, event: &str, timetable: &Timetable) -> Result<bool> {
    keep(session, &format!("timetable/{event}"), event, timetable, Vec::new()).await
}

/// Keeps an application; false when it was told before.
pub(crate) async fn keep_application(
    session: &mut Session,
    keys: &dyn KeyStore,
    event: &str,
    application: &Application,
) -> Result<bool> {
    let (facts, key) = (&application.facts, names::key_of_company(application.facts.company.as_ref()));
    let place = place(&facts.application_id);
    let keys = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let texts = keys.seal(&key, &place, &application.texts.encode_to_vec())?;
    keep(session, &place, event, facts, texts).await
}

async fn keep(
    session: &mut Session,
    aggregate: &str,
    event: &str,
    facts: &impl Message,
    texts: Vec<u8>,
) -> Result<bool> {
    let facts = facts.encode_to_vec();
    let known = session.row("SELECT facts FROM told WHERE aggregate = $1", args![aggregate]).await?;
    let same = known.map(|row| row.bytes("facts")).transpose()?.is_some_and(|known| known == facts);
    if !same {
        let sql = "INSERT INTO told (aggregate, event, facts, texts) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (aggregate) DO UPDATE SET facts = excluded.facts, texts = excluded.texts";
        session.execute(sql, args![aggregate, event, facts, texts]).await?;
    }
    Ok(!same)
}

/// What was told of an event.
pub(crate) async fn told_event(session: &mut Session, event: &str) -> Result<Option<ConsultationEventFacts>> {
    one(session, &format!("consultation_event/{event}")).await
}

/// The timetable of an event that is over.
pub(crate) async fn told_timetable(session: &mut Session, event: &str) -> Result<Option<Timetable>> {
    one(session, &format!("timetable/{event}")).await
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
    let sql = "SELECT aggregate, facts, texts FROM told
               WHERE event = $1 AND aggregate LIKE 'application/%' ORDER BY aggregate LIMIT $2";
    let rows = session.rows(sql, args![event, APPLICATIONS]).await?;
    let decoded = |row: &Row| decode::<ApplicationFacts>(&row.bytes("facts")?, event);
    let facts = rows.iter().map(decoded).collect::<Result<Vec<_>>>()?;
    let ids: Vec<_> = facts.iter().map(|facts| names::key_of_company(facts.company.as_ref())).collect();
    let keys = Keys::find(keys, &ids).await?;
    let mut found = Vec::new();
    for ((row, facts), key) in rows.iter().zip(facts).zip(ids) {
        let texts: ApplicationTexts = keys.read(&key, &place(&facts.application_id), &row.bytes("texts")?)?;
        found.push(Application { facts, texts });
    }
    Ok(found)
}

fn place(application: &str) -> String {
    format!("application/{application}")
}
