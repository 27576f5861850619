//! Checked items put together: their parts of the policy in order, their findings at their places in the files.

mod extents;
mod overrides;
mod penalties;
mod preemption;
mod problems;
mod ranges;
mod tests;

use std::sync::Arc;

use apportion_diagnostic::{Diagnostic, SourceId, Sources, Span};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::db::{Database, ItemSource, Program, SourceFile, items, parsed};
use crate::expansion::outgrown;
use crate::index::{EnumSource, Index, declared, index, names};
use crate::items::{Checked, ItemIr, changed_rule, checked};
use crate::policy::{Budget, Enum, Policy, Rule, RuleId, RuleKind};

pub(crate) use self::tests::vacuous;

/// Items up to which one thread is as quick as several.
const PARALLEL: usize = 64;

/// All checked items with their places in their files.
pub(crate) struct Assembly<'db> {
    db: &'db dyn salsa::Database,
    index: &'db Index<'db>,
    items: Vec<(ItemSource<'db>, &'db Checked<'db>)>,
    sources: Sources,
    /// The number of each file among the sources.
    files: FxHashMap<SourceFile, SourceId>,
}

impl<'db> Assembly<'db> {
    pub(crate) fn new(db: &'db Database) -> Assembly<'db> {
        for file in Program::get(db).files(db) {
            side_by_side(db, items(db, *file), |db, item| {
                declared(db, item);
            });
        }
        let index = index(db);
        side_by_side(db, &index.items, |db, item| {
            checked(db, item);
            outgrown(db, item);
        });
        let items = index.items.iter().map(|item| (*item, checked(db, *item))).collect();
        let mut sources = Sources::default();
        let mut files = FxHashMap::default();
        for file in Program::get(db).files(db) {
            files.insert(*file, sources.add(file.path(db).clone(), Arc::clone(file.text(db))));
        }
        Assembly { db, index, items, sources, files }
    }

    /// The paths of the files that are part of the policy or test it.
    pub(crate) fn modules(&self) -> Vec<String> {
        self.index.files.iter().map(|file| file.path(self.db).clone()).collect()
    }

    /// The texts that spans point into.
    pub(crate) fn into_sources(self) -> Sources {
        self.sources
    }

    /// Everything that is wrong, file by file in the order of the text.
    pub(crate) fn findings(&self) -> Vec<Diagnostic> {
        let mut findings: Vec<Diagnostic> = Vec::new();
        for (item, checked) in &self.items {
            let parsed = parsed(self.db, *item);
            let title = self.title(*item);
            let syntax =
                parsed.errors.iter().map(|error| error.diagnostic(SourceId(0), title.as_deref()));
            let broken = !parsed.errors.is_empty();
            // What a broken text seems to mean says little: its own errors come first, and its unknown
            // names may be the text's fault.
            let meant = checked.findings.iter().chain(outgrown(self.db, *item));
            let meant = meant.filter(|_| !broken).cloned();
            let located = syntax.chain(meant).map(|finding| {
                let shown = |span| self.locate(*item, checked, span);
                let mut finding = finding.map_spans(shown);
                finding.item = finding.item.or_else(|| title.clone());
                finding
            });
            findings.extend(located);
        }
        for (item, problem) in &self.index.problems {
            findings.push(self.problem(*item, problem));
        }
        findings.extend(self.penalties().findings);
        findings.extend(self.tests());
        findings.extend(self.loosened_twice());
        findings.extend(self.rules_of_one_name());
        let order: FxHashMap<SourceId, usize> = self
            .index
            .files
            .iter()
            .enumerate()
            .map(|(at, file)| (self.source(*file), at))
            .collect();
        findings.sort_by_key(|finding| {
            let span = finding.primary();
            span.map(|span| (order.get(&span.source).copied(), span.start, span.end))
        });
        findings
    }

    /// What an item is called: `rule capacity`.
    fn title(&self, item: ItemSource<'db>) -> Option<String> {
        let text = item.text(self.db);
        let tree = &parsed(self.db, item).item;
        let mut words = text[tree.range.start as usize..].split_whitespace();
        let keyword = words.next()?;
        let name = &declared(self.db, item).name;
        Some(if name.is_empty() { keyword.to_owned() } else { format!("{keyword} {name}") })
    }

    fn source(&self, file: SourceFile) -> SourceId {
        self.files.get(&file).copied().unwrap_or(SourceId(0))
    }

    /// Where a span of an item's findings lies in its file.
    fn locate(&self, item: ItemSource<'db>, checked: &Checked<'db>, span: Span) -> Span {
        let shown = span.source.0.checked_sub(1).and_then(|at| checked.shown.get(at as usize));
        shown.map_or_else(|| self.moved(item, span), |shown| self.declaration(*shown))
    }

    /// A span that counts from an item's first byte, moved to its file.
    fn moved(&self, item: ItemSource<'db>, span: Span) -> Span {
        let start = item.start(self.db);
        Span::new(self.source(item.file(self.db)), span.start + start, span.end + start)
    }

    /// The first line of an item.
    fn declaration(&self, item: ItemSource<'db>) -> Span {
        let range = parsed(self.db, item).item.range;
        let text = &item.text(self.db)[range.start as usize..];
        let line = text.lines().next().unwrap_or("").trim_end_matches(['{', ' ']).len();
        self.moved(item, Span::new(SourceId(0), range.start, range.start + line as u32))
    }

    /// The policy, which means something only where nothing is wrong.
    pub(crate) fn policy(&self) -> Policy {
        let mut policy = Policy { edition: 2026, ..Policy::default() };
        let mut enums: FxHashMap<ItemSource<'db>, Vec<Enum>> = FxHashMap::default();
        let mut tests = Vec::new();
        let mut rules: FxHashMap<ItemSource<'db>, RuleId> = FxHashMap::default();
        for (item, checked) in &self.items {
            let mut ir = checked.ir.clone();
            crate::spans::map(&mut ir, &|span| self.moved(*item, span));
            match ir {
                ItemIr::Nothing => {}
                ItemIr::Edition(edition) => policy.edition = edition,
                ItemIr::Entity(it, own) => {
                    enums.insert(*item, own);
                    policy.entities.push(it);
                }
                ItemIr::Enum(it) => {
                    enums.insert(*item, vec![it]);
                }
                ItemIr::Input(it) => policy.inputs.push(it),
                ItemIr::Param(it) => policy.params.push(it),
                ItemIr::Resource(it) => policy.resources.push(it),
                ItemIr::Slots(it) => policy.slots.push(it),
                ItemIr::Forecast(it, slots) => {
                    policy.slots.push(slots);
                    policy.forecasts.push(*it);
                }
                ItemIr::Decision(it, _) => policy.decisions.push(it),
                ItemIr::Let(it, _) => policy.lets.push(it),
                ItemIr::Rule(it, _) => {
                    rules.insert(*item, RuleId(policy.rules.len() as u32));
                    policy.rules.push(it);
                }
                ItemIr::Override(it, _) => {
                    let changed = changed_rule(self.db, *item).and_then(|it| rules.get(&it));
                    if let Some(rule) = changed {
                        self.add_override(&mut policy, *rule, it);
                    }
                }
                ItemIr::Budget(budget, rule, band) => {
                    add_budget(&mut policy, budget, rule, band.map(|band| band.rule));
                }
                ItemIr::Priority(it) => policy.priorities.push(it),
                ItemIr::Fairness(it) => policy.fairness.push(it),
                ItemIr::Levels(levels) => policy.levels = levels,
                ItemIr::Report(it) => policy.reports.push(it),
                ItemIr::Test(it, by) => tests.push((it, by)),
            }
        }
        // Enums in the order of their numbers: those written in place lie between the named ones.
        let mut own = enums.into_iter().map(|(item, own)| (item, own.into_iter())).collect();
        policy.enums = self.enums(&mut own);
        self.penalties().settle(&mut policy.levels);
        // Their values are fields of rows, of entities that may stand behind them.
        for forecast in &policy.forecasts {
            policy.entities[forecast.entity.index()].fields.extend(forecast.fields());
        }
        preemption::add(&mut policy);
        policy.tests = tests::settled(tests, &policy.rules);
        policy
    }

    fn enums(&self, own: &mut FxHashMap<ItemSource<'db>, std::vec::IntoIter<Enum>>) -> Vec<Enum> {
        let numbered = names(self.db).enums.iter();
        numbered.filter_map(|EnumSource { item, .. }| own.get_mut(item)?.next()).collect()
    }
}

/// Asks about items on all threads, so that what follows only looks up what was worked out: they are
/// independent of each other but for their signatures.
fn side_by_side<'db>(
    db: &Database,
    items: &[ItemSource<'db>],
    ask: impl Fn(&Database, ItemSource<'db>) + Send + Sync,
) {
    if items.len() > PARALLEL {
        let items = items.par_iter().with_min_len(PARALLEL / 2);
        items.for_each_with(db.clone(), |db, item| ask(db, *item));
    }
}

/// Adds a budget and the rules that enforce it, each with the number of the other.
fn add_budget(policy: &mut Policy, mut budget: Budget, mut rule: Rule, band: Option<Rule>) {
    let number = policy.budgets.len() as u32;
    budget.rule = RuleId(policy.rules.len() as u32);
    rule.kind = RuleKind::Budget(number);
    policy.budgets.push(budget);
    policy.rules.push(rule);
    policy.rules.extend(band.map(|band| Rule { kind: RuleKind::Band(number), ..band }));
}
