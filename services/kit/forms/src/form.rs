//! What a form is: sections, groups, questions, and what an answer may be.

use std::collections::BTreeMap;

use kit_vocabulary::{Code, Lang, List};

use crate::Score;

/// Something shown to people in both languages.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Label {
    /// The label in a language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }
}

/// One version of a form.
#[derive(Clone, Debug)]
pub struct Form {
    /// Which form it is, in all its versions: `skill`.
    pub id: String,
    /// The version, unique among all forms: `skill-2024`.
    pub version: String,
    /// The version whose questions this one takes over, with other answers required.
    pub extends: Option<String>,
    /// What the form is called.
    pub title: Label,
    /// Where the form comes from.
    pub source: String,
    /// Questions that belong together across or inside sections.
    pub groups: Vec<Group>,
    /// The sections in order.
    pub sections: Vec<Section>,
    /// The sums it asks for, over the points of choices.
    pub scores: Vec<Score>,
    // Headings by which a question is found; its codes are the question codes, its order the form's.
    pub(crate) headings: List,
    pub(crate) places: Vec<(usize, usize)>,
}

/// A part of a form under one heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// Unique in the form.
    pub code: String,
    /// The heading.
    pub label: Label,
    /// The questions in order.
    pub questions: Vec<Question>,
}

/// Questions that belong together, such as the rows of a matrix.
#[derive(Clone, Debug)]
pub struct Group {
    /// Unique in the form.
    pub code: String,
    /// What the group is called.
    pub label: Label,
    /// Either every question of the group is answered or none is.
    pub all_or_none: bool,
    /// A warning says so when the whole group is left unanswered.
    pub expected: bool,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Unique in the form, stable over versions: the key of its answer.
    pub code: String,
    /// The question in few words.
    pub label: Label,
    /// What an answer may be.
    pub kind: Kind,
    /// An answer must be given, if the question is asked at all.
    pub required: bool,
    /// No answer is required, but its absence is reported as a warning.
    pub expected: bool,
    /// The answer says who somebody is, or is free text: never shown in a fault, a log or a feed.
    pub personal: bool,
    /// The code of the [`Group`] the question belongs to.
    pub group: Option<String>,
    /// The question is asked only after a certain answer to an earlier one.
    pub when: Option<When>,
    /// What its choices count in a [`Score`], by code; every choice or none has points.
    pub points: BTreeMap<String, i64>,
}

/// What an answer may be.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One of the choices.
    Single {
        /// What can be chosen.
        choices: List,
    },
    /// Any of the choices.
    Multiple {
        /// What can be chosen.
        choices: List,
        /// At most so many.
        max_choices: Option<usize>,
        /// Codes that cannot stand with any other, such as 該当なし.
        exclusive: Vec<String>,
        /// A further choice that stands for all others but the exclusive ones, such as 全国; never stored itself.
        all: Option<Code>,
    },
    /// A whole number.
    Number {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
        /// The Japanese unit, as it may stand after the number in a file.
        unit: Option<String>,
        /// What the numbers mean, for rows of a matrix; its codes are the numbers.
        scale: Option<List>,
    },
    /// A text.
    Text {
        /// At most so many Unicode scalar values in NFC.
        max_chars: usize,
        /// Line breaks are allowed.
        lines: bool,
        /// What shape the text has.
        format: TextFormat,
    },
}

/// What shape a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextFormat {
    /// Any text.
    #[default]
    Plain,
    /// A mail address.
    Email,
    /// An `http` or `https` address.
    Url,
    /// A registration number, stored as six digits.
    RegistrationNumber,
    /// A day that exists, stored as `2024-10-15`.
    Date,
    /// A time of day, stored as `14:50`.
    Time,
}

/// The answer to another question on which this one depends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The code of a question that stands earlier in the form.
    pub question: String,
    /// One of these codes must be among its answer; when empty, any answer will do.
    pub any_of: Vec<String>,
}

impl Form {
    /// Every question in form order.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.sections.iter().flat_map(|section| &section.questions)
    }

    /// The question of this code.
    pub fn question(&self, code: &str) -> Option<&Question> {
        self.headings.position(code).map(|at| self.at(at))
    }

    /// The question a column heading means: its code, its label in either language or an alias, however spaced.
    pub fn heading(&self, text: &str) -> Option<&Question> {
        let code = &self.headings.find(text)?.code;
        self.question(code)
    }

    /// Whether the answer to this question is personal data. A question the form does not know counts as personal.
    pub fn personal(&self, code: &str) -> bool {
        self.question(code).is_none_or(|question| question.personal)
    }

    /// The group of this code.
    pub fn group(&self, code: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.code == code)
    }

    /// The questions of a group in form order.
    pub fn members(&self, group: &str) -> impl Iterator<Item = &Question> {
        self.questions().filter(move |question| question.group.as_deref() == Some(group))
    }

    fn at(&self, at: usize) -> &Question {
        let (section, question) = self.places[at];
        &self.sections[section].questions[question]
    }
}

impl Question {
    /// What can be chosen; nothing for numbers and texts.
    pub fn choices(&self) -> Option<&List> {
        match &self.kind {
            Kind::Single { choices } | Kind::Multiple { choices, .. } => Some(choices),
            Kind::Number { .. } | Kind::Text { .. } => None,
        }
    }
}
