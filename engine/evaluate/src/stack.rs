//! Recursion over expressions, which may nest deeper than a small thread's stack allows.

/// Bytes that one level of any recursion here may take.
const LEVEL: usize = 64 * 1024;
/// Bytes of each further stretch of stack.
const STRETCH: usize = 1024 * 1024;

/// Runs `then` on a stack that has room for one more level.
pub(crate) fn on_enough_stack<T>(then: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LEVEL, STRETCH, then)
}
