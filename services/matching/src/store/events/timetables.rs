//! Timetables, with how well everybody fits as it was judged when they were made.

use contract::matching::v1::{Seat, Timetable};
use kit_log::sql::Session;
use kit_log::{Error, Result, args};
use prost::Message;

use crate::domain::event::seats::Fit;
use crate::names;

/// A timetable as it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    pub(crate) timetable: Timetable,
    pub(crate) fit: Fit,
    /// Seats that were told once and are gone, the latest last: calendars that have them are told so.
    pub(crate) gone: Vec<Seat>,
}

/// How well an application and an expert fit.
#[derive(Clone, PartialEq, Message)]
struct KeptPoints {
    #[prost(string, tag = "1")]
    application: String,
    #[prost(string, tag = "2")]
    expert: String,
    #[prost(int64, tag = "3")]
    points: i64,
}

#[derive(Clone, PartialEq, Message)]
struct KeptFit {
    #[prost(message, repeated, tag = "1")]
    pairs: Vec<KeptPoints>,
    #[prost(message, repeated, tag = "2")]
    gone: Vec<Seat>,
}

pub(crate) async fn timetable(session: &mut Session, event: &str) -> Result<Option<Kept>> {
    let sql = "SELECT timetable, fit FROM event_timetable WHERE event = $1";
    let Some(row) = session.row(sql, args![event]).await? else { return Ok(None) };
    let corrupt = |_| Error::Corrupt(format!("timetable of {}", names::consultation_event(event)));
    let timetable = Timetable::decode(row.bytes("timetable")?.as_slice()).map_err(corrupt)?;
    let fit = KeptFit::decode(row.bytes("fit")?.as_slice()).map_err(corrupt)?;
    let gone = fit.gone;
    let fit = fit.pairs.into_iter().map(|kept| ((kept.application, kept.expert), kept.points)).collect();
    Ok(Some(Kept { timetable, fit, gone }))
}

pub(crate) async fn save_timetable(session: &mut Session, event: &str, kept: &Kept) -> Result<()> {
    let pairs = kept.fit.iter().map(|((application, expert), points)| KeptPoints {
        application: application.clone(),
        expert: expert.clone(),
        points: *points,
    });
    let fit = KeptFit { pairs: pairs.collect(), gone: kept.gone.clone() }.encode_to_vec();
    let sql = "INSERT INTO event_timetable (event, revision, timetable, fit) VALUES ($1, $2, $3, $4)
               ON CONFLICT (event) DO UPDATE
               SET revision = excluded.revision, timetable = excluded.timetable, fit = excluded.fit";
    let values = args![event, kept.timetable.revision, kept.timetable.encode_to_vec(), fit];
    session.execute(sql, values).await.map(drop)
}
