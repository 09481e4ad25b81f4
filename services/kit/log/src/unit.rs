//! The unit of work that a command is given: the transaction, and the place where it emits events.

use std::collections::{BTreeSet, HashMap};

use contract::event::v1::{Event, Token};
use kit_clock::{Ids, Timestamp};
use kit_serve::Caller;
use prost::Message;
use sha2::{Digest as _, Sha256};

use crate::event::wire_time;
use crate::sql::{Row, Session, Value};
use crate::store::{self, Answered, Head};
use crate::{Cursor, Error, KeyStore, NewEvent, Result};

/// Who and what a command comes from; goes into its events.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The caller's subject, or `service:<name>`.
    pub actor: String,
    /// Id of the request or event that caused it; may be empty.
    pub causation: String,
    /// W3C trace context; may be empty.
    pub traceparent: String,
    /// Makes a retry safe.
    pub request: Option<Request>,
}

impl Origin {
    /// Of a call: who asks, in which trace, and how a repeat is recognised. A `request_id` belongs to its sender and method: the
    /// same one from somebody else is another request; an empty one is none.
    pub fn of_call(caller: &Caller, method: &str, request_id: &str, request: &impl Message) -> Self {
        let repeatable = (!request_id.is_empty()).then(|| Request {
            id: format!("{method}/{}/{request_id}", caller.subject),
            fingerprint: Sha256::digest(request.encode_to_vec()).into(),
        });
        let traceparent = kit_telemetry::traceparent().unwrap_or_default();
        Self { actor: caller.subject.clone(), causation: String::new(), traceparent, request: repeatable }
    }
}

/// A request that may be repeated: the same id and content get the same answer and one effect.
#[derive(Clone, Debug)]
pub struct Request {
    /// Unique for the caller and the method: `<method>/<subject>/<id>`.
    pub id: String,
    /// Hash of the content.
    pub fingerprint: [u8; 32],
}

/// Longest request id that is stored as it is.
const REQUEST_BYTES: usize = 512;
/// Most bytes of an event's bodies: with its headers and seal it stays below the 1 MiB that a NATS server takes.
const EVENT_BYTES: usize = 640 * 1024;

impl Origin {
    /// In a form that every database takes: PostgreSQL refuses NUL in a text and long keys in an index, and the commands
    /// that are committed together would all pay for it.
    pub(crate) fn storable(mut self) -> Self {
        for text in [&mut self.actor, &mut self.causation, &mut self.traceparent] {
            text.retain(|c| c != '\0');
        }
        if let Some(request) = &mut self.request
            && (request.id.len() > REQUEST_BYTES || request.id.contains('\0'))
        {
            let hash = Sha256::digest(request.id.as_bytes());
            request.id = hash.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        }
        self
    }
}

/// An event before it is sealed and given its version.
struct Pending {
    event: Event,
    personal: Option<Vec<u8>>,
}

/// One command's view of the transaction. Its SQL, its events and its answer are committed together or not at all.
///
/// A statement that fails fails the command, whatever it makes of the error: PostgreSQL takes no more statements then, and
/// SQLite is held to the same.
pub struct Unit {
    session: Session,
    service: &'static str,
    head: Head,
    now: Timestamp,
    ids: Ids,
    origin: Origin,
    pending: Vec<Pending>,
    answers: Vec<(String, Answered)>,
    /// Why the command that runs cannot stay, whatever it answers.
    unfit: Option<Error>,
}

/// Where a unit stood before a command, to go back to when it fails.
pub(crate) struct Mark(i64, usize, usize);

impl Unit {
    pub(crate) fn new(session: Session, service: &'static str, head: Head, now: Timestamp, ids: Ids) -> Self {
        let origin = Origin::default();
        Self { session, service, head, now, ids, origin, pending: vec![], answers: vec![], unfit: None }
    }

    /// The moment of the command on the service's clock; the same for all of it.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id.
    pub fn fresh_id(&self) -> String {
        self.ids.fresh()
    }

    /// Who asked.
    pub fn actor(&self) -> &str {
        &self.origin.actor
    }

    /// Where the log will stand if the transaction ended here.
    pub fn token(&self) -> Token {
        Token { service: self.service.to_owned(), epoch: self.head.epoch.clone(), position: self.head.position }
    }

    /// See [`Session::execute`].
    ///
    /// # Errors
    /// As there.
    pub async fn execute(&mut self, sql: &'static str, args: &[Value]) -> Result<u64> {
        let done = self.session.execute(sql, args).await;
        self.note(done)
    }

    /// See [`Session::rows`].
    ///
    /// # Errors
    /// As there.
    pub async fn rows(&mut self, sql: &'static str, args: &[Value]) -> Result<Vec<Row>> {
        let done = self.session.rows(sql, args).await;
        self.note(done)
    }

    /// See [`Session::row`].
    ///
    /// # Errors
    /// As there.
    pub async fn row(&mut self, sql: &'static str, args: &[Value]) -> Result<Option<Row>> {
        let done = self.session.row(sql, args).await;
        self.note(done)
    }

    /// The transaction's connection, for store functions that read either here or outside.
    pub const fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Emits an event; answers its position, the next one without a gap. The bodies of an event may have 640 KiB together:
    /// beyond that the whole command fails with [`Error::Internal`], since whoever calls it has let too much in.
    pub fn emit(&mut self, new: NewEvent) -> i64 {
        self.head.position += 1;
        let (key_id, personal) = new.personal.map_or((String::new(), None), |(id, body)| (id, Some(body)));
        let bytes = new.clear.len() + personal.as_ref().map_or(0, Vec::len);
        if bytes > EVENT_BYTES {
            let kind = &new.kind;
            self.unfit = Some(Error::Internal(format!("an event {kind} of {bytes} bytes: at most {EVENT_BYTES}")));
        }
        let event = Event {
            id: self.ids.fresh(),
            producer: self.service.to_owned(),
            epoch: self.head.epoch.clone(),
            position: self.head.position,
            aggregate_type: new.aggregate_type.to_owned(),
            aggregate_id: new.aggregate_id,
            aggregate_version: 0,
            r#type: new.kind,
            schema_version: new.schema_version,
            time: Some(wire_time(self.now)),
            actor: self.origin.actor.clone(),
            causation: self.origin.causation.clone(),
            traceparent: self.origin.traceparent.clone(),
            key_id,
            clear: new.clear.into(),
            personal: Vec::new().into(),
        };
        self.pending.push(Pending { event, personal });
        self.head.position
    }

    /// Moves a reader's cursor with the effect of what it read; [`Error::Overtaken`] when it is not where it was left.
    pub(crate) async fn move_cursor(
        &mut self,
        producer: &str,
        from: Option<&Cursor>,
        to: Option<&Cursor>,
    ) -> Result<()> {
        let moved = store::move_cursor(&mut self.session, producer, from, to).await?;
        if moved { Ok(()) } else { Err(Error::Overtaken) }
    }

    /// Why the command that just ran cannot stay, whatever it answered.
    pub(crate) const fn take_unfit(&mut self) -> Option<Error> {
        self.unfit.take()
    }

    fn note<T>(&mut self, done: Result<T>) -> Result<T> {
        done.inspect_err(|error| self.unfit = Some(error.clone()))
    }

    pub(crate) fn enter(&mut self, origin: Origin) -> Mark {
        self.origin = origin;
        Mark(self.head.position, self.pending.len(), self.answers.len())
    }

    pub(crate) fn go_back(&mut self, mark: &Mark) {
        self.head.position = mark.0;
        self.pending.truncate(mark.1);
        self.answers.truncate(mark.2);
    }

    /// The answer this group already gave to a request.
    pub(crate) fn answered(&self, id: &str) -> Option<&Answered> {
        self.answers.iter().rev().find(|(kept, _)| kept == id).map(|(_, answer)| answer)
    }

    pub(crate) fn keep_answer(&mut self, request: &Request, answer: Vec<u8>) {
        let position = self.head.position;
        let answered = Answered { fingerprint: request.fingerprint.to_vec(), answer, position };
        self.answers.push((request.id.clone(), answered));
    }

    pub(crate) const fn position(&self) -> i64 {
        self.head.position
    }

    /// Seals, versions and writes everything the group's commands left; answers the events. Does not commit.
    pub(crate) async fn write_out(&mut self, keys: &dyn KeyStore, commit: &str) -> Result<Vec<Event>> {
        let events = self.finish_events(keys).await?;
        store::append(&mut self.session, &events).await?;
        store::keep_answers(&mut self.session, self.now, &self.answers).await?;
        store::set_head(&mut self.session, self.head.position, commit).await?;
        Ok(events)
    }

    async fn finish_events(&mut self, keys: &dyn KeyStore) -> Result<Vec<Event>> {
        let sealed = self.pending.iter().filter(|p| p.personal.is_some()).map(|p| &p.event.key_id);
        let key_ids: Vec<String> = sealed.collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let keys = if key_ids.is_empty() { HashMap::new() } else { keys.ensure(&key_ids).await? };
        let aggregate = |e: &Event| (e.aggregate_type.clone(), e.aggregate_id.clone());
        let aggregates = self.pending.iter().map(|p| aggregate(&p.event)).collect();
        let mut versions = store::versions(&mut self.session, &aggregates).await?;
        let mut events = Vec::with_capacity(self.pending.len());
        for Pending { mut event, personal } in self.pending.drain(..) {
            let version = versions.entry(aggregate(&event)).or_insert(0);
            *version += 1;
            event.aggregate_version = *version;
            // A destroyed key stays destroyed: the event goes out without its personal body, and reads as erased.
            if let (Some(body), Some(key)) = (personal, keys.get(&event.key_id)) {
                event.personal = key.seal(&event.id, &body)?.into();
            }
            events.push(event);
        }
        Ok(events)
    }

    /// Ends the transaction, `COMMIT` or `ROLLBACK`, and gives the session back.
    pub(crate) async fn end(mut self, how: &'static str) -> Result<Session> {
        self.session.end(how).await?;
        Ok(self.session)
    }
}
