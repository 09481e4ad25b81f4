//! Our engine, as the service uses it: the index of codes and the index of texts, with the same slots in both.

use search::domain::order::rotation;
use search::domain::text::{TextIndex, TextQuery, TextSnapshot};
use search::domain::{FacetName, Index, Processor, Query, Snapshot, Within};

use super::asked::{Answer, Asked, COUNTED, Counted, PAGE};
use super::known::Known;
use super::rival::{InProcess, Raw};
use crate::failure::Failure;
use crate::generate::{place, schema};

/// The one who writes.
pub(super) struct Writer {
    index: Index,
    text: TextIndex,
}

impl Writer {
    /// Of nobody yet.
    pub(super) fn new() -> Self {
        Self { index: Index::new(schema()), text: TextIndex::new() }
    }

    /// Adds people.
    pub(super) fn add(&mut self, people: &[Known]) {
        for known in people {
            self.index.upsert(known.entry.clone()).expect("the codes are those of the lists");
        }
        let slot = |known: &Known| self.index.slot_of(&known.entry.id).expect("it was just put there");
        self.text.load(people.iter().map(|known| (slot(known), known.texts.clone())));
    }

    /// What there is to do before searches are fastest.
    pub(super) fn finish(&mut self) {
        while let Some(merge) = self.text.next_merge() {
            self.text.install(merge.run());
        }
    }

    /// Bytes of the codes, and of the texts.
    pub(super) fn bytes(&self) -> [usize; 2] {
        [self.index.bytes(), self.text.bytes()]
    }

    /// What is held, searched with these instructions.
    pub(super) fn engine(&self, processor: Processor) -> Ours {
        Ours { codes: self.index.snapshot().on(processor), text: self.text.snapshot(), processor }
    }
}

/// A moment of both indexes.
pub(super) struct Ours {
    codes: Snapshot,
    text: TextSnapshot,
    processor: Processor,
}

impl InProcess for Ours {
    fn name(&self) -> String {
        format!("activelist, {}", self.processor.name())
    }

    fn prepare<'a>(&'a self, asked: &'a Asked) -> Result<Box<dyn Fn() -> Raw + Send + Sync + 'a>, Failure> {
        let query = query(asked);
        let text = asked.phrase.as_deref().map(|phrase| TextQuery::parse(phrase).expect("a phrase within the limits"));
        Ok(Box::new(move || {
            let slots = text.as_ref().and_then(|text| self.text.search(text));
            let within = slots.as_ref().map_or(Within::Everybody, Within::from);
            Raw::Ours(self.codes.search_within(&query, within, None, PAGE).expect("the codes are those of the lists"))
        }))
    }
}

fn query(asked: &Asked) -> Query {
    let mut query = Query {
        menus: vec![format!("M{}", asked.menu)],
        seed: asked.seed,
        facets: COUNTED.into_iter().map(facet).collect(),
        marks: false,
        ..Query::default()
    };
    let codes = |list: &kit_vocabulary::List, values: &[usize]| {
        values.iter().map(|value| list.codes()[*value].code.clone()).collect::<Vec<_>>()
    };
    for (counted, values) in COUNTED.into_iter().zip(&asked.counted) {
        query.narrow(facet(counted), codes(counted.list(), values));
    }
    query.narrow(FacetName::Durations, codes(kit_vocabulary::durations(), &asked.durations));
    query
}

const fn facet(counted: Counted) -> FacetName {
    match counted {
        Counted::Prefectures => FacetName::Prefectures,
        Counted::Industries => FacetName::Industries,
        Counted::Fees => FacetName::Fee,
        Counted::Formats => FacetName::Formats,
    }
}

/// What the engine said, in the common form.
pub(super) fn common(answer: &search::domain::Answer) -> Answer {
    let first = answer.hits.iter().filter_map(|hit| place(&hit.key.id)).collect();
    Answer { total: answer.total, first, counts: COUNTED.map(|counted| answer.facets.of(facet(counted)).to_vec()) }
}

/// The day's turn of somebody, for engines that cannot work it out while they search.
pub(super) fn turn(asked_seed: u64, known: &Known) -> u64 {
    rotation(asked_seed, known.id_hash())
}
