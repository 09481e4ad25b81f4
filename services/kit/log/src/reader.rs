//! What reads a producer's log: the trait, and the form of it whose effects are rows of the reader's own database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use contract::event::v1::{ParkedEvent, Token};
use futures::future::BoxFuture;

use crate::event::{Received, Refusal, aggregate};
use crate::follow::BEHIND;
use crate::log::{Log, origin_of};
use crate::store::{self, Cursor};
use crate::unit::Unit;
use crate::{Error, Result};

/// What a reader does with a type of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Applies it, up to this schema version; a newer one is set aside until an upgrade.
    Apply {
        /// The newest schema version understood.
        schema: i32,
    },
    /// Knows it and has no use for it: only the cursor moves.
    Pass,
    /// Does not know it: set aside.
    Unknown,
}

impl Interest {
    /// Of a type that is applied, up to this schema version; failing that known, and passed over; failing both unknown.
    #[must_use]
    pub const fn of(applied: bool, known: bool, schema: i32) -> Self {
        match (applied, known) {
            (true, _) => Self::Apply { schema },
            (false, true) => Self::Pass,
            (false, false) => Self::Unknown,
        }
    }
}

/// Some events of a batch were not applied.
#[derive(Debug)]
pub struct Failed {
    /// Index of the first event that was refused; those before it were *not* applied either, the batch is one.
    pub index: usize,
    /// Why.
    pub refusal: Refusal,
}

/// A reader of other services' logs. It keeps a cursor for each, and moves it together with what it applies.
#[async_trait]
pub trait Reader: Send + Sync + 'static {
    /// The reader's service.
    fn name(&self) -> &str;

    /// What it does with this type of event.
    fn interest(&self, event_type: &str) -> Interest;

    /// Up to where it has read; `None` when it never did.
    async fn cursor(&self, producer: &str) -> Result<Option<Cursor>>;

    /// As [`Reader::cursor`], asked by a follower that goes on from there.
    async fn take_up(&self, producer: &str) -> Result<Option<Cursor>> {
        self.cursor(producer).await
    }

    /// Whether a log that is read from nothing is read compacted: the newest event of each aggregate, in the order of their
    /// positions. False for a reader to whom the way there matters: it is then given every event.
    fn compacted(&self) -> bool {
        true
    }

    /// Whether personal bodies are opened for it. False for a reader that has no use for them: it asks for no key, each body
    /// reads as [`Personal::Shut`](crate::Personal::Shut), and none can be unreadable.
    fn opens_personal(&self) -> bool {
        true
    }

    /// Applies events in order and moves the cursor to `to`, all or nothing. While the log is read from nothing, `to` names
    /// no epoch.
    async fn apply(&self, producer: &str, events: &[Received], to: &Cursor) -> Result<(), Failed>;

    /// Begins from nothing: another life of the log, or the first time. Whatever it keeps of this producer that the log,
    /// compacted or not, will bring again may go; events it applied before may come again.
    async fn begin_anew(&self, producer: &str) -> Result<()>;

    /// Sets an event aside and moves the cursor past it.
    async fn park(&self, parked: ParkedEvent, to: &Cursor) -> Result<()>;

    /// What it set aside, oldest first.
    async fn parked(&self) -> Result<Vec<ParkedEvent>>;

    /// Applies an event that was set aside, and forgets that it was; `None` only forgets (dropped by an operator).
    async fn settle(&self, parked: &ParkedEvent, event: Option<&Received>) -> Result<(), Refusal>;

    /// The producer's whole log up to its head is applied, and this is how far it had itself read others then.
    async fn caught_up(&self, _producer: &str, _head: &Cursor, _consumed: &[Token]) {}
}

/// What a service does with an event inside a transaction of its own log.
pub trait Handler: Send + Sync + 'static {
    /// As [`Reader::interest`].
    fn interest(&self, event_type: &str) -> Interest;

    /// Applies one event. An error leaves nothing of it.
    fn handle<'u>(&'u self, unit: &'u mut Unit, event: &'u Received) -> BoxFuture<'u, Result<(), Refusal>>;

    /// The producer's log is about to be read from nothing, as [`Reader::begin_anew`] says: the newest event of each
    /// aggregate comes again. By default everything stays, for handlers that put each in the place of what they had.
    fn begin_anew<'u>(&'u self, _unit: &'u mut Unit, _producer: &'u str) -> BoxFuture<'u, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// A reader whose effects go through its own log's writer, the cursor in the same transaction.
///
/// Replicas of a service share the cursor. Each moves it only from where it left it itself, so that an event has one
/// effect however many of them received it; who was overtaken looks up the new place.
pub struct SqlReader<H> {
    log: Log,
    handler: Arc<H>,
    left_at: Mutex<HashMap<String, Cursor>>,
}

impl<H: Handler> SqlReader<H> {
    /// A reader for the service of this log.
    pub fn new(log: Log, handler: H) -> Arc<Self> {
        Arc::new(Self { log, handler: Arc::new(handler), left_at: Mutex::default() })
    }

    fn left_at(&self, producer: &str) -> Option<Cursor> {
        self.left_at.lock().unwrap_or_else(PoisonError::into_inner).get(producer).cloned()
    }

    fn leave_at(&self, producer: &str, cursor: Option<&Cursor>) {
        let mut left_at = self.left_at.lock().unwrap_or_else(PoisonError::into_inner);
        match cursor {
            Some(cursor) => drop(left_at.insert(producer.to_owned(), cursor.clone())),
            None => drop(left_at.remove(producer)),
        }
    }
}

/// Carries the index of the refused event out of the transaction.
struct Stop(Failed);

impl From<crate::Error> for Stop {
    fn from(error: crate::Error) -> Self {
        Self(Failed { index: 0, refusal: error.into() })
    }
}

/// Tells the compiler what kind of closure this is.
fn work<W>(work: W) -> W
where
    W: for<'u> FnOnce(&'u mut Unit) -> BoxFuture<'u, Result<(), Stop>> + Send + 'static,
{
    work
}

#[async_trait]
impl<H: Handler> Reader for SqlReader<H> {
    fn name(&self) -> &str {
        self.log.service()
    }

    fn interest(&self, event_type: &str) -> Interest {
        self.handler.interest(event_type)
    }

    async fn cursor(&self, producer: &str) -> Result<Option<Cursor>> {
        store::cursor(&mut self.log.read_session().await?, producer).await
    }

    async fn take_up(&self, producer: &str) -> Result<Option<Cursor>> {
        let cursor = self.cursor(producer).await?;
        self.leave_at(producer, cursor.as_ref());
        Ok(cursor)
    }

    async fn apply(&self, producer: &str, events: &[Received], to: &Cursor) -> Result<(), Failed> {
        let (handler, events, place) = (self.handler.clone(), events.to_vec(), to.clone());
        let (name, reader) = (producer.to_owned(), self.log.service());
        let from = self.left_at(producer);
        let origin = events.first().map(|e| origin_of(reader, &e.event)).unwrap_or_default();
        let work = work(move |unit| {
            Box::pin(async move {
                unit.move_cursor(&name, from.as_ref(), Some(&place)).await?;
                for (index, event) in events.iter().enumerate() {
                    unit.enter(origin_of(reader, &event.event));
                    handler.handle(unit, event).await.map_err(|refusal| Stop(Failed { index, refusal }))?;
                }
                Ok(())
            })
        });
        self.log.writer().run(origin, work).await.map_err(|stop: Stop| stop.0)?;
        self.leave_at(producer, Some(to));
        Ok(())
    }

    async fn begin_anew(&self, producer: &str) -> Result<()> {
        let (handler, name, from) = (self.handler.clone(), producer.to_owned(), self.left_at(producer));
        self.command(move |unit| {
            Box::pin(async move {
                unit.move_cursor(&name, from.as_ref(), None).await?;
                store::unpark_all(unit.session(), &name).await?;
                handler.begin_anew(unit, &name).await
            })
        })
        .await?;
        self.leave_at(producer, None);
        Ok(())
    }

    async fn park(&self, parked: ParkedEvent, to: &Cursor) -> Result<()> {
        let producer = parked.event.as_ref().map(|e| e.service.clone()).unwrap_or_default();
        let (name, from, place) = (producer.clone(), self.left_at(&producer), to.clone());
        self.command(move |unit| {
            Box::pin(async move {
                unit.move_cursor(&name, from.as_ref(), Some(&place)).await?;
                // An operator may have cleared the aggregate through another replica.
                if parked.error == BEHIND && !store::is_parked(unit.session(), &name, &parked.aggregate).await? {
                    return Err(Error::Overtaken);
                }
                store::park(unit.session(), &parked).await
            })
        })
        .await?;
        self.leave_at(&producer, Some(to));
        Ok(())
    }

    async fn parked(&self) -> Result<Vec<ParkedEvent>> {
        store::parked(&mut self.log.read_session().await?, self.log.service()).await
    }

    async fn settle(&self, parked: &ParkedEvent, event: Option<&Received>) -> Result<(), Refusal> {
        let Some(place) = parked.event.clone() else { return Ok(()) };
        let (handler, event) = (self.handler.clone(), event.cloned());
        let origin = event.as_ref().map(|e| origin_of(self.log.service(), &e.event)).unwrap_or_default();
        let work = work(move |unit| {
            Box::pin(async move {
                if store::unpark(unit.session(), &place.service, place.position).await? == 0 {
                    return Err(Error::Overtaken.into());
                }
                if let Some(event) = &event {
                    handler.handle(unit, event).await.map_err(|refusal| Stop(Failed { index: 0, refusal }))?;
                }
                Ok(())
            })
        });
        self.log.writer().run(origin, work).await.map(drop).map_err(|stop: Stop| stop.0.refusal)
    }
}

impl<H: Handler> SqlReader<H> {
    async fn command<W>(&self, work: W) -> Result<()>
    where
        W: for<'u> FnOnce(&'u mut Unit) -> BoxFuture<'u, Result<()>> + Send + 'static,
    {
        let origin = crate::Origin { actor: format!("service:{}", self.log.service()), ..Default::default() };
        self.log.writer().run(origin, work).await.map(drop)
    }
}

/// An event as it is set aside.
pub(crate) fn parked_event(reader: &str, received: &Received, error: &str, tries: i32) -> ParkedEvent {
    ParkedEvent {
        reader: reader.to_owned(),
        event: Some(received.token()),
        aggregate: aggregate(&received.event),
        r#type: received.event.r#type.clone(),
        error: error.chars().take(500).collect(),
        tries,
    }
}
