//! An allocator that counts what is alive. A piece counts as the chunk that glibc makes of it: 8 bytes for its header,
//! then rounded up to 16, at least 32. So the figures are what the process pays, without pages that the system keeps.

#![allow(unsafe_code, reason = "only the global allocator sees what is allocated; it passes everything on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};

struct Counting;

static ALIVE: AtomicI64 = AtomicI64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes alive now.
pub(crate) fn alive() -> i64 {
    ALIVE.load(Ordering::Relaxed)
}

/// Not an atomic addition: there is one thread, and what is timed should not pay for the counting.
fn count(bytes: i64) {
    ALIVE.store(ALIVE.load(Ordering::Relaxed) + bytes, Ordering::Relaxed);
}

fn chunk(size: usize) -> i64 {
    ((size + 8).next_multiple_of(16)).max(32) as i64
}

// SAFETY: every call goes to the system's allocator with the arguments as they came; the counters change nothing of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(chunk(layout.size()));
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-chunk(layout.size()));
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(chunk(size) - chunk(layout.size()));
        // SAFETY: the caller keeps the promises of `realloc`.
        unsafe { System.realloc(at, layout, size) }
    }
}
