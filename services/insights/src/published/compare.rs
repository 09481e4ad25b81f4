//! The comparison.

use contract::insights::v1::{Difference, Entry, Label, Line, PublishedNumber, Report, ReportState, Table, Unit};
use kit_vocabulary::Lang;

use super::Publication;
use super::groups::Groups;
use super::numbers::{Cell, Number};

/// The code of a row or column over the others.
const TOTAL: &str = "total";

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// Every number that does not hold, in the order of publication; given ones last.
    pub differences: Vec<Difference>,
    /// Numbers that were compared with a recomputed one.
    pub compared: usize,
    /// Numbers that a report recomputes, but for want of data.
    pub no_data: usize,
}

/// Compares the numbers of a publication, and those given besides, with reports.
///
/// A number with a recomputed one beside it holds when that rounds to it. One without is measured by what else was
/// published of the same thing: it does not hold when it disagrees with what most of it says, or with any of it where no
/// part has more to say than another.
pub fn compare(publication: Option<&Publication>, given: &[PublishedNumber], reports: &[Report]) -> Compared {
    let mut numbers: Vec<Number> = publication.map(|publication| publication.numbers.clone()).unwrap_or_default();
    numbers.extend(given.iter().map(Number::given));
    let groups = Groups::of(&numbers, publication.map(|publication| publication.same.as_slice()).unwrap_or_default());
    let mut compared = Compared::default();
    for (at, number) in numbers.iter().enumerate() {
        let found = number.cell.as_ref().map(|cell| look(reports, cell, number.unit));
        let (wrong, recomputed) = match found {
            Some(Some(value)) => {
                compared.compared += 1;
                (!number.holds(value), Some(value))
            }
            Some(None) => {
                compared.no_data += 1;
                (contradicted(&numbers, &groups, at), None)
            }
            None => (!number.made && contradicted(&numbers, &groups, at), None),
        };
        if wrong {
            compared.differences.push(difference(&numbers, &groups, at, recomputed, reports));
        }
    }
    compared
}

fn table<'a>(reports: &'a [Report], cell: &Cell) -> Option<&'a Table> {
    let report = reports.iter().find(|report| report.info.as_ref().is_some_and(|info| info.report == cell.report))?;
    let ready = report.state() == ReportState::Ready;
    report.tables.iter().find(|table| ready && table.table == cell.table)
}

/// The recomputed number; none without data, and none of another unit.
fn look(reports: &[Report], cell: &Cell, unit: Unit) -> Option<i64> {
    let table = table(reports, cell)?;
    let (rows, columns) = (table.rows.as_ref()?, table.columns.as_ref()?);
    let place = |entries: &[Entry], code: &str| entries.iter().position(|entry| entry.code == code);
    match (place(&rows.entries, &cell.row), place(&columns.entries, &cell.column)) {
        (Some(row), Some(column)) => {
            let same = columns.entries[column].unit() == unit;
            table.lines.get(row).map(|line: &Line| line.cells.as_slice())?.get(column).filter(|_| same)?.value
        }
        // Not every table has totals.
        _ if [&cell.row, &cell.column].into_iter().any(|code| code == TOTAL) => None,
        // What nothing was counted of is not among the rows, nor among the columns where they tell things apart.
        (None, Some(column)) => (unit == Unit::Count && columns.entries[column].unit() == unit).then_some(0),
        (_, None) => (unit == Unit::Count && columns.dimension != "measure").then_some(0),
    }
}

/// Whether what else was published speaks against a number.
fn contradicted(numbers: &[Number], groups: &Groups, at: usize) -> bool {
    let members = groups.with(at);
    let support = |at: usize| members.iter().filter(|other| numbers[at].agrees(&numbers[**other])).count();
    let own = support(at);
    let most = members.iter().map(|at| support(*at)).max().unwrap_or(own);
    let least = members.iter().map(|at| support(*at)).min().unwrap_or(own);
    own < members.len() && (own < most || most == least) && !(numbers[at].made && own == most)
}

fn difference(
    numbers: &[Number],
    groups: &Groups,
    at: usize,
    recomputed: Option<i64>,
    reports: &[Report],
) -> Difference {
    let number = &numbers[at];
    let others = groups.with(at).iter().filter(|other| **other != at).map(|other| &numbers[*other]);
    // Those that say otherwise first.
    let (agreeing, disagreeing): (Vec<&Number>, Vec<&Number>) = others.partition(|other| other.agrees(number));
    let mut elsewhere: Vec<PublishedNumber> = Vec::new();
    for other in disagreeing.into_iter().chain(agreeing) {
        let told = |known: &PublishedNumber| (&known.place, known.value) == (&other.place, other.value);
        if other.place != number.place && !elsewhere.iter().any(told) {
            elsewhere.push(other.wire());
        }
    }
    Difference {
        published: Some(number.wire()),
        about: Some(about(number, reports)),
        recomputed,
        elsewhere,
        note: number.note.clone(),
    }
}

/// What a number says: its own words, or the table's with the names of row and column.
fn about(number: &Number, reports: &[Report]) -> Label {
    let Some(cell) = number.cell.as_ref().filter(|_| number.of_table) else { return number.about.clone() };
    let known = table(reports, cell);
    let title = known.and_then(|table| table.title.clone()).filter(|_| number.about == Label::default());
    let title = title.unwrap_or_else(|| number.about.clone());
    let named = |axis: Option<&contract::insights::v1::Axis>, code: &str| {
        let entry = axis.and_then(|axis| axis.entries.iter().find(|entry| entry.code == code));
        entry.and_then(|entry| entry.label.clone()).unwrap_or_else(|| name(code))
    };
    let row = named(known.and_then(|table| table.rows.as_ref()), &cell.row);
    let column = named(known.and_then(|table| table.columns.as_ref()), &cell.column);
    let said = |title: &str, row: &str, column: &str, between: &str| {
        let parts = [row, column].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between);
        if title.is_empty() { parts } else { format!("{title}: {parts}") }
    };
    Label { ja: said(&title.ja, &row.ja, &column.ja, "・"), en: said(&title.en, &row.en, &column.en, ", ") }
}

/// A code in words, where no report tells them.
fn name(code: &str) -> Label {
    if code == TOTAL {
        return Label { ja: "計".to_owned(), en: "total".to_owned() };
    }
    const LISTS: [&str; 6] =
        ["prefectures", "cities", "company_industries", "themes", "needs", "non_conversion_reasons"];
    let known = LISTS.into_iter().filter_map(kit_vocabulary::list).find(|list| list.get(code).is_some());
    let label = |lang| known.and_then(|list| list.label(code, lang)).unwrap_or(code).to_owned();
    Label { ja: label(Lang::Ja), en: label(Lang::En) }
}
