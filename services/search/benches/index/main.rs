//! What the index alone takes: searches, changes, memory, and a file of it, on made-up experts and queries.
//!
//! `cargo bench -p search --bench index [experts …]`; without numbers 203 (listed in 2024), 24,000 (about all specialists
//! in the country) and 1,000,000.
//!
//! The instructions of each kind of processor answer all queries, then the next one's, several times over; a query's time
//! is the median of its turns, so that what else the machine did does not decide. All answers are held against each other.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "durations are what is measured, and shown")]

mod people;
mod queries;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use people::{Chance, expert, schema};
use search::domain::{Answer, Index, Live, Processor, Query, Restore, Snapshot, SortKey, Within};

const QUERIES: usize = 1_000;
const PAGE: usize = 20;
/// Updates a second while searches go on.
const UPDATES: u64 = 1_000;

fn main() {
    let asked: Vec<u64> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![203, 24_000, 1_000_000] } else { asked };
    for size in sizes {
        let mut index = build(size);
        changes(&mut index, size);
        change_over(&mut index, size);
        stored(&index);
        searches(&index.snapshot(), if size > 100_000 { 5 } else { 15 });
        with_updates(index, size);
        println!();
    }
}

fn build(size: u64) -> Index {
    let mut chance = Chance(1);
    let people: Vec<_> = (0..size).map(|n| expert(&mut chance, n)).collect();
    let mut index = Index::new(schema());
    let begun = Instant::now();
    for entry in people {
        index.upsert(entry).expect("the codes are the schema's");
    }
    let (taken, each) = (begun.elapsed(), size.max(1) as usize);
    println!(
        "{size} experts: built in {taken:.1?}, {:.2?} each; {} bytes each",
        taken / each as u32,
        index.bytes() / each
    );
    index
}

/// One change a batch, shown at once, while a reader holds what was shown before: the dearest way.
fn changes(index: &mut Index, size: u64) {
    let live = Live::new(index.snapshot());
    let mut chance = Chance(3);
    let times = (0..2_000).map(|_| {
        let n = chance.next() % size;
        let entry = expert(&mut chance, n);
        let held = live.read();
        let begun = Instant::now();
        index.upsert(entry).expect("the codes are the schema's");
        live.show(index.snapshot());
        let taken = begun.elapsed();
        drop(held);
        taken
    });
    let [p50, p99] = percentiles(times.collect());
    println!("one change, shown: p50 {p50:.1?}, p99 {p99:.1?}");
}

/// Everybody's marks and points change at once, as when another policy comes into force, while a reader holds what was
/// shown before: it costs a copy of all blocks, given back when the reader lets go.
fn change_over(index: &mut Index, size: u64) {
    let mut chance = Chance(4);
    let ratings: Vec<_> = (0..size).map(|n| expert(&mut chance, n).rating).collect();
    let live = Live::new(index.snapshot());
    let held = live.read();
    let begun = Instant::now();
    for (slot, rating) in ratings.iter().enumerate() {
        index.put_rating(slot as u32, rating);
    }
    live.show(index.snapshot());
    let taken = begun.elapsed();
    println!("everybody changes over: {taken:.1?}, {} MB beside what is shown", held.bytes() >> 20);
}

fn stored(index: &Index) {
    let snapshot = index.snapshot();
    let begun = Instant::now();
    let pieces: Vec<_> = snapshot.pieces().collect();
    let written = begun.elapsed();
    let begun = Instant::now();
    let mut restore = Restore::begin(schema(), &pieces[0]).expect("it was just written");
    pieces[1..].iter().for_each(|piece| restore.block(piece).expect("it was just written"));
    assert_eq!(restore.finish().expect("it was just written").len(), index.len());
    let bytes: usize = pieces.iter().map(Vec::len).sum();
    println!("in pieces: {bytes} bytes, made in {written:.1?}, restored in {:.1?}", begun.elapsed());
}

/// What is asked in one line of the table.
struct Case {
    name: &'static str,
    queries: Vec<(Query, Option<SortKey>)>,
    limit: usize,
    within: Option<Vec<u32>>,
}

fn cases(snapshot: &Snapshot) -> Vec<Case> {
    let mut chance = Chance(2);
    let all: Vec<Query> = (0..QUERIES).map(|_| queries::query(&mut chance)).collect();
    let compared =
        |query: &Query| Query { facets: queries::COMPARED.into_iter().collect(), marks: false, ..query.clone() };
    let second = |query: &Query| {
        let first = snapshot.search(query, None, PAGE).expect("the codes are the schema's");
        (query.clone(), first.hits.last().map(|hit| hit.key.clone()))
    };
    let first = |query: Query| (query, None);
    let everybody = (0..100).map(|seed| first(Query { seed, ..Query::default() })).collect();
    let few = (0..snapshot.len() as u32).filter(|_| chance.below(500) == 0).collect();
    let case = |name, queries, limit| Case { name, queries, limit, within: None };
    vec![
        case("as compared: counts of 4 facets", all.iter().map(|query| first(compared(query))).collect(), PAGE),
        case("the same without a page", all.iter().map(|query| first(compared(query))).collect(), 0),
        case("all counts", all.iter().cloned().map(first).collect(), PAGE),
        case("all counts, second page", all.iter().map(second).collect(), PAGE),
        case("all counts, everybody", everybody, PAGE),
        Case { within: Some(few), ..case("all counts, within one in 500", all.into_iter().map(first).collect(), PAGE) },
    ]
}

fn searches(snapshot: &Snapshot, turns: usize) {
    let engines: Vec<Snapshot> = Processor::available().into_iter().map(|p| snapshot.clone().on(p)).collect();
    println!("{:32} {:>9} {:>10} {:>10} {:>10}", "", "", "p50 µs", "p99 µs", "searches/s");
    for case in cases(snapshot) {
        let mut times = vec![vec![Vec::with_capacity(turns); case.queries.len()]; engines.len()];
        let mut expected: Vec<Answer> = Vec::new();
        for _ in 0..turns {
            for (engine, times) in engines.iter().zip(&mut times) {
                for (n, query) in case.queries.iter().enumerate() {
                    let begun = Instant::now();
                    let answer = ask(engine, &case, query);
                    times[n].push(begun.elapsed());
                    match expected.get(n) {
                        Some(expected) => assert_eq!(*expected, answer, "answers differ"),
                        None => expected.push(answer),
                    }
                }
            }
        }
        for (processor, times) in Processor::available().into_iter().zip(times) {
            let medians: Vec<Duration> = times.into_iter().map(|turns| percentiles(turns)[0]).collect();
            let each = medians.iter().sum::<Duration>().as_secs_f64() / medians.len() as f64;
            let [p50, p99] = percentiles(medians).map(|time| time.as_secs_f64() * 1e6);
            println!("{:32} {:>9} {p50:>10.2} {p99:>10.2} {:>10.0}", case.name, processor.name(), each.recip());
        }
    }
}

fn ask(engine: &Snapshot, case: &Case, (query, after): &(Query, Option<SortKey>)) -> Answer {
    let within = case.within.as_ref().map_or(Within::Everybody, |list| Within::List(list));
    engine.search_within(query, within, after.as_ref(), case.limit).expect("the codes are the schema's")
}

/// How many of its searches a reader keeps while another thread changes experts and shows each change.
fn with_updates(index: Index, size: u64) {
    let live = Live::new(index.snapshot());
    let mut chance = Chance(2);
    let queries: Vec<Query> = (0..QUERIES).map(|_| queries::query(&mut chance)).collect();
    let window = || {
        let (begun, mut done) = (Instant::now(), 0u64);
        while begun.elapsed() < Duration::from_millis(400) {
            let query = &queries[done as usize % queries.len()];
            live.read().search(query, None, PAGE).expect("the codes are the schema's");
            done += 1;
        }
        done as f64 / begun.elapsed().as_secs_f64()
    };
    let (mut alone, mut beside, mut updates, mut index) = (Vec::new(), Vec::new(), Vec::new(), index);
    for _ in 0..7 {
        alone.push(window());
        let (stop, stopped) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let (index, live) = (&mut index, &live);
            let writer = scope.spawn(move || update(index, live, size, &stopped));
            beside.push(window());
            drop(stop);
            updates.push(writer.join().expect("updates go well"));
        });
    }
    let middle = |mut rates: Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let (alone, beside, updates) = (middle(alone), middle(beside), middle(updates));
    println!(
        "{alone:.0} searches/s alone, {beside:.0} beside {updates:.0} updates/s: {:.1} % kept",
        100.0 * beside / alone
    );
}

/// Changes experts at the rate until told to stop; returns the rate reached.
fn update(index: &mut Index, live: &Live<Snapshot>, size: u64, stopped: &mpsc::Receiver<()>) -> f64 {
    let mut chance = Chance(4);
    let (begun, mut done) = (Instant::now(), 0);
    loop {
        let due = Duration::from_micros(done * 1_000_000 / UPDATES);
        if stopped.recv_timeout(due.saturating_sub(begun.elapsed())) != Err(RecvTimeoutError::Timeout) {
            return done as f64 / begun.elapsed().as_secs_f64();
        }
        let n = chance.next() % size;
        index.upsert(expert(&mut chance, n)).expect("the codes are the schema's");
        live.show(index.snapshot());
        done += 1;
    }
}

/// Median and 99th percentile.
fn percentiles(mut times: Vec<Duration>) -> [Duration; 2] {
    times.sort_unstable();
    [50, 99].map(|percent| times[(times.len() * percent / 100).min(times.len() - 1)])
}
