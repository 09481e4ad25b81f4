//! Whose responses are whose, and what people decided about it.

use std::collections::{HashMap, HashSet};

use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, Result, args};

use super::{Respondent, StoredResponse, respondents_by_id, stored_response};

/// Most decisions of a history.
const HISTORY: i64 = 1_000;

macro_rules! responses {
    ($tail:literal) => {
        concat!(
            "SELECT id, position, respondent, home, form, submit_time, receive_time, sender, dispute, decided, content_hash,
                    clear, sealed
             FROM response ",
            $tail
        )
    };
}

/// Who each of these people is now: merges are followed to their end. By the id that it was asked of.
pub(crate) async fn roots(session: &mut Session, people: &[Respondent]) -> Result<HashMap<String, Respondent>> {
    let mut known: HashMap<String, Respondent> = people.iter().map(|p| (p.id.clone(), p.clone())).collect();
    loop {
        let missing: HashSet<&String> =
            known.values().map(|p| &p.merged_into).filter(|id| !id.is_empty() && !known.contains_key(*id)).collect();
        if missing.is_empty() {
            break;
        }
        let missing: Vec<String> = missing.into_iter().cloned().collect();
        let found = respondents_by_id(session, &missing).await?;
        if found.len() != missing.len() {
            return Err(Error::Corrupt("somebody is merged into nobody".to_owned()));
        }
        known.extend(found.into_iter().map(|p| (p.id.clone(), p)));
    }
    let root = |person: &Respondent| {
        let mut at = person;
        // No merge leads back to where it began; a count in place of trust.
        for _ in 0..known.len() {
            match known.get(&at.merged_into) {
                Some(next) => at = next,
                None => break,
            }
        }
        (person.id.clone(), at.clone())
    };
    Ok(people.iter().map(root).collect())
}

/// The ids of those who lead to a person, directly or by way of others, and the person's own.
pub(crate) async fn leading_to(session: &mut Session, id: &str) -> Result<HashSet<String>> {
    let mut all = HashSet::from([id.to_owned()]);
    let mut last = vec![id.to_owned()];
    while !last.is_empty() {
        let rows =
            session.among("SELECT id FROM respondent WHERE merged_into <> '' AND merged_into", "", &last).await?;
        let found: Vec<String> = rows.iter().map(|row| row.text("id")).collect::<Result<_>>()?;
        last = found.into_iter().filter(|id| all.insert(id.clone())).collect();
    }
    Ok(all)
}

/// Frees a number for somebody else: nobody is found by it any more.
pub(crate) async fn release_number(session: &mut Session, respondent: &str) -> Result<()> {
    let sql = "UPDATE respondent SET number_hash = 'lost:' || id, held = 0 WHERE id = $1";
    session.execute(sql, args![respondent]).await.map(drop)
}

/// All responses of a person, disputed ones among them, in order of arrival.
pub(crate) async fn responses_of(session: &mut Session, respondent: &str) -> Result<Vec<StoredResponse>> {
    let rows = session.rows(responses!("WHERE respondent = $1 ORDER BY position"), args![respondent]).await?;
    rows.iter().map(stored_response).collect()
}

/// The response that counts of all that a person has, and how many there are.
pub(crate) async fn newest(session: &mut Session, respondent: &str) -> Result<(Option<StoredResponse>, i64)> {
    let sql = responses!("WHERE respondent = $1 AND dispute = '' ORDER BY submit_time DESC, position DESC LIMIT 1");
    let row = session.row(sql, args![respondent]).await?;
    let count = "SELECT count(*) FROM response WHERE respondent = $1 AND dispute = ''";
    let count = session.count(count, args![respondent]).await?;
    Ok((row.as_ref().map(stored_response).transpose()?, count))
}

/// Stores whose a response is, whether it waits, and how it is sealed.
pub(crate) async fn reseal(session: &mut Session, response: &StoredResponse) -> Result<()> {
    let sql = "UPDATE response SET respondent = $2, home = $3, dispute = $4, decided = $5, sealed = $6 WHERE id = $1";
    let StoredResponse { id, respondent, home, dispute, decided, sealed, .. } = response;
    session.execute(sql, args![id, respondent, home, dispute, *decided, sealed.as_slice()]).await.map(drop)
}

/// What waits under one number goes on waiting under another.
pub(crate) async fn waiting_to(session: &mut Session, home: &str, to: &str) -> Result<()> {
    let sql = "UPDATE response SET respondent = $2, home = $2 WHERE home = $1 AND dispute <> '' AND decided = 0";
    session.execute(sql, args![home, to]).await.map(drop)
}

/// Disputes that wait, after a place in the order of arrival; under one person's number, or all.
pub(crate) async fn waiting(
    session: &mut Session,
    home: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredResponse>> {
    let sql = responses!(
        "WHERE dispute <> '' AND decided = 0 AND position > $1 AND ($2 = '' OR home = $2) ORDER BY position LIMIT $3"
    );
    let rows = session.rows(sql, args![after, home.unwrap_or_default(), limit]).await?;
    rows.iter().map(stored_response).collect()
}

/// A decision, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) seq: i64,
    /// As [`crate::domain::people::Decision::code`].
    pub(crate) decision: String,
    pub(crate) person: String,
    /// Empty when none.
    pub(crate) other: String,
    /// The disputed response.
    pub(crate) dispute: Option<String>,
    /// Why that was disputed.
    pub(crate) why: String,
    /// Of the number it had come under.
    pub(crate) number_hash: String,
    pub(crate) responses: Vec<String>,
    /// Microseconds.
    pub(crate) time: i64,
    pub(crate) actor: String,
    pub(crate) words: Words,
}

/// Why, in words, sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// The person under whose key.
    pub(crate) key_id: String,
    pub(crate) sealed: Vec<u8>,
}

macro_rules! decisions {
    ($tail:literal) => {
        concat!(
            "SELECT seq, decision, person, other, dispute, why, number_hash, responses, time, actor, key_id, words
             FROM person_decision ",
            $tail
        )
    };
}

fn decided(row: &Row) -> Result<Decided> {
    Ok(Decided {
        seq: row.int("seq")?,
        decision: row.text("decision")?,
        person: row.text("person")?,
        other: row.text("other")?,
        dispute: row.opt_text("dispute")?,
        why: row.text("why")?,
        number_hash: row.text("number_hash")?,
        responses: row.text("responses")?.split_whitespace().map(str::to_owned).collect(),
        time: row.int("time")?,
        actor: row.text("actor")?,
        words: Words { key_id: row.text("key_id")?, sealed: row.bytes("words")? },
    })
}

/// Adds a decision to the history, in the order of the writer; its `seq` is given here.
pub(crate) async fn record(session: &mut Session, decided: &Decided) -> Result<()> {
    let seq = session.count("SELECT coalesce(max(seq), 0) FROM person_decision", &[]).await? + 1;
    let sql =
        "INSERT INTO person_decision (seq, decision, person, other, dispute, why, number_hash, responses, time, actor,
                                            key_id, words)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let Decided { decision, person, other, dispute, why, number_hash, responses, time, actor, words, .. } = decided;
    let values: &[Value] = args![
        seq,
        decision,
        person,
        other,
        dispute.clone(),
        why,
        number_hash,
        responses.join(" "),
        *time,
        actor,
        &words.key_id,
        words.sealed.as_slice(),
    ];
    session.execute(sql, values).await.map(drop)
}

/// What was decided about a disputed response.
pub(crate) async fn decision_of(session: &mut Session, dispute: &str) -> Result<Option<Decided>> {
    let row = session.row(decisions!("WHERE dispute = $1"), args![dispute]).await?;
    row.as_ref().map(decided).transpose()
}

/// What was decided about a person, oldest first.
pub(crate) async fn decisions_of(session: &mut Session, person: &str) -> Result<Vec<Decided>> {
    let sql = decisions!("WHERE person = $1 OR other = $1 ORDER BY seq LIMIT $2");
    session.rows(sql, args![person, HISTORY]).await?.iter().map(decided).collect()
}

/// Disputes that were decided, newest first, before a place in that order; under one number, or all.
pub(crate) async fn decided_disputes(
    session: &mut Session,
    number_hash: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<Decided>> {
    let sql = decisions!(
        "WHERE dispute IS NOT NULL AND seq < $1 AND ($2 = '' OR number_hash = $2) ORDER BY seq DESC LIMIT $3"
    );
    let rows = session.rows(sql, args![before, number_hash.unwrap_or_default(), limit]).await?;
    rows.iter().map(decided).collect()
}

/// Keeps that somebody decided that two people are different; false when that was decided before.
pub(crate) async fn keep_apart(session: &mut Session, ids: [&str; 2]) -> Result<bool> {
    let sql = "INSERT INTO person_apart (first, later)
               SELECT a.id, b.id FROM respondent a JOIN respondent b
                   ON a.entered < b.entered OR (a.entered = b.entered AND a.id < b.id)
               WHERE a.id IN ($1, $2) AND b.id IN ($1, $2)
               ON CONFLICT DO NOTHING";
    Ok(session.execute(sql, args![ids[0], ids[1]]).await? > 0)
}

/// Forgets that decision.
pub(crate) async fn bring_together(session: &mut Session, ids: [&str; 2]) -> Result<()> {
    let sql = "DELETE FROM person_apart WHERE first IN ($1, $2) AND later IN ($1, $2)";
    session.execute(sql, args![ids[0], ids[1]]).await.map(drop)
}

/// Marks by which somebody else with the same address or name is found: kind and mark.
pub(crate) type Likeness = Vec<(&'static str, String)>;

/// Adds to a person's marks.
pub(crate) async fn note_likeness(session: &mut Session, marks: &[(String, Likeness)]) -> Result<()> {
    let tuples = marks
        .iter()
        .flat_map(|(person, marks)| marks.iter().map(move |(kind, mark)| args![person, *kind, mark].to_vec()));
    let head = "INSERT INTO likeness (respondent, kind, mark) VALUES";
    session.insert(head, "ON CONFLICT DO NOTHING", tuples.collect()).await
}

/// Clears a person's marks: of one who is erased, or before they are noted anew.
pub(crate) async fn forget(session: &mut Session, respondent: &str) -> Result<()> {
    session.execute("DELETE FROM likeness WHERE respondent = $1", args![respondent]).await.map(drop)
}

/// Up to 200 people who were there before there were marks; they count as noted from now on.
pub(crate) async fn unmarked(session: &mut Session) -> Result<Vec<Respondent>> {
    let rows = session.rows("SELECT id FROM respondent WHERE marked = 0 ORDER BY id LIMIT 200", &[]).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.text("id")).collect::<Result<_>>()?;
    for id in &ids {
        session.execute("UPDATE respondent SET marked = 1 WHERE id = $1", args![id]).await?;
    }
    respondents_by_id(session, &ids).await
}

/// Two who may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) first: String,
    pub(crate) later: String,
    /// Places of the later and of the first one in the order of entry.
    pub(crate) place: (i64, i64),
    pub(crate) email: bool,
    pub(crate) name: bool,
}

/// Pairs that may be the same, after a place, in the order of the later one's entry.
pub(crate) async fn pairs(session: &mut Session, after: (i64, i64), limit: i64) -> Result<Vec<Pair>> {
    let sql = "SELECT a.id AS first, b.id AS later, a.entered AS first_entered, b.entered AS later_entered,
                      CAST(max(CASE WHEN x.kind = 'email' THEN 1 ELSE 0 END) AS BIGINT) AS email,
                      CAST(max(CASE WHEN x.kind = 'name' THEN 1 ELSE 0 END) AS BIGINT) AS name
               FROM likeness x JOIN likeness y ON x.kind = y.kind AND x.mark = y.mark
                    JOIN respondent a ON a.id = x.respondent
                    JOIN respondent b ON b.id = y.respondent
               WHERE a.entered < b.entered
                 AND a.held = 1 AND a.merged_into = '' AND b.held = 1 AND b.merged_into = ''
                 AND (b.entered > $1 OR (b.entered = $1 AND a.entered > $2))
                 AND NOT EXISTS (SELECT 1 FROM person_apart p WHERE p.first = a.id AND p.later = b.id)
               GROUP BY a.id, b.id, a.entered, b.entered
               ORDER BY b.entered, a.entered LIMIT $3";
    let one = |row: &Row| {
        Ok(Pair {
            first: row.text("first")?,
            later: row.text("later")?,
            place: (row.int("later_entered")?, row.int("first_entered")?),
            email: row.int("email")? == 1,
            name: row.int("name")? == 1,
        })
    };
    session.rows(sql, args![after.0, after.1, limit]).await?.iter().map(one).collect()
}
