//! Tests.

mod data;

use apportion_diagnostic::{Diagnostic, nearest};
use apportion_syntax::ast::{self, ExprKind as A, TestLine};
use smol_str::SmolStr;

use super::{ItemIr, RuleName};
use crate::check::Checker;
use crate::eval::walk;
use crate::index::Symbol;
use crate::policy::{Claim, Data, Expectation, Expr, ExprKind, Given, Setting, Stage, Test, Type};
use crate::signature::Signature;

/// What runs now, as the manifest calls it too.
const CURRENT: &str = "current";
/// The time of the plan.
const NOW: &str = "now";
/// How many worlds are made up.
const WORLDS: &str = "worlds";
/// The most of them.
const MOST_WORLDS: u32 = 10_000;
/// The claim that there is no plan.
const INFEASIBLE: &str = "infeasible";
/// The claim that the plan is the one that was kept.
const SNAPSHOT: &str = "snapshot";
/// How many rules an expectation may name: whether each is needed is tried out in all combinations.
const MOST_RULES: usize = 6;

impl Checker<'_> {
    pub(super) fn test_item(&mut self, it: &ast::Test) -> ItemIr {
        let mut test = Test {
            name: it.name.value.clone(),
            worlds: None,
            givens: Vec::new(),
            expectations: Vec::new(),
            span: self.span(it.name.range),
        };
        let mut rules = Vec::new();
        let mut given: Vec<ast::Name> = Vec::new();
        for line in &it.lines {
            match line {
                TestLine::Given { name, value, from_file } => {
                    given.push(name.clone());
                    if name.text == WORLDS && self.symbol(&name.text).is_none() {
                        test.worlds = self.worlds_given(value);
                        continue;
                    }
                    let setting = self.setting(name, value, *from_file);
                    let span = self.span(value.range);
                    test.givens.extend(setting.map(|setting| Given { setting, span }));
                }
                TestLine::Expect { condition, by } => {
                    let claim = self.claim(condition);
                    let span = self.span(condition.range);
                    let named: Vec<ast::Name> =
                        by.iter().filter(|name| !name.text.is_empty()).cloned().collect();
                    let by: Vec<RuleName> = named
                        .iter()
                        .map(|it| RuleName { name: it.text.clone(), span: self.span(it.range) })
                        .collect();
                    self.distinct(&named, "reason");
                    self.refuse_many_rules(&by);
                    if let (Claim::Holds { condition, .. }, false) = (&claim, by.is_empty()) {
                        self.refuse_moves_in_reason(condition);
                        self.refuse_bins_in_reason(condition);
                    }
                    test.expectations.push(Expectation { claim, by: Vec::new(), span });
                    rules.push(by);
                }
            }
        }
        if test.name.trim().is_empty() && it.name.range.start < it.name.range.end {
            let finding =
                Diagnostic::error("test-without-sentence", "the test says nothing of itself")
                    .at(test.span, "no run could tell it from others")
                    .help("say what it is about: `test \"personal data stays home\" { … }`");
            self.report(finding);
        }
        self.refuse_snapshots(&test, &rules);
        if test.worlds.is_some()
            && let Some(first) = rules.iter().flatten().next()
        {
            let message = "rules are the reason in one world, and need not be in another";
            let finding = Diagnostic::error("type-mismatch", message)
                .at(first.span, "this test is run over made-up worlds")
                .help("name the rule in a test of its own, over facts that make it the reason");
            self.report(finding);
        }
        self.distinct(&given, "line for");
        if it.lines.iter().all(|line| matches!(line, TestLine::Given { .. })) {
            let finding = Diagnostic::error("test-cannot-fail", "the test expects nothing")
                .at(test.span, "it would pass whatever is planned")
                .help("say what must hold: `expect …`, or `expect infeasible by RULE`");
            self.report(finding);
        }
        ItemIr::Test(test, rules)
    }

    fn setting(&mut self, name: &ast::Name, value: &ast::Expr, from_file: bool) -> Option<Setting> {
        if name.text.is_empty() {
            return None;
        }
        // An input or a parameter of the policy may be called as what every policy has.
        match self.symbol(&name.text) {
            Some(Symbol::Input(id)) => {
                if !from_file {
                    self.check_rows(id, value);
                }
                Some(Setting::Rows(id, self.rows_given(value, from_file)?))
            }
            Some(Symbol::Forecast(id)) => {
                if !from_file {
                    self.check_forecast(id, value);
                }
                Some(Setting::Forecast(id, self.rows_given(value, from_file)?))
            }
            Some(Symbol::Param(_)) if from_file => {
                let message = format!("`{}` is a parameter, and is given a value", name.text);
                self.error("type-mismatch", message, value.range, "as `given headroom = 5 %`");
                None
            }
            Some(Symbol::Param(id)) => {
                let Signature::Param(ty) = self.signature(self.names.params[id.index()]) else {
                    return None;
                };
                self.begin_frame();
                let checked = self.expr(value, Some(ty));
                self.require_ground(&checked, "what is given");
                self.require_type(&checked, ty, "this parameter");
                Some(Setting::Param(id, checked))
            }
            None if name.text == CURRENT => {
                Some(Setting::Current(self.rows_given(value, from_file)?))
            }
            None if name.text == NOW => self.now_given(value),
            _ => {
                self.nothing_to_give(name);
                None
            }
        }
    }

    fn now_given(&mut self, value: &ast::Expr) -> Option<Setting> {
        let checked = self.expr(value, Some(&Type::Time));
        match (&checked.kind, &value.kind) {
            (ExprKind::Time(at), A::Date(_)) => Some(Setting::Now(*at)),
            _ => {
                let text = "as `2026-11-28T06:00:00Z`";
                self.error("type-mismatch", "`now` is given a point in time", value.range, text);
                None
            }
        }
    }

    fn worlds_given(&mut self, value: &ast::Expr) -> Option<u32> {
        let number = match &value.kind {
            A::Number(number, None) => number.text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (1..=MOST_WORLDS).contains(number));
        if number.is_none() && !matches!(value.kind, A::Missing) {
            let message = format!("`worlds` is a whole number from 1 to {MOST_WORLDS}");
            self.error("out-of-range", message, value.range, "so many worlds are made up");
        }
        number
    }

    fn rows_given(&mut self, value: &ast::Expr, from_file: bool) -> Option<Data> {
        match (&value.kind, from_file) {
            (A::Missing, _) => None,
            (A::Text(path), true) => Some(Data::File(path.value.clone())),
            (_, true) => {
                let text = "as `from \"data/pools.json\"`";
                self.error("type-mismatch", "a file is named by a text", value.range, text);
                None
            }
            (_, false) => self.literal(value).map(Data::Written),
        }
    }

    fn nothing_to_give(&mut self, name: &ast::Name) {
        if self.lacks_names() {
            return;
        }
        let givable = |symbol: &Symbol| {
            matches!(symbol, Symbol::Input(_) | Symbol::Forecast(_) | Symbol::Param(_))
        };
        let own = self.symbols().filter(|(_, symbol)| givable(symbol)).map(|(name, _)| name);
        let own = own.map(SmolStr::as_str).chain([CURRENT, NOW, WORLDS]);
        let mut known: Vec<&str> = own.collect();
        known.sort_unstable();
        let near = nearest(&name.text, known.iter().copied()).map(str::to_owned);
        let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("there is no input and no parameter `{}`", name.text);
        let finding = Diagnostic::error("unknown-name", message);
        let finding = self.suggest(finding, &name.text, name.range, near);
        self.report(finding.note(format!("a test can give {}", list.join(", "))));
    }

    fn claim(&mut self, condition: &ast::Expr) -> Claim {
        // A `let` or a report of the policy may be called as what every test can expect.
        match &condition.kind {
            A::Name(name) if self.symbol(name).is_some() => {}
            A::Name(name) if name == INFEASIBLE => return Claim::Infeasible,
            A::Name(name) if name == SNAPSHOT => return Claim::Snapshot,
            _ => {}
        }
        self.begin_frame();
        self.named_rows = Some(Vec::new());
        self.reads_outcome = false;
        let checked = self.condition(condition);
        let rows = self.named_rows.take().unwrap_or_default();
        self.refuse_facts_alone(&checked);
        Claim::Holds { rows, condition: checked, frame: self.frame }
    }

    /// Each line has a frame of its own.
    fn begin_frame(&mut self) {
        self.frame = 0;
        self.scene.slots.clear();
    }

    /// Refuses what no plan can change. A report is an outcome, though it may be made of facts.
    fn refuse_facts_alone(&mut self, condition: &Expr) {
        let mut unknown = condition.ty == Type::Unknown;
        walk(condition, &mut |part| unknown |= matches!(part.kind, ExprKind::Unknown));
        if condition.stage == Stage::Ground && !self.reads_outcome && !unknown {
            let message = "this expects nothing of a plan";
            let finding = Diagnostic::error("test-cannot-fail", message)
                .at(condition.span, "it says the same whatever is planned")
                .help("read a decision, a `let` of decisions or a report: `expect served[\"pay\"] == 2`");
            self.report(finding);
        }
    }

    /// Refuses a snapshot where there is not just one plan, and where it says nothing more.
    fn refuse_snapshots(&mut self, test: &Test, rules: &[Vec<RuleName>]) {
        let expected = test.expectations.iter().zip(rules);
        let snapshots = expected.filter(|(it, _)| it.claim == Claim::Snapshot);
        for (number, (snapshot, by)) in snapshots.enumerate() {
            if number > 0 {
                let message = "the plan of this test is kept already";
                let finding = Diagnostic::error("duplicate-name", message);
                self.report(finding.at(snapshot.span, "a test has one plan"));
            }
            if let Some(rule) = by.first() {
                let message =
                    "a snapshot is of all that is planned, which no rule is the reason of";
                let finding = Diagnostic::error("type-mismatch", message)
                    .at(rule.span, "a rule can be named for one thing that holds")
                    .help("say what the rule does in a line of its own: `expect … by RULE`");
                self.report(finding);
            }
            if test.worlds.is_some() {
                let message = "a snapshot is of one plan, and each made-up world has its own";
                let finding = Diagnostic::error("type-mismatch", message)
                    .at(snapshot.span, "this test is run over made-up worlds")
                    .help("keep the plan of a test that gives the rows it is about");
                self.report(finding);
            }
        }
    }

    fn refuse_many_rules(&mut self, by: &[RuleName]) {
        let Some(first) = by.get(MOST_RULES) else { return };
        let message = format!("an expectation names at most {MOST_RULES} rules");
        let finding = Diagnostic::error("out-of-range", message)
            .at(first.span, "one too many")
            .help("make a smaller case, in which fewer rules meet");
        self.report(finding);
    }
}
