//! Service levels: how much of what is counted may be what should not be.
//!
//! The body is `forbid`s, or calls of patterns that forbid, or one `for` around them: then what is promised is promised of
//! each of its tuples, and what is counted reads its indices.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, ExprKind as A, StatementKind};
use apportion_units::Dimension;

use super::ranges::Interval;
use super::rules::Statements;
use crate::check::Checker;
use crate::eval::walk;
use crate::index::Symbol;
use crate::policy::{
    Binder, Eligibility, Expr, ExprKind, Promise, RuleKind, Stage, Statement, Type,
};
use crate::signature::Signature;

impl Checker<'_> {
    /// What an `sla` promises, and what it says should not be.
    pub(super) fn sla(&mut self, it: &ast::Rule) -> (RuleKind, Vec<Statement>) {
        let Some((share, of)) = &it.target else {
            let message = format!("`{}` promises nothing", it.name.text);
            let text = "write `for`, a share, `of` and what is counted, as `for 99.9 % of served`";
            self.error("sla-form", message, it.name.range, text);
            return (RuleKind::Rule, Vec::new());
        };
        let share = self.promised(share);
        let (of, body) = match &it.body[..] {
            [ast::Statement { kind: StatementKind::For(binders, lines), .. }] => {
                let mark = self.known.mark();
                let entered = self.enter(binders);
                let of = self.counted_in(of, &entered);
                let body = self.lines(lines, it.name.range);
                self.leave(binders.len(), mark);
                (of, vec![Statement::For { binders: entered, body }])
            }
            lines => (self.counted_of(of), self.lines(lines, it.name.range)),
        };
        self.counts_what_is_forbidden(&of, &body);
        (RuleKind::Sla(Box::new(Promise { share, of })), body)
    }

    /// The share that is promised: one that some plans keep and others do not.
    fn promised(&mut self, share: &ast::Expr) -> Expr {
        let checked = self.expr(share, None);
        self.require_ground(&checked, "what an `sla` promises");
        if !self.require_type(&checked, &Type::Number(Dimension::PLAIN), "what an `sla` promises") {
            return checked;
        }
        let Some(Interval { least, greatest }) = self.interval(&checked) else { return checked };
        let (message, text, is_open) = if greatest <= 0.0 {
            ("every plan keeps this promise, so that it says nothing", "not over 0 %", false)
        } else if least > 1.0 {
            ("no plan keeps a promise of more than all", "over 100 %", false)
        } else if least < 0.0 {
            ("a promise is of a share, and this may be below 0 %", "may be below 0 %", true)
        } else if greatest > 1.0 {
            ("no plan keeps a promise of more than all", "may be over 100 %", true)
        } else {
            return checked;
        };
        let finding = Diagnostic::error("out-of-range", message).at(checked.span, text);
        self.report(match is_open {
            true => finding.help("give each parameter that it reads a range: `in 90 % .. 100 %`"),
            false => {
                finding.help("a promise is a share of what is counted, as `for 99.9 % of served`")
            }
        });
        checked
    }

    /// What is counted. A decision or a `let` by its name alone counts over all of its indices.
    fn counted_of(&mut self, of: &ast::Expr) -> Expr {
        let checked = match self.indices_of(of) {
            0 => self.expr(of, None),
            indices => {
                let all = A::Index(Box::new(of.clone()), vec![None; indices]);
                self.expr(&ast::Expr { kind: all, range: of.range }, None)
            }
        };
        if checked.stage > Stage::Affine {
            let message = "an `sla` counts sums of decisions, and this is none";
            let text = "extremes and conditions on decisions are no sums";
            self.report(Diagnostic::error("not-convex-here", message).at(checked.span, text));
        }
        if !matches!(checked.ty, Type::Number(_) | Type::Unknown) {
            let message = format!("an `sla` counts amounts, not {}", self.type_name(&checked.ty));
            self.report(Diagnostic::error("type-mismatch", message).at(checked.span, ""));
        }
        self.refuse_moves_in_promise(&checked);
        checked
    }

    /// What is counted for each tuple of a `for`.
    fn counted_in(&mut self, of: &ast::Expr, binders: &[Binder]) -> Expr {
        let checked = self.counted_of(of);
        let mut reads = false;
        walk(&checked, &mut |part| {
            reads |=
                matches!(part.kind, ExprKind::Var(var) if binders.iter().any(|it| it.var == var));
        });
        if let (false, Some(first)) = (reads || checked.ty == Type::Unknown, binders.first()) {
            let name = &first.name;
            let message = format!("what is counted is the same for every `{name}`");
            let finding = Diagnostic::error("sla-form", message)
                .at(checked.span, format!("does not read `{name}`"))
                .because_of(first.span, "the promise is made for each of these")
                .help(format!(
                    "count what is that one's, as `of served[{name}]`, or leave the `for` out"
                ));
            self.report(finding);
        }
        checked
    }

    /// How many indices a bare name of a decision or a `let` has.
    fn indices_of(&self, of: &ast::Expr) -> usize {
        let A::Name(name) = &of.kind else { return 0 };
        let item = match self.symbol(name).filter(|_| !self.is_own(name)) {
            Some(Symbol::Decision(id)) => self.names.decisions[id.index()],
            Some(Symbol::Let(id)) => self.names.lets[id.index()],
            _ => return 0,
        };
        match self.signature(item) {
            Signature::Decision(it) => it.indices.len(),
            Signature::Let(it) => it.indices.len(),
            _ => 0,
        }
    }

    /// The lines that say what should not be.
    fn lines(&mut self, lines: &[ast::Statement], name: ast::Range) -> Vec<Statement> {
        let rule = Statements { hard: true, compliance: false };
        let mut checked: Vec<Statement> = Vec::new();
        if lines.is_empty() {
            let text = "as `forbid x[w, p, *] where …`";
            self.error("sla-form", "this `sla` does not say what should not be", name, text);
        }
        for line in lines {
            let before = checked.len();
            let mut forbids = self.may_forbid(line);
            if forbids {
                checked.extend(self.statements(std::slice::from_ref(line), &rule));
                forbids = checked[before..].iter().all(|it| matches!(it, Statement::Forbid(_)));
            }
            if !forbids {
                let message = "a line of an `sla` says with `forbid` what should not be";
                let finding = Diagnostic::error("sla-form", message)
                    .at(self.span(line.range), "no `forbid`")
                    .help("as `forbid x[w, p, *] where …`; one `for` may stand around all lines");
                self.report(finding);
                checked.truncate(before);
            }
            for at in before..checked.len() {
                self.refuse_twice(&checked[..=at]);
            }
        }
        checked
    }

    /// Whether a line may say what should not be: by itself, or through a pattern that it calls.
    fn may_forbid(&self, line: &ast::Statement) -> bool {
        match &line.kind {
            StatementKind::Forbid(..) | StatementKind::Missing => true,
            StatementKind::Require(claim, _) => self.called(claim).is_some(),
            _ => false,
        }
    }

    /// Refuses the last of some lines where another forbids tuples of the same decision.
    fn refuse_twice(&mut self, lines: &[Statement]) {
        let [known @ .., Statement::Forbid(last)] = lines else { return };
        let is_same = |it: &&Eligibility| it.decision == last.decision;
        let Some(first) = forbidden(known).find(is_same) else { return };
        let message = "a tuple that two lines forbid would count twice";
        let finding = Diagnostic::error("sla-form", message)
            .at(last.span, "of the same decision")
            .because_of(first.span, "the first of them")
            .help("join their conditions with `||` on one line");
        self.report(finding);
    }

    /// Requires that what is counted is in the unit of what is forbidden.
    fn counts_what_is_forbidden(&mut self, of: &Expr, body: &[Statement]) {
        let Type::Number(counted) = of.ty else { return };
        let lines = match body {
            [Statement::For { body, .. }] => body,
            lines => lines,
        };
        let mut odd = Vec::new();
        for line in forbidden(lines) {
            let decision = self.signature(self.names.decisions[line.decision.index()]);
            if let Signature::Decision(decision) = decision
                && decision.dimension != counted
            {
                odd.push((decision.dimension, line.span));
            }
        }
        for (dimension, span) in odd {
            let message = format!("{} is no share of {}", dimension.display(), counted.display());
            let finding = Diagnostic::error("unit-mismatch", message)
                .at(of.span, counted.display())
                .because_of(span, dimension.display());
            self.report(finding);
        }
    }
}

fn forbidden(lines: &[Statement]) -> impl Iterator<Item = &Eligibility> {
    lines.iter().filter_map(|line| match line {
        Statement::Forbid(it) => Some(it),
        _ => None,
    })
}
