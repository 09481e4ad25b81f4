//! Timetables to print, for spreadsheets and for calendars.

use contract::matching::v1::*;
use html5ever::tendril::TendrilSink as _;
use icalendar::{Calendar, CalendarComponent, Component as _};
use kit_log::KeyStore as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use tonic::Code;

use crate::stage::{FIRST, SECOND, Stage, apply, faults, faults_of, plan_on, reason_of};
use crate::timetables::{made, want};

on_both!(
    a_page_shows_who_meets_whom,
    a_table_opens_in_a_spreadsheet,
    a_calendar_has_the_own_consultations,
    each_is_shown_what_is_theirs,
    what_cannot_be_printed_is_said,
);

fn print(event: &str, format: PrintFormat, part: &str) -> PrintTimetableRequest {
    PrintTimetableRequest { event: event.to_owned(), format: format.into(), part: part.to_owned() }
}

async fn printed(stage: &Stage, event: &str, format: PrintFormat, part: &str) -> (String, PrintTimetableResponse) {
    let answer = stage.counsellor().print_timetable(print(event, format, part)).await.unwrap().into_inner();
    assert!(answer.file_name.is_ascii() && !answer.file_name.contains(['/', '\\', '"', ' ']), "{}", answer.file_name);
    (String::from_utf8(answer.body.to_vec()).unwrap(), answer)
}

/// What a browser makes of a page: its text, and the names of its elements.
fn walk(node: &Handle, text: &mut String, elements: &mut Vec<String>) {
    match &node.data {
        NodeData::Text { contents } => text.push_str(&contents.borrow()),
        NodeData::Element { name, .. } => elements.push(name.local.to_string()),
        _ => {}
    }
    node.children.borrow().iter().for_each(|child| walk(child, text, elements));
}

/// Two companies at the first expert, one at the second; names that would break a page or a spreadsheet.
async fn afternoon(stage: &Stage) -> (ConsultationEvent, Vec<Application>, Timetable) {
    stage.others.company("companies/c-1", "<script>alert('a')</script> & \"見本\"");
    stage.others.company("companies/c-2", "=HYPERLINK(\"http://example.com\"),見本");
    let event = stage.held(plan_on("11-05")).await;
    let mut applied = want(stage, &event.name, "T1", &[1, 2]).await;
    applied.extend(want(stage, &event.name, "T4", &[3]).await);
    let timetable = made(stage, &event.name).await;
    (event, applied, timetable)
}

async fn a_page_shows_who_meets_whom(stage: &Stage) {
    let (event, _, _) = afternoon(stage).await;
    let (page, answer) = printed(stage, &event.name, PrintFormat::Html, "").await;
    assert_eq!(answer.media_type, "text/html; charset=utf-8");
    assert!(answer.file_name.ends_with(".html"));
    let (mut text, mut elements) = (String::new(), Vec::new());
    let parsed = html5ever::parse_document(RcDom::default(), Default::default()).one(page);
    walk(&parsed.document, &mut text, &mut elements);
    assert!(elements.contains(&"table".to_owned()) && !elements.contains(&"script".to_owned()), "{elements:?}");
    for shown in ["<script>alert('a')</script> & \"見本\"", "見本製作所3", "例野 一", "例野 二", "14:50", "商工会議所"]
    {
        assert!(text.contains(shown), "{shown}");
    }
    let (page, _) = printed(stage, &event.name, PrintFormat::Html, SECOND).await;
    assert!(page.contains("例野 二") && page.contains("見本製作所3") && page.contains("質問3"));
    assert!(!page.contains("例野 一") && !page.contains("質問1"));
    let (page, _) = printed(stage, &event.name, PrintFormat::Html, "booths/A").await;
    assert!(page.contains("15:15") && !page.contains("質問"), "no questions on a door");
    assert_eq!(stage.others.counted(), 0);
}

async fn a_table_opens_in_a_spreadsheet(stage: &Stage) {
    let (event, applied, timetable) = afternoon(stage).await;
    let (table, answer) = printed(stage, &event.name, PrintFormat::Csv, "").await;
    assert_eq!(answer.media_type, "text/csv; charset=utf-8");
    let table = table.strip_prefix('\u{feff}').expect("a byte order mark").to_owned();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6, "three rounds, two booths");
    assert!(rows.iter().flatten().all(|cell| !cell.starts_with('=')), "{rows:?}");
    let cells: Vec<&str> = rows.iter().flatten().collect();
    assert!(cells.contains(&"見本製作所3") && cells.contains(&"<script>alert('a')</script> & \"見本\""));
    let (table, _) = printed(stage, &event.name, PrintFormat::Csv, &applied[2].name).await;
    let mut reader = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let seat = timetable.seats.iter().find(|seat| seat.application == applied[2].name).unwrap();
    assert_eq!((rows.len(), &rows[0][0], &rows[0][4]), (1, seat.round.to_string().as_str(), seat.booth.as_str()));
    assert_eq!((&rows[0][5], &rows[0][6], &rows[0][7]), ("例野 二", "見本製作所3", "2"));
}

fn entries(text: &str) -> Vec<icalendar::Event> {
    let calendar: Calendar = text.parse().unwrap();
    let events = calendar.components.into_iter().filter_map(|component| match component {
        CalendarComponent::Event(event) => Some(event),
        _ => None,
    });
    events.collect()
}

async fn a_calendar_has_the_own_consultations(stage: &Stage) {
    let (event, applied, timetable) = afternoon(stage).await;
    let (calendar, answer) = printed(stage, &event.name, PrintFormat::Ics, FIRST).await;
    assert_eq!(answer.media_type, "text/calendar; charset=utf-8");
    assert!(answer.file_name.ends_with(".ics"));
    let own = entries(&calendar);
    assert_eq!(own.len(), 2);
    assert!(own.iter().all(|entry| entry.property_value("STATUS") == Some("CONFIRMED")));
    let (calendar, _) = printed(stage, &event.name, PrintFormat::Ics, &applied[2].name).await;
    let company = entries(&calendar);
    let seat = timetable.seats.iter().find(|seat| seat.application == applied[2].name).unwrap();
    let starts = ["20241105T055000Z", "20241105T061500Z", "20241105T064000Z"];
    let round = usize::try_from(seat.round - 1).unwrap();
    assert_eq!(company[0].property_value("DTSTART"), Some(starts[round]));
    assert!(company[0].get_summary().unwrap().contains("例野 二"));

    let call_off = CallOffRequest { name: applied[2].name.clone(), ..Default::default() };
    stage.counsellor().call_off(call_off).await.unwrap();
    let (calendar, _) = printed(stage, &event.name, PrintFormat::Ics, &applied[2].name).await;
    let gone = entries(&calendar);
    assert_eq!(gone[0].property_value("STATUS"), Some("CANCELLED"));
    assert_eq!(gone[0].get_uid(), company[0].get_uid(), "what a calendar has is taken back");
}

async fn each_is_shown_what_is_theirs(stage: &Stage) {
    let (event, applied, _) = afternoon(stage).await;
    let own = print(&event.name, PrintFormat::Html, "");
    let page = stage.expert(SECOND).print_timetable(own).await.unwrap().into_inner();
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(page.contains("見本製作所3") && !page.contains("例野 一"), "an expert gets the own one");
    for part in [FIRST, "booths/A", &applied[0].name] {
        let refused = stage.expert(SECOND).print_timetable(print(&event.name, PrintFormat::Html, part)).await;
        assert_eq!(reason_of(&refused.unwrap_err()), "NOT_OWN", "{part}");
    }
    stage.expert(SECOND).print_timetable(print(&event.name, PrintFormat::Csv, &applied[2].name)).await.unwrap();
    let nothing = stage.elsewhere().print_timetable(print(&event.name, PrintFormat::Html, "")).await.unwrap_err();
    assert_eq!(reason_of(&nothing), "NOT_OWN");
    stage.elsewhere().apply(apply(&event.name, "companies/c-4")).await.unwrap();
    made(stage, &event.name).await;
    let page = stage.elsewhere().print_timetable(print(&event.name, PrintFormat::Html, "")).await.unwrap().into_inner();
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(page.contains("見本製作所4") && !page.contains("見本製作所3"), "only the company that it brought");

    stage.keys.destroy("c-3").await.unwrap();
    let (page, _) = printed(stage, &event.name, PrintFormat::Html, SECOND).await;
    assert!(!page.contains("見本製作所3") && !page.contains("質問3"), "gone with the key");
}

async fn what_cannot_be_printed_is_said(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let refused = async |request: PrintTimetableRequest| stage.counsellor().print_timetable(request).await.unwrap_err();
    let none = refused(print(&event.name, PrintFormat::Html, "")).await;
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "NO_TIMETABLE".to_owned()));
    want(stage, &event.name, "T1", &[1]).await;
    made(stage, &event.name).await;
    let odd = PrintTimetableRequest { event: "x".to_owned(), ..Default::default() };
    assert_eq!(faults_of(&refused(odd).await), faults(&[("event", "BAD_NAME"), ("format", "REQUIRED")]));
    for part in ["booths/C", "experts/e-3", "applications/x", "x"] {
        let told = faults_of(&refused(print(&event.name, PrintFormat::Csv, part)).await);
        assert_eq!(told, faults(&[("part", "NOT_IN_TIMETABLE")]), "{part}");
    }
    for part in ["", "booths/A"] {
        let told = faults_of(&refused(print(&event.name, PrintFormat::Ics, part)).await);
        assert_eq!(told, faults(&[("part", "ONE_PART_ONLY")]), "{part}");
    }
    stage.others.search_away(true);
    let away = refused(print(&event.name, PrintFormat::Html, "")).await;
    assert_eq!((away.code(), reason_of(&away)), (Code::Unavailable, "SEARCH_AWAY".to_owned()));
}
