//! What can be asked for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A declarative policy engine for resource allocation.
#[derive(Parser, Debug)]
#[command(name = "apportion", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What every verb takes.
#[derive(Args, Debug, Clone)]
pub(crate) struct Common {
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// When to use colour; `NO_COLOR` in the environment means never
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Say less: no progress, no warnings
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more: stages, sizes, timings
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Show no progress
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

/// How results are printed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// The compiled problem in CPLEX's LP format (`model` only)
    Lp,
    /// The compiled problem in free MPS format (`model` only)
    Mps,
}

/// When to use colour.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Make a project that plans at once
    New(New),
    /// Check policies: text, names, types, units, stages; no data needed
    Check(Check),
    /// Solve and preview; changes nothing
    Plan(Plan),
    /// Print the compiled problem
    Model(Model),
    /// Look at the facts as the engine sees them
    World(World),
    /// Print a script that completes commands in a shell
    Completions(Completions),
    /// Print the version
    Version(Version),
}

/// Make a project that plans at once.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion new fleet --template edge-fleet\n  apportion new cluster --template gpu-cluster"
)]
pub(crate) struct New {
    /// The folder to make; it must not exist, or be empty
    pub(crate) folder: PathBuf,
    /// What to start from
    #[arg(long, value_enum, default_value_t = Template::EdgeFleet)]
    pub(crate) template: Template,
}

/// What a project can start from.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    /// Workloads on pools in three regions, on demand, reserved or spot
    EdgeFleet,
    /// Pods on nodes with shared accelerators
    GpuCluster,
    /// Which instances to buy where, over 24 hours
    CloudPurchase,
}

/// Check policies.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion check\n  apportion check policy/main.alloc --format json"
)]
pub(crate) struct Check {
    /// Files, or folders of projects; the working folder if none is given
    pub(crate) paths: Vec<PathBuf>,
}

/// What chooses a project and its facts.
#[derive(Args, Debug, Clone)]
pub(crate) struct Facts {
    /// The project's folder
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// An environment of the manifest
    #[arg(long)]
    pub(crate) env: Option<String>,
    /// Set a parameter: `headroom=10%`
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) params: Vec<(String, String)>,
    /// Read an input from another file: `pods=trace.csv`
    #[arg(long = "input", value_name = "NAME=FILE", value_parser = pair)]
    pub(crate) inputs: Vec<(String, String)>,
    /// Take the first rows of an input by key: `pods=500`
    #[arg(long = "limit", value_name = "NAME=N", value_parser = limit)]
    pub(crate) limits: Vec<(String, usize)>,
    /// Read facts, time and parameters from a snapshot, and no input: `world.json`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["inputs", "limits"])]
    pub(crate) world: Option<PathBuf>,
    /// The time that the plan is for: `2026-11-23T14:00:00Z`; now if it is not given
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// Solve and preview.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion plan\n  apportion plan examples/gpu-cluster --input pods=trace.csv --limit pods=500 --format json"
)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) facts: Facts,
    /// Write the plan's JSON to a file too
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 2 if the plan changes something
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// End with the best plan found after this time: `30s`, `2min`
    #[arg(long, value_name = "DURATION", value_parser = apportion_connect::parse_duration)]
    pub(crate) time_limit: Option<std::time::Duration>,
    /// The gap that will do: `0.1%`
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    pub(crate) gap: Option<f64>,
    /// Leave seconds by stage out, so that runs are the same to the byte
    #[arg(long)]
    pub(crate) no_timings: bool,
    /// Show every change, not only the first of each kind
    #[arg(long)]
    pub(crate) all: bool,
    /// Solve pair by pair: no rows are taken for alike
    #[arg(long)]
    pub(crate) no_classes: bool,
}

/// Print the compiled problem.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion model --format lp\n  apportion model examples/edge-fleet --format mps --out fleet.mps"
)]
pub(crate) struct Model {
    #[command(flatten)]
    pub(crate) facts: Facts,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// One column per pair, instead of one per pair of classes
    #[arg(long)]
    pub(crate) no_classes: bool,
    /// Hand the problem to the solver, print its size and what each stage took, and stop
    #[arg(long)]
    pub(crate) build_only: bool,
}

/// Look at the facts.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion world show examples/gpu-cluster\n  apportion world snapshot --out world.json && apportion plan --world world.json"
)]
pub(crate) struct World {
    #[command(subcommand)]
    pub(crate) what: WorldVerb,
}

#[derive(Subcommand, Debug)]
pub(crate) enum WorldVerb {
    /// Read every input and report every cell that cannot be used
    Check(Facts),
    /// Print what each input holds
    Show(Facts),
    /// Write the facts, their time and the parameters as one file that reproduces a plan
    Snapshot(Snapshot),
}

/// Write the facts as one file.
#[derive(Args, Debug)]
pub(crate) struct Snapshot {
    #[command(flatten)]
    pub(crate) facts: Facts,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Print a completion script.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion completions bash > /etc/bash_completion.d/apportion\n  apportion completions zsh"
)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Print the version.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion version --json\n  apportion version --schema findings"
)]
pub(crate) struct Version {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the JSON Schema of what is printed as JSON instead
    #[arg(long, value_name = "NAME", value_parser = crate::schemas::names())]
    pub(crate) schema: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn limit(text: &str) -> Result<(String, usize), String> {
    let (name, value) = pair(text)?;
    let number = value.replace('_', "").parse().map_err(|_| "expected NAME=N, N a whole number")?;
    Ok((name, number))
}

fn ratio(text: &str) -> Result<f64, String> {
    let wrong = || format!("`{text}` is no ratio; write `0.1%`");
    let quantity = apportion_units::parse_quantity(text).map_err(|_| wrong())?;
    let ratio = quantity.unit.dimension.is_plain() && (0.0..=1.0).contains(&quantity.value);
    if ratio { Ok(quantity.value) } else { Err(wrong()) }
}
