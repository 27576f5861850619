//! The mistakes of `tests/mutants.json`: their code is still there, and what `tests/MUTANTS.md` records is of one of them. That tests
//! notice them is what `tests/mutants` finds out, which builds for each.

use anyhow::{Context, Result, bail};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::root;

/// The tests of the list.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("mutants: the code of each mistake is in its file once", || {
            Ok(each_is_there()?)
        }),
        Trial::test("mutants: what is recorded is of the list, and noticed", || Ok(recorded()?)),
    ]
}

fn each_is_there() -> Result<()> {
    let mut lost = Vec::new();
    for mutant in mutants()? {
        let text = std::fs::read_to_string(root().join(field(&mutant, "file")?))?;
        let (place, right) = (field(&mutant, "text")?, field(&mutant, "right")?);
        let count = text.matches(place).count();
        if count != 1 || place.matches(right).count() != 1 || right == field(&mutant, "wrong")? {
            lost.push(format!("{count} times: {mutant}"));
        }
    }
    if lost.is_empty() { Ok(()) } else { bail!("{}", lost.join("\n")) }
}

fn recorded() -> Result<()> {
    let page = std::fs::read_to_string(root().join("tests/MUTANTS.md"))?;
    let known = mutants()?;
    let known = known.iter().map(|it| Ok((field(it, "file")?, field(it, "what")?)));
    let known = known.collect::<Result<Vec<_>>>()?;
    for line in page.lines().filter(|line| line.starts_with("| engine/")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [file, what, by] = cells[..] else { bail!("three cells are meant: {line}") };
        if !known.contains(&(file, what)) || by == "nobody" {
            bail!("run tests/mutants: {line}");
        }
    }
    Ok(())
}

fn mutants() -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(root().join("tests/mutants.json"))?;
    Ok(serde_json::from_str(&text)?)
}

fn field<'m>(mutant: &'m Value, name: &str) -> Result<&'m str> {
    mutant[name].as_str().with_context(|| format!("no {name}: {mutant}"))
}
