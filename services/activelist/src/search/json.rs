//! Answers of the search for programs: codes as they are, marks as people read them.

use contract::search::v1::{Conditions, Facet, FacetValue, Highlight, Hit, MarkCount, SearchExpertsResponse, Standing};
use serde_json::{Map, Value, json};

use super::conditions::CONDITIONS;
use crate::marks;

/// Everything of an answer.
pub fn to_json(found: &SearchExpertsResponse) -> Value {
    let positions = found
        .positions
        .iter()
        .map(|token| json!({"service": token.service, "epoch": token.epoch, "position": token.position}));
    json!({
        "total": found.total,
        "conditions": found.conditions.as_ref().map(conditions_json).unwrap_or_else(|| json!({})),
        "hits": found.hits.iter().map(hit_json).collect::<Vec<_>>(),
        "facets": found.facets.iter().map(|facet| (facet.facet.clone(), facet_json(facet))).collect::<Map<_, _>>(),
        "area_marks": counts_json(&found.area_marks),
        "menu_marks": counts_json(&found.menu_marks),
        "rotation_day": found.rotation_day,
        "next_page_token": found.next_page_token,
        "positions": positions.collect::<Vec<_>>(),
    })
}

/// The conditions that are set.
pub fn conditions_json(conditions: &Conditions) -> Value {
    let mut object = Map::new();
    for condition in CONDITIONS {
        match condition.held(conditions) {
            [] => {}
            [fee] if condition.field == "fee_ceiling" => drop(object.insert(condition.field.to_owned(), json!(fee))),
            codes => drop(object.insert(condition.field.to_owned(), json!(codes))),
        }
    }
    if !conditions.text.is_empty() {
        object.insert("text".to_owned(), json!(conditions.text));
    }
    Value::Object(object)
}

/// Counts by code and mark, the marks as people read them.
pub fn counts_json(counts: &[MarkCount]) -> Value {
    let count = |count: &MarkCount| (count.code.clone(), json!({"◎": count.strong, "○": count.able, "": count.none}));
    Value::Object(counts.iter().map(count).collect())
}

/// An expert of a list.
pub fn hit_json(hit: &Hit) -> Value {
    let object = |pairs: Vec<(&String, Value)>| -> Map<String, Value> {
        pairs.into_iter().map(|(code, value)| (code.clone(), value)).collect()
    };
    json!({
        "name": hit.name,
        "registration_number": hit.registration_number,
        "full_name": hit.full_name,
        "areas": object(hit.areas.iter().map(|area| (&area.area, marks::sign(area.mark).into())).collect()),
        "menus": object(hit.menus.iter().map(|menu| (&menu.menu, marks::sign(menu.mark).into())).collect()),
        "area_points": object(hit.areas.iter().map(|area| (&area.area, area.points.into())).collect()),
        "menu_points": object(hit.menus.iter().map(|menu| (&menu.menu, menu.points.into())).collect()),
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
        "confirm_time": hit.confirm_time.as_ref().map(|at| kit_log::clock_time(at).to_string()),
        "stale": hit.stale,
        "executed_cases": hit.executed_cases,
        "completed_cases": hit.completed_cases,
        "standing": hit.standing.as_ref().map(standing_json),
        "highlights": hit.highlights.iter().map(highlight_json).collect::<Vec<_>>(),
    })
}

fn standing_json(standing: &Standing) -> Value {
    json!({
        "strong": standing.strong,
        "able": standing.able,
        "preferred": standing.preferred,
        "points": standing.points,
        "nearness": standing.nearness().as_str_name().trim_start_matches("NEARNESS_").to_lowercase(),
    })
}

fn highlight_json(highlight: &Highlight) -> Value {
    let pieces = highlight.pieces.iter().map(|piece| json!({"text": piece.text, "match": piece.r#match}));
    json!({
        "field": highlight.field,
        "pieces": pieces.collect::<Vec<_>>(),
        "cut_before": highlight.cut_before,
        "cut_after": highlight.cut_after,
    })
}

fn facet_json(facet: &Facet) -> Value {
    let value = |value: &FacetValue| {
        let label = value.label.clone().unwrap_or_default();
        json!({"code": value.code, "label": label.ja, "label_en": label.en, "count": value.count})
    };
    facet.values.iter().map(value).collect()
}
