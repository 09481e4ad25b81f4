//! Steps: who, when, why. The words are sealed under the company's key.

use contract::engagement::v1::Step;
use kit_log::sql::Session;
use kit_log::{Error, KeyStore, Result, args};
use prost::Message as _;

use super::sealed::decode;
use kit_log::Keyring as Keys;

/// Most steps in a history; a case has some twenty.
const HISTORY: i64 = 1_000;

/// The steps of one change.
pub(crate) struct Steps<'a> {
    /// `cases/<id>` or `consultations/<id>`.
    pub(crate) subject: &'a str,
    /// The company's key.
    pub(crate) key: &'a str,
    pub(crate) steps: &'a [Step],
}

/// Adds steps; answers them with their numbers. `first` says that the subject has none yet.
pub(crate) async fn record(
    session: &mut Session,
    keys: &Keys,
    all: &[Steps<'_>],
    first: bool,
) -> Result<Vec<Vec<Step>>> {
    let (mut tuples, mut numbered) = (Vec::new(), Vec::new());
    for Steps { subject, key, steps } in all {
        let sql = "SELECT coalesce(max(number), 0) FROM step WHERE subject = $1";
        let mut number = if first { 0 } else { session.count(sql, args![*subject]).await? };
        let mut done = Vec::new();
        for step in *steps {
            number += 1;
            let words = keys.seal(key, &place(subject, number), step.reason.as_bytes())?;
            let step = Step { number, reason: String::new(), ..step.clone() };
            tuples.push(args![*subject, number, step.encode_to_vec(), words].to_vec());
            done.push(step);
        }
        numbered.push(done);
    }
    session.insert("INSERT INTO step (subject, number, facts, words) VALUES", "", tuples).await?;
    Ok(numbered)
}

/// The steps of a case or consultation, oldest first.
pub(crate) async fn history(session: &mut Session, keys: &dyn KeyStore, subject: &str, key: &str) -> Result<Vec<Step>> {
    let sql = "SELECT number, facts, words FROM step WHERE subject = $1 ORDER BY number LIMIT $2";
    let rows = session.rows(sql, args![subject, HISTORY]).await?;
    let keys = Keys::find(keys, &[key.to_owned()]).await?;
    let mut steps = Vec::new();
    for row in rows {
        let place = place(subject, row.int("number")?);
        let words = keys.open(key, &place, &row.bytes("words")?)?;
        let reason = String::from_utf8(words).map_err(|_| Error::Corrupt(place.clone()))?;
        steps.push(Step { reason, ..decode(&row.bytes("facts")?, &place)? });
    }
    Ok(steps)
}

fn place(subject: &str, number: i64) -> String {
    format!("{subject}/step/{number}")
}
