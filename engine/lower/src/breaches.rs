//! Rows that may be broken: at a price (soft), or because what runs now breaks them (relief).
//!
//! `a <= b` becomes `a - v <= b`, `a >= b` becomes `a + v >= b`, `a == b` becomes `a - v + u == b`, with
//! `v, u >= 0`: deviational variables as of goal programming (Charnes and Cooper, "Management Models and
//! Industrial Applications of Linear Programming", 1961). A soft violation costs its price in its level. A
//! relieved one is at most the relief's, and costs its share of that before every level, so that
//! amounts in different units can be added; where it has no limit, its share of the right side.
//!
//! A class row has one violation for all its members: it is bounded by the sum of theirs and priced by the
//! cheapest, so that whatever single rows give up is allowed and costs no more than there.
//!
//! A rule that is to warn is priced before every level. A soft rule needs no relief: reliefs of a family that has a price are not looked at.

use apportion_ground::{Relief, Sense};

use crate::builder::{Builder, Charge};
use crate::form::Interval;
use crate::layout::sorts;
use crate::trace::{Auxiliary, AuxiliaryKind, Owner, Side};

/// The violation columns of a family's rows.
#[derive(Debug)]
pub(crate) enum Breaches {
    /// No row has any.
    None,
    /// Every row has one for each side; the first row's are given.
    Every(Vec<(u32, Side)>),
    /// Some rows have, ascending by row.
    Some(Vec<(u32, u32, Side)>),
}

impl Breaches {
    /// The violation columns of a row, with their coefficients.
    pub(crate) fn of(&self, row: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let (every, some): (&[_], &[_]) = match self {
            Breaches::None => (&[], &[]),
            Breaches::Every(first) => (first, &[]),
            Breaches::Some(all) => {
                let begin = all.partition_point(|it| it.0 < row);
                let count = all[begin..].iter().take_while(|it| it.0 == row).count();
                (&[], &all[begin..begin + count])
            }
        };
        let every = every.iter().map(move |(first, side)| (first + row, side.sign()));
        every.chain(some.iter().map(|(_, column, side)| (*column, side.sign())))
    }
}

impl Builder<'_> {
    /// Makes the violation columns of a family whose rows are known.
    pub(crate) fn breaches(&mut self, number: u32) -> Breaches {
        let family = &self.ground().families[number as usize];
        let sides: &[Side] = match family.sense {
            Sense::LessEqual => &[Side::Over],
            Sense::GreaterEqual => &[Side::Under],
            Sense::Equal => &[Side::Over, Side::Under],
        };
        if let Some(soft) = family.soft {
            let count = self.trace.families[number as usize].len;
            let firsts = sides.iter().map(|side| {
                let first = self.violations(number, count);
                self.charges.push(Charge {
                    level: soft.level,
                    owner: Owner::Family(number, 0),
                    columns: first..first + count,
                    price: soft.price,
                });
                (first, *side)
            });
            return Breaches::Every(firsts.collect());
        }
        if family.reliefs.is_empty() {
            return Breaches::None;
        }
        Breaches::Some(self.reliefs(number, sides))
    }

    fn reliefs(&mut self, number: u32, sides: &[Side]) -> Vec<(u32, u32, Side)> {
        let family = &self.ground().families[number as usize];
        let mut rows: Vec<(u32, &Relief)> = Vec::with_capacity(family.reliefs.len());
        for relief in &family.reliefs {
            let layout = &self.trace.layout;
            let member =
                layout.number(&sorts(family), family.key(relief.row as usize), &relief.members);
            // A relief for a tuple that is none of the row's says nothing.
            let Some(member) = member else { continue };
            rows.push((self.trace.families[number as usize].row(relief.row, member), relief));
        }
        rows.sort_by_key(|(row, _)| *row);
        let mut columns = Vec::with_capacity(rows.len() * sides.len());
        for same in rows.chunk_by(|one, other| one.0 == other.0) {
            let (row, relief) = same[0];
            let most: f64 = same.iter().map(|(_, relief)| relief.most).sum();
            let right = family.right[relief.row as usize];
            let scales = same.iter().map(|(_, relief)| scale(relief.most, right));
            let owner = Owner::Family(number, row);
            let origin = Auxiliary { owner, kind: AuxiliaryKind::Relief };
            let price = 1.0 / scales.fold(0.0, f64::max);
            for side in sides {
                let column =
                    self.auxiliary(origin, Interval { least: 0.0, greatest: most }, false, false);
                let columns_made = self.model_columns(column);
                columns.push((row, columns_made.start, *side));
                self.charges.push(Charge { level: None, owner, columns: columns_made, price });
            }
        }
        columns
    }
}

/// What a violation is measured by when it is mended.
pub(crate) fn scale(most: f64, right: f64) -> f64 {
    if most.is_finite() && most > 0.0 { most } else { right.abs().max(1.0) }
}
