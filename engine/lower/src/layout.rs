//! Where class columns and their members are among the model's columns.
//!
//! The members of a class column are numbered by the positions of their members in the classes, the
//! last index fastest; so a model column leads back to its tuple by a search and a few divisions, and
//! nothing is stored per single tuple. Rows of a family are numbered in the same way.

use apportion_ground::{Columns, Family, Ground, Quantifier, Sort};
use apportion_mip::Model;

use crate::trace::Members;
use crate::{LowerError, Resolution};

/// The arithmetic of columns.
#[derive(Clone, Debug)]
pub(crate) struct Layout<'g> {
    pub(crate) ground: &'g Ground,
    /// How many class columns there are.
    pub(crate) classes: usize,
    /// Where the members of each class column begin; one more than there are. Empty where every model
    /// column is a class column.
    starts: Vec<u32>,
}

/// Where the rows of a family are among the model's rows.
#[derive(Clone, Debug)]
pub(crate) struct FamilyRows {
    pub(crate) first: u32,
    /// As [`Layout::starts`], counted from `first`.
    starts: Vec<u32>,
    pub(crate) len: u32,
}

impl<'g> Layout<'g> {
    pub(crate) fn new(ground: &'g Ground, resolution: Resolution) -> Result<Self, LowerError> {
        let classes = ground.decisions.iter().map(Columns::len).sum();
        let mut layout = Layout { ground, classes, starts: Vec::new() };
        let alone = ground.spaces.iter().all(|space| space.len() == space.members.len());
        if resolution == Resolution::Singles && !alone {
            let columns =
                ground.decisions.iter().flat_map(|it| (0..it.len()).map(move |at| (it, at)));
            layout.starts =
                starts(columns.map(|(it, at)| layout.product(&it.sorts, it.tuple(at))), classes)?;
        }
        Ok(layout)
    }

    /// Whether every model column of a decision is a class column.
    pub(crate) fn is_identity(&self) -> bool {
        self.starts.is_empty()
    }

    /// How many model columns decisions have.
    pub(crate) fn columns(&self) -> usize {
        self.starts.last().map_or(self.classes, |last| *last as usize)
    }

    /// The model columns of a class column.
    pub(crate) fn members(&self, class_column: u32) -> std::ops::Range<u32> {
        match self.starts.get(class_column as usize..class_column as usize + 2) {
            Some(bounds) if !self.is_identity() => bounds[0]..bounds[1],
            _ => class_column..class_column + 1,
        }
    }

    /// The class column that a model column belongs to, and which of its members it is.
    pub(crate) fn class_column(&self, column: u32) -> (u32, u32) {
        if self.is_identity() {
            return (column, 0);
        }
        let class = self.starts.partition_point(|start| *start <= column) - 1;
        (class as u32, column - self.starts[class])
    }

    /// The decision of a class column, with the column's position in it.
    pub(crate) fn decision(&self, class_column: u32) -> (&'g Columns, usize) {
        let decisions = &self.ground.decisions;
        let at = decisions.partition_point(|it| it.first <= class_column) - 1;
        (&decisions[at], (class_column - decisions[at].first) as usize)
    }

    /// How many rows or codes a class has.
    pub(crate) fn size(&self, sort: Sort, class: u32) -> u32 {
        match sort {
            Sort::Rows(input) => self.ground.spaces[input.index()].members(class).len() as u32,
            Sort::Codes => 1,
        }
    }

    /// How many tuples of members a tuple of classes has.
    pub(crate) fn product(&self, sorts: &[Sort], classes: &[u32]) -> u64 {
        let sizes = sorts.iter().zip(classes).map(|(sort, class)| self.size(*sort, *class));
        sizes.fold(1, |product, size| product.saturating_mul(u64::from(size)))
    }

    /// The row or code at a position in a class.
    pub(crate) fn member(&self, sort: Sort, class: u32, position: u32) -> u32 {
        match sort {
            Sort::Rows(input) => {
                self.ground.spaces[input.index()].members(class)[position as usize]
            }
            Sort::Codes => class,
        }
    }

    /// The tuple of members with a number, or that of whole classes.
    pub(crate) fn tuple(
        &self,
        sorts: &[Sort],
        classes: &[u32],
        number: Option<u32>,
    ) -> Vec<Members> {
        let mut rest = number.unwrap_or(0);
        let mut tuple: Vec<Members> = Vec::with_capacity(sorts.len());
        for (sort, class) in sorts.iter().zip(classes).rev() {
            let size = self.size(*sort, *class);
            let code = self.member(*sort, *class, rest % size.max(1));
            rest /= size.max(1);
            tuple.push(Members { code, count: if number.is_some() { 1 } else { size } });
        }
        tuple.reverse();
        tuple
    }

    /// The number of a tuple of members among those of its classes; none if it is not among them.
    pub(crate) fn number(&self, sorts: &[Sort], classes: &[u32], members: &[u32]) -> Option<u32> {
        let mut number = 0;
        for ((sort, class), member) in sorts.iter().zip(classes).zip(members) {
            let position = match sort {
                Sort::Codes => (class == member).then_some(0)?,
                Sort::Rows(input) => {
                    let members = self.ground.spaces[input.index()].members(*class);
                    members.binary_search(member).ok()? as u32
                }
            };
            number = number * self.size(*sort, *class) + position;
        }
        Some(number)
    }

    /// Where the rows of a family are, if its first is `first`.
    pub(crate) fn family_rows(
        &self,
        family: &Family,
        first: u32,
    ) -> Result<FamilyRows, LowerError> {
        if self.is_identity() {
            return Ok(FamilyRows { first, starts: Vec::new(), len: family.len() as u32 });
        }
        let sorts = sorts(family);
        let sizes = (0..family.len()).map(|row| self.product(&sorts, family.key(row)));
        let starts = starts(sizes, family.len())?;
        let len = starts.last().copied().unwrap_or(0);
        Ok(FamilyRows { first, starts, len })
    }
}

impl FamilyRows {
    /// The class row that a row of the family belongs to, and which of its members it is, where rows
    /// stand for members.
    pub(crate) fn class_row(&self, row: u32) -> (usize, Option<u32>) {
        if self.starts.is_empty() {
            return (row as usize, None);
        }
        let class = self.starts.partition_point(|start| *start <= row) - 1;
        (class, Some(row - self.starts[class]))
    }

    /// The row of the family that stands for a member of a class row.
    pub(crate) fn row(&self, class_row: u32, member: u32) -> u32 {
        self.starts.get(class_row as usize).map_or(class_row, |start| start + member)
    }
}

/// What the quantifiers of a family range over.
pub(crate) fn sorts(family: &Family) -> Vec<Sort> {
    sorts_of(&family.quantifiers)
}

/// What quantifiers range over.
pub(crate) fn sorts_of(quantifiers: &[Quantifier]) -> Vec<Sort> {
    quantifiers.iter().map(|it| it.sort).collect()
}

/// Sums up to each of several sizes.
fn starts(sizes: impl Iterator<Item = u64>, count: usize) -> Result<Vec<u32>, LowerError> {
    let mut starts = Vec::with_capacity(count + 1);
    let mut sum = 0u64;
    starts.push(0);
    for size in sizes {
        sum = sum.saturating_add(size);
        if sum > Model::LIMIT as u64 {
            return Err(LowerError::too_large());
        }
        starts.push(sum as u32);
    }
    Ok(starts)
}
