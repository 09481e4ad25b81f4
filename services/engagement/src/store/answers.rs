//! Answers to forms.

use std::cmp::Reverse;

use contract::engagement::v1::{AnswersFacts, AnswersPersonal, Side};
use kit_log::sql::{Row, Session};
use kit_log::{KeyStore, Result, args};
use prost::Message as _;

use super::pointers::{beginning, merged_into};
use super::sealed::decode;
use crate::domain::Answered;
use crate::domain::answered::Place;
use crate::domain::case::side_name;
use crate::names;
use kit_log::Keyring as Keys;

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, facts, texts FROM answers ", $tail)
    };
}

/// Which answers about a subject are asked for. Empty texts hold for all; an expert stands for all who were merged into this one,
/// too.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnswersFilter {
    pub(crate) subject: String,
    /// The form's id in all its versions.
    pub(crate) form: String,
    /// Those that count no more, too.
    pub(crate) with_earlier: bool,
    /// Whose answers are left out unless the form shows them to both.
    pub(crate) hidden: Side,
}

/// Notes that the log tells of a form's version; false when it has done so before.
pub(crate) async fn publish(session: &mut Session, version: &str) -> Result<bool> {
    let sql = "INSERT INTO published (form) VALUES ($1) ON CONFLICT DO NOTHING";
    Ok(session.execute(sql, args![version]).await? > 0)
}

/// The answers that count at a place.
pub(crate) async fn counting(session: &mut Session, keys: &dyn KeyStore, place: &Place) -> Result<Option<Answered>> {
    let Place { subject, visit, scope, form, side } = place;
    let sql = select!("WHERE subject = $1 AND visit = $2 AND scope = $3 AND form = $4 AND side = $5 AND counts = 1");
    let rows = session.rows(sql, args![subject, *visit, scope, form, side_name(*side)]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, answered)| answered))
}

/// Answers by their id.
pub(crate) async fn by_id(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Answered>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, answered)| answered))
}

/// Stores new answers; those that counted at their place must have been [`supersede`]d.
pub(crate) async fn insert(
    session: &mut Session,
    keys: &Keys,
    (entered, place, shown): (i64, &Place, bool),
    answered: &Answered,
) -> Result<()> {
    let id = &answered.facts.answers_id;
    let personal = AnswersPersonal { answers: answered.confidential.clone() };
    let texts = keys.seal(&names::key_of(&answered.facts), &names::answers(id), &personal.encode_to_vec())?;
    let sql = "INSERT INTO answers (id, entered, subject, visit, scope, form, side, shown, counts, facts, texts)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10)";
    let Place { subject, visit, scope, form, side } = place;
    let facts = answered.facts.encode_to_vec();
    let values = args![id, entered, subject, *visit, scope, form, side_name(*side), shown, facts, texts];
    session.execute(sql, values).await.map(drop)
}

/// Stores that answers count no more.
pub(crate) async fn supersede(session: &mut Session, facts: &AnswersFacts) -> Result<()> {
    let sql = "UPDATE answers SET counts = 0, facts = $2 WHERE id = $1";
    session.execute(sql, args![&facts.answers_id, facts.encode_to_vec()]).await.map(drop)
}

/// A page of answers, newest first, each with its place in the list.
pub(crate) async fn list(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &AnswersFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, Answered)>> {
    let mut found = Vec::new();
    for subject in merged_into(session, &filter.subject).await? {
        let filter = AnswersFilter { subject, ..filter.clone() };
        found.extend(list_by_name(session, keys, &filter, before, limit).await?);
    }
    Ok(beginning(found, Reverse, limit))
}

/// As [`list`], about an expert under this one name: so that it can be looked up.
async fn list_by_name(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &AnswersFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, Answered)>> {
    let sql = select!(
        "WHERE subject = $1 AND ($2 = '' OR form = $2) AND ($3 = 1 OR counts = 1)
           AND ($4 = '' OR side <> $4 OR shown = 1) AND entered < $5
         ORDER BY entered DESC LIMIT $6"
    );
    let AnswersFilter { subject, form, with_earlier, hidden } = filter;
    let rows = session.rows(sql, args![subject, form, *with_earlier, side_name(*hidden), before, limit]).await?;
    opened(rows, keys).await
}

async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Answered)>> {
    let mut sealed = Vec::new();
    for row in &rows {
        let place = names::answers(&row.text("id")?);
        let facts: AnswersFacts = decode(&row.bytes("facts")?, &place)?;
        sealed.push((row, place, facts));
    }
    let ids: Vec<String> = sealed.iter().map(|(_, _, facts)| names::key_of(facts)).collect();
    let keys = Keys::find(keys, &ids).await?;
    let mut found = Vec::new();
    for (row, place, facts) in sealed {
        let personal: AnswersPersonal = keys.read(&names::key_of(&facts), &place, &row.bytes("texts")?)?;
        found.push((row.int("entered")?, Answered { facts, confidential: personal.answers }));
    }
    Ok(found)
}
