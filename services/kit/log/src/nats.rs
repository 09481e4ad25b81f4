//! The carrier over NATS: JetStream keeps a copy of each log, readers hear of new events as they are published.
//!
//! Readers listen on the subject itself rather than through a JetStream consumer. Both lose what was published while
//! they were away, both are repaired from the log; the plain subscription is the shorter path (it does not wait for the
//! stream's disk) and has no server-side state that could be deleted under it. The stream is there for the operator and
//! for bodies that may read it later, and a publish counts only with its acknowledgement.

use std::collections::HashMap;
use std::future::IntoFuture as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::header::{HeaderMap, NATS_EXPECTED_LAST_MESSAGE_ID, NATS_EXPECTED_LAST_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::{ConnectOptions, ServerAddr, connection, jetstream};
use async_trait::async_trait;
use contract::event::v1::Event;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use kit_clock::Timestamp;
use prost::Message as _;

use crate::carrier::{Carrier, Held};
use crate::{Cursor, Error, Result, event};

/// Longest wait for one answer of the server.
const PATIENCE: Duration = Duration::from_secs(3);
/// Publishes waiting for their acknowledgement at once.
const IN_FLIGHT: usize = 64;

/// How the streams are kept.
#[derive(Clone, Debug)]
pub struct NatsConfig {
    /// `nats://host:port`, or several separated by commas; `nats://user:password@…` where the servers ask for it, which is
    /// then the same for all, and taken as it is written.
    pub url: String,
    /// Copies of each stream: 1 on a single server, 3 in a cluster.
    pub replicas: usize,
    /// How long a stream keeps an event. The log keeps it for good.
    pub max_age: Duration,
    /// Most bytes of one stream. The server reserves as many when it makes one; a stream that was made with another size
    /// takes this one, as far as the server has room.
    pub max_bytes: i64,
}

impl NatsConfig {
    /// Most bytes of one stream when nothing else is said.
    pub const STREAM: i64 = 1 << 30;

    /// One server, 90 days, 1 GiB.
    pub fn single(url: &str) -> Self {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        Self { url: url.to_owned(), replicas: 1, max_age: days(90), max_bytes: Self::STREAM }
    }
}

/// Carries through NATS.
pub struct Nats {
    client: async_nats::Client,
    jetstream: jetstream::Context,
    config: NatsConfig,
    /// What each stream has to end with for the next event to be taken.
    ends: Mutex<HashMap<String, End>>,
    /// What came of giving each stream the size that is set.
    sized: Mutex<HashMap<String, Fit>>,
}

/// Whether a stream took the size that is set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Once is enough: an operator may change it afterwards.
    Done,
    /// Told, and asked for again with every look at the stream.
    Refused,
}

/// The end of a stream. A publish names the one it expects, and the server refuses when the stream ends otherwise: wiped,
/// rolled back, or ahead. So its copy of a log has no gap and no event twice, whatever was in flight meanwhile.
#[derive(Clone)]
pub(crate) enum End {
    /// As [`Carrier::held`] found it.
    Sequence(u64),
    /// The event published last. By its id, so that two relays of one log do not disturb each other.
    Event(String),
}

impl Nats {
    /// Connects; keeps trying in the background when the server is away, now and later.
    ///
    /// # Errors
    /// [`Error::Internal`] when the URL is none.
    pub async fn connect(config: NatsConfig) -> Result<Arc<Self>> {
        let wrong = |error: &dyn std::fmt::Display| Error::Internal(format!("nats: {error}"));
        let servers: Vec<ServerAddr> = config
            .url
            .split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|error: std::io::Error| wrong(&error))?;
        let told = Told::default();
        let client = credentials(&servers)
            .name("activelist")
            .retry_on_initial_connect()
            .ping_interval(Duration::from_secs(2))
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .reconnect_delay_callback(|attempt| Duration::from_millis((attempt as u64 * 20).min(500)))
            .event_callback(move |happened| {
                told.tell(&happened);
                std::future::ready(())
            })
            .connect(servers)
            .await
            .map_err(|error| wrong(&error))?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(PATIENCE);
        Ok(Arc::new(Self { client, jetstream, config, ends: Mutex::default(), sized: Mutex::default() }))
    }

    async fn ensure_stream(&self, producer: &str) -> Result<jetstream::stream::Stream> {
        let config = jetstream::stream::Config {
            name: stream_name(producer),
            subjects: vec![all_subjects(producer)],
            num_replicas: self.config.replicas,
            max_age: self.config.max_age,
            max_bytes: self.config.max_bytes,
            max_message_size: 4 << 20,
            duplicate_window: Duration::from_secs(120),
            storage: jetstream::stream::StorageType::File,
            discard: jetstream::stream::DiscardPolicy::Old,
            ..Default::default()
        };
        let max_bytes = config.max_bytes;
        let stream = self.jetstream.get_or_create_stream(config).await.map_err(away)?;
        let made = &stream.cached_info().config;
        let known = self.sized().get(producer).copied();
        if made.max_bytes != max_bytes && known != Some(Fit::Done) {
            let config = jetstream::stream::Config { max_bytes, ..made.clone() };
            let sized = match self.jetstream.update_stream(config).await {
                Ok(_) => Fit::Done,
                Err(error) => {
                    if known.is_none() {
                        tracing::warn!(stream = made.name, max_bytes, %error, "the stream keeps its size for now");
                    }
                    Fit::Refused
                }
            };
            self.sized().insert(producer.to_owned(), sized);
        }
        Ok(stream)
    }

    fn sized(&self) -> MutexGuard<'_, HashMap<String, Fit>> {
        self.sized.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends(&self) -> MutexGuard<'_, HashMap<String, End>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A publish while the link is down would be kept by the client and sent whenever it is back.
    fn connected(&self) -> Result<()> {
        match self.client.connection_state() {
            connection::State::Connected => Ok(()),
            state => Err(away(format!("the connection is {state}"))),
        }
    }
}

#[async_trait]
impl Carrier for Nats {
    async fn held(&self, producer: &str) -> Result<Held> {
        self.connected()?;
        let mut stream = self.ensure_stream(producer).await?;
        let state = stream.info().await.map_err(away)?.state.clone();
        self.ends().insert(producer.to_owned(), End::Sequence(state.last_sequence));
        if state.last_sequence == 0 {
            return Ok(Held::Empty);
        }
        if state.messages == 0 {
            return Ok(Held::Unknown);
        }
        let last = stream.get_last_raw_message_by_subject(&all_subjects(producer)).await.map_err(away)?;
        Ok(Held::UpTo(place(&last.headers)))
    }

    async fn publish(&self, producer: &str, events: &[Event]) -> Result<()> {
        self.connected()?;
        // Taken, so that after a failure nobody goes on from an end that is not known.
        let mut end = self.ends().remove(producer);
        for some in events.chunks(IN_FLIGHT) {
            // Sent one by one, so that the order on the wire is the log's; acknowledged together.
            let mut acks = Vec::with_capacity(some.len());
            for event in some {
                let (subject, body) = (subject(event), event.encode_to_vec().into());
                let sent = self.jetstream.publish_with_headers(subject, headers(event, end.as_ref()), body).await;
                acks.push(sent.map_err(away)?.into_future());
                end = Some(End::Event(event.id.clone()));
            }
            futures::future::try_join_all(acks).await.map_err(away)?;
        }
        if let Some(end) = end {
            self.ends().insert(producer.to_owned(), end);
        }
        Ok(())
    }

    async fn subscribe(&self, producer: &str) -> Result<BoxStream<'static, Event>> {
        let messages = self.client.subscribe(all_subjects(producer)).await.map_err(away)?;
        self.client.flush().await.map_err(away)?;
        Ok(messages.filter_map(|m| async move { Event::decode(m.payload).ok() }).boxed())
    }
}

/// The client itself takes none from an address.
fn credentials(servers: &[ServerAddr]) -> ConnectOptions {
    let of = |server: &ServerAddr| Some((server.username()?.to_owned(), server.password()?.to_owned()));
    match servers.iter().find_map(of) {
        Some((user, password)) => ConnectOptions::with_user_and_password(user, password),
        None => ConnectOptions::new(),
    }
}

/// What the operator was told last of the connection: each try that fails like the one before is no news.
#[derive(Default)]
struct Told(Mutex<String>);

impl Told {
    fn tell(&self, happened: &async_nats::Event) {
        use async_nats::Event;
        let text = happened.to_string();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *last == text {
            return;
        }
        match happened {
            Event::Connected | Event::Draining | Event::Closed => tracing::info!(happened = text, "nats"),
            _ => tracing::warn!(happened = text, "nats; events reach their readers a little later meanwhile"),
        }
        *last = text;
    }
}

fn away(error: impl std::fmt::Display) -> Error {
    Error::Unavailable(format!("nats: {error}"))
}

fn stream_name(producer: &str) -> String {
    format!("ACTIVELIST_{}", producer.to_uppercase())
}

fn all_subjects(producer: &str) -> String {
    format!("activelist.{producer}.>")
}

/// `activelist.<service>.<aggregate>.<event>.<id>`: never anything personal.
pub(crate) fn subject(event: &Event) -> String {
    let short = event.r#type.rsplit('.').next().unwrap_or_default();
    let token = |text: &str| -> String {
        // An id that would be no part of a subject must not stop the relay; the true one is in `ce-subject`.
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
        if text.is_empty() { "_".to_owned() } else { text.chars().map(plain).collect() }
    };
    format!(
        "activelist.{}.{}.{}.{}",
        event.producer,
        token(&event.aggregate_type),
        token(short),
        token(&event.aggregate_id)
    )
}

/// Where the event of these headers stands; nowhere when they do not say it.
pub(crate) fn place(headers: &HeaderMap) -> Cursor {
    let text = |name: &str| headers.get(name).map(ToString::to_string).unwrap_or_default();
    Cursor { epoch: text("ce-epoch"), position: text("ce-position").parse().unwrap_or(0) }
}

/// CloudEvents attributes, and ours beside them; then what JetStream needs to know.
pub(crate) fn headers(event: &Event, end: Option<&End>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let time = event.time.as_ref().map_or(Timestamp::from_micros(0), event::clock_time);
    let mut put = |name: &'static str, value: String| {
        if !value.is_empty() {
            headers.insert(name, value.as_str());
        }
    };
    put("ce-specversion", "1.0".to_owned());
    put("ce-id", one_line(&event.id));
    put("ce-type", event.r#type.clone());
    put("ce-source", format!("/activelist/{}", event.producer));
    put("ce-subject", one_line(&event::aggregate(event)));
    put("ce-time", time.to_string());
    put("ce-datacontenttype", "application/protobuf".to_owned());
    put("ce-epoch", event.epoch.clone());
    put("ce-position", event.position.to_string());
    put("ce-version", event.aggregate_version.to_string());
    put("ce-schemaversion", event.schema_version.to_string());
    put("ce-actor", one_line(&event.actor));
    put("ce-causation", one_line(&event.causation));
    put("traceparent", one_line(&event.traceparent));
    headers.insert(NATS_MESSAGE_ID, event.id.as_str());
    match end {
        Some(End::Sequence(sequence)) => headers.insert(NATS_EXPECTED_LAST_SEQUENCE, sequence.to_string()),
        Some(End::Event(id)) => headers.insert(NATS_EXPECTED_LAST_MESSAGE_ID, id.as_str()),
        None => {}
    }
    headers
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
