//! A timetable as rows: of the event, of each expert, of each booth.

use std::collections::BTreeMap;

use jiff::Zoned;
use jiff::tz::{TimeZone, offset};
use kit_clock::Timestamp;
use kit_vocabulary::Words;

use super::event::{Event, mask};
use super::plan::{Seat, Timetable};
use super::words::{filled, words};

/// How ids are called. What has no name is shown by its id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The event.
    pub title: String,
    /// Where it takes place; empty when not said.
    pub venue: String,
    /// Experts by id.
    pub experts: BTreeMap<String, String>,
    /// Companies by id.
    pub companies: BTreeMap<String, Guest>,
}

/// A company that comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guest {
    /// Its name.
    pub name: String,
    /// How many people; 0 when not said.
    pub people: u32,
    /// The question's title, where it may be shown to the expert.
    pub question: Option<String>,
}

impl Names {
    pub(super) fn expert(&self, id: &str) -> String {
        self.experts.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    pub(super) fn guest(&self, id: &str) -> Guest {
        self.companies.get(id).cloned().unwrap_or_else(|| Guest { name: id.to_owned(), ..Guest::default() })
    }
}

/// Which state of the plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// Counted up from 1 with every timetable that is told to anybody.
    pub number: u32,
    /// When it was made.
    pub at: Timestamp,
}

/// One consultation, or one that could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The round's number, from 1.
    pub round: usize,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// The booth's name; empty in an expert's row without a consultation.
    pub booth: String,
    /// The expert's name; empty where nobody sits.
    pub expert: String,
    /// Who comes; nobody where the row is free.
    pub guest: Option<Guest>,
}

/// A company that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// The company's name.
    pub company: String,
    /// What keeps it from a seat.
    pub why: Vec<Words>,
}

/// Everything to be shown of a timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheets {
    /// The event's name.
    pub title: String,
    /// Where.
    pub venue: String,
    /// Which state.
    pub revision: Revision,
    /// The booths' names.
    pub booths: Vec<String>,
    /// Each round and booth, by round, then booth.
    pub event: Vec<Row>,
    /// By the expert's id: the name, and each round in which the expert is there.
    pub experts: BTreeMap<String, (String, Vec<Row>)>,
    /// By the booth's place: each round.
    pub by_booth: Vec<Vec<Row>>,
    /// By order of application.
    pub waiting: Vec<WaitingRow>,
}

/// The rows of a timetable of this event.
pub fn sheets(event: &Event, timetable: &Timetable, names: &Names, revision: Revision) -> Sheets {
    let row = |round: usize, booth: String, seat: Option<&Seat>| Row {
        round: round + 1,
        start: event.rounds[round].start,
        end: event.rounds[round].end,
        booth,
        expert: seat.map_or_else(String::new, |seat| names.expert(&seat.expert)),
        guest: seat.map(|seat| names.guest(&seat.company)),
    };
    let at =
        |round: usize, booth: usize| timetable.seats.iter().find(|seat| (seat.round, seat.booth) == (round, booth));
    let rounds = 0..event.rounds.len();
    let booths = event.booths.len();
    let all = rounds.clone().flat_map(|round| (0..booths).map(move |booth| (round, booth)));
    let of_booth = |booth: usize| {
        rounds.clone().map(|round| row(round, event.booths[booth].clone(), at(round, booth))).collect::<Vec<_>>()
    };
    let of_expert = |id: &str, there: u64| {
        let seat = |round: usize| timetable.seats.iter().find(|seat| seat.round == round && seat.expert == id);
        let shown = rounds.clone().filter(|round| there >> round & 1 == 1 || seat(*round).is_some());
        let booth = |seat: Option<&Seat>| seat.map_or_else(String::new, |seat| event.booths[seat.booth].clone());
        let named = |round: usize| Row { expert: names.expert(id), ..row(round, booth(seat(round)), seat(round)) };
        shown.map(named).collect::<Vec<_>>()
    };
    let count = event.rounds.len();
    let expert = |present: &super::event::Present| {
        let rows = of_expert(&present.expert, mask(present.rounds.as_ref(), count));
        (present.expert.clone(), (names.expert(&present.expert), rows))
    };
    Sheets {
        title: names.title.clone(),
        venue: names.venue.clone(),
        revision,
        booths: event.booths.clone(),
        event: all.map(|(round, booth)| row(round, event.booths[booth].clone(), at(round, booth))).collect(),
        experts: event.experts.iter().map(expert).collect(),
        by_booth: (0..booths).map(of_booth).collect(),
        waiting: timetable
            .waiting
            .iter()
            .map(|waiting| WaitingRow {
                company: names.guest(&waiting.company).name,
                why: waiting.why.iter().map(|why| why.told()).collect(),
            })
            .collect(),
    }
}

impl Revision {
    /// Which state, in both languages.
    pub fn told(self) -> Words {
        let text = words("AS_OF");
        let number = self.number.to_string();
        let at = |date: String| format!("{date} {}", clock(self.at));
        let Words { ja, en } = date(self.at);
        let fill = |text: &str, at: &str| filled(text, &[("revision", &number), ("at", at)]);
        Words { ja: fill(&text.ja, &at(ja)), en: fill(&text.en, &at(en)) }
    }
}

fn japan(at: Timestamp) -> Option<Zoned> {
    let at = jiff::Timestamp::from_microsecond(at.micros()).ok()?;
    Some(at.to_zoned(TimeZone::fixed(offset(9))))
}

/// The day in Japan, for people.
pub(super) fn date(at: Timestamp) -> Words {
    const DAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
    japan(at).map_or_else(Words::default, |at| {
        let weekday = DAYS[at.weekday().to_monday_zero_offset() as usize];
        Words {
            ja: format!("{}年{}月{}日（{weekday}）", at.year(), at.month(), at.day()),
            en: at.strftime("%a %-d %b %Y").to_string(),
        }
    })
}

/// The day in Japan, for programs: `2024-11-12`.
pub(super) fn day(at: Timestamp) -> String {
    japan(at).map_or_else(String::new, |at| at.strftime("%Y-%m-%d").to_string())
}

/// The time of day in Japan: `14:50`.
pub(super) fn clock(at: Timestamp) -> String {
    japan(at).map_or_else(String::new, |at| at.strftime("%H:%M").to_string())
}

/// One line without what would break it or turn it around; inner blanks stay.
pub(super) fn one_line(text: &str) -> String {
    let turns =
        |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    let line = text.chars().filter(|letter| !turns(*letter));
    line.map(|letter| if breaks(letter) { ' ' } else { letter }).collect::<String>().trim().to_owned()
}
