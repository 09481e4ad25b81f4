//! What is searched by of deliveries.

use contract::notices::v1::{Channel, DeliveryState, NoticeFacts};
use kit_clock::Timestamp;
use kit_log::sql::Session;
use kit_log::{Result, args};

use super::notices::decode;
use crate::domain::notice::{Notice, is_failing};
use crate::domain::read;

/// Brings the deliveries of a notice up to what it holds.
pub(super) async fn save(session: &mut Session, notice: &Notice) -> Result<()> {
    let sql = "INSERT INTO delivery (notice, channel, state, failing, next_try, entered)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (notice, channel) DO UPDATE SET state = excluded.state, failing = excluded.failing,
                   next_try = excluded.next_try, entered = excluded.entered";
    for one in &notice.facts.deliveries {
        let next_try = one.next_try_time.as_ref().map_or(i64::MAX, |at| read(at).micros());
        let values = args![&notice.facts.notice_id, one.channel, one.state, is_failing(one), next_try, notice.entered];
        session.execute(sql, values).await?;
    }
    Ok(())
}

/// The notice whose delivery by mail is due first, if it is.
pub(crate) async fn next_mail(session: &mut Session, now: Timestamp) -> Result<Option<String>> {
    let sql = "SELECT notice FROM delivery WHERE next_try <= $1 AND channel = $2 AND state = $3
               ORDER BY next_try, notice LIMIT 1";
    let (channel, waiting) = (i32::from(Channel::Mail), i32::from(DeliveryState::Waiting));
    let row = session.row(sql, args![now.micros(), channel, waiting]).await?;
    row.map(|row| row.text("notice")).transpose()
}

/// A page before a place (position at which the notice was raised, channel), newest first, each with its place.
pub(crate) async fn page(
    session: &mut Session,
    (state, channel, failing): (DeliveryState, Channel, bool),
    before: (i64, i64),
    limit: i64,
) -> Result<Vec<((i64, i64), NoticeFacts)>> {
    let sql = "SELECT d.entered AS entered, d.channel AS channel, n.id AS id, n.facts AS facts
               FROM delivery d JOIN notice n ON n.id = d.notice
               WHERE (d.entered < $1 OR (d.entered = $1 AND d.channel < $2)) AND ($3 = 0 OR d.state = $3)
                 AND ($4 = 0 OR d.channel = $4) AND ($5 = 0 OR d.failing = 1)
               ORDER BY d.entered DESC, d.channel DESC LIMIT $6";
    let values = args![before.0, before.1, i32::from(state), i32::from(channel), failing, limit];
    let rows = session.rows(sql, values).await?;
    let read = |row: &kit_log::sql::Row| {
        let id = row.text("id")?;
        Ok(((row.int("entered")?, row.int("channel")?), decode(&row.bytes("facts")?, &id)?))
    };
    rows.iter().map(read).collect()
}
