//! Every figure against what must come out, and every difference by name.

use serde_json::{Value, json};

use super::again::Seen;
use super::asked::Asked;
use super::campaign;
use super::facts::Facts;
use super::lived::Lived;
use super::matched::Matched;
use super::tables::Tables;
use crate::failure::Failure;
use crate::search;

/// What came out other than it must; nothing when all is well.
pub(super) fn differences(
    (facts, asked): (&Facts, &Asked),
    seen: &Seen,
    lived: &Lived,
    tables: &Tables,
    matched: &Matched,
) -> Result<Vec<String>, Failure> {
    let expected = campaign::expected()?;
    let figures = [
        ("received", json!(facts.received), "received"),
        ("people", json!(facts.people), "distinct"),
        ("duplicates", json!(facts.repeats), "duplicates"),
        ("not listed: skills unanswered", json!(facts.barred_by("SKILLS_UNANSWERED")), "unanswered"),
        ("not listed: cannot support", json!(facts.barred_by("CANNOT_SUPPORT")), "cannot_support"),
        ("not listed: no consent", json!(facts.barred_by("NO_CONSENT")), "no_consent"),
        ("listed", json!(facts.listed), "listed"),
        ("found without conditions", json!(facts.found), "listed"),
        ("capability", facts.capability_json(), "capability"),
        ("ratings", search::counts_json(&facts.ratings), "ratings_as_published"),
        ("marks", json!(facts.marks), "ratings"),
    ];
    let mut found = Vec::new();
    for (name, figure, key) in &figures {
        compare(name, figure, &expected[*key], &mut found);
    }
    compare("campaign", &asked.to_json(), &Asked::expected()?, &mut found);
    let published = campaign::expected_guidance()?;
    compare("reports", &tables.figures(&published), &published, &mut found);
    compare("the case", &lived.to_json(), &Lived::expected(), &mut found);
    compare("matching", &matched.to_json(), &Matched::expected(), &mut found);
    if seen.after == seen.before {
        found.push(format!("the mark of {} in the search: {:?} as before", seen.number, seen.before));
    }
    Ok(found)
}

/// Objects are compared key by key, so that a difference names its place.
fn compare(name: &str, found: &Value, expected: &Value, differences: &mut Vec<String>) {
    if let (Value::Object(have), Value::Object(want)) = (found, expected) {
        let extra = have.keys().filter(|key| !want.contains_key(*key));
        for key in want.keys().chain(extra) {
            let at = |object: &serde_json::Map<String, Value>| object.get(key).cloned().unwrap_or(Value::Null);
            compare(&format!("{name}.{key}"), &at(have), &at(want), differences);
        }
    } else if found != expected {
        differences.push(format!("{name}: {found}, not {expected}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_its_place() {
        let mut found = Vec::new();
        let (have, want) = (json!({"a": {"b": 1, "c": 2}, "d": 0}), json!({"a": {"b": 1, "c": 3}, "e": 0}));
        compare("x", &have, &want, &mut found);
        assert_eq!(found, ["x.a.c: 2, not 3", "x.e: null, not 0", "x.d: 0, not null"]);
    }
}
