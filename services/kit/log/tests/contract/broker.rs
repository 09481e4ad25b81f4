//! A broker that breaks: writes go on, readers converge, and in the end the stream is the log again.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_nats::jetstream;
use contract::event::v1::Event;
use kit_log::{Carrier as _, Held, Nats, NatsConfig, Origin};
use prost::Message as _;

use crate::following::{Frozen, hears_live};
use crate::mirror::{Following, READER};
use crate::positions::whole;
use crate::world::{NATS_PASSWORD, NATS_USER, SERVER_ROOM, Service, World, eventually, write_as};

const STREAM: &str = "ACTIVELIST_SURVEY";

/// What the operator sees of the broker.
async fn jetstream_of(world: &World) -> jetstream::Context {
    let url = world.server.as_ref().unwrap().lock().unwrap().url();
    let options = async_nats::ConnectOptions::with_user_and_password(NATS_USER.to_owned(), NATS_PASSWORD.to_owned());
    jetstream::new(options.retry_on_initial_connect().connect(url).await.unwrap())
}

/// Every message of the stream, in its order; `None` while it cannot be read.
async fn messages(world: &World) -> Option<Vec<jetstream::message::StreamMessage>> {
    let mut stream = jetstream_of(world).await.get_stream(STREAM).await.ok()?;
    let state = stream.info().await.ok()?.state.clone();
    let mut messages = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        messages.push(stream.get_raw_message(sequence).await.ok()?);
    }
    Some(messages)
}

async fn positions(world: &World) -> Option<Vec<i64>> {
    let position = |m: &jetstream::message::StreamMessage| m.headers.get("ce-position").unwrap().as_str().parse();
    Some(messages(world).await?.iter().map(|message| position(message).unwrap()).collect())
}

/// Waits until the stream ends with the log's head, and answers its positions.
async fn published(world: &World, producer: &Service) -> Vec<i64> {
    let head = producer.head().await.position;
    eventually("the stream ends where the log does", || async {
        positions(world).await.filter(|positions| positions.last() == Some(&head))
    })
    .await
}

/// The stream is the log from its first event, in order, nothing missing and nothing twice.
pub(crate) async fn stream_is_the_log(world: &World, producer: &Service) {
    let head = producer.head().await.position;
    assert_eq!(published(world, producer).await, (1..=head).collect::<Vec<_>>());
}

fn kill(world: &World) {
    world.server.as_ref().unwrap().lock().unwrap().kill();
}

fn run(world: &World) {
    world.server.as_ref().unwrap().lock().unwrap().run();
}

fn store(world: &World) -> std::path::PathBuf {
    world.server.as_ref().unwrap().lock().unwrap().store()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

async fn write_many(producer: &Service, events: usize) {
    for number in 0..events {
        producer.write(&format!("item-{}", number % 7), &number.to_string()).await;
    }
}

struct Scene {
    producer: Arc<Service>,
    following: Following,
}

impl Scene {
    async fn new(world: &World) -> Self {
        let producer = Arc::new(world.service("survey").await);
        let following = Following::of(world, &producer).await;
        following.reaches(&producer).await;
        Self { producer, following }
    }

    /// Writes without end beside what `during` does, and then checks that nothing was lost.
    async fn writing(&self, during: impl AsyncFnOnce()) {
        let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
        let producer = self.producer.clone();
        let writing = tokio::spawn(async move {
            let mut written = 0;
            while stopped.try_recv().is_err() {
                write_many(&producer, 1).await;
                written += 1;
            }
            written
        });
        let start = self.producer.head().await.position;
        self.after(start + 30).await;
        during().await;
        let broken = self.producer.head().await.position;
        self.after(broken + 30).await;
        stop.send(()).unwrap();
        writing.await.unwrap();
    }

    /// Waits until the log has come to a position.
    async fn after(&self, position: i64) {
        eventually("writes go on", || async { (self.producer.head().await.position >= position).then_some(()) }).await;
    }

    async fn heals(&self, world: &World) {
        self.following.reaches(&self.producer).await;
        stream_is_the_log(world, &self.producer).await;
        self.following.had_one_effect_each(&self.producer).await;
        self.following.equals(&self.producer).await;
    }

    async fn end(self) {
        self.following.kill().await;
        Arc::into_inner(self.producer).unwrap().stop().await;
    }
}

pub(crate) async fn the_stream_is_the_log_as_cloud_events(world: &World) {
    let scene = Scene::new(world).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let origin = Origin {
        actor: "tester\nx: y".to_owned(),
        causation: "cause".to_owned(),
        traceparent: trace.to_owned(),
        request: None,
    };
    write_as(&scene.producer.log, origin, "item-1", "value").await.unwrap();
    write_many(&scene.producer, 3).await;
    stream_is_the_log(world, &scene.producer).await;

    let (messages, log) = (messages(world).await.unwrap(), whole(&scene.producer.log).await);
    for (message, event) in messages.iter().zip(&log) {
        assert_eq!(Event::decode(message.payload.clone()).unwrap(), *event);
        assert_eq!(*message.subject, *format!("activelist.survey.rating.RatingChanged.{}", event.aggregate_id));
        let header = |name: &str| message.headers.get(name).map_or("", |value| value.as_str());
        for (name, value) in [
            ("ce-specversion", "1.0"),
            ("ce-id", &event.id),
            ("ce-type", "activelist.survey.v1.RatingChanged"),
            ("ce-source", "/activelist/survey"),
            ("ce-subject", &format!("rating/{}", event.aggregate_id)),
            ("ce-time", "2025-02-03T12:00:00+09:00"),
            ("ce-datacontenttype", "application/protobuf"),
            ("ce-epoch", &event.epoch),
            ("ce-position", &event.position.to_string()),
            ("ce-version", &event.aggregate_version.to_string()),
            ("ce-schemaversion", "1"),
            ("Nats-Msg-Id", &event.id),
        ] {
            assert_eq!(header(name), value, "{name}");
        }
    }
    let header = |name: &str| messages[0].headers.get(name).unwrap().as_str();
    assert_eq!((header("ce-actor"), header("ce-causation")), ("testerx: y", "cause"));
    assert_eq!(header("traceparent"), trace);
    scene.end().await;
}

pub(crate) async fn a_deleted_stream_is_filled_again(world: &World) {
    let scene = Scene::new(world).await;
    write_many(&scene.producer, 20).await;
    stream_is_the_log(world, &scene.producer).await;
    scene
        .writing(async || {
            jetstream_of(world).await.delete_stream(STREAM).await.unwrap();
        })
        .await;
    scene.heals(world).await;
    // And when nobody writes, so that only a look at it can tell.
    jetstream_of(world).await.delete_stream(STREAM).await.unwrap();
    scene.heals(world).await;
    scene.end().await;
}

pub(crate) async fn a_stream_takes_the_size_that_is_set_where_there_is_room(world: &World) {
    let scene = Scene::new(world).await;
    write_many(&scene.producer, 20).await;
    stream_is_the_log(world, &scene.producer).await;
    let url = world.server.as_ref().unwrap().lock().unwrap().url();
    // Another size, more than the server has, and one again that it has: the last that had room holds.
    for (set, holds) in [(64 << 20, 64 << 20), (2 * SERVER_ROOM, 64 << 20), (32 << 20, 32 << 20)] {
        let carrier = Nats::connect(NatsConfig { max_bytes: set, ..NatsConfig::single(&url) }).await.unwrap();
        let held = eventually("the stream is asked", || async { carrier.held("survey").await.ok() }).await;
        assert_eq!(held, Held::UpTo(scene.producer.head().await));
        let stream = jetstream_of(world).await.get_stream(STREAM).await.unwrap();
        assert_eq!(stream.cached_info().config.max_bytes, holds);
    }
    write_many(&scene.producer, 20).await;
    stream_is_the_log(world, &scene.producer).await;
    scene.end().await;
}

pub(crate) async fn a_purged_stream_goes_on(world: &World) {
    let scene = Scene::new(world).await;
    write_many(&scene.producer, 20).await;
    stream_is_the_log(world, &scene.producer).await;
    scene
        .writing(async || {
            let stream = jetstream_of(world).await.get_stream(STREAM).await.unwrap();
            stream.purge().await.unwrap();
        })
        .await;
    scene.following.reaches(&scene.producer).await;
    scene.following.had_one_effect_each(&scene.producer).await;
    let positions = published(world, &scene.producer).await;
    assert!(positions[0] > 20, "what was purged stays away");
    assert!(positions.windows(2).all(|two| two[1] == two[0] + 1), "{positions:?}");
    scene.end().await;
}

pub(crate) async fn a_killed_server_costs_nothing(world: &World) {
    let scene = Scene::new(world).await;
    for _ in 0..3 {
        scene
            .writing(async || {
                kill(world);
                let now = scene.producer.head().await.position;
                scene.after(now + 50).await;
                run(world);
            })
            .await;
        scene.heals(world).await;
    }
    scene.end().await;
}

pub(crate) async fn a_wiped_server_is_filled_again(world: &World) {
    let scene = Scene::new(world).await;
    scene
        .writing(async || {
            kill(world);
            fs::remove_dir_all(store(world)).unwrap();
            run(world);
        })
        .await;
    scene.heals(world).await;
    scene.end().await;
}

/// How to take the stopped server back to what its directory was at the position 50, now that it holds 100.
async fn rolled_back(world: &World, scene: &Scene) -> impl Fn() + use<> {
    write_many(&scene.producer, 50).await;
    stream_is_the_log(world, &scene.producer).await;
    kill(world);
    let (now, then) = (store(world), world.folder().join("then"));
    copy_folder(&now, &then);
    run(world);
    write_many(&scene.producer, 50).await;
    stream_is_the_log(world, &scene.producer).await;
    move || {
        fs::remove_dir_all(&now).unwrap();
        copy_folder(&then, &now);
    }
}

pub(crate) async fn a_server_rolled_back_is_filled_again(world: &World) {
    let scene = Scene::new(world).await;
    let roll_back = rolled_back(world, &scene).await;
    scene
        .writing(async || {
            kill(world);
            roll_back();
            run(world);
        })
        .await;
    scene.heals(world).await;
    scene.end().await;
}

pub(crate) async fn a_server_rolled_back_between_two_events_is_filled_again(world: &World) {
    let scene = Scene::new(world).await;
    let roll_back = rolled_back(world, &scene).await;
    kill(world);
    roll_back();
    run(world);
    // Connected again before anything was published, so that nothing failed that would make one look.
    eventually("the server is back", || async { messages(world).await }).await;
    hears_of_one_more(&scene).await;
    scene.heals(world).await;
    scene.end().await;
}

async fn hears_of_one_more(scene: &Scene) {
    scene.producer.write("item-1", "after").await;
    scene.following.reaches(&scene.producer).await;
}

pub(crate) async fn writes_go_on_while_the_server_is_away(world: &World) {
    let scene = Scene::new(world).await;
    write_many(&scene.producer, 20).await;
    kill(world);
    write_many(&scene.producer, 500).await;
    scene.following.reaches(&scene.producer).await;
    scene.following.had_one_effect_each(&scene.producer).await;
    run(world);
    scene.heals(world).await;
    scene.end().await;
}

pub(crate) async fn a_reader_started_without_the_server_hears_of_events_once_it_is_there(world: &World) {
    let producer = world.service("survey").await;
    kill(world);
    let service = world.service(READER).await;
    let source = Frozen::new(Arc::new(producer.log.clone()));
    let carrier = service.deps.carrier.clone();
    let following = Following::over(service, "survey", source.clone(), carrier, Arc::default());
    write_many(&producer, 5).await;
    following.reaches(&producer).await;
    run(world);
    hears_live(&following, &producer, &source).await;
    following.kill().await;
    producer.stop().await;
}
