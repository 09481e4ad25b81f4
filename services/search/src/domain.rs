//! The in-memory index behind the expert search (report 2.4.2, figs. 2-104 to 2-107).
//!
//! One bit per expert and facet value: a condition is an OR of bitmaps, a query an AND of
//! conditions, a count a popcount. Everything here is a pure function of what is passed in: code
//! lists, entries, queries and the day's seed come from outside, and nothing is read from a
//! clock, a file or the network.
//!
//! Reading order: [`Schema`] (codes to numbers), [`Entry`] (what is held of one expert),
//! [`Index`] (the bitmaps), [`Query`] and [`Answer`], then [`order`] and [`nearness`].

mod answer;
mod bits;
mod entry;
mod filter;
mod index;
pub mod nearness;
pub mod order;
mod page;
mod query;
mod ranking;
mod rating;
mod schema;
mod search;
pub mod text;

pub use answer::{Answer, FacetCounts, Hit, MarkCounts};
pub use entry::Entry;
pub use index::Index;
pub use nearness::Nearness;
pub use order::SortKey;
pub use query::Query;
pub use rating::{Area, Mark, Menu, Rating};
pub use schema::{CodeField, FacetName, Schema, SchemaError, UnknownCode, UnknownCodes};
