//! Tables of a form's answers: one for each question, from what the form told of itself.

use std::collections::BTreeMap;

use contract::insights::v1::{self as wire, Axis, Chart, Entry, Label, Unit};
use contract::survey::v1::{Question, QuestionKind};

use super::count::{Counter, is_version};
use super::labels::{self, Coded, entry, label, total};
use super::table::{line, mean, of_answers, share};
use crate::definitions::{By, Definitions, Report};
use crate::domain::answering::Answering;
use crate::domain::held::Held;
use crate::domain::schema::TableId;
use crate::domain::tally::{Answers, Measured, answers};

/// A scale of more steps than this is told by its mean alone.
const STEPS: i64 = 10;

/// A question with the answers it can have or was given, in order.
struct Asked {
    code: String,
    label: Label,
    /// Answer as text, its label, and its number where it was ever given.
    choices: Vec<(String, Label, Option<u32>)>,
    number: Option<u32>,
    scale: Scale,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scale {
    Choices,
    Steps(i64, i64),
    Numbers,
}

/// A form's answers, counted.
struct Counted<'a> {
    definitions: &'a Definitions,
    report: &'a Report,
    answering: &'a Answering,
    questions: Vec<Asked>,
    all: Answers,
}

/// One table for each question with choices, one for those on the same scale, and one of means; then once more by what the
/// report tells apart.
pub(super) fn tables(
    definitions: &Definitions,
    report: &Report,
    form: &str,
    counter: &Counter<'_>,
) -> Vec<wire::Table> {
    let mut tables = Vec::new();
    for table in [TableId::Respondents, TableId::SkillRespondents] {
        let held = counter.held(table);
        let Some(facts) = held.facts(table) else { continue };
        let base = counter.base(table);
        let all = answers(facts, &base, &held.answering, None);
        if all.sets[0] == 0 {
            continue;
        }
        let questions = questions(held, form, base.position, &all);
        let counted = Counted { definitions, report, answering: &held.answering, questions, all };
        tables.extend(counted.choices());
        tables.extend(counted.scales());
        tables.extend(counted.numbers());
        for by in &report.by {
            let schema = table.schema();
            let Some(column) = schema.column(&by.dimension) else { continue };
            let codes = held.codes(schema.columns[column].1).len();
            let split = answers(facts, &base, &held.answering, Some((column, codes)));
            let columns = labels::codes(counter, table, &by.dimension, |code| split.sets[code] != 0);
            tables.extend(counted.split(by, &split, &columns));
        }
    }
    tables
}

/// The questions of the form's newest version, then those that only answers to others tell of.
fn questions(held: &Held, form: &str, position: u32, all: &Answers) -> Vec<Asked> {
    let versions = held.forms.iter().rev().filter(|known| known.position <= position);
    let mut asked: Vec<Asked> = Vec::new();
    let mut known: Vec<&Question> = Vec::new();
    for version in versions.filter(|known| is_version(held, &known.version, form)) {
        for question in &version.form.questions {
            if !known.iter().any(|known| known.code == question.code) {
                known.push(question);
            }
        }
    }
    for question in known {
        asked.extend(of_form(&held.answering, question));
    }
    let given = |number: u32| all.answered[number as usize] != 0;
    let unknown: Vec<(u32, &str)> = held.answering.questions().iter().filter(|(number, _)| given(*number)).collect();
    for (number, code) in unknown {
        if !asked.iter().any(|question| question.code == code) {
            let (code, label) = (code.to_owned(), label(code, code));
            asked.push(Asked { code, label, choices: Vec::new(), number: Some(number), scale: Scale::Choices });
        }
    }
    for question in &mut asked {
        others(&held.answering, question, all);
    }
    asked
}

fn of_form(answering: &Answering, question: &Question) -> Option<Asked> {
    let words = |label: &Option<contract::survey::v1::Label>| {
        label.as_ref().map(|label| labels::label(&label.ja, &label.en)).unwrap_or_default()
    };
    let scale = match (question.kind(), question.min, question.max) {
        _ if question.personal => return None,
        (QuestionKind::Single | QuestionKind::Multiple, ..) => Scale::Choices,
        (QuestionKind::Number, Some(min), Some(max)) if (0..=STEPS).contains(&max.saturating_sub(min)) => {
            Scale::Steps(min, max)
        }
        (QuestionKind::Number, ..) => Scale::Numbers,
        _ => return None,
    };
    let find = |answer: &str| answering.find(&question.code, answer);
    let choices = match scale {
        Scale::Choices => {
            let choice =
                |choice: &contract::survey::v1::Choice| (choice.code.clone(), words(&choice.label), find(&choice.code));
            question.choices.iter().map(choice).collect()
        }
        Scale::Steps(min, max) => {
            let step =
                |step: i64| (step.to_string(), label(&step.to_string(), &step.to_string()), find(&step.to_string()));
            (min..=max).map(step).collect()
        }
        Scale::Numbers => Vec::new(),
    };
    let number = answering.questions().find(&question.code);
    Some(Asked { code: question.code.clone(), label: words(&question.label), choices, number, scale })
}

/// Answers that were given and that the form does not know, or all while it has not told of itself.
fn others(answering: &Answering, question: &mut Asked, all: &Answers) {
    if question.scale != Scale::Choices {
        return;
    }
    let of = |answer: &u32| Some(answering.question_of(*answer)) == question.number;
    let known = |answer: &u32| question.choices.iter().any(|(.., number)| *number == Some(*answer));
    let given = (0..answering.len().0 as u32).filter(|answer| all.given[*answer as usize] != 0 && of(answer));
    let mut more: Vec<u32> = given.filter(|answer| !known(answer)).collect();
    more.sort_by_key(|answer| answering.appeared(*answer));
    for answer in more {
        let code = answering.answer(answer);
        question.choices.push((code.to_owned(), label(code, code), Some(answer)));
    }
}

fn given(of: &[i64], width: usize, number: Option<u32>, code: usize) -> i64 {
    number.map_or(0, |number| of[number as usize * width + code])
}

impl Counted<'_> {
    fn axis(&self, dimension: &str, entries: Vec<Entry>) -> Axis {
        let label = Some(self.definitions.dimension(dimension).label());
        Axis { dimension: dimension.to_owned(), label, entries }
    }

    fn figure(&self, question: &str) -> &str {
        self.report.question_figures.get(question).map_or("", String::as_str)
    }

    /// Of each question with choices: who took which.
    fn choices(&self) -> Vec<wire::Table> {
        let of = |question: &&Asked| question.scale == Scale::Choices;
        self.questions.iter().filter(of).map(|question| self.of_choices(question)).collect()
    }

    fn of_choices(&self, question: &Asked) -> wire::Table {
        let sets = self.all.sets[0];
        let mut rows: Vec<Entry> = Vec::new();
        let mut lines = Vec::new();
        for (code, label, number) in &question.choices {
            rows.push(entry(code, label.clone()));
            lines.push(given(&self.all.given, 1, *number, 0));
        }
        rows.push(entry("unanswered", label("無回答", "No answer")));
        lines.push(sets - given(&self.all.answered, 1, question.number, 0));
        rows.push(total());
        lines.push(sets);
        let columns = vec![
            Entry { unit: Unit::Count.into(), ..entry("answers", label("回答", "Answers")) },
            Entry { unit: Unit::BasisPoints.into(), ..entry("share", label("割合", "Share")) },
        ];
        let axes = [self.axis("choice", rows), self.axis("measure", columns)];
        let table = of_answers(&question.code, question.label.clone(), self.figure(&question.code), sets, axes);
        let lines = lines.into_iter().map(|count| line(vec![Some(count), share(count, sets)])).collect();
        wire::Table { lines, chart: Chart::Bars.into(), ..table }
    }

    /// Questions on the same scale, one below the other.
    fn scales(&self) -> Vec<wire::Table> {
        let mut scales: BTreeMap<(i64, i64), Vec<&Asked>> = BTreeMap::new();
        for question in &self.questions {
            if let Scale::Steps(min, max) = question.scale {
                scales.entry((min, max)).or_default().push(question);
            }
        }
        let table = |((min, max), questions): ((i64, i64), Vec<&Asked>)| {
            let rows = questions.iter().map(|question| entry(&question.code, question.label.clone())).collect();
            let unit = i32::from(Unit::Count);
            let steps = questions.first().map(|question| question.choices.iter()).into_iter().flatten();
            let columns = steps.map(|(code, label, _)| Entry { unit, ..entry(code, label.clone()) });
            let columns = columns.chain([Entry { unit, ..total() }]).collect();
            let axes = [self.axis("question", rows), self.axis("choice", columns)];
            let title = label(&format!("{min}～{max}の設問"), &format!("Questions from {min} to {max}"));
            let cells = |question: &&Asked| {
                let steps = question.choices.iter().map(|(.., number)| Some(given(&self.all.given, 1, *number, 0)));
                line(steps.chain([Some(given(&self.all.answered, 1, question.number, 0))]).collect())
            };
            let lines = questions.iter().map(cells).collect();
            let table = of_answers(&format!("scale-{min}-{max}"), title, "", self.all.sets[0], axes);
            wire::Table { lines, chart: Chart::Heat.into(), ..table }
        };
        scales.into_iter().map(table).collect()
    }

    /// Means of everything that was answered by a number.
    fn numbers(&self) -> Option<wire::Table> {
        let questions: Vec<&Asked> = self.questions.iter().filter(|asked| asked.scale != Scale::Choices).collect();
        if questions.is_empty() {
            return None;
        }
        let column =
            |code: &str, ja: &str, en: &str, unit: Unit| Entry { unit: unit.into(), ..entry(code, label(ja, en)) };
        let columns = vec![
            column("answers", "回答", "Answers", Unit::Count),
            column("mean", "平均", "Mean", Unit::Hundredths),
            column("least", "最小", "Least", Unit::Count),
            column("most", "最大", "Greatest", Unit::Count),
        ];
        let rows = questions.iter().map(|question| entry(&question.code, question.label.clone())).collect();
        let axes = [self.axis("question", rows), self.axis("measure", columns)];
        let cells = |question: &&Asked| {
            let all = self.measured(question);
            let any = all.count > 0;
            line(vec![Some(all.count), mean(all), any.then_some(all.least), any.then_some(all.most)])
        };
        let lines = questions.iter().map(cells).collect();
        let title = label("数値の設問", "Questions answered by a number");
        Some(wire::Table { lines, ..of_answers("numbers", title, "", self.all.sets[0], axes) })
    }

    fn measured(&self, question: &Asked) -> Measured {
        let of = |answer: &u32| Some(self.answering.question_of(*answer)) == question.number;
        let one = |answer: u32| {
            let (count, value) = (self.all.given[answer as usize], self.answering.answer(answer).parse().unwrap_or(0));
            Measured { count, sum: count * value, least: value, most: value }
        };
        let all = (0..self.answering.len().0 as u32).filter(of).map(one);
        all.filter(|one| one.count > 0).fold(Measured::default(), Measured::and)
    }

    /// Of each question with choices: who took which, told apart.
    fn split(&self, by: &By, split: &Answers, columns: &[Coded]) -> Vec<wire::Table> {
        let wanted = |asked: &&Asked| by.only.is_empty() || by.only.contains(&asked.code);
        let questions = self.questions.iter().filter(|asked| asked.scale == Scale::Choices).filter(wanted);
        let table = |question: &Asked| {
            let rows = question.choices.iter().map(|(code, label, _)| entry(code, label.clone()));
            let rows = rows.chain([total()]).collect();
            let unit = i32::from(Unit::Count);
            let shown = columns.iter().map(|coded| Entry { unit, ..coded.entry.clone() }).collect();
            let axes = [self.axis("choice", rows), self.axis(&by.dimension, shown)];
            let at = |coded: &Coded, of: &dyn Fn(usize) -> i64| Some(coded.number.map_or(0, of));
            let cells = |number: Option<u32>| {
                line(
                    columns
                        .iter()
                        .map(|code| at(code, &|code| given(&split.given, split.width, number, code)))
                        .collect(),
                )
            };
            let lines = question.choices.iter().map(|(.., number)| cells(*number));
            let last = line(columns.iter().map(|code| at(code, &|code| split.sets[code])).collect());
            let lines = lines.chain([last]).collect();
            let name = format!("{}-by-{}", question.code, by.dimension);
            let figure = by.figures.get(&question.code).map_or("", String::as_str);
            let of = self.definitions.dimension(&by.dimension).label();
            let title = label(
                &format!("{}（{}別）", question.label.ja, of.ja),
                &format!("{}, by {}", question.label.en, of.en.to_lowercase()),
            );
            let table = of_answers(&name, title, figure, self.all.sets[0], axes);
            wire::Table { lines, chart: Chart::Heat.into(), ..table }
        };
        questions.map(table).collect()
    }
}
