//! The steps of an expert from state to state: who, when, why.

use contract::registry::v1::StateChange;
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, KeyStore, Result, args, clock_time, wire_time};

use super::body::{state_name, state_named};
use super::checks;
use super::moment;
use crate::domain::expert::Changed;
use crate::domain::standing::{Step, never_back};
use crate::domain::{Change, Expert, Moment, Transition};

/// Most steps in a history; an expert has a handful.
const HISTORY: i64 = 1_000;

/// Adds what a change did to the history of an expert: steps, and a check of the registration.
pub(crate) async fn record(
    session: &mut Session,
    keys: &dyn KeyStore,
    expert: &Expert,
    change: &Change,
    at: &Moment<'_>,
) -> Result<()> {
    if change.kinds.contains(&Changed::Verification) {
        // Whoever has lost the number is not vouched for by it, whatever is found.
        let check = expert.verification.as_ref().filter(|_| !expert.number_lost);
        checks::record(session, &expert.id, check, at.now).await?;
    }
    add(session, keys, &expert.id, change, at).await
}

/// Adds steps. What the person who asked said is sealed under the expert's key.
async fn add(session: &mut Session, keys: &dyn KeyStore, id: &str, change: &Change, at: &Moment<'_>) -> Result<()> {
    if change.steps.is_empty() {
        return Ok(());
    }
    let as_of = change.as_of.unwrap_or(at.now).micros();
    let sql = "SELECT coalesce(max(seq), 0) FROM state_change WHERE expert_id = $1";
    let mut seq = session.count(sql, args![id]).await?;
    for Transition { from, to, cause, words } in &change.steps {
        seq += 1;
        let words = seal(keys, id, seq, words).await?;
        let sql = "INSERT INTO state_change (expert_id, seq, from_state, to_state, time, actor, cause, words, as_of)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let (from, to) = (state_name(*from), state_name(*to));
        let values: &[Value] = args![id, seq, from, to, at.now.micros(), at.actor, cause, words, as_of];
        session.execute(sql, values).await?;
    }
    Ok(())
}

/// The steps of an expert, oldest first. The words of who asked where there are any and they may be told, else the stable
/// reason.
pub(crate) async fn history(
    session: &mut Session,
    keys: &dyn KeyStore,
    id: &str,
    with_words: bool,
) -> Result<Vec<StateChange>> {
    let sql = "SELECT seq, from_state, to_state, time, actor, cause, words, coalesce(as_of, time) AS as_of
               FROM state_change WHERE expert_id = $1 ORDER BY seq LIMIT $2";
    let rows = session.rows(sql, args![id, HISTORY]).await?;
    let ids = [id.to_owned()];
    let keys = if with_words { keys.find(&ids).await? } else { Default::default() };
    let change = |(row, as_of): (&Row, Timestamp)| {
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
            as_of: Some(wire_time(as_of)),
        })
    };
    let as_of: Vec<_> = rows.iter().map(|row| row.int("as_of").map(moment)).collect::<Result<_>>()?;
    rows.iter().zip(never_back(as_of.into_iter())).map(change).collect()
}

/// A step as the domain looks at it.
pub(crate) fn step(change: &StateChange) -> Step {
    let time = |time: &Option<prost_types::Timestamp>| time.as_ref().map(clock_time).unwrap_or_default();
    Step { to: change.to(), time: time(&change.time), as_of: time(&change.as_of) }
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
