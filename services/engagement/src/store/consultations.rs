//! Consultations.

use std::convert::identity;

use contract::engagement::v1::{ConsultationFacts, ConsultationState};
use kit_log::sql::{Row, Session, Value};
use kit_log::{KeyStore, Result, args};
use prost::Message as _;

use super::pointers::{beginning, merged_into};
use super::sealed::decode;
use crate::domain::{Consultation, consultation::state_name};
use crate::names;
use kit_log::Keyring as Keys;

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, facts, texts, version FROM consultation ", $tail)
    };
}

/// Which consultations are asked for. Empty texts hold for all; an expert stands for all who were merged into this one, too.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConsultationFilter {
    pub(crate) programme: String,
    pub(crate) region: String,
    pub(crate) body: String,
    pub(crate) expert: String,
    pub(crate) company: String,
    pub(crate) event: String,
    pub(crate) state: ConsultationState,
}

pub(crate) async fn by_id(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Consultation>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, met)| met))
}

/// A page of consultations after a place (position of entry), each with its own.
pub(crate) async fn list(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &ConsultationFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Consultation)>> {
    let mut found = Vec::new();
    for expert in merged_into(session, &filter.expert).await? {
        let filter = ConsultationFilter { expert, ..filter.clone() };
        found.extend(list_by_name(session, keys, &filter, after, limit).await?);
    }
    Ok(beginning(found, identity, limit))
}

/// As [`list`], of an expert under this one name: so that it can be looked up.
async fn list_by_name(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &ConsultationFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Consultation)>> {
    let sql = select!(
        "WHERE ($1 = '' OR programme = $1) AND ($2 = '' OR region = $2) AND ($3 = '' OR body = $3)
           AND ($4 = '' OR expert = $4) AND ($5 = '' OR company = $5) AND ($6 = '' OR event = $6)
           AND ($7 = '' OR state = $7) AND entered > $8
         ORDER BY entered LIMIT $9"
    );
    let ConsultationFilter { programme, region, body, expert, company, event, state } = filter;
    let state = state_name(*state);
    let rows = session.rows(sql, args![programme, region, body, expert, company, event, state, after, limit]).await?;
    opened(rows, keys).await
}

/// Stores a new consultation, with the position at which it was entered.
pub(crate) async fn insert(session: &mut Session, keys: &Keys, entered: i64, met: &Consultation) -> Result<()> {
    let sql = "INSERT INTO consultation (id, state, facts, texts, version, programme, region, body, expert, company,
                                         event, entered)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let mut values = columns(keys, met)?;
    values.push(entered.into());
    session.execute(sql, &values).await.map(drop)
}

pub(crate) async fn save(session: &mut Session, keys: &Keys, met: &Consultation) -> Result<()> {
    let sql = "UPDATE consultation SET state = $2, facts = $3, texts = $4, version = $5, programme = $6, region = $7,
                   body = $8, expert = $9, company = $10, event = $11 WHERE id = $1";
    session.execute(sql, &columns(keys, met)?).await.map(drop)
}

fn columns(keys: &Keys, met: &Consultation) -> Result<Vec<Value>> {
    let (id, facts) = (&met.facts.consultation_id, &met.facts);
    let texts = keys.seal(&names::key_of(facts), &names::consultation(id), &met.texts.encode_to_vec())?;
    let code = |text: Option<&String>| text.cloned().unwrap_or_default();
    let values: &[Value] = args![
        id,
        state_name(facts.state()),
        facts.encode_to_vec(),
        texts,
        met.version,
        &facts.programme,
        code(facts.region.as_ref().map(|region| &region.code)),
        &facts.body,
        &facts.expert,
        code(facts.company.as_ref().map(|company| &company.company)),
        &facts.event
    ];
    Ok(values.to_vec())
}

async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Consultation)>> {
    let mut sealed = Vec::new();
    for row in &rows {
        let place = names::consultation(&row.text("id")?);
        let facts: ConsultationFacts = decode(&row.bytes("facts")?, &place)?;
        sealed.push((row, place, facts));
    }
    let ids: Vec<String> = sealed.iter().map(|(_, _, facts)| names::key_of(facts)).collect();
    let keys = Keys::find(keys, &ids).await?;
    let mut found = Vec::new();
    for (row, place, facts) in sealed {
        let texts = keys.read(&names::key_of(&facts), &place, &row.bytes("texts")?)?;
        found.push((row.int("entered")?, Consultation { facts, texts, version: row.int("version")? }));
    }
    Ok(found)
}
