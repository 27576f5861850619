//! What runs now, and which rows it breaks already.

use apportion_check::eval::Facts;
use apportion_check::policy::IfBroken;
use rustc_hash::FxHashMap;

use crate::meaning::Meaning;
use crate::model::{Family, Formula, Piece, Relief, Sense, Sort, Space, Tie};
use crate::scan::Scene;

/// A tuple of a decision that is not 0 now.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// The decision's position in the policy.
    pub decision: u32,
    /// Row numbers or codes, one per index.
    pub at: Vec<u32>,
    /// Its value, in the base unit.
    pub value: f64,
}

/// What runs now by column; tuples that have no column today are left out.
#[derive(Default)]
pub(crate) struct Current<'r> {
    by_column: FxHashMap<u32, Vec<&'r Running>>,
}

/// What a sum may be off by, as a share of the sizes of its terms. A row that is broken by hardly more gets a
/// relief that it hardly needs; one too few would leave no plan.
const TOLERANCE: f64 = 1e-9;

impl<'r> Current<'r> {
    pub(crate) fn new<F: Facts + ?Sized>(
        scene: &Scene<'_, F>,
        sorts: &[Vec<Sort>],
        running: &'r [Running],
    ) -> Current<'r> {
        let mut current = Current::default();
        for entry in running {
            let Some(sorts) = sorts.get(entry.decision as usize) else { continue };
            let classes = entry.at.iter().zip(sorts).map(|(code, sort)| match sort {
                Sort::Rows(input) => scene.spaces[input.index()].class_of[*code as usize],
                Sort::Codes => *code,
            });
            if let Some(column) = scene.lookup.column(entry.decision as usize, classes) {
                current.by_column.entry(column).or_default().push(entry);
            }
        }
        current
    }

    /// The single rows of a family that are broken now.
    pub(crate) fn reliefs(
        &self,
        family: &Family,
        spaces: &[Space],
        if_broken: IfBroken,
    ) -> Vec<Relief> {
        let mut reliefs = Vec::new();
        for row in 0..family.len() {
            let right = family.right[row];
            let nothing = Side::default();
            // Rows that nothing runs in are alike: broken all, or none.
            let mut left: FxHashMap<Box<[u32]>, Side> = FxHashMap::default();
            if nothing.violation(family.sense, right).is_some() {
                each_member(family, row, spaces, &[], &mut |members| {
                    left.insert(members.into(), nothing);
                });
            }
            for (term, stated) in family.terms.iter().enumerate() {
                let (columns, values) = family.entries(row, term);
                for (column, coefficient) in columns.iter().zip(values) {
                    for running in self.by_column.get(column).into_iter().flatten() {
                        let fixed = fixed_members(&stated.ties, family.quantifiers.len(), running);
                        each_member(family, row, spaces, &fixed, &mut |members| {
                            let side = left.entry(members.into()).or_default();
                            side.add(coefficient * running.value);
                        });
                    }
                }
            }
            let broken = left.into_iter().filter_map(|(members, left)| {
                let violation = left.violation(family.sense, right)?;
                Some(Relief { row: row as u32, members, most: most(if_broken, violation) })
            });
            let before = reliefs.len();
            reliefs.extend(broken);
            reliefs[before..].sort_by(|a, b| a.members.cmp(&b.members));
        }
        reliefs
    }

    /// How much the formula is broken now; absent: it holds.
    pub(crate) fn violation(&self, formula: &Formula, pieces: &[Piece]) -> Option<f64> {
        let column = |column: u32| {
            self.by_column.get(&column).into_iter().flatten().map(|it| it.value).sum::<f64>()
        };
        Meaning { pieces, column }.violation(formula)
    }
}

/// The left side of a row on what runs now, and the sizes of its terms.
#[derive(Clone, Copy, Default)]
struct Side {
    value: f64,
    size: f64,
}

impl Side {
    fn add(&mut self, value: f64) {
        self.value += value;
        self.size += value.abs();
    }

    /// By how much the row is broken; absent: it holds.
    fn violation(self, sense: Sense, right: f64) -> Option<f64> {
        let violation = match sense {
            Sense::LessEqual => self.value - right,
            Sense::GreaterEqual => right - self.value,
            Sense::Equal => (self.value - right).abs(),
        };
        (violation > TOLERANCE * self.size.max(right.abs())).then_some(violation)
    }
}

/// What a relieved row may be broken by.
pub(crate) fn most(if_broken: IfBroken, violation: f64) -> f64 {
    if if_broken == IfBroken::Soften { f64::INFINITY } else { violation }
}

/// For each quantifier, the member that a running tuple gives it, where its term ties it.
fn fixed_members(ties: &[Tie], quantifiers: usize, running: &Running) -> Vec<Option<u32>> {
    let mut fixed = vec![None; quantifiers];
    for (tie, code) in ties.iter().zip(&running.at) {
        if let Tie::Quantifier(quantifier) = tie {
            fixed[*quantifier as usize] = Some(*code);
        }
    }
    fixed
}

/// Calls `visit` for each tuple of members of a class row, those given held fixed.
fn each_member(
    family: &Family,
    row: usize,
    spaces: &[Space],
    fixed: &[Option<u32>],
    visit: &mut dyn FnMut(&[u32]),
) {
    let key = family.key(row);
    let mut members = vec![0; key.len()];
    descend(family, key, spaces, fixed, 0, &mut members, visit);
}

fn descend(
    family: &Family,
    key: &[u32],
    spaces: &[Space],
    fixed: &[Option<u32>],
    at: usize,
    members: &mut Vec<u32>,
    visit: &mut dyn FnMut(&[u32]),
) {
    let Some(class) = key.get(at) else { return visit(members) };
    if let Some(Some(member)) = fixed.get(at) {
        members[at] = *member;
        return descend(family, key, spaces, fixed, at + 1, members, visit);
    }
    match family.quantifiers[at].sort {
        Sort::Codes => {
            members[at] = *class;
            descend(family, key, spaces, fixed, at + 1, members, visit);
        }
        Sort::Rows(input) => {
            for member in spaces[input.index()].members(*class) {
                members[at] = *member;
                descend(family, key, spaces, fixed, at + 1, members, visit);
            }
        }
    }
}
