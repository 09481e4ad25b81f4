//! `search`: conditions as people write them, hits as a table or as JSON.

use contract::search::v1::{Conditions, Facet, Hit, SearchExpertsRequest, SearchExpertsResponse};
use kit_vocabulary::{Lang, List};
use serde_json::{Map, Value, json};

use crate::args::Search;
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::marks;
use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::text;

const SECONDS_A_PAGE: u64 = 30;
/// Values of a facet that are shown.
const FACET_VALUES: usize = 6;

/// Runs the command.
///
/// # Errors
/// When a condition means nothing, or the server refuses.
pub async fn run(args: &Search, out: &mut Output) -> Result<Exit, Failure> {
    let request = request(args)?;
    let found = find(&Connection::to(&args.server)?, request, args.all).await?;
    if args.json {
        out.line(to_json(&found).to_string());
    } else {
        show(&found, out);
    }
    Ok(Exit::Done)
}

/// Asks for the hits: one page, or with `all` every page as one answer.
///
/// # Errors
/// When the server refuses.
pub async fn find(
    to: &Connection,
    mut request: SearchExpertsRequest,
    all: bool,
) -> Result<SearchExpertsResponse, Failure> {
    let mut hits = Vec::new();
    loop {
        let answer = to.searching().search_experts(within(request.clone(), SECONDS_A_PAGE)).await;
        let mut page = answer.map_err(|status| refused(&status))?.into_inner();
        hits.append(&mut page.hits);
        if !all || page.next_page_token.is_empty() {
            return Ok(SearchExpertsResponse { hits, ..page });
        }
        request.page_token = page.next_page_token;
        // The token pins the day, and an index never goes back behind what it has shown.
        request.at_least.clear();
    }
}

fn request(args: &Search) -> Result<SearchExpertsRequest, Failure> {
    use kit_vocabulary as lists;
    let mut unknown = Vec::new();
    let mut codes = |option: &str, list: &List, said: &[String]| -> Vec<String> {
        let code = |text: &String| list.find(text).map(|code| code.code.clone());
        unknown.extend(said.iter().filter(|text| code(text).is_none()).map(|text| format!("--{option} {text:?}")));
        said.iter().filter_map(code).collect()
    };
    let conditions = Conditions {
        menus: codes("menu", lists::menus(), &args.menu),
        prefectures: codes("prefecture", lists::prefectures(), &args.prefecture),
        industries: codes("industry", lists::expert_industries(), &args.industry),
        fee_ceiling: codes("fee-ceiling", lists::fees(), args.fee_ceiling.as_slice()).pop().unwrap_or_default(),
        durations: codes("duration", lists::durations(), &args.duration),
        formats: codes("format", lists::formats(), &args.format),
        company_sizes: codes("size", lists::company_sizes(), &args.size),
        qualifications: codes("qualification", lists::qualifications(), &args.qualification),
        affiliations: codes("affiliation", lists::affiliations(), &args.affiliation),
        themes: codes("theme", lists::themes(), &args.theme),
        ..Default::default()
    };
    let place = codes("place", lists::prefectures(), args.place.as_slice()).pop().unwrap_or_default();
    if !unknown.is_empty() {
        let what = text::UNKNOWN_CONDITION.fill(&[("conditions", &unknown.join(", "))]);
        return Err(Failure::input(what, text::ADVICE_CONDITION));
    }
    Ok(SearchExpertsRequest {
        conditions: Some(conditions),
        place,
        page_size: args.page_size.unwrap_or(if args.all { 100 } else { 0 }),
        page_token: args.page_token.clone().unwrap_or_default(),
        rotation_day: args.day.unwrap_or(0),
        ..Default::default()
    })
}

/// The answer for programs.
pub fn to_json(found: &SearchExpertsResponse) -> Value {
    json!({
        "total": found.total,
        "hits": found.hits.iter().map(hit_json).collect::<Vec<_>>(),
        "facets": found.facets.iter().map(|facet| (facet.facet.clone(), facet_json(facet))).collect::<Map<_, _>>(),
        "area_marks": counts_json(&found.area_marks),
        "menu_marks": counts_json(&found.menu_marks),
        "rotation_day": found.rotation_day,
        "next_page_token": found.next_page_token,
    })
}

/// Counts by code and mark, the marks as people read them.
pub fn counts_json(counts: &[contract::search::v1::MarkCount]) -> Value {
    let count = |count: &contract::search::v1::MarkCount| {
        (count.code.clone(), json!({"◎": count.strong, "○": count.able, "": count.none}))
    };
    Value::Object(counts.iter().map(count).collect())
}

/// An expert of a list for programs: codes as they are, marks as people read them.
pub fn hit_json(hit: &Hit) -> Value {
    let areas: Map<_, _> = hit.areas.iter().map(|area| (area.area.clone(), marks::sign(area.mark).into())).collect();
    let menus: Map<_, _> = hit.menus.iter().map(|menu| (menu.menu.clone(), marks::sign(menu.mark).into())).collect();
    json!({
        "name": hit.name,
        "registration_number": hit.registration_number,
        "full_name": hit.full_name,
        "areas": areas,
        "menus": menus,
        "themes": hit.themes,
        "support_summary": hit.support_summary,
        "industries": hit.industries,
        "prefectures": hit.prefectures,
        "formats": hit.formats,
        "durations": hit.durations,
        "fee_per_visit": hit.fee_per_visit,
        "qualifications": hit.qualifications,
        "affiliation": hit.affiliation,
        "organisation": hit.organisation,
        "residence": hit.residence,
        "stale": hit.stale,
    })
}

fn facet_json(facet: &Facet) -> Value {
    let value = |value: &contract::search::v1::FacetValue| {
        let label = value.label.clone().unwrap_or_default();
        json!({"code": value.code, "label": label.ja, "count": value.count})
    };
    facet.values.iter().map(value).collect()
}

/// The answer for people.
pub fn show(found: &SearchExpertsResponse, out: &mut Output) {
    let counts = [("total", found.total.to_string()), ("shown", found.hits.len().to_string())];
    let places: Vec<(&str, &str)> = counts.iter().map(|(place, count)| (*place, count.as_str())).collect();
    out.line(out.paint(Tone::Heading, &text::FOUND.fill(&places)));
    if !found.hits.is_empty() {
        let table = hits_table(&found.hits, None);
        for line in table.lines(out.width(), |tone, text| out.paint(tone, text)) {
            out.line(line);
        }
        out.line(out.paint(Tone::Faint, &menu_legend()));
    }
    for facet in &found.facets {
        if let Some(line) = facet_line(facet) {
            out.line(line);
        }
    }
    if !found.next_page_token.is_empty() {
        out.line(out.paint(Tone::Faint, &text::MORE_PAGES.fill(&[("token", &found.next_page_token)])));
    }
}

/// The list of fig. 2-106 with the marks of fig. 2-111, the most telling columns first; the name of the one `chosen` stands
/// out.
pub fn hits_table(hits: &[Hit], chosen: Option<&str>) -> Table {
    let heading = |said: text::Text| said.get(Lang::Ja, &[]);
    let mut columns = vec![Column::text(heading(text::NAME), 6, 16), Column::text(heading(text::NUMBER), 6, 8)];
    columns.extend(kit_vocabulary::menus().codes().iter().map(|menu| Column::text(menu.code.clone(), 2, 2)));
    columns.extend([
        Column::text(heading(text::RESIDENCE), 6, 8),
        Column::text(heading(text::FEE), 10, 30),
        Column::text(heading(text::SERVED), 8, 24),
        Column::text(heading(text::FORMATS), 12, 40),
        Column::text(heading(text::DURATIONS), 10, 30),
        Column::text(heading(text::AFFILIATION), 4, 10),
        Column::text(heading(text::THEMES), 10, 30),
        Column::text(heading(text::INDUSTRIES), 10, 30),
        Column::text(heading(text::QUALIFICATIONS), 10, 30),
        Column::text(heading(text::SUMMARY), 10, 40),
        Column::text(heading(text::ORGANISATION), 10, 30),
    ]);
    let mut table = Table::new(columns);
    for hit in hits {
        let mut cells = hit_cells(hit);
        if chosen == Some(hit.name.as_str()) {
            cells[0].1 = Some(Tone::Heading);
        }
        table.row(cells);
    }
    table
}

fn hit_cells(hit: &Hit) -> Vec<(String, Option<Tone>)> {
    use kit_vocabulary as lists;
    let mark = |menu: &kit_vocabulary::Code| {
        let mark = hit.menus.iter().find(|mark| mark.menu == menu.code).map_or(0, |mark| mark.mark);
        (marks::sign(mark).to_owned(), marks::tone(mark))
    };
    let mut cells = vec![(hit.full_name.clone(), None), (hit.registration_number.clone(), Some(Tone::Faint))];
    cells.extend(lists::menus().codes().iter().map(mark));
    let texts = [
        label(lists::prefectures(), &hit.residence),
        label(lists::fees(), &hit.fee_per_visit),
        labels(lists::prefectures(), &hit.prefectures),
        labels(lists::formats(), &hit.formats),
        labels(lists::durations(), &hit.durations),
        label(lists::affiliations(), &hit.affiliation),
        hit.themes.join(" "),
        labels(lists::expert_industries(), &hit.industries),
        labels(lists::qualifications(), &hit.qualifications),
        hit.support_summary.clone(),
        hit.organisation.clone(),
    ];
    cells.extend(texts.map(|text| (text, None)));
    cells
}

/// The label of a code; `none` is a choice that questions have beside their list, and a code that is not known is shown as
/// it is.
pub fn label(list: &List, code: &str) -> String {
    match list.label(code, Lang::Ja) {
        Some(label) => label.to_owned(),
        None if code == "none" => text::NONE_OF_THESE.get(Lang::Ja, &[]),
        None => code.to_owned(),
    }
}

/// Several labels; all prefectures are 全国.
pub fn labels(list: &List, codes: &[String]) -> String {
    if list.name() == "prefectures" && codes.len() == list.codes().len() {
        return text::ALL_OF_JAPAN.get(Lang::Ja, &[]);
    }
    codes.iter().map(|code| label(list, code)).collect::<Vec<_>>().join("、")
}

fn menu_legend() -> String {
    let menus = kit_vocabulary::menus().codes().iter().map(|menu| format!("{} {}", menu.code, menu.ja));
    menus.collect::<Vec<_>>().join(" · ")
}

fn facet_line(facet: &Facet) -> Option<String> {
    let mut values: Vec<_> = facet.values.iter().filter(|value| value.count > 0).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.count));
    let more = values.len().saturating_sub(FACET_VALUES);
    let shown = values.iter().take(FACET_VALUES).map(|value| {
        let label = value.label.as_ref().map_or(value.code.as_str(), |label| &label.ja);
        format!("{label} {}", value.count)
    });
    let shown = shown.collect::<Vec<_>>().join(" · ");
    let more = if more > 0 { format!(" · +{more}") } else { String::new() };
    (!shown.is_empty()).then(|| format!("{}: {shown}{more}", facet_name(&facet.facet)))
}

fn facet_name(facet: &str) -> String {
    let name = match facet {
        "prefectures" => text::SERVED,
        "industries" => text::INDUSTRIES,
        "fee" => text::FEE,
        "formats" => text::FORMATS,
        "durations" => text::DURATIONS,
        "company_sizes" => text::SIZES,
        "qualifications" => text::QUALIFICATIONS,
        "affiliations" => text::AFFILIATION,
        "themes" => text::THEMES,
        "residence" => text::RESIDENCE,
        other => return other.to_owned(),
    };
    name.get(Lang::Ja, &[])
}
