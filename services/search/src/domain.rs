//! The in-memory index behind the expert search (report 2.4.2, figs. 2-104 to 2-107).
//!
//! One bit per expert and facet value: a condition is an OR of bitmaps, a query an AND of
//! conditions, a count a popcount. Everything here is a pure function of what is passed in: code
//! lists, entries, queries and the day's seed come from outside, and nothing is read from a
//! clock, a file or the network.
//!
//! ```text
//!             upsert, remove                    show                       read
//!  Entry ───────────────────▶ Index ───────────────────────▶ Live ─────────────────▶ Snapshot, by any number of readers
//!  (codes, rating)            (one writer)                   (one pointer)              │
//!                                                                                       │ search(Query)
//!  a search, block by block of 512 experts:                                             ▼
//!   sieve ──▶ who satisfies the conditions, and who all but one ──▶ tally ──▶ total and counts
//!     └─────▶ the hits ──▶ page: out by their standing, 512 at once ────────▶ the first few in order
//! ```
//!
//! Reading order: [`Schema`] (codes to numbers), [`Entry`] (what is held of one expert), `layout` and `block` (how it is
//! held), [`Index`], [`Snapshot`] and [`Live`]; then [`Query`] and [`Answer`], `search`, `sieve`, `tally`; then [`order`],
//! [`nearness`], `ranking`, `page`; at last [`Processor`] and [`Restore`]. [`text`] and [`exposure`] stand by themselves.

mod answer;
mod bits;
mod block;
mod entry;
pub mod exposure;
mod id;
mod index;
mod layout;
mod live;
pub mod nearness;
pub mod order;
mod page;
mod pages;
mod processor;
mod query;
mod ranking;
mod rating;
mod schema;
mod search;
mod shelf;
mod sieve;
mod snapshot;
mod stored;
mod tally;
pub mod text;
mod within;

pub use answer::{Answer, FacetCounts, Hit, MarkCounts};
pub use entry::Entry;
pub use index::Index;
pub use live::Live;
pub use nearness::Nearness;
pub use order::SortKey;
pub use pages::Pages;
pub use processor::Processor;
pub use query::Query;
pub use rating::{Area, Mark, Menu, Rating};
pub use schema::{CodeField, FacetName, FacetSet, Schema, SchemaError, UnknownCode, UnknownCodes};
pub use snapshot::Snapshot;
pub use stored::{Restore, RestoreError};
pub use within::Within;
