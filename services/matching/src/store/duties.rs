//! The duty roster, and which experts are listed.

use contract::matching::v1::Duty;
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session};
use kit_log::{Error, Result, args};
use prost::Message as _;

use super::requests::among;
use crate::domain::incident::OnCall;
use crate::domain::moment::read;

/// Most duties of a list.
const LISTED: i64 = 1_000;
/// Most people who are on call at once for a prefecture.
const ON_CALL: i64 = 1_000;

/// Which duties are asked for. Empty texts hold for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct DutyFilter {
    pub(crate) prefecture: String,
    /// Any of these.
    pub(crate) experts: Vec<String>,
    /// Only those that end after this.
    pub(crate) ends_after: i64,
    /// Only those that begin before this.
    pub(crate) begins_before: i64,
}

/// A duty.
pub(crate) async fn duty(session: &mut Session, id: &str) -> Result<Option<Duty>> {
    let row = session.row("SELECT id, facts FROM duty WHERE id = $1", args![id]).await?;
    row.as_ref().map(decoded).transpose()
}

/// The roster in order of time, then of turn.
pub(crate) async fn duties(session: &mut Session, filter: &DutyFilter) -> Result<Vec<Duty>> {
    let sql = "SELECT id, facts FROM duty
               WHERE ($1 = '' OR prefectures = '' OR replace(prefectures, '/' || $1 || '/', '') <> prefectures)
                 AND ($2 = '' OR replace($2, ' ' || expert || ' ', '') <> $2) AND ends > $3 AND starts < $4
               ORDER BY starts, turn, entered LIMIT $5";
    let DutyFilter { prefecture, experts, ends_after, begins_before } = filter;
    let values = args![prefecture, among(experts, ' '), *ends_after, *begins_before, LISTED];
    session.rows(sql, values).await?.iter().map(decoded).collect()
}

/// The listed experts who are on call at a moment for a prefecture, or for any when it is empty, in order of turn.
pub(crate) async fn on_call(session: &mut Session, prefecture: &str, now: Timestamp) -> Result<Vec<OnCall>> {
    let sql = "SELECT duty.expert AS expert, ends FROM duty
               JOIN expert_standing ON expert_standing.expert = duty.expert AND listed = 1
               WHERE starts <= $1 AND ends > $1
                 AND ($2 = '' OR prefectures = '' OR replace(prefectures, '/' || $2 || '/', '') <> prefectures)
               ORDER BY turn, entered LIMIT $3";
    let rows = session.rows(sql, args![now.micros(), prefecture, ON_CALL]).await?;
    let one = |row: &Row| Ok(OnCall { expert: row.text("expert")?, until: Timestamp::from_micros(row.int("ends")?) });
    rows.iter().map(one).collect()
}

/// Stores a new duty, with the position at which it was set.
pub(crate) async fn insert_duty(session: &mut Session, entered: i64, id: &str, duty: &Duty) -> Result<()> {
    let sql = "INSERT INTO duty (id, entered, expert, prefectures, starts, ends, turn, facts)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (starts, ends) = (read(duty.start_time.as_ref()).micros(), read(duty.end_time.as_ref()).micros());
    let places = among(&duty.prefectures, '/');
    let values = args![id, entered, &duty.expert, places, starts, ends, duty.turn, duty.encode_to_vec()];
    session.execute(sql, values).await.map(drop)
}

/// Takes a duty off the roster.
pub(crate) async fn remove_duty(session: &mut Session, id: &str) -> Result<()> {
    session.execute("DELETE FROM duty WHERE id = $1", args![id]).await.map(drop)
}

/// What the register told last of an expert.
pub(crate) async fn keep_standing(session: &mut Session, expert: &str, listed: bool) -> Result<()> {
    let sql = "INSERT INTO expert_standing (expert, listed) VALUES ($1, $2)
               ON CONFLICT (expert) DO UPDATE SET listed = excluded.listed";
    session.execute(sql, args![expert, listed]).await.map(drop)
}

/// Whether the register told that an expert is listed; nothing when it never told of one.
pub(crate) async fn is_listed(session: &mut Session, expert: &str) -> Result<Option<bool>> {
    let row = session.row("SELECT listed FROM expert_standing WHERE expert = $1", args![expert]).await?;
    row.map(|row| Ok(row.int("listed")? == 1)).transpose()
}

fn decoded(row: &Row) -> Result<Duty> {
    let place = format!("duties/{}", row.text("id")?);
    Duty::decode(row.bytes("facts")?.as_slice()).map_err(|_| Error::Corrupt(place))
}
