//! What other services tell that proposals are decided by: cases, track records, who is listed no more; and what is sought.

use std::collections::{BTreeMap, BTreeSet};

use contract::engagement::v1::TrackRecord;
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session};
use kit_log::{Error, Result, args};
use prost::Message as _;

/// Most requests that one look at the clock seeks for.
const AT_ONCE: i64 = 100;

/// A guidance case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Work<'a> {
    pub(crate) id: &'a str,
    /// The id of the proposal it came of; empty for others.
    pub(crate) proposal: &'a str,
    pub(crate) expert: &'a str,
    pub(crate) programme: &'a str,
    pub(crate) company: &'a str,
    /// `open`, `closed`, `withdrawn`.
    pub(crate) state: &'a str,
}

/// Stores a case as it stands; answers its state before, if it was known.
pub(crate) async fn keep_work(session: &mut Session, work: &Work<'_>) -> Result<Option<String>> {
    let before = session.row("SELECT state FROM work WHERE id = $1", args![work.id]).await?;
    let sql = "INSERT INTO work (id, proposal, expert, programme, company, state) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (id) DO UPDATE SET proposal = excluded.proposal, expert = excluded.expert,
                   programme = excluded.programme, company = excluded.company, state = excluded.state";
    let Work { id, proposal, expert, programme, company, state } = work;
    session.execute(sql, args![*id, *proposal, *expert, *programme, *company, *state]).await?;
    before.map(|row: Row| row.text("state")).transpose()
}

/// Stores a track record.
pub(crate) async fn keep_record(session: &mut Session, record: &TrackRecord) -> Result<()> {
    let sql =
        "INSERT INTO record (expert, facts) VALUES ($1, $2) ON CONFLICT (expert) DO UPDATE SET facts = excluded.facts";
    session.execute(sql, args![&record.expert, record.encode_to_vec()]).await.map(drop)
}

/// The track record of one expert, or all when `expert` is empty.
pub(crate) async fn records(session: &mut Session, expert: &str) -> Result<BTreeMap<String, TrackRecord>> {
    let sql = "SELECT expert, facts FROM record WHERE $1 = '' OR expert = $1";
    let rows = session.rows(sql, args![expert]).await?;
    let record = |row: &Row| {
        let expert = row.text("expert")?;
        let facts = TrackRecord::decode(row.bytes("facts")?.as_slice()).map_err(|_| Error::Corrupt(expert.clone()))?;
        Ok((expert, facts))
    };
    rows.iter().map(record).collect()
}

/// Experts whom the register does not list, of those it told of; of one expert, or all when `expert` is empty.
pub(crate) async fn unlisted(session: &mut Session, expert: &str) -> Result<BTreeSet<String>> {
    let sql = "SELECT expert FROM expert_standing WHERE listed = 0 AND ($1 = '' OR expert = $1)";
    session.rows(sql, args![expert]).await?.iter().map(|row| row.text("expert")).collect()
}

/// A request whose next proposal is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sought {
    pub(crate) request: String,
    round: i64,
    /// Tries since something changed that found nobody.
    pub(crate) misses: i64,
}

/// The next proposal of a request is looked for, at once.
pub(crate) async fn seek(session: &mut Session, request: &str) -> Result<()> {
    let sql = "INSERT INTO seeking (request, tries, round, misses) VALUES ($1, 0, 1, 0)
               ON CONFLICT (request) DO UPDATE SET tries = 0, round = seeking.round + 1, misses = 0";
    session.execute(sql, args![request]).await.map(drop)
}

/// Nobody was found: it is tried again at a moment, or at once when something changed since it was read.
pub(crate) async fn seek_later(session: &mut Session, sought: &Sought, at: Timestamp) -> Result<()> {
    let sql = "UPDATE seeking SET tries = $3, misses = misses + 1 WHERE request = $1 AND round = $2";
    session.execute(sql, args![&sought.request, sought.round, at.micros()]).await.map(drop)
}

/// It is looked for no more.
pub(crate) async fn seek_no_more(session: &mut Session, request: &str) -> Result<()> {
    session.execute("DELETE FROM seeking WHERE request = $1", args![request]).await.map(drop)
}

/// Something changed that may help: everything that is sought is tried again.
pub(crate) async fn seek_anew(session: &mut Session) -> Result<()> {
    session.execute("UPDATE seeking SET tries = 0, round = round + 1, misses = 0", args![]).await.map(drop)
}

/// Those for which it is time to look.
pub(crate) async fn sought(session: &mut Session, now: Timestamp) -> Result<Vec<Sought>> {
    let sql = "SELECT request, round, misses FROM seeking WHERE tries <= $1 ORDER BY tries, request LIMIT $2";
    let rows = session.rows(sql, args![now.micros(), AT_ONCE]).await?;
    let sought =
        |row: &Row| Ok(Sought { request: row.text("request")?, round: row.int("round")?, misses: row.int("misses")? });
    rows.iter().map(sought).collect()
}
