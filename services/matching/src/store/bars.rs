//! Pairs that must not be matched.

use contract::matching::v1::Bar;
use kit_log::sql::{Row, Session};
use kit_log::{Error, Result, args};
use prost::Message as _;

/// Most that are read at once.
const MOST: i64 = 10_000;

/// Those of an expert, of a company, or all where they are empty, in order of entry.
pub(crate) async fn bars(session: &mut Session, expert: &str, company: &str) -> Result<Vec<Bar>> {
    let sql =
        "SELECT facts FROM bar WHERE ($1 = '' OR expert = $1) AND ($2 = '' OR company = $2) ORDER BY entered LIMIT $3";
    session.rows(sql, args![expert, company, MOST]).await?.iter().map(read).collect()
}

pub(crate) async fn bar(session: &mut Session, id: &str) -> Result<Option<Bar>> {
    let row = session.row("SELECT facts FROM bar WHERE id = $1", args![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The same pair for the same reason.
pub(crate) async fn same_bar(session: &mut Session, of: &Bar) -> Result<Option<Bar>> {
    let sql = "SELECT facts FROM bar WHERE expert = $1 AND company = $2 AND kind = $3";
    let row = session.row(sql, args![&of.expert, &of.company, &of.kind]).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn insert_bar(session: &mut Session, bar: &Bar, id: &str, entered: i64) -> Result<()> {
    let sql = "INSERT INTO bar (id, entered, expert, company, kind, facts) VALUES ($1, $2, $3, $4, $5, $6)";
    let values = args![id, entered, &bar.expert, &bar.company, &bar.kind, bar.encode_to_vec()];
    session.execute(sql, values).await.map(drop)
}

pub(crate) async fn delete_bar(session: &mut Session, id: &str) -> Result<()> {
    session.execute("DELETE FROM bar WHERE id = $1", args![id]).await.map(drop)
}

fn read(row: &Row) -> Result<Bar> {
    Bar::decode(row.bytes("facts")?.as_slice()).map_err(|_| Error::Corrupt("a bar".to_owned()))
}
