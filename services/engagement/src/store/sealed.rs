//! Messages as they are kept.

use kit_log::{Error, Result};
use prost::Message;

pub(super) fn decode<M: Message + Default>(bytes: &[u8], place: &str) -> Result<M> {
    M::decode(bytes).map_err(|_| Error::Corrupt(place.to_owned()))
}
