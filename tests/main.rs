//! The tests of the whole project: cases, documents, examples, layers and bounded fuzzing.
//!
//! One binary with one list of tests; `cargo test -p apportion-tests WORDS` runs those whose names
//! hold the words. A case is a section of a Markdown file: prose says why, fenced blocks say what.
//! `UPDATE_EXPECT=1` rewrites the expected blocks instead of comparing them.
//!
//! The binary `apportion` is judged from outside, as its users meet it; this package links no solver.
//!
//! Start reading at [`harness::markdown`], then at `suites/cases.rs`.

mod fuzz;
mod harness;
mod suites;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Sources are named from here, and a binary may have been built from another clone that is gone.
    if let Err(error) = std::env::set_current_dir(harness::root()) {
        eprintln!("{}: {error}; run the tests with cargo", harness::root().display());
        return ExitCode::FAILURE;
    }
    libtest_mimic::run(&arguments, suites::trials()).exit_code()
}
