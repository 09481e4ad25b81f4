//! Positions, versions, and what becomes of a command in its group.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures::future::join_all;
use kit_log::{Error, Log, NewEvent, Origin, ReadFrom, Request, Source as _, args};
use tokio::sync::{Notify, oneshot};

use crate::world::{Chance, Service, World, put, rating, write, write_as};

const WRITERS: usize = 16;
const ITEMS: usize = 40;

/// Everything in the log.
pub(crate) async fn whole(log: &Log) -> Vec<contract::event::v1::Event> {
    let mut events = Vec::new();
    let mut from = ReadFrom::default();
    loop {
        let page = log.read(from.clone()).await.unwrap();
        events.extend(page.events);
        if page.read_to >= page.until {
            return events;
        }
        from = ReadFrom { after: page.read_to, until: page.until, ..from };
    }
}

/// A row and two events, of which one command in ten leaves nothing. Some hold on between the two: all others wait then, in
/// this process and in every other.
async fn transaction(log: &Log, number: usize) -> Result<(), Error> {
    let mut chance = Chance::new(campaign::seed() + number as u64);
    let holds = if chance.percent(10) { chance.below(200) } else { 0 };
    let command = log.writer().run(Origin::default(), move |unit| {
        Box::pin(async move {
            let item = format!("item-{}", number % ITEMS);
            put(unit, &item, &number.to_string()).await?;
            for _ in 0..holds {
                tokio::task::yield_now().await;
            }
            unit.execute("INSERT INTO effect (position, times) VALUES ($1, 1)", args![number as i64]).await?;
            unit.emit(rating(&item, &number.to_string()));
            if number.is_multiple_of(10) { Err(Error::RequestReused) } else { Ok(()) }
        })
    });
    command.await.map(drop)
}

/// Pages along the log until it is stopped, and to the end then; what becomes visible always follows what was. Answers where it
/// came to, and in how many pages.
async fn paging(log: Log, mut stopped: oneshot::Receiver<()>) -> (i64, usize) {
    let (mut after, mut pages) = (0, 0);
    loop {
        let last = !matches!(stopped.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        let page = log.read(ReadFrom { after, page_size: 100, ..ReadFrom::default() }).await.unwrap();
        for event in &page.events {
            assert_eq!(event.position, after + 1, "what comes next");
            after = event.position;
        }
        pages += 1;
        if last && page.events.is_empty() {
            return (after, pages);
        }
        tokio::task::yield_now().await;
    }
}

/// Runs transactions with all writers, over these logs in turn, beside a reader of each that pages along, and checks what they
/// left. `run` names it in a campaign.
pub(crate) async fn many_write(logs: &[Log], run: &str) {
    let transactions = campaign::number("TRANSACTIONS", 2_000, 50_000);
    let before = whole(&logs[0]).await.len();
    let readers = logs.iter().map(|log| {
        let (stop, stopped) = oneshot::channel::<()>();
        (stop, tokio::spawn(paging(log.clone(), stopped)))
    });
    let readers: Vec<_> = readers.collect();
    let writers = (0..WRITERS).map(|writer| {
        let logs = logs.to_vec();
        tokio::spawn(async move {
            for number in (writer..transactions).step_by(WRITERS) {
                let done = transaction(&logs[number % logs.len()], number).await;
                assert_eq!(done.is_err(), number.is_multiple_of(10), "{number}: {done:?}");
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }

    let kept = transactions - transactions.div_ceil(10);
    for (stop, reader) in readers {
        stop.send(()).unwrap();
        let (read, pages) = reader.await.unwrap();
        assert!(read == (before + 2 * kept) as i64 && pages > 1, "{read} events in {pages} pages");
    }
    let events = whole(&logs[0]).await;
    let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
    let seen: HashSet<i64> = positions.iter().copied().collect();
    let missed = (1..=(before + 2 * kept) as i64).filter(|position| !seen.contains(position)).count();
    let disorder = positions.windows(2).filter(|two| two[0] >= two[1]).count();
    for (what, asked, reached) in
        [("transactions", transactions, transactions), ("missed", 0, missed), ("out of order", 0, disorder)]
    {
        campaign::figure(3, run, what, &asked.to_string(), &reached.to_string());
    }
    assert_eq!(positions, (1..=(before + 2 * kept) as i64).collect::<Vec<_>>(), "missed or out of order");
    let mut versions: HashMap<_, i64> = HashMap::new();
    for event in &events {
        let version = versions.entry((&event.aggregate_type, &event.aggregate_id)).or_default();
        *version += 1;
        assert_eq!(event.aggregate_version, *version, "{} {}", event.position, event.aggregate_id);
    }
    let mut session = logs[0].read_session().await.unwrap();
    let sql = "SELECT count(*) FROM effect";
    assert_eq!(session.count(sql, &[]).await.unwrap(), kept as i64, "rows of failed commands");
    let sql = "SELECT position FROM effect WHERE position / 10 * 10 = position LIMIT 1";
    assert!(session.rows(sql, &[]).await.unwrap().is_empty(), "a row of a failed command");
}

pub(crate) async fn positions_are_gap_free(world: &World) {
    let service = world.service("survey").await;
    many_write(std::slice::from_ref(&service.log), world.name()).await;
    service.stop().await;
}

/// Holds the writer within a command until it is let go, so that what comes meanwhile is one group.
pub(crate) async fn hold(log: &Log) -> (Arc<Notify>, tokio::task::JoinHandle<()>) {
    let (entered, running) = oneshot::channel();
    let go = Arc::new(Notify::new());
    let (log, gate) = (log.clone(), go.clone());
    let held = tokio::spawn(async move {
        let command = log.writer().run(Origin::default(), move |_| {
            Box::pin(async move {
                entered.send(()).unwrap();
                gate.notified().await;
                Ok::<(), Error>(())
            })
        });
        command.await.unwrap();
    });
    running.await.unwrap();
    (go, held)
}

pub(crate) async fn a_failed_command_leaves_nothing_and_its_group_stays(world: &World) {
    let service = world.service("survey").await;
    let (go, held) = hold(&service.log).await;
    let log = &service.log;
    let fails = log.writer().run(Origin::default(), |unit| {
        Box::pin(async move {
            put(unit, "wrong", "rows").await?;
            Err::<(), _>(Error::RequestReused)
        })
    });
    // Fails in the database itself, which on PostgreSQL spoils the transaction up to the savepoint.
    let offends = log.writer().run(Origin::default(), |unit| {
        Box::pin(async move {
            put(unit, "wrong", "twice").await?;
            unit.execute("INSERT INTO item (id, value) VALUES ($1, $2)", args!["wrong", "again"]).await?;
            Ok::<(), Error>(())
        })
    });
    let first = write(log, "right", "first");
    let last = write(log, "right", "last");
    let all = async { tokio::join!(first, fails, offends, last) };
    let (all, ()) = tokio::join!(all, async {
        tokio::task::yield_now().await;
        go.notify_one();
    });
    held.await.unwrap();
    assert_eq!(all.0.unwrap().token.position, 1);
    assert!(matches!(all.1, Err(Error::RequestReused)), "{:?}", all.1);
    assert!(matches!(all.2, Err(Error::Internal(_))), "{:?}", all.2);
    assert_eq!(all.3.unwrap().token.position, 2);
    assert_eq!(service.items().await, [("right".to_owned(), "last".to_owned())]);
    let events: Vec<_> = whole(log).await.iter().map(|e| (e.position, e.aggregate_version)).collect();
    assert_eq!(events, [(1, 1), (2, 2)]);

    // Alone in its group it leaves nothing either, and the log goes on.
    let alone = log.writer().run(Origin::default(), |unit| {
        Box::pin(async move {
            put(unit, "wrong", "alone").await?;
            Err::<(), _>(Error::RequestReused)
        })
    });
    alone.await.unwrap_err();
    assert_eq!(service.write("right", "still").await.token.position, 3);
    assert_eq!(service.items().await, [("right".to_owned(), "still".to_owned())]);
    service.stop().await;
}

pub(crate) async fn a_statement_that_fails_fails_its_command(world: &World) {
    let service = world.service("survey").await;
    let (go, held) = hold(&service.log).await;
    let log = &service.log;
    let careless = || {
        log.writer().run(Origin::default(), |unit| {
            Box::pin(async move {
                put(unit, "careless", "of errors").await?;
                let _ = unit.execute("INSERT INTO item (id, value) VALUES ($1, $2)", args!["careless", "twice"]).await;
                Ok::<(), Error>(())
            })
        })
    };
    let (first, last) = (write(log, "right", "first"), write(log, "right", "last"));
    let all = async { tokio::join!(first, careless(), last) };
    let (all, ()) = tokio::join!(all, async {
        tokio::task::yield_now().await;
        go.notify_one();
    });
    held.await.unwrap();
    all.0.unwrap();
    assert!(matches!(all.1, Err(Error::Internal(_))), "{:?}", all.1);
    all.2.unwrap();
    let alone = careless().await;
    assert!(matches!(alone, Err(Error::Internal(_))), "{alone:?}");
    assert_eq!(service.items().await, [("right".to_owned(), "last".to_owned())]);
    service.stop().await;
}

pub(crate) async fn an_abandoned_command_is_whole_or_never_was(world: &World) {
    let service = world.service("survey").await;
    // Before it runs: never.
    let (go, held) = hold(&service.log).await;
    {
        let mut gone = std::pin::pin!(write(&service.log, "gone", "never"));
        assert!(futures::poll!(&mut gone).is_pending(), "queued");
    }
    go.notify_one();
    held.await.unwrap();
    service.write("after", "it").await;
    assert_eq!(service.items().await, [("after".to_owned(), "it".to_owned())]);

    // While it runs, or anywhere: the row and the event, or neither.
    for number in 0..100 {
        let id = format!("left-{number:03}");
        let mut gone = Box::pin(write(&service.log, &id, "whole"));
        for _ in 0..number % 10 {
            let _ = futures::poll!(&mut gone);
            tokio::task::yield_now().await;
        }
        drop(gone);
    }
    service.write("end", "of it").await;
    let rows: Vec<String> = service.items().await.into_iter().map(|(id, _)| id).collect();
    let mut told: Vec<String> = whole(&service.log).await.into_iter().map(|e| e.aggregate_id).collect();
    told.sort();
    assert_eq!(rows, told);
    service.stop().await;
}

pub(crate) async fn a_spoilt_request_id_costs_nobody_else(world: &World) {
    let service = world.service("survey").await;
    let (go, held) = hold(&service.log).await;
    let with = |id: String| Origin {
        actor: "NUL\0".to_owned(),
        causation: id.clone(),
        request: Some(Request { id, fingerprint: [1; 32] }),
        ..Origin::default()
    };
    let (log, long) = (&service.log, "x".repeat(100_000));
    let nul = write_as(log, with("a\0b".to_owned()), "nul", "kept");
    let huge = write_as(log, with(long.clone()), "huge", "kept");
    let usual = write(log, "usual", "kept");
    let all = async { tokio::join!(nul, huge, usual) };
    let (all, ()) = tokio::join!(all, async {
        tokio::task::yield_now().await;
        go.notify_one();
    });
    held.await.unwrap();
    all.2.expect("a command that did nothing wrong");
    assert!(!all.0.unwrap().repeated && !all.1.unwrap().repeated);
    assert!(write_as(log, with("a\0b".to_owned()), "nul", "twice").await.unwrap().repeated);
    assert!(write_as(log, with(long), "huge", "twice").await.unwrap().repeated);
    service.stop().await;
}

pub(crate) async fn an_event_too_large_to_travel_fails_its_command(world: &World) {
    let service = world.service("survey").await;
    let huge = write(&service.log, "huge", &"x".repeat(700 * 1024)).await;
    assert!(matches!(huge, Err(Error::Internal(_))), "{huge:?}");
    assert_eq!(service.write("large", &"x".repeat(600 * 1024)).await.token.position, 1);
    assert_eq!(service.items().await.len(), 1);
    service.stop().await;
}

pub(crate) async fn what_was_accepted_is_committed_before_the_end(world: &World) {
    let service: Service = world.service("survey").await;
    let (go, held) = hold(&service.log).await;
    let log = service.log.clone();
    let accepted: Vec<_> = (0..50)
        .map(|number| {
            let log = log.clone();
            let event: NewEvent = rating("item", &number.to_string());
            let mut command = Box::pin(async move {
                let run = log.writer().run(Origin::default(), move |unit| {
                    Box::pin(async move {
                        unit.emit(event);
                        Ok::<(), Error>(())
                    })
                });
                run.await
            });
            assert!(futures::FutureExt::now_or_never(&mut command).is_none(), "queued");
            command
        })
        .collect();
    let (answers, ()) = tokio::join!(join_all(accepted), async {
        go.notify_one();
        held.await.unwrap();
        service.stop().await;
    });
    let positions: Vec<i64> = answers.into_iter().map(|answer| answer.unwrap().token.position).collect();
    assert_eq!(positions, (1..=50).collect::<Vec<_>>());
    let after = write(&log, "too", "late").await;
    assert!(matches!(after, Err(Error::Stopped)), "{after:?}");
}
