//! Steps: who, when, why. The words are sealed.

use contract::matching::v1::MatchingStep;
use kit_log::sql::Session;
use kit_log::{Error, KeyStore, Result, args};
use prost::Message as _;

use super::Keys;

/// Most steps in a history.
const HISTORY: i64 = 1_000;

/// The steps of one change.
pub(crate) struct Steps<'a> {
    /// `requests/<id>` and the like.
    pub(crate) subject: &'a str,
    /// The id of the key for the words.
    pub(crate) key: &'a str,
    pub(crate) steps: &'a [MatchingStep],
}

/// Adds steps after those that there are.
pub(crate) async fn record(session: &mut Session, keys: &Keys, all: &[Steps<'_>]) -> Result<()> {
    let mut tuples = Vec::new();
    for Steps { subject, key, steps } in all {
        let sql = "SELECT coalesce(max(number), 0) FROM step WHERE subject = $1";
        let mut number = session.count(sql, args![*subject]).await?;
        for step in *steps {
            number += 1;
            let words = keys.seal(key, &place(subject, number), step.reason.as_bytes())?;
            let step = MatchingStep { number, reason: String::new(), ..step.clone() };
            tuples.push(args![*subject, number, step.encode_to_vec(), words].to_vec());
        }
    }
    session.insert("INSERT INTO step (subject, number, facts, words) VALUES", "", tuples).await.map(drop)
}

/// The steps of a thing, oldest first.
pub(crate) async fn history(
    session: &mut Session,
    keys: &dyn KeyStore,
    subject: &str,
    key: &str,
) -> Result<Vec<MatchingStep>> {
    let sql = "SELECT number, facts, words FROM step WHERE subject = $1 ORDER BY number LIMIT $2";
    let rows = session.rows(sql, args![subject, HISTORY]).await?;
    let keys = Keys::find(keys, &[key.to_owned()]).await?;
    let mut steps = Vec::new();
    for row in rows {
        let place = place(subject, row.int("number")?);
        let words = keys.open(key, &place, &row.bytes("words")?)?;
        let reason = String::from_utf8(words).map_err(|_| Error::Corrupt(place.clone()))?;
        let facts = MatchingStep::decode(row.bytes("facts")?.as_slice()).map_err(|_| Error::Corrupt(place))?;
        steps.push(MatchingStep { reason, ..facts });
    }
    Ok(steps)
}

fn place(subject: &str, number: i64) -> String {
    format!("{subject}/step/{number}")
}
