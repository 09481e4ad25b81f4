//! Policies, previews and activations as people and programs read them.

use contract::survey::v1::{
    Activation, ActivationState, ListPoliciesResponse, MarkMove, MarkMoves, PersonMoves, Policy, PrefectureMoves,
    PreviewPolicyResponse,
};
use kit_log::clock_time;
use kit_vocabulary::Lang;
use serde_json::{Value, json};

use crate::failure::one_line;
use crate::labels::{date, label, said as words};
use crate::marks::sign;
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::{Column, Table};
use crate::text::Text;
use crate::text::policy as said;

fn print(table: Table, out: &mut Output) {
    let lines = table.indented(2).lines(Some(out.width().unwrap_or(USUAL_WIDTH)), out.pen());
    lines.into_iter().for_each(|line| out.line(line));
}

/// For programs.
pub(super) fn policy_json(policy: &Policy) -> Value {
    let title = policy.title.clone().unwrap_or_default();
    json!({"id": policy.id, "date": policy.date, "title": {"ja": title.ja, "en": title.en}})
}

/// For people.
pub(super) fn policies(known: &ListPoliciesResponse, out: &mut Output) {
    let lang = out.lang();
    let [policy, date, title] = [said::POLICY, said::DATE, said::TITLE].map(|name| name.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text("", 6, 8),
        Column::text(policy, 8, 40),
        Column::text(date, 10, 10),
        Column::text(title, 10, 80),
    ]);
    for policy in &known.policies {
        let (state, tone) = match policy.id == known.active {
            true => (said::IN_FORCE.get(lang, &[]), Some(Tone::Good)),
            false => (String::new(), None),
        };
        let title = words(policy.title.as_ref(), lang).to_owned();
        table.row([(state, tone), (policy.id.clone(), None), (policy.date.clone(), None), (title, None)]);
    }
    print(table, out);
}

fn moves_json(of: &MarkMoves) -> Value {
    let one = |moved: &MarkMove| json!({"from": sign(moved.from), "to": sign(moved.to), "people": moved.people});
    json!({"code": of.code, "moves": of.moves.iter().map(one).collect::<Vec<_>>()})
}

/// For programs.
pub(super) fn preview_json(seen: &PreviewPolicyResponse) -> Value {
    let all = |moves: &[MarkMoves]| moves.iter().map(moves_json).collect::<Vec<_>>();
    let prefecture =
        |of: &PrefectureMoves| json!({"prefecture": of.prefecture, "people": of.people, "changed": of.changed});
    let person = |of: &PersonMoves| {
        json!({
            "respondent_id": of.respondent_id, "registration_number": of.registration_number,
            "prefecture": of.prefecture, "marks": all(&of.marks),
        })
    };
    json!({
        "policy": seen.policy,
        "against": seen.against,
        "people": seen.people,
        "changed": seen.changed,
        "areas": all(&seen.areas),
        "menus": all(&seen.menus),
        "prefectures": seen.prefectures.iter().map(prefecture).collect::<Vec<_>>(),
        "moves": seen.moves.iter().map(person).collect::<Vec<_>>(),
        "next_page_token": seen.next_page_token,
    })
}

/// For people.
pub(super) fn preview(seen: &PreviewPolicyResponse, out: &mut Output) {
    let lang = out.lang();
    let (people, changed) = (seen.people.to_string(), seen.changed.to_string());
    let places = [("against", &*seen.against), ("policy", &*seen.policy), ("people", &*people), ("changed", &*changed)];
    out.line(out.paint(Tone::Heading, &said::COMPARED.get(lang, &places)));
    if seen.changed == 0 {
        return;
    }
    marks(seen, out);
    prefectures(&seen.prefectures, out);
    who(&seen.moves, out);
    if !seen.next_page_token.is_empty() {
        out.line(out.paint(Tone::Faint, &said::NOT_ALL_LISTED.get(lang, &[])));
    }
}

fn mark(mark: i32, lang: Lang) -> String {
    match sign(mark) {
        "" => said::BLANK.get(lang, &[]),
        sign => sign.to_owned(),
    }
}

/// What an area or menu is called.
fn name(code: &str, lang: Lang) -> String {
    let list = if code.starts_with('S') { kit_vocabulary::skill_areas() } else { kit_vocabulary::menus() };
    format!("{code} {}", label(list, code, lang))
}

fn marks(seen: &PreviewPolicyResponse, out: &mut Output) {
    let lang = out.lang();
    let [of, from, to] = [said::MARK_OF, said::FROM, said::TO].map(|name| name.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(of, 12, 50),
        Column::text(from, 6, 10),
        Column::text(to, 6, 10),
        Column::number(said::PEOPLE.get(lang, &[])),
    ]);
    for of in seen.areas.iter().chain(&seen.menus) {
        for moved in &of.moves {
            let (from, to) = (mark(moved.from, lang), mark(moved.to, lang));
            table.plain([name(&of.code, lang), from, to, moved.people.to_string()]);
        }
    }
    print(table, out);
}

fn prefecture(code: &str, lang: Lang) -> String {
    match code {
        "" => said::UNSAID.get(lang, &[]),
        code => label(kit_vocabulary::prefectures(), code, lang),
    }
}

fn prefectures(all: &[PrefectureMoves], out: &mut Output) {
    let lang = out.lang();
    out.line("");
    let mut table = Table::new(vec![
        Column::text(said::PREFECTURE.get(lang, &[]), 10, 20),
        Column::number(said::PEOPLE.get(lang, &[])),
        Column::number(said::CHANGED.get(lang, &[])),
    ]);
    for of in all {
        table.plain([prefecture(&of.prefecture, lang), of.people.to_string(), of.changed.to_string()]);
    }
    print(table, out);
}

fn who(people: &[PersonMoves], out: &mut Output) {
    if people.is_empty() {
        return;
    }
    let lang = out.lang();
    out.line("");
    let [number, lives, changes] = [said::NUMBER, said::PREFECTURE, said::CHANGES].map(|name| name.get(lang, &[]));
    let mut table =
        Table::new(vec![Column::text(number, 8, 12), Column::text(lives, 8, 20), Column::text(changes, 10, 120)]);
    for person in people {
        let number = match person.registration_number.as_str() {
            "" => said::ERASED.get(lang, &[]),
            number => number.to_owned(),
        };
        let one = |of: &MarkMoves| {
            let moved = of.moves.first().copied().unwrap_or_default();
            format!("{} {}→{}", of.code, mark(moved.from, lang), mark(moved.to, lang))
        };
        let changes: Vec<_> = person.marks.iter().map(one).collect();
        table.plain([number, prefecture(&person.prefecture, lang), changes.join("  ")]);
    }
    print(table, out);
}

/// Where an activation stands. When everybody is rated, it is looked at whether really nobody is left before the policy is
/// in force, which takes a reading of everybody; the contract has no state of its own for that.
fn state(of: &Activation) -> (Text, Option<Tone>) {
    match of.state() {
        ActivationState::Planned | ActivationState::Unspecified => (said::PLANNED, None),
        ActivationState::Rating if of.rated >= of.people => (said::CHECKING, Some(Tone::Notice)),
        ActivationState::Rating => (said::RATING, Some(Tone::Notice)),
        ActivationState::Done => (said::DONE, Some(Tone::Good)),
        ActivationState::Cancelled => (said::CANCELLED, Some(Tone::Faint)),
    }
}

/// For programs.
pub(super) fn activation_json(of: &Activation) -> Value {
    let time = |at: &Option<prost_types::Timestamp>| at.as_ref().map(|at| clock_time(at).to_string());
    json!({
        "name": of.name,
        "policy": of.policy,
        "previous": of.previous,
        "state": of.state().as_str_name().trim_start_matches("ACTIVATION_STATE_").to_lowercase(),
        "day": of.day,
        "rated": of.rated,
        "people": of.people,
        "actor": of.actor,
        "reason": of.reason,
        "create_time": time(&of.create_time),
        "begin_time": time(&of.begin_time),
        "end_time": time(&of.end_time),
        "end_actor": of.end_actor,
        "end_reason": of.end_reason,
    })
}

/// For people: one.
pub(super) fn activation(of: &Activation, out: &mut Output) {
    let lang = out.lang();
    let (text, tone) = state(of);
    let (state, rated, people) = (text.get(lang, &[]), of.rated.to_string(), of.people.to_string());
    let places =
        [("policy", &*of.policy), ("name", &*of.name), ("state", &*state), ("rated", &*rated), ("people", &*people)];
    out.line(out.pen().maybe(tone, &said::ACTIVATED.get(lang, &places)));
    if !of.end_actor.is_empty() {
        let places = [("actor", &*of.end_actor), ("reason", &*of.end_reason)];
        out.line(format!("  {}", one_line(&said::CANCELLED_BY.get(lang, &places))));
    }
}

/// For people: all.
pub(super) fn activations(all: &[Activation], out: &mut Output) {
    let lang = out.lang();
    if all.is_empty() {
        out.line(said::NO_ACTIVATIONS.get(lang, &[]));
        return;
    }
    let headings = [said::STATE, said::POLICY, said::DAY, said::PROGRESS, said::ENDED, said::BY, said::ACTIVATION];
    let [in_state, policy, day, progress, ended, by, name] = headings.map(|said| said.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(in_state, 8, 12),
        Column::text(policy, 8, 40),
        Column::text(day, 10, 10),
        Column::number(progress),
        Column::text(ended, 10, 10),
        Column::text(by, 6, 30),
        Column::text(name, 12, 60),
    ]);
    for of in all {
        let (text, tone) = state(of);
        let ended = of.end_time.as_ref().map(|at| date(clock_time(at))).unwrap_or_default();
        table.row([
            (text.get(lang, &[]), tone),
            (of.policy.clone(), None),
            (of.day.clone(), None),
            (format!("{}/{}", of.rated, of.people), None),
            (ended, None),
            (of.actor.clone(), None),
            (of.name.clone(), None),
        ]);
    }
    print(table, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(state: ActivationState, rated: i64, people: i64) -> Activation {
        let (name, policy) = ("activations/a".to_owned(), "strict-2025".to_owned());
        Activation { name, policy, state: state.into(), rated, people, ..Activation::default() }
    }

    /// What is said of it alone and among others; every figure stands as it is.
    fn told(of: &Activation, lang: Lang) -> [String; 2] {
        [activation as fn(&Activation, &mut Output), |of, out| activations(std::slice::from_ref(of), out)].map(|tell| {
            let (mut out, kept) = Output::captured();
            out.speak(lang);
            tell(of, &mut out);
            kept.out()
        })
    }

    #[test]
    fn nobody_is_said_to_be_rated_when_everybody_is() {
        use ActivationState::{Cancelled, Done, Planned, Rating};
        let cases = [
            (at(Planned, 0, 221), ["予定", "planned"]),
            (at(Planned, 0, 0), ["予定", "planned"]),
            (at(Rating, 0, 221), ["評価中", "rating"]),
            (at(Rating, 220, 221), ["評価中", "rating"]),
            (at(Rating, 221, 221), ["確認中", "checking"]),
            // Somebody was erased since the last page.
            (at(Rating, 221, 220), ["確認中", "checking"]),
            (at(Rating, 0, 0), ["確認中", "checking"]),
            (at(Done, 221, 221), ["適用済み", "done"]),
            (at(Cancelled, 221, 221), ["取りやめ", "cancelled"]),
        ];
        let words = |lang: usize| cases.iter().map(move |(_, words)| words[lang]);
        for (lang, at) in [(Lang::Ja, 0), (Lang::En, 1)] {
            for (of, expected) in &cases {
                for said in told(of, lang) {
                    // The heading of a column has the word for “rated” too.
                    let line = said.lines().find(|line| line.contains("strict-2025")).unwrap();
                    let named = words(at).filter(|word| line.contains(word)).collect::<std::collections::BTreeSet<_>>();
                    assert_eq!(named.into_iter().collect::<Vec<_>>(), [expected[at]], "{line}");
                    assert!(line.contains(&of.rated.to_string()) && line.contains(&of.people.to_string()), "{line}");
                }
            }
        }
    }
}
