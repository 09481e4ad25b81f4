//! Several processes of one service on one database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use contract::event::v1::{Event, GetHeadResponse, ReadResponse};
use futures::stream::BoxStream;
use kit_log::{Carrier, Error, Held, Log, Origin, ReadFrom, Reader as _, Refusal, Result, Source};
use tokio::sync::{Notify, Semaphore, oneshot};

use crate::carriers::Silent;
use crate::mirror::{Following, READER};
use crate::positions::{many_write, whole};
use crate::world::{Service, World, count, eventually, put, rating, write};

pub(crate) async fn replicas_write_one_log(world: &World) {
    let (one, other) = (world.service("survey").await, world.service("survey").await);
    many_write(&[one.log.clone(), other.log.clone()], "PostgreSQL, two replicas").await;
    one.stop().await;
    other.stop().await;
}

pub(crate) async fn an_event_has_one_effect_however_many_replicas_read_it(world: &World) {
    let producer = Arc::new(world.service("survey").await);
    let mut replicas = vec![Following::of(world, &producer).await, Following::of(world, &producer).await];
    replicas[1].reaches(&producer).await;
    for round in 0..count(4, 40) {
        let writer = producer.clone();
        let writing = tokio::spawn(async move {
            for number in 0..100 {
                writer.write(&format!("item-{}", number % 7), &format!("{round}-{number}")).await;
            }
        });
        // One of them is killed in the middle, and another comes.
        let start = producer.head().await.position;
        eventually("some of it", || async { (replicas[0].cursor().await?.position > start + 20).then_some(()) }).await;
        replicas.remove(round % 2).kill().await;
        replicas.push(Following::of(world, &producer).await);
        writing.await.unwrap();
        replicas[1].reaches(&producer).await;
        replicas[1].had_one_effect_each(&producer).await;
        replicas[1].equals(&producer).await;
    }
    for replica in replicas {
        replica.kill().await;
    }
    Arc::into_inner(producer).unwrap().stop().await;
}

/// A log of three pages.
async fn three_pages(producer: &Service) {
    let command = producer.log.writer().run(Origin::default(), |unit| {
        Box::pin(async move {
            for number in 0..1_300 {
                put(unit, &format!("item-{number:04}"), "old").await?;
            }
            Ok::<(), Error>(())
        })
    });
    command.await.unwrap();
}

pub(crate) async fn replicas_that_begin_at_once_read_from_nothing_one_at_a_time(world: &World) {
    let producer = world.service("survey").await;
    three_pages(&producer).await;
    let services = [world.service(READER).await, world.service(READER).await, world.service(READER).await];
    let mut replicas = Vec::new();
    for service in services {
        replicas.push(Following::start(service, &producer, Arc::default()).await);
    }
    for number in (0..1_300).step_by(13) {
        producer.write(&format!("item-{number:04}"), "new").await;
    }
    replicas[0].reaches(&producer).await;
    replicas[0].equals(&producer).await;
    assert!(replicas[0].effects().await.iter().all(|(_, times)| *times == 1));
    for replica in replicas {
        replica.kill().await;
    }
    producer.stop().await;
}

/// A log of which each page has to be allowed.
struct Gated {
    log: Log,
    pages: Semaphore,
    read: AtomicUsize,
}

impl Gated {
    fn new(log: &Log, pages: usize) -> Arc<Self> {
        Arc::new(Self { log: log.clone(), pages: Semaphore::new(pages), read: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Source for Gated {
    async fn head(&self) -> Result<GetHeadResponse> {
        Source::head(&self.log).await
    }

    async fn read(&self, from: ReadFrom) -> Result<ReadResponse> {
        self.read.fetch_add(1, Ordering::SeqCst);
        self.pages.acquire().await.unwrap().forget();
        self.log.read(from).await
    }
}

/// Counts how often a follower began: each time it subscribes first.
struct Begun(AtomicUsize);

impl Begun {
    /// Waits until it began a few times more.
    async fn some_more(&self) {
        let before = self.0.load(Ordering::SeqCst);
        let begun = || async { (self.0.load(Ordering::SeqCst) > before + 3).then_some(()) };
        eventually("the other replica looks again", begun).await;
    }
}

#[async_trait]
impl Carrier for Begun {
    async fn held(&self, producer: &str) -> Result<Held> {
        Silent.held(producer).await
    }

    async fn publish(&self, producer: &str, events: &[Event]) -> Result<()> {
        Silent.publish(producer, events).await
    }

    async fn subscribe(&self, producer: &str) -> Result<BoxStream<'static, Event>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Silent.subscribe(producer).await
    }
}

pub(crate) async fn a_reading_from_nothing_is_let_finish_and_taken_over_when_it_stands(world: &World) {
    let producer = world.service("survey").await;
    three_pages(&producer).await;
    let at_page = |following: &Following, page: i64| {
        let reader = following.reader.clone();
        eventually("a page is applied", move || {
            let reader = reader.clone();
            async move {
                let cursor = reader.cursor("survey").await.unwrap()?;
                (cursor.epoch.is_empty() && cursor.position == page).then_some(())
            }
        })
    };
    let gate = Gated::new(&producer.log, 1);
    let first = Following::over(world.service(READER).await, "survey", gate.clone(), Arc::new(Silent), Arc::default());
    at_page(&first, 1).await;
    let (source, begun) = (Gated::new(&producer.log, 100), Arc::new(Begun(AtomicUsize::new(0))));
    let service = world.service(READER).await;
    let other = Following::over(service, "survey", source.clone(), begun.clone(), Arc::default());
    begun.some_more().await;
    gate.pages.add_permits(1);
    at_page(&first, 2).await;
    begun.some_more().await;
    assert_eq!(source.read.load(Ordering::SeqCst), 0, "the other one lets it finish");
    gate.pages.add_permits(1);
    first.reaches(&producer).await;
    first.equals(&producer).await;
    other.kill().await;

    // Again, and now it ends in the middle.
    producer.log.renew_epoch(&producer.deps.ids.fresh()).await.unwrap();
    gate.pages.add_permits(1);
    at_page(&first, 1).await;
    first.kill().await;
    let other = Following::start(world.service(READER).await, &producer, Arc::default()).await;
    other.reaches(&producer).await;
    other.equals(&producer).await;
    other.kill().await;
    producer.stop().await;
}

pub(crate) async fn what_one_replica_set_aside_the_other_holds_back(world: &World) {
    let producer = world.service("survey").await;
    let one = Following::of(world, &producer).await;
    one.reaches(&producer).await;
    let other = Following::of(world, &producer).await;
    for replica in [&one, &other] {
        replica.orders.refuse("a", Refusal::Fault("poison".to_owned()));
    }
    producer.write("a", "a1").await;
    one.reaches(&producer).await;
    // The other one may still be at its start, where it tries what is parked once more.
    one.orders.accept("a");
    // Whoever reads it, it waits.
    for _ in 0..5 {
        producer.write("a", "later").await;
        one.reaches(&producer).await;
    }
    assert_eq!(one.parked().await.len(), 6);
    assert!(one.mirror().await.is_empty());

    // Cleared through one of them, it is clear for the other.
    assert_eq!(one.follower.replay("rating/a").await.unwrap(), (6, 0));
    one.kill().await;
    other.orders.accept("a");
    producer.write("a", "last").await;
    other.reaches(&producer).await;
    assert!(other.parked().await.is_empty());
    other.had_one_effect_each(&producer).await;
    other.equals(&producer).await;
    other.kill().await;
    producer.stop().await;
}

pub(crate) async fn a_silent_replica_holds_the_others_up_for_seconds_only(world: &World) {
    let (silent, other) = (world.service("survey").await, world.service("survey").await);
    let (entered, within) = oneshot::channel();
    let go = Arc::new(Notify::new());
    let (log, gate) = (silent.log.clone(), go.clone());
    // As if its machine had stopped in the middle of a transaction, with the head locked.
    let stuck = tokio::spawn(async move {
        let command = log.writer().run(Origin::default(), move |unit| {
            Box::pin(async move {
                unit.emit(rating("never", "kept"));
                entered.send(()).unwrap();
                gate.notified().await;
                Ok::<(), Error>(())
            })
        });
        command.await
    });
    within.await.unwrap();
    eventually("the other writes", || async { write(&other.log, "item", "other").await.ok() }).await;
    go.notify_one();
    let late = stuck.await.unwrap();
    assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
    eventually("it writes again", || async { write(&silent.log, "item", "again").await.ok() }).await;
    let told: Vec<_> = whole(&other.log).await.into_iter().map(|event| event.aggregate_id).collect();
    assert_eq!(told, ["item", "item"]);
    silent.stop().await;
    other.stop().await;
}

pub(crate) async fn replicas_relay_one_stream(world: &World) {
    let one = world.service("survey").await;
    let other = world.service("survey").await;
    for round in 0..3 {
        let logs = [one.log.clone(), other.log.clone()];
        let writers = logs.map(|log| {
            tokio::spawn(async move {
                for number in 0..100 {
                    write(&log, &format!("item-{}", number % 5), &format!("{round}-{number}")).await.unwrap();
                }
            })
        });
        for writer in writers {
            writer.await.unwrap();
        }
    }
    crate::broker::stream_is_the_log(world, &one).await;
    other.stop().await;
    // A replica that ends before it has published leaves that to the others.
    let mut deps = world.deps().await;
    deps.carrier = Arc::new(Silent);
    let mute = Service::open("survey", world.database("survey").await, deps).await.unwrap();
    mute.write("item-1", "unpublished").await;
    mute.kill().await;
    crate::broker::stream_is_the_log(world, &one).await;
    one.stop().await;
}
