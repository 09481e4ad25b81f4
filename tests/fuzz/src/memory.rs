//! What one run takes: bytes held at once and bytes ever asked for, counted by the allocator on the thread that runs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Held by one run at most, whatever its input: beyond, the process ends instead of the machine.
const END: isize = 4 << 30;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static TOTAL: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn taken(bytes: usize) -> bool {
    let (live, peak) = (LIVE.get().saturating_add_unsigned(bytes), PEAK.get());
    if live > END {
        return false;
    }
    LIVE.set(live);
    PEAK.set(peak.max(live));
    TOTAL.set(TOTAL.get().saturating_add(bytes));
    true
}

fn given(bytes: usize) {
    LIVE.set(LIVE.get().saturating_sub_unsigned(bytes));
}

#[expect(unsafe_code, reason = "an allocator is no other way to be had; it hands everything on to the system's")]
// SAFETY: every call goes to the system's allocator as it came, and what it answers is handed back.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if taken(layout.size()) { unsafe { System.alloc(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if taken(layout.size()) { unsafe { System.alloc_zeroed(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        given(layout.size());
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both stand for a moment while the bytes are moved.
        if !taken(size) {
            return std::ptr::null_mut();
        }
        given(layout.size());
        unsafe { System.realloc(at, layout, size) }
    }
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Most bytes held at once, beyond what was held before.
    pub peak: usize,
    /// Bytes ever asked for: a measure of work that no clock disturbs.
    pub total: usize,
}

/// Runs something on this thread and counts what it takes. What other threads take for it is not counted.
pub fn count(run: impl FnOnce()) -> Taken {
    // From nothing each time: what another thread gives back is counted here as held for good, and adds up over a million runs.
    LIVE.set(0);
    PEAK.set(0);
    TOTAL.set(0);
    run();
    Taken { peak: PEAK.get().unsigned_abs(), total: TOTAL.get() }
}
