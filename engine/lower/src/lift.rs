//! From a point of the model back to decisions.

use apportion_check::policy::DecisionId;

use crate::Lowered;

impl Lowered<'_> {
    /// The value of every class column, numbered over all decisions: the sum of its members' values.
    pub fn class_values(&self, point: &[f64]) -> Vec<f64> {
        let layout = &self.trace.layout;
        let columns = 0..layout.classes as u32;
        columns
            .map(|column| {
                let members = layout.members(column);
                point[members.start as usize..members.end as usize].iter().sum()
            })
            .collect()
    }

    /// The single tuples that are not 0: decision, row or code of each index, value. None where a column of
    /// the model stands for several tuples, so that only their sum is known.
    pub fn singles<'a>(
        &'a self,
        point: &'a [f64],
    ) -> Option<impl Iterator<Item = (DecisionId, Box<[u32]>, f64)> + 'a> {
        let layout = &self.trace.layout;
        let alone = |it: &apportion_ground::Columns| {
            (0..it.len()).all(|at| layout.product(&it.sorts, it.tuple(at)) == 1)
        };
        if layout.is_identity() && !layout.ground.decisions.iter().all(alone) {
            return None;
        }
        let decided = point[..layout.columns()].iter().enumerate();
        Some(decided.filter(|(_, value)| **value != 0.0).map(|(column, value)| {
            let (class_column, number) = layout.class_column(column as u32);
            let (columns, at) = layout.decision(class_column);
            let tuple = layout.tuple(&columns.sorts, columns.tuple(at), Some(number));
            (columns.decision, tuple.iter().map(|members| members.code).collect(), *value)
        }))
    }
}
