//! Reading a form from its file. A form that loads is whole: lists exist, conditions look back, limits are set.

use std::collections::BTreeMap;
use std::fmt;

use kit_vocabulary::{BadList, Code, List};
use serde_json::Value as Json;

use crate::{Form, Group, Label, Question, Score, Section};

mod choices;
mod doubles;
mod object;
mod question;
mod score;

use choices::Tables;
use object::{Found, Object};

/// One thing wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where: `sections[support].questions[themes].max_choices`, with the place in the list where there is no code.
    pub place: String,
    /// What is wrong there, in English.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.problem) } else { write!(f, "{}: {}", self.place, self.problem) }
    }
}

/// Why a file is not a form: everything that is wrong with it, in the order in which it was met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.mistakes))]
pub struct BadForm {
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n")
}

impl Form {
    /// A form that stands on its own.
    ///
    /// # Errors
    /// [`BadForm`]; a file that extends another form is one.
    pub fn load(json: &str) -> Result<Form, BadForm> {
        Form::load_extending(json, &[])
    }

    /// A form that may extend one of those known.
    ///
    /// # Errors
    /// [`BadForm`].
    pub fn load_extending(json: &str, known: &[Form]) -> Result<Form, BadForm> {
        let read = serde_json::from_str::<doubles::OnceEach>(json).and_then(|_| serde_json::from_str(json));
        let json: Json = match read {
            Ok(json) => json,
            Err(error) => {
                let mistake = Mistake { place: String::new(), problem: format!("cannot be read: {error}") };
                return Err(BadForm { mistakes: vec![mistake] });
            }
        };
        let found = Found::default();
        let form = Object::new("", &json, &found)
            .and_then(|file| if file.has("extends") { extended(&file, known) } else { whole(&file, &found) });
        match form {
            Some(form) if found.is_empty() => Ok(form),
            _ => Err(BadForm { mistakes: found.into_mistakes() }),
        }
    }
}

fn extended(file: &Object<'_>, known: &[Form]) -> Option<Form> {
    let base = file.words("extends");
    let (version, title, source) = (file.code("version"), title(file), file.words("source"));
    let required = file.texts("required");
    if !file.has("required") {
        file.mistake("required", "is missing");
    }
    file.done("a form that extends another");
    let Some(mut form) = known.iter().find(|form| form.version == base).cloned() else {
        file.mistake("extends", format!("there is no form {base}"));
        return None;
    };
    for code in required.iter().filter(|code| form.question(code).is_none()) {
        file.mistake("required", format!("{base} has no question {code}"));
    }
    for question in form.sections.iter_mut().flat_map(|section| &mut section.questions) {
        let needed = required.contains(&question.code);
        question.expected = !needed && (question.expected || question.required);
        question.required = needed;
    }
    Some(Form { version, extends: Some(base), title, source, ..form })
}

fn whole(file: &Object<'_>, found: &Found) -> Option<Form> {
    let tables = Tables::read(file, found);
    let mut form = Form {
        id: file.code("id"),
        version: file.code("version"),
        extends: None,
        title: title(file),
        source: file.words("source"),
        groups: file.objects("groups").iter().map(group).collect(),
        sections: Vec::new(),
        scores: Vec::new(),
        headings: List::new("", Vec::new()).ok()?,
        places: Vec::new(),
    };
    if !file.has("sections") {
        file.mistake("sections", "is missing");
    }
    let mut headings = Vec::new();
    for object in file.objects("sections") {
        let mut section = Section { code: object.code("code"), label: label(&object), questions: Vec::new() };
        if !object.has("questions") {
            object.mistake("questions", "is missing");
        }
        for asked in object.objects("questions") {
            let read = question::read(&asked, &tables);
            for (question, heading) in read.questions {
                form.places.push((form.sections.len(), section.questions.len()));
                headings.push((format!("{}.code", asked.place), heading));
                section.questions.push(question);
            }
            form.groups.extend(read.group);
        }
        object.done("a section");
        form.sections.push(section);
    }
    form.headings = distinct(headings, found);
    form.scores = file.objects("scores").iter().filter_map(|object| score::read(object, &form)).collect();
    file.done("a form");
    unique(found, "sections", form.sections.iter().map(|section| section.code.as_str()));
    unique(found, "groups", form.groups.iter().map(|group| group.code.as_str()));
    unique(found, "scores", form.scores.iter().map(|score: &Score| score.code.as_str()));
    for (at, question) in form.questions().enumerate() {
        fits(&form, at, question, found);
    }
    Some(form)
}

fn title(file: &Object<'_>) -> Label {
    if !file.has("title") {
        file.mistake("title", "is missing");
    }
    let title = file.object("title").map(|title| {
        let read = label(&title);
        title.done("a title");
        read
    });
    title.unwrap_or_else(|| Label { ja: String::new(), en: String::new() })
}

fn label(object: &Object<'_>) -> Label {
    Label { ja: object.words("ja"), en: object.words("en") }
}

fn group(object: &Object<'_>) -> Group {
    let group = Group {
        code: object.code("code"),
        label: label(object),
        all_or_none: all_or_none(object),
        expected: object.flag("expected"),
    };
    object.done("a group");
    group
}

/// Whether the rule of a group is `all_or_none`, the only one there is.
fn all_or_none(object: &Object<'_>) -> bool {
    let rule = object.text("rule");
    if rule.as_deref().is_some_and(|rule| rule != "all_or_none") {
        object.mistake("rule", "can be all_or_none only");
    }
    rule.is_some()
}

/// A list of those entries that no earlier one is spelled like; each of the others is a mistake at its place.
fn distinct(entries: Vec<(String, Code)>, found: &Found) -> List {
    let mut entries = entries;
    loop {
        let codes = entries.iter().map(|(_, code)| code.clone()).collect();
        match List::new("", codes) {
            Ok(list) => return list,
            Err(BadList::Ambiguous { spelling, first, second, .. }) => {
                let at = entries.iter().rposition(|(_, code)| code.code == second).unwrap_or(entries.len() - 1);
                let (place, _) = entries.remove(at);
                found.add(place, format!("{spelling:?} means both {first} and {second}"));
            }
            // Not met: only a text that is read as a list can be unreadable.
            Err(BadList::Unreadable { reason, .. }) => {
                found.add("", reason);
                entries.clear();
            }
        }
    }
}

fn unique<'a>(found: &Found, place: &str, codes: impl Iterator<Item = &'a str>) {
    let mut times = BTreeMap::new();
    for code in codes {
        *times.entry(code).or_insert(0) += 1;
    }
    for (code, _) in times.into_iter().filter(|(_, times)| *times > 1) {
        found.add(format!("{place}[{code}]"), "stands more than once");
    }
}

/// What a question refers to must be there: its group, and a condition that is known before the question is put.
fn fits(form: &Form, at: usize, question: &Question, found: &Found) {
    let section = &form.sections[form.places[at].0].code;
    let place = |field: &str| format!("sections[{section}].questions[{}].{field}", question.code);
    if let Some(group) = question.group.as_deref().filter(|group| form.group(group).is_none()) {
        found.add(place("group"), format!("there is no group {group}"));
    }
    let Some(when) = &question.when else { return };
    let Some(condition) = form.questions().take(at).find(|earlier| earlier.code == when.question) else {
        return found.add(place("when"), format!("no question {} stands before it", when.question));
    };
    // Choices that could not be read have been told already.
    let unread = condition.choices().is_some_and(|choices| choices.codes().is_empty());
    let known = |code: &str| unread || condition.choices().is_some_and(|choices| choices.get(code).is_some());
    for code in when.any_of.iter().filter(|code| !known(code)) {
        found.add(place("when"), format!("{} has no choice {code}", when.question));
    }
}
