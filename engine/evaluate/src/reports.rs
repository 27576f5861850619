//! Reports: a value, or one per group; of shares one per group of each kind, the widest kind first.

use apportion_check::eval::{EvalError, EvalErrorKind, Value};
use apportion_check::policy::{ExprKind, Group, Report};
use smol_str::SmolStr;

use crate::form::Reading;
use crate::narrow::Narrowing;
use crate::reader::Reader;
use crate::shares::shares;
use crate::verdict::{Failure, Item, ReportRow, ReportVerdict, Verdict};

/// The most rows that a report may have.
const MOST_ROWS: usize = 100_000;

pub(crate) fn judge(reader: &Reader<'_, '_>, verdict: &mut Verdict) {
    for (report, position) in reader.court.policy.reports.iter().zip(0..) {
        let mut judged = ReportVerdict::default();
        if let Err(error) = rows(reader, report, &mut judged) {
            let item = Item::Report(position);
            verdict.failures.push(Failure { item, at: Vec::new(), error });
        }
        verdict.reports.push(judged);
    }
}

/// One text per `by`, and the values that each index takes in the group.
struct Cell<'f> {
    group: Vec<String>,
    narrowings: Vec<Narrowing<'f>>,
}

fn rows<'f>(
    reader: &Reader<'_, 'f>,
    report: &'f Report,
    judged: &mut ReportVerdict,
) -> Result<(), EvalError> {
    if let ExprKind::Shares(id) = report.value.kind {
        let fairness = &reader.court.policy.fairness[id.index()];
        let found = shares(reader, fairness, &Reading::default().form(&fairness.amount))?;
        let rows = found.tiers.into_iter().flatten();
        judged.rows.extend(rows.map(|it| ReportRow { group: vec![it.group], value: it.value }));
        return Ok(());
    }
    let names: Vec<SmolStr> = report.by.iter().map(|group| group.index.clone()).collect();
    let form = Reading { narrowed: &names }.form(&report.value);
    for cell in cells(reader, report)? {
        let mut frame = vec![Value::Absent; report.frame];
        let narrowed = Reader { narrowings: &cell.narrowings, ..*reader };
        let value = narrowed.quantity(&form, &mut frame)?.value;
        judged.rows.push(ReportRow { group: cell.group, value });
    }
    Ok(())
}

/// Groups of one index are taken together, so that a pair of keys that no value has is no group.
fn cells<'f>(reader: &Reader<'_, 'f>, report: &'f Report) -> Result<Vec<Cell<'f>>, EvalError> {
    let mut indices: Vec<&SmolStr> = Vec::new();
    for group in &report.by {
        if !indices.contains(&&group.index) {
            indices.push(&group.index);
        }
    }
    let mut cells = vec![Cell { group: vec![String::new(); report.by.len()], narrowings: vec![] }];
    let mut narrowed: Vec<Vec<(SmolStr, Vec<Value<'f>>)>> = vec![Vec::new()];
    for index in indices {
        let groups: Vec<(usize, &Group)> =
            report.by.iter().enumerate().filter(|(_, group)| group.index == *index).collect();
        let members = members(reader, &groups, report)?;
        if cells.len().saturating_mul(members.len()) > MOST_ROWS {
            let kind = EvalErrorKind::ElementLimit(MOST_ROWS);
            return Err(EvalError { kind, span: report.span });
        }
        let mut next_cells = Vec::new();
        let mut next_narrowed = Vec::new();
        for (cell, before) in cells.iter().zip(&narrowed) {
            for (texts, values) in &members {
                let mut group = cell.group.clone();
                for ((place, _), text) in groups.iter().zip(texts) {
                    group[*place].clone_from(text);
                }
                next_cells.push(Cell { group, narrowings: Vec::new() });
                let mut now = before.clone();
                now.push((index.clone(), values.clone()));
                next_narrowed.push(now);
            }
        }
        (cells, narrowed) = (next_cells, next_narrowed);
    }
    for (cell, narrowed) in cells.iter_mut().zip(narrowed) {
        cell.narrowings =
            narrowed.into_iter().map(|(name, values)| Narrowing::new(name, values)).collect();
    }
    Ok(cells)
}

type Members<'f> = Vec<(Vec<String>, Vec<Value<'f>>)>;

/// The keys that the values of one index have, ascending, each with those values.
fn members<'f>(
    reader: &Reader<'_, 'f>,
    groups: &[(usize, &'f Group)],
    report: &'f Report,
) -> Result<Members<'f>, EvalError> {
    let evaluator = &reader.court.evaluator;
    let Some((_, first)) = groups.first() else { return Ok(Vec::new()) };
    let mut frame = vec![Value::Absent; report.frame.max(1)];
    let mut keyed: Vec<(Vec<Key>, Vec<String>, Value<'f>)> = Vec::new();
    for value in evaluator.domain(&first.domain, &mut frame)?.iter() {
        let mut keys = Vec::with_capacity(groups.len());
        let mut texts = Vec::with_capacity(groups.len());
        for (_, group) in groups {
            frame[0] = value.clone();
            let key = evaluator.eval(&group.key, &mut frame)?;
            let text = reader.court.facts.name(&key, &group.key.ty);
            keys.push((key.code(), text.clone()));
            texts.push(text);
        }
        keyed.push((keys, texts, value));
    }
    keyed.sort_by(|left, right| left.0.cmp(&right.0));
    let mut members: Members<'f> = Vec::new();
    for (_, texts, value) in keyed {
        match members.last_mut() {
            Some((last, values)) if *last == texts => values.push(value),
            _ => members.push((texts, vec![value])),
        }
    }
    Ok(members)
}

/// Words and rows are ordered by their position, texts as texts.
type Key = (Option<u32>, String);
