//! What is written for people from texts that others wrote: nothing in them breaks out of its place.

use std::collections::BTreeMap;

use activelist::output::Pen;
use activelist::table::{Column, Table, cut, paragraph, width};
use kit_clock::Timestamp;
use matching::domain::timetable::calendar::{Side, Told, calendar};
use matching::domain::timetable::html::{Part, page};
use matching::domain::timetable::sheets::{Guest, Names, Revision, sheets};
use matching::domain::timetable::{Event, Present, Round, Seat, Timetable, csv as rows};

use crate::bytes::{Bytes, parts};

pub(super) const WORDS: &[&str] = &[
    "\u{1B}[2J",
    "\u{9B}2J",
    "\u{202E}",
    "\u{2066}",
    "\u{200B}",
    "\u{FEFF}",
    "\r\n",
    "\u{2028}",
    "\u{85}",
    "e\u{301}",
    "👨‍👩‍👧",
    "◎",
    "…",
    "\u{1100}",
    "</title>",
    "<script>",
    "\" onload=\"",
    "&amp;",
    "]]>",
    "=HYPERLINK(",
    "＝1+1",
    "+1",
    "-2+3",
    "@SUM(",
    "\t=1",
    "'=",
    "\r\nBEGIN:VEVENT",
    "\\n",
    ";",
    ",",
    ":",
    "END:VCALENDAR",
];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "見本 太郎",
        "規程を整えます。\r\n二行目",
        "A <b>&amp; \"x\"</b>",
        "=1+1",
        "\u{1B}[31m赤",
        "-",
        "◎○…·",
        "https://example.jp/?a=1&b=2",
    ];
    [0_u8, 7, 40, 255].map(|width| [vec![width], parts(texts)].concat()).to_vec()
}

fn steers(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// No cell breaks the line, steers the terminal or turns the text around, and no line is wider than the screen.
pub(super) fn terminal(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let room = usize::from(bytes.byte());
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        texts.push(bytes.text());
    }
    let columns = [
        Column::text("氏名", 4, 20),
        Column::number("件数").rank(3),
        Column::text("a", 2, 2).tight(),
        Column::text("自己PR", 6, 400),
    ];
    let mut table = Table::new(columns.to_vec());
    for row in texts.chunks(4) {
        table.plain(row.iter().cloned());
    }
    for line in table.lines(Some(room), Pen::PLAIN) {
        assert!(width(&line) <= room && !line.chars().any(steers), "{room}: {line:?}");
    }
    for line in table.lines(None, Pen::PLAIN) {
        assert!(!line.chars().any(steers), "{line:?}");
    }
    for line in table.lines(Some(room), Pen::TERMINAL) {
        assert!(!line.replace('\u{1B}', "").chars().any(steers), "{line:?}");
    }
    for text in &texts {
        assert!(width(&cut(text, room)) <= room, "{room}: {text:?}");
    }
    let parts: Vec<_> = texts.iter().map(|text| (text.clone(), None)).collect();
    for line in paragraph("見出し: ", &parts, "、", room, Pen::PLAIN) {
        assert!(!line.chars().any(steers), "{line:?}");
    }
}

/// A page has the same tags whatever the names, a CSV the same rows and no formula, a calendar the same lines.
pub(super) fn timetables(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    bytes.byte();
    let texts: [String; 7] = std::array::from_fn(|_| bytes.text());
    let plain: [String; 7] =
        std::array::from_fn(|at| if texts[at].trim().is_empty() { texts[at].clone() } else { format!("name {at}") });
    let (hostile, harmless) = (told(&texts), told(&plain));
    assert_eq!(tags(&hostile.page), tags(&harmless.page), "{texts:?}");
    for (written, model) in hostile.files.iter().zip(&harmless.files) {
        let (cells, expected) = (cells(written), cells(model));
        assert_eq!(cells.iter().map(Vec::len).collect::<Vec<_>>(), expected.iter().map(Vec::len).collect::<Vec<_>>());
        for cell in cells.iter().flatten() {
            let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
                && cell.parse::<f64>().is_err();
            assert!(!risky && !cell.contains(['\r', '\n']), "{cell:?}");
        }
    }
    for (written, model) in hostile.calendars.iter().zip(&harmless.calendars) {
        assert_eq!(properties(written), properties(model), "{written}");
        assert!(
            written.split("\r\n").all(|line| line.len() <= 75 && !line.chars().any(|c| c.is_control() && c != '\t')),
            "{written:?}"
        );
    }
}

struct Written {
    page: String,
    files: Vec<String>,
    calendars: Vec<String>,
}

fn told([title, venue, booth, expert, company, question, why]: &[String; 7]) -> Written {
    let at = |hour: i64| Timestamp::from_micros((1_731_369_600 + hour * 3_600) * 1_000_000);
    let event = Event {
        rounds: vec![Round { start: at(0), end: at(1) }, Round { start: at(1), end: at(2) }],
        booths: vec![booth.clone(), "B".to_owned()],
        experts: vec![Present::new("e1"), Present::new("e2")],
        ..Event::default()
    };
    let seat = |round, booth, expert: &str, company: &str| Seat {
        round,
        booth,
        expert: expert.to_owned(),
        company: company.to_owned(),
    };
    let table = Timetable { seats: vec![seat(0, 0, "e1", "c1"), seat(1, 1, "e2", "c2")], ..Timetable::default() };
    let guest = Guest { name: company.clone(), people: 2, question: Some(question.clone()) };
    let names = Names {
        title: title.clone(),
        venue: venue.clone(),
        experts: BTreeMap::from([("e1".to_owned(), expert.clone())]),
        companies: BTreeMap::from([
            ("c1".to_owned(), guest),
            ("c2".to_owned(), Guest { name: why.clone(), ..Guest::default() }),
        ]),
    };
    let revision = Revision { number: 2, at: at(-30) };
    let sheets = sheets(&event, &table, &names, revision);
    let shown =
        Told { event_id: "ev", event: &event, seats: &table.seats, before: &table.seats, names: &names, revision };
    Written {
        page: page(&sheets, Part::Everything).expect("a page"),
        files: [
            Some(rows::event(&sheets)),
            rows::expert(&sheets, "e1"),
            rows::booth(&sheets, 0),
            Some(rows::waiting(&sheets)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        calendars: [Side::Expert("e1"), Side::Company("c1"), Side::Company("c2")]
            .map(|side| calendar(shown, side))
            .to_vec(),
    }
}

/// The tags of a page, in order, as a browser finds them: from each `<` to the next `>`.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|tag| tag.split_once('>').map_or(tag, |(tag, _)| tag)).collect()
}

fn cells(file: &str) -> Vec<Vec<String>> {
    let text = file.strip_prefix('\u{FEFF}').expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

/// The names of a calendar's properties; a line that begins with a blank belongs to the one before.
fn properties(calendar: &str) -> Vec<&str> {
    let lines = calendar.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split([':', ';']).next().unwrap_or_default()).collect()
}
