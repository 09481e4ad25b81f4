//! Reading a log in pages.

use std::collections::BTreeMap;

use contract::event::v1::ReadResponse;
use kit_log::{Error, Log, ReadFrom, Source as _};

use crate::positions::whole;
use crate::world::World;

async fn page(log: &Log, from: ReadFrom) -> ReadResponse {
    log.read(from).await.unwrap()
}

fn positions(page: &ReadResponse) -> Vec<i64> {
    page.events.iter().map(|event| event.position).collect()
}

pub(crate) async fn pages_give_the_log_as_it_is(world: &World) {
    let service = world.service("survey").await;
    let empty = page(&service.log, ReadFrom::default()).await;
    assert_eq!((empty.events.len(), empty.read_to, empty.until), (0, 0, 0));
    for number in 1..=25 {
        service.write(&format!("item-{}", number % 3), &number.to_string()).await;
    }
    let first = page(&service.log, ReadFrom { page_size: 10, ..ReadFrom::default() }).await;
    assert_eq!((positions(&first), first.read_to, first.until), ((1..=10).collect(), 10, 25));
    let third = page(&service.log, ReadFrom { after: 20, page_size: 10, ..ReadFrom::default() }).await;
    assert_eq!((positions(&third), third.read_to), ((21..=25).collect(), 25));
    let beyond = page(&service.log, ReadFrom { after: 25, page_size: 10, ..ReadFrom::default() }).await;
    assert_eq!((positions(&beyond), beyond.read_to), (vec![], 25));

    let event = &first.events[3];
    assert_eq!((event.producer.as_str(), &event.epoch, event.position), ("survey", &first.epoch, 4));
    assert_eq!((event.aggregate_type.as_str(), event.aggregate_id.as_str()), ("rating", "item-1"));
    assert_eq!((event.aggregate_version, event.schema_version), (2, 1));
    assert_eq!(event.r#type, "activelist.survey.v1.RatingChanged");
    assert_eq!((event.id.len(), event.actor.as_str()), (36, "test"));
    assert_eq!(event.time.unwrap().seconds, world.clock.now().parts().0);
    service.stop().await;
}

pub(crate) async fn a_reading_ends_where_its_first_page_pinned_it(world: &World) {
    let service = world.service("survey").await;
    for number in 1..=12 {
        service.write("item", &number.to_string()).await;
    }
    let mut from = ReadFrom { page_size: 5, ..ReadFrom::default() };
    let mut read = Vec::new();
    loop {
        let page = page(&service.log, from.clone()).await;
        assert_eq!(page.until, 12);
        read.extend(positions(&page));
        service.write("item", "meanwhile").await;
        if page.read_to >= page.until {
            break;
        }
        from = ReadFrom { after: page.read_to, until: page.until, ..from };
    }
    assert_eq!(read, (1..=12).collect::<Vec<_>>());
    service.stop().await;
}

pub(crate) async fn compacted_is_the_newest_of_each_as_of_the_pinned_head(world: &World) {
    let service = world.service("survey").await;
    for number in 0..60 {
        service.write(&format!("item-{}", number * 7 % 20), &number.to_string()).await;
    }
    let pinned = whole(&service.log).await;
    let newest: BTreeMap<&str, i64> = pinned.iter().map(|e| (e.aggregate_id.as_str(), e.position)).collect();
    let mut expected: Vec<i64> = newest.into_values().collect();
    expected.sort_unstable();

    let mut from = ReadFrom { compacted: true, page_size: 6, ..ReadFrom::default() };
    let mut read = Vec::new();
    loop {
        let page = page(&service.log, from.clone()).await;
        read.extend(positions(&page));
        // What is written now belongs to no page of this reading, and hides nothing of it.
        for number in 0..5 {
            service.write(&format!("item-{number}"), "meanwhile").await;
        }
        service.write("new", "meanwhile").await;
        if page.read_to >= page.until {
            break;
        }
        from = ReadFrom { after: page.read_to, until: page.until, ..from };
    }
    assert_eq!(read, expected);
    service.stop().await;
}

pub(crate) async fn pages_are_bounded_in_bytes(world: &World) {
    let service = world.service("survey").await;
    let large = "x".repeat(500 * 1024);
    for number in 0..9 {
        service.write(&format!("item-{number}"), &large).await;
    }
    for compacted in [false, true] {
        let mut from = ReadFrom { compacted, ..ReadFrom::default() };
        let mut sizes = Vec::new();
        loop {
            let page = page(&service.log, from.clone()).await;
            assert!(prost::Message::encoded_len(&page) < 3 << 20, "a page within a message's limit");
            sizes.push(page.events.len());
            if page.read_to >= page.until {
                break;
            }
            from = ReadFrom { after: page.read_to, until: page.until, ..from };
        }
        assert_eq!(sizes, [4, 4, 1]);
    }
    service.stop().await;
}

pub(crate) async fn another_epoch_is_refused(world: &World) {
    let service = world.service("survey").await;
    service.write("item", "1").await;
    let epoch = service.head().await.epoch;
    page(&service.log, ReadFrom { epoch: epoch.clone(), ..ReadFrom::default() }).await;
    let new = service.deps.ids.fresh();
    service.log.renew_epoch(&new).await.unwrap();
    let refused = service.log.read(ReadFrom { epoch, ..ReadFrom::default() }).await;
    assert!(matches!(&refused, Err(Error::EpochChanged(now)) if *now == new), "{refused:?}");
    let page = page(&service.log, ReadFrom { epoch: new.clone(), ..ReadFrom::default() }).await;
    assert_eq!((page.epoch, positions(&ReadResponse { events: page.events, ..Default::default() })), (new, vec![1]));
    assert_eq!(service.write("item", "2").await.token.position, 2);
    service.stop().await;
}
