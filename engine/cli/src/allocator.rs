//! The allocator of the program: large blocks ask for large pages, as those of HiGHS do.
//!
//! A model's arrays are written once, from end to end. Backed by small pages, the faults of that first touch cost
//! more than the writing. That is advice to the system: where it isn't taken, nothing else changes.

use std::alloc::{GlobalAlloc, Layout, System};

/// Bytes of a large page, from which blocks begin at one. Where pages are larger, nothing is gained.
const PAGE: usize = 1 << 21;

struct LargePages;

/// How a block is laid out in truth: a large one begins at a large page.
fn in_truth(layout: Layout) -> Layout {
    match layout.size() < PAGE {
        true => layout,
        false => layout.align_to(PAGE).unwrap_or(layout),
    }
}

// SAFETY: all blocks are the system's, who is told the same layout when they come and when they go; advice on pages
// changes nothing that is in them.
unsafe impl GlobalAlloc for LargePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the same contract; alignment alone is greater.
        let block = unsafe { System.alloc(in_truth(layout)) };
        if layout.size() >= PAGE && !block.is_null() {
            // SAFETY: these bytes are the block's own.
            unsafe {
                libc::madvise(block.cast(), layout.size() / PAGE * PAGE, libc::MADV_HUGEPAGE)
            };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as this layout was what the block came with.
        unsafe { System.dealloc(block, in_truth(layout)) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.size() < PAGE && size < PAGE {
            // SAFETY: the block came with this layout, and the caller keeps to the same contract.
            return unsafe { System.realloc(block, layout, size) };
        }
        // SAFETY: the caller warrants that the size fits the alignment.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both blocks are as long, and the old one is the caller's to give back.
            unsafe {
                std::ptr::copy_nonoverlapping(block, new, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        new
    }
}

#[global_allocator]
static ALLOCATOR: LargePages = LargePages;
