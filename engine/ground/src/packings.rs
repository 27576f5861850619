//! Bins as sums over classes: how many items of each size each column puts into them.
//!
//! Which bin holds what is no matter of classes, so a claim becomes sums that every packing keeps, one for each of
//! a few dual feasible functions ([`apportion_packing::Function`]), and, where these do not say all, a [`Packing`]
//! beside the first of them, for whoever looks at single rows.

use apportion_check::eval::{EvalError, EvalErrorKind, Facts};
use apportion_check::policy::{Binder, Expr};
use apportion_diagnostic::Diagnostic;
use apportion_packing::{Function, ROUNDING, are_nested, functions};
use rustc_hash::FxHashMap;

use crate::claims::{Bins, Claim};
use crate::families::{blank, holds};
use crate::model::{Columns, Family, Packing, Piece, Sense};
use crate::presolved::Tuples;
use crate::scan::{Frame, Scene};
use crate::sums::{Bench, Sites, Sum};

/// Sums that stand for one claim: more of them bound better and cost more.
pub(crate) const MOST_FUNCTIONS: usize = 4;
/// How far a number of items may be from a whole one.
const WHOLE: f64 = 1e-6;

/// What a claim on bins comes to.
#[derive(Default)]
pub(crate) struct Packed {
    /// What every packing keeps; all have the same rows.
    pub(crate) families: Vec<Family>,
    /// What the sums do not say; its family is counted among those here.
    pub(crate) packing: Option<Packing>,
    /// The tuples without items, of which the claim says nothing.
    pub(crate) empty: Tuples,
}

/// The items of one row, column by column and term by term.
pub(crate) struct Row {
    pub(crate) key: Vec<u32>,
    /// How large a bin is.
    pub(crate) bin: f64,
    /// What stands beside the bins: what they are at most, or what they are multiplied by.
    pub(crate) beside: f64,
    pub(crate) items: Vec<Item>,
}

/// What one unit of a column puts into the bins.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) site: u32,
    pub(crate) column: u32,
    pub(crate) count: f64,
    pub(crate) share: f64,
}

/// The sums and the packing of one claim.
pub(crate) fn packed<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    claim: &'f Claim,
    (bins, limit): &'f (Bins, Expr),
    decisions: &[Columns],
    findings: &mut Vec<Diagnostic>,
) -> Packed {
    let sites = Sites::of(&bins.items);
    let mut rows: Vec<Row> = Vec::new();
    let mut frame = Frame::new(claim.frame);
    let outcome = scene.each(&claim.quantifiers, &mut frame, &mut |frame| {
        if scene.guarded(&claim.guards, frame)? {
            let beside = (&claim.quantifiers[..], limit);
            let mut row = row(scene, beside, bins, decisions, &sites, frame)?;
            row.beside = (row.beside / row.bin * (1.0 + ROUNDING) + ROUNDING).floor();
            rows.push(row);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        let what = format!("rule `{}`", scene.policy.rules[claim.rule.index()].name);
        let binders = [&claim.quantifiers[..], &bins.binders].concat();
        findings.push(scene.fault(error, &what, &binders, &frame));
        return Packed::default();
    }
    let mut empty = Tuples::of(claim.quantifiers.len());
    rows.retain(|row| {
        // A row without items matters only where there is less than no bin.
        let is_empty = row.items.is_empty() && holds(Sense::LessEqual, row.beside, 0.0);
        if is_empty {
            empty.push(row.key.iter().copied());
        }
        !is_empty
    });
    let (shares, weights) = sizes(&rows);
    let nested = are_nested(&shares);
    let most = if nested { 1 } else { MOST_FUNCTIONS };
    let functions = functions(&shares, &weights, most);
    let families = functions.iter().map(|function| family(scene, claim, &sites, &rows, *function));
    let items = rows.iter().flat_map(|row| &row.items);
    let packing = (!nested).then(|| Packing {
        family: 0,
        counts: items.clone().map(|item| item.count).collect(),
        shares: items.map(|item| item.share).collect(),
    });
    Packed { families: families.collect(), packing, empty }
}

/// One row of bins, for what its quantifiers stand for in the frame.
pub(crate) fn row<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    (quantifiers, beside): (&[Binder], &'f Expr),
    bins: &'f Bins,
    decisions: &[Columns],
    sites: &Sites,
    frame: &mut Frame<'f>,
) -> Result<Row, EvalError> {
    let (beside, bin) = (scene.number(beside, frame)?, scene.number(&bins.bin, frame)?);
    if bin <= 0.0 {
        return Err(EvalError { kind: EvalErrorKind::SizeOutOfRange, span: bins.bin.span });
    }
    let mut no_pieces: Vec<Piece> = Vec::new();
    let mut bench = Bench::new(sites, &mut no_pieces);
    let mut sum = Sum::default();
    let mut items = Vec::new();
    scene.each(&bins.binders, frame, &mut |frame| {
        sum.clear();
        let mark = sum.mark();
        scene.add(&bins.items, frame, &mut sum, &mut bench)?;
        sum.multiply_members(mark, &bins.binders, frame, sites);
        if sum.entries.is_empty() {
            return Ok(());
        }
        let share = scene.number(&bins.size, frame)? / bin;
        if share < 0.0 {
            return Err(EvalError { kind: EvalErrorKind::SizeOutOfRange, span: bins.size.span });
        }
        for entry in &sum.entries {
            let (site, column, count) = (entry.site, entry.column, entry.value);
            let columns = &decisions[sites.list[site as usize].decision.index()];
            let is_signed = columns.lower[(column - columns.first) as usize] < 0.0;
            if is_signed || count < 0.0 || (count - count.round()).abs() > WHOLE {
                return Err(EvalError {
                    kind: EvalErrorKind::ItemsNotWhole,
                    span: bins.items.span,
                });
            }
            let count = count.round();
            if count > 0.0 && share > 0.0 {
                items.push(Item { site, column, count, share });
            }
        }
        Ok(())
    })?;
    items.sort_by_key(|item| (item.site, item.column));
    let mut differ = false;
    items.dedup_by(|next, kept| {
        let same = (next.site, next.column) == (kept.site, kept.column);
        differ |= same && next.share != kept.share;
        if same {
            kept.count += next.count;
        }
        same
    });
    if differ {
        return Err(EvalError { kind: EvalErrorKind::ItemsDiffer, span: bins.size.span });
    }
    let key = quantifiers.iter().map(|it| frame.classes[it.var.index()]).collect();
    Ok(Row { key, bin, beside, items })
}

/// The sizes that bins can hold, and how many columns have items of each.
pub(crate) fn sizes(rows: &[Row]) -> (Vec<f64>, Vec<f64>) {
    let mut weights: FxHashMap<u64, f64> = FxHashMap::default();
    for item in rows.iter().flat_map(|row| &row.items).filter(|it| it.share <= 1.0 + ROUNDING) {
        *weights.entry(item.share.to_bits()).or_default() += 1.0;
    }
    let mut sizes: Vec<(f64, f64)> =
        weights.into_iter().map(|(bits, weight)| (f64::from_bits(bits), weight)).collect();
    sizes.sort_by(|a, b| b.0.total_cmp(&a.0));
    sizes.into_iter().unzip()
}

/// One row per row of items: what the function makes of them is no more than there are bins.
fn family<F: Facts + ?Sized>(
    scene: &Scene<'_, F>,
    claim: &Claim,
    sites: &Sites,
    rows: &[Row],
    function: Function,
) -> Family {
    let mut family = blank(scene, claim, Sense::LessEqual, sites, None);
    for row in rows {
        family.keys.extend_from_slice(&row.key);
        family.right.push(row.beside);
        let mut items = row.items.iter().peekable();
        for term in 0..family.terms.len() as u32 {
            while let Some(item) = items.next_if(|item| item.site == term) {
                // Where no bin holds an item, there is to be none.
                let value = match item.share <= 1.0 + ROUNDING {
                    true => function.value(item.share),
                    false => row.beside.max(0.0) + 1.0,
                };
                if value > 0.0 {
                    family.columns.push(item.column);
                    family.values.push(item.count * value);
                }
            }
            family.start.push(family.columns.len() as u32);
        }
    }
    family
}
