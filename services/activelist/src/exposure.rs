//! `exposure`: how evenly the experts are shown, opened and introduced.

use contract::search::v1::{
    ExpertExposure, ExposureGroup, ExposureKind, ExposureSpread, GetExposureRequest, GetExposureResponse,
    GetSheetRequest,
};
use kit_vocabulary::Lang;
use serde_json::{Value, json};

use crate::args::Exposure;
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure, Placed};
use crate::labels::{day, label};
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::{Cell, Column, Table};
use crate::text::{self, Text};
use crate::{marks, search};

const SECONDS: u64 = 30;

/// Runs the command.
///
/// # Errors
/// When the menu is none, or the server refuses.
pub async fn run(args: &Exposure, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    let request = GetExposureRequest { menu: menu(args)?, extremes: args.extremes, ..Default::default() };
    let mut seen = ask(&to, request.clone()).await?;
    if let Some(days) = args.days.filter(|days| *days != seen.last_day - seen.first_day + 1) {
        // Which day it is, the server knows.
        let first_day = seen.last_day - days + 1;
        seen = ask(&to, GetExposureRequest { first_day, last_day: seen.last_day, ..request.clone() }).await?;
    }
    if args.json {
        out.line(to_json(&seen).to_string());
        return Ok(Exit::Done);
    }
    let named = Named::ask(&to, &seen).await;
    show(&seen, &request.menu, &named, out);
    Ok(Exit::Done)
}

fn menu(args: &Exposure) -> Result<String, Failure> {
    let Some(typed) = &args.menu else { return Ok(String::new()) };
    match kit_vocabulary::menus().find(typed) {
        Some(menu) => Ok(menu.code.clone()),
        None => {
            let what = text::NO_SUCH_MENU.fill(&[("menu", typed)]);
            let meant = search::meant("menu", kit_vocabulary::menus(), typed);
            Err(Failure::input(what, text::ADVICE_CONDITION).with(vec![meant]))
        }
    }
}

async fn ask(to: &Connection, request: GetExposureRequest) -> Result<GetExposureResponse, Failure> {
    let answer = to.searching().get_exposure(within(request, SECONDS)).await;
    answer.map(tonic::Response::into_inner).map_err(|status| {
        let failure = refused(&status);
        let faults =
            failure.faults.iter().map(|fault| Placed { place: place(&fault.place), ..fault.clone() }).collect();
        failure.with(faults)
    })
}

fn place(field: &str) -> String {
    match field {
        "first_day" | "last_day" => "--days".to_owned(),
        "extremes" | "menu" => format!("--{field}"),
        other => other.to_owned(),
    }
}

/// Names and numbers of experts by `experts/<id>`.
#[derive(Debug, Clone, Default)]
pub struct Named(pub Vec<(String, String)>);

impl Named {
    /// Asks for those an answer names; who is not listed any more keeps the name of the resource.
    async fn ask(to: &Connection, seen: &GetExposureResponse) -> Self {
        let mut named = Self::default();
        for expert in seen.least.iter().chain(&seen.most) {
            if named.0.iter().any(|(name, _)| *name == expert.name) {
                continue;
            }
            // Whoever looks at a table of counts must not add to them.
            let request = GetSheetRequest { name: expert.name.clone(), uncounted: true, ..Default::default() };
            let answer = to.searching().get_sheet(within(request, SECONDS)).await;
            let hit = answer.ok().and_then(|answer| answer.into_inner().sheet?.summary);
            if let Some(hit) = hit {
                named.0.push((expert.name.clone(), format!("{} {}", hit.full_name, hit.registration_number)));
            }
        }
        named
    }

    fn of<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.iter().find(|(known, _)| known == name).map_or(name, |(_, said)| said)
    }
}

/// For programs.
pub fn to_json(seen: &GetExposureResponse) -> Value {
    let group = |group: &ExposureGroup| {
        json!({
            "mark": marks::sign(group.mark),
            "points": group.points,
            "spread": group.spread.as_ref().map(spread_json),
        })
    };
    json!({
        "first_day": seen.first_day,
        "last_day": seen.last_day,
        "spreads": seen.spreads.iter().map(spread_json).collect::<Vec<_>>(),
        "groups": seen.groups.iter().map(group).collect::<Vec<_>>(),
        "least": seen.least.iter().map(expert_json).collect::<Vec<_>>(),
        "most": seen.most.iter().map(expert_json).collect::<Vec<_>>(),
    })
}

fn spread_json(spread: &ExposureSpread) -> Value {
    json!({
        "kind": spread.kind().as_str_name().trim_start_matches("EXPOSURE_KIND_").to_lowercase(),
        "experts": spread.experts,
        "total": spread.total,
        "none": spread.none,
        "gini": spread.gini,
        "most": spread.most,
        "median": spread.median,
    })
}

fn expert_json(expert: &ExpertExposure) -> Value {
    json!({
        "name": expert.name,
        "shown": expert.shown,
        "shown_first": expert.shown_first,
        "opened": expert.opened,
        "introduced": expert.introduced,
    })
}

/// For people; `menu` is the one asked for, or empty.
pub fn show(seen: &GetExposureResponse, menu: &str, named: &Named, out: &mut Output) {
    let lang = out.lang();
    let (first, last) = (day(seen.first_day), day(seen.last_day));
    let days = (seen.last_day - seen.first_day + 1).to_string();
    heading(&text::EXPOSED.get(lang, &[("first", &first), ("last", &last), ("days", &days)]), out);
    let mut spreads = Table::new(columns(vec![Column::text(text::KIND.get(lang, &[]), 9, 30)], lang));
    for spread in &seen.spreads {
        spreads.row(std::iter::once((kind(spread.kind()).get(lang, &[]), None)).chain(figures(spread)));
    }
    table(spreads, out);
    out.line(out.paint(Tone::Faint, &text::GINI_NOTE.get(lang, &[])));
    if !menu.is_empty() {
        let name = format!("{menu} {}", label(kit_vocabulary::menus(), menu, lang));
        out.line("");
        heading(&text::EQUALS.get(lang, &[("menu", &name)]), out);
        groups(&seen.groups, lang, out);
    }
    for (name, experts) in [(text::LEAST_SEEN, &seen.least), (text::MOST_SEEN, &seen.most)] {
        if !experts.is_empty() {
            out.line("");
            heading(&name.get(lang, &[]), out);
            extremes(experts, named, lang, out);
        }
    }
}

fn heading(said: &str, out: &mut Output) {
    out.line(out.paint(Tone::Heading, said));
}

fn table(table: Table, out: &mut Output) {
    let lines = table.indented(2).lines(Some(out.width().unwrap_or(USUAL_WIDTH)), out.pen());
    lines.into_iter().for_each(|line| out.line(line));
}

/// What a line is about, then the figures of a spread.
fn columns(about: Vec<Column>, lang: Lang) -> Vec<Column> {
    let figures = [text::EXPERTS, text::TIMES, text::UNSEEN, text::MEDIAN, text::GREATEST, text::GINI];
    about.into_iter().chain(figures.map(|name| Column::number(name.get(lang, &[])))).collect()
}

fn figures(spread: &ExposureSpread) -> impl Iterator<Item = Cell> {
    let counts = [spread.experts, spread.total, spread.none, spread.median, spread.most].map(|count| count.to_string());
    counts.into_iter().chain([format!("{:.2}", spread.gini)]).map(|figure| (figure, None))
}

fn kind(kind: ExposureKind) -> Text {
    match kind {
        ExposureKind::Shown => text::KIND_SHOWN,
        ExposureKind::ShownFirst => text::KIND_SHOWN_FIRST,
        ExposureKind::Opened => text::KIND_OPENED,
        ExposureKind::Introduced => text::KIND_INTRODUCED,
        ExposureKind::Unspecified => text::KIND,
    }
}

fn groups(groups: &[ExposureGroup], lang: Lang, out: &mut Output) {
    if groups.is_empty() {
        out.line(format!("  {}", text::NO_EQUALS.get(lang, &[])));
        return;
    }
    let mark = Column::text(text::MARK.get(lang, &[]), 4, 6);
    let mut rows = Table::new(columns(vec![mark, Column::number(text::POINTS.get(lang, &[]))], lang));
    for group in groups {
        let spread = group.spread.unwrap_or_default();
        let mark = (marks::sign(group.mark).to_owned(), marks::tone(group.mark));
        rows.row([mark, (group.points.to_string(), None)].into_iter().chain(figures(&spread)));
    }
    table(rows, out);
}

fn extremes(experts: &[ExpertExposure], named: &Named, lang: Lang, out: &mut Output) {
    let kinds = [ExposureKind::ShownFirst, ExposureKind::Shown, ExposureKind::Opened, ExposureKind::Introduced];
    let name = Column::text(text::NAME.get(lang, &[]), 16, 48);
    let mut rows =
        Table::new(std::iter::once(name).chain(kinds.map(|of| Column::number(kind(of).get(lang, &[])))).collect());
    for expert in experts {
        let counts = [expert.shown_first, expert.shown, expert.opened, expert.introduced];
        let counts = counts.map(|count| (count.to_string(), None));
        rows.row(std::iter::once((named.of(&expert.name).to_owned(), None)).chain(counts));
    }
    table(rows, out);
}
