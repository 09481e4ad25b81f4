//! What is held of one log: its facts, its codes, its forms, and when things were said.

use std::collections::HashMap;

use contract::survey::v1::Form;
use kit_clock::JapanDay;

use super::answering::Answering;
use super::codes::Dictionary;
use super::facts::{Facts, Row};
use super::merges::Merges;
use super::schema::{Dim, Producer, TableId};
use super::times::Times;

/// A dictionary of a narrow column takes no event any more once it is this full: 65,536 codes fit, and one page of events
/// may still bring some thousand.
const FULL: usize = 60_000;

/// A version of a form, as it was told.
#[derive(Clone, Debug)]
pub struct Known {
    /// Where it was told.
    pub position: u32,
    /// The version: the part after `forms/`.
    pub version: String,
    /// It.
    pub form: Form,
}

/// What is held of one log.
#[derive(Clone, Debug)]
pub struct Held {
    producer: Producer,
    codes: Vec<Dictionary>,
    owners: HashMap<&'static str, Dictionary>,
    facts: Vec<Option<Facts>>,
    /// Answers to forms.
    pub answering: Answering,
    /// Forms, in the order in which they were told.
    pub forms: Vec<Known>,
    /// Titles of gatherings with the places where they were given, by the number of the gathering.
    pub titles: HashMap<u32, Vec<(u32, String)>>,
    /// When things were said.
    pub times: Times,
    /// For the survey: each person's area ratings and whether a response of the person counts.
    pub(super) people: HashMap<u32, super::survey::Respondent>,
    /// For the registry: when each expert was first heard of.
    pub(super) entered: HashMap<u32, i64>,
    /// For the registry: which experts are one person.
    pub merges: Merges,
    /// What scores are called, in Japanese and English.
    pub(super) scores: HashMap<u32, (String, String)>,
    /// The months of days, as spelling a day is slow.
    pub(super) months: HashMap<JapanDay, u32>,
    /// Events that were set aside: where, and of what.
    set_aside: Vec<(u32, String)>,
}

impl Held {
    /// Nothing yet.
    pub fn new(producer: Producer) -> Self {
        let facts = |table: &TableId| {
            let schema = table.schema();
            (schema.producer == producer).then(|| Facts::new(schema))
        };
        Self {
            producer,
            codes: Dim::ALL.iter().map(|dim| Dictionary::of(dim.known())).collect(),
            owners: HashMap::new(),
            facts: TableId::ALL.iter().map(facts).collect(),
            answering: Answering::default(),
            forms: Vec::new(),
            titles: HashMap::new(),
            times: Times::default(),
            people: HashMap::new(),
            entered: HashMap::new(),
            merges: Merges::default(),
            scores: HashMap::new(),
            months: HashMap::new(),
            set_aside: Vec::new(),
        }
    }

    /// Whose log.
    pub const fn producer(&self) -> Producer {
        self.producer
    }

    /// The codes of a dimension.
    pub fn codes(&self, dim: Dim) -> &Dictionary {
        &self.codes[dim as usize]
    }

    /// The number of a code at this place.
    pub(super) fn code(&mut self, dim: Dim, text: &str, position: u32) -> u32 {
        self.codes[dim as usize].number(text, position)
    }

    /// The number of the thing with this id.
    pub(super) fn owner(&mut self, kind: &'static str, id: &str, position: u32) -> u32 {
        self.owners.entry(kind).or_default().number(id, position)
    }

    /// A table; none when it is another log's.
    pub fn facts(&self, table: TableId) -> Option<&Facts> {
        self.facts[table as usize].as_ref()
    }

    /// From `position` on these rows are all that the table holds of the owner.
    pub(super) fn put(&mut self, table: TableId, owner: u32, position: u32, rows: &[Row]) {
        if let Some(facts) = &mut self.facts[table as usize] {
            facts.put(owner, position, rows);
        }
    }

    /// Whether a list of codes has no room left.
    pub fn full(&self) -> Option<&'static str> {
        let full = |dim: &&Dim| !dim.wide() && self.codes(**dim).len() > FULL;
        let facts = |table: &&TableId| table.schema().columns.iter().any(|(_, dim)| full(&dim));
        TableId::ALL.iter().find(facts).map(|table| table.schema().name)
    }

    /// Whether an event named this region.
    pub fn knows_region(&self, code: &str) -> bool {
        self.codes(Dim::Region).find(code).is_some()
    }

    /// What a score is called, in Japanese and English.
    pub fn score_label(&self, number: u32) -> Option<(&str, &str)> {
        self.scores.get(&number).map(|(ja, en)| (ja.as_str(), en.as_str()))
    }

    /// A version of a form was told.
    pub(super) fn publish(&mut self, position: u32, form: Form) {
        let version = form.name.strip_prefix("forms/").unwrap_or(&form.name).to_owned();
        self.forms.push(Known { position, version, form });
        self.forms.sort_by_key(|known| known.position);
    }

    /// An event was set aside: what it is about counts as it was before.
    pub fn set_aside(&mut self, position: u32, aggregate: &str) {
        self.set_aside.push((position, aggregate.to_owned()));
    }

    /// An event that was set aside was applied, or given up.
    pub fn settled(&mut self, position: u32) {
        self.set_aside.retain(|(at, _)| *at != position);
    }

    /// How many things have an event up to `position` that was set aside.
    pub fn things_set_aside(&self, position: u32) -> usize {
        let mut things: Vec<&str> =
            self.set_aside.iter().filter(|(at, _)| *at <= position).map(|(_, thing)| thing.as_str()).collect();
        things.sort_unstable();
        things.dedup();
        things.len()
    }

    /// Bytes of memory, all but forms and titles.
    pub fn bytes(&self) -> usize {
        let codes: usize = self.codes.iter().chain(self.owners.values()).map(Dictionary::bytes).sum();
        let facts: usize = self.facts.iter().flatten().map(Facts::bytes).sum();
        codes + facts + self.answering.bytes() + self.times.bytes()
    }
}
