//! The one writer: commands queue to it, it commits them in groups and answers all.
//!
//! A group is one transaction. It takes the head's row lock first, so that replicas take turns, and runs the commands
//! one after another, each under a savepoint; a command that fails leaves nothing and the others go on. Positions are
//! given inside the lock and go back with the savepoint, hence no gap and no event that becomes visible out of order,
//! which is what readers that ask for "greater than the last" rely on.

use std::sync::Arc;
use std::time::Duration;

use contract::event::v1::{Event, Token};
use futures::future::BoxFuture;
use kit_clock::{Clock, Ids};
use prost::Message;
use tokio::sync::{mpsc, oneshot};

use crate::sql::{Database, Session};
use crate::store::{self, Head};
use crate::unit::{Origin, Unit};
use crate::{Error, KeyStore, Result};

/// Commands that may wait; one more is refused.
const QUEUE: usize = 4_096;
/// Commands in one commit.
const GROUP: usize = 256;
/// Groups in a row over one connection, and how long it is kept for the next: on SQLite others wait for it as well.
const HELD: usize = 64;
const IDLE: Duration = Duration::from_millis(50);
/// How often the outcome of a commit whose answer was lost is looked up before giving up.
const LOOKUPS: usize = 20;

/// A command's answer, committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed<T> {
    /// What the command answered.
    pub answer: T,
    /// The log's position with all of the command's events.
    pub token: Token,
    /// True when the request had been answered before: this is that answer, and nothing happened now.
    pub repeated: bool,
}

/// What a command does: reads and writes through the unit, emits events, answers. Boxed, since it borrows the unit.
/// Written in place as `move |unit| Box::pin(async move { … })`.
pub trait Work<T, E>: for<'u> FnOnce(&'u mut Unit) -> BoxFuture<'u, Result<T, E>> + Send + 'static {}

impl<T, E, F> Work<T, E> for F where F: for<'u> FnOnce(&'u mut Unit) -> BoxFuture<'u, Result<T, E>> + Send + 'static {}

/// Where commands are handed in. Cheap to clone.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
}

/// The writer's own half: what commits.
pub(crate) struct Committer {
    pub(crate) service: &'static str,
    pub(crate) database: Database,
    pub(crate) keys: Arc<dyn KeyStore>,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    /// Most commands in one commit; 1 for the comparison in the benchmark.
    pub(crate) group: usize,
    /// Told of every group's events right after their commit.
    pub(crate) committed: mpsc::Sender<Vec<Event>>,
    pub(crate) head: tokio::sync::watch::Sender<Head>,
}

impl Writer {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Box<dyn Job>>) {
        let (queue, jobs) = mpsc::channel(QUEUE);
        (Self { queue }, jobs)
    }

    /// Runs a command and answers once it is committed.
    ///
    /// # Errors
    /// The command's own error, with nothing written; [`Error`] when it could not be committed.
    pub async fn run<T, E, W>(&self, origin: Origin, work: W) -> Result<Committed<T>, E>
    where
        T: Message + Default + Send + 'static,
        E: From<Error> + Send + 'static,
        W: for<'u> FnOnce(&'u mut Unit) -> BoxFuture<'u, Result<T, E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Typed { origin: origin.storable(), work: Some(work), reply: Some(reply), outcome: None };
        self.queue.try_send(Box::new(job)).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => Error::Overloaded,
            mpsc::error::TrySendError::Closed(_) => Error::Stopped,
        })?;
        answer.await.unwrap_or_else(|_| Err(Error::Stopped.into()))
    }
}

/// A queued command, its types forgotten.
pub(crate) trait Job: Send {
    /// The caller has gone (its deadline passed): not worth running.
    fn abandoned(&self) -> bool;
    fn origin(&self) -> &Origin;
    /// The request was answered before; `Err` when with other content.
    fn recall(&mut self, known: &store::Answered, epoch: &str, service: &str);
    /// Runs it; true when what it wrote shall stay.
    fn run<'u>(&'u mut self, unit: &'u mut Unit) -> BoxFuture<'u, Result<bool>>;
    /// Tells the caller.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Typed<T, E, W> {
    origin: Origin,
    work: Option<W>,
    reply: Option<oneshot::Sender<Result<Committed<T>, E>>>,
    outcome: Option<Result<Committed<T>, E>>,
}

impl<T, E, W> Job for Typed<T, E, W>
where
    T: Message + Default + Send + 'static,
    E: From<Error> + Send + 'static,
    W: Work<T, E>,
{
    fn abandoned(&self) -> bool {
        self.reply.as_ref().is_none_or(oneshot::Sender::is_closed)
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn recall(&mut self, known: &store::Answered, epoch: &str, service: &str) {
        let same = self.origin.request.as_ref().is_some_and(|r| r.fingerprint.as_slice() == known.fingerprint);
        let decoded = T::decode(known.answer.as_slice()).map_err(|e| Error::Internal(e.to_string()));
        self.outcome = Some(if same {
            let token = Token { service: service.to_owned(), epoch: epoch.to_owned(), position: known.position };
            decoded.map(|answer| Committed { answer, token, repeated: true }).map_err(E::from)
        } else {
            Err(Error::RequestReused.into())
        });
    }

    fn run<'u>(&'u mut self, unit: &'u mut Unit) -> BoxFuture<'u, Result<bool>> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return Ok(false) };
            let outcome = work(unit).await;
            let outcome = match unit.take_unfit() {
                Some(error) => outcome.and(Err(error.into())),
                None => outcome,
            };
            match outcome {
                Ok(answer) => {
                    if let Some(request) = &self.origin.request {
                        unit.keep_answer(request, answer.encode_to_vec());
                    }
                    self.outcome = Some(Ok(Committed { answer, token: unit.token(), repeated: false }));
                    Ok(true)
                }
                Err(error) => {
                    self.outcome = Some(Err(error));
                    Ok(false)
                }
            }
        })
    }

    fn answer(mut self: Box<Self>, committed: Result<()>) {
        let outcome = match (self.outcome.take(), committed) {
            // What fails by itself is known whatever became of the group.
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(answer)), Ok(())) => Ok(answer),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(Error::Internal("a command was not run".to_owned()).into()),
        };
        if let Some(reply) = self.reply.take() {
            drop(reply.send(outcome));
        }
    }
}

/// The writer's connection, kept from group to group: giving it back and taking it again costs as much as a small group.
#[derive(Default)]
struct Held {
    session: Option<Session>,
    groups: usize,
}

impl Held {
    async fn take(&mut self, database: &Database) -> Result<Session> {
        match self.session.take() {
            Some(session) => Ok(session),
            None => database.write().await,
        }
    }

    fn keep(&mut self, session: Session) {
        self.groups += 1;
        self.session = Some(session);
        if self.groups >= HELD {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        *self = Self::default();
    }
}

impl Committer {
    /// Commits groups until the queue closes or `stop` is cancelled and the queue is empty.
    pub(crate) async fn run(self, mut jobs: mpsc::Receiver<Box<dyn Job>>, stop: tokio_util::sync::CancellationToken) {
        let mut held = Held::default();
        loop {
            let first = tokio::select! {
                biased;
                job = jobs.recv() => job,
                () = tokio::time::sleep(IDLE), if held.session.is_some() => {
                    held.give_back();
                    continue;
                }
                () = stop.cancelled() => {
                    jobs.close();
                    jobs.recv().await
                }
            };
            let Some(first) = first else { return };
            let mut group = vec![first];
            while group.len() < self.group.min(GROUP) {
                let Ok(job) = jobs.try_recv() else { break };
                group.push(job);
            }
            group.retain(|job| !job.abandoned());
            if group.is_empty() {
                continue;
            }
            let committed = self.commit(&mut group, &mut held).await;
            if let Err(error) = &committed {
                tracing::warn!(service = self.service, %error, commands = group.len(), "a group was not committed");
            }
            for job in group {
                job.answer(committed.clone());
            }
        }
    }

    async fn commit(&self, group: &mut [Box<dyn Job>], held: &mut Held) -> Result<()> {
        let mut session = held.take(&self.database).await?;
        let (head, before) = store::begin(&mut session).await?;
        let mut unit = Unit::new(session, self.service, head.clone(), self.clock.now(), self.ids.clone());
        let mark = self.ids.fresh();
        if !self.run_all(&mut unit, group).await? {
            held.keep(unit.end("ROLLBACK").await?);
            return Ok(());
        }
        let events = unit.write_out(self.keys.as_ref(), &mark).await?;
        let position = unit.position();
        match unit.end("COMMIT").await {
            Ok(session) => held.keep(session),
            Err(error) => self.look_up((&before, &mark), &events, &error).await?,
        }
        self.tell(Head { epoch: head.epoch, position }, events);
        Ok(())
    }

    /// Runs the group's commands; true when any of them left something.
    async fn run_all(&self, unit: &mut Unit, group: &mut [Box<dyn Job>]) -> Result<bool> {
        let token = unit.token();
        let asked: Vec<String> =
            group.iter().filter_map(|j| j.origin().request.as_ref()).map(|r| r.id.clone()).collect();
        let known = store::answers(unit.session(), &asked).await?;
        let alone = group.len() == 1;
        let mut kept = false;
        // How the command before ended is told to the database together with the beginning of the next.
        let mut before: Option<bool> = None;
        for job in group {
            if let Some(id) = job.origin().request.as_ref().map(|r| r.id.clone())
                && let Some(answered) = unit.answered(&id).or_else(|| known.get(&id))
            {
                job.recall(answered, &token.epoch, self.service);
                continue;
            }
            // A group of one needs no savepoint: the transaction is its own.
            if !alone {
                unit.session().control(next_savepoint(before)).await?;
            }
            let mark = unit.enter(job.origin().clone());
            let stays = job.run(unit).await?;
            if !stays {
                unit.go_back(&mark);
            }
            kept |= stays;
            before = Some(stays);
        }
        if before == Some(false) && !alone {
            unit.session().control("ROLLBACK TO SAVEPOINT command").await?;
        }
        Ok(kept)
    }

    /// The answer to COMMIT was lost: find out whether it happened.
    async fn look_up(&self, (before, mark): (&str, &str), events: &[Event], error: &Error) -> Result<()> {
        for _ in 0..LOOKUPS {
            let asked = async {
                let mut session = self.database.write().await?;
                // Waits, by the row lock, for a server that is still committing it.
                let (_, last) = store::begin(&mut session).await?;
                let there = match events.first() {
                    Some(event) => Some(store::holds_event(&mut session, &event.id).await?),
                    // Without an event there is only the mark, which another replica may have replaced.
                    None if last == mark => Some(true),
                    None => (last == before).then_some(false),
                };
                session.end("ROLLBACK").await?;
                Ok::<_, Error>(there)
            };
            match asked.await {
                Ok(Some(true)) => return Ok(()),
                Ok(Some(false)) => return Err(error.clone()),
                Ok(None) => break,
                Err(_) => tokio::time::sleep(Duration::from_millis(250)).await,
            }
        }
        Err(Error::OutcomeUnknown(error.to_string()))
    }

    fn tell(&self, head: Head, events: Vec<Event>) {
        if !events.is_empty() {
            // Full: the relay reads what it missed from the log.
            drop(self.committed.try_send(events));
        }
        self.head.send_replace(head);
    }
}

const fn next_savepoint(before: Option<bool>) -> &'static str {
    match before {
        None => "SAVEPOINT command",
        Some(true) => "RELEASE SAVEPOINT command; SAVEPOINT command",
        Some(false) => "ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command; SAVEPOINT command",
    }
}

/// Gives a log a new epoch: after a restore or a promotion, so that every reader rebuilds.
pub(crate) async fn renew_epoch(mut session: Session, epoch: &str) -> Result<()> {
    store::begin(&mut session).await?;
    store::set_epoch(&mut session, epoch).await?;
    session.end("COMMIT").await
}
