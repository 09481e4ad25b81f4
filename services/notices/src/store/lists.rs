//! Pages of notices: for who pulls, and for who looks.

use kit_log::sql::Session;
use kit_log::{KeyStore, Result, args};

use super::notices::{opened, select};
use crate::domain::notice::Notice;

/// What a list is asked for. Empty texts hold for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) template: String,
    pub(crate) state: String,
    pub(crate) failing: bool,
}

/// What is pulled after a place, oldest first: what is open, and, unless the pull is the first, what the puller may hold
/// though it is over.
pub(crate) async fn open_after(
    session: &mut Session,
    keys: &dyn KeyStore,
    recipient: &str,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<Notice>> {
    let sql = select!(
        "WHERE sequence > $1 AND ($2 = '' OR recipient = $2)
           AND (state IN ('pending', 'handed_over') OR (handed = 1 AND $3 = 1))
         ORDER BY sequence LIMIT $4"
    );
    let rows = session.rows(sql, args![after.unwrap_or(0), recipient, after.is_some(), limit]).await?;
    opened(rows, keys).await
}

/// A page of those raised before a place, newest first.
pub(crate) async fn page(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &Filter,
    before: i64,
    limit: i64,
) -> Result<Vec<Notice>> {
    let sql = select!(
        "WHERE entered > 0 AND entered < $1 AND ($2 = '' OR recipient = $2) AND ($3 = '' OR subject = $3)
           AND ($4 = '' OR template = $4) AND ($5 = '' OR state = $5) AND ($6 = 0 OR failing = 1)
         ORDER BY entered DESC LIMIT $7"
    );
    let Filter { recipient, subject, template, state, failing } = filter;
    let rows = session.rows(sql, args![before, recipient, subject, template, state, *failing, limit]).await?;
    opened(rows, keys).await
}
