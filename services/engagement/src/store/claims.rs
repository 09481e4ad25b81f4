//! Claims and attendances.

use contract::engagement::v1::{Claim, ClaimKind};
use kit_clock::Timestamp;
use kit_log::sql::Session;
use kit_log::{Result, args};
use prost::Message as _;

use crate::domain::claim::subject;

/// Records an attendance; false when it was recorded before.
pub(crate) async fn add_attendance(
    session: &mut Session,
    (event, expert, kind): (&str, &str, ClaimKind),
    now: Timestamp,
    actor: &str,
) -> Result<bool> {
    let sql = "INSERT INTO attendance (event, expert, kind, time, actor) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT DO NOTHING";
    Ok(session.execute(sql, args![event, expert, kind as i32, now.micros(), actor]).await? > 0)
}

/// Whether an attendance is recorded.
pub(crate) async fn attended(session: &mut Session, event: &str, expert: &str, kind: ClaimKind) -> Result<bool> {
    let sql = "SELECT count(*) FROM attendance WHERE event = $1 AND expert = $2 AND kind = $3";
    Ok(session.count(sql, args![event, expert, kind as i32]).await? > 0)
}

/// Whether the same was claimed before.
pub(crate) async fn is_claimed(session: &mut Session, claim: &Claim) -> Result<bool> {
    let sql = "SELECT count(*) FROM claim WHERE subject = $1";
    Ok(session.count(sql, args![subject(claim)]).await? > 0)
}

/// Adds a claim.
pub(crate) async fn add_claim(session: &mut Session, claim: &Claim) -> Result<()> {
    let sql = "INSERT INTO claim (id, subject, facts) VALUES ($1, $2, $3)";
    session.execute(sql, args![&claim.name, subject(claim), claim.encode_to_vec()]).await.map(drop)
}

/// Whether the expert attended this event in whatever way.
pub(crate) async fn attended_at_all(session: &mut Session, event: &str, expert: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM attendance WHERE event = $1 AND expert = $2";
    Ok(session.count(sql, args![event, expert]).await? > 0)
}
