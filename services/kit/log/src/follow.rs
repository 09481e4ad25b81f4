//! The follower: keeps a reader at the head of a producer's log.
//!
//! One rule gives once-only effects, order and repair of gaps, whatever the carrier does: an event at or before the
//! cursor is dropped, the next one is applied, a later one means that the log has to be read first.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use contract::event::v1::{Event, ParkedEvent};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::carrier::Carrier;
use crate::event::{Personal, Received, Refusal, aggregate};
use crate::log::{ReadFrom, Source};
use crate::reader::{Failed, Interest, Reader, parked_event};
use crate::store::Cursor;
use crate::{Error, KeyStore, Result};

/// How often the producer's head is asked for, so that a silent carrier delays by no more.
const POLL: Duration = Duration::from_millis(250);
/// Tries of an event before it is set aside.
const TRIES: i32 = 5;
/// Events applied at once.
const BATCH: usize = 256;
/// Longest wait for a subscription, before it is asked for again.
const SUBSCRIBING: Duration = Duration::from_secs(3);
/// Looks, one each [`POLL`], at another replica's reading from nothing that does not get on, before it is taken over.
const LOOKS: u32 = 20;
/// Said of an event that only waits for an earlier one of its aggregate.
pub(crate) const BEHIND: &str = "BEHIND_PARKED";

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
    /// Where this follower left the reader; `None` until the reader was asked.
    cursor: Option<Cursor>,
    /// Aggregates with something set aside.
    held_back: HashSet<String>,
    /// A reading from nothing that another replica began, and how often it was seen at this very place.
    unfinished: (Option<Cursor>, u32),
}

/// An event with its personal body opened, or why it cannot be.
struct Opened {
    one: Received,
    shut: Option<String>,
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
            match ended {
                Ok(()) => {}
                // Usual with replicas: one of them reads, the others stand by.
                Err(Error::Overtaken) => {
                    tracing::debug!(reader = self.reader(), producer = %self.producer, "stands by")
                }
                Err(error) => {
                    tracing::warn!(reader = self.reader(), producer = %self.producer, %error, "reading was interrupted");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn follow(&self, retried: &mut bool) -> Result<()> {
        let mut live = self.live().peekable();
        // Subscribed, or at least asked for, before the log is read, so that usually nothing falls between the two.
        let _ = futures::poll!(Pin::new(&mut live).peek());
        self.begin().await?;
        if !*retried {
            self.retry_parked().await?;
            *retried = true;
        }
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let first = tokio::select! {
                // Polled first: what rests on knowing the head must not starve when events never cease.
                biased;
                _ = poll.tick() => {
                    self.catch_up().await?;
                    continue;
                }
                event = live.next() => event,
            };
            let Some(first) = first else { return Ok(()) };
            let batch = Self::gather(first, &mut live);
            self.accept(batch).await?;
        }
    }

    /// What the carrier brings, without end: subscribed again when it was lost or is away. Polls bridge the silence.
    fn live(&self) -> BoxStream<'static, Event> {
        let (carrier, producer) = (self.carrier.clone(), self.producer.clone());
        let subscriptions = futures::stream::unfold((carrier, producer), |(carrier, producer)| async move {
            let events = match tokio::time::timeout(SUBSCRIBING, carrier.subscribe(&producer)).await {
                Ok(Ok(events)) => events,
                _ => futures::stream::empty().boxed(),
            };
            let breath = futures::stream::once(tokio::time::sleep(POLL)).filter_map(|()| async { None });
            Some((events.chain(breath), (carrier, producer)))
        });
        subscriptions.flatten().boxed()
    }

    /// What has arrived together is applied together.
    fn gather(first: Event, live: &mut (impl futures::Stream<Item = Event> + Unpin)) -> Vec<Event> {
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
        state.held_back = self.parked().await?.into_iter().map(|p| p.aggregate).collect();
        let found = self.reader.take_up(&self.producer).await?;
        if found != state.cursor.take() {
            Self::let_finish(&mut state, found.as_ref())?;
        }
        state.cursor = found;
        drop(state);
        self.catch_up().await
    }

    /// Another replica may be reading from nothing: it is let finish as long as it gets on.
    fn let_finish(state: &mut State, found: Option<&Cursor>) -> Result<()> {
        let Some(found) = found.filter(|cursor| cursor.epoch.is_empty()) else {
            state.unfinished = (None, 0);
            return Ok(());
        };
        let same = state.unfinished.0.as_ref() == Some(found);
        state.unfinished = (Some(found.clone()), if same { state.unfinished.1 + 1 } else { 1 });
        if state.unfinished.1 < LOOKS { Err(Error::Overtaken) } else { Ok(()) }
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
        self.apply(state, page.events, to, None).await
    }

    /// From nothing: the newest of each aggregate, or all for a reader that wants them, then the cursor at the end that the
    /// first page pinned.
    async fn rebuild(&self, state: &mut State) -> Result<()> {
        tracing::info!(reader = self.reader(), producer = %self.producer, "reading from nothing");
        self.reader.begin_anew(&self.producer).await?;
        state.held_back.clear();
        state.cursor = None;
        let mut from = ReadFrom { compacted: self.reader.compacted(), ..Default::default() };
        for pages in 1.. {
            let page = self.source.read(from.clone()).await?;
            from = ReadFrom { after: page.read_to, until: page.until, epoch: page.epoch.clone(), ..from };
            // Until all of it is applied the cursor names no epoch, so that a restart begins from nothing again; that it
            // counts pages shows other replicas that this one gets on.
            let within = Cursor { epoch: String::new(), position: pages };
            if page.read_to >= page.until {
                let end = Cursor { epoch: page.epoch, position: page.until };
                return self.apply(state, page.events, end, Some(within)).await;
            }
            self.apply(state, page.events, within.clone(), Some(within)).await?;
        }
        Ok(())
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
            self.apply(&mut state, usable, Cursor { epoch: cursor.epoch, position: next }, None).await?;
        }
        drop(state);
        if gap { self.catch_up().await } else { Ok(()) }
    }

    /// Applies events and moves the cursor to `to`. A batch that is refused is taken again one by one, with the cursor at
    /// each event, or at `within` as long as the log is read from nothing.
    async fn apply(&self, state: &mut State, events: Vec<Event>, to: Cursor, within: Option<Cursor>) -> Result<()> {
        // A reading from nothing is nobody's consequence.
        let spans = if within.is_none() { self.spans(&events) } else { Vec::new() };
        let first = spans.first().cloned().unwrap_or_else(tracing::Span::none);
        self.apply_within(state, events, to, within).instrument(first).await
    }

    /// For each trace that caused some of the events, a span that lasts as long as it is held: what is applied at once
    /// takes the same time for all.
    fn spans(&self, events: &[Event]) -> Vec<tracing::Span> {
        let causes: BTreeSet<&str> = events.iter().map(|e| e.traceparent.as_str()).filter(|t| !t.is_empty()).collect();
        let span = |cause: &str| {
            let name = format!("{} applies {}", self.reader(), self.producer);
            let span = tracing::info_span!("apply", otel.name = name, otel.kind = "consumer");
            kit_telemetry::set_parent(&span, cause);
            span
        };
        causes.into_iter().map(span).collect()
    }

    async fn apply_within(
        &self,
        state: &mut State,
        events: Vec<Event>,
        to: Cursor,
        within: Option<Cursor>,
    ) -> Result<()> {
        let opened = self.open(events).await?;
        let mut refused = None;
        if opened.iter().all(|o| self.obstacle(state, o).is_none()) {
            let wanted: Vec<_> = opened.iter().map(|o| &o.one).filter(|r| self.wanted(r)).cloned().collect();
            match self.reader.apply(&self.producer, &wanted, &to).await {
                Ok(()) => {
                    state.cursor = Some(to);
                    return Ok(());
                }
                Err(Failed { refusal: Refusal::Outage(error), .. }) => return Err(error),
                Err(Failed { index, .. }) => refused = wanted.get(index).map(|r| r.event.position),
            }
        }
        for one in &opened {
            let position = one.one.event.position;
            let place = within.clone().unwrap_or_else(|| Cursor { epoch: to.epoch.clone(), position });
            // The batch was the first try of the one that spoilt it.
            let tries = i32::from(refused == Some(position));
            self.apply_one(state, one, place, tries).await?;
        }
        self.reader.apply(&self.producer, &[], &to).await.map_err(|failed| error_of(failed.refusal))?;
        state.cursor = Some(to);
        Ok(())
    }

    async fn apply_one(&self, state: &mut State, opened: &Opened, to: Cursor, mut tries: i32) -> Result<()> {
        let one = &opened.one;
        let error = loop {
            if let Some(obstacle) = self.obstacle(state, opened) {
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
        self.reader.park(parked_event(self.reader(), one, &error, tries), &to).await?;
        if state.held_back.insert(name.clone()) {
            tracing::warn!(reader = self.reader(), producer = %self.producer, aggregate = %name, %error, "set aside");
        }
        state.cursor = Some(to);
        Ok(())
    }

    fn wanted(&self, one: &Received) -> bool {
        matches!(self.reader.interest(&one.event.r#type), Interest::Apply { .. })
    }

    /// Why an event cannot even be tried.
    fn obstacle(&self, state: &State, opened: &Opened) -> Option<String> {
        let event = &opened.one.event;
        if state.held_back.contains(&aggregate(event)) {
            return Some(BEHIND.to_owned());
        }
        match self.reader.interest(&event.r#type) {
            Interest::Apply { schema } if event.schema_version > schema => {
                Some(format!("NEWER_SCHEMA {} (known: {schema})", event.schema_version))
            }
            Interest::Apply { .. } => opened.shut.clone(),
            Interest::Pass => None,
            Interest::Unknown => Some("UNKNOWN_TYPE".to_owned()),
        }
    }

    /// Opens the personal bodies, with one question to the key store.
    async fn open(&self, events: Vec<Event>) -> Result<Vec<Opened>> {
        let wanted = |e: &Event| matches!(self.reader.interest(&e.r#type), Interest::Apply { .. });
        let opens = self.reader.opens_personal();
        let sealed = |e: &&Event| opens && !e.key_id.is_empty() && wanted(e);
        let ids: BTreeSet<String> = events.iter().filter(sealed).map(|e| e.key_id.clone()).collect();
        let keys = if ids.is_empty() { Default::default() } else { self.keys.find(&Vec::from_iter(ids)).await? };
        let open = |event: Event| {
            let (personal, shut) = match keys.get(&event.key_id) {
                _ if event.key_id.is_empty() => (Personal::None, None),
                _ if !opens => (Personal::Shut, None),
                Some(key) if !event.personal.is_empty() => match key.open(&event.id, &event.personal) {
                    Ok(body) => (Personal::Clear(body), None),
                    // Its key was lost and made anew, or its bytes are damaged: this event's trouble, not the reader's.
                    Err(error) => (Personal::Erased, Some(format!("UNREADABLE {error}"))),
                },
                _ => (Personal::Erased, None),
            };
            Opened { one: Received { event, personal }, shut }
        };
        Ok(events.into_iter().map(open).collect())
    }

    /// After a start, an upgrade may have brought what was missing.
    async fn retry_parked(&self) -> Result<()> {
        let mut state = self.turn.lock().await;
        let mut waiting: BTreeMap<String, Vec<ParkedEvent>> = BTreeMap::new();
        for parked in self.parked().await? {
            waiting.entry(parked.aggregate.clone()).or_default().push(parked);
        }
        for (aggregate, parked) in waiting {
            self.replay_all(&mut state, &aggregate, &parked).await?;
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
        let applied = self.replay_all(&mut state, aggregate, &parked).await?;
        Ok((applied, parked.len() - applied))
    }

    async fn replay_all(&self, state: &mut State, aggregate: &str, parked: &[ParkedEvent]) -> Result<usize> {
        let mut applied = 0;
        for one in parked {
            let Some(opened) = self.fetch(one).await? else { break };
            // Judged by itself: what it waits behind is what is being replayed.
            let fresh = State::default();
            if self.obstacle(&fresh, &opened).is_some() {
                break;
            }
            match self.reader.settle(one, Some(&opened.one).filter(|one| self.wanted(one))).await {
                Ok(()) => applied += 1,
                Err(Refusal::Outage(error)) => return Err(error),
                Err(Refusal::Fault(_)) => break,
            }
        }
        if applied == parked.len() {
            state.held_back.remove(aggregate);
        }
        Ok(applied)
    }

    /// Gives up what was set aside of one aggregate; answers how many.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn give_up(&self, aggregate: &str) -> Result<usize> {
        let mut state = self.turn.lock().await;
        let parked = self.parked_of(aggregate).await?;
        for one in &parked {
            self.reader.settle(one, None).await.map_err(error_of)?;
        }
        state.held_back.remove(aggregate);
        Ok(parked.len())
    }

    /// What the reader set aside of this producer's events, oldest first.
    async fn parked(&self) -> Result<Vec<ParkedEvent>> {
        let mut parked = self.reader.parked().await?;
        parked.retain(|p| p.event.as_ref().is_some_and(|e| e.service == self.producer));
        Ok(parked)
    }

    async fn parked_of(&self, aggregate: &str) -> Result<Vec<ParkedEvent>> {
        let mut parked = self.parked().await?;
        parked.retain(|p| p.aggregate == aggregate);
        Ok(parked)
    }

    async fn fetch(&self, parked: &ParkedEvent) -> Result<Option<Opened>> {
        let Some(place) = &parked.event else { return Ok(None) };
        let (after, until) = (place.position - 1, place.position);
        // In another life of the log another event stands there.
        let from = ReadFrom { after, until, epoch: place.epoch.clone(), page_size: 1, ..Default::default() };
        let page = self.source.read(from).await?;
        Ok(self.open(page.events).await?.into_iter().next())
    }
}

fn error_of(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Outage(error) => error,
        Refusal::Fault(error) => Error::Internal(error),
    }
}
