//! A reader in another service's database: one effect for each event, whatever the carrier does and whoever restarts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use contract::event::v1::{GetHeadResponse, ReadResponse};
use futures::future::join_all;
use kit_log::{Carrier, ReadFrom, Result, Source};
use tokio::sync::Mutex;

use crate::carriers::{Disturbing, Erring, Silent};
use crate::histories::Memory;
use crate::mirror::{Following, READER};
use crate::world::{Chance, Service, World, count, eventually};

/// Some events from four sides at once.
async fn write_some(producer: &Service, seed: u64, events: usize) {
    let writers = (0..4).map(|writer| async move {
        let mut chance = Chance::new(seed * 4 + writer);
        for number in 0..events / 4 {
            producer.write(&format!("item-{}", chance.below(10)), &format!("{seed}-{writer}-{number}")).await;
        }
    });
    join_all(writers).await;
}

pub(crate) async fn every_event_has_one_effect_under_a_disturbing_carrier(world: &World) {
    let producer = world.service("survey").await;
    let mut following = Following::of(world, &producer).await;
    following.reaches(&producer).await;
    let (events, together) = (campaign::number("EVENTS", 800, 100_000), count(40, 200));
    let brought = Arc::new(AtomicUsize::new(0));
    for seed in (0..(events / together) as u64).map(|round| campaign::seed() + round) {
        let service = following.rest().await;
        let carrier = service.deps.carrier.clone();
        let carrier = Arc::new(Disturbing { carrier, seed, brought: brought.clone() });
        following = Following::over(service, "survey", Arc::new(producer.log.clone()), carrier, Arc::default());
        write_some(&producer, seed, together).await;
        following.reaches(&producer).await;
        following.equals(&producer).await;
        following.had_one_effect_each(&producer).await;
    }
    let head = producer.head().await.position;
    assert!(head >= events as i64, "{head} events");
    let deliveries = brought.load(Ordering::SeqCst);
    campaign::figure(4, world.name(), "events", &events.to_string(), &head.to_string());
    // What a slow machine hears of by polls alone is no delivery; in a whole run that is little.
    let least = if campaign::is_on() { events } else { 1 };
    campaign::figure(4, world.name(), "deliveries, shuffled", &format!(">= {least}"), &deliveries.to_string());
    campaign::figure(4, world.name(), "effects lost or repeated", "0", "0");
    assert!(deliveries >= least, "{deliveries} deliveries");
    following.kill().await;
    producer.stop().await;
}

async fn converges_over(world: &World, carrier: Arc<dyn Carrier>) {
    let producer = world.service("survey").await;
    let service = world.service(READER).await;
    let source = Arc::new(producer.log.clone());
    let following = Following::over(service, "survey", source, carrier, Arc::default());
    following.reaches(&producer).await;
    for round in 0..5 {
        write_some(&producer, round, 20).await;
        following.reaches(&producer).await;
        following.had_one_effect_each(&producer).await;
    }
    following.equals(&producer).await;
    following.kill().await;
    producer.stop().await;
}

pub(crate) async fn a_silent_carrier_is_bridged_by_polls(world: &World) {
    converges_over(world, Arc::new(Silent)).await;
}

pub(crate) async fn a_carrier_that_errs_is_asked_again(world: &World) {
    let carrier = Arc::new(Erring::new(world.carrier().await));
    converges_over(world, carrier.clone()).await;
    // Each subscription brings three events at most, and two in three fail.
    let (producer, service) = (world.service("survey").await, world.service(READER).await);
    let source = Arc::new(producer.log.clone());
    let following = Following::over(service, "survey", source, carrier.clone(), Arc::default());
    eventually("events of a fourth subscription", || async {
        producer.write("item", "again").await;
        (carrier.brought.load(Ordering::SeqCst) > 9).then_some(())
    })
    .await;
    following.kill().await;
    producer.stop().await;
}

/// A log whose head can be made to look as if nothing came after it: what arrives then has come live.
pub(crate) struct Frozen {
    source: Arc<dyn Source>,
    frozen: AtomicBool,
    head: Mutex<Option<GetHeadResponse>>,
}

impl Frozen {
    pub(crate) fn new(source: Arc<dyn Source>) -> Arc<Self> {
        Arc::new(Self { source, frozen: AtomicBool::new(false), head: Mutex::default() })
    }

    pub(crate) async fn freeze(&self) {
        *self.head.lock().await = Some(self.source.head().await.unwrap());
        self.frozen.store(true, Ordering::SeqCst);
    }

    pub(crate) fn thaw(&self) {
        self.frozen.store(false, Ordering::SeqCst);
    }
}

#[async_trait]
impl Source for Frozen {
    async fn head(&self) -> Result<GetHeadResponse> {
        if self.frozen.load(Ordering::SeqCst) {
            return Ok(self.head.lock().await.clone().unwrap());
        }
        self.source.head().await
    }

    async fn read(&self, from: ReadFrom) -> Result<ReadResponse> {
        self.source.read(from).await
    }
}

pub(crate) async fn events_arrive_live(world: &World) {
    let producer = world.service("survey").await;
    let service = world.service(READER).await;
    let source = Frozen::new(Arc::new(producer.log.clone()));
    let carrier = service.deps.carrier.clone();
    let following = Following::over(service, "survey", source.clone(), carrier, Arc::default());
    following.reaches(&producer).await;
    hears_live(&following, &producer, &source).await;
    following.kill().await;
    producer.stop().await;
}

/// Writes until the reader hears of it without a poll: the first events may fall between two subscriptions.
pub(crate) async fn hears_live(following: &Following, producer: &Service, source: &Frozen) {
    eventually("an event that came live", || async {
        source.thaw();
        following.reaches(producer).await;
        source.freeze().await;
        let written = producer.write("live", "news").await.token.position;
        let mut looks = tokio::time::interval(std::time::Duration::from_millis(10));
        for _ in 0..50 {
            looks.tick().await;
            if following.cursor().await?.position >= written {
                return Some(());
            }
        }
        None
    })
    .await;
}

pub(crate) async fn a_reader_goes_on_from_its_cursor_after_a_restart(world: &World) {
    let producer = Arc::new(world.service("survey").await);
    let mut following = Following::of(world, &producer).await;
    following.reaches(&producer).await;
    for restart in 0..count(5, 50) as u64 {
        let writer = producer.clone();
        let writing = tokio::spawn(async move { write_some(&writer, restart, 80).await });
        // Somewhere in the middle of it.
        let start = following.cursor().await.unwrap().position;
        eventually("a part of the events", || async {
            (following.cursor().await?.position > start + 10).then_some(())
        })
        .await;
        following.kill().await;
        following = Following::of(world, &producer).await;
        writing.await.unwrap();
    }
    following.reaches(&producer).await;
    following.had_one_effect_each(&producer).await;
    following.equals(&producer).await;
    following.kill().await;
    Arc::into_inner(producer).unwrap().stop().await;
}

pub(crate) async fn a_new_epoch_is_read_from_nothing(world: &World) {
    let producer = world.service("survey").await;
    write_some(&producer, 1, 40).await;
    let following = Following::of(world, &producer).await;
    following.reaches(&producer).await;
    write_some(&producer, 2, 40).await;
    producer.log.renew_epoch(&producer.deps.ids.fresh()).await.unwrap();
    write_some(&producer, 3, 40).await;
    following.reaches(&producer).await;
    following.equals(&producer).await;
    // With nothing written since.
    producer.log.renew_epoch(&producer.deps.ids.fresh()).await.unwrap();
    following.reaches(&producer).await;
    // And while it is not there to see it.
    let service = following.rest().await;
    producer.log.renew_epoch(&producer.deps.ids.fresh()).await.unwrap();
    write_some(&producer, 4, 40).await;
    let following = Following::start(service, &producer, Arc::default()).await;
    following.reaches(&producer).await;
    following.equals(&producer).await;
    following.kill().await;
    producer.stop().await;
}

pub(crate) async fn a_log_behind_the_cursor_is_read_from_nothing(world: &World) {
    let producer = world.service("survey").await;
    write_some(&producer, 1, 40).await;
    producer.stop().await;
    world.copy_database("survey", "yesterday").await;

    let producer = world.service("survey").await;
    write_some(&producer, 2, 40).await;
    producer.write("since", "yesterday").await;
    let following = Following::of(world, &producer).await;
    following.reaches(&producer).await;
    let service = following.rest().await;
    producer.stop().await;

    // Restored, and nobody gave it a new epoch.
    let restored = Service::open("survey", world.database("yesterday").await, world.deps().await).await.unwrap();
    let following = Following::start(service, &restored, Arc::default()).await;
    eventually("the cursor goes back", || async { (following.cursor().await? == restored.head().await).then_some(()) })
        .await;
    following.equals(&restored).await;
    restored.write("item-1", "again").await;
    following.reaches(&restored).await;
    following.equals(&restored).await;
    following.kill().await;
    restored.stop().await;
}

pub(crate) async fn a_reader_learns_how_far_the_producer_has_read(world: &World) {
    let survey = world.service("survey").await;
    let registry = Following::of(world, &survey).await;
    let search = Memory::new("search");
    let following = search.follow(&registry.service).await;
    for number in 0..3 {
        let token = survey.write("item", &number.to_string()).await.token;
        eventually("search knows that registry has read it", || async {
            let consumed = search.consumed();
            consumed.iter().any(|c| c.epoch == token.epoch && c.position >= token.position).then_some(())
        })
        .await;
        // Known no earlier than it was true.
        assert_eq!(registry.cursor().await.unwrap().position, token.position);
        assert_eq!(registry.mirror().await, [("rating/item".to_owned(), number.to_string())]);
    }
    following.rest().await;
    registry.kill().await;
    survey.stop().await;
}
