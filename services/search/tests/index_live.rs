//! Readers and the writer: nobody waits, a snapshot stays what it is, and a batch is seen whole or not at all.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use search::domain::{Entry, FacetName, Index, Live, Processor, Query, Schema, Snapshot};

const FEES: [&str; 3] = ["low", "middle", "high"];

fn schema() -> Schema {
    Schema::new(vec![(FacetName::Fee, FEES.map(str::to_owned).to_vec())]).unwrap()
}

fn expert(n: u32, fee: usize) -> Entry {
    Entry { id: format!("{n:05}"), fee: Some(FEES[fee].to_owned()), ..Entry::default() }
}

fn index(size: u32) -> Index {
    let mut index = Index::new(schema());
    (0..size).for_each(|n| index.upsert(expert(n, 0)).unwrap());
    index
}

fn fees(snapshot: &Snapshot) -> [u32; 3] {
    let answer = snapshot.search(&Query::default(), None, 20).unwrap();
    assert_eq!(answer.facets.of(FacetName::Fee).iter().sum::<u32>(), answer.total);
    answer.facets.of(FacetName::Fee).try_into().unwrap()
}

/// One thread does all of it: if a reader kept the writer waiting, or the other way round, the test would not end.
#[test]
fn what_a_reader_holds_stays_as_it_is_and_what_is_shown_is_seen_by_the_next() {
    let mut index = index(3_000);
    let live = Live::new(index.snapshot());
    let mut held = vec![(live.read(), [3_000, 0, 0])];
    for n in 0..3_000 {
        index.upsert(expert(n, 1)).unwrap();
        if n % 3 == 0 {
            assert!(index.remove(&format!("{:05}", n / 2)));
        }
        if n % 500 == 499 {
            let before = live.read().search(&Query::default(), None, 0).unwrap();
            assert_eq!(before, held.last().unwrap().0.search(&Query::default(), None, 0).unwrap());
            live.show(index.snapshot());
            let shown = live.read();
            let counts = fees(&shown);
            assert_eq!(counts.iter().sum::<u32>() as usize, index.len());
            assert_ne!(counts, held.last().unwrap().1);
            held.push((shown, counts));
        }
    }
    for (snapshot, counts) in held {
        assert_eq!(fees(&snapshot), counts);
    }
}

#[test]
fn an_expert_shown_is_found_by_the_next_read_and_one_taken_out_is_not() {
    let mut index = index(600);
    let live = Live::new(index.snapshot());
    for n in 600..1_600 {
        index.upsert(expert(n, 2)).unwrap();
        live.show(index.snapshot());
        assert_eq!(fees(&live.read()), [600, 0, 1]);
        assert!(index.remove(&format!("{n:05}")));
        live.show(index.snapshot());
        assert_eq!(fees(&live.read()), [600, 0, 0]);
    }
}

/// Batches move everybody from one fee to the next; whoever sees a part of a batch sees two fees at once.
#[test]
fn readers_in_other_threads_see_whole_batches_and_the_last_one() {
    const SIZE: u32 = 2_000;
    let mut index = index(SIZE);
    let live = Live::new(index.snapshot());
    let done = AtomicBool::new(false);
    let read = |processor: Processor| {
        loop {
            let finished = done.load(Ordering::SeqCst);
            let snapshot = Snapshot::clone(&live.read()).on(processor);
            let counts = fees(&snapshot);
            let fee = counts.iter().position(|count| *count > 0).unwrap();
            assert_eq!(counts[fee], SIZE, "a batch seen in part: {counts:?}");
            if finished {
                return fee;
            }
        }
    };
    thread::scope(|scope| {
        let readers: Vec<_> = Processor::available().into_iter().map(|p| scope.spawn(move || read(p))).collect();
        for round in 1..=30 {
            (0..SIZE).for_each(|n| index.upsert(expert(n, round % 3)).unwrap());
            live.show(index.snapshot());
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), 0, "the last batch is seen once it was shown");
        }
    });
}
