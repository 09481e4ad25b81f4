//! `entries`: the ways into the search, and what each presets.

use contract::search::v1::Entry;
use kit_vocabulary::Lang;
use serde_json::{Value, json};

use crate::args::Entries;
use crate::connect::Connection;
use crate::failure::{Exit, Failure};
use crate::labels::said;
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::search::conditions::{CONDITIONS, name_of};
use crate::search::{self, conditions_json};
use crate::table::{Column, Table, paragraph, width};
use crate::text;

/// Cells before what stands below an entry.
const INDENT: usize = 4;

/// Runs the command.
///
/// # Errors
/// When the server refuses.
pub async fn run(args: &Entries, out: &mut Output) -> Result<Exit, Failure> {
    let entries = search::entries(&Connection::to(&args.server)?).await?;
    if args.json {
        out.line(to_json(&entries).to_string());
    } else {
        show(&entries, out);
    }
    Ok(Exit::Done)
}

/// For programs.
pub fn to_json(entries: &[Entry]) -> Value {
    let one = |entry: &Entry| {
        let (label, about) = (entry.label.clone().unwrap_or_default(), entry.about.clone().unwrap_or_default());
        let preference = |preference: &contract::search::v1::Preference| {
            let label = preference.label.clone().unwrap_or_default();
            json!({"facet": preference.facet, "codes": preference.codes, "label": label.ja, "label_en": label.en})
        };
        json!({
            "code": entry.code,
            "label": label.ja,
            "label_en": label.en,
            "about": about.ja,
            "about_en": about.en,
            "conditions": entry.conditions.as_ref().map(conditions_json).unwrap_or_else(|| json!({})),
            "preferences": entry.preferences.iter().map(preference).collect::<Vec<_>>(),
            "next": entry.next,
        })
    };
    json!({"entries": entries.iter().map(one).collect::<Vec<_>>()})
}

/// For people: a line an entry, and below it what it presets, prefers, and leaves to be asked.
pub fn show(entries: &[Entry], out: &mut Output) {
    let (lang, room, pen) = (out.lang(), out.width().unwrap_or(USUAL_WIDTH), out.pen());
    let mut table = Table::new(vec![
        Column::text(text::CODE.get(lang, &[]), 9, 12),
        Column::text(text::ENTRY.get(lang, &[]), 20, 44),
        Column::text(text::ABOUT.get(lang, &[]), 20, 80),
    ]);
    for entry in entries {
        let name = (said(entry.label.as_ref(), lang).to_owned(), Some(Tone::Heading));
        let about = (said(entry.about.as_ref(), lang).to_owned(), Some(Tone::Faint));
        table.row([(entry.code.clone(), Some(Tone::Good)), name, about]);
    }
    let mut lines = table.lines(Some(room), pen).into_iter();
    lines.next().into_iter().for_each(|heading| out.line(heading));
    let leads = [text::PRESETS, text::PREFERS, text::ASK_NEXT].map(|name| name.get(lang, &[]));
    let widest = leads.iter().map(|lead| width(lead)).max().unwrap_or(0);
    for (entry, line) in entries.iter().zip(lines) {
        out.line(line);
        for (lead, parts) in leads.iter().zip(below(entry, lang)) {
            let lead = format!("{}{lead}{}  ", " ".repeat(INDENT), " ".repeat(widest - width(lead)));
            let parts: Vec<_> = parts.into_iter().map(|part| (part, None)).collect();
            paragraph(&lead, &parts, " · ", room, pen).into_iter().for_each(|line| out.line(line));
        }
    }
}

fn below(entry: &Entry, lang: Lang) -> [Vec<String>; 3] {
    let none = |parts: Vec<String>| if parts.is_empty() { vec![text::NOTHING_PRESET.get(lang, &[])] } else { parts };
    let conditions = entry.conditions.clone().unwrap_or_default();
    let set = CONDITIONS.iter().filter(|condition| !condition.held(&conditions).is_empty());
    let presets = set.map(|c| format!("{} {}", c.name.get(lang, &[]), c.told(&conditions, lang)));
    let prefers = entry.preferences.iter().map(|preference| said(preference.label.as_ref(), lang).to_owned());
    let next = entry.next.iter().map(|field| name_of(field, lang));
    [none(presets.collect()), none(prefers.collect()), none(next.collect())]
}
