//! Mail addresses that experts gave themselves and that campaigns have of their recipients, and what has to be remembered of a case.

use kit_log::sql::Session;
use kit_log::{KeyStore, Result, args};

/// The id of a recipient's key: the part after the `/`.
fn key_of(recipient: &str) -> &str {
    recipient.split_once('/').map_or(recipient, |(_, id)| id)
}

/// Keeps an address under its owner's key; forgets it when that is destroyed.
pub(crate) async fn keep_address(
    session: &mut Session,
    keys: &dyn KeyStore,
    recipient: &str,
    address: &str,
) -> Result<()> {
    let id = key_of(recipient).to_owned();
    let Some(key) = keys.ensure(std::slice::from_ref(&id)).await?.remove(&id) else {
        return forget_address(session, recipient).await;
    };
    let sql = "INSERT INTO address (recipient, sealed) VALUES ($1, $2)
               ON CONFLICT (recipient) DO UPDATE SET sealed = excluded.sealed";
    session.execute(sql, args![recipient, key.seal(recipient, address.as_bytes())?]).await.map(drop)
}

/// Forgets an address.
pub(crate) async fn forget_address(session: &mut Session, recipient: &str) -> Result<()> {
    session.execute("DELETE FROM address WHERE recipient = $1", args![recipient]).await.map(drop)
}

/// Whether an address is kept.
pub(crate) async fn has_address(session: &mut Session, recipient: &str) -> Result<bool> {
    Ok(session.row("SELECT recipient FROM address WHERE recipient = $1", args![recipient]).await?.is_some())
}

/// The address that is kept, unless its owner's key is destroyed.
pub(crate) async fn address(session: &mut Session, keys: &dyn KeyStore, recipient: &str) -> Result<Option<String>> {
    let row = session.row("SELECT sealed FROM address WHERE recipient = $1", args![recipient]).await?;
    let Some(row) = row else { return Ok(None) };
    let id = key_of(recipient).to_owned();
    let Some(key) = keys.find(std::slice::from_ref(&id)).await?.remove(&id) else { return Ok(None) };
    Ok(String::from_utf8(key.open(recipient, &row.bytes("sealed")?)?).ok())
}

/// The body that looked after a case when it was last told of; empty when none did.
pub(crate) async fn body_of(session: &mut Session, subject: &str) -> Result<String> {
    let row = session.row("SELECT body FROM followed WHERE subject = $1", args![subject]).await?;
    row.map_or(Ok(String::new()), |row| row.text("body"))
}

/// Remembers the body that looks after a case.
pub(crate) async fn keep_body(session: &mut Session, subject: &str, body: &str) -> Result<()> {
    let sql = "INSERT INTO followed (subject, body) VALUES ($1, $2)
               ON CONFLICT (subject) DO UPDATE SET body = excluded.body";
    session.execute(sql, args![subject, body]).await.map(drop)
}
