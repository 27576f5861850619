//! Smaller worlds: a row less, an entry less, a simpler value.
//!
//! A candidate may be no world at all, as a row is gone that another refers to; whoever tries it finds that out. Each is
//! smaller by a measure that is never below 0 (rows, entries, then how far numbers are from 1 and 0), so that there is an
//! end.

use apportion_check::policy::{Literal, LiteralKind};
use smol_str::{SmolStr, format_smolstr};

use crate::worlds::World;

/// The worlds that are a step smaller, the boldest steps first.
pub(crate) fn smaller(world: &World) -> Vec<World> {
    let mut worlds = Vec::new();
    for (position, (input, rows)) in world.iter().enumerate() {
        for candidate in smaller_lists(rows) {
            let mut next = world.clone();
            next[position] = (*input, candidate);
            worlds.push(next);
        }
    }
    for (position, (input, rows)) in world.iter().enumerate() {
        let LiteralKind::List(list) = &rows.kind else { continue };
        for (number, row) in list.iter().enumerate() {
            for candidate in smaller_values(row) {
                let mut list = list.clone();
                list[number] = candidate;
                let mut next = world.clone();
                next[position] = (*input, Literal { kind: LiteralKind::List(list), ..*rows });
                worlds.push(next);
            }
        }
    }
    worlds
}

/// The list without one of its elements.
fn smaller_lists(list: &Literal) -> Vec<Literal> {
    let LiteralKind::List(parts) = &list.kind else { return Vec::new() };
    let without = |position: usize| {
        let mut parts = parts.clone();
        parts.remove(position);
        Literal { kind: LiteralKind::List(parts), span: list.span }
    };
    (0..parts.len()).map(without).collect()
}

/// A value that is a step simpler.
fn smaller_values(value: &Literal) -> Vec<Literal> {
    let span = value.span;
    match &value.kind {
        LiteralKind::List(_) => smaller_lists(value),
        LiteralKind::Record(fields) => {
            let mut records = Vec::new();
            for position in 0..fields.len() {
                let mut fields = fields.clone();
                fields.remove(position);
                records.push(fields);
            }
            for (position, (_, inner)) in fields.iter().enumerate() {
                for candidate in smaller_values(inner) {
                    let mut fields = fields.clone();
                    fields[position].1 = candidate;
                    records.push(fields);
                }
            }
            let records = records.into_iter();
            records.map(|fields| Literal { kind: LiteralKind::Record(fields), span }).collect()
        }
        LiteralKind::Number(text) => {
            let simpler = simpler_numbers(text).into_iter();
            simpler.map(|text| Literal { kind: LiteralKind::Number(text), span }).collect()
        }
        LiteralKind::Text(text) => {
            let Some((number, unit)) = text.split_once(' ') else { return Vec::new() };
            let simpler =
                simpler_numbers(number).into_iter().map(|it| format_smolstr!("{it} {unit}"));
            simpler.map(|text| Literal { kind: LiteralKind::Text(text), span }).collect()
        }
        LiteralKind::Bool(true) => vec![Literal { kind: LiteralKind::Bool(false), span }],
        LiteralKind::Bool(false) | LiteralKind::Absent => Vec::new(),
    }
}

/// Numbers that are nearer to 0, or to 1, than a number.
fn simpler_numbers(text: &str) -> Vec<SmolStr> {
    let Ok(number) = text.parse::<f64>() else { return Vec::new() };
    let simpler = [0.0, 1.0, (number / 2.0).trunc()];
    let simpler = simpler.into_iter().filter(|it| it.abs() < number.abs());
    // Half of what is little below 0 is no number that an author would write.
    simpler.map(|it| format_smolstr!("{}", it + 0.0)).collect()
}
