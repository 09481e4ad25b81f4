//! The steps of an expert from state to state: who, when, why.

use contract::registry::v1::StateChange;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, KeyStore, Result, args, wire_time};

use super::body::{state_name, state_named};
use super::moment;
use crate::domain::{Moment, Transition};

/// Most steps in a history; an expert has a handful.
const HISTORY: i64 = 1_000;

/// Adds steps. What the person who asked said is sealed under the expert's key.
pub(crate) async fn record(
    session: &mut Session,
    keys: &dyn KeyStore,
    id: &str,
    steps: &[Transition],
    at: &Moment<'_>,
) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let sql = "SELECT coalesce(max(seq), 0) FROM state_change WHERE expert_id = $1";
    let mut seq = session.count(sql, args![id]).await?;
    for Transition { from, to, cause, words } in steps {
        seq += 1;
        let words = seal(keys, id, seq, words).await?;
        let sql = "INSERT INTO state_change (expert_id, seq, from_state, to_state, time, actor, cause, words)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let (from, to) = (state_name(*from), state_name(*to));
        let values: &[Value] = args![id, seq, from, to, at.now.micros(), at.actor, cause, words];
        session.execute(sql, values).await?;
    }
    Ok(())
}

/// The steps of an expert, oldest first. The words of who asked where there are any, else the stable reason.
pub(crate) async fn history(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Vec<StateChange>> {
    let sql = "SELECT seq, from_state, to_state, time, actor, cause, words FROM state_change
               WHERE expert_id = $1 ORDER BY seq LIMIT $2";
    let rows = session.rows(sql, args![id, HISTORY]).await?;
    let ids = [id.to_owned()];
    let keys = keys.find(&ids).await?;
    let change = |row: &Row| {
        let sealed = row.bytes("words")?;
        let mut reason = row.text("cause")?;
        if let Some(key) = keys.get(id).filter(|_| !sealed.is_empty()) {
            let words = key.open(&place(id, row.int("seq")?), &sealed)?;
            reason = String::from_utf8(words).map_err(|_| Error::Corrupt(format!("a reason of expert {id}")))?;
        }
        Ok(StateChange {
            from: state_named(&row.text("from_state")?)?.into(),
            to: state_named(&row.text("to_state")?)?.into(),
            time: Some(wire_time(moment(row.int("time")?))),
            actor: row.text("actor")?,
            reason,
        })
    };
    rows.iter().map(change).collect()
}

async fn seal(keys: &dyn KeyStore, id: &str, seq: i64, words: &str) -> Result<Vec<u8>> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let ids = [id.to_owned()];
    let keys = keys.ensure(&ids).await?;
    keys.get(id).map_or_else(|| Ok(Vec::new()), |key| key.seal(&place(id, seq), words.as_bytes()))
}

fn place(id: &str, seq: i64) -> String {
    format!("expert/{id}/step/{seq}")
}
