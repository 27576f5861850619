//! What can be asked for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit::Exit;

/// The exit codes of the verbs that read facts and make no plan.
macro_rules! facts_codes {
    () => {
        "Exit codes:\n  0  done\n  1  a mistake in the policy, the data or a value, or a file that cannot be read or written\n  2  wrong usage"
    };
}

/// Turns a written policy and tables of facts into a plan: what runs where, what is bought, what has to wait, and
/// why. A plan is text or JSON; nothing is changed.
#[derive(Parser, Debug)]
#[command(
    name = "apportion",
    version,
    max_term_width = 100,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs",
    after_help = "Try:\n  apportion new fleet --template edge-fleet && cd fleet && apportion plan\n\n\
                  Each verb has its own help with examples: apportion plan --help"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// The heading of what every verb takes.
const COMMON: &str = "Options of every verb";

/// What every verb takes.
#[derive(Args, Debug, Clone)]
pub(crate) struct Common {
    /// How findings are printed: as the results of the verb, which says in which formats it prints those.
    #[arg(skip)]
    pub(crate) format: Format,
    /// When to use colour: `auto` is on a terminal, unless `NO_COLOR` is set in the environment
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = COMMON)]
    pub(crate) color: Color,
    /// Say less: no progress, no warnings
    #[arg(short, long, global = true, help_heading = COMMON)]
    pub(crate) quiet: bool,
    /// Say more on standard error: how large the problem is, what tells rows apart, and the seconds of
    /// each stage
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = COMMON)]
    pub(crate) verbose: u8,
    /// Show no progress; it is only ever shown on a terminal
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) no_progress: bool,
}

/// How results are printed.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// What a verb takes that prints for people and for programs.
#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// How results are printed: for people or for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// How the compiled problem is printed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModelFormat {
    Lp,
    Mps,
    Json,
}

/// When to use colour.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Make a project to start from: a policy with data that plans at once
    New(New),
    /// Check policies: text, names, types and units; no data is needed
    Check(Check),
    /// Run a policy's tests: what its plans are to be over given facts
    Test(Test),
    /// Show what a policy's modules, or the library's, say of themselves
    Doc(Doc),
    /// Find the best plan that the policy allows, and show it beside what runs now; changes nothing
    Plan(Plan),
    /// Plan a fleet in parts that are solved apart, here or as jobs of a cluster
    Partition(Partition),
    /// Print the problem that the solver is given, as LP, MPS or JSON
    Model(Model),
    /// Look at the facts as they are read: check them, show them, or keep them in one file
    World(World),
    /// Print a script by which a shell completes commands
    Completions(Completions),
    /// Print the version, or the schema of what is printed as JSON
    Version(Version),
}

impl Verb {
    /// How the verb's findings are printed.
    pub(crate) fn format(&self) -> Format {
        match self {
            Verb::Check(it) => it.shown.format,
            Verb::Doc(it) => it.shown.format,
            Verb::Test(Test { format: TestFormat::Json, .. }) => Format::Json,
            Verb::Plan(it) => it.output.shown.format,
            Verb::Version(it) => it.shown.format,
            Verb::World(World { what: WorldVerb::Check(it) | WorldVerb::Show(it) }) => {
                it.shown.format
            }
            Verb::Partition(Partition { what: PartitionVerb::Merge(it) }) => it.output.shown.format,
            Verb::Model(Model { format: ModelFormat::Json, .. }) => Format::Json,
            Verb::Model(_)
            | Verb::World(_)
            | Verb::Partition(_)
            | Verb::New(_)
            | Verb::Test(_)
            | Verb::Completions(_) => Format::Text,
        }
    }

    /// How a run ends that cannot go on: `plan` and its kin keep 2 for a plan that changes something.
    pub(crate) fn failure(&self) -> Exit {
        match self {
            Verb::Plan(_) | Verb::Partition(_) | Verb::Model(_) | Verb::World(_) => Exit::Findings,
            Verb::New(_)
            | Verb::Check(_)
            | Verb::Test(_)
            | Verb::Doc(_)
            | Verb::Completions(_)
            | Verb::Version(_) => Exit::Usage,
        }
    }
}

/// Make a project that plans at once.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion new fleet --template edge-fleet\n  apportion new cluster --template gpu-cluster\n\nExit codes:\n  0  the project was made\n  2  wrong usage, or a folder that is not empty or cannot be written"
)]
pub(crate) struct New {
    /// The folder to make; if it exists, it must be empty
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

/// Check policies: text, names, types and units; no data is needed.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples, in a new project:\n  apportion check\n  apportion check policy/main.alloc --format json\n\nExit codes:\n  0  no errors\n  1  a mistake in a policy or a manifest\n  2  wrong usage, or a file that cannot be read"
)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) shown: Shown,
    /// Files, or folders of projects [default: the working folder]
    pub(crate) paths: Vec<PathBuf>,
}

/// Run a policy's tests.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples, in a new project:\n  apportion test\n  apportion test --filter region --coverage\n\nExit codes:\n  0  every test passed\n  1  a test failed or was not finished, or a mistake in a policy or a manifest\n  2  wrong usage, a file that cannot be read, or no test of that name"
)]
pub(crate) struct Test {
    /// How results are printed: for people, for programs, or as the XML that build servers read
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TestFormat,
    /// Run only tests whose sentence has this in it, in any case: `region`
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Take what tests do not give from an environment of the manifest: `prod` for `[env.prod]`; every rule is enforced
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Set a parameter that a test does not give, whatever the manifest says: `headroom=10%`; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) params: Vec<(String, String)>,
    /// Show for each rule how often a test made it bind, and which rules none did
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Keep the plans of tests that expect a snapshot, of those that are otherwise as expected; remove those that no
    /// test keeps any more, unless there is a filter
    #[arg(long)]
    pub(crate) update: bool,
    /// Leave seconds out of what is printed, so that equal runs print equal bytes
    #[arg(long)]
    pub(crate) no_timings: bool,
    /// Policies, or folders of projects [default: the working folder]
    pub(crate) paths: Vec<PathBuf>,
}

/// How the results of tests are printed.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TestFormat {
    #[default]
    Text,
    Json,
    Junit,
}

/// Show what modules say of themselves.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples, in a new project:\n  apportion doc\n  apportion doc std.topology\n  apportion doc spread --format json\n\nExit codes:\n  0  what was asked for is shown\n  2  wrong usage, nothing of that name, or a project that cannot be read"
)]
pub(crate) struct Doc {
    #[command(flatten)]
    pub(crate) shown: Shown,
    /// The project whose modules are shown too: its folder, or a policy [default: that of the working folder, if any]
    #[arg(long, value_name = "PATH")]
    pub(crate) project: Option<PathBuf>,
    /// A module: `std.topology`; or what one declares: `spread`, `std.topology.spread` [default: a list of modules]
    pub(crate) name: Option<String>,
}

/// What chooses a project and its facts.
#[derive(Args, Debug, Clone)]
pub(crate) struct Facts {
    /// The project's folder, the one with `apportion.toml` or one below it; or a policy in it, to take it for the
    /// manifest's
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Take the inputs, parameters and limits of an environment of the manifest: `prod` for `[env.prod]`
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Set a parameter of the policy, whatever the manifest says: `headroom=10%`; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) params: Vec<(String, String)>,
    /// Read an input from another file: `pods=trace.csv`, `pods=-` for standard input, in the format that the
    /// manifest says or its file has, else CSV; may be repeated
    #[arg(long = "input", value_name = "NAME=FILE", value_parser = pair)]
    pub(crate) inputs: Vec<(String, String)>,
    /// Take only the first rows of an input, by key: `pods=500`; may be repeated [default: all]
    #[arg(long = "limit", value_name = "NAME=N", value_parser = limit)]
    pub(crate) limits: Vec<(String, usize)>,
    /// Read facts, time and parameters from a snapshot instead of the inputs: `world.json`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["inputs", "limits"])]
    pub(crate) world: Option<PathBuf>,
    /// The time that the plan is for, in UTC if it names no zone: `2026-11-23`, `2026-11-23T14:00:00Z` [default: the snapshot's, else now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// Solve and preview.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples, in a new project:\n  apportion plan\n  apportion plan --at 2026-11-23 --input pools=data/pools.csv --limit workloads=10 --format json\n\nExit codes:\n  0  a valid plan\n  1  a mistake in the policy, the data or a value, or a file that cannot be read or written\n  2  wrong usage; with --detailed-exitcode, a plan that changes something\n  3  proven that no placement obeys every rule, or that a level has no limit\n  4  not proven as near to the best as was asked: a limit or Ctrl-C ended the search, or single\n     rows cannot be placed as well as rows taken together; with the plan found, or words for none"
)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) facts: Facts,
    #[command(flatten)]
    pub(crate) output: Output,
    /// End with the best plan found after this time: `30s`, `2min`, `500ms` [default: the manifest's, else none]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = apportion_connect::parse_duration)]
    pub(crate) time_limit: Option<std::time::Duration>,
    /// Accept a plan that is at most this far from the best possible: `0.1%` [default: the manifest's, else 0.01%]
    #[arg(long, value_name = "RATIO", allow_hyphen_values = true, value_parser = ratio)]
    pub(crate) gap: Option<f64>,
    /// Plan in so many parts, each in a process of its own, and make one plan of theirs: for fleets beyond one solve
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = parts)]
    pub(crate) partitions: Option<usize>,
    /// How rows are dealt to parts
    #[arg(long, value_enum, default_value_t, requires = "partitions")]
    pub(crate) by: By,
    /// Decide pair by pair, without planning rows that are alike together: slower, for comparison
    #[arg(long)]
    pub(crate) no_classes: bool,
    /// Decide even on what something else does at least as well for no more: slower, for comparison
    #[arg(long)]
    pub(crate) keep_dominated: bool,
}

/// How a plan is printed.
#[derive(Args, Debug)]
pub(crate) struct Output {
    #[command(flatten)]
    pub(crate) shown: Shown,
    /// Write the plan's JSON to a file too, whatever is printed
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 2 if the plan changes something, with 0 if it changes nothing
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Leave the seconds of each stage out of the JSON, so that equal runs print equal bytes
    #[arg(long)]
    pub(crate) no_timings: bool,
    /// Show every change, not only the first ten of each kind
    #[arg(long)]
    pub(crate) all: bool,
}

/// How rows are dealt to parts.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum By {
    /// Of rows that are alike each part has its share, so that parts are small copies of the whole
    #[default]
    Random,
    /// What the policy lets be placed together is in one part, so that nothing is lost
    Blocks,
}

/// Plan a fleet in parts.
#[derive(Args, Debug)]
#[command(
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs",
    after_help = "One after the other:\n  apportion partition split --parts 2 --into parts\n  apportion partition solve parts --index 0\n  apportion partition merge parts --allow-missing"
)]
pub(crate) struct Partition {
    #[command(subcommand)]
    pub(crate) what: PartitionVerb,
}

#[derive(Subcommand, Debug)]
pub(crate) enum PartitionVerb {
    /// Write a file for each part of a fleet, with all that its plan depends on
    #[command(
        after_help = concat!("Examples, in a new project:\n  apportion partition split --parts 2 --into parts\n  apportion partition split --parts 2 --into parts --seed 7 --time-limit 30s\n\n", facts_codes!())
    )]
    Split(SplitFleet),
    /// Plan one part: a file in, a file out; safe to run twice
    #[command(
        after_help = "Examples, in a new project:\n  apportion partition split --parts 2 --into parts\n  apportion partition solve parts --index 0\n  apportion partition solve parts/part-1.json\n\nExit codes:\n  0  the file of the part's plan is there\n  1  a file that is none of a part, or cannot be read or written\n  2  wrong usage\n  4  interrupted: what was found is there, and is replaced by the next run"
    )]
    Solve(SolvePartition),
    /// Make one plan of the plans of all parts, and show it as `plan` does
    #[command(
        after_help = "After `split`, and `solve` for each part:\n  apportion partition merge parts\n  apportion partition merge parts --allow-missing --format json\n\nExit codes: those of `apportion plan`"
    )]
    Merge(Merge),
}

/// Write the parts of a fleet.
#[derive(Args, Debug)]
pub(crate) struct SplitFleet {
    #[command(flatten)]
    pub(crate) facts: Facts,
    /// The folder of the files, made if it does not exist
    #[arg(long, value_name = "FOLDER")]
    pub(crate) into: PathBuf,
    /// How many parts
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = parts)]
    pub(crate) parts: usize,
    /// How rows are dealt to parts
    #[arg(long, value_enum, default_value_t)]
    pub(crate) by: By,
    /// Decides which of the rows that are alike go where [default: the manifest's, else 0]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true, value_parser = seed)]
    pub(crate) seed: Option<u32>,
    /// End each part, and what is done with the whole, after this time [default: the manifest's, else none]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = apportion_connect::parse_duration)]
    pub(crate) time_limit: Option<std::time::Duration>,
    /// Accept plans that are at most this far from the best possible: `0.1%` [default: the manifest's, else 0.01%]
    #[arg(long, value_name = "RATIO", allow_hyphen_values = true, value_parser = ratio)]
    pub(crate) gap: Option<f64>,
}

/// Plan one part.
#[derive(Args, Debug)]
pub(crate) struct SolvePartition {
    /// The file of the part, or the folder of all parts
    pub(crate) path: PathBuf,
    /// Which part of a folder, from 0
    #[arg(long, value_name = "N", env = "JOB_COMPLETION_INDEX", allow_hyphen_values = true, value_parser = index)]
    pub(crate) index: Option<usize>,
    /// Where the part's plan is written [default: `plan-N.json` beside `part-N.json`]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// End with the best plan found after this time [default: the partition's, else none]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = apportion_connect::parse_duration)]
    pub(crate) time_limit: Option<std::time::Duration>,
    /// As a worker of `plan --partitions`: progress on standard output, the word to stop from standard input
    #[arg(long, hide = true)]
    pub(crate) worker: bool,
}

/// Make one plan of the parts'.
#[derive(Args, Debug)]
pub(crate) struct Merge {
    /// The folder of the parts
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Plan with the parts that are there: the rows of the others get what room is left
    #[arg(long)]
    pub(crate) allow_missing: bool,
    /// End with the best plan found after this time [default: that of the parts]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = apportion_connect::parse_duration)]
    pub(crate) time_limit: Option<std::time::Duration>,
}

/// Print the compiled problem.
#[derive(Args, Debug)]
#[command(
    after_help = concat!("Examples, in a new project:\n  apportion model --format lp\n  apportion model --format mps --out problem.mps\n\n", facts_codes!())
)]
pub(crate) struct Model {
    #[command(flatten)]
    pub(crate) facts: Facts,
    /// How the problem is printed
    #[arg(long, value_enum, default_value_t = ModelFormat::Lp)]
    pub(crate) format: ModelFormat,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print one column per pair, instead of one per pair of classes of rows that are alike
    #[arg(long)]
    pub(crate) no_classes: bool,
    /// Leave free what something else does at least as well for no more
    #[arg(long)]
    pub(crate) keep_dominated: bool,
    /// Print only the problem's size and the seconds of each stage, as JSON
    #[arg(long)]
    pub(crate) build_only: bool,
}

/// Look at the facts.
#[derive(Args, Debug)]
#[command(
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs",
    after_help = "Examples, in a new project:\n  apportion world show\n  apportion world snapshot --out world.json && apportion plan --world world.json"
)]
pub(crate) struct World {
    #[command(subcommand)]
    pub(crate) what: WorldVerb,
}

#[derive(Subcommand, Debug)]
pub(crate) enum WorldVerb {
    /// Read every input and report every cell that cannot be used
    #[command(
        after_help = concat!("Examples, in a new project:\n  apportion world check\n  apportion world check --input pools=data/pools.csv\n\n", facts_codes!())
    )]
    Check(Look),
    /// Print what each input holds: rows, and for each field its values' number and range
    #[command(
        after_help = concat!("Examples, in a new project:\n  apportion world show\n  apportion world show --format json\n\n", facts_codes!())
    )]
    Show(Look),
    /// Write the facts, their time and the parameters as one file that reproduces a plan
    #[command(
        after_help = concat!("Examples, in a new project:\n  apportion world snapshot --out world.json\n  apportion plan --world world.json\n\n", facts_codes!())
    )]
    Snapshot(Snapshot),
}

/// Look at the facts without keeping them.
#[derive(Args, Debug)]
pub(crate) struct Look {
    #[command(flatten)]
    pub(crate) facts: Facts,
    #[command(flatten)]
    pub(crate) shown: Shown,
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
    after_help = "Examples:\n  apportion completions bash > apportion.bash\n  apportion completions zsh"
)]
pub(crate) struct Completions {
    /// The shell that the script is for
    pub(crate) shell: clap_complete::Shell,
}

/// Print the version.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  apportion version --json\n  apportion version --schema findings"
)]
pub(crate) struct Version {
    #[command(flatten)]
    pub(crate) shown: Shown,
    /// Print as JSON, as `--format json` does
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the JSON Schema of a page of JSON instead
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

fn parts(text: &str) -> Result<usize, String> {
    let parts = text.parse().ok().filter(|parts| *parts > 0);
    parts.ok_or_else(|| "a number of parts is expected: 1, 2, 3 …".to_owned())
}

fn index(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "the number of a part is expected: 0, 1, 2 …".to_owned())
}

fn seed(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("a whole number from 0 to {} is expected", u32::MAX))
}

fn ratio(text: &str) -> Result<f64, String> {
    let wrong = || format!("`{text}` is no ratio from 0 % to 100 %; write `0.1%`");
    let quantity = apportion_units::parse_quantity(text).map_err(|_| wrong())?;
    let ratio = quantity.unit.dimension.is_plain() && (0.0..=1.0).contains(&quantity.value);
    if ratio { Ok(quantity.value) } else { Err(wrong()) }
}
