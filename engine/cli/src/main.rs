//! The command line: arguments, printing, exit codes; one file per verb.

#[cfg(target_os = "linux")]
mod allocator;
mod args;
mod exit;
mod findings;
mod input;
mod observer;
mod partitions;
mod progress;
mod rejected;
mod rollout;
mod schemas;
mod templates;
mod verbs;
mod workers;

use std::io::Write;

use clap::Parser;

use args::{Arguments, Common, Verb};
use exit::Exit;

fn main() -> std::process::ExitCode {
    let Arguments { verb, common } = Arguments::parse();
    let common = Common { format: verb.format(), ..common };
    let outcome = match &verb {
        Verb::New(it) => verbs::new::run(it),
        Verb::Check(it) => verbs::check::run(it, &common),
        Verb::Test(it) => verbs::test::run(it, &common),
        Verb::Doc(it) => verbs::doc::run(it, &common),
        Verb::Plan(it) => verbs::plan::run(it, &common),
        Verb::Partition(it) => verbs::partition::run(it, &common),
        Verb::Model(it) => verbs::model::run(it, &common),
        Verb::World(it) => verbs::world::run(it, &common),
        Verb::Completions(it) => verbs::completions::run(it),
        Verb::Version(it) => verbs::version::run(it),
    };
    let exit = match outcome {
        Ok(exit) => exit,
        // A reader that has seen enough closes the pipe; that is its right.
        Err(error) if is_broken_pipe(&error) => Exit::Done,
        Err(error) => {
            eprintln!("error: {error:#}");
            verb.failure()
        }
    };
    if apportion_solve::any_left_behind() {
        // Nothing that a solver still uses is taken away from under it.
        let _ = std::io::stdout().flush();
        signal_hook::low_level::exit(exit.code().into());
    }
    exit.into()
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
