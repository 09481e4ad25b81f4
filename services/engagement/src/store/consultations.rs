//! Consultations.

use kit_log::sql::Session;
use kit_log::{KeyStore, Result, args};
use prost::Message as _;

use super::sealed::{Keys, decode};
use crate::domain::{Consultation, consultation::state_name};
use crate::names;

pub(crate) async fn by_id(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Consultation>> {
    let sql = "SELECT facts, texts, version FROM consultation WHERE id = $1";
    let Some(row) = session.row(sql, args![id]).await? else { return Ok(None) };
    let place = names::consultation(id);
    let facts = decode(&row.bytes("facts")?, &place)?;
    let key = names::key_of(&facts);
    let keys = Keys::find(keys, std::slice::from_ref(&key)).await?;
    let texts = keys.read(&key, &place, &row.bytes("texts")?)?;
    Ok(Some(Consultation { facts, texts, version: row.int("version")? }))
}

pub(crate) async fn insert(session: &mut Session, keys: &Keys, met: &Consultation) -> Result<()> {
    let sql = "INSERT INTO consultation (id, state, facts, texts, version) VALUES ($1, $2, $3, $4, $5)";
    write(session, sql, keys, met).await
}

pub(crate) async fn save(session: &mut Session, keys: &Keys, met: &Consultation) -> Result<()> {
    let sql = "UPDATE consultation SET state = $2, facts = $3, texts = $4, version = $5 WHERE id = $1";
    write(session, sql, keys, met).await
}

async fn write(session: &mut Session, sql: &'static str, keys: &Keys, met: &Consultation) -> Result<()> {
    let (id, facts) = (&met.facts.consultation_id, &met.facts);
    let texts = keys.seal(&names::key_of(facts), &names::consultation(id), &met.texts.encode_to_vec())?;
    let values = args![id, state_name(facts.state()), facts.encode_to_vec(), texts, met.version];
    session.execute(sql, values).await.map(drop)
}
