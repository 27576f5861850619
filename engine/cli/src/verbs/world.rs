//! `apportion world`

use std::io::Write;

use anyhow::Context;
use apportion_units::{counted, format_number};
use apportion_world::{ColumnDescription, Current, Snapshot, Table, TableDescription, World};
use serde::Serialize;

use crate::args::{Common, Facts, Format, Snapshot as ToSnapshot, World as Arguments, WorldVerb};
use crate::exit::Exit;
use crate::input::Input;
use crate::{findings, input};

pub(crate) fn run(it: &Arguments, common: &Common) -> anyhow::Result<Exit> {
    match &it.what {
        WorldVerb::Check(it) => check(&it.facts, common),
        WorldVerb::Show(it) => show(&it.facts, common),
        WorldVerb::Snapshot(it) => snapshot(it, common),
    }
}

fn check(facts: &Facts, common: &Common) -> anyhow::Result<Exit> {
    let Some(input) = input::read(facts, common)? else { return Ok(Exit::Findings) };
    findings::print(&input.findings, &input.sources, common)?;
    if common.format == Format::Text && !common.quiet {
        let tables = &input.world.tables;
        let rows = tables.iter().map(|table| table.keys.len()).sum();
        let (inputs, rows) =
            (counted(tables.len(), "input", "inputs"), counted(rows, "row", "rows"));
        writeln!(std::io::stdout(), "{inputs}, {rows}: no errors")?;
    }
    Ok(Exit::Done)
}

/// What `world show` prints as JSON.
#[derive(Serialize)]
struct Page<'a> {
    format: &'static str,
    world: &'a str,
    inputs: Vec<TableDescription>,
    runs_now: RunsNow,
}

#[derive(Serialize)]
struct RunsNow {
    held: usize,
    departed: usize,
}

fn show(facts: &Facts, common: &Common) -> anyhow::Result<Exit> {
    let Some(input) = input::read(facts, common)? else { return Ok(Exit::Findings) };
    findings::print_warnings(&input.findings, &input.sources, common)?;
    let inputs = input.world.describe(&input.schema);
    let Current { entries, departed, .. } = &input.world.current;
    let runs_now = RunsNow { held: entries.len(), departed: departed.len() };
    if common.format == Format::Json {
        let world = &input.hashes.1;
        let page = Page { format: "apportion.facts/1", world, inputs, runs_now };
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&page)?)?;
    } else {
        std::io::stdout().write_all(drawn(&input, &inputs, &runs_now).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn snapshot(it: &ToSnapshot, common: &Common) -> anyhow::Result<Exit> {
    let Some(input) = input::read(&it.facts, common)? else { return Ok(Exit::Findings) };
    findings::print_warnings(&input.findings, &input.sources, common)?;
    let Input { params, settings, world, .. } = input;
    let json = Snapshot { at: settings.at(), params, world }.to_json()? + "\n";
    match &it.out {
        Some(path) => std::fs::write(path, json)
            .with_context(|| format!("`{}` cannot be written", path.display()))?,
        None => std::io::stdout().write_all(json.as_bytes())?,
    }
    Ok(Exit::Done)
}

/// A table per input, for people.
fn drawn(input: &Input, inputs: &[TableDescription], runs_now: &RunsNow) -> String {
    let mut out = String::new();
    for (table, described) in input.world.tables.iter().zip(inputs) {
        let rows = counted(described.rows, "row", "rows");
        out += &format!("{}: {rows}{}\n", described.input, keys(&input.world, table));
        for column in &described.columns {
            out += &line(column, described.rows);
        }
    }
    let held = counted(runs_now.held, "value", "values");
    let gone = match runs_now.departed {
        0 => String::new(),
        departed => format!("; {} of rows that are gone", counted(departed, "value", "values")),
    };
    out + &format!("runs now: {held}{gone}\n")
}

fn line(column: &ColumnDescription, rows: usize) -> String {
    let absent = match rows - column.present {
        0 => String::new(),
        absent => format!(", absent in {}", counted(absent, "row", "rows")),
    };
    let range = match (column.least, column.most) {
        (Some(least), Some(most)) => {
            format!(", {} .. {} in base units", format_number(least, 6), format_number(most, 6))
        }
        _ => String::new(),
    };
    let different = counted(column.distinct, "value", "different values");
    format!("  {:<16} {:<9} {different}{range}{absent}\n", column.field, column.kind)
}

/// The first keys of a table.
fn keys(world: &World, table: &Table) -> String {
    const SHOWN: usize = 5;
    let first = table.keys.iter().take(SHOWN).map(|key| world.symbols.text(*key));
    let first: Vec<&str> = first.collect();
    match table.keys.len() {
        0 => String::new(),
        keys if keys > SHOWN => format!(" ({}, …)", first.join(", ")),
        _ => format!(" ({})", first.join(", ")),
    }
}
