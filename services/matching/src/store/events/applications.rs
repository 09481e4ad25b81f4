//! Applications of companies to consultation events.

use contract::matching::v1::{ApplicationFacts, ApplicationTexts};
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, KeyStore, Result, args};
use prost::Message as _;

use crate::domain::event::application::{Application, application_state};
use crate::names;
use crate::store::Keys;

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, facts, texts, version FROM event_application ", $tail)
    };
}

pub(crate) async fn application(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Application>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, application)| application))
}

/// The application of any of these companies to an event, the first one of several.
pub(crate) async fn application_of(
    session: &mut Session,
    keys: &dyn KeyStore,
    event: &str,
    companies: &[String],
) -> Result<Option<Application>> {
    let sql = "SELECT id, company FROM event_application WHERE event = $1 ORDER BY entered";
    for row in session.rows(sql, args![event]).await? {
        if companies.contains(&row.text("company")?) {
            return application(session, keys, &row.text("id")?).await;
        }
    }
    Ok(None)
}

/// All applications to an event, in order of application.
pub(crate) async fn applications(session: &mut Session, keys: &dyn KeyStore, event: &str) -> Result<Vec<Application>> {
    let rows = session.rows(select!("WHERE event = $1 ORDER BY entered"), args![event]).await?;
    Ok(opened(rows, keys).await?.into_iter().map(|(_, application)| application).collect())
}

/// A page of an event's applications that may be shown, in order of application, each with its place.
pub(crate) async fn applications_page(
    session: &mut Session,
    keys: &dyn KeyStore,
    event: &str,
    (after, limit): (i64, i64),
    shown: impl Fn(&ApplicationFacts) -> bool,
) -> Result<Vec<(i64, Application)>> {
    let (mut found, mut after) = (Vec::new(), after);
    let limit = usize::try_from(limit).unwrap_or_default();
    while found.len() < limit {
        let sql = select!("WHERE event = $1 AND entered > $2 ORDER BY entered LIMIT $3");
        let rows = session.rows(sql, args![event, after, PIECE]).await?;
        let Some(last) = rows.last() else { break };
        after = last.int("entered")?;
        let mut wanted = Vec::new();
        for row in rows {
            if shown(&facts_of(&row)?) {
                wanted.push(row);
            }
        }
        wanted.truncate(limit - found.len());
        found.extend(opened(wanted, keys).await?);
    }
    Ok(found)
}

/// Rows read at once for a page.
const PIECE: i64 = 256;

/// Whether one of these bodies brought a company to an event.
pub(crate) async fn has_application_of(session: &mut Session, event: &str, bodies: &[&str]) -> Result<bool> {
    for body in bodies {
        let sql = "SELECT count(*) FROM event_application WHERE event = $1 AND body = $2";
        if session.count(sql, args![event, *body]).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Stores an application, with the position at which it was entered.
pub(crate) async fn insert_application(
    session: &mut Session,
    keys: &Keys,
    entered: i64,
    new: &Application,
) -> Result<()> {
    let sql = "INSERT INTO event_application (id, event, company, body, state, facts, texts, version, entered)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let mut values = columns(keys, new)?;
    values.push(entered.into());
    session.execute(sql, &values).await.map(drop)
}

/// Stores an application after a change; `entered` when the company applied anew.
pub(crate) async fn save_application(
    session: &mut Session,
    keys: &Keys,
    entered: Option<i64>,
    application: &Application,
) -> Result<()> {
    let sql = "UPDATE event_application
               SET event = $2, company = $3, body = $4, state = $5, facts = $6, texts = $7, version = $8,
                   entered = coalesce($9, entered)
               WHERE id = $1";
    let mut values = columns(keys, application)?;
    values.push(entered.into());
    session.execute(sql, &values).await.map(drop)
}

fn columns(keys: &Keys, application: &Application) -> Result<Vec<Value>> {
    let facts = &application.facts;
    let place = names::application(&facts.application_id);
    let texts = keys.seal(&names::key_of(facts.company.as_ref()), &place, &application.texts.encode_to_vec())?;
    let event = facts.event.strip_prefix("consultationEvents/").unwrap_or(&facts.event);
    let (company, state) = (application.company(), application_state(facts.state()));
    let id = &facts.application_id;
    Ok(args![id, event, company, &facts.body, state, facts.encode_to_vec(), texts, application.version].to_vec())
}

fn facts_of(row: &Row) -> Result<ApplicationFacts> {
    let corrupt = |id: &str| Error::Corrupt(names::application(id));
    let id = row.text("id")?;
    ApplicationFacts::decode(row.bytes("facts")?.as_slice()).map_err(|_| corrupt(&id))
}

async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Application)>> {
    let all: Vec<(Row, ApplicationFacts)> =
        rows.into_iter().map(|row| facts_of(&row).map(|facts| (row, facts))).collect::<Result<_>>()?;
    let ids: Vec<String> = all.iter().map(|(_, facts)| names::key_of(facts.company.as_ref())).collect();
    let keys = Keys::find(keys, &ids).await?;
    let mut found = Vec::new();
    for (row, facts) in all {
        let place = names::application(&facts.application_id);
        let key = names::key_of(facts.company.as_ref());
        let texts: ApplicationTexts = keys.read(&key, &place, &row.bytes("texts")?)?;
        found.push((row.int("entered")?, Application { facts, texts, version: row.int("version")? }));
    }
    Ok(found)
}
