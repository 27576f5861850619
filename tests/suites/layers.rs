//! The layering: what may depend on what, and which crates touch nothing but their arguments.
//!
//! The tables of `lang/README.md` and `engine/README.md` are the rules; here they are held against
//! `cargo metadata` and the sources.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use libtest_mimic::Trial;

use crate::harness::{root, sources_below};

/// Crates that reach outside; every other crate of the project is pure.
const IMPURE: [&str; 3] = ["apportion", "apportion-connect", "apportion-tests"];
/// Where a heavy dependency lives.
const HOMES: [(&str, &[&str]); 10] = [
    ("pest", &["apportion-syntax"]),
    ("pest_derive", &["apportion-syntax"]),
    ("salsa", &["apportion-check"]),
    ("cel", &["apportion-check"]),
    ("good_lp", &["apportion-solve"]),
    ("highs-sys", &["apportion-solve"]),
    ("clap", &["apportion"]),
    ("clap_complete", &["apportion"]),
    ("ctrlc", &["apportion"]),
    ("anyhow", &["apportion", "apportion-tests"]),
];
/// Words that only impure code writes.
const OUTSIDE: [&str; 6] =
    ["std::fs", "std::env", "std::net", "std::process", "SystemTime", "Instant::now"];
/// `solve` keeps the deadline that it was handed.
const CLOCK: [&str; 1] = ["Instant::now"];

/// Fails with the edge or the line that breaks a layer.
type Assertion = fn() -> Result<()>;

/// The layers' tests.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, Assertion); 5] = [
        ("layers: the language never depends on the engine", language_below_engine),
        ("layers: the judge knows nothing of the model", judge_apart),
        ("layers: a heavy dependency has one home", homes),
        ("layers: each crate depends only on what its table allows", tables),
        ("layers: pure crates touch no file, clock, network or environment", purity),
    ];
    tests.map(|(name, test)| Trial::test(name, move || Ok(test()?))).into()
}

fn metadata() -> Result<Metadata> {
    Ok(MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()?)
}

/// Each crate of the project with what it depends on outside of its tests.
fn dependencies() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut graph = BTreeMap::new();
    for package in metadata()?.packages {
        let direct = package.dependencies.iter();
        let direct = direct.filter(|it| it.kind != DependencyKind::Development);
        graph.insert(package.name.to_string(), direct.map(|it| it.name.clone()).collect());
    }
    Ok(graph)
}

/// The crates of the project that lie in a folder of the top level.
fn members(group: &str) -> Result<BTreeSet<String>> {
    let folder = root().join(group);
    let packages = metadata()?.packages.into_iter();
    let inside = packages.filter(|it| it.manifest_path.as_std_path().starts_with(&folder));
    Ok(inside.map(|it| it.name.to_string()).collect())
}

/// Everything that a crate reaches through crates of the project.
fn reached(graph: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(next) = open.pop() {
        for name in graph.get(&next).into_iter().flatten() {
            if reached.insert(name.clone()) {
                open.push(name.clone());
            }
        }
    }
    reached
}

fn language_below_engine() -> Result<()> {
    let (graph, engine) = (dependencies()?, members("engine")?);
    for name in members("lang")? {
        if let Some(above) = reached(&graph, &name).intersection(&engine).next() {
            bail!("`{name}` reaches `{above}`");
        }
    }
    Ok(())
}

fn judge_apart() -> Result<()> {
    let reached = reached(&dependencies()?, "apportion-evaluate");
    for model in ["ground", "mip", "lower", "solve", "unpack"] {
        if reached.contains(&format!("apportion-{model}")) {
            bail!("`apportion-evaluate` reaches `apportion-{model}`");
        }
    }
    Ok(())
}

fn homes() -> Result<()> {
    for (name, direct) in dependencies()? {
        for (heavy, homes) in HOMES {
            if direct.contains(heavy) && !homes.contains(&name.as_str()) {
                bail!("`{name}` depends on `{heavy}`, which lives in {homes:?}");
            }
        }
    }
    Ok(())
}

/// `| [check](check) | … | syntax, units |`: the crate and the crates of the project that it may use.
fn tables() -> Result<()> {
    let graph = dependencies()?;
    for group in ["lang", "engine"] {
        let path = root().join(group).join("README.md");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let mut listed = BTreeSet::new();
        for line in text.lines().filter(|line| line.starts_with("| [")) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, name, _, allowed, _] = cells[..] else { bail!("odd row: {line}") };
            let name = package(name.trim_start_matches('[').split(']').next().unwrap_or_default());
            let allowed: BTreeSet<String> = allowed.split(", ").map(package).collect();
            let direct = graph.get(&name).with_context(|| format!("no crate `{name}`"))?;
            for used in direct.iter().filter(|it| it.starts_with("apportion")) {
                if !allowed.contains(used) {
                    bail!("`{name}` uses `{used}`, which {} does not allow", path.display());
                }
            }
            listed.insert(name);
        }
        let existing = members(group)?;
        if listed != existing {
            bail!("{} lists {listed:?}, the folder holds {existing:?}", path.display());
        }
    }
    Ok(())
}

fn package(name: &str) -> String {
    if name == "cli" { "apportion".to_owned() } else { format!("apportion-{name}") }
}

fn purity() -> Result<()> {
    let mut found = Vec::new();
    for package in metadata()?.packages {
        let name = package.name.as_str();
        if IMPURE.contains(&name) {
            continue;
        }
        let folder = package.manifest_path.as_std_path().parent().context("a manifest's folder")?;
        for path in sources_below(&folder.join("src")) {
            let text = std::fs::read_to_string(&path)?;
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in OUTSIDE {
                let may = name == "apportion-solve" && CLOCK.contains(&word);
                if !may
                    && code
                        .lines()
                        .any(|it| !it.trim_start().starts_with("//") && it.contains(word))
                {
                    found.push(format!("{}: {word}", path.display()));
                }
            }
        }
    }
    if found.is_empty() { Ok(()) } else { bail!("{}", found.join("\n")) }
}
