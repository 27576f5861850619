//! Ctrl-C and the time limit: the run ends with what was found, in words and in the exit code.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::binary::{self, Output};
use crate::harness::{project, schemas};

/// Sixty weights of six kinds to be halved, all kinds at once: any choice is a plan, and nobody proves within
/// a test which is the best.
const POLICY: &str = "entity Kind { key id: string; half: count }
entity Weight { key id: string; weight: map<Kind, count> }
input kinds: Kind
input weights: Weight
decide take[w in weights]: flag
place weights w onto kinds k as shown: count <= 1
decide over[k in kinds]: count <= 100_000
decide under[k in kinds]: count <= 100_000
rule halves {
  for k in kinds: sum(w in weights: take[w] * (w.weight[k] ?? 0)) + under[k] - over[k] == k.half
}
objective {
  off: minimize sum(k in kinds: over[k] + under[k])
  shown: maximize sum(w in weights: shown[w, *])
}
";

const MANIFEST: &str = "[project]
name = \"case\"
policy = \"policy/main.alloc\"
[inputs]
kinds = \"data/kinds.csv\"
weights = \"data/weights.csv\"
";

const WEIGHTS: usize = 60;
const KINDS: usize = 6;

/// The tests. A signal is sent by `kill`, and a pipe with a name made by `mkfifo`, which only Unix has.
pub(crate) fn trials() -> Vec<Trial> {
    if !cfg!(unix) {
        return Vec::new();
    }
    vec![
        Trial::test("stops: at the time limit the best plan so far is printed", || {
            Ok(at_the_time_limit()?)
        }),
        Trial::test("stops: at Ctrl-C the best plan so far is printed whole", || {
            Ok(while_solving()?)
        }),
        Trial::test(
            "stops: a part that Ctrl-C ended is made again",
            || Ok(while_solving_a_part()?),
        ),
        Trial::test("stops: at Ctrl-C what workers found is used, and no worker stays", || {
            Ok(while_workers_solve()?)
        }),
        Trial::test("stops: a worker whose run is killed ends", || Ok(without_a_run()?)),
        Trial::test("stops: at Ctrl-C before planning, the words that nothing was found", || {
            Ok(while_reading()?)
        }),
        on_a_terminal(),
        Trial::test(
            "stops: a limit of no time still ends in a plan or in words",
            || Ok(at_once()?),
        ),
    ]
}

fn at_the_time_limit() -> Result<()> {
    let folder = hard()?;
    let command = "apportion plan --no-progress --time-limit 1s --format json";
    let output = binary::shell(command, folder.path())?;
    is_stopped_plan(&output, "time_limit")?;
    let output = binary::shell("apportion plan --no-progress --time-limit 1s", folder.path())?;
    let told = output.code == 4
        && output.stdout.contains("stopped by time limit, checked: 1 rule\n")
        && output.stdout.ends_with("set. Nothing was changed.\n")
        && output
            .stderr
            .contains("warning[stopped]: stopped by time limit; the plan is valid, at most")
        && output
            .stderr
            .contains("  = help: `--time-limit 10s` searches longer, from the start again");
    if told { Ok(()) } else { bail!("{}", output.seen()) }
}

/// Progress is for terminals, and `script` makes one; ignored where there is none.
fn on_a_terminal() -> Trial {
    let what = "stops: on a terminal, progress says what is known and what time is left";
    let there = Command::new("script").arg("--version").output().is_ok();
    if !there {
        eprintln!("SKIPPED: {what}: `script` is not here");
    }
    Trial::test(what, || Ok(watched()?)).with_ignored_flag(!there)
}

fn watched() -> Result<()> {
    let folder = hard()?;
    let plan = "apportion plan --time-limit 3s --format json";
    let seen = |command: &str| -> Result<String> {
        let command = format!("script --quiet --command '{command} >plan.json' /dev/null");
        Ok(binary::shell(&command, folder.path())?.stdout)
    };
    let whole = [" s left: solving `off`, 0 of 2 levels done, gap ", ", best ", ", bound "];
    // A worker has to start and to read its part first.
    let in_parts = "apportion plan --time-limit 6s --format json --partitions 1";
    let parts = [" s left: 0 of 1 parts solved, their gap ", ", best ", ", bound "];
    for (command, told) in [(plan, whole), (in_parts, parts)] {
        let progress = seen(command)?;
        let plain = !progress.contains('\u{1b}');
        if !plain || told.iter().any(|words| !progress.contains(words)) {
            bail!("{command}:\n{progress}");
        }
    }
    for quiet in
        [format!("{plan} --no-progress"), format!("{plan} --quiet"), format!("{plan} 2>log")]
    {
        let progress = seen(&quiet)?;
        if progress.contains("left") {
            bail!("{quiet}:\n{progress}");
        }
    }
    let log = std::fs::read_to_string(folder.path().join("log"))?;
    if log.contains("left") { bail!("no terminal:\n{log}") } else { Ok(()) }
}

fn at_once() -> Result<()> {
    let folder = hard()?;
    let output = binary::shell("apportion plan --no-progress --time-limit 0s", folder.path())?;
    let words = "error[stopped-without-plan]: stopped by time limit before any placement was found\n  \
                 this does not say that none exists\n";
    let told = match output.stdout.as_str() {
        "" => output.stderr == words,
        plan => plan.contains("stopped by time limit") && plan.ends_with("Nothing was changed.\n"),
    };
    if told && output.code == 4 { Ok(()) } else { bail!("{}", output.seen()) }
}

fn while_solving() -> Result<()> {
    let folder = hard()?;
    let child = start(folder.path(), &["plan", "--no-progress", "--format", "json"])?;
    // The facts are read and a first plan is made in some hundredths of a second.
    sleep(Duration::from_secs(2));
    interrupt(&child)?;
    let output = end(child)?;
    // Nothing is shown by then, which the level after the one at hand asks for.
    let told = output.stderr.contains("stopping with what was found; once more to stop at once")
        && output.stdout.contains("\"reason\": \"not settled: the search was stopped\"");
    if !told {
        bail!("{}", output.seen());
    }
    is_stopped_plan(&output, "interrupt")
}

/// Only the run itself hears of it, and tells its workers.
fn while_workers_solve() -> Result<()> {
    let folder = hard()?;
    let plan = ["plan", "--no-progress", "--partitions", "1", "--format", "json"];
    let child = start(folder.path(), &plan)?;
    soon(folder.path(), |workers| workers > 0)?;
    sleep(Duration::from_secs(2));
    interrupt(&child)?;
    is_stopped_plan(&end(child)?, "interrupt")?;
    soon(folder.path(), |workers| workers == 0)
}

fn without_a_run() -> Result<()> {
    let folder = hard()?;
    let mut child = start(folder.path(), &["plan", "--no-progress", "--partitions", "1"])?;
    soon(folder.path(), |workers| workers > 0)?;
    child.kill()?;
    child.wait()?;
    soon(folder.path(), |workers| workers == 0)
}

/// Waits until there are so many workers.
fn soon(folder: &Path, so_many: impl Fn(usize) -> bool) -> Result<()> {
    for _ in 0..400 {
        if so_many(workers(folder)?) {
            return Ok(());
        }
        sleep(Duration::from_millis(50));
    }
    bail!("there are {} workers", workers(folder)?)
}

/// How many processes plan a part whose file is in a folder.
fn workers(folder: &Path) -> Result<usize> {
    let listed = Command::new("ps").args(["-A", "-o", "args"]).output()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let folder = folder.display().to_string();
    Ok(listed.lines().filter(|line| line.contains("--worker") && line.contains(&folder)).count())
}

fn while_reading() -> Result<()> {
    let folder = hard()?;
    let pipe = folder.path().join("data/weights.csv");
    std::fs::remove_file(&pipe)?;
    if !Command::new("mkfifo").arg(&pipe).status()?.success() {
        bail!("`mkfifo` fails");
    }
    let child = start(folder.path(), &["plan", "--no-progress"])?;
    // This returns when the other side has opened the pipe too: the run is reading, and waits for more.
    let mut file = std::fs::OpenOptions::new().write(true).open(&pipe)?;
    file.write_all(b"id,")?;
    interrupt(&child)?;
    let output = end(child)?;
    drop(file);
    let expected = "error[stopped-without-plan]: interrupted before any placement was found\n  \
                    this does not say that none exists\n[exit 4]\n";
    let seen = output.seen();
    if seen == expected { Ok(()) } else { bail!("{seen}") }
}

/// Whether a plan was printed as JSON that keeps its schema, with what ended it and how far it may be off.
fn is_stopped_plan(output: &Output, by: &str) -> Result<()> {
    let plan: Value = serde_json::from_str(&output.stdout).with_context(|| output.seen())?;
    schemas::judge(&plan)?;
    let found = plan["status"] == "stopped"
        && plan["stopped_by"] == by
        && plan["point"] == true
        && plan["check"]["passed"] == true
        && plan["levels"][0]["gap"].as_f64().is_some_and(|gap| gap > 0.0);
    if found && output.code == 4 { Ok(()) } else { bail!("{}", output.seen()) }
}

/// A project that no solver finishes within seconds.
fn hard() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    // Numbers without a pattern, the same in every run: Lehmer's generator modulo 2^31 - 1.
    let mut state: u64 = 1;
    let mut next = || {
        state = state * 48_271 % 2_147_483_647;
        state % 100
    };
    let weights: Vec<Vec<u64>> =
        (0..WEIGHTS).map(|_| (0..KINDS).map(|_| next()).collect()).collect();
    let names: Vec<String> = (0..KINDS).map(|kind| format!("weight[k{kind}]")).collect();
    let mut table = format!("id,{}\n", names.join(","));
    for (number, weight) in weights.iter().enumerate() {
        let cells: Vec<String> = weight.iter().map(u64::to_string).collect();
        table += &format!("w{number},{}\n", cells.join(","));
    }
    let mut kinds = "id,half\n".to_owned();
    for kind in 0..KINDS {
        let total: u64 = weights.iter().map(|weight| weight[kind]).sum();
        kinds += &format!("k{kind},{}\n", total / 2);
    }
    for (name, text) in [
        ("apportion.toml", MANIFEST),
        ("policy/main.alloc", POLICY),
        ("data/kinds.csv", &kinds),
        ("data/weights.csv", &table),
    ] {
        project::write(folder.path(), name, text)?;
    }
    Ok(folder)
}

fn while_solving_a_part() -> Result<()> {
    let folder = hard()?;
    let split = "apportion partition split --parts 1 --into parts";
    let split = binary::shell(split, folder.path())?;
    if split.code != 0 {
        bail!("{}", split.seen());
    }
    let child = start(folder.path(), &["partition", "solve", "parts", "--index", "0"])?;
    sleep(Duration::from_secs(1));
    interrupt(&child)?;
    let ended = end(child)?;
    let solve = "apportion partition solve parts --index 0 --time-limit 100ms";
    let [again, done] = [(); 2].map(|()| binary::shell(solve, folder.path()));
    let (again, done) = (again?, done?);
    let is_made_again = ended.code == 4 && again.code == 0 && again.stdout.is_empty();
    if is_made_again && done.stdout.ends_with("plan-0.json is done\n") {
        return Ok(());
    }
    bail!("{}\n{}\n{}", ended.seen(), again.seen(), done.seen())
}

/// Starts the binary itself: a shell in between would get the signal.
fn start(folder: &Path, arguments: &[&str]) -> Result<Child> {
    let child = Command::new(binary::folder()?.join("apportion"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        // Where the files of parts lie.
        .env("TMPDIR", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    Ok(child)
}

fn interrupt(child: &Child) -> Result<()> {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    if status.success() { Ok(()) } else { bail!("the run had ended before it was interrupted") }
}

fn end(child: Child) -> Result<Output> {
    Ok(Output::of(&child.wait_with_output()?))
}
