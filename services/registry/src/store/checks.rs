//! The checks of registrations: what was found, when it was true, and when it was recorded.

use std::collections::HashMap;

use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Result, args};

use super::body::Sealed;
use super::moment;
use crate::domain::standing::Check;
use crate::domain::{Expert, Verification};

/// Most checks in a history; an expert has one in three years.
const HISTORY: i64 = 1_000;

/// Adds a check; none says that those before fell away.
pub(super) async fn record(
    session: &mut Session,
    id: &str,
    check: Option<&Verification>,
    now: Timestamp,
) -> Result<()> {
    let sql = "SELECT coalesce(max(seq), 0) FROM registration_check WHERE expert_id = $1";
    let seq = session.count(sql, args![id]).await? + 1;
    let sql =
        "INSERT INTO registration_check (expert_id, seq, source, verified_by, verify_time, valid_until, record_time, lost)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let nothing =
        Verification { source: String::new(), verified_by: String::new(), verify_time: now, valid_until: None };
    let Verification { source, verified_by, verify_time, valid_until } = check.unwrap_or(&nothing);
    let (found, until, lost) = (verify_time.micros(), valid_until.map(Timestamp::micros), check.is_none());
    let values: &[Value] = args![id, seq, source, verified_by, found, until, now.micros(), lost];
    session.execute(sql, values).await.map(drop)
}

/// The checks of an expert, oldest first.
pub(crate) async fn checks(session: &mut Session, id: &str) -> Result<Vec<Check>> {
    let sql = "SELECT source, verified_by, verify_time, valid_until, record_time, lost FROM registration_check
               WHERE expert_id = $1 ORDER BY seq LIMIT $2";
    let check = |row: &Row| {
        let found = Verification {
            source: row.text("source")?,
            verified_by: row.text("verified_by")?,
            verify_time: moment(row.int("verify_time")?),
            valid_until: row.opt_int("valid_until")?.map(moment),
        };
        let lost = row.int("lost")? == 1;
        Ok(Check { verification: Some(found).filter(|_| !lost), record_time: moment(row.int("record_time")?) })
    };
    session.rows(sql, args![id, HISTORY]).await?.iter().map(check).collect()
}

/// Experts without a check in their history, after a place in the order of entry, each with its own place. What says who they
/// are stays sealed.
pub(crate) async fn unchecked(session: &mut Session, after: i64, limit: i64) -> Result<Vec<(i64, Expert)>> {
    let sql = select!(
        "WHERE entered > $1 AND NOT EXISTS (SELECT 1 FROM registration_check WHERE expert_id = expert.id)
         ORDER BY entered LIMIT $2"
    );
    let rows = session.rows(sql, args![after, limit]).await?;
    rows.iter().map(|row| Sealed::read(row)?.open(&HashMap::new())).collect()
}

/// Adds a check that was recorded before the history was kept, unless another replica has; and that the steps which were
/// recorded with it hold since it was true.
pub(crate) async fn keep_known(
    session: &mut Session,
    id: &str,
    check: &Verification,
    recorded: Timestamp,
) -> Result<()> {
    let sql = "SELECT count(*) FROM registration_check WHERE expert_id = $1";
    if session.count(sql, args![id]).await? > 0 {
        return Ok(());
    }
    record(session, id, Some(check), recorded).await?;
    let sql = "UPDATE state_change SET as_of = $3 WHERE expert_id = $1 AND time = $2 AND as_of IS NULL AND $3 < time";
    session.execute(sql, args![id, recorded.micros(), check.verify_time.micros()]).await.map(drop)
}
