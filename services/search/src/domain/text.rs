//! Japanese free text: what matches, where it stands, how it is found fast, and suggestions while typing.
//!
//! # What matches
//!
//! A text matches a word if and only if [`normalise`]`(word)` is a substring of [`normalise`]`(text)`. A query is cut into
//! words at white space; every word is an exact phrase of one character or more; an expert matches when each word stands
//! in one of the fields (not necessarily the same one). A query without words sets no condition.
//!
//! # Layout
//!
//! ```text
//!   put, remove ──▶ TextIndex (one writer) ── snapshot() ──▶ TextSnapshot (any number of readers, an Arc)
//!                        │
//!        recent texts    │ looked through one by one; at most RECENT of them
//!                        ▼ sealed
//!        segments        immutable, of at most 65,536 texts each, and for each a bitmap of the texts still current
//!                        ▲
//!        next_merge() ───┘ Merge::run() on any thread ── install()
//! ```
//!
//! A changed text goes to the recent ones and its old place loses its bit, so a change costs microseconds and the next
//! snapshot has it. Nothing a snapshot holds is ever written again: the writer copies what it shares (lists of pointers and
//! one bitmap of 8 KB), so readers never wait for it. Small segments are merged by the writer itself within some ten
//! milliseconds; larger merges are handed out as jobs, to be run wherever the owner likes while reads and writes go on.
//!
//! A segment holds its texts once, normalised, as UTF-16, and a tree of grams. The tree is as deep as the texts ask for:
//! all grams of one and two units are in it, and a gram that stands in some hundred texts is followed by every
//! unit that comes after it, up to eight units. So a common phrase is in the tree and its answer is stored; of a rare one
//! the tree gives few candidates, which are looked through. Only a phrase that is both longer than a gram and common makes
//! a search look through many texts, and what it found is remembered. Grams with the same texts (セキュ, セキュリ,
//! セキュリテ) share one list.
//!
//! Reading order: [`normalise`], [`TextQuery`], [`highlight`], `segment`, `build`, [`TextIndex`], `merge`, [`TextRestore`],
//! [`Suggest`].

mod build;
mod docs;
mod highlight;
mod index;
mod merge;
mod normalise;
mod query;
mod segment;
mod slots;
mod snapshot;
mod stored;
mod suggest;
mod units;
mod variants;

pub use highlight::{Snippet, highlight, snippet};
pub use index::{MAX_DOCUMENT_CHARS, TextIndex};
pub use merge::{Merge, Merged};
pub use normalise::normalise;
pub use query::{MAX_QUERY_CHARS, MAX_WORDS, TextError, TextQuery};
pub use slots::Slots;
pub use snapshot::{TextBytes, TextSnapshot};
pub use stored::{TextRestore, TextRestoreError};
pub use suggest::{MAX_SUGGESTIONS, Suggest, Suggestion};
