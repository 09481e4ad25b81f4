//! What codes are called, and in which order they stand.

use contract::insights::v1::{Entry, Label, Unit};
use kit_vocabulary::Code;

use super::count::Counter;
use super::places;
use crate::definitions::{Definitions, Dimension};
use crate::domain::held::Held;
use crate::domain::schema::TableId;

/// The order of entries: by list, then by first appearance.
type Order = (u32, u32, u32, u32);

/// A code of a dimension: its number in the dictionary, and the entry that shows it.
pub(super) struct Coded {
    /// None for a code of a list that no fact has.
    pub(super) number: Option<usize>,
    pub(super) entry: Entry,
    order: Order,
}

pub(super) fn label(ja: &str, en: &str) -> Label {
    Label { ja: ja.to_owned(), en: en.to_owned() }
}

pub(super) fn entry(code: &str, label: Label) -> Entry {
    Entry { code: code.to_owned(), label: Some(label), total: false, unit: Unit::Unspecified.into() }
}

/// The last row or column.
pub(super) fn total() -> Entry {
    Entry { total: true, ..entry("total", label("計", "Total")) }
}

fn of_code(code: &Code) -> Label {
    label(&code.ja, &code.en)
}

/// The codes of a dimension that are to be shown, in order: those of the list where all are, and those that `counted` says
/// were counted.
pub(super) fn codes(counter: &Counter<'_>, table: TableId, name: &str, counted: impl Fn(usize) -> bool) -> Vec<Coded> {
    let definitions = Definitions::published();
    let dimension = definitions.dimension(name);
    let Some(dim) = Counter::dim(table, name) else { return Vec::new() };
    let held = counter.held(table);
    let dictionary = held.codes(dim);
    let listed = listed(dimension);
    let all = dimension.show == crate::definitions::Show::All;
    let mut shown = Vec::new();
    for (number, code) in dictionary.iter() {
        let code = counter.instead(dim, number).unwrap_or(code);
        let place = listed.iter().position(|known| known == code);
        if counted(number as usize) || (all && place.is_some()) {
            let (first, number_order) = dictionary.appeared(number);
            let order = order(name, code, place, (first, number_order));
            let entry = shown_as(counter, held, (name, dimension), code, number);
            shown.push(Coded { number: Some(number as usize), entry, order });
        }
    }
    if all {
        let missing = listed.iter().enumerate().filter(|(_, code)| dictionary.find(code).is_none());
        let add = |(at, code): (usize, &String)| Coded {
            number: None,
            entry: shown_as(counter, held, (name, dimension), code, u32::MAX),
            order: order(name, code, Some(at), (0, 0)),
        };
        shown.extend(missing.map(add));
    }
    shown.sort_by(|a, b| a.order.cmp(&b.order).then_with(|| a.entry.code.cmp(&b.entry.code)));
    shown
}

fn listed(dimension: &Dimension) -> Vec<String> {
    let values = dimension.values.iter().map(|value| value.code.clone());
    let list = dimension.list.as_deref().and_then(kit_vocabulary::list);
    values.chain(list.iter().flat_map(|list| list.codes()).map(|code| code.code.clone())).collect()
}

fn order(name: &str, code: &str, place: Option<usize>, (first, number): (u32, u32)) -> Order {
    match (name, place) {
        (_, _) if code.is_empty() => (2_000_000, 0, 0, 0),
        ("region" | "residence" | "prefecture", _) => {
            let (place, within) = places::order(code);
            (place, within, first, number)
        }
        // By what they say: the year and the month.
        ("month", None) => (0, digits(code), 0, 0),
        ("month" | "programme", _) => (1, digits(code), first, number),
        (_, Some(place)) => (place as u32, 0, 0, 0),
        (_, None) => (1_000_000, first, number, 0),
    }
}

fn digits(code: &str) -> u32 {
    code.chars().filter_map(|c| c.to_digit(10)).fold(0, |sum: u32, digit| sum.wrapping_mul(10).wrapping_add(digit))
}

fn shown_as(
    counter: &Counter<'_>,
    held: &Held,
    (name, dimension): (&str, &Dimension),
    code: &str,
    number: u32,
) -> Entry {
    if code.is_empty() {
        return entry("unknown", label("不明", "Unknown"));
    }
    if let Some(value) = dimension.values.iter().find(|value| value.code == code) {
        return entry(code, value.label());
    }
    if let Some(known) = dimension.list.as_deref().and_then(kit_vocabulary::list).and_then(|list| list.get(code)) {
        return entry(code, of_code(known));
    }
    match name {
        "region" | "residence" | "prefecture" => {
            entry(code, places::known(code).map_or_else(|| label(code, code), of_code))
        }
        "expert" => expert(code, &counter.scope.programme),
        "gathering" => {
            let at = counter.view.at(held.producer());
            let titles = held.titles.get(&number).map(Vec::as_slice).unwrap_or_default();
            let title = titles.iter().rev().find(|(position, _)| *position <= at).map_or(code, |(_, title)| title);
            entry(code, label(title, title))
        }
        "score" => entry(code, held.score_label(number).map_or_else(|| label(code, code), |(ja, en)| label(ja, en))),
        _ => entry(code, label(code, code)),
    }
}

/// A placeholder for an expert of a past programme is shown by its number there, and by the programme, too, where several
/// programmes may stand side by side.
fn expert(id: &str, programme: &str) -> Entry {
    let short = id.strip_prefix("imported-");
    let own =
        short.and_then(|short| short.strip_prefix(programme)?.strip_prefix('-')).filter(|_| !programme.is_empty());
    let code = own.or(short).unwrap_or(id);
    entry(code, label(code, code))
}
