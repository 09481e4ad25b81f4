//! The follower: keeps a reader at the head of a producer's log.
//!
//! One rule gives once-only effects, order and repair of gaps, whatever the carrier does: an event at or before the
//! cursor is dropped, the next one is applied, a later one means that the log has to be read first.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use contract::event::v1::{Event, ParkedEvent};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::carrier::Carrier;
use crate::event::{Personal, Received, Refusal, aggregate};
use crate::log::{ReadFrom, Source};
use crate::reader::{Interest, Reader, parked_event};
use crate::store::Cursor;
use crate::{Error, KeyStore, Result};

/// How often the producer's head is asked for, so that a silent carrier delays by no more.
const POLL: Duration = Duration::from_millis(250);
/// Tries of an event before it is set aside.
const TRIES: i32 = 5;
/// Events applied at once.
const BATCH: usize = 256;
/// Said of an event that only waits for an earlier one of its aggregate.
const BEHIND: &str = "BEHIND_PARKED";

/// One reader on one producer. Made once, run once; the operator's replay and drop go through it too.
pub struct Follower {
    reader: Arc<dyn Reader>,
    producer: String,
    source: Arc<dyn Source>,
    carrier: Arc<dyn Carrier>,
    keys: Arc<dyn KeyStore>,
    /// Held while events are applied: a replay must not overtake the live path.
    turn: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// `None` until the reader was asked.
    cursor: Option<Cursor>,
    /// Aggregates with something set aside.
    held_back: HashSet<String>,
    /// Types met at least once that the reader does not know, for one warning each.
    warned: BTreeSet<String>,
}

impl Follower {
    /// A follower of `producer`'s log for `reader`.
    pub fn new(
        reader: Arc<dyn Reader>,
        producer: &str,
        source: Arc<dyn Source>,
        carrier: Arc<dyn Carrier>,
        keys: Arc<dyn KeyStore>,
    ) -> Arc<Self> {
        Arc::new(Self { reader, producer: producer.to_owned(), source, carrier, keys, turn: Mutex::default() })
    }

    /// The reader's service.
    pub fn reader(&self) -> &str {
        self.reader.name()
    }

    /// The producer's service.
    pub fn producer(&self) -> &str {
        &self.producer
    }

    /// Follows until `stop`. Whatever goes wrong is tried again.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut retried = false;
        while !stop.is_cancelled() {
            let ended = tokio::select! {
                ended = self.follow(&mut retried) => ended,
                () = stop.cancelled() => return,
            };
            if let Err(error) = ended {
                tracing::warn!(reader = self.reader(), producer = %self.producer, %error, "reading was interrupted");
            }
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn follow(&self, retried: &mut bool) -> Result<()> {
        // Subscribed before the log is read, so that nothing falls between the two.
        let mut live = self.subscribe().await;
        self.begin().await?;
        if !std::mem::replace(retried, true) {
            self.retry_parked().await?;
        }
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let batch = tokio::select! {
                biased;
                event = live.next() => match event {
                    Some(event) => self.gather(event, &mut live),
                    None => { live = self.subscribe().await; Vec::new() }
                },
                _ = poll.tick() => {
                    self.catch_up().await?;
                    continue;
                }
            };
            self.accept(batch).await?;
        }
    }

    /// The live stream; an endless silence when the carrier is away, for the polls to bridge.
    async fn subscribe(&self) -> BoxStream<'static, Event> {
        match tokio::time::timeout(Duration::from_secs(3), self.carrier.subscribe(&self.producer)).await {
            Ok(Ok(stream)) => stream,
            _ => futures::stream::pending().boxed(),
        }
    }

    /// What has arrived together is applied together.
    fn gather(&self, first: Event, live: &mut BoxStream<'static, Event>) -> Vec<Event> {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            match futures::FutureExt::now_or_never(live.next()) {
                Some(Some(event)) => batch.push(event),
                _ => break,
            }
        }
        batch
    }

    /// Takes up the cursor, or begins from nothing when there is none or the log has another life.
    async fn begin(&self) -> Result<()> {
        let mut state = self.turn.lock().await;
        let parked = self.reader.parked().await?;
        let mine = |p: &&ParkedEvent| p.event.as_ref().is_some_and(|e| e.service == self.producer);
        state.held_back = parked.iter().filter(mine).map(|p| p.aggregate.clone()).collect();
        state.cursor = self.reader.cursor(&self.producer).await?;
        drop(state);
        self.catch_up().await
    }

    /// Reads the log up to its head.
    async fn catch_up(&self) -> Result<()> {
        let answer = self.source.head().await?;
        let head = answer.head.unwrap_or_default();
        let mut state = self.turn.lock().await;
        let sound = state.cursor.as_ref().is_some_and(|c| c.epoch == head.epoch && c.position <= head.position);
        if !sound {
            self.rebuild(&mut state).await?;
        }
        while state.cursor.as_ref().is_some_and(|c| c.position < head.position) {
            self.read_page(&mut state).await?;
        }
        if let Some(cursor) = &state.cursor {
            self.reader.caught_up(&self.producer, cursor, &answer.consumed).await;
        }
        Ok(())
    }

    async fn read_page(&self, state: &mut State) -> Result<()> {
        let Some(cursor) = state.cursor.clone() else { return Ok(()) };
        let from = ReadFrom { after: cursor.position, epoch: cursor.epoch.clone(), ..Default::default() };
        let page = match self.source.read(from).await {
            Err(Error::EpochChanged(_)) => {
                state.cursor = None;
                return Ok(());
            }
            other => other?,
        };
        let to = Cursor { epoch: page.epoch, position: page.read_to };
        self.apply(state, page.events, to).await
    }

    /// From nothing: the newest of each aggregate, then the cursor at the end that the first page pinned.
    async fn rebuild(&self, state: &mut State) -> Result<()> {
        tracing::info!(reader = self.reader(), producer = %self.producer, "reading from nothing");
        self.reader.begin_anew(&self.producer).await?;
        state.held_back.clear();
        state.cursor = None;
        let mut from = ReadFrom { compacted: true, ..Default::default() };
        loop {
            let page = self.source.read(from.clone()).await?;
            from = ReadFrom { after: page.read_to, until: page.until, epoch: page.epoch.clone(), ..from };
            let last = page.read_to >= page.until;
            // Until the last page the cursor stays where a restart begins from nothing again.
            let position = if last { page.until } else { 0 };
            let epoch = if last { page.epoch } else { String::new() };
            self.apply(state, page.events, Cursor { epoch, position }).await?;
            if last {
                return Ok(());
            }
        }
    }

    /// Events as they came from the carrier.
    async fn accept(&self, batch: Vec<Event>) -> Result<()> {
        let mut state = self.turn.lock().await;
        let Some(cursor) = state.cursor.clone() else { return Ok(()) };
        let mut next = cursor.position;
        let mut usable = Vec::with_capacity(batch.len());
        let mut gap = false;
        for event in batch {
            if event.epoch != cursor.epoch || event.position > next + 1 {
                gap = true;
                break;
            }
            if event.position == next + 1 {
                next += 1;
                usable.push(event);
            }
        }
        if !usable.is_empty() {
            self.apply(&mut state, usable, Cursor { epoch: cursor.epoch, position: next }).await?;
        }
        drop(state);
        if gap { self.catch_up().await } else { Ok(()) }
    }

    /// Applies events and moves the cursor to `to`. A batch that is refused is taken again one by one.
    async fn apply(&self, state: &mut State, events: Vec<Event>, to: Cursor) -> Result<()> {
        let received = self.open(events).await?;
        let plain = received.iter().all(|r| self.obstacle(state, r).is_none());
        if plain {
            let wanted: Vec<_> = received.iter().filter(|r| self.wanted(r)).cloned().collect();
            match self.reader.apply(&self.producer, &wanted, &to).await {
                Ok(()) => {
                    state.cursor = Some(to);
                    return Ok(());
                }
                Err(failed) => {
                    if let Refusal::Outage(error) = failed.refusal {
                        return Err(error);
                    }
                }
            }
        }
        for one in &received {
            // Within a compacted reading only the last step moves the cursor.
            let position = if to.epoch.is_empty() { 0 } else { one.event.position };
            self.apply_one(state, one, Cursor { epoch: to.epoch.clone(), position }).await?;
        }
        self.reader.apply(&self.producer, &[], &to).await.map_err(refused)?;
        state.cursor = Some(to);
        Ok(())
    }

    async fn apply_one(&self, state: &mut State, one: &Received, to: Cursor) -> Result<()> {
        let mut tries = 0;
        let error = loop {
            if let Some(obstacle) = self.obstacle(state, one) {
                break obstacle;
            }
            tries += 1;
            let wanted = if self.wanted(one) { std::slice::from_ref(one) } else { &[] };
            match self.reader.apply(&self.producer, wanted, &to).await.map_err(|failed| failed.refusal) {
                Ok(()) => {
                    state.cursor = Some(to);
                    return Ok(());
                }
                Err(Refusal::Outage(error)) => return Err(error),
                Err(Refusal::Fault(error)) if tries >= TRIES => break error,
                Err(Refusal::Fault(_)) => {}
            }
        };
        let name = aggregate(&one.event);
        if state.warned.insert(name.clone()) {
            tracing::warn!(reader = self.reader(), producer = %self.producer, aggregate = %name, %error, "set aside");
        }
        self.reader.park(parked_event(self.reader(), one, &error, tries), &to).await?;
        state.held_back.insert(name);
        state.cursor = Some(to);
        Ok(())
    }

    fn wanted(&self, one: &Received) -> bool {
        matches!(self.reader.interest(&one.event.r#type), Interest::Apply { .. })
    }

    /// Why an event cannot even be tried.
    fn obstacle(&self, state: &State, one: &Received) -> Option<String> {
        if state.held_back.contains(&aggregate(&one.event)) {
            return Some(BEHIND.to_owned());
        }
        match self.reader.interest(&one.event.r#type) {
            Interest::Apply { schema } if one.event.schema_version > schema => {
                Some(format!("NEWER_SCHEMA {} (known: {schema})", one.event.schema_version))
            }
            Interest::Apply { .. } | Interest::Pass => None,
            Interest::Unknown => Some("UNKNOWN_TYPE".to_owned()),
        }
    }

    /// Opens the personal bodies, with one question to the key store.
    async fn open(&self, events: Vec<Event>) -> Result<Vec<Received>> {
        let wanted = |e: &Event| matches!(self.reader.interest(&e.r#type), Interest::Apply { .. });
        let sealed = |e: &&Event| !e.key_id.is_empty() && wanted(e);
        let ids: BTreeSet<String> = events.iter().filter(sealed).map(|e| e.key_id.clone()).collect();
        let keys = if ids.is_empty() { Default::default() } else { self.keys.find(&Vec::from_iter(ids)).await? };
        let open = |event: Event| {
            let personal = match keys.get(&event.key_id) {
                _ if event.key_id.is_empty() => Personal::None,
                Some(key) if !event.personal.is_empty() => Personal::Clear(key.open(&event.id, &event.personal)?),
                _ => Personal::Erased,
            };
            Ok(Received { event, personal })
        };
        events.into_iter().map(open).collect()
    }

    /// After a start, an upgrade may have brought what was missing.
    async fn retry_parked(&self) -> Result<()> {
        let aggregates = self.turn.lock().await.held_back.clone();
        for aggregate in aggregates {
            self.replay(&aggregate).await?;
        }
        Ok(())
    }

    /// Applies what was set aside of one aggregate, in order, up to the first that still fails. Answers how many were
    /// applied and how many are left.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn replay(&self, aggregate: &str) -> Result<(usize, usize)> {
        let mut state = self.turn.lock().await;
        let parked = self.parked_of(aggregate).await?;
        let mut applied = 0;
        for one in &parked {
            let Some(received) = self.fetch(one).await? else { break };
            // Judged by itself: what it waits behind is what is being replayed.
            let fresh = State::default();
            if self.obstacle(&fresh, &received).is_some() {
                break;
            }
            match self.reader.settle(one, Some(&received)).await {
                Ok(()) => applied += 1,
                Err(Refusal::Outage(error)) => return Err(error),
                Err(Refusal::Fault(_)) => break,
            }
        }
        if applied == parked.len() {
            state.held_back.remove(aggregate);
        }
        Ok((applied, parked.len() - applied))
    }

    /// Gives up what was set aside of one aggregate; answers how many.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn give_up(&self, aggregate: &str) -> Result<usize> {
        let mut state = self.turn.lock().await;
        let parked = self.parked_of(aggregate).await?;
        for one in &parked {
            self.reader.settle(one, None).await.map_err(|refusal| match refusal {
                Refusal::Outage(error) => error,
                Refusal::Fault(error) => Error::Internal(error),
            })?;
        }
        state.held_back.remove(aggregate);
        Ok(parked.len())
    }

    async fn parked_of(&self, aggregate: &str) -> Result<Vec<ParkedEvent>> {
        let mut parked = self.reader.parked().await?;
        parked.retain(|p| p.aggregate == aggregate && p.event.as_ref().is_some_and(|e| e.service == self.producer));
        Ok(parked)
    }

    async fn fetch(&self, parked: &ParkedEvent) -> Result<Option<Received>> {
        let Some(place) = &parked.event else { return Ok(None) };
        let (after, until) = (place.position - 1, place.position);
        let page = self.source.read(ReadFrom { after, until, page_size: 1, ..Default::default() }).await?;
        Ok(self.open(page.events).await?.into_iter().next())
    }
}

fn refused(failed: crate::reader::Failed) -> Error {
    match failed.refusal {
        Refusal::Outage(error) => error,
        Refusal::Fault(error) => Error::Internal(error),
    }
}
