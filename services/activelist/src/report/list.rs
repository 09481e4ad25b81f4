//! `report list`: the reports there are.

use contract::insights::v1::{ListReportsResponse, ReportInfo};
use kit_vocabulary::Lang;
use serde_json::{Value, json};

use super::{ask, book};
use crate::connect::Connection;
use crate::failure::{Exit, Failure, one_line};
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::{Column, Table};
use crate::text;

pub(super) async fn run(to: &Connection, as_json: bool, out: &mut Output) -> Result<Exit, Failure> {
    let known = ask::list(to).await?;
    if as_json {
        out.line(to_json(&known).to_string());
        return Ok(Exit::Done);
    }
    let lang = out.lang();
    let mut table = Table::new(vec![
        Column::text(text::REPORT_NAME.get(lang, &[]), 12, 40),
        Column::text(text::REPORT_TITLE.get(lang, &[]), 16, 60),
        Column::text(text::FIGURES_OF.get(lang, &[]), 6, 24),
        Column::text(text::HEEDS.get(lang, &[]), 8, 40),
    ]);
    known.reports.iter().for_each(|info| table.plain(row(info, lang)));
    table.lines(Some(out.width().unwrap_or(USUAL_WIDTH)), out.pen()).into_iter().for_each(|line| out.line(line));
    if !known.publications.is_empty() {
        let name = text::PUBLICATIONS.get(lang, &[]);
        let all = known.publications.iter().map(|name| one_line(name)).collect::<Vec<_>>().join(", ");
        out.line(out.paint(Tone::Faint, &format!("{name}: {all}")));
    }
    Ok(Exit::Done)
}

fn row(info: &ReportInfo, lang: Lang) -> [String; 4] {
    let scope = |part: &String| format!("--{part}");
    let title = book::label(info.title.as_ref(), &info.report, lang);
    let heeds = info.scope.iter().map(scope).collect::<Vec<_>>().join(" ");
    [info.report.clone(), title, info.figures.join(" "), heeds]
}

fn to_json(known: &ListReportsResponse) -> Value {
    json!({
        "reports": known.reports.iter().map(super::json::info_json).collect::<Vec<_>>(),
        "publications": known.publications,
    })
}
