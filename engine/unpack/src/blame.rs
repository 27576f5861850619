//! Which rows of an input a level pays for: those that its broken soft formulas are stated of.
//!
//! `rule zones soft at resilience, 40 { for w in workloads: spread(x[w], …) }` is broken by single workloads. To set free
//! what such a workload has mends it; to set free a few machines seldom does.

use apportion_check::policy::InputId;
use apportion_ground::{Ground, Instance, Meaning, Objective, Sort};

use crate::place::Placer;

/// By row of an input: the soft formulas that are stated of it.
pub(crate) struct Blame {
    stated: Vec<Vec<u32>>,
}

impl Blame {
    /// Of an input.
    pub(crate) fn new(ground: &Ground, input: InputId) -> Blame {
        let mut stated = vec![Vec::new(); ground.spaces[input.index()].class_of.len()];
        for (number, instance) in (0..).zip(&ground.instances) {
            if instance.soft.is_some()
                && let Some(row) = stated_of(instance, input)
            {
                stated[row as usize].push(number);
            }
        }
        Blame { stated }
    }

    /// What an objective pays for each row, as a share of the greatest; none where it pays for none.
    pub(crate) fn shares(&self, placer: &Placer<'_>, objective: usize) -> Option<Vec<f64>> {
        let Placer { ground, totals, .. } = placer;
        let meaning = Meaning { pieces: &ground.pieces, column: |it: u32| totals[it as usize] };
        let paid = |number: &u32| {
            let instance = &ground.instances[*number as usize];
            let soft = instance.soft.filter(|_| pays(&ground.objectives[objective], instance))?;
            Some(soft.price * meaning.violation(&instance.formula)?)
        };
        let paid = self.stated.iter().map(|own| own.iter().filter_map(paid).sum::<f64>());
        let mut paid: Vec<f64> = paid.collect();
        let greatest = paid.iter().fold(0.0, |greatest: f64, it| greatest.max(*it));
        if greatest <= 0.0 {
            return None;
        }
        paid.iter_mut().for_each(|it| *it /= greatest);
        Some(paid)
    }
}

/// Whether an objective pays for formulas that are stated of rows of an input.
pub(crate) fn pays_for(ground: &Ground, objective: usize, input: InputId) -> bool {
    let stated = &ground.objectives[objective];
    let mut instances = ground.instances.iter();
    instances.any(|it| pays(stated, it) && stated_of(it, input).is_some())
}

fn pays(objective: &Objective, instance: &Instance) -> bool {
    objective.penalties != 0.0 && instance.soft.is_some_and(|soft| soft.level == objective.level)
}

/// The row of an input that a formula is stated of.
fn stated_of(instance: &Instance, input: InputId) -> Option<u32> {
    let mut rows = instance.key.iter().filter(|(of, _)| of.sort == Sort::Rows(input));
    rows.next().map(|(_, row)| *row)
}
