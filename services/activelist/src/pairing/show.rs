//! Batches, candidates and reasons, for people and for programs.

use contract::matching::v1::{
    Assignment, BatchPlan, Candidate, ExplainWhyNotResponse, ListCandidatesResponse, Points, Spread,
};
use kit_vocabulary::{self as lists, Lang};
use serde_json::{Value, json};

use super::Names;
use crate::labels::short;
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::{Column, Table, paragraph};
use crate::text::{self, Text};

/// Reasons that are named of a pair in a table.
const REASONS: usize = 3;
/// Cells before what belongs to a heading.
const INDENT: usize = 2;

/// A batch: who is matched with whom and why, who is left without and why, where nobody is, how work is spread.
pub(crate) fn plan(plan: &BatchPlan, names: &Names, out: &mut Output) {
    let lang = out.lang();
    let places = [
        ("served", plan.served.to_string()),
        ("requests", (plan.assignments.len() + plan.unserved.len()).to_string()),
        ("score", plan.score.to_string()),
        ("experts", plan.experts.to_string()),
        ("pairs", plan.pairs.to_string()),
        ("policy", plan.policy.clone()),
    ];
    let places: Vec<_> = places.iter().map(|(name, value)| (*name, value.as_str())).collect();
    out.line(out.paint(Tone::Heading, &text::BATCH_SUM.get(lang, &places)));
    print(assignments(plan, names, lang), out);
    if !plan.unserved.is_empty() {
        out.line(out.paint(Tone::Heading, &text::UNSERVED.get(lang, &[])));
        let mut table = Table::new(vec![
            Column::text(text::COMPANY_NAME.get(lang, &[]), 12, 40),
            Column::text(text::WHY.get(lang, &[]), 20, 100),
        ]);
        for one in &plan.unserved {
            table.plain([names.company(&one.request), said(lang, &one.ja, &one.en)]);
        }
        print(table, out);
    }
    if !plan.deserts.is_empty() {
        out.line(out.paint(Tone::Heading, &text::DESERTS.get(lang, &[])));
        print(deserts(plan, lang), out);
    }
    let moved: Vec<_> = plan.changes.iter().filter(|change| !change.before.is_empty()).collect();
    if !moved.is_empty() {
        out.line(out.paint(Tone::Heading, &text::PROPOSALS_MOVED.get(lang, &[])));
        for change in moved {
            let after = if change.after.is_empty() { "–".to_owned() } else { names.expert(&change.after) };
            let line = format!("{}: {} → {after}", names.company(&change.request), names.expert(&change.before));
            out.line(format!("{}{line}", " ".repeat(INDENT)));
        }
    }
    spread(plan, out);
}

fn print(table: Table, out: &mut Output) {
    for line in table.indented(INDENT).lines(out.width(), out.pen()) {
        out.line(line);
    }
}

fn assignments(plan: &BatchPlan, names: &Names, lang: Lang) -> Table {
    let heading = |text: Text| text.get(lang, &[]);
    let mut table = Table::new(vec![
        Column::text(heading(text::COMPANY_NAME), 12, 36).rank(0),
        Column::text(heading(text::THEME), 4, 24),
        Column::text(heading(text::EXPERT), 10, 30).rank(0),
        Column::number(heading(text::SCORE)).rank(1),
        Column::text(heading(text::WHY), 20, 60),
    ]);
    for one in &plan.assignments {
        let theme = if one.theme.is_empty() { String::new() } else { short(lists::themes(), &one.theme, lang) };
        let mark = if one.fixed { "●" } else { "" };
        let row = [
            names.company(&one.request),
            theme,
            format!("{mark}{}", names.expert(&one.expert)),
            one.score.to_string(),
            best(one, lang),
        ];
        table.plain(row);
    }
    table
}

fn best(one: &Assignment, lang: Lang) -> String {
    let reasons = one.points.iter().filter(|points| points.points > 0).take(REASONS);
    let reasons: Vec<_> = reasons.map(|points| said(lang, &points.ja, &points.en)).collect();
    reasons.join(&text::COMMA.get(lang, &[]))
}

fn deserts(plan: &BatchPlan, lang: Lang) -> Table {
    let heading = |text: Text| text.get(lang, &[]);
    let mut table = Table::new(vec![
        Column::text(heading(text::COMPANY_PLACE), 6, 10),
        Column::text(heading(text::THEME), 6, 30),
        Column::text(heading(text::COMPANY_INDUSTRY), 8, 30),
        Column::text(heading(text::WHY), 8, 30),
        Column::number(heading(text::REQUESTS)),
    ]);
    let of = |list, code: &str| if code.is_empty() { "–".to_owned() } else { short(list, code, lang) };
    // The requests say in words what the map says by name.
    let words = |cause: &str| {
        let same = plan.unserved.iter().find(|one| one.cause == cause);
        same.map_or_else(|| cause.to_owned(), |one| said(lang, &one.ja, &one.en))
    };
    for one in &plan.deserts {
        table.plain([
            of(lists::prefectures(), &one.prefecture),
            of(lists::themes(), &one.theme),
            of(lists::company_industries(), &one.industry),
            words(&one.cause),
            one.requests.to_string(),
        ]);
    }
    table
}

fn spread(plan: &BatchPlan, out: &mut Output) {
    let lang = out.lang();
    for after in &plan.after {
        let before = plan.before.iter().find(|one| one.measure == after.measure).cloned().unwrap_or_default();
        let measure = if after.measure == "WORK" { text::WORK } else { text::INTRODUCTIONS };
        let number = |value: f64| format!("{value:.3}");
        let places = [
            ("measure", measure.get(lang, &[])),
            ("before", number(before.gini)),
            ("after", number(after.gini)),
            ("none", after.none.to_string()),
            ("most", after.most.to_string()),
        ];
        let places: Vec<_> = places.iter().map(|(name, value)| (*name, value.as_str())).collect();
        out.line(text::SPREAD.get(lang, &places));
    }
}

/// The candidates of a request with their points.
pub(super) fn candidates(answer: &ListCandidatesResponse, names: &Names, out: &mut Output) {
    let lang = out.lang();
    let places = [("total", &*answer.total.to_string()), ("policy", &answer.policy)];
    out.line(out.paint(Tone::Heading, &text::CANDIDATES.get(lang, &places)));
    for one in &answer.candidates {
        candidate(one, names, out);
    }
    for failing in &answer.failing {
        out.line(format!("{}{}: {}", " ".repeat(INDENT), failing.condition, failing.count));
    }
}

fn candidate(one: &Candidate, names: &Names, out: &mut Output) {
    let head = format!("{:>3}. {}  {}", one.place, names.expert(&one.expert), one.score);
    out.line(out.paint(Tone::Good, &head));
    points(&one.points, out);
}

fn points(points: &[Points], out: &mut Output) {
    let (lang, room, pen) = (out.lang(), out.width().unwrap_or(USUAL_WIDTH), out.pen());
    for one in points.iter().filter(|one| one.points > 0) {
        let lead = format!("{}{:>8}  ", " ".repeat(INDENT), one.points);
        let words = (said(lang, &one.ja, &one.en), None);
        paragraph(&lead, &[words], "", room, pen).into_iter().for_each(|line| out.line(line));
    }
}

/// Why an expert is not the one.
pub(crate) fn why_not(answer: &ExplainWhyNotResponse, expert: &str, names: &Names, out: &mut Output) {
    let lang = out.lang();
    out.line(out.paint(Tone::Heading, &names.expert(expert)));
    out.line(said(lang, &answer.ja, &answer.en));
    for failed in &answer.failed {
        let line = format!("{}✗ {}", " ".repeat(INDENT), said(lang, &failed.ja, &failed.en));
        out.line(out.paint(Tone::Bad, &line));
    }
    if let Some(own) = &answer.candidate {
        candidate(own, names, out);
    }
    for better in &answer.better {
        let Some(other) = &better.candidate else { continue };
        out.line(format!("{:>3}. {}  {}", other.place, names.expert(&other.expert), other.score));
        points(&better.ahead, out);
    }
}

fn said(lang: Lang, ja: &str, en: &str) -> String {
    match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    }
}

fn points_json(points: &[Points]) -> Value {
    let one =
        |points: &Points| json!({"reason": points.reason, "points": points.points, "ja": points.ja, "en": points.en});
    points.iter().map(one).collect()
}

fn candidate_json(one: &Candidate) -> Value {
    json!({"expert": one.expert, "score": one.score, "place": one.place, "points": points_json(&one.points)})
}

/// A batch for programs.
pub(super) fn plan_json(plan: &BatchPlan) -> Value {
    let spread = |all: &[Spread]| {
        let one = |one: &Spread| {
            json!({"measure": one.measure, "experts": one.experts, "total": one.total, "none": one.none,
                   "gini": one.gini, "most": one.most, "median": one.median})
        };
        all.iter().map(one).collect::<Value>()
    };
    json!({
        "preview": plan.preview,
        "policy": plan.policy,
        "served": plan.served,
        "score": plan.score,
        "experts": plan.experts,
        "pairs": plan.pairs,
        "assignments": plan.assignments.iter().map(|one| json!({
            "request": one.request, "expert": one.expert, "score": one.score, "theme": one.theme,
            "standing": one.standing, "fixed": one.fixed, "points": points_json(&one.points),
        })).collect::<Value>(),
        "unserved": plan.unserved.iter().map(|one| json!({
            "request": one.request, "cause": one.cause, "ja": one.ja, "en": one.en, "contested": one.contested,
        })).collect::<Value>(),
        "deserts": plan.deserts.iter().map(|one| json!({
            "prefecture": one.prefecture, "theme": one.theme, "industry": one.industry, "cause": one.cause,
            "requests": one.requests,
        })).collect::<Value>(),
        "changes": plan.changes.iter().map(|one| json!({
            "request": one.request, "before": one.before, "after": one.after,
        })).collect::<Value>(),
        "before": spread(&plan.before),
        "after": spread(&plan.after),
    })
}

/// Candidates for programs.
pub(super) fn candidates_json(answer: &ListCandidatesResponse) -> Value {
    json!({
        "policy": answer.policy,
        "total": answer.total,
        "candidates": answer.candidates.iter().map(candidate_json).collect::<Value>(),
        "failing": answer.failing.iter().map(|one| json!({"condition": one.condition, "count": one.count}))
            .collect::<Value>(),
    })
}

/// Why not, for programs.
pub(super) fn why_not_json(answer: &ExplainWhyNotResponse) -> Value {
    json!({
        "failed": answer.failed.iter().map(|one| json!({"condition": one.condition, "ja": one.ja, "en": one.en}))
            .collect::<Value>(),
        "candidate": answer.candidate.as_ref().map(candidate_json),
        "better_total": answer.better_total,
        "better": answer.better.iter().map(|one| json!({
            "candidate": one.candidate.as_ref().map(candidate_json), "ahead": points_json(&one.ahead),
        })).collect::<Value>(),
        "ja": answer.ja,
        "en": answer.en,
    })
}
