//! What a parameter of a pattern takes.

use apportion_diagnostic::Diagnostic;
use apportion_syntax::ast::{self, TypeExprKind};

use crate::check::{Checker, is_zero};
use crate::eval::children;
use crate::policy::{Expr, ExprKind, Stage, Type};

/// How deep an argument may nest, so that what it becomes a part of, in pattern after pattern, nests little deeper than
/// what an author can write.
const MAX_ARGUMENT_DEPTH: usize = 100;

/// What a parameter takes.
#[derive(Clone)]
pub(super) enum Taken {
    /// A number of any unit, which may be decided.
    Quantity,
    /// A fact that can be told apart from others.
    Key,
    /// A fact of a type.
    Of(Type),
}

impl Taken {
    pub(super) fn ty(&self) -> Type {
        match self {
            Taken::Quantity | Taken::Key => Type::Unknown,
            Taken::Of(ty) => ty.clone(),
        }
    }

    pub(super) fn stage(&self) -> Stage {
        match self {
            Taken::Quantity => Stage::Affine,
            Taken::Key | Taken::Of(_) => Stage::Ground,
        }
    }
}

impl Checker<'_> {
    /// What a parameter takes: `quantity` and `key` are types of parameters alone.
    pub(super) fn taken(&mut self, ty: &ast::TypeExpr) -> Taken {
        if ty.optional {
            let text = "say what absence means where the pattern is called";
            self.error("type-mismatch", "a parameter of a pattern is never absent", ty.range, text);
        }
        if let TypeExprKind::Unit(unit) = &ty.kind
            && let [(name, 1)] = unit.factors.as_slice()
            && unit.per.is_empty()
        {
            match name.text.as_str() {
                "quantity" => return Taken::Quantity,
                "key" => return Taken::Key,
                _ => {}
            }
        }
        Taken::Of(self.declared_type(ty, None).ty)
    }

    /// A value that a parameter takes, or an unknown one in its place.
    pub(super) fn fitting(&mut self, what: &str, mut value: Expr, taken: &Taken) -> Expr {
        let unknown = Expr { kind: ExprKind::Unknown, ty: Type::Unknown, ..value.clone() };
        if nests_deeper(&value, MAX_ARGUMENT_DEPTH) {
            let message = format!(
                "with every call written out this argument nests more than {MAX_ARGUMENT_DEPTH} deep"
            );
            let finding = Diagnostic::error("expression-too-deep", message)
                .at(value.span, "")
                .help("name it with a `let`, and hand that over");
            self.report(finding);
            return unknown;
        }
        let fits = match taken {
            Taken::Quantity if matches!(value.ty, Type::Number(_) | Type::Unknown) => true,
            Taken::Key
                if !matches!(
                    value.ty,
                    Type::Amounts | Type::Set(_) | Type::List(_) | Type::Map(..)
                ) =>
            {
                self.require_ground(&value, what)
            }
            Taken::Quantity | Taken::Key => {
                let wanted = match taken {
                    Taken::Quantity => "a number",
                    _ => "one value",
                };
                let message =
                    format!("{what} must be {wanted}, and this is {}", self.type_name(&value.ty));
                self.report(Diagnostic::error("type-mismatch", message).at(value.span, ""));
                false
            }
            Taken::Of(ty) => {
                if is_zero(&value) && matches!(ty, Type::Number(_)) {
                    value.ty = ty.clone();
                }
                self.require_ground(&value, what) && self.require_type(&value, ty, what)
            }
        };
        if fits { value } else { unknown }
    }
}

fn nests_deeper(expr: &Expr, than: usize) -> bool {
    let Some(than) = than.checked_sub(1) else { return true };
    let mut deeper = false;
    children(expr, &mut |part| deeper = deeper || nests_deeper(part, than));
    deeper
}
