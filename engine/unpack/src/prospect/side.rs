//! The side effects of one more unit: decisions that are no placements make room for it.

use apportion_ground::{Sense, Tie};

use super::rows::{Broken, Step, each_column};
use super::{Cause, Prospects};
use crate::place::each_tuple;

/// Steps that one unit may take at most, with its side effects.
const MOST_STEPS: usize = 6;
/// Decisions that are tried for one rule without room, in each direction.
const TRIED: usize = 8;
/// Members of a class that are tried.
const MEMBERS: usize = 4;

impl Prospects<'_> {
    /// Adds steps until nothing is broken; else takes them back and tells the causes.
    pub(super) fn settle(&self, steps: &mut Vec<Step>, work: u64, causes: &mut Vec<Cause>) -> bool {
        if steps.len() > MOST_STEPS || self.rows.work() > work {
            causes.push(Cause::Unknown);
            return false;
        }
        let broken = self.rows.broken(steps);
        let Some(first) = broken.first() else { return true };
        let moves: Vec<Vec<Step>> = broken.iter().map(|it| self.moves(it, steps, work)).collect();
        let firm = broken.iter().zip(&moves).filter(|(_, moves)| moves.is_empty());
        let firm: Vec<Cause> = firm.map(|(it, _)| it.cause(self.ground)).collect();
        if !firm.is_empty() {
            causes.extend(firm);
            return false;
        }
        let mut beyond = Vec::new();
        let mut is_raised = false;
        for step in moves.into_iter().next().into_iter().flatten() {
            // Raised is what gives room. What is lowered gives up what it is there for: that it cannot be is no
            // reason of its own.
            let raises = step.amount > 0.0;
            is_raised |= raises;
            steps.push(step);
            let found = if raises {
                self.settle(steps, work, &mut beyond)
            } else {
                self.settle(steps, work, &mut Vec::new())
            };
            if found {
                return true;
            }
            steps.pop();
        }
        if is_raised {
            causes.append(&mut beyond)
        } else {
            causes.push(first.cause(self.ground))
        }
        false
    }

    /// Moves of single decisions that mend what is broken, or some of it, as far as the `work` goes; those that raise
    /// come first.
    fn moves(&self, broken: &Broken, steps: &[Step], work: u64) -> Vec<Step> {
        let (mut raising, mut lowering) = (Vec::new(), Vec::new());
        let mut take = |step: Step| {
            let list = if step.amount > 0.0 { &mut raising } else { &mut lowering };
            if list.len() < TRIED {
                list.push(step);
            }
        };
        match broken {
            Broken::Sum { family, row, single, lack } => {
                let stated = &self.ground.families[*family as usize];
                let key = self.rows.key_of(*family, *row, *single);
                for (number, term) in stated.terms.iter().enumerate() {
                    if !self.movable[term.decision.index()] {
                        continue;
                    }
                    let (columns, coefficients) = stated.entries(*row as usize, number);
                    for (column, coefficient) in columns.iter().zip(coefficients) {
                        self.rows.worked(1);
                        if self.rows.work() > work {
                            break;
                        }
                        let wanted = lack / coefficient;
                        let tied = |index: usize| match term.ties[index] {
                            Tie::Quantifier(quantifier) => Some(key[quantifier as usize]),
                            Tie::Free => None,
                        };
                        self.each_move(*column, &tied, &[wanted], steps, &mut take);
                    }
                }
            }
            Broken::Condition(at) => {
                let instance = &self.ground.instances[*at as usize];
                let now = self.rows.violations(instance, steps).1;
                let mut seen = Vec::new();
                each_column(&instance.formula, &self.ground.pieces, &mut |column| {
                    if seen.contains(&column) || !self.movable[self.decision_of(column)] {
                        return;
                    }
                    seen.push(column);
                    let wanted = [f64::INFINITY, 1.0, -1.0, f64::NEG_INFINITY];
                    self.each_move(column, &|_| None, &wanted, steps, &mut |step| {
                        let with: Vec<Step> = steps.iter().cloned().chain([step.clone()]).collect();
                        if self.rows.violations(instance, &with).1 < now - 1e-9 {
                            take(step);
                        }
                    });
                });
            }
            // Which item moves out of the way of which is not tried.
            Broken::Bins(_) | Broken::Unknown => {}
        }
        raising.append(&mut lowering);
        raising
    }

    /// Calls `visit` with the moves of a column's tuples by the amounts that are wanted, as far as bounds allow.
    fn each_move(
        &self,
        column: u32,
        tied: &dyn Fn(usize) -> Option<u32>,
        wanted: &[f64],
        steps: &[Step],
        visit: &mut dyn FnMut(Step),
    ) {
        let decision = self.decision_of(column);
        let columns = &self.ground.decisions[decision];
        let at = (column - columns.first) as usize;
        let mut members = self.rows.members(columns, at);
        for (index, members) in members.iter_mut().enumerate() {
            match tied(index) {
                Some(member) => *members = vec![member],
                None => members.truncate(MEMBERS),
            }
        }
        let mut tuple = vec![0; members.len()];
        each_tuple(&members, 0, &mut tuple, &mut |tuple| {
            let mut step = Step { column, tuple: tuple.into(), amount: 0.0 };
            let own = steps.iter().filter(|it| it.column == column && *it.tuple == *tuple);
            let moved: Vec<f64> = own.map(|it| it.amount).collect();
            let value = self.rows.value(&step) + moved.iter().sum::<f64>();
            let mut known = f64::NAN;
            for wanted in wanted {
                let whole = match columns.whole {
                    true if *wanted > 0.0 => (wanted - 1e-6).ceil(),
                    true => (wanted + 1e-6).floor(),
                    false => *wanted,
                };
                let upper = self.ground.declared[column as usize];
                let amount = (value + whole).max(columns.lower[at]).min(upper) - value;
                let is_back = moved.iter().any(|it| it * amount < 0.0);
                let is_nothing = amount.abs() <= 1e-9 * value.abs().max(1e-3);
                if amount.is_finite() && !is_back && !is_nothing && amount != known {
                    known = amount;
                    step.amount = amount;
                    visit(step.clone());
                }
            }
        });
    }

    fn decision_of(&self, column: u32) -> usize {
        self.ground.decisions.partition_point(|it| it.first <= column) - 1
    }

    /// Whether more of a column gives room to a decision that an objective gains from.
    pub(super) fn gives_room(&self, column: u32, amount: f64) -> bool {
        let sought = |other: u32, direction: f64| {
            self.movable[self.decision_of(other)] && self.gains.seeks(other, direction)
        };
        let in_sums = self.rows.parts(column).iter().any(|part| {
            let family = &self.ground.families[part.family as usize];
            let gives = |sign: f64| {
                part.coefficient * amount * sign < 0.0
                    && (0..family.terms.len()).any(|term| {
                        let (columns, coefficients) = family.entries(part.row as usize, term);
                        self.rows.worked(columns.len());
                        let mut entries = columns.iter().zip(coefficients);
                        entries.any(|(other, coefficient)| sought(*other, sign * coefficient))
                    })
            };
            match family.sense {
                Sense::LessEqual => gives(1.0),
                Sense::GreaterEqual => gives(-1.0),
                Sense::Equal => gives(1.0) || gives(-1.0),
            }
        });
        in_sums
            || self.rows.conditions(column).iter().any(|at| {
                let formula = &self.ground.instances[*at as usize].formula;
                let mut found = false;
                each_column(formula, &self.ground.pieces, &mut |other| {
                    found |= self.movable[self.decision_of(other)] && self.gains.speaks_of(other);
                });
                found
            })
    }
}
