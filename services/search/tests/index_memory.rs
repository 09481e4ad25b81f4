//! What the index says it takes is what is allocated.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unsafe_code, reason = "an allocator is counted by one that stands in its place")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use search::domain::{Entry, FacetName, Index, Schema};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread's memory counts: what runs the tests has a thread of its own, and allocates when it likes.
    static COUNTS: Cell<bool> = const { Cell::new(false) };
}

fn counted(layout: Layout) -> usize {
    if COUNTS.try_with(Cell::get).unwrap_or(false) { layout.size() } else { 0 }
}

// SAFETY: hands everything on to the system's allocator; sizes are those of the layouts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(counted(layout), Ordering::SeqCst);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(counted(layout), Ordering::SeqCst);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn the_bytes_said_to_be_taken_are_those_allocated() {
    COUNTS.set(true);
    let fees = ["low", "high"].map(str::to_owned);
    let schema = Schema::new(vec![(FacetName::Fee, fees.to_vec())]).unwrap();
    let mut index = Index::new(schema);
    let (empty, said_empty) = (HELD.load(Ordering::SeqCst), index.bytes());
    for round in 0..3 {
        for n in 0..40_000u32 {
            let id = if n % 3 == 0 { format!("text {n}") } else { uuid::Uuid::from_u128(n.into()).to_string() };
            if (n + round) % 5 == 0 {
                index.remove(&id);
            } else {
                index.upsert(Entry { id, fee: Some(fees[n as usize % 2].clone()), ..Entry::default() }).unwrap();
            }
        }
        let (held, said) = (HELD.load(Ordering::SeqCst) - empty, index.bytes() - said_empty);
        assert_eq!(held, said, "after round {round}");
        // A snapshot shares; what is written after it is copied, and given back with it.
        let snapshot = index.snapshot();
        assert!(HELD.load(Ordering::SeqCst) - empty - held < 1_000);
        assert!(index.remove("text 3") || round == 2);
        drop(snapshot);
    }
}
