//! An answer that the evaluator rejects: what is said of it, and what is kept so that it can be reported.

use std::fs::{File, create_dir_all};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use apportion_diagnostic::{Diagnostic, Note, NoteKind};
use apportion_driver::{Names, Rejected, Request, ground_request};
use apportion_lower::{Limits, Named, Resolution, lower};
use apportion_mip::write_mps;

use crate::input::Input;

/// Where problems are kept, from the project's folder.
const FOLDER: &str = ".apportion/failed";

/// What is said of it; `kept` is where the problem was written, or why that failed.
pub(crate) fn finding(rejected: &Rejected, kept: &anyhow::Result<PathBuf>) -> Diagnostic {
    let message = format!("the solver's answer breaks {}, so it is no plan", rejected.what);
    let mut lines = rejected.details.clone();
    lines.push("tried again with tolerance 1e-9 and without presolve: same answer".to_owned());
    lines.push(match kept {
        Ok(path) => format!("written: {} (attach it to a report)", path.display()),
        Err(error) => format!("the problem could not be written: {error:#}"),
    });
    let mut finding = Diagnostic::error("check-failed", message);
    finding.notes.push(Note { kind: NoteKind::Evidence, text: lines.join("\n") });
    finding
}

/// Writes the problem, pair by pair, below the project's folder; gives the path from there.
pub(crate) fn keep(input: &Input, request: &Request<'_>) -> anyhow::Result<PathBuf> {
    let grounded = ground_request(request).map_err(|_| anyhow!("it cannot be built again"))?;
    let ground = &grounded.ground;
    let mut lowered = lower(ground, Resolution::Singles, Limits::default())
        .map_err(|_| anyhow!("it cannot be built again"))?;
    let first = lowered.objectives.iter().position(|it| it.level.is_some()).unwrap_or(0);
    let goal = lowered.goal(first);
    lowered.model.set_objective(goal);
    let at = input.settings.at() as i64;
    let at = jiff::Timestamp::from_second(at)?.to_string().replace(':', "-");
    let name = PathBuf::from(FOLDER).join(format!("{at}.mps.zst"));
    let path = input.project.folder.join(&name);
    let failed = || format!("`{}`", name.display());
    create_dir_all(input.project.folder.join(FOLDER)).with_context(failed)?;
    let file = File::create(&path).with_context(failed)?;
    let mut out = zstd::Encoder::new(file, 0).with_context(failed)?;
    let names = Names { policy: &input.policy, world: &input.world, words: &ground.words };
    let naming = Named { trace: &lowered.trace, naming: &names };
    write_mps(&lowered.model, &naming, &mut out).with_context(failed)?;
    out.finish().and_then(|mut file| file.flush()).with_context(failed)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use apportion_diagnostic::render;
    use apportion_driver::Options;
    use clap::Parser;
    use expect_test::expect;

    use super::*;
    use crate::args::{Arguments, Verb};
    use crate::verbs::plan::request;

    const POLICY: &str = "entity Pool { key id: string; size: count }
input pools: Pool
decide used[p in pools]: count
rule capacity { for p in pools: used[p] <= p.size }
objective { service: maximize sum(p in pools: used[p]) }
";

    fn rejected() -> Rejected {
        let details = vec!["p a: 5 against 4, broken by 1".to_owned()];
        Rejected { what: "`rule capacity`".to_owned(), details }
    }

    #[test]
    fn the_problem_is_kept_and_can_be_read_again() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let manifest =
            "[project]\nname = \"t\"\npolicy = \"main.alloc\"\n[inputs]\npools = \"p.csv\"\n";
        for (name, text) in
            [("apportion.toml", manifest), ("main.alloc", POLICY), ("p.csv", "id,size\na,4\nb,4\n")]
        {
            fs::write(folder.path().join(name), text)?;
        }
        let at = folder.path().to_string_lossy();
        let line = ["apportion", "plan", &at, "--at", "2026-11-23T14:00:00Z"];
        let arguments = Arguments::try_parse_from(line)?;
        let Verb::Plan(plan) = &arguments.verb else { anyhow::bail!("`plan` was asked for") };
        let input =
            crate::input::read(&plan.facts, &arguments.common)?.context("it is readable")?;
        let name = keep(&input, &request(&input, Options::default()))?;
        let kept = zstd::decode_all(File::open(folder.path().join(&name))?)?;
        let read = apportion_mip::read_mps(&String::from_utf8(kept)?)?;
        assert_eq!((read.model.num_columns(), read.model.num_rows()), (2, 2));
        expect![[r#"
            error[check-failed]: the solver's answer breaks `rule capacity`, so it is no plan

              p a: 5 against 4, broken by 1
              tried again with tolerance 1e-9 and without presolve: same answer
              written: .apportion/failed/2026-11-23T14-00-00Z.mps.zst (attach it to a report)
        "#]]
        .assert_eq(&render(&finding(&rejected(), &Ok(name)), &input.sources));
        Ok(())
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let kept = Err(anyhow!("permission denied").context("`.apportion/failed`"));
        expect![[r#"
            error[check-failed]: the solver's answer breaks `rule capacity`, so it is no plan

              p a: 5 against 4, broken by 1
              tried again with tolerance 1e-9 and without presolve: same answer
              the problem could not be written: `.apportion/failed`: permission denied
        "#]]
        .assert_eq(&render(&finding(&rejected(), &kept), &Default::default()));
    }
}
