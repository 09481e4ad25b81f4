//! Which case was opened from which proposal.

use kit_log::sql::Session;
use kit_log::{Result, args};

/// The id of the case that was opened from a proposal: `proposals/<id>`.
pub(crate) async fn opened_from(session: &mut Session, proposal: &str) -> Result<Option<String>> {
    let row = session.row("SELECT case_id FROM opened WHERE proposal = $1", args![proposal]).await?;
    row.map(|row| row.text("case_id")).transpose()
}

/// Remembers that a stored case was opened from a proposal.
pub(crate) async fn mark_opened(session: &mut Session, proposal: &str, case_id: &str) -> Result<()> {
    let sql = "INSERT INTO opened (proposal, case_id) VALUES ($1, $2)";
    session.execute(sql, args![proposal, case_id]).await.map(drop)
}
