//! Carriers that do what a carrier may do: lose, repeat, reorder, be silent, err.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use contract::event::v1::Event;
use futures::stream::{BoxStream, StreamExt as _};
use kit_log::{Carrier, Error, Held, Result};

use crate::world::Chance;

/// Loses three in ten events, brings the others once to five times, and shuffles what arrives together.
pub(crate) struct Disturbing {
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) seed: u64,
    /// Events that it brought, each time counted.
    pub(crate) brought: Arc<AtomicUsize>,
}

#[async_trait]
impl Carrier for Disturbing {
    async fn held(&self, producer: &str) -> Result<Held> {
        self.carrier.held(producer).await
    }

    async fn publish(&self, producer: &str, events: &[Event]) -> Result<()> {
        self.carrier.publish(producer, events).await
    }

    async fn subscribe(&self, producer: &str) -> Result<BoxStream<'static, Event>> {
        let events = self.carrier.subscribe(producer).await?;
        let mut chance = Chance::new(self.seed);
        let brought = self.brought.clone();
        // `ready_chunks` takes what is there, and so waits for nothing.
        let disturbed = events.ready_chunks(16).flat_map(move |together| {
            let mut left: Vec<Event> = Vec::new();
            for event in together {
                if !chance.percent(30) {
                    left.extend(std::iter::repeat_n(event, 1 + chance.below(5)));
                }
            }
            for at in (1..left.len()).rev() {
                left.swap(at, chance.below(at + 1));
            }
            brought.fetch_add(left.len(), Ordering::SeqCst);
            futures::stream::iter(left)
        });
        Ok(disturbed.boxed())
    }
}

/// Takes everything and brings nothing.
pub(crate) struct Silent;

#[async_trait]
impl Carrier for Silent {
    async fn held(&self, _: &str) -> Result<Held> {
        Ok(Held::Nothing)
    }

    async fn publish(&self, _: &str, _: &[Event]) -> Result<()> {
        Ok(())
    }

    async fn subscribe(&self, _: &str) -> Result<BoxStream<'static, Event>> {
        Ok(futures::stream::pending().boxed())
    }
}

/// Fails each call but every third; a subscription ends after three events.
pub(crate) struct Erring {
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) calls: AtomicUsize,
    /// Events that it brought.
    pub(crate) brought: Arc<AtomicUsize>,
}

impl Erring {
    pub(crate) fn new(carrier: Arc<dyn Carrier>) -> Self {
        Self { carrier, calls: AtomicUsize::new(0), brought: Arc::default() }
    }

    fn works(&self) -> Result<()> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        if call % 3 == 2 { Ok(()) } else { Err(Error::Unavailable("not now".to_owned())) }
    }
}

#[async_trait]
impl Carrier for Erring {
    async fn held(&self, producer: &str) -> Result<Held> {
        self.works()?;
        self.carrier.held(producer).await
    }

    async fn publish(&self, producer: &str, events: &[Event]) -> Result<()> {
        self.works()?;
        self.carrier.publish(producer, events).await
    }

    async fn subscribe(&self, producer: &str) -> Result<BoxStream<'static, Event>> {
        self.works()?;
        let brought = self.brought.clone();
        let events = self.carrier.subscribe(producer).await?.take(3);
        Ok(events.inspect(move |_| _ = brought.fetch_add(1, Ordering::SeqCst)).boxed())
    }
}
