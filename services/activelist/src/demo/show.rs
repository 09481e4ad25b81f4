//! The story as it is told on the screen.

use contract::engagement::v1::VisitState;
use contract::notices::v1::Notice;
use contract::search::v1::{Conditions, Hit, SearchExpertsRequest, SearchExpertsResponse, Sheet};
use kit_clock::Timestamp;
use kit_vocabulary::Lang;
use serde_json::json;

use super::again::{Seen, millis};
use super::asked::Asked;
use super::facts::Facts;
use super::lived::Lived;
use super::matched::Matched;
use super::tables::Tables;
use crate::import::Summary;
use crate::output::{Output, Tone};
use crate::report::{Book, terminal_lines};
use crate::table::{Column, Table};
use crate::text::Text;
use crate::{campaign, expert, labels, noticeboard, pairing, search as searching, text};

/// Hits that are shown.
const HITS: usize = 8;
/// Columns where no terminal says how many.
const WIDTH: usize = 120;

fn heading(said: Text, out: &mut Output) {
    out.line("");
    out.line(out.paint(Tone::Heading, &format!("■ {}", said.fill(&[]))));
}

fn heading_with(said: Text, places: &[(&str, &str)], out: &mut Output) {
    out.line("");
    out.line(out.paint(Tone::Heading, &format!("■ {}", said.fill(places))));
}

fn figure(said: Text, figure: i64, out: &mut Output) {
    out.line(format!("  {figure:>6}  {}", said.fill(&[])));
}

fn table(table: &Table, out: &mut Output) {
    let width = out.width().unwrap_or(WIDTH);
    for line in table.clone().indented(2).lines(Some(width), out.pen()) {
        out.line(line);
    }
}

pub(super) fn beginning(out: &mut Output) {
    out.line(out.paint(Tone::Heading, &text::DEMO.fill(&[])));
    out.line(out.paint(Tone::Faint, &text::DEMO_HOW.fill(&[])));
}

/// The campaign with a bar a day.
pub(super) fn asked(asked: &Asked, out: &mut Output) {
    heading(text::DEMO_ASKED, out);
    campaign::show(&asked.campaign, &asked.figures, out);
}

pub(super) fn imported(summary: &Summary, out: &mut Output) {
    heading(text::DEMO_IMPORT, out);
    let warnings: u64 = summary.warnings.values().sum();
    let counts = [("rows", summary.rows.to_string()), ("warnings", warnings.to_string())];
    let places: Vec<(&str, &str)> = counts.iter().map(|(place, count)| (*place, count.as_str())).collect();
    out.line(format!("  {}", text::DEMO_IMPORTED.fill(&places)));
}

pub(super) fn facts(facts: &Facts, out: &mut Output) {
    figure(text::RECEIVED, facts.received, out);
    figure(text::PEOPLE, facts.people, out);
    figure(text::REPEATS, facts.repeats, out);

    heading(text::DEMO_LISTING, out);
    let listed = out.paint(Tone::Good, &format!("{:>6}", facts.listed));
    out.line(format!("  {listed}  {}", text::ON_THE_LIST.fill(&[])));
    for (obstacle, count) in facts.obstacles.iter().filter(|(_, count)| *count > 0) {
        let count = out.paint(Tone::Notice, &format!("{count:>6}"));
        let reason = out.paint(Tone::Faint, &obstacle.reason);
        out.line(format!("  {count}  {} / {}  {reason}", obstacle.ja, obstacle.en));
    }

    heading(text::DEMO_CAPABILITY, out);
    let headings = [text::AREA, text::ALONE, text::WITH_SUPPORT, text::NOT_YET].map(|said| said.get(Lang::Ja, &[]));
    let [area, alone, with_support, not_yet] = headings;
    let numbers = [alone, with_support, not_yet, "◎".to_owned(), "○".to_owned()].map(Column::number);
    let mut rows = Table::new([vec![Column::text(area, 8, 44)], numbers.to_vec()].concat());
    for (area, marks) in facts.capability.iter().zip(&facts.ratings) {
        let name = format!("{} {}", area.area, labels::label(kit_vocabulary::skill_areas(), &area.area, Lang::Ja));
        let figures = [area.alone, area.with_support, area.not_yet, marks.strong, marks.able];
        let figures = figures.map(|figure| figure.to_string());
        rows.plain(std::iter::once(name).chain(figures));
    }
    table(&rows, out);
    out.line(out.paint(Tone::Faint, &format!("  {}", text::DEMO_CAPABILITY_NOTE.fill(&[]))));
}

pub(super) fn search(request: &SearchExpertsRequest, found: &SearchExpertsResponse, out: &mut Output) {
    heading(text::DEMO_SEARCH, out);
    out.line(format!("  {}", said(request.conditions.as_ref())));
    hits(found, None, out);
}

fn hits(found: &SearchExpertsResponse, chosen: Option<&Hit>, out: &mut Output) {
    let mut shown: Vec<Hit> = found.hits.iter().take(HITS).cloned().collect();
    let theirs = chosen.and_then(|chosen| found.hits.iter().find(|hit| hit.name == chosen.name));
    shown.extend(theirs.filter(|hit| !shown.contains(hit)).cloned());
    let counts = [("total", found.total.to_string()), ("shown", shown.len().to_string())];
    let places: Vec<(&str, &str)> = counts.iter().map(|(place, count)| (*place, count.as_str())).collect();
    out.line(format!("  {}", text::FOUND.fill(&places)));
    let applied = found.conditions.clone().unwrap_or_default();
    let chosen = chosen.map(|chosen| chosen.name.as_str());
    table(&searching::hits_table(&shown, &applied, chosen, Lang::Ja), out);
}

fn said(conditions: Option<&Conditions>) -> String {
    use kit_vocabulary as lists;
    let Some(conditions) = conditions else { return text::EVERYBODY.fill(&[]) };
    let parts = [
        labels::labels(lists::menus(), &conditions.menus, Lang::Ja),
        labels::labels(lists::formats(), &conditions.formats, Lang::Ja),
        labels::labels(lists::prefectures(), &conditions.prefectures, Lang::Ja),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

pub(super) fn again(found: &SearchExpertsResponse, chosen: &Hit, out: &mut Output) {
    heading(text::DEMO_AGAIN, out);
    let places = [("name", chosen.full_name.as_str()), ("number", chosen.registration_number.as_str())];
    out.line(format!("  {}", text::ANSWERED_AGAIN.fill(&places)));
    hits(found, Some(chosen), out);
}

pub(super) fn seen(seen: &Seen, out: &mut Output) {
    let blank = |mark: &'static str| if mark.is_empty() { "–" } else { mark };
    let time = |time| format!("{:.1}", millis(time));
    let (first, median, worst) = (time(seen.first), time(seen.median()), time(seen.worst()));
    let places = [("before", blank(seen.before)), ("after", blank(seen.after)), ("ms", &*first)];
    out.line(format!("  {}", out.paint(Tone::Good, &text::VISIBLE.fill(&places))));
    let places = [("median", &*median), ("worst", &*worst)];
    out.line(format!("  {}", out.paint(Tone::Faint, &text::VISIBLE_FURTHER.fill(&places))));
}

/// The case step by step, what people were told on the way, and the record it left.
pub(super) fn lived(lived: &Lived, out: &mut Output) {
    heading(text::DEMO_CASE, out);
    let facts = lived.case.facts.clone().unwrap_or_default();
    let themes: Vec<&str> = facts.themes.iter().map(|period| period.theme.as_str()).collect();
    let confirmed = facts.visits.iter().filter(|visit| visit.state() == VisitState::Confirmed).count();
    let (points, most) = (lived.self_check.0.to_string(), lived.self_check.1.to_string());
    let places = [
        ("points", points.as_str()),
        ("most", most.as_str()),
        ("themes", &themes.join("→")),
        ("visits", &confirmed.to_string()),
    ];
    out.line(format!("  {}", text::DEMO_SELF_CHECK.fill(&places)));
    let [when, who, what, state] = [text::WHEN, text::WHO, text::WHAT, text::STEP].map(|said| said.get(Lang::Ja, &[]));
    let mut steps = Table::new(vec![
        Column::text(when, 11, 16),
        Column::text(who, 6, 16),
        Column::text(what, 12, 40),
        Column::text(state, 8, 30),
    ]);
    for step in &lived.steps {
        let visit = if step.visit > 0 { format!(" {}", step.visit) } else { String::new() };
        let detail = if step.detail.is_empty() { String::new() } else { format!(" ({})", step.detail) };
        let state = if step.from == step.to { step.to.clone() } else { format!("{} → {}", step.from, step.to) };
        let cause = cause(&step.cause).map_or_else(|| step.cause.clone(), |cause| cause.get(Lang::Ja, &[]));
        steps.plain([moment_of(step.time.as_ref()), step.actor.clone(), format!("{cause}{visit}{detail}"), state]);
    }
    table(&steps, out);
    notices(&lived.notices, out);
    expert::show_sheet(
        &Sheet { summary: None, track_record: lived.sheet.track_record.clone(), ..Sheet::default() },
        out,
    );
    let ms = format!("{:.1}", millis(lived.visible));
    out.line(format!("  {}", out.paint(Tone::Good, &text::DEMO_RECORD.fill(&[("ms", &ms)]))));
}

fn cause(code: &str) -> Option<Text> {
    Some(match code {
        "ENTERED" => text::STEP_ENTERED,
        "THEME_CHANGED" => text::STEP_THEME,
        "VISIT_PLANNED" => text::STEP_PLANNED,
        "VISIT_HELD" => text::STEP_HELD,
        "VISIT_CONFIRMED" => text::STEP_CONFIRMED,
        "COMPLETED" => text::STEP_COMPLETED,
        "OUTCOME_RECORDED" => text::STEP_OUTCOME,
        _ => return None,
    })
}

fn notices(notices: &[Notice], out: &mut Output) {
    heading(text::DEMO_NOTICES, out);
    let [when, whom, notice, state] =
        [text::WHEN, text::RECIPIENT, text::NOTICE, text::NOTICE_STATE].map(|said| said.get(Lang::Ja, &[]));
    let mut told = Table::new(vec![
        Column::text(when, 11, 16),
        Column::text(whom, 6, 12),
        Column::text(notice, 20, 70),
        Column::text(state, 4, 16),
    ]);
    for Notice { facts, subject, .. } in notices {
        let facts = facts.clone().unwrap_or_default();
        let whom = match facts.recipient.split_once('/').map(|(kind, _)| kind) {
            Some("experts") => text::TO_EXPERT,
            Some("companies") => text::TO_COMPANY,
            _ => text::TO_BODY,
        };
        let state = noticeboard::named(facts.state());
        let subject = subject.clone().unwrap_or_default().ja;
        told.plain([moment_of(facts.raise_time.as_ref()), whom.get(Lang::Ja, &[]), subject, state.get(Lang::Ja, &[])]);
    }
    table(&told, out);
}

/// The study's tables, recomputed.
pub(super) fn tables(tables: &Tables, now: Timestamp, out: &mut Output) {
    heading(text::DEMO_TABLES, out);
    let book = Book::of(String::new(), &tables.reports, None, now, Lang::Ja);
    for grid in book.grids {
        let alone =
            Book { title: String::new(), facts: Vec::new(), grids: vec![grid], missing: Vec::new(), lang: Lang::Ja };
        let lines = terminal_lines(&alone, out.width().unwrap_or(WIDTH), out.pen());
        lines.into_iter().filter(|line| !line.is_empty()).for_each(|line| out.line(format!("  {line}")));
        out.line("");
    }
    let places =
        [("compared", &*tables.contradictions.0.to_string()), ("count", &*tables.contradictions.1.to_string())];
    out.line(format!("  {}", out.paint(Tone::Notice, &text::DEMO_CONTRADICTIONS.fill(&places))));
}

/// A batch, what a withdrawal changes of it, the reasons for a pair, and the timetable of an event.
pub(super) fn matched(matched: &Matched, out: &mut Output) {
    heading(text::DEMO_MATCHING, out);
    pairing::show::plan(&matched.plan, &matched.names, out);
    let ms = format!("{:.0}", millis(matched.took));
    out.line(format!("  {}", out.paint(Tone::Good, &text::DEMO_MATCHED.fill(&[("ms", &ms)]))));
    let company = matched.names.company(&matched.withdrawn);
    let changes = matched.again.changes.len().to_string();
    let places = [("company", company.as_str()), ("changes", changes.as_str())];
    out.line(format!("  {}", text::DEMO_WITHDRAWN.fill(&places)));
    let first = matched.plan.assignments.first().map(|one| matched.names.company(&one.request)).unwrap_or_default();
    heading_with(text::DEMO_WHY, &[("company", &first)], out);
    pairing::show::why_not(&matched.pair.1, &matched.pair.0, &matched.names, out);
    let case = matched.cases.first().map(|case| case.name.clone()).unwrap_or_default();
    out.line(format!("  {}", out.paint(Tone::Good, &text::DEMO_ACCEPTED.fill(&[("case", &case)]))));
    heading_with(text::DEMO_CONSULTATION, &[("refused", &matched.too_few)], out);
    seats(matched, out);
}

/// Rounds down, booths across.
fn seats(matched: &Matched, out: &mut Output) {
    let plan = matched.event.facts.clone().and_then(|facts| facts.plan).unwrap_or_default();
    let mut columns = vec![Column::text(text::ROUND.get(Lang::Ja, &[]), 11, 13).rank(0)];
    let expert_at = |booth: &str| {
        let at = matched.timetable.seats.iter().find(|seat| seat.booth == booth);
        at.map(|seat| matched.names.expert(&seat.expert)).unwrap_or_default()
    };
    columns.extend(plan.booths.iter().map(|booth| Column::text(format!("{booth}  {}", expert_at(booth)), 10, 30)));
    let mut grid = Table::new(columns);
    for (number, round) in (1..).zip(&plan.rounds) {
        let time = |at: Option<&prost_types::Timestamp>| moment_of(at).get(11..).unwrap_or_default().to_owned();
        let mut row = vec![format!("{}–{}", time(round.start_time.as_ref()), time(round.end_time.as_ref()))];
        row.extend(plan.booths.iter().map(|booth| {
            let at = matched.timetable.seats.iter().find(|seat| seat.round == number && seat.booth == *booth);
            at.and_then(|seat| matched.applicants.get(&seat.application).cloned()).unwrap_or_default()
        }));
        grid.plain(row);
    }
    table(&grid, out);
}

/// `2025-02-04 14:00`, in Japan.
fn moment_of(at: Option<&prost_types::Timestamp>) -> String {
    let text = at.map(|at| kit_log::clock_time(at).to_string()).unwrap_or_default();
    text.get(..16).map(|moment| moment.replace('T', " ")).unwrap_or(text)
}

pub(super) fn calls(url: &str, seen: &Seen, out: &mut Output) {
    heading(text::DEMO_CALLS, out);
    let conditions = seen.request.conditions.clone().unwrap_or_default();
    let (menus, prefectures, formats) = (conditions.menus, conditions.prefectures, conditions.formats);
    let search = json!({"conditions": {"menus": menus, "prefectures": prefectures, "formats": formats}});
    let sheet = json!({"name": "experts/-", "registrationNumber": seen.number});
    let number = json!({"registrationNumber": seen.number});
    let calls = [
        ("activelist.search.v1.ExpertSearch/SearchExperts", search),
        ("activelist.search.v1.ExpertSearch/GetSheet", sheet),
        ("activelist.survey.v1.Scoring/GetRating", number),
        ("activelist.survey.v1.Scoring/GetCapability", json!({})),
        ("activelist.registry.v1.ExpertRegistry/GetListingStatistics", json!({})),
    ];
    for (method, message) in calls {
        out.line(format!("  buf curl --protocol grpc --http2-prior-knowledge -d '{message}' {url}/{method}"));
    }
    out.line(format!("  activelist search --server {url} --menu M5 --prefecture 大阪府 --format incident"));
    out.line(format!("  activelist expert show {} --server {url}", seen.number));
    out.line(format!("  activelist report all --format html --server {url}"));
    out.line(format!("  activelist match preview --programme standing --server {url}"));
    out.line(format!("  activelist report contradictions --server {url}"));
    out.line(out.paint(Tone::Faint, &format!("  {}", text::DEMO_BUF.fill(&[]))));
    out.line("");
    out.line(out.paint(Tone::Good, &text::DEMO_SERVES.fill(&[("url", url)])));
}
