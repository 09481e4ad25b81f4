//! Reading a form from its file. A form that loads is whole: lists exist, conditions look back, limits are set.

use kit_vocabulary::{BadList, Code, List};
use serde::Deserialize;

use crate::{Form, Group, Kind, Label, Question, Section, TextFormat, When};

/// Why a file is not a form.
#[derive(Debug, thiserror::Error)]
pub enum BadForm {
    /// Not JSON of the right shape.
    #[error("the form cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The version it extends is not there.
    #[error("the form extends {0}, which is not known")]
    UnknownBase(String),
    /// It names a question it does not have.
    #[error("the form has no question {0}")]
    UnknownQuestion(String),
    /// A question is not whole, or contradicts itself.
    #[error("question {question}: {problem}")]
    Question {
        /// Its code.
        question: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two choices or two questions could be meant by the same words.
    #[error(transparent)]
    Ambiguous(#[from] BadList),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtensionData {
    extends: String,
    version: String,
    title: Label,
    source: String,
    required: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormData {
    id: String,
    version: String,
    title: Label,
    source: String,
    #[serde(default)]
    groups: Vec<GroupData>,
    sections: Vec<SectionData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupData {
    code: String,
    ja: String,
    en: String,
    rule: Option<Rule>,
    #[serde(default)]
    expected: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    AllOrNone,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionData {
    code: String,
    ja: String,
    en: String,
    questions: Vec<QuestionData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindData {
    Single,
    Multiple,
    Number,
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionData {
    code: String,
    kind: KindData,
    ja: Option<String>,
    en: Option<String>,
    /// The list whose entry of the same code labels the question.
    labels: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    list: Option<String>,
    /// Choices of the question's own, after those of the list.
    #[serde(default)]
    choices: Vec<Code>,
    all: Option<Code>,
    #[serde(default)]
    exclusive: Vec<String>,
    max_choices: Option<usize>,
    min: Option<i64>,
    max: Option<i64>,
    unit: Option<String>,
    scale: Option<String>,
    max_chars: Option<usize>,
    #[serde(default)]
    lines: bool,
    #[serde(default)]
    format: TextFormat,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    expected: bool,
    #[serde(default)]
    personal: bool,
    group: Option<String>,
    when: Option<When>,
}

impl Form {
    /// A form that stands on its own.
    ///
    /// # Errors
    /// [`BadForm`]; for a file that extends another form, [`BadForm::UnknownBase`].
    pub fn load(json: &str) -> Result<Form, BadForm> {
        Form::load_extending(json, &[])
    }

    /// A form that may extend one of those known.
    ///
    /// # Errors
    /// [`BadForm`].
    pub fn load_extending(json: &str, known: &[Form]) -> Result<Form, BadForm> {
        // Decided by hand, not by an untagged enum, so that an error speaks of the shape the author meant.
        let value: serde_json::Value = serde_json::from_str(json)?;
        if value.get("extends").is_some() {
            extended(serde_json::from_value(value)?, known)
        } else {
            whole(serde_json::from_value(value)?)
        }
    }
}

fn extended(data: ExtensionData, known: &[Form]) -> Result<Form, BadForm> {
    let base = known.iter().find(|form| form.version == data.extends);
    let mut form = base.cloned().ok_or_else(|| BadForm::UnknownBase(data.extends.clone()))?;
    if let Some(code) = data.required.iter().find(|code| form.question(code).is_none()) {
        return Err(BadForm::UnknownQuestion(code.clone()));
    }
    for question in form.sections.iter_mut().flat_map(|section| &mut section.questions) {
        let required = data.required.contains(&question.code);
        question.expected = !required && (question.expected || question.required);
        question.required = required;
    }
    form.version = data.version;
    form.extends = Some(data.extends);
    form.title = data.title;
    form.source = data.source;
    Ok(form)
}

fn whole(data: FormData) -> Result<Form, BadForm> {
    let groups: Vec<Group> = data.groups.into_iter().map(group).collect();
    let mut sections: Vec<Section> = Vec::new();
    let mut headings = Vec::new();
    let mut places = Vec::new();
    for section in data.sections {
        let mut questions = Vec::new();
        for question in section.questions {
            let (question, heading) = read_question(question)?;
            places.push((sections.len(), questions.len()));
            headings.push(heading);
            questions.push(question);
        }
        let label = Label { ja: section.ja, en: section.en };
        sections.push(Section { code: section.code, label, questions });
    }
    let form = Form {
        headings: List::new(&data.version, headings)?,
        id: data.id,
        version: data.version,
        extends: None,
        title: data.title,
        source: data.source,
        groups,
        sections,
        places,
    };
    for (at, question) in form.questions().enumerate() {
        fits(&form, at, question)?;
    }
    Ok(form)
}

fn group(data: GroupData) -> Group {
    Group {
        code: data.code,
        label: Label { ja: data.ja, en: data.en },
        all_or_none: matches!(data.rule, Some(Rule::AllOrNone)),
        expected: data.expected,
    }
}

/// What a question refers to must be there: its group, and a condition that is known before the question is put.
fn fits(form: &Form, at: usize, question: &Question) -> Result<(), BadForm> {
    if let Some(group) = question.group.as_deref().filter(|group| form.group(group).is_none()) {
        return Err(bad(&question.code, format!("there is no group {group}")));
    }
    let Some(when) = &question.when else {
        return Ok(());
    };
    let Some(condition) = form.questions().take(at).find(|earlier| earlier.code == when.question) else {
        return Err(bad(&question.code, format!("no question {} stands before it", when.question)));
    };
    let known = |code: &str| condition.choices().is_some_and(|choices| choices.get(code).is_some());
    match when.any_of.iter().find(|code| !known(code)) {
        Some(code) => Err(bad(&question.code, format!("{} has no choice {code}", when.question))),
        None => Ok(()),
    }
}

/// The question, and the words by which it is found.
fn read_question(mut data: QuestionData) -> Result<(Question, Code), BadForm> {
    let mut heading = heading(&mut data)?;
    heading.aliases.append(&mut data.aliases);
    let label = Label { ja: heading.ja.clone(), en: heading.en.clone() };
    let kind = kind(&mut data)?;
    let question = Question {
        code: data.code,
        label,
        kind,
        required: data.required,
        expected: data.expected,
        personal: data.personal,
        group: data.group,
        when: data.when,
    };
    Ok((question, heading))
}

fn heading(data: &mut QuestionData) -> Result<Code, BadForm> {
    if let Some(name) = &data.labels {
        let entry = list(&data.code, name)?.get(&data.code).cloned();
        let entry = entry.ok_or_else(|| bad(&data.code, format!("list {name} has no such code")))?;
        return Ok(Code { links: Default::default(), ..entry });
    }
    match (data.ja.take(), data.en.take()) {
        (Some(ja), Some(en)) => {
            Ok(Code { code: data.code.clone(), ja, en, reading: None, aliases: Vec::new(), links: Default::default() })
        }
        _ => Err(bad(&data.code, "it has no label in both languages")),
    }
}

fn kind(data: &mut QuestionData) -> Result<Kind, BadForm> {
    let needs = |what: &str| bad(&data.code, format!("{what} must be set"));
    match data.kind {
        KindData::Single => Ok(Kind::Single { choices: choices(data)? }),
        KindData::Multiple => multiple(data),
        KindData::Number => Ok(Kind::Number {
            min: data.min.ok_or_else(|| needs("min"))?,
            max: data.max.ok_or_else(|| needs("max"))?,
            unit: data.unit.take(),
            scale: data.scale.as_ref().map(|name| list(&data.code, name)).transpose()?,
        }),
        KindData::Text => Ok(Kind::Text {
            max_chars: data.max_chars.ok_or_else(|| needs("max_chars"))?,
            lines: data.lines,
            format: data.format,
        }),
    }
}

fn multiple(data: &mut QuestionData) -> Result<Kind, BadForm> {
    let choices = choices(data)?;
    if let Some(code) = data.exclusive.iter().find(|code| choices.get(code).is_none()) {
        return Err(bad(&data.code, format!("the exclusive choice {code} is none of its choices")));
    }
    let all = data.all.take();
    if let Some(all) = &all {
        let mut spellings = [&all.code, &all.ja, &all.en].into_iter().chain(&all.aliases);
        if spellings.any(|spelling| choices.find(spelling).is_some()) {
            return Err(bad(&data.code, "the choice for all is spelled like one of the others"));
        }
    }
    Ok(Kind::Multiple { choices, max_choices: data.max_choices, exclusive: std::mem::take(&mut data.exclusive), all })
}

fn choices(data: &mut QuestionData) -> Result<List, BadForm> {
    let name = data.list.as_deref().unwrap_or(&data.code);
    let mut codes = match &data.list {
        Some(name) => list(&data.code, name)?.codes().to_vec(),
        None => Vec::new(),
    };
    codes.append(&mut data.choices);
    if codes.is_empty() {
        return Err(bad(&data.code, "it has no choices"));
    }
    Ok(List::new(name, codes)?)
}

fn list(question: &str, name: &str) -> Result<&'static List, BadForm> {
    kit_vocabulary::list(name).ok_or_else(|| bad(question, format!("there is no list {name}")))
}

fn bad(question: &str, problem: impl Into<String>) -> BadForm {
    BadForm::Question { question: question.to_owned(), problem: problem.into() }
}
