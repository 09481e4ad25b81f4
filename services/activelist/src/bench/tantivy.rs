//! tantivy in its best form that we know: one merged segment in memory, fast fields in place of stored documents, and one
//! collector that finds the order, the total and all counts in a single pass.
//!
//! - Without a phrase the pass goes through the fast fields in runs of documents, as fast as they can be unpacked: what
//!   is counted leaves out one condition at a time, so posting lists of the conditions would have to be united again.
//! - Codes are bits of two numbers; how many have each bit is added up 8 documents at a time (carry-save adders).
//! - Texts are indexed as grams of 2 to [`LONGEST`] characters with positions; a phrase is looked up by the fewest grams
//!   that cover it. Compared with grams of 2 alone that takes three times the memory and a third of the time.

use std::sync::Arc;

use search::domain::order::rotation;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::ColumnValues;
use tantivy::directory::RamDirectory;
use tantivy::indexer::NoMergePolicy;
use tantivy::query::{AllQuery, PhraseQuery, Query, TermQuery, Weight};
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{
    DocId, Index, IndexSettings, IndexWriter, Score, Searcher, SegmentReader, TantivyDocument, TantivyError, Term,
};

use super::asked::{Answer, Asked, COUNTED, PAGE};
use super::known::{Known, Masks};
use super::rival::{InProcess, Raw};
use super::vertical::Vertical;
use crate::failure::Failure;
use crate::text;

/// Characters of the longest gram.
const LONGEST: usize = 4;
/// Stands between the texts of a person, and in none of them.
const BETWEEN: char = '\u{1}';
/// Documents whose fast fields are unpacked at once.
const RUN: usize = 1_024;
const WRITER_BYTES: usize = 1 << 30;

/// Industries stand above the prefectures in the first number, fees and durations above the formats in the second.
const INDUSTRIES_FROM: u32 = 47;
const FEES_FROM: u32 = 8;
const DURATIONS_FROM: u32 = 16;
/// Set in both numbers of everybody: what is wanted where there is no condition.
const ALWAYS: u64 = 1 << 62;

type Column = Arc<dyn ColumnValues<u64>>;

fn failed(error: &TantivyError) -> Failure {
    Failure::other(format!("tantivy: {error}"), text::ADVICE_LOG)
}

/// The fields of a document.
#[derive(Clone, Copy)]
struct Fields {
    /// Prefectures and industries, formats and fees and durations.
    codes: [Field; 2],
    /// Mark and points of each menu.
    standings: [Field; 8],
    id_hash: Field,
    number: Field,
    texts: Field,
}

/// The one who writes.
pub(super) struct Writer {
    directory: RamDirectory,
    fields: Fields,
    index: Index,
    writer: IndexWriter,
}

impl Writer {
    /// Of nobody yet.
    ///
    /// # Errors
    /// What tantivy says.
    pub(super) fn new() -> Result<Self, Failure> {
        let mut schema = Schema::builder();
        let mut fast = |name: &str| schema.add_u64_field(name, NumericOptions::default().set_fast());
        let codes = ["places", "offers"].map(&mut fast);
        let standings = ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"].map(&mut fast);
        let (id_hash, number) = (fast("id_hash"), fast("number"));
        let grams = TextFieldIndexing::default()
            .set_tokenizer("grams")
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(false);
        let texts = schema.add_text_field("texts", TextOptions::default().set_indexing_options(grams));
        let directory = RamDirectory::create();
        let index =
            Index::create(directory.clone(), schema.build(), IndexSettings::default()).map_err(|e| failed(&e))?;
        index.tokenizers().register("grams", TextAnalyzer::from(Grams));
        let writer = index.writer_with_num_threads(1, WRITER_BYTES).map_err(|error| failed(&error))?;
        // All segments become one at the end; merges on the way would only be made again.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Ok(Self { directory, fields: Fields { codes, standings, id_hash, number, texts }, index, writer })
    }

    /// Adds people.
    ///
    /// # Errors
    /// What tantivy says.
    pub(super) fn add(&mut self, people: &[Known]) -> Result<(), Failure> {
        for known in people {
            let Masks { counted: [prefectures, industries, fees, formats], durations } = known.masks();
            let mut document = TantivyDocument::new();
            document.add_u64(self.fields.codes[0], ALWAYS | prefectures | industries << INDUSTRIES_FROM);
            document.add_u64(self.fields.codes[1], ALWAYS | formats | fees << FEES_FROM | durations << DURATIONS_FROM);
            for (menu, field) in self.fields.standings.into_iter().enumerate() {
                document.add_u64(field, known.standing(menu));
            }
            document.add_u64(self.fields.id_hash, known.id_hash());
            document.add_u64(self.fields.number, known.n);
            document.add_text(self.fields.texts, known.normalised().join(&BETWEEN.to_string()));
            self.writer.add_document(document).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Merges everything into one segment.
    ///
    /// # Errors
    /// What tantivy says.
    pub(super) fn finish(mut self) -> Result<Tantivy, Failure> {
        let merge = || {
            self.writer.commit()?;
            let segments = self.index.searchable_segment_ids()?;
            if segments.len() > 1 {
                self.writer.merge(&segments).wait()?;
            }
            self.writer.garbage_collect_files().wait()?;
            self.writer.wait_merging_threads()?;
            Ok(self.index.reader()?.searcher())
        };
        let searcher: Result<Searcher, TantivyError> = merge();
        let searcher = searcher.map_err(|error| failed(&error))?;
        Ok(Tantivy { searcher, fields: self.fields, bytes: self.directory.total_mem_usage() })
    }
}

/// The index, read only.
pub(super) struct Tantivy {
    searcher: Searcher,
    fields: Fields,
    bytes: usize,
}

impl Tantivy {
    /// Bytes of the index's files.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn query(&self, phrase: Option<&str>) -> Box<dyn Query> {
        let Some(phrase) = phrase else { return Box::new(AllQuery) };
        let characters: Vec<char> = phrase.chars().collect();
        let term = |gram: &[char]| Term::from_field_text(self.fields.texts, &gram.iter().collect::<String>());
        if characters.len() <= LONGEST {
            return Box::new(TermQuery::new(term(&characters), IndexRecordOption::Basic));
        }
        let last = characters.len() - LONGEST;
        let starts = (0..last).step_by(LONGEST).chain([last]);
        let grams = starts.map(|start| (start, term(&characters[start..start + LONGEST])));
        Box::new(PhraseQuery::new_with_offset(grams.collect()))
    }
}

impl InProcess for Tantivy {
    fn name(&self) -> String {
        "tantivy".to_owned()
    }

    fn prepare<'a>(&'a self, asked: &'a Asked) -> Result<Box<dyn Fn() -> Raw + Send + Sync + 'a>, Failure> {
        let query = self.query(asked.phrase.as_deref());
        let (wanted, everybody) = (Wanted::new(asked), asked.phrase.is_none());
        let page = Page { wanted, menu: asked.menu, everybody };
        Ok(Box::new(move || Raw::Common(self.searcher.search(&*query, &page).expect("an index in memory is read"))))
    }
}

/// The conditions, and what is counted of somebody by which of them are not met.
#[derive(Clone)]
struct Wanted {
    /// The bits of the first number, of which prefectures and industries need one each, and of the second, of which fees,
    /// formats and durations do.
    first: [u64; 2],
    second: [u64; 3],
    /// By the conditions not met, a bit each and the highest for who is not in question at all: the bits of both numbers
    /// that are counted.
    keep: [[u64; 2]; 1 << 5],
    seed: u64,
}

impl Wanted {
    fn new(asked: &Asked) -> Self {
        let [prefectures, industries, fees, formats] = COUNTED.map(|facet| (1u64 << facet.list().codes().len()) - 1);
        let own = [[prefectures, 0], [industries << INDUSTRIES_FROM, 0], [0, fees << FEES_FROM], [0, formats]];
        let mut keep = [[0; 2]; 1 << 5];
        for (at, [first, second]) in own.into_iter().enumerate() {
            keep[1 << at] = [first, second];
            keep[0] = [keep[0][0] | first, keep[0][1] | second];
        }
        let Masks { counted: [prefectures, industries, fees, formats], durations } = Masks::asked(asked);
        let any = |wanted: u64, from: u32| if wanted == 0 { ALWAYS } else { wanted << from };
        let first = [any(prefectures, 0), any(industries, INDUSTRIES_FROM)];
        let second = [any(fees, FEES_FROM), any(formats, 0), any(durations, DURATIONS_FROM)];
        Self { first, second, keep, seed: asked.seed }
    }

    /// The conditions that are not met. Nothing here depends on a jump, which half of the people would make go wrong.
    #[inline]
    fn unmet(&self, standing: u64, first: u64, second: u64) -> usize {
        let missed = |wanted: u64, has: u64| usize::from(wanted & has == 0);
        missed(self.first[0], first)
            | missed(self.first[1], first) << 1
            | missed(self.second[0], second) << 2
            | missed(self.second[1], second) << 3
            | (missed(self.second[2], second) | usize::from(standing == 0)) << 4
    }
}

/// The collector.
struct Page {
    wanted: Wanted,
    menu: usize,
    /// No phrase: everybody is looked at.
    everybody: bool,
}

impl Collector for Page {
    type Fruit = Answer;
    type Child = Counting;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<Counting> {
        // Every document has every field once, so a value's row is its document.
        let column = |name: &str| segment.fast_fields().u64(name).map(|column| column.values);
        let columns = [
            column(&format!("m{}", self.menu))?,
            column("places")?,
            column("offers")?,
            column("id_hash")?,
            column("number")?,
        ];
        Ok(Counting::new(columns, self.wanted.clone()))
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn collect_segment(&self, weight: &dyn Weight, at: u32, reader: &SegmentReader) -> tantivy::Result<Answer> {
        let mut counting = self.for_segment(at, reader)?;
        if self.everybody {
            counting.all(reader.max_doc());
        } else {
            weight.for_each_no_score(reader, &mut |docs| counting.collect_block(docs))?;
        }
        Ok(counting.harvest())
    }

    /// There is one segment, or none when nobody is held.
    fn merge_fruits(&self, mut fruits: Vec<Answer>) -> tantivy::Result<Answer> {
        Ok(fruits.pop().unwrap_or_else(|| Answer {
            counts: COUNTED.map(|facet| vec![0; facet.list().codes().len()]),
            ..Answer::default()
        }))
    }
}

/// A pass over the segment.
struct Counting {
    /// Standing in the menu, both numbers of codes, hash of the id, number.
    columns: [Column; 5],
    wanted: Wanted,
    total: u32,
    counted: [Vertical; 2],
    /// The best so far, best first: inverted standing, turn, number.
    best: Vec<(u64, u64, u64)>,
    /// Whoever stands lower does not get in.
    floor: u64,
    run: Box<[[u64; RUN]; 3]>,
}

impl Counting {
    fn new(columns: [Column; 5], wanted: Wanted) -> Self {
        let counted = [Vertical::new(), Vertical::new()];
        let best = Vec::with_capacity(PAGE + 1);
        Self { columns, wanted, total: 0, counted, best, floor: 0, run: Box::new([[0; RUN]; 3]) }
    }

    /// Everybody, a run at a time.
    fn all(&mut self, documents: DocId) {
        let mut start = 0;
        while start < documents {
            let length = RUN.min((documents - start) as usize);
            for (column, run) in self.columns.iter().zip(self.run.iter_mut()) {
                column.get_range(start.into(), &mut run[..length]);
            }
            self.count(length, |at| start + at as DocId);
            start += length as DocId;
        }
    }

    /// Counts what was unpacked.
    #[inline]
    fn count(&mut self, length: usize, document: impl Fn(usize) -> DocId) {
        let [standings, firsts, seconds] = &mut *self.run;
        let mut near: ([u16; RUN], usize) = ([0; RUN], 0);
        let runs = standings[..length].iter().zip(&mut firsts[..length]).zip(&mut seconds[..length]);
        for (at, ((standing, first), second)) in runs.enumerate() {
            let unmet = self.wanted.unmet(*standing, *first, *second);
            let [keep_first, keep_second] = self.wanted.keep[unmet];
            (*first, *second) = (*first & keep_first, *second & keep_second);
            self.total += u32::from(unmet == 0);
            near.0[near.1] = at as u16;
            near.1 += usize::from((unmet == 0) & (*standing >= self.floor));
        }
        for (counted, run) in self.counted.iter_mut().zip(&self.run[1..]) {
            counted.add(&run[..length]);
        }
        for at in &near.0[..near.1] {
            let at = usize::from(*at);
            self.rank(self.run[0][at], document(at));
        }
    }

    #[inline]
    fn rank(&mut self, standing: u64, document: DocId) {
        if standing < self.floor {
            return;
        }
        let turn = rotation(self.wanted.seed, self.columns[3].get_val(document));
        let place = (!standing, turn, self.columns[4].get_val(document));
        let at = self.best.partition_point(|other| *other < place);
        if at < PAGE {
            self.best.insert(at, place);
            self.best.truncate(PAGE);
        }
        if let Some(last) = self.best.get(PAGE - 1) {
            self.floor = !last.0;
        }
    }
}

impl SegmentCollector for Counting {
    type Fruit = Answer;

    fn collect(&mut self, document: DocId, _: Score) {
        self.collect_block(&[document]);
    }

    fn collect_block(&mut self, documents: &[DocId]) {
        for (column, run) in self.columns.iter().zip(self.run.iter_mut()) {
            column.get_vals(documents, &mut run[..documents.len()]);
        }
        self.count(documents.len(), |at| documents[at]);
    }

    fn harvest(self) -> Answer {
        let [first, second] = self.counted.map(Vertical::counts);
        let from = [(&first, 0), (&first, INDUSTRIES_FROM), (&second, FEES_FROM), (&second, 0)];
        let counts = std::array::from_fn(|at| {
            let (counts, from) = (from[at].0, from[at].1 as usize);
            counts[from..from + COUNTED[at].list().codes().len()].to_vec()
        });
        Answer { total: self.total, first: self.best.into_iter().map(|(.., number)| number).collect(), counts }
    }
}

/// Cuts texts into all grams of 2 to [`LONGEST`] characters; a gram's position is that of its first character.
#[derive(Clone)]
struct Grams;

impl Tokenizer for Grams {
    type TokenStream<'a> = GramStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> GramStream<'a> {
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        GramStream { text, ends, start: 0, length: 1, token: Token::default() }
    }
}

/// The grams of a text.
struct GramStream<'a> {
    text: &'a str,
    /// Where each character begins, and the end of the last.
    ends: Vec<usize>,
    start: usize,
    length: usize,
    token: Token,
}

impl TokenStream for GramStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            self.length += 1;
            if self.length > LONGEST || self.start + self.length >= self.ends.len() {
                (self.start, self.length) = (self.start + 1, 2);
            }
            if self.start + self.length >= self.ends.len() {
                return false;
            }
            let (from, to) = (self.ends[self.start], self.ends[self.start + self.length]);
            let gram = &self.text[from..to];
            if gram.contains(BETWEEN) {
                continue;
            }
            (self.token.offset_from, self.token.offset_to) = (from, to);
            self.token.position = self.start;
            self.token.text.clear();
            self.token.text.push_str(gram);
            return true;
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
