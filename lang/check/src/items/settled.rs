//! What is worked out before any row is read: parameters, slots, the defaults and ranges of fields.

use apportion_diagnostic::Diagnostic;

use super::{ItemIr, checked};
use crate::check::{Checker, on_enough_stack};
use crate::db::ItemSource;
use crate::eval::walk;
use crate::policy::{Domain, Expr, ExprKind};

impl Checker<'_> {
    /// Refuses an expression that reads rows where there are none yet: it would take them for none at all.
    pub(super) fn require_settled(&mut self, expr: &Expr, what: &str) {
        if self.reads_rows(expr) {
            let message = format!("{what} cannot read rows, as it is worked out before they are");
            let finding = Diagnostic::error("reads-rows", message)
                .at(expr.span, "depends on an input")
                .help("use numbers and parameters here, and rows in a `let`");
            self.report(finding);
        }
    }

    fn reads_rows(&self, expr: &Expr) -> bool {
        let mut reads = false;
        walk(expr, &mut |part| match &part.kind {
            ExprKind::Aggregate(_, binders, _) => {
                reads |= binders.iter().any(|binder| matches!(binder.domain, Domain::Input(_)));
            }
            ExprKind::Let(id, _) if !reads => {
                let place = self.names.lets.get(id.index());
                reads = place.is_some_and(|place| let_reads_rows(self.db, *place));
            }
            _ => {}
        });
        reads
    }
}

/// Whether a `let` reads rows by itself: worked out once, as several may read it, and several those.
#[salsa::tracked(returns(copy))]
fn let_reads_rows<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> bool {
    let ItemIr::Let(named, _) = &checked(db, item).ir else { return false };
    let over_rows = |domain: &Domain| matches!(domain, Domain::Input(_));
    named.indices.iter().any(|index| over_rows(&index.domain))
        || on_enough_stack(|| Checker::new(db, item).reads_rows(&named.value))
}
