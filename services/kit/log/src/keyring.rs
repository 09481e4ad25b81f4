//! Confidential bodies in a service's own tables, under the keys of whom they tell of.

use std::collections::HashMap;

use prost::Message;

use crate::keys::{Key, KeyStore};
use crate::{Error, Result};

/// Some keys, at hand for one command or answer.
pub struct Keyring(HashMap<String, Key>);

impl Keyring {
    /// For writing: made where absent.
    ///
    /// # Errors
    /// When the keys cannot be reached.
    pub async fn ensure(store: &dyn KeyStore, ids: &[String]) -> Result<Self> {
        Ok(Self(if ids.is_empty() { HashMap::new() } else { store.ensure(ids).await? }))
    }

    /// For reading.
    ///
    /// # Errors
    /// When the keys cannot be reached.
    pub async fn find(store: &dyn KeyStore, ids: &[String]) -> Result<Self> {
        Ok(Self(if ids.is_empty() { HashMap::new() } else { store.find(ids).await? }))
    }

    /// A body bound to its place, so that one cannot pass for another; nothing where there is nothing to seal, or the key is
    /// destroyed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the sealing fails.
    pub fn seal(&self, id: &str, place: &str, body: &[u8]) -> Result<Vec<u8>> {
        match self.0.get(id) {
            Some(key) if !body.is_empty() => key.seal(place, body),
            _ => Ok(Vec::new()),
        }
    }

    /// What was sealed; empty when the key is destroyed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the bytes are not of that place.
    pub fn open(&self, id: &str, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        match self.0.get(id) {
            Some(key) if !sealed.is_empty() => key.open(place, sealed),
            _ => Ok(Vec::new()),
        }
    }

    /// A sealed message; the empty one when the key is destroyed.
    ///
    /// # Errors
    /// As [`Keyring::open`]; [`Error::Corrupt`] when it is no such message.
    pub fn read<M: Message + Default>(&self, id: &str, place: &str, sealed: &[u8]) -> Result<M> {
        let clear = self.open(id, place, sealed)?;
        M::decode(clear.as_slice()).map_err(|_| Error::Corrupt(place.to_owned()))
    }
}
