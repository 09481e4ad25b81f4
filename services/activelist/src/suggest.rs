//! `suggest`: terms that begin with what was typed, and the options they belong in.

use contract::search::v1::{SuggestRequest, Suggestion};
use serde_json::{Value, json};

use crate::args::Suggest;
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure, one_line};
use crate::labels::said;
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::search::conditions::{name_of, of_field};
use crate::table::{Column, Table};
use crate::text;

const SECONDS: u64 = 30;

/// Runs the command.
///
/// # Errors
/// When the server refuses.
pub async fn run(args: &Suggest, out: &mut Output) -> Result<Exit, Failure> {
    let request = within(SuggestRequest { typed: args.typed.clone() }, SECONDS);
    let answer = Connection::to(&args.server)?.searching().suggest(request).await.map_err(|status| refused(&status))?;
    let suggestions = answer.into_inner().suggestions;
    if args.json {
        out.line(to_json(&suggestions).to_string());
    } else {
        show(&args.typed, &suggestions, out);
    }
    Ok(Exit::Done)
}

/// For programs.
pub fn to_json(suggestions: &[Suggestion]) -> Value {
    let one = |found: &Suggestion| {
        let label = found.label.clone().unwrap_or_default();
        json!({"condition": found.condition, "code": found.code, "label": label.ja, "label_en": label.en})
    };
    json!({"suggestions": suggestions.iter().map(one).collect::<Vec<_>>()})
}

/// For people.
pub fn show(typed: &str, suggestions: &[Suggestion], out: &mut Output) {
    let lang = out.lang();
    if suggestions.is_empty() {
        out.line(text::NOTHING_SUGGESTED.get(lang, &[("typed", &one_line(typed))]));
        return;
    }
    let [label, option, kind] = [text::LABEL, text::OPTION, text::KIND].map(|name| name.get(lang, &[]));
    let mut table =
        Table::new(vec![Column::text(label, 12, 40), Column::text(option, 12, 40), Column::text(kind, 8, 24)]);
    for found in suggestions {
        let name = (said(found.label.as_ref(), lang).to_owned(), Some(Tone::Heading));
        let option = of_field(&found.condition).map_or(found.condition.as_str(), |condition| condition.option);
        let option = (format!("--{option} {}", found.code), None);
        table.row([name, option, (name_of(&found.condition, lang), Some(Tone::Faint))]);
    }
    let lines = table.lines(Some(out.width().unwrap_or(USUAL_WIDTH)), out.pen());
    lines.into_iter().for_each(|line| out.line(line));
}
