//! The logs of a survey and a registry that exist for the search alone: made-up people, made-up changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use contract::event::v1::{Event, GetHeadResponse, ReadResponse, Token};
use kit_log::{KeyStore, ReadFrom, Source, SqlKeys, wire_time};
use prost::{Message as _, Name};
use survey::domain::policy::Policy;

use crate::failure::Failure;
use crate::generate::{People, Person};
use crate::text;

const EPOCH: &str = "019467a0-0000-7000-8000-000000000000";
/// Events of a page, as logs give them when nothing is said.
const PAGE: usize = 500;

/// A log in memory.
pub(super) struct Told {
    service: &'static str,
    events: Vec<Event>,
    /// How many of them have happened.
    happened: AtomicUsize,
}

/// Both logs of the same people.
pub(super) struct Logs {
    /// Ratings.
    pub(super) survey: Arc<Told>,
    /// Experts.
    pub(super) registry: Arc<Told>,
    /// A key for each person, in a database as usual.
    pub(super) keys: Arc<dyn KeyStore>,
    /// Where the service may keep what it likes.
    pub(super) folder: tempfile::TempDir,
}

impl Logs {
    /// Everybody once, then `changes` that have not happened yet: people of another seed move in with the ids of the first.
    ///
    /// # Errors
    /// When there is no room for the keys.
    pub(super) async fn new(people: &People, rule: &Policy, changes: u64) -> Result<Self, Failure> {
        let no_room = |error: &dyn std::fmt::Display| {
            Failure::other(text::NO_ROOM.fill(&[("error", &error.to_string())]), text::ADVICE_ROOM)
        };
        let folder = tempfile::tempdir().map_err(|error| no_room(&error))?;
        let keys = SqlKeys::open(&format!("sqlite:{}", folder.path().join("keys.db").display())).await;
        let keys = keys.map_err(|error| no_room(&error))?;
        let (survey, registry) = (Told::new("survey"), Told::new("registry"));
        let mut logs = (survey, registry);
        let others = People::new(!0, people.len());
        for from in (0..people.len() + changes).step_by(PAGE) {
            let told =
                (from..(from + PAGE as u64).min(people.len() + changes)).map(|at| match at.checked_sub(people.len()) {
                    None => people.person(at),
                    Some(change) => {
                        let first = people.person(change.wrapping_mul(0x9e37_79b9) % people.len());
                        let Person { n, id, respondent, registration_number, .. } = first;
                        Person { n, id, respondent, registration_number, ..others.person(change) }
                    }
                });
            let told: Vec<Person> = told.collect();
            let ids: Vec<String> = told.iter().map(|person| person.id.clone()).collect();
            let keys = keys.ensure(&ids).await.map_err(|error| no_room(&error))?;
            for person in told {
                logs.0.push("rating", &person.respondent, &person.rated(rule), &mut |_| None);
                let seal = &mut |event: &str| keys.get(&person.id)?.seal(event, &person.body().encode_to_vec()).ok();
                logs.1.push("expert", &person.id, &person.changed(), seal);
            }
        }
        let begin = |mut told: Told| {
            *told.happened.get_mut() = people.len() as usize;
            Arc::new(told)
        };
        Ok(Self { survey: begin(logs.0), registry: begin(logs.1), keys, folder })
    }
}

impl Told {
    const fn new(service: &'static str) -> Self {
        Self { service, events: Vec::new(), happened: AtomicUsize::new(0) }
    }

    fn push<B: prost::Message + Name>(
        &mut self,
        kind: &str,
        id: &str,
        body: &B,
        seal: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
    ) {
        let position = self.events.len() + 1;
        let event_id = format!("{}-{position}", self.service);
        let sealed = seal(&event_id);
        self.events.push(Event {
            id: event_id,
            producer: self.service.to_owned(),
            epoch: EPOCH.to_owned(),
            position: position as i64,
            aggregate_type: kind.to_owned(),
            aggregate_id: id.to_owned(),
            aggregate_version: 1,
            r#type: B::full_name(),
            schema_version: 1,
            time: Some(wire_time(kit_clock::Timestamp::from_micros(0))),
            key_id: if sealed.is_some() { id.to_owned() } else { String::new() },
            clear: body.encode_to_vec().into(),
            personal: sealed.unwrap_or_default().into(),
            ..Default::default()
        });
    }

    /// Lets the next change happen; nothing when there are no more.
    pub(super) fn happen(&self) -> Option<&Event> {
        let at = self.happened.load(Ordering::Acquire);
        let event = self.events.get(at)?;
        self.happened.store(at + 1, Ordering::Release);
        Some(event)
    }

    fn head_token(&self) -> Token {
        let position = self.happened.load(Ordering::Acquire) as i64;
        Token { service: self.service.to_owned(), epoch: EPOCH.to_owned(), position }
    }
}

#[async_trait]
impl Source for Told {
    async fn head(&self) -> kit_log::Result<GetHeadResponse> {
        Ok(GetHeadResponse { head: Some(self.head_token()), consumed: Vec::new() })
    }

    /// Read from nothing before any change has happened, so every event is the newest of its aggregate.
    async fn read(&self, from: ReadFrom) -> kit_log::Result<ReadResponse> {
        let head = self.head_token().position;
        let until = if from.until <= 0 { head } else { from.until.min(head) };
        let to = (from.after + PAGE as i64).min(until);
        let events = self.events[from.after as usize..to.max(from.after) as usize].to_vec();
        Ok(ReadResponse { events, read_to: to, until, epoch: EPOCH.to_owned() })
    }
}
