//! A database that answers no more.

use std::time::Duration;

use kit_log::{Error, Log, Origin, args};

use crate::positions::whole;
use crate::proxy::{Proxy, Way};
use crate::world::{LONG, Service, World, count, eventually, write};

/// A row without an event, so that nothing but the commit's own mark can tell.
async fn silently(log: &Log, id: String) -> Result<(), Error> {
    let command = log.writer().run(Origin::default(), move |unit| {
        Box::pin(async move {
            unit.execute("INSERT INTO item (id, value) VALUES ($1, 'silent')", args![id]).await?;
            Ok::<(), Error>(())
        })
    });
    command.await.map(drop)
}

pub(crate) async fn a_lost_answer_to_commit_is_looked_up(world: &World) {
    let url = world.database("survey").await;
    let proxy = Proxy::to(&url).await;
    let service = Service::open("survey", proxy.url(&url), world.deps().await).await.unwrap();
    service.write("first", "written").await;
    let ways = [Way::CutBeforeCommit, Way::CutWithCommit, Way::CutAfterCommit];
    for round in 0..count(8, 100) {
        for way in ways {
            proxy.set(way);
            let id = format!("{way:?}-{round}");
            let done = if round % 2 == 0 {
                write(&service.log, &id, "x").await.map(drop)
            } else {
                silently(&service.log, id.clone()).await
            };
            assert!(proxy.is_open(), "a COMMIT was seen and cut");
            let there = service.items().await.iter().any(|(item, _)| *item == id);
            assert_eq!(done.is_ok(), there, "{id}: {done:?}");
            match way {
                Way::CutBeforeCommit => assert!(matches!(done, Err(Error::Unavailable(_))), "{done:?}"),
                Way::CutAfterCommit => assert!(done.is_ok(), "{done:?}"),
                _ => {}
            }
            // The writer goes on.
            service.write("next", &id).await;
        }
    }
    let positions: Vec<i64> = whole(&service.log).await.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=positions.len() as i64).collect::<Vec<_>>());
    service.stop().await;
}

pub(crate) async fn a_database_that_starts_later_is_waited_for(world: &World) {
    let url = world.database("survey").await;
    let proxy = Proxy::to(&url).await;
    proxy.set(Way::Closed);
    let opening = tokio::spawn(Service::open("survey", proxy.url(&url), world.deps().await));
    eventually("it has tried more than once", || async { (proxy.turned_away() > 1).then_some(()) }).await;
    proxy.set(Way::Open);
    let service = tokio::time::timeout(LONG, opening).await.unwrap().unwrap().unwrap();
    service.write("waited", "for").await;
    service.stop().await;

    // What does not pass by itself is told at once.
    let (user, rest) = url.rsplit_once('@').unwrap();
    let wrong = format!("{user}-not@{rest}");
    let refused = Service::open("survey", wrong, world.deps().await).await.err();
    assert!(refused.as_ref().is_some_and(|error| !error.is_outage()), "a wrong password: {refused:?}");
}

pub(crate) async fn a_database_away_is_told_and_comes_back(world: &World) {
    let url = world.database("survey").await;
    let proxy = Proxy::to(&url).await;
    let service = Service::open("survey", proxy.url(&url), world.deps().await).await.unwrap();
    service.write("before", "it").await;
    for _ in 0..2 {
        proxy.set(Way::Closed);
        let away = tokio::time::timeout(Duration::from_secs(20), write(&service.log, "away", "x")).await;
        let away = away.expect("an answer in bounded time");
        assert!(matches!(away, Err(Error::Unavailable(_))), "{away:?}");
        let told = tonic::Status::from(away.unwrap_err());
        assert_eq!(told.code(), tonic::Code::Unavailable);
        assert!(kit_serve::fault::retry_after(&told).is_some(), "it says when to try again");
        let reading = service.log.stored_head().await;
        assert!(matches!(reading, Err(Error::Unavailable(_))), "{reading:?}");
        proxy.set(Way::Open);
        eventually("it writes again", || async { write(&service.log, "after", "it").await.ok() }).await;
    }
    let items: Vec<_> = service.items().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(items, ["after", "before"]);
    tokio::time::timeout(LONG, service.stop()).await.unwrap();
    let late = Service::open("survey", proxy.url(&url).replace("survey", "nowhere"), world.deps().await).await;
    assert!(late.is_err(), "a database that is not there");
}

pub(crate) async fn a_database_that_vanished_is_told_and_found_again(world: &World) {
    let url = world.database("survey").await;
    let proxy = Proxy::to(&url).await;
    let service = Service::open("survey", proxy.url(&url), world.deps().await).await.unwrap();
    service.write("before", "it").await;
    // Many connections, of which some are in use and some are on their way back to the pool.
    let reading = |log: Log| async move {
        loop {
            if let Err(error) = log.stored_head().await {
                return error;
            }
        }
    };
    let readers: Vec<_> = (0..8).map(|_| tokio::spawn(reading(service.log.clone()))).collect();
    service.write("meanwhile", "it").await;
    proxy.set(Way::Swallowed);
    let vanished =
        tokio::time::timeout(LONG, write(&service.log, "vanished", "x")).await.expect("an answer in bounded time");
    assert!(matches!(vanished, Err(Error::Unavailable(_))), "{vanished:?}");
    for reader in readers {
        let read = tokio::time::timeout(LONG, reader).await.expect("an answer in bounded time").unwrap();
        assert!(matches!(read, Error::Unavailable(_)), "{read:?}");
    }
    // The way is there again, and the connections of before stay dead.
    proxy.set(Way::Open);
    eventually("it writes again", || async { write(&service.log, "after", "it").await.ok() }).await;
    let reads = (0..16).map(|_| service.log.stored_head());
    for read in futures::future::join_all(reads).await {
        read.expect("every place in the pool is good again");
    }
    let items: Vec<_> = service.items().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(items, ["after", "before", "meanwhile"]);
    tokio::time::timeout(LONG, service.stop()).await.unwrap();
}
