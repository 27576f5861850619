//! What columns and rows are called when people read a model.
//!
//! `x[web,eu-1,spot]` is a decision's value, `capacity[eu-1,cpu]` a row, `zones.violation[web]` a helping
//! column. Where one stands for a class, its first member is named, with the number of the others:
//! `x[web_and_11,eu-1_and_3]`.

use std::borrow::Cow;

use apportion_check::policy::{DecisionId, LevelId, RuleId};
use apportion_ground::Quantifier;
use apportion_mip::Names;

use crate::Trace;
use crate::trace::{AuxiliaryKind, ColumnOrigin, Members, Owner, RowOrigin};

/// Words for what a policy and its world number.
pub trait Naming {
    /// Name of a decision.
    fn decision(&self, decision: DecisionId) -> String;
    /// Name of a rule.
    fn rule(&self, rule: RuleId) -> String;
    /// Name of a level.
    fn level(&self, level: LevelId) -> String;
    /// Name of a row or code at an index of a decision.
    fn at(&self, decision: DecisionId, index: usize, code: u32) -> String;
    /// Name of a row or code that a quantifier stands for.
    fn member(&self, quantifier: &Quantifier, code: u32) -> String;
}

/// Names of a model's columns and rows.
pub struct Named<'a> {
    /// Where they come from.
    pub trace: &'a Trace<'a>,
    /// What the policy calls it.
    pub naming: &'a dyn Naming,
}

impl Names for Named<'_> {
    fn column(&self, column: usize) -> Cow<'_, str> {
        Cow::Owned(self.trace.column_name(column as u32, self.naming))
    }

    fn row(&self, row: usize) -> Cow<'_, str> {
        Cow::Owned(self.trace.row_name(row as u32, self.naming))
    }
}

impl Trace<'_> {
    /// Name of a column.
    pub fn column_name(&self, column: u32, naming: &dyn Naming) -> String {
        match self.column(column) {
            ColumnOrigin::Decision { decision, at, .. } => {
                let words = at.iter().enumerate();
                let words = words.map(|(index, members)| {
                    word(naming.at(decision, index, members.code), members)
                });
                bracketed(naming.decision(decision), words.collect())
            }
            ColumnOrigin::Auxiliary(auxiliary) => {
                let kind = match auxiliary.kind {
                    AuxiliaryKind::Violation => "violation",
                    AuxiliaryKind::Relief => "relief",
                    AuxiliaryKind::Indicator => "indicator",
                    AuxiliaryKind::Selector => "selector",
                    AuxiliaryKind::Packed => "packed",
                    AuxiliaryKind::Bins => "bins",
                    AuxiliaryKind::Piece(_) => "part",
                };
                self.owner_name(auxiliary.owner, Some(kind), naming)
            }
        }
    }

    /// Name of a row; one that was added to the model later has none.
    pub fn row_name(&self, row: u32, naming: &dyn Naming) -> String {
        let helpers_from = self.helpers_from();
        if row >= helpers_from + self.helpers.len() as u32 {
            return format!("added.{}", row - helpers_from - self.helpers.len() as u32);
        }
        match self.row(row) {
            RowOrigin::Family { family, at, .. } => {
                let stated = &self.ground().families[family as usize];
                let words = stated.quantifiers.iter().zip(&at);
                let words =
                    words.map(|(it, members)| word(naming.member(it, members.code), members));
                bracketed(naming.rule(stated.rule), words.collect())
            }
            RowOrigin::Helper(owner) => self.owner_name(owner, None, naming),
        }
    }

    fn owner_name(&self, owner: Owner, kind: Option<&str>, naming: &dyn Naming) -> String {
        let with_kind = |name: String| match kind {
            Some(kind) => format!("{name}.{kind}"),
            None => name,
        };
        match owner {
            Owner::Family(family, row) => {
                let stated = &self.ground().families[family as usize];
                let RowOrigin::Family { at, .. } = self.family_row(family, row) else {
                    return with_kind(naming.rule(stated.rule));
                };
                let words = stated.quantifiers.iter().zip(&at);
                let words =
                    words.map(|(it, members)| word(naming.member(it, members.code), members));
                bracketed(with_kind(naming.rule(stated.rule)), words.collect())
            }
            Owner::Instance(instance) => {
                let stated = &self.ground().instances[instance as usize];
                let words = stated.key.iter().map(|(it, code)| naming.member(it, *code));
                bracketed(with_kind(naming.rule(stated.rule)), words.collect())
            }
            Owner::Objective(at) => match self.ground().objectives[at as usize].level {
                Some(level) => with_kind(naming.level(level)),
                None => with_kind(String::from("mending")),
            },
            Owner::Moves(column) => {
                let (columns, at) = self.layout.decision(column);
                let members = self.layout.tuple(&columns.sorts, columns.tuple(at), None);
                let words = members.iter().enumerate();
                let words =
                    words.map(|(index, it)| word(naming.at(columns.decision, index, it.code), it));
                bracketed(with_kind(naming.decision(columns.decision)), words.collect())
            }
        }
    }
}

pub(crate) fn word(name: String, members: &Members) -> String {
    if members.count > 1 { format!("{name}_and_{}", members.count - 1) } else { name }
}

pub(crate) fn bracketed(name: String, words: Vec<String>) -> String {
    if words.is_empty() { name } else { format!("{name}[{}]", words.join(",")) }
}
