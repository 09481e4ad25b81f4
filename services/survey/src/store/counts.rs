//! Counts over everybody.

use kit_log::sql::Session;
use kit_log::{Result, args};

/// Counts as of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statistics {
    /// Submissions of the people counted, without disputed ones.
    pub(crate) received: i64,
    pub(crate) people: i64,
    pub(crate) disputed: i64,
    /// People whose skill part is empty.
    pub(crate) skills_unanswered: i64,
}

/// All counts, in one statement so that they agree with one another.
pub(crate) async fn statistics(session: &mut Session) -> Result<Statistics> {
    let sql = "SELECT (SELECT CAST(coalesce(sum(submissions), 0) AS BIGINT) FROM respondent
                       WHERE held = 1 AND merged_into = '') AS received,
                      (SELECT count(*) FROM response WHERE dispute <> '' AND decided = 0) AS disputed,
                      (SELECT count(*) FROM respondent WHERE held = 1 AND merged_into = '') AS people,
                      (SELECT count(*) FROM respondent WHERE length(skills) = 0 AND held = 1 AND merged_into = '')
                          AS skills_unanswered";
    let Some(row) = session.row(sql, &[]).await? else { return Ok(Statistics::default()) };
    Ok(Statistics {
        received: row.int("received")?,
        people: row.int("people")?,
        disputed: row.int("disputed")?,
        skills_unanswered: row.int("skills_unanswered")?,
    })
}

/// The skill columns of up to 10,000 people whose ids come after this one, with the last of these ids; `None` when
/// there is nobody left.
pub(crate) async fn skills_after(session: &mut Session, id: &str) -> Result<Option<(String, Vec<Vec<u8>>)>> {
    let sql = "SELECT id, skills FROM respondent WHERE id > $1 AND held = 1 AND merged_into = ''
               ORDER BY id LIMIT 10000";
    let rows = session.rows(sql, args![id]).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let last = last.text("id")?;
    Ok(Some((last, rows.iter().map(|row| row.bytes("skills")).collect::<Result<_>>()?)))
}
