//! Ratings, by person and policy. What is stored is what a rating follows from: some 150 bytes instead of two thousand.

use kit_log::sql::{Row, Session, Value};
use kit_log::{Result, args};

/// The newest rating of a person under a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredRating {
    pub(crate) respondent: String,
    pub(crate) policy: String,
    /// Microseconds.
    pub(crate) rate_time: i64,
    /// Id of the response that was rated.
    pub(crate) response: String,
    /// Its skill answers: 34 bytes, or none.
    pub(crate) skills: Vec<u8>,
    /// The audit qualification that the policy found; empty for none.
    pub(crate) audit: String,
}

fn stored_rating(row: &Row) -> Result<StoredRating> {
    Ok(StoredRating {
        respondent: row.text("respondent")?,
        policy: row.text("policy")?,
        rate_time: row.int("rate_time")?,
        response: row.text("response")?,
        skills: row.bytes("skills")?,
        audit: row.text("audit")?,
    })
}

/// Stores ratings, each in the place of the one before under its policy. The people must be stored before.
pub(crate) async fn put_ratings(session: &mut Session, ratings: &[StoredRating]) -> Result<()> {
    let tuple = |r: &StoredRating| -> Vec<Value> {
        args![&r.respondent, &r.policy, r.rate_time, &r.response, r.skills.as_slice(), &r.audit].to_vec()
    };
    let head = "INSERT INTO rating (respondent, policy, rate_time, response, skills, audit) VALUES";
    let tail = "ON CONFLICT (respondent, policy) DO UPDATE SET rate_time = excluded.rate_time,
                response = excluded.response, skills = excluded.skills, audit = excluded.audit";
    session.insert(head, tail, ratings.iter().map(tuple).collect()).await
}

/// A person's rating under a policy.
pub(crate) async fn rating(session: &mut Session, respondent: &str, policy: &str) -> Result<Option<StoredRating>> {
    let sql = "SELECT respondent, policy, rate_time, response, skills, audit FROM rating
               WHERE respondent = $1 AND policy = $2";
    session.row(sql, args![respondent, policy]).await?.as_ref().map(stored_rating).transpose()
}

/// A person's ratings under every policy, newest first.
pub(crate) async fn ratings_of(session: &mut Session, respondent: &str) -> Result<Vec<StoredRating>> {
    let sql = "SELECT respondent, policy, rate_time, response, skills, audit FROM rating
               WHERE respondent = $1 ORDER BY rate_time DESC, policy";
    session.rows(sql, args![respondent]).await?.iter().map(stored_rating).collect()
}

/// Forgets a person's ratings of responses that are somebody else's now.
pub(crate) async fn forget_ratings_of_others(session: &mut Session, respondent: &str) -> Result<()> {
    let sql = "DELETE FROM rating WHERE respondent = $1
               AND response NOT IN (SELECT id FROM response WHERE respondent = $1)";
    session.execute(sql, args![respondent]).await.map(drop)
}

/// A person as another policy needs him or her, beside the rating in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rateable {
    pub(crate) id: String,
    /// Id of the response that counts.
    pub(crate) counting: String,
    pub(crate) skills: Vec<u8>,
    pub(crate) prefecture: String,
    /// Codes, with spaces between.
    pub(crate) qualifications: String,
    /// Whether others are told in words, in the personal part of the counting response.
    pub(crate) qualifications_other: bool,
    /// The audit qualification that the policy in force found; empty for none.
    pub(crate) audit: String,
}

fn one_rateable(row: &Row) -> Result<Rateable> {
    Ok(Rateable {
        id: row.text("id")?,
        counting: row.text("counting")?,
        skills: row.bytes("skills")?,
        prefecture: row.text("prefecture")?,
        qualifications: row.text("qualifications")?,
        qualifications_other: row.int("qualifications_other")? != 0,
        audit: row.opt_text("audit")?.unwrap_or_default(),
    })
}

/// Up to `limit` people whose ids come after this one, in order of their ids.
pub(crate) async fn rateable_after(
    session: &mut Session,
    in_force: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Rateable>> {
    let sql = "SELECT p.id, p.counting, p.skills, p.prefecture, p.qualifications, p.qualifications_other, t.audit
               FROM respondent p LEFT JOIN rating t ON t.respondent = p.id AND t.policy = $1
               WHERE p.id > $2 AND p.held = 1 AND p.merged_into = '' ORDER BY p.id LIMIT $3";
    session.rows(sql, args![in_force, after, limit]).await?.iter().map(one_rateable).collect()
}

/// The person of this id.
pub(crate) async fn rateable(session: &mut Session, in_force: &str, id: &str) -> Result<Option<Rateable>> {
    let sql = "SELECT p.id, p.counting, p.skills, p.prefecture, p.qualifications, p.qualifications_other, t.audit
               FROM respondent p LEFT JOIN rating t ON t.respondent = p.id AND t.policy = $1
               WHERE p.id = $2 AND p.held = 1 AND p.merged_into = ''";
    session.row(sql, args![in_force, id]).await?.as_ref().map(one_rateable).transpose()
}

/// Up to 500 people whose counting response is not rated by this policy. Looks at everybody.
pub(crate) async fn unrated(session: &mut Session, policy: &str) -> Result<Vec<String>> {
    let sql = "SELECT p.id FROM respondent p
               LEFT JOIN rating t ON t.respondent = p.id AND t.policy = $1
               WHERE p.held = 1 AND p.merged_into = '' AND (t.response IS NULL OR t.response <> p.counting) LIMIT 500";
    session.rows(sql, args![policy]).await?.iter().map(|row| row.text("id")).collect()
}

/// A person of before the table of ratings: with the rating as it was kept then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ToCarry {
    pub(crate) id: String,
    pub(crate) counting: String,
    pub(crate) skills: Vec<u8>,
    pub(crate) policy: String,
    /// The encoded rating.
    pub(crate) rating: Vec<u8>,
}

/// Up to 500 people whose rating is still kept as it was before.
pub(crate) async fn to_carry(session: &mut Session) -> Result<Vec<ToCarry>> {
    let sql = "SELECT id, counting, skills, policy, rating FROM respondent
               WHERE policy <> '' AND counting <> '' ORDER BY id LIMIT 500";
    let one = |row: &Row| {
        Ok(ToCarry {
            id: row.text("id")?,
            counting: row.text("counting")?,
            skills: row.bytes("skills")?,
            policy: row.text("policy")?,
            rating: row.bytes("rating")?,
        })
    };
    session.rows(sql, &[]).await?.iter().map(one).collect()
}

/// Notes that a person's rating was carried over, and what else another policy asks for.
pub(crate) async fn set_carried(session: &mut Session, person: &Rateable) -> Result<()> {
    let sql = "UPDATE respondent SET policy = '', rating = $2, prefecture = $3, qualifications = $4,
                      qualifications_other = $5 WHERE id = $1";
    let none: &[u8] = &[];
    let other = i64::from(person.qualifications_other);
    let values = args![&person.id, none, &person.prefecture, &person.qualifications, other];
    session.execute(sql, values).await.map(drop)
}
