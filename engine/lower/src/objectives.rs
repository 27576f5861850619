//! Levels of the objective: a sum, its pieces in the direction that matters, and the penalties of the level.
//!
//! What is minimised needs its pieces not to be too small, what is maximised not to be too great: the
//! epigraph form (Boyd and Vandenberghe, "Convex Optimization", section 4.1.3). The violations of rules that
//! a level pays for are added, times their prices and the level's factor.

use crate::builder::Builder;
use crate::pieces::Need;
use crate::trace::Owner;
use crate::{LowerErrorKind, Objective};

impl Builder<'_> {
    /// Makes what a level needs, and the level over the model's columns.
    pub(crate) fn objective(&mut self, number: usize) -> Objective {
        let stated = &self.ground().objectives[number];
        let owner = Owner::Objective(number as u32);
        let need = if stated.maximize { Need::BELOW } else { Need::ABOVE };
        let form = self.form(owner, &stated.value, 1.0, need);
        // Ascending as the form's columns are, but for violations made before pieces.
        let mut columns: Vec<u32> = Vec::with_capacity(form.terms.len());
        let mut values: Vec<f64> = Vec::with_capacity(form.terms.len());
        for term in &form.terms {
            columns.extend(self.model_columns(term.column));
            values.resize(columns.len(), term.value);
        }
        let charges = std::mem::take(&mut self.charges);
        for charge in charges.iter().filter(|it| it.level == stated.level) {
            let cost = charge.price * stated.penalties;
            if let (true, Some(level)) =
                (if stated.maximize { cost > 0.0 } else { cost < 0.0 }, stated.level)
            {
                self.refuse(charge.owner, LowerErrorKind::PenaltiesRewarded { level });
            }
            if cost != 0.0 {
                columns.extend(charge.columns.clone());
                values.resize(columns.len(), cost);
            }
        }
        self.charges = charges;
        if !columns.is_sorted() {
            let mut costs: Vec<(u32, f64)> = columns.into_iter().zip(values).collect();
            costs.sort_unstable_by_key(|(column, _)| *column);
            (columns, values) = costs.into_iter().unzip();
        }
        Objective {
            level: stated.level,
            maximize: stated.maximize,
            columns,
            values,
            offset: form.constant,
            slack: stated.slack,
        }
    }
}
