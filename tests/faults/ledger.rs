//! What was asked for, and what of it was acknowledged.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use end_to_end::submission::Submission;
use end_to_end::wait::until;
use tonic::{Code, Status};

use crate::conduct::RECOVERS;
use crate::record::Record;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// An answer to the survey.
    Answer(Submission),
    /// A guidance case by this expert, of a company named as the request.
    Case {
        /// The expert's name.
        expert: String,
    },
    /// A support request, of a new company named as the request.
    Request,
}

/// One write: its id, and the name that it was acknowledged with.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) deed: Deed,
    /// None: its outcome is unknown, it may be there once or not.
    pub(crate) acknowledged: Option<String>,
}

/// Counts, while the load runs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    acknowledged: AtomicUsize,
    errors: Mutex<BTreeMap<String, usize>>,
    /// What nobody may ever be told.
    wrong: Mutex<Vec<String>>,
}

impl Tally {
    pub(crate) fn acknowledge(&self) {
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Counts an error that a caller was told. True when the call may be tried again; what may not is wrong here.
    pub(crate) fn told(&self, error: &Status, id: &str) -> bool {
        let reason = kit_serve::fault::reason_of(error).unwrap_or_default();
        *self.errors.lock().unwrap().entry(format!("{:?} {reason}", error.code())).or_default() += 1;
        let usual = matches!(
            error.code(),
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Aborted
        );
        if !usual {
            self.wrong(format!("{id}: {:?} {}", error.code(), error.message()));
        }
        usual
    }

    pub(crate) fn wrong(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }

    /// Waits until there are so many acknowledgements, and answers how many there are then.
    ///
    /// # Panics
    /// When none comes for [`RECOVERS`].
    pub(crate) async fn reaches(tally: &Arc<Self>, count: usize) -> usize {
        loop {
            let now = tally.acknowledged();
            if now >= count {
                return now;
            }
            let what = format!("an acknowledgement after the first {now}; errors: {:?}", tally.errors.lock().unwrap());
            until(&what, RECOVERS, async || (tally.acknowledged() > now).then_some(())).await;
        }
    }
}

/// Everything that was asked for.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// What was there before the load, in its order.
    pub(crate) before: Vec<Submission>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) errors: BTreeMap<String, usize>,
    pub(crate) wrong: Vec<String>,
}

impl Ledger {
    pub(crate) fn of(before: Vec<Submission>, entries: Vec<Entry>, tally: &Tally) -> Self {
        let errors = tally.errors.lock().unwrap().clone();
        Self { before, entries, errors, wrong: tally.wrong.lock().unwrap().clone() }
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.entries.iter().filter(|entry| entry.acknowledged.is_some()).count()
    }

    /// Writes down what there was.
    pub(crate) fn note(&self, record: &Record) {
        let unknown = self.entries.len() - self.acknowledged();
        record.line(&format!("{} acknowledged, {unknown} of unknown outcome; told meanwhile:", self.acknowledged()));
        for (error, times) in &self.errors {
            record.line(&format!("    {times:6} {error}"));
        }
    }
}
