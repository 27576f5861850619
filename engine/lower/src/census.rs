//! How large a model is, and because of what.

use apportion_check::policy::RuleId;

use crate::Lowered;
use crate::trace::Block;

/// Columns and rows by origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// By position of the decision; decisions have no rows.
    pub decisions: Vec<Count>,
    /// Of rules that have any, ascending.
    pub rules: Vec<(RuleId, Count)>,
    /// What levels of the objective need beyond decisions.
    pub objectives: Count,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Columns.
    pub columns: u64,
    /// Columns of whole values among them.
    pub whole: u64,
    /// Columns that are 0 or 1 among those.
    pub binaries: u64,
    /// Rows.
    pub rows: u64,
}

impl Lowered<'_> {
    /// Counts columns and rows by what they were made for.
    pub fn census(&self) -> Census {
        let ground = self.trace.ground();
        let mut census = Census::default();
        for decision in &ground.decisions {
            let layout = &self.trace.layout;
            let mut count = Count::default();
            if !decision.is_empty() {
                let first = layout.members(decision.first).start;
                let last = layout.members(decision.first + decision.len() as u32 - 1).end;
                (first..last).for_each(|column| self.count_column(column, &mut count));
            }
            census.decisions.push(count);
        }
        let mut rules: Vec<Count> = Vec::new();
        let mut at = |rule: Option<RuleId>, objectives: &mut Count, change: &dyn Fn(&mut Count)| {
            let Some(rule) = rule else { return change(objectives) };
            if rules.len() <= rule.index() {
                rules.resize(rule.index() + 1, Count::default());
            }
            change(&mut rules[rule.index()]);
        };
        for (family, rows) in ground.families.iter().zip(&self.trace.families) {
            at(Some(family.rule), &mut census.objectives, &|it| it.rows += u64::from(rows.len));
        }
        for helper in &self.trace.helpers {
            at(helper.owner.rule(ground), &mut census.objectives, &|count| count.rows += 1);
        }
        let starts = &self.trace.block_starts;
        for (position, (first, block)) in starts.iter().zip(&self.trace.blocks).enumerate() {
            let end = starts.get(position + 1).map_or(self.model.num_columns() as u32, |it| *it);
            let rule = match block {
                Block::Family(family) => Some(ground.families[*family as usize].rule),
                Block::Packed(owner) => owner.rule(ground),
                Block::One(auxiliary) => auxiliary.owner.rule(ground),
            };
            at(rule, &mut census.objectives, &|count| {
                (*first..end).for_each(|column| self.count_column(column, count));
            });
        }
        let rules = rules.into_iter().enumerate().filter(|(_, count)| *count != Count::default());
        census.rules = rules.map(|(rule, count)| (RuleId(rule as u32), count)).collect();
        census
    }

    fn count_column(&self, column: u32, count: &mut Count) {
        let columns = &self.model.columns;
        let column = column as usize;
        count.columns += 1;
        if columns.integer[column] {
            count.whole += 1;
            if columns.lower[column] == 0.0 && columns.upper[column] == 1.0 {
                count.binaries += 1;
            }
        }
    }
}
