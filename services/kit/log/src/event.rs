//! Events: what a command emits, and what a reader receives.

pub use contract::event::v1::{Event, Token};
use kit_clock::Timestamp;
use prost::{Message, Name};

/// An event that a command wants to emit. The body is a message of the contract; its full name becomes the event's type.
pub struct NewEvent {
    pub(crate) aggregate_type: &'static str,
    pub(crate) aggregate_id: String,
    pub(crate) kind: String,
    pub(crate) schema_version: i32,
    pub(crate) clear: Vec<u8>,
    pub(crate) personal: Option<(String, Vec<u8>)>,
}

impl NewEvent {
    /// An event of the aggregate `<aggregate_type>/<aggregate_id>` with a body free of personal data, at schema version 1.
    pub fn new<B: Message + Name>(aggregate_type: &'static str, aggregate_id: &str, body: &B) -> Self {
        Self {
            aggregate_type,
            aggregate_id: aggregate_id.to_owned(),
            kind: B::full_name(),
            schema_version: 1,
            clear: body.encode_to_vec(),
            personal: None,
        }
    }

    /// Adds a personal body, to be sealed under the key `key_id`.
    #[must_use]
    pub fn personal<B: Message>(mut self, key_id: &str, body: &B) -> Self {
        self.personal = Some((key_id.to_owned(), body.encode_to_vec()));
        self
    }

    /// Another schema version: the body's meaning changed.
    #[must_use]
    pub const fn schema(mut self, version: i32) -> Self {
        self.schema_version = version;
        self
    }
}

/// What came of an event's personal body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Personal {
    /// The event has none.
    None,
    /// The person's key is destroyed: it is gone for good.
    Erased,
    /// The reader has no use for it: it was not opened.
    Shut,
    /// The body, opened.
    Clear(Vec<u8>),
}

/// An event as a reader gets it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The event as it stands in the log.
    pub event: Event,
    /// Its personal body.
    pub personal: Personal,
}

impl Received {
    /// The clear body.
    ///
    /// # Errors
    /// [`Refusal::Fault`] when the bytes are not that message.
    pub fn clear<B: Message + Default>(&self) -> Result<B, Refusal> {
        B::decode(self.event.clear.as_ref()).map_err(|error| Refusal::Fault(error.to_string()))
    }

    /// The personal body; `None` when there is none, the person is erased, or it was not opened.
    ///
    /// # Errors
    /// [`Refusal::Fault`] when the bytes are not that message.
    pub fn personal<B: Message + Default>(&self) -> Result<Option<B>, Refusal> {
        match &self.personal {
            Personal::None | Personal::Erased | Personal::Shut => Ok(None),
            Personal::Clear(bytes) => {
                B::decode(bytes.as_slice()).map(Some).map_err(|error| Refusal::Fault(error.to_string()))
            }
        }
    }

    /// Where it stands in its producer's log.
    pub fn token(&self) -> Token {
        token_of(&self.event)
    }
}

/// Why a reader did not apply an event.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// Nothing is wrong with the event: the reader's own store is away. Tried again, without counting.
    #[error("outage: {0}")]
    Outage(crate::Error),
    /// The event cannot be applied. Tried five times, then set aside.
    #[error("{0}")]
    Fault(String),
}

impl From<crate::Error> for Refusal {
    fn from(error: crate::Error) -> Self {
        if error.is_outage() { Self::Outage(error) } else { Self::Fault(error.to_string()) }
    }
}

/// `<aggregate type>/<aggregate id>`.
pub fn aggregate(event: &Event) -> String {
    format!("{}/{}", event.aggregate_type, event.aggregate_id)
}

/// Where an event stands.
pub fn token_of(event: &Event) -> Token {
    Token { service: event.producer.clone(), epoch: event.epoch.clone(), position: event.position }
}

/// A moment as protobuf has it.
pub const fn wire_time(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = at.parts();
    prost_types::Timestamp { seconds, nanos }
}

/// A moment from protobuf.
pub const fn clock_time(at: &prost_types::Timestamp) -> Timestamp {
    Timestamp::from_parts(at.seconds, at.nanos)
}
