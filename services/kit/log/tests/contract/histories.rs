//! A reader that lived through a history, and one built from the compacted log, are equal.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use contract::event::v1::{ParkedEvent, Token};
use kit_log::{Cursor, Error, Failed, Follower, Interest, Origin, Reader, Received, Refusal, Result, aggregate};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::carriers::Disturbing;
use crate::world::{Chance, Service, World, eventually, put};

/// A reader whose effects are in memory, as those of an index.
pub(crate) struct Memory {
    name: &'static str,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    cursor: Option<Cursor>,
    /// Version and body of each aggregate.
    newest: BTreeMap<String, (i64, Vec<u8>)>,
    consumed: Vec<Token>,
}

/// A follower that feeds it.
pub(crate) struct Fed {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Fed {
    pub(crate) async fn rest(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

impl Memory {
    pub(crate) fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self { name, kept: Mutex::default() })
    }

    pub(crate) async fn follow(self: &Arc<Self>, producer: &Service) -> Fed {
        self.follow_over(producer, None)
    }

    fn follow_over(self: &Arc<Self>, producer: &Service, seed: Option<u64>) -> Fed {
        let carrier = producer.deps.carrier.clone();
        let carrier = match seed {
            Some(seed) => Arc::new(Disturbing { carrier, seed, brought: Arc::default() }),
            None => carrier,
        };
        let (log, keys) = (Arc::new(producer.log.clone()), producer.deps.keys.clone());
        let follower = Follower::new(self.clone(), producer.log.service(), log, carrier, keys);
        let stop = CancellationToken::new();
        Fed { task: tokio::spawn(follower.run(stop.clone())), stop }
    }

    async fn reaches(&self, producer: &Service) {
        let head = producer.head().await;
        eventually("an index at the head", || async {
            (self.kept.lock().unwrap().cursor.as_ref() == Some(&head)).then_some(())
        })
        .await;
    }

    pub(crate) fn consumed(&self) -> Vec<Token> {
        self.kept.lock().unwrap().consumed.clone()
    }

    fn newest(&self) -> BTreeMap<String, (i64, Vec<u8>)> {
        self.kept.lock().unwrap().newest.clone()
    }
}

#[async_trait]
impl Reader for Memory {
    fn name(&self) -> &str {
        self.name
    }

    fn interest(&self, _: &str) -> Interest {
        Interest::Apply { schema: 1 }
    }

    async fn cursor(&self, _: &str) -> Result<Option<Cursor>> {
        Ok(self.kept.lock().unwrap().cursor.clone())
    }

    async fn apply(&self, _: &str, events: &[Received], to: &Cursor) -> Result<(), Failed> {
        let mut kept = self.kept.lock().unwrap();
        for Received { event, .. } in events {
            let body = (event.aggregate_version, event.clear.to_vec());
            kept.newest.insert(aggregate(event), body);
        }
        kept.cursor = Some(to.clone());
        Ok(())
    }

    async fn begin_anew(&self, _: &str) -> Result<()> {
        *self.kept.lock().unwrap() = Kept::default();
        Ok(())
    }

    async fn park(&self, parked: ParkedEvent, _: &Cursor) -> Result<()> {
        panic!("nothing is refused here: {parked:?}");
    }

    async fn parked(&self) -> Result<Vec<ParkedEvent>> {
        Ok(vec![])
    }

    async fn settle(&self, _: &ParkedEvent, _: Option<&Received>) -> Result<(), Refusal> {
        Ok(())
    }

    async fn caught_up(&self, _: &str, _: &Cursor, consumed: &[Token]) {
        self.kept.lock().unwrap().consumed = consumed.to_vec();
    }
}

/// A few commands of one to three events, some of which fail.
async fn live(producer: &Service, seed: u64, chance: &mut Chance) {
    for number in 0..5 + chance.below(20) {
        let writes: Vec<_> = (0..1 + chance.below(3))
            // Some items of this history, some of all histories.
            .map(|_| {
                if chance.percent(70) { format!("{seed}-{}", chance.below(5)) } else { format!("{}", chance.below(9)) }
            })
            .collect();
        let fails = chance.percent(15);
        let command = producer.log.writer().run(Origin::default(), move |unit| {
            Box::pin(async move {
                for item in writes {
                    put(unit, &item, &format!("{seed}-{number}")).await?;
                }
                if fails { Err(Error::RequestReused) } else { Ok(()) }
            })
        });
        assert_eq!(command.await.is_err(), fails);
    }
}

pub(crate) async fn rebuilt_equals_lived(world: &World) {
    let producer = world.service("survey").await;
    let lived = Memory::new("search");
    let mut feeding = lived.follow(&producer).await;
    let histories = campaign::number("HISTORIES", 100, 1_000);
    for seed in (0..histories as u64).map(|number| campaign::seed() + number) {
        let mut chance = Chance::new(seed);
        match chance.below(10) {
            0 => {
                feeding.rest().await;
                feeding = lived.follow_over(&producer, Some(seed));
            }
            1 => {
                let (old, during) = (feeding, live(&producer, seed, &mut chance));
                tokio::join!(old.rest(), during);
                feeding = lived.follow(&producer).await;
            }
            2 => producer.log.renew_epoch(&producer.deps.ids.fresh()).await.unwrap(),
            _ => {}
        }
        live(&producer, seed, &mut chance).await;
        lived.reaches(&producer).await;

        let rebuilt = Memory::new("search");
        let building = rebuilt.follow(&producer).await;
        rebuilt.reaches(&producer).await;
        building.rest().await;
        assert_eq!(rebuilt.newest(), lived.newest(), "history {seed}");
        assert!(!rebuilt.newest().is_empty());
    }
    let run = format!("kit-log: {}", world.name());
    campaign::figure(5, &run, "histories", &histories.to_string(), &histories.to_string());
    campaign::figure(5, &run, "unlike", "0", "0");
    feeding.rest().await;
    producer.stop().await;
}
