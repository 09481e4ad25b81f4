//! A timetable for calendars (iCalendar, RFC 5545): what the expert may see, and what the company may see.

use std::collections::BTreeMap;

use icalendar::{Calendar, Component, Event as Entry, EventLike};
use kit_clock::Timestamp;
use kit_vocabulary::Words;
use sha2::{Digest, Sha256};

use super::event::Event;
use super::plan::Seat;
use super::sheets::{Names, Revision, one_line};
use super::words::{both, filled, words};

/// Whose calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side<'a> {
    /// An expert's: every company seen, with the question where it may be shown.
    Expert(&'a str),
    /// A company's: its own consultation, with the expert's name.
    Company(&'a str),
}

/// What a calendar is made of.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The event's id: entries keep their identity by it.
    pub event_id: &'a str,
    /// The event.
    pub event: &'a Event,
    /// The seats as they are.
    pub seats: &'a [Seat],
    /// Seats of all revisions before, the latest last: those that are gone are cancelled.
    pub before: &'a [Seat],
    /// How ids are called.
    pub names: &'a Names,
    /// Which state; a later one replaces an earlier one in a calendar.
    pub revision: Revision,
}

/// The calendar as a file's text: lines of at most 75 octets that end with CRLF, times in UTC. A seat that moved keeps its
/// identity, and one that is gone is said to be cancelled.
pub fn calendar(told: Told<'_>, side: Side<'_>) -> String {
    let mut calendar = Calendar::empty();
    let product = "-//activelist//consultation timetable//JA";
    for property in [("VERSION", "2.0"), ("PRODID", product), ("CALSCALE", "GREGORIAN"), ("METHOD", "PUBLISH")] {
        calendar.append_property(property);
    }
    let mine = |seat: &&Seat| match side {
        Side::Expert(id) => seat.expert == id,
        Side::Company(id) => seat.company == id,
    };
    let possible = |seat: &&Seat| seat.round < told.event.rounds.len() && seat.booth < told.event.booths.len();
    let entries = |seats: &[Seat]| -> BTreeMap<String, Seat> {
        let mine = seats.iter().filter(mine).filter(possible);
        mine.map(|seat| (identity(told.event_id, seat, side), seat.clone())).collect()
    };
    let now = entries(told.seats);
    let mut all: Vec<(&String, &Seat, bool)> = now.iter().map(|(id, seat)| (id, seat, true)).collect();
    let before = entries(told.before);
    all.extend(before.iter().filter(|(id, _)| !now.contains_key(*id)).map(|(id, seat)| (id, seat, false)));
    all.sort_by_key(|(id, seat, _)| (seat.round, *id));
    for (id, seat, stands) in all {
        calendar.push(entry(told, side, id, seat, stands));
    }
    folded(&calendar.to_string())
}

/// The same in lines of at most 75 octets: the library forgets the blank that a line goes on with, and writes up to 76.
fn folded(calendar: &str) -> String {
    const OCTETS: usize = 75;
    let mut text = String::with_capacity(calendar.len());
    // Within a value a line end is written as `\n`, so that what looks like a fold is one.
    for line in calendar.replace("\r\n ", "").split_terminator("\r\n") {
        let (mut rest, mut room) = (line, OCTETS);
        while rest.len() > room {
            let (taken, left) = rest.split_at(rest.floor_char_boundary(room));
            text.push_str(taken);
            text.push_str("\r\n ");
            (rest, room) = (left, OCTETS - 1);
        }
        text.push_str(rest);
        text.push_str("\r\n");
    }
    text
}

fn entry(told: Told<'_>, side: Side<'_>, id: &str, seat: &Seat, stands: bool) -> Entry {
    let round = told.event.rounds[seat.round];
    let booth = one_line(&told.event.booths[seat.booth]);
    let guest = told.names.guest(&seat.company);
    let (other, label) = match side {
        Side::Expert(_) => (guest.name.clone(), "COMPANY"),
        Side::Company(_) => (told.names.expert(&seat.expert), "EXPERT"),
    };
    let other = one_line(&other);
    let nth = |text: &str| filled(text, &[("round", &(seat.round + 1).to_string())]);
    let Words { ja, en } = words("NTH_ROUND");
    let mut lines = vec![
        one_line(&told.names.title),
        format!("{} {}", nth(&ja), nth(&en)),
        format!("{}: {other}", both(label)),
        format!("{}: {booth}", both("BOOTH")),
    ];
    if let (Side::Expert(_), Some(question)) = (side, &guest.question) {
        lines.push(format!("{}: {}", both("QUESTION"), one_line(question)));
    }
    let places = [one_line(&told.names.venue), booth];
    let place: Vec<String> = places.into_iter().filter(|part| !part.is_empty()).collect();
    let mut entry = Entry::new();
    entry.uid(id);
    entry.add_property("DTSTAMP", utc(told.revision.at));
    entry.add_property("LAST-MODIFIED", utc(told.revision.at));
    entry.add_property("SEQUENCE", told.revision.number.to_string());
    entry.add_property("DTSTART", utc(round.start));
    entry.add_property("DTEND", utc(round.end));
    entry.add_property("STATUS", if stands { "CONFIRMED" } else { "CANCELLED" });
    entry.summary(&format!("{}: {other}", both("CONSULTATION")));
    entry.description(&lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"));
    entry.location(&place.join(" "));
    entry
}

/// Who meets whom at which event, for an expert; which company's consultation, for a company, whoever sees it. Hashed, as
/// ids of others have no business in a calendar.
fn identity(event_id: &str, seat: &Seat, side: Side<'_>) -> String {
    let parts = match side {
        Side::Expert(_) => ["expert", event_id, &seat.expert, &seat.company],
        Side::Company(_) => ["company", event_id, &seat.company, ""],
    };
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hex: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}@activelist")
}

/// The form of RFC 5545 for moments: `20241112T055000Z`.
fn utc(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
