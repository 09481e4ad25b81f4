//! One entry of a section: a question, a question with texts after certain choices, or a matrix of rows.

use kit_vocabulary::{Code, List};

use crate::load::choices::{Offer, Tables, code, vocabulary};
use crate::load::object::Object;
use crate::load::{all_or_none, label};
use crate::{Group, Kind, Label, Question, TextFormat, When};

/// Longest text after a choice such as その他.
const WORDS_CHARS: usize = 200;
/// Characters of `2024-10-15` and of `14:50`.
const DATE_CHARS: usize = 10;
const TIME_CHARS: usize = 5;
/// Where several choices or a number may be given, a best sum would depend on more than the choices.
const NO_POINTS: &str = "only the choices of a single choice have points";

/// What an entry stands for: each question with the words by which it is found.
#[derive(Default)]
pub(super) struct Read {
    pub(super) questions: Vec<(Question, Code)>,
    /// The group that the rows of a matrix are.
    pub(super) group: Option<Group>,
}

/// What all rows of an entry have in common.
#[derive(Clone)]
struct Common {
    required: bool,
    expected: bool,
    personal: bool,
    group: Option<String>,
    when: Option<When>,
}

pub(super) fn read(object: &Object<'_>, tables: &Tables<'_>) -> Read {
    let kind = object.words("kind");
    let group = if kind == "matrix" { None } else { object.text("group") };
    let common = Common {
        required: object.flag("required"),
        expected: object.flag("expected"),
        personal: object.flag("personal"),
        group,
        when: when(object),
    };
    let read = match kind.as_str() {
        "matrix" => matrix(object, tables, &common),
        "single" | "multiple" => choosing(object, tables, &kind, common),
        "number" => plain(object, number(object, tables), common),
        "text" => plain(object, text(object), common),
        // Read as a choice, so that a question that refers to it is not told as faulty too.
        other => {
            if !other.is_empty() {
                object.mistake("kind", "can be single, multiple, number, text or matrix");
            }
            return plain(object, Kind::Single { choices: tables.offered(object, "list").list }, common);
        }
    };
    object.done(&format!("a question of kind {kind}"));
    read
}

fn plain(object: &Object<'_>, kind: Kind, common: Common) -> Read {
    Read { questions: vec![asked(heading(object), kind, common)], group: None }
}

fn asked(heading: Code, kind: Kind, common: Common) -> (Question, Code) {
    let dated = |format: &TextFormat| matches!(format, TextFormat::Date | TextFormat::Time);
    let free_text = matches!(&kind, Kind::Text { format, .. } if !dated(format));
    let question = Question {
        code: heading.code.clone(),
        label: Label { ja: heading.ja.clone(), en: heading.en.clone() },
        kind,
        required: common.required,
        expected: common.expected,
        // Nobody can know what is written into a free text.
        personal: common.personal || free_text,
        group: common.group,
        when: common.when,
        points: Default::default(),
    };
    (question, heading)
}

fn when(object: &Object<'_>) -> Option<When> {
    let condition = object.object("when")?;
    let when = When { question: condition.code("question"), any_of: condition.texts("any_of") };
    condition.done("a condition");
    Some(when)
}

/// The words by which a question is found: its own, or those of the list entry of the same code.
fn heading(object: &Object<'_>) -> Code {
    let Some(name) = object.text("labels") else {
        return code(object);
    };
    let wanted = object.code("code");
    let mut aliases = object.texts("aliases");
    let entry = vocabulary(object, "labels", &name).and_then(|list| {
        let entry = list.get(&wanted);
        if entry.is_none() {
            object.mistake("labels", format!("list {name} has no entry {wanted}"));
        }
        entry
    });
    let empty = Code {
        code: wanted.clone(),
        ja: String::new(),
        en: String::new(),
        reading: None,
        aliases: Vec::new(),
        links: Default::default(),
    };
    let mut heading = Code { links: Default::default(), ..entry.cloned().unwrap_or(empty) };
    heading.aliases.append(&mut aliases);
    heading
}

fn choosing(object: &Object<'_>, tables: &Tables<'_>, kind: &str, common: Common) -> Read {
    let heading = heading(object);
    let Offer { list, points } = tables.offered(object, "list");
    if list.codes().is_empty() && !object.has("list") {
        object.mistake("choices", "there must be something to choose");
    }
    if !points.is_empty() && points.len() < list.codes().len() {
        object.mistake("choices", "some have points and others none");
    }
    if !points.is_empty() && kind != "single" {
        object.mistake("choices", NO_POINTS);
    }
    let after: Vec<Code> = object
        .texts("texts")
        .into_iter()
        .filter_map(|wanted| {
            let choice = list.get(&wanted).cloned();
            if choice.is_none() {
                object.mistake("texts", format!("there is no choice {wanted}"));
            }
            choice
        })
        .collect();
    let kind = if kind == "single" { Kind::Single { choices: list } } else { multiple(object, list) };
    let texts: Vec<_> = after.iter().map(|choice| in_words(&heading, choice)).collect();
    let (mut question, heading) = asked(heading, kind, common);
    question.points = points;
    let mut questions = vec![(question, heading)];
    questions.extend(texts);
    Read { questions, group: None }
}

/// The text that is asked after a choice; its absence is a warning, since the choice itself says something.
fn in_words(question: &Code, choice: &Code) -> (Question, Code) {
    let heading = Code {
        code: format!("{}_{}", question.code, choice.code),
        ja: format!("{}（{}の内容）", question.ja, choice.ja),
        en: format!("{} ({}, in words)", question.en, choice.en),
        reading: None,
        aliases: Vec::new(),
        links: Default::default(),
    };
    let when = When { question: question.code.clone(), any_of: vec![choice.code.clone()] };
    let common = Common { required: false, expected: true, personal: true, group: None, when: Some(when) };
    asked(heading, Kind::Text { max_chars: WORDS_CHARS, lines: false, format: TextFormat::Plain }, common)
}

fn multiple(object: &Object<'_>, choices: List) -> Kind {
    let exclusive = object.texts("exclusive");
    for code in exclusive.iter().filter(|code| choices.get(code).is_none()) {
        object.mistake("exclusive", format!("there is no choice {code}"));
    }
    let all = object.object("all").map(|all| {
        let read = code(&all);
        all.done("the choice for all");
        read
    });
    let spelled = |all: &Code| {
        [&all.code, &all.ja, &all.en].into_iter().chain(&all.aliases).any(|spelling| choices.find(spelling).is_some())
    };
    if all.as_ref().is_some_and(spelled) {
        object.mistake("all", "is spelled like one of the other choices");
    }
    let max_choices = object.limit("max_choices");
    if max_choices.is_some_and(|max| max > choices.codes().len()) {
        object.mistake("max_choices", format!("there are only {} choices", choices.codes().len()));
    }
    Kind::Multiple { choices, max_choices, exclusive, all }
}

fn number(object: &Object<'_>, tables: &Tables<'_>) -> Kind {
    let (min, max) = (object.need("min", Object::number), object.need("max", Object::number));
    let (min, max) = (min.unwrap_or_default(), max.unwrap_or(i64::MAX));
    if min > max {
        object.mistake("min", "is above max");
    }
    let Offer { list: scale, points } = tables.offered(object, "scale");
    if !points.is_empty() {
        object.mistake("choices", NO_POINTS);
    }
    let in_range = |code: &Code| code.code.parse::<i64>().is_ok_and(|number| (min..=max).contains(&number));
    for code in scale.codes().iter().filter(|code| !in_range(code)) {
        object.mistake("scale", format!("{} is no number from {min} to {max}", code.code));
    }
    let scale = Some(scale).filter(|scale| !scale.codes().is_empty());
    Kind::Number { min, max, unit: object.text("unit"), scale }
}

fn text(object: &Object<'_>) -> Kind {
    let format = match object.text("format").as_deref() {
        None => TextFormat::Plain,
        Some("email") => TextFormat::Email,
        Some("url") => TextFormat::Url,
        Some("registration_number") => TextFormat::RegistrationNumber,
        Some("date") => return Kind::Text { max_chars: DATE_CHARS, lines: false, format: TextFormat::Date },
        Some("time") => return Kind::Text { max_chars: TIME_CHARS, lines: false, format: TextFormat::Time },
        Some(_) => {
            object.mistake("format", "can be email, url, registration_number, date or time");
            TextFormat::Plain
        }
    };
    let max_chars = object.need("max_chars", Object::limit).unwrap_or(usize::MAX);
    Kind::Text { max_chars, lines: object.flag("lines"), format }
}

/// Rows with one scale: each a question of its own, and together a group.
fn matrix(object: &Object<'_>, tables: &Tables<'_>, common: &Common) -> Read {
    let group =
        Group { code: object.code("code"), label: label(object), all_or_none: all_or_none(object), expected: false };
    let kind = number(object, tables);
    let rows = object.objects("rows");
    if rows.is_empty() {
        object.mistake("rows", "there must be at least one");
    }
    let row = |row: &Object<'_>| {
        let read = asked(heading(row), kind.clone(), Common { group: Some(group.code.clone()), ..common.clone() });
        row.done("a row");
        read
    };
    Read { questions: rows.iter().map(row).collect(), group: Some(group) }
}
