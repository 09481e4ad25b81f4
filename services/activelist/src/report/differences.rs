//! What was published and does not hold, as a table.

use contract::event::v1::Token;
use contract::insights::v1::{Chart, CompareWithPublishedResponse, Difference, PublishedNumber, Scope, Unit};
use kit_clock::Timestamp;
use kit_vocabulary::Lang;

use super::book::{Book, Column, Grid, MEASURE, Row, Value, figure, label, moment_facts, scope_facts};
use super::figures;
use crate::failure::one_line;
use crate::text::{self, Text};

const REPORT: &str = "contradictions";

/// A comparison as it is written.
pub fn book(
    compared: &CompareWithPublishedResponse,
    scope: &Scope,
    as_of: Option<Timestamp>,
    made: Timestamp,
    lang: Lang,
) -> Book {
    let title = text::DIFFERENCES_TITLE.get(lang, &[]);
    let count = |name: Text, count: i64| (name.get(lang, &[]), figures::said(count, Unit::Count, lang));
    let mut facts = vec![
        count(text::COMPARED, compared.compared.into()),
        count(text::DIFFERING, compared.differences.len() as i64),
        count(text::NOT_COMPARED, compared.no_data.into()),
    ];
    // Without a wish of the caller's, the scope is the publication's own.
    if *scope != Scope::default() {
        facts.extend(scope_facts(scope, lang));
    }
    facts.extend(moment_facts(&compared.positions.iter().collect::<Vec<&Token>>(), as_of, made, lang));
    let column = |code: &str, name: Text, long: bool| Column {
        code: code.to_owned(),
        label: name.get(lang, &[]),
        unit: None,
        total: false,
        long,
    };
    let note = if compared.differences.is_empty() { text::ALL_HOLDS.get(lang, &[]) } else { String::new() };
    let grid = Grid {
        report: REPORT.to_owned(),
        chapter: title.clone(),
        table: String::new(),
        title: title.clone(),
        figure: String::new(),
        population: String::new(),
        note,
        corner: text::DIFFERS_PLACE.get(lang, &[]),
        across: MEASURE.to_owned(),
        columns: vec![
            column("about", text::DIFFERS_ABOUT, false),
            column("published", text::DIFFERS_PUBLISHED, false),
            column("recomputed", text::DIFFERS_RECOMPUTED, false),
            column("elsewhere", text::DIFFERS_ELSEWHERE, true),
            column("note", text::NOTE, true),
        ],
        rows: compared.differences.iter().map(|difference| row(difference, lang)).collect(),
        chart: Chart::Unspecified,
    };
    Book { title, facts, grids: vec![grid], missing: Vec::new(), lang }
}

fn row(difference: &Difference, lang: Lang) -> Row {
    let published = difference.published.clone().unwrap_or_default();
    let unit = published.unit();
    let recomputed = difference.recomputed.map_or(Value::None, |value| Value::Number(value, unit));
    let elsewhere = difference
        .elsewhere
        .iter()
        .map(|number| format!("{}: {}", place(&number.place, lang), figures::brief(number.value, number.unit(), lang)));
    let note = difference.note.as_ref().map(|note| label(Some(note), "", lang)).unwrap_or_default();
    Row {
        code: published.place.clone(),
        label: place(&published.place, lang),
        total: false,
        cells: vec![
            Value::Text(label(difference.about.as_ref(), &coordinates(&published), lang)),
            Value::Number(published.value, unit),
            recomputed,
            Value::Text(elsewhere.collect::<Vec<_>>().join(&text::COMMA.get(lang, &[]))),
            Value::Text(note),
        ],
    }
}

fn coordinates(number: &PublishedNumber) -> String {
    [&number.report, &number.table, &number.row, &number.column].map(String::as_str).join(" ").trim().to_owned()
}

/// A figure, a section of the text, or a name that is neither; behind it how the number was made: `2-47～2-51 (22/34)`.
fn place(place: &str, lang: Lang) -> String {
    let behind = place.find(" (").or_else(|| place.find(' ').filter(|_| !place.contains(", ")));
    let (name, behind) = place.split_at(behind.unwrap_or(place.len()));
    let digits = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit());
    let is_figure =
        |part: &str| part.split_once('-').is_some_and(|(chapter, number)| digits(chapter) && digits(number));
    let name = if place.is_empty() {
        text::DERIVED.get(lang, &[])
    } else if name.split(['～', '、', ',']).map(str::trim).all(is_figure) {
        figure(name, lang)
    } else if name.split('.').all(digits) {
        text::SECTION.get(lang, &[("place", name)])
    } else {
        one_line(name)
    };
    format!("{name}{}", one_line(behind))
}
