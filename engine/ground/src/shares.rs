//! Shares of groups over classes.
//!
//! What tells groups apart tells classes apart too, so that all members of a class are of one group, and a share is a
//! sum of columns. The shares of a tier are the parts of one piece, the least of them.

use apportion_check::eval::{Facts, Value};
use apportion_check::policy::MOST_ALPHA;
use apportion_diagnostic::Diagnostic;
use rustc_hash::FxHashMap;

use crate::claims::{Aim, Fair};
use crate::model::{Linear, Piece, Tier, Utility};
use crate::scan::{Frame, Scene, malformed};
use crate::sums::{Bench, Sites, Sum};

/// The pieces of the tiers, the widest groups first; empty where there are no groups, none where a share has no value.
pub(crate) fn shares<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    (aim, fair): (&'f Aim, &'f Fair),
    pieces: &mut Vec<Piece>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Vec<Tier>> {
    let utility = match utility(scene, (aim, fair), findings) {
        Ok(utility) => utility,
        Err(Refused) => return None,
    };
    let sites = Sites::of(&fair.amount);
    let mut tiers: Vec<Groups> = fair.tiers.iter().map(|_| Groups::default()).collect();
    let mut faults = Vec::new();
    let mut frame = Frame::new(fair.frame);
    let mut bench = Bench::new(&sites, pieces);
    let outcome = scene.each(&fair.indices, &mut frame, &mut |frame| {
        let mut sum = Sum::default();
        let mark = sum.mark();
        scene.add(&fair.amount, frame, &mut sum, &mut bench)?;
        sum.multiply_members(mark, &fair.indices, frame, &sites);
        let part = sum.linear(&sites);
        for (tier, groups) in fair.tiers.iter().zip(&mut tiers) {
            let key = scene.evaluator.eval(&tier.key, &mut frame.values)?;
            let key = scene.key(&key).ok_or(malformed(tier.key.span))?;
            let weight = match &tier.weight {
                Some(weight) => scene.number(weight, frame)?,
                None => 1.0,
            };
            if let (Err(fault), Some(stated)) = (groups.add(key, weight, &part), &tier.weight) {
                let places = scene.places(&fair.indices[fair.indices.len() - 1..], frame);
                let finding = Diagnostic::error("weight-invalid", fault).at(stated.span, "");
                faults.push(finding.note(format!("for {}", places.unwrap_or_default())));
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        let what = format!("level `{}`", scene.policy.levels[aim.level.index()].name);
        findings.push(scene.fault(error, &what, &fair.indices, &frame));
        return None;
    }
    if !faults.is_empty() {
        findings.extend(faults.into_iter().take(MOST_FAULTS));
        return None;
    }
    let tiers = tiers.into_iter().filter(|groups| !groups.shares.is_empty());
    let numbers = tiers.map(|mut groups| {
        let unit = unit(&groups.shares);
        groups.shares.iter_mut().for_each(|share| divide(share, unit));
        pieces.push(Piece::Min(groups.shares));
        Tier { piece: pieces.len() as u32 - 1, unit, weights: groups.weights, utility }
    });
    Some(numbers.collect())
}

/// Something was found that leaves shares without a value.
struct Refused;

/// What shares are worth, once for all groups.
fn utility<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    (aim, fair): (&'f Aim, &'f Fair),
    findings: &mut Vec<Diagnostic>,
) -> Result<Option<Utility>, Refused> {
    let Some(stated) = &fair.utility else { return Ok(None) };
    let mut frame = Frame::new(fair.frame);
    let mut number = |expr| {
        scene.number(expr, &mut frame).map_err(|error| {
            let what = format!("level `{}`", scene.policy.levels[aim.level.index()].name);
            findings.push(scene.fault(error, &what, &[], &Frame::new(fair.frame)));
            Refused
        })
    };
    let alpha = number(&stated.alpha)?;
    let floor = stated.floor.as_ref().map(number).transpose()?;
    let mut refuse = |message: String, span| {
        findings.push(Diagnostic::error("out-of-range", message).at(span, ""));
        Err(Refused)
    };
    if !(alpha > 0.0 && alpha <= MOST_ALPHA) {
        let message = format!("alpha is more than 0 and at most {MOST_ALPHA}, and this is {alpha}");
        return refuse(message, stated.alpha.span);
    }
    if let (Some(floor), Some(stated)) = (floor, &stated.floor)
        && !(floor > 0.0 && floor.is_finite())
    {
        return refuse(format!("a floor is more than 0, and this is {floor}"), stated.span);
    }
    Ok(Some(Utility { alpha, floor }))
}

/// About what one unit of a column adds to a share, a power of two: a share of a large fleet is a small number, of
/// which a solver's tolerance would be a great part.
fn unit(shares: &[Linear]) -> f64 {
    let values = shares.iter().flat_map(|share| &share.entries).map(|entry| entry.value.abs());
    let (sum, count) = values
        .filter(|value| *value > 0.0)
        .fold((0.0, 0.0), |(sum, count), value| (sum + value.log2(), count + 1.0));
    if count == 0.0 { 1.0 } else { (sum / count).round().exp2() }
}

fn divide(share: &mut Linear, unit: f64) {
    share.constant /= unit;
    share.entries.iter_mut().for_each(|entry| entry.value /= unit);
    share.pieces.iter_mut().for_each(|(_, value)| *value /= unit);
}

/// Rows with a bad weight that are told of.
const MOST_FAULTS: usize = 3;

/// The groups of one tier, in the order of their first rows.
#[derive(Default)]
struct Groups {
    by_key: FxHashMap<(u8, u64), usize>,
    weights: Vec<f64>,
    shares: Vec<Linear>,
}

impl Groups {
    /// Adds what rows have to the share of their group; says what is wrong with its weight.
    fn add(&mut self, key: (u8, u64), weight: f64, part: &Linear) -> Result<(), String> {
        if !(weight > 0.0 && weight.is_finite()) {
            return Err(format!("a share is divided by its weight, and this is {weight}"));
        }
        let group = *self.by_key.entry(key).or_insert(self.shares.len());
        if group == self.shares.len() {
            self.weights.push(weight);
            self.shares.push(Linear::default());
        }
        if self.weights[group] != weight {
            let known = self.weights[group];
            return Err(format!("rows of one group have the weights {known} and {weight}"));
        }
        let share = &mut self.shares[group];
        share.constant += part.constant / weight;
        share.pieces.extend(part.pieces.iter().map(|(piece, value)| (*piece, value / weight)));
        let entries = part.entries.iter();
        share.entries.extend(entries.map(|it| crate::Entry { value: it.value / weight, ..*it }));
        Ok(())
    }
}

impl<'f, F: Facts + ?Sized> Scene<'f, F> {
    /// What tells the values of one type apart.
    fn key(&self, value: &Value<'f>) -> Option<(u8, u64)> {
        Some(match value {
            Value::Text(text) => {
                (0, self.words.borrow_mut().insert_full(smol_str::SmolStr::new(text)).0 as u64)
            }
            Value::Number(number) | Value::Time(number) => (1, (number + 0.0).to_bits()),
            Value::Bool(truth) => (2, u64::from(*truth)),
            Value::Row(row) => (3, u64::from(*row)),
            other => (4, u64::from(other.code()?)),
        })
    }
}
