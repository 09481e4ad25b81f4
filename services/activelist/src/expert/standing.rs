//! `expert standing` and `expert checks`: how an expert stood, and what was found of the registration.

use contract::registry::v1::{
    ExpertState, GetStandingRequest, GetStandingResponse, ListVerificationsRequest, RecordedVerification,
    RegistrationStanding, StateChange, Verification,
};
use kit_clock::Timestamp;
use kit_log::clock_time;
use kit_vocabulary::Lang;
use serde_json::{Value, json};

use super::{BY_NUMBER, SECONDS, nobody, registered};
use crate::args::{ExpertChecks, ExpertStanding};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::text::{self, Text};

/// Runs `expert standing`: what was recorded by then beside what is known now.
///
/// # Errors
/// When nobody has the number or name, the day is none or to come, or the server refuses.
pub async fn standing(args: &ExpertStanding, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    let recorded = ask(&to, args, false).await?;
    let known = ask(&to, args, true).await?;
    if args.json {
        let object = json!({
            "name": recorded.name,
            "on": args.on,
            "recorded": to_json(&recorded),
            "known_now": to_json(&known),
            "merged_into": recorded.merged_into,
        });
        out.line(object.to_string());
    } else {
        show(args, &recorded, &known, out);
    }
    Ok(Exit::Done)
}

async fn ask(to: &Connection, args: &ExpertStanding, as_known_now: bool) -> Result<GetStandingResponse, Failure> {
    let mut request = GetStandingRequest { as_known_now, ..GetStandingRequest::default() };
    if args.expert.starts_with("experts/") {
        request.name.clone_from(&args.expert);
    } else {
        request.registration_number.clone_from(&args.expert);
    }
    match args.on.parse::<Timestamp>() {
        Ok(time) => request.time = Some(kit_log::wire_time(time)),
        Err(_) => request.day.clone_from(&args.on),
    }
    let answer = to.experts().get_standing(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    Ok(answer.into_inner())
}

/// Runs `expert checks`.
///
/// # Errors
/// As [`standing`].
pub async fn checks(args: &ExpertChecks, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    let name = if args.expert.starts_with("experts/") && args.expert != BY_NUMBER {
        args.expert.clone()
    } else {
        let number = kit_vocabulary::registration_number(&args.expert)
            .map_err(|_| Failure::input(text::BAD_NUMBER.fill(&[]), text::ADVICE_NUMBER))?;
        registered(&to, &number).await?.ok_or_else(|| nobody(&number))?.name
    };
    let request = within(ListVerificationsRequest { name: name.clone() }, SECONDS);
    let answer = to.experts().list_verifications(request).await.map_err(|status| refused(&status))?;
    let checks = answer.into_inner().verifications;
    if args.json {
        let checks: Vec<Value> = checks.iter().map(recorded_json).collect();
        out.line(json!({"name": name, "checks": checks}).to_string());
    } else {
        list(&checks, out);
    }
    Ok(Exit::Done)
}

fn time(stamp: Option<&prost_types::Timestamp>) -> String {
    stamp.map(|stamp| clock_time(stamp).to_string()).unwrap_or_default()
}

fn check_json(check: &Verification) -> Value {
    json!({
        "source": check.source,
        "verified_by": check.verified_by,
        "verify_time": time(check.verify_time.as_ref()),
        "valid_until": check.valid_until.as_ref().map(|until| time(Some(until))),
    })
}

fn recorded_json(check: &RecordedVerification) -> Value {
    let mut object = check.verification.as_ref().map(check_json).unwrap_or_default();
    object["record_time"] = json!(time(check.record_time.as_ref()));
    object
}

fn to_json(stood: &GetStandingResponse) -> Value {
    let change = |change: &StateChange| {
        json!({
            "from": state(change.from()).0,
            "to": state(change.to()).0,
            "time": time(change.time.as_ref()),
            "as_of": time(change.as_of.as_ref()),
            "actor": change.actor,
            "reason": change.reason,
        })
    };
    json!({
        "listed": stood.listed,
        "listed_throughout": stood.listed_throughout,
        "state": state(stood.state()).0,
        "registration": registration(stood.registration()).0,
        "verification": stood.verification.as_ref().map(check_json),
        "changes": stood.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

/// For programs, and for people.
const fn state(state: ExpertState) -> (&'static str, Text) {
    match state {
        ExpertState::Unspecified => ("unknown", text::NOT_ENTERED),
        ExpertState::Draft => ("draft", text::STATE_DRAFT),
        ExpertState::Listed => ("listed", text::STATE_LISTED),
        ExpertState::Paused => ("paused", text::STATE_PAUSED),
        ExpertState::Delisted => ("delisted", text::STATE_DELISTED),
        ExpertState::Erased => ("erased", text::STATE_ERASED),
    }
}

const fn registration(stood: RegistrationStanding) -> (&'static str, Text) {
    match stood {
        RegistrationStanding::Valid => ("valid", text::REGISTRATION_VALID),
        RegistrationStanding::Lapsed => ("lapsed", text::REGISTRATION_LAPSED),
        RegistrationStanding::Unverified | RegistrationStanding::Unspecified => {
            ("unverified", text::REGISTRATION_UNVERIFIED)
        }
    }
}

const fn listed(stood: &GetStandingResponse) -> Text {
    match (stood.listed, stood.listed_throughout) {
        (true, true) => text::LISTED_ALL_DAY,
        (true, false) => text::LISTED_PART,
        (false, _) => text::NOT_LISTED,
    }
}

fn show(args: &ExpertStanding, recorded: &GetStandingResponse, known: &GetStandingResponse, out: &mut Output) {
    let lang = out.lang();
    let heading = text::STOOD_ON.get(lang, &[("time", &args.on)]);
    out.line(format!("{}  {}", out.paint(Tone::Heading, &crate::failure::one_line(&args.expert)), heading));
    let said = |text: Text| text.get(lang, &[]);
    let mut table = Table::new(vec![
        Column::text(String::new(), 6, 14),
        Column::text(said(text::RECORDED_THEN), 12, 60),
        Column::text(said(text::KNOWN_BY_NOW), 12, 60),
    ]);
    table.plain([said(text::LIST), said(listed(recorded)), said(listed(known))]);
    table.plain([said(text::STATE), said(state(recorded.state()).1), said(state(known.state()).1)]);
    let registered = |stood: &GetStandingResponse| said(registration(stood.registration()).1);
    table.plain([said(text::REGISTRATION), registered(recorded), registered(known)]);
    let check =
        |stood: &GetStandingResponse| stood.verification.as_ref().map_or_else(String::new, |it| check(it, lang));
    table.plain([said(text::CHECK), check(recorded), check(known)]);
    for line in table.lines(out.width(), out.pen()) {
        out.line(line);
    }
    if !known.changes.is_empty() {
        out.line(out.paint(Tone::Heading, &said(text::STEPS)));
    }
    for change in &known.changes {
        out.line(format!("  {}", step(change, lang)));
    }
    if !recorded.merged_into.is_empty() {
        out.line(text::MERGED_ENTRY.get(lang, &[("name", &recorded.merged_into)]));
    }
}

fn check(check: &Verification, lang: Lang) -> String {
    let places = [("time", &*time(check.verify_time.as_ref())), ("source", &*check.source)];
    text::CHECK_OF.get(lang, &places)
}

fn step(change: &StateChange, lang: Lang) -> String {
    let (from, to) = (state(change.from()).1.get(lang, &[]), state(change.to()).1.get(lang, &[]));
    let (when, as_of) = (time(change.time.as_ref()), time(change.as_of.as_ref()));
    let places = [("time", &*when), ("as_of", &*as_of), ("from", &*from), ("to", &*to), ("reason", &*change.reason)];
    let form = if change.as_of.is_some() && as_of != when { text::STEP_AS_OF } else { text::STEP_TAKEN };
    crate::failure::one_line(&form.get(lang, &places))
}

fn list(checks: &[RecordedVerification], out: &mut Output) {
    let lang = out.lang();
    if checks.is_empty() {
        out.line(text::NO_CHECKS.get(lang, &[]));
        return;
    }
    let headings = [text::RECORDED, text::TRUE_AS_OF, text::VALID_UNTIL, text::CHECKED_BY, text::CHECKED_WHERE];
    let [recorded, as_of, until, by, place] = headings.map(|said| said.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(recorded, 16, 32),
        Column::text(as_of, 16, 32),
        Column::text(until, 10, 32),
        Column::text(by, 8, 40),
        Column::text(place, 8, 60),
    ]);
    for check in checks {
        let found = check.verification.clone().unwrap_or_default();
        table.plain([
            time(check.record_time.as_ref()),
            time(found.verify_time.as_ref()),
            time(found.valid_until.as_ref()),
            found.verified_by,
            found.source,
        ]);
    }
    for line in table.lines(out.width(), out.pen()) {
        out.line(line);
    }
}
