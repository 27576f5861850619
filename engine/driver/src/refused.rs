//! What placements' subjects ask for, by the bound of their decision, and do not get.

use apportion_check::eval::{Evaluator, Limits, Value, walk};
use apportion_check::policy::{Domain, Expr, ExprKind, RuleId};
use apportion_facts::{Assignment, WorldFacts};
use apportion_ground::{Formula, Linear, Piece};
use apportion_plan::Refused;
use apportion_unpack::{Blocked, Index, Room};

use crate::build::{Builder, shown};

/// What is missing of each subject, and why it is not there.
pub(crate) fn refused(builder: &Builder<'_>, assignment: &Assignment) -> Vec<Refused> {
    let Builder { policy, ground, request, .. } = builder;
    let facts = WorldFacts::new(policy, request.world, request.settings);
    let evaluator = Evaluator::new(policy, &facts, Limits::default());
    let values = assignment.decisions.iter().enumerate();
    let values =
        values.flat_map(|(at, it)| it.iter().map(move |(tuple, value)| (at, tuple, value)));
    let index = Index::new(ground);
    let room = Room::beside(&index, values);
    let mut refused = Vec::new();
    for (at, decision) in policy.decisions.iter().enumerate() {
        let (Some(upper), Some(Domain::Input(input)), true) = (
            decision.upper.as_ref().filter(|upper| reads_first_only(upper)),
            decision.indices.first().map(|it| &it.domain),
            decision.is_place,
        ) else {
            continue;
        };
        let rows = request.world.tables.get(input.index()).map_or(0, |it| it.keys.len());
        let mut placed = vec![0.0; rows];
        for (tuple, value) in assignment.decisions[at].iter() {
            placed[tuple[0] as usize] += value;
        }
        let mut frame = vec![Value::Absent; decision.frame.max(1)];
        for (row, placed) in (0..).zip(&placed) {
            frame[decision.indices[0].var.index()] = Value::Row(row);
            let Ok(asked) = evaluator.eval_number(upper, &mut frame) else { continue };
            let missing = asked - placed;
            if missing > 1e-6 {
                refused.push(Refused {
                    decision: decision.name.to_string(),
                    subject: request.world.key(input.index(), row).to_owned(),
                    amount: shown(missing, decision.unit.as_ref()),
                    reason: builder.reason(at, row, &room),
                });
            }
        }
    }
    refused
}

impl Builder<'_> {
    fn reason(&self, decision: usize, row: u32, room: &Room<'_>) -> String {
        let columns = &self.ground.decisions[decision];
        let own = room.columns_of(decision, row).iter();
        let Blocked { rules, free } = room.blocked(decision, row);
        if !free && !rules.is_empty() {
            return format!("what binds: {}", self.called(&rules));
        }
        if own.clone().all(|at| columns.upper[*at as usize] <= 0.0) {
            return "no place is eligible".to_owned();
        }
        let own: Vec<u32> = own.map(|at| columns.first + at).collect();
        let others = self.others_over(&own, room);
        match others.is_empty() {
            true => "nothing that is sought asks for it".to_owned(),
            false => format!("what may bind: {}", self.called(&others)),
        }
    }

    fn called(&self, rules: &[RuleId]) -> String {
        let names = rules.iter().map(|rule| self.policy.rules[rule.index()].name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }

    /// The rules that must hold and speak of one of these columns, of which `room` knows nothing, or not
    /// that what runs now breaks them and is to mend.
    fn others_over(&self, columns: &[u32], room: &Room<'_>) -> Vec<RuleId> {
        let ground = self.ground;
        let formulas = ground.instances.iter().filter(|it| it.soft.is_none());
        let formulas = formulas.filter(|it| self.mentions(&it.formula, columns));
        let families = ground.families.iter().enumerate();
        let families = families.filter(|(at, it)| {
            it.soft.is_none() && (!room.is_tracked(*at) || !it.reliefs.is_empty())
        });
        let families = families.map(|(_, it)| it);
        let families =
            families.filter(|it| it.columns.iter().any(|at| columns.binary_search(at).is_ok()));
        let mut rules = Vec::new();
        for rule in formulas.map(|it| it.rule).chain(families.map(|it| it.rule)) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        rules
    }

    fn mentions(&self, formula: &Formula, columns: &[u32]) -> bool {
        match formula {
            Formula::Constant(_) => false,
            Formula::Atom(linear, _) => self.linear_mentions(linear, columns),
            Formula::And(parts) | Formula::Or(parts) => {
                parts.iter().any(|part| self.mentions(part, columns))
            }
            Formula::Not(part) => self.mentions(part, columns),
        }
    }

    fn linear_mentions(&self, linear: &Linear, columns: &[u32]) -> bool {
        linear.entries.iter().any(|entry| columns.binary_search(&entry.column).is_ok())
            || linear.pieces.iter().any(|(piece, _)| match &self.ground.pieces[*piece as usize] {
                Piece::Max(parts) | Piece::Min(parts) => {
                    parts.iter().any(|part| self.linear_mentions(part, columns))
                }
                Piece::Abs(part) => self.linear_mentions(part, columns),
                Piece::Holds(formula) => self.mentions(formula, columns),
                Piece::Choose(test, then, otherwise) => {
                    self.mentions(test, columns)
                        || self.linear_mentions(then, columns)
                        || self.linear_mentions(otherwise, columns)
                }
            })
    }
}

/// Whether an expression reads no index but the first.
fn reads_first_only(expr: &Expr) -> bool {
    let mut only = true;
    walk(expr, &mut |part| {
        if let ExprKind::Var(var) = part.kind {
            only &= var.index() == 0;
        }
    });
    only
}
