//! A reader to whom the way matters: it is given every event when it begins from nothing, and no personal body.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use contract::event::v1::ParkedEvent;
use kit_log::{Cursor, Failed, Follower, Interest, KeyStore as _, Personal, Reader, Received, Refusal, Result};
use tokio_util::sync::CancellationToken;

use crate::personal::tell;
use crate::world::{World, eventually};

#[derive(Default)]
struct Whole {
    given: Mutex<Vec<(i64, Personal)>>,
    cursor: Mutex<Option<Cursor>>,
}

#[async_trait]
impl Reader for Whole {
    fn name(&self) -> &str {
        "insights"
    }

    fn interest(&self, _: &str) -> Interest {
        Interest::Apply { schema: 1 }
    }

    fn compacted(&self) -> bool {
        false
    }

    fn opens_personal(&self) -> bool {
        false
    }

    async fn cursor(&self, _: &str) -> Result<Option<Cursor>> {
        Ok(self.cursor.lock().unwrap().clone())
    }

    async fn apply(&self, _: &str, events: &[Received], to: &Cursor) -> std::result::Result<(), Failed> {
        let one = |received: &Received| (received.event.position, received.personal.clone());
        self.given.lock().unwrap().extend(events.iter().map(one));
        *self.cursor.lock().unwrap() = Some(to.clone());
        Ok(())
    }

    async fn begin_anew(&self, _: &str) -> Result<()> {
        self.given.lock().unwrap().clear();
        *self.cursor.lock().unwrap() = None;
        Ok(())
    }

    async fn park(&self, parked: ParkedEvent, _: &Cursor) -> Result<()> {
        panic!("nothing is refused here: {parked:?}");
    }

    async fn parked(&self) -> Result<Vec<ParkedEvent>> {
        Ok(vec![])
    }

    async fn settle(&self, _: &ParkedEvent, _: Option<&Received>) -> std::result::Result<(), Refusal> {
        Ok(())
    }
}

pub(crate) async fn a_reader_may_want_every_event_and_no_body(world: &World) {
    let producer = world.service("survey").await;
    let person = ["p1", "p2", "p1", "p1"];
    for (person, value) in person.into_iter().zip(["a", "b", "c", "d"]) {
        tell(&producer, person, value, "100001").await;
    }
    producer.write("item", "v").await;
    // A body that nobody can open any more is no trouble to who does not open it.
    world.keys.destroy("p2").await.unwrap();

    let reader = Arc::new(Whole::default());
    let (log, carrier) = (Arc::new(producer.log.clone()), producer.deps.carrier.clone());
    let follower = Follower::new(reader.clone(), "survey", log, carrier, producer.deps.keys.clone());
    let stop = CancellationToken::new();
    let following = tokio::spawn(follower.run(stop.clone()));
    let reaches = |head: Cursor| {
        let reader = reader.clone();
        async move {
            eventually("the head", || async {
                (reader.cursor("").await.unwrap().as_ref() == Some(&head)).then_some(())
            })
            .await;
        }
    };
    let expected = |events: i64| -> Vec<(i64, Personal)> {
        let body = |position: i64| if position <= 4 { Personal::Shut } else { Personal::None };
        (1..=events).map(|position| (position, body(position))).collect()
    };
    reaches(producer.head().await).await;
    assert_eq!(*reader.given.lock().unwrap(), expected(5));
    producer.write("item", "w").await;
    reaches(producer.head().await).await;
    assert_eq!(*reader.given.lock().unwrap(), expected(6));
    producer.log.renew_epoch(&producer.deps.ids.fresh()).await.unwrap();
    reaches(producer.head().await).await;
    assert_eq!(*reader.given.lock().unwrap(), expected(6), "from nothing, and all of it again");

    stop.cancel();
    following.await.unwrap();
    producer.stop().await;
}
