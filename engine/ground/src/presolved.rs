//! What presolve took off a policy over one world: enough to show all of it, and to put it back.
//!
//! Rows that say nothing are kept as runs of tuples, and the rows that bounds come from as two numbers for each column, so
//! that pairs of rows that are alike are not listed here either. What a bound was before stands in
//! [`Ground::declared`].

use apportion_check::policy::RuleId;
use apportion_diagnostic::Span;

use crate::model::{Ground, Quantifier};

/// What presolve took off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presolved {
    /// Comparisons and conditions that say nothing of some of the tuples that they are stated for.
    pub empty: Vec<Empty>,
    /// For each column, numbered over all decisions: the rows that its bounds come from.
    pub bounded: Vec<Bounded>,
}

/// The tuples of which a comparison says nothing: no decision is in it, and what it compares keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Empty {
    /// The rule.
    pub rule: RuleId,
    /// The comparison in the author's text.
    pub span: Span,
    /// What it is stated for, in order.
    pub quantifiers: Vec<Quantifier>,
    /// One class per quantifier.
    pub tuples: Tuples,
    /// Where the tuples are of which it says something.
    pub rest: Rest,
}

/// The tuples of which a comparison says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// There are none.
    Nothing,
    /// The rows of one of [`Ground::families`].
    Family(u32),
    /// So many of [`Ground::instances`].
    Instances(u32),
}

/// The rows that the bounds of a column come from.
///
/// A row is numbered over all families, as [`Ground::family_row`] reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounded {
    single: u32,
    sum: u32,
}

impl Bounded {
    const DECLARED: u32 = u32::MAX;

    /// The row that says how much one single tuple is at most; none where that is as declared.
    pub fn single(self) -> Option<u32> {
        (self.single != Bounded::DECLARED).then_some(self.single)
    }

    /// The row that says how much all single tuples together are at most; none where that is as declared.
    pub fn sum(self) -> Option<u32> {
        (self.sum != Bounded::DECLARED).then_some(self.sum)
    }

    pub(crate) fn single_by(&mut self, row: u32) {
        self.single = row;
    }

    pub(crate) fn sum_by(&mut self, row: u32) {
        self.sum = row;
    }
}

impl Default for Bounded {
    /// Both as declared.
    fn default() -> Bounded {
        Bounded { single: Bounded::DECLARED, sum: Bounded::DECLARED }
    }
}

/// Tuples of classes in the order of a walk. Those that differ by one in the last class follow each other as one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tuples {
    /// How many classes a tuple has.
    width: usize,
    /// The first tuple of each run.
    firsts: Vec<u32>,
    /// How many tuples each run has.
    lengths: Vec<u32>,
}

impl Tuples {
    /// No tuples, of so many classes each.
    pub(crate) fn of(width: usize) -> Tuples {
        Tuples { width, ..Tuples::default() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// The tuples.
    pub fn iter(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        self.lengths.iter().enumerate().flat_map(move |(run, length)| {
            let first = &self.firsts[run * self.width..(run + 1) * self.width];
            (0..*length).map(move |step| {
                let mut tuple = first.to_vec();
                tuple.last_mut().into_iter().for_each(|last| *last += step);
                tuple
            })
        })
    }

    /// Adds one that comes after all others.
    pub(crate) fn push(&mut self, tuple: impl Iterator<Item = u32> + Clone) {
        if let Some(length) = self.lengths.last_mut().filter(|_| self.width > 0) {
            let first = &self.firsts[self.firsts.len() - self.width..];
            let step = |at: usize| if at + 1 == self.width { *length } else { 0 };
            let next = first.iter().enumerate().map(|(at, class)| class + step(at));
            if next.eq(tuple.clone()) {
                *length += 1;
                return;
            }
        }
        self.firsts.extend(tuple);
        self.lengths.push(1);
    }
}

impl Ground {
    /// The family and the class row of a row that is numbered over all families.
    pub fn family_row(&self, number: u32) -> (u32, u32) {
        let mut row = number;
        for (family, stated) in (0..).zip(&self.families) {
            match row.checked_sub(stated.len() as u32) {
                Some(rest) => row = rest,
                None => return (family, row),
            }
        }
        (self.families.len() as u32, row)
    }
}

/// How much is stated before a claim is.
pub(crate) struct Stated {
    families: u32,
    instances: u32,
}

impl Stated {
    pub(crate) fn of(ground: &Ground) -> Stated {
        Stated { families: ground.families.len() as u32, instances: ground.instances.len() as u32 }
    }

    /// Where the claim is that was stated since then.
    pub(crate) fn rest(self, ground: &Ground) -> Rest {
        let now = Stated::of(ground);
        let count = now.instances - self.instances;
        match now.families > self.families {
            true => Rest::Family(self.families),
            false if count > 0 => Rest::Instances(count),
            false => Rest::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use apportion_check::policy::{InputId, Type};
    use apportion_diagnostic::SourceId;

    use super::*;
    use crate::model::{Sort, Space};

    #[test]
    fn tuples_that_follow_each_other_are_one_run() {
        let walked = [[0, 1], [0, 2], [0, 3], [1, 4], [2, 5], [2, 7], [2, 8]];
        let mut tuples = Tuples::of(2);
        walked.iter().for_each(|it| tuples.push(it.iter().copied()));
        assert_eq!(tuples.lengths, [3, 1, 1, 2]);
        assert!(tuples.iter().eq(walked.iter().map(|it| it.to_vec())));
    }

    #[test]
    fn what_is_stated_for_nothing_has_one_tuple() {
        let mut tuples = Tuples::of(0);
        assert!(tuples.is_empty());
        tuples.push([].into_iter());
        assert_eq!(tuples.iter().collect::<Vec<_>>(), [vec![]]);
    }

    #[test]
    fn of_classes_that_have_no_rows_nothing_is_said() {
        let mut tuples = Tuples::of(1);
        (0..3).for_each(|class| tuples.push([class].into_iter()));
        let span = Span::new(SourceId(0), 0, 0);
        let sort = Sort::Rows(InputId(0));
        let quantifiers = vec![Quantifier { name: "q".into(), sort, ty: Type::Text }];
        let empty = Empty { rule: RuleId(0), span, quantifiers, tuples, rest: Rest::Nothing };
        let ground = Ground {
            spaces: vec![Space::of(vec![0, 2, 2], 3)],
            presolved: Presolved { empty: vec![empty], ..Presolved::default() },
            ..Ground::default()
        };
        let (ground, _) = ground.inhabited();
        let left = ground.presolved.empty[0].tuples.iter();
        assert_eq!(left.collect::<Vec<_>>(), [[0], [1]]);
    }
}
