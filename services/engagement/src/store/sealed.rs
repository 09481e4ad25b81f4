//! Confidential bodies under the keys of companies.

use std::collections::HashMap;

use kit_log::keys::Key;
use kit_log::{Error, KeyStore, Result};
use prost::Message;

/// The keys of some companies, at hand.
pub(crate) struct Keys(HashMap<String, Key>);

impl Keys {
    /// For writing: made where absent.
    pub(crate) async fn ensure(store: &dyn KeyStore, ids: &[String]) -> Result<Self> {
        Ok(Self(if ids.is_empty() { HashMap::new() } else { store.ensure(ids).await? }))
    }

    /// For reading.
    pub(crate) async fn find(store: &dyn KeyStore, ids: &[String]) -> Result<Self> {
        Ok(Self(if ids.is_empty() { HashMap::new() } else { store.find(ids).await? }))
    }

    /// A body bound to its place, so that one cannot pass for another; nothing where there is nothing to seal, or the key is
    /// destroyed.
    pub(super) fn seal(&self, id: &str, place: &str, body: &[u8]) -> Result<Vec<u8>> {
        match self.0.get(id) {
            Some(key) if !body.is_empty() => key.seal(place, body),
            _ => Ok(Vec::new()),
        }
    }

    /// What was sealed; empty when the key is destroyed.
    pub(super) fn open(&self, id: &str, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        match self.0.get(id) {
            Some(key) if !sealed.is_empty() => key.open(place, sealed),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) fn read<M: Message + Default>(&self, id: &str, place: &str, sealed: &[u8]) -> Result<M> {
        decode(self.open(id, place, sealed)?.as_slice(), place)
    }
}

pub(super) fn decode<M: Message + Default>(bytes: &[u8], place: &str) -> Result<M> {
    M::decode(bytes).map_err(|_| Error::Corrupt(place.to_owned()))
}
