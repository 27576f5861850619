//! Calls of a library that may panic.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static ATTEMPTING: Cell<bool> = const { Cell::new(false) };
}

/// What `run` gives, or nothing where it panics, which is not shown: the caller has better words. Panics anywhere
/// else are shown as before.
pub(crate) fn attempt<T>(run: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !ATTEMPTING.get() {
                usual(panic);
            }
        }));
    });
    ATTEMPTING.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    ATTEMPTING.set(false);
    outcome.ok()
}
