//! Events that cannot be applied are set aside, and only their aggregate waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use contract::survey::v1::ResponseReceived;
use kit_log::{Error, NewEvent, Origin, Refusal};

use crate::mirror::Following;
use crate::world::{Service, World, eventually, rating};

fn poison() -> Refusal {
    Refusal::Fault("poison".to_owned())
}

async fn emit(producer: &Service, events: Vec<NewEvent>) -> i64 {
    let command = producer.log.writer().run(Origin::default(), move |unit| {
        Box::pin(async move {
            for event in events {
                unit.emit(event);
            }
            Ok::<(), Error>(())
        })
    });
    command.await.unwrap().token.position
}

/// A reader that has begun, and refuses `a`.
async fn refusing_a(world: &World, producer: &Service) -> Following {
    let following = Following::of(world, producer).await;
    following.orders.refuse("a", poison());
    following.reaches(producer).await;
    following
}

/// a, b, a, c, b: all in one batch.
async fn write_around_a(producer: &Service) {
    let events = ["a1", "b2", "a3", "c4", "b5"].map(|value| rating(&value[..1], value));
    emit(producer, events.into()).await;
}

fn mirrored<const N: usize>(values: [&str; N]) -> Vec<(String, String)> {
    values.map(|value| (format!("rating/{}", &value[..1]), value.to_owned())).into()
}

pub(crate) async fn a_poison_event_is_set_aside_after_five_tries(world: &World) {
    let producer = world.service("survey").await;
    let following = refusing_a(world, &producer).await;
    write_around_a(&producer).await;
    following.reaches(&producer).await;
    let parked = following.parked().await;
    assert_eq!(parked, [(1, "poison".to_owned(), 5), (3, "BEHIND_PARKED".to_owned(), 0)]);
    assert_eq!((following.orders.times_given(1), following.orders.times_given(3)), (5, 0));
    // The others went on, and of the refused nothing is left.
    assert_eq!(following.mirror().await, mirrored(["b5", "c4"]));
    assert_eq!(following.effects().await, [(2, 1), (4, 1), (5, 1)]);

    // A restart tries the first once more, and changes nothing.
    let orders = following.orders.clone();
    let following = Following::start(following.rest().await, &producer, orders).await;
    eventually("another try", || async { (following.orders.times_given(1) > 5).then_some(()) }).await;
    producer.write("a", "a6").await;
    following.reaches(&producer).await;
    let positions: Vec<_> = following.parked().await.into_iter().map(|(position, ..)| position).collect();
    assert_eq!(positions, [1, 3, 6]);
    following.kill().await;
    producer.stop().await;
}

pub(crate) async fn a_replay_applies_what_waited_in_order(world: &World) {
    let producer = world.service("survey").await;
    let following = refusing_a(world, &producer).await;
    write_around_a(&producer).await;
    following.reaches(&producer).await;
    assert_eq!(following.follower.replay("rating/a").await.unwrap(), (0, 2), "the cause is still there");
    assert_eq!(following.follower.replay("rating/b").await.unwrap(), (0, 0), "nothing waits");

    following.orders.accept("a");
    following.orders.given.lock().unwrap().clear();
    assert_eq!(following.follower.replay("rating/a").await.unwrap(), (2, 0));
    assert_eq!(*following.orders.given.lock().unwrap(), [1, 3]);
    assert_eq!(following.mirror().await, mirrored(["a3", "b5", "c4"]));
    assert!(following.parked().await.is_empty());
    producer.write("a", "a6").await;
    following.reaches(&producer).await;
    assert_eq!(following.mirror().await, mirrored(["a6", "b5", "c4"]));
    following.had_one_effect_each(&producer).await;
    following.kill().await;
    producer.stop().await;
}

pub(crate) async fn an_event_given_up_lets_its_aggregate_go_on(world: &World) {
    let producer = world.service("survey").await;
    let following = refusing_a(world, &producer).await;
    write_around_a(&producer).await;
    following.reaches(&producer).await;
    assert_eq!(following.follower.give_up("rating/a").await.unwrap(), 2);
    assert!(following.parked().await.is_empty());
    following.orders.accept("a");
    producer.write("a", "a6").await;
    following.reaches(&producer).await;
    assert_eq!(following.mirror().await, mirrored(["a6", "b5", "c4"]));
    assert_eq!(following.effects().await, [(2, 1), (4, 1), (5, 1), (6, 1)]);
    following.kill().await;
    producer.stop().await;
}

/// `first` is set aside with `error`; after `upgrade` and a restart it and what waited for it are applied.
async fn waits_for_an_upgrade(world: &World, first: NewEvent, error: &str, upgrade: impl Fn(&Following)) {
    let producer = world.service("survey").await;
    let following = Following::of(world, &producer).await;
    following.reaches(&producer).await;
    emit(&producer, vec![first, rating("a", "a2"), rating("b", "b3")]).await;
    following.reaches(&producer).await;
    let waiting = [(1, error.to_owned(), 0), (2, "BEHIND_PARKED".to_owned(), 0)];
    assert_eq!(following.parked().await, waiting);
    assert_eq!(following.mirror().await, mirrored(["b3"]));

    // A restart alone changes nothing.
    let orders = following.orders.clone();
    let following = Following::start(following.rest().await, &producer, orders).await;
    producer.write("b", "b4").await;
    following.reaches(&producer).await;
    assert_eq!(following.parked().await, waiting);

    upgrade(&following);
    following.orders.given.lock().unwrap().clear();
    let orders = following.orders.clone();
    let following = Following::start(following.rest().await, &producer, orders).await;
    eventually("nothing waits", || async { following.parked().await.is_empty().then_some(()) }).await;
    assert_eq!(*following.orders.given.lock().unwrap(), [1, 2]);
    assert_eq!(following.mirror().await, mirrored(["a2", "b4"]));
    following.had_one_effect_each(&producer).await;
    following.kill().await;
    producer.stop().await;
}

pub(crate) async fn an_unknown_type_waits_for_an_upgrade(world: &World) {
    let unknown = NewEvent::new("rating", "a", &ResponseReceived::default());
    waits_for_an_upgrade(world, unknown, "UNKNOWN_TYPE", |f| f.orders.upgraded.store(true, Ordering::SeqCst)).await;
}

pub(crate) async fn a_newer_schema_waits_for_an_upgrade(world: &World) {
    let newer = rating("a", "a1").schema(3);
    let error = "NEWER_SCHEMA 3 (known: 1)";
    waits_for_an_upgrade(world, newer, error, |f| f.orders.newer.store(2, Ordering::SeqCst)).await;
}

pub(crate) async fn an_outage_counts_no_tries(world: &World) {
    let producer = world.service("survey").await;
    let following = Following::of(world, &producer).await;
    following.reaches(&producer).await;
    following.orders.refuse("a", Refusal::Outage(Error::Unavailable("away".to_owned())));
    emit(&producer, vec![rating("b", "b1"), rating("a", "a2"), rating("b", "b3")]).await;
    eventually("more tries than five", || async { (following.orders.times_given(2) > 6).then_some(()) }).await;
    assert!(following.parked().await.is_empty());
    assert!(following.cursor().await.unwrap().position < 2, "nothing overtakes");
    following.orders.accept("a");
    following.reaches(&producer).await;
    following.equals_values(&["a2", "b3"]).await;
    following.had_one_effect_each(&producer).await;
    following.kill().await;
    producer.stop().await;
}

pub(crate) async fn more_than_a_page_may_be_set_aside(world: &World) {
    let producer = world.service("survey").await;
    let following = Following::of(world, &producer).await;
    following.reaches(&producer).await;
    let unknown = |n: usize| NewEvent::new("rating", &format!("x{n}"), &ResponseReceived::default());
    emit(&producer, vec![unknown(1)]).await;
    following.reaches(&producer).await;
    let service = following.rest().await;
    // One was set aside as it should be; a thousand more are put beside it, each of its own aggregate.
    emit(&producer, (2..=1_100).map(unknown).collect()).await;
    let mut session = service.log.read_session().await.unwrap();
    let sql = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
               INSERT INTO log_parked (producer, position, epoch, aggregate, type, error, tries)
               SELECT producer, i, epoch, 'rating/x' || i, type, error, tries FROM log_parked, n";
    assert_eq!(session.execute(sql, &[]).await.unwrap(), 1_099);
    session.execute("UPDATE log_cursor SET position = 1100", &[]).await.unwrap();
    drop(session);
    let following = Following::start(service, &producer, Arc::default()).await;
    producer.write("x1100", "later").await;
    producer.write("y", "y").await;
    following.reaches(&producer).await;
    assert_eq!(following.parked().await.len(), 1_101, "what follows the last of them waits as well");
    following.equals_values(&["y"]).await;
    assert_eq!(following.follower.give_up("rating/x1100").await.unwrap(), 2);
    following.kill().await;
    producer.stop().await;
}

impl Following {
    async fn equals_values(&self, values: &[&str]) {
        let mirror = self.mirror().await;
        assert_eq!(mirror.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), values);
    }
}
