//! Bins that a level counts, over classes.

use apportion_check::eval::Facts;
use apportion_diagnostic::Diagnostic;
use apportion_packing::{ROUNDING, are_nested, functions};

use crate::claims::Aim;
use crate::counted::Counted;
use crate::families::{quantifier, terms};
use crate::model::{Columns, Tally};
use crate::packings::{Item, MOST_FUNCTIONS, Row, row, sizes};
use crate::scan::{Frame, Scene};
use crate::sums::Sites;

/// The bins of one expression of a level; none where no row has any.
///
/// An item that no bin holds is in no plan: the columns that bring one are bounded by 0. Where one of them may not be
/// 0 the item stays, so that the conflict is seen as one.
pub(crate) fn tally<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    aim: &'f Aim,
    counted: &'f Counted,
    decisions: &mut [Columns],
    findings: &mut Vec<Diagnostic>,
) -> Option<Tally> {
    let Counted { quantifiers, guards, factor, bins } = counted;
    let sites = Sites::of(&bins.items);
    let mut rows: Vec<Row> = Vec::new();
    let mut frame = Frame::new(aim.frame);
    let outcome = scene.each(quantifiers, &mut frame, &mut |frame| {
        if scene.guarded(guards, frame)? {
            let row = row(scene, (quantifiers, factor), bins, decisions, &sites, frame)?;
            rows.extend((!row.items.is_empty()).then_some(row));
        }
        Ok(())
    });
    if let Err(error) = outcome {
        let what = format!("level `{}`", scene.policy.levels[aim.level.index()].name);
        let binders = [&quantifiers[..], &bins.binders].concat();
        findings.push(scene.fault(error, &what, &binders, &frame));
        return None;
    }
    for item in rows.iter().flat_map(|row| &row.items).filter(|item| !fits(item.share)) {
        let columns = &mut decisions[sites.list[item.site as usize].decision.index()];
        let at = (item.column - columns.first) as usize;
        if columns.lower[at] > 0.0 {
            continue;
        }
        (columns.upper[at], columns.most[at]) =
            (columns.upper[at].min(0.0), columns.most[at].min(0.0));
    }
    let is_forced = |item: &Item| {
        let columns = &decisions[sites.list[item.site as usize].decision.index()];
        !fits(item.share) && columns.lower[(item.column - columns.first) as usize] > 0.0
    };
    rows.retain(|row| row.beside != 0.0 || row.items.iter().any(is_forced));
    let (shares, weights) = sizes(&rows);
    let most = if are_nested(&shares) { 1 } else { MOST_FUNCTIONS };
    let stated = quantifiers.iter().map(|it| quantifier(scene.policy, it)).collect();
    let functions = functions(&shares, &weights, most);
    let span = bins.items.span.to(bins.bin.span);
    let mut tally = Tally::new(aim.level, span, stated, terms(&sites, quantifiers), functions);
    rows.iter().for_each(|row| push(&mut tally, row, &is_forced));
    (!tally.is_empty()).then_some(tally)
}

fn push(tally: &mut Tally, row: &Row, is_forced: &dyn Fn(&Item) -> bool) {
    tally.keys.extend_from_slice(&row.key);
    tally.prices.push(row.beside * row.bin);
    let mut items = row.items.iter().peekable();
    for term in 0..tally.terms.len() as u32 {
        while let Some(item) = items.next_if(|item| item.site == term) {
            if fits(item.share) || is_forced(item) {
                tally.columns.push(item.column);
                tally.counts.push(item.count);
                tally.shares.push(item.share);
            }
        }
        tally.start.push(tally.columns.len() as u32);
    }
}

fn fits(share: f64) -> bool {
    share <= 1.0 + ROUNDING
}
