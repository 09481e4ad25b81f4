//! The sheet of one expert in the sections of fig. 2-107, and what the marks follow from.

use contract::engagement::v1::{CodeCount, GroupCount, MeanMark, TrackRecord};
use contract::search::v1::{Hit, Sheet};
use contract::survey::v1::{AreaRating, MenuRating, Rating, SubItemSum};
use kit_vocabulary::{self as lists, Lang};
use serde_json::{Value, json};

use crate::labels::{date_of, label, labels, said};
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::{Cell, Column, Table, paragraph, width};
use crate::text::{self, Text};
use crate::{marks, search};

const INDENT: usize = 2;

/// A section: its heading, and each heading in it with what stands there.
type Section = (Text, Vec<(Text, String)>);

/// Everything of a sheet for programs.
pub(super) fn to_json(sheet: &Sheet) -> Value {
    json!({
        "summary": sheet.summary.as_ref().map(search::hit_json),
        "full_name_kana": sheet.full_name_kana,
        "email": sheet.email,
        "homepage": sheet.homepage,
        "residence_city": sheet.residence_city,
        "self_pr": sheet.self_pr,
        "registration_year": sheet.registration_year,
        "experience": sheet.experience,
        "support_experience": sheet.support_experience,
        "support_cases": sheet.support_cases,
        "support_years": sheet.support_years,
        "organisations": sheet.organisations,
        "company_sizes": sheet.company_sizes,
        "qualifications_other": sheet.qualifications_other,
        "industries_other": sheet.industries_other,
        "organisations_other": sheet.organisations_other,
        "formats_other": sheet.formats_other,
        "track_record": sheet.track_record.as_ref().map(record_json),
    })
}

fn record_json(record: &TrackRecord) -> Value {
    let counts = |counts: &[CodeCount]| -> serde_json::Map<String, Value> {
        counts.iter().map(|one| (one.code.clone(), one.count.into())).collect()
    };
    let outcome = |one: &GroupCount| (marks::outcome(one.group()).to_owned(), Value::from(one.count));
    let mark = |one: &MeanMark| (one.mark.clone(), json!({"hundredths": one.hundredths, "answers": one.answers}));
    json!({
        "cases": record.cases,
        "completed": record.completed,
        "ended_early": record.ended_early,
        "visits": record.visits,
        "themes": counts(&record.themes),
        "industries": counts(&record.industries),
        "outcomes": record.outcomes.iter().map(outcome).collect::<serde_json::Map<_, _>>(),
        "marks": record.marks.iter().map(mark).collect::<serde_json::Map<_, _>>(),
    })
}

/// Shows the sections; what an expert left open is left out.
pub fn show_sheet(sheet: &Sheet, out: &mut Output) {
    let (lang, room, pen) = (out.lang(), out.width().unwrap_or(USUAL_WIDTH), out.pen());
    let sections = sections(sheet, lang);
    let names = sections.iter().flat_map(|(_, lines)| lines).filter(|(_, said)| !said.is_empty());
    let widest = names.map(|(name, _)| width(&name.get(lang, &[]))).max().unwrap_or(0);
    // Lists are broken between their values, and texts where they can be.
    let comma = text::COMMA.get(lang, &[]);
    let parts = |said: &str| said.split(&comma).map(|part| (part.to_owned(), None)).collect::<Vec<_>>();
    for (heading, lines) in sections {
        let lines: Vec<_> = lines.into_iter().filter(|(_, said)| !said.is_empty()).collect();
        if lines.is_empty() {
            continue;
        }
        out.line("");
        out.line(out.paint(Tone::Heading, &heading.get(lang, &[])));
        for (name, said) in lines {
            let name = name.get(lang, &[]);
            let lead = format!("{}{name}{}  ", " ".repeat(INDENT), " ".repeat(widest - width(&name)));
            paragraph(&lead, &parts(&said), &comma, room, pen).into_iter().for_each(|line| out.line(line));
        }
    }
}

fn sections(sheet: &Sheet, lang: Lang) -> Vec<Section> {
    let hit = sheet.summary.clone().unwrap_or_default();
    let theme = |code: &String| format!("{code} {}", label(lists::themes(), code, lang));
    let themes = hit.themes.iter().map(theme).collect::<Vec<_>>().join(&text::COMMA.get(lang, &[]));
    vec![
        (text::PROFILE, profile(sheet, &hit, lang)),
        (text::RECORD, record(sheet, &hit, lang)),
        (text::CONFIRMED_RECORD, confirmed(sheet.track_record.as_ref(), lang)),
        (text::GUIDES, vec![(text::THEMES, themes)]),
        (text::RANGE, range(sheet, &hit, lang)),
    ]
}

fn profile(sheet: &Sheet, hit: &Hit, lang: Lang) -> Vec<(Text, String)> {
    let residence = format!("{} {}", label(lists::prefectures(), &hit.residence, lang), sheet.residence_city);
    let registered = if sheet.registration_year > 0 { sheet.registration_year.to_string() } else { String::new() };
    let qualifications = labels(lists::qualifications(), &hit.qualifications, lang);
    let overdue = if hit.stale { format!(" ({})", text::OVERDUE.get(lang, &[])) } else { String::new() };
    vec![
        (text::KANA, sheet.full_name_kana.clone()),
        (text::EMAIL, sheet.email.clone()),
        (text::REGISTERED, registered),
        (text::RESIDENCE, residence.trim().to_owned()),
        (text::AFFILIATION, label(lists::affiliations(), &hit.affiliation, lang)),
        (text::ORGANISATION, hit.organisation.clone()),
        (text::QUALIFICATIONS, also(qualifications, &sheet.qualifications_other, lang)),
        (text::BODIES, also(labels(lists::bodies(), &sheet.organisations, lang), &sheet.organisations_other, lang)),
        (text::SELF_PR, sheet.self_pr.clone()),
        (text::HOMEPAGE, sheet.homepage.clone()),
        (text::CONFIRMED, format!("{}{overdue}", date_of(hit.confirm_time.as_ref()))),
    ]
}

fn record(sheet: &Sheet, hit: &Hit, lang: Lang) -> Vec<(Text, String)> {
    let yes_no = |yes: bool| if yes { text::YES } else { text::NO }.get(lang, &[]);
    let counted = |count: Option<i64>, said: Text| {
        count.map(|count| said.get(lang, &[("count", &count.to_string())])).unwrap_or_default()
    };
    let industries = labels(lists::expert_industries(), &hit.industries, lang);
    vec![
        (text::EXPERIENCE, label(lists::experience(), &sheet.experience, lang)),
        (text::SUPPORTED, sheet.support_experience.map(yes_no).unwrap_or_default()),
        (text::CASES, counted(sheet.support_cases, text::CASES_COUNT)),
        (text::YEARS, counted(sheet.support_years, text::YEARS_COUNT)),
        (text::SUMMARY, hit.support_summary.clone()),
        (text::INDUSTRIES, also(industries, &sheet.industries_other, lang)),
    ]
}

/// What came of the expert's cases here.
fn confirmed(record: Option<&TrackRecord>, lang: Lang) -> Vec<(Text, String)> {
    let Some(record) = record else { return Vec::new() };
    let comma = text::COMMA.get(lang, &[]);
    let count = |count: i32| text::CASES_COUNT.get(lang, &[("count", &count.to_string())]);
    let by = |list: &lists::List, counts: &[CodeCount]| {
        let one = |one: &CodeCount| format!("{} {}", label(list, &one.code, lang), count(one.count));
        counts.iter().map(one).collect::<Vec<_>>().join(&comma)
    };
    let outcome = |one: &GroupCount| format!("{} {}", marks::outcome(one.group()), count(one.count));
    let mark = |mark: &MeanMark| {
        let (whole, rest) = (mark.hundredths / 100, mark.hundredths % 100);
        let name = mark_name(&mark.mark).map_or(mark.mark.clone(), |name| name.get(lang, &[]));
        format!("{name} {whole}.{rest:02} (n={})", mark.answers)
    };
    let [cases, completed, early] = [record.cases, record.completed, record.ended_early].map(|count| count.to_string());
    let cases = [("count", &*cases), ("completed", &*completed), ("early", &*early)];
    vec![
        (text::EXECUTED, text::EXECUTED_COUNT.get(lang, &cases)),
        (text::VISITS_HELD, count(record.visits)),
        (text::BY_THEME, by(lists::themes(), &record.themes)),
        (text::BY_INDUSTRY, by(lists::company_industries(), &record.industries)),
        (text::BY_OUTCOME, record.outcomes.iter().map(outcome).collect::<Vec<_>>().join(&comma)),
        (text::MEAN_MARKS, record.marks.iter().map(mark).collect::<Vec<_>>().join(&comma)),
    ]
}

fn mark_name(mark: &str) -> Option<Text> {
    Some(match mark {
        "knowledge" => text::MARK_KNOWLEDGE,
        "clarity" => text::MARK_CLARITY,
        "fit" => text::MARK_FIT,
        "time" => text::MARK_TIME,
        "manner" => text::MARK_MANNER,
        "eagerness" => text::MARK_EAGERNESS,
        "communication" => text::MARK_COMMUNICATION,
        _ => return None,
    })
}

fn range(sheet: &Sheet, hit: &Hit, lang: Lang) -> Vec<(Text, String)> {
    vec![
        (text::SIZES, labels(lists::company_sizes(), &sheet.company_sizes, lang)),
        (text::SERVED, labels(lists::prefectures(), &hit.prefectures, lang)),
        (text::FORMATS, also(labels(lists::formats(), &hit.formats, lang), &sheet.formats_other, lang)),
        (text::FEE, label(lists::fees(), &hit.fee_per_visit, lang)),
        (text::DURATIONS, labels(lists::durations(), &hit.durations, lang)),
    ]
}

fn also(said: String, words: &str, lang: Lang) -> String {
    if words.is_empty() { said } else { said + &text::ALSO.get(lang, &[("words", words)]) }
}

/// The marks with what they follow from: menus, and the areas' sums against their thresholds.
pub fn show_rating(rating: &Rating, out: &mut Output) {
    let (lang, room, pen) = (out.lang(), out.width().unwrap_or(USUAL_WIDTH), out.pen());
    out.line(out.paint(Tone::Heading, &text::RATED_BY.get(lang, &[("policy", &rating.policy)])));
    let tables = [menus(&rating.menus, lang), areas(&rating.areas, lang)];
    for (index, table) in tables.into_iter().filter(|table| !table.is_empty()).enumerate() {
        if index > 0 {
            out.line("");
        }
        table.indented(INDENT).lines(Some(room), pen).into_iter().for_each(|line| out.line(line));
    }
}

fn mark(mark: i32) -> Cell {
    (marks::sign(mark).to_owned(), marks::tone(mark))
}

fn menus(menus: &[MenuRating], lang: Lang) -> Table {
    let [mark_heading, menu, points, from] =
        [text::MARK, text::SUPPORTS, text::POINTS, text::FOLLOWS].map(|name| name.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(mark_heading, 4, 6),
        Column::text(menu, 20, 60).rank(0),
        Column::number(points),
        Column::text(from, 6, 60),
    ]);
    for rated in menus {
        let name = format!("{} {}", rated.menu, label(lists::menus(), &rated.menu, lang));
        let points = if rated.points > 0 { rated.points.to_string() } else { String::new() };
        let why = match said(rated.explanation.as_ref(), lang) {
            "" => rated.from.clone(),
            words => words.to_owned(),
        };
        table.row([mark(rated.mark), (name, None), (points, None), (why, Some(Tone::Faint))]);
    }
    table
}

/// A line an area, and below it a line a sub-item.
fn areas(areas: &[AreaRating], lang: Lang) -> Table {
    let [mark_heading, area, sum, why] =
        [text::MARK, text::AREA, text::SUMS, text::FOLLOWS].map(|name| name.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(mark_heading, 4, 6),
        Column::text(area, 20, 60).rank(0),
        Column::number(sum),
        Column::text(why, 12, 100),
    ]);
    for rated in areas {
        let name = format!("{} {}", rated.area, label(lists::skill_areas(), &rated.area, lang));
        let why = (said(rated.explanation.as_ref(), lang).to_owned(), Some(Tone::Faint));
        table.row([mark(rated.mark), (name, Some(Tone::Heading)), (rated.points.to_string(), None), why]);
        for sub in &rated.sub_items {
            let name = format!("  {} {}", sub.sub_item, label(lists::skill_subitems(), &sub.sub_item, lang));
            let sums = (format!("{}/{}", sub.sum, sub.threshold), None);
            table.row([(String::new(), None), (name, None), sums, against(sub, lang)]);
        }
    }
    table
}

/// Whether the threshold is met, and what is missing.
fn against(sub: &SubItemSum, lang: Lang) -> Cell {
    if sub.met {
        return (text::MET.get(lang, &[]), Some(Tone::Good));
    }
    let missing = (sub.threshold - sub.sum).to_string();
    (text::SHORT_BY.get(lang, &[("count", &missing)]), Some(Tone::Notice))
}
