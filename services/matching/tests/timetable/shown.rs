//! The timetable as people get it: on paper, in a spreadsheet, in a calendar.

use std::collections::BTreeSet;

use icalendar::{Calendar, CalendarComponent, Component, Event as Entry, EventLike};
use matching::domain::timetable::calendar::{Side, Told, calendar};
use matching::domain::timetable::html::{Part, page};
use matching::domain::timetable::sheets::{Guest, Names, Revision, Sheets, sheets};
use matching::domain::timetable::{Event, Mode, Seat, Timetable, csv, plan};

use crate::dom;
use crate::stage::{at, company, event, expert};

const NASTY: &str = "<script>alert('x')</script>&\"=1+1,;\\\u{202e}\r\nBEGIN:VEVENT";
const LONG: &str = "情報セキュリティ規程の整備と、標的型メールへの備えについて、どこから手を付ければよいかを相談したい";

fn names(event: &Event) -> Names {
    let guest = |at: usize| Guest {
        name: if at == 0 { NASTY.to_owned() } else { format!("株式会社 見本{at}") },
        people: at as u32 % 3,
        question: at.is_multiple_of(2).then(|| LONG.to_owned()),
    };
    Names {
        title: "サイバーセキュリティ相談会".to_owned(),
        venue: "商工会議所 3階, 第1会議室; 北".to_owned(),
        experts: (0..event.experts.len()).map(|at| (expert(at), format!("専門家{at}"))).collect(),
        companies: (0..event.companies.len()).map(|at| (company(at), guest(at))).collect(),
    }
}

fn shown(event: &Event) -> (Timetable, Sheets) {
    let timetable = plan(event, &[], Mode::AsManyAsPossible).unwrap();
    let revision = Revision { number: 2, at: at("09:00") };
    let sheets = sheets(event, &timetable, &names(event), revision);
    (timetable, sheets)
}

#[test]
fn the_page_holds_every_consultation_once_a_sheet_and_nothing_runs() {
    let event = event(14, 4, 3, 4);
    let (timetable, sheets) = shown(&event);
    let written = page(&sheets, Part::Everything).unwrap();
    let page = dom::read(&written);
    assert_eq!(page.count("script") + page.count("img") + page.count("link"), 0);
    assert_eq!(page.count("section"), 1 + 1 + 4 + 4);
    let grid: Vec<_> = page.texts("table.grid td").into_iter().map(|text| text.replace("専門家", " ")).collect();
    assert_eq!(grid.len(), 12);
    for seat in &timetable.seats {
        let name = dom::squeezed(&names(&event).companies[&seat.company].name);
        let shown = grid.iter().filter(|cell| cell.starts_with(&name)).count();
        assert!(shown >= 1, "{name} in {grid:?}");
    }
    let waiting = page.texts("section.waiting tbody tr");
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|row| row.contains("担当数が上限")), "{waiting:?}");
    assert!(!written.contains('\u{202e}'));
}

#[test]
fn what_is_posted_tells_neither_questions_nor_who_waits() {
    let event = event(14, 4, 3, 4);
    let (timetable, sheets) = shown(&event);
    for part in [Part::Event, Part::Booth(0)] {
        let page = page(&sheets, part).unwrap();
        assert!(!page.contains(LONG) && !page.contains("キャンセル待ち"));
    }
    let asked = |seat: &&Seat| names(&event).companies[&seat.company].question.is_some();
    let asked: BTreeSet<&str> = timetable.seats.iter().filter(asked).map(|seat| seat.expert.as_str()).collect();
    assert!(!asked.is_empty());
    for present in &event.experts {
        let page = page(&sheets, Part::Expert(&present.expert)).unwrap();
        assert_eq!(page.contains(LONG), asked.contains(present.expert.as_str()));
    }
    assert_eq!((page(&sheets, Part::Expert("nobody")), page(&sheets, Part::Booth(9))), (None, None));
}

#[test]
fn an_experts_sheet_shows_free_rounds_too_but_none_in_which_the_expert_is_away() {
    let mut event = event(4, 2, 4, 2);
    event.experts[0].rounds = Some(BTreeSet::from([0, 1, 3]));
    let (timetable, sheets) = shown(&event);
    let seen: Vec<usize> =
        timetable.seats.iter().filter(|seat| seat.expert == expert(0)).map(|seat| seat.round + 1).collect();
    let rows = &sheets.experts[&expert(0)].1;
    assert_eq!(rows.iter().map(|row| row.round).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!(rows.iter().filter(|row| row.guest.is_some()).map(|row| row.round).collect::<Vec<_>>(), seen);
}

#[test]
fn the_table_is_read_back_by_rows_and_no_name_is_a_formula() {
    let event = event(12, 4, 3, 4);
    let mut names = names(&event);
    names.companies.get_mut(&company(3)).unwrap().name = "=HYPERLINK(\"x\")".to_owned();
    names.companies.get_mut(&company(4)).unwrap().name = "＋81".to_owned();
    let timetable = plan(&event, &[], Mode::Everybody).unwrap();
    let sheets = sheets(&event, &timetable, &names, Revision { number: 1, at: at("09:00") });
    let read = |text: &str| -> Vec<Vec<String>> {
        let text = text.strip_prefix('\u{feff}').expect("Excel asks for a mark");
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let rows = read(&csv::event(&sheets));
    assert_eq!(rows.len(), 12);
    let first: Vec<_> = rows[0][..5].iter().map(String::as_str).collect();
    assert_eq!(first, ["1", "2024-11-12", "14:50", "15:10", "A"]);
    let cells: Vec<&String> = rows.iter().flatten().collect();
    assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '＋', '\r', '\n'])));
    assert!(cells.iter().any(|cell| *cell == "'=HYPERLINK(\"x\")"));
    let experts: usize = (0..4).map(|at| read(&csv::expert(&sheets, &expert(at)).unwrap()).len()).sum();
    let booths: usize = (0..4).map(|at| read(&csv::booth(&sheets, at).unwrap()).len()).sum();
    assert_eq!((experts, booths), (12, 12));
    assert_eq!(csv::expert(&sheets, "nobody"), None);
    assert!(read(&csv::waiting(&sheets)).is_empty());
}

/// A calendar as a program reads it.
fn read(text: &str) -> Vec<Entry> {
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n']));
    }
    assert!(text.contains("METHOD:PUBLISH\r\n"));
    let calendar: Calendar = text.parse().unwrap();
    let entry = |component: &CalendarComponent| match component {
        CalendarComponent::Event(entry) => entry.clone(),
        other => panic!("{other:?}"),
    };
    calendar.components.iter().map(entry).collect()
}

fn told<'a>(event: &'a Event, seats: &'a [Seat], before: &'a [Seat], names: &'a Names, number: u32) -> Told<'a> {
    Told { event_id: "event-1", event, seats, before, names, revision: Revision { number, at: at("09:00") } }
}

#[test]
fn an_experts_calendar_holds_each_company_and_its_question() {
    let event = event(12, 4, 3, 4);
    let (timetable, _) = shown(&event);
    let names = names(&event);
    let mut all = BTreeSet::new();
    for at in 0..4 {
        let id = expert(at);
        let entries = read(&calendar(told(&event, &timetable.seats, &[], &names, 1), Side::Expert(&id)));
        let mine: Vec<&Seat> = timetable.seats.iter().filter(|seat| seat.expert == id).collect();
        assert_eq!(entries.len(), mine.len());
        for (entry, seat) in entries.iter().zip(mine) {
            let guest = &names.companies[&seat.company];
            let summary = entry.get_summary().unwrap();
            assert!(summary.ends_with(&dom::squeezed(&guest.name)), "{summary}");
            assert_eq!(entry.get_description().unwrap().contains(LONG), guest.question.is_some());
            assert_eq!(entry.get_location().unwrap(), format!("{} {}", names.venue, event.booths[seat.booth]));
            let utc = ["20241112T055000Z", "20241112T061500Z", "20241112T064000Z"];
            assert_eq!(entry.property_value("DTSTART"), Some(utc[seat.round]));
            assert_eq!(entry.property_value("STATUS"), Some("CONFIRMED"));
            assert!(all.insert(entry.get_uid().unwrap().to_owned()), "each its own identity");
        }
    }
}

#[test]
fn a_companys_calendar_tells_its_expert_and_nothing_of_others() {
    let event = event(12, 4, 3, 4);
    let (timetable, _) = shown(&event);
    let names = names(&event);
    let text = calendar(told(&event, &timetable.seats, &[], &names, 1), Side::Company(&company(2)));
    let [entry] = read(&text).try_into().unwrap();
    let seat = timetable.seat_of(&company(2)).unwrap();
    assert!(entry.get_summary().unwrap().ends_with(&names.experts[&seat.expert]));
    let whole = format!("{:?}", entry);
    assert!((0..12).filter(|at| *at != 2).all(|at| !whole.contains(&format!("見本{at}"))));
}

#[test]
fn a_seat_that_moves_updates_its_entry_and_one_that_is_gone_is_cancelled() {
    let event = event(2, 2, 3, 2);
    let names = names(&event);
    let seat = |round, who, whom| Seat { round, booth: 0, expert: expert(who), company: company(whom) };
    let before = [seat(0, 0, 0), seat(1, 0, 1)];
    let after = [seat(2, 0, 0), seat(1, 1, 1)];
    let first = read(&calendar(told(&event, &before, &[], &names, 1), Side::Expert(&expert(0))));
    let second = read(&calendar(told(&event, &after, &before, &names, 2), Side::Expert(&expert(0))));
    let find = |entries: &[Entry], name: &str| {
        let ends = |entry: &&Entry| entry.get_summary().unwrap().contains(name);
        let entry = entries.iter().find(ends).unwrap();
        let value = |key: &str| entry.property_value(key).unwrap().to_owned();
        (value("UID"), value("SEQUENCE"), value("STATUS"), value("DTSTART"))
    };
    let (uid, ..) = find(&first, "script");
    assert_eq!(find(&second, "script"), (uid, "2".into(), "CONFIRMED".into(), "20241112T064000Z".into()));
    let (uid, _, _, start) = find(&first, "見本1");
    assert_eq!(find(&second, "見本1"), (uid, "2".into(), "CANCELLED".into(), start));
    // For the company it is the same consultation, with another expert.
    let company = |seats: &[Seat], before: &[Seat], number| {
        let entries = read(&calendar(told(&event, seats, before, &names, number), Side::Company(&company(1))));
        entries.iter().map(|entry| entry.get_uid().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(company(&before, &[], 1), company(&after, &before, 2));
}

#[test]
fn the_same_timetable_is_the_same_file() {
    let event = event(12, 4, 3, 4);
    let (timetable, _) = shown(&event);
    let names = names(&event);
    let one = || calendar(told(&event, &timetable.seats, &[], &names, 1), Side::Expert("e00"));
    assert_eq!(one(), one());
}
