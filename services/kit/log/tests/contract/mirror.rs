//! A reader that keeps, in its own database, what another service's items are, and counts the effects of each event.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

use contract::survey::v1::{RatingChanged, ResponseDisputed, ResponsePersonal, ResponseReceived};
use futures::future::BoxFuture;
use kit_log::{
    Carrier, Cursor, Follower, Handler, Interest, Personal, Reader as _, Received, Refusal, Source, SqlReader, Unit,
    aggregate, args,
};
use prost::Name as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::world::{Service, World, eventually};

/// The reader's service in most tests.
pub(crate) const READER: &str = "registry";

/// What a mirror shall do, and what it was asked.
#[derive(Default)]
pub(crate) struct Orders {
    /// Refuses events of these aggregates.
    pub(crate) refuse: Mutex<HashMap<String, Refusal>>,
    /// Position of each event it was given, however it ended.
    pub(crate) given: Mutex<Vec<i64>>,
    /// Knows `ResponseReceived` too.
    pub(crate) upgraded: AtomicBool,
    /// Schema versions beyond 1 that it knows.
    pub(crate) newer: AtomicI32,
}

impl Orders {
    pub(crate) fn refuse(&self, id: &str, refusal: Refusal) {
        self.refuse.lock().unwrap().insert(format!("rating/{id}"), refusal);
    }

    pub(crate) fn accept(&self, id: &str) {
        self.refuse.lock().unwrap().remove(&format!("rating/{id}"));
    }

    pub(crate) fn times_given(&self, position: i64) -> usize {
        self.given.lock().unwrap().iter().filter(|given| **given == position).count()
    }
}

pub(crate) struct Mirror(Arc<Orders>);

impl Handler for Mirror {
    fn interest(&self, event_type: &str) -> Interest {
        let schema = 1 + self.0.newer.load(Ordering::SeqCst);
        match event_type {
            known if known == RatingChanged::full_name() => Interest::Apply { schema },
            known if known == ResponseDisputed::full_name() => Interest::Pass,
            known if known == ResponseReceived::full_name() && self.0.upgraded.load(Ordering::SeqCst) => {
                Interest::Apply { schema }
            }
            _ => Interest::Unknown,
        }
    }

    fn handle<'u>(&'u self, unit: &'u mut Unit, received: &'u Received) -> BoxFuture<'u, Result<(), Refusal>> {
        Box::pin(async move {
            let event = &received.event;
            self.0.given.lock().unwrap().push(event.position);
            let value = if event.r#type == RatingChanged::full_name() {
                received.clear::<RatingChanged>()?.rating.unwrap_or_default().response
            } else {
                received.clear::<ResponseReceived>()?.response
            };
            let personal = match &received.personal {
                Personal::None => "none".to_owned(),
                Personal::Erased => "erased".to_owned(),
                Personal::Shut => "shut".to_owned(),
                Personal::Clear(_) => received.personal::<ResponsePersonal>()?.unwrap_or_default().registration_number,
            };
            let sql = "INSERT INTO effect (position, times) VALUES ($1, 1)
                       ON CONFLICT (position) DO UPDATE SET times = effect.times + 1";
            unit.execute(sql, args![event.position]).await?;
            let sql = "INSERT INTO mirror (aggregate, value, personal) VALUES ($1, $2, $3)
                       ON CONFLICT (aggregate) DO UPDATE SET value = excluded.value, personal = excluded.personal";
            unit.execute(sql, args![aggregate(event), value, personal]).await?;
            // Refused only now, so that what was written has to go back.
            match self.0.refuse.lock().unwrap().get(&aggregate(event)) {
                Some(refusal) => Err(refusal.clone()),
                None => Ok(()),
            }
        })
    }

    fn begin_anew<'u>(&'u self, unit: &'u mut Unit, _: &'u str) -> BoxFuture<'u, kit_log::Result<()>> {
        Box::pin(async move {
            unit.execute("DELETE FROM mirror", &[]).await?;
            unit.execute("DELETE FROM effect", &[]).await.map(drop)
        })
    }
}

/// A mirror that follows.
pub(crate) struct Following {
    pub(crate) service: Service,
    pub(crate) orders: Arc<Orders>,
    pub(crate) reader: Arc<SqlReader<Mirror>>,
    pub(crate) follower: Arc<Follower>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Following {
    /// In the usual way: from the producer's log, over the world's carrier.
    pub(crate) async fn of(world: &World, producer: &Service) -> Self {
        Self::start(world.service(READER).await, producer, Arc::default()).await
    }

    pub(crate) async fn start(service: Service, producer: &Service, orders: Arc<Orders>) -> Self {
        let carrier = service.deps.carrier.clone();
        Self::over(service, producer.log.service(), Arc::new(producer.log.clone()), carrier, orders)
    }

    pub(crate) fn over(
        service: Service,
        producer: &str,
        source: Arc<dyn Source>,
        carrier: Arc<dyn Carrier>,
        orders: Arc<Orders>,
    ) -> Self {
        let reader = SqlReader::new(service.log.clone(), Mirror(orders.clone()));
        let follower = Follower::new(reader.clone(), producer, source, carrier, service.deps.keys.clone());
        let stop = CancellationToken::new();
        let task = tokio::spawn(follower.clone().run(stop.clone()));
        Self { service, orders, reader, follower, stop, task }
    }

    pub(crate) async fn cursor(&self) -> Option<Cursor> {
        self.reader.cursor(self.follower.producer()).await.unwrap()
    }

    /// Waits until it has read the producer's log as far as it goes now.
    pub(crate) async fn reaches(&self, producer: &Service) {
        let head = producer.head().await;
        eventually(&format!("a reader at {head:?}"), || async {
            let cursor = self.cursor().await?;
            (cursor.epoch == head.epoch && cursor.position >= head.position).then_some(())
        })
        .await;
    }

    /// The value of each aggregate.
    pub(crate) async fn mirror(&self) -> Vec<(String, String)> {
        let mut session = self.service.log.read_session().await.unwrap();
        let rows = session.rows("SELECT aggregate, value FROM mirror ORDER BY aggregate", &[]).await.unwrap();
        rows.iter().map(|row| (row.text("aggregate").unwrap(), row.text("value").unwrap())).collect()
    }

    /// What it saw of the personal body of each aggregate.
    pub(crate) async fn personal(&self) -> HashMap<String, String> {
        let mut session = self.service.log.read_session().await.unwrap();
        let rows = session.rows("SELECT aggregate, personal FROM mirror", &[]).await.unwrap();
        rows.iter().map(|row| (row.text("aggregate").unwrap(), row.text("personal").unwrap())).collect()
    }

    /// Position and number of effects of each event that had any.
    pub(crate) async fn effects(&self) -> Vec<(i64, i64)> {
        let mut session = self.service.log.read_session().await.unwrap();
        let rows = session.rows("SELECT position, times FROM effect ORDER BY position", &[]).await.unwrap();
        rows.iter().map(|row| (row.int("position").unwrap(), row.int("times").unwrap())).collect()
    }

    /// The mirror shows the producer's items, each as it is.
    pub(crate) async fn equals(&self, producer: &Service) {
        let model: Vec<_> =
            producer.items().await.into_iter().map(|(id, value)| (format!("rating/{id}"), value)).collect();
        assert_eq!(self.mirror().await, model);
    }

    /// Every event from the first to the head had one effect.
    pub(crate) async fn had_one_effect_each(&self, producer: &Service) {
        let head = producer.head().await.position;
        assert_eq!(self.effects().await, (1..=head).map(|position| (position, 1)).collect::<Vec<_>>());
    }

    /// Error and tries of each event that is set aside, by position.
    pub(crate) async fn parked(&self) -> Vec<(i64, String, i32)> {
        let parked = self.reader.parked().await.unwrap();
        parked.into_iter().map(|p| (p.event.unwrap().position, p.error, p.tries)).collect()
    }

    /// Stops following; the reader's service stays.
    pub(crate) async fn rest(self) -> Service {
        self.stop.cancel();
        self.task.await.unwrap();
        self.service
    }

    /// As a process ends that was killed.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
        drop((self.reader, self.follower));
        self.service.kill().await;
    }
}
