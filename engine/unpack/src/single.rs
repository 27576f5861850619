//! Values of single tuples.

use rustc_hash::FxHashMap;

/// Values of the single tuples of each decision that are not 0.
#[derive(Clone, Debug, Default)]
pub struct Singles {
    decisions: Vec<FxHashMap<Box<[u32]>, f64>>,
}

impl Singles {
    pub(crate) fn new(decisions: usize) -> Singles {
        Singles { decisions: vec![FxHashMap::default(); decisions] }
    }

    /// Of values of tuples, each with its decision, out of so many decisions.
    pub fn of<'e>(
        decisions: usize,
        entries: impl IntoIterator<Item = (usize, &'e [u32], f64)>,
    ) -> Singles {
        let mut singles = Singles::new(decisions);
        entries.into_iter().for_each(|(decision, at, value)| singles.add(decision, at, value));
        singles
    }

    /// The value of a tuple of row numbers and codes.
    pub fn value(&self, decision: usize, tuple: &[u32]) -> f64 {
        self.decisions[decision].get(tuple).copied().unwrap_or(0.0)
    }

    pub(crate) fn add(&mut self, decision: usize, tuple: &[u32], amount: f64) {
        match self.decisions[decision].get_mut(tuple) {
            // What comes and goes leaves nothing behind.
            Some(value) => {
                *value += amount;
                if value.abs() <= 1e-12 * amount.abs() {
                    *value = 0.0;
                }
            }
            None => {
                self.decisions[decision].insert(tuple.into(), amount);
            }
        }
    }

    /// The tuples of a decision that are not 0, ascending.
    pub fn sorted(&self, decision: usize) -> Vec<(&[u32], f64)> {
        let all = self.decisions[decision].iter().filter(|(_, value)| **value != 0.0);
        let mut all: Vec<(&[u32], f64)> = all.map(|(tuple, value)| (&**tuple, *value)).collect();
        all.sort_unstable_by_key(|(tuple, _)| *tuple);
        all
    }
}
