//! `apportion world`

use std::io::Write;

use apportion_world::{ColumnData, Table, World};
use serde_json::json;

use crate::args::{Common, Facts, Format, World as Arguments, WorldVerb};
use crate::exit::Exit;
use crate::{findings, input};

pub(crate) fn run(it: &Arguments, common: &Common) -> anyhow::Result<Exit> {
    match &it.what {
        WorldVerb::Check(facts) => check(facts, common),
        WorldVerb::Show(facts) => show(facts, common),
    }
}

fn check(facts: &Facts, common: &Common) -> anyhow::Result<Exit> {
    let Some(input) = input::read(facts, common)? else { return Ok(Exit::Findings) };
    findings::print(&input.findings, &input.sources, common)?;
    if common.format == Format::Text && !common.quiet {
        let rows: usize = input.world.tables.iter().map(|table| table.keys.len()).sum();
        writeln!(std::io::stdout(), "{} inputs, {rows} rows: no errors", input.world.tables.len())?;
    }
    Ok(Exit::Done)
}

fn show(facts: &Facts, common: &Common) -> anyhow::Result<Exit> {
    let Some(input) = input::read(facts, common)? else { return Ok(Exit::Findings) };
    findings::print_warnings(&input.findings, &input.sources, common)?;
    if common.format == Format::Json {
        let tables: Vec<_> = input
            .world
            .tables
            .iter()
            .zip(&input.policy.inputs)
            .map(|(table, stated)| {
                let fields = &input.policy.entities[stated.entity.index()].fields;
                let columns: Vec<_> = table
                    .columns
                    .iter()
                    .zip(fields)
                    .map(|(column, field)| {
                        let present = column.present.as_ref();
                        let present =
                            present.map_or(table.keys.len(), |it| it.iter().filter(|it| **it).count());
                        json!({ "field": field.name.as_str(), "present": present, "holds": holds(&column.data) })
                    })
                    .collect();
                json!({ "input": table.input, "rows": table.keys.len(), "fields": columns })
            })
            .collect();
        let page =
            json!({ "format": "apportion.facts/1", "world": input.hashes.1, "inputs": tables });
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&page)?)?;
        return Ok(Exit::Done);
    }
    for (table, stated) in input.world.tables.iter().zip(&input.policy.inputs) {
        writeln!(std::io::stdout(), "{}: {} rows", table.input, table.keys.len())?;
        let fields = &input.policy.entities[stated.entity.index()].fields;
        for (column, field) in table.columns.iter().zip(fields) {
            writeln!(std::io::stdout(), "  {:<16} {}", field.name, holds(&column.data))?;
        }
        writeln!(std::io::stdout(), "{}", keys(&input.world, table))?;
    }
    writeln!(std::io::stdout(), "runs now: {} placements", input.world.current.entries.len())?;
    Ok(Exit::Done)
}

fn keys(world: &World, table: &Table) -> String {
    let first: Vec<&str> = table.keys.iter().take(5).map(|key| world.symbols.text(*key)).collect();
    let more = if table.keys.len() > 5 { ", …" } else { "" };
    format!("  keys: {}{more}", first.join(", "))
}

fn holds(data: &ColumnData) -> String {
    match data {
        ColumnData::Number(values) if !values.is_empty() => {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let number = |value| apportion_units::format_number(value, 6);
            format!("numbers, {} .. {} in base units", number(least), number(most))
        }
        ColumnData::Number(_) => "numbers".to_owned(),
        ColumnData::Bool(_) => "true or false".to_owned(),
        ColumnData::Text(_) => "texts".to_owned(),
        ColumnData::Enum(_) => "words".to_owned(),
        ColumnData::Reference(_) => "references".to_owned(),
        ColumnData::Amounts { stride, .. } => format!("amounts of {stride} resources"),
        ColumnData::Map { keys, .. } => format!("maps, {} entries", keys.len()),
        ColumnData::Set { values, .. } => format!("sets of {}", holds(values)),
    }
}
