//! Levels of the objective: a sum, its pieces in the direction that matters, and the penalties of the level.
//!
//! What is minimised needs its pieces not to be too small, what is maximised not to be too great: the
//! epigraph form (Boyd and Vandenberghe, "Convex Optimization", section 4.1.3). The violations of rules that
//! a level pays for are added, times their prices and the level's factor.

use std::ops::Range;

use apportion_ground::{Piece, Tier};
use apportion_mip::{Costs, Objective as Goal};

use crate::builder::Builder;
use crate::pieces::Need;
use crate::trace::Owner;
use crate::{LowerErrorKind, Objective, Shares, Utility, Worth};

impl Builder<'_> {
    /// Makes what a level needs, and the level over the model's columns.
    pub(crate) fn objective(&mut self, number: usize) -> Objective {
        let stated = &self.ground().objectives[number];
        let owner = Owner::Objective(number as u32);
        let need = if stated.maximize { Need::BELOW } else { Need::ABOVE };
        let form = self.form(owner, &stated.value, 1.0, need);
        let terms = form.terms.iter();
        let mut runs: Vec<(Range<u32>, f64)> =
            terms.map(|term| (self.model_columns(term.column), term.value)).collect();
        let charges = std::mem::take(&mut self.charges);
        for charge in charges.iter().filter(|it| it.level == stated.level) {
            let cost = charge.price * stated.penalties;
            if let (true, Some(level)) =
                (if stated.maximize { cost > 0.0 } else { cost < 0.0 }, stated.level)
            {
                self.refuse(charge.owner, LowerErrorKind::PenaltiesRewarded { level });
            }
            if cost != 0.0 {
                runs.push((charge.columns.clone(), cost));
            }
        }
        self.charges = charges;
        let counted = self.counted.iter().filter(|it| it.objective == number);
        runs.extend(counted.map(|it| (it.column..it.column + 1, it.price)));
        // Violations may have been made before pieces.
        runs.sort_by_key(|(columns, _)| columns.start);
        let mut costs = Costs::default();
        runs.into_iter().for_each(|(columns, cost)| costs.push(columns, cost));
        let goal = Goal { maximize: stated.maximize, offset: form.constant, costs };
        let shares = stated.shares.iter().map(|tier| self.shares(owner, tier)).collect();
        Objective { level: stated.level, goal, slack: stated.slack, shares }
    }

    /// The shares of a tier, which are sums of decisions.
    fn shares(&mut self, owner: Owner, tier: &Tier) -> Shares {
        let ground = self.ground();
        let shares = match &ground.pieces[tier.piece as usize] {
            Piece::Min(shares) => &shares[..],
            _ => &[],
        };
        let sums = shares.iter().map(|share| {
            let form = self.form(owner, share, 1.0, Need::BELOW);
            let terms = form.terms.iter();
            let runs = terms.map(|term| (self.model_columns(term.column), term.value));
            let mut costs = Costs::default();
            runs.for_each(|(columns, cost)| costs.push(columns, cost));
            Goal { maximize: true, offset: form.constant, costs }
        });
        let sums = sums.collect();
        let worth = tier.utility.map(|utility| Worth {
            utility: Utility {
                alpha: utility.alpha,
                floor: utility.floor.map(|floor| floor / tier.unit),
            },
            weights: tier.weights.clone(),
        });
        Shares { unit: tier.unit, sums, worth }
    }
}
