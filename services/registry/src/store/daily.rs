//! How far something that the register does once a day has got. One row, written in the transaction that does a part of it, so
//! that a restart goes on where it stood and replicas take turns.

use kit_clock::JapanDay;
use kit_log::sql::Session;
use kit_log::{Error, Result, args};

/// How far it has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The day whose turn it is, or was last.
    pub(crate) day: JapanDay,
    /// The place in the order of entry up to which it is done.
    pub(crate) place: i64,
    /// The day's is done.
    pub(crate) done: bool,
}

impl Progress {
    /// What is to be done on this day: after which place; nothing when it is done, or a later day's has begun.
    pub(crate) fn left(self, today: JapanDay) -> Option<i64> {
        match self.day.cmp(&today) {
            std::cmp::Ordering::Less => Some(0),
            std::cmp::Ordering::Equal if !self.done => Some(self.place),
            _ => None,
        }
    }
}

pub(crate) async fn progress(session: &mut Session, name: &str) -> Result<Progress> {
    let row = session.row("SELECT day, place, done FROM daily WHERE name = $1", args![name]).await?;
    let row = row.ok_or_else(|| Error::Corrupt(format!("no daily {name}")))?;
    Ok(Progress { day: JapanDay::from_number(row.int("day")?), place: row.int("place")?, done: row.int("done")? == 1 })
}

pub(crate) async fn put_progress(session: &mut Session, name: &str, progress: Progress) -> Result<()> {
    let Progress { day, place, done } = progress;
    let sql = "UPDATE daily SET day = $2, place = $3, done = $4 WHERE name = $1";
    session.execute(sql, args![name, day.number(), place, i64::from(done)]).await.map(drop)
}
