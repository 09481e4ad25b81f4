//! The log served over gRPC.

use std::sync::Arc;

use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::{DropParkedRequest, GetHeadRequest, ListParkedRequest, ReadRequest, ReplayParkedRequest};
use kit_log::{Error, LogService, ReadFrom, Refusal, RemoteLog, Source};
use kit_serve::{Caller, Client, Lifecycle, Limits, Server, Trust, fault};
use tonic::Code;

use crate::mirror::{Following, READER};
use crate::world::{Service, World};

/// Serves these logs inside the process; calls come from a caller that may everything here.
async fn served(service: LogService) -> (Client, Lifecycle) {
    let lifecycle = Lifecycle::new();
    let (channel, incoming) = kit_serve::in_process();
    let server = Server::new(Limits::default(), Trust::Near).add_service(service.into_server());
    server.serve([incoming], &lifecycle).await.unwrap();
    (Client::new(channel, Some(&Caller::local())).unwrap(), lifecycle)
}

async fn with_some(world: &World) -> Service {
    let producer = world.service("survey").await;
    for number in 0..30 {
        producer.write(&format!("item-{}", number % 4), &number.to_string()).await;
    }
    producer
}

pub(crate) async fn a_remote_log_reads_as_the_log_itself(world: &World) {
    let producer = with_some(world).await;
    let (client, lifecycle) = served(LogService::default().log(producer.log.clone())).await;
    let remote = RemoteLog::new("survey", client);
    assert_eq!(remote.head().await.unwrap(), Source::head(&producer.log).await.unwrap());
    let epoch = producer.head().await.epoch;
    for from in [
        ReadFrom::default(),
        ReadFrom { after: 7, until: 20, page_size: 5, epoch, ..ReadFrom::default() },
        ReadFrom { compacted: true, page_size: 3, ..ReadFrom::default() },
        ReadFrom { after: 30, ..ReadFrom::default() },
    ] {
        assert_eq!(remote.read(from.clone()).await.unwrap(), producer.log.read(from).await.unwrap());
    }
    let other = remote.read(ReadFrom { epoch: "another".to_owned(), ..ReadFrom::default() }).await;
    assert!(matches!(other, Err(Error::EpochChanged(_))), "{other:?}");
    lifecycle.shutdown().await;
    let gone = remote.head().await;
    assert!(matches!(gone, Err(Error::Unavailable(_))), "{gone:?}");
    producer.stop().await;
}

pub(crate) async fn a_reader_follows_over_grpc(world: &World) {
    let producer = with_some(world).await;
    let (client, lifecycle) = served(LogService::default().log(producer.log.clone())).await;
    let service = world.service(READER).await;
    let (source, carrier) = (RemoteLog::new("survey", client), service.deps.carrier.clone());
    let following = Following::over(service, "survey", source, carrier, Arc::default());
    following.reaches(&producer).await;
    following.equals(&producer).await;
    producer.write("item-1", "newer").await;
    following.reaches(&producer).await;
    following.equals(&producer).await;
    producer.log.renew_epoch(&producer.deps.ids.fresh()).await.unwrap();
    producer.write("item-2", "newest").await;
    following.reaches(&producer).await;
    following.equals(&producer).await;
    following.kill().await;
    lifecycle.shutdown().await;
    producer.stop().await;
}

pub(crate) async fn bad_input_is_told_field_by_field(world: &World) {
    let producer = with_some(world).await;
    let (client, lifecycle) = served(LogService::default().log(producer.log.clone())).await;
    let mut log = EventLogClient::new(client);
    let bad = ReadRequest { service: "survey".into(), after: -1, until: -2, page_size: 1_001, ..Default::default() };
    let refused = log.read(bad).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let faults: Vec<_> = fault::faults_of(&refused).into_iter().map(|fault| (fault.field, fault.reason)).collect();
    let expected = ["after", "until", "page_size"].map(|field| (field.to_owned(), "OUT_OF_RANGE".to_owned()));
    assert_eq!(faults, expected);

    let unknown = log.get_head(GetHeadRequest { service: "matching".into() }).await.unwrap_err();
    assert_eq!((unknown.code(), fault::reason_of(&unknown).as_deref()), (Code::NotFound, Some("NO_SUCH_LOG")));
    let unknown = log.read(ReadRequest { service: "matching".into(), ..Default::default() }).await.unwrap_err();
    assert_eq!((unknown.code(), fault::reason_of(&unknown).as_deref()), (Code::NotFound, Some("NO_SUCH_LOG")));

    let other = ReadRequest { service: "survey".into(), epoch: "another".into(), ..Default::default() };
    let other = log.read(other).await.unwrap_err();
    let expected = (Code::FailedPrecondition, Some("EPOCH_CHANGED"));
    assert_eq!((other.code(), fault::reason_of(&other).as_deref()), expected);

    let nobody = ReplayParkedRequest { reader: "x".into(), producer: "survey".into(), aggregate: "rating/a".into() };
    let nobody = log.replay_parked(nobody).await.unwrap_err();
    assert_eq!((nobody.code(), fault::reason_of(&nobody).as_deref()), (Code::NotFound, Some("NO_SUCH_READER")));
    lifecycle.shutdown().await;
    producer.stop().await;
}

pub(crate) async fn an_operator_sees_replays_and_drops(world: &World) {
    let producer = world.service("survey").await;
    let following = Following::of(world, &producer).await;
    for id in ["a", "b"] {
        following.orders.refuse(id, Refusal::Fault("poison".to_owned()));
    }
    following.reaches(&producer).await;
    for id in ["a", "b", "a"] {
        producer.write(id, "value").await;
    }
    following.reaches(&producer).await;
    let service = LogService::default().reader(following.reader.clone()).follower(following.follower.clone());
    let (client, lifecycle) = served(service).await;
    let mut log = EventLogClient::new(client);

    for reader in ["", READER] {
        let parked = log.list_parked(ListParkedRequest { reader: reader.into() }).await.unwrap().into_inner().parked;
        let shown: Vec<_> = parked
            .iter()
            .map(|p| (p.event.as_ref().unwrap().position, p.aggregate.as_str(), p.error.as_str(), p.tries))
            .collect();
        let expected =
            [(1, "rating/a", "poison", 5), (2, "rating/b", "poison", 5), (3, "rating/a", "BEHIND_PARKED", 0)];
        assert_eq!(shown, expected);
        assert!(parked.iter().all(|p| p.reader == READER && p.event.as_ref().unwrap().service == "survey"));
    }
    let none = log.list_parked(ListParkedRequest { reader: "search".into() }).await.unwrap().into_inner().parked;
    assert!(none.is_empty());

    following.orders.accept("a");
    let of = |id: &str| (READER.to_owned(), "survey".to_owned(), format!("rating/{id}"));
    let (reader, producing, aggregate) = of("a");
    let replay = ReplayParkedRequest { reader, producer: producing, aggregate };
    let replayed = log.replay_parked(replay).await.unwrap().into_inner();
    assert_eq!((replayed.applied, replayed.parked), (2, 0));
    let (reader, producing, aggregate) = of("b");
    let replay = ReplayParkedRequest { reader, producer: producing, aggregate };
    let replayed = log.replay_parked(replay).await.unwrap().into_inner();
    assert_eq!((replayed.applied, replayed.parked), (0, 1), "still poison");
    let (reader, producing, aggregate) = of("b");
    let dropped = log.drop_parked(DropParkedRequest { reader, producer: producing, aggregate }).await.unwrap();
    assert_eq!(dropped.into_inner().dropped, 1);
    assert!(following.parked().await.is_empty());
    lifecycle.shutdown().await;
    following.kill().await;
    producer.stop().await;
}
