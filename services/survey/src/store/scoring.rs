//! Which policy is in force, which ones there are, and activations.

use contract::survey::v1::ActivationState;
use kit_log::sql::{Row, Session};
use kit_log::{Result, args};

/// Which policy is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scoring {
    pub(crate) policy: String,
    /// By which everybody is being rated beside it; empty for none.
    pub(crate) next: String,
}

/// Which policy is in force; `None` before the service's first start.
pub(crate) async fn scoring(session: &mut Session) -> Result<Option<Scoring>> {
    let row = session.row("SELECT policy, next FROM scoring WHERE singleton = 1", &[]).await?;
    row.map(|row| Ok(Scoring { policy: row.text("policy")?, next: row.text("next")? })).transpose()
}

/// Says which policy a new database begins with; false when it has begun.
pub(crate) async fn found_scoring(session: &mut Session, policy: &str) -> Result<bool> {
    let sql = "INSERT INTO scoring (singleton, policy, next) VALUES (1, $1, '') ON CONFLICT DO NOTHING";
    Ok(session.execute(sql, args![policy]).await? > 0)
}

pub(crate) async fn set_scoring(session: &mut Session, scoring: &Scoring) -> Result<()> {
    let sql = "UPDATE scoring SET policy = $1, next = $2 WHERE singleton = 1";
    session.execute(sql, args![&scoring.policy, &scoring.next]).await.map(drop)
}

/// The definition of a policy that was added, or was ever in force.
pub(crate) async fn policy(session: &mut Session, id: &str) -> Result<Option<String>> {
    let row = session.row("SELECT definition FROM policy WHERE id = $1", args![id]).await?;
    row.map(|row| row.text("definition")).transpose()
}

/// The definitions of all of them.
pub(crate) async fn policies(session: &mut Session) -> Result<Vec<String>> {
    let rows = session.rows("SELECT definition FROM policy ORDER BY id", &[]).await?;
    rows.iter().map(|row| row.text("definition")).collect()
}

/// Keeps a policy for good; one that is kept already stays.
pub(crate) async fn put_policy(session: &mut Session, id: &str, definition: &str, by: (&str, i64)) -> Result<()> {
    let sql = "INSERT INTO policy (id, definition, actor, create_time) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    session.execute(sql, args![id, definition, by.0, by.1]).await.map(drop)
}

/// A policy on its way into force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Activation {
    /// Also that of the key of its reasons.
    pub(crate) id: String,
    /// Counted up: the order of lists.
    pub(crate) number: i64,
    pub(crate) policy: String,
    /// In force when this was done; empty before.
    pub(crate) previous: String,
    pub(crate) state: ActivationState,
    /// In Japan, days since 1970-01-01.
    pub(crate) day: i64,
    /// Everybody up to this person is rated by it.
    pub(crate) reached: String,
    /// How many were when it was over.
    pub(crate) rated: i64,
    pub(crate) actor: String,
    /// Sealed.
    pub(crate) reason: Vec<u8>,
    pub(crate) end_actor: String,
    /// Sealed.
    pub(crate) end_reason: Vec<u8>,
    /// Microseconds, as the next; 0 for not yet.
    pub(crate) create_time: i64,
    pub(crate) begin_time: i64,
    pub(crate) end_time: i64,
    /// Of `PolicyActivated`; 0 for not yet.
    pub(crate) end_position: i64,
}

fn one(row: &Row) -> Result<Activation> {
    Ok(Activation {
        id: row.text("id")?,
        number: row.int("number")?,
        policy: row.text("policy")?,
        previous: row.text("previous")?,
        state: i32::try_from(row.int("state")?).ok().and_then(|n| n.try_into().ok()).unwrap_or_default(),
        day: row.int("day")?,
        reached: row.text("reached")?,
        rated: row.int("rated")?,
        actor: row.text("actor")?,
        reason: row.bytes("reason")?,
        end_actor: row.text("end_actor")?,
        end_reason: row.bytes("end_reason")?,
        create_time: row.int("create_time")?,
        begin_time: row.int("begin_time")?,
        end_time: row.int("end_time")?,
        end_position: row.int("end_position")?,
    })
}

/// The activation of this id.
pub(crate) async fn activation(session: &mut Session, id: &str) -> Result<Option<Activation>> {
    let sql = "SELECT id, number, policy, previous, state, day, reached, rated, actor, reason, end_actor, end_reason,
                      create_time, begin_time, end_time, end_position FROM activation WHERE id = $1";
    session.row(sql, args![id]).await?.as_ref().map(one).transpose()
}

/// The one that is planned or under way; there is at most one.
pub(crate) async fn pending_activation(session: &mut Session) -> Result<Option<Activation>> {
    let sql = "SELECT id, number, policy, previous, state, day, reached, rated, actor, reason, end_actor, end_reason,
                      create_time, begin_time, end_time, end_position FROM activation WHERE state IN (1, 2)";
    session.row(sql, &[]).await?.as_ref().map(one).transpose()
}

/// At most `limit` activations of lower numbers, newest first.
pub(crate) async fn activations(session: &mut Session, before: i64, limit: i64) -> Result<Vec<Activation>> {
    let sql = "SELECT id, number, policy, previous, state, day, reached, rated, actor, reason, end_actor, end_reason,
                      create_time, begin_time, end_time, end_position FROM activation
               WHERE number < $1 ORDER BY number DESC LIMIT $2";
    session.rows(sql, args![before, limit]).await?.iter().map(one).collect()
}

/// The number of the next activation.
pub(crate) async fn next_number(session: &mut Session) -> Result<i64> {
    Ok(session.count("SELECT coalesce(max(number), 0) FROM activation", &[]).await? + 1)
}

/// Stores an activation, new or changed.
pub(crate) async fn put_activation(session: &mut Session, a: &Activation) -> Result<()> {
    let sql =
        "INSERT INTO activation (id, number, policy, previous, state, day, reached, rated, actor, reason, end_actor,
                      end_reason, create_time, begin_time, end_time, end_position)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
               ON CONFLICT (id) DO UPDATE SET previous = excluded.previous, state = excluded.state,
                      reached = excluded.reached, rated = excluded.rated, end_actor = excluded.end_actor,
                      end_reason = excluded.end_reason, begin_time = excluded.begin_time, end_time = excluded.end_time,
                      end_position = excluded.end_position";
    let values = args![
        &a.id,
        a.number,
        &a.policy,
        &a.previous,
        i64::from(a.state as i32),
        a.day,
        &a.reached,
        a.rated,
        &a.actor,
        a.reason.as_slice(),
        &a.end_actor,
        a.end_reason.as_slice(),
        a.create_time,
        a.begin_time,
        a.end_time,
        a.end_position,
    ];
    session.execute(sql, values).await.map(drop)
}

/// How many people there are up to this id, and in all.
pub(crate) async fn count_up_to(session: &mut Session, id: &str) -> Result<(i64, i64)> {
    let sql = "SELECT (SELECT count(*) FROM respondent WHERE id <= $1 AND held = 1 AND merged_into = '') AS rated,
                      (SELECT count(*) FROM respondent WHERE held = 1 AND merged_into = '') AS people";
    let Some(row) = session.row(sql, args![id]).await? else { return Ok((0, 0)) };
    Ok((row.int("rated")?, row.int("people")?))
}
