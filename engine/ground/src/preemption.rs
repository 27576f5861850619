//! Preemption: what runs now is taken away only where something that preempts it gains.
//!
//! Of a row `w` of class `b`, `r[w, p]` runs at place `p` now; `G[p, b]` is all that runs there of rows that preempt `b`,
//! and `z[p, b]` a flag.
//!
//! ```text
//! from   max(0, sum(p: r[w, p] - x[w, p]))  <=  sum(p where gains(p, b): r[w, p])
//!        gains(p, b):  sum(v preempts b: x[v, p]) > G[p, b]
//! to     sum(p: x[w, p]) + sum(p: r[w, p] * z[p, b])  >=  sum(p: r[w, p])      for each row that runs
//!        sum(v preempts b: x[v, p])  >=  (G[p, b] + 1) * z[p, b]
//! exact  yes: values are whole and not below 0, so that more than `G` is `G + 1`, and where `z` is 0 nothing is said
//! size   a flag and a row for each place and class of which something runs that may be taken away, and a row for each
//!        row, or class of rows, that runs
//! ```
//!
//! No number is larger than what runs: there is no other big-M. Rows that may be taken away, and the places where they
//! run, stand alone; rows that nothing preempts differ by how much runs of them alone.
//!
//! The first of the two is broken only where the other rules leave nothing else, before every level: facts change, and
//! what runs now may have no place any more.

use apportion_check::eval::{Evaluator, Facts, Value};
use apportion_check::policy::{DecisionId, Eviction, InputId, Policy, RuleId, RuleKind};
use apportion_diagnostic::Span;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::claims::Existence;
use crate::classes::partition;
use crate::columns::sort;
use crate::current::Running;
use crate::families::{empty, quantifier};
use crate::model::{Columns, Family, Sense, Soft, Sort, Term, Tie};
use crate::scan::Scene;

/// What runs now of the rows that one rule is about.
pub(crate) struct Preempted {
    rule: RuleId,
    eviction: Eviction,
    /// For each class, whether something preempts it.
    gives_way: Vec<bool>,
    runs: Vec<Runs>,
}

/// What runs in all, by row.
type Totals = FxHashMap<u32, f64>;

/// What runs of a row at a place.
struct Runs {
    row: u32,
    class: u32,
    /// A row number or a code.
    place: u32,
    value: f64,
}

impl Preempted {
    fn gives_way(&self, runs: &Runs) -> bool {
        self.gives_way.get(runs.class as usize).copied().unwrap_or_default()
    }

    /// What runs in all, by row.
    fn by_row(&self) -> Totals {
        let mut sums = Totals::default();
        self.runs.iter().for_each(|it| *sums.entry(it.row).or_default() += it.value);
        sums
    }
}

/// What runs now under each rule that is about preemption; tuples that do not exist today are left out.
pub(crate) fn preempted<'f, F: Facts + ?Sized>(
    policy: &'f Policy,
    evaluator: &Evaluator<'f, F>,
    existences: &'f [Existence],
    running: &[Running],
) -> Vec<Preempted> {
    let rules = policy.rules.iter().enumerate().filter(|(_, rule)| !rule.is_audited());
    let preempted = rules.filter_map(|(number, rule)| {
        let RuleKind::Preemption(eviction) = rule.kind else { return None };
        let priority = &policy.priorities[eviction.priority.index()];
        let preemption = priority.preemption.as_ref()?;
        let values = 0..preemption.preempts.len() as u32;
        let mut classes = FxHashMap::default();
        let mut runs: FxHashMap<(u32, u32), f64> = FxHashMap::default();
        let existence = &existences[eviction.decision.index()];
        let of_it = running.iter().filter(|it| it.decision as usize == eviction.decision.index());
        for it in of_it.filter(|it| it.value > 0.0 && exists(evaluator, existence, &it.at)) {
            *runs.entry((it.at[0], it.at[1])).or_default() += it.value;
        }
        let mut runs: Vec<_> = runs.into_iter().collect();
        runs.sort_unstable_by_key(|(at, _)| *at);
        let runs = runs.into_iter().filter_map(|((row, place), value)| {
            let class =
                *classes.entry(row).or_insert_with(|| class_of(policy, evaluator, &eviction, row));
            Some(Runs { row, class: class?, place, value })
        });
        Some(Preempted {
            rule: RuleId(number as u32),
            eviction,
            gives_way: values.map(|value| preemption.is_preempted(value)).collect(),
            runs: runs.collect(),
        })
    });
    preempted.collect()
}

/// The class of a row. One that has no value is met, and reported, wherever the priority is read.
fn class_of<'f, F: Facts + ?Sized>(
    policy: &'f Policy,
    evaluator: &Evaluator<'f, F>,
    eviction: &Eviction,
    row: u32,
) -> Option<u32> {
    let priority = &policy.priorities[eviction.priority.index()];
    let mut frame = vec![Value::Absent; priority.frame.max(1)];
    frame[0] = Value::Row(row);
    evaluator.eval(&priority.by, &mut frame).ok()?.code()
}

fn exists<'f, F: Facts + ?Sized>(
    evaluator: &Evaluator<'f, F>,
    existence: &'f Existence,
    at: &[u32],
) -> bool {
    let mut frame = vec![Value::Absent; existence.frame];
    for (index, code) in existence.indices.iter().zip(at) {
        let value = value_of(&index.domain, *code);
        if !evaluator.domain_contains(&index.domain, &value, &mut frame).unwrap_or_default() {
            return false;
        }
        frame[index.var.index()] = value;
    }
    let Some(condition) = &existence.condition else { return true };
    // A condition that has no value is met again, and reported, where columns are made.
    evaluator.eval_condition(condition, &mut frame).unwrap_or_default()
}

fn value_of<'f>(domain: &apportion_check::policy::Domain, code: u32) -> Value<'f> {
    use apportion_check::policy::{Domain, Type};
    match domain {
        Domain::Input(_) => Value::Row(code),
        Domain::Enum(_) => Value::Enum(code),
        Domain::Resources => Value::Resource(code),
        Domain::Slots(_) => Value::Slot(code),
        Domain::Values(values) => match values.first().map(|value| &value.ty) {
            Some(Type::Row(_)) => Value::Row(code),
            Some(Type::Resource) => Value::Resource(code),
            Some(Type::Slot(_)) => Value::Slot(code),
            _ => Value::Enum(code),
        },
        Domain::Set(_) => Value::Absent,
    }
}

/// What tells rows of an input apart because of what runs of them.
#[derive(Default)]
pub(crate) struct Told {
    /// Rows that stand alone, and the first rule that asks for it.
    alone: FxHashMap<InputId, (RuleId, FxHashSet<u32>)>,
    /// For each rule, what runs of rows in all.
    totals: FxHashMap<InputId, Vec<(RuleId, Totals)>>,
}

impl Told {
    pub(crate) fn new(policy: &Policy, preempted: &[Preempted]) -> Told {
        let mut told = Told::default();
        for it in preempted {
            let indices = &policy.decisions[it.eviction.decision.index()].indices;
            let (rows, places) = (sort(policy, &indices[0]), sort(policy, &indices[1]));
            let Sort::Rows(rows) = rows else { continue };
            let mut note = |input, row| {
                let first = || (it.rule, FxHashSet::default());
                told.alone.entry(input).or_insert_with(first).1.insert(row);
            };
            for runs in it.runs.iter().filter(|runs| it.gives_way(runs)) {
                note(rows, runs.row);
                if let Sort::Rows(places) = places {
                    note(places, runs.place);
                }
            }
            told.totals.entry(rows).or_default().push((it.rule, it.by_row()));
        }
        told
    }

    /// Appends words that differ where rows do.
    pub(crate) fn encode(&self, input: InputId, row: u32, key: &mut Vec<u64>) {
        if let Some((_, alone)) = self.alone.get(&input) {
            key.push(if alone.contains(&row) { u64::from(row) + 1 } else { 0 });
        }
        for (_, totals) in self.totals.get(&input).into_iter().flatten() {
            key.push(totals.get(&row).copied().unwrap_or_default().to_bits());
        }
    }

    /// The rows of an input that stand alone, ascending, and the first rule that asks for it.
    pub(crate) fn alone(&self, input: InputId) -> Option<(RuleId, Vec<u32>)> {
        let (rule, rows) = self.alone.get(&input)?;
        let mut rows: Vec<u32> = rows.iter().copied().collect();
        rows.sort_unstable();
        Some((*rule, rows))
    }

    /// For each rule that asks how much runs of the rows of an input in all: a number for each row.
    pub(crate) fn totals(&self, input: InputId, rows: u32) -> Vec<(RuleId, Vec<u32>)> {
        let totals = self.totals.get(&input).into_iter().flatten();
        let numbered = totals.map(|(rule, totals)| {
            let total = |row| totals.get(&row).copied().unwrap_or_default().to_bits();
            (*rule, partition(rows, |row, key| key.push(total(row))).class_of)
        });
        numbered.collect()
    }
}

/// The flags of a decision that stands for what such a rule says; absent for another decision.
pub(crate) fn flags<F: Facts + ?Sized>(
    scene: &Scene<'_, F>,
    preempted: &[Preempted],
    (decision, first): (usize, u32),
) -> Option<Columns> {
    if !scene.policy.is_auxiliary(DecisionId(decision as u32)) {
        return None;
    }
    let indices = scene.policy.decisions[decision].indices.iter();
    let sorts: Vec<Sort> = indices.map(|index| sort(scene.policy, index)).collect();
    let own = preempted.iter().find(|it| it.eviction.gains.index() == decision);
    let mut tuples: Vec<[u32; 2]> = own
        .into_iter()
        .flat_map(|it| it.runs.iter().filter(|runs| it.gives_way(runs)))
        .map(|runs| [class_at(scene, sorts[0], runs.place), runs.class])
        .collect();
    tuples.sort_unstable();
    tuples.dedup();
    let count = tuples.len();
    Some(Columns {
        decision: DecisionId(decision as u32),
        first,
        sorts,
        tuples: tuples.concat(),
        whole: true,
        lower: vec![0.0; count],
        upper: vec![1.0; count],
        most: vec![1.0; count],
        moves: None,
    })
}

fn class_at<F: Facts + ?Sized>(scene: &Scene<'_, F>, sort: Sort, code: u32) -> u32 {
    match sort {
        Sort::Rows(input) => scene.spaces[input.index()].class_of[code as usize],
        Sort::Codes => code,
    }
}

/// The rows of each such rule.
pub(crate) fn families<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    preempted: &[Preempted],
    decisions: &[Columns],
) -> Vec<Family> {
    let families = preempted.iter().flat_map(|it| {
        let gains = Gains {
            scene,
            it,
            span: scene.policy.rules[it.rule.index()].span,
            placed: &decisions[it.eviction.decision.index()],
            flags: &decisions[it.eviction.gains.index()],
        };
        [gains.kept(), gains.gained()]
    });
    families.filter(|family| !family.is_empty()).collect()
}

struct Gains<'s, 'f, F: Facts + ?Sized> {
    scene: &'s Scene<'f, F>,
    it: &'s Preempted,
    span: Span,
    placed: &'s Columns,
    flags: &'s Columns,
}

impl<F: Facts + ?Sized> Gains<'_, '_, F> {
    /// What runs of a row is kept, but for what runs where something gains that preempts it.
    fn kept(&self) -> Family {
        let Gains { scene, it, .. } = self;
        let soft = Some(Soft { level: None, price: 1.0 });
        let placed = (0..self.placed.sorts.len()).map(|at| match at {
            0 => Tie::Quantifier(0),
            _ => Tie::Free,
        });
        let mut family = self.blank(1, soft, [placed.collect(), vec![Tie::Free; 2]]);
        let mut columns: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for at in 0..self.placed.len() {
            let of_row = columns.entry(self.placed.tuple(at)[0]).or_default();
            of_row.push(self.placed.first + at as u32);
        }
        let totals = it.by_row();
        let mut rows: Vec<(u32, u32)> =
            totals.keys().map(|row| (class_at(scene, self.placed.sorts[0], *row), *row)).collect();
        rows.sort_unstable();
        rows.dedup_by_key(|(class, _)| *class);
        let mut flags: FxHashMap<u32, Vec<(u32, f64)>> = FxHashMap::default();
        for runs in it.runs.iter().filter(|runs| it.gives_way(runs)) {
            let place = class_at(scene, self.flags.sorts[0], runs.place);
            let classes = [place, runs.class].into_iter();
            if let Some(flag) = scene.lookup.column(it.eviction.gains.index(), classes) {
                flags.entry(runs.row).or_default().push((flag, runs.value));
            }
        }
        for (class, row) in rows {
            let own = columns.remove(&class).unwrap_or_default();
            let mut taken = flags.remove(&row).unwrap_or_default();
            taken.sort_unstable_by_key(|(flag, _)| *flag);
            let own = own.into_iter().map(|column| (column, 1.0));
            push(&mut family, &[class], totals[&row], [own.collect(), taken]);
        }
        family
    }

    /// Where a flag is set, rows that preempt the class have more than now.
    fn gained(&self) -> Family {
        let Gains { scene, it, .. } = self;
        let placed = (0..self.placed.sorts.len()).map(|at| match at {
            1 => Tie::Quantifier(0),
            _ => Tie::Free,
        });
        let ties = [placed.collect(), vec![Tie::Quantifier(0), Tie::Quantifier(1)]];
        let mut family = self.blank(2, None, ties);
        let priority = &scene.policy.priorities[it.eviction.priority.index()];
        let Some(preemption) = &priority.preemption else { return family };
        let preempts = |by: u32, of: u32| preemption.preempts[by as usize].contains(&of);
        let mut flags_at: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for flag in 0..self.flags.len() {
            flags_at.entry(self.flags.tuple(flag)[0]).or_default().push(flag);
        }
        let mut columns = vec![Vec::new(); self.flags.len()];
        let mut classes: FxHashMap<u32, Option<u32>> = FxHashMap::default();
        for at in 0..self.placed.len() {
            let tuple = self.placed.tuple(at);
            let Some(flags) = flags_at.get(&tuple[1]) else { continue };
            let class = *classes.entry(tuple[0]).or_insert_with(|| self.class_of(tuple[0]));
            let Some(class) = class else { continue };
            for flag in flags.iter().filter(|flag| preempts(class, self.flags.tuple(**flag)[1])) {
                columns[*flag].push((self.placed.first + at as u32, 1.0));
            }
        }
        let mut runs = vec![0.0; self.flags.len()];
        for running in &it.runs {
            let place = class_at(scene, self.flags.sorts[0], running.place);
            for flag in flags_at.get(&place).into_iter().flatten() {
                let is_by = preempts(running.class, self.flags.tuple(*flag)[1]);
                runs[*flag] += if is_by { running.value } else { 0.0 };
            }
        }
        for (flag, columns) in columns.into_iter().enumerate() {
            let own = vec![(self.flags.first + flag as u32, -(runs[flag] + 1.0))];
            push(&mut family, self.flags.tuple(flag), 0.0, [columns, own]);
        }
        family
    }

    /// The class that the rows of a class of the problem are of.
    fn class_of(&self, class: u32) -> Option<u32> {
        let Sort::Rows(input) = self.placed.sorts[0] else { return None };
        let row = *self.scene.spaces[input.index()].members(class).first()?;
        class_of(self.scene.policy, &self.scene.evaluator, &self.it.eviction, row)
    }

    /// A family without rows, for the first indices of the flags' or the placing decision.
    fn blank(&self, indices: usize, soft: Option<Soft>, ties: [Vec<Tie>; 2]) -> Family {
        let Gains { scene, it, span, .. } = self;
        let Eviction { decision, gains, .. } = it.eviction;
        let of = if indices == 1 { decision } else { gains };
        let stated = &scene.policy.decisions[of.index()].indices[..indices];
        let [placed, flags] = ties;
        let quantifiers = stated.iter().map(|index| quantifier(scene.policy, index)).collect();
        let terms = vec![
            Term { decision, span: *span, ties: placed },
            Term { decision: gains, span: *span, ties: flags },
        ];
        Family { terms, ..empty(it.rule, *span, quantifiers, Sense::GreaterEqual, soft) }
    }
}

/// Adds a row with the entries of each term.
fn push(family: &mut Family, key: &[u32], right: f64, terms: [Vec<(u32, f64)>; 2]) {
    family.keys.extend_from_slice(key);
    family.right.push(right);
    for entries in terms {
        family.columns.extend(entries.iter().map(|(column, _)| *column));
        family.values.extend(entries.iter().map(|(_, value)| *value));
        family.start.push(family.columns.len() as u32);
    }
}
