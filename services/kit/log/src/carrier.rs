//! How news of an event travels to readers: inside the process, or through NATS.
//!
//! A carrier may lose, repeat and reorder: readers repair from the log. So it only has to be fast.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use contract::event::v1::Event;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use crate::{Cursor, Result};

/// Events in flight inside the process, per producer; a reader that falls further behind reads the log instead.
const IN_FLIGHT: usize = 1_024;

/// What a carrier holds of a producer's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It keeps nothing: only what is published from now on matters.
    Nothing,
    /// It keeps a copy that is empty or new: everything has to be published again.
    Empty,
    /// It keeps a copy up to here.
    UpTo(Cursor),
    /// It keeps a copy, and what it had is old enough to be gone: the relay's own record says where to go on.
    Unknown,
}

/// Carries events from producers to readers.
#[async_trait]
pub trait Carrier: Send + Sync + 'static {
    /// What it holds of this producer's log.
    async fn held(&self, producer: &str) -> Result<Held>;

    /// Publishes events, in order; `Ok` means that all are held (where it holds at all). Twice is harmless. After an error,
    /// such as that its copy is not what it was at the last [`Carrier::held`], that has to be asked again.
    async fn publish(&self, producer: &str, events: &[Event]) -> Result<()>;

    /// What is published from now on. The stream ends when the connection is lost; subscribe again.
    async fn subscribe(&self, producer: &str) -> Result<BoxStream<'static, Event>>;
}

/// Carries inside one process. The events cross as encoded bytes, as they would any other way.
#[derive(Default)]
pub struct InProcess {
    channels: Mutex<HashMap<String, broadcast::Sender<Arc<Vec<u8>>>>>,
}

impl InProcess {
    /// A carrier for the services of this process.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn channel(&self, producer: &str) -> broadcast::Sender<Arc<Vec<u8>>> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.entry(producer.to_owned()).or_insert_with(|| broadcast::channel(IN_FLIGHT).0).clone()
    }
}

#[async_trait]
impl Carrier for InProcess {
    async fn held(&self, _producer: &str) -> Result<Held> {
        Ok(Held::Nothing)
    }

    async fn publish(&self, producer: &str, events: &[Event]) -> Result<()> {
        let channel = self.channel(producer);
        for event in events {
            // No reader yet is no error: it will read the log.
            drop(channel.send(Arc::new(prost::Message::encode_to_vec(event))));
        }
        Ok(())
    }

    async fn subscribe(&self, producer: &str) -> Result<BoxStream<'static, Event>> {
        let stream = BroadcastStream::new(self.channel(producer).subscribe());
        let decode = |bytes: Arc<Vec<u8>>| <Event as prost::Message>::decode(bytes.as_slice()).ok();
        // A gap by lagging shows in the positions, so it needs no word of its own.
        Ok(stream.filter_map(move |item| async move { item.ok().and_then(decode) }).boxed())
    }
}
