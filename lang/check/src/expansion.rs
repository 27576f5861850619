//! How large an item gets when the `let`s that it reads are written out in their places, as every later stage
//! does.
//!
//! A short text can mean a large expression: each `let` of a chain adds its own depth to that of the one before,
//! and multiplies its parts. So both are bounded here, where the author's words can be pointed at. What a `let`
//! adds is worked out once, however many read it.

mod parts;

use apportion_diagnostic::{Diagnostic, SourceId, Span};
use smol_str::SmolStr;

use crate::check::on_enough_stack;
use crate::db::{ItemSource, parsed};
use crate::index::{Names, names};
use crate::items::{ItemIr, checked};
use crate::policy::{Argument, Expr, ExprKind, LetId};
use parts::for_each_part;

/// How deep the expressions of an item may nest, `let`s written out. Each later stage takes a little more than
/// this, so that none of them refuses what is let through here.
const MAX_DEPTH: u64 = 600;
/// How many parts the expressions of an item may have, `let`s written out.
pub(crate) const MAX_PARTS: u64 = 500_000;
/// How many `let`s of a chain a message names.
const MAX_NAMED: usize = 6;

/// What some expressions come to, `let`s written out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Size {
    depth: u64,
    /// How many parts there are, but for indices of the `let` that they stand in.
    parts: u64,
    /// How often each index of the `let` that they stand in is read.
    uses: Vec<u64>,
}

impl Size {
    /// Both, side by side.
    fn beside(mut self, other: &Size) -> Size {
        self.depth = self.depth.max(other.depth);
        self.add(other, 1);
        self
    }

    /// Some parts, so many times.
    fn add(&mut self, other: &Size, times: u64) {
        self.parts = self.parts.saturating_add(other.parts.saturating_mul(times));
        self.uses.resize(self.uses.len().max(other.uses.len()), 0);
        for (uses, more) in self.uses.iter_mut().zip(&other.uses) {
            *uses = uses.saturating_add(more.saturating_mul(times));
        }
    }

    fn fits(&self) -> bool {
        let indices = self.uses.iter().fold(0, |sum: u64, uses| sum.saturating_add(*uses));
        self.depth <= MAX_DEPTH && self.parts.saturating_add(indices) <= MAX_PARTS
    }
}

/// What is wrong with the size of an item; nothing where an item that it reads is too large already.
#[salsa::tracked(returns(ref))]
pub(crate) fn outgrown<'db>(
    db: &'db dyn salsa::Database,
    item: ItemSource<'db>,
) -> Option<Diagnostic> {
    let size = Meter::new(db, item).item(&checked(db, item).ir)?;
    if size.fits() {
        return None;
    }
    let heading = heading(db, item);
    let (code, message) = if size.depth > MAX_DEPTH {
        (
            "expression-too-deep",
            format!("with every `let` written out this nests more than {MAX_DEPTH} deep"),
        )
    } else {
        (
            "expression-too-large",
            format!("with every `let` written out this has more than {MAX_PARTS} parts"),
        )
    };
    let mut finding = Diagnostic::error(code, message).at(heading, "");
    let chain = chain(db, item).iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    if !chain.is_empty() {
        finding = finding.note(format!("it reads {}", chain.join(", which reads ")));
    }
    Some(finding.help(match code {
        "expression-too-deep" => {
            "write a long sum as `sum(…)` over rows, or put its halves in brackets; let some of \
             the `let`s be decisions that a rule ties to their values"
        }
        _ => "read each `let` once, or let some of them be decisions that a rule ties to their values",
    }))
}

/// What a `let` or a priority adds to whatever reads it; absent where that is too much, which is said once, or
/// where there is something else wrong with it.
#[salsa::tracked(returns(ref))]
fn written_out<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Option<Size> {
    let ir = &checked(db, item).ir;
    on_enough_stack(|| Meter::new(db, item).item(ir)).filter(Size::fits)
}

/// Measures the expressions of one item.
struct Meter<'db> {
    db: &'db dyn salsa::Database,
    names: &'db Names<'db>,
    /// How many indices the item has that its readers replace: those of a `let`.
    indices: usize,
}

impl<'db> Meter<'db> {
    fn new(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Meter<'db> {
        let indices = match &checked(db, item).ir {
            ItemIr::Let(named, _) => named.indices.len(),
            _ => 0,
        };
        Meter { db, names: names(db), indices }
    }

    fn item(&self, ir: &ItemIr) -> Option<Size> {
        let mut size = Some(Size { uses: vec![0; self.indices], ..Size::default() });
        for_each_part(ir, &mut |part| size = both(size.take(), || self.expr(part)));
        size
    }

    fn expr(&self, expr: &Expr) -> Option<Size> {
        match &expr.kind {
            ExprKind::Var(var) if var.index() < self.indices => {
                let mut uses = vec![0; self.indices];
                uses[var.index()] = 1;
                return Some(Size { depth: 1, parts: 0, uses });
            }
            ExprKind::Let(id, arguments) => return self.named(*id, arguments),
            _ => {}
        }
        let mut inside = Some(Size::default());
        crate::eval::children(expr, &mut |child| {
            inside = both(inside.take(), || self.expr(child));
        });
        let mut inside = inside?;
        if let ExprKind::Priority(id, _) = &expr.kind {
            let definition = written_out(self.db, *self.names.priorities.get(id.index())?);
            inside = inside.beside(definition.as_ref()?);
        }
        // A decision with `*` becomes a sum over it.
        inside.depth +=
            if matches!(expr.kind, ExprKind::Decision(..) | ExprKind::Moves(..)) { 2 } else { 1 };
        inside.parts = inside.parts.saturating_add(1);
        Some(inside)
    }

    /// A `let`: its meaning with the arguments in the place of its indices, in a sum where one is `*`.
    fn named(&self, id: LetId, arguments: &[Argument]) -> Option<Size> {
        let meaning = written_out(self.db, *self.names.lets.get(id.index())?).as_ref()?;
        let mut size = Size { parts: meaning.parts.saturating_add(1), ..Size::default() };
        let mut deepest = 0;
        for (argument, uses) in arguments.iter().zip(&meaning.uses) {
            match argument {
                Argument::At(value) => {
                    let value = self.expr(value)?;
                    deepest = deepest.max(value.depth);
                    size.add(&value, *uses);
                }
                Argument::All => size.parts = size.parts.saturating_add(*uses),
            }
        }
        size.depth = meaning.depth + deepest + 2;
        Some(size)
    }
}

fn both(one: Option<Size>, other: impl FnOnce() -> Option<Size>) -> Option<Size> {
    let one = one?;
    other().map(|other| one.beside(&other))
}

/// An item's name, or its first word where it has none.
fn heading<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Span {
    let tree = &parsed(db, item).item;
    if let Some(name) = tree.kind.name() {
        return Span::new(SourceId(0), name.range.start, name.range.end);
    }
    let start = tree.range.start;
    let word = item.text(db)[start as usize..].split_whitespace().next().unwrap_or_default();
    Span::new(SourceId(0), start, start + word.len() as u32)
}

/// The `let`s that make an item deep, each read by the one before.
fn chain<'db>(db: &'db dyn salsa::Database, item: ItemSource<'db>) -> Vec<SmolStr> {
    let mut chain = Vec::new();
    let mut place = item;
    while chain.len() < MAX_NAMED {
        let mut deepest: Option<(u64, ItemSource<'db>)> = None;
        for_each_part(&checked(db, place).ir, &mut |part| {
            crate::eval::walk(part, &mut |part| {
                if let ExprKind::Let(id, _) = &part.kind
                    && let Some(read) = names(db).lets.get(id.index())
                    && let Some(size) = written_out(db, *read)
                    && deepest.is_none_or(|(depth, _)| size.depth > depth)
                {
                    deepest = Some((size.depth, *read));
                }
            });
        });
        let Some((_, read)) = deepest else { break };
        if let ItemIr::Let(named, _) = &checked(db, read).ir {
            chain.push(named.name.clone());
        }
        place = read;
    }
    chain
}
