//! Ways in for `tests/fuzz`.

use std::sync::{Arc, LazyLock};

use contract::event::v1::Token;
use contract::search::v1::SearchExpertsRequest;
use kit_log::{Cursor, Failed, Key, Reader as _, Received};

use crate::book::Book;
use crate::domain::text::TextQuery;
use crate::domain::{FacetSet, Query, Schema, Within};
use crate::entries::Entries;
use crate::events::IndexReader;
use crate::kept::{self, KeptHead};
use crate::page_token;
use crate::plan::{self, Plan};
use crate::rated::Rated;

/// A reader with its index, in memory.
pub struct Desk {
    reader: Arc<IndexReader>,
}

/// What a kept file consists of: a kind, and what it holds.
pub type Piece = (u8, Vec<u8>);

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| plan::schema().expect("a test makes it"));
static ENTRIES: LazyLock<Entries> = LazyLock::new(|| Entries::published().expect("a test reads them"));

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Desk {
    /// One that has read nothing.
    ///
    /// # Errors
    /// When what ships with the service does not hold together.
    pub fn new() -> Result<Self, String> {
        Self::over(Book::new(SCHEMA.clone()))
    }

    fn over(book: Book) -> Result<Self, String> {
        Ok(Self { reader: IndexReader::new(book) })
    }

    /// Applies events of a log.
    ///
    /// # Errors
    /// As [`kit_log::Reader::apply`].
    pub async fn apply(&self, producer: &str, events: &[Received], to: &Cursor) -> Result<(), Failed> {
        self.reader.apply(producer, events, to).await
    }

    /// The ids on a page of a search as of a day, and the token of the next page.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn search(&self, request: &SearchExpertsRequest, today: i64) -> Result<(Vec<String>, String), String> {
        plan::check_tokens(&request.at_least).map_err(told)?;
        let view = self.reader.view();
        let plan = Plan::new(request, &ENTRIES, &view.index, today).map_err(told)?;
        let policy = view.policy.as_deref();
        let slots = view.texts.search(&plan.text);
        let within = slots.as_ref().map_or(Within::Everybody, Within::from);
        let found = view.index.search_within(&plan.query, within, plan.after.as_ref(), plan.size + 1);
        let mut answer = found.map_err(told)?;
        let more = answer.hits.len() > plan.size;
        answer.hits.truncate(plan.size);
        let last =
            answer.hits.last().filter(|_| more).map(|hit| page_token::encode(request, plan.day, &hit.key, policy));
        for hit in &answer.hits {
            let card = view.cards.get(hit.slot).ok_or("a hit without a card")?;
            let _ = (card.open(), card.rated(policy).map(Rated::open));
        }
        Ok((answer.hits.into_iter().map(|hit| hit.key.id).collect(), last.unwrap_or_default()))
    }

    /// Whether a write is shown yet.
    ///
    /// # Errors
    /// When the token is of another life of its log.
    pub fn shows(&self, token: &Token) -> Result<bool, String> {
        self.reader.settled(|book| book.positions.shows(token)).unwrap_or(Ok(false)).map_err(told)
    }

    /// How many are in the index.
    pub fn listed(&self) -> usize {
        self.reader.view().index.len()
    }

    /// The pieces of a kept file of what is known now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self) -> Result<Vec<Piece>, String> {
        let keeping = self.reader.settled(Book::keeping).ok_or("it is being read from nothing")?;
        kept::pieces(&keeping).map_err(told)
    }

    /// A kept file of what is known now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, key: &Key) -> Result<Vec<u8>, String> {
        let keeping = self.reader.settled(Book::keeping).ok_or("it is being read from nothing")?;
        let head = KeptHead { key_id: "hostile".to_owned(), former: Vec::new() };
        let mut file = Vec::new();
        kept::write(&keeping, &head, key, &mut file).map_err(told)?;
        Ok(file)
    }

    /// What pieces of a kept file make known, as if they had been sealed by us.
    ///
    /// # Errors
    /// When they make no such file.
    pub fn take_up(pieces: &[Piece]) -> Result<Self, String> {
        Self::over(kept::of_pieces(SCHEMA.clone(), pieces).map_err(told)?)
    }

    /// What these bytes of a file make known.
    ///
    /// # Errors
    /// When it is no such file.
    pub fn read(key: &Key, mut file: &[u8]) -> Result<Self, String> {
        let head = kept::head(&mut file).map_err(told)?;
        let book = kept::read(SCHEMA.clone(), &head.key_id, key, &mut file).map_err(told)?;
        Self::over(book)
    }

    /// Looks at everybody, looks for texts, merges them, and takes everybody out: what a damaged index must stand.
    pub fn exercise(mut self) {
        let view = self.reader.view();
        for typed in ["セキュリティ", "a", "規程", "-"] {
            if let Some(found) = TextQuery::parse(typed).ok().and_then(|query| view.texts.search(&query)) {
                let within = Within::from(&found);
                let _ = view.index.search_within(&Query::default(), within, None, 10);
            }
        }
        let everybody = Query { facets: FacetSet::ALL, marks: true, ..Query::default() };
        let found = view.index.search(&everybody, None, usize::MAX).map(|answer| answer.hits).unwrap_or_default();
        drop(view);
        let Some(reader) = Arc::get_mut(&mut self.reader) else { return };
        reader.change(|book| {
            while let Some(merge) = book.next_merge() {
                book.install(merge.run());
            }
            for hit in found {
                book.hold_back(&format!("expert/{}", hit.key.id));
            }
        });
    }
}
