//! A timetable to print: one self-contained page in A4, no script, nothing fetched.

use super::sheets::{Row, Sheets, WaitingRow, clock, date, one_line};
use super::words::words;

const STYLE: &str = include_str!("page.css");
/// Whatever a name might smuggle in, nothing is fetched and nothing runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// What goes onto the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The whole event with its waiting list, then every expert, then every booth, each on its own sheet of paper.
    Everything,
    /// The whole event, to be posted: without waiting list and questions.
    Event,
    /// One expert, by id, with the companies' questions.
    Expert(&'a str),
    /// One booth, by place, for its door: without questions.
    Booth(usize),
}

/// The page; nothing for an expert or a booth that is not there.
pub fn page(sheets: &Sheets, part: Part<'_>) -> Option<String> {
    let sections = match part {
        Part::Event => vec![event(sheets)],
        Part::Expert(id) => vec![expert(sheets, id)?],
        Part::Booth(place) => vec![booth(sheets, place)?],
        Part::Everything => {
            let waiting = (!sheets.waiting.is_empty()).then(|| waiting(&sheets.waiting));
            let whole = std::iter::once(event(sheets)).chain(waiting);
            let experts = sheets.experts.keys().filter_map(|id| expert(sheets, id));
            let booths = (0..sheets.by_booth.len()).filter_map(|place| booth(sheets, place));
            whole.chain(experts).chain(booths).collect()
        }
    };
    let title = escaped(&sheets.title);
    let sections = sections.concat();
    Some(format!(
        "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{sections}</body>\n</html>\n"
    ))
}

/// A text in both languages, each marked as what it is.
fn label(key: &str) -> String {
    let told = words(key);
    format!("{} <span lang=\"en\">{}</span>", escaped(&told.ja), escaped(&told.en))
}

fn section(sheets: &Sheets, kind: &str, heading: &str, body: &str) -> String {
    let revision = sheets.revision.told();
    let when = when(sheets);
    let venue = match sheets.venue.is_empty() {
        true => String::new(),
        false => format!("<p class=\"venue\">{}: {}</p>", label("VENUE"), escaped(&sheets.venue)),
    };
    format!(
        "<section class=\"{kind}\">\n<header><p class=\"title\">{}</p>\n<h1>{heading}</h1>\n{when}{venue}</header>\n{body}\
         <footer>{} <span lang=\"en\">{}</span></footer>\n</section>\n",
        escaped(&sheets.title),
        escaped(&revision.ja),
        escaped(&revision.en),
    )
}

/// The day, or the first and the last one.
fn when(sheets: &Sheets) -> String {
    let days = || sheets.event.iter().map(|row| row.start.japan_day());
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return String::new() };
    let (from, to) = (date(first.start()), date(last.start()));
    let said = |from: &str, to: &str| if first == last { escaped(from) } else { escaped(&format!("{from} – {to}")) };
    format!("<p class=\"when\">{} <span lang=\"en\">{}</span></p>", said(&from.ja, &to.ja), said(&from.en, &to.en))
}

/// Rounds down, booths across.
fn event(sheets: &Sheets) -> String {
    let heads: String = sheets.booths.iter().map(|name| format!("<th scope=\"col\">{}</th>", escaped(name))).collect();
    let rows: String =
        sheets.event.chunks(sheets.booths.len().max(1)).map(|rows| line(rows, many_days(&sheets.event))).collect();
    let many = if sheets.booths.len() > 5 { " many" } else { "" };
    let body = format!(
        "<table class=\"grid{many}\">\n<thead><tr><th scope=\"col\">{}</th>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n",
        label("TIME")
    );
    section(sheets, "event", &label("TIMETABLE"), &body)
}

fn line(rows: &[Row], dated: bool) -> String {
    let cell = |row: &Row| match &row.guest {
        None => format!("<td class=\"free\">{}</td>", label("FREE")),
        Some(guest) => {
            format!("<td><b>{}</b><span class=\"expert\">{}</span></td>", escaped(&guest.name), escaped(&row.expert))
        }
    };
    let cells: String = rows.iter().map(cell).collect();
    rows.first().map_or_else(String::new, |row| format!("<tr>{}{cells}</tr>\n", time(row, dated)))
}

fn time(row: &Row, dated: bool) -> String {
    let day = match dated {
        true => format!("<span class=\"day\">{}</span>", escaped(&date(row.start).ja)),
        false => String::new(),
    };
    let (start, end) = (clock(row.start), clock(row.end));
    format!(
        "<th scope=\"row\">{day}<span class=\"round\">{}</span><span class=\"time\">{start}–{end}</span></th>",
        row.round
    )
}

fn many_days(rows: &[Row]) -> bool {
    rows.first().is_some_and(|first| rows.iter().any(|row| row.start.japan_day() != first.start.japan_day()))
}

fn expert(sheets: &Sheets, id: &str) -> Option<String> {
    let (name, rows) = sheets.experts.get(id)?;
    let cells = |row: &Row| {
        let guest = row.guest.clone().unwrap_or_default();
        let people = if guest.people == 0 { String::new() } else { guest.people.to_string() };
        let question = guest.question.as_deref().unwrap_or_default();
        format!(
            "<td class=\"booth\">{}</td><td><b>{}</b></td><td class=\"number\">{people}</td><td class=\"question\">{}</td>",
            escaped(&row.booth),
            escaped(&guest.name),
            escaped(question)
        )
    };
    let body = list(rows, &["BOOTH", "COMPANY", "PEOPLE", "QUESTION"], cells);
    let heading = format!("{}: {}", label("EXPERT"), escaped(name));
    Some(section(sheets, "one", &heading, &body))
}

fn booth(sheets: &Sheets, place: usize) -> Option<String> {
    let rows = sheets.by_booth.get(place)?;
    let cells = |row: &Row| {
        let company = row.guest.as_ref().map_or_else(String::new, |guest| escaped(&guest.name));
        format!("<td>{}</td><td><b>{company}</b></td>", escaped(&row.expert))
    };
    let body = list(rows, &["EXPERT", "COMPANY"], cells);
    let heading = format!("{}: {}", label("BOOTH"), escaped(&sheets.booths[place]));
    Some(section(sheets, "one", &heading, &body))
}

fn list(rows: &[Row], columns: &[&str], cells: impl Fn(&Row) -> String) -> String {
    let heads: String = columns.iter().map(|key| format!("<th scope=\"col\">{}</th>", label(key))).collect();
    let dated = many_days(rows);
    let free = format!("<td class=\"free\" colspan=\"{}\">{}</td>", columns.len(), label("FREE"));
    let line = |row: &Row| {
        let cells = if row.guest.is_some() { cells(row) } else { free.clone() };
        format!("<tr>{}{cells}</tr>\n", time(row, dated))
    };
    let lines: String = match rows.is_empty() {
        true => format!("<tr><td class=\"free\" colspan=\"{}\">{}</td></tr>\n", columns.len() + 1, label("NOBODY")),
        false => rows.iter().map(line).collect(),
    };
    let time = label("TIME");
    format!(
        "<table>\n<thead><tr><th scope=\"col\">{time}</th>{heads}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n"
    )
}

fn waiting(rows: &[WaitingRow]) -> String {
    let why = |row: &WaitingRow| {
        let each = row
            .why
            .iter()
            .map(|why| format!("<li>{} <span lang=\"en\">{}</span></li>", escaped(&why.ja), escaped(&why.en)));
        each.collect::<String>()
    };
    let line = |(at, row): (usize, &WaitingRow)| {
        format!(
            "<tr><td class=\"number\">{}</td><td><b>{}</b></td><td><ul>{}</ul></td></tr>\n",
            at + 1,
            escaped(&row.company),
            why(row)
        )
    };
    let lines: String = rows.iter().enumerate().map(line).collect();
    format!(
        "<section class=\"waiting\">\n<header><h1>{}</h1></header>\n<table>\n<thead><tr><th></th><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th></tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n</section>\n",
        label("WAITING"),
        label("COMPANY"),
        label("WHY")
    )
}

/// A text as it may stand between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}
