//! `apportion completions SHELL`

use clap::CommandFactory;

use crate::args::{Arguments, Completions};
use crate::exit::Exit;

pub(crate) fn run(it: &Completions) -> anyhow::Result<Exit> {
    let mut command = Arguments::command();
    clap_complete::generate(it.shell, &mut command, "apportion", &mut std::io::stdout());
    Ok(Exit::Done)
}
