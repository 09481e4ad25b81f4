//! How a writer shows what it wrote to readers who never wait for it.

use std::sync::Arc;

use arc_swap::ArcSwap;

/// What readers see, and the place where a writer puts what they see next.
///
/// The writer changes what it has as it likes, one entry or a batch, and then shows it: from then on every reader that
/// asks gets all of it. Readers take no lock and wait for nobody; what they hold stays as it is until they let it go.
///
/// ```
/// # use search::domain::{Entry, Index, Live, Query, Schema};
/// # let mut index = Index::new(Schema::new(Vec::new())?);
/// let live = Live::new(index.snapshot());
/// let held = live.read();
/// index.upsert(Entry { id: "a".to_owned(), ..Entry::default() })?;
/// live.show(index.snapshot());
/// assert_eq!(live.read().search(&Query::default(), None, 20)?.total, 1);
/// assert_eq!(held.search(&Query::default(), None, 20)?.total, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Live<T> {
    shown: ArcSwap<T>,
}

impl<T> Live<T> {
    /// Shows this.
    pub fn new(shown: T) -> Self {
        Self { shown: ArcSwap::from_pointee(shown) }
    }

    /// What is shown now. Lock-free.
    pub fn read(&self) -> Arc<T> {
        self.shown.load_full()
    }

    /// Shows this to every read that begins from now on.
    pub fn show(&self, next: T) {
        self.shown.store(Arc::new(next));
    }
}
