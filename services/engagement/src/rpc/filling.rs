//! The forms that commands take: fields and answers fill each other in, before the command is read as it always was.

use contract::engagement::v1 as wire;
use contract::engagement::v1::{CompanyScale, ExpertScale, Side, ToolJudgement, ToolUse};
use contract::survey::v1::{Answer, Finding};
use kit_clock::Timestamp;
use kit_forms::Value;

use crate::domain::check::Check;
use crate::domain::filled::{Fields, Filled, Filling, fill};
use crate::domain::forms::named;
use crate::domain::outcome::named as marks_by_name;
use crate::domain::{Reason, Subject, japan_date, japan_time, read, short, wire as wire_time};

/// Which field of the service's own stands where in a request.
type Paths = &'static [(&'static str, &'static str)];

const OF_VISITS: Paths = &[
    ("visit", "texts.number"),
    ("start", "start_time"),
    ("date", "start_time"),
    ("end", "end_time"),
    ("date", "end_time"),
    ("place", "texts.place"),
    ("mode", "texts.place"),
    ("place", "texts.link"),
    ("attendees", "texts.attendees"),
    ("goals", "goals_reached"),
    ("tools", "tools"),
    ("deliverables", "texts.deliverables"),
    ("next_steps", "texts.next_steps"),
];

const OF_OUTCOMES: Paths = &[
    ("company_scale", "company_scale"),
    ("expert_scale", "expert_scale"),
    ("marks.knowledge", "marks.knowledge"),
    ("marks.clarity", "marks.clarity"),
    ("marks.fit", "marks.fit"),
    ("marks.time", "marks.time"),
    ("marks.manner", "marks.manner"),
    ("marks.eagerness", "marks.eagerness"),
    ("marks.communication", "marks.communication"),
];

const OF_REPORTS: Paths = &[
    ("diagnosed_needs", "diagnosed_needs"),
    ("advice", "advice"),
    ("goes_on", "goes_on"),
    ("non_conversion_reason", "non_conversion_reason"),
    ("goes_on", "non_conversion_reason"),
];

/// The answers that came with a command.
pub(super) struct Answering {
    filling: Option<Filling>,
    paths: Paths,
}

impl Answering {
    fn begin(
        check: &mut Check,
        (form, answers): (&str, &[Answer]),
        takes: (&'static str, Side),
        paths: Paths,
        said: &Fields,
        subject: Option<&Subject>,
    ) -> Self {
        let (command, side) = takes;
        let nothing = Self { filling: None, paths };
        if form.is_empty() {
            check.needed("form", !answers.is_empty());
            return nothing;
        }
        let Some(found) = named(form) else {
            check.fault("form", Reason::UnknownCode);
            return nothing;
        };
        if found.1.command != command || ![Side::Unspecified, found.1.side()].contains(&side) {
            check.fault("form", Reason::OtherForm);
            return nothing;
        }
        let none = Fields::new();
        let filling = fill(found, answers, said, subject.map_or(&none, |subject| &subject.known));
        Self { filling: Some(filling), paths }
    }

    fn value(&self, field: &str) -> Option<&Value> {
        self.filling.as_ref()?.fields.get(field)
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.value(field).and_then(Value::text)
    }

    fn number(&self, field: &str) -> Option<i32> {
        self.value(field).and_then(Value::number).and_then(|number| i32::try_from(number).ok())
    }

    fn codes(&self, field: &str) -> Vec<String> {
        self.value(field).map(|value| value.codes().to_vec()).unwrap_or_default()
    }

    /// Adds the faults of the answers to those of the fields. What is wrong with a field that an answer gave is told of the
    /// answer, and a field is not missed beside the answer that was to give it.
    pub(super) fn done(self, check: &mut Check) -> Option<(Filled, Vec<Finding>)> {
        let Filling { filled, from, excused, faults, warnings, .. } = self.filling?;
        let within = |field: &str, path: &str| {
            field.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        };
        for fault in std::mem::take(&mut check.faults) {
            let names = || self.paths.iter().filter(|(_, path)| within(&fault.field, path)).map(|(name, _)| *name);
            if fault.reason == Reason::Required && names().any(|name| excused.contains(name)) {
                continue;
            }
            match names().find_map(|name| from.get(name)).map(|question| format!("answers[{question}]")) {
                // What contradicts a field is wrong for that, not for what would follow from it.
                Some(place) if faults.iter().any(|known| known.field == place) => {}
                Some(place) => check.faults.push(fault.at(place)),
                None => check.faults.push(fault),
            }
        }
        check.faults.extend(faults);
        Some((filled, warnings))
    }
}

/// A field and its value, where it is said.
fn choice(said: &mut Fields, field: &'static str, code: &str) {
    if !code.is_empty() {
        said.insert(field, Value::Choice(code.to_owned()));
    }
}

fn text(said: &mut Fields, field: &'static str, text: &str) {
    if !text.trim().is_empty() {
        said.insert(field, Value::Text(text.to_owned()));
    }
}

fn codes(said: &mut Fields, field: &'static str, codes: Vec<String>) {
    if !codes.is_empty() {
        said.insert(field, Value::Choices(codes));
    }
}

fn number(said: &mut Fields, field: &'static str, number: i64) {
    if number != 0 {
        said.insert(field, Value::Number(number));
    }
}

/// The report of a visit.
pub(super) fn of_visit(check: &mut Check, given: &mut wire::HoldVisitRequest, subject: Option<&Subject>) -> Answering {
    let mut texts = given.texts.take().unwrap_or_default();
    let said = said_of_visit(given, &texts);
    let takes = ("HoldVisit", Side::Unspecified);
    let answering = Answering::begin(check, (&given.form, &given.answers), takes, OF_VISITS, &said, subject);
    let known = |field: &str| answering.text(field).or_else(|| said.get(field).and_then(Value::text));
    let time = |field: &str| {
        let time: Option<Timestamp> = format!("{}T{}:00+09:00", known("date")?, known(field)?).parse().ok();
        time.map(wire_time)
    };
    given.start_time = given.start_time.or_else(|| time("start"));
    given.end_time = given.end_time.or_else(|| time("end"));
    texts.number = answering.number("visit").unwrap_or(texts.number);
    let online = known("mode") == Some("online");
    let place = if online { &mut texts.link } else { &mut texts.place };
    fill_text(place, answering.text("place"));
    let filled = |line: &str| Some(line.trim().to_owned()).filter(|line| !line.is_empty());
    let lines = |field: &str| answering.text(field).map(|text| text.lines().filter_map(filled).collect::<Vec<_>>());
    texts.attendees = lines("attendees").unwrap_or(texts.attendees);
    texts.deliverables = lines("deliverables").unwrap_or(texts.deliverables);
    fill_text(&mut texts.next_steps, answering.text("next_steps"));
    given.goals_reached.extend(answering.codes("goals").iter().filter_map(|goal| goal.parse::<i32>().ok()));
    let supplemented = known("supplemented") == Some("yes");
    given.tools.extend(answering.codes("tools").into_iter().map(|tool| ToolUse { tool, supplemented }));
    given.texts = Some(texts);
    answering
}

fn fill_text(place: &mut String, answer: Option<&str>) {
    if let Some(answer) = answer {
        answer.clone_into(place);
    }
}

fn said_of_visit(given: &wire::HoldVisitRequest, texts: &wire::VisitTexts) -> Fields {
    let mut said = Fields::new();
    number(&mut said, "visit", texts.number.into());
    if let Some(start) = given.start_time.as_ref().map(read) {
        text(&mut said, "date", &japan_date(start));
        text(&mut said, "start", &japan_time(start));
    }
    if let Some(end) = given.end_time.as_ref().map(read) {
        text(&mut said, "end", &japan_time(end));
    }
    let (place, mode) = if texts.place.is_empty() { (&texts.link, "online") } else { (&texts.place, "onsite") };
    if !place.is_empty() {
        choice(&mut said, "mode", mode);
        text(&mut said, "place", place);
    }
    text(&mut said, "attendees", &texts.attendees.join("\n"));
    number(&mut said, "attendee_count", i64::try_from(texts.attendees.len()).unwrap_or(i64::MAX));
    codes(&mut said, "goals", given.goals_reached.iter().map(i32::to_string).collect());
    codes(&mut said, "tools", given.tools.iter().map(|tool| tool.tool.clone()).collect());
    if !given.tools.is_empty() {
        choice(&mut said, "supplemented", if given.tools.iter().any(|tool| tool.supplemented) { "yes" } else { "no" });
    }
    text(&mut said, "deliverables", &texts.deliverables.join("\n"));
    text(&mut said, "next_steps", &texts.next_steps);
    said
}

/// A grade by its name in lower case. One that is not known is said all the same, so that no answer takes its place.
fn grade(said: &mut Fields, field: &'static str, prefix: &str, number: i32, name: Option<&str>) {
    if number != 0 {
        choice(said, field, &name.map_or_else(|| number.to_string(), |name| short(name, prefix)));
    }
}

/// What a side says after the last visit. The side is the form's where none is named.
pub(super) fn of_outcome(
    check: &mut Check,
    given: &mut wire::RecordOutcomeRequest,
    subject: Option<&Subject>,
) -> (Answering, Option<ToolJudgement>) {
    let mut said = Fields::new();
    let company = CompanyScale::try_from(given.company_scale).map(|scale| scale.as_str_name());
    grade(&mut said, "company_scale", "COMPANY_SCALE_", given.company_scale, company.ok());
    let expert = ExpertScale::try_from(given.expert_scale).map(|scale| scale.as_str_name());
    grade(&mut said, "expert_scale", "EXPERT_SCALE_", given.expert_scale, expert.ok());
    let marks = given.marks.unwrap_or_default();
    let given_marks = marks_by_name(&marks).into_iter().zip(&OF_OUTCOMES[2..]);
    for ((_, mark), (field, _)) in given_marks {
        number(&mut said, field, mark.into());
    }
    let takes = ("RecordOutcome", given.side());
    let answering = Answering::begin(check, (&given.form, &given.answers), takes, OF_OUTCOMES, &said, subject);
    if let Some(filling) = answering.filling.as_ref().filter(|_| given.side == 0) {
        given.set_side(filling.filled.rule.side());
    }
    let scale =
        |field: &str, prefix: &str| answering.text(field).map(|code| format!("{prefix}{}", code.to_uppercase()));
    if let Some(name) = scale("company_scale", "COMPANY_SCALE_") {
        given.company_scale = CompanyScale::from_str_name(&name).unwrap_or_default().into();
    }
    if let Some(name) = scale("expert_scale", "EXPERT_SCALE_") {
        given.expert_scale = ExpertScale::from_str_name(&name).unwrap_or_default().into();
    }
    let mark = |field: &str, given: i32| answering.number(field).unwrap_or(given);
    let filled = wire::Marks {
        knowledge: mark("marks.knowledge", marks.knowledge),
        clarity: mark("marks.clarity", marks.clarity),
        fit: mark("marks.fit", marks.fit),
        time: mark("marks.time", marks.time),
        manner: mark("marks.manner", marks.manner),
        eagerness: mark("marks.eagerness", marks.eagerness),
        communication: mark("marks.communication", marks.communication),
    };
    given.marks = given.marks.or(Some(filled).filter(|filled| *filled != wire::Marks::default())).map(|_| filled);
    let judged = |field: &str| answering.text(field).and_then(|grade| grade.parse::<i32>().ok()).unwrap_or(0);
    let (clarity, sufficiency) = (judged("tool_clarity"), judged("tool_sufficiency"));
    let of_all = ToolJudgement { tool: String::new(), clarity, sufficiency };
    let wanted = given.tools.is_empty() && (clarity, sufficiency) != (0, 0);
    (answering, Some(of_all).filter(|_| wanted))
}

/// The report of a consultation.
pub(super) fn of_report(
    check: &mut Check,
    given: &mut wire::ReportConsultationRequest,
    subject: Option<&Subject>,
) -> Answering {
    let mut said = Fields::new();
    codes(&mut said, "diagnosed_needs", given.diagnosed_needs.clone());
    text(&mut said, "advice", &given.advice);
    choice(&mut said, "non_conversion_reason", &given.non_conversion_reason);
    let goes_on = match (given.goes_on, given.non_conversion_reason.is_empty()) {
        (true, _) => "yes",
        (false, true) => "",
        (false, false) => "no",
    };
    choice(&mut said, "goes_on", goes_on);
    let takes = ("ReportConsultation", Side::Unspecified);
    let answering = Answering::begin(check, (&given.form, &given.answers), takes, OF_REPORTS, &said, subject);
    given.diagnosed_needs.extend(answering.codes("diagnosed_needs"));
    fill_text(&mut given.advice, answering.text("advice"));
    fill_text(&mut given.non_conversion_reason, answering.text("non_conversion_reason"));
    given.goes_on |= answering.text("goes_on") == Some("yes");
    answering
}
