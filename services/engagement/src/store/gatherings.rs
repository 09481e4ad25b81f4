//! Gatherings and who came.

use contract::engagement::v1::{GatheringFacts, GatheringKind, ParticipationFacts, ParticipationPersonal};
use kit_log::sql::{Row, Session, Value};
use kit_log::{KeyStore, Result, args};
use prost::Message as _;

use super::sealed::decode;
use crate::domain::gathering::{Gathering, Participation, kind_name, state_name};
use crate::names;
use kit_log::Keyring as Keys;

/// Which gatherings are asked for. Empty texts hold for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct GatheringFilter {
    pub(crate) programme: String,
    pub(crate) kind: GatheringKind,
    pub(crate) body: String,
}

pub(crate) async fn by_id(session: &mut Session, id: &str) -> Result<Option<Gathering>> {
    let row = session.row("SELECT id, facts, version FROM gathering WHERE id = $1", args![id]).await?;
    row.as_ref().map(gathering).transpose()
}

/// Stores a new gathering, with the position at which it was entered.
pub(crate) async fn insert(session: &mut Session, entered: i64, new: &Gathering) -> Result<()> {
    let facts = &new.facts;
    let sql = "INSERT INTO gathering (id, entered, programme, kind, body, facts, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (id, kind) = (&facts.gathering_id, kind_name(facts.kind()));
    let values = args![id, entered, &facts.programme, kind, &facts.body, facts.encode_to_vec(), new.version];
    session.execute(sql, values).await.map(drop)
}

/// Stores a gathering that is known.
pub(crate) async fn save(session: &mut Session, gathering: &Gathering) -> Result<()> {
    let facts = &gathering.facts;
    let sql = "UPDATE gathering SET programme = $2, body = $3, facts = $4, version = $5 WHERE id = $1";
    let values = args![&facts.gathering_id, &facts.programme, &facts.body, facts.encode_to_vec(), gathering.version];
    session.execute(sql, values).await.map(drop)
}

/// A page of gatherings, newest first, each with its place in the list.
pub(crate) async fn list(
    session: &mut Session,
    filter: &GatheringFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, Gathering)>> {
    let sql = "SELECT id, entered, facts, version FROM gathering
               WHERE ($1 = '' OR programme = $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR body = $3) AND entered < $4
               ORDER BY entered DESC LIMIT $5";
    let GatheringFilter { programme, kind, body } = filter;
    let rows = session.rows(sql, args![programme, kind_name(*kind), body, before, limit]).await?;
    rows.iter().map(|row| Ok((row.int("entered")?, gathering(row)?))).collect()
}

fn gathering(row: &Row) -> Result<Gathering> {
    let facts: GatheringFacts = decode(&row.bytes("facts")?, &names::gathering(&row.text("id")?))?;
    Ok(Gathering { facts, version: row.int("version")? })
}

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, facts, texts, version FROM participation ", $tail)
    };
}

/// A company's part in a gathering.
pub(crate) async fn part_of(
    session: &mut Session,
    keys: &dyn KeyStore,
    gathering: &str,
    company: &str,
) -> Result<Option<Participation>> {
    let rows = session.rows(select!("WHERE gathering = $1 AND company = $2"), args![gathering, company]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, part)| part))
}

pub(crate) async fn participation(
    session: &mut Session,
    keys: &dyn KeyStore,
    id: &str,
) -> Result<Option<Participation>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, part)| part))
}

/// How many companies have a place in a gathering.
pub(crate) async fn taken(session: &mut Session, gathering: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM participation WHERE gathering = $1 AND state IN ('applied', 'attended')";
    session.count(sql, args![gathering]).await
}

/// A page of a gathering's companies, in order of application, each with its place in the list.
pub(crate) async fn participations(
    session: &mut Session,
    keys: &dyn KeyStore,
    gathering: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Participation)>> {
    let sql = select!("WHERE gathering = $1 AND entered > $2 ORDER BY entered LIMIT $3");
    let rows = session.rows(sql, args![gathering, after, limit]).await?;
    opened(rows, keys).await
}

/// Stores the first word about a company's part, with its position.
pub(crate) async fn insert_part(session: &mut Session, keys: &Keys, entered: i64, part: &Participation) -> Result<()> {
    let sql = "INSERT INTO participation (id, gathering, company, state, facts, texts, version, entered)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let mut values = columns(keys, part)?;
    values.push(entered.into());
    session.execute(sql, &values).await.map(drop)
}

/// Stores a later word.
pub(crate) async fn save_part(session: &mut Session, keys: &Keys, part: &Participation) -> Result<()> {
    let sql = "UPDATE participation SET gathering = $2, company = $3, state = $4, facts = $5, texts = $6, version = $7
               WHERE id = $1";
    session.execute(sql, &columns(keys, part)?).await.map(drop)
}

fn columns(keys: &Keys, part: &Participation) -> Result<Vec<Value>> {
    let (facts, id) = (&part.facts, &part.facts.participation_id);
    let personal = ParticipationPersonal { company_name: part.company_name.clone() };
    let texts = keys.seal(&names::key_of(facts), &names::participation(id), &personal.encode_to_vec())?;
    let company = facts.company.as_ref().map_or("", |company| &company.company);
    let gathering = facts.gathering.strip_prefix("gatherings/").unwrap_or(&facts.gathering);
    let state = state_name(facts.state());
    Ok(args![id, gathering, company, state, facts.encode_to_vec(), texts, part.version].to_vec())
}

async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Participation)>> {
    let mut sealed = Vec::new();
    for row in &rows {
        let place = names::participation(&row.text("id")?);
        let facts: ParticipationFacts = decode(&row.bytes("facts")?, &place)?;
        sealed.push((row, place, facts));
    }
    let ids: Vec<String> = sealed.iter().map(|(_, _, facts)| names::key_of(facts)).collect();
    let keys = Keys::find(keys, &ids).await?;
    let mut found = Vec::new();
    for (row, place, facts) in sealed {
        let personal: ParticipationPersonal = keys.read(&names::key_of(&facts), &place, &row.bytes("texts")?)?;
        let part = Participation { facts, company_name: personal.company_name, version: row.int("version")? };
        found.push((row.int("entered")?, part));
    }
    Ok(found)
}
