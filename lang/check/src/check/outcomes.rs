//! What a test reads of a plan besides decisions and `let`s: a budget's used share, a report's value.
//!
//! Neither has a number that expressions know it by, so its text is read where the test stands, as a pattern's is.

use apportion_diagnostic::{Diagnostic, nearest};
use apportion_syntax::ast::{ItemKind, Name, Range};
use apportion_units::{Base, Dimension};
use smol_str::SmolStr;

use super::{Call, Checker, Scene};
use crate::db::{ItemSource, parsed};
use crate::index::outcomes;
use crate::items::ItemIr;
use crate::policy::{Arithmetic, Budget, Expr, ExprKind, Stage, Type};

impl<'db> Checker<'db> {
    /// `budget.cloud`: what is spent as a share of the limit, over the period that holds the time of the plan.
    pub(super) fn budget_share(&mut self, name: &Name, range: Range) -> Expr {
        self.reads_outcome = true;
        let budgets = &outcomes(self.db).budgets;
        let Some(item) = budgets.iter().find(|(known, _)| *known == name.text).map(|it| it.1)
        else {
            let known = budgets.iter().map(|(known, _)| known.as_str());
            let near = nearest(&name.text, known).map(str::to_owned);
            let message = format!("there is no budget `{}`", name.text);
            let finding = Diagnostic::error("unknown-name", message);
            let finding = self.suggest(finding, &name.text, name.range, near);
            self.report(finding);
            return self.unknown(range);
        };
        let ItemIr::Budget(budget, ..) = self.read_here(item, range) else {
            return self.unknown(range);
        };
        let Budget { value, limit, period, .. } = budget;
        let stage = value.stage;
        let spent = match period {
            Some(period) => {
                let second = Type::Number(Dimension::of(Base::Second));
                let length = self.ground(ExprKind::PeriodLength(period), second, range);
                self.ratio(Arithmetic::Multiply, value, length, range)
            }
            None => value,
        };
        let share = self.ratio(Arithmetic::Divide, spent, limit, range);
        Expr { ty: Type::Number(Dimension::PLAIN), stage, ..share }
    }

    /// The value of a report; none where no report has the name.
    pub(super) fn report_value(&mut self, name: &SmolStr, range: Range) -> Option<Expr> {
        let reports = &outcomes(self.db).reports;
        let item = reports.iter().find(|(known, _)| known == name).map(|it| it.1)?;
        self.reads_outcome = true;
        match self.read_here(item, range) {
            ItemIr::Report(report) if matches!(report.value.kind, ExprKind::Shares(_)) => {
                let message = format!("`{name}` reports shares, which are no one value");
                let text = "expect what groups have of a decision, or a snapshot of the plan";
                self.error("type-mismatch", message, range, text);
                Some(self.unknown(range))
            }
            ItemIr::Report(report) => Some(report.value),
            _ => Some(self.unknown(range)),
        }
    }

    fn ratio(&self, operator: Arithmetic, left: Expr, right: Expr, range: Range) -> Expr {
        let stage: Stage = left.stage;
        let ty = match (&left.ty, &right.ty) {
            (Type::Number(left), Type::Number(right)) => Type::Number(match operator {
                Arithmetic::Divide => left.divide(*right),
                _ => left.multiply(*right),
            }),
            _ => Type::Unknown,
        };
        let kind = ExprKind::Arithmetic(operator, Box::new(left), Box::new(right));
        Expr { kind, ty, stage, span: self.span(range) }
    }

    /// An item as its own module reads it, at the place of its reader. What is wrong with it is said of itself.
    fn read_here(&mut self, item: ItemSource<'db>, range: Range) -> ItemIr {
        let tree = &parsed(self.db, item).item;
        let call = Call::new(self.span(range), std::iter::empty());
        let scope = self.names.scopes.get(&item.file(self.db));
        let mut scene = Scene { hidden: self.locals.len(), call: Some(call), ..Scene::of(scope) };
        let rows = self.named_rows.take();
        let said = self.findings.len();
        let ir = self.within(&mut scene, |it| match &tree.kind {
            ItemKind::Budget(budget) => it.budget_item(budget, range),
            ItemKind::Report(report) => it.report_item(report, range),
            _ => ItemIr::Nothing,
        });
        self.findings.truncate(said);
        self.named_rows = rows;
        ir
    }
}
