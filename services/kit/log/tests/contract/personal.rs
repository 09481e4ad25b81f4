//! Personal bodies: readable under the person's key, for nobody without it, and gone with it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use contract::survey::v1::ResponsePersonal;
use kit_log::keys::Key;
use kit_log::sql::Database;
use kit_log::{Committed, Error, KeyStore, Origin, SqlKeys, args};
use prost::Message as _;

use crate::mirror::{Following, READER};
use crate::positions::whole;
use crate::world::{LONG, Service, World, eventually, rating};

/// An event about a person, with the number in its personal body.
pub(crate) async fn tell(
    producer: &Service,
    person: &'static str,
    value: &'static str,
    number: &'static str,
) -> Committed<()> {
    try_to_tell(producer, person, value, number).await.unwrap()
}

async fn try_to_tell(
    producer: &Service,
    person: &'static str,
    value: &'static str,
    number: &'static str,
) -> Result<Committed<()>, Error> {
    let command = producer.log.writer().run(Origin::default(), move |unit| {
        Box::pin(async move {
            let body = ResponsePersonal { registration_number: number.to_owned(), ..Default::default() };
            unit.emit(rating(person, value).personal(person, &body));
            Ok::<(), Error>(())
        })
    });
    command.await
}

pub(crate) async fn a_personal_body_reaches_its_reader(world: &World) {
    let producer = world.service("survey").await;
    let following = Following::of(world, &producer).await;
    tell(&producer, "p1", "v", "100001").await;
    tell(&producer, "p2", "v", "100002").await;
    tell(&producer, "p1", "w", "100003").await;
    producer.write("p3", "v").await;
    following.reaches(&producer).await;
    let seen = following.personal().await;
    assert_eq!(seen["rating/p1"], "100003");
    assert_eq!(seen["rating/p2"], "100002");
    assert_eq!(seen["rating/p3"], "none");
    let keys: Vec<_> = whole(&producer.log).await.into_iter().map(|event| event.key_id).collect();
    assert_eq!(keys, ["p1", "p2", "p1", ""]);
    following.kill().await;
    producer.stop().await;
}

pub(crate) async fn a_destroyed_key_erases_and_stays_destroyed(world: &World) {
    let producer = world.service("survey").await;
    let following = Following::of(world, &producer).await;
    tell(&producer, "p1", "v", "100001").await;
    tell(&producer, "p2", "v", "100002").await;
    following.reaches(&producer).await;
    // Another process, which has the key in memory.
    let elsewhere = SqlKeys::open(&keys_url(world)).await.unwrap();
    let ids = ["p1".to_owned(), "p2".to_owned()];
    assert_eq!(elsewhere.find(&ids).await.unwrap().len(), 2);

    world.keys.destroy("p1").await.unwrap();
    let newly = tell(&producer, "p1", "w", "100003").await.token.position;
    let sealed = &whole(&producer.log).await[newly as usize - 1];
    assert_eq!((sealed.key_id.as_str(), sealed.personal.len()), ("p1", 0), "without its personal body");
    assert!(!world.keys.ensure(&ids).await.unwrap().contains_key("p1"), "not made anew");
    assert!(!world.keys.find(&ids).await.unwrap().contains_key("p1"));
    eventually("the other process forgets it", || async {
        (elsewhere.find(&ids).await.unwrap().len() == 1).then_some(())
    })
    .await;

    producer.log.renew_epoch(&producer.deps.ids.fresh()).await.unwrap();
    following.reaches(&producer).await;
    let seen = following.personal().await;
    assert_eq!((seen["rating/p1"].as_str(), seen["rating/p2"].as_str()), ("erased", "100002"));
    following.kill().await;
    producer.stop().await;

    // For good.
    let reopened = SqlKeys::open(&keys_url(world)).await.unwrap();
    assert!(!reopened.ensure(&ids).await.unwrap().contains_key("p1"));
}

/// A key store that can be away.
struct Absent {
    keys: Arc<SqlKeys>,
    away: AtomicBool,
    /// How often it was asked.
    asked: AtomicUsize,
}

impl Absent {
    fn here(&self) -> Result<(), Error> {
        let away = self.away.load(Ordering::SeqCst);
        self.asked.fetch_add(1, Ordering::SeqCst);
        if away { Err(Error::Unavailable("the keys are away".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl KeyStore for Absent {
    async fn ensure(&self, ids: &[String]) -> Result<HashMap<String, Key>, Error> {
        self.here()?;
        self.keys.ensure(ids).await
    }

    async fn find(&self, ids: &[String]) -> Result<HashMap<String, Key>, Error> {
        self.here()?;
        self.keys.find(ids).await
    }

    async fn destroy(&self, id: &str) -> Result<(), Error> {
        self.here()?;
        self.keys.destroy(id).await
    }
}

pub(crate) async fn without_the_key_store_nothing_personal_is_written_or_read(world: &World) {
    let keys = Arc::new(Absent { keys: world.keys.clone(), away: AtomicBool::new(false), asked: AtomicUsize::new(0) });
    let mut deps = world.deps().await;
    deps.keys = keys.clone();
    let producer = Service::open("survey", world.database("survey").await, deps.clone()).await.unwrap();
    let reader = Service::open(READER, world.database(READER).await, deps).await.unwrap();
    let following = Following::start(reader, &producer, Default::default()).await;
    tell(&producer, "p1", "v", "100001").await;
    following.reaches(&producer).await;
    let read = following.cursor().await.unwrap();

    keys.away.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let refused = try_to_tell(&producer, "p1", "w", "100002").await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        // What is not personal goes on.
        producer.write("item", "written").await;
    }
    assert_eq!(producer.head().await.position, read.position + 3);
    following.reaches(&producer).await;
    keys.away.store(false, Ordering::SeqCst);
    tell(&producer, "p1", "w", "100003").await;
    following.reaches(&producer).await;
    assert_eq!(following.personal().await["rating/p1"], "100003");

    // A reader that finds them away waits, and sets nothing aside.
    let service = following.rest().await;
    tell(&producer, "p1", "x", "100004").await;
    keys.away.store(true, Ordering::SeqCst);
    let before = keys.asked.load(Ordering::SeqCst);
    let following = Following::start(service, &producer, Default::default()).await;
    let asked = || async { (keys.asked.load(Ordering::SeqCst) > before + 6).then_some(()) };
    eventually("more tries than park an event", asked).await;
    keys.away.store(false, Ordering::SeqCst);
    following.reaches(&producer).await;
    assert_eq!(following.personal().await["rating/p1"], "100004");
    assert!(following.parked().await.is_empty());
    following.kill().await;
    producer.stop().await;
}

fn keys_url(world: &World) -> String {
    format!("sqlite:{}", world.folder().join("keys.db").display())
}

pub(crate) async fn a_body_that_cannot_be_opened_is_set_aside(world: &World) {
    let producer = world.service("survey").await;
    tell(&producer, "p1", "v", "100001").await;
    tell(&producer, "p2", "v", "100002").await;
    // The key store lost a key, and made another of that name.
    let keys = Database::open(&keys_url(world), &[]).await.unwrap();
    let sql = "UPDATE person_key SET secret = $1 WHERE id = $2";
    keys.read().await.unwrap().execute(sql, args![[7_u8; 32].as_slice(), "p1"]).await.unwrap();
    keys.close().await;
    let mut deps = world.deps().await;
    deps.keys = SqlKeys::open(&keys_url(world)).await.unwrap();
    let service = Service::open(READER, world.database(READER).await, deps).await.unwrap();
    let following = Following::start(service, &producer, Default::default()).await;
    following.reaches(&producer).await;
    let parked = following.parked().await;
    assert_eq!(parked.len(), 1);
    assert!(parked[0].1.starts_with("UNREADABLE"), "{parked:?}");
    assert_eq!(following.personal().await["rating/p2"], "100002", "others go on");
    following.kill().await;
    producer.stop().await;
}

/// Whether any file below holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> Option<std::path::PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find_map(|path| {
        if path.is_dir() {
            return holds(&path, bytes);
        }
        let content = fs::read(&path).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes).then_some(path)
    })
}

pub(crate) async fn no_file_holds_a_personal_body_in_clear(world: &World) {
    let producer = world.service("survey").await;
    tell(&producer, "p1", "PLAIN-MARKER", "SECRET-CANARY").await;
    let events: Vec<u8> = whole(&producer.log).await.iter().flat_map(|event| event.encode_to_vec()).collect();
    let within = |bytes: &[u8]| events.windows(bytes.len()).any(|window| window == bytes);
    assert!(within(b"PLAIN-MARKER"), "what is not personal is there to be found");
    assert!(!within(b"SECRET-CANARY"));

    if !world.is_postgres() || world.server.is_some() {
        let carried = || async { holds(world.folder(), b"PLAIN-MARKER") };
        eventually("the scanner finds what is not personal", carried).await;
    }
    if let Some(server) = &world.server {
        let store = server.lock().unwrap().store();
        let carried = || async { holds(&store, b"PLAIN-MARKER") };
        tokio::time::timeout(LONG, eventually("it is in the broker's files too", carried)).await.unwrap();
    }
    assert_eq!(holds(world.folder(), b"SECRET-CANARY"), None, "while it runs, the write-ahead log among them");
    producer.stop().await;
    assert_eq!(holds(world.folder(), b"SECRET-CANARY"), None, "and afterwards");
}
