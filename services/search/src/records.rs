//! Experts' track records, as the engagements last told: counts and opaque ids, nothing personal. They are no part of the
//! index: a sheet and a list look them up when they are shown.

use std::sync::Arc;

use contract::engagement::v1::TrackRecord;
use prost::Message as _;

/// The records by expert id. Readers take no lock.
#[derive(Default)]
pub(crate) struct Records(papaya::HashMap<String, Arc<Record>>);

/// One record: what a list shows, and all of it as it travels.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) cases: i32,
    pub(crate) completed: i32,
    bytes: Box<[u8]>,
}

impl Record {
    pub(crate) fn new(record: &TrackRecord) -> Self {
        Self { cases: record.cases, completed: record.completed, bytes: record.encode_to_vec().into() }
    }

    /// From the bytes it was kept in; `None` when they are none.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let read = TrackRecord::decode(&*bytes).ok()?;
        Some(Self { cases: read.cases, completed: read.completed, bytes: bytes.into() })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn open(&self) -> TrackRecord {
        // It was encoded here.
        TrackRecord::decode(&*self.bytes).unwrap_or_default()
    }
}

impl Records {
    pub(crate) fn put(&self, id: &str, record: Record) {
        self.0.pin().insert(id.to_owned(), Arc::new(record));
    }

    pub(crate) fn of(&self, id: &str) -> Option<Arc<Record>> {
        self.0.pin().get(id).cloned()
    }

    pub(crate) fn forget(&self, id: &str) {
        self.0.pin().remove(id);
    }

    /// Forgets those of whom this is not true.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&str) -> bool) {
        self.0.pin().retain(|id, _| keep(id));
    }

    /// All of them, in no order.
    pub(crate) fn all(&self) -> Vec<(String, Arc<Record>)> {
        self.0.pin().iter().map(|(id, record)| (id.clone(), record.clone())).collect()
    }
}
