//! How many there are of each facet value, below the list.

use contract::search::v1::{Conditions, Facet, FacetValue, MarkCount, SearchExpertsResponse};
use kit_vocabulary::Lang;

use super::conditions::{CONDITIONS, name_of};
use crate::labels;
use crate::output::{Pen, Tone};
use crate::table::{Cell, paragraph, width};
use crate::text;

const BETWEEN: &str = " · ";
/// Cells from which a name is long for a line of counts.
const LONG: usize = 16;

/// How much of the counts is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// A line a facet, long names in their short form; bodies and skill items only where they were asked for.
    Some,
    /// Every value.
    All,
}

/// The lines of all facets of an answer, highest counts first, what was selected set off; values that nobody has are left
/// out unless they were selected.
pub fn counts(found: &SearchExpertsResponse, shown: Counted, lang: Lang, room: usize, pen: Pen) -> Vec<String> {
    let none = Conditions::default();
    let conditions = found.conditions.as_ref().unwrap_or(&none);
    let mut blocks: Vec<(String, Vec<Cell>)> = Vec::new();
    for facet in &found.facets {
        let beside = matches!(facet.facet.as_str(), "organisations" | "skill_items");
        let asked = facet.values.iter().any(|value| selected(&facet.facet, &value.code, conditions));
        if shown == Counted::All || asked || !beside {
            blocks.push((name_of(&facet.facet, lang), values(facet, conditions, shown, lang)));
        }
    }
    blocks.push((name_of("marks", lang), marks(&found.menu_marks)));
    blocks.retain(|(_, values)| !values.is_empty());
    let widest = blocks.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let block = |(name, values): (String, Vec<Cell>)| {
        let lead = format!("{name}{}  ", " ".repeat(widest - width(&name)));
        let values = if shown == Counted::Some { fitting(values, width(&lead), room, lang) } else { values };
        paragraph(&lead, &values, BETWEEN, room, pen)
    };
    blocks.into_iter().flat_map(block).collect()
}

fn values(facet: &Facet, conditions: &Conditions, shown: Counted, lang: Lang) -> Vec<Cell> {
    let selected = |value: &FacetValue| selected(&facet.facet, &value.code, conditions);
    let mut values: Vec<&FacetValue> = facet.values.iter().filter(|value| value.count > 0 || selected(value)).collect();
    // Stable: equals stay in the order of their list.
    values.sort_by_key(|value| std::cmp::Reverse(value.count));
    let told = |value: &FacetValue| {
        let label = match labels::said(value.label.as_ref(), lang) {
            "" => value.code.as_str(),
            label => label,
        };
        let condition = CONDITIONS.iter().find(|condition| condition.facet == facet.facet);
        let label = match condition {
            Some(condition) if shown == Counted::Some && width(label) > LONG => {
                labels::short((condition.list)(), &value.code, lang)
            }
            _ => label.to_owned(),
        };
        let label = if matches!(facet.facet.as_str(), "themes" | "skill_items") {
            format!("{} {label}", value.code)
        } else {
            label
        };
        match selected(value) {
            true => (format!("*{label} {}", value.count), Some(Tone::Good)),
            false => (format!("{label} {}", value.count), None),
        }
    };
    values.into_iter().map(told).collect()
}

/// Whether a value was asked for; of fees, every band up to the ceiling was.
fn selected(facet: &str, code: &str, conditions: &Conditions) -> bool {
    if facet == "fee" {
        let place = |code: &str| kit_vocabulary::fees().position(code);
        return place(&conditions.fee_ceiling).is_some_and(|highest| place(code).is_some_and(|at| at <= highest));
    }
    let condition = CONDITIONS.iter().find(|condition| condition.facet == facet);
    condition.is_some_and(|condition| condition.held(conditions).iter().any(|held| held == code))
}

fn marks(menus: &[MarkCount]) -> Vec<Cell> {
    let seen = |menu: &&MarkCount| menu.strong + menu.able > 0;
    let told = |menu: &MarkCount| (format!("{} ◎{} ○{}", menu.code, menu.strong, menu.able), None);
    menus.iter().filter(seen).map(told).collect()
}

/// The first values that fit into one line, with those selected in any case and how many more there are.
fn fitting(values: Vec<Cell>, lead: usize, room: usize, lang: Lang) -> Vec<Cell> {
    let total = values.len();
    let more = |count: usize| text::OTHERS.get(lang, &[("count", &count.to_string())]);
    let takes = |values: &[Cell]| {
        let left = total - values.len();
        let texts = values.iter().map(|(text, _)| width(text));
        let rest = (left > 0).then(|| width(&more(left)));
        let (count, sum) = texts.chain(rest).fold((0, 0), |(count, sum), takes| (count + 1, sum + takes));
        lead + sum + width(BETWEEN) * usize::saturating_sub(count, 1)
    };
    let mut shown = values;
    while takes(&shown) > room {
        let Some(last) = shown.iter().rposition(|(_, tone)| tone.is_none()) else { break };
        shown.remove(last);
    }
    let left = total - shown.len();
    if left > 0 {
        shown.push((more(left), Some(Tone::Faint)));
    }
    shown
}
