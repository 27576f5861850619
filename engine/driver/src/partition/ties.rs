//! Which rows have to be in one part.

use std::collections::BTreeSet;

use apportion_check::policy::{IfBroken, Rule, RuleId};
use apportion_diagnostic::Diagnostic;
use apportion_ground::{Columns, Family, Formula, Ground, Linear, Piece, Sense, Sort, Tie};

use super::Fleet;

/// What a sum may be over its right side by rounding, as a share.
const ROUNDING: f64 = 1e-9;

/// Dealt rows, and which of them are tied together, directly or through others.
#[derive(Clone)]
pub(super) struct Ties<'f> {
    fleet: &'f Fleet<'f>,
    /// The number of the first row of each input.
    first: Vec<usize>,
    /// A forest: each row's parent, itself for a root (Tarjan, "Efficiency of a good but not linear set union
    /// algorithm", 1975).
    parent: Vec<u32>,
    /// The rules that tie rows.
    pub(super) rules: BTreeSet<RuleId>,
    /// What else does, in words.
    pub(super) others: BTreeSet<String>,
}

impl<'f> Ties<'f> {
    /// What references and rules tie: hard ones, and soft ones too where `with_soft`.
    pub(super) fn new(fleet: &'f Fleet<'f>, with_soft: bool) -> Result<Ties<'f>, Box<Diagnostic>> {
        let mut first = vec![0];
        for table in &fleet.request.world.tables {
            first.push(first[first.len() - 1] + table.keys.len());
        }
        let parent = (0..first[first.len() - 1] as u32).collect();
        let mut ties =
            Ties { fleet, first, parent, rules: BTreeSet::new(), others: BTreeSet::new() };
        ties.tie_references()?;
        ties.tie_tuples();
        // How far such a rule may be broken is read from all that runs beside it.
        let is_relieved = |rule: &Rule| rule.soft.is_none() && rule.if_broken != IfBroken::Fail;
        if fleet.request.policy.rules.iter().any(is_relieved) && ties.tie_running() {
            ties.others.insert("a rule says what holds where what runs now breaks it".to_owned());
        }
        // What runs across parts would be moved, and no part would count it.
        if fleet.ground.decisions.iter().any(|it| it.moves.is_some()) && ties.tie_running() {
            ties.others.insert("moves are counted of what runs now".to_owned());
        }
        ties.tie_families(with_soft);
        ties.tie_instances(with_soft);
        Ok(ties)
    }

    /// The root of a row: the same for all rows that are tied to it.
    pub(super) fn root(&mut self, input: usize, row: u32) -> u32 {
        self.find((self.first[input] + row as usize) as u32)
    }

    /// Ties what some placement could put together.
    pub(super) fn tie_blocks(&mut self) {
        for columns in &self.fleet.ground.decisions {
            for at in 0..columns.len() {
                let classes = columns.tuple(at).iter().zip(&columns.sorts);
                let rows: Vec<_> = classes.map(|(class, sort)| (*sort, *class)).collect();
                self.tie_classes(&rows);
            }
        }
    }

    /// Ties what runs together now, unless that makes groups too large to deal evenly.
    pub(super) fn tie_running_if_even(&mut self, parts: usize) {
        let mut tied = self.clone();
        tied.tie_running();
        if tied.largest() * 2 <= tied.parent.len() / parts.max(1) {
            *self = tied;
        }
    }

    /// Ties what runs together now; says whether any two rows were not tied by then.
    fn tie_running(&mut self) -> bool {
        let fleet = self.fleet;
        let mut is_new = false;
        for entry in &fleet.request.world.current.entries {
            let sorts = &fleet.ground.decisions[entry.decision as usize].sorts;
            let rows = entry.at.iter().zip(sorts).filter_map(|(row, sort)| {
                let input = fleet.dealt(*sort)?;
                Some((self.first[input.index()] + *row as usize) as u32)
            });
            let rows: Vec<u32> = rows.collect();
            for pair in rows.windows(2) {
                is_new |= self.find(pair[0]) != self.find(pair[1]);
                self.union(pair[0], pair[1]);
            }
        }
        is_new
    }

    fn largest(&mut self) -> usize {
        let mut sizes = vec![0; self.parent.len()];
        for row in 0..self.parent.len() as u32 {
            sizes[self.find(row) as usize] += 1;
        }
        sizes.into_iter().max().unwrap_or(0)
    }

    fn tie_references(&mut self) -> Result<(), Box<Diagnostic>> {
        let Fleet { request, schema, dealt, .. } = self.fleet;
        let mut refused = None;
        let mut pairs = Vec::new();
        request.world.each_reference(schema, &mut |reference| match (
            dealt[reference.from.0],
            dealt[reference.to.0],
        ) {
            (true, true) => pairs.push(reference),
            (false, true) => refused = refused.or(Some(reference)),
            (_, false) => {}
        });
        if let Some(reference) = refused {
            return Err(self.fleet.refers_to_dealt(reference));
        }
        for reference in pairs {
            let of = |(input, row): (usize, u32)| (self.first[input] + row as usize) as u32;
            let (from, to) = (of(reference.from), of(reference.to));
            self.union(from, to);
            let input = &schema.inputs[reference.from.0];
            let field = &schema.entities[input.entity].fields[reference.field];
            let word = format!("rows refer to each other by `{}.{}`", input.name, field.name);
            self.others.insert(word);
        }
        Ok(())
    }

    /// Ties the rows of tuples that must not be 0, as those are that are across parts.
    fn tie_tuples(&mut self) {
        let fleet = self.fleet;
        let named = fleet.ground.decisions.iter().zip(&fleet.request.policy.decisions);
        for (columns, decision) in named {
            for at in (0..columns.len())
                .filter(|at| !(columns.lower[*at] <= 0.0 && 0.0 <= columns.upper[*at]))
            {
                let classes = columns.sorts.iter().copied().zip(columns.tuple(at).iter().copied());
                if self.tie_classes(&classes.collect::<Vec<_>>()) {
                    self.others
                        .insert(format!("`{}` must be more than 0 of some rows", decision.name));
                }
            }
        }
    }

    /// Ties the rows of sums that need not hold of the whole if these were in several parts.
    fn tie_families(&mut self, with_soft: bool) {
        let ground = self.fleet.ground;
        for (number, family) in ground.families.iter().enumerate() {
            let quantifiers: Vec<usize> = family
                .quantifiers
                .iter()
                .enumerate()
                .filter(|(_, quantifier)| self.fleet.dealt(quantifier.sort).is_some())
                .map(|(at, _)| at)
                .collect();
            let is_packing = ground.packings.iter().any(|it| it.family as usize == number);
            let is_shared = quantifiers.is_empty() && !is_packing;
            let is_told =
                |at: &usize| family.terms.iter().all(|term| term.ties.contains(&quantifier(*at)));
            let is_local = quantifiers.len() == 1 && quantifiers.iter().all(is_told);
            if (family.soft.is_some() && !with_soft) || is_shared || is_local {
                continue;
            }
            for row in 0..family.len() {
                if !is_kept_apart(ground, family, row, &quantifiers) {
                    self.tie_row(family, row, &quantifiers);
                }
            }
        }
    }

    /// Ties what a row of a family is stated for, and with that whatever it speaks of that is no part of it.
    fn tie_row(&mut self, family: &Family, row: usize, quantifiers: &[usize]) {
        let key = family.key(row);
        let mut rows: Vec<_> =
            quantifiers.iter().map(|at| (family.quantifiers[*at].sort, key[*at])).collect();
        for (number, term) in family.terms.iter().enumerate() {
            let is_told = quantifiers.iter().any(|at| term.ties.contains(&quantifier(*at)));
            let columns = family.entries(row, number).0.iter().filter(|_| !is_told);
            rows.extend(columns.flat_map(|column| classes_of(self.fleet.ground, *column)));
        }
        if self.tie_classes(&rows) {
            self.rules.insert(family.rule);
        }
    }

    /// Ties what conditions are stated for, as they would be stated in no part else, and with that whatever they speak
    /// of that is no part of it: they are no sums.
    fn tie_instances(&mut self, with_soft: bool) {
        let ground = self.fleet.ground;
        for instance in ground.instances.iter().filter(|it| it.soft.is_none() || with_soft) {
            let key = instance.key.iter().filter_map(|(quantifier, member)| {
                let input = self.fleet.dealt(quantifier.sort)?;
                let classes = &ground.spaces[input.index()].class_of;
                Some((quantifier.sort, classes[*member as usize]))
            });
            let key: Vec<(Sort, u32)> = key.collect();
            let is_key =
                |it: &(Sort, u32)| key.contains(it) && self.fleet.members(it.0, it.1).len() == 1;
            let mut columns = BTreeSet::new();
            columns_of(ground, &instance.formula, &mut columns);
            let untold = columns.into_iter().map(|column| classes_of(ground, column));
            let untold = untold.filter(|classes| !classes.iter().any(is_key));
            let mut rows: Vec<(Sort, u32)> = untold.flatten().collect();
            rows.extend(key.iter().copied());
            if self.tie_classes(&rows) {
                self.rules.insert(instance.rule);
            }
        }
    }

    /// Ties all members of classes together; says whether any two were not tied by then.
    fn tie_classes(&mut self, classes: &[(Sort, u32)]) -> bool {
        let fleet = self.fleet;
        let mut last = None;
        let mut is_new = false;
        for (sort, class) in classes {
            let Some(input) = fleet.dealt(*sort) else { continue };
            for row in fleet.members(*sort, *class) {
                let row = (self.first[input.index()] + *row as usize) as u32;
                let last = last.replace(row).unwrap_or(row);
                is_new |= self.find(last) != self.find(row);
                self.union(last, row);
            }
        }
        is_new
    }

    fn find(&mut self, row: u32) -> u32 {
        let mut at = row;
        while self.parent[at as usize] != at {
            let above = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = above;
            at = above;
        }
        at
    }

    fn union(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }
}

/// Whether the single rows of a class row hold where the rows that they are stated for are in several parts. A term
/// that is told by rows of two parts is then nothing; one such term there is for sure where terms join all of them.
fn is_kept_apart(ground: &Ground, family: &Family, row: usize, quantifiers: &[usize]) -> bool {
    let mut terms = Vec::new();
    // By quantifier: the first of those that terms join it to.
    let mut joined: Vec<usize> = (0..quantifiers.len()).collect();
    for (number, term) in family.terms.iter().enumerate() {
        if family.entries(row, number).0.is_empty() {
            continue;
        }
        let is_tied = |at: &usize| term.ties.contains(&quantifier(*at));
        let told: Vec<usize> =
            (0..quantifiers.len()).filter(|at| is_tied(&quantifiers[*at])).collect();
        // What is told by no row of the key is in every part.
        let Some(first) = told.iter().map(|at| joined[*at]).min() else { return false };
        let old: Vec<usize> = told.iter().map(|at| joined[*at]).collect();
        joined.iter_mut().filter(|it| old.contains(it)).for_each(|it| *it = first);
        terms.push(reach(ground, family, row, number));
    }
    let right = family.right[row];
    let room = ROUNDING * right.abs();
    let without = |at: usize, end: &dyn Fn(&(f64, f64)) -> f64| -> f64 {
        let others = terms.iter().enumerate().filter(|(other, _)| *other != at);
        others.map(|(_, term)| end(term)).sum()
    };
    // No term has the number after the last.
    let gone = match joined.iter().all(|it| *it == 0) {
        true => 0..terms.len(),
        false => terms.len()..terms.len() + 1,
    };
    let is_below = || {
        let most = |at| without(at, &|term| term.1.max(0.0));
        right >= -room && gone.clone().all(|at| most(at) <= right + room)
    };
    let is_above = || {
        let least = |at| without(at, &|term| term.0.min(0.0));
        right <= room && gone.clone().all(|at| least(at) >= right - room)
    };
    match family.sense {
        Sense::LessEqual => is_below(),
        Sense::GreaterEqual => is_above(),
        Sense::Equal => is_below() && is_above(),
    }
}

/// The least and the most that a term of a single row can come to by the bounds of its tuples.
fn reach(ground: &Ground, family: &Family, row: usize, number: usize) -> (f64, f64) {
    let term = &family.terms[number];
    let columns = &ground.decisions[term.decision.index()];
    let (entries, values) = family.entries(row, number);
    let mut reach = (0.0, 0.0);
    for (column, value) in entries.iter().zip(values) {
        let at = (column - columns.first) as usize;
        let free = columns.tuple(at).iter().zip(&columns.sorts).zip(&term.ties);
        let free =
            free.filter(|(_, tie)| **tie == Tie::Free).map(|((class, sort), _)| match sort {
                Sort::Rows(input) => ground.spaces[input.index()].members(*class).len() as f64,
                Sort::Codes => 1.0,
            });
        let tuples: f64 = free.product();
        let ends = [value * tuples * columns.lower[at], value * tuples * columns.upper[at]];
        reach.0 += ends[0].min(ends[1]);
        reach.1 += ends[0].max(ends[1]);
    }
    reach
}

/// The classes of a column's indices.
fn classes_of(ground: &Ground, column: u32) -> Vec<(Sort, u32)> {
    let is_own = |it: &&Columns| it.first <= column && column - it.first < it.len() as u32;
    let classes = ground.decisions.iter().find(is_own).map(|columns| {
        let classes = columns.tuple((column - columns.first) as usize).iter().copied();
        columns.sorts.iter().copied().zip(classes).collect()
    });
    classes.unwrap_or_default()
}

fn quantifier(at: usize) -> Tie {
    Tie::Quantifier(at as u8)
}

/// The columns that a formula reads.
fn columns_of(ground: &Ground, formula: &Formula, columns: &mut BTreeSet<u32>) {
    match formula {
        Formula::Constant(_) => {}
        Formula::Atom(sum, _) => columns_of_sum(ground, sum, columns),
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| columns_of(ground, part, columns));
        }
        Formula::Not(part) => columns_of(ground, part, columns),
    }
}

fn columns_of_sum(ground: &Ground, sum: &Linear, columns: &mut BTreeSet<u32>) {
    columns.extend(sum.entries.iter().map(|entry| entry.column));
    for (piece, _) in &sum.pieces {
        match &ground.pieces[*piece as usize] {
            Piece::Max(sums) | Piece::Min(sums) => {
                sums.iter().for_each(|sum| columns_of_sum(ground, sum, columns));
            }
            Piece::Abs(sum) => columns_of_sum(ground, sum, columns),
            Piece::Holds(formula) => columns_of(ground, formula, columns),
            Piece::Choose(formula, then, otherwise) => {
                columns_of(ground, formula, columns);
                columns_of_sum(ground, then, columns);
                columns_of_sum(ground, otherwise, columns);
            }
        }
    }
}
