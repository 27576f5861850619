//! Limits on what is moved, and promises of shares.

use proptest::prelude::*;
use proptest::sample::select;

use super::{Grammar, Manner, Rule, Scope, Shape};

impl Grammar {
    /// What of tasks at places is not left where it runs.
    pub(super) fn moved(self, scope: Scope) -> BoxedStrategy<String> {
        let (task, place) =
            (if scope.task { "t" } else { "*" }, if scope.place { "b" } else { "*" });
        let plain = format!("moves({})", self.x(task, place));
        let all = if scope.task || scope.place { plain.clone() } else { "moves(x)".to_owned() };
        let inner = Scope { task: true, ..scope };
        let weighted = (self.number(inner), self.fact(inner), any::<bool>()).prop_map(
            move |(number, fact, all)| {
                let rename = |text: &str| text.replace("t.", "v.").replace("(t)", "(v)");
                let (number, fact) = (rename(&number), rename(&fact).replace("t != u", "v != u"));
                let condition = if all { String::new() } else { format!(" where {fact}") };
                format!("sum(v in tasks{condition}: moves({}) * {number})", self.x("v", place))
            },
        );
        prop_oneof![1 => Just(plain), 1 => Just(all), 2 => weighted].boxed()
    }

    /// Limits on what is moved.
    pub(super) fn calm(self) -> BoxedStrategy<String> {
        let scopes = [
            Scope::default(),
            Scope { task: true, ..Scope::default() },
            Scope { place: true, ..Scope::default() },
            Scope { task: true, place: true, other: false },
        ];
        (select(scopes.to_vec()), any::<bool>())
            .prop_flat_map(move |(scope, narrow)| {
                let limited = (self.moved(scope), self.number(scope))
                    .prop_map(|(moved, most)| format!("{moved} <= {most}"));
                let beside = (self.moved(scope), self.sum(scope), self.number(scope))
                    .prop_map(|(moved, sum, most)| format!("{moved} + {sum} <= {most}"));
                let against = (self.moved(scope), self.sum(scope))
                    .prop_map(|(moved, sum)| format!("{sum} >= {moved}"));
                let never = self.moved(scope).prop_map(|moved| format!("{moved} == 0"));
                let body = prop_oneof![3 => limited, 1 => beside, 1 => against, 1 => never];
                (self.fact(scope), body).prop_map(move |(fact, body)| {
                    let task = scope.task.then(|| "t in tasks".to_owned());
                    let place = scope.place.then(|| format!("b in {}", self.place_domain()));
                    let binders: Vec<String> = task.into_iter().chain(place).collect();
                    match (binders.is_empty(), narrow) {
                        (true, _) => body,
                        (false, false) => format!("for {}: {body}", binders.join(", ")),
                        (false, true) => {
                            format!("for {} where {fact}: {body}", binders.join(", "))
                        }
                    }
                })
            })
            .boxed()
    }

    /// A share of what is served may be what is forbidden, in all or of each task.
    pub(super) fn sla(self) -> BoxedStrategy<Rule> {
        let scope = Scope { task: true, place: true, other: false };
        let rest = if self.shape == Shape::Ways { ", *" } else { "" };
        let fact = prop_oneof![2 => self.fact(scope), 1 => Just("t.cap >= 1".to_owned())];
        let share = select(vec!["50 %", "30 %", "75 %", "100 %"]);
        let counted = vec![
            ("served", ""),
            ("served[*]", ""),
            ("sum(v in tasks where v.size >= 2: served[v])", ""),
            ("served[t]", "for t in tasks: "),
            ("served[t]", "for t in tasks where t.size >= 2: "),
            ("t.size", "for t in tasks: "),
        ];
        let after = select(vec!["", "", " soft at paid, 2", " if broken no worse"]);
        (share, select(counted), fact, after)
            .prop_map(move |(share, (of, around), fact, after)| Rule {
                manner: Manner::Sla(format!(" for {share} of {of}{after}")),
                body: format!("{around}forbid x[t, b{rest}] where {fact}"),
            })
            .boxed()
    }
}
