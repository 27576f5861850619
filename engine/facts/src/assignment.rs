//! What each decision is: its tuples that are not 0.

use apportion_check::policy::{DecisionId, Policy};
use apportion_world::World;

/// A value for every tuple of every decision. A tuple's codes are row numbers, enum positions,
/// resources and slot numbers, one per index of the decision.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Assignment {
    /// One entry per decision of the policy, in its order.
    pub decisions: Vec<DecisionValues>,
}

/// The tuples of one decision that are not 0, ascending.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DecisionValues {
    arity: usize,
    tuples: Vec<u32>,
    values: Vec<f64>,
}

impl Assignment {
    /// All zero.
    pub fn zero(policy: &Policy) -> Assignment {
        Assignment {
            decisions: policy
                .decisions
                .iter()
                .map(|decision| DecisionValues::new(decision.indices.len()))
                .collect(),
        }
    }

    /// What runs now. Entries of decisions that the policy does not have are left out.
    pub fn current(policy: &Policy, world: &World) -> Assignment {
        let mut entries: Vec<Vec<(Vec<u32>, f64)>> = vec![Vec::new(); policy.decisions.len()];
        for entry in &world.current.entries {
            if let Some(list) = entries.get_mut(entry.decision as usize) {
                list.push((entry.at.clone(), entry.value));
            }
        }
        Assignment {
            decisions: policy
                .decisions
                .iter()
                .zip(entries)
                .map(|(decision, list)| DecisionValues::from_entries(decision.indices.len(), list))
                .collect(),
        }
    }

    /// The values of one decision.
    pub fn of(&self, decision: DecisionId) -> Option<&DecisionValues> {
        self.decisions.get(decision.index())
    }

    /// The value of one tuple, in base units; 0 where nothing was set.
    pub fn get(&self, decision: DecisionId, at: &[u32]) -> f64 {
        self.of(decision).map_or(0.0, |values| values.get(at))
    }

    /// Gives one tuple a value, in base units.
    pub fn set(&mut self, decision: DecisionId, at: &[u32], value: f64) {
        if let Some(values) = self.decisions.get_mut(decision.index()) {
            values.set(at, value);
        }
    }
}

impl DecisionValues {
    /// All zero, for a decision with that many indices.
    pub fn new(arity: usize) -> DecisionValues {
        DecisionValues { arity, tuples: Vec::new(), values: Vec::new() }
    }

    /// From tuples in any order; the values of tuples that are given several times are added, and
    /// tuples of another length are left out.
    pub fn from_entries(
        arity: usize,
        entries: impl IntoIterator<Item = (Vec<u32>, f64)>,
    ) -> DecisionValues {
        let mut entries: Vec<_> = entries.into_iter().filter(|(at, _)| at.len() == arity).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let mut result = DecisionValues::new(arity);
        for (at, value) in entries.into_iter().filter(|(_, value)| *value != 0.0) {
            result.tuples.extend_from_slice(&at);
            result.values.push(value);
        }
        result
    }

    /// How many indices the decision has.
    pub fn arity(&self) -> usize {
        self.arity
    }

    /// How many tuples are not 0.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether everything is 0.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The tuple at a position of the list of those that are not 0.
    pub fn tuple(&self, position: usize) -> &[u32] {
        let start = position * self.arity;
        self.tuples.get(start..start + self.arity).unwrap_or(&[])
    }

    /// The value at a position of the list of tuples that are not 0.
    pub fn value(&self, position: usize) -> f64 {
        self.values.get(position).copied().unwrap_or(0.0)
    }

    /// The tuples that are not 0, ascending, each with its value in base units.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], f64)> {
        self.values.iter().enumerate().map(|(position, value)| (self.tuple(position), *value))
    }

    /// The value of one tuple; 0 where nothing was set.
    pub fn get(&self, at: &[u32]) -> f64 {
        self.find(at).map_or(0.0, |position| self.values[position])
    }

    /// Gives one tuple a value; a tuple of another length is left alone.
    pub fn set(&mut self, at: &[u32], value: f64) {
        if at.len() != self.arity {
            return;
        }
        match self.find(at) {
            Ok(position) if value == 0.0 => {
                self.values.remove(position);
                let start = position * self.arity;
                self.tuples.drain(start..start + self.arity);
            }
            Ok(position) => self.values[position] = value,
            Err(_) if value == 0.0 => {}
            Err(position) => {
                self.values.insert(position, value);
                let start = position * self.arity;
                self.tuples.splice(start..start, at.iter().copied());
            }
        }
    }

    /// The sum over all tuples that agree with `at`, where `None` is any code.
    pub fn sum(&self, at: &[Option<u32>]) -> f64 {
        let fixed: Vec<u32> = at.iter().map_while(|code| *code).collect();
        let first = self.first_not_before(&fixed);
        (first..self.len())
            .take_while(|position| self.tuple(*position).starts_with(&fixed))
            .filter(|position| {
                let tuple = self.tuple(*position);
                tuple
                    .iter()
                    .zip(at)
                    .all(|(code, wanted)| wanted.is_none_or(|wanted| wanted == *code))
            })
            .map(|position| self.values[position])
            .sum()
    }

    fn find(&self, at: &[u32]) -> Result<usize, usize> {
        let position = self.first_not_before(at);
        if position < self.len() && self.tuple(position) == at {
            Ok(position)
        } else {
            Err(position)
        }
    }

    /// The first position whose tuple is not before `at`.
    fn first_not_before(&self, at: &[u32]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.tuple(middle) < at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}
