//! What rules state that needs no row.

use apportion_check::policy::RuleId;
use apportion_diagnostic::Span;
use apportion_ground::{Empty, Instance, Quantifier, Rest};

use crate::layout::sorts_of;
use crate::names::{bracketed, word};
use crate::trace::Members;
use crate::{Naming, Trace};

/// Tuples for which a comparison or a condition needs no row.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// The rule.
    pub rule: RuleId,
    /// The comparison or condition in the author's text.
    pub span: Span,
    /// Why there is no row.
    pub why: Why,
    /// For how many single tuples there is none.
    pub tuples: u64,
    /// For how many single tuples it is stated.
    pub of: u64,
    /// The first of them: what each quantifier stands for.
    pub at: Vec<(Quantifier, Members)>,
}

/// Why there is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No decision is in it, and what it compares keeps it.
    Empty,
    /// The bounds of the decisions in it keep it.
    NeverBinds,
}

impl Trace<'_> {
    /// What needs no row, comparison by comparison.
    pub fn dropped(&self) -> Vec<Dropped> {
        let ground = self.ground();
        let empty = ground.presolved.empty.iter().map(|empty| {
            let (tuples, first) = (self.of_empty(empty), empty.tuples.iter().next());
            let members = self.layout.tuple(
                &sorts_of(&empty.quantifiers),
                first.as_deref().unwrap_or_default(),
                None,
            );
            Dropped {
                rule: empty.rule,
                span: empty.span,
                why: Why::Empty,
                tuples,
                of: tuples + self.of_rest(empty.rest),
                at: empty.quantifiers.iter().cloned().zip(members).collect(),
            }
        });
        let certain = self.presolved.certain.iter().map(|it| &ground.instances[*it as usize]);
        let certain: Vec<&Instance> = certain.collect();
        let groups =
            certain.chunk_by(|one, other| (one.rule, one.span) == (other.rule, other.span));
        let never = groups.map(|group| self.never_binds(group));
        empty.chain(never).collect()
    }

    /// Instances of one condition.
    fn never_binds(&self, group: &[&Instance]) -> Dropped {
        let Instance { rule, span, key, .. } = group[0];
        let ground = self.ground();
        let is_same = |of: (RuleId, Span)| of == (*rule, *span);
        let stated = ground.instances.iter().filter(|it| is_same((it.rule, it.span))).count();
        let empty = ground.presolved.empty.iter().filter(|it| is_same((it.rule, it.span)));
        let member = |code: &u32| Members { code: *code, count: 1 };
        Dropped {
            rule: *rule,
            span: *span,
            why: Why::NeverBinds,
            tuples: group.len() as u64,
            of: stated as u64 + empty.map(|it| self.of_empty(it)).sum::<u64>(),
            at: key.iter().map(|(quantifier, code)| (quantifier.clone(), member(code))).collect(),
        }
    }

    fn of_empty(&self, empty: &Empty) -> u64 {
        let sorts = sorts_of(&empty.quantifiers);
        empty.tuples.iter().map(|tuple| self.layout.product(&sorts, &tuple)).sum()
    }

    fn of_rest(&self, rest: Rest) -> u64 {
        match rest {
            Rest::Nothing => 0,
            Rest::Instances(count) => count.into(),
            Rest::Family(family) => {
                let family = &self.ground().families[family as usize];
                let sorts = sorts_of(&family.quantifiers);
                (0..family.len()).map(|row| self.layout.product(&sorts, family.key(row))).sum()
            }
        }
    }

    /// The first tuple for which a comparison needs no row.
    pub fn dropped_name(&self, dropped: &Dropped, naming: &dyn Naming) -> String {
        let words = dropped.at.iter();
        let words = words.map(|(it, members)| word(naming.member(it, members.code), members));
        bracketed(naming.rule(dropped.rule), words.collect())
    }
}
