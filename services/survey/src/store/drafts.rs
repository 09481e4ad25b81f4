//! Drafts, and keys that nobody needs any more.

use kit_log::sql::{Row, Session, Value};
use kit_log::{Result, args};

/// A draft, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredDraft {
    /// Opaque id, also that of the key.
    pub(crate) id: String,
    /// Version.
    pub(crate) form: String,
    pub(crate) owner: String,
    pub(crate) version: i64,
    /// Microseconds.
    pub(crate) update_time: i64,
    /// [`super::DraftBody`], sealed.
    pub(crate) sealed: Vec<u8>,
}

fn draft(row: &Row) -> Result<StoredDraft> {
    Ok(StoredDraft {
        id: row.text("id")?,
        form: row.text("form")?,
        owner: row.text("owner")?,
        version: row.int("version")?,
        update_time: row.int("update_time")?,
        sealed: row.bytes("sealed")?,
    })
}

/// Somebody's draft of a version.
pub(crate) async fn draft_of(session: &mut Session, form: &str, owner: &str) -> Result<Option<StoredDraft>> {
    let sql = "SELECT id, form, owner, version, update_time, sealed FROM draft WHERE form = $1 AND owner = $2";
    session.row(sql, args![form, owner]).await?.as_ref().map(draft).transpose()
}

/// Up to 200 drafts that were last saved before a moment.
pub(crate) async fn drafts_before(session: &mut Session, moment: i64) -> Result<Vec<StoredDraft>> {
    let sql = "SELECT id, form, owner, version, update_time, sealed FROM draft
               WHERE update_time < $1 ORDER BY update_time LIMIT 200";
    session.rows(sql, args![moment]).await?.iter().map(draft).collect()
}

/// Stores a draft, a new one or a changed one.
pub(crate) async fn put_draft(session: &mut Session, d: &StoredDraft) -> Result<()> {
    let values: &[Value] = args![&d.id, &d.form, &d.owner, d.version, d.update_time, d.sealed.as_slice()];
    let head = "INSERT INTO draft (id, form, owner, version, update_time, sealed) VALUES";
    let tail = "ON CONFLICT (id) DO UPDATE SET version = excluded.version, update_time = excluded.update_time,
                sealed = excluded.sealed";
    session.insert(head, tail, vec![values.to_vec()]).await
}

/// Forgets a draft; its key is to be destroyed next.
pub(crate) async fn delete_draft(session: &mut Session, id: &str) -> Result<()> {
    session.execute("DELETE FROM draft WHERE id = $1", args![id]).await?;
    doom_key(session, id).await
}

/// Notes that a key is to be destroyed.
pub(crate) async fn doom_key(session: &mut Session, id: &str) -> Result<()> {
    session.execute("INSERT INTO doomed_key (id) VALUES ($1) ON CONFLICT DO NOTHING", args![id]).await.map(drop)
}

/// Up to 200 keys that are to be destroyed.
pub(crate) async fn doomed_keys(session: &mut Session) -> Result<Vec<String>> {
    let rows = session.rows("SELECT id FROM doomed_key ORDER BY id LIMIT 200", &[]).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// Notes that a key is destroyed.
pub(crate) async fn key_is_gone(session: &mut Session, id: &str) -> Result<()> {
    session.execute("DELETE FROM doomed_key WHERE id = $1", args![id]).await.map(drop)
}
