//! `apportion model`

use std::io::{BufWriter, Write};
use std::time::Instant;

use anyhow::Context;
use apportion_driver::{
    Failure, Names, Options, classes_of, ground_request, hold_dominated, presolve_of,
};
use apportion_lower::{Limits, Lowered, Named, Resolution, lower};
use apportion_mip::{write_lp, write_mps};
use apportion_plan::{InputClasses, Presolve, classes, presolve};
use apportion_solve::Stop;
use serde_json::json;

use crate::args::{Common, Model, ModelFormat};
use crate::exit::Exit;
use crate::verbs::plan::request;
use crate::{findings, input};

pub(crate) fn run(it: &Model, common: &Common) -> anyhow::Result<Exit> {
    let Some(input) = input::read(&it.facts, common)? else { return Ok(Exit::Findings) };
    findings::print_warnings(&input.findings, &input.sources, common)?;
    let request = request(&input, Options::default());
    let begun = Instant::now();
    let grounded = match ground_request(&request) {
        Ok(grounded) => grounded,
        Err(Failure::Findings(found)) => {
            findings::print(&found, &input.sources, common)?;
            return Ok(Exit::Findings);
        }
        Err(Failure::Rejected(_)) => return Ok(Exit::Findings),
    };
    let ground_time = begun.elapsed().as_secs_f64();
    let ground = &grounded.ground;
    let names = Names { policy: &input.policy, world: &input.world, words: &ground.words };
    let resolution = if it.no_classes { Resolution::Singles } else { Resolution::Classes };
    let begun = Instant::now();
    let mut lowered = match lower(ground, resolution, Limits::default()) {
        Ok(lowered) => lowered,
        Err(errors) => {
            let found: Vec<_> = errors.iter().map(|error| error.diagnostic(&names)).collect();
            findings::print(&found, &input.sources, common)?;
            return Ok(Exit::Findings);
        }
    };
    // The mending of what runs now is no level of the author's: the first of those is what people look for.
    let first = lowered.objectives.iter().position(|it| it.level.is_some()).unwrap_or(0);
    let goal = lowered.goal(first);
    lowered.model.set_objective(goal);
    let lower_time = begun.elapsed().as_secs_f64();
    if it.build_only {
        let begun = Instant::now();
        let mut highs = apportion_solve::Highs::new();
        highs.load(&lowered.model).map_err(|stop| {
            anyhow::anyhow!("the solver does not take the problem: {}", why(&stop))
        })?;
        let pass_time = begun.elapsed().as_secs_f64();
        let model = &lowered.model;
        writeln!(
            std::io::stdout(),
            "{}",
            json!({
                "format": "apportion.model-size/1",
                "rows": model.num_rows(),
                "columns": model.num_columns(),
                "nonzeros": model.num_terms(),
                "seconds": {
                    "check": input.timings.check,
                    "load": input.timings.load,
                    "ground": ground_time,
                    "lower": lower_time,
                    "pass": pass_time,
                },
            })
        )?;
        // The process ends: its memory goes back at once, not array by array.
        std::mem::forget((highs, lowered));
        std::mem::forget(grounded);
        return Ok(Exit::Done);
    }
    if !it.keep_dominated {
        hold_dominated(&request, &mut lowered);
    }
    let asked = it.format == ModelFormat::Json || common.verbose > 0;
    let found = asked.then(|| Found {
        classes: classes_of(&request, &input.sources),
        presolve: presolve_of(&lowered, &names, &input.sources),
    });
    let found = found.unwrap_or_default();
    if common.verbose > 0 {
        eprint!("{}{}", classes(&found.classes), presolve(&found.presolve));
    }
    let page = Page { lowered: &lowered, names: &names, found: &found };
    match &it.out {
        Some(path) => {
            let file = std::fs::File::create(path)
                .with_context(|| format!("`{}` cannot be written", path.display()))?;
            let mut out = BufWriter::new(file);
            page.print(it.format, &mut out)?;
            out.flush()?;
        }
        None => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            page.print(it.format, &mut out)?;
            out.flush()?;
        }
    }
    Ok(Exit::Done)
}

fn why(stop: &Stop) -> String {
    match stop {
        Stop::Malformed(error) => error.to_string(),
        Stop::Unsupported(what) => (*what).to_owned(),
        Stop::Memory => "it is short of memory".to_owned(),
        _ => "it gives no reason".to_owned(),
    }
}

/// What was found out about a problem.
#[derive(Default)]
struct Found {
    classes: Vec<InputClasses>,
    presolve: Presolve,
}

/// What is printed of a problem.
struct Page<'p> {
    lowered: &'p Lowered<'p>,
    names: &'p Names<'p>,
    found: &'p Found,
}

impl Page<'_> {
    fn print(&self, format: ModelFormat, out: &mut dyn Write) -> anyhow::Result<()> {
        let Lowered { model, trace, .. } = self.lowered;
        let named = Named { trace, naming: self.names };
        match format {
            ModelFormat::Lp => write_lp(model, &named, out)?,
            ModelFormat::Mps => write_mps(model, &named, out)?,
            ModelFormat::Json => {
                let columns: Vec<String> = (0..model.num_columns() as u32)
                    .map(|column| trace.column_name(column, self.names))
                    .collect();
                let rows: Vec<String> = (0..model.num_rows() as u32)
                    .map(|row| trace.row_name(row, self.names))
                    .collect();
                let page = json!({
                    "format": "apportion.model/1",
                    "columns": columns,
                    "rows": rows,
                    "classes": self.found.classes,
                    "presolve": self.found.presolve,
                    "model": model,
                });
                serde_json::to_writer(&mut *out, &page)?;
                writeln!(out)?;
            }
        }
        Ok(())
    }
}
